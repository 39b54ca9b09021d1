/* api/events.c: the log and the changes of state: as a list, and as a stream of server-sent events.
 *
 * The agent keeps the events in one numbered row; a stream is a place in it. So there is no queue
 * for a client that could grow: one that reads too slowly finds that events are gone, and is told
 * how many. A browser that lost its connection says in Last-Event-ID where it was. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/own.h"
#include "api/routes.h"
#include "base/num.h"

#define PENDING_BYTES (96 * 1024) /* an event of 4096 bytes, each as \u00NN, and a little more */
#define PENDING_FULL  (64 * 1024) /* no further event is begun */
#define AT_ONCE       64
#define LOG_LIMIT_MAX 10000

struct api_stream {
	struct api_stream *prev, *next;
	struct api *api;
	struct MHD_Connection *http;
	int fd;
	struct api_who who;
	uint64_t after; /* the number of the last event that was written, or passed over */
	int64_t line;   /* 0: all */
	uint64_t sent_ms, checked_ms; /* when its session was looked at last */
	bool suspended, ends;
	size_t n, at; /* in pending: bytes, and how many of them were read */
	char pending[PENDING_BYTES];
};

static void put_event(struct json *json, struct agent *agent, const struct agent_event *event)
{
	char name[AGENT_NAME_MAX];

	json_open_object(json, NULL);
	json_put_number(json, "number", event->number);
	api_put_text(json, "kind", event->kind == AGENT_LOG ? "log" : "state");
	api_put_time(json, "time", event->at_ms);
	api_put_id(json, "line", event->line);
	api_put_text(json, "name",
	             event->line && agent_line_name(agent, event->line, name) == 0 ? name : NULL);
	if (event->kind == AGENT_LOG)
		api_put_text(json, "level", log_level_name(event->level));
	api_put_text(json, event->kind == AGENT_LOG ? "text" : "state", event->text);
	json_close_object(json);
}

/* ---- as a list */

static int list_event(void *ctx, const struct agent_event *event)
{
	struct api_call *call = ctx;

	put_event(api_out(call), call->api->agent, event);
	api_flush(call);
	return 0;
}

static bool read_filter(struct api_call *call, struct agent_event_filter *ret_filter)
{
	const char *kind = api_query_text(call, "kind");
	uint64_t limit, line, after;

	if (kind && strcmp(kind, "log") != 0) {
		api_refuse(call, 400, "bad-value", "kind", "kind can be log");
		return false;
	}
	if (!api_query_number(call, "limit", LOG_LIMIT_MAX, 1000, &limit) ||
	    !api_query_number(call, "line", INT64_MAX, 0, &line))
		return false;
	*ret_filter = (struct agent_event_filter){ .line = (int64_t)line,
		                                   .log_only = kind != NULL,
		                                   .limit = (uint32_t)limit };
	/* Where nothing is asked for: the last ones. */
	if (!api_query_number(call, "after", INT64_MAX,
	                      agent_events_tail(call->api->agent, ret_filter), &after))
		return false;
	ret_filter->after = after;
	return true;
}

void api_log_list(struct api_call *call)
{
	struct agent *agent = call->api->agent;
	struct json *json = api_out(call);
	struct agent_event_filter filter;
	uint64_t first;
	int err;

	if (!read_filter(call, &filter))
		return;
	first = agent_events_first(agent);
	json_open_object(json, NULL);
	json_put_number(json, "first", first);
	json_put_number(json, "last", agent_events_last(agent));
	json_open_array(json, "events");
	err = agent_events(agent, &filter, list_event, call);
	/* "first" shows what is missing */
	if (err == -ESTALE) {
		filter.after = first - 1;
		err = agent_events(agent, &filter, list_event, call);
	}
	json_close_array(json);
	json_close_object(json);
	if (err && err != -ESTALE)
		api_refuse_store(call, -ENOMEM, NULL);
}

/* ---- as a stream */

static int write_event(void *ctx, const struct agent_event *event)
{
	struct api_stream *stream = ctx;
	struct buf out = buf_over(stream->pending, sizeof(stream->pending));
	struct json json = json_over(&out);

	if (stream->n > PENDING_FULL)
		return 1;
	out.n = stream->n;
	buf_str(&out, "id: ");
	buf_u64(&out, event->number);
	buf_str(&out, event->kind == AGENT_LOG ? "\nevent: log\ndata: " : "\nevent: state\ndata: ");
	put_event(&json, stream->api->agent, event);
	buf_str(&out, "\n\n");
	if (out.full)
		return 1;
	stream->n = out.n;
	stream->after = event->number;
	return 0;
}

/* Events that nobody knows any more: how many. The page then reads the status anew. */
static void write_gap(struct api_stream *stream)
{
	uint64_t whole = agent_events_whole(stream->api->agent);
	struct buf out = buf_over(stream->pending, sizeof(stream->pending));
	uint64_t missed = whole > stream->after ? whole - stream->after : 0;

	if (missed)
		stream->after = whole;
	buf_str(&out, "id: ");
	buf_u64(&out, stream->after);
	buf_str(&out, "\nevent: gap\ndata: {\"missed\":");
	buf_u64(&out, missed);
	buf_str(&out, "}\n\n");
	stream->n = out.n;
}

static void fill(struct api_stream *stream)
{
	struct agent *agent = stream->api->agent;
	const struct agent_event_filter filter = { .after = stream->after,
		                                   .line = stream->line,
		                                   .limit = AT_ONCE };
	uint64_t last = agent_events_last(agent);
	int r;

	stream->n = stream->at = 0;
	/* A number from before the daemon started anew is above all that there are. */
	if (stream->after > last)
		stream->after = last;
	if (filter.after > last || filter.after < agent_events_whole(agent)) {
		write_gap(stream);
		return;
	}
	r = agent_events(agent, &filter, write_event, stream);
	if (r == -ESTALE)
		write_gap(stream);
	else if (r == 0 && stream->n == 0 && last > stream->after)
		stream->after = last; /* all of them of other lines */
}

static void fill_comment(struct api_stream *stream)
{
	struct buf out = buf_over(stream->pending, sizeof(stream->pending));

	buf_str(&out, ": still here\n\n");
	stream->n = out.n;
	stream->at = 0;
}

ssize_t api_stream_read(void *ctx, uint64_t at, char *bytes, size_t cap)
{
	struct api_stream *stream = ctx;
	uint64_t now_ms = net_now_ms(stream->api->net);
	size_t n;

	(void)at;
	if (stream->ends)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (stream->at == stream->n)
		fill(stream);
	if (stream->n == 0 && now_ms - stream->sent_ms >= API_STREAM_QUIET_MS)
		fill_comment(stream);
	if (stream->n == 0) {
		stream->suspended = true;
		MHD_suspend_connection(stream->http);
		return 0;
	}
	n = stream->n - stream->at < cap ? stream->n - stream->at : cap;
	memcpy(bytes, stream->pending + stream->at, n);
	stream->at += n;
	stream->sent_ms = now_ms;
	return (ssize_t)n;
}

static void resume(struct api_stream *stream)
{
	if (!stream->suspended)
		return;
	stream->suspended = false;
	MHD_resume_connection(stream->http);
}

void api_stream_free(void *ctx)
{
	struct api_stream *stream = ctx;
	struct api *api = stream->api;

	if (stream->prev)
		stream->prev->next = stream->next;
	else
		api->streams = stream->next;
	if (stream->next)
		stream->next->prev = stream->prev;
	api->stream_count--;
	free(stream);
}

/* Who was logged out, or lost his role, sees no more. */
static void check_session(struct api_stream *stream, uint64_t now_ms)
{
	if (now_ms - stream->checked_ms < API_STREAM_QUIET_MS)
		return;
	stream->checked_ms = now_ms;
	if (!api_access_stands(stream->api, &stream->who))
		stream->ends = true;
}

/* MHD does not look at connections that are suspended: a client that has gone would keep its place
 * until the next comment is due. */
static void find_gone(struct api *api)
{
	struct pollfd ends[API_STREAMS];
	struct api_stream *streams[API_STREAMS];
	nfds_t n = 0;

	for (struct api_stream *stream = api->streams; stream; stream = stream->next) {
		streams[n] = stream;
		ends[n++] = (struct pollfd){ .fd = stream->fd, .events = POLLRDHUP };
	}
	if (poll(ends, n, 0) <= 0)
		return;
	for (nfds_t i = 0; i < n; i++)
		if (ends[i].revents)
			streams[i]->ends = true;
}

void api_streams_look(void *ctx)
{
	struct api *api = ctx;
	uint64_t last = agent_events_last(api->agent), now_ms = net_now_ms(api->net);
	bool any = false;

	find_gone(api);
	for (struct api_stream *stream = api->streams; stream; stream = stream->next) {
		bool quiet = now_ms - stream->sent_ms >= API_STREAM_QUIET_MS;

		check_session(stream, now_ms);
		if (stream->suspended && (quiet || stream->ends || last > stream->after)) {
			resume(stream);
			any = true;
		}
	}
	if (api->streams)
		net_timer_set(api->look, now_ms + API_STREAM_LOOK_MS);
	if (any)
		api_http_pump(api);
}

void api_streams_end(struct api *api)
{
	for (struct api_stream *stream = api->streams; stream; stream = stream->next) {
		stream->ends = true;
		resume(stream);
	}
}

/* Where the client was: the header of a browser that comes back, or the parameter. */
static bool read_after(struct api_call *call, uint64_t *ret_after)
{
	const char *header =
		MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "Last-Event-ID");

	if (header && num_u64(slice_str(header), INT64_MAX, ret_after) == 0)
		return true;
	return api_query_number(call, "after", INT64_MAX, agent_events_last(call->api->agent),
	                        ret_after);
}

void api_events(struct api_call *call)
{
	struct api *api = call->api;
	struct api_stream *stream;
	uint64_t after, line;

	if (call->head) {
		call->type = "text/event-stream";
		return;
	}
	if (!read_after(call, &after) || !api_query_number(call, "line", INT64_MAX, 0, &line))
		return;
	if (api->stream_count >= API_STREAMS) {
		call->retry_s = 10;
		api_refuse(call, 503, "busy", NULL, "%d clients follow the events already",
		           API_STREAMS);
		return;
	}
	stream = calloc(1, sizeof(*stream));
	if (!stream) {
		api_refuse_store(call, -ENOMEM, NULL);
		return;
	}
	stream->api = api;
	stream->http = call->http;
	stream->fd = call->conn->fd;
	stream->who = call->who;
	stream->after = after;
	stream->line = (int64_t)line;
	stream->sent_ms = stream->checked_ms = net_now_ms(api->net);
	/* something at once, so that the other end knows that it is connected */
	fill_comment(stream);
	stream->next = api->streams;
	if (stream->next)
		stream->next->prev = stream;
	api->streams = stream;
	if (api->stream_count++ == 0)
		net_timer_set(api->look, stream->sent_ms + API_STREAM_LOOK_MS);
	call->stream = stream;
	call->type = "text/event-stream";
}
