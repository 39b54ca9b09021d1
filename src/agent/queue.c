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
	worker->inbox_n++;
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
	uint32_t n;

	pthread_mutex_lock(&worker->inbox_lock);
	n = worker->inbox_n;
	pthread_mutex_unlock(&worker->inbox_lock);
	return n;
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

/* With the lock held. */
static void ring(struct agent_worker *worker)
{
	if (worker->outbox.rung)
		return;
	worker->outbox.rung = true;
	agent_ring(worker->agent);
}

/* Room for size bytes, or NULL. */
static char *reserve(struct agent_outbox *outbox, size_t size, size_t max)
{
	size_t cap = outbox->cap ? outbox->cap : FIRST_CAP;
	char *more;

	if (outbox->n + size > max)
		return NULL;
	while (cap < outbox->n + size)
		cap *= 2;
	if (cap != outbox->cap) {
		more = realloc(outbox->bytes, cap);
		if (!more)
			return NULL;
		outbox->bytes = more;
		outbox->cap = cap;
	}
	return outbox->bytes + outbox->n;
}

void agent_outbox_put(struct agent_worker *worker, const struct agent_record *record,
                      const struct slice texts[AGENT_RECORD_TEXTS])
{
	bool talk = record->kind == AGENT_RECORD_LOG || record->kind == AGENT_RECORD_STEP;
	struct agent_outbox *outbox = &worker->outbox;
	struct agent_record whole = *record;
	size_t size = sizeof(whole);
	char *at;

	for (unsigned i = 0; i < AGENT_RECORD_TEXTS; i++) {
		size_t n = texts[i].n < AGENT_EVENT_TEXT ? texts[i].n : AGENT_EVENT_TEXT;

		whole.texts_n[i] = slice_present(texts[i]) ? (uint16_t)n : AGENT_RECORD_ABSENT;
		size += slice_present(texts[i]) ? n : 0;
	}
	size = (size + 7) & ~(size_t)7;
	whole.size = (uint32_t)size;
	pthread_mutex_lock(&outbox->lock);
	at = reserve(outbox, size, talk ? AGENT_OUTBOX_TALK : AGENT_OUTBOX_MAX);
	if (at) {
		outbox->n += size;
		memcpy(at, &whole, sizeof(whole));
		at += sizeof(whole);
		for (unsigned i = 0; i < AGENT_RECORD_TEXTS; i++) {
			if (whole.texts_n[i] == AGENT_RECORD_ABSENT || !whole.texts_n[i])
				continue;
			memcpy(at, texts[i].p, whole.texts_n[i]);
			at += whole.texts_n[i];
		}
	} else {
		outbox->lost++;
	}
	ring(worker);
	pthread_mutex_unlock(&outbox->lock);
}

void agent_outbox_tell(struct agent_worker *worker, struct agent_account *account, unsigned news)
{
	struct agent_outbox *outbox = &worker->outbox;

	pthread_mutex_lock(&outbox->lock);
	if (!account->news) {
		account->news_next = NULL;
		*outbox->news_end = account;
		outbox->news_end = &account->news_next;
	}
	account->news |= news;
	ring(worker);
	pthread_mutex_unlock(&outbox->lock);
}

void agent_outbox_take(struct agent_worker *worker, struct agent_post *post)
{
	struct agent_outbox *outbox = &worker->outbox;
	struct agent_post before = *post;

	pthread_mutex_lock(&outbox->lock);
	if (before.cap > CALM_CAP && outbox->n < CALM_CAP / 2) {
		free(before.bytes);
		before = (struct agent_post){ 0 };
	}
	*post = (struct agent_post){ outbox->bytes, outbox->n,    outbox->cap,
		                     outbox->lost,  outbox->news, 0 };
	outbox->bytes = before.bytes;
	outbox->cap = before.cap;
	outbox->n = 0;
	outbox->lost = 0;
	outbox->news = NULL;
	outbox->news_end = &outbox->news;
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

/* Until it is taken here an account stays in the list that it stands in, and what the shard marks
 * meanwhile comes along. */
struct agent_account *agent_post_news(struct agent_worker *worker, struct agent_post *post,
                                      unsigned *ret_news)
{
	struct agent_account *account = post->news;

	if (!account)
		return NULL;
	pthread_mutex_lock(&worker->outbox.lock);
	post->news = account->news_next;
	*ret_news = account->news;
	account->news = 0;
	pthread_mutex_unlock(&worker->outbox.lock);
	return account;
}
