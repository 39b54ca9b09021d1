/* What tools/explain-gen.c takes and what it refuses: each test writes small files into a folder of
 * its own and runs the program on them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/slice.h"

#define SAID_MAX 8192

static const char good[] = "cause\n"
			   "# a remark\n"
			   "title:  A title\n"
			   "seen:   @STATUS@ from @SERVER@, for\n"
			   "        sip:1001@pbx.example.\n"
			   "\n"
			   "Means:  It \"means\" \\ something,\n"
			   "        in Zürich.\n"
			   "Who:    you, then your network, then your provider\n"
			   "Again:  refused\n"
			   "\n"
			   "1. Do this.\n"
			   "2. Do that,\n"
			   "   and more.\n";
static const char good_rules[] = "{ CAUSE(\"cause\") }\n";
static const char good_test[] = "\t{ \"cause\", { .status = 401 } },\n";
static const char good_again[] = "# a remark\nrefused: Yes,\n        later.\npassing: Soon.\n";

struct run {
	char folder[64];
	char said[SAID_MAX]; /* what the program complained about */
	char made[SAID_MAX]; /* what it wrote; "" where it wrote nothing */
	int status;
};

static void path_in(const struct run *run, const char *name, char *ret_path, size_t cap)
{
	int n = snprintf(ret_path, cap, "%s/%s", run->folder, name);

	assert_true(n > 0 && (size_t)n < cap);
}

static void write_file(const struct run *run, const char *name, const char *text, size_t n)
{
	char path[128];
	FILE *file;

	path_in(run, name, path, sizeof(path));
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

/* Reads a file into text, as a string; an absent one is "". */
static void read_file(const struct run *run, const char *name, char *text)
{
	char path[128];
	size_t n = 0;
	FILE *file;

	path_in(run, name, path, sizeof(path));
	file = fopen(path, "r");
	if (file) {
		n = fread(text, 1, SAID_MAX - 1, file);
		fclose(file);
	}
	text[n] = 0;
}

static void remove_all(const struct run *run, const char *name)
{
	const char *const names[] = { name,        "again.txt",      "rules.c", "rules_test.c",
		                      "pattern.c", "pattern_test.c", "out.c",   "said" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		path_in(run, names[i], path, sizeof(path));
		unlink(path);
	}
	assert_int_equal(rmdir(run->folder), 0);
}

static int spawn(const char *const argv[], const char *said_path)
{
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, said_path,
	                                                  O_WRONLY | O_CREAT | O_TRUNC, 0600),
	                 0);
	assert_int_equal(posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)argv, environ),
	                 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What stands beside the text. NULL: what makes the good text a good one. */
struct beside {
	const char *again, *rules, *rules_test, *pattern, *pattern_test;
};

static void write_beside(const struct run *run, const char *name, const char *text,
                         const char *fallback)
{
	write_file(run, name, text ? text : fallback, strlen(text ? text : fallback));
}

/* One run of the program over one text. Without a place to write to, it writes to out.c. */
static struct run gen_into(const char *out, const char *name, struct slice text,
                           const struct beside *beside)
{
	/* In the order of the command line. */
	const char *const names[] = { "again.txt", "rules.c",        "rules_test.c",
		                      "pattern.c", "pattern_test.c", name };
	struct run run = { .folder = "/tmp/explain-gen-XXXXXX" };
	char paths[8][128];
	const char *argv[10] = { EXPLAIN_GEN, out ? out : paths[6] };

	assert_non_null(mkdtemp(run.folder));
	write_beside(&run, "again.txt", beside->again, good_again);
	write_beside(&run, "rules.c", beside->rules, good_rules);
	write_beside(&run, "rules_test.c", beside->rules_test, good_test);
	write_beside(&run, "pattern.c", beside->pattern, "");
	write_beside(&run, "pattern_test.c", beside->pattern_test, "");
	write_file(&run, name, text.p, text.n);
	for (size_t i = 0; i < 6; i++) {
		path_in(&run, names[i], paths[i], sizeof(paths[i]));
		argv[i + 2] = paths[i];
	}
	path_in(&run, "out.c", paths[6], sizeof(paths[6]));
	path_in(&run, "said", paths[7], sizeof(paths[7]));
	run.status = spawn(argv, paths[7]);
	read_file(&run, "said", run.said);
	read_file(&run, "out.c", run.made);
	remove_all(&run, name);
	return run;
}

static struct run gen(const char *text, const struct beside *beside)
{
	return gen_into(NULL, "cause.txt", slice_str(text), beside);
}

static const struct beside as_usual = { 0 };

static void must_say(const struct run *run, const char *place, const char *words)
{
	const char *at = strstr(run->said, place);

	if (run->status != 1 || run->made[0] || !at || !strstr(at, words))
		fail_msg("wanted \"%s\" ... \"%s\"; status %d, it said:\n%s", place, words,
		         run->status, run->said);
}

static void a_good_text_becomes_a_row(void **state)
{
	struct run run = gen(good, &as_usual);

	(void)state;
	assert_string_equal(run.said, "");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.made,
	                       "\t\t\"cause\",\n"
	                       "\t\t\"A title\",\n"
	                       "\t\t\"@STATUS@ from @SERVER@, for sip:1001@pbx.example.\",\n"
	                       "\t\t\"It \\\"means\\\" \\\\ something, in Zürich.\",\n"
	                       "\t\t\"you, then your network, then your provider\",\n"
	                       "\t\t\"Yes, later.\",\n"
	                       "\t\t{\n"
	                       "\t\t\t\"Do this.\",\n"
	                       "\t\t\t\"Do that, and more.\",\n"
	                       "\t\t},\n"));
	assert_non_null(strstr(run.made, "explain_cause_count = 1;"));
}

/* Each fault is the good text with one place of it replaced. */
static const struct {
	const char *from, *to; /* what is replaced by what */
	const char *place;     /* file and line of the complaint */
	const char *words;
} faults[] = {
	{ "cause\n", "Cause\n", "cause.txt:1:", "lower-case" },
	{ "cause\n", "\n", "cause.txt:1:", "alone in line 1" },
	{ "cause\n", "an-id-that-is-far-too-long-for-it\n", "cause.txt:1:", "lower-case" },
	{ "cause\n", "other\n", "cause.txt:1:", "not the file's name" },
	{ "cause\n", "caus\n", "cause.txt:1:", "not the file's name" },
	{ "title:  A title\n", "", "cause.txt:1:", "title: is missing" },
	{ "title:  A title\n", "title:\n", "cause.txt:1:", "title: is missing" },
	{ "A title", "A title that goes on and on and says far too much of it",
	  "cause.txt:3:", "at most 50" },
	{ "A title", "A title.", "cause.txt:3:", "no full stop" },
	{ "A title", "The @STATUS@ title", "cause.txt:3:", "no placeholder" },
	{ "seen:   @STATUS@ from @SERVER@, for\n        sip:1001@pbx.example.\n", "",
	  "cause.txt:1:", "seen: is missing" },
	{ "Means:  It \"means\" \\ something,\n        in Zürich.\n", "",
	  "cause.txt:1:", "Means: is missing" },
	{ "Means:  It", "Weans:  It", "cause.txt:7:", "neither a field nor advice" },
	{ "Who:    you, then your network, then your provider\n", "",
	  "cause.txt:1:", "Who: is missing" },
	{ "Again:  refused\n", "", "cause.txt:1:", "Again: is missing" },
	{ "Again:  refused\n", "Again:  refused\nAgain:  refused\n",
	  "cause.txt:11:", "Again: stands here twice" },
	{ "title:  A title\n", "Who:    you\ntitle:  A title\n",
	  "cause.txt:3:", "Means: comes before it" },
	{ "Again:  refused", "Again:  refusde", "cause.txt:10:", "\"refusde\" is not in" },
	{ "Again:  refused", "Again:  in a while", "cause.txt:10:", "full stop" },
	{ "Who:    you, then", "Who:    he, then", "cause.txt:9:", "who is one of" },
	{ "you, then your network", "you and your network", "cause.txt:9:", "who is one of" },
	{ "you, then your network", "you, your network", "cause.txt:9:", "who is one of" },
	{ "1. Do this.\n2. Do that,\n   and more.\n", "", "cause.txt:1:", "no advice" },
	{ "1. Do this.", "2. Do this.", "cause.txt:12:", "this is number 1" },
	{ "1. Do this.", "1. Do this", "cause.txt:12:", "full stop" },
	{ "1. Do this.\n", "1. A.\n2. A.\n3. A.\n4. A.\n5. A.\n6. A.\n7. A.\n8. A.\n9. A.\n",
	  "cause.txt:20:", "more than 8" },
	{ "Means:", "1. Early.\nMeans:", "cause.txt:7:", "advice comes last" },
	{ "in Zürich.", "in Zürich", "cause.txt:7:", "full stop" },
	{ "@STATUS@ from", "@STAT@ from", "cause.txt:4:", "unknown placeholder @STAT" },
	{ "@STATUS@ from", "@STATUSES@ from", "cause.txt:4:", "unknown placeholder @STATUSES" },
	{ "@SERVER@, for", "@SERVER, for", "cause.txt:4:", "unknown placeholder @SERVER" },
	{ "Do this.", "Ask @PASSWORD@.", "cause.txt:12:", "unknown placeholder @PASSWORD" },
	{ "Do this.\n", "Do this. \n", "cause.txt:12:", "ends in a blank" },
	{ "Do this.", "Do\tthis.", "cause.txt:12:", "control character in column 6" },
	{ "Do this.", "Do\x7f.", "cause.txt:12:", "control character" },
	{ "Zürich", "Z\xfcrich", "cause.txt:8:", "no valid UTF-8 in column 13" },
	{ "Zürich", "Z\xc0\xafrich", "cause.txt:8:", "no valid UTF-8" },
	{ "Zürich", "Z\xed\xa0\x80rich", "cause.txt:8:", "no valid UTF-8" },
	{ "Zürich", "Z\xf4\x90\x80\x80rich", "cause.txt:8:", "no valid UTF-8" },
	{ "in Zürich.\n", "in Zürich.\n\n        And more.\n",
	  "cause.txt:10:", "goes on with nothing" },
	{ "2. Do that", "What?\n2. Do that", "cause.txt:13:", "neither a field nor advice" },
};

static void each_fault_of_a_text_is_refused_with_its_place(void **state)
{
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const char *at = strstr(good, faults[i].from);
		struct run run;
		int n;

		assert_non_null(at);
		n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, faults[i].to,
		             at + strlen(faults[i].from));
		assert_true(n > 0 && (size_t)n < sizeof(text));
		run = gen(text, &as_usual);
		must_say(&run, faults[i].place, faults[i].words);
	}
}

/* The good text with a third piece of advice that is columns wide, two bytes to most of them. */
static struct run gen_wide(unsigned columns)
{
	char text[1024];
	size_t n = strlen(good);

	memcpy(text, good, n);
	memcpy(text + n, "3. ", 3);
	n += 3;
	for (unsigned i = 4; i < columns; i++, n += 2)
		memcpy(text + n, "\xc3\x9c", 2);
	memcpy(text + n, ".\n", 3);
	return gen(text, &as_usual);
}

static void a_line_has_76_columns_however_many_bytes(void **state)
{
	struct run run = gen_wide(76);

	(void)state;
	assert_string_equal(run.said, "");
	assert_int_equal(run.status, 0);
	run = gen_wide(77);
	must_say(&run, "cause.txt:15:", "longer than 76 columns");
}

static void a_title_and_its_id_share_a_line(void **state)
{
	static const char text[] = "a-cause-with-a-long-id\n"
				   "title: A title of its own that is fifty columns wide, yes\n";
	struct run run = gen_into(NULL, "a-cause-with-a-long-id.txt", slice_str(text), &as_usual);

	(void)state;
	must_say(&run, "a-cause-with-a-long-id.txt:2:", "with its id at most 71");
}

/* What the text must be led to by, and looked through by: each row but the first is the good case
 * with one thing missing. */
static const struct {
	struct beside beside;
	const char *place, *words; /* of the complaint; NULL: all is well */
} tables[] = {
	{ { 0 }, NULL, NULL },
	{ { .rules = "" }, "cause.txt:1:", "no rule leads to \"cause\"" },
	{ { .rules = "\n{ CAUSE(\"cause\") }, { CAUSE(\"other\") }" },
	  "rules.c:2:",
	  "\"other\" has no text" },
	{ { .rules = "CAUSE(\"cause" }, "cause.txt:1:", "no rule leads to \"cause\"" },
	{ { .pattern = "{ CAUSE(\"other\") }" }, "pattern.c:1:", "\"other\" has no text" },
	/* A pattern leads to it as well as a rule. */
	{ { .rules = "", .rules_test = "", .pattern = good_rules, .pattern_test = good_test },
	  NULL,
	  NULL },
	/* The row stands in the test of its own table. */
	{ { .rules_test = "" }, "cause.txt:1:", "rules_test.c leads to \"cause\"" },
	{ { .rules_test = "", .pattern_test = good_test },
	  "cause.txt:1:",
	  "rules_test.c leads to \"cause\"" },
	{ { .rules = "", .pattern = good_rules },
	  "cause.txt:1:",
	  "pattern_test.c leads to \"cause\"" },
	{ { .pattern = good_rules }, "cause.txt:1:", "pattern_test.c leads to \"cause\"" },
	/* Its name alone, or a longer one, is no row. */
	{ { .rules_test = "explain_by_id(SLICE(\"cause\"))" },
	  "cause.txt:1:",
	  "rules_test.c leads to \"cause\"" },
	{ { .rules_test = "{ \"cause-2\", { 0 } }" },
	  "cause.txt:1:",
	  "rules_test.c leads to \"cause\"" },
};

static void a_text_is_led_to_and_its_way_is_tested(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		struct run run = gen(good, &tables[i].beside);

		if (tables[i].place) {
			must_say(&run, tables[i].place, tables[i].words);
			continue;
		}
		assert_string_equal(run.said, "");
		assert_int_equal(run.status, 0);
		assert_non_null(strstr(run.made, "\t\t\"cause\",\n"));
	}
}

static void faulty_sentences_for_again_are_refused(void **state)
{
	struct run run = gen(good, &(struct beside){ .again = "refused Yes.\n" });

	(void)state;
	must_say(&run, "again.txt:1:", "not NAME: SENTENCE");
	must_say(&run, "cause.txt:10:", "\"refused\" is not in again.txt");
	run = gen(good, &(struct beside){ .again = "refused: A.\nb: A.\nc: A.\nd: A.\ne: A.\n"
	                                           "f: A.\ng: A.\nh: A.\ni: A.\n" });
	must_say(&run, "again.txt:9:", "one too many");
}

static void a_nul_and_a_file_without_end_are_refused(void **state)
{
	char *large = malloc(70000);
	struct run run;

	(void)state;
	assert_non_null(large);
	for (size_t i = 0; i < 70000; i++)
		large[i] = '\n';
	run = gen_into(NULL, "cause.txt", slice_of(large, 70000), &as_usual);
	must_say(&run, "cause.txt:0:", "too large");
	free(large);
	run = gen_into(NULL, "cause.txt", slice_of("cause\n\0", 7), &as_usual);
	must_say(&run, "cause.txt:0:", "NUL");
}

static void a_value_has_a_longest_length(void **state)
{
	char text[8192];
	size_t n = strlen(good);
	struct run run;

	(void)state;
	memcpy(text, good, n);
	for (unsigned i = 0; i < 40; i++) {
		static const char more[] = "   and on, and on, and on, and on, and on.\n";

		memcpy(text + n, more, strlen(more));
		n += strlen(more);
	}
	text[n] = 0;
	run = gen(text, &as_usual);
	must_say(&run, "cause.txt:", "more than 1500 bytes");
}

static void files_that_are_not_there_are_named(void **state)
{
#define NOWHERE(name) "/nonexistent/" name
	const char *argv[] = { EXPLAIN_GEN,
		               NOWHERE("out.c"),
		               NOWHERE("again.txt"),
		               NOWHERE("rules.c"),
		               NOWHERE("rules_test.c"),
		               NOWHERE("pattern.c"),
		               NOWHERE("pattern_test.c"),
		               NOWHERE("cause.txt"),
		               NULL };
	struct run run = { .folder = "/tmp/explain-gen-XXXXXX" };
	char said_path[128];

	(void)state;
	assert_non_null(mkdtemp(run.folder));
	path_in(&run, "said", said_path, sizeof(said_path));
	run.status = spawn(argv, said_path);
	read_file(&run, "said", run.said);
	must_say(&run, "again.txt:0:", strerror(ENOENT));
	must_say(&run, "cause.txt:0:", strerror(ENOENT));
	must_say(&run, "rules.c:0:", strerror(ENOENT));
	must_say(&run, "pattern.c:0:", strerror(ENOENT));
	argv[7] = NULL; /* no text */
	assert_int_equal(spawn(argv, said_path), 2);
	read_file(&run, "said", run.said);
	assert_non_null(strstr(run.said, "usage:"));
	remove_all(&run, "cause.txt");
}

static void a_table_that_cannot_be_written_is_an_error(void **state)
{
	struct run run = gen_into("/nonexistent/out.c", "cause.txt", slice_str(good), &as_usual);

	(void)state;
	must_say(&run, "/nonexistent/out.c:0:", strerror(ENOENT));
}

/* The test of a table may be missing from a copy of the source; the build says which. */
static void a_test_that_is_not_there_is_named(void **state)
{
	const char *const names[] = { "again.txt", "rules.c", "pattern.c", "cause.txt" };
	const char *const texts[] = { good_again, good_rules, "", good };
	struct run run = { .folder = "/tmp/explain-gen-XXXXXX" };
	char paths[4][128], said_path[128];
	const char *argv[] = { EXPLAIN_GEN, NOWHERE("out.c"), paths[0], paths[1], NOWHERE("t.c"),
		               paths[2],    NOWHERE("t.c"),   paths[3], NULL };

	(void)state;
	assert_non_null(mkdtemp(run.folder));
	for (size_t i = 0; i < 4; i++) {
		write_file(&run, names[i], texts[i], strlen(texts[i]));
		path_in(&run, names[i], paths[i], sizeof(paths[i]));
	}
	path_in(&run, "said", said_path, sizeof(said_path));
	run.status = spawn(argv, said_path);
	read_file(&run, "said", run.said);
	must_say(&run, "/nonexistent/t.c:0:", strerror(ENOENT));
	remove_all(&run, "cause.txt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_text_becomes_a_row),
		cmocka_unit_test(each_fault_of_a_text_is_refused_with_its_place),
		cmocka_unit_test(a_line_has_76_columns_however_many_bytes),
		cmocka_unit_test(a_title_and_its_id_share_a_line),
		cmocka_unit_test(a_text_is_led_to_and_its_way_is_tested),
		cmocka_unit_test(faulty_sentences_for_again_are_refused),
		cmocka_unit_test(a_nul_and_a_file_without_end_are_refused),
		cmocka_unit_test(a_value_has_a_longest_length),
		cmocka_unit_test(files_that_are_not_there_are_named),
		cmocka_unit_test(a_test_that_is_not_there_is_named),
		cmocka_unit_test(a_table_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
