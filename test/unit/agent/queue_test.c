/* queue_test.c: the queues between the control thread and a shard: order, bounds, what is never
 * lost.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "agent/own.h"

#define ACCOUNTS 8
#define ROUNDS   20000

struct scene {
	struct agent agent;
	struct agent_worker worker;
	struct agent_account accounts[ACCOUNTS];
	unsigned rings;
};

static void on_bell(void *ctx)
{
	((struct scene *)ctx)->rings++;
}

/* What a shard's loop does at the end of its turn is done by hand here. */
static void on_due(void *ctx)
{
	(void)ctx;
}

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene || net_new(&scene->agent.net) < 0 ||
	    net_async_new(scene->agent.net, on_bell, scene, &scene->agent.bell) < 0)
		return -1;
	scene->worker.agent = &scene->agent;
	scene->worker.bell = scene->agent.bell;
	scene->worker.inbox_end = &scene->worker.inbox;
	scene->worker.net = scene->agent.net;
	pthread_mutex_init(&scene->worker.inbox_lock, NULL);
	if (agent_outbox_init(&scene->worker, scene->agent.net, on_due, scene) < 0)
		return -1;
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	agent_post_done(&scene->worker.post);
	agent_outbox_done(&scene->worker);
	net_async_free(scene->agent.bell);
	net_free(scene->agent.net);
	free(scene);
	return 0;
}

static void take(struct agent_worker *worker)
{
	agent_outbox_publish(worker);
	agent_outbox_take(worker, &worker->post);
}

/* Bytes that wait. */
static size_t waiting(const struct scene *scene)
{
	return scene->worker.outbox.own.n + scene->worker.outbox.out.n;
}

static void put(struct scene *scene, enum agent_record_kind kind, uint32_t number, size_t length)
{
	static char text[4 * AGENT_EVENT_TEXT];
	const struct slice texts[AGENT_RECORD_TEXTS] = { SLICE("reason"), SLICE_NONE,
		                                         slice_of(text, length), SLICE("") };

	memset(text, 'x', sizeof(text));
	agent_outbox_put(&scene->worker,
	                 &(struct agent_record){
				 .kind = kind, .account = &scene->accounts[0], .cseq = number },
	                 texts);
}

/* Walks what was taken; each record must have all its texts. Returns how many there are. */
static unsigned walk(struct scene *scene, uint32_t first)
{
	const struct agent_record *record;
	unsigned n = 0;

	for (; (record = agent_posts_next(&scene->worker, 1)); n++) {
		assert_int_equal(record->cseq, first + n);
		assert_true(slice_equal(agent_record_text(record, 0), SLICE("reason")));
		assert_false(slice_present(agent_record_text(record, 1)));
		assert_true(agent_record_text(record, 2).n <= AGENT_EVENT_TEXT);
		assert_true(slice_present(agent_record_text(record, 3)));
		assert_int_equal(agent_record_text(record, 3).n, 0);
	}
	return n;
}

static void records_come_in_their_order_with_their_texts(void **state)
{
	struct scene *scene = *state;

	for (uint32_t round = 0; round < 10; round++) {
		for (uint32_t i = 0; i < 100; i++)
			put(scene, AGENT_RECORD_LOG, round * 100 + i, i * 20);
		take(&scene->worker);
		assert_int_equal(walk(scene, round * 100), 100);
		assert_int_equal(scene->worker.post.lost, 0);
	}
	take(&scene->worker);
	assert_int_equal(walk(scene, 0), 0);
}

static void put_at(struct agent_worker *worker, uint32_t number, int64_t at_ms)
{
	static const struct slice texts[AGENT_RECORD_TEXTS];

	agent_outbox_put(
		worker,
		&(struct agent_record){ .kind = AGENT_RECORD_LOG, .cseq = number, .at_ms = at_ms },
		texts);
}

static void what_shards_tell_is_read_in_the_order_of_time(void **state)
{
	/* As each of them has put them in: the second one's clock was set back once. */
	static const int64_t times[3][4] = { { 10, 20, 20, 50 }, { 5, 30, 15, 60 }, { 20 } };
	static const unsigned counts[] = { 4, 4, 1 };
	static const uint32_t order[] = { 100, 0, 1, 2, 200, 101, 102, 3, 103 };
	struct agent_worker workers[3] = { 0 };
	struct scene *scene = *state;

	for (unsigned i = 0; i < 3; i++) {
		workers[i].agent = &scene->agent;
		workers[i].net = scene->agent.net;
		assert_int_equal(agent_outbox_init(&workers[i], scene->agent.net, on_due, scene),
		                 0);
		for (unsigned n = 0; n < counts[i]; n++)
			put_at(&workers[i], 100 * i + n, times[i][n]);
		take(&workers[i]);
	}
	for (unsigned n = 0; n < sizeof(order) / sizeof(*order); n++)
		assert_int_equal(agent_posts_next(workers, 3)->cseq, order[n]);
	assert_null(agent_posts_next(workers, 3));
	for (unsigned i = 0; i < 3; i++) {
		agent_post_done(&workers[i].post);
		agent_outbox_done(&workers[i]);
	}
}

static void too_much_talk_is_dropped_and_counted_and_states_still_fit(void **state)
{
	struct scene *scene = *state;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		put(scene, AGENT_RECORD_STEP, i, 1000);
		if (i == 100) /* what is published and what is not count together */
			agent_outbox_publish(&scene->worker);
	}
	assert_true(waiting(scene) <= AGENT_OUTBOX_TALK);
	kept = ROUNDS - (uint32_t)scene->worker.outbox.own.lost;
	assert_in_range(kept, AGENT_OUTBOX_TALK / 2000, ROUNDS - 1);
	put(scene, AGENT_RECORD_STATE, kept, 1000);
	assert_int_equal(scene->worker.outbox.own.lost, ROUNDS - kept);
	for (uint32_t i = 0; i < ROUNDS; i++)
		put(scene, AGENT_RECORD_END, kept + 1 + i, 1000);
	assert_true(waiting(scene) <= AGENT_OUTBOX_MAX);
	take(&scene->worker);
	assert_true(walk(scene, 0) > kept + 1);
	assert_true(scene->worker.post.lost > ROUNDS - kept);
}

static void news_of_an_account_come_once_with_all_its_marks(void **state)
{
	struct scene *scene = *state;
	unsigned news;

	agent_outbox_tell(&scene->worker, &scene->accounts[3], AGENT_NEWS_CHANGED);
	agent_outbox_tell(&scene->worker, &scene->accounts[1], AGENT_NEWS_CSEQ);
	agent_outbox_tell(&scene->worker, &scene->accounts[3], AGENT_NEWS_GONE);
	take(&scene->worker);
	/* What comes meanwhile belongs to the list that was taken, or to the next. */
	agent_outbox_tell(&scene->worker, &scene->accounts[1], AGENT_NEWS_CHANGED);
	assert_ptr_equal(agent_post_news(&scene->worker.post, &news), &scene->accounts[3]);
	assert_int_equal(news, AGENT_NEWS_CHANGED | AGENT_NEWS_GONE);
	agent_outbox_tell(&scene->worker, &scene->accounts[3], AGENT_NEWS_CSEQ);
	assert_ptr_equal(agent_post_news(&scene->worker.post, &news), &scene->accounts[1]);
	assert_int_equal(news, AGENT_NEWS_CSEQ | AGENT_NEWS_CHANGED);
	assert_null(agent_post_news(&scene->worker.post, &news));
	take(&scene->worker);
	assert_ptr_equal(agent_post_news(&scene->worker.post, &news), &scene->accounts[3]);
	assert_int_equal(news, AGENT_NEWS_CSEQ);
	assert_null(agent_post_news(&scene->worker.post, &news));
}

static void *tell_often(void *ctx)
{
	struct scene *scene = ctx;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		scene->accounts[i % ACCOUNTS].cseq_ask = i;
		agent_outbox_tell(&scene->worker, &scene->accounts[i % ACCOUNTS],
		                  1u << (i / ACCOUNTS) % 3);
		put(scene, AGENT_RECORD_STATE, i, i % 50);
		if (i % 3 == 0)
			agent_outbox_publish(&scene->worker);
	}
	agent_outbox_publish(&scene->worker);
	return NULL;
}

/* One thread tells while another takes: no mark and no record is lost, and none comes twice. */
static void nothing_is_lost_between_two_threads(void **state)
{
	struct scene *scene = *state;
	unsigned marks[ACCOUNTS] = { 0 }, news, n = 0;
	struct agent_account *account;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, tell_often, scene), 0);
	while (n < ROUNDS) {
		agent_outbox_take(&scene->worker, &scene->worker.post);
		n += walk(scene, n);
		while ((account = agent_post_news(&scene->worker.post, &news))) {
			assert_int_not_equal(news, 0);
			marks[account - scene->accounts] |= news;
		}
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	agent_outbox_take(&scene->worker, &scene->worker.post);
	while ((account = agent_post_news(&scene->worker.post, &news)))
		marks[account - scene->accounts] |= news;
	for (unsigned i = 0; i < ACCOUNTS; i++)
		assert_int_equal(marks[i], 7);
	assert_int_equal(n, ROUNDS);
}

static void commands_come_in_their_order_with_copies_of_their_texts(void **state)
{
	struct scene *scene = *state;
	char password[] = "secret";
	const struct agent_command_texts texts = { .auth_user = "anna",
		                                   .calls = "busy",
		                                   .password = password };
	struct agent_command *command, *next;

	agent_worker_post(&scene->worker,
	                  agent_command_new(AGENT_ORDER_ADD, &scene->accounts[0], &texts));
	agent_worker_post(&scene->worker,
	                  agent_command_new(AGENT_ORDER_NUDGE, &scene->accounts[1], NULL));
	memset(password, 'x', sizeof(password) - 1);
	assert_int_equal(agent_worker_backlog(&scene->worker), 2);
	command = scene->worker.inbox;
	assert_int_equal(command->order, AGENT_ORDER_ADD);
	assert_string_equal(command->auth_user, "anna");
	assert_string_equal(command->password, "secret");
	assert_string_equal(command->calls, "busy");
	assert_null(command->contact);
	next = command->next;
	assert_int_equal(next->order, AGENT_ORDER_NUDGE);
	assert_null(next->auth_user);
	assert_null(next->next);
	agent_command_free(command);
	agent_command_free(next);
	agent_command_free(NULL);
}

static unsigned blocks_of(const struct agent_block *block)
{
	unsigned n = 0;

	for (; block; block = block->next)
		n++;
	return n;
}

/* Whether or not anything comes behind it: a block of each pile is all that is kept. */
static void blocks_of_a_storm_are_freed_as_they_are_read(void **state)
{
	struct scene *scene = *state;
	struct agent_worker *worker = &scene->worker;

	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 4000; i++) {
			put(scene, AGENT_RECORD_STATE, i, 0);
			if (i % 1000 == 0)
				agent_outbox_publish(worker);
		}
		take(worker);
		assert_in_range(blocks_of(worker->post.block), 30, 60);
		assert_int_equal(walk(scene, 0), 4000);
		assert_int_equal(blocks_of(worker->post.block), 1);
		assert_in_range(blocks_of(worker->outbox.out.first), 0, 1);
		assert_in_range(blocks_of(worker->outbox.own.first), 0, 1);
	}
}

/* A control thread that is busy finds few blocks, however often a shard's loop turned meanwhile;
 * one that is not takes and gives the same ones. */
static void small_piles_share_a_block(void **state)
{
	const struct agent_block *seen[3];
	struct scene *scene = *state;
	struct agent_worker *worker = &scene->worker;

	for (uint32_t i = 0; i < 1000; i++) {
		put(scene, AGENT_RECORD_STATE, i, 0);
		agent_outbox_publish(worker);
	}
	take(worker);
	assert_in_range(blocks_of(worker->post.block), 1, 16);
	assert_int_equal(walk(scene, 0), 1000);
	for (uint32_t i = 0; i < 30; i++) {
		put(scene, AGENT_RECORD_STATE, i, 0);
		if (i > 3)
			assert_true(worker->outbox.own.first == seen[0] ||
			            worker->outbox.own.first == seen[1] ||
			            worker->outbox.own.first == seen[2]);
		seen[i % 3] = worker->outbox.own.first;
		take(worker);
		assert_int_equal(walk(scene, i), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blocks_of_a_storm_are_freed_as_they_are_read,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(small_piles_share_a_block, set_up, tear_down),
		cmocka_unit_test_setup_teardown(records_come_in_their_order_with_their_texts,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_shards_tell_is_read_in_the_order_of_time,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			too_much_talk_is_dropped_and_counted_and_states_still_fit, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(news_of_an_account_come_once_with_all_its_marks,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_lost_between_two_threads, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(
			commands_come_in_their_order_with_copies_of_their_texts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
