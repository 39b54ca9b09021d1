/* bench/million_store.c: the store of bench_million. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "measure.h"
#include "million.h"
#include "net/net.h"
#include "store/store.h"

#define STUDIO_LINES 1000
#define SERVERS      3   /* of one address, so that nothing else is sent than to one */
#define OFF_EACH     200 /* lines: one more behind them is switched off */

static void must(struct store *store, int r)
{
	if (r < 0)
		measure_die(store_error(store), r);
}

static void add_servers(struct store *store, const char *address, int64_t ret_ids[SERVERS])
{
	struct net_addr addr = measure_addr(address);
	char host[NET_ADDR_TEXT_MAX], name[16];
	struct buf text = buf_over(host, sizeof(host));
	struct store_server server = { .name = name,
		                       .domain = host,
		                       .port = net_addr_port(&addr),
		                       .transport = "udp",
		                       .expires_s = STORE_EXPIRES_S,
		                       .keepalive = "none",
		                       .srv = "default" };

	net_addr_show_host(&addr, &text);
	buf_end(&text);
	for (unsigned i = 0; i < SERVERS; i++) {
		snprintf(name, sizeof(name), "Server %u", i + 1);
		must(store, store_server_put(store, &server, &ret_ids[i]));
	}
}

/* By turns, so that no part of the list is of one server: the first has two of three lines. */
static int64_t server_of(const int64_t servers[SERVERS], uint32_t i)
{
	return servers[i % 3 ? 0 : 1 + i / 3 % 2];
}

/* It is in nothing that is sent. */
static void add_line_off(struct store *store, struct store_line line)
{
	line.number += STUDIO_LINES;
	line.enabled = false;
	must(store, store_line_put(store, &line, NULL));
}

static void add_lines(struct store *store, const int64_t servers[SERVERS], uint32_t count)
{
	int64_t studio = 0;
	char text[32], name[32];
	struct measure_login login;

	for (uint32_t i = 0; i < count; i++) {
		struct store_line line = { .number = i % STUDIO_LINES + 1,
			                   .name = name,
			                   .extension = text,
			                   .auth_user = login.auth_user,
			                   .password_is = STORE_PASSWORD_SET,
			                   .password = login.password,
			                   .server = server_of(servers, i),
			                   .enabled = true };

		if (i % STUDIO_LINES == 0) {
			struct store_studio row = { .name = text };

			snprintf(text, sizeof(text), "Studio %" PRIu32, i / STUDIO_LINES + 1);
			must(store, store_studio_put(store, &row, &studio));
		}
		line.studio = studio;
		snprintf(text, sizeof(text), "%07" PRIu32, 1000000 + i);
		snprintf(name, sizeof(name), "Reporter line %07" PRIu32, i);
		measure_login(text, &login);
		must(store, store_line_put(store, &line, NULL));
		if (i % OFF_EACH == 0)
			add_line_off(store, line);
	}
}

/* A daemon that ends leaves the bindings, as on an update of it. */
static void keep_on_stop(struct store *store)
{
	struct store_general general;

	must(store, store_general_get(store, &general));
	general.on_stop = STORE_ON_STOP_KEEP;
	must(store, store_general_set(store, &general));
}

static struct store *open_store(const char *path, const char *key_path)
{
	char why[512] = "";
	struct store_cfg cfg = { .path = path, .key_path = key_path, .mode = STORE_OWN };
	struct store *store;

	if (store_open(&cfg, &store, NULL, why, sizeof(why)) < 0)
		measure_die(why, EIO);
	return store;
}

int64_t million_fill(const char *path, const char *key_path, const char *address, uint32_t lines)
{
	struct store *store = open_store(path, key_path);
	int64_t servers[SERVERS];

	must(store, store_begin(store));
	add_servers(store, address, servers);
	add_lines(store, servers, lines);
	keep_on_stop(store);
	must(store, store_commit(store));
	store_close(store);
	return servers[1];
}

static int count_state(void *ctx, const struct store_state *state)
{
	uint32_t *n = ctx;

	*n += state->cseq_block && state->bound_until_ms;
	return 0;
}

uint32_t million_states(const char *path, const char *key_path)
{
	struct store *store = open_store(path, key_path);
	uint32_t n = 0;

	must(store, store_states(store, count_state, &n));
	store_close(store);
	return n;
}
