/* api/conn.c: connections: who is at the other end, and until when something must have come.
 *
 * MHD closes a connection on which nothing moves; a client that sends a byte now and then, to hold
 * it for ever, is closed here: a head, a body and an answer have a time in which they must be over,
 * by their size. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/own.h"

#define TURNED_AWAY_MS 60000

struct api_conn *api_conn_of(struct MHD_Connection *http)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void api_conn_give(struct api_conn *conn, uint64_t ms, size_t bytes)
{
	conn->until_ms =
		net_now_ms(conn->api->net) + ms + (uint64_t)bytes * 1000 / API_PACE_BYTES_PER_S;
	if (!conn->api->sweeping) {
		conn->api->sweeping = true;
		net_timer_set(conn->api->sweep, net_now_ms(conn->api->net) + API_SWEEP_MS);
	}
}

static bool identify(struct api_conn *conn)
{
	if (!conn->local)
		return api_listen_peer(conn->fd, conn->peer, conn->here) == 0;
	return api_listen_uid(conn->fd, &conn->uid) == 0 &&
	       (conn->uid == geteuid() || conn->uid == 0);
}

static void cut(struct api_conn *conn)
{
	/* MHD finds that it has ended. */
	shutdown(conn->fd, SHUT_RDWR);
	conn->until_ms = NET_NEVER;
	conn->cut = true;
	conn->listener->conns--;
}

/* Where many say nothing, or speak slowly, the one that has been there longest makes way for who
 * comes: their deadlines alone would keep others out for as long as they last. */
static void make_way(struct api_listener *listener)
{
	unsigned max = (listener->local ? API_LOCALS : API_CONNECTIONS) - API_SPARE;
	struct api_conn *oldest = NULL;

	if (listener->conns < max)
		return;
	for (struct api_conn *conn = listener->api->conns; conn; conn = conn->next)
		if (conn->listener == listener && !conn->asks && !conn->cut)
			oldest = conn;
	if (oldest)
		cut(oldest);
}

/* At most one line of the log in TURNED_AWAY_MS, however often somebody knocks. */
static void note_turned_away(struct api_conn *conn)
{
	struct api *api = conn->api;
	uint64_t now_ms = net_now_ms(api->net);

	api->turned_away++;
	if (now_ms < api->turned_away_next_ms)
		return;
	api_note(api, LOG_LEVEL_WARN,
	         "a program of user %u was turned away from the local socket; %llu so far",
	         conn->uid, (unsigned long long)api->turned_away);
	api->turned_away_next_ms = now_ms + TURNED_AWAY_MS;
}

static struct api_conn *begin(struct api_listener *listener, struct MHD_Connection *http)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct api_conn *conn = info ? calloc(1, sizeof(*conn)) : NULL;
	struct api *api = listener->api;

	if (!conn)
		return NULL;
	conn->api = api;
	conn->listener = listener;
	conn->fd = info->connect_fd;
	conn->local = listener->local;
	if (!identify(conn)) {
		if (conn->local)
			note_turned_away(conn);
		free(conn);
		return NULL;
	}
	make_way(listener);
	listener->conns++;
	conn->next = api->conns;
	if (conn->next)
		conn->next->prev = conn;
	api->conns = conn;
	api_conn_give(conn, API_HEAD_MS, 0);
	return conn;
}

static void end(struct api_conn *conn)
{
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		conn->api->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	if (!conn->cut)
		conn->listener->conns--;
	free(conn->uri);
	free(conn);
}

void api_conn_notify(void *cls, struct MHD_Connection *http, void **socket_context,
                     enum MHD_ConnectionNotificationCode code)
{
	struct api_conn *conn = *socket_context;

	switch (code) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		/* Where it is NULL every request is turned away. */
		*socket_context = begin(cls, http);
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		if (conn)
			end(conn);
		*socket_context = NULL;
		break;
	}
}

void *api_conn_uri(void *cls, const char *uri, struct MHD_Connection *http)
{
	struct api_conn *conn = api_conn_of(http);

	(void)cls;
	if (!conn)
		return NULL;
	free(conn->uri);
	/* Longer ones are refused anyway, by their absence. */
	conn->uri = strnlen(uri, API_URI_MAX + 1) > API_URI_MAX ? NULL : strdup(uri);
	api_conn_give(conn, API_HEAD_MS, 0);
	return NULL;
}

void api_conn_sweep(void *ctx)
{
	struct api *api = ctx;
	uint64_t now_ms = net_now_ms(api->net);

	for (struct api_conn *conn = api->conns; conn; conn = conn->next)
		if (conn->until_ms <= now_ms && !conn->cut)
			cut(conn);
	api->sweeping = api->conns != NULL;
	if (api->sweeping)
		net_timer_set(api->sweep, now_ms + API_SWEEP_MS);
}
