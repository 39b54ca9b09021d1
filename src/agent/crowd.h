/* agent/crowd.h: the log where very many lines meet the same: of each kind of line of the log, at
 * one server, the first AGENT_CROWD_FIRST within a time are written, and then one more, which says
 * how many there were. A value and a few functions: no clock is read, nothing is written here.
 *
 * What lines share is their server, what the log says of them without their address, and where they
 * fail the cause. A window of time begins with the first one and ends AGENT_CROWD_QUIET_MS after
 * the last, or after AGENT_CROWD_MS. Bounded: AGENT_CROWD_KINDS kinds at a time; of what comes
 * beyond that each line is written. */
#ifndef LINEUP_AGENT_CROWD_H
#define LINEUP_AGENT_CROWD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "log/log.h"

struct explain_cause;

#define AGENT_CROWD_LINES    100 /* of a server with no more than these all is written */
#define AGENT_CROWD_FIRST    10
#define AGENT_CROWD_KINDS    256
#define AGENT_CROWD_MS       10000
#define AGENT_CROWD_QUIET_MS 1000
#define AGENT_CROWD_HOST     80  /* bytes of a server's name that are shown */
#define AGENT_CROWD_TEXT     128 /* bytes of a note that are shown */
#define AGENT_CROWD_SAY      384 /* bytes of a sentence, with its NUL */

struct agent_crowd {
	struct hash_key key; /* secret: who fills in what is hashed can find no two that agree */
	unsigned used;
	struct agent_crowd_kind {
		uint64_t mark; /* hash of what is shared */
		uint64_t begun_ms, last_ms;
		uint64_t more; /* that were not written */
		unsigned written;
		enum log_kind kind;
		enum log_level level; /* the gravest */
		uint16_t status;
		const struct explain_cause *cause;
		char host[AGENT_CROWD_HOST];
		char text[AGENT_CROWD_TEXT];
	} kinds[AGENT_CROWD_KINDS];
};

enum agent_crowd_word { AGENT_CROWD_WRITE, AGENT_CROWD_LEAVE_OUT };

/* What is to be done with a line of the log; text is that of the event without a line's address in
 * front. cause: of a LOG_FAILED; else NULL. now_ms is monotonic. */
enum agent_crowd_word agent_crowd_see(struct agent_crowd *crowd, const struct log_event *event,
                                      const char *host, const struct explain_cause *cause,
                                      uint64_t now_ms);

/* Takes a kind whose window is over by now_ms (UINT64_MAX: all of them), and of which lines were
 * left out: its sentence, "and 99,990 more at pbx.example in 3 s: recv REGISTER: 503", is written
 * to ret_text, NUL-terminated. False: there is none. */
bool agent_crowd_take(struct agent_crowd *crowd, uint64_t now_ms, enum log_level *ret_level,
                      char ret_text[AGENT_CROWD_SAY]);

/* When agent_crowd_take() has one; UINT64_MAX: not by itself. */
uint64_t agent_crowd_next_ms(const struct agent_crowd *crowd);

#endif
