/* practice/core.h: what the parts of the registrar share. For this room's own use.
 *
 * A request is a visit that goes through the steps of a table in registrar.c. Each step either lets
 * it go on or ends it with an answer, or with none; it looks only at what earlier steps found. That
 * table is where a registrar that misbehaves for one extension gets its steps. */
#ifndef LINEUP_PRACTICE_CORE_H
#define LINEUP_PRACTICE_CORE_H

#include "base/hash.h"
#include "practice/bindings.h"
#include "practice/nonce.h"
#include "practice/registrar.h"
#include "practice/resend.h"
#include "sip/addr.h"
#include "sip/msg.h"
#include "sip/via.h"

#define PRACTICE_EXPIRES_DEFAULT_S \
	3600 /* RFC 3261 10.2.1.1, and what a malformed value counts as */

/* One extension. Its number, the place in core->accounts, is the owner of its bindings. */
struct practice_account {
	struct slice extension, auth_user;             /* in core->text */
	struct digest_ha1 ha1[DIGEST_SHA_512_256 + 1]; /* by algorithm; empty where not offered */
};

struct practice_core {
	struct practice_config config;     /* without users; realm and server_name are in text */
	struct practice_account *accounts; /* by extension */
	uint32_t account_count;
	uint32_t *by_auth_user; /* numbers of accounts */
	char *text;
	struct digest *digest;
	struct hash_key request_key, tag_key;
	struct practice_bindings *bindings;
	struct practice_nonces *nonces;
	struct practice_resends *resends;
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

	/* The answer, once a step gives one. */
	uint16_t status;
	struct slice reason;
	const char *why;    /* for the event */
	struct buf headers; /* lines beside those that every answer has */
	char memory[NET_SEND_MAX];
};

enum practice_step { PRACTICE_GO_ON, PRACTICE_ANSWER, PRACTICE_SILENT };
typedef enum practice_step practice_step_fn(struct practice_visit *visit);

/* Ends a visit. reason NULL: the default phrase. */
enum practice_step practice_end(struct practice_visit *visit, uint16_t status, const char *reason,
                                const char *why);

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

/* Steps that have a file of their own. */
practice_step_fn practice_step_authenticate; /* auth.c: RFC 3261 10.3, steps 3 and 4 */
practice_step_fn practice_step_change;       /* contact.c: steps 6 to 8 */

/* reply.c: appends the answer to a visit that has ended; and where it goes (RFC 3581 4). */
void practice_reply_write(const struct practice_visit *visit, struct buf *out);
void practice_reply_to(const struct practice_visit *visit, struct net_addr *ret_to);

#endif
