/* cli/story.h: an attempt to register, as far as lines of a log tell of it. */
#ifndef LINEUP_CLI_STORY_H
#define LINEUP_CLI_STORY_H

#include "base/buf.h"
#include "reg/outcome.h"

/* What such logs, the article's and Lineup's, write where no server answered. */
#define STORY_TIMEOUT SLICE("Network Timeout")

/* What was done last. */
enum story_step {
	STORY_SEND,
	STORY_SEND_MORE,
	STORY_RETRY,
	STORY_PASS,
	STORY_NOTE,
	STORY_PROVISIONAL,
};

/* What became of the way to the server, where it is a connection. */
enum story_way {
	STORY_WAY_UNKNOWN,
	STORY_WAY_OPEN, /* requests go out when it has opened */
	STORY_WAY_SHUT, /* it did not open */
	STORY_WAY_LOST, /* it was closed when a request was on it */
};

struct story {
	struct reg_facts facts; /* status 0: nothing is decided */
	enum story_step step;
	enum story_way way;
	enum reg_local shut; /* SHUT: why, where a line says so */
	bool received;       /* a server sent the status */
	bool retried;        /* the login was sent */
	bool lapsed;         /* a registration has run out */
	bool ended;          /* its result was read; what follows is of another attempt */
	bool failed;         /* only "REGISTER failed" was read, which has no reason */
	/* As in struct log_line; absent where nothing tells. */
	struct slice address, uri, id;
	struct slice transport; /* where a line, the URI of a request or a Via field tells */
	unsigned lines;
};

/* Whether a status is that of no answer, by the words that belong to it. */
bool story_is_timeout(uint16_t status, struct slice reason);

/* Whether it ended in no answer: a 408 that a server sent, whatever its words, is one. */
bool story_is_silent(const struct story *story);

/* Reads all lines of text that are such of a log (cli/log_line.h); of several attempts the last one
 * counts. Returns whether there was one; *ret_story is set in either case, and borrows from
 * text and from memory, which needs three times as many bytes as text has. */
bool story_read(struct slice text, struct buf *memory, struct story *ret_story);

/* "UDP", "TCP" or "TLS" where a Via field (RFC 3261 20.42) in text, which somebody pasted, names
 * it; else absent. */
struct slice story_via_transport(struct slice text);

#endif
