/* bench/measure.c: pinning, clocks, results. */
#include "measure.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "net/tls.h"

#define FILE_MAX 65536
#define FAULTS   1024 /* for the mean of one */

void measure_die(const char *what, int error)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(2);
}

void measure_pin(unsigned index)
{
	cpu_set_t allowed, one;
	int chosen = -1;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		measure_die("sched_getaffinity", errno);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		chosen = cpu;
		if (index-- == 0)
			break;
	}
	CPU_ZERO(&one);
	CPU_SET(chosen, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		measure_die("sched_setaffinity", errno);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t us_of(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec;
}

void measure_now(struct measure_cpu *ret_cpu)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	*ret_cpu = (struct measure_cpu){
		.all_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
		.user_us = us_of(usage.ru_utime),
		.system_us = us_of(usage.ru_stime),
		.faults = (uint64_t)usage.ru_minflt,
		.wall_ns = clock_ns(CLOCK_MONOTONIC),
	};
}

void measure_add(struct measure_cpu *sum, const struct measure_cpu *begun)
{
	struct measure_cpu now;

	measure_now(&now);
	sum->all_ns += now.all_ns - begun->all_ns;
	sum->user_us += now.user_us - begun->user_us;
	sum->system_us += now.system_us - begun->system_us;
	sum->faults += now.faults - begun->faults;
	sum->wall_ns += now.wall_ns - begun->wall_ns;
}

void measure_sum(struct measure_cpu *sum, const struct measure_cpu *used)
{
	sum->all_ns += used->all_ns;
	sum->user_us += used->user_us;
	sum->system_us += used->system_us;
	sum->faults += used->faults;
	if (used->wall_ns > sum->wall_ns)
		sum->wall_ns = used->wall_ns;
}

void measure_sum_calls(struct measure_calls *sum, const struct measure_calls *calls)
{
	sum->send += calls->send;
	sum->receive += calls->receive;
	sum->wait += calls->wait;
	sum->sent += calls->sent;
	sum->received += calls->received;
	sum->trains += calls->trains;
}

static void print_calls(const struct measure_calls *calls, double n)
{
	const struct {
		const char *name;
		uint64_t count;
	} rows[] = {
		{ "calls_send", calls->send },   { "calls_receive", calls->receive },
		{ "calls_wait", calls->wait },   { "sent", calls->sent },
		{ "received", calls->received }, { "trains", calls->trains },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf(", \"%s\": %.4f", rows[i].name, (double)rows[i].count / n);
}

void measure_print_used(const char *name, const struct measure_cpu *used, uint64_t registrations,
                        const struct measure_calls *calls)
{
	double n = (double)registrations;

	printf("{\"name\": \"%s\", \"registrations\": %" PRIu64
	       ", \"cpu_us\": %.3f, \"user_us\": %.3f, \"system_us\": %.3f, \"wall_us\": %.3f, "
	       "\"faults\": %.4f",
	       name, registrations, (double)used->all_ns / 1e3 / n, (double)used->user_us / n,
	       (double)used->system_us / n, (double)used->wall_ns / 1e3 / n,
	       (double)used->faults / n);
	if (calls)
		print_calls(calls, n);
	printf("}\n");
	fflush(stdout);
}

void measure_print(const char *name, const struct measure_cpu *begun, uint64_t registrations,
                   const struct measure_calls *calls)
{
	struct measure_cpu used = { 0 };

	measure_add(&used, begun);
	measure_print_used(name, &used, registrations, calls);
}

double measure_fault_us(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct measure_cpu begun, used = { 0 };
	char *memory = mmap(NULL, FAULTS * page, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		measure_die("mmap", errno);
	measure_now(&begun);
	for (size_t i = 0; i < FAULTS; i++)
		memory[i * page] = 1;
	measure_add(&used, &begun);
	munmap(memory, FAULTS * page);
	if (!used.faults) /* the kernel gives larger pages */
		measure_die("page faults", EINVAL);
	return (double)used.all_ns / 1e3 / (double)used.faults;
}

uint64_t measure_resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	char text[128] = "";
	struct slice rest;
	uint32_t pages[3]; /* size, resident, of which backed by files */

	if (!file || !fgets(text, sizeof(text), file))
		measure_die("/proc/self/statm", errno);
	fclose(file);
	rest = slice_str(text);
	for (unsigned i = 0; i < 3; i++) {
		size_t n = slice_find(rest, ' ');

		if (num_u32(slice_of(rest.p, n), UINT32_MAX, &pages[i]))
			measure_die("/proc/self/statm", EINVAL);
		rest = slice_from(rest, n + 1);
	}
	return (uint64_t)(pages[1] - pages[2]) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void measure_print_memory(const char *name, uint64_t before_bytes, uint64_t count)
{
	printf("{\"name\": \"%s\", \"lines\": %" PRIu64 ", \"bytes\": %.1f}\n", name, count,
	       (double)(measure_resident_bytes() - before_bytes) / (double)count);
	fflush(stdout);
}

uint32_t measure_number(const char *text, uint32_t max)
{
	uint32_t number;
	int error = num_u32(slice_str(text), max, &number);

	if (error)
		measure_die(text, error);
	return number;
}

void measure_read(const char *path, struct measure_message *ret_message)
{
	FILE *file = fopen(path, "r");

	if (!file)
		measure_die(path, errno);
	ret_message->n = fread(ret_message->bytes, 1, MEASURE_MESSAGE_MAX, file);
	fclose(file);
	if (ret_message->n == 0 || ret_message->n == MEASURE_MESSAGE_MAX)
		measure_die(path, EMSGSIZE);
}

static struct slice read_file(const char *path, char bytes[FILE_MAX])
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		measure_die(path, errno);
	n = fread(bytes, 1, FILE_MAX, file);
	fclose(file);
	return slice_of(bytes, n);
}

struct net_tls *measure_server_tls(const char *cert_path, const char *key_path)
{
	static char cert[FILE_MAX], key[FILE_MAX];
	struct net_tls *tls;
	int error = net_tls_new_server(read_file(cert_path, cert), read_file(key_path, key),
	                               SLICE_NONE, &tls);

	if (error)
		measure_die(cert_path, error);
	return tls;
}

void measure_client(int argc, char **argv, const char **ret_server, uint32_t *ret_total,
                    uint32_t *ret_window)
{
	if (argc != 4)
		measure_die("usage: PROGRAM ADDRESS REGISTRATIONS WINDOW", EINVAL);
	*ret_server = argv[1];
	*ret_total = measure_number(argv[2], 1000000);
	*ret_window = measure_number(argv[3], 4096);
	measure_pin(0);
}

#define AUTH_BEFORE   SLICE("phone-")
#define AUTH_BEHIND   SLICE("-studio")
#define SECRET_BEFORE SLICE("secret-of-")

void measure_login(const char *user, struct measure_login *ret_login)
{
	struct buf auth_user = buf_over(ret_login->auth_user, sizeof(ret_login->auth_user));
	struct buf password = buf_over(ret_login->password, sizeof(ret_login->password));

	buf_put(&auth_user, AUTH_BEFORE);
	buf_str(&auth_user, user);
	buf_put(&auth_user, AUTH_BEHIND);
	buf_put(&password, SECRET_BEFORE);
	buf_str(&password, user);
	if (buf_end(&auth_user) < 0 || buf_end(&password) < 0)
		measure_die(user, ENOBUFS);
}

struct slice measure_password(struct slice auth_user, char memory[MEASURE_LOGIN_MAX])
{
	const size_t around = AUTH_BEFORE.n + AUTH_BEHIND.n;
	struct buf password = buf_over(memory, MEASURE_LOGIN_MAX);

	if (auth_user.n <= around || auth_user.n > MEASURE_LOGIN_MAX)
		return SLICE_NONE;
	buf_put(&password, SECRET_BEFORE);
	buf_put(&password, slice_of(auth_user.p + AUTH_BEFORE.n, auth_user.n - around));
	return password.full ? SLICE_NONE : buf_slice(&password);
}

void measure_account(const char *server, uint32_t number, struct measure_account *ret_account)
{
	struct measure_account *account = ret_account;

	snprintf(account->user, sizeof(account->user), "%07" PRIu32, 1000000 + number);
	measure_login(account->user, &account->login);
	snprintf(account->server, sizeof(account->server), "sip:%s", server);
	snprintf(account->aor, sizeof(account->aor), "sip:%s@%s", account->user, server);
}

static struct net_addr addr_of(struct slice text)
{
	size_t colon = slice_find(text, ':');
	struct net_addr addr;
	uint32_t port;
	int error = -EINVAL;

	if (colon < text.n && num_u32(slice_from(text, colon + 1), UINT16_MAX, &port) == 0)
		error = net_addr_parse(slice_of(text.p, colon), (uint16_t)port, &addr);
	if (error)
		measure_die(text.p, error);
	return addr;
}

struct net_addr measure_addr(const char *text)
{
	return addr_of(slice_str(text));
}

struct net_addr measure_addr_of(const char *text, unsigned index)
{
	const struct slice all = slice_str(text);
	struct slice rest = all;
	size_t n = slice_find(rest, ',');

	for (; index > 0; index--) {
		rest = n < rest.n ? slice_from(rest, n + 1) : all;
		n = slice_find(rest, ',');
	}
	return addr_of(slice_of(rest.p, n));
}
