/* cli/practice.c: `lineup practice`: its rows, and its settings checked. */
#include "cli/practice.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>

#include "base/num.h"
#include "cli/commands.h"
#include "sip/aor.h"

#define SIP_PORT       5060
#define USERS_FILE_MAX (64u << 20) /* bytes */
#define FAULTS_MAX     4096        /* bytes of complaints about a file */

static const struct cli_option options[] = {
	{ 'l', "listen", "ADDRESS[:PORT]", "127.0.0.1:5060", NULL,
	  "where to listen, over UDP and TCP; port 0: any that is free" },
	{ 0, "tls", NULL, NULL, NULL,
	  "listen for TLS, too, at the next port, with a certificate of an authority that is made "
	  "for "
	  "this run; it is for localhost, 127.0.0.1, ::1 and the address of --listen" },
	{ 0, "tls-ca", "FILE", "lineup-practice-ca.pem", NULL,
	  "with --tls: where to write the certificate of that authority, for clients to trust; a "
	  "file that has anything else in it is left alone" },
	{ 0, "user", "EXTENSION:PASSWORD[:AUTH-USER[:FAULTS]]", NULL, NULL,
	  "an account; may be given many times; otherwise 1001 to 1008, and extensions that always "
	  "have a fault, with the password \"practice\"" },
	{ 0, "users", "FILE", NULL, NULL,
	  "accounts from a file, one a line in the same form; # begins a remark" },
	{ 0, "realm", "REALM", "practice", NULL, "the realm of the challenges" },
	{ 0, "min-expires", "SECONDS", "10", NULL, "shorter registrations are answered 423" },
	{ 0, "max-expires", "SECONDS", "3600", NULL, "longer registrations are cut down to this" },
	{ 0, "algorithm", "NAME", "md5", "md5 sha-256 sha-512-256 all",
	  "what to challenge with; all: a challenge for each, the strongest first" },
	{ 0, "fault", "[EXTENSION:]NAME[=VALUE]", NULL, NULL,
	  "do this wrong, for one extension or for all; may be given many times" },
	{ 0, "faults", NULL, NULL, NULL, "list the faults there are, and end" },
	{ 0, "seed", "NUMBER", "1", NULL, "what gets lost by the fault loss; the same, the same" },
	{ 0, "trace", NULL, NULL, NULL, "show the SIP messages, with the secrets in them masked" },
	{ 0, "json", NULL, NULL, NULL, "one JSON object a line for each event" },
	{ 'q', "quiet", NULL, NULL, NULL, "show where it listens, and nothing after that" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was ended by Ctrl-C or SIGTERM, or --faults were listed" },
	{ CLI_FAILED, "it could not listen" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup practice", "extensions 1001 to 1008; register a phone at 127.0.0.1 to see it" },
	{ "lineup practice -l 127.0.0.1:0 --user 1001:secret:studio-a",
	  "any free port, one account with an Auth User of its own" },
	{ "lineup practice -l 192.0.2.10 --users accounts.txt", "for the phones of a whole room" },
	{ "lineup practice --tls --tls-ca ca.pem",
	  "TLS at port 5061; then lineup register sips:1001@localhost --tls-ca ca.pem" },
	{ "lineup practice --fault loss=10 --fault 1002:403",
	  "a bad network for all, and 1002 is forbidden" },
	{ 0 },
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

static int read_listen(struct practice_run *run)
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

static int add_given_users(struct practice_run *run)
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
static int add_users_of(struct practice_run *run, const char *path)
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

static int read_users(struct practice_run *run)
{
	char memory[512];
	struct buf name = buf_over(memory, sizeof(memory));
	struct slice extension;
	int err = add_given_users(run);

	for (unsigned i = 0; !err && i < cli_times(run->args, "users"); i++)
		err = add_users_of(run, cli_value_at(run->args, "users", i));
	run->own_users = !cli_times(run->args, "user") && !cli_times(run->args, "users");
	if (!err && run->own_users)
		err = practice_users_add_own(&run->users);
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

static int read_realm(struct practice_run *run)
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

static int read_times(struct practice_run *run)
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

/* The names of --algorithm. */
static void read_algorithm(struct practice_run *run)
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

	run->config.algorithm_count = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(given, "all") == 0 || strcmp(given, rows[i].name) == 0)
			run->config.algorithms[run->config.algorithm_count++] = rows[i].algorithm;
}

/* One --fault. Extensions are compared without their escapes. */
static int read_fault(struct practice_run *run, const char *given)
{
	char escaped[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1], memory[512];
	struct buf why = buf_over(memory, sizeof(memory));
	struct practice_fault fault;
	struct slice extension;
	int err = practice_fault_parse_for(slice_str(given), &extension, &fault, &why);

	if (!err && slice_present(extension))
		err = sip_extension_parse(extension, escaped, plain, &why);
	if (err)
		return cli_usage_error(run->args, "--fault: %.*s; --faults lists what there is",
		                       (int)why.n, why.p);
	err = slice_present(extension)
	              ? practice_users_set_fault(&run->users, slice_str(plain), &fault)
	              : practice_faults_set(&run->faults, &fault);
	if (err == -ENOENT)
		return cli_usage_error(run->args, "--fault: there is no extension %s here",
		                       cli_shown(plain, memory, sizeof(memory)));
	if (err == -ENOSPC)
		return cli_usage_error(run->args, "--fault: more than %d for one extension",
		                       PRACTICE_FAULTS_MAX);
	return err;
}

static int read_faults(struct practice_run *run)
{
	uint32_t seed = 0;
	int status = cli_number(run->args, "seed", 0, UINT32_MAX, &seed);

	run->config.seed = seed;
	run->config.faults = &run->faults;
	for (unsigned i = 0; !status && i < cli_times(run->args, "fault"); i++)
		status = read_fault(run, cli_value_at(run->args, "fault", i));
	return status;
}

static int read_settings(struct practice_run *run)
{
	int status = read_listen(run);

	run->tls = cli_times(run->args, "tls") > 0;
	run->ca_file = cli_value(run->args, "tls-ca");
	run->listen_tls = run->listen;
	if (status == CLI_OK && !run->tls && cli_times(run->args, "tls-ca"))
		status = cli_usage_error(run->args,
		                         "--tls-ca needs --tls: it is where the authority "
		                         "of this run is written");
	if (status == CLI_OK && run->tls && net_addr_port(&run->listen) == UINT16_MAX)
		status = cli_usage_error(run->args, "--tls takes the port behind that of --listen, "
		                                    "and there is none behind 65535");
	if (net_addr_port(&run->listen))
		net_addr_set_port(&run->listen_tls, net_addr_port(&run->listen) + 1);
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
	if (!status)
		status = read_faults(run);
	run->config.users = run->users.list;
	run->config.user_count = run->users.count;
	return status;
}

/* ---- the run */

static void on_signal(void *ctx, int signo)
{
	struct practice_run *run = ctx;

	(void)signo;
	net_stop(run->net);
}

static int open_practice(struct practice_run *run)
{
	static const struct practice_handler tell = { .event = practice_show_event };
	static const struct practice_handler tell_all = { .event = practice_show_event,
		                                          .trace = practice_show_message };
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

static int set_up(struct practice_run *run)
{
	static const int ends[] = { SIGINT, SIGTERM };
	int err;

	run->print = malloc(PRACTICE_PRINT_MAX);
	if (!run->print)
		return -ENOMEM;
	err = net_new(&run->net);
	for (unsigned i = 0; !err && i < 2; i++)
		err = net_signal_new(run->net, ends[i], on_signal, run, &run->signals[i]);
	if (!err)
		err = open_practice(run);
	return err || !run->tls ? err : practice_tls_open(run);
}

static void tear_down(struct practice_run *run)
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
	struct practice_run run = { .args = args, .term = term_of(args->out) };

	if (cli_times(args, "faults")) {
		practice_show_faults(args);
		return CLI_OK;
	}
	int status = read_settings(&run);

	if (!status)
		status = set_up(&run);
	if (!status) {
		practice_show_start(&run);
		practice_users_done(&run.users); /* the registrar has its hashes */
		status = net_run(run.net);
	}
	if (!status)
		practice_show_end(&run);
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
		"Without --user and --users there are the extensions 1001 to 1008 and others that "
		"always fail, each with the password \"practice\". Whose number is 1 and a status "
		"ends with that status: 1403 is forbidden, 1408 gets no answer at all. --faults "
		"lists them all. Nothing is kept when it ends."
		"\n\n"
		"Every fault can also be given to any extension, or to all, by --fault, or as "
		"FAULTS behind the AUTH-USER of an account, with commas between; an AUTH-USER that "
		"is empty is the extension then."
		"\n\n"
		"It challenges with MD5 alone, since phones in wide use give up where there is "
		"another challenge, in front or behind. Whether a phone can do better is seen with "
		"--algorithm sha-256, or --algorithm all.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.secrecy = CLI_SECRET,
	.run = run_practice,
};
