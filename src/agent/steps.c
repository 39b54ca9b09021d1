/* agent/steps.c: the last messages of lines, lent to those that need them: a line that is down, or
 * that something was sent for within the hour. Where all are lent the line loses them that is up
 * and was quiet for longest, and where none is up, of all. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"

void agent_steps_init(struct agent_step_book *book)
{
	pthread_mutex_init(&book->lock, NULL);
}

static void unlink_steps(struct agent_step_book *book, struct agent_steps *steps)
{
	if (steps->newer)
		steps->newer->older = steps->older;
	else
		book->newest = steps->older;
	if (steps->older)
		steps->older->newer = steps->newer;
	else
		book->oldest = steps->newer;
}

static void put_newest(struct agent_step_book *book, struct agent_steps *steps)
{
	steps->newer = NULL;
	steps->older = book->newest;
	if (steps->older)
		steps->older->newer = steps;
	else
		book->oldest = steps;
	book->newest = steps;
}

static void drop_text(struct agent_step_book *book, struct agent_steps *steps,
                      struct agent_step_cell *cell)
{
	size_t n = cell->text ? strlen(cell->text) + 1 : 0;

	free(cell->text);
	cell->text = NULL;
	steps->texts_n -= n;
	book->texts_n -= n;
}

static void drop_texts(struct agent_step_book *book, struct agent_steps *steps)
{
	for (unsigned i = 0; i < AGENT_STEPS; i++)
		drop_text(book, steps, &steps->cells[i]);
}

static void drop(struct agent_step_book *book, struct agent_steps *steps)
{
	drop_texts(book, steps);
	steps->account->steps = NULL;
	unlink_steps(book, steps);
	book->count--;
	free(steps);
}

void agent_steps_done(struct agent_step_book *book)
{
	struct agent_steps *newer;

	for (struct agent_steps *steps = book->oldest; steps; steps = newer) {
		newer = steps->newer;
		drop(book, steps);
	}
	pthread_mutex_destroy(&book->lock);
}

void agent_steps_forget(struct agent_step_book *book, struct agent_account *account)
{
	pthread_mutex_lock(&book->lock);
	if (account->steps)
		drop(book, account->steps);
	pthread_mutex_unlock(&book->lock);
}

static void make_room(struct agent_step_book *book)
{
	struct agent_steps *steps = book->oldest;

	while (steps && !steps->account->up)
		steps = steps->newer;
	if (!steps)
		steps = book->oldest;
	assert(steps); /* all are lent */
	drop(book, steps);
}

/* Those of account, made where it has none; NULL without memory. */
static struct agent_steps *steps_of(struct agent_step_book *book, struct agent_account *account)
{
	struct agent_steps *steps = account->steps;

	if (steps) {
		unlink_steps(book, steps);
	} else {
		if (book->count == AGENT_STEPS_LINES)
			make_room(book);
		steps = calloc(1, sizeof(*steps));
		if (!steps)
			return NULL;
		steps->account = account;
		account->steps = steps;
		book->count++;
	}
	put_newest(book, steps);
	return steps;
}

/* Of the line that was quiet for longest first, until there is room. */
static void make_room_for_text(struct agent_step_book *book, size_t n)
{
	struct agent_steps *steps = book->oldest;

	for (; steps && book->texts_n + n > AGENT_STEP_TEXTS; steps = steps->newer)
		if (steps->texts_n)
			drop_texts(book, steps);
}

/* Without memory for it the step is kept without its text. */
static void keep_text(struct agent_step_book *book, struct agent_steps *steps,
                      struct agent_step_cell *cell, struct slice text)
{
	if (!text.n)
		return;
	make_room_for_text(book, text.n + 1);
	cell->text = malloc(text.n + 1);
	if (!cell->text)
		return;
	memcpy(cell->text, text.p, text.n);
	cell->text[text.n] = '\0';
	steps->texts_n += strlen(cell->text) + 1;
	book->texts_n += strlen(cell->text) + 1;
}

void agent_steps_put(struct agent_step_book *book, const struct agent_record *record)
{
	struct slice reason = agent_record_text(record, 0);
	struct agent_step_cell cell = { .at_ms = record->at_ms,
		                        .peer = record->peer,
		                        .ctx = record->ctx,
		                        .cseq = record->cseq,
		                        .status = record->status,
		                        .sent = record->sent,
		                        .credentials = record->credentials,
		                        .again = record->again };
	struct agent_steps *steps;

	if (reason.n)
		memcpy(cell.reason, reason.p,
		       reason.n < AGENT_STEP_REASON ? reason.n : AGENT_STEP_REASON);
	pthread_mutex_lock(&book->lock);
	steps = steps_of(book, record->account);
	if (steps) {
		struct agent_step_cell *here = &steps->cells[steps->n++ % AGENT_STEPS];

		drop_text(book, steps, here);
		*here = cell;
		keep_text(book, steps, here, agent_record_text(record, 1));
	}
	pthread_mutex_unlock(&book->lock);
}

void agent_steps_see(struct agent_step_book *book, const struct agent_record *record)
{
	struct agent_steps *steps;

	if (!record->up)
		return;
	pthread_mutex_lock(&book->lock);
	steps = record->account->steps;
	for (unsigned i = 0; steps && i < AGENT_OTHERS; i++) {
		struct buf out = buf_over(steps->others[i], sizeof(steps->others[i]));

		buf_show(&out, agent_record_text(record, i));
		buf_end(&out);
	}
	pthread_mutex_unlock(&book->lock);
}

void agent_steps_others(struct agent_step_book *book, const struct agent_account *account,
                        char ret_others[AGENT_OTHERS][AGENT_OTHER_TEXT + 1])
{
	pthread_mutex_lock(&book->lock);
	for (unsigned i = 0; i < AGENT_OTHERS; i++)
		ret_others[i][0] = '\0';
	if (account->steps)
		memcpy(ret_others, account->steps->others, sizeof(account->steps->others));
	pthread_mutex_unlock(&book->lock);
}

void agent_steps_sweep(struct agent_step_book *book, int64_t now_ms)
{
	struct agent_steps *steps, *newer;

	pthread_mutex_lock(&book->lock);
	for (steps = book->oldest; steps; steps = newer) {
		newer = steps->newer;
		if (steps->cells[(steps->n - 1) % AGENT_STEPS].at_ms + AGENT_STEPS_MS > now_ms)
			break;
		if (steps->account->up)
			drop(book, steps);
	}
	pthread_mutex_unlock(&book->lock);
}

static void copy_cell(const struct agent_step_cell *from, struct agent_step_cell *to)
{
	*to = *from;
	to->text = from->text ? strdup(from->text) : NULL;
}

unsigned agent_steps_copy(struct agent_step_book *book, const struct agent_account *account,
                          struct agent_step_cell ret_cells[AGENT_STEPS])
{
	unsigned n = 0;

	pthread_mutex_lock(&book->lock);
	if (account->steps) {
		const struct agent_steps *steps = account->steps;

		for (unsigned i = steps->n > AGENT_STEPS ? steps->n - AGENT_STEPS : 0; i < steps->n;
		     i++)
			copy_cell(&steps->cells[i % AGENT_STEPS], &ret_cells[n++]);
	}
	pthread_mutex_unlock(&book->lock);
	return n;
}
