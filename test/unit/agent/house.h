/* agent/house.h: an agent with a store in a folder of its own, and what a test does with it. The
 * test is the control thread; it waits for conditions, a bounded time. Include after cmocka.h and
 * registrar.h. */
#ifndef LINEUP_TEST_AGENT_HOUSE_H
#define LINEUP_TEST_AGENT_HOUSE_H

#include <dirent.h>
#include <unistd.h>

#include "agent/agent.h"
#include "store/store.h"

#define HOUSE_PATIENCE_MS 120000 /* then a condition that has not come will not */
#define HOUSE_LOOK_MS     5

struct house {
	char folder[64], store_path[96], key_path[96];
	struct net *net;
	struct agent *agent;
	struct store *store; /* the test's own, of those who change settings */
	struct net_timer *look;
	bool (*is_true)(struct house *house);
	uint64_t until_ms;
	bool came, stopped;
	unsigned logged; /* events that the log was given */
	int64_t server, studio;
	struct registrar *registrar;
	int64_t what; /* for conditions */
	unsigned count;
	uint32_t granted_s;
};

/* ---- waiting */

static inline void house_on_look(void *ctx)
{
	struct house *house = ctx;
	uint64_t now_ms = net_now_ms(house->net);

	house->came = house->is_true(house);
	if (house->came || now_ms >= house->until_ms)
		net_stop(house->net);
	else
		net_timer_set(house->look, now_ms + HOUSE_LOOK_MS);
}

/* Runs the control thread until it is true. */
static inline bool house_wait(struct house *house, bool (*is_true)(struct house *house))
{
	house->is_true = is_true;
	house->came = false;
	house->until_ms = net_now_ms(house->net) + HOUSE_PATIENCE_MS;
	net_timer_set(house->look, net_now_ms(house->net));
	net_run(house->net);
	net_timer_set(house->look, NET_NEVER);
	return house->came;
}

/* ---- the agent */

static inline void house_on_log(void *ctx, const struct log_event *event)
{
	struct house *house = ctx;

	(void)event;
	house->logged++;
}

static inline struct log house_log(struct house *house)
{
	return (struct log){ LOG_LEVEL_INFO, house_on_log, house };
}

static inline void house_open_agent(struct house *house)
{
	char why[512] = "";
	struct agent_cfg cfg = { .net = house->net,
		                 .store_path = house->store_path,
		                 .key_path = house->key_path,
		                 .log = house_log(house),
		                 .shards = 2,
		                 .user_agent = "Lineup/test" };

	house->stopped = false;
	if (agent_new(&cfg, &house->agent, why, sizeof(why)) < 0)
		fail_msg("agent_new: %s", why);
}

static inline void house_open_store(struct house *house)
{
	char why[512] = "";
	struct store_cfg cfg = { .path = house->store_path,
		                 .key_path = house->key_path,
		                 .mode = STORE_SHARE };

	if (store_open(&cfg, &house->store, NULL, why, sizeof(why)) < 0)
		fail_msg("store_open: %s", why);
}

static inline void house_open(struct house *house, struct registrar *registrar)
{
	*house = (struct house){ .registrar = registrar };
	/* The disk is not what these tests are about, and thousands of edits wait for it. */
	snprintf(house->folder, sizeof(house->folder), "%s/lineup-agent-XXXXXX",
	         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(house->folder));
	snprintf(house->store_path, sizeof(house->store_path), "%s/lineup.db", house->folder);
	snprintf(house->key_path, sizeof(house->key_path), "%s/key", house->folder);
	assert_int_equal(net_new(&house->net), 0);
	assert_int_equal(net_timer_new(house->net, house_on_look, house, &house->look), 0);
	house_open_agent(house);
	house_open_store(house);
}

static inline void house_on_done(void *ctx)
{
	struct house *house = ctx;

	house->stopped = true;
}

static inline bool house_has_stopped(struct house *house)
{
	return house->stopped;
}

static inline void house_stop_agent(struct house *house)
{
	agent_stop(house->agent, house_on_done, house);
	assert_true(house_wait(house, house_has_stopped));
}

static inline void house_remove_folder(const struct house *house)
{
	DIR *folder = opendir(house->folder);
	const struct dirent *entry;
	char path[400];

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s", house->folder, entry->d_name);
		if (entry->d_name[0] != '.')
			assert_int_equal(unlink(path), 0);
	}
	closedir(folder);
	assert_int_equal(rmdir(house->folder), 0);
}

static inline void house_close(struct house *house)
{
	agent_free(house->agent);
	store_close(house->store);
	net_timer_free(house->look);
	net_free(house->net);
	house_remove_folder(house);
}

/* ---- settings */

static inline int64_t house_add_server(struct house *house, const char *name, uint32_t rate_per_s)
{
	struct store_server server = { .name = name,
		                       .domain = "127.0.0.1",
		                       .port = house->registrar->port,
		                       .transport = "udp",
		                       .expires_s = 3600,
		                       .rate_per_s = rate_per_s,
		                       .keepalive = "none",
		                       .srv = "default" };
	int64_t id;

	if (store_server_put(house->store, &server, &id) < 0)
		fail_msg("store_server_put: %s", store_error(house->store));
	return id;
}

static inline int64_t house_add_studio(struct house *house, const char *name)
{
	int64_t id;

	assert_int_equal(
		store_studio_put(house->store, &(struct store_studio){ .name = name }, &id), 0);
	return id;
}

/* Adds, or changes where id is not 0. password NULL: as it is, or none. */
static inline int64_t house_put_line(struct house *house, int64_t id, int64_t studio,
                                     uint32_t number, unsigned extension, const char *password,
                                     enum agent_up enabled)
{
	char text[16], name[32];
	struct store_line line = { .id = id,
		                   .studio = studio,
		                   .number = number,
		                   .name = name,
		                   .extension = text,
		                   .server = house->server,
		                   .password_is =
		                           password ? STORE_PASSWORD_SET : STORE_PASSWORD_LEAVE,
		                   .password = password,
		                   .enabled = enabled == AGENT_UP };

	snprintf(text, sizeof(text), "%u", extension);
	snprintf(name, sizeof(name), "Line %u", (unsigned)number);
	if (store_line_put(house->store, &line, &id) < 0)
		fail_msg("store_line_put: %s", store_error(house->store));
	return id;
}

/* count lines in the studio, extensions from REGISTRAR_FIRST on; line i + 1 has ids[i]. */
static inline void house_add_lines(struct house *house, unsigned count, int64_t ids[])
{
	assert_int_equal(store_begin(house->store), 0);
	for (unsigned i = 0; i < count; i++) {
		char password[32];

		registrar_password(REGISTRAR_FIRST + i, password);
		ids[i] = house_put_line(house, 0, house->studio, i + 1, REGISTRAR_FIRST + i,
		                        password, AGENT_UP);
	}
	assert_int_equal(store_commit(house->store), 0);
}

/* ---- looking */

static inline void house_take_line(void *ctx, const struct agent_line *line)
{
	*(struct agent_line *)ctx = *line;
}

static inline struct agent_line house_line(struct house *house, int64_t id)
{
	struct agent_line line = { 0 };

	assert_int_equal(agent_lines(house->agent, &(struct agent_filter){ .line = id, .limit = 1 },
	                             house_take_line, &line, NULL, NULL),
	                 0);
	return line;
}

static inline void house_ignore_line(void *ctx, const struct agent_line *line)
{
	(void)ctx;
	(void)line;
}

static inline struct agent_count house_count(struct house *house)
{
	struct agent_count count;

	assert_int_equal(agent_lines(house->agent, &(struct agent_filter){ 0 }, house_ignore_line,
	                             NULL, NULL, &count),
	                 0);
	return count;
}

/* house->count of them are up. */
static inline bool house_so_many_up(struct house *house)
{
	return house_count(house).up == house->count;
}

static inline bool house_up(struct house *house, unsigned count)
{
	house->count = count;
	return house_wait(house, house_so_many_up);
}

#endif
