/* cli/practice.c: `lineup practice`: its rows, its settings checked, and what the registrar tells
 * shown on the screen. */
#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/term.h"
#include "log/log.h"
#include "practice/practice.h"
#include "sip/mask.h"

#define SIP_PORT       5060
#define USERS_FILE_MAX (64u << 20)  /* bytes */
#define PRINT_MAX      (512 * 1024) /* bytes of one thing that is printed: a traced message */
#define FAULTS_MAX     4096         /* bytes of complaints about a file */

static const struct cli_option options[] = {
	{ 'l', "listen", "ADDRESS[:PORT]", "127.0.0.1:5060", NULL,
	  "where to listen, over UDP; port 0: any that is free" },
	{ 0, "user", "EXTENSION:PASSWORD[:AUTH-USER]", NULL, NULL,
	  "an account; may be given many times; otherwise 1001 to 1008 with the password "
	  "\"practice\"" },
	{ 0, "users", "FILE", NULL, NULL,
	  "accounts from a file, one a line in the same form; # begins a remark" },
	{ 0, "realm", "REALM", "practice", NULL, "the realm of the challenges" },
	{ 0, "min-expires", "SECONDS", "10", NULL, "shorter registrations are answered 423" },
	{ 0, "max-expires", "SECONDS", "3600", NULL, "longer registrations are cut down to this" },
	{ 0, "algorithm", "NAME", NULL, "md5 sha-256 sha-512-256 all",
	  "what to challenge with; otherwise SHA-256 and, after it, MD5" },
	{ 0, "trace", NULL, NULL, NULL, "show the SIP messages, with the secrets in them masked" },
	{ 0, "json", NULL, NULL, NULL, "one JSON object a line for each event" },
	{ 'q', "quiet", NULL, NULL, NULL, "show where it listens, and nothing after that" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was ended by Ctrl-C or SIGTERM" },
	{ CLI_FAILED, "it could not listen" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup practice", "accounts 1001 to 1008; register a phone at 127.0.0.1 to see it" },
	{ "lineup practice -l 127.0.0.1:0 --user 1001:secret:studio-a",
	  "any free port, one account with an Auth User of its own" },
	{ "lineup practice -l 192.0.2.10 --users accounts.txt --algorithm md5",
	  "for the phones of a whole room, old ones included" },
	{ 0 },
};

struct run {
	const struct cli_args *args;
	struct practice_users users;
	struct practice_config config;
	struct net_addr listen;
	struct term term;
	struct net *net;
	struct practice *practice;
	struct net_signal *signals[2];
	char *print; /* PRINT_MAX bytes to compose in */
	bool own_users, trace, json, quiet;
};

/* ---- settings */

/* "192.0.2.1", "192.0.2.1:5070", "[2001:db8::1]:5070", "2001:db8::1" */
static int parse_listen(struct slice text, struct net_addr *ret_addr)
{
	size_t host_n = slice_find(text, ':');
	uint32_t port = SIP_PORT;

	if (text.n && text.p[0] == '[') {
		host_n = slice_find(text, ']');
		host_n += host_n < text.n;
	} else if (host_n < text.n) {
		struct slice behind = slice_from(text, host_n + 1);

		if (slice_find(behind, ':') < behind.n)
			host_n = text.n;
	}
	if (host_n < text.n && (text.p[host_n] != ':' ||
	                        num_u32(slice_from(text, host_n + 1), UINT16_MAX, &port) != 0))
		return -EINVAL;
	return net_addr_parse(slice_of(text.p, host_n), (uint16_t)port, ret_addr);
}

static int read_listen(struct run *run)
{
	const char *given = cli_value(run->args, "listen");
	char memory[256];

	if (parse_listen(slice_str(given), &run->listen) != 0)
		return cli_usage_error(run->args,
		                       "--listen \"%s\" is not an address of this machine, such as "
		                       "127.0.0.1 or 192.0.2.10:5070",
		                       cli_shown(given, memory, sizeof(memory)));
	return CLI_OK;
}

static int add_given_users(struct run *run)
{
	for (unsigned i = 0; i < cli_times(run->args, "user"); i++) {
		const char *given = cli_value_at(run->args, "user", i);
		char memory[512];
		struct buf fault = buf_over(memory, sizeof(memory));
		int err = practice_users_add(&run->users, slice_str(given), &fault);

		if (err == -EINVAL)
			return cli_usage_error(run->args, "--user: %.*s", (int)fault.n, fault.p);
		if (err)
			return err;
	}
	return CLI_OK;
}

/* Reads a file whole, with the memory of passwords wiped wherever it moves. Returns 0 or negative
 * errno. */
static int read_file(const char *path, char **ret_text, size_t *ret_n)
{
	FILE *file = fopen(path, "re");
	char *text = NULL, *larger;
	size_t n = 0, cap = 0;
	int err = 0;

	if (!file)
		return -errno;
	setvbuf(file, NULL, _IONBF, 0);
	do {
		if (n == cap) {
			larger = cap < USERS_FILE_MAX
			                 ? OPENSSL_clear_realloc(text, cap, cap ? 2 * cap : 65536)
			                 : NULL;
			if (!larger) {
				err = cap < USERS_FILE_MAX ? -ENOMEM : -EFBIG;
				break;
			}
			text = larger;
			cap = cap ? 2 * cap : 65536;
		}
		errno = 0;
		n += fread(text + n, 1, cap - n, file);
	} while (!feof(file) && !ferror(file));
	if (ferror(file))
		err = errno ? -errno : -EIO;
	fclose(file);
	if (err) {
		OPENSSL_clear_free(text, cap);
		return err;
	}
	*ret_text = OPENSSL_clear_realloc(text, cap, n ? n : 1);
	*ret_n = n;
	return *ret_text ? 0 : -ENOMEM;
}

/* Complaints name the file and the line, and stand for themselves. */
static int add_users_of(struct run *run, const char *path)
{
	char memory[FAULTS_MAX], name[256], *text = NULL;
	struct buf faults = buf_over(memory, sizeof(memory));
	size_t n = 0;
	int err = read_file(path, &text, &n);

	if (err)
		return cli_usage_error(run->args, "--users: cannot read %s: %s",
		                       cli_shown(path, name, sizeof(name)), strerror(-err));
	err = practice_users_read(&run->users, slice_of(text, n),
	                          cli_shown(path, name, sizeof(name)), &faults);
	OPENSSL_clear_free(text, n ? n : 1);
	if (err != -EINVAL)
		return err;
	fprintf(run->args->err, "%.*s%s", (int)faults.n, faults.p, faults.full ? "...\n" : "");
	return CLI_USAGE;
}

static int add_own_users(struct run *run)
{
	char line[] = "100x:practice", memory[128];
	struct buf fault = buf_over(memory, sizeof(memory));
	int err = 0;

	run->own_users = true;
	for (char digit = '1'; digit <= '8' && !err; digit++) {
		line[3] = digit;
		err = practice_users_add(&run->users, slice_str(line), &fault);
	}
	return err;
}

static int read_users(struct run *run)
{
	char memory[512];
	struct buf name = buf_over(memory, sizeof(memory));
	struct slice extension;
	int err = add_given_users(run);

	for (unsigned i = 0; !err && i < cli_times(run->args, "users"); i++)
		err = add_users_of(run, cli_value_at(run->args, "users", i));
	if (!err && !cli_times(run->args, "user") && !cli_times(run->args, "users"))
		err = add_own_users(run);
	if (!err && run->users.count == 0)
		return cli_usage_error(run->args, "--users: there is no account in it");
	if (err == -ENOSPC)
		return cli_usage_error(run->args, "more than %d accounts", PRACTICE_USERS_MAX);
	if (err)
		return err;
	err = practice_users_find_twice(&run->users, &extension);
	if (err != -EEXIST)
		return err;
	buf_show(&name, extension);
	return cli_usage_error(run->args, "extension %.*s is named twice", (int)name.n, name.p);
}

static int read_realm(struct run *run)
{
	const char *given = cli_value(run->args, "realm");

	if (strlen(given) > DIGEST_REALM_MAX)
		return cli_usage_error(run->args, "--realm is longer than %d bytes",
		                       DIGEST_REALM_MAX);
	for (const char *at = given; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return cli_usage_error(run->args, "--realm has a control character in it");
	run->config.realm = slice_str(given);
	return CLI_OK;
}

static int read_times(struct run *run)
{
	int status = cli_number(run->args, "min-expires", 1, PRACTICE_EXPIRES_MAX_S,
	                        &run->config.expires_min_s);

	if (!status)
		status = cli_number(run->args, "max-expires", 1, PRACTICE_EXPIRES_MAX_S,
		                    &run->config.expires_max_s);
	if (!status && run->config.expires_min_s > run->config.expires_max_s)
		return cli_usage_error(run->args, "--min-expires is above --max-expires");
	return status;
}

/* The names of --algorithm; without it the default of the room stands. */
static void read_algorithm(struct run *run)
{
	static const struct {
		const char *name;
		enum digest_algorithm algorithm;
	} rows[] = {
		{ "sha-512-256", DIGEST_SHA_512_256 },
		{ "sha-256", DIGEST_SHA_256 },
		{ "md5", DIGEST_MD5 },
	};
	const char *given = cli_value(run->args, "algorithm");

	if (!given)
		return;
	run->config.algorithm_count = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(given, "all") == 0 || strcmp(given, rows[i].name) == 0)
			run->config.algorithms[run->config.algorithm_count++] = rows[i].algorithm;
}

static int read_settings(struct run *run)
{
	int status = read_listen(run);

	run->config = practice_config_default();
	run->trace = cli_times(run->args, "trace") > 0;
	run->json = cli_times(run->args, "json") > 0;
	run->quiet = cli_times(run->args, "quiet") > 0;
	read_algorithm(run);
	if (!status)
		status = read_realm(run);
	if (!status)
		status = read_times(run);
	if (!status)
		status = read_users(run);
	run->config.users = run->users.list;
	run->config.user_count = run->users.count;
	return status;
}

/* ---- what is shown */

static void print_line(struct run *run, struct buf *line)
{
	buf_char(line, '\n');
	fwrite(line->p, 1, line->n, run->args->out);
	fflush(run->args->out);
}

/* "09:14:02.113  ", as the clock of the place shows it. */
static void put_clock(const struct run *run)
{
	int64_t wall_ms = net_wall_ms(run->net);
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	term_printf(&run->term, TERM_DIM, "%02d:%02d:%02d.%03d  ", tm.tm_hour, tm.tm_min, tm.tm_sec,
	            (int)(wall_ms % 1000));
}

static enum term_mark mark_of(enum practice_event_kind kind)
{
	switch (kind) {
	case PRACTICE_REGISTERED:
	case PRACTICE_REFRESHED:
		return TERM_MARK_GOOD;
	case PRACTICE_CHALLENGED:
		return TERM_MARK_WAIT;
	case PRACTICE_REFUSED:
	case PRACTICE_EXPIRED:
		return TERM_MARK_BAD;
	case PRACTICE_REMOVED:
	case PRACTICE_QUERIED:
	case PRACTICE_ANSWERED:
	case PRACTICE_IGNORED:
	case PRACTICE_EVENT_COUNT:
		break;
	}
	return TERM_MARK_NONE;
}

static void on_event(void *ctx, const struct practice_event *event)
{
	struct run *run = ctx;
	struct buf line = buf_over(run->print, PRINT_MAX);

	if (run->quiet)
		return;
	if (run->json) {
		practice_event_json(event, net_wall_ms(run->net), &line);
	} else {
		put_clock(run);
		term_mark(&run->term, mark_of(event->kind));
		fputc(' ', run->args->out);
		practice_event_show(event, &line);
	}
	print_line(run, &line);
}

static void print_json_message(struct run *run, enum practice_way way, struct slice peer,
                               struct slice masked)
{
	char memory[32];
	struct buf now = buf_over(memory, sizeof(memory));
	struct buf line = buf_over(run->print, PRINT_MAX);
	struct json json = json_over(&line);

	log_time_utc(net_wall_ms(run->net), &now);
	json_open_object(&json, NULL);
	json_put_string(&json, "time", buf_slice(&now));
	json_put_string(&json, "event", SLICE("message"));
	json_put_string(&json, way == PRACTICE_IN ? "from" : "to", peer);
	json_put_string(&json, "message", masked);
	json_close_object(&json);
	if (!line.full)
		print_line(run, &line);
}

static void on_trace(void *ctx, enum practice_way way, const struct net_addr *peer,
                     struct slice bytes)
{
	struct run *run = ctx;
	char memory[NET_ADDR_TEXT_MAX], masked[16384];
	struct buf address = buf_over(memory, sizeof(memory));
	struct buf out = buf_over(run->print, PRINT_MAX);

	net_addr_show(peer, &address);
	if (run->json) {
		out = buf_over(masked, sizeof(masked));
		sip_show_masked(bytes, SLICE(""), &out);
		print_json_message(run, way, buf_slice(&address), buf_slice(&out));
		return;
	}
	put_clock(run);
	buf_str(&out, way == PRACTICE_IN ? "from " : "to ");
	buf_put(&out, buf_slice(&address));
	buf_char(&out, '\n');
	sip_show_masked(bytes, way == PRACTICE_IN ? SLICE("  < ") : SLICE("  > "), &out);
	fwrite(out.p, 1, out.n, run->args->out);
	fflush(run->args->out);
}

static bool is_loopback(const struct net_addr *addr)
{
	if (addr->any.sa_family == AF_INET)
		return ntohl(addr->v4.sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&addr->v6.sin6_addr);
}

static void print_start_json(struct run *run, struct slice address)
{
	struct buf line = buf_over(run->print, PRINT_MAX);
	struct json json = json_over(&line);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("listening"));
	json_put_string(&json, "address", address);
	json_put_string(&json, "transport", SLICE("udp"));
	json_put_string(&json, "realm", run->config.realm);
	json_put_number(&json, "users", run->users.count);
	json_close_object(&json);
	print_line(run, &line);
}

static void put_summary(const struct run *run, struct buf *out)
{
	buf_str(out, "\n  ");
	if (run->own_users) {
		buf_str(out, "extensions 1001 to 1008, password \"practice\"");
	} else {
		buf_u64(out, run->users.count);
		buf_str(out, run->users.count == 1 ? " extension" : " extensions");
	}
	buf_str(out, ", realm \"");
	buf_show(out, run->config.realm);
	buf_str(out, "\", over UDP, whatever the domain\nCtrl-C ends it.");
}

/* Other machines can reach it, which is meant to be a decision. */
static void warn_open(const struct run *run, struct slice address)
{
	struct term err = term_of(run->args->err);

	term_put(&err, TERM_RED, "WARNING");
	fprintf(run->args->err,
	        ": other machines can reach %.*s. This is a registrar for rehearsals: give it no "
	        "password that is used elsewhere.\n",
	        (int)address.n, address.p);
}

/* The first line is for scripts, too: "listening on ADDRESS:PORT". */
static void print_start(struct run *run)
{
	char memory[NET_ADDR_TEXT_MAX];
	struct buf address = buf_over(memory, sizeof(memory));
	struct buf out = buf_over(run->print, PRINT_MAX);

	net_addr_show(practice_local(run->practice), &address);
	if (run->json) {
		print_start_json(run, buf_slice(&address));
	} else {
		buf_str(&out, "listening on ");
		buf_put(&out, buf_slice(&address));
		if (!run->quiet)
			put_summary(run, &out);
		print_line(run, &out);
	}
	if (!is_loopback(practice_local(run->practice)))
		warn_open(run, buf_slice(&address));
}

static void print_end(struct run *run)
{
	struct practice_stats stats;

	if (run->quiet || run->json)
		return;
	practice_stats(run->practice, &stats);
	fprintf(run->args->out,
	        "%sended: %llu requests answered, %llu of them with success; %u bindings dropped\n",
	        run->term.tty ? "\n" : "", (unsigned long long)stats.requests,
	        (unsigned long long)stats.by_class[2], stats.bindings);
}

/* ---- the run */

static void on_signal(void *ctx, int signo)
{
	struct run *run = ctx;

	(void)signo;
	net_stop(run->net);
}

static int open_practice(struct run *run)
{
	static const struct practice_handler tell = { .event = on_event };
	static const struct practice_handler tell_all = { .event = on_event, .trace = on_trace };
	char memory[NET_ADDR_TEXT_MAX];
	struct buf address = buf_over(memory, sizeof(memory));
	int err = practice_new(run->net, &run->listen, &run->config, run->trace ? &tell_all : &tell,
	                       run, &run->practice);

	if (!err || err == -ENOMEM)
		return err;
	net_addr_show(&run->listen, &address);
	return cli_fail(
		run->args, "cannot listen on %.*s: %s%s", (int)address.n, address.p, strerror(-err),
		err == -EADDRINUSE ? "; --listen 127.0.0.1:0 takes any port that is free" : "");
}

static int set_up(struct run *run)
{
	static const int ends[] = { SIGINT, SIGTERM };
	int err;

	run->print = malloc(PRINT_MAX);
	if (!run->print)
		return -ENOMEM;
	err = net_new(&run->net);
	for (unsigned i = 0; !err && i < 2; i++)
		err = net_signal_new(run->net, ends[i], on_signal, run, &run->signals[i]);
	return err ? err : open_practice(run);
}

static void tear_down(struct run *run)
{
	practice_free(run->practice);
	for (unsigned i = 0; i < 2; i++)
		if (run->signals[i])
			net_signal_free(run->signals[i]);
	if (run->net)
		net_free(run->net);
	practice_users_done(&run->users);
	free(run->print);
}

static int run_practice(const struct cli_args *args)
{
	struct run run = { .args = args, .term = term_of(args->out) };
	int status = read_settings(&run);

	if (!status)
		status = set_up(&run);
	if (!status) {
		print_start(&run);
		practice_users_done(&run.users); /* the registrar has its hashes */
		status = net_run(run.net);
	}
	if (!status)
		print_end(&run);
	tear_down(&run);
	return status;
}

const struct cli_command cli_practice = {
	.name = "practice",
	.brief = "a SIP registrar on this machine, to rehearse with",
	.description =
		"Starts a registrar that phones, and lineup register, can register at, and shows "
		"what each of them does: who asked, who was refused and why, until when a "
		"registration lasts. It challenges as a real one does, keeps to RFC 3261 10.3, and "
		"takes any domain for its own, so that a phone only needs it as outbound proxy."
		"\n\n"
		"Without --user and --users there are the extensions 1001 to 1008, each with the "
		"password \"practice\". Nothing is kept when it ends."
		"\n\n"
		"Many phones read only the first challenge of an answer, or know nothing but MD5. "
		"One that falls silent after it was asked for its password is such a phone: give "
		"it "
		"--algorithm md5.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.secrecy = CLI_SECRET,
	.run = run_practice,
};
