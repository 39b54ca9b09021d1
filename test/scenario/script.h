/* script.h: a scenario file, read into statements. README.md describes the language.
 *
 * This is the layer of lines: times, indentation, comments. What a statement means is run.c's. */
#ifndef LINEUP_TEST_SCRIPT_H
#define LINEUP_TEST_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define SCRIPT_ERROR_MAX  256
#define SCRIPT_OPEN_ENDED UINT64_MAX /* "+5min..": whenever after that */

/* A line below a statement: a header, a line of a body, more raw bytes. */
struct script_child {
	unsigned line_no;
	char *text; /* trimmed */
};

struct statement {
	unsigned line_no;
	bool timed;               /* a time stands in front */
	uint64_t low_ms, high_ms; /* after the statement before; equal where it is no range */
	char *text;               /* trimmed; "" where the time stands alone */
	struct script_child *children;
	unsigned child_count;
};

struct script {
	char *fails_with;       /* from a comment "# fails at 12: TEXT", or NULL */
	unsigned fails_at_line; /* its 12 */
	struct statement *statements;
	unsigned count;
};

/* Reads a file. False: error has a sentence, with the line's number in front where there is one. */
bool script_read(const char *path, struct script *ret_script, char error[SCRIPT_ERROR_MAX]);
void script_free(struct script *script);

/* "+20ms", "20ms", "2s..5s", "5min..", "0". Units ms, s, min, h, d. */
bool script_time(const char *text, uint64_t *ret_low_ms, uint64_t *ret_high_ms);

/* "192.0.2.10:5060", "[2001:db8::1]:5060"; NULL is none. */
bool script_addr(const char *text, struct net_addr *ret_addr);

/* Takes a word off the front of *in: up to a blank, or a "quoted one" with C escapes; blanks behind
 * it go with it. NULL at the end or where a quote is open. A block to be freed. */
char *script_word(const char **in);

/* C escapes: \r \n \t \\ \" \0 \xNN. In place; returns the length. False where one is unknown. */
bool script_unescape(char *text, size_t *ret_n);

#endif
