/* cli/serve.c: `lineup serve`: the daemon around agent/ and api/: where it keeps its things, what
 * it prints, signals, and the service manager. */
#include "cli/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "api/api.h"
#include "cli/account.h"
#include "cli/commands.h"
#include "cli/notify.h"
#include "cli/place.h"
#include "net/net.h"
#include "sip/aor.h"

#define HTTP_DEFAULT "127.0.0.1:8080"
#define HTTP_OFF     "off"
#define HOSTS_MAX    16
#define STATUS_MS    2000 /* the service manager is told of the lines no more often */
#define TURNS        2 /* looks at the loops, in the time in which the watchdog wants to be fed */
#define ERROR_MAX    512

static const struct cli_option options[] = {
	PLACE_OPTION,
	{ 0, "http", "ADDRESS:PORT", HTTP_DEFAULT, NULL,
	  "where the page and the API are served, port 0 being any that is free; may be given "
	  "several times; \"" HTTP_OFF "\" for nowhere" },
	{ 0, "http-host", "NAME", NULL, NULL,
	  "a name that browsers may call it by, beside localhost and its addresses; may be given "
	  "several times" },
	{ 0, "dns", "ADDRESS[:PORT]", NULL, NULL,
	  "the name server to ask; otherwise the one of the settings, else those of "
	  "/etc/resolv.conf" },
	{ 0, "log-format", "FORMAT", "classic", "classic logfmt json", "how the log is written" },
	{ 0, "log-level", "LEVEL", "info", "quiet error warn info debug", "how much is logged" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was ended by Ctrl-C or SIGTERM" },
	{ CLI_FAILED, "it could not start: another one uses the same state, the address is taken, "
	              "the state cannot be read" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup serve", "With no settings at all; lineup apply, line add and the page give it "
	                  "lines." },
	{ "lineup serve --http 192.0.2.10:8080 --http-host lineup.studio.example",
	  "For the browsers of a whole network." },
	{ "lineup serve --state ./state --http off", "A second one, that only the command line "
	                                             "reaches: lineup status --state ./state." },
	{ 0 },
};

struct serve {
	const struct cli_args *args;
	struct place place;
	struct serve_log log;
	struct notify notify;
	uint64_t watchdog_ms; /* 0: none */
	uint64_t told;        /* number of the event up to which the status was told */
	bool has_dns;
	struct net_addr dns; /* where has_dns: the name server to ask */
	struct net *net;
	struct agent *agent;
	struct api *api;
	struct net_timer *status_timer, *watchdog_timer;
	struct net_signal *ends[2], *reload;
};

/* ---- the service manager */

static struct agent_count count_lines(const struct serve *serve)
{
	static const struct agent_filter none = { .limit = 0 };
	struct agent_count count = { 0 };

	/* Without memory for it the count stays 0; there is worse then. */
	(void)agent_lines(serve->agent, &none, NULL, NULL, NULL, &count);
	return count;
}

static void tell_status(struct serve *serve)
{
	char text[96];
	uint64_t last = agent_events_last(serve->agent);
	struct agent_count count;

	if (last == serve->told)
		return;
	serve->told = last;
	count = count_lines(serve);
	snprintf(text, sizeof(text), "STATUS=%u of %u %s registered", count.up, count.enabled,
	         count.enabled == 1 ? "line" : "lines");
	notify_send(&serve->notify, text);
}

static void on_status(void *ctx)
{
	struct serve *serve = ctx;

	tell_status(serve);
	net_timer_set(serve->status_timer, net_now_ms(serve->net) + STATUS_MS);
}

/* Sent by the loop that all work of the control thread goes through, and only when those of the
 * shards have turned, too: whichever of these threads stands still does not feed it. */
static void on_watchdog(void *ctx)
{
	struct serve *serve = ctx;

	if (agent_turns(serve->agent))
		notify_send(&serve->notify, "WATCHDOG=1");
	net_timer_set(serve->watchdog_timer,
	              net_now_ms(serve->net) + (serve->watchdog_ms + TURNS - 1) / TURNS);
}

static int open_notify(struct serve *serve)
{
	const char *address = getenv("NOTIFY_SOCKET");
	int err = notify_open(address, &serve->notify);

	if (err)
		return cli_fail(serve->args, "cannot talk to the service manager at %s: %s",
		                address, strerror(-err));
	serve->watchdog_ms =
		notify_watchdog_ms(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), getpid());
	return CLI_OK;
}

static void begin_notify(struct serve *serve)
{
	notify_send(&serve->notify, "READY=1");
	if (!notify_wanted(&serve->notify))
		return;
	on_status(serve);
	if (serve->watchdog_ms)
		on_watchdog(serve);
}

/* ---- signals */

static void on_stopped(void *ctx)
{
	struct serve *serve = ctx;

	net_stop(serve->net);
}

static void on_end(void *ctx, int signo)
{
	struct serve *serve = ctx;

	(void)signo;
	notify_send(&serve->notify, "STOPPING=1\nSTATUS=ending");
	net_timer_set(serve->status_timer, NET_NEVER);
	/* From here on a second signal does what it does to any process: it ends it at once. What
	 * is not removed then, the next process goes on with. */
	for (unsigned i = 0; i < 2; i++) {
		net_signal_free(serve->ends[i]);
		serve->ends[i] = NULL;
	}
	agent_stop(serve->agent, on_stopped, serve);
}

/* The settings are in the store, and a change of them is followed when it is made. So a reload
 * only looks again. systemd wants to know when it began, in microseconds of the monotonic clock;
 * one is added, since what counts is that it is not before the signal. */
static void on_reload(void *ctx, int signo)
{
	struct serve *serve = ctx;
	char text[64];

	(void)signo;
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
	         (unsigned long long)(net_now_ms(serve->net) + 1) * 1000);
	notify_send(&serve->notify, text);
	agent_reload(serve->agent);
	notify_send(&serve->notify, "READY=1");
}

static int take_signals(struct serve *serve)
{
	static const int ends[] = { SIGINT, SIGTERM };
	int err = net_signal_new(serve->net, SIGHUP, on_reload, serve, &serve->reload);

	for (unsigned i = 0; !err && i < 2; i++)
		err = net_signal_new(serve->net, ends[i], on_end, serve, &serve->ends[i]);
	return err;
}

/* ---- the parts */

static int open_loop(struct serve *serve)
{
	int err = net_new(&serve->net);

	if (!err)
		err = net_timer_new(serve->net, on_status, serve, &serve->status_timer);
	if (!err)
		err = net_timer_new(serve->net, on_watchdog, serve, &serve->watchdog_timer);
	if (!err)
		err = take_signals(serve);
	if (!err)
		serve_log_open(serve->args, serve->net, &serve->log);
	return err;
}

static struct log log_of(struct serve *serve)
{
	return (struct log){ .level = serve->log.level,
		             .sink = serve_log_event,
		             .ctx = &serve->log };
}

static int open_agent(struct serve *serve)
{
	char why[ERROR_MAX], name[64];
	int err;

	snprintf(name, sizeof(name), "%s/%s", serve->args->program->name,
	         serve->args->program->version);
	const struct agent_cfg cfg = { .net = serve->net,
		                       .store_path = serve->place.store,
		                       .key_path = serve->place.key,
		                       .log = log_of(serve),
		                       .user_agent = name,
		                       .dns = serve->has_dns ? &serve->dns : NULL };

	err = agent_new(&cfg, &serve->agent, why, sizeof(why));
	return err ? cli_fail(serve->args, "%s", why) : CLI_OK;
}

int serve_check_http(const struct cli_args *args, const char *address)
{
	char typed[256];

	if (api_is_address(address))
		return CLI_OK;
	return cli_usage_error(
		args, "--http \"%s\" is no address to listen at; it looks like " HTTP_DEFAULT,
		cli_shown(address, typed, sizeof(typed)));
}

/* NULL at the end. */
static int read_addresses(const struct serve *serve, const char *addresses[API_ADDRESSES_MAX + 1])
{
	unsigned n = cli_times(serve->args, "http"), off = 0;

	if (n > API_ADDRESSES_MAX)
		return cli_usage_error(serve->args, "--http: more than %d addresses",
		                       API_ADDRESSES_MAX);
	addresses[0] = HTTP_DEFAULT;
	for (unsigned i = 0; i < n; i++) {
		addresses[i] = cli_value_at(serve->args, "http", i);
		off += strcmp(addresses[i], HTTP_OFF) == 0;
	}
	if (off && n > 1)
		return cli_usage_error(serve->args, "--http " HTTP_OFF " and an address exclude "
		                                    "each other");
	for (unsigned i = 0; !off && i < n; i++)
		if (serve_check_http(serve->args, addresses[i]))
			return CLI_USAGE;
	addresses[off ? 0 : n ? n : 1] = NULL;
	return CLI_OK;
}

/* A name alone: browsers may call it by that at any port. */
static int check_host(const struct serve *serve, const char *given)
{
	char host[SIP_HOST_MAX + 1], memory[256], typed[256];
	struct buf why = buf_over(memory, sizeof(memory));
	uint16_t port = 0;

	if (sip_server_parse(slice_str(given), host, &port, &why) < 0)
		return cli_usage_error(serve->args, "--http-host: %.*s", (int)why.n, why.p);
	if (port)
		return cli_usage_error(serve->args,
		                       "--http-host \"%s\": a name without a port is wanted",
		                       cli_shown(given, typed, sizeof(typed)));
	return CLI_OK;
}

static int read_hosts(const struct serve *serve, const char *hosts[HOSTS_MAX + 1])
{
	unsigned n = cli_times(serve->args, "http-host");

	if (n > HOSTS_MAX)
		return cli_usage_error(serve->args, "--http-host: more than %d names", HOSTS_MAX);
	for (unsigned i = 0; i < n; i++) {
		hosts[i] = cli_value_at(serve->args, "http-host", i);
		if (check_host(serve, hosts[i]))
			return CLI_USAGE;
	}
	hosts[n] = NULL;
	return CLI_OK;
}

static int open_api(struct serve *serve, const char *const *addresses, const char *const *hosts)
{
	char why[ERROR_MAX];
	const struct api_cfg cfg = { .agent = serve->agent,
		                     .store_path = serve->place.store,
		                     .key_path = serve->place.key,
		                     .addresses = addresses,
		                     .hosts = hosts,
		                     .socket_path = serve->place.socket,
		                     .version = serve->args->program->version,
		                     .dns = serve->has_dns ? &serve->dns : NULL,
		                     .log = agent_log(serve->agent) };
	int err = api_new(&cfg, &serve->api, why, sizeof(why));

	return err ? cli_fail(serve->args, "%s%s", why, err == -EADDRINUSE ? " (--http)" : "")
	           : CLI_OK;
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strncmp(address, "[::1]", 5) == 0;
}

static void say_where(const struct serve *serve)
{
	const char *address, *setup = api_one_time_url(serve->api);
	bool open = false;

	for (unsigned i = 0; (address = api_address(serve->api, i)); i++) {
		serve_log_say(&serve->log, "Listening at http://%s", address);
		open = open || !is_loopback(address);
	}
	if (open)
		serve_log_say(&serve->log,
		              "That can be reached from other machines, and HTTP is not encrypted: "
		              "put a server with TLS in front of it.");
	if (setup)
		serve_log_say(&serve->log,
		              "There is no login yet. Who opens this address makes the first one:\n"
		              "  %s",
		              setup);
}

static void say_start(const struct serve *serve)
{
	struct agent_count count = count_lines(serve);

	serve_log_say(&serve->log, "%s %s, %u %s to register; state in %s",
	              serve->args->program->name, serve->args->program->version, count.enabled,
	              count.enabled == 1 ? "line" : "lines", serve->place.folder);
	say_where(serve);
}

/* The agent comes first: it has the lock of the store, without which no socket is touched. */
static int set_up(struct serve *serve)
{
	const char *addresses[API_ADDRESSES_MAX + 1], *hosts[HOSTS_MAX + 1];
	int status = read_addresses(serve, addresses);

	if (!status)
		status = read_hosts(serve, hosts);
	if (!status)
		status = account_read_dns(serve->args, &serve->dns, &serve->has_dns);
	if (!status)
		status = place_make(serve->args, &serve->place);
	if (!status)
		status = open_notify(serve);
	if (!status)
		status = open_loop(serve);
	if (!status)
		status = open_agent(serve);
	if (!status)
		status = open_api(serve, addresses, hosts);
	return status ? status : agent_start(serve->agent);
}

static void tear_down(struct serve *serve)
{
	api_free(serve->api);
	agent_free(serve->agent);
	net_signal_free(serve->reload);
	for (unsigned i = 0; i < 2; i++)
		net_signal_free(serve->ends[i]);
	if (serve->net) {
		net_timer_free(serve->status_timer);
		net_timer_free(serve->watchdog_timer);
		net_free(serve->net);
	}
	notify_close(&serve->notify);
}

static int run(const struct cli_args *args)
{
	struct serve serve = { .args = args, .notify = { .fd = -1 } };
	int status = set_up(&serve);

	if (!status) {
		say_start(&serve);
		begin_notify(&serve);
		status = net_run(serve.net);
	}
	tear_down(&serve);
	return status;
}

const struct cli_command cli_serve = {
	.name = "serve",
	.brief = "the daemon: keeps the lines of all studios registered",
	.description =
		"Registers all lines of its settings and keeps them registered until it is ended, "
		"for years. Settings are changed while it runs: by lineup apply, line, server and "
		"import, by the page, and by the API; only the lines that differ are touched."
		"\n\n"
		"It needs no settings to start. What it must not lose (settings, with passwords "
		"encrypted, the state of every line, the history) is in one folder, and a second "
		"daemon on the same folder is refused. As long as there is no login, it prints an "
		"address at which the first one is made; lineup login add makes one, too."
		"\n\n"
		"The key for the passwords is the file \"key\" in that folder, made with it; keep "
		"a copy of it apart from copies of the rest. Under systemd the credential "
		"lineup.key (32 bytes) takes its place."
		"\n\n"
		"SIGTERM and Ctrl-C remove the registrations within seconds and end it, unless "
		"the settings say on-stop: keep; a second one ends it at once. SIGHUP looks for "
		"changed settings. Under systemd it speaks the protocol of services: ready, how "
		"many lines are registered, and a watchdog.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.secrecy = CLI_SECRET,
	.run = run,
};
