/* sink/queue.h: messages that wait, in a ring of bytes: each with its length in front. */
#ifndef LINEUP_SINK_QUEUE_H
#define LINEUP_SINK_QUEUE_H

#include <stdint.h>

#include "base/slice.h"

#define QUEUE_MESSAGE_MAX 2048

struct queue {
	char *bytes;
	size_t cap;   /* of bytes */
	size_t first; /* where the oldest message begins */
	size_t n;     /* bytes in use */
};

int queue_init(struct queue *queue, size_t cap); /* 0 or -ENOMEM */
void queue_done(struct queue *queue);

/* Appends a message of 1 to QUEUE_MESSAGE_MAX bytes; false where there is no room for it and `more`
 * bytes besides. */
bool queue_put(struct queue *queue, struct slice message, size_t more);

/* Copies the oldest message to memory; absent: there is none. It stays until queue_drop(). */
struct slice queue_peek(const struct queue *queue, char memory[QUEUE_MESSAGE_MAX]);
void queue_drop(struct queue *queue);

#endif
