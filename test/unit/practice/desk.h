/* practice/desk.h: a registrar and its clients in one process, without a network: what the tests of
 * this room ask with. Include after cmocka.h, in one source file of a program. */
#ifndef LINEUP_TEST_PRACTICE_DESK_H
#define LINEUP_TEST_PRACTICE_DESK_H

#include <stdio.h>
#include <stdlib.h>

#include "practice/registrar.h"
#include "sip/msg.h"

#define DESK_BEGIN_MS 5000000
#define DESK_WALL_MS  INT64_C(1289690940000) /* Sat, 13 Nov 2010 23:29:00 GMT */
#define DESK_LOG_MAX  8192

struct desk {
	struct practice_core *core;
	uint64_t now_ms;
	struct net_addr from;
	struct digest *digest;
	uint32_t cseq;
	char bytes[NET_SEND_MAX + 1]; /* the last answer */
	size_t n;
	struct sip_msg msg; /* into bytes; status 0: there was none */
	struct net_addr to;
	enum practice_port port;
	char log[DESK_LOG_MAX]; /* the events since desk_log_clear(), one a line */
	struct buf events;
};

static const struct practice_user desk_users[] = {
	{ SLICE("1001"), SLICE("secret1001"), SLICE_NONE },
	{ SLICE("1002"), SLICE("secret1002"), SLICE("studio-a") },
	{ SLICE("studio 3"), SLICE("se:\"cret"), SLICE("a\"b\\") },
	{ SLICE("1004"), SLICE("secret1004"), SLICE("studio-a") },
};

static inline void desk_event(void *ctx, const struct practice_event *event)
{
	struct desk *desk = ctx;

	practice_event_show(event, &desk->events);
	buf_char(&desk->events, '\n');
}

static inline void desk_log_clear(struct desk *desk)
{
	desk->events = buf_over(desk->log, sizeof(desk->log));
	desk->log[0] = 0;
}

static inline const char *desk_log(struct desk *desk)
{
	assert_int_equal(buf_end(&desk->events), 0);
	return desk->log;
}

static inline struct practice_config desk_config(void)
{
	struct practice_config config = practice_config_default();

	config.users = desk_users;
	config.user_count = sizeof(desk_users) / sizeof(desk_users[0]);
	config.realm = SLICE("re\"alm");
	config.expires_min_s = 60;
	config.expires_max_s = 7200;
	config.contacts_max = 3;
	config.bindings_max = 5;
	config.nonce_age_s = 300;
	config.algorithms[0] = DIGEST_SHA_256;
	config.algorithms[1] = DIGEST_MD5;
	config.algorithm_count = 2;
	return config;
}

static inline void desk_open(struct desk *desk, const struct practice_config *config)
{
	static const struct practice_handler handler = { .event = desk_event };
	unsigned char key[PRACTICE_KEY_BYTES];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)(i * 7 + 1);
	memset(desk, 0, sizeof(*desk));
	desk->now_ms = DESK_BEGIN_MS;
	desk_log_clear(desk);
	assert_int_equal(net_addr_parse(SLICE("192.0.2.77"), 43122, &desk->from), 0);
	assert_int_equal(digest_new(&desk->digest), 0);
	assert_int_equal(practice_core_new(config, key, &handler, desk, desk->now_ms, &desk->core),
	                 0);
}

static inline void desk_close(struct desk *desk)
{
	practice_core_free(desk->core);
	digest_free(desk->digest);
}

/* Takes what was answered: it is a response. Returns its status. */
static inline unsigned desk_take(struct desk *desk, const struct buf *out,
                                 const struct practice_sending *sending)
{
	desk->n = out->n;
	desk->to = sending->to;
	desk->port = sending->port;
	assert_int_equal(sip_parse(buf_slice(out), &desk->msg, NULL), PARSE_OK);
	assert_int_equal(desk->msg.kind, SIP_RESPONSE);
	return desk->msg.status;
}

/* Sends bytes. Returns the status of the answer, 0: none. */
static inline unsigned desk_send(struct desk *desk, struct slice bytes)
{
	const struct practice_request request = {
		.from = desk->from, .bytes = bytes, .now_ms = desk->now_ms, .wall_ms = DESK_WALL_MS
	};
	struct buf out = buf_over(desk->bytes, sizeof(desk->bytes));
	struct practice_sending sending;

	memset(&desk->msg, 0, sizeof(desk->msg));
	if (!practice_answer(desk->core, &request, &out, &sending))
		return 0;
	return desk_take(desk, &out, &sending);
}

/* A request, member by member; NULL stands for what is usual. */
struct ask {
	const char *method;    /* REGISTER */
	const char *uri;       /* sip:pbx.test */
	const char *extension; /* 1001 */
	const char *call_id;   /* call-1 */
	uint32_t cseq;         /* 0: one more than the last */
	const char *headers;   /* whole lines: Contact, Expires ... */
	const char *user;      /* auth user; the extension */
	const char *password;  /* secret1001 */
};

static void ask_defaults(struct ask *ask, struct desk *desk)
{
	if (!ask->method)
		ask->method = "REGISTER";
	if (!ask->uri)
		ask->uri = "sip:pbx.test";
	if (!ask->extension)
		ask->extension = "1001";
	if (!ask->call_id)
		ask->call_id = "call-1";
	if (!ask->cseq)
		ask->cseq = ++desk->cseq;
	if (!ask->headers)
		ask->headers = "";
	if (!ask->user)
		ask->user = ask->extension;
	if (!ask->password)
		ask->password = "secret1001";
}

/* Sends a request with these Authorization lines. Its branch is new each time. */
static inline unsigned desk_ask_with(struct desk *desk, struct ask ask, const char *authorization)
{
	static unsigned branch;
	char text[8192];

	ask_defaults(&ask, desk);
	int n = snprintf(text, sizeof(text),
	                 "%s %s SIP/2.0\r\n"
	                 "Via: SIP/2.0/UDP 10.0.0.5:5062;branch=z9hG4bK%u;rport\r\n"
	                 "From: <sip:%s@pbx.test>;tag=f\r\n"
	                 "To: <sip:%s@pbx.test>\r\n"
	                 "Call-ID: %s\r\n"
	                 "CSeq: %u %s\r\n"
	                 "%s%s\r\n",
	                 ask.method, ask.uri, ++branch, ask.extension, ask.extension, ask.call_id,
	                 ask.cseq, ask.method, ask.headers, authorization);

	assert_true(n > 0 && (size_t)n < sizeof(text));
	return desk_send(desk, slice_of(text, (size_t)n));
}

/* Keeps the challenge of the last answer with this algorithm. */
static inline struct digest_kept *desk_challenge(struct desk *desk, enum digest_algorithm algorithm,
                                                 bool *ret_stale)
{
	struct digest_kept *kept = NULL;
	const char *at = NULL;
	struct slice value, scheme;

	while (sip_header_next(&desk->msg, SIP_WWW_AUTHENTICATE, &at, &value)) {
		struct digest_challenge challenge;
		enum digest_verdict verdict;

		assert_true(digest_challenge_next(&value, &verdict, &scheme, &challenge));
		assert_int_equal(verdict, DIGEST_USABLE);
		if (challenge.algorithm != algorithm)
			continue;
		assert_int_equal(digest_keep(&challenge, &kept), 0);
		*ret_stale = challenge.stale;
	}
	return kept;
}

/* Writes the Authorization line that answers a challenge. */
static inline void desk_authorization(struct desk *desk, struct ask ask,
                                      const struct digest_kept *kept, uint32_t nc, char *out,
                                      size_t cap)
{
	struct buf line = buf_over(out, cap);
	struct digest_ha1 ha1;

	ask_defaults(&ask, desk);
	const struct digest_request request = { .user = slice_str(ask.user),
		                                .method = slice_str(ask.method),
		                                .uri = slice_str(ask.uri),
		                                .body = SLICE(""),
		                                .cnonce = SLICE("cnonce"),
		                                .nc = nc };
	assert_int_equal(digest_ha1(desk->digest, kept->algorithm, request.user,
	                            digest_kept_realm(kept), slice_str(ask.password), &ha1),
	                 0);
	buf_str(&line, "Authorization: ");
	assert_int_equal(digest_answer(desk->digest, kept, &ha1, &request, &line), 0);
	buf_str(&line, "\r\n");
	assert_int_equal(buf_end(&line), 0);
}

/* Asks, is challenged, asks again. Returns the status of the second answer. */
static inline unsigned desk_ask(struct desk *desk, struct ask ask)
{
	char line[2048];
	bool stale;
	uint32_t cseq = ask.cseq;

	assert_int_equal(desk_ask_with(desk, ask, ""), 401);
	struct digest_kept *kept = desk_challenge(desk, DIGEST_SHA_256, &stale);
	assert_non_null(kept);
	assert_false(stale);
	desk_authorization(desk, ask, kept, 1, line, sizeof(line));
	free(kept);
	ask.cseq = cseq; /* a number that was asked for is meant for the request that counts */
	return desk_ask_with(desk, ask, line);
}

/* Whether the last answer has this line. */
static inline bool desk_has(const struct desk *desk, const char *line)
{
	char wanted[512];
	int n = snprintf(wanted, sizeof(wanted), "\r\n%s\r\n", line);

	return memmem(desk->bytes, desk->n, wanted, (size_t)n) != NULL;
}

static inline size_t desk_contacts(const struct desk *desk)
{
	struct sip_values walk = { 0 };
	struct slice value;
	size_t count = 0;

	while (sip_value_next(&desk->msg, SIP_CONTACT, &walk, &value))
		count++;
	return count;
}

static inline void desk_assert_reason(const struct desk *desk, const char *reason)
{
	assert_int_equal(desk->msg.reason.n, strlen(reason));
	assert_memory_equal(desk->msg.reason.p, reason, strlen(reason));
}

#endif
