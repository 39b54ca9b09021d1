/* cli/check.c: `lineup check`: its rows, its settings, and the run of one check. */
#include "cli/check.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "cli/result.h"

#define PRINT_MAX     (256 * 1024) /* bytes of one thing that is printed: a traced message */
#define SPIN_MS       120
#define SPIN_AFTER_MS 400 /* most servers answer before */

static const struct cli_option options[] = {
	ACCOUNT_OPTIONS,
	{ 0, "trial", "WHEN", "needed", "never needed always",
	  "when to make a binding and remove it at once: never, where a server takes no other "
	  "question, or always, which also finds a limit of devices" },
	{ 0, "keepalive", "KIND", "none", "none crlf stun options",
	  "try what keeps a NAT open between registrations, and say what the server answers; over "
	  "connections CRLF pings are sent, whatever is set, and with --outbound STUN is tried "
	  "over "
	  "UDP where this is none" },
	DEMANDS_OPTIONS,
	{ 0, "nat-timeout", NULL, NULL, NULL,
	  "watch how long a NAT on the way keeps a mapping that nobody uses, over UDP; Ctrl-C ends "
	  "it with what is known" },
	{ 0, "nat-limit", "SECONDS", "180", NULL,
	  "with --nat-timeout: the longest time that is tried, 15 to 900" },
	{ 0, "trace", NULL, NULL, NULL, "show the SIP messages, with the secrets in them masked" },
	{ 0, "json", NULL, NULL, NULL, "one JSON object a line: the steps, and last the result" },
	{ 'v', "verbose", NULL, NULL, NULL, "show what is sent, retransmissions too" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "the line would register" },
	{ CLI_FAILED, "a server's answer says no" },
	{ RESULT_NO_ANSWER, "no usable answer came: name, network, time-out" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup check 1001@pbx.example", "asks for the password, then for the reason" },
	{ "lineup check 1001@pbx.example -p password.txt --json", "the same for a program" },
	{ "lineup check 1001@pbx.example --nat-timeout --keepalive options",
	  "which keep-alive the line needs here, within 3 minutes" },
	{ 0 },
};

struct run {
	const struct cli_args *args;
	struct check_settings settings;
	struct term term;
	struct term_spinner spinner;
	struct net *net;
	struct dns *dns;
	struct check *check;
	struct net_timer *spin_timer;
	struct net_signal *signals[3];
	char agent[64];
	char *print; /* PRINT_MAX bytes to compose in */
	enum check_step_id step;
	uint64_t step_from_ms;
	char progress[128]; /* of the step; "": none was told */
	unsigned warned;    /* a bit for each step */
	int status;
};

/* ---- printing */

static void print(struct run *run, const struct buf *text)
{
	term_spin_end(&run->spinner, &run->term);
	fwrite(text->p, 1, text->n, run->args->out);
	fflush(run->args->out);
}

static void on_spin(void *ctx)
{
	struct run *run = ctx;
	uint64_t now_ms = net_now_ms(run->net);
	char text[256];

	if (now_ms >= run->step_from_ms + SPIN_AFTER_MS) {
		snprintf(text, sizeof(text), "%s, %llu s%s%s", check_step_name(run->step),
		         (unsigned long long)(now_ms - run->step_from_ms) / 1000,
		         run->progress[0] ? ": " : "", run->progress);
		term_spin(&run->spinner, &run->term, text);
	}
	net_timer_set(run->spin_timer, now_ms + SPIN_MS);
}

static void on_begun(void *ctx, enum check_step_id id)
{
	struct run *run = ctx;

	run->step = id;
	run->progress[0] = '\0';
	run->step_from_ms = net_now_ms(run->net);
	if (run->term.tty && !run->settings.json)
		net_timer_set(run->spin_timer, run->step_from_ms + SPIN_MS);
}

static void on_step(void *ctx, const struct check_step *step)
{
	struct run *run = ctx;
	struct buf out = buf_over(run->print, PRINT_MAX);

	if (step->state == CHECK_WARNING)
		run->warned |= 1u << step->id;
	if (run->settings.json) {
		check_json_step(step, &out);
		print(run, &out);
		return;
	}
	term_spin_end(&run->spinner, &run->term);
	check_show_step(&run->term, step);
	fflush(run->args->out);
}

static void on_progress(void *ctx, enum check_step_id id, const char *text)
{
	struct run *run = ctx;
	struct buf out = buf_over(run->print, PRINT_MAX);

	snprintf(run->progress, sizeof(run->progress), "%s", text);
	if (!run->settings.json)
		return;
	check_json_progress(id, text, &out);
	print(run, &out);
}

static void on_message(void *ctx, const struct check_message *message)
{
	struct run *run = ctx;
	struct buf out = buf_over(run->print, PRINT_MAX);
	struct message shown = { .peer = message->peer,
		                 .transport = dns_transport_name(message->transport),
		                 .method = message->method,
		                 .bytes = message->bytes,
		                 .msg = message->msg,
		                 .cseq = message->cseq,
		                 .again = message->again,
		                 .credentials = message->credentials };

	if (run->settings.trace) {
		if (run->settings.json)
			message_json(&shown, MESSAGE_TRACED, &out);
		else
			message_trace(&shown, &out);
		print(run, &out);
	}
	if (run->settings.verbose && !run->settings.json && !message->msg) {
		term_spin_end(&run->spinner, &run->term);
		message_show_sent(&shown, &run->term);
	}
}

static void on_ended(void *ctx, const struct check_end *end)
{
	struct run *run = ctx;
	struct buf out = buf_over(run->print, PRINT_MAX);

	net_timer_set(run->spin_timer, NET_NEVER);
	run->status = end->result == CHECK_OK ? CLI_OK : result_status(end->facts);
	if (run->settings.json) {
		check_json_end(run->check, &run->settings, end, &out);
		print(run, &out);
	} else {
		term_spin_end(&run->spinner, &run->term);
		check_show_end(&run->term, run->check, &run->settings, end, run->warned);
	}
	net_stop(run->net);
}

static void on_signal(void *ctx, int signo)
{
	struct run *run = ctx;

	(void)signo;
	term_spin_end(&run->spinner, &run->term);
	if (run->term.tty && !run->settings.json)
		fputs("\r", run->args->out); /* over the ^C */
	check_cancel(run->check);
}

/* ---- making and ending */

static int start(struct run *run)
{
	const struct account *account = &run->settings.account;
	const struct account_flows *flows = &run->settings.flows;
	struct check_cfg cfg = {
		.aor = &account->aor,
		.auth_user = account->auth_user,
		.password = account->has_password ? account->password : NULL,
		.realm = account->realm,
		.proxy_host = account->proxy_host[0] ? account->proxy_host : NULL,
		.proxy_port = account->proxy_port,
		.transport = account->transport,
		.srv = account->srv,
		.interface = account->interface,
		.tls = account->tls,
		.expires_s = account->expires_s,
		.user_agent = run->agent,
		.trial = run->settings.trial,
		.demands = &run->settings.demands,
		.flows = { .count = flows->count,
		           .proxy_host = flows->second_host[0] ? flows->second_host : NULL,
		           .proxy_port = flows->second_port,
		           .transport = flows->second_transport },
		.keep = run->settings.keep,
		.mapping_s = run->settings.mapping_s,
		.watch = { .ctx = run,
		           .begun = on_begun,
		           .step = on_step,
		           .progress = on_progress,
		           .message = on_message,
		           .ended = on_ended },
	};
	int r = net_random(run->net, &cfg.key, sizeof(cfg.key));

	if (r < 0)
		return r;
	snprintf(run->agent, sizeof(run->agent), "Lineup/%s", run->args->program->version);
	r = check_start(&cfg, run->net, run->dns, &run->check);
	if (r < 0)
		return r;
	r = net_run(run->net);
	return r < 0 ? r : run->status;
}

static int set_up(struct run *run)
{
	static const int signos[] = { SIGINT, SIGTERM, SIGHUP };
	const struct account *account = &run->settings.account;
	int r;

	run->print = malloc(PRINT_MAX);
	if (!run->print)
		return -ENOMEM;
	if ((r = net_new(&run->net)) < 0 || (r = dns_new(run->net, &run->dns)) < 0 ||
	    (account->has_dns && (r = dns_use_server(run->dns, &account->dns)) < 0) ||
	    (r = net_timer_new(run->net, on_spin, run, &run->spin_timer)) < 0)
		return r;
	for (unsigned i = 0; i < 3; i++) {
		r = net_signal_new(run->net, signos[i], on_signal, run, &run->signals[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static void tear_down(struct run *run)
{
	check_free(run->check);
	for (unsigned i = 0; i < 3; i++)
		net_signal_free(run->signals[i]);
	net_timer_free(run->spin_timer);
	dns_free(run->dns);
	net_free(run->net);
	free(run->print);
	OPENSSL_cleanse(&run->settings, sizeof(run->settings));
}

static int read_settings(const struct cli_args *args, struct check_settings *settings)
{
	const char *trial = cli_value(args, "trial");

	settings->trial = strcmp(trial, "never") == 0    ? CHECK_TRIAL_NEVER
	                  : strcmp(trial, "always") == 0 ? CHECK_TRIAL_ALWAYS
	                                                 : CHECK_TRIAL_NEEDED;
	settings->keep = sip_keep_of(cli_value(args, "keepalive"));
	if (cli_number(args, "nat-limit", CHECK_MAPPING_MIN_S, CHECK_MAPPING_MAX_S,
	               &settings->mapping_s))
		return CLI_USAGE;
	if (!cli_times(args, "nat-timeout"))
		settings->mapping_s = 0;
	settings->trace = cli_times(args, "trace") > 0;
	settings->json = cli_times(args, "json") > 0;
	settings->verbose = cli_times(args, "verbose") > 0;
	if (account_read(args, true, &settings->account) ||
	    account_read_demands(args, &settings->demands) ||
	    account_read_flows(args, &settings->account, &settings->demands, &settings->flows))
		return CLI_USAGE;
	return account_read_password(args, &settings->account);
}

static int run(const struct cli_args *args)
{
	struct run run = { .args = args, .term = term_of(args->out) };
	char address[SIP_USER_MAX + SIP_HOST_MAX + 8];
	struct buf text = buf_over(address, sizeof(address));
	int status = read_settings(args, &run.settings);

	if (status == CLI_OK)
		status = set_up(&run);
	if (status == CLI_OK && !run.settings.json) {
		result_put_address(&run.settings.account, &text);
		buf_end(&text);
		fprintf(args->out, "Checking %s\n", address);
		fflush(args->out);
	}
	if (status == CLI_OK)
		status = start(&run);
	tear_down(&run);
	return status;
}

const struct cli_command cli_check = {
	.name = "check",
	.operands = ACCOUNT_OPERAND,
	.operands_min = 1,
	.operands_max = 1,
	.brief = "finds out why a line does not register, or that it would",
	.description =
		"Finds out why a line does not register, or proves that it would, without "
		"disturbing the device that is registered: the name, whether its addresses answer, "
		"what the server asks for, whether it takes the login, which devices are "
		"registered, what changes messages on the way, and the server's clock.\n"
		"\n"
		"A REGISTER without a Contact, which only asks for the bindings, proves the login "
		"and changes none of them. Where a server does not take such a REGISTER, a binding "
		"of this machine is made and removed at once; a server that keeps one device per "
		"extension may drop the other for it. --trial never forbids that; --trial always "
		"does it anywhere, as a limit of devices shows in no other way.\n"
		"\n"
		"Where the server is silent, other transports, their own ports and what SRV lists "
		"are tried, too, and an OPTIONS that does not name the extension: it tells a dead "
		"server from one that drops this extension. The files of --tls-ca, --tls-cert and "
		"--tls-key are used where TLS is tried, whatever --transport says.\n"
		"\n"
		"With --flows 2 it looks at what the second flow meets, too: by --second-proxy the "
		"same questions are asked once more, else it says to which address that flow goes. "
		"The line registers by the first one, so that this changes no result.\n"
		"\n"
		"It ends within 100 seconds, with --second-proxy within 200, but for "
		"--nat-timeout. The first step that is bad is "
		"explained, with what to "
		"do and who must do it.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.secrecy = CLI_SECRET,
	.run = run,
};
