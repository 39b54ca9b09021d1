/* cli/register.c: `lineup register`: its rows, and its settings checked before anything is sent. */
#include "cli/register.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/commands.h"
#include "sip/uri.h"

static const struct cli_option options[] = {
	{ 'u', "auth-user", "USER", NULL, NULL, "the Auth User, where it is not the extension" },
	{ 'p', "password-file", "FILE", NULL, NULL,
	  "read the Auth Password from FILE (- is standard input); else from the environment's "
	  "LINEUP_PASSWORD; else it is asked for on the terminal" },
	{ 't', "transport", "NAME", "udp", "udp tcp tls auto",
	  "how to reach the server; this version speaks udp" },
	{ 'x', "proxy", "URI", NULL, NULL,
	  "outbound proxy: where requests go instead of to the server, with a Route to it" },
	{ 'e', "expires", "SECONDS", "3600", NULL, "how long to ask for, 1 to 86400" },
	{ 0, "contact", "URI", NULL, NULL, "where calls shall go; otherwise: this process" },
	{ 0, "once", NULL, NULL, NULL,
	  "stop at the first final result, and remove the binding again" },
	{ 0, "keep", NULL, NULL, NULL, "leave the binding at the server when it ends" },
	{ 0, "realm", "REALM", NULL, NULL,
	  "answer no challenge of another realm; otherwise: any of this server's" },
	{ 0, "log-format", "NAME", "classic", "classic logfmt json", "how the log is written" },
	{ 0, "trace", NULL, NULL, NULL, "show the SIP messages, with the secrets in them masked" },
	{ 0, "json", NULL, NULL, NULL,
	  "one JSON object a line: log, messages, and last the result" },
	{ 'v', "verbose", NULL, NULL, NULL, "show retransmissions and states, too" },
	{ 'q', "quiet", NULL, NULL, NULL, "show the result only" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "the line was registered" },
	{ CLI_FAILED, "a server's answer says no" },
	{ REGISTER_NO_ANSWER, "no usable answer came: name, network, time-out" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup register 1001@pbx.example", "registers, and stays until Ctrl-C" },
	{ "lineup register 1001@pbx.example --once -p password.txt",
	  "one attempt, to see whether it works" },
	{ "lineup register 5551234@pbx.example -u studio-a -x proxy.example:5080",
	  "another Auth User, through an outbound proxy" },
	{ 0 },
};

/* A text that goes into a header: no control bytes, no blank at its ends, not empty. */
static int check_text(const struct cli_args *args, const char *what, const char *text)
{
	char memory[2 * REGISTER_TEXT_MAX];

	if (!text[0])
		return cli_usage_error(args, "%s is empty", what);
	if (strlen(text) >= REGISTER_TEXT_MAX)
		return cli_usage_error(args, "%s is longer than %d bytes", what,
		                       REGISTER_TEXT_MAX - 1);
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return cli_usage_error(args, "%s \"%s\" has a control character in it",
			                       what, cli_shown(text, memory, sizeof(memory)));
	if (text[0] == ' ' || text[strlen(text) - 1] == ' ')
		return cli_usage_error(args, "%s \"%s\" %s with a blank", what,
		                       cli_shown(text, memory, sizeof(memory)),
		                       text[0] == ' ' ? "begins" : "ends");
	return CLI_OK;
}

static int read_address(const struct cli_args *args, struct register_settings *settings)
{
	char memory[512];
	struct buf why = buf_over(memory, sizeof(memory));

	if (sip_aor_parse(slice_str(args->operands[0]), &settings->aor, &why) < 0)
		return cli_usage_error(args, "%.*s", (int)why.n, why.p);
	if (settings->aor.sips)
		return cli_usage_error(args, "sips: wants TLS, which this version does not speak; "
		                             "use sip:");
	return CLI_OK;
}

/* "sip:proxy.example:5080;lr", or its host and port alone. */
static int read_proxy(const struct cli_args *args, struct register_settings *settings)
{
	const char *given = cli_value(args, "proxy");
	struct slice text = slice_str(given);
	char memory[512], typed[256];
	struct buf why = buf_over(memory, sizeof(memory));
	size_t params;

	if (!given)
		return CLI_OK;
	if (slice_starts_nocase(text, SLICE("sip:")))
		text = slice_from(text, 4);
	params = slice_find(text, ';');
	if (params < text.n && !slice_equal_nocase(slice_from(text, params), SLICE(";lr")))
		return cli_usage_error(args, "--proxy \"%s\": only ;lr may follow the host",
		                       cli_shown(given, typed, sizeof(typed)));
	if (sip_server_parse(slice_of(text.p, params), settings->proxy_host, &settings->proxy_port,
	                     &why) < 0)
		return cli_usage_error(args, "--proxy: %.*s", (int)why.n, why.p);
	return CLI_OK;
}

static int read_contact(const struct cli_args *args, struct register_settings *settings)
{
	const char *given = cli_value(args, "contact");
	char typed[2 * REGISTER_TEXT_MAX];
	struct sip_uri uri;

	if (!given)
		return CLI_OK;
	if (check_text(args, "--contact", given))
		return CLI_USAGE;
	if (sip_uri_parse(slice_str(given), &uri) != PARSE_OK || uri.scheme == SIP_SCHEME_OTHER)
		return cli_usage_error(args,
		                       "--contact \"%s\" is not a SIP URI, such as "
		                       "sip:1001@192.0.2.1:5060",
		                       cli_shown(given, typed, sizeof(typed)));
	settings->contact = given;
	return CLI_OK;
}

static int read_auth_user(const struct cli_args *args, struct register_settings *settings)
{
	const char *given = cli_value(args, "auth-user");
	struct buf copy = buf_over(settings->auth_user, sizeof(settings->auth_user));

	if (given && check_text(args, "--auth-user", given))
		return CLI_USAGE;
	buf_str(&copy, given ? given : settings->aor.plain);
	return buf_end(&copy) ? cli_usage_error(args, "the Auth User is too long") : CLI_OK;
}

/* ---- the password: never on the command line */

static int take_password(const struct cli_args *args, const char *where, struct slice text,
                         struct register_settings *settings)
{
	struct buf copy = buf_over(settings->password, sizeof(settings->password));
	size_t end = slice_find(text, '\n');

	if (end + 1 < text.n)
		return cli_usage_error(args,
		                       "%s has more than one line; it must have the password "
		                       "and nothing else",
		                       where);
	text.n = end;
	if (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	if (!text.n)
		return cli_usage_error(args, "%s: the password is empty", where);
	if (memchr(text.p, '\0', text.n) || memchr(text.p, '\r', text.n))
		return cli_usage_error(args, "%s: the password has a NUL or CR in it", where);
	buf_put(&copy, text);
	if (buf_end(&copy))
		return cli_usage_error(args, "%s: the password is longer than %d bytes", where,
		                       REGISTER_PASSWORD_MAX);
	if (text.p[0] == ' ' || text.p[text.n - 1] == ' ')
		fprintf(args->err, "note: the password %s with a blank; it is used as it is\n",
		        text.p[0] == ' ' ? "begins" : "ends");
	settings->has_password = true;
	return CLI_OK;
}

static int password_from_file(const struct cli_args *args, const char *path,
                              struct register_settings *settings)
{
	char text[REGISTER_PASSWORD_MAX + 3], name[512]; /* CR, LF, and one that is too many */
	bool is_stdin = strcmp(path, "-") == 0;
	const char *where = is_stdin ? "standard input" : cli_shown(path, name, sizeof(name));
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = fd < 0 ? -1 : 1;
	int status;

	while (got > 0 && n < sizeof(text)) {
		got = read(fd, text + n, sizeof(text) - n);
		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (got < 0)
		status = cli_usage_error(args, "cannot read the password from %s: %s", where,
		                         strerror(errno));
	else
		status = take_password(args, where, slice_of(text, n), settings);
	if (fd > STDIN_FILENO)
		close(fd);
	OPENSSL_cleanse(text, sizeof(text));
	return status;
}

static int password_from_terminal(const struct cli_args *args, struct register_settings *settings)
{
	char prompt[REGISTER_TEXT_MAX + SIP_HOST_MAX + 32], text[REGISTER_PASSWORD_MAX + 1];
	int status;
	int n;

	snprintf(prompt, sizeof(prompt), "Auth Password for %s at %s: ", settings->auth_user,
	         settings->aor.host);
	n = term_read_password(prompt, text, sizeof(text));
	if (n == -ENXIO)
		return CLI_OK; /* nobody to ask: a server that wants one will say so */
	if (n < 0)
		return cli_usage_error(args, "no password: %s", strerror(-n));
	status = take_password(args, "the terminal", slice_of(text, (size_t)n), settings);
	OPENSSL_cleanse(text, sizeof(text));
	return status;
}

static int read_password(const struct cli_args *args, struct register_settings *settings)
{
	const char *path = cli_value(args, "password-file");
	const char *environment = getenv("LINEUP_PASSWORD");
	int status;

	if (path)
		return password_from_file(args, path, settings);
	if (!environment)
		return password_from_terminal(args, settings);
	status = take_password(args, "LINEUP_PASSWORD", slice_str(environment), settings);
	/* What is started from here shall not have it. */
	unsetenv("LINEUP_PASSWORD");
	return status;
}

static int read_flags(const struct cli_args *args, struct register_settings *settings)
{
	const char *format = cli_value(args, "log-format");
	const char *transport = cli_value(args, "transport");

	settings->once = cli_times(args, "once") > 0;
	settings->keep = cli_times(args, "keep") > 0;
	settings->trace = cli_times(args, "trace") > 0;
	settings->json = cli_times(args, "json") > 0;
	settings->log_format = strcmp(format, "json") == 0     ? LOG_JSON
	                       : strcmp(format, "logfmt") == 0 ? LOG_LOGFMT
	                                                       : LOG_CLASSIC;
	if (cli_times(args, "quiet") && cli_times(args, "verbose"))
		return cli_usage_error(args, "--quiet and --verbose exclude each other");
	settings->detail = cli_times(args, "quiet")     ? REGISTER_QUIET
	                   : cli_times(args, "verbose") ? REGISTER_VERBOSE
	                                                : REGISTER_USUAL;
	if (strcmp(transport, "udp") != 0)
		return cli_usage_error(args, "--transport %s: this version speaks udp only",
		                       transport);
	return CLI_OK;
}

int register_settings_read(const struct cli_args *args, struct register_settings *ret_settings)
{
	struct register_settings *settings = ret_settings;

	*settings = (struct register_settings){ .realm = cli_value(args, "realm") };
	if (read_flags(args, settings) || read_address(args, settings) ||
	    read_auth_user(args, settings) || read_proxy(args, settings) ||
	    read_contact(args, settings) ||
	    cli_number(args, "expires", REG_EXPIRES_MIN_S, REG_EXPIRES_MAX_S,
	               &settings->expires_s) ||
	    (settings->realm && check_text(args, "--realm", settings->realm)))
		return CLI_USAGE;
	return read_password(args, settings);
}

static int run(const struct cli_args *args)
{
	struct register_settings settings;
	int status = register_settings_read(args, &settings);

	if (status == CLI_OK)
		status = register_run(args, &settings);
	OPENSSL_cleanse(&settings, sizeof(settings));
	return status;
}

const struct cli_command cli_register = {
	.name = "register",
	.operands = "[sip:]EXTENSION@SERVER[:PORT]",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "registers one line, and shows every step",
	.description =
		"Registers one line at its server, in the foreground: a REGISTER without "
		"credentials, the server's challenge, the REGISTER that answers it, the result. "
		"Each step is a line of the log. Credentials are only ever sent to answer a "
		"Digest challenge of the server that was asked.\n"
		"\n"
		"Then it keeps the line registered until it is interrupted, and removes its "
		"binding. A first attempt that is refused ends it; one that gets no answer is "
		"tried again, as is whatever happens after the line has once been registered.\n"
		"\n"
		"When the line does not register, it says why, what to do, and who must do it.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.secrecy = CLI_SECRET,
	.run = run,
};
