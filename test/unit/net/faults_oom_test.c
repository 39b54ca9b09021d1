/* test/unit/net/faults_oom_test.c: each allocation and each system call of making things fails in
 * turn. The error must come back, nothing may be left open, and the next try must work. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/net.h"
#include "oom.h"

/* The calls that the linker finds here before libc's. */
enum call { CALL_NONE, SOCKET, SETSOCKOPT, BIND, GETSOCKNAME, CONNECT, MMAP, GETRANDOM };

static struct {
	enum call call;
	unsigned skip; /* calls of this kind that go through first */
	int error;
	unsigned hits;
} fault;

static bool call_fails(enum call call)
{
	if (fault.call != call)
		return false;
	if (fault.skip) {
		fault.skip--;
		return false;
	}
	fault.call = CALL_NONE;
	fault.hits++;
	errno = fault.error;
	return true;
}

int socket(int family, int type, int protocol)
{
	return call_fails(SOCKET) ? -1 : (int)syscall(SYS_socket, family, type, protocol);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	return call_fails(SETSOCKOPT) ? -1
	                              : (int)syscall(SYS_setsockopt, fd, level, name, value, n);
}

int bind(int fd, const struct sockaddr *addr, socklen_t n)
{
	return call_fails(BIND) ? -1 : (int)syscall(SYS_bind, fd, addr, n);
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *n)
{
	return call_fails(GETSOCKNAME) ? -1 : (int)syscall(SYS_getsockname, fd, addr, n);
}

int connect(int fd, const struct sockaddr *addr, socklen_t n)
{
	return call_fails(CONNECT) ? -1 : (int)syscall(SYS_connect, fd, addr, n);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	if (call_fails(MMAP))
		return MAP_FAILED;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is how this call returns an address */
	return (void *)syscall(SYS_mmap, at, n, protection, flags, fd, offset);
}

ssize_t getrandom(void *bytes, size_t n, unsigned flags)
{
	return call_fails(GETRANDOM) ? -1 : syscall(SYS_getrandom, bytes, n, flags);
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

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	(void)ctx;
	(void)from;
	(void)bytes;
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)error;
	(void)sent;
}

static const struct net_udp_handler handler = { on_datagram, on_error, NULL };

static void on_nothing(void *ctx)
{
	(void)ctx;
}

static void on_signal(void *ctx, int signo)
{
	(void)ctx;
	(void)signo;
}

static struct net_addr loopback(void)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(SLICE("127.0.0.1"), 0, &addr), 0);
	return addr;
}

static void each_system_call_of_opening_a_socket_may_fail(void **state)
{
	/* IP_RECVERR and SO_SELECT_ERR_QUEUE are needed, room for bursts is not. */
	static const struct {
		enum call call;
		unsigned skip;
		int error, result;
	} rows[] = {
		{ MMAP, 0, ENOMEM, -ENOMEM },
		{ SOCKET, 0, EMFILE, -EMFILE },
		{ SOCKET, 0, EAFNOSUPPORT, -EAFNOSUPPORT },
		{ SETSOCKOPT, 0, ENOPROTOOPT, -ENOPROTOOPT },
		{ SETSOCKOPT, 1, ENOPROTOOPT, -ENOPROTOOPT },
		{ SETSOCKOPT, 2, EPERM, 0 },
		{ SETSOCKOPT, 3, EPERM, 0 },
		{ BIND, 0, EACCES, -EACCES },
		{ GETSOCKNAME, 0, ENOBUFS, -ENOBUFS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_addr local = loopback();
		struct net_udp *udp = NULL;
		struct net *net;
		unsigned files;

		assert_int_equal(net_new(&net), 0);
		files = open_files();
		memset(&fault, 0, sizeof(fault));
		fault.skip = rows[i].skip;
		fault.error = rows[i].error;
		fault.call = rows[i].call;
		assert_int_equal(net_udp_open(net, &local, &handler, NULL, &udp), rows[i].result);
		assert_int_equal(fault.hits, 1);
		if (rows[i].result) {
			assert_null(udp);
			assert_int_equal(open_files(), files);
			assert_int_equal(net_udp_open(net, &local, &handler, NULL, &udp), 0);
		}
		net_udp_close(udp);
		net_free(net);
	}
}

static void each_system_call_of_finding_the_source_may_fail(void **state)
{
	static const struct {
		enum call call;
		int error;
	} rows[] = {
		{ SOCKET, EMFILE },
		{ CONNECT, ENETUNREACH },
		{ GETSOCKNAME, ENOBUFS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_addr to = loopback();
		struct net_source source = { .device = 0 };
		unsigned files = open_files();
		struct net *net;

		assert_int_equal(net_new(&net), 0);
		memset(&fault, 0, sizeof(fault));
		fault.error = rows[i].error;
		fault.call = rows[i].call;
		assert_int_equal(net_source_for(net, NULL, &to, &source), -rows[i].error);
		assert_int_equal(source.addr.any.sa_family, 0);
		net_free(net);
		assert_int_equal(open_files(), files);
	}
}

static void chance_that_fails_is_an_error_and_not_zeros(void **state)
{
	uint64_t number = 0;

	(void)state;
	memset(&fault, 0, sizeof(fault));
	fault.error = ENOSYS;
	fault.call = GETRANDOM;
	assert_int_equal(net_random(NULL, &number, sizeof(number)), -ENOSYS);
	fault.error = EINTR;
	fault.call = GETRANDOM;
	assert_int_equal(net_random(NULL, &number, sizeof(number)), 0);
	assert_true(number != 0);
}

static void each_allocation_may_fail(void **state)
{
	struct net_addr local = loopback();
	struct net_timer *timer = NULL;
	struct net_signal *signal = NULL;
	struct net_async *async = NULL;
	struct net_udp *udp = NULL;
	struct net *net = NULL;

	(void)state;
	oom_after(0);
	assert_int_equal(net_new(&net), -ENOMEM);
	assert_null(net);
	oom_off();
	assert_int_equal(net_new(&net), 0);
	oom_after(0);
	assert_int_equal(net_timer_new(net, on_nothing, NULL, &timer), -ENOMEM);
	assert_int_equal(net_signal_new(net, SIGUSR1, on_signal, NULL, &signal), -ENOMEM);
	assert_int_equal(net_async_new(net, on_nothing, NULL, &async), -ENOMEM);
	for (unsigned i = 0; i < 3; i++) {
		/* The inbox; the socket, after which the inbox stays; the outbox. */
		static const uint64_t allowed[] = { 0, 1, 1 };

		oom_after(allowed[i]);
		assert_int_equal(net_udp_open(net, &local, &handler, NULL, &udp), -ENOMEM);
		assert_null(udp);
		oom_off();
	}
	net_free(net);
	net_free(NULL);
}

/* A batch is full and left, and there is no memory for another one. */
static void sending_without_memory_is_no_buffer_space(void **state)
{
	struct net_addr local = loopback(), wrong;
	struct net_udp *udp;
	struct net *net;
	unsigned taken = 0;

	(void)state;
	assert_int_equal(net_addr_parse(SLICE("::1"), 9, &wrong), 0);
	assert_int_equal(net_new(&net), 0);
	assert_int_equal(net_udp_open(net, &local, &handler, NULL, &udp), 0);
	oom_after(0);
	/* The kernel refuses the first, so that the batch is not sent before the turn ends. */
	while (net_udp_send(udp, &wrong, SLICE("x")) == 0)
		taken++;
	assert_int_equal(taken, 64);
	assert_int_equal(net_udp_send(udp, &wrong, SLICE("x")), -ENOBUFS);
	oom_off();
	assert_int_equal(net_udp_send(udp, &wrong, SLICE("x")), 0);
	net_udp_close(udp);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_system_call_of_opening_a_socket_may_fail),
		cmocka_unit_test(each_system_call_of_finding_the_source_may_fail),
		cmocka_unit_test(chance_that_fails_is_an_error_and_not_zeros),
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(sending_without_memory_is_no_buffer_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
