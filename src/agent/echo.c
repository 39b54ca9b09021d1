/* agent/echo.c: what several shards say at the same time, see agent/echo.h. */
#include "agent/echo.h"

bool agent_echo_is(struct agent_echo *echo, const struct hash_key *key, struct slice text,
                   uint64_t now_ms)
{
	uint64_t mark = hash_bytes(key, text.p, text.n) | 1;

	for (unsigned i = 0; i < AGENT_ECHO_TEXTS; i++)
		if (echo->said[i].mark == mark && now_ms - echo->said[i].at_ms < AGENT_ECHO_MS)
			return true;
	echo->said[echo->next].mark = mark;
	echo->said[echo->next].at_ms = now_ms;
	echo->next = (echo->next + 1) % AGENT_ECHO_TEXTS;
	return false;
}
