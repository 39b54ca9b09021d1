/* agent/board.h: what a shard says of one registration, for whoever wants to read it.
 *
 * A seqlock: the one writer never waits, not even for a reader that the kernel has put to sleep in
 * the middle of its copy, which is what a mutex would let happen to the lines of a whole thread. A
 * reader that meets a change copies again. The words are atomics, each stored with release and
 * loaded with acquire, so that a reader that saw one new word also sees that the turn has changed:
 * no fence is needed, and a thread sanitizer can follow it. */
#ifndef LINEUP_AGENT_BOARD_H
#define LINEUP_AGENT_BOARD_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "explain/explain.h"
#include "net/addr.h"
#include "reg/reg.h"

#define AGENT_REPORT_REASON_MAX 127 /* bytes that are kept */
#define AGENT_REPORT_REALM_MAX  127

struct agent_report {
	/* The first word, which agent_board_glance() reads alone. */
	enum reg_state state : 8;
	bool up;      /* a binding is held */
	bool local;   /* no server's answer decided */
	bool refused; /* the last attempt was */
	uint16_t status;
	uint16_t bindings;
	/* ... and the rest */
	uint16_t foreign;
	bool dropped;      /* a refresh met bindings of others and none of ours */
	bool dated;        /* the last answer had a Date */
	uint8_t own_ports; /* of our host among the bindings; 0: not known */
	uint32_t granted_s, answer_ms, cseq;
	int32_t ahead_s;                   /* what the Date was ahead of our clock */
	int64_t since_ms;                  /* wall clocks; 0: not */
	int64_t ends_ms;                   /* of the binding */
	int64_t next_ms;                   /* when it acts next */
	int64_t result_ms;                 /* of the last result */
	const struct explain_cause *cause; /* NULL: none, or a success */
	struct net_addr target;            /* family 0: none */
	struct net_addr source;            /* what the binding's Contact was made from, likewise */
	char reason[AGENT_REPORT_REASON_MAX + 1];
	char realm[AGENT_REPORT_REALM_MAX + 1];
};

#define AGENT_BOARD_WORDS ((sizeof(struct agent_report) + 7) / 8)

/* Zeroed: a report of zeros. */
struct agent_board {
	_Atomic uint32_t turn; /* odd while it is written */
	_Atomic uint64_t words[AGENT_BOARD_WORDS];
};

void agent_board_write(struct agent_board *board, const struct agent_report *report);
void agent_board_read(const struct agent_board *board, struct agent_report *ret_report);

/* The front of the report: state, up, local, refused and status, which are of one moment. A single
 * load, for who looks at a million of them to count. */
struct agent_glance {
	enum reg_state state : 8;
	bool up, local, refused;
	uint16_t status, bindings;
};
static inline struct agent_glance agent_board_glance(const struct agent_board *board)
{
	uint64_t word = atomic_load_explicit(&board->words[0], memory_order_acquire);
	struct agent_glance glance;

	static_assert(sizeof(glance) == sizeof(word), "the first word");
	static_assert(offsetof(struct agent_report, foreign) == sizeof(word), "the same members");
	memcpy(&glance, &word, sizeof(glance));
	return glance;
}

#endif
