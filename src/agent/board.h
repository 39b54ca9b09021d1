/* agent/board.h: what a shard says of one registration, for whoever wants to read it.
 *
 * A seqlock: the one writer never waits, not even for a reader that the kernel has put to sleep in
 * the middle of its copy, which is what a mutex would let happen to the lines of a whole thread. A
 * reader that meets a change copies again. The words are atomics, each stored with release and
 * loaded with acquire, so that a reader that saw one new word also sees that the turn has changed:
 * no fence is needed, and a thread sanitizer can follow it. What many boards say alike is not in
 * the board itself, which is 80 bytes, but stored once (agent/told.h). */
#ifndef LINEUP_AGENT_BOARD_H
#define LINEUP_AGENT_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/told.h"
#include "explain/explain.h"
#include "reg/reg.h"

struct agent_report {
	enum reg_state state;
	bool up;      /* a binding is held */
	bool local;   /* no server's answer decided */
	bool refused; /* the last attempt was */
	bool dropped; /* a refresh met bindings of others and none of ours */
	bool dated;   /* the last answer had a Date */
	uint16_t status, bindings, foreign;
	uint8_t own_ports; /* of our host among the bindings; 0: not known */
	uint8_t flows;     /* 2: it shall have two, see agent/second.h; else 0 */
	uint8_t flows_up;  /* of two, those that have a binding */
	uint32_t granted_s, answer_ms, cseq;
	int32_t ahead_s;                   /* what the Date was ahead of our clock */
	int64_t since_ms;                  /* wall clocks; 0: not */
	int64_t ends_ms;                   /* of the binding */
	int64_t next_ms;                   /* when it acts next */
	int64_t result_ms;                 /* of the last result */
	const struct explain_cause *cause; /* NULL: none, or a success */
	struct agent_told_words told;
};

#define AGENT_BOARD_WORDS 9

/* Zeroed: a report of zeros. */
struct agent_board {
	_Atomic uint32_t turn; /* odd while it is written */
	_Atomic uint64_t words[AGENT_BOARD_WORDS];
};

/* One writer at a time. Where there is no memory for what was told it says the rest, and nothing of
 * that. */
void agent_board_write(struct agent_told_book *book, struct agent_board *board,
                       const struct agent_report *report);
void agent_board_read(const struct agent_board *board, struct agent_report *ret_report);

/* The same without what was told, of which *ret_report says nothing, and of which the board keeps
 * what it has: for who has to do with states alone, which change several times in an attempt. */
void agent_board_glance(const struct agent_board *board, struct agent_report *ret_report);
void agent_board_move(struct agent_board *board, const struct agent_report *report);

/* When the binding ends alone, by one load, for who looks at a million of them. */
int64_t agent_board_ends_ms(const struct agent_board *board);

/* Nobody reads or writes it any more. */
void agent_board_done(struct agent_board *board);

#endif
