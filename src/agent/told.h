/* agent/told.h: what lines were told by servers, and by which, stored once for all lines that were
 * told the same: a million lines of a carrier were told "OK" in three realms from ten addresses.
 *
 * A text is counted by the boards that show it, under a lock that is held for a look into a table;
 * a board whose text stays the same takes none. There is a book for each shard, so that no shard
 * waits for another one: the lock is for the control thread, which gives back what a line was told
 * that is deleted, and what it had been told where it moves to another shard. A reader copies a
 * text without any lock: the memory of one is never given back before agent_told_done(), only used
 * for another one, and whoever copied while that happened finds that the turn of the board has
 * changed (agent/board.h). So there are never more of them than boards. */
#ifndef LINEUP_AGENT_TOLD_H
#define LINEUP_AGENT_TOLD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "net/addr.h"

#define AGENT_REPORT_REASON_MAX 127 /* bytes that are kept */
#define AGENT_REPORT_REALM_MAX  127
#define AGENT_REPORT_NAMED_MAX  103

/* Zeros behind the end of each text and address, so that what is the same has the same bytes. */
struct agent_told_words {
	struct net_addr target; /* family 0: none */
	struct net_addr source; /* what the binding's Contact was made from, likewise */
	char reason[AGENT_REPORT_REASON_MAX + 1];
	char realm[AGENT_REPORT_REALM_MAX + 1];
	char transport[8]; /* "TCP": that the last request went over; "": none was chosen */
	char named[AGENT_REPORT_NAMED_MAX + 1]; /* what the cause is about: the network interface,
	                                           or who signed the certificate; "": neither */
};

#define AGENT_TOLD_WORDS ((sizeof(struct agent_told_words) + 7) / 8)

struct agent_told {
	_Atomic uint64_t words[AGENT_TOLD_WORDS];
	/* Under the book's lock. Apart from the words, which readers in other threads copy. */
	_Alignas(64) struct agent_told_book *book;
	struct agent_told *next; /* of those in its cell of the table, or that are free */
	uint64_t hash;
	uint32_t boards;
};

struct agent_told_book {
	pthread_mutex_t lock;
	struct hash_key key; /* of this process: the texts come from the network */
	struct agent_told **cells;
	size_t cell_count, used; /* cell_count: a power of 2, or 0 */
	struct agent_told *free;
	struct agent_told_chunk *chunks;
	char apart[64]; /* books stand in an array */
};

void agent_told_init(struct agent_told_book *book, const struct hash_key *key);
void agent_told_done(struct agent_told_book *book); /* of a zeroed one as well */

/* Those are counted once more; NULL: there is no memory for them. agent_told_give() takes the count
 * back; NULL is fine. [any thread] */
struct agent_told *agent_told_take(struct agent_told_book *book,
                                   const struct agent_told_words *words);
void agent_told_give(struct agent_told *told);

/* The words, as they stand now. [any thread] */
void agent_told_read(const struct agent_told *told, struct agent_told_words *ret_words);

#endif
