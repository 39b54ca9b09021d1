/* What systemd is told, and by which of its two kinds of address. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/notify.h"

/* A service manager's end, bound at address ("@" stands for the abstract kind). */
static int manager_at(const char *address)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = strlen(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	memcpy(addr.sun_path, address, n + 1);
	if (address[0] == '@')
		addr.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (const struct sockaddr *)&addr,
	                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
	                 0);
	return fd;
}

static void hears(const char *address)
{
	char got[64];
	struct notify notify;
	int manager = manager_at(address);

	assert_int_equal(notify_open(address, &notify), 0);
	assert_true(notify_wanted(&notify));
	notify_send(&notify, "READY=1");
	notify_send(&notify, "STATUS=46 of 48 lines registered");
	assert_int_equal(recv(manager, got, sizeof(got), 0), 7);
	assert_memory_equal(got, "READY=1", 7);
	assert_int_equal(recv(manager, got, sizeof(got), 0), 32);
	assert_memory_equal(got, "STATUS=46 of 48 lines registered", 32);
	notify_close(&notify);
	assert_false(notify_wanted(&notify));
	close(manager);
}

static void both_kinds_of_sockets_hear_it(void **state)
{
	char folder[] = "/tmp/lineup-notify-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/notify", folder);
	hears(path);
	unlink(path);
	rmdir(folder);
	snprintf(path, sizeof(path), "@lineup-notify-test-%ld", (long)getpid());
	hears(path);
}

static void a_manager_that_reads_nothing_holds_nobody_up(void **state)
{
	char path[64];
	struct notify notify;
	int manager;

	(void)state;
	snprintf(path, sizeof(path), "@lineup-notify-full-%ld", (long)getpid());
	manager = manager_at(path);
	assert_int_equal(notify_open(path, &notify), 0);
	for (int i = 0; i < 5000; i++)
		notify_send(&notify, "WATCHDOG=1");
	/* Gone, and still nobody is held up or ended. */
	close(manager);
	notify_send(&notify, "WATCHDOG=1");
	notify_close(&notify);
}

static void without_a_manager_nothing_is_sent(void **state)
{
	struct notify notify;

	(void)state;
	assert_int_equal(notify_open(NULL, &notify), 0);
	assert_false(notify_wanted(&notify));
	notify_send(&notify, "READY=1");
	notify_close(&notify);
}

static void addresses_of_other_kinds_are_refused(void **state)
{
	char path[200];
	struct notify notify;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(notify_open(path, &notify), -EINVAL);
	assert_false(notify_wanted(&notify));
	assert_int_equal(notify_open("vsock:2:9999", &notify), -EINVAL);
	assert_int_equal(notify_open("", &notify), -EINVAL);
	assert_int_equal(notify_open("@", &notify), -EINVAL);
	assert_int_equal(notify_open("/no/such/folder/socket", &notify), -ENOENT);
	assert_false(notify_wanted(&notify));
}

static void the_watchdog_is_fed_twice_in_its_time(void **state)
{
	(void)state;
	assert_int_equal(notify_watchdog_ms("30000000", NULL, 7), 15000);
	assert_int_equal(notify_watchdog_ms("30000000", "7", 7), 15000);
	assert_int_equal(notify_watchdog_ms("30000000", "8", 7), 0);
	assert_int_equal(notify_watchdog_ms("30000000", "x", 7), 0);
	assert_int_equal(notify_watchdog_ms("3s", NULL, 7), 0);
	assert_int_equal(notify_watchdog_ms(NULL, NULL, 7), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_kinds_of_sockets_hear_it),
		cmocka_unit_test(a_manager_that_reads_nothing_holds_nobody_up),
		cmocka_unit_test(without_a_manager_nothing_is_sent),
		cmocka_unit_test(addresses_of_other_kinds_are_refused),
		cmocka_unit_test(the_watchdog_is_fed_twice_in_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
