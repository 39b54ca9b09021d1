/* agent/tally.c: see agent/tally.h. */
#include "agent/tally.h"

#include <errno.h>
#include <stdlib.h>

#include "explain/explain.h"

/* From a PBX in the same room to a transaction that was answered as it ended; the last one takes
 * what took longer, over several targets. */
static const uint32_t up_to_ms[] = { 5,    10,   25,   50,    100,   250,       500,
	                             1000, 2500, 5000, 10000, 32000, UINT32_MAX };
_Static_assert(sizeof(up_to_ms) / sizeof(*up_to_ms) == AGENT_ANSWER_BUCKETS, "a bound for each");

int agent_tally_init(struct agent_tally *tally)
{
	unsigned count = 1; /* there is one at least */

	while (explain_at(count))
		count++;
	tally->causes = calloc(count, sizeof(*tally->causes));
	return tally->causes ? 0 : -ENOMEM;
}

void agent_tally_done(struct agent_tally *tally)
{
	free(tally->causes);
	tally->causes = NULL;
}

/* ---- the one that writes */

static void add(_Atomic uint64_t *count, uint64_t more)
{
	uint64_t now = atomic_load_explicit(count, memory_order_relaxed);

	atomic_store_explicit(count, now + more, memory_order_relaxed);
}

static struct agent_tally_cause *cause_of(struct agent_tally *tally,
                                          const struct explain_cause *cause)
{
	unsigned index = 0;

	while (explain_at(index) != cause)
		index++;
	return &tally->causes[index];
}

void agent_tally_refused(struct agent_tally *tally, const struct explain_cause *cause)
{
	add(&cause_of(tally, cause)->refused, 1);
}

void agent_tally_failed(struct agent_tally *tally, const struct explain_cause *cause)
{
	add(&cause_of(tally, cause)->failed, 1);
}

void agent_tally_answered(struct agent_tally *tally, uint64_t took_ms)
{
	unsigned i = 0;

	while (i < AGENT_ANSWER_BUCKETS - 1 && took_ms > up_to_ms[i])
		i++;
	add(&tally->answers_ms, took_ms);
	add(&tally->answers[i], 1);
}

/* ---- those that read */

static uint64_t read_count(const _Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

void agent_tally_add_cause(const struct agent_tally *tally, unsigned index,
                           struct agent_cause *cause)
{
	cause->refused += read_count(&tally->causes[index].refused);
	cause->failed += read_count(&tally->causes[index].failed);
}

void agent_tally_add_answers(const struct agent_tally *tally, struct agent_answers *answers)
{
	for (unsigned i = 0; i < AGENT_ANSWER_BUCKETS; i++) {
		uint64_t n = read_count(&tally->answers[i]);

		answers->buckets[i].n += n;
		answers->n += n; /* so that the buckets' sum it is, whatever goes on meanwhile */
	}
	answers->sum_ms += read_count(&tally->answers_ms);
}

struct agent_answers agent_tally_no_answers(void)
{
	struct agent_answers answers = { 0 };

	for (unsigned i = 0; i < AGENT_ANSWER_BUCKETS; i++)
		answers.buckets[i].up_to_ms = up_to_ms[i];
	return answers;
}
