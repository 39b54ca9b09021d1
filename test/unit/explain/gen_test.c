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
	const char *const names[] = { name, "rules.c", "again.txt", "out.c", "said" };
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

/* One run of the program over three files. */
static struct run gen(const char *name, const char *text, size_t n, const char *rules,
                      const char *again)
{
	struct run run = { .folder = "/tmp/explain-gen-XXXXXX" };
	char out[128], rules_path[128], again_path[128], text_path[128], said_path[128];
	const char *argv[] = { EXPLAIN_GEN, out, rules_path, again_path, text_path, NULL };

	assert_non_null(mkdtemp(run.folder));
	write_file(&run, name, text, n);
	write_file(&run, "rules.c", rules, strlen(rules));
	write_file(&run, "again.txt", again, strlen(again));
	path_in(&run, "out.c", out, sizeof(out));
	path_in(&run, "rules.c", rules_path, sizeof(rules_path));
	path_in(&run, "again.txt", again_path, sizeof(again_path));
	path_in(&run, name, text_path, sizeof(text_path));
	path_in(&run, "said", said_path, sizeof(said_path));
	run.status = spawn(argv, said_path);
	read_file(&run, "said", run.said);
	read_file(&run, "out.c", run.made);
	remove_all(&run, name);
	return run;
}

static void must_say(const struct run *run, const char *place, const char *words)
{
	const char *at = strstr(run->said, place);

	if (run->status != 1 || run->made[0] || !at || !strstr(at, words))
		fail_msg("wanted \"%s\" ... \"%s\"; status %d, it said:\n%s", place, words,
		         run->status, run->said);
}

static void a_good_text_becomes_a_row(void **state)
{
	struct run run = gen("cause.txt", good, strlen(good), good_rules, good_again);

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
		run = gen("cause.txt", text, (size_t)n, good_rules, good_again);
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
	memcpy(text + n, ".\n", 2);
	return gen("cause.txt", text, n + 2, good_rules, good_again);
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
	struct run run =
		gen("a-cause-with-a-long-id.txt", text, strlen(text), good_rules, good_again);

	(void)state;
	must_say(&run, "a-cause-with-a-long-id.txt:2:", "with its id at most 71");
}

static void a_text_without_a_rule_is_refused(void **state)
{
	struct run run = gen("cause.txt", good, strlen(good), "", good_again);

	(void)state;
	must_say(&run, "cause.txt:1:", "no rule leads to \"cause\"");
}

static void a_rule_without_a_text_is_refused(void **state)
{
	struct run run = gen("cause.txt", good, strlen(good),
	                     "\n{ CAUSE(\"cause\") }, { CAUSE(\"other\") }", good_again);

	(void)state;
	must_say(&run, "rules.c:2:", "\"other\" has no text");
}

static void a_rule_with_an_open_quote_leads_nowhere(void **state)
{
	struct run run = gen("cause.txt", good, strlen(good), "CAUSE(\"cause", good_again);

	(void)state;
	must_say(&run, "cause.txt:1:", "no rule leads to \"cause\"");
}

static void faulty_sentences_for_again_are_refused(void **state)
{
	struct run run = gen("cause.txt", good, strlen(good), good_rules, "refused Yes.\n");

	(void)state;
	must_say(&run, "again.txt:1:", "not NAME: SENTENCE");
	must_say(&run, "cause.txt:10:", "\"refused\" is not in again.txt");
	run = gen("cause.txt", good, strlen(good), good_rules,
	          "refused: A.\nb: A.\nc: A.\nd: A.\ne: A.\nf: A.\ng: A.\nh: A.\ni: A.\n");
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
	run = gen("cause.txt", large, 70000, good_rules, good_again);
	must_say(&run, "cause.txt:0:", "too large");
	free(large);
	run = gen("cause.txt", "cause\n\0", 7, good_rules, good_again);
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
	run = gen("cause.txt", text, n, good_rules, good_again);
	must_say(&run, "cause.txt:", "more than 1500 bytes");
}

static void files_that_are_not_there_are_named(void **state)
{
	const char *argv[] = { EXPLAIN_GEN,
		               "/nonexistent/out.c",
		               "/nonexistent/rules.c",
		               "/nonexistent/again.txt",
		               "/nonexistent/cause.txt",
		               NULL };
	const char *short_argv[] = { argv[0], argv[1], argv[2], argv[3], NULL };
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
	assert_int_equal(spawn(short_argv, said_path), 2);
	read_file(&run, "said", run.said);
	assert_non_null(strstr(run.said, "usage:"));
	remove_all(&run, "cause.txt");
}

static void a_table_that_cannot_be_written_is_an_error(void **state)
{
	struct run run = { .folder = "/tmp/explain-gen-XXXXXX" };
	char text_path[128], rules_path[128], again_path[128], said_path[128];
	const char *argv[] = { EXPLAIN_GEN, "/nonexistent/out.c", rules_path, again_path, text_path,
		               NULL };

	(void)state;
	assert_non_null(mkdtemp(run.folder));
	write_file(&run, "cause.txt", good, strlen(good));
	write_file(&run, "rules.c", good_rules, strlen(good_rules));
	write_file(&run, "again.txt", good_again, strlen(good_again));
	path_in(&run, "cause.txt", text_path, sizeof(text_path));
	path_in(&run, "rules.c", rules_path, sizeof(rules_path));
	path_in(&run, "again.txt", again_path, sizeof(again_path));
	path_in(&run, "said", said_path, sizeof(said_path));
	run.status = spawn(argv, said_path);
	read_file(&run, "said", run.said);
	must_say(&run, "/nonexistent/out.c:0:", strerror(ENOENT));
	remove_all(&run, "cause.txt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_text_becomes_a_row),
		cmocka_unit_test(each_fault_of_a_text_is_refused_with_its_place),
		cmocka_unit_test(a_line_has_76_columns_however_many_bytes),
		cmocka_unit_test(a_title_and_its_id_share_a_line),
		cmocka_unit_test(a_text_without_a_rule_is_refused),
		cmocka_unit_test(a_rule_without_a_text_is_refused),
		cmocka_unit_test(a_rule_with_an_open_quote_leads_nowhere),
		cmocka_unit_test(faulty_sentences_for_again_are_refused),
		cmocka_unit_test(a_nul_and_a_file_without_end_are_refused),
		cmocka_unit_test(a_value_has_a_longest_length),
		cmocka_unit_test(files_that_are_not_there_are_named),
		cmocka_unit_test(a_table_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
