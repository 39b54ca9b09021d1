/* Wrapped text, colour and marks; and a password that nobody sees, on a terminal of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "cli/term.h"

static char *wrapped(const char *text, struct term_block block)
{
	char *memory;
	size_t n;
	FILE *file = open_memstream(&memory, &n);

	fprintf(file, "%.*s", (int)block.at, "label-label-label");
	term_wrap(file, slice_str(text), block);
	fclose(file);
	return memory;
}

static void text_is_wrapped_at_blanks(void **state)
{
	static const struct {
		struct term_block block;
		const char *text, *want;
	} rows[] = {
		{ { 0, 0, 10 }, "", "\n" },
		{ { 0, 0, 10 }, "one two three", "one two\nthree\n" },
		{ { 0, 0, 7 }, "one two three", "one two\nthree\n" },
		{ { 0, 0, 6 }, "one two three", "one\ntwo\nthree\n" },
		{ { 0, 2, 10 }, "one two three four", "  one two\n  three\n  four\n" },
		{ { 0, 0, 4 }, "a longerword b", "a\nlongerword\nb\n" },
		{ { 0, 1, 9 }, "a\nb c\n\nd", " a\n b c\n\n d\n" },
		{ { 0, 0, 9 }, "  a   b  ", "a b\n" },
		{ { 4, 6, 12 }, "one two", "labe  one\n      two\n" },
		{ { 5, 6, 12 }, "one", "label one\n" },
		{ { 9, 6, 12 }, "one two", "label-labone\n      two\n" },
		{ { 0, 0, 5 },
		  "\u00e4\u00f6\u00fc \u20ac \u20ac",
		  "\u00e4\u00f6\u00fc \u20ac\n\u20ac\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = wrapped(rows[i].text, rows[i].block);

		assert_string_equal(got, rows[i].want);
		free(got);
	}
}

static char *drawn(struct term term)
{
	char *memory;
	size_t n;
	struct term_spinner spinner = { 0 };

	term.file = open_memstream(&memory, &n);
	term_mark(&term, TERM_MARK_GOOD);
	term_put(&term, TERM_PLAIN, " a ");
	term_printf(&term, TERM_RED, "%d", 401);
	term_spin(&spinner, &term, "asking for long");
	term_spin_end(&spinner, &term);
	term_spin_end(&spinner, &term);
	fclose(term.file);
	return memory;
}

static void colour_marks_and_spinner_follow_what_the_terminal_can(void **state)
{
	static const struct {
		struct term term;
		const char *want;
	} rows[] = {
		{ { .width = 80 }, "+ a 401" },
		{ { .width = 80, .utf8 = true }, "\u25cf a 401" },
		{ { .width = 80, .utf8 = true, .colour = true },
		  "\033[32m\u25cf\033[0m a \033[31m401\033[0m" },
		{ { .width = 9, .tty = true }, "+ a 401\r| asking\033[K\r\033[K" },
		{ { .width = 9, .tty = true, .utf8 = true },
		  "\u25cf a 401\r\u25d0 asking\033[K\r\033[K" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = drawn(rows[i].term);

		assert_string_equal(got, rows[i].want);
		free(got);
	}
}

static void a_pipe_is_no_terminal(void **state)
{
	FILE *file = tmpfile();
	struct term term;

	(void)state;
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	term = term_of(file);
	assert_false(term.tty);
	assert_false(term.colour);
	assert_int_equal(term.width, 80);
	fclose(file);
}

static void colour_obeys_the_environment(void **state)
{
	static const struct {
		const char *term, *no_color;
		bool colour;
	} rows[] = {
		{ "xterm", NULL, true }, { "xterm", "", true },   { "xterm", "1", false },
		{ "dumb", NULL, false }, { "", NULL, false },     { NULL, NULL, false },
		{ "dumb", "1", false },  { "xterm", "0", false },
	};
	struct winsize size = { .ws_row = 24, .ws_col = 99 };
	int master, slave;
	FILE *file;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	file = fdopen(slave, "w");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsetenv("TERM");
		unsetenv("NO_COLOR");
		if (rows[i].term)
			setenv("TERM", rows[i].term, 1);
		if (rows[i].no_color)
			setenv("NO_COLOR", rows[i].no_color, 1);
		assert_int_equal(term_of(file).colour, rows[i].colour);
	}
	assert_true(term_of(file).tty);
	assert_int_equal(term_of(file).width, 99);
	fclose(file);
	close(master);
}

/* A child that asks for a password on a terminal of its own, and tells what it got. */
struct asked {
	int master, slave, answer;
	pid_t pid;
	char screen[512];
	size_t n;
};

static void on_alarm(int signo)
{
	(void)signo;
}

static void ask_in_child(struct asked *a, size_t cap)
{
	int pipe_ends[2];
	char password[64] = "left over";
	int rc;

	*a = (struct asked){ 0 };
	assert_int_equal(openpty(&a->master, &a->slave, NULL, NULL, NULL), 0);
	assert_int_equal(pipe(pipe_ends), 0);
	a->pid = fork();
	assert_true(a->pid >= 0);
	if (a->pid) {
		close(pipe_ends[1]);
		a->answer = pipe_ends[0];
		return;
	}
	close(a->master);
	if (login_tty(a->slave))
		_exit(1);
	signal(SIGINT, SIG_DFL);
	signal(SIGALRM, on_alarm);
	rc = term_read_password("Password: ", password, cap);
	dprintf(pipe_ends[1], "%d %s", rc, password);
	_exit(0);
}

/* Reads what the terminal shows until it holds text. A terminal that never does ends the test by
 * its time limit. */
static void await(struct asked *a, const char *text)
{
	while (!strstr(a->screen, text)) {
		ssize_t got = read(a->master, a->screen + a->n, sizeof(a->screen) - 1 - a->n);

		assert_true(got > 0);
		a->n += (size_t)got;
		a->screen[a->n] = '\0';
	}
}

static void type(struct asked *a, const char *text)
{
	assert_int_equal(write(a->master, text, strlen(text)), (ssize_t)strlen(text));
}

/* Takes the end of the child: its answer, its wait status; and that the echo is on again. */
static int finish(struct asked *a, const char *answer)
{
	char got[128] = "";
	struct termios mode;
	int status;

	while (read(a->answer, got + strlen(got), sizeof(got) - 1 - strlen(got)) > 0)
		;
	assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
	assert_string_equal(got, answer);
	assert_int_equal(tcgetattr(a->slave, &mode), 0);
	assert_true(mode.c_lflag & ECHO);
	close(a->answer);
	close(a->slave);
	close(a->master);
	return status;
}

static void a_password_is_read_and_not_shown(void **state)
{
	struct asked a;
	struct termios mode;

	(void)state;
	ask_in_child(&a, 64);
	await(&a, "Password: ");
	assert_int_equal(tcgetattr(a.slave, &mode), 0);
	assert_false(mode.c_lflag & ECHO);
	type(&a, "se cret\n");
	await(&a, "\n");
	assert_int_equal(finish(&a, "7 se cret"), 0);
	assert_null(strstr(a.screen, "cret"));
}

static void an_empty_password_is_one_and_the_end_of_file_is_none(void **state)
{
	struct asked a;
	char answer[32];

	(void)state;
	ask_in_child(&a, 64);
	await(&a, "Password: ");
	type(&a, "\n");
	assert_int_equal(finish(&a, "0 "), 0);
	ask_in_child(&a, 64);
	await(&a, "Password: ");
	type(&a, "\004");
	snprintf(answer, sizeof(answer), "%d ", -ECANCELED);
	assert_int_equal(finish(&a, answer), 0);
}

static void a_password_that_is_too_long_is_refused_and_wiped(void **state)
{
	struct asked a;
	char answer[32];

	(void)state;
	ask_in_child(&a, 4);
	await(&a, "Password: ");
	type(&a, "123\n");
	assert_int_equal(finish(&a, "3 123"), 0);
	ask_in_child(&a, 4);
	await(&a, "Password: ");
	type(&a, "1234\n");
	snprintf(answer, sizeof(answer), "%d ", -ENOBUFS);
	assert_int_equal(finish(&a, answer), 0);
}

static void a_signal_ends_the_question_with_the_terminal_put_right(void **state)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGQUIT, SIGINT };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct asked a;
		int status;

		ask_in_child(&a, 64);
		await(&a, "Password: ");
		kill(a.pid, signals[i]);
		status = finish(&a, "");
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
	}
}

static void ctrl_c_on_the_terminal_ends_the_question(void **state)
{
	struct asked a;
	int status;

	(void)state;
	ask_in_child(&a, 64);
	await(&a, "Password: ");
	type(&a, "sec\003");
	status = finish(&a, "");
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

/* The child's session has no shell to stop it for, so the stop is over at once. */
static void a_stop_asks_again(void **state)
{
	struct asked a;

	(void)state;
	ask_in_child(&a, 64);
	await(&a, "Password: ");
	type(&a, "forgotten\032");
	await(&a, "\nPassword: ");
	type(&a, "new\n");
	assert_int_equal(finish(&a, "3 new"), 0);
}

static void a_signal_that_is_handled_ends_the_question_only(void **state)
{
	struct asked a;
	char answer[32];

	(void)state;
	ask_in_child(&a, 64);
	await(&a, "Password: ");
	kill(a.pid, SIGALRM);
	snprintf(answer, sizeof(answer), "%d ", -EINTR);
	assert_int_equal(finish(&a, answer), 0);
}

static void without_a_terminal_there_is_no_question(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		char password[8] = "x";

		setsid();
		_exit(term_read_password("? ", password, sizeof(password)) == -ENXIO &&
		                      password[0] == '\0'
		              ? 0
		              : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_wrapped_at_blanks),
		cmocka_unit_test(colour_marks_and_spinner_follow_what_the_terminal_can),
		cmocka_unit_test(a_pipe_is_no_terminal),
		cmocka_unit_test(colour_obeys_the_environment),
		cmocka_unit_test(a_password_is_read_and_not_shown),
		cmocka_unit_test(an_empty_password_is_one_and_the_end_of_file_is_none),
		cmocka_unit_test(a_password_that_is_too_long_is_refused_and_wiped),
		cmocka_unit_test(a_signal_ends_the_question_with_the_terminal_put_right),
		cmocka_unit_test(ctrl_c_on_the_terminal_ends_the_question),
		cmocka_unit_test(a_stop_asks_again),
		cmocka_unit_test(a_signal_that_is_handled_ends_the_question_only),
		cmocka_unit_test(without_a_terminal_there_is_no_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
