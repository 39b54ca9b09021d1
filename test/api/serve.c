/* test/api/serve.c: the agent and the API and nothing else, for tests that come over the network.
 * Usage: api-serve FOLDER [ADDRESS [HOST]]. The store, its key and the socket stand in FOLDER. It
 * says on its output where it listens, a line each, then "ready", and ends with SIGTERM. */
#include <signal.h>
#include <stdio.h>

#include "agent/agent.h"
#include "api/api.h"
#include "net/net.h"

struct serve {
	struct net *net;
	struct agent *agent;
	struct api *api;
	struct net_signal *signal;
	char store_path[512], key_path[512], socket_path[512];
};

static void on_log(void *ctx, const struct log_event *event)
{
	char memory[4200];
	struct buf line = buf_over(memory, sizeof(memory));

	(void)ctx;
	log_write(LOG_LOGFMT, event, &line);
	fprintf(stderr, "%.*s\n", (int)line.n, line.p);
}

static void on_stopped(void *ctx)
{
	struct serve *serve = ctx;

	net_stop(serve->net);
}

static void on_signal(void *ctx, int signo)
{
	struct serve *serve = ctx;

	(void)signo;
	agent_stop(serve->agent, on_stopped, serve);
}

static int open_api(struct serve *serve, char **argv, int argc, char *why, size_t cap)
{
	const char *addresses[] = { argc > 2 ? argv[2] : "127.0.0.1:0", NULL };
	const char *hosts[] = { argc > 3 ? argv[3] : NULL, NULL };
	const struct api_cfg cfg = { .agent = serve->agent,
		                     .store_path = serve->store_path,
		                     .key_path = serve->key_path,
		                     .addresses = addresses,
		                     .hosts = hosts,
		                     .socket_path = serve->socket_path,
		                     .version = "0.0.0-test",
		                     .log = { LOG_LEVEL_INFO, on_log, NULL } };
	int r = api_new(&cfg, &serve->api, why, cap);

	if (r < 0)
		return r;
	printf("http %s\n", api_address(serve->api, 0));
	printf("socket %s\n", serve->socket_path);
	if (api_one_time_url(serve->api))
		printf("url %s\n", api_one_time_url(serve->api));
	printf("ready\n");
	fflush(stdout);
	return 0;
}

static int open_all(struct serve *serve, char **argv, int argc, char *why, size_t cap)
{
	struct agent_cfg cfg = { .store_path = serve->store_path,
		                 .key_path = serve->key_path,
		                 .log = { LOG_LEVEL_WARN, on_log, NULL },
		                 .shards = 1,
		                 .user_agent = "Lineup/test" };
	int r = net_new(&serve->net);

	if (r < 0)
		return r;
	cfg.net = serve->net;
	r = net_signal_new(serve->net, SIGTERM, on_signal, serve, &serve->signal);
	if (r == 0)
		r = agent_new(&cfg, &serve->agent, why, cap);
	if (r == 0)
		r = agent_start(serve->agent);
	return r < 0 ? r : open_api(serve, argv, argc, why, cap);
}

int main(int argc, char **argv)
{
	struct serve serve = { .net = NULL };
	char why[512] = "out of memory";
	const char *folder = argc > 1 ? argv[1] : ".";
	int r;

	snprintf(serve.store_path, sizeof(serve.store_path), "%s/lineup.db", folder);
	snprintf(serve.key_path, sizeof(serve.key_path), "%s/key", folder);
	snprintf(serve.socket_path, sizeof(serve.socket_path), "%s/lineup.sock", folder);
	r = open_all(&serve, argv, argc, why, sizeof(why));
	if (r < 0) {
		fprintf(stderr, "api-serve: %s\n", why);
		return 1;
	}
	net_run(serve.net);
	api_free(serve.api);
	agent_free(serve.agent);
	net_signal_free(serve.signal);
	net_free(serve.net);
	return 0;
}
