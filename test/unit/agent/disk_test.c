/* disk_test.c: a disk that is full: lines are registered all the same, and later go on under the
 * identity that they always had. And what comes of a store that cannot be opened. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "registrar.h"

#include "agent/own.h"
#include "house.h"
#include "unit/store/faults.h"

#define LINES 6

static bool all_up(struct house *house)
{
	return house_count(house).up == LINES;
}

static int find_text(void *ctx, const struct agent_event *event)
{
	return strstr(event->text, *(const char **)ctx) != NULL;
}

static bool has_said(struct house *house, const char *text)
{
	return agent_events(house->agent, &(struct agent_event_filter){ .limit = UINT32_MAX },
	                    find_text, &text) == 1;
}

static bool has_complained(struct house *house)
{
	return has_said(house, "the store cannot be written");
}

static bool has_calmed_down(struct house *house)
{
	return has_said(house, "the store is written again");
}

static void a_full_disk_takes_no_line_down(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES];

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, LINES, ids);
	faults_arm(FAULTS_FULL, 0, true);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_wait(&house, all_up));
	assert_true(house_wait(&house, has_complained));
	assert_true(faults_disarm());
	assert_true(house_wait(&house, has_calmed_down));
	/* What nobody wrote down is not used again: the lasting identities begin at their first
	 * CSeq.
	 */
	agent_free(house.agent);
	house_open_agent(&house);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_wait(&house, all_up));
	for (unsigned i = 0; i < LINES; i++) {
		struct registrar_user user = registrar_look(&registrar, REGISTRAR_FIRST + i);

		assert_int_equal(user.ids, 2);
		assert_int_equal(user.fallen, 0);
		assert_int_equal(user.bindings, 1);
		assert_int_equal(user.most, 1);
	}
	house_stop_agent(&house);
	house_close(&house);
	registrar_end(&registrar);
}

static bool has_another_identity(struct house *house)
{
	return registrar_look(house->registrar, REGISTRAR_FIRST).ids == 2 && all_up(house);
}

/* A disk that stays full until the CSeqs that were reserved are used up: the line begins anew,
 * under an identity that needs none. */
static void a_line_outlives_what_was_reserved_for_it(void **state)
{
	struct registrar registrar;
	struct registrar_user user;
	struct house house;
	struct agent_row *row;
	int64_t ids[LINES];

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, LINES, ids);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_wait(&house, all_up));
	/* As if it had used nearly all, and asked for more. */
	row = agent_row_of(house.agent, ids[0]);
	row->cseq_block = registrar_look(&registrar, REGISTRAR_FIRST).cseq[0] + 3;
	faults_arm(FAULTS_FULL, 0, true);
	agent_start_more(house.agent, row->account);
	assert_true(house_wait(&house, has_another_identity));
	assert_true(house_wait(&house, has_complained));
	faults_disarm();
	user = registrar_look(&registrar, REGISTRAR_FIRST);
	assert_int_equal(user.most, 1);
	assert_int_equal(user.bindings, 1);
	assert_true(row->account->fleeting);
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST + 1).ids, 1);
	house_stop_agent(&house);
	house_close(&house);
	registrar_end(&registrar);
}

/* A stop must end although nothing can be written. */
static void a_full_disk_delays_no_stop(void **state)
{
	struct registrar registrar;
	struct house house;
	int64_t ids[LINES];

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, LINES, ids);
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_wait(&house, all_up));
	faults_arm(FAULTS_FULL, 0, true);
	house_stop_agent(&house);
	faults_disarm();
	for (unsigned i = 0; i < LINES; i++)
		assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST + i).bindings, 0);
	house_close(&house);
	registrar_end(&registrar);
}

static void a_second_agent_on_a_store_is_refused_with_a_sentence(void **state)
{
	struct registrar registrar;
	struct house house;
	struct agent *second = NULL;
	char why[256] = "";
	struct agent_cfg cfg;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	cfg = (struct agent_cfg){ .net = house.net,
		                  .store_path = house.store_path,
		                  .key_path = house.key_path };
	assert_int_equal(agent_new(&cfg, &second, why, sizeof(why)), -EBUSY);
	assert_null(second);
	assert_true(strlen(why) > 20);
	cfg.store_path = "/nowhere/at/all/lineup.db";
	why[0] = '\0';
	assert_true(agent_new(&cfg, &second, why, sizeof(why)) < 0);
	assert_true(strlen(why) > 20);
	agent_free(NULL);
	house_close(&house);
	registrar_end(&registrar);
}

static int use_the_disk(void **state)
{
	(void)state;
	faults_register();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_takes_no_line_down),
		cmocka_unit_test(a_line_outlives_what_was_reserved_for_it),
		cmocka_unit_test(a_full_disk_delays_no_stop),
		cmocka_unit_test(a_second_agent_on_a_store_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, use_the_disk, NULL);
}
