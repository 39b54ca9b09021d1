/* sim_stream.c: the bodies of net/stream.h and net/tls.h. Nothing is encrypted: the test says what
 * a handshake comes to. A request for a connection stands in the queue of what was sent, as what
 * is sent over it does; one with a patience of its own ends when that is over. What comes in is cut
 * into messages by net/frames.c, the product's own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/frames.h"
#include "net/stream.h"
#include "sim_part.h"

struct net_stream {
	struct net *net;
	struct net_stream *next;
	const struct net_stream_handler *handler;
	void *ctx;
	struct net_addr local, peer;
	char name[256]; /* "" for TCP */
	bool open, over, freed, busy, stuck;
	size_t out;
	struct net_frames in;
	int64_t until_s; /* of the certificate; 0: none */
};

struct net_tls {
	char ca[256];
	unsigned loads;
};

/* ---- files: a path that has "missing" in it is not there */

static int load(struct net_tls *tls, struct buf *reterr)
{
	if (strstr(tls->ca, "missing")) {
		buf_str(reterr, "the TLS authorities ");
		buf_str(reterr, tls->ca);
		buf_str(reterr, ": No such file or directory");
		return -EINVAL;
	}
	tls->loads++;
	return 0;
}

int net_tls_new(const struct net_tls_files *files, struct net_tls **ret_tls, struct buf *reterr)
{
	struct net_tls *tls = calloc(1, sizeof(*tls));
	int r;

	if (!tls)
		return -ENOMEM;
	snprintf(tls->ca, sizeof(tls->ca), "%s", files->ca ? files->ca : "");
	r = load(tls, reterr);
	if (r < 0)
		free(tls);
	else
		*ret_tls = tls;
	return r;
}

int net_tls_reload(struct net_tls *tls, struct buf *reterr)
{
	return load(tls, reterr);
}

bool net_tls_is_stale(const struct net_tls *tls)
{
	(void)tls;
	return false;
}

int64_t net_tls_until_s(const struct net_tls *tls)
{
	(void)tls;
	return 0;
}

void net_tls_free(struct net_tls *tls)
{
	free(tls);
}

/* ---- streams */

static void queue(struct net_stream *stream, enum sim_kind kind, const struct net_source *from,
                  struct slice bytes)
{
	struct net *net = stream->net;
	struct sim_datagram *datagram = sim_own(sizeof(*datagram) + bytes.n + 1);

	datagram->kind = kind;
	datagram->at_ms = net->now_ms;
	datagram->stream = stream;
	sim_leaves_from(net, datagram, from);
	datagram->to = stream->peer;
	datagram->n = bytes.n;
	if (bytes.n)
		memcpy(datagram->bytes, bytes.p, bytes.n);
	*net->sent_end = datagram;
	net->sent_end = &datagram->next;
}

static void cut_off(void *ctx)
{
	struct net_stream *stream = ctx;

	sim_stream_end(stream, NET_END_ERROR, ENETUNREACH);
}

static void lose_patience(void *ctx)
{
	struct net_stream *stream = ctx;

	if (!stream->over)
		sim_stream_end(stream, NET_END_SILENCE, 0);
}

int net_stream_connect(struct net *net, const struct net_stream_cfg *cfg,
                       const struct net_stream_handler *handler, void *ctx,
                       struct net_stream **ret_stream)
{
	struct net_stream *stream;

	if (net->open_fail_in && --net->open_fail_in == 0)
		return -net->open_error;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	*stream = (struct net_stream){ .net = net, .next = net->streams, .peer = cfg->to };
	stream->handler = handler;
	stream->ctx = ctx;
	stream->local = cfg->from                           ? cfg->from->addr
	                : cfg->to.any.sa_family == AF_INET6 ? net->source_v6
	                                                    : net->source_v4;
	net_addr_set_port(&stream->local, net->next_stream_port++);
	if (cfg->tls)
		snprintf(stream->name, sizeof(stream->name), "%s", cfg->name);
	net->streams = stream;
	*ret_stream = stream;
	if (cfg->patience_ms)
		sim_later_at(net, net->now_ms + cfg->patience_ms, lose_patience, stream);
	if (net->cut)
		sim_later(net, cut_off, stream);
	else
		queue(stream, cfg->tls ? SIM_CONNECT_TLS : SIM_CONNECT_TCP, cfg->from,
		      slice_str(stream->name));
	return 0;
}

static void forget(struct net_stream *stream)
{
	sim_later_forget(stream->net, stream);
	net_frames_done(&stream->in);
	free(stream);
}

void net_stream_close(struct net_stream *stream)
{
	if (!stream)
		return;
	for (struct net_stream **at = &stream->net->streams; *at; at = &(*at)->next) {
		if (*at == stream) {
			*at = stream->next;
			break;
		}
	}
	if (stream->busy)
		stream->freed = true;
	else
		forget(stream);
}

/* Calls of a handler may close the stream: it goes when the last of them is over. */
static void settle(struct net_stream *stream)
{
	stream->busy = false;
	if (stream->freed)
		forget(stream);
}

int net_stream_send(struct net_stream *stream, struct slice bytes)
{
	if (!stream->open || stream->over)
		return -ENOTCONN;
	if (stream->stuck) {
		if (stream->out + bytes.n > NET_STREAM_OUT_MAX)
			return -ENOBUFS;
		stream->out += bytes.n;
	}
	queue(stream, SIM_BYTES, NULL, bytes);
	return 0;
}

int net_stream_ping(struct net_stream *stream)
{
	stream->in.half = false;
	return net_stream_send(stream, SLICE("\r\n\r\n"));
}

const struct net_addr *net_stream_local(const struct net_stream *stream)
{
	return &stream->local;
}

const struct net_addr *net_stream_peer(const struct net_stream *stream)
{
	return &stream->peer;
}

bool net_stream_certificate(const struct net_stream *stream, struct net_certificate *ret)
{
	if (!stream->name[0] || !stream->until_s)
		return false;
	*ret = (struct net_certificate){ .until_s = stream->until_s };
	snprintf(ret->subject, sizeof(ret->subject), "CN=%.200s", stream->name);
	snprintf(ret->issuer, sizeof(ret->issuer), "CN=Sim CA");
	snprintf(ret->names, sizeof(ret->names), "%.200s", stream->name);
	snprintf(ret->version, sizeof(ret->version), "TLSv1.3");
	return true;
}

/* ---- what the test says */

struct net_stream *sim_stream_to(const struct net *net, const struct net_addr *peer)
{
	for (struct net_stream *s = net->streams; s; s = s->next)
		if (!s->over && (!peer || net_addr_equal(&s->peer, peer)))
			return s;
	return NULL;
}

static bool is_there(const struct net *net, const struct net_stream *stream)
{
	for (const struct net_stream *s = net->streams; s; s = s->next)
		if (s == stream)
			return !s->over;
	return false;
}

bool sim_stream_is_open(const struct net *net, const struct net_stream *stream)
{
	return is_there(net, stream) && stream->open;
}

bool sim_stream_open(struct net *net, struct net_stream *stream, int64_t until_s)
{
	if (!is_there(net, stream) || stream->open)
		return false;
	sim_later_forget(net, stream);
	stream->open = stream->busy = true;
	stream->until_s = until_s;
	stream->handler->opened(stream->ctx);
	settle(stream);
	return true;
}

void sim_stream_end(struct net_stream *stream, enum net_end why, int error)
{
	struct net_stream_end end = { why, error, stream->open };

	stream->over = stream->busy = true;
	stream->handler->closed(stream->ctx, &end);
	settle(stream);
}

bool sim_stream_close(struct net *net, struct net_stream *stream, enum net_end why, int error)
{
	if (!is_there(net, stream))
		return false;
	sim_stream_end(stream, why, error);
	return true;
}

bool sim_stream_refuse(struct net *net, struct net_stream *stream, int64_t until_s,
                       enum net_end why)
{
	if (!is_there(net, stream) || stream->open)
		return false;
	stream->until_s = until_s;
	sim_stream_end(stream, why, 0);
	return true;
}

void sim_stream_stick(struct net_stream *stream)
{
	stream->stuck = true;
}

/* Returns whether the stream goes on. */
static bool take_frame(struct net_stream *stream, enum net_frame frame, struct slice message)
{
	/* A block of exactly this size: a read past the message is then seen by ASan. */
	char *copy;

	switch (frame) {
	case NET_FRAME_NONE:
		return false;
	case NET_FRAME_MESSAGE:
		copy = sim_own(message.n);
		memcpy(copy, message.p, message.n);
		stream->handler->message(stream->ctx, slice_of(copy, message.n));
		free(copy);
		break;
	case NET_FRAME_PING:
		net_stream_send(stream, SLICE("\r\n"));
		break;
	case NET_FRAME_PONG:
		if (stream->handler->pong)
			stream->handler->pong(stream->ctx);
		break;
	case NET_FRAME_BAD:
		stream->over = true;
		stream->handler->closed(stream->ctx,
		                        &(struct net_stream_end){ NET_END_NOT_SIP, 0, true });
		return false;
	}
	return !stream->freed && !stream->over;
}

bool sim_stream_receive(struct net *net, struct net_stream *stream, struct slice bytes)
{
	if (!sim_stream_is_open(net, stream))
		return false;
	stream->busy = true;
	while (bytes.n && !stream->freed && !stream->over) {
		struct slice message = SLICE_NONE;
		char *place;
		size_t n = net_frames_room(&stream->in, &place);

		if (!n) {
			stream->over = true;
			stream->handler->closed(stream->ctx, &(struct net_stream_end){
								     NET_END_ERROR, ENOMEM, true });
			break;
		}
		n = n < bytes.n ? n : bytes.n;
		memcpy(place, bytes.p, n);
		bytes = slice_from(bytes, n);
		net_frames_add(&stream->in, n);
		while (take_frame(stream, net_frames_take(&stream->in, &message), message))
			;
	}
	settle(stream);
	return true;
}

unsigned sim_open_streams(const struct net *net)
{
	unsigned n = 0;

	for (const struct net_stream *s = net->streams; s; s = s->next)
		n++;
	return n;
}
