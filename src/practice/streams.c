/* practice/streams.c: connections to the registrar, see streams.h. */
#include "practice/streams.h"

#include <errno.h>
#include <stdlib.h>

enum { TCP, TLS, KINDS };

static const char *const names[KINDS] = { "tcp", "tls" };

struct client {
	struct client *next;
	struct practice_streams *streams;
	struct net_stream *stream;
	unsigned kind;
	uint64_t flow;
	uint64_t heard_ms;
	bool spoke; /* a whole message has come */
};

struct listener {
	struct practice_streams *streams;
	struct net_listener *listener;
	unsigned kind;
};

struct practice_streams {
	struct net *net;
	struct practice_streams_limits limits;
	practice_stream_fn *fn;
	void *ctx;
	struct listener listeners[KINDS];
	struct client *clients; /* the newest first */
	unsigned count;
	uint64_t flows;          /* numbers given out */
	struct net_timer *timer; /* looks for those that say nothing */
};

static void client_end(struct client *client)
{
	struct practice_streams *streams = client->streams;

	for (struct client **at = &streams->clients; *at; at = &(*at)->next) {
		if (*at == client) {
			*at = client->next;
			break;
		}
	}
	streams->count--;
	net_stream_close(client->stream);
	free(client);
}

static void on_opened(void *ctx)
{
	(void)ctx;
}

static void on_message(void *ctx, struct slice bytes)
{
	struct client *client = ctx;
	struct practice_streams *streams = client->streams;

	client->heard_ms = net_now_ms(streams->net);
	client->spoke = true;
	streams->fn(streams->ctx, client->flow, names[client->kind],
	            net_stream_peer(client->stream), bytes);
}

static void on_ping(void *ctx)
{
	struct client *client = ctx;

	client->heard_ms = net_now_ms(client->streams->net);
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	(void)end;
	client_end(ctx);
}

static const struct net_stream_handler handler = {
	.opened = on_opened,
	.message = on_message,
	.pong = on_ping,
	.closed = on_closed,
	.ping = on_ping,
};

/* ---- those who say nothing */

static uint64_t ends_ms(const struct client *client)
{
	bool waits = !client->spoke || net_stream_partial(client->stream);

	return client->heard_ms +
	       (waits ? client->streams->limits.partial_ms : client->streams->limits.idle_ms);
}

static void on_time(void *ctx)
{
	struct practice_streams *streams = ctx;
	uint64_t now_ms = net_now_ms(streams->net);
	struct client *next;

	for (struct client *client = streams->clients; client; client = next) {
		next = client->next;
		if (now_ms >= ends_ms(client))
			client_end(client);
	}
	if (streams->clients)
		net_timer_set(streams->timer, now_ms + streams->limits.partial_ms / 4);
}

/* Where there is no place left the one that has said nothing for the longest time goes. */
static void make_place(struct practice_streams *streams)
{
	struct client *oldest = streams->clients;

	if (streams->count < streams->limits.max || !oldest)
		return;
	for (struct client *client = streams->clients; client; client = client->next)
		if (client->heard_ms <= oldest->heard_ms)
			oldest = client;
	client_end(oldest);
}

static void on_accept(void *ctx, struct net_stream *stream)
{
	struct listener *listener = ctx;
	struct practice_streams *streams = listener->streams;
	struct client *client;

	make_place(streams);
	client = calloc(1, sizeof(*client));
	if (!client) {
		net_stream_close(stream);
		return;
	}
	*client = (struct client){
		.next = streams->clients,
		.streams = streams,
		.stream = stream,
		.kind = listener->kind,
		.flow = ++streams->flows,
		.heard_ms = net_now_ms(streams->net),
	};
	if (!streams->clients)
		net_timer_set(streams->timer, client->heard_ms + streams->limits.partial_ms / 4);
	streams->clients = client;
	streams->count++;
	net_stream_handle(stream, &handler, client);
}

/* ---- making and ending */

int practice_streams_new(struct net *net, struct practice_streams_limits limits,
                         practice_stream_fn *fn, void *ctx, struct practice_streams **ret_streams)
{
	struct practice_streams *streams = calloc(1, sizeof(*streams));
	int err;

	if (!streams)
		return -ENOMEM;
	*streams = (struct practice_streams){ .net = net, .limits = limits, .fn = fn, .ctx = ctx };
	err = net_timer_new(net, on_time, streams, &streams->timer);
	if (err) {
		free(streams);
		return err;
	}
	*ret_streams = streams;
	return 0;
}

void practice_streams_free(struct practice_streams *streams)
{
	if (!streams)
		return;
	for (struct client *client = streams->clients, *next; client; client = next) {
		next = client->next;
		net_stream_close(client->stream);
		free(client);
	}
	for (unsigned kind = 0; kind < KINDS; kind++)
		net_listener_close(streams->listeners[kind].listener);
	net_timer_free(streams->timer);
	free(streams);
}

int practice_streams_listen(struct practice_streams *streams, const struct net_addr *local,
                            struct net_tls *tls)
{
	struct listener *listener = &streams->listeners[tls ? TLS : TCP];

	listener->streams = streams;
	listener->kind = tls ? TLS : TCP;
	return net_listener_open(streams->net, local, tls, on_accept, listener,
	                         &listener->listener);
}

const struct net_addr *practice_streams_local(const struct practice_streams *streams,
                                              const char *transport)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		if (strcmp(names[kind], transport) == 0 && streams->listeners[kind].listener)
			return net_listener_local(streams->listeners[kind].listener);
	return NULL;
}

unsigned practice_streams_count(const struct practice_streams *streams)
{
	return streams->count;
}

void practice_streams_send(struct practice_streams *streams, uint64_t flow, struct slice bytes)
{
	for (struct client *client = streams->clients; client; client = client->next) {
		if (client->flow == flow) {
			(void)net_stream_send(client->stream, bytes);
			return;
		}
	}
}
