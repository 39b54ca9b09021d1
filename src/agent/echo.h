/* agent/echo.h: what each shard tells of the machine or of a server, such as that the way there is
 * another one, is written to the log once, not once by each of them. A value and a function: no
 * clock is read, nothing is written here.
 *
 * An echo has the same text, letter for letter, and comes within AGENT_ECHO_MS of the first one.
 * What says something of its own, a port or a time, is none. Bounded: the last AGENT_ECHO_TEXTS
 * texts are remembered, as hashes. */
#ifndef LINEUP_AGENT_ECHO_H
#define LINEUP_AGENT_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/slice.h"

#define AGENT_ECHO_MS    1500
#define AGENT_ECHO_TEXTS 16

struct agent_echo {
	unsigned next; /* the place that is taken next */
	struct {
		uint64_t mark; /* of the text; 0: none yet */
		uint64_t at_ms;
	} said[AGENT_ECHO_TEXTS];
};

/* Whether a text of no line's is an echo at now_ms, which is monotonic; where not it is remembered.
 * key is secret: nobody can make two texts that agree. */
bool agent_echo_is(struct agent_echo *echo, const struct hash_key *key, struct slice text,
                   uint64_t now_ms);

#endif
