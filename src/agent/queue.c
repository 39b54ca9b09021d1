/* agent/queue.c: the queues between the control thread and a shard; see agent/worker.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "agent/worker.h"

#define FIRST_CAP 4096
#define CALM_CAP  65536 /* where so little comes a block that was needed for more is given back */

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

void agent_outbox_done(struct agent_worker *worker)
{
	struct agent_outbox *outbox = &worker->outbox;

	net_timer_free(outbox->publish);
	free(outbox->own.bytes);
	free(outbox->out.bytes);
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

/* Room for size bytes more, or NULL. */
static char *reserve(struct agent_pile *pile, size_t size)
{
	size_t cap = pile->cap ? pile->cap : FIRST_CAP;
	char *more;

	while (cap < pile->n + size)
		cap *= 2;
	if (cap != pile->cap) {
		more = realloc(pile->bytes, cap);
		if (!more)
			return NULL;
		pile->bytes = more;
		pile->cap = cap;
	}
	return pile->bytes + pile->n;
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
	outbox->own.n += size;
	outbox->own.count++;
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

/* Behind what is there; where there is nothing the blocks are exchanged. */
static void append(struct agent_pile *out, struct agent_pile *own)
{
	struct agent_pile empty = { .bytes = out->bytes, .cap = out->cap };
	char *at;

	out->lost += own->lost;
	if (!out->n) {
		out->bytes = own->bytes;
		out->n = own->n;
		out->cap = own->cap;
		own->bytes = empty.bytes;
		own->cap = empty.cap;
	} else if (own->n) {
		at = reserve(out, own->n);
		if (at)
			memcpy(at, own->bytes, own->n);
		out->n += at ? own->n : 0;
		out->lost += at ? 0 : own->count;
	}
	if (own->news) {
		*out->news_end = own->news;
		out->news_end = own->news_end;
	}
}

/* Where little comes a block that was needed for more goes. */
static void calm(struct agent_pile *pile, size_t came)
{
	if (pile->cap <= CALM_CAP || came >= CALM_CAP / 2)
		return;
	free(pile->bytes);
	pile->bytes = NULL;
	pile->cap = 0;
}

void agent_outbox_publish(struct agent_worker *worker)
{
	struct agent_outbox *outbox = &worker->outbox;
	struct agent_pile *own = &outbox->own;
	size_t came = own->n;

	outbox->due = false;
	net_timer_set(outbox->publish, NET_NEVER);
	if (!own->count && !own->lost && !own->news)
		return;
	pthread_mutex_lock(&outbox->lock);
	append(&outbox->out, own);
	atomic_store_explicit(&outbox->out_n, outbox->out.n, memory_order_relaxed);
	ring(worker);
	pthread_mutex_unlock(&outbox->lock);
	*own = (struct agent_pile){ .bytes = own->bytes, .cap = own->cap };
	own->news_end = &own->news;
	calm(own, came);
}

void agent_outbox_take(struct agent_worker *worker, struct agent_post *post)
{
	struct agent_outbox *outbox = &worker->outbox;
	struct agent_pile *out = &outbox->out, next = { .bytes = post->bytes, .cap = post->cap };

	pthread_mutex_lock(&outbox->lock);
	calm(&next, out->n);
	*post = (struct agent_post){ out->bytes, out->n, out->cap, out->lost, out->news, 0 };
	*out = next;
	out->news_end = &out->news;
	atomic_store_explicit(&outbox->out_n, 0, memory_order_relaxed);
	outbox->rung = false;
	pthread_mutex_unlock(&outbox->lock);
}

const struct agent_record *agent_posts_next(struct agent_worker *workers, uint32_t count)
{
	const struct agent_record *first = NULL;
	struct agent_post *from = NULL;

	for (uint32_t i = 0; i < count; i++) {
		struct agent_post *post = &workers[i].post;
		const struct agent_record *record = (const void *)(post->bytes + post->at);

		if (post->at >= post->n || (first && record->at_ms >= first->at_ms))
			continue;
		first = record;
		from = post;
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
