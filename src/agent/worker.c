/* agent/worker.c: a shard on its thread: does what the control thread says, tells what happens.
 *
 * Everything from run_commands() on is in the shard's thread. What it says of a registration goes
 * to its board, what others must hear of goes into the outbox; it waits for nobody. */
#include "agent/worker.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/own.h"
#include "agent/report.h"
#include "agent/second.h"
#include "dns/dns.h"
#include "explain/explain.h"
#include "shard/shard.h"
#include "sip/mask.h"

#define TICK_MS        1000
#define STORM_RECEIVED 2000 /* datagrams in a tick */
#define CALM_TICKS     3    /* in a row without a storm: it is over */
#define TRIMS          2
#define SHOWN_PER_S    100 /* messages that are kept as text */
#define AT_ONCE        128 /* commands that are run in one turn of the loop */

/* ---- what the lines tell */

static void put_record(struct agent_worker *worker, const struct agent_record *record,
                       struct slice text)
{
	const struct slice texts[AGENT_RECORD_TEXTS] = { text, SLICE_NONE, SLICE_NONE, SLICE_NONE };

	agent_outbox_put(worker, record, texts);
}

static void on_log(void *ctx, const struct log_event *event)
{
	const struct slice texts[AGENT_RECORD_TEXTS] = { event->reason, event->uri, event->address,
		                                         event->text };

	agent_outbox_put(ctx,
	                 &(struct agent_record){ .kind = AGENT_RECORD_LOG,
	                                         .account = event->owner,
	                                         .at_ms = event->wall_ms,
	                                         .ctx = event->ctx,
	                                         .status = event->status,
	                                         .event = (uint8_t)event->kind,
	                                         .level = (uint8_t)event->level },
	                 texts);
}

void agent_worker_log(struct agent_worker *worker, const struct log_event *event)
{
	on_log(worker, event);
}

/* The message as a person may see it, without its secrets. Absent where many were kept within the
 * second: a storm of attempts must not be slowed by being looked at. */
static struct slice show_message(struct agent_worker *worker, struct slice bytes,
                                 char memory[AGENT_STEP_TEXT + 1])
{
	struct buf out = buf_over(memory, AGENT_STEP_TEXT + 1);
	uint64_t now_ms = net_now_ms(worker->net);

	if (now_ms >= worker->shown_at_ms + 1000) {
		worker->shown_at_ms = now_ms;
		worker->shown = 0;
	}
	if (worker->shown == SHOWN_PER_S)
		return SLICE_NONE;
	worker->shown++;
	sip_show_masked(bytes, SLICE(""), &out);
	return buf_slice(&out);
}

static void put_step(struct agent_worker *worker, const struct line *line,
                     const struct line_message *message)
{
	char memory[AGENT_STEP_TEXT + 1];
	const struct slice texts[AGENT_RECORD_TEXTS] = {
		message->msg ? message->msg->reason : SLICE_NONE,
		show_message(worker, message->bytes, memory),
		SLICE_NONE,
		SLICE_NONE,
	};

	agent_outbox_put(worker,
	                 &(struct agent_record){ .kind = AGENT_RECORD_STEP,
	                                         .account = line_owner(line),
	                                         .at_ms = net_stamp_ms(worker->net),
	                                         .ctx = message->ctx,
	                                         .cseq = message->cseq,
	                                         .status = message->msg ? message->msg->status : 0,
	                                         .sent = !message->msg,
	                                         .credentials = message->credentials,
	                                         .again = message->again,
	                                         .peer = *message->peer },
	                 texts);
}

static void on_sent(void *ctx, struct line *line, const struct line_message *message)
{
	struct agent_worker *worker = ctx;
	struct agent_account *account = line_owner(line);

	put_step(worker, line, message);
	if (!account->asked)
		account->asked_ms = (uint32_t)net_now_ms(worker->net);
	account->asked = true;
	if (message->cseq < account->cseq_ask)
		return;
	account->cseq_ask = UINT32_MAX; /* asked once, until there is an answer */
	agent_outbox_tell(worker, account, AGENT_NEWS_CSEQ);
}

static void on_received(void *ctx, struct line *line, const struct line_message *message)
{
	put_step(ctx, line, message);
}

/* cause: NULL where it was granted. */
static void count_result(struct agent_worker *worker, const struct agent_account *account,
                         const struct line_end *end, const struct explain_cause *cause)
{
	if (end->end == REG_END_REFUSED)
		agent_tally_refused(&worker->tally, cause);
	if (end->end == REG_END_FAILED)
		agent_tally_failed(&worker->tally, cause);
	if (end->facts->status && account->asked)
		agent_tally_answered(&worker->tally,
		                     (uint32_t)net_now_ms(worker->net) - account->asked_ms);
}

/* The first bindings of other devices that a grant lists. */
static void find_others(const struct line *line, const struct line_end *end,
                        struct slice ret_others[AGENT_RECORD_TEXTS])
{
	struct facts_binding_walk walk = { .begun = false };
	struct facts_binding binding;
	unsigned n = 0;

	for (unsigned i = 0; i < AGENT_RECORD_TEXTS; i++)
		ret_others[i] = SLICE_NONE;
	if (end->end != REG_END_GRANTED || !end->facts->foreign)
		return;
	while (n < AGENT_RECORD_TEXTS && line_binding_next(line, end, &walk, &binding))
		if (!binding.ours && !binding.beside) {
			ret_others[n] = binding.uri;
			if (ret_others[n].n > AGENT_OTHER_TEXT)
				ret_others[n].n = AGENT_OTHER_TEXT;
			n++;
		}
}

static void on_ended(void *ctx, struct line *line, const struct line_end *end)
{
	struct slice others[AGENT_RECORD_TEXTS];
	struct agent_worker *worker = ctx;
	struct agent_account *account = line_owner(line);
	const struct server *server = line_server(line);
	const struct server_last none = { .at_ms = 0 };
	struct agent_report report, shown;

	agent_second_read(worker, account, line, &report);
	agent_report_binding(worker, line, &report);
	report.next_ms = agent_report_wall_ms(worker, end->next_at_ms);
	if (end->end != REG_END_REMOVED) { /* which changes no result */
		agent_report_result(worker, line, end, &report);
		count_result(worker, account, end, report.cause);
	}
	account->asked = false;
	agent_second_write(worker, account, line, &report, &shown);
	agent_second_ended(worker, account, line, end);
	agent_outbox_tell(worker, account, AGENT_NEWS_CHANGED | AGENT_NEWS_KEPT);
	if (agent_second_shows(worker, account, line))
		agent_said_tell(worker, line, end, &account->said);
	find_others(line, end, others);
	agent_outbox_put(worker,
	                 &(struct agent_record){
				 .kind = AGENT_RECORD_END,
				 .account = account,
				 .at_ms = net_stamp_ms(worker->net),
				 .answered = end->facts->status != 0,
				 .busy = end->facts->status == 503,
				 .dead = server->gate->pace.health != PACE_ALIVE,
				 .up = end->end == REG_END_GRANTED,
				 .last = server->outbound.beside ? none : server->answered.last,
				 .took_ms = agent_report_took_ms(end),
				 .cert_until_s = server->tls.certificate_until_s,
				 .own_until_s = server->tls.context
	                                                ? net_tls_until_s(server->tls.context)
	                                                : 0,
			 },
	                 others);
}

/* A line may not be freed from within its own call. */
static void rest(struct agent_worker *worker, struct agent_account *account)
{
	account->resting_next = worker->resting;
	worker->resting = account;
	net_timer_set(worker->sweep, net_now_ms(worker->net));
}

/* The control thread is told that all is at rest once it can take all that was said on the way. */
static void on_publish(void *ctx)
{
	struct agent_worker *worker = ctx;

	agent_outbox_publish(worker);
	if (!worker->stopping || worker->awake || atomic_load(&worker->at_rest))
		return;
	atomic_store(&worker->at_rest, true);
	agent_ring(worker->agent);
}

static void count_awake(struct agent_worker *worker, int by)
{
	worker->awake += (uint32_t)by;
	if (worker->stopping && !worker->awake)
		net_timer_set(worker->outbox.publish, net_now_ms(worker->net));
}

static bool under_way(enum reg_state state)
{
	return state == REG_TRYING || state == REG_REFRESHING || state == REG_STOPPING ||
	       state == REG_REMOVING || state == REG_IDLE;
}

static bool tells_cause(enum reg_state state)
{
	return state == REG_WAITING || state == REG_HOLDING || state == REG_TRYING;
}

static void put_state(struct agent_worker *worker, struct agent_account *account,
                      const struct agent_report *report, enum reg_state from)
{
	bool lapsed = report->state == REG_TRYING && from != REG_IDLE && from != REG_WAITING;

	put_record(worker,
	           &(struct agent_record){ .kind = AGENT_RECORD_STATE,
	                                   .account = account,
	                                   .at_ms = net_stamp_ms(worker->net),
	                                   .status = report->status,
	                                   .up = report->up,
	                                   .lapsed = lapsed,
	                                   .state = (uint8_t)report->state,
	                                   .cause = tells_cause(report->state) ? report->cause
	                                                                       : NULL },
	           SLICE_NONE);
}

/* Whether no flow of it has anything under way any more. */
static bool is_idle(const struct agent_worker *worker, const struct agent_account *account)
{
	const struct agent_second *second = agent_second_of(worker, account);

	return line_reg(account->line_made)->state == REG_IDLE &&
	       (!second || line_reg(second->line)->state == REG_IDLE);
}

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct agent_worker *worker = ctx;
	struct agent_account *account = line_owner(line);
	enum reg_state state = line_reg(line)->state;
	struct agent_report report, shown;
	bool bound;

	agent_second_glance(worker, account, line, &report);
	bound = report.ends_ms;
	agent_report_binding(worker, line, &report);
	if (under_way(state))
		report.next_ms = 0;
	/* An attempt that is given up has no end. */
	if (state == REG_IDLE || state == REG_REMOVING)
		account->asked = false;
	if (agent_second_move(worker, account, line, &report, &shown))
		put_state(worker, account, &shown, from);
	agent_outbox_tell(worker, account,
	                  AGENT_NEWS_CHANGED | (bound != !!report.ends_ms ? AGENT_NEWS_KEPT : 0));
	if (from == REG_IDLE)
		count_awake(worker, 1);
	if (account->leaving && is_idle(worker, account))
		rest(worker, account);
	if (state == REG_IDLE)
		count_awake(worker, -1);
}

/* ---- what the control thread says */

/* Each flow takes its part of what the worker has. */
static void set_pace(struct agent_worker *worker, struct server *server,
                     const struct agent_command *command, uint32_t flow)
{
	uint32_t flows = command->flows;
	struct pace_share share = command->share;
	uint32_t size = share.part.to - share.part.from;

	share.shares *= flows;
	share.part.to = share.part.from + size * (flow + 1) / flows;
	share.part.from += size * flow / flows;
	shard_server_pace(worker->shard, server, &share);
}

/* beside: the server whose second flow it shall be, or NULL. */
static int server_of(struct agent_worker *worker, const struct agent_command *command,
                     struct server *beside, struct server **server)
{
	struct agent_place *place = command->account->place;
	bool by_another = beside && place->second_host[0];
	const struct server_last none = { .at_ms = 0 };
	const char *proxy_host = by_another ? place->second_host : place->proxy_host;
	const struct server_cfg cfg = {
		.host = place->host,
		.port = place->port,
		.proxy_host = proxy_host[0] ? proxy_host : NULL,
		.proxy_port = by_another ? place->second_port : place->proxy_port,
		.transport = by_another ? place->second_transport : place->transport,
		.srv = place->srv,
		.demands = &place->demands,
		.interface = place->interface[0] ? place->interface : NULL,
		.beside = beside,
		.tls_ca = command->tls_ca,
		.tls_cert = command->tls_cert,
		.tls_key = command->tls_key,
		.tls_least = command->tls_least,
		/* What was kept is an address of the first proxy. */
		.last = by_another ? none : command->last,
	};
	int r = *server ? 0 : shard_server_add(worker->shard, &cfg, server);

	if (r < 0)
		return r;
	set_pace(worker, *server, command, beside ? 1 : 0);
	shard_server_keep(worker->shard, *server, command->keep);
	return 0;
}

static int add_second(struct agent_worker *worker, const struct agent_command *command,
                      const struct line_cfg *cfg)
{
	struct server **server = &command->account->place->at[worker->number].second;
	int r = server_of(worker, command, cfg->server, server);

	return r < 0 ? r : agent_second_add(worker, command->account, cfg, *server);
}

static int add_line(struct agent_worker *worker, const struct agent_command *command)
{
	struct agent_account *account = command->account;
	struct line_cfg cfg = {
		.user = account->user,
		.auth_user = command->auth_user,
		.password = command->password,
		.contact = command->contact,
		.calls = command->calls,
		.expires_s = command->expires_s,
		.identity = command->identity,
		.cseq = command->cseq,
		.left = command->left.any.sa_family ? &command->left : NULL,
		.owner = account,
	};
	struct server **server = &account->place->at[worker->number].server;
	int r = server_of(worker, command, NULL, server);

	cfg.server = *server;
	if (r == 0)
		r = shard_line_add(worker->shard, &cfg, &account->line_made);
	if (r == 0 && account->place->flows > 1) {
		r = add_second(worker, command, &cfg);
		if (r < 0)
			shard_line_remove(worker->shard, account->line_made);
	}
	return r;
}

static void do_add(struct agent_worker *worker, const struct agent_command *command)
{
	struct agent_account *account = command->account;

	if (add_line(worker, command) < 0) {
		account->line_made = NULL;
		agent_outbox_tell(worker, account, AGENT_NEWS_GONE | AGENT_NEWS_FAILED);
		return;
	}
	account->leaving = false;
	account->cseq_ask = command->cseq_ask;
	if (worker->stopping)
		return;
	/* In front of the start, so that not even a dead server's probe is waited for. */
	if (command->haste == AGENT_AT_ONCE)
		shard_line_nudge(worker->shard, account->line_made);
	shard_line_start(worker->shard, account->line_made);
}

typedef void line_fn(struct agent_worker *worker, struct line *line, uint32_t ms);

static void stop_line(struct agent_worker *worker, struct line *line, uint32_t removal_ms)
{
	if (line_reg(line)->state != REG_IDLE)
		shard_line_stop_within(worker->shard, line, removal_ms);
}

static void nudge_line(struct agent_worker *worker, struct line *line, uint32_t ms)
{
	(void)ms;
	shard_line_nudge(worker->shard, line);
}

/* What is asked of a registration is asked of each of its flows; a second one that has not begun
 * waits for the first. */
static void each_line(struct agent_worker *worker, struct agent_account *account, line_fn *fn,
                      uint32_t ms)
{
	struct agent_second *second = agent_second_of(worker, account);

	if (second && second->phase == AGENT_SECOND_BEGUN)
		fn(worker, second->line, ms);
	fn(worker, account->line_made, ms);
}

static void do_remove(struct agent_worker *worker, const struct agent_command *command)
{
	struct agent_account *account = command->account;

	if (!account->line_made)
		return; /* it could not be made, which was said */
	account->leaving = true;
	if (is_idle(worker, account)) {
		rest(worker, account);
		return;
	}
	each_line(worker, account, stop_line, command->removal_ms);
}

/* The servers that a place is here; NULL where there is none. The second flow's first, which knows
 * of the other. */
static void servers_of(const struct agent_worker *worker, const struct agent_place *place,
                       struct server *ret_servers[2])
{
	ret_servers[0] = place->at[worker->number].second;
	ret_servers[1] = place->at[worker->number].server;
}

static void forget_place(struct agent_worker *worker, struct agent_place *place)
{
	struct server *servers[2];

	servers_of(worker, place, servers);
	for (unsigned i = 0; i < 2; i++)
		if (servers[i])
			shard_server_remove(worker->shard, servers[i]);
	place->at[worker->number].server = NULL;
	place->at[worker->number].second = NULL;
	atomic_fetch_sub(&place->held, 1);
}

static void do_pace(struct agent_worker *worker, const struct agent_command *command)
{
	struct server *servers[2];

	servers_of(worker, command->place, servers);
	for (unsigned i = 0; i < 2; i++) {
		if (!servers[i])
			continue;
		set_pace(worker, servers[i], command, servers[i]->outbound.beside ? 1 : 0);
		shard_server_keep(worker->shard, servers[i], command->keep);
	}
}

static void do_tls(struct agent_worker *worker, const struct agent_command *command)
{
	const struct net_tls_files files = { command->tls_ca, command->tls_cert, command->tls_key,
		                             command->tls_least };
	struct server *servers[2];

	servers_of(worker, command->place, servers);
	for (unsigned i = 0; i < 2; i++)
		if (servers[i])
			shard_server_tls(worker->shard, servers[i], &files);
}

static void do_stop_all(struct agent_worker *worker)
{
	worker->stopping = true;
	shard_stop(worker->shard);
	count_awake(worker, 0);
}

static void run_command(struct agent_worker *worker, const struct agent_command *command)
{
	switch (command->order) {
	case AGENT_ORDER_ADD:
		do_add(worker, command);
		break;
	case AGENT_ORDER_REMOVE:
		do_remove(worker, command);
		break;
	case AGENT_ORDER_NUDGE:
		if (command->account->line_made)
			each_line(worker, command->account, nudge_line, 0);
		break;
	case AGENT_ORDER_RESERVED:
		command->account->cseq_ask = command->cseq_ask;
		break;
	case AGENT_ORDER_PACE:
		do_pace(worker, command);
		break;
	case AGENT_ORDER_TLS:
		do_tls(worker, command);
		break;
	case AGENT_ORDER_DNS:
		/* Without memory for it the old one is asked on. */
		(void)dns_use_server(worker->dns,
		                     command->dns.any.sa_family ? &command->dns : NULL);
		break;
	case AGENT_ORDER_FORGET_PLACE:
		forget_place(worker, command->place);
		break;
	case AGENT_ORDER_STOP_ALL:
		do_stop_all(worker);
		break;
	}
}

/* Behind what the last turn has left. */
static void take_commands(struct agent_worker *worker)
{
	pthread_mutex_lock(&worker->inbox_lock);
	if (worker->inbox) {
		*worker->todo_end = worker->inbox;
		worker->todo_end = worker->inbox_end;
		worker->inbox = NULL;
		worker->inbox_end = &worker->inbox;
	}
	pthread_mutex_unlock(&worker->inbox_lock);
}

/* Thousands come at once where all lines start: between portions of them the sockets are read. */
static void run_commands(void *ctx)
{
	struct agent_worker *worker = ctx;
	uint32_t asked = atomic_load(&worker->asked), ran = 0;

	take_commands(worker);
	for (; worker->todo && ran < AT_ONCE; ran++) {
		struct agent_command *command = worker->todo;

		worker->todo = command->next;
		if (!worker->todo)
			worker->todo_end = &worker->todo;
		run_command(worker, command);
		agent_command_free(command);
	}
	atomic_fetch_sub(&worker->inbox_n, ran);
	if (worker->todo)
		net_async_send(worker->bell);
	atomic_store(&worker->answered, asked);
	if (atomic_load(&worker->quit))
		net_stop(worker->net);
}

/* ---- its own timers */

static void forget(struct agent_worker *worker, struct agent_account *account)
{
	struct agent_report report;

	agent_board_glance(&account->board, &report);
	report.cseq = line_cseq(account->line_made);
	agent_board_move(&account->board, &report);
	agent_second_remove(worker, account);
	shard_line_remove(worker->shard, account->line_made);
	account->line_made = NULL;
	agent_outbox_tell(worker, account, AGENT_NEWS_GONE);
}

static void on_sweep(void *ctx)
{
	struct agent_worker *worker = ctx;
	struct agent_account *account, *next;

	account = worker->resting;
	worker->resting = NULL;
	for (; account; account = next) {
		next = account->resting_next;
		forget(worker, account);
	}
	agent_second_sweep(worker);
}

/* Once a storm is over what was freed goes back to the kernel, for which malloc() needs tenths of a
 * second with a million lines; once more when the control thread has taken all in. */
static void mind_calm(struct agent_worker *worker, const struct shard_stats *stats)
{
	bool storm = stats->received - worker->received >= STORM_RECEIVED;

	if (storm || stats->room < worker->room / 2)
		worker->trims = TRIMS;
	worker->calm = storm ? 0 : worker->calm + (worker->calm < CALM_TICKS);
	if (worker->calm == CALM_TICKS && worker->trims) {
		worker->trims--;
#ifdef __GLIBC__
		(void)malloc_trim(0);
#endif
	}
	worker->received = stats->received;
	worker->room = stats->room;
}

static void on_tick(void *ctx)
{
	struct agent_worker *worker = ctx;
	struct agent_totals *totals = &worker->totals;
	struct shard_stats stats;

	shard_stats(worker->shard, &stats);
	mind_calm(worker, &stats);
	atomic_store_explicit(&totals->sent, stats.sent, memory_order_relaxed);
	atomic_store_explicit(&totals->received, stats.received, memory_order_relaxed);
	atomic_store_explicit(&totals->retransmitted, stats.retransmitted, memory_order_relaxed);
	atomic_store_explicit(&totals->dropped, stats.dropped, memory_order_relaxed);
	atomic_store_explicit(&totals->strangers, stats.strangers, memory_order_relaxed);
	atomic_store_explicit(&totals->answered, stats.answered, memory_order_relaxed);
	atomic_store_explicit(&totals->granted, stats.registered, memory_order_relaxed);
	atomic_store_explicit(&totals->refused, stats.refused, memory_order_relaxed);
	atomic_store_explicit(&totals->failed, stats.failed, memory_order_relaxed);
	atomic_store_explicit(&totals->removed, stats.removed, memory_order_relaxed);
	net_timer_set(worker->tick, net_now_ms(worker->net) + TICK_MS);
}

/* ---- making and ending, in the control thread */

int agent_worker_init(struct agent_worker *worker, const struct agent_worker_cfg *cfg)
{
	struct shard_cfg shard = {
		.log = { cfg->log_level, on_log, worker },
		.watch = { worker, on_state, on_sent, on_received, on_ended },
		.key = cfg->key,
		.seed = cfg->seed,
		.port4 = cfg->port4,
		.port6 = cfg->port6,
		.lines_max = AGENT_LINES_MAX,
		.lines = cfg->lines,
		.number = cfg->number,
		.shards = cfg->agent->worker_count,
		.user_agent = cfg->user_agent,
	};
	int r;

	worker->agent = cfg->agent;
	worker->number = cfg->number;
	worker->inbox_end = &worker->inbox;
	worker->todo_end = &worker->todo;
	pthread_mutex_init(&worker->inbox_lock, NULL);
	if ((r = agent_tally_init(&worker->tally)) < 0 || (r = net_new(&worker->net)) < 0 ||
	    (r = dns_new(worker->net, &worker->dns)) < 0 ||
	    (cfg->dns && (r = dns_use_server(worker->dns, cfg->dns)) < 0) ||
	    (r = net_async_new(worker->net, run_commands, worker, &worker->bell)) < 0 ||
	    (r = agent_outbox_init(worker, worker->net, on_publish, worker)) < 0 ||
	    (r = net_timer_new(worker->net, on_tick, worker, &worker->tick)) < 0 ||
	    (r = net_timer_new(worker->net, on_sweep, worker, &worker->sweep)) < 0)
		return r;
	shard.net = worker->net;
	shard.dns = worker->dns;
	return shard_new(&shard, &worker->shard);
}

static void *run(void *ctx)
{
	struct agent_worker *worker = ctx;
	char name[16];

	snprintf(name, sizeof(name), "shard-%u", (unsigned)worker->number);
	pthread_setname_np(pthread_self(), name);
	on_tick(worker);
	net_run(worker->net);
	on_tick(worker);
	on_publish(worker);
	return NULL;
}

/* Signals are the control thread's. */
int agent_worker_run(struct agent_worker *worker)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	worker->running = !error;
	return -error;
}

static void free_commands(struct agent_command *command)
{
	struct agent_command *next;

	for (; command; command = next) {
		next = command->next;
		agent_command_free(command);
	}
}

void agent_worker_done(struct agent_worker *worker)
{
	if (!worker->agent)
		return;
	if (worker->running) {
		atomic_store(&worker->quit, true);
		net_async_send(worker->bell);
		pthread_join(worker->thread, NULL);
	}
	shard_free(worker->shard);
	net_timer_free(worker->tick);
	net_timer_free(worker->sweep);
	net_async_free(worker->bell);
	dns_free(worker->dns);
	agent_outbox_done(worker);
	net_free(worker->net);
	free_commands(worker->todo);
	free_commands(worker->inbox);
	for (size_t i = 0; i < worker->seconds.cap; i++)
		free(worker->seconds.cells[i]);
	agent_map_done(&worker->seconds);
	agent_post_done(&worker->post);
	agent_tally_done(&worker->tally);
	pthread_mutex_destroy(&worker->inbox_lock);
}
