/* practice/bindings.h: which contacts each extension has, until when (RFC 3261 10.3, steps 6 to 8).
 *
 * An owner is a number from 0 on (the place of an extension in the list of users). A request's
 * changes are made whole or not at all. Time is given, chance is not needed. */
#ifndef LINEUP_PRACTICE_BINDINGS_H
#define LINEUP_PRACTICE_BINDINGS_H

#include "base/buf.h"
#include "net/addr.h"

#define PRACTICE_CHANGES_MAX  32   /* contacts in one request */
#define PRACTICE_CONTACTS_LEN 2400 /* bytes that the contacts of one owner take in an answer */

struct practice_binding {
	uint32_t next; /* of the same owner */
	uint32_t owner;
	uint32_t cseq;
	uint32_t granted_s;
	uint64_t expires_ms;
	struct net_addr from; /* who registered it last */
	uint16_t uri_n, params_n, call_id_n;
	char *text; /* URI, parameters, Call-ID, without NULs between */
};

struct slice practice_binding_uri(const struct practice_binding *binding);
struct slice practice_binding_params(const struct practice_binding *binding);

/* Seconds that are left, rounded up. */
uint32_t practice_binding_left_s(const struct practice_binding *binding, uint64_t now_ms);

struct practice_bindings;

/* Returns 0 or -ENOMEM. */
int practice_bindings_new(uint32_t owners, uint32_t per_owner_max, uint32_t max, uint64_t now_ms,
                          struct practice_bindings **ret_bindings);
void practice_bindings_free(struct practice_bindings *bindings);
uint32_t practice_bindings_count(const struct practice_bindings *bindings);

/* The bindings of an owner, those of the longest standing last: begins with NULL, ends with NULL.
 */
const struct practice_binding *practice_bindings_next(const struct practice_bindings *bindings,
                                                      uint32_t owner,
                                                      const struct practice_binding *after);

/* One contact of a request. */
struct practice_change {
	struct slice uri;
	struct slice params; /* with the ";" in front, without expires; or empty */
	uint32_t expires_s;  /* granted; 0: remove */
};

/* A request's changes. */
struct practice_changes {
	uint32_t owner;
	struct slice call_id;
	uint32_t cseq;
	struct net_addr from;
	uint64_t now_ms;
	const struct practice_change *list;
	size_t count; /* up to PRACTICE_CHANGES_MAX */
};

enum practice_result {
	PRACTICE_CHANGED,
	PRACTICE_OUT_OF_ORDER, /* the same Call-ID with a CSeq that is not higher */
	PRACTICE_TWICE,        /* two contacts of the request are equal */
	PRACTICE_TOO_MANY,     /* for this owner */
	PRACTICE_TOO_LARGE,    /* the owner's contacts would not fit into one answer */
	PRACTICE_FULL,         /* for all */
};

/* What became of a binding; the binding is as it was where it is gone. */
enum practice_became { PRACTICE_ADDED, PRACTICE_RENEWED, PRACTICE_TAKEN };
typedef void practice_became_fn(void *ctx, enum practice_became became,
                                const struct practice_binding *binding);

/* Makes the changes, and tells each. Where the result is not PRACTICE_CHANGED nothing has changed.
 */
enum practice_result practice_bindings_change(struct practice_bindings *bindings,
                                              const struct practice_changes *changes,
                                              practice_became_fn *fn, void *ctx);

/* Removes all of the owner's ("Contact: *"); list and count are not looked at. */
enum practice_result practice_bindings_clear(struct practice_bindings *bindings,
                                             const struct practice_changes *changes,
                                             practice_became_fn *fn, void *ctx);

/* Removes one whose time is over, and tells it. False where there is none. */
bool practice_bindings_expire(struct practice_bindings *bindings, uint64_t now_ms,
                              practice_became_fn *fn, void *ctx);

/* When that should be called next: never later than the next binding ends. NET_NEVER: not at all.
 */
uint64_t practice_bindings_next_ms(const struct practice_bindings *bindings);

#endif
