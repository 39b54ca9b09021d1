/* practice/core.h: what the parts of the registrar share. For this room's own use.
 *
 * A request is a visit that goes through the steps of a table in registrar.c. Each step either lets
 * it go on or ends it with an answer, or with none; it looks only at what earlier steps found. That
 * table is where the faults have their steps (faulty.c); what they change within a step is asked
 * for with practice_fault_of(). */
#ifndef LINEUP_PRACTICE_CORE_H
#define LINEUP_PRACTICE_CORE_H

#include "base/hash.h"
#include "base/rng.h"
#include "practice/ban.h"
#include "practice/bindings.h"
#include "practice/held.h"
#include "practice/nonce.h"
#include "practice/registrar.h"
#include "practice/resend.h"
#include "sip/addr.h"
#include "sip/msg.h"
#include "sip/via.h"

/* RFC 3261 10.3: only what is below an hour may be called too brief. */
#define PRACTICE_BRIEF_S 3600

/* RFC 3261 10.2.1.1, and what a malformed value counts as. */
#define PRACTICE_EXPIRES_DEFAULT_S 3600

/* One extension. Its number, the place in core->accounts, is the owner of its bindings. */
struct practice_account {
	struct slice extension, auth_user;             /* in core->text */
	struct practice_faults *faults;                /* its own; owned; NULL: none */
	struct digest_ha1 ha1[DIGEST_SHA_512_256 + 1]; /* by algorithm; empty where not offered */
};

struct practice_core {
	struct practice_config config;     /* without users and faults; its text is in text */
	struct practice_faults faults;     /* of all extensions */
	struct practice_account *accounts; /* by extension */
	uint32_t account_count;
	uint32_t *by_auth_user; /* numbers of accounts */
	char *text;
	struct digest *digest;
	struct hash_key request_key, tag_key;
	struct practice_bindings *bindings;
	struct practice_nonces *nonces;
	struct practice_resends *resends;
	struct practice_held *held;
	struct practice_bans bans;
	struct rng rng;  /* for what is lost */
	uint32_t realms; /* how many have been made up */
	struct practice_handler handler;
	void *ctx;
	struct practice_stats stats;
};

struct practice_visit {
	struct practice_core *core;
	const struct practice_request *request;
	struct sip_msg msg;
	struct slice top_via_text;
	struct sip_via top_via;
	struct sip_addr to;
	uint32_t cseq;
	const struct practice_account *account; /* NULL until it is found */

	/* What is too brief, unless it is this long; and what is granted at the most. */
	uint32_t expires_min_s, expires_max_s, brief_below_s;

	/* The answer, once a step gives one. */
	uint16_t status; /* 0: what goes out is no SIP */
	struct slice reason;
	const char *why;    /* for the event */
	const char *server; /* for the Server header; NULL: as configured */
	struct buf headers; /* lines beside those that every answer has */
	char memory[NET_SEND_MAX];
};

enum practice_step { PRACTICE_GO_ON, PRACTICE_ANSWER, PRACTICE_SILENT };
typedef enum practice_step practice_step_fn(struct practice_visit *visit);

/* Ends a visit. reason NULL: the default phrase. */
enum practice_step practice_end(struct practice_visit *visit, uint16_t status, const char *reason,
                                const char *why);

/* Ends a visit without an answer. */
enum practice_step practice_end_silent(struct practice_visit *visit, const char *why);

/* Tells an event of this visit. */
void practice_tell(const struct practice_visit *visit, enum practice_event_kind kind,
                   const struct practice_binding *binding);

/* accounts.c */
int practice_accounts_load(struct practice_core *core, const struct practice_config *config);
void practice_accounts_done(struct practice_core *core);
const struct practice_account *practice_account_of(const struct practice_core *core,
                                                   struct slice extension);
/* Walks the accounts with this auth user: begins with *at as 0. NULL at the end. */
const struct practice_account *practice_account_next(const struct practice_core *core,
                                                     struct slice auth_user, uint32_t *at);

/* What to challenge an account with; NULL: one without faults of its own. */
const enum digest_algorithm *practice_algorithms(const struct practice_core *core,
                                                 const struct practice_account *account,
                                                 unsigned *ret_count);

/* The fault of that id that this request meets: its extension's own, else that of all. NULL: none.
 */
const struct practice_fault *practice_fault_of(const struct practice_visit *visit,
                                               enum practice_fault_id id);

/* Throws the dice: whether a datagram of this visit is lost. */
bool practice_lost(struct practice_core *core, uint32_t percent);

/* Adds to a success what a fault wants in it, now that all else is there. */
void practice_fault_finish(struct practice_visit *visit);

/* Steps that have a file of their own. */
practice_step_fn practice_step_wire;         /* faulty.c: what happens to any request */
practice_step_fn practice_step_early;        /* ... to one without a login as well */
practice_step_fn practice_step_late;         /* ... behind the login */
practice_step_fn practice_step_authenticate; /* auth.c: RFC 3261 10.3, steps 3 and 4 */
practice_step_fn practice_step_change;       /* contact.c: steps 6 to 8 */

/* reply.c: appends the answer to a visit that has ended; and where it goes (RFC 3581 4). */
void practice_reply_write(const struct practice_visit *visit, struct buf *out);
void practice_reply_to(const struct practice_visit *visit, struct practice_sending *ret_sending);

#endif
