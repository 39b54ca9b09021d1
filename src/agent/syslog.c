/* agent/syslog.c: the log sent to another machine as the general settings say, and the log that
 * other rooms of the process write to, so that theirs goes there, too. */
#include "agent/own.h"

static void on_note(void *ctx, enum log_level level, const char *text)
{
	agent_note(ctx, level, NULL, "%s", text);
}

int agent_syslog_init(struct agent *agent)
{
	const struct sink_cfg cfg = {
		.net = agent->net, .program = "lineup", .note = on_note, .ctx = agent
	};

	return sink_new(&cfg, &agent->sink);
}

void agent_syslog_follow(struct agent *agent, const struct store_general *general)
{
	static const enum sink_transport transports[] = {
		[STORE_SYSLOG_NONE] = SINK_NONE,
		[STORE_SYSLOG_UDP] = SINK_UDP,
		[STORE_SYSLOG_TCP] = SINK_TCP,
	};
	const struct sink_where where = { .transport = transports[general->syslog],
		                          .host = general->syslog_host,
		                          .port = general->syslog_port };

	sink_point(agent->sink, &where);
}

void agent_syslog(struct agent *agent, struct sink_status *ret_status)
{
	sink_status(agent->sink, ret_status);
}

static void on_event(void *ctx, const struct log_event *event)
{
	struct agent *agent = ctx;

	log_emit(&agent->log, event);
	sink_put(agent->sink, event);
}

struct log agent_log(struct agent *agent)
{
	return (struct log){ .level = agent->log.level, .sink = on_event, .ctx = agent };
}
