/* Each allocation fails in turn: nothing is read, compared, applied or exported by halves, and it
 * all works once there is memory again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "oom.h"
#include "unit/config/desk.h"

#define ALLOCATIONS_MAX 2000

static const char yaml[] = "general: {default-server: a.example}\n"
			   "servers:\n- {domain: a.example}\n- {domain: b.example}\n"
			   "studios:\n- name: A\n  lines:\n"
			   "  - {extension: 1, password: \"x \"}\n"
			   "  - {extension: 2, server: c.example}\n"
			   "- name: B\n  lines: [{extension: 1}]\n";
static const char wrong[] = "studios:\n- nam: A\n- lines: [{extension: \"1 \"}]\n";
static const char csv[] = "Studio,Extension,Server,Auth Password\nA,1,,y\nC,\"2\",d.example,\n"
			  "C,3,b.exmaple,\n";

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	static const struct {
		enum config_format format;
		const char *text;
		int result;
	} rows[] = {
		{ CONFIG_YAML, yaml, 0 },
		{ CONFIG_YAML, wrong, -EINVAL },
		{ CONFIG_CSV, csv, 0 },
		{ CONFIG_CSV, "Studio,Extension\nA,1 \nB,2 \n", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = -ENOMEM;
		uint64_t allowed;

		for (allowed = 0; allowed < ALLOCATIONS_MAX && err == -ENOMEM; allowed++) {
			struct config *config = NULL;
			struct config_faults faults;

			oom_after(allowed);
			err = config_read(rows[i].format, slice_str(rows[i].text), &desk_nowhere,
			                  &config, &faults);
			oom_off();
			assert_true(err == -ENOMEM || err == rows[i].result);
			assert_true((err == 0) == (config != NULL));
			assert_true(err == -ENOMEM ? faults.count == 0
			                           : (err == 0 || faults.count >= 2));
			config_faults_done(&faults);
			config_free(config);
		}
		assert_in_range(allowed, 4, ALLOCATIONS_MAX - 1);
	}
}

/* Compares and applies as long as memory lasts. */
static int run(struct desk *desk, const struct config *config, uint64_t allowed)
{
	struct config_faults faults;
	struct config_diff *diff = NULL;
	int err;

	oom_after(allowed);
	err = config_compare(config, desk->store, &diff, &faults);
	if (!err)
		err = config_apply(diff, desk->store, NULL);
	oom_off();
	config_diff_free(diff);
	config_faults_done(&faults);
	return err;
}

static int write_nothing(void *ctx, struct slice text)
{
	size_t *n = ctx;

	*n += text.n;
	return 0;
}

static void a_file_is_applied_whole_or_not_at_all(struct desk *desk, enum config_format format,
                                                  const char *text)
{
	struct config *config = desk_read(format, slice_str(text));
	int64_t before = store_change_last(desk->store);
	int err = -ENOMEM;
	uint64_t allowed;

	for (allowed = 0; allowed < ALLOCATIONS_MAX && err; allowed++) {
		err = run(desk, config, allowed);
		assert_true(err == 0 || err == -ENOMEM);
		assert_true(err == 0 || store_change_last(desk->store) == before);
	}
	assert_in_range(allowed, 20, ALLOCATIONS_MAX - 1);
	config_free(config);
}

static void a_difference_is_found_and_carried_out_whole_or_not_at_all(void **state)
{
	struct desk desk;
	int err = -ENOMEM;
	uint64_t allowed;
	size_t n = 0;

	(void)state;
	desk_open(&desk);
	a_file_is_applied_whole_or_not_at_all(&desk, CONFIG_YAML, yaml);
	a_file_is_applied_whole_or_not_at_all(&desk, CONFIG_CSV, csv);
	a_file_is_applied_whole_or_not_at_all(&desk, CONFIG_YAML, "studios: [{name: A}]\n");
	for (allowed = 0; allowed < ALLOCATIONS_MAX && err; allowed++) {
		oom_after(allowed);
		err = config_export(desk.store, write_nothing, &n);
		oom_off();
		assert_true(err == 0 || (err == -ENOMEM && n == 0));
	}
	assert_in_range(allowed, 4, ALLOCATIONS_MAX - 1);
	assert_true(n > 100);
	desk_close(&desk);
}

static void a_backup_is_made_and_read_whole_or_not_at_all(void **state)
{
	const struct slice passphrase = SLICE("correct horse");
	struct desk desk;
	uint64_t allowed;
	int err = -ENOMEM;

	(void)state;
	desk_open(&desk);
	desk_apply(&desk, CONFIG_YAML, yaml);
	for (allowed = 0; allowed < ALLOCATIONS_MAX && err; allowed++) {
		desk.text[0] = '\0';
		oom_after(allowed);
		err = config_backup(desk.store, passphrase, desk_take, &desk);
		oom_off();
		assert_true(err == 0 || err == -ENOMEM);
	}
	assert_in_range(allowed, 8, ALLOCATIONS_MAX - 1);
	err = -ENOMEM;
	for (allowed = 0; allowed < ALLOCATIONS_MAX && err; allowed++) {
		struct config *config = NULL;
		struct config_faults faults;

		oom_after(allowed);
		err = config_backup_read(slice_str(desk.text), passphrase, &config, &faults);
		oom_off();
		assert_true(err == 0 || err == -ENOMEM);
		assert_true((err == 0) == (config != NULL));
		config_faults_done(&faults);
		config_free(config);
	}
	assert_in_range(allowed, 8, ALLOCATIONS_MAX - 1);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(a_difference_is_found_and_carried_out_whole_or_not_at_all),
		cmocka_unit_test(a_backup_is_made_and_read_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
