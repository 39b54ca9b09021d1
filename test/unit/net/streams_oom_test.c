/* streams_oom_test: there is memory for so many allocations and no more, for each such number in
 * turn, OpenSSL's own included: files are read, a connection is made, both ends say something. What
 * fails is an error or an end, nothing is left open, and the next connection works (attack K01). */
#include "house.h"

#include <dirent.h>
#include <errno.h>

#include "net/frames.h"
#include "oom.h"

/* OpenSSL's memory runs out with ours. */
static void *crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_realloc(p, n);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* The server answers the first message with one of its own. */
static bool exchange_is_over(struct world *world)
{
	struct side *server = &world->server;

	if (server->messages == 1 && server->stream && !server->opened) {
		server->opened = 1;
		if (net_stream_send(server->stream, SLICE(REGISTERS)) < 0)
			return true;
	}
	return world->client.closed || world->server.closed || world->client.messages == 1;
}

static bool opened_or_over(struct world *world)
{
	return world->client.opened || world->client.closed || world->server.closed;
}

/* Each of our own, which come first; of OpenSSL's thousands one in eleven. */
static uint64_t step(uint64_t n)
{
	return n < 64 ? 1 : 11;
}

/* Returns whether the answer came. */
static bool talk(struct world *world)
{
	struct net_stream_cfg cfg = { .to = *net_listener_local(world->listener),
		                      .tls = world->client_tls,
		                      .name = NAME };
	int r;

	world->client.opened = world->client.closed = world->client.messages = 0;
	world->server.opened = world->server.closed = world->server.messages = 0;
	world->client.n = world->server.n = 0;
	r = net_stream_connect(world->net, &cfg, &side_handler, &world->client,
	                       &world->client.stream);
	if (r < 0) {
		assert_int_equal(r, -ENOMEM);
		return false;
	}
	world_run(world, opened_or_over);
	if (world->client.opened && !world->client.closed) {
		r = net_stream_send(world->client.stream, SLICE(REGISTERS));
		assert_true(r == 0 || r == -ENOMEM || r == -ENOTCONN);
		if (r == 0)
			world_run(world, exchange_is_over);
	}
	return world->client.messages == 1;
}

static void hang_up(struct world *world)
{
	net_stream_close(world->client.stream);
	net_stream_close(world->server.stream);
	world->client.stream = world->server.stream = NULL;
}

static void walk(bool with_tls, uint64_t most)
{
	struct house house;
	struct world *world = &house.world;
	uint64_t n = 0, left = 0;
	unsigned files;

	house_open(&house, &(struct like){ 0 });
	if (with_tls) {
		trust(&house, false);
	} else {
		net_tls_free(world->server_tls);
		world->server_tls = NULL;
	}
	world_listen(world, "127.0.0.1");
	assert_true(talk(world)); /* what OpenSSL makes once is made */
	hang_up(world);
	files = open_files();
	do {
		bool answered;

		oom_after(n);
		answered = talk(world);
		left = oom_left;
		oom_off();
		hang_up(world);
		if (left)
			assert_true(answered);
		n += step(n);
		assert_in_range(n, 1, most);
	} while (!left);
	assert_true(talk(world));
	hang_up(world);
	assert_int_equal(open_files(), files);
	house_close(&house);
}

static void tcp_lives_without_memory(void **state)
{
	(void)state;
	walk(false, 100);
}

static void tls_lives_without_memory(void **state)
{
	(void)state;
	walk(true, 20000);
}

static void files_are_not_read_without_memory(void **state)
{
	char memory[300];
	struct house house;
	uint64_t n = 0;
	int r;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	do {
		struct net_tls_files files = { house.ca_file, house.cert_file, house.key_file };
		struct buf why = buf_over(memory, sizeof(memory));
		struct net_tls *tls;

		oom_after(n);
		r = net_tls_new(&files, &tls, &why);
		oom_off();
		/* OpenSSL does not always say that it was memory. */
		assert_true(r == 0 || r == -ENOMEM || r == -EINVAL);
		if (r == 0)
			net_tls_free(tls);
		n += step(n);
	} while (r < 0);
	house_close(&house);
}

static void what_is_left_over_is_lost_without_memory(void **state)
{
	static char shared[2 * NET_FRAMES_ROOM];
	struct net_frames frames = { 0 };
	struct slice message;
	char *place;

	(void)state;
	assert_int_equal(net_frames_lend(&frames, shared, sizeof(shared), &place), sizeof(shared));
	memcpy(place, REGISTERS, 20);
	net_frames_add(&frames, 20);
	assert_int_equal(net_frames_take(&frames, &message), NET_FRAME_NONE);
	oom_after(0);
	assert_int_equal(net_frames_keep(&frames), -ENOMEM);
	oom_off();
	assert_null(frames.bytes);
	assert_false(net_frames_partial(&frames));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_over_is_lost_without_memory),
		cmocka_unit_test(tcp_lives_without_memory),
		cmocka_unit_test(tls_lives_without_memory),
		cmocka_unit_test(files_are_not_read_without_memory),
	};

	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
