/* cli/password.c: a password read from the terminal, unseen.
 *
 * Signals that would end or stop the process are held back while the echo is off, and only looked
 * for (a signalfd is polled, never read): when one is pending the terminal is put right first and
 * the signal let through after, to do whatever it does in this process. So no handler is needed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "cli/term.h"

static const int held_back[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP, SIGALRM };

struct question {
	int tty;
	int signals;
	sigset_t before; /* the process's mask */
	struct termios shown;
};

static int write_all(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t wrote = write(fd, text, n);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		if (wrote > 0) {
			text += wrote;
			n -= (size_t)wrote;
		}
	}
	return 0;
}

static int open_question(struct question *q)
{
	sigset_t set;

	*q = (struct question){ .tty = -1, .signals = -1 };
	q->tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (q->tty < 0 || tcgetattr(q->tty, &q->shown) < 0)
		return -ENXIO;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(held_back) / sizeof(held_back[0]); i++)
		sigaddset(&set, held_back[i]);
	q->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (q->signals < 0)
		return -errno;
	if (sigprocmask(SIG_BLOCK, &set, &q->before) < 0)
		return -errno;
	return 0;
}

/* Waits for a line or a signal. 0: something typed; -EINTR: a signal waits. */
static int wait_typed(const struct question *q)
{
	struct pollfd fds[] = { { .fd = q->signals, .events = POLLIN },
		                { .fd = q->tty, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	return fds[0].revents ? -EINTR : 0;
}

/* Reads to the end of the line. Returns its length or negative errno. */
static int read_line(const struct question *q, char *ret_line, size_t cap)
{
	size_t n = 0;
	bool full = false;

	for (;;) {
		char c;
		ssize_t got;
		int rc = wait_typed(q);

		if (rc)
			return rc;
		got = read(q->tty, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0 && n == 0 && !full)
			return -ECANCELED;
		if (got == 0 || c == '\n')
			break;
		if (n + 1 < cap)
			ret_line[n++] = c;
		else
			full = true;
	}
	if (full)
		return -ENOBUFS;
	ret_line[n] = '\0';
	return (int)n;
}

/* One asking: the echo off, the prompt, the line, the echo as it was. */
static int ask(const struct question *q, const char *prompt, char *ret_password, size_t cap)
{
	struct termios unseen = q->shown;
	int rc;

	unseen.c_lflag &= ~(tcflag_t)ECHO;
	unseen.c_lflag |= ICANON | ISIG | ECHONL;
	/* Flushes what was typed before it was asked for: it would have been seen. */
	if (tcsetattr(q->tty, TCSAFLUSH, &unseen) < 0)
		return -errno;
	rc = write_all(q->tty, prompt);
	if (rc == 0)
		rc = read_line(q, ret_password, cap);
	tcsetattr(q->tty, TCSAFLUSH, &q->shown);
	if (rc == -EINTR || rc == -ECANCELED)
		write_all(q->tty, "\n");
	return rc;
}

/* Lets the pending signals do what they do; comes back where that is no end. True where one of them
 * was a stop, after which the question is asked anew. */
static bool let_signals_through(const struct question *q)
{
	sigset_t pending, held;
	bool stop;

	sigpending(&pending);
	stop = sigismember(&pending, SIGTSTP) == 1;
	sigprocmask(SIG_SETMASK, &q->before, &held);
	sigprocmask(SIG_SETMASK, &held, NULL);
	return stop;
}

int term_read_password(const char *prompt, char *ret_password, size_t cap)
{
	struct question q;
	int rc = open_question(&q);

	if (rc)
		goto out;
	do
		rc = ask(&q, prompt, ret_password, cap);
	while (rc == -EINTR && let_signals_through(&q));
	sigprocmask(SIG_SETMASK, &q.before, NULL);
out:
	if (q.signals >= 0)
		close(q.signals);
	if (q.tty >= 0)
		close(q.tty);
	if (rc < 0)
		explicit_bzero(ret_password, cap);
	return rc;
}
