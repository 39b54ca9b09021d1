/* agent/told.c: see agent/told.h. */
#include "agent/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK       64 /* that are made at once */
#define FIRST_CELLS 64

struct agent_told_chunk {
	struct agent_told_chunk *next;
	struct agent_told all[CHUNK];
};

void agent_told_init(struct agent_told_book *book, const struct hash_key *key)
{
	*book = (struct agent_told_book){ .key = *key };
	pthread_mutex_init(&book->lock, NULL);
}

void agent_told_done(struct agent_told_book *book)
{
	struct agent_told_chunk *next;

	for (struct agent_told_chunk *chunk = book->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(book->cells);
	pthread_mutex_destroy(&book->lock);
}

void agent_told_read(const struct agent_told *told, struct agent_told_words *ret_words)
{
	uint64_t words[AGENT_TOLD_WORDS] = { 0 };

	for (size_t i = 0; i < AGENT_TOLD_WORDS; i++)
		words[i] = atomic_load_explicit(&told->words[i], memory_order_acquire);
	memcpy(ret_words, words, sizeof(*ret_words));
}

/* ---- with the lock held */

static struct agent_told **cell_of(struct agent_told_book *book, uint64_t hash)
{
	return &book->cells[hash & (book->cell_count - 1)];
}

/* Where the new table finds no memory the old one goes on, with longer chains. */
static int grow(struct agent_told_book *book)
{
	struct agent_told_book more = { .cell_count = book->cell_count ? book->cell_count * 2
		                                                       : FIRST_CELLS };

	more.cells = calloc(more.cell_count, sizeof(struct agent_told *));
	if (!more.cells)
		return book->cell_count ? 0 : -ENOMEM;
	for (size_t i = 0; i < book->cell_count; i++) {
		struct agent_told *told = book->cells[i], *next;

		for (; told; told = next) {
			struct agent_told **cell = cell_of(&more, told->hash);

			next = told->next;
			told->next = *cell;
			*cell = told;
		}
	}
	free(book->cells);
	book->cells = more.cells;
	book->cell_count = more.cell_count;
	return 0;
}

static int add_chunk(struct agent_told_book *book)
{
	struct agent_told_chunk *chunk = aligned_alloc(_Alignof(struct agent_told), sizeof(*chunk));

	if (!chunk)
		return -ENOMEM;
	memset(chunk, 0, sizeof(*chunk));
	chunk->next = book->chunks;
	book->chunks = chunk;
	for (size_t i = 0; i < CHUNK; i++) {
		chunk->all[i].book = book;
		chunk->all[i].next = book->free;
		book->free = &chunk->all[i];
	}
	return 0;
}

static struct agent_told *find(struct agent_told_book *book, uint64_t hash,
                               const uint64_t words[AGENT_TOLD_WORDS])
{
	struct agent_told *told = book->cell_count ? *cell_of(book, hash) : NULL;

	for (; told; told = told->next) {
		size_t i = 0;

		while (i < AGENT_TOLD_WORDS &&
		       atomic_load_explicit(&told->words[i], memory_order_relaxed) == words[i])
			i++;
		if (i == AGENT_TOLD_WORDS)
			break;
	}
	return told;
}

static struct agent_told *make(struct agent_told_book *book, uint64_t hash,
                               const uint64_t words[AGENT_TOLD_WORDS])
{
	struct agent_told *told, **cell;

	if ((book->used == book->cell_count && grow(book) < 0) ||
	    (!book->free && add_chunk(book) < 0))
		return NULL;
	told = book->free;
	book->free = told->next;
	book->used++;
	/* Release: a reader of who had this memory before, and sees a word of this, sees as well
	 * that the turn of that board has changed. */
	for (size_t i = 0; i < AGENT_TOLD_WORDS; i++)
		atomic_store_explicit(&told->words[i], words[i], memory_order_release);
	told->hash = hash;
	told->boards = 0;
	cell = cell_of(book, hash);
	told->next = *cell;
	*cell = told;
	return told;
}

/* ---- counted */

struct agent_told *agent_told_take(struct agent_told_book *book,
                                   const struct agent_told_words *words)
{
	uint64_t copy[AGENT_TOLD_WORDS] = { 0 }, hash;
	struct agent_told *told;

	memcpy(copy, words, sizeof(*words));
	hash = hash_bytes(&book->key, copy, sizeof(copy));
	pthread_mutex_lock(&book->lock);
	told = find(book, hash, copy);
	if (!told)
		told = make(book, hash, copy);
	if (told)
		told->boards++;
	pthread_mutex_unlock(&book->lock);
	return told;
}

void agent_told_give(struct agent_told *told)
{
	struct agent_told_book *book;
	struct agent_told **at;

	if (!told)
		return;
	book = told->book; /* which never changes */
	pthread_mutex_lock(&book->lock);
	if (--told->boards == 0) {
		for (at = cell_of(book, told->hash); *at != told; at = &(*at)->next)
			;
		*at = told->next;
		told->next = book->free;
		book->free = told;
		book->used--;
	}
	pthread_mutex_unlock(&book->lock);
}
