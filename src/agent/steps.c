/* agent/steps.c: the last messages of lines, lent to those that need them: a line that is down, or
 * that something was sent for within the hour. Where all are lent the line loses them that is up
 * and was quiet for longest, and where none is up, of all. So those of lines that are up stand in a
 * list of their own: while very many lines register none of the lent ones is up, and to look
 * through them all for each message was an eighth of the whole daemon's work. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"

#define FEW 4 /* messages of a line that has registered */

void agent_steps_init(struct agent_step_book *book)
{
	pthread_mutex_init(&book->lock, NULL);
}

static struct agent_step_list *list_of(struct agent_step_book *book,
                                       const struct agent_steps *steps)
{
	return steps->up ? &book->up : &book->down;
}

static void unlink_steps(struct agent_step_book *book, struct agent_steps *steps)
{
	struct agent_step_list *list = list_of(book, steps);

	if (steps->newer)
		steps->newer->older = steps->older;
	else
		list->newest = steps->older;
	if (steps->older)
		steps->older->newer = steps->newer;
	else
		list->oldest = steps->newer;
}

static void put_newest(struct agent_step_book *book, struct agent_steps *steps)
{
	struct agent_step_list *list;

	steps->up = steps->account->standing == AGENT_STANDING_UP;
	list = list_of(book, steps);
	steps->newer = NULL;
	steps->older = list->newest;
	if (steps->older)
		steps->older->newer = steps;
	else
		list->oldest = steps;
	list->newest = steps;
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
	for (unsigned i = 0; i < steps->cap; i++)
		drop_text(book, steps, &steps->cells[i]);
}

static void drop(struct agent_step_book *book, struct agent_steps *steps)
{
	drop_texts(book, steps);
	steps->account->steps = NULL;
	unlink_steps(book, steps);
	book->count--;
	free(steps->cells);
	free(steps->others);
	free(steps);
}

void agent_steps_done(struct agent_step_book *book)
{
	while (book->up.oldest)
		drop(book, book->up.oldest);
	while (book->down.oldest)
		drop(book, book->down.oldest);
	pthread_mutex_destroy(&book->lock);
}

void agent_steps_forget(struct agent_step_book *book, struct agent_account *account)
{
	pthread_mutex_lock(&book->lock);
	if (account->steps)
		drop(book, account->steps);
	pthread_mutex_unlock(&book->lock);
}

void agent_steps_follow(struct agent_step_book *book, struct agent_account *account)
{
	/* Who calls this is the one that changes it. */
	if (!account->steps)
		return;
	pthread_mutex_lock(&book->lock);
	unlink_steps(book, account->steps);
	put_newest(book, account->steps);
	pthread_mutex_unlock(&book->lock);
}

static void make_room(struct agent_step_book *book)
{
	struct agent_steps *steps = book->up.oldest ? book->up.oldest : book->down.oldest;

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

/* Where the next step of a line goes, which has a cell for those that most lines need; where there
 * is no memory for more the oldest step makes room. */
static struct agent_step_cell *next_cell(struct agent_steps *steps)
{
	unsigned cap = steps->cap + FEW < AGENT_STEPS ? steps->cap + FEW : AGENT_STEPS;
	struct agent_step_cell *more;

	/* A ring that has turned is not made larger: its oldest step is not its first. */
	if (steps->n == steps->cap && steps->cap < AGENT_STEPS) {
		more = reallocarray(steps->cells, cap, sizeof(*more));
		if (more) {
			memset(more + steps->cap, 0, (cap - steps->cap) * sizeof(*more));
			steps->cells = more;
			steps->cap = cap;
		}
	}
	return steps->cap ? &steps->cells[steps->n++ % steps->cap] : NULL;
}

/* Those of the list that was quiet for longest first, until there is room. */
static void drop_oldest_texts(struct agent_step_book *book, const struct agent_step_list *list,
                              size_t n)
{
	struct agent_steps *steps = list->oldest;

	for (; steps && book->texts_n + n > AGENT_STEP_TEXTS; steps = steps->newer)
		if (steps->texts_n)
			drop_texts(book, steps);
}

static void make_room_for_text(struct agent_step_book *book, size_t n)
{
	drop_oldest_texts(book, &book->up, n);
	drop_oldest_texts(book, &book->down, n);
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
	struct agent_step_cell *here;
	struct agent_steps *steps;

	if (reason.n)
		memcpy(cell.reason, reason.p,
		       reason.n < AGENT_STEP_REASON ? reason.n : AGENT_STEP_REASON);
	pthread_mutex_lock(&book->lock);
	steps = steps_of(book, record->account);
	here = steps ? next_cell(steps) : NULL;
	if (here) {
		drop_text(book, steps, here);
		*here = cell;
		keep_text(book, steps, here, agent_record_text(record, 1));
	}
	pthread_mutex_unlock(&book->lock);
}

/* Whether there is room for the others of a record: most lines have none, and take none. */
static bool room_for_others(struct agent_steps *steps, const struct agent_record *record)
{
	if (!steps->others && agent_record_text(record, 0).n)
		steps->others = calloc(AGENT_OTHERS, sizeof(*steps->others));
	return steps->others != NULL;
}

void agent_steps_see(struct agent_step_book *book, const struct agent_record *record)
{
	struct agent_steps *steps;

	if (!record->up)
		return;
	pthread_mutex_lock(&book->lock);
	steps = record->account->steps;
	if (steps && room_for_others(steps, record)) {
		for (unsigned i = 0; i < AGENT_OTHERS; i++) {
			struct buf out = buf_over(steps->others[i], sizeof(steps->others[i]));

			buf_show(&out, agent_record_text(record, i));
			buf_end(&out);
		}
	}
	pthread_mutex_unlock(&book->lock);
}

void agent_steps_others(struct agent_step_book *book, const struct agent_account *account,
                        char ret_others[AGENT_OTHERS][AGENT_OTHER_TEXT + 1])
{
	pthread_mutex_lock(&book->lock);
	for (unsigned i = 0; i < AGENT_OTHERS; i++)
		ret_others[i][0] = '\0';
	if (account->steps && account->steps->others)
		memcpy(ret_others, account->steps->others,
		       AGENT_OTHERS * sizeof(*account->steps->others));
	pthread_mutex_unlock(&book->lock);
}

/* 0: none was kept. */
static int64_t last_at_ms(const struct agent_steps *steps)
{
	return steps->n ? steps->cells[(steps->n - 1) % steps->cap].at_ms : 0;
}

void agent_steps_sweep(struct agent_step_book *book, int64_t now_ms)
{
	struct agent_steps *steps, *newer;

	pthread_mutex_lock(&book->lock);
	for (steps = book->up.oldest; steps; steps = newer) {
		newer = steps->newer;
		if (last_at_ms(steps) + AGENT_STEPS_MS > now_ms)
			break;
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

		for (unsigned i = steps->n > steps->cap ? steps->n - steps->cap : 0; i < steps->n;
		     i++)
			copy_cell(&steps->cells[i % steps->cap], &ret_cells[n++]);
	}
	pthread_mutex_unlock(&book->lock);
	return n;
}
