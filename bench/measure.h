/* bench/measure.h: what the measured programs have in common: one CPU, one clock, one form of
 * result. */
#ifndef LINEUP_BENCH_MEASURE_H
#define LINEUP_BENCH_MEASURE_H

#include <stdint.h>

#include "net/addr.h"

#define MEASURE_THREADS_MAX 16
#define MEASURE_MESSAGE_MAX 2048
/* What threads write to stands so far apart: the processor fetches cache lines in pairs. */
#define MEASURE_APART 128

/* A message that was written to a file as it went over the wire. */
struct measure_message {
	char bytes[MEASURE_MESSAGE_MAX];
	size_t n;
};
void measure_read(const char *path, struct measure_message *ret_message);

/* Stays on the index-th CPU of those that are allowed (the last where there are fewer). */
void measure_pin(unsigned index);

/* What this thread has used since it began. */
struct measure_cpu {
	uint64_t all_ns; /* user and system */
	uint64_t user_us, system_us;
	uint64_t faults; /* minor page faults: memory that was touched for the first time */
	uint64_t wall_ns;
};
void measure_now(struct measure_cpu *ret_cpu);

/* How often the kernel was called, and for how many datagrams (of streams: messages). */
struct measure_calls {
	uint64_t send, receive; /* calls; those that found nothing included */
	uint64_t wait;          /* ... to wait, where that is a call of its own and was counted */
	uint64_t sent, received;
	uint64_t
		trains; /* pieces that were handed over: datagrams, or runs of them (UDP_SEGMENT) */
};

/* Prints one line of JSON: CPU time and wall time since begun, for registrations of them, and for
 * each the calls; NULL: nobody counted them. */
void measure_print(const char *name, const struct measure_cpu *begun, uint64_t registrations,
                   const struct measure_calls *calls);

/* Adds what this thread has used since begun, or what another has; and prints such a sum in the
 * same form. */
void measure_add(struct measure_cpu *sum, const struct measure_cpu *begun);
void measure_sum(struct measure_cpu *sum, const struct measure_cpu *used);
void measure_sum_calls(struct measure_calls *sum, const struct measure_calls *calls);
void measure_print_used(const char *name, const struct measure_cpu *used, uint64_t registrations,
                        const struct measure_calls *calls);

/* CPU time that a minor page fault takes here: what the machine, and what is below it, makes of it.
 */
double measure_fault_us(void);

/* Bytes of memory that this process has resident and not shared with a file (/proc/self/statm). */
uint64_t measure_resident_bytes(void);

/* Prints one line of JSON: how many bytes each of count lines takes. */
void measure_print_memory(const char *name, uint64_t before_bytes, uint64_t count);

/* "127.0.0.1:5060", and a number; the program ends with a message where text is neither. */
struct net_addr measure_addr(const char *text);
/* Of several with commas between them, the one of a thread by its index; where there are fewer they
 * are taken in turn. */
struct net_addr measure_addr_of(const char *text, unsigned index);
uint32_t measure_number(const char *text, uint32_t max);

/* The TLS of a stub, of two PEM files. The program ends with a message where they will not do. */
struct net_tls;
struct net_tls *measure_server_tls(const char *cert_path, const char *key_path);

/* What a client on another stack is told: ADDRESS REGISTRATIONS WINDOW. The program ends with a
 * message where these are something else; else it stays on the first CPU. */
void measure_client(int argc, char **argv, const char **ret_server, uint32_t *ret_total,
                    uint32_t *ret_window);

/* What the line of a user logs in with: as long as such names are, and different for each line.
 * kamailio.py has the same. */
#define MEASURE_LOGIN_MAX 64
struct measure_login {
	char auth_user[MEASURE_LOGIN_MAX], password[MEASURE_LOGIN_MAX];
};
void measure_login(const char *user, struct measure_login *ret_login);

/* The other way round: the password of an auth user. */
struct slice measure_password(struct slice auth_user, char memory[MEASURE_LOGIN_MAX]);

/* The texts of the line with that number (from 0) at a server. */
struct measure_account {
	char user[16], server[80], aor[80];
	struct measure_login login;
};
void measure_account(const char *server, uint32_t number, struct measure_account *ret_account);

/* Ends the program with a message: for what cannot go wrong on a sane machine. */
_Noreturn void measure_die(const char *what, int error);

#endif
