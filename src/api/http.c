/* api/http.c: between libmicrohttpd and calls.
 *
 * MHD runs without threads of its own: its descriptor is watched by the loop of api->net, which is
 * the one of this room that sits on libuv. A call whose handler may take long is suspended until a
 * worker has answered it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "api/own.h"
#include "net/loop.h"

/* ---- one call */

static struct api_call *call_new(struct api *api, struct api_conn *conn,
                                 struct MHD_Connection *http)
{
	struct api_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->item = malloc(API_ITEM_MAX);
	if (!call->item || net_random(api->net, call->chance, sizeof(call->chance)) < 0) {
		free(call->item);
		free(call);
		return NULL;
	}
	call->api = api;
	call->conn = conn;
	call->http = http;
	call->status = 200;
	call->store = api->store;
	call->now_ms = net_wall_ms(api->net);
	call->item_buf = buf_over(call->item, API_ITEM_MAX);
	call->json = json_over(&call->item_buf);
	return call;
}

static void drop_body(struct api_call *call)
{
	if (call->body)
		explicit_bzero(call->body, call->body_n);
	free(call->body);
	call->body = NULL;
	call->body_n = call->body_cap = 0;
	api_release(call->api, call->held);
	call->held = 0;
}

static void call_free(struct api_call *call)
{
	drop_body(call);
	api_reply_done(call);
	api_arena_done(&call->arena);
	explicit_bzero(call->chance, sizeof(call->chance));
	explicit_bzero(call->item, API_ITEM_MAX);
	free(call->item);
	free(call);
}

static void on_completed(void *cls, struct MHD_Connection *http, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
	struct api_call *call = *con_cls;
	struct api_conn *conn = api_conn_of(http);

	(void)cls;
	(void)code;
	if (call)
		call_free(call);
	*con_cls = NULL;
	if (conn) {
		conn->asks = false;
		api_conn_give(conn, API_IDLE_MS, 0);
	}
}

/* ---- its body */

static bool make_room(struct api_call *call, size_t n)
{
	size_t cap = call->body_cap ? call->body_cap : 4096;
	char *body;

	while (cap - call->body_n < n)
		cap *= 2;
	if (cap == call->body_cap)
		return true;
	if (!api_hold(call->api, cap - call->body_cap))
		return false;
	call->held += cap - call->body_cap;
	/* not realloc(), which would leave a copy of passwords behind */
	body = malloc(cap);
	if (!body)
		return false;
	if (call->body) {
		memcpy(body, call->body, call->body_n);
		explicit_bzero(call->body, call->body_n);
		free(call->body);
	}
	call->body = body;
	call->body_cap = cap;
	return true;
}

static void keep(struct api_call *call, const char *data, size_t n)
{
	if (n > call->body_max - call->body_n) {
		api_refuse(call, 413, "size", NULL, "the body is larger than %zu bytes",
		           call->body_max);
	} else if (!make_room(call, n)) {
		call->retry_s = 5;
		api_refuse(call, 503, "memory", NULL, "there is no memory for this body now");
	} else {
		memcpy(call->body + call->body_n, data, n);
		call->body_n += n;
		return;
	}
	drop_body(call);
	call->phase = API_SKIPS;
	call->body_max = API_SKIPPED_MAX;
}

/* MHD_NO: the connection is closed, which is all that can be done in the middle of a body. */
static enum MHD_Result take_body(struct api_call *call, const char *data, size_t n)
{
	if (call->phase == API_READS) {
		keep(call, data, n);
	} else if (call->body_n + n > call->body_max) {
		return MHD_NO;
	} else {
		call->body_n += n;
	}
	api_conn_give(call->conn, API_HEAD_MS, 0);
	return MHD_YES;
}

/* ---- its answer */

static enum MHD_Result answer(struct api_call *call)
{
	if (call->stream)
		call->conn->until_ms = NET_NEVER; /* MHD closes it where nothing can be sent */
	else
		api_conn_give(call->conn, API_IDLE_MS, call->spool.n);
	return api_reply_queue(call);
}

static enum MHD_Result handle(struct api_call *call)
{
	if (call->route->where == API_FRONT) {
		call->route->handle(call);
		drop_body(call);
		return answer(call);
	}
	call->phase = API_WAITS;
	call->conn->until_ms = NET_NEVER;
	MHD_suspend_connection(call->http);
	if (api_worker_post(call))
		return MHD_YES;
	call->retry_s = 2;
	api_refuse(call, 503, "busy", NULL, "too much is asked at once; try again");
	call->phase = API_ANSWERED;
	MHD_resume_connection(call->http);
	return MHD_YES;
}

void api_http_resume(struct api_call *call)
{
	drop_body(call);
	if (call->status < 400)
		api_admit_give(call);
	else if (call->route->ways == API_GUESSED && call->status == 401)
		api_note(call->api, LOG_LEVEL_WARN, "a wrong password or token came from %s",
		         call->conn->local ? call->who.name : call->conn->peer);
	call->phase = API_ANSWERED;
	MHD_resume_connection(call->http);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *http, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **con_cls)
{
	struct api_listener *listener = cls;
	struct api_conn *conn = api_conn_of(http);
	struct api_call *call = *con_cls;

	(void)url;
	if (!conn)
		return MHD_NO;
	if (!call) {
		call = call_new(listener->api, conn, http);
		*con_cls = call;
		if (!call)
			return MHD_NO;
		conn->asks = true;
		api_admit(call, method, version);
		api_conn_give(conn, API_HEAD_MS, 0);
		return call->phase == API_ANSWERED ? answer(call) : MHD_YES;
	}
	if (*size) {
		size_t n = *size;

		*size = 0;
		return take_body(call, data, n);
	}
	switch (call->phase) {
	case API_READS:
	case API_READY:
		return handle(call);
	case API_SKIPS:
	case API_ANSWERED:
		return answer(call);
	case API_WAITS:
	case API_QUEUED:
		return MHD_YES;
	}
	return MHD_NO;
}

/* ---- listeners */

/* Paths and parameters are read by api_target_parse(), from what was sent. */
static size_t leave_escapes(void *cls, struct MHD_Connection *http, char *text)
{
	(void)cls;
	(void)http;
	return strlen(text);
}

static void __attribute__((format(printf, 2, 0)))
on_complaint(void *cls, const char *format, va_list args)
{
	char text[512];
	struct api *api = cls;

	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\r\n")] = '\0';
	api_note(api, LOG_LEVEL_DEBUG, "HTTP: %s", text);
}

static struct MHD_Daemon *start(struct api_listener *listener, int fd)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, listener,
	                        MHD_OPTION_EXTERNAL_LOGGER, on_complaint, listener->api,
	                        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	                        (unsigned)(listener->local ? API_LOCALS : API_CONNECTIONS),
	                        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	                        (unsigned)(listener->local ? 0 : API_PER_ADDRESS),
	                        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(API_IDLE_MS / 1000),
	                        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)API_HEAD_BYTES,
	                        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
	                        api_conn_notify, listener, MHD_OPTION_NOTIFY_COMPLETED,
	                        on_completed, listener, MHD_OPTION_URI_LOG_CALLBACK, api_conn_uri,
	                        listener, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, listener,
	                        MHD_OPTION_END);
}

static int add_listener(struct api *api, int fd, bool local, char *reterr, size_t cap)
{
	struct api_listener *listener = &api->listeners[api->listener_count];

	listener->api = api;
	listener->local = local;
	listener->daemon = start(listener, fd);
	if (!listener->daemon) {
		close(fd);
		snprintf(reterr, cap, "the HTTP server does not start");
		return -ENOMEM;
	}
	api->listener_count++;
	return 0;
}

int api_http_listen(struct api *api, const struct api_cfg *cfg, char *reterr, size_t cap)
{
	int err = 0, fd;

	for (size_t i = 0; !err && cfg->addresses && cfg->addresses[i]; i++) {
		if (i == API_ADDRESSES_MAX) {
			snprintf(reterr, cap, "more than %d addresses to listen at",
			         API_ADDRESSES_MAX);
			return -EINVAL;
		}
		err = api_listen_tcp(cfg->addresses[i], &fd, api->listeners[i].bound, reterr, cap);
		if (!err)
			err = add_listener(api, fd, false, reterr, cap);
	}
	if (err || !cfg->socket_path)
		return err;
	err = api_listen_unix(cfg->socket_path, &fd, reterr, cap);
	return err ? err : add_listener(api, fd, true, reterr, cap);
}

/* ---- the loop */

void api_http_pump(struct api *api)
{
	uint64_t soonest_ms = NET_NEVER, now_ms = net_now_ms(api->net);

	for (unsigned i = 0; i < api->listener_count; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		MHD_run(api->listeners[i].daemon);
		if (MHD_get_timeout(api->listeners[i].daemon, &ms) == MHD_YES &&
		    now_ms + ms < soonest_ms)
			soonest_ms = now_ms + ms;
	}
	net_timer_set(api->pump, soonest_ms);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	api_http_pump(poll->data);
}

int api_http_start(struct api *api)
{
	for (unsigned i = 0; i < api->listener_count; i++) {
		struct api_listener *listener = &api->listeners[i];
		const union MHD_DaemonInfo *info =
			MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
		uv_poll_t *poll = malloc(sizeof(*poll));
		int err = poll ? uv_poll_init(net_loop(api->net), poll, info->epoll_fd) : -ENOMEM;

		if (err) {
			free(poll);
			return err;
		}
		poll->data = api;
		listener->poll = poll;
		uv_poll_start(poll, UV_READABLE, on_ready);
	}
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

void api_http_stop(struct api *api)
{
	for (unsigned i = 0; i < api->listener_count; i++) {
		struct api_listener *listener = &api->listeners[i];

		if (listener->poll)
			uv_close((uv_handle_t *)listener->poll, on_closed);
		listener->poll = NULL;
		MHD_stop_daemon(listener->daemon);
	}
	api->listener_count = 0;
}
