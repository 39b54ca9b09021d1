/* practice/practice.h: a registrar to rehearse with (RFC 3261 section 10.3), on a socket of its
 * own.
 *
 * It keeps its bindings in memory, serves whatever domain it is asked for, and tells each thing
 * that happens as an event. It is no server for a studio: who can reach it and knows a password can
 * register, and nothing is kept when it ends. */
#ifndef LINEUP_PRACTICE_PRACTICE_H
#define LINEUP_PRACTICE_PRACTICE_H

#include "digest/digest.h"
#include "net/net.h"
#include "practice/faults.h"

#define PRACTICE_EXPIRES_MAX_S  604800 /* the longest binding that can be configured: a week */
#define PRACTICE_ALGORITHMS_MAX 3

/* One account. Text of any bytes; the password is hashed when the registrar starts, and not kept.
 */
struct practice_user {
	struct slice extension; /* without escapes: "studio 1" */
	struct slice password;
	struct slice auth_user;         /* absent: the extension */
	struct practice_faults *faults; /* that the extension always has; NULL: none */
};

struct practice_config {
	const struct practice_user *users;
	size_t user_count;
	struct slice realm;       /* up to DIGEST_REALM_MAX bytes */
	uint32_t expires_min_s;   /* from 1; below it, and below an hour, is answered 423 */
	uint32_t expires_max_s;   /* up to PRACTICE_EXPIRES_MAX_S; more is cut down to it */
	uint32_t nonce_age_s;     /* for so long a nonce may be used again */
	uint32_t contacts_max;    /* bindings of one extension */
	uint32_t bindings_max;    /* bindings of all */
	struct slice server_name; /* of the Server header */

	const struct practice_faults
		*faults; /* of all extensions; one's own come first. NULL: none */
	uint64_t seed;   /* of what is lost: the same one loses the same */

	/* A challenge for each, in this order. */
	enum digest_algorithm algorithms[PRACTICE_ALGORITHMS_MAX];
	unsigned algorithm_count;
};

/* What holds where nobody says otherwise: realm "practice", 10 s to an hour, MD5 alone, 10 bindings
 * an extension, 100000 in all, no users, no faults.
 *
 * MD5 alone, although SHA-256 is better and RFC 8760 2.3 wants it on top: a registrar to rehearse
 * with must take whatever phone comes, and no form of two challenges suits them all. sipp 3.6 and
 * sipsak 0.9.8 answer the first one and know no SHA-256; baresip 1.0 gives up at any header that
 * has SHA-256 in it, wherever it stands. */
struct practice_config practice_config_default(void);

/* What happened. X(constant, stable name for json) */
#define PRACTICE_EVENTS(X) \
	X(REGISTERED, "registered") /* a binding that was not there before */ \
	X(REFRESHED, "refreshed") \
	X(REMOVED, "removed") /* the client removed it */ \
	X(EXPIRED, "expired") /* no refresh came */ \
	X(QUERIED, "queried") /* a REGISTER without Contact was answered */ \
	X(CHALLENGED, "challenged") \
	X(REFUSED, "refused") \
	X(ANSWERED, "answered") /* a request that is no REGISTER, with success */ \
	X(IGNORED, "ignored")   /* what gets no answer */

#define PRACTICE_EVENT_ENUM(constant, name) PRACTICE_##constant,
enum practice_event_kind { PRACTICE_EVENTS(PRACTICE_EVENT_ENUM) PRACTICE_EVENT_COUNT };

/* Slices borrow for the call, and hold what the network sent. */
struct practice_event {
	enum practice_event_kind kind;
	const char *transport;  /* "tcp", "tls"; NULL: "udp" */
	struct net_addr from;   /* who asked; of an expired binding, who did last */
	struct slice extension; /* absent where the request names none of ours */
	struct slice method;    /* of the request; absent where there is none */
	struct slice contact;   /* the binding's URI; absent where the event is about none */
	uint32_t granted_s;     /* REGISTERED, REFRESHED */
	uint16_t status;        /* of the answer; 0: none */
	struct slice reason;    /* its phrase */
	const char *why;        /* for a person, "wrong password"; NULL where the reason says all */
	struct slice faults;    /* that the extension has on purpose, as text; absent: none */
};

/* Appends the event as a sentence ("1001 registered from 127.0.0.1:43122 for 3600 s"), fit for a
 * terminal; and as one object of JSON with the time in front. Neither ends the line. */
void practice_event_show(const struct practice_event *event, struct buf *out);
void practice_event_json(const struct practice_event *event, int64_t wall_ms, struct buf *out);

enum practice_way { PRACTICE_IN, PRACTICE_OUT };

/* Who is told. Each may be NULL. Slices last for the call. */
struct practice_handler {
	void (*event)(void *ctx, const struct practice_event *event);
	void (*trace)(void *ctx, enum practice_way way, const struct net_addr *peer,
	              const char *transport, struct slice bytes);
};

struct practice;

/* Opens a registrar at local (port 0: any), for UDP, and for TCP at the same port. config's slices
 * are needed for this call only. Returns 0, -EINVAL where config breaks a limit above or names an
 * extension twice, -ENOMEM, -ENOTSUP where OpenSSL lacks a hash, or what net_udp_open() returned.
 */
int practice_new(struct net *net, const struct net_addr *local,
                 const struct practice_config *config, const struct practice_handler *handler,
                 void *ctx, struct practice **ret_practice);
void practice_free(struct practice *practice);

/* Listens for TLS, too (port 0: any), with a certificate for its address and "localhost" that an
 * authority made on the fly has signed. Returns 0, -ENOMEM, or what net_listener_open() returned.
 */
int practice_open_tls(struct practice *practice, const struct net_addr *local);

/* The certificate of that authority, for clients to trust: a PEM text that lasts as long as the
 * registrar; NULL where there is no TLS. */
const char *practice_authority(const struct practice *practice);

/* Where it is bound, for UDP and TCP; and for TLS, or NULL. */
const struct net_addr *practice_local(const struct practice *practice);
const struct net_addr *practice_local_tls(const struct practice *practice);

struct practice_stats {
	uint64_t requests;    /* that were answered or ignored on purpose, each once */
	uint64_t resent;      /* answers given again to a retransmission */
	uint64_t ignored;     /* datagrams that were not answered */
	uint64_t by_class[7]; /* answers by the first digit of their status; [0]: garbage */
	uint32_t bindings;    /* held now */
};
void practice_stats(const struct practice *practice, struct practice_stats *ret_stats);

/* Accounts as text, one a line: EXTENSION:PASSWORD[:AUTH-USER[:FAULT[,FAULT]...]]. An empty
 * AUTH-USER is the extension where a fault follows. Blanks around a line, empty lines and lines
 * that begin with # do not count; a password here has no colon. */
#define PRACTICE_USERS_MAX 1000000

struct practice_users {
	struct practice_user *list; /* each user's text is owned */
	size_t count, cap;
};

/* Adds the account that line names. Returns 0, -ENOMEM, -ENOSPC, or -EINVAL: *reterr has a sentence
 * that names what is wrong (never the password). */
int practice_users_add(struct practice_users *users, struct slice line, struct buf *reterr);

/* Adds all accounts of a file's text. Every line that is wrong is told, "NAME:LINE: ...", in
 * *reterr, as many as fit. Returns 0, -ENOMEM, or -EINVAL. */
int practice_users_read(struct practice_users *users, struct slice text, const char *name,
                        struct buf *reterr);

/* Adds those that are there where nobody names any: 1001 to 1008, and the extensions that always
 * have a fault (practice_example_at()), each with PRACTICE_PASSWORD. Returns 0 or -ENOMEM. */
#define PRACTICE_PASSWORD "practice"
int practice_users_add_own(struct practice_users *users);

/* Gives a fault to each account of this extension, which is without escapes. Returns 0, -ENOENT
 * where there is none, -ENOSPC where it has PRACTICE_FAULTS_MAX of them, or -ENOMEM. */
int practice_users_set_fault(struct practice_users *users, struct slice extension,
                             const struct practice_fault *fault);

/* Looks for an extension that is named twice. Returns 0 where there is none, -EEXIST
 * (*ret_extension is one), or -ENOMEM. */
int practice_users_find_twice(const struct practice_users *users, struct slice *ret_extension);
/* Wipes and frees. */
void practice_users_done(struct practice_users *users);

#endif
