/* cli/register_run.c: `lineup register` at work: one shard with one line, and what is printed when.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/register.h"
#include "cli/register_pair.h"
#include "cli/result.h"
#include "net/net.h"
#include "shard/shard.h"

#define SPIN_MS       120
#define SPIN_AFTER_MS 400 /* most servers answer before */
#define PRINT_MAX     (REGISTER_JSON_MAX > MESSAGE_PRINT_MAX ? REGISTER_JSON_MAX : MESSAGE_PRINT_MAX)

struct run {
	const struct cli_args *args;
	const struct register_settings *settings;
	struct term term;
	struct term_spinner spinner;
	struct net *net;
	struct dns *dns;
	struct shard *shard;
	struct register_pair pair;
	struct net_timer *spin_timer, *stop_timer;
	struct net_signal *signals[3];
	char *print;   /* PRINT_MAX bytes to compose in */
	char *verdict; /* of the last end to be told, kept until the binding is removed */
	size_t verdict_n;
	char *result; /* the same as JSON, in REGISTER_JSON_MAX bytes */
	size_t result_n;
	struct run_flow {
		struct register_seen seen;         /* in the attempt under way */
		uint64_t waits_from_ms;            /* since when the spinner's question stands */
		unsigned ends;                     /* results so far */
		const struct explain_cause *cause; /* of the last failure */
	} flows[2];
	uint64_t stopped_at_ms;
	int status;
	int write_error; /* the first, a negative errno; 0: none */
	bool stopping;
	bool has_terminal; /* of whose end a SIGHUP tells */
	enum { REMOVAL_NONE, REMOVAL_CONFIRMED, REMOVAL_UNCONFIRMED } removal;
};

/* ---- printing */

/* Without a reader there is nobody to keep the line registered for; on a full disk there is. */
static void note_write_error(struct run *run, int err)
{
	if (run->write_error)
		return;
	run->write_error = err;
	if (err == -EPIPE)
		net_timer_set(run->stop_timer, net_now_ms(run->net));
	else
		cli_fail(run->args, "cannot write the output: %s", strerror(-err));
}

static void print(struct run *run, struct slice text)
{
	int err;

	term_spin_end(&run->spinner, &run->term);
	err = output_put(run->args->out, text);
	if (err < 0)
		note_write_error(run, err);
}

/* Half an object would be none. */
static void print_json(struct run *run, const struct buf *line)
{
	if (line->full)
		cli_fail(run->args, "left out what is longer than %d bytes", PRINT_MAX);
	else
		print(run, buf_slice(line));
}

/* "09:14:02.113  " in the time of the place, as the person's own clock shows it. */
static void put_clock(const struct term *term, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	term_printf(term, TERM_DIM, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
	            (int)(wall_ms % 1000));
	fputs("  ", term->file);
}

static void print_json_text(struct run *run, const char *event, struct slice text)
{
	struct buf out = buf_over(run->print, PRINT_MAX);
	struct json json = json_over(&out);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", slice_str(event));
	json_put_string(&json, "text", text);
	json_close_object(&json);
	buf_char(&out, '\n');
	print_json(run, &out);
}

static void on_log(void *ctx, const struct log_event *event)
{
	struct run *run = ctx;
	char memory[4096];
	struct buf text = buf_over(memory, sizeof(memory));

	log_write(run->settings->log_format, event, &text);
	if (run->settings->json) {
		print_json_text(run, "log", buf_slice(&text));
		return;
	}
	term_spin_end(&run->spinner, &run->term);
	if (run->settings->log_format == LOG_CLASSIC)
		put_clock(&run->term, event->wall_ms);
	buf_char(&text, '\n');
	print(run, buf_slice(&text));
}

/* ---- messages */

static void show_message(struct run *run, const struct line_message *message)
{
	const struct register_settings *settings = run->settings;
	struct buf out = buf_over(run->print, PRINT_MAX);
	struct message shown = { .peer = message->peer,
		                 .transport = dns_transport_name(message->transport),
		                 .method = SLICE("REGISTER"),
		                 .bytes = message->bytes,
		                 .msg = message->msg,
		                 .cseq = message->cseq,
		                 .again = message->again,
		                 .credentials = message->credentials };

	if (settings->json) {
		if (settings->detail == REGISTER_QUIET && !settings->trace)
			return;
		message_json(&shown, settings->trace ? MESSAGE_TRACED : MESSAGE_TOLD, &out);
		print_json(run, &out);
		return;
	}
	if (settings->trace) {
		message_trace(&shown, &out);
		print(run, buf_slice(&out));
	}
	if (settings->detail == REGISTER_VERBOSE && !message->msg) {
		term_spin_end(&run->spinner, &run->term);
		message_show_sent(&shown, &run->term);
	}
}

static struct run_flow *flow_of(struct run *run, const struct line *line)
{
	return &run->flows[register_pair_flow(&run->pair, line)];
}

static void on_message(void *ctx, struct line *line, const struct line_message *message)
{
	struct run *run = ctx;

	/* The removal never changes the result. */
	if (line_reg(line)->state != REG_REMOVING)
		register_see(&flow_of(run, line)->seen, message);
	show_message(run, message);
}

/* ---- waiting */

static bool waits(enum reg_state state)
{
	return state == REG_TRYING || state == REG_REFRESHING || state == REG_STOPPING ||
	       state == REG_REMOVING;
}

static const char *what_is_awaited(enum reg_state state)
{
	if (state == REG_REMOVING)
		return "removing the binding at";
	return state == REG_STOPPING ? "stopping, answer awaited from" : "waiting for";
}

/* The first of them that waits for an answer; NULL: none does. */
static const struct line *line_that_waits(const struct run *run)
{
	for (unsigned i = 0; i < 2; i++)
		if (run->pair.lines[i] && waits(line_reg(run->pair.lines[i])->state))
			return run->pair.lines[i];
	return NULL;
}

static void on_spin(void *ctx)
{
	struct run *run = ctx;
	const struct line *line = line_that_waits(run);
	uint64_t now_ms = net_now_ms(run->net), from_ms;
	char text[512];

	if (!line) {
		term_spin_end(&run->spinner, &run->term);
		return;
	}
	from_ms = flow_of(run, line)->waits_from_ms;
	if (now_ms >= from_ms + SPIN_AFTER_MS) {
		snprintf(text, sizeof(text), "%s %s, %llu s",
		         what_is_awaited(line_reg(line)->state), line_server(line)->next_hop,
		         (unsigned long long)(now_ms - from_ms) / 1000);
		term_spin(&run->spinner, &run->term, text);
	}
	net_timer_set(run->spin_timer, now_ms + SPIN_MS);
}

static void print_state(struct run *run, struct line *line)
{
	enum reg_state state = line_reg(line)->state;
	struct buf out = buf_over(run->print, PRINT_MAX);
	struct json json = json_over(&out);

	if (run->settings->detail == REGISTER_QUIET)
		return;
	if (run->settings->json) {
		json_open_object(&json, NULL);
		json_put_string(&json, "event", SLICE("state"));
		json_put_string(&json, "state", slice_str(reg_state_name(state)));
		json_put_string(&json, "text", slice_str(reg_state_text(state)));
		json_close_object(&json);
		buf_char(&out, '\n');
		print_json(run, &out);
	} else if (run->settings->detail == REGISTER_VERBOSE) {
		term_spin_end(&run->spinner, &run->term);
		term_printf(&run->term, TERM_DIM, "              %s: %s\n", reg_state_name(state),
		            reg_state_text(state));
	}
}

static void finish(struct run *run)
{
	net_stop(run->net);
}

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct run *run = ctx;
	enum reg_state state = line_reg(line)->state;

	print_state(run, line);
	if (waits(state) && !waits(from)) {
		struct run_flow *flow = flow_of(run, line);

		flow->waits_from_ms = net_now_ms(run->net);
		flow->seen = (struct register_seen){ 0 };
		if (run->term.tty && !run->settings->json)
			net_timer_set(run->spin_timer, flow->waits_from_ms + SPIN_MS);
	}
	register_pair_state(&run->pair);
	if (run->stopping && register_pair_at_rest(&run->pair))
		finish(run);
}

/* ---- two flows */

static void print_flows(struct run *run)
{
	struct buf out = buf_over(run->print, PRINT_MAX);
	struct json json = json_over(&out);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("flows"));
	json_put_number(&json, "flows", run->settings->flows.count);
	json_put_number(&json, "flows_up", register_pair_up(&run->pair));
	json_close_object(&json);
	buf_char(&out, '\n');
	print_json(run, &out);
}

static void on_pair(void *ctx, enum register_pair_news news)
{
	static const char *const texts[] = {
		[REGISTER_PAIR_BOTH] = "registered by two flows",
		[REGISTER_PAIR_LOST] = "one of two flows is lost: it stays registered by the other",
		[REGISTER_PAIR_ONE] = "the registrar does no outbound (RFC 5626), so that it gets "
				      "one flow",
	};
	struct run *run = ctx;

	if (run->stopping || run->settings->detail == REGISTER_QUIET)
		return;
	on_log(run, &(struct log_event){ .kind = LOG_NOTE,
	                                 .level = news == REGISTER_PAIR_BOTH ? LOG_LEVEL_INFO
	                                                                     : LOG_LEVEL_WARN,
	                                 .wall_ms = net_wall_ms(run->net),
	                                 .address = slice_str(line_address(run->pair.lines[0])),
	                                 .text = slice_str(texts[news]) });
	if (run->settings->json)
		print_flows(run);
}

/* ---- results */

static void stop(struct run *run)
{
	if (run->stopping)
		return;
	run->stopping = true;
	run->stopped_at_ms = net_now_ms(run->net);
	if (run->settings->keep || register_pair_at_rest(&run->pair))
		finish(run);
	else
		register_pair_stop(&run->pair);
}

/* Keeps the verdict for the end of the run, or shows it at once. */
static void tell_people(struct run *run, const struct register_news *news)
{
	struct term term = run->term;
	const struct explain_cause *cause =
		news->end->end == REG_END_GRANTED ? NULL : explain(news->end->facts);
	char *before;
	size_t before_n;
	FILE *memory;

	if (!run->settings->once) {
		term_spin_end(&run->spinner, &run->term);
		if (!news->first && cause == flow_of(run, news->line)->cause)
			register_show_again(&term, news);
		else
			register_show(&term, news);
		fflush(term.file);
		flow_of(run, news->line)->cause = cause;
		return;
	}
	before = run->verdict;
	before_n = run->verdict_n;
	run->verdict = NULL;
	memory = open_memstream(&run->verdict, &run->verdict_n);
	if (memory)
		term.file = memory; /* without memory for it: at once, above the removal */
	if (before)                 /* of the other flow */
		fwrite(before, 1, before_n, term.file);
	register_show(&term, news);
	if (memory)
		fclose(memory);
	free(before);
}

static void compose_result(struct run *run, const struct register_news *news)
{
	struct buf out = buf_over(run->result, REGISTER_JSON_MAX);

	register_json(news, &out);
	run->result_n = out.full ? 0 : out.n;
}

/* The result of an attempt that was stopped before anything was decided. */
static void compose_stopped(struct run *run)
{
	struct reg_facts facts = { .local = REG_LOCAL_INTERRUPTED,
		                   .asked_s = line_reg(run->pair.lines[0])->asked_s };
	const struct run_flow *first = &run->flows[0];
	struct line_end end = { .end = REG_END_FAILED,
		                .facts = &facts,
		                .target = first->seen.asked ? &first->seen.server : NULL,
		                .took_ms = run->stopped_at_ms - first->waits_from_ms };

	compose_result(run, &(struct register_news){ .line = run->pair.lines[0],
	                                             .end = &end,
	                                             .seen = &first->seen,
	                                             .settings = run->settings });
}

/* Of two flows the first one's result is the line's, unless only the second one is up. */
static bool is_the_lines(const struct run *run, const struct line *line, enum reg_end end)
{
	const struct line *first = run->pair.lines[0], *second = run->pair.lines[1];

	if (line != first)
		return !reg_bound(line_reg(first)) && end == REG_END_GRANTED;
	return end == REG_END_GRANTED || !second || !reg_bound(line_reg(second));
}

static void note_removal(struct run *run, const struct line_end *end)
{
	bool confirmed = end->facts->status >= 200 && end->facts->status < 300;

	if (end->facts->stage != REG_STAGE_REMOVAL)
		return;
	if (!confirmed)
		run->removal = REMOVAL_UNCONFIRMED;
	else if (run->removal == REMOVAL_NONE)
		run->removal = REMOVAL_CONFIRMED;
}

/* Whether this end is the last: the first attempt was refused, or one is all that is wanted. */
static bool is_over(const struct run *run, const struct line *line, const struct line_end *end)
{
	bool first = line == run->pair.lines[0];

	if (run->settings->once)
		return !first || !register_pair_has_second(&run->pair);
	return first && run->flows[0].ends == 0 && end->end == REG_END_REFUSED;
}

static void on_ended(void *ctx, struct line *line, const struct line_end *end)
{
	struct run *run = ctx;
	struct run_flow *flow = flow_of(run, line);
	struct register_news news = { .line = line,
		                      .end = end,
		                      .seen = &flow->seen,
		                      .settings = run->settings,
		                      .now_ms = net_now_ms(run->net),
		                      .first = flow->ends == 0,
		                      .second = line != run->pair.lines[0] };
	bool counts = is_the_lines(run, line, end->end), over;

	if (end->end == REG_END_REMOVED)
		note_removal(run, end);
	/* The removal never changes the result. */
	if (end->end == REG_END_REMOVED || run->stopping)
		return;
	register_pair_ended(&run->pair, line, end);
	over = is_over(run, line, end);
	if (!over && end->next_at_ms != REG_NEVER)
		news.retry_in_ms = end->next_at_ms - news.now_ms;
	if (counts)
		run->status = end->end == REG_END_GRANTED ? CLI_OK : result_status(end->facts);
	flow->ends++;
	if (!run->settings->json)
		tell_people(run, &news);
	else if (counts)
		compose_result(run, &news);
	if (over)
		net_timer_set(run->stop_timer, news.now_ms);
}

static void on_stop(void *ctx)
{
	stop(ctx);
}

static void on_signal(void *ctx, int signo)
{
	struct run *run = ctx;

	if (signo == SIGHUP && !run->has_terminal) {
		shard_tls_reload(run->shard);
		return;
	}
	if (run->stopping) {
		finish(run); /* a second one: the person does not want to wait */
		return;
	}
	term_spin_end(&run->spinner, &run->term);
	if (run->term.tty && !run->settings->json)
		fputs("\r", run->args->out); /* over the ^C */
	stop(run);
}

static void print_removal(struct run *run)
{
	/* Stopped before any result, the line can have been granted what was then removed. */
	const bool registered = run->flows[0].ends == 0 || run->status == CLI_OK;

	switch (run->removal) {
	case REMOVAL_NONE:
		break;
	case REMOVAL_CONFIRMED:
		print(run, registered ? SLICE("The registration was removed.\n")
		                      : SLICE("In case the server kept it all the same, it was "
		                              "removed.\n"));
		break;
	case REMOVAL_UNCONFIRMED:
		term_wrap(run->args->out,
		          registered ? SLICE("The server did not confirm the removal; the "
		                             "registration ends by itself.")
		                     : SLICE("In case the server kept it all the same, its removal "
		                             "was asked for; it was not confirmed."),
		          (struct term_block){ .width = run->term.width });
		break;
	}
}

static void print_last(struct run *run)
{
	term_spin_end(&run->spinner, &run->term);
	if (run->settings->json) {
		if (run->flows[0].ends == 0)
			compose_stopped(run);
		if (run->result_n)
			print(run, slice_of(run->result, run->result_n));
		else
			cli_fail(run->args, "the result is longer than %d bytes",
			         REGISTER_JSON_MAX);
		return;
	}
	if (run->verdict)
		print(run, slice_of(run->verdict, run->verdict_n));
	else if (run->flows[0].ends == 0)
		register_show_stopped(&run->term, &run->flows[0].seen);
	print_removal(run);
	print(run, SLICE(""));
}

/* ---- making and ending */

static int make_shard(struct run *run)
{
	char agent[64];
	struct shard_cfg cfg = {
		.net = run->net,
		.dns = run->dns,
		.log = { .level = run->settings->detail == REGISTER_QUIET ? LOG_LEVEL_QUIET
		                                                          : LOG_LEVEL_INFO,
		         .sink = on_log,
		         .ctx = run },
		.watch = { .ctx = run,
		           .state = on_state,
		           .sent = on_message,
		           .received = on_message,
		           .ended = on_ended },
		.lines_max = 2,
		.once = run->settings->once,
		.user_agent = agent,
	};
	int r;

	snprintf(agent, sizeof(agent), "%s/%s", "Lineup", run->args->program->version);
	if ((r = net_random(run->net, &cfg.key, sizeof(cfg.key))) < 0 ||
	    (r = net_random(run->net, &cfg.seed, sizeof(cfg.seed))) < 0)
		return r;
	return shard_new(&cfg, &run->shard);
}

static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int set_up(struct run *run)
{
	static const int signos[] = { SIGINT, SIGTERM, SIGHUP };
	const struct account *account = &run->settings->account;
	int r;

	run->has_terminal = has_terminal();
	run->print = malloc(PRINT_MAX);
	run->result = malloc(REGISTER_JSON_MAX);
	if (!run->print || !run->result)
		return -ENOMEM;
	if ((r = net_new(&run->net)) < 0 || (r = dns_new(run->net, &run->dns)) < 0 ||
	    (account->has_dns && (r = dns_use_server(run->dns, &account->dns)) < 0) ||
	    (r = net_timer_new(run->net, on_spin, run, &run->spin_timer)) < 0 ||
	    (r = net_timer_new(run->net, on_stop, run, &run->stop_timer)) < 0)
		return r;
	for (unsigned i = 0; i < 3; i++) {
		r = net_signal_new(run->net, signos[i], on_signal, run, &run->signals[i]);
		if (r < 0)
			return r;
	}
	r = make_shard(run);
	if (r < 0)
		return r;
	run->pair.net = run->net;
	run->pair.shard = run->shard;
	return register_pair_make(&run->pair, run->settings);
}

static void tear_down(struct run *run)
{
	shard_free(run->shard);
	register_pair_done(&run->pair);
	for (unsigned i = 0; i < 3; i++)
		net_signal_free(run->signals[i]);
	net_timer_free(run->spin_timer);
	net_timer_free(run->stop_timer);
	dns_free(run->dns);
	net_free(run->net);
	free(run->print);
	free(run->verdict);
	free(run->result);
}

int register_run(const struct cli_args *args, const struct register_settings *settings)
{
	struct run run = { .args = args,
		           .settings = settings,
		           .term = term_of(args->out),
		           .status = RESULT_NO_ANSWER };
	int r;

	run.pair = (struct register_pair){ .tell = on_pair, .ctx = &run };
	r = set_up(&run);
	if (r < 0)
		goto out;
	register_pair_start(&run.pair);
	r = net_run(run.net);
	if (r < 0)
		goto out;
	print_last(&run);
	r = run.status;
	if (r == CLI_OK ? run.write_error : run.write_error == -EPIPE && run.flows[0].ends == 0)
		r = OUTPUT_UNWRITTEN;
out:
	tear_down(&run);
	return r;
}
