/* cli/register.c: `lineup register`: its rows, and its settings checked before anything is sent. */
#include "cli/register.h"

#include <openssl/crypto.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/result.h"
#include "sip/uri.h"

static const struct cli_option options[] = {
	ACCOUNT_OPTIONS,
	{ 0, "contact", "URI", NULL, NULL, "where calls shall go; otherwise: this process" },
	{ 0, "calls", "WHAT", NULL, NULL,
	  "what calls to the line get: unavailable, busy, or a SIP URI to send them on to" },
	{ 0, "keepalive", "KIND", "none", "none crlf stun options",
	  "what is sent between registrations to keep a NAT open over UDP; over connections CRLF "
	  "pings are sent, whatever is set" },
	DEMANDS_OPTIONS,
	{ 0, "once", NULL, NULL, NULL,
	  "stop at the first final result, and remove the binding again, also one that the "
	  "server may have made without listing it" },
	{ 0, "keep", NULL, NULL, NULL, "leave the binding at the server when it ends" },
	{ 0, "log-format", "NAME", "classic", "classic logfmt json", "how the log is written" },
	{ 0, "trace", NULL, NULL, NULL, "show the SIP messages, with the secrets in them masked" },
	{ 0, "json", NULL, NULL, NULL,
	  "one JSON object a line: log, messages, states, and last the result" },
	{ 'v', "verbose", NULL, NULL, NULL, "show retransmissions and states, too" },
	{ 'q', "quiet", NULL, NULL, NULL, "show the result only" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "the line was registered" },
	{ CLI_FAILED, "a server's answer says no" },
	{ RESULT_NO_ANSWER, "no usable answer came: name, network, time-out" },
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

static int read_contact(const struct cli_args *args, struct register_settings *settings)
{
	const char *given = cli_value(args, "contact");
	char typed[2 * ACCOUNT_TEXT_MAX];
	struct sip_uri uri;

	if (!given)
		return CLI_OK;
	if (account_check_text(args, "--contact", given))
		return CLI_USAGE;
	if (sip_uri_parse(slice_str(given), &uri) != PARSE_OK || uri.scheme == SIP_SCHEME_OTHER)
		return cli_usage_error(args,
		                       "--contact \"%s\" is not a SIP URI, such as "
		                       "sip:1001@192.0.2.1:5060",
		                       cli_shown(given, typed, sizeof(typed)));
	settings->contact = given;
	return CLI_OK;
}

/* A call that is sent on to the line itself would come here again, and again. */
static int check_calls(const struct cli_args *args, const struct register_settings *settings)
{
	const struct sip_aor *aor = &settings->account.aor;
	char typed[2 * ACCOUNT_TEXT_MAX];

	if (!settings->calls || !sip_uri_leads_to(slice_str(settings->calls), slice_str(aor->user),
	                                          slice_str(aor->host)))
		return CLI_OK;
	return cli_usage_error(args,
	                       "--calls \"%s\" is this line's own address: its calls would come "
	                       "back here without end",
	                       cli_shown(settings->calls, typed, sizeof(typed)));
}

static int read_flags(const struct cli_args *args, struct register_settings *settings)
{
	const char *format = cli_value(args, "log-format");

	settings->keep_alive = sip_keep_of(cli_value(args, "keepalive"));
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
	return CLI_OK;
}

int register_settings_read(const struct cli_args *args, struct register_settings *ret_settings)
{
	struct register_settings *settings = ret_settings;

	*settings = (struct register_settings){ 0 };
	if (read_flags(args, settings) ||
	    account_read(args, cli_value(args, "second-proxy") != NULL, &settings->account) ||
	    read_contact(args, settings) ||
	    account_read_key(args, CONFIG_LINES, "calls", &settings->calls) ||
	    check_calls(args, settings) || account_read_demands(args, &settings->demands) ||
	    account_read_flows(args, &settings->account, &settings->demands, &settings->flows))
		return CLI_USAGE;
	return account_read_password(args, &settings->account);
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
	.operands = ACCOUNT_OPERAND,
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
		"While it is registered it answers what the server asks: OPTIONS with 200, a call "
		"as --calls says, each call a line of the log. Requests of strangers get no "
		"answer.\n"
		"\n"
		"With --flows 2 it registers twice, as one device by two flows (RFC 5626), once "
		"the registrar has said of the first that it does outbound. The line is "
		"registered as long as one of them is; the result is the first one's, unless only "
		"the second is up.\n"
		"\n"
		"TLS files that change are read again before the next connection; the one that is "
		"open stays. SIGHUP has them read at once where there is no terminal, and ends it "
		"where there is one, as that is gone then.\n"
		"\n"
		"When the line does not register, it says why, what to do, and who must do it.\n"
		"\n"
		"The lines of --json are told apart by their member event: log (text), send and "
		"recv (a message), state, flows (how many are up), and the last one: result. "
		"Members are never renamed, and "
		"all are there whatever came; docs/json.md lists them. With --quiet there is the "
		"result alone.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.secrecy = CLI_SECRET,
	.run = run,
};
