/* cli/register_run.c: `lineup register` at work: one shard with one line, what is done as it goes
 * on, and when it is over. What is printed is cli/register_print.h's and cli/register_verdict.h's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/register.h"
#include "cli/register_pair.h"
#include "cli/register_verdict.h"
#include "cli/result.h"
#include "net/net.h"
#include "shard/shard.h"

#define SPIN_MS       120
#define SPIN_AFTER_MS 400 /* most servers answer before */

struct run {
	const struct register_settings *settings;
	struct register_print print;
	struct register_verdict verdict;
	struct net *net;
	struct dns *dns;
	struct shard *shard;
	struct register_pair pair;
	struct net_timer *spin_timer, *stop_timer;
	struct net_signal *signals[3];
	struct run_flow {
		struct register_seen seen; /* in the attempt under way */
		uint64_t waits_from_ms;    /* since when the spinner's question stands */
		unsigned ends;             /* results so far */
	} flows[2];
	uint64_t stopped_at_ms;
	int status;
	bool stopping;
	bool has_terminal; /* of whose end a SIGHUP tells */
};

/* ---- log and messages */

static void on_log(void *ctx, const struct log_event *event)
{
	struct run *run = ctx;

	register_print_log(&run->print, event);
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
	register_print_message(&run->print, message);
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
		(void)register_print_term(&run->print);
		return;
	}
	from_ms = flow_of(run, line)->waits_from_ms;
	if (now_ms >= from_ms + SPIN_AFTER_MS) {
		snprintf(text, sizeof(text), "%s %s, %llu s",
		         what_is_awaited(line_reg(line)->state), line_server(line)->next_hop.host,
		         (unsigned long long)(now_ms - from_ms) / 1000);
		term_spin(&run->print.spinner, &run->print.term, text);
	}
	net_timer_set(run->spin_timer, now_ms + SPIN_MS);
}

static void finish(struct run *run)
{
	net_stop(run->net);
}

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct run *run = ctx;
	enum reg_state state = line_reg(line)->state;

	register_print_state(&run->print, state);
	if (waits(state) && !waits(from)) {
		struct run_flow *flow = flow_of(run, line);

		flow->waits_from_ms = net_now_ms(run->net);
		flow->seen = (struct register_seen){ 0 };
		if (run->print.term.tty && !run->settings->json)
			net_timer_set(run->spin_timer, flow->waits_from_ms + SPIN_MS);
	}
	register_pair_state(&run->pair);
	if (run->stopping && register_pair_at_rest(&run->pair))
		finish(run);
}

/* ---- two flows */

static void on_pair(void *ctx, enum register_pair_news news)
{
	static const char *const texts[] = {
		[REGISTER_PAIR_BOTH] = "registered by two flows",
		[REGISTER_PAIR_LOST] = "one of two flows is lost: it stays registered by the other",
		[REGISTER_PAIR_ONE] = "no outbound (RFC 5626) at this registrar: it gets one flow",
	};
	struct run *run = ctx;

	if (run->stopping || run->settings->detail == REGISTER_QUIET)
		return;
	register_print_log(
		&run->print,
		&(struct log_event){ .kind = LOG_NOTE,
	                             .level = news == REGISTER_PAIR_BOTH ? LOG_LEVEL_INFO
	                                                                 : LOG_LEVEL_WARN,
	                             .wall_ms = net_wall_ms(run->net),
	                             .address = slice_str(line_address(run->pair.lines[0])),
	                             .text = slice_str(texts[news]) });
	if (run->settings->json)
		register_print_flows(&run->print, register_pair_up(&run->pair));
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

/* Of two flows the first one's result is the line's, unless only the second one is up. */
static bool is_the_lines(const struct run *run, const struct line *line, enum reg_end end)
{
	const struct line *first = run->pair.lines[0], *second = run->pair.lines[1];

	if (line != first)
		return !reg_bound(line_reg(first)) && end == REG_END_GRANTED;
	return end == REG_END_GRANTED || !second || !reg_bound(line_reg(second));
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
		register_verdict_removed(&run->verdict, end);
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
	register_verdict_take(&run->verdict, &news, counts ? REGISTER_COUNTS : REGISTER_BESIDE);
	if (over)
		net_timer_set(run->stop_timer, news.now_ms);
}

static void on_stop(void *ctx)
{
	stop(ctx);
}

static void on_no_reader(void *ctx)
{
	struct run *run = ctx;

	net_timer_set(run->stop_timer, net_now_ms(run->net));
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
	if (register_print_term(&run->print)->tty && !run->settings->json)
		fputs("\r", run->print.args->out); /* over the ^C */
	stop(run);
}

static void print_last(struct run *run)
{
	const struct run_flow *first = &run->flows[0];
	bool undecided = first->ends == 0;

	if (undecided)
		register_verdict_stopped(&run->verdict, run->pair.lines[0], &first->seen,
		                         run->stopped_at_ms - first->waits_from_ms);
	/* Stopped before any result, the line can have been granted what was then removed. */
	register_verdict_print(&run->verdict, undecided || run->status == CLI_OK);
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

	snprintf(agent, sizeof(agent), "%s/%s", "Lineup", run->print.args->program->version);
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
	if ((r = register_print_init(&run->print)) < 0 ||
	    (r = register_verdict_init(&run->verdict)) < 0 || (r = net_new(&run->net)) < 0 ||
	    (r = dns_new(run->net, &run->dns)) < 0 ||
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
	register_print_done(&run->print);
	register_verdict_done(&run->verdict);
}

int register_run(const struct cli_args *args, const struct register_settings *settings)
{
	struct run run = { .settings = settings,
		           .print = { .args = args,
		                      .settings = settings,
		                      .on_no_reader = on_no_reader,
		                      .ctx = &run },
		           .verdict = { .print = &run.print },
		           .status = RESULT_NO_ANSWER };
	int r, unwritten;

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
	unwritten = run.print.write_error;
	if (r == CLI_OK ? unwritten : unwritten == -EPIPE && run.flows[0].ends == 0)
		r = OUTPUT_UNWRITTEN;
out:
	tear_down(&run);
	return r;
}
