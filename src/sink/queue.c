/* sink/queue.c: see sink/queue.h. */
#include "sink/queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_BYTES 2

int queue_init(struct queue *queue, size_t cap)
{
	*queue = (struct queue){ .bytes = malloc(cap), .cap = cap };
	return queue->bytes ? 0 : -ENOMEM;
}

void queue_done(struct queue *queue)
{
	free(queue->bytes);
	*queue = (struct queue){ 0 };
}

/* The bytes from at on, which goes round. */
static void copy_in(struct queue *queue, size_t at, const void *bytes, size_t n)
{
	size_t from = at % queue->cap, part = queue->cap - from < n ? queue->cap - from : n;

	memcpy(queue->bytes + from, bytes, part);
	memcpy(queue->bytes, (const char *)bytes + part, n - part);
}

static void copy_out(const struct queue *queue, size_t at, void *ret_bytes, size_t n)
{
	size_t from = at % queue->cap, part = queue->cap - from < n ? queue->cap - from : n;

	memcpy(ret_bytes, queue->bytes + from, part);
	memcpy((char *)ret_bytes + part, queue->bytes, n - part);
}

bool queue_put(struct queue *queue, struct slice message, size_t more)
{
	uint16_t length = (uint16_t)message.n;
	size_t need = LENGTH_BYTES + message.n;

	assert(message.n >= 1 && message.n <= QUEUE_MESSAGE_MAX);
	if (need + more > queue->cap - queue->n)
		return false;
	copy_in(queue, queue->first + queue->n, &length, LENGTH_BYTES);
	copy_in(queue, queue->first + queue->n + LENGTH_BYTES, message.p, message.n);
	queue->n += need;
	return true;
}

static size_t length_of_first(const struct queue *queue)
{
	uint16_t length;

	copy_out(queue, queue->first, &length, LENGTH_BYTES);
	return length;
}

struct slice queue_peek(const struct queue *queue, char memory[QUEUE_MESSAGE_MAX])
{
	size_t n;

	if (!queue->n)
		return SLICE_NONE;
	n = length_of_first(queue);
	copy_out(queue, queue->first + LENGTH_BYTES, memory, n);
	return slice_of(memory, n);
}

void queue_drop(struct queue *queue)
{
	size_t n = LENGTH_BYTES + length_of_first(queue);

	queue->first = (queue->first + n) % queue->cap;
	queue->n -= n;
}
