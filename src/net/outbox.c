/* net/outbox.c: datagrams on their way out.
 *
 * They are copied into batches that the kernel takes with one call. A batch is sent when it is full
 * and at the end of the turn; while the kernel takes no more (EAGAIN) batches queue up, to a
 * written maximum.
 *
 * Those of one length to one address, from one, form a train: the kernel carries it through its
 * layers as one piece and cuts it at the end of the way (UDP_SEGMENT), which halves what sending
 * costs. A refused train is taken apart and goes on as single datagrams; where a kernel or a way
 * takes no trains at all (no such option, an address behind IPsec, an MTU below NET_TRAIN_EACH)
 * none is formed again. A train to a closed port of this host meets with one ICMP error for all of
 * it: for a while after an error datagrams go singly, so that the retransmissions of the others get
 * their own.
 *
 * An ICMP error for an earlier datagram also makes the next call of the kernel fail, once, whatever
 * that call is for. So a datagram counts as refused only when it failed NET_SEND_TRIES times in a
 * row; it is then told to the handler and taken out, and those behind it go on. */
#include <assert.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>

#include "net/own.h"

static struct net_batch *batch_new(void)
{
	struct net_batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return NULL;
	batch->next = NULL;
	batch->count = batch->formed = batch->trains = batch->sent = 0;
	batch->used = 0;
	batch->sourced = 0;
	memset(batch->header, 0, sizeof(batch->header));
	memset(batch->control, 0, sizeof(batch->control));
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

/* ---- trains */

static bool is_sourced(const struct net_batch *batch, size_t number)
{
	return batch->sourced >> number & 1;
}

/* Adds a control message to a train's, which stand where its first piece stands. Returns where its
 * n bytes go. */
static void *train_control(struct net_batch *batch, struct msghdr *train, int level, int type,
                           size_t n)
{
	union net_train *control = &batch->control[train->msg_iov - batch->train_piece];
	struct cmsghdr *header = (struct cmsghdr *)(void *)(control->room + train->msg_controllen);

	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(n);
	train->msg_control = control;
	train->msg_controllen += CMSG_SPACE(n);
	return CMSG_DATA(header);
}

static void train_set_source(struct net_batch *batch, struct msghdr *train,
                             const struct net_source *from)
{
	struct in_pktinfo v4 = { .ipi_ifindex = (int)from->device,
		                 .ipi_spec_dst = from->addr.v4.sin_addr };
	struct in6_pktinfo v6 = { .ipi6_ifindex = from->device };

	if (from->addr.any.sa_family == AF_INET) {
		memcpy(train_control(batch, train, IPPROTO_IP, IP_PKTINFO, sizeof(v4)), &v4,
		       sizeof(v4));
		return;
	}
	v6.ipi6_addr = from->addr.v6.sin6_addr;
	memcpy(train_control(batch, train, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(v6)), &v6,
	       sizeof(v6));
}

/* A train that begins with a piece that is in place, of the datagram of that number. */
static struct msghdr *train_begin(struct net_batch *batch, size_t number, struct iovec *piece)
{
	struct msghdr *train = &batch->header[batch->trains++].msg_hdr;

	train->msg_name = &batch->to[number];
	train->msg_namelen = net_addr_len(&batch->to[number]);
	train->msg_iov = piece;
	train->msg_iovlen = 1;
	train->msg_control = NULL;
	train->msg_controllen = 0;
	if (is_sourced(batch, number))
		train_set_source(batch, train, &batch->from[number]);
	return train;
}

static void train_ask_to_cut(struct net_batch *batch, struct msghdr *train)
{
	uint16_t size = (uint16_t)train->msg_iov->iov_len;

	memcpy(train_control(batch, train, SOL_UDP, UDP_SEGMENT, sizeof(size)), &size,
	       sizeof(size));
}

static bool same_source(const struct net_batch *batch, unsigned a, unsigned b)
{
	if (!batch->sourced)
		return true;
	return is_sourced(batch, a) == is_sourced(batch, b) &&
	       (!is_sourced(batch, a) || net_source_equal(&batch->from[a], &batch->from[b]));
}

/* Adds to a train what is of its length and goes where it goes, from where it comes from, of the
 * datagrams behind the first. taken has a bit for each that is in a train. */
static uint64_t train_fill(struct net_batch *batch, struct msghdr *train, unsigned first,
                           uint64_t taken)
{
	const size_t each = train->msg_iov->iov_len;
	const struct net_addr *to = train->msg_name;
	size_t bytes = each;

	for (unsigned at = first + 1; at < batch->count && bytes + each <= NET_TRAIN_BYTES; at++) {
		if (taken >> at & 1 || batch->piece[at].iov_len != each ||
		    !net_addr_equal(&batch->to[at], to) || !same_source(batch, first, at))
			continue;
		train->msg_iov[train->msg_iovlen++] = batch->piece[at];
		bytes += each;
		taken |= UINT64_C(1) << at;
	}
	return taken;
}

static_assert(NET_BATCH <= 64, "a bit for each datagram, and no longer train than the kernel's");

/* Puts what is not in a train yet into one, in the order in which it came but for what joins. */
static void form_trains(struct net_batch *batch, bool segments)
{
	struct iovec *next = &batch->train_piece[batch->formed];
	uint64_t taken = 0;

	for (unsigned i = batch->formed; i < batch->count; i++) {
		struct msghdr *train;

		if (taken >> i & 1)
			continue;
		*next = batch->piece[i];
		train = train_begin(batch, i, next);
		if (segments && next->iov_len && next->iov_len <= NET_TRAIN_EACH)
			taken = train_fill(batch, train, i, taken);
		if (train->msg_iovlen > 1)
			train_ask_to_cut(batch, train);
		next += train->msg_iovlen;
	}
	batch->formed = batch->count;
}

/* The datagram that a train begins with: all of it goes where that goes, and comes from there. */
static size_t number_of(const struct net_batch *batch, const struct msghdr *train)
{
	return (size_t)((const struct net_addr *)train->msg_name - batch->to);
}

/* Takes the train in front apart. */
static void split_train(struct net_batch *batch)
{
	struct mmsghdr *front = &batch->header[batch->sent];
	struct msghdr train = front->msg_hdr;
	unsigned n = (unsigned)train.msg_iovlen, behind = batch->trains - batch->sent - 1;

	memmove(front + n, front + 1, behind * sizeof(*front));
	batch->trains = batch->sent;
	for (unsigned i = 0; i < n; i++)
		train_begin(batch, number_of(batch, &train), train.msg_iov + i);
	batch->trains += behind;
}

/* ---- out */

/* How many datagrams are in the next count trains. */
static unsigned datagrams_of(const struct net_batch *batch, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
		n += (unsigned)batch->header[batch->sent + i].msg_hdr.msg_iovlen;
	return n;
}

/* Takes count trains off the front. */
static void advance(struct net_udp *udp, unsigned count)
{
	struct net_batch *batch = udp->head;

	batch->sent += count;
	if (batch->sent < batch->trains || batch->formed < batch->count)
		return;
	if (batch->next) {
		udp->head = batch->next;
		udp->batches--;
		free(batch);
		return;
	}
	batch->sent = batch->trains = batch->formed = batch->count = 0;
	batch->used = 0;
	batch->sourced = 0;
}

static bool waiting(const struct net_udp *udp)
{
	return udp->head->sent < udp->head->trains || udp->head->formed < udp->head->count;
}

/* What a kernel, or a way, that knows no trains says to one. */
static bool means_no_trains(int error)
{
	return error == EIO || error == EINVAL || error == EMSGSIZE || error == EOPNOTSUPP;
}

/* Whether the train in front may have been refused because what it shall leave from is no longer
 * there: Linux says EINVAL over IPv6, and over IPv4 the same as where there is no route. */
static bool may_lack_source(const struct net_batch *batch, int error)
{
	const struct msghdr *front = &batch->header[batch->sent].msg_hdr;

	return (error == EINVAL || error == ENODEV || error == ENETUNREACH) &&
	       is_sourced(batch, number_of(batch, front));
}

/* The train in front was refused. Returns whether it is to be tried again, whole or in pieces. */
static bool refused_goes_on(struct net_udp *udp, int error, unsigned *tries)
{
	struct net_batch *batch = udp->head;
	bool single = datagrams_of(batch, 1) == 1;

	if (!single && means_no_trains(error) && !may_lack_source(batch, error))
		udp->segments = false;
	else if (++*tries < NET_SEND_TRIES)
		return true;
	if (single)
		return false;
	split_train(batch);
	*tries = 0;
	return true;
}

/* Sends until nothing is left or the kernel takes no more: 0. Else the errno for which the first
 * datagram that is left was refused. */
static int push(struct net_udp *udp)
{
	unsigned tries = 0;

	while (waiting(udp) && !udp->blocked) {
		struct net_batch *batch = udp->head;
		int count;

		if (batch->formed < batch->count)
			form_trains(batch,
			            udp->segments && net_now_ms(udp->net) >= udp->singles_until_ms);
		count = sendmmsg(udp->fd, batch->header + batch->sent, batch->trains - batch->sent,
		                 MSG_DONTWAIT);
		udp->stats.calls_send++;
		if (count > 0) {
			udp->stats.sent += datagrams_of(batch, (unsigned)count);
			udp->stats.trains += (unsigned)count;
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
			udp->stats.errors += datagrams_of(batch, 1);
			advance(udp, 1);
			continue;
		default:
			if (!refused_goes_on(udp, errno, &tries))
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
	const struct msghdr *single = &batch->header[batch->sent].msg_hdr;

	udp->stats.errors++;
	if (may_lack_source(batch, error) &&
	    !net_source_is_here(&batch->from[number_of(batch, single)]))
		error = ENODEV;
	udp->handler->error(udp->ctx, single->msg_name, error,
	                    slice_of(single->msg_iov->iov_base, single->msg_iov->iov_len));
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

int net_udp_send_from(struct net_udp *udp, const struct net_source *from, const struct net_addr *to,
                      struct slice bytes)
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
	if (from) {
		batch->from[batch->count] = *from;
		batch->sourced |= UINT64_C(1) << batch->count;
	}
	batch->piece[batch->count] = (struct iovec){ .iov_base = copy, .iov_len = bytes.n };
	batch->count++;
	if (batch_full(batch))
		net_outbox_push(udp);
	return 0;
}
