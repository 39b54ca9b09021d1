/* agent/queue.c: the queues between the control thread and a shard; see agent/worker.h. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "agent/worker.h"

#define BLOCK_ROOM sizeof(((struct agent_block *)0)->bytes)
#define RECORD_MAX (sizeof(struct agent_record) + AGENT_RECORD_TEXTS * AGENT_EVENT_TEXT + 7)

static_assert(RECORD_MAX <= BLOCK_ROOM, "each record fits into a block");
static_assert(sizeof(struct agent_block) == AGENT_BLOCK_BYTES, "there is nothing besides");

/* ---- down */

static size_t room(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *put(struct agent_command *command, const char *text)
{
	char *at = command->texts + command->texts_n;

	if (!text)
		return NULL;
	memcpy(at, text, room(text));
	command->texts_n += room(text);
	return at;
}

struct agent_command *agent_command_new(enum agent_order order, struct agent_account *account,
                                        const struct agent_command_texts *texts)
{
	static const struct agent_command_texts none = { 0 };
	const struct agent_command_texts *from = texts ? texts : &none;
	struct agent_command *command =
		calloc(1, sizeof(*command) + room(from->auth_user) + room(from->contact) +
	                          room(from->calls) + room(from->password) + room(from->tls_ca) +
	                          room(from->tls_cert) + room(from->tls_key));

	if (!command)
		return NULL;
	command->order = order;
	command->account = account;
	command->auth_user = put(command, from->auth_user);
	command->contact = put(command, from->contact);
	command->calls = put(command, from->calls);
	command->password = put(command, from->password);
	command->tls_ca = put(command, from->tls_ca);
	command->tls_cert = put(command, from->tls_cert);
	command->tls_key = put(command, from->tls_key);
	return command;
}

void agent_command_free(struct agent_command *command)
{
	if (command)
		explicit_bzero(command->texts, command->texts_n);
	free(command);
}

void agent_worker_post(struct agent_worker *worker, struct agent_command *command)
{
	pthread_mutex_lock(&worker->inbox_lock);
	command->next = NULL;
	*worker->inbox_end = command;
	worker->inbox_end = &command->next;
	atomic_fetch_add(&worker->inbox_n, 1);
	pthread_mutex_unlock(&worker->inbox_lock);
	net_async_send(worker->bell);
}

bool agent_worker_turns(struct agent_worker *worker)
{
	uint32_t asked = atomic_load(&worker->asked);

	if (atomic_load(&worker->answered) != asked)
		return false;
	atomic_store(&worker->asked, asked + 1);
	net_async_send(worker->bell);
	return true;
}

uint32_t agent_worker_backlog(struct agent_worker *worker)
{
	return atomic_load(&worker->inbox_n);
}

/* ---- up */

struct slice agent_record_text(const struct agent_record *record, unsigned n)
{
	const char *at = (const char *)(record + 1);

	if (record->texts_n[n] == AGENT_RECORD_ABSENT)
		return SLICE_NONE;
	for (unsigned i = 0; i < n; i++)
		at += record->texts_n[i] == AGENT_RECORD_ABSENT ? 0 : record->texts_n[i];
	return slice_of(at, record->texts_n[n]);
}

int agent_outbox_init(struct agent_worker *worker, struct net *net, void (*fn)(void *ctx),
                      void *ctx)
{
	struct agent_outbox *outbox = &worker->outbox;

	outbox->own.news_end = &outbox->own.news;
	outbox->out.news_end = &outbox->out.news;
	pthread_mutex_init(&outbox->lock, NULL);
	return net_timer_new(net, fn, ctx, &outbox->publish);
}

static void free_blocks(struct agent_block *block)
{
	struct agent_block *next;

	for (; block; block = next) {
		next = block->next;
		free(block);
	}
}

void agent_outbox_done(struct agent_worker *worker)
{
	struct agent_outbox *outbox = &worker->outbox;

	net_timer_free(outbox->publish);
	free_blocks(outbox->own.first);
	free_blocks(outbox->out.first);
	pthread_mutex_destroy(&outbox->lock);
}

/* With the lock held. */
static void ring(struct agent_worker *worker)
{
	if (worker->outbox.rung)
		return;
	worker->outbox.rung = true;
	agent_ring(worker->agent);
}

/* Room for a record of size bytes, or NULL. */
static char *reserve(struct agent_pile *pile, size_t size)
{
	struct agent_block *block = pile->last;
	char *at;

	if (!block || block->n + size > BLOCK_ROOM) {
		block = malloc(sizeof(*block));
		if (!block)
			return NULL;
		block->next = NULL;
		block->n = 0;
		if (pile->last)
			pile->last->next = block;
		else
			pile->first = block;
		pile->last = block;
	}
	at = block->bytes + block->n;
	block->n += size;
	pile->n += size;
	return at;
}

/* Where so many bytes would wait altogether. */
static bool is_full(struct agent_outbox *outbox, size_t size, size_t max)
{
	size_t waits = atomic_load_explicit(&outbox->out_n, memory_order_relaxed);

	return waits + outbox->own.n + size > max;
}

static void publish_soon(struct agent_worker *worker)
{
	if (worker->outbox.due)
		return;
	worker->outbox.due = true;
	net_timer_set(worker->outbox.publish, net_now_ms(worker->net));
}

void agent_outbox_put(struct agent_worker *worker, const struct agent_record *record,
                      const struct slice texts[AGENT_RECORD_TEXTS])
{
	bool talk = record->kind == AGENT_RECORD_LOG || record->kind == AGENT_RECORD_STEP;
	struct agent_outbox *outbox = &worker->outbox;
	struct agent_record whole = *record;
	size_t size = sizeof(whole);
	char *at = NULL;

	publish_soon(worker);
	for (unsigned i = 0; i < AGENT_RECORD_TEXTS; i++) {
		size_t n = texts[i].n < AGENT_EVENT_TEXT ? texts[i].n : AGENT_EVENT_TEXT;

		whole.texts_n[i] = slice_present(texts[i]) ? (uint16_t)n : AGENT_RECORD_ABSENT;
		size += slice_present(texts[i]) ? n : 0;
	}
	size = (size + 7) & ~(size_t)7;
	whole.size = (uint32_t)size;
	if (!is_full(outbox, size, talk ? AGENT_OUTBOX_TALK : AGENT_OUTBOX_MAX))
		at = reserve(&outbox->own, size);
	if (!at) {
		outbox->own.lost++;
		return;
	}
	memcpy(at, &whole, sizeof(whole));
	at += sizeof(whole);
	for (unsigned i = 0; i < AGENT_RECORD_TEXTS; i++) {
		if (whole.texts_n[i] == AGENT_RECORD_ABSENT || !whole.texts_n[i])
			continue;
		memcpy(at, texts[i].p, whole.texts_n[i]);
		at += whole.texts_n[i];
	}
}

/* The control thread takes the marks of an account whose turn it is without a lock: what it was
 * marked with until then comes along, and what comes later puts it into a list again. Once it is
 * marked as gone it may be freed when the records of the next post were read: what was put in of it
 * must be out by then. */
void agent_outbox_tell(struct agent_worker *worker, struct agent_account *account, unsigned news)
{
	struct agent_pile *own = &worker->outbox.own;

	if (news & AGENT_NEWS_GONE)
		agent_outbox_publish(worker);
	publish_soon(worker);
	if (atomic_fetch_or(&account->news, (uint8_t)news))
		return;
	account->news_next = NULL;
	*own->news_end = account;
	own->news_end = &account->news_next;
}

/* The blocks of own behind those of out, and an empty one back where there is one. A block that has
 * room for the first one's records takes them in, so that many small piles are not as many blocks;
 * the empty one of an empty pile is handed back as it is. */
static void append_blocks(struct agent_pile *out, struct agent_pile *own)
{
	struct agent_block *first = own->first, *more = first, *last = own->last, *over = NULL;

	if (!own->n)
		return;
	if (!out->n) {
		over = out->first;
		out->first = out->last = NULL;
	} else if (out->last->n + first->n <= BLOCK_ROOM) {
		memcpy(out->last->bytes + out->last->n, first->bytes, first->n);
		out->last->n += first->n;
		over = first;
		more = first->next;
		last = more ? last : out->last;
	}
	*(out->last ? &out->last->next : &out->first) = more;
	out->last = last;
	out->n += own->n;
	if (over) {
		over->next = NULL;
		over->n = 0;
	}
	own->first = own->last = over;
	own->n = 0;
}

static void append(struct agent_pile *out, struct agent_pile *own)
{
	append_blocks(out, own);
	out->lost += own->lost;
	own->lost = 0;
	if (!own->news)
		return;
	*out->news_end = own->news;
	out->news_end = own->news_end;
	own->news = NULL;
	own->news_end = &own->news;
}

void agent_outbox_publish(struct agent_worker *worker)
{
	struct agent_outbox *outbox = &worker->outbox;
	struct agent_pile *own = &outbox->own;

	outbox->due = false;
	net_timer_set(outbox->publish, NET_NEVER);
	if (!own->n && !own->lost && !own->news)
		return;
	pthread_mutex_lock(&outbox->lock);
	append(&outbox->out, own);
	atomic_store_explicit(&outbox->out_n, outbox->out.n, memory_order_relaxed);
	ring(worker);
	pthread_mutex_unlock(&outbox->lock);
}

void agent_outbox_take(struct agent_worker *worker, struct agent_post *post)
{
	struct agent_outbox *outbox = &worker->outbox;
	struct agent_pile *out = &outbox->out;
	struct agent_block *over = post->block; /* the last one, read */

	if (over)
		over->n = 0;
	pthread_mutex_lock(&outbox->lock);
	*post = (struct agent_post){ .block = out->first, .lost = out->lost, .news = out->news };
	*out = (struct agent_pile){ .first = over, .last = over };
	out->news_end = &out->news;
	atomic_store_explicit(&outbox->out_n, 0, memory_order_relaxed);
	outbox->rung = false;
	pthread_mutex_unlock(&outbox->lock);
}

void agent_post_done(struct agent_post *post)
{
	free_blocks(post->block);
	*post = (struct agent_post){ 0 };
}

/* The next record, once what was read before it has been freed; NULL: there is none. */
static const struct agent_record *look(struct agent_post *post)
{
	struct agent_block *block = post->block;

	if (block && post->at == block->n && block->next) {
		post->block = block->next;
		post->at = 0;
		free(block);
		block = post->block;
	}
	return block && post->at < block->n ? (const void *)(block->bytes + post->at) : NULL;
}

const struct agent_record *agent_posts_next(struct agent_worker *workers, uint32_t count)
{
	const struct agent_record *first = NULL;
	struct agent_post *from = NULL;

	for (uint32_t i = 0; i < count; i++) {
		const struct agent_record *record = look(&workers[i].post);

		if (!record || (first && record->at_ms >= first->at_ms))
			continue;
		first = record;
		from = &workers[i].post;
	}
	if (from)
		from->at += first->size;
	return first;
}

struct agent_account *agent_post_news(struct agent_post *post, unsigned *ret_news)
{
	struct agent_account *account = post->news;

	if (!account)
		return NULL;
	post->news = account->news_next;
	*ret_news = atomic_exchange(&account->news, 0);
	return account;
}
