/* cli/question.h: what a person asks `lineup explain`, and which entries answer it.
 *
 * A question is an id, a status, a status line, a reason phrase, or lines of a log; the more of
 * them there are, the more is known of the attempt. */
#ifndef LINEUP_CLI_QUESTION_H
#define LINEUP_CLI_QUESTION_H

#include "base/buf.h"
#include "explain/explain.h"

#define QUESTION_BYTES_MAX  16384 /* of a question */
#define QUESTION_MEMORY     (3 * QUESTION_BYTES_MAX + 1024)
#define QUESTION_ANSWER_MAX 2 /* entries that answer it in full */
#define QUESTION_NEAR_MAX   3 /* ids that are offered for one that there is not */

/* Which other entries belong below an answer: those of its status, or those for no answer at all
 * (explain_under()). */
enum question_list { QUESTION_ALONE, QUESTION_BY_STATUS, QUESTION_UNANSWERED };

struct question_answer {
	const struct explain_cause *cause; /* its id is NULL where it is a normal step of the log,
	                                      which has no entry */
	uint16_t status;                   /* 0: none is known */
	enum question_list list;
};

struct question {
	struct question_answer answers[QUESTION_ANSWER_MAX]; /* at least one */
	unsigned answer_count;
	const struct explain_cause *more[EXPLAIN_UNDER_MAX]; /* what a phrase may also mean */
	unsigned more_count;
	struct slice remark; /* a sentence that belongs in front; absent: none */

	/* For the words of the texts; absent where the question does not tell. */
	struct slice reason;
	struct slice address; /* sip:1001@pbx.example */
	struct slice extension, server;
	struct slice transport; /* "UDP", "TCP" or "TLS" */
	struct slice agent; /* Server or User-Agent of the answer, where a profile is known by it */
};

/* Reads a question of at most QUESTION_BYTES_MAX bytes. Returns whether it was understood; *ret_q,
 * set on true only, borrows from text and from memory, which has QUESTION_MEMORY bytes. */
bool question_read(struct slice text, struct buf *memory, struct question *ret_q);

/* The causes that text, which was not understood, may stand for: those whose id is near, then those
 * with a word in id or title that begins with it. Returns how many. */
unsigned question_near(struct slice text, const struct explain_cause *ret_near[QUESTION_NEAR_MAX]);

/* The one status from 300 to 699 that stands in such a text as a word, letters that look like
 * digits taken for these; 0 where none or several do. A number above stands for its nearest class,
 * 600. */
uint16_t question_status_in(struct slice text);

/* The cause whose id is the nearest to a word or some, however far that is. NULL where the text is
 * longer than ids are, or has more in it than words. */
const struct explain_cause *question_nearest(struct slice text);

#endif
