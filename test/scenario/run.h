/* run.h: a scenario, run. README.md describes the language.
 *
 * run.c goes from statement to statement and moves the clock; setup.c, expect.c, answer.c and
 * check.c have one function each for a kind of statement. */
#ifndef LINEUP_TEST_RUN_H
#define LINEUP_TEST_RUN_H

#include "expand.h"
#include "script.h"
#include "stage.h"

#define RUN_VARS_MAX  32
#define RUN_LOOPS_MAX 4

struct run {
	struct stage stage;
	const char *path;
	uint64_t begin_ms;         /* of the clock */
	bool begun;                /* the set-up is over: lines start */
	struct request *request;   /* what was expected last: what "<" answers */
	struct net_stream *stream; /* the connection that was asked for or sent on last */
	struct net_stream
		*asked; /* the connection that what was received last came over, or NULL */
	char *held;     /* bytes that come with what comes next */
	size_t held_n;
	struct sim_datagram *ping; /* the last Binding request; owned */
	struct rng chance;         /* for {{rand}} */
	struct {
		char *name, *value;
	} vars[RUN_VARS_MAX];
	unsigned var_count;
	struct {
		unsigned first; /* statement behind the "repeat" */
		uint64_t turn, turns;
	} loops[RUN_LOOPS_MAX];
	unsigned loop_count;
	bool pings_unseen; /* CRLF CRLF is nothing that was sent */
	FILE *message;     /* why it failed */
	unsigned failed_line;
};

/* Runs a script; trace may be NULL. Returns whether all went as the script says; if not, writes why
 * to message, the line first. */
bool run_script(const char *path, const struct script *script, FILE *trace, FILE *message,
                unsigned *ret_failed_line);

/* What was sent and is to be looked at, the oldest; NULL: nothing. And until that comes, or at_ms.
 */
const struct sim_datagram *run_sent(struct run *run);
enum sim_stop run_to_send(struct run *run, uint64_t at_ms);

/* Fails the run at a line of the script, with a sentence. Returns false. */
bool run_fail(struct run *run, unsigned line_no, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What was sent is shown below the sentence of run_fail(). */
void run_show(struct run *run, const char *title, struct slice bytes);

/* A time since the start, for people: "+20.500 s". In a buffer of the caller. */
const char *run_clock(const struct run *run, uint64_t at_ms, char text[32]);

/* Expands placeholders. NULL: the run has failed. */
char *run_expand(struct run *run, unsigned line_no, const char *text, bool at_words,
                 const struct request *request, size_t *ret_n);

/* Whether text is as pattern says: "$name" takes a run of characters up to a blank or one of
 * ;,"<> when it is met first and must be the same later; "0x*" is any hexadecimal number; "$$" is a
 * dollar. With "~ " in front somewhere in text, else from end to end. */
bool run_match(struct run *run, const char *pattern, struct slice text);

/* The statements. text is the statement's, expanded. They return whether the run goes on. */
bool run_setup(struct run *run, const struct statement *statement, const char *text,
               bool *ret_known);
bool run_expect(struct run *run, const struct statement *statement, const char *text);
bool run_answer(struct run *run, const struct statement *statement, const char *text);
bool run_check(struct run *run, const struct statement *statement, const char *text,
               bool *ret_known);

/* The line that is named, or the first where name is NULL. NULL: the run has failed. */
struct stage_line *run_line(struct run *run, unsigned line_no, const char *name);

#endif
