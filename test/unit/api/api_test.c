/* The whole, with a store and an agent: how it begins, what keeps it from it, how it ends. What it
 * answers is tested from outside, in test/peer/api_*.py. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "api/api.h"
#include "net/net.h"
#include "store/store.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct house {
	char folder[64], store_path[96], key_path[96], socket_path[96];
	struct net *net;
	struct agent *agent;
	struct api *api;
	char why[512];
};

static int open_house(void **state)
{
	struct house *house = calloc(1, sizeof(*house));
	struct agent_cfg cfg = { .shards = 1, .user_agent = "Lineup/test" };

	assert_non_null(house);
	snprintf(house->folder, sizeof(house->folder), "%s/lineup-api-XXXXXX",
	         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(house->folder));
	snprintf(house->store_path, sizeof(house->store_path), "%s/lineup.db", house->folder);
	snprintf(house->key_path, sizeof(house->key_path), "%s/key", house->folder);
	snprintf(house->socket_path, sizeof(house->socket_path), "%s/sock", house->folder);
	assert_int_equal(net_new(&house->net), 0);
	cfg.net = house->net;
	cfg.store_path = house->store_path;
	cfg.key_path = house->key_path;
	assert_int_equal(agent_new(&cfg, &house->agent, house->why, sizeof(house->why)), 0);
	*state = house;
	return 0;
}

static int close_house(void **state)
{
	struct house *house = *state;
	const struct dirent *entry;
	char path[400];
	DIR *folder;

	api_free(house->api);
	agent_free(house->agent);
	net_free(house->net);
	folder = opendir(house->folder);
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s", house->folder, entry->d_name);
		if (entry->d_name[0] != '.')
			assert_int_equal(unlink(path), 0);
	}
	closedir(folder);
	assert_int_equal(rmdir(house->folder), 0);
	free(house);
	return 0;
}

static struct api_cfg cfg_of(struct house *house, const char *const *addresses)
{
	return (struct api_cfg){ .agent = house->agent,
		                 .store_path = house->store_path,
		                 .key_path = house->key_path,
		                 .addresses = addresses,
		                 .version = "1.2.3" };
}

static int begin(struct house *house, const struct api_cfg *cfg)
{
	return api_new(cfg, &house->api, house->why, sizeof(house->why));
}

/* ---- a client */

static int connect_to(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const char *colon = strrchr(address, ':');
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_non_null(colon);
	to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void get(const char *address, const char *path, char *answer, size_t cap)
{
	char request[256];
	int n = snprintf(request, sizeof(request),
	                 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	int fd = connect_to(address);
	size_t got = 0;
	ssize_t r;

	assert_int_equal(send(fd, request, (size_t)n, 0), n);
	while (got + 1 < cap && (r = recv(fd, answer + got, cap - 1 - got, 0)) > 0)
		got += (size_t)r;
	answer[got] = '\0';
	close(fd);
}

/* ---- tests */

static void it_listens_where_it_is_told_and_nowhere_else(void **state)
{
	struct house *house = *state;
	const char *const addresses[] = { "127.0.0.1:0", "localhost:0", NULL };
	struct api_cfg cfg = cfg_of(house, addresses);
	struct stat about;
	char answer[4096];

	cfg.socket_path = house->socket_path;
	if (begin(house, &cfg) < 0)
		fail_msg("%s", house->why);
	assert_int_equal(strncmp(api_address(house->api, 0), "127.0.0.1:", 10), 0);
	assert_int_equal(strncmp(api_address(house->api, 1), "127.0.0.1:", 10), 0);
	assert_string_not_equal(api_address(house->api, 0), api_address(house->api, 1));
	assert_null(api_address(house->api, 2));
	assert_int_equal(stat(house->socket_path, &about), 0);
	assert_true(S_ISSOCK(about.st_mode));
	assert_int_equal(about.st_mode & 0777, 0600);
	for (unsigned i = 0; i < 2; i++) {
		get(api_address(house->api, i), "/healthz", answer, sizeof(answer));
		assert_non_null(strstr(answer, "200 OK"));
		get(api_address(house->api, i), "/api/v1/status", answer, sizeof(answer));
		assert_non_null(strstr(answer, "401 Unauthorized"));
	}
	api_free(house->api);
	house->api = NULL;
	assert_int_equal(stat(house->socket_path, &about), -1);
}

static void without_an_address_there_is_the_socket_alone(void **state)
{
	struct house *house = *state;
	struct api_cfg cfg = cfg_of(house, NULL);

	cfg.socket_path = house->socket_path;
	assert_int_equal(begin(house, &cfg), 0);
	assert_null(api_address(house->api, 0));
	assert_null(api_one_time_url(house->api));
}

static void the_one_time_address_is_a_new_one_at_each_start(void **state)
{
	struct house *house = *state;
	const char *const addresses[] = { "127.0.0.1:0", NULL };
	const struct api_cfg cfg = cfg_of(house, addresses);
	char first[200];

	assert_int_equal(begin(house, &cfg), 0);
	snprintf(first, sizeof(first), "%s", strchr(api_one_time_url(house->api), '#'));
	assert_int_equal(strlen(first), 7 + 64);
	api_free(house->api);
	assert_int_equal(begin(house, &cfg), 0);
	assert_string_not_equal(strchr(api_one_time_url(house->api), '#'), first);
}

static void the_one_time_address_can_be_gone_to(void **state)
{
	struct house *house = *state;
	const char *const addresses[] = { "0.0.0.0:0", NULL };
	const struct api_cfg cfg = cfg_of(house, addresses);

	assert_int_equal(begin(house, &cfg), 0);
	assert_int_equal(strncmp(api_one_time_url(house->api), "http://localhost:", 17), 0);
}

static void where_there_is_a_login_there_is_no_one_time_address(void **state)
{
	struct house *house = *state;
	const char *const addresses[] = { "127.0.0.1:0", NULL };
	const struct api_cfg cfg = cfg_of(house, addresses);
	const struct store_cfg store_cfg = { .path = house->store_path,
		                             .key_path = house->key_path,
		                             .mode = STORE_SHARE };
	const struct store_login login = { .name = "anna",
		                           .password_hash = "x",
		                           .role = STORE_VIEWER };
	struct store_found found;
	struct store *store;

	assert_int_equal(store_open(&store_cfg, &store, &found, house->why, sizeof(house->why)), 0);
	assert_int_equal(store_login_put(store, &login, NULL), 0);
	store_close(store);
	assert_int_equal(begin(house, &cfg), 0);
	assert_null(api_one_time_url(house->api));
}

static void an_address_that_is_none_is_said(void **state)
{
	static const char *const bad[] = {
		"",
		"8080",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:x",
		"host:8080",
		"127.0.0.1:65536",
		"[::1]",
		"127.0.0.1:80:80",
		":8080",
		"1.2.3.4.5:1",
		"[::1]x:1",
		"*:8080",
		"127.0.0.1:-1",
		"http://127.0.0.1:80",
	};
	struct house *house = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *const addresses[] = { bad[i], NULL };
		const struct api_cfg cfg = cfg_of(house, addresses);

		if (begin(house, &cfg) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_non_null(strstr(house->why, "127.0.0.1:8080"));
	}
}

static void an_address_in_use_is_said(void **state)
{
	struct house *house = *state;
	const char *addresses[] = { "127.0.0.1:0", NULL, NULL };
	struct api_cfg cfg = cfg_of(house, addresses);
	struct api *other = NULL;

	assert_int_equal(begin(house, &cfg), 0);
	addresses[0] = "127.0.0.1:0"; /* what was opened before is closed again */
	addresses[1] = api_address(house->api, 0);
	assert_int_equal(api_new(&cfg, &other, house->why, sizeof(house->why)), -EADDRINUSE);
	assert_null(other);
	assert_non_null(strstr(house->why, api_address(house->api, 0)));
	assert_non_null(strstr(house->why, "in use"));
}

static void there_are_at_most_so_many_addresses(void **state)
{
	struct house *house = *state;
	const char *addresses[API_ADDRESSES_MAX + 2] = { NULL };
	const struct api_cfg cfg = cfg_of(house, addresses);

	for (size_t i = 0; i <= API_ADDRESSES_MAX; i++)
		addresses[i] = "127.0.0.1:0";
	assert_int_equal(begin(house, &cfg), -EINVAL);
	addresses[API_ADDRESSES_MAX] = NULL;
	assert_int_equal(begin(house, &cfg), 0);
	assert_non_null(api_address(house->api, API_ADDRESSES_MAX - 1));
}

static void a_socket_that_cannot_be_is_said(void **state)
{
	struct house *house = *state;
	struct api_cfg cfg = cfg_of(house, NULL);
	char path[200];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	cfg.socket_path = path;
	assert_int_equal(begin(house, &cfg), -EINVAL);
	assert_non_null(strstr(house->why, "longer than 107"));
	cfg.socket_path = "/nonexistent/sock";
	assert_int_equal(begin(house, &cfg), -ENOENT);
	assert_non_null(strstr(house->why, "/nonexistent/sock"));
}

static void what_an_earlier_process_left_is_replaced(void **state)
{
	struct house *house = *state;
	struct api_cfg cfg = cfg_of(house, NULL);
	FILE *file = fopen(house->socket_path, "w");

	assert_non_null(file);
	fclose(file);
	cfg.socket_path = house->socket_path;
	assert_int_equal(begin(house, &cfg), 0);
}

static void a_store_that_is_not_there_is_said(void **state)
{
	struct house *house = *state;
	const char *const addresses[] = { "127.0.0.1:0", NULL };
	struct api_cfg cfg = cfg_of(house, addresses);

	cfg.store_path = "/nonexistent/lineup.db";
	house->why[0] = '\0';
	assert_true(begin(house, &cfg) < 0);
	assert_int_not_equal(house->why[0], '\0');
}

static void it_ends_with_clients_that_wait(void **state)
{
	struct house *house = *state;
	const char *const addresses[] = { "127.0.0.1:0", NULL };
	const struct api_cfg cfg = cfg_of(house, addresses);
	int clients[20];
	char byte;

	assert_int_equal(begin(house, &cfg), 0);
	for (size_t i = 0; i < COUNT(clients); i++) {
		clients[i] = connect_to(api_address(house->api, 0));
		assert_true(send(clients[i], "GET /", i % 6, 0) >= 0);
	}
	api_free(house->api);
	house->api = NULL;
	for (size_t i = 0; i < COUNT(clients); i++) {
		assert_true(recv(clients[i], &byte, 1, 0) <= 0);
		close(clients[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_listens_where_it_is_told_and_nowhere_else),
		TEST(without_an_address_there_is_the_socket_alone),
		TEST(the_one_time_address_is_a_new_one_at_each_start),
		TEST(the_one_time_address_can_be_gone_to),
		TEST(where_there_is_a_login_there_is_no_one_time_address),
		TEST(an_address_that_is_none_is_said),
		TEST(an_address_in_use_is_said),
		TEST(there_are_at_most_so_many_addresses),
		TEST(a_socket_that_cannot_be_is_said),
		TEST(what_an_earlier_process_left_is_replaced),
		TEST(a_store_that_is_not_there_is_said),
		TEST(it_ends_with_clients_that_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
