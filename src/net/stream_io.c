/* net/stream_io.c: the bytes of a TCP or TLS connection.
 *
 * Out: what is sent in a turn of the loop is gathered, and leaves at the end of the turn with one
 * call of the kernel, over TLS in one record; or as soon as so much is there that more would not go
 * into one. What the kernel does not take waits until it does, to a written maximum.
 *
 * In: the kernel is read into a place that all connections of a thread share, and what is whole in
 * it is handed on from there. OpenSSL is handed its records from such a place, too (tls_wire.c). */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net/own_stream.h"

#define TURN_READS 4                        /* of NET_READ_BYTES, before others get their turn */
#define OUT_FIRST  2048                     /* bytes of memory for what waits, at first */
#define PIECE_TCP  65536                    /* what the kernel carries through its layers at once */
#define PIECE_TLS  SSL3_RT_MAX_PLAIN_LENGTH /* of a record */

/* ---- out */

static size_t waiting(const struct net_stream *stream)
{
	return stream->out_n - stream->out_at;
}

enum wrote { WROTE_ALL, WROTE_BLOCKED, WROTE_FAILED };

struct failure {
	int result; /* of OpenSSL; 1: it was none of its */
	int error;  /* errno */
};

static bool write_once(struct net_stream *stream, size_t *ret_sent, struct failure *ret_failure)
{
	const char *bytes = stream->out + stream->out_at;
	size_t n = waiting(stream);
	ssize_t sent;

	*ret_failure = (struct failure){ .result = 1 };
	if (stream->ssl) {
		errno = 0;
		ERR_clear_error();
		ret_failure->result = SSL_write_ex(stream->ssl, bytes, n, ret_sent);
		return ret_failure->result == 1;
	}
	sent = send(stream->talk.fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0) {
		ret_failure->error = errno;
		return false;
	}
	*ret_sent = (size_t)sent;
	return true;
}

/* Writes while at least so many bytes wait. */
static enum wrote write_out(struct net_stream *stream, size_t least, struct failure *ret_failure)
{
	while (waiting(stream) >= least) {
		size_t sent;

		if (write_once(stream, &sent, ret_failure)) {
			stream->out_at += sent;
			continue;
		}
		if (ret_failure->error == EINTR)
			continue;
		if (ret_failure->error == EAGAIN ||
		    (ret_failure->result != 1 &&
		     net_stream_must_wait(stream, ret_failure->result))) {
			stream->write_blocked = true;
			return WROTE_BLOCKED;
		}
		return WROTE_FAILED;
	}
	return WROTE_ALL;
}

/* Returns false where the stream is over. */
static bool push(struct net_stream *stream, size_t least, enum stream_told when)
{
	struct failure failure;

	if (write_out(stream, least, &failure) != WROTE_FAILED)
		return true;
	if (failure.result != 1)
		net_stream_end_by_ssl(stream, failure.result, when);
	else
		net_stream_end(stream, NET_END_ERROR, failure.error, when);
	return false;
}

static void give_back(struct net_stream *stream)
{
	if (waiting(stream))
		return;
	free(stream->out);
	stream->out = NULL;
	stream->out_at = stream->out_n = stream->out_cap = 0;
}

bool net_stream_push(struct net_stream *stream, enum stream_told when)
{
	bool goes_on = push(stream, 1, when);

	/* Told now, the handler may have closed it, which has freed all this. */
	if (goes_on)
		give_back(stream);
	return goes_on;
}

void net_stream_push_last(struct net_stream *stream)
{
	struct failure failure;

	if (!stream->write_blocked)
		(void)write_out(stream, 1, &failure);
	if (stream->ssl)
		ERR_clear_error();
}

/* ---- what leaves at the end of the turn */

static void gather(struct net_stream *stream)
{
	struct net *net = stream->net;

	if (stream->gathered_link)
		return;
	stream->gathered = net->gathered;
	if (stream->gathered)
		stream->gathered->gathered_link = &stream->gathered;
	stream->gathered_link = &net->gathered;
	net->gathered = stream;
}

void net_stream_ungather(struct net_stream *stream)
{
	if (!stream->gathered_link)
		return;
	*stream->gathered_link = stream->gathered;
	if (stream->gathered)
		stream->gathered->gathered_link = stream->gathered_link;
	stream->gathered = NULL;
	stream->gathered_link = NULL;
}

void net_stream_flush_all(struct net *net)
{
	struct net_stream *stream;

	while ((stream = net->gathered)) {
		net_stream_ungather(stream);
		if (stream->write_blocked || net_stream_push(stream, LATER))
			net_stream_watch(stream);
	}
}

static int out_room(struct net_stream *stream, size_t n)
{
	size_t left = waiting(stream), cap = stream->out_cap;
	char *more;

	if (left + n > NET_STREAM_OUT_MAX)
		return -ENOBUFS;
	if (stream->out_at) {
		memmove(stream->out, stream->out + stream->out_at, left);
		stream->out_at = 0;
		stream->out_n = left;
	}
	if (left + n <= cap)
		return 0;
	cap = cap ? cap * 2 : OUT_FIRST;
	while (cap < left + n)
		cap *= 2;
	more = realloc(stream->out, cap);
	if (!more)
		return -ENOMEM;
	stream->out = more;
	stream->out_cap = cap;
	return 0;
}

int net_stream_send(struct net_stream *stream, struct slice bytes)
{
	size_t piece = stream->ssl ? PIECE_TLS : PIECE_TCP;
	int r;

	if (stream->state != OPEN)
		return -ENOTCONN;
	r = out_room(stream, bytes.n);
	if (r < 0)
		return r;
	if (bytes.n)
		memcpy(stream->out + stream->out_n, bytes.p, bytes.n);
	stream->out_n += bytes.n;
	if (stream->write_blocked)
		return 0;
	/* In whole pieces only: what is left over goes with what follows. */
	if (waiting(stream) < piece || push(stream, piece, LATER))
		gather(stream);
	return 0;
}

int net_stream_ping(struct net_stream *stream)
{
	stream->in.half = false;
	return net_stream_send(stream, SLICE("\r\n\r\n"));
}

/* ---- in */

static void answer_ping(struct net_stream *stream)
{
	uint64_t now_ms = net_now_ms(stream->net);

	if (stream->pong_at_ms && now_ms < stream->pong_at_ms + NET_PONG_MS)
		return;
	stream->pong_at_ms = now_ms;
	net_stream_send(stream, SLICE("\r\n"));
}

/* Hands on what is whole. Returns false where the stream is over, or gone. */
static bool take_frames(struct net_stream *stream)
{
	struct slice message;

	for (;;) {
		switch (net_frames_take(&stream->in, &message)) {
		case NET_FRAME_NONE:
			return true;
		case NET_FRAME_MESSAGE:
			stream->handler->message(stream->ctx, message);
			break;
		case NET_FRAME_PING:
			answer_ping(stream);
			if (stream->handler->ping)
				stream->handler->ping(stream->ctx);
			break;
		case NET_FRAME_PONG:
			if (stream->handler->pong)
				stream->handler->pong(stream->ctx);
			break;
		case NET_FRAME_BAD:
			net_stream_end(stream, NET_END_NOT_SIP, 0, NOW);
			return false;
		}
		if (stream->freed || stream->state != OPEN)
			return false;
	}
}

/* n bytes have come, to where net_frames_lend() said. Likewise. */
static bool take(struct net_stream *stream, size_t n)
{
	net_frames_add(&stream->in, n);
	if (!take_frames(stream))
		return false;
	if (net_frames_keep(&stream->in) == 0)
		return true;
	net_stream_end(stream, NET_END_ERROR, ENOMEM, NOW);
	return false;
}

enum got { GOT_BYTES, GOT_NOTHING, GOT_END };

static enum got read_tcp(struct net_stream *stream, char *place, size_t room, size_t *ret_n)
{
	ssize_t n = recv(stream->talk.fd, place, room, MSG_DONTWAIT);

	if (n > 0) {
		*ret_n = (size_t)n;
		return GOT_BYTES;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GOT_NOTHING;
	if (n < 0)
		net_stream_end(stream, NET_END_ERROR, errno, NOW);
	else
		net_stream_end(stream, NET_END_CLOSED, 0, NOW);
	return GOT_END;
}

static enum got read_tls(struct net_stream *stream, char *place, size_t room, size_t *ret_n)
{
	int r;

	errno = 0;
	ERR_clear_error();
	r = SSL_read_ex(stream->ssl, place, room, ret_n);
	stream->read_blocked = false;
	if (r == 1)
		return GOT_BYTES;
	if (net_stream_must_wait(stream, r)) {
		stream->read_blocked = SSL_want_write(stream->ssl);
		return GOT_NOTHING;
	}
	net_stream_end_by_ssl(stream, r, NOW);
	return GOT_END;
}

/* Returns false where the stream is over, or gone. */
static bool read_frames(struct net_stream *stream)
{
	struct net_reads *reads = stream->net->reads;

	/* Of TLS a turn has its limit in what is read ahead, and all of that is read. */
	for (unsigned i = 0; stream->ssl || i < TURN_READS; i++) {
		char *place;
		size_t room =
			net_frames_lend(&stream->in, reads->bytes, sizeof(reads->bytes), &place);
		size_t n = 0;
		enum got got;

		if (!room) {
			net_stream_end(stream, NET_END_ERROR, ENOMEM, NOW);
			return false;
		}
		got = stream->ssl ? read_tls(stream, place, room, &n)
		                  : read_tcp(stream, place, room, &n);
		if (got == GOT_END || !take(stream, n))
			return false;
		if (got == GOT_NOTHING || (!stream->ssl && n < room))
			return true;
	}
	stream->net->has_more = true;
	return true;
}

/* Whatever is read ahead is read to its end: OpenSSL waits to write while it reads for a
 * renegotiation only, which is off. Were it otherwise the connection would have a hole. */
void net_stream_read(struct net_stream *stream)
{
	struct net_tls_ahead ahead = { .place = stream->net->reads->records, .reads = TURN_READS };
	bool goes_on;

	stream->talk.ahead = &ahead;
	goes_on = read_frames(stream);
	stream->talk.ahead = NULL;
	if (goes_on && ahead.at < ahead.n)
		net_stream_end(stream, NET_END_ERROR, EPROTO, NOW);
	else if (goes_on)
		net_stream_watch(stream);
}
