/* agent/registrar.h: src/practice on loopback, with somebody who writes down what each extension
 * sends. Either on a thread of its own (registrar_start()), or in the caller's loop
 * (registrar_open()). Include after cmocka.h. */
#ifndef LINEUP_TEST_AGENT_REGISTRAR_H
#define LINEUP_TEST_AGENT_REGISTRAR_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "practice/practice.h"
#include "sip/msg.h"
#include "sip/via.h"

#define REGISTRAR_FIRST    1001 /* extensions are numbers from here on */
#define REGISTRAR_USERS    192
#define REGISTRAR_BRANCHES 64
#define REGISTRAR_IDS      8 /* Call-IDs of one extension that are told apart */

/* What one extension has sent. */
struct registrar_user {
	unsigned requests; /* REGISTERs, retransmissions aside */
	unsigned unasked;  /* of those without credentials */
	unsigned removals; /* of those with Expires: 0 */
	unsigned moves;    /* of those that remove another Contact beside their own */
	unsigned bindings; /* held now */
	unsigned most;     /* ... at once, ever */
	unsigned twice;    /* branches of an earlier request with another CSeq */
	unsigned fallen;   /* CSeqs below an earlier one of the same Call-ID */
	unsigned ids;      /* different Call-IDs */
	char id[REGISTRAR_IDS][64];
	uint32_t cseq[REGISTRAR_IDS];        /* the highest of each */
	uint64_t branch[REGISTRAR_BRANCHES]; /* hashes of the last ones, a ring by requests */
	uint32_t branch_cseq[REGISTRAR_BRANCHES];
	uint16_t port;  /* where the last came from */
	unsigned ports; /* how often that changed, the first included */
};

struct registrar {
	struct net *net;
	struct practice *practice;
	struct net_async *bell;
	pthread_t thread;
	pthread_mutex_t lock;
	bool threaded;
	bool quit;
	uint16_t port;
	struct registrar_user users[REGISTRAR_USERS];
	unsigned total; /* datagrams that came in */
};

static inline void registrar_password(unsigned extension, char text[32])
{
	snprintf(text, 32, "secret-%u", extension);
}

static inline struct registrar_user *registrar_user_of(struct registrar *registrar,
                                                       struct slice extension)
{
	char text[16] = "";
	unsigned long number;

	if (extension.n >= sizeof(text))
		return NULL;
	memcpy(text, extension.p, extension.n);
	number = strtoul(text, NULL, 10);
	return number >= REGISTRAR_FIRST && number < REGISTRAR_FIRST + REGISTRAR_USERS
	               ? &registrar->users[number - REGISTRAR_FIRST]
	               : NULL;
}

static inline void registrar_on_event(void *ctx, const struct practice_event *event)
{
	struct registrar *registrar = ctx;
	struct registrar_user *user = registrar_user_of(registrar, event->extension);

	if (!user)
		return;
	pthread_mutex_lock(&registrar->lock);
	if (event->kind == PRACTICE_REGISTERED)
		user->bindings++;
	if (event->kind == PRACTICE_REMOVED || event->kind == PRACTICE_EXPIRED)
		user->bindings--;
	if (user->bindings > user->most)
		user->most = user->bindings;
	pthread_mutex_unlock(&registrar->lock);
}

/* With the lock held: the number that a Call-ID has among those of a user. */
static inline unsigned registrar_id_of(struct registrar_user *user, struct slice call_id)
{
	for (unsigned i = 0; i < user->ids && i < REGISTRAR_IDS; i++)
		if (slice_equal(call_id, slice_str(user->id[i])))
			return i;
	if (user->ids < REGISTRAR_IDS)
		snprintf(user->id[user->ids], sizeof(user->id[0]), "%.*s", (int)call_id.n,
		         call_id.p);
	return user->ids++;
}

/* With the lock held: a branch names one request for ever (RFC 3261 8.1.1.7). Returns whether this
 * one came before: on a slow machine there are retransmissions. */
static inline bool registrar_note_branch(struct registrar_user *user, const struct sip_msg *msg,
                                         uint32_t cseq)
{
	const struct hash_key key = { 1, 2 };
	struct sip_via via;
	uint64_t hash;

	if (sip_via_parse(msg->first[SIP_VIA], &via) != PARSE_OK)
		return false;
	hash = hash_bytes(&key, via.branch.p, via.branch.n);
	for (unsigned i = 0; i < REGISTRAR_BRANCHES; i++) {
		if (user->branch[i] == hash && user->branch_cseq[i] == cseq)
			return true;
		user->twice += user->branch[i] == hash;
	}
	user->branch[user->requests % REGISTRAR_BRANCHES] = hash;
	user->branch_cseq[user->requests % REGISTRAR_BRANCHES] = cseq;
	return false;
}

static inline void registrar_on_trace(void *ctx, enum practice_way way, const struct net_addr *peer,
                                      const char *transport, struct slice bytes)
{
	struct registrar *registrar = ctx;
	struct registrar_user *user;
	struct slice method, to, at;
	struct sip_msg msg;
	uint32_t cseq;
	unsigned id;

	(void)transport;
	if (way != PRACTICE_IN || sip_parse(bytes, &msg, NULL) != PARSE_OK ||
	    msg.kind != SIP_REQUEST ||
	    sip_cseq_parse(msg.first[SIP_CSEQ], &cseq, &method) != PARSE_OK)
		return;
	to = msg.first[SIP_TO];
	at = slice_of(memmem(to.p, to.n, "sip:", 4), 0);
	at = slice_of(at.p + 4, strcspn(at.p + 4, "@"));
	user = registrar_user_of(registrar, at);
	pthread_mutex_lock(&registrar->lock);
	registrar->total++;
	if (user && !registrar_note_branch(user, &msg, cseq)) {
		id = registrar_id_of(user, msg.first[SIP_CALL_ID]);
		user->requests++;
		user->unasked += !slice_present(msg.first[SIP_AUTHORIZATION]);
		user->moves += !slice_equal(msg.first[SIP_EXPIRES], SLICE("0")) &&
		               memmem(bytes.p, bytes.n, ">;expires=0", 11) != NULL;
		user->removals += slice_equal(msg.first[SIP_EXPIRES], SLICE("0"));
		user->ports += user->port != net_addr_port(peer);
		user->port = net_addr_port(peer);
		if (id < REGISTRAR_IDS) {
			user->fallen += cseq < user->cseq[id];
			user->cseq[id] = cseq;
		}
	}
	pthread_mutex_unlock(&registrar->lock);
}

static inline void registrar_open(struct registrar *registrar, struct net *net)
{
	static const struct practice_handler handler = { registrar_on_event, registrar_on_trace };
	struct practice_config config = practice_config_default();
	struct practice_user users[REGISTRAR_USERS];
	char texts[REGISTRAR_USERS][2][32];
	struct net_addr local;

	for (unsigned i = 0; i < REGISTRAR_USERS; i++) {
		snprintf(texts[i][0], sizeof(texts[i][0]), "%u", REGISTRAR_FIRST + i);
		registrar_password(REGISTRAR_FIRST + i, texts[i][1]);
		users[i] = (struct practice_user){ slice_str(texts[i][0]), slice_str(texts[i][1]),
			                           SLICE_NONE };
	}
	config.users = users;
	config.user_count = REGISTRAR_USERS;
	config.algorithms[0] = DIGEST_MD5;
	config.algorithm_count = 1;
	*registrar = (struct registrar){ .net = net };
	pthread_mutex_init(&registrar->lock, NULL);
	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &local), 0);
	assert_int_equal(
		practice_new(net, &local, &config, &handler, registrar, &registrar->practice), 0);
	registrar->port = net_addr_port(practice_local(registrar->practice));
}

static inline void registrar_on_bell(void *ctx)
{
	struct registrar *registrar = ctx;

	net_stop(registrar->net);
}

static inline void *registrar_run(void *ctx)
{
	struct registrar *registrar = ctx;

	net_run(registrar->net);
	return NULL;
}

static inline void registrar_start(struct registrar *registrar)
{
	struct net *net;

	assert_int_equal(net_new(&net), 0);
	registrar_open(registrar, net);
	registrar->threaded = true;
	assert_int_equal(net_async_new(net, registrar_on_bell, registrar, &registrar->bell), 0);
	assert_int_equal(pthread_create(&registrar->thread, NULL, registrar_run, registrar), 0);
}

static inline void registrar_end(struct registrar *registrar)
{
	if (registrar->threaded) {
		net_async_send(registrar->bell);
		assert_int_equal(pthread_join(registrar->thread, NULL), 0);
		net_async_free(registrar->bell);
	}
	practice_free(registrar->practice);
	if (registrar->threaded)
		net_free(registrar->net);
	pthread_mutex_destroy(&registrar->lock);
}

/* A copy of what is known of an extension. */
static inline struct registrar_user registrar_look(struct registrar *registrar, unsigned extension)
{
	struct registrar_user user;

	pthread_mutex_lock(&registrar->lock);
	user = registrar->users[extension - REGISTRAR_FIRST];
	pthread_mutex_unlock(&registrar->lock);
	return user;
}

/* How many REGISTERs all extensions but one have sent (0: of all). */
static inline unsigned registrar_others(struct registrar *registrar, unsigned extension)
{
	unsigned n = 0;

	pthread_mutex_lock(&registrar->lock);
	for (unsigned i = 0; i < REGISTRAR_USERS; i++)
		if (REGISTRAR_FIRST + i != extension)
			n += registrar->users[i].requests;
	pthread_mutex_unlock(&registrar->lock);
	return n;
}

#endif
