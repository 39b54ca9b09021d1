/* agent/tally.h: what a shard counts of attempts that have ended: without success by cause, and how
 * long the answered ones took.
 *
 * The shard's thread is the one that writes, so that a count is a load and a store; readers in any
 * thread add up those of all shards. Each number is by itself: nothing is ordered by them. */
#ifndef LINEUP_AGENT_TALLY_H
#define LINEUP_AGENT_TALLY_H

#include <stdatomic.h>
#include <stdint.h>

#include "agent/agent.h"

struct explain_cause;

struct agent_tally {
	struct agent_tally_cause {
		_Atomic uint64_t refused, failed;
	} * causes; /* one for each of explain_at() */
	_Atomic uint64_t answers[AGENT_ANSWER_BUCKETS];
	_Atomic uint64_t answers_ms; /* their sum */
};

/* Of a zeroed tally; 0 or -ENOMEM. */
int agent_tally_init(struct agent_tally *tally);
void agent_tally_done(struct agent_tally *tally); /* of a zeroed one as well */

/* [the shard's thread] */
void agent_tally_refused(struct agent_tally *tally, const struct explain_cause *cause);
void agent_tally_failed(struct agent_tally *tally, const struct explain_cause *cause);
void agent_tally_answered(struct agent_tally *tally, uint64_t took_ms);

/* Adds what tally has to *cause, which is that of explain_at(index), and to *answers. [any thread]
 */
void agent_tally_add_cause(const struct agent_tally *tally, unsigned index,
                           struct agent_cause *cause);
void agent_tally_add_answers(const struct agent_tally *tally, struct agent_answers *answers);

/* No answers yet, and what the buckets are. */
struct agent_answers agent_tally_no_answers(void);

#endif
