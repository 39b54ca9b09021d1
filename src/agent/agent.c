/* agent/agent.c: making and ending, and the control thread's turn: what rings, and in which order
 * it is looked at. README.md has the picture. */
#include "agent/agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/own.h"
#include "base/buf.h"
#include "shard/shard.h"

#define KEY_BYTES     32
#define KEY_NAME      "identity-key"
#define DAY_MS        INT64_C(86400000)
#define STOP_EXTRA_MS 500 /* beyond the bound of the removals, until the shards have said so */

/* ---- the log */

void agent_note(struct agent *agent, enum log_level level, const struct agent_row *row,
                const char *format, ...)
{
	char text[1024], address[AGENT_TEXT_MAX];
	struct log_event event = { .kind = LOG_NOTE,
		                   .level = level,
		                   .wall_ms = net_wall_ms(agent->net) };
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	event.text = slice_str(text);
	if (row && row->user && row->entry && row->entry->place) {
		snprintf(address, sizeof(address), "sip:%.120s@%.120s",
		         agent_row_text(row, row->user), row->entry->place->host);
		event.address = slice_str(address);
	}
	agent_drain_log(agent, &event, row ? row->id : 0);
}

/* ---- what other threads want */

void agent_ring(struct agent *agent)
{
	net_async_send(agent->bell);
}

static int wish(struct agent *agent, enum agent_wish_kind kind, int64_t line)
{
	struct agent_wish *wish = malloc(sizeof(*wish));
	const struct agent_row *row;
	int r = wish ? 0 : -ENOMEM;

	pthread_mutex_lock(&agent->lock);
	row = agent_row_of(agent, line);
	if (r == 0 && !row)
		r = -ENOENT;
	if (r == 0 && !row->account)
		r = -EPERM;
	pthread_mutex_unlock(&agent->lock);
	if (r < 0) {
		free(wish);
		return r;
	}
	*wish = (struct agent_wish){ .kind = kind, .line = line };
	pthread_mutex_lock(&agent->wish_lock);
	*agent->wishes_end = wish;
	agent->wishes_end = &wish->next;
	pthread_mutex_unlock(&agent->wish_lock);
	agent_ring(agent);
	return 0;
}

int agent_register_now(struct agent *agent, int64_t line)
{
	return wish(agent, AGENT_WISH_REGISTER, line);
}

int agent_unregister(struct agent *agent, int64_t line)
{
	return wish(agent, AGENT_WISH_UNREGISTER, line);
}

void agent_reload(struct agent *agent)
{
	pthread_mutex_lock(&agent->wish_lock);
	agent->reload = true;
	pthread_mutex_unlock(&agent->wish_lock);
	agent_ring(agent);
}

static void nudge(struct agent *agent, struct agent_account *account)
{
	struct agent_command *command;

	if (account->held || account->phase != AGENT_PRESENT) {
		account->held = false;
		account->haste = AGENT_AT_ONCE;
		agent_account_follow(agent, account);
		return;
	}
	command = agent_command_new(AGENT_ORDER_NUDGE, account, NULL);
	if (command)
		agent_worker_post(&agent->workers[account->worker], command);
}

static void grant(struct agent *agent, const struct agent_wish *wish)
{
	struct agent_row *row = agent_row_of(agent, wish->line);

	if (!row || !row->account || agent->state != AGENT_RUNNING)
		return;
	switch (wish->kind) {
	case AGENT_WISH_REGISTER:
		nudge(agent, row->account);
		break;
	case AGENT_WISH_UNREGISTER:
		row->account->held = true;
		agent_account_follow(agent, row->account);
		break;
	}
}

static void take_wishes(struct agent *agent)
{
	struct agent_wish *wish, *next;
	bool reload;

	pthread_mutex_lock(&agent->wish_lock);
	wish = agent->wishes;
	agent->wishes = NULL;
	agent->wishes_end = &agent->wishes;
	reload = agent->reload;
	agent->reload = false;
	pthread_mutex_unlock(&agent->wish_lock);
	/* Whoever changed the settings and then wants the line tried means the new ones. */
	if (reload && agent->state == AGENT_RUNNING)
		agent_settings_follow(agent);
	for (; wish; wish = next) {
		next = wish->next;
		grant(agent, wish);
		free(wish);
	}
}

/* ---- the control thread's turns */

static void finish(struct agent *agent);

static void on_drain(void *ctx)
{
	struct agent *agent = ctx;

	agent->drained_at_ms = net_now_ms(agent->net);
	agent_drain(agent);
	if (agent->state == AGENT_STOPPING)
		finish(agent);
}

static void on_bell(void *ctx)
{
	struct agent *agent = ctx;

	take_wishes(agent);
	/* The outboxes fill further until then; a timer that is set is not moved. */
	net_timer_set(agent->drain, agent->drained_at_ms + AGENT_DRAIN_MS);
}

static void on_write(void *ctx)
{
	agent_journal_write(ctx);
}

static void on_start(void *ctx)
{
	agent_start_some(ctx);
}

static void on_reload(void *ctx)
{
	agent_reload(ctx);
}

void agent_reload_later(struct agent *agent)
{
	net_timer_set(agent->retry, net_now_ms(agent->net) + AGENT_RETRY_MS);
}

/* Once an hour: the steps that are too old; once a day: the history. */
static void on_sweep(void *ctx)
{
	struct agent *agent = ctx;
	int64_t now_ms = net_wall_ms(agent->net);

	agent_steps_sweep(&agent->steps, now_ms);
	if (agent->general.history_days && now_ms >= agent->trimmed_ms + DAY_MS) {
		agent->trimmed_ms = now_ms;
		if (store_history_trim(agent->store,
		                       now_ms - agent->general.history_days * DAY_MS) < 0)
			agent_note(agent, LOG_LEVEL_WARN, NULL, "the history cannot be trimmed: %s",
			           store_error(agent->store));
	}
	net_timer_set(agent->sweep, net_now_ms(agent->net) + AGENT_SWEEP_MS);
}

static void on_fold(void *ctx)
{
	struct agent *agent = ctx;

	agent_drain_crowds(agent, net_now_ms(agent->net));
}

/* ---- stopping */

static bool all_at_rest(const struct agent *agent)
{
	for (uint32_t i = 0; i < agent->worker_count; i++)
		if (!atomic_load(&agent->workers[i].at_rest))
			return false;
	return true;
}

static void end(struct agent *agent)
{
	agent->state = AGENT_STOPPED;
	net_timer_set(agent->stop, NET_NEVER);
	net_timer_set(agent->start, NET_NEVER);
	net_timer_set(agent->sweep, NET_NEVER);
	agent_drain(agent);
	agent_drain_crowds(agent, UINT64_MAX);
	do
		agent_journal_write(agent);
	while (agent->dirty_count && !agent->write_failed);
	net_timer_set(agent->write, NET_NEVER);
	if (agent->done)
		agent->done(agent->done_ctx);
}

static void finish(struct agent *agent)
{
	if (all_at_rest(agent))
		end(agent);
}

static void on_stop(void *ctx)
{
	struct agent *agent = ctx;

	if (agent->state == AGENT_STOPPING)
		end(agent);
}

void agent_stop(struct agent *agent, void (*done)(void *ctx), void *ctx)
{
	uint64_t now_ms = net_now_ms(agent->net);
	bool keep = agent->general.on_stop == STORE_ON_STOP_KEEP || agent->state == AGENT_MADE;

	agent->done = done;
	agent->done_ctx = ctx;
	agent->state = AGENT_STOPPING;
	net_timer_set(agent->stop, keep ? now_ms : now_ms + REG_REMOVAL_MS + STOP_EXTRA_MS);
	for (uint32_t i = 0; !keep && i < agent->worker_count; i++) {
		struct agent_command *command = agent_command_new(AGENT_ORDER_STOP_ALL, NULL, NULL);

		if (command) /* without memory its bindings end by themselves */
			agent_worker_post(&agent->workers[i], command);
	}
}

/* All are asked, also behind one that does not answer. */
bool agent_turns(struct agent *agent)
{
	bool all = true;

	for (uint32_t i = 0; i < agent->worker_count; i++)
		all = agent_worker_turns(&agent->workers[i]) && all;
	return all;
}

/* ---- making */

/* The secret key of all identities; made once. */
static int load_key(struct agent *agent)
{
	uint8_t key[KEY_BYTES];
	size_t n;
	int r = store_value_get(agent->store, KEY_NAME, key, sizeof(key), &n);

	if (r == 0 && n != sizeof(key))
		r = -EINVAL;
	if (r == -ENOENT) {
		r = net_random(agent->net, key, sizeof(key));
		if (r == 0)
			r = store_value_set(agent->store, KEY_NAME, key, sizeof(key));
	}
	if (r == 0) {
		memcpy(&agent->line_key, key, sizeof(agent->line_key));
		memcpy(&agent->shard_key, key + KEY_BYTES / 2, sizeof(agent->shard_key));
	}
	explicit_bzero(key, sizeof(key));
	return r;
}

static void name_ports(uint32_t shard, char name[32])
{
	snprintf(name, 32, "ports-%u", (unsigned)shard);
}

static int init_worker(struct agent *agent, const struct agent_cfg *cfg, uint32_t number)
{
	struct agent_worker *worker = &agent->workers[number];
	enum log_level level = cfg->log.level > LOG_LEVEL_INFO ? cfg->log.level : LOG_LEVEL_INFO;
	struct agent_worker_cfg worker_cfg = { .agent = agent,
		                               .number = number,
		                               .key = agent->shard_key,
		                               .lines = (uint32_t)(agent->accounts.used /
		                                                   agent->shards),
		                               .user_agent = cfg->user_agent,
		                               .dns = agent->dns.any.sa_family ? &agent->dns : NULL,
		                               .log_level = level };
	uint16_t ports[2] = { 0, 0 }, bound[2];
	char name[32];
	size_t n;
	int r;

	name_ports(number, name);
	r = store_value_get(agent->store, name, ports, sizeof(ports), &n);
	if (r < 0 && r != -ENOENT)
		return r;
	worker_cfg.port4 = ports[0];
	worker_cfg.port6 = ports[1];
	r = net_random(agent->net, &worker_cfg.seed, sizeof(worker_cfg.seed));
	if (r == 0)
		r = agent_worker_init(worker, &worker_cfg);
	if (r < 0)
		return r;
	shard_local_ports(worker->shard, &bound[0], &bound[1]);
	if (memcmp(bound, ports, sizeof(ports)) != 0)
		r = store_value_set(agent->store, name, bound, sizeof(bound));
	return r;
}

/* What was asked for, else what was chosen once, else one a processor. */
static int choose_shards(struct agent *agent, const struct agent_cfg *cfg)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct store_general general;
	uint32_t shards;
	int r = store_general_get(agent->store, &general);

	if (r < 0)
		return r;
	shards = cfg->shards ? cfg->shards : general.shards;
	if (!shards) {
		shards = processors > 0 ? (uint32_t)processors : 1;
		general.shards = shards < AGENT_SHARDS_MAX ? shards : AGENT_SHARDS_MAX;
		r = store_general_set(agent->store, &general);
	}
	agent->shards = shards < AGENT_SHARDS_MAX ? shards : AGENT_SHARDS_MAX;
	return r;
}

/* Before the states are read, which say what lines were told. */
static int init_told(struct agent *agent)
{
	agent->told = calloc(agent->shards, sizeof(*agent->told));
	if (!agent->told)
		return -ENOMEM;
	for (uint32_t i = 0; i < agent->shards; i++)
		agent_told_init(&agent->told[i], &agent->map_key);
	return 0;
}

static int init_workers(struct agent *agent, const struct agent_cfg *cfg)
{
	int r = 0;

	agent->workers = calloc(agent->shards, sizeof(*agent->workers));
	if (!agent->workers)
		return -ENOMEM;
	agent->worker_count = agent->shards;
	for (uint32_t i = 0; r == 0 && i < agent->worker_count; i++)
		r = init_worker(agent, cfg, i);
	return r;
}

static int init_timers(struct agent *agent)
{
	const struct {
		struct net_timer **timer;
		void (*fn)(void *ctx);
	} timers[] = {
		{ &agent->drain, on_drain }, { &agent->write, on_write },
		{ &agent->start, on_start }, { &agent->sweep, on_sweep },
		{ &agent->stop, on_stop },   { &agent->retry, on_reload },
		{ &agent->fold, on_fold },
	};
	int r = net_async_new(agent->net, on_bell, agent, &agent->bell);

	for (size_t i = 0; r == 0 && i < sizeof(timers) / sizeof(*timers); i++)
		r = net_timer_new(agent->net, timers[i].fn, agent, timers[i].timer);
	return r;
}

/* Whoever finds the daemon without its lines must find out why. */
static void say_found(struct agent *agent, const struct agent_cfg *cfg,
                      const struct store_found *found)
{
	if (found->set_aside[0])
		agent_note(agent, LOG_LEVEL_ERROR, NULL,
		           "the store %s was damaged: it was set aside as %s, and an empty one was "
		           "begun. A copy of the settings (studio.yaml) brings the lines back; "
		           "\"sqlite3 FILE .recover\" may get more out of the old file",
		           cfg->store_path, found->set_aside);
	if (found->migrated_from)
		agent_note(agent, LOG_LEVEL_INFO, NULL,
		           "the store was brought from version %d to version %d",
		           found->migrated_from, STORE_SCHEMA);
}

static int open_store(struct agent *agent, const struct agent_cfg *cfg, struct buf *reterr)
{
	const struct store_cfg store = { .path = cfg->store_path,
		                         .key_path = cfg->key_path,
		                         .log = cfg->log,
		                         .mode = STORE_OWN };
	struct store_found found;
	int r = store_open(&store, &agent->store, &found, reterr->p, reterr->cap);

	if (r < 0)
		reterr->n = strnlen(reterr->p, reterr->cap);
	else
		say_found(agent, cfg, &found);
	return r;
}

static int init(struct agent *agent, const struct agent_cfg *cfg, struct buf *reterr)
{
	int r = agent_events_init(&agent->events);

	agent_steps_init(&agent->steps);
	agent_said_init(&agent->said);
	if (r < 0 || (r = init_timers(agent)) < 0 || (r = agent_syslog_init(agent)) < 0 ||
	    (r = net_random(agent->net, &agent->map_key, sizeof(agent->map_key))) < 0 ||
	    (r = agent_list_init(&agent->list)) < 0)
		return r;
	agent->said.key = agent->map_key;
	agent->crowd.key = agent->map_key;
	r = open_store(agent, cfg, reterr);
	if (r < 0)
		return r;
	if ((r = load_key(agent)) < 0 || (r = choose_shards(agent, cfg)) < 0 ||
	    (r = init_told(agent)) < 0 || (r = agent_settings_read(agent)) < 0)
		buf_str(reterr, store_error(agent->store));
	if (r == 0 && (r = init_workers(agent, cfg)) < 0)
		buf_str(reterr, "the shards cannot be made");
	for (uint32_t i = 0; r == 0 && i < agent->worker_count; i++)
		r = agent_worker_run(&agent->workers[i]);
	return r;
}

int agent_new(const struct agent_cfg *cfg, struct agent **ret_agent, char *reterr,
              size_t reterr_cap)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	struct buf why = buf_over(reterr, reterr_cap);
	int r = -ENOMEM;

	if (agent) {
		agent->net = cfg->net;
		agent->log = cfg->log;
		agent->dns_given = cfg->dns != NULL;
		if (cfg->dns)
			agent->dns = *cfg->dns;
		agent->queue_end = &agent->queue;
		agent->wishes_end = &agent->wishes;
		pthread_mutex_init(&agent->lock, NULL);
		pthread_mutex_init(&agent->wish_lock, NULL);
		r = init(agent, cfg, &why);
	}
	if (r < 0) {
		if (!why.n)
			buf_str(&why, strerror(-r));
		buf_end(&why);
		agent_free(agent);
		return r;
	}
	*ret_agent = agent;
	return 0;
}

int agent_start(struct agent *agent)
{
	struct agent_list_at at = { 0 };
	struct agent_row *row;

	agent->state = AGENT_RUNNING;
	while ((row = agent_list_next(&agent->list, &at)))
		if (row->account)
			agent_account_follow(agent, row->account);
	on_sweep(agent);
	agent_reload(agent);
	return 0;
}

uint32_t agent_shards(const struct agent *agent)
{
	return agent->worker_count;
}

/* ---- ending */

static void free_list(struct agent_account *account)
{
	struct agent_account *next;

	for (; account; account = next) {
		next = account->next;
		agent_account_free(account);
	}
}

static void free_accounts(struct agent *agent)
{
	for (size_t i = 0; i < agent->accounts.cap; i++)
		if (agent->accounts.cells[i])
			agent_account_free(agent->accounts.cells[i]);
	free_list(agent->buried);
	free_list(agent->buried_before);
	agent_map_done(&agent->accounts);
}

void agent_free(struct agent *agent)
{
	struct agent_wish *next;

	if (!agent)
		return;
	for (uint32_t i = 0; agent->workers && i < agent->worker_count; i++)
		agent_worker_done(&agent->workers[i]);
	free(agent->workers);
	agent_steps_done(&agent->steps);
	agent_said_done(&agent->said);
	free_accounts(agent);
	agent_settings_done(agent);
	agent_events_done(&agent->events);
	for (uint32_t i = 0; agent->told && i < agent->shards; i++)
		agent_told_done(&agent->told[i]);
	free(agent->told);
	free(agent->history);
	free(agent->dirty);
	for (struct agent_wish *wish = agent->wishes; wish; wish = next) {
		next = wish->next;
		free(wish);
	}
	net_timer_free(agent->drain);
	net_timer_free(agent->write);
	net_timer_free(agent->start);
	net_timer_free(agent->sweep);
	net_timer_free(agent->stop);
	net_timer_free(agent->retry);
	net_timer_free(agent->fold);
	net_async_free(agent->bell);
	sink_free(agent->sink);
	store_close(agent->store);
	pthread_mutex_destroy(&agent->lock);
	pthread_mutex_destroy(&agent->wish_lock);
	free(agent);
}
