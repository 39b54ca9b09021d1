/* net/outbox.c: datagrams on their way out.
 *
 * They are copied into batches that the kernel takes with one call. A batch is sent when it is full
 * and at the end of the turn; while the kernel takes no more (EAGAIN) batches queue up, to a
 * written maximum.
 *
 * An ICMP error for an earlier datagram also makes the next call of the kernel fail, once, whatever
 * that call is for. So a datagram counts as refused only when it failed NET_SEND_TRIES times in a
 * row; it is then told to the handler and taken out, and those behind it go on. */
#include <errno.h>
#include <stdlib.h>

#include "net/own.h"

static struct net_batch *batch_new(void)
{
	struct net_batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return NULL;
	batch->next = NULL;
	batch->count = batch->sent = 0;
	batch->used = 0;
	memset(batch->header, 0, sizeof(batch->header));
	for (unsigned i = 0; i < NET_BATCH; i++) {
		batch->header[i].msg_hdr.msg_name = &batch->to[i];
		batch->header[i].msg_hdr.msg_iov = &batch->piece[i];
		batch->header[i].msg_hdr.msg_iovlen = 1;
	}
	return batch;
}

static bool batch_full(const struct net_batch *batch)
{
	return batch->count == NET_BATCH || NET_OUTBOX_BYTES - batch->used < NET_SEND_MAX;
}

int net_outbox_init(struct net_udp *udp)
{
	udp->head = udp->tail = batch_new();
	udp->batches = 1;
	return udp->head ? 0 : -ENOMEM;
}

void net_outbox_done(struct net_udp *udp)
{
	while (udp->head) {
		struct net_batch *batch = udp->head;

		udp->head = batch->next;
		free(batch);
	}
}

/* Takes count datagrams off the front. */
static void advance(struct net_udp *udp, unsigned count)
{
	struct net_batch *batch = udp->head;

	batch->sent += count;
	if (batch->sent < batch->count)
		return;
	if (batch->next) {
		udp->head = batch->next;
		udp->batches--;
		free(batch);
		return;
	}
	batch->sent = batch->count = 0;
	batch->used = 0;
}

static bool waiting(const struct net_udp *udp)
{
	return udp->head->sent < udp->head->count;
}

/* Sends until nothing is left or the kernel takes no more: 0. Else the errno for which the first
 * datagram that is left was refused. */
static int push(struct net_udp *udp)
{
	unsigned tries = 0;

	while (waiting(udp) && !udp->blocked) {
		struct net_batch *batch = udp->head;
		int count = sendmmsg(udp->fd, batch->header + batch->sent,
		                     batch->count - batch->sent, MSG_DONTWAIT);

		udp->stats.calls_send++;
		if (count > 0) {
			udp->stats.sent += (unsigned)count;
			advance(udp, (unsigned)count);
			tries = 0;
			continue;
		}
		switch (errno) {
		case EINTR:
			continue;
		case EAGAIN:
			udp->blocked = true;
			continue;
		case ENOBUFS:
			/* Lost in a full queue of this host, as it could be in any other's: the
			 * retransmission will do. */
			udp->stats.errors++;
			advance(udp, 1);
			continue;
		default:
			if (++tries >= NET_SEND_TRIES)
				return errno;
		}
	}
	return 0;
}

void net_outbox_push(struct net_udp *udp)
{
	if (!udp->flushing)
		push(udp);
}

static void report_first(struct net_udp *udp, int error)
{
	const struct net_batch *batch = udp->head;
	const struct iovec *piece = &batch->piece[batch->sent];

	udp->stats.errors++;
	udp->handler->error(udp->ctx, &batch->to[batch->sent], error,
	                    slice_of(piece->iov_base, piece->iov_len));
	advance(udp, 1);
}

bool net_outbox_flush(struct net_udp *udp)
{
	/* A handler that sends what was refused at once again must not hold the loop. */
	unsigned reports = NET_BATCH;
	int error;

	udp->flushing = true;
	while (reports-- && (error = push(udp)))
		report_first(udp, error);
	udp->flushing = false;
	return waiting(udp) && !udp->blocked;
}

int net_udp_send(struct net_udp *udp, const struct net_addr *to, struct slice bytes)
{
	struct net_batch *batch = udp->tail;
	char *copy;

	if (bytes.n > NET_SEND_MAX)
		return -EMSGSIZE;
	if (batch_full(batch)) {
		if (udp->batches == NET_OUTBOX_BATCHES || !(batch = batch_new()))
			return -ENOBUFS;
		udp->tail->next = batch;
		udp->tail = batch;
		udp->batches++;
	}
	copy = batch->bytes + batch->used;
	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	batch->used += bytes.n;
	batch->to[batch->count] = *to;
	batch->piece[batch->count] = (struct iovec){ .iov_base = copy, .iov_len = bytes.n };
	batch->header[batch->count].msg_hdr.msg_namelen = net_addr_len(to);
	batch->count++;
	if (batch_full(batch))
		net_outbox_push(udp);
	return 0;
}
