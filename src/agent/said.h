/* agent/said.h: what servers say of lines beside the time that they grant: Service-Route (RFC
 * 3608), P-Associated-URI (RFC 7315 4.1), Path (RFC 3327) and GRUUs (RFC 5627).
 *
 * Most lines of a server are told the same, and most servers tell nothing. So a text is stored once
 * however many lines it was said of, and so is each set of texts; a line of which nothing was said
 * costs nothing at all. Written by the control thread, read by any, under the book's lock, which is
 * held for a copy. Bounded: AGENT_EVENT_TEXT bytes of each kind for a line. */
#ifndef LINEUP_AGENT_SAID_H
#define LINEUP_AGENT_SAID_H

#include <assert.h>
#include <pthread.h>

#include "agent/agent.h"
#include "agent/map.h"
#include "agent/worker.h"
#include "base/hash.h"
#include "base/slice.h"

/* By the texts of an AGENT_RECORD_SAID. A text is a list, printable, a newline behind each value.
 * Where it had to be cut short (whole values are kept) another newline ends it. */
enum agent_said_kind {
	AGENT_SAID_SERVICE_ROUTE,
	AGENT_SAID_ASSOCIATED_URI,
	AGENT_SAID_PATH,
	AGENT_SAID_GRUU, /* the public and the temporary one, each of which may be empty */
	AGENT_SAID_KINDS,
};
static_assert(AGENT_SAID_KINDS == AGENT_RECORD_TEXTS, "one text of a record for each");

struct agent_said_share;

struct agent_said_book {
	pthread_mutex_t lock;
	struct hash_key key;
	struct agent_map shares;   /* by hash */
	struct agent_map accounts; /* by address: that it has a share that lists shares */
};

/* In the shard's thread: reads the end of an attempt, and puts a record for it where the server has
 * said something, or has the last time (*told, the account's own, remembers it). */
void agent_said_tell(struct agent_worker *worker, const struct line *line,
                     const struct line_end *end, bool *told);

/* Its key is the caller's to fill in. */
void agent_said_init(struct agent_said_book *book);
void agent_said_done(struct agent_said_book *book);
/* Takes the place of what was said before. Without memory nothing is known of the account. */
void agent_said_put(struct agent_said_book *book, const struct agent_record *record);
void agent_said_forget(struct agent_said_book *book, const struct agent_account *account);
/* *ret_said is zeroed where nothing was said. */
void agent_said_copy(struct agent_said_book *book, const struct agent_account *account,
                     struct agent_said *ret_said);

#endif
