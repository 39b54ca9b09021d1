/* agent/known.h: what was said and done lately: the row of events, and the last messages of lines.
 *
 * Written by the control thread, read by any, each under its own lock, which is held for a copy.
 * Both are bounded: AGENT_EVENTS events with AGENT_EVENT_BYTES of text between them, 11 MiB where
 * these are long and 6 MiB as they are, half of it for the log and half for the rest; and
 * AGENT_STEPS_LINES lines with AGENT_STEPS messages each, 6 MiB when all have so many and other
 * devices, and AGENT_STEP_TEXTS bytes of these messages as text. Memory is taken when it is first
 * written to. */
#ifndef LINEUP_AGENT_KNOWN_H
#define LINEUP_AGENT_KNOWN_H

#include <pthread.h>

#include "agent/agent.h"
#include "base/slice.h"
#include "net/addr.h"

struct agent_account;
struct agent_record;

/* ---- events */

#define AGENT_RING        (AGENT_EVENTS / 2)
#define AGENT_EVENT_BYTES (8u << 20) /* of texts: where half is full the oldest of a ring go */
#define AGENT_EVENT_TEXT  1024       /* bytes of one text that are kept */

/* Who is told of an event: who follows all lines, or only who asks for its line. */
enum agent_event_for { AGENT_FOR_ALL, AGENT_FOR_LINE };

struct agent_event_cell {
	uint64_t number;
	int64_t at_ms, line;
	uint32_t text_at; /* in texts, with a NUL behind it */
	uint16_t text_n;
	uint8_t kind, level;
};

struct agent_event_ring {
	struct agent_event_cell *cells; /* the nth that was put in is in n % AGENT_RING */
	char *texts;                    /* a ring; no text goes over its end */
	uint64_t first, last;           /* of n; first > last: none */
	uint32_t text_end;              /* where the next one goes */
};

/* Changes of state, and what is for one line alone, come by the hundred thousand where many lines
 * meet the same: they have a ring of their own, so that the log outlasts them. */
struct agent_events {
	pthread_mutex_t lock;
	struct agent_event_ring log, rest;
	uint64_t last;      /* number, of both */
	uint64_t forgotten; /* the highest number that is known no more */
};

int agent_events_init(struct agent_events *events);
void agent_events_done(struct agent_events *events);
void agent_events_put(struct agent_events *events, const struct agent_event *event,
                      enum agent_event_for reader, struct slice text);
/* Reads events as agent_events(); of a line's twin, too. */
int agent_events_read(struct agent_events *events, const struct agent_event_filter *filter,
                      int64_t twin, agent_event_fn *fn, void *ctx);
/* As agent_events_first() and agent_events_tail(). */
uint64_t agent_events_oldest(struct agent_events *events);
uint64_t agent_events_end(struct agent_events *events, const struct agent_event_filter *filter,
                          int64_t twin);

/* ---- steps */

#define AGENT_STEPS_LINES 2048
#define AGENT_STEPS       24         /* of one line */
#define AGENT_STEPS_MS    3600000    /* those of a line that is up are kept as long */
#define AGENT_STEP_REASON 47         /* bytes of a reason that are kept */
#define AGENT_STEP_TEXT   2047       /* bytes of a message as text */
#define AGENT_STEP_TEXTS  (8u << 20) /* bytes of all: where it is full the oldest go */

struct agent_step_cell {
	int64_t at_ms;
	struct net_addr peer;
	uint32_t ctx, cseq;
	uint16_t status;
	bool sent, credentials, again;
	char reason[AGENT_STEP_REASON + 1];
	char *text; /* the message without its secrets; NULL: it was not kept */
};

struct agent_steps {
	struct agent_account *account;
	struct agent_steps *newer, *older; /* in their list */
	unsigned n;                        /* all that were put in; step i is in i % AGENT_STEPS */
	size_t texts_n;                    /* bytes of its texts */
	unsigned cap;                      /* of cells, which grow up to AGENT_STEPS */
	bool up;                           /* stands in the list of those whose line is up */
	struct agent_step_cell *cells;
	char (*others)[AGENT_OTHER_TEXT + 1]; /* AGENT_OTHERS, "" from the first that is none;
	                                         NULL: there was never one */
};

/* By their last step, or when their line came up or went down after that. */
struct agent_step_list {
	struct agent_steps *newest, *oldest;
};

struct agent_step_book {
	pthread_mutex_t lock;
	struct agent_step_list up, down;
	unsigned count;
	size_t texts_n; /* bytes of all texts */
};

void agent_steps_init(struct agent_step_book *book);
void agent_steps_done(struct agent_step_book *book);
void agent_steps_put(struct agent_step_book *book, const struct agent_record *record);
void agent_steps_forget(struct agent_step_book *book, struct agent_account *account);
/* The standing of account has changed, by the thread that puts steps. */
void agent_steps_follow(struct agent_step_book *book, struct agent_account *account);
/* Forgets those of lines that are up and had none for AGENT_STEPS_MS. */
void agent_steps_sweep(struct agent_step_book *book, int64_t now_ms);
/* The bindings of other devices, as a grant listed them. Not kept where no step is. */
void agent_steps_see(struct agent_step_book *book, const struct agent_record *record);
void agent_steps_others(struct agent_step_book *book, const struct agent_account *account,
                        char ret_others[AGENT_OTHERS][AGENT_OTHER_TEXT + 1]);
/* Copies account's, oldest first; returns how many. The caller frees their texts. */
unsigned agent_steps_copy(struct agent_step_book *book, const struct agent_account *account,
                          struct agent_step_cell ret_cells[AGENT_STEPS]);

#endif
