/* api/metrics.c: /metrics in the text format of Prometheus (0.0.4). Labels are bounded: states and
 * causes are those that there are, servers the first SERVERS_MAX of them. */
#include <errno.h>

#include "api/own.h"
#include "api/routes.h"
#include "base/utf8.h"
#include "explain/explain.h"

#define SERVERS_MAX 100
static void put(struct api_call *call, const char *text)
{
	buf_str(&call->item_buf, text);
}

static void head(struct api_call *call, const char *name, const char *type, const char *help)
{
	put(call, "# HELP ");
	put(call, name);
	put(call, " ");
	put(call, help);
	put(call, "\n# TYPE ");
	put(call, name);
	put(call, " ");
	put(call, type);
	put(call, "\n");
}

/* Whatever a name holds; one that the agent has cut may end within a character. */
static void put_value(struct api_call *call, struct slice value)
{
	struct buf *out = &call->item_buf;
	uint32_t point;

	for (size_t n; value.n; value = slice_from(value, n ? n : 1)) {
		n = utf8_take(value, &point);
		if (n == 0 || utf8_is_control(point)) {
			buf_char(out, '?');
			continue;
		}
		if (point == '"' || point == '\\')
			buf_char(out, '\\');
		buf_put(out, slice_of(value.p, n));
	}
}

/* NAME{LABEL="VALUE"} N; label NULL: none. */
static void sample(struct api_call *call, const char *name, const char *label, const char *value,
                   uint64_t n)
{
	put(call, name);
	if (label) {
		put(call, "{");
		put(call, label);
		put(call, "=\"");
		put_value(call, slice_str(value));
		put(call, "\"}");
	}
	put(call, " ");
	buf_u64(&call->item_buf, n);
	put(call, "\n");
	api_flush(call);
}

static void single(struct api_call *call, const char *name, const char *type, const char *help,
                   uint64_t n)
{
	head(call, name, type, help);
	sample(call, name, NULL, NULL, n);
}

static void put_ended(struct api_call *call, const char *outcome, const char *cause, uint64_t n)
{
	put(call, "lineup_attempts_total{outcome=\"");
	put(call, outcome);
	put(call, "\",cause=\"");
	put(call, cause);
	put(call, "\"} ");
	buf_u64(&call->item_buf, n);
	put(call, "\n");
	api_flush(call);
}

static void put_refused(void *ctx, const struct agent_cause *cause)
{
	put_ended(ctx, "refused", cause->id, cause->refused);
}

static void put_failed(void *ctx, const struct agent_cause *cause)
{
	put_ended(ctx, "failed", cause->id, cause->failed);
}

/* Those that never came as well: from a sample that is not there Prometheus learns of no increase
 * when it comes. */
static void put_attempts(struct api_call *call, const struct agent_counters *c)
{
	head(call, "lineup_attempts_total", "counter",
	     "Attempts to register, by how they ended, and why.");
	put_ended(call, "granted", "", c->granted);
	put_ended(call, "removed", "", c->removed);
	agent_causes(call->api->agent, put_refused, call);
	agent_causes(call->api->agent, put_failed, call);
}

static void put_counters(struct api_call *call)
{
	struct agent_counters c;

	agent_counters(call->api->agent, &c);
	put_attempts(call, &c);
	single(call, "lineup_sip_sent_total", "counter", "Requests sent, copies not counted.",
	       c.sent);
	single(call, "lineup_sip_received_total", "counter", "Messages received.", c.received);
	single(call, "lineup_sip_retransmitted_total", "counter", "Requests sent once more.",
	       c.retransmitted);
	single(call, "lineup_sip_dropped_total", "counter", "Messages that could not be used.",
	       c.dropped);
	single(call, "lineup_sip_strangers_total", "counter",
	       "Requests that no server of a line's sent: they get no answer.", c.strangers);
	single(call, "lineup_sip_answered_total", "counter",
	       "Requests of servers that were answered.", c.answered);
}

static void put_syslog(struct api_call *call)
{
	struct sink_status status;

	agent_syslog(call->api->agent, &status);
	single(call, "lineup_syslog_sending", "gauge", "Whether the log goes to a syslog host.",
	       status.state == SINK_SENDING);
	single(call, "lineup_syslog_sent_total", "counter", "Messages sent to it.", status.sent);
	single(call, "lineup_syslog_suppressed_total", "counter",
	       "Events that found no room on the way there.", status.suppressed);
}

static void put_failing(void *ctx, const struct agent_cause *cause)
{
	if (cause->lines)
		sample(ctx, "lineup_lines_failing", "cause", cause->id, cause->lines);
}

static void put_states(struct api_call *call)
{
	uint32_t states[REG_STATE_COUNT];

	agent_states(call->api->agent, states);
	head(call, "lineup_lines", "gauge", "Lines, by their state.");
	for (unsigned i = 0; i < REG_STATE_COUNT; i++)
		sample(call, "lineup_lines", "state", api_state_name(i), states[i]);
	head(call, "lineup_lines_failing", "gauge", "Lines, by the cause of their last result.");
	agent_causes(call->api->agent, put_failing, call);
}

/* "0.005", "0.05", "32": in the shortest way, since a bucket is known by how it is written. */
static void put_seconds(struct buf *out, uint64_t ms)
{
	unsigned rest = (unsigned)(ms % 1000);

	buf_u64(out, ms / 1000);
	if (rest)
		buf_char(out, '.');
	for (unsigned digit = 100; rest; rest %= digit, digit /= 10)
		buf_char(out, (char)('0' + rest / digit));
}

static void put_answers(struct api_call *call)
{
	struct buf *out = &call->item_buf;
	struct agent_answers answers;
	uint64_t within = 0;

	agent_answers(call->api->agent, &answers);
	head(call, "lineup_answer_seconds", "histogram",
	     "From the first REGISTER of an attempt to the answer that decided it.");
	for (unsigned i = 0; i < AGENT_ANSWER_BUCKETS; i++) {
		within += answers.buckets[i].n;
		put(call, "lineup_answer_seconds_bucket{le=\"");
		if (answers.buckets[i].up_to_ms == UINT32_MAX)
			put(call, "+Inf");
		else
			put_seconds(out, answers.buckets[i].up_to_ms);
		put(call, "\"} ");
		buf_u64(out, within);
		put(call, "\n");
	}
	put(call, "lineup_answer_seconds_sum ");
	put_seconds(out, answers.sum_ms);
	put(call, "\n");
	sample(call, "lineup_answer_seconds_count", NULL, NULL, answers.n);
}

static void put_first_end(struct api_call *call)
{
	int64_t ends_ms = agent_first_end_ms(call->api->agent);

	if (!ends_ms)
		return;
	single(call, "lineup_next_expiry_seconds", "gauge",
	       "Until the first of all bindings ends, unless it is renewed.",
	       ends_ms > call->now_ms ? (uint64_t)(ends_ms - call->now_ms) / 1000 : 0);
}

/* ---- servers: a metric's samples stand together, so that there are three walks */

struct server_walk {
	struct api_call *call;
	const char *name;
	uint64_t (*value)(const struct agent_server *server);
	unsigned count;
	uint64_t others;
};

static uint64_t lines_of(const struct agent_server *server)
{
	return server->lines;
}

static uint64_t up_of(const struct agent_server *server)
{
	return server->up;
}

static uint64_t until_of(const struct agent_server *server)
{
	return server->certificate_until_s > 0 ? (uint64_t)server->certificate_until_s : 0;
}

static uint64_t dead_of(const struct agent_server *server)
{
	return server->dead;
}

/* The id as well: names are told up to some length, and no two samples may have the same labels. */
static void put_server(const struct server_walk *walk, const struct agent_server *server)
{
	struct api_call *call = walk->call;

	put(call, walk->name);
	put(call, "{id=\"");
	buf_u64(&call->item_buf, (uint64_t)server->id);
	put(call, "\",server=\"");
	put_value(call, slice_str(server->name));
	put(call, "\"} ");
	buf_u64(&call->item_buf, walk->value(server));
	put(call, "\n");
	api_flush(call);
}

static void on_server(void *ctx, const struct agent_server *server)
{
	struct server_walk *walk = ctx;

	if (walk->count++ < SERVERS_MAX)
		put_server(walk, server);
	else
		walk->others += walk->value(server);
}

/* Where 0 is no value: such a server has no sample, and the others no sum. */
static void on_known_server(void *ctx, const struct agent_server *server)
{
	struct server_walk *walk = ctx;

	if (walk->value(server) && walk->count++ < SERVERS_MAX)
		put_server(walk, server);
}

static int put_ends(struct api_call *call)
{
	static const char name[] = "lineup_server_certificate_end_seconds";
	struct server_walk walk = { .call = call, .name = name, .value = until_of };

	head(call, name, "gauge",
	     "When the certificate ends that a server showed last, since 1970.");
	return agent_servers(call->api->agent, on_known_server, &walk);
}

static int put_servers(struct api_call *call, const char *name, const char *help,
                       uint64_t (*value)(const struct agent_server *server))
{
	struct server_walk walk = { .call = call, .name = name, .value = value };
	int err;

	head(call, name, "gauge", help);
	err = agent_servers(call->api->agent, on_server, &walk);
	if (walk.count > SERVERS_MAX)
		sample(call, name, "id", "others", walk.others);
	return err;
}

void api_metrics(struct api_call *call)
{
	int err;

	call->type = "text/plain; version=0.0.4; charset=utf-8";
	head(call, "lineup_info", "gauge", "The version that runs.");
	sample(call, "lineup_info", "version", call->api->version, 1);
	put_counters(call);
	put_states(call);
	put_answers(call);
	put_first_end(call);
	put_syslog(call);
	err = put_servers(call, "lineup_server_lines", "Lines that use a server.", lines_of);
	if (!err)
		err = put_servers(call, "lineup_server_lines_up", "... that are registered.",
		                  up_of);
	if (!err)
		err = put_servers(call, "lineup_server_dead", "Whether a server does not answer.",
		                  dead_of);
	if (!err)
		err = put_ends(call);
	if (err)
		api_refuse_store(call, -ENOMEM, NULL);
}
