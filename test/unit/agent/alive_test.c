/* alive_test.c: what the agent knows of itself: whether its shards go on, for a watchdog, and what
 * became of a store that was damaged (attack I04). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "registrar.h"

#include "agent/own.h"
#include "house.h"

#define LOOKS 20

static bool turns(struct house *house)
{
	return agent_turns(house->agent);
}

/* For so many looks behind each other. */
static bool stands_still(struct house *house)
{
	assert_false(agent_turns(house->agent));
	return ++house->count == LOOKS;
}

static void a_shard_that_stands_still_is_seen(void **state)
{
	struct registrar registrar;
	struct house house;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	for (uint32_t i = 0; i < house.agent->worker_count; i++) {
		struct agent_worker *worker = &house.agent->workers[i];

		assert_true(house_wait(&house, turns));
		/* Its loop comes to this lock, and no further; the other shard goes on. */
		pthread_mutex_lock(&worker->inbox_lock);
		net_async_send(worker->bell);
		while (atomic_load(&worker->answered) == atomic_load(&worker->asked) &&
		       agent_turns(house.agent))
			continue;
		house.count = 0;
		assert_true(house_wait(&house, stands_still));
		pthread_mutex_unlock(&worker->inbox_lock);
		assert_true(house_wait(&house, turns));
		assert_true(house_wait(&house, turns));
	}
	house_close(&house);
	registrar_end(&registrar);
}

static int keep_text(void *ctx, const struct agent_event *event)
{
	struct buf *said = ctx;

	buf_str(said, event->text);
	buf_char(said, '\n');
	return 0;
}

static void a_damaged_store_is_said_and_kept(void **state)
{
	char memory[4096], *aside;
	struct buf said = buf_over(memory, sizeof(memory));
	struct registrar registrar;
	struct house house;
	struct stat about;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	store_close(house.store);
	agent_free(house.agent);
	int fd = open(house.store_path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "no database", 11), 11);
	close(fd);
	house_open_agent(&house);
	house_open_store(&house);
	assert_int_equal(agent_events(house.agent,
	                              &(struct agent_event_filter){ .limit = UINT32_MAX },
	                              keep_text, &said),
	                 0);
	assert_int_equal(buf_end(&said), 0);
	assert_true(house.logged > 0);
	assert_non_null(strstr(memory, "was damaged"));
	/* Where it says that it is, it is. */
	aside = strstr(memory, "set aside as ");
	assert_non_null(aside);
	aside += strlen("set aside as ");
	aside[strcspn(aside, ",")] = '\0';
	assert_int_equal(stat(aside, &about), 0);
	assert_int_equal(about.st_size, 11);
	house_close(&house);
	registrar_end(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shard_that_stands_still_is_seen),
		cmocka_unit_test(a_damaged_store_is_said_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
