/* api/api.c: the whole, and its thread. */
#include "api/api.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/own.h"

void api_note(struct api *api, enum log_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	const struct log_event event = { .kind = LOG_NOTE,
		                         .level = level,
		                         .wall_ms = net_wall_ms(api->net),
		                         .text = slice_str(text) };
	log_emit(&api->log, &event);
}

/* ---- the thread */

static void on_bell(void *ctx)
{
	struct api *api = ctx;

	api_workers_collect(api);
	if (atomic_load(&api->ends))
		net_stop(api->net);
	else
		api_http_pump(api);
}

static void on_pump(void *ctx)
{
	api_http_pump(ctx);
}

static void *run(void *ctx)
{
	struct api *api = ctx;

	api_http_pump(api);
	net_run(api->net);
	return NULL;
}

/* Signals are for the thread that started us. */
static int start_threads(struct api *api, char *reterr, size_t cap)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = api_workers_start(api, reterr, cap);
	if (!err) {
		err = -pthread_create(&api->thread, NULL, run, api);
		api->running = !err;
		if (err)
			snprintf(reterr, cap, "no thread can be started: %s", strerror(-err));
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* ---- making it */

static int copy_text(const char *text, char **ret_copy)
{
	*ret_copy = text ? strdup(text) : NULL;
	return text && !*ret_copy ? -ENOMEM : 0;
}

static int copy_hosts(struct api *api, const char *const *hosts)
{
	size_t n = 0;

	while (hosts && hosts[n])
		n++;
	api->hosts = calloc(n + 1, sizeof(*api->hosts));
	if (!api->hosts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (copy_text(hosts[i], &api->hosts[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int copy_cfg(struct api *api, const struct api_cfg *cfg)
{
	int err = copy_text(cfg->version, &api->version);

	if (cfg->dns)
		api->dns = *cfg->dns;
	api->agent = cfg->agent;
	api->log = cfg->log;
	if (!err)
		err = copy_text(cfg->store_path, &api->store_path);
	if (!err)
		err = copy_text(cfg->key_path, &api->key_path);
	return err ? err : copy_hosts(api, cfg->hosts);
}

static int open_loop(struct api *api)
{
	int err = net_new(&api->net);

	if (!err)
		api->started_ms = net_wall_ms(api->net);
	if (!err)
		err = net_async_new(api->net, on_bell, api, &api->bell);
	if (!err)
		err = net_timer_new(api->net, on_pump, api, &api->pump);
	if (!err)
		err = net_timer_new(api->net, api_conn_sweep, api, &api->sweep);
	if (!err)
		err = net_timer_new(api->net, api_streams_look, api, &api->look);
	return err ? err : api_checks_new(api, &api->checks);
}

static int open_store(struct api *api, char *reterr, size_t cap)
{
	const struct store_cfg cfg = { .path = api->store_path,
		                       .key_path = api->key_path,
		                       .mode = STORE_SHARE };
	struct store_found found;

	return store_open(&cfg, &api->store, &found, reterr, cap);
}

/* "localhost:8080" where it listens at all addresses, which is no address to go to. */
static int write_one_time_url(struct api *api)
{
	const char *bound = api->listeners[0].bound;
	const char *colon = strrchr(bound, ':');
	bool any = strncmp(bound, "0.0.0.0:", 8) == 0 || strncmp(bound, "[::]:", 5) == 0;
	size_t n = strlen(bound) + sizeof(api->one_time) + 32;

	api->one_time_url = malloc(n);
	if (!api->one_time_url)
		return -ENOMEM;
	/* Behind "#" no browser sends it anywhere. */
	snprintf(api->one_time_url, n, "http://%s%s/#setup=%s", any ? "localhost" : "",
	         any ? colon : bound, api->one_time);
	return 0;
}

/* As long as nobody can log in. */
static int make_one_time(struct api *api)
{
	uint8_t chance[API_TOKEN_BYTES];
	uint32_t logins, admins;
	int err = api_access_count(api->store, &logins, &admins);

	if (err || logins || !*api->listeners[0].bound)
		return err;
	err = net_random(api->net, chance, sizeof(chance));
	if (err)
		return err;
	api_secret_token(chance, api->one_time);
	explicit_bzero(chance, sizeof(chance));
	return write_one_time_url(api);
}

static void name_cookie(struct api *api)
{
	const char *colon = strrchr(api->listeners[0].bound, ':');

	/* Browsers give cookies to all ports of a host: two daemons need two names. */
	snprintf(api->cookie, sizeof(api->cookie), "lineup-%s", colon ? colon + 1 : "0");
}

static int open_all(struct api *api, const struct api_cfg *cfg, char *reterr, size_t cap)
{
	int err = copy_cfg(api, cfg);

	if (!err)
		err = open_loop(api);
	if (err) {
		snprintf(reterr, cap, "%s", strerror(-err));
		return err;
	}
	err = open_store(api, reterr, cap);
	if (!err)
		err = api_http_listen(api, cfg, reterr, cap);
	if (!err && copy_text(cfg->socket_path, &api->socket_path) < 0)
		err = -ENOMEM;
	if (err)
		return err;
	name_cookie(api);
	err = make_one_time(api);
	if (!err)
		err = api_http_start(api);
	if (err) {
		snprintf(reterr, cap, "%s", strerror(-err));
		return err;
	}
	return start_threads(api, reterr, cap);
}

int api_new(const struct api_cfg *cfg, struct api **ret_api, char *reterr, size_t reterr_cap)
{
	struct api *api = calloc(1, sizeof(*api));
	int err;

	if (!api) {
		snprintf(reterr, reterr_cap, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	pthread_mutex_init(&api->workers.lock, NULL);
	pthread_cond_init(&api->workers.more, NULL);
	api->workers.last = &api->workers.first;
	err = open_all(api, cfg, reterr, reterr_cap);
	if (err) {
		api_free(api);
		return err;
	}
	*ret_api = api;
	return 0;
}

/* ---- and ending it */

static void close_loop(struct api *api)
{
	if (!api->net)
		return;
	api_checks_free(api->checks);
	api_streams_end(api);
	api_workers_stop(api);
	api_http_stop(api);
	net_timer_free(api->pump);
	net_timer_free(api->sweep);
	net_timer_free(api->look);
	net_async_free(api->bell);
	net_free(api->net);
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	if (api->running) {
		atomic_store(&api->ends, true);
		net_async_send(api->bell);
		pthread_join(api->thread, NULL);
	}
	close_loop(api);
	store_close(api->store);
	if (api->socket_path)
		unlink(api->socket_path);
	for (size_t i = 0; api->hosts && api->hosts[i]; i++)
		free(api->hosts[i]);
	free(api->hosts);
	free(api->version);
	free(api->store_path);
	free(api->key_path);
	free(api->socket_path);
	wipe(api->one_time_url);
	explicit_bzero(api->one_time, sizeof(api->one_time));
	pthread_cond_destroy(&api->workers.more);
	pthread_mutex_destroy(&api->workers.lock);
	free(api);
}

const char *api_address(const struct api *api, unsigned index)
{
	if (index >= api->listener_count || api->listeners[index].local)
		return NULL;
	return api->listeners[index].bound;
}

const char *api_one_time_url(const struct api *api)
{
	return api->one_time_url;
}
