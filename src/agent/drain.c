/* agent/drain.c: what the shards have put into their outboxes, carried to where it is wanted: the
 * log, the events, the steps, the history, the state to be written. */
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"

static void put_event(struct agent *agent, enum agent_event_kind kind, int64_t line, int64_t at_ms,
                      enum log_level level, enum agent_event_for reader, struct slice text)
{
	agent_events_put(
		&agent->events,
		&(struct agent_event){ .kind = kind, .line = line, .at_ms = at_ms, .level = level },
		reader, text);
}

static void keep_log(struct agent *agent, const struct log_event *event, int64_t line,
                     enum agent_event_for reader)
{
	char text[4096];
	struct buf out = buf_over(text, sizeof(text));

	if (event->level > LOG_LEVEL_INFO)
		return;
	log_write(LOG_CLASSIC, event, &out);
	put_event(agent, AGENT_LOG, line, event->wall_ms, event->level, reader, buf_slice(&out));
}

void agent_drain_log(struct agent *agent, const struct log_event *event, int64_t line)
{
	log_emit(&agent->log, event);
	if (event->level <= agent->log.level)
		sink_put(agent->sink, event);
	keep_log(agent, event, line, AGENT_FOR_ALL);
}

/* Whether very many lines meet the same, so that this one is counted and not written. */
static bool is_left_out(struct agent *agent, const struct agent_account *account,
                        const struct log_event *event)
{
	const struct explain_cause *cause = NULL;
	struct agent_report report;

	if (!account || account->buried || event->kind == LOG_CALL ||
	    account->place->accounts <= AGENT_CROWD_LINES)
		return false;
	if (event->kind == LOG_FAILED) {
		agent_board_glance(&account->board, &report);
		cause = report.cause;
	}
	return agent_crowd_see(&agent->crowd, event, account->place->host, cause,
	                       net_now_ms(agent->net)) == AGENT_CROWD_LEAVE_OUT;
}

void agent_drain_crowds(struct agent *agent, uint64_t now_ms)
{
	char text[AGENT_CROWD_SAY];
	enum log_level level;

	while (agent_crowd_take(&agent->crowd, now_ms, &level, text))
		agent_note(agent, level, NULL, "%s", text);
	net_timer_set(agent->fold, agent_crowd_next_ms(&agent->crowd));
}

static void on_log(struct agent *agent, const struct agent_record *record)
{
	const struct agent_account *account = record->account;
	const struct log_event event = { .kind = (enum log_kind)record->event,
		                         .level = (enum log_level)record->level,
		                         .wall_ms = record->at_ms,
		                         .ctx = record->ctx,
		                         .status = record->status,
		                         .reason = agent_record_text(record, 0),
		                         .uri = agent_record_text(record, 1),
		                         .address = agent_record_text(record, 2),
		                         .text = agent_record_text(record, 3) };

	if (!account && event.kind == LOG_NOTE && !event.address.n &&
	    agent_echo_is(&agent->echo, &agent->map_key, event.text, net_now_ms(agent->net)))
		return;
	if (is_left_out(agent, account, &event))
		keep_log(agent, &event, account->line, AGENT_FOR_LINE);
	else
		agent_drain_log(agent, &event, account ? account->line : 0);
}

static void on_state(struct agent *agent, const struct agent_record *record)
{
	const char *name = reg_state_name((enum reg_state)record->state);
	struct agent_report report;

	/* First, so that whoever asks for the line on that event finds it counted. */
	agent_board_glance(&record->account->board, &report);
	pthread_mutex_lock(&agent->lock);
	agent_account_count(agent, record->account, &report);
	pthread_mutex_unlock(&agent->lock);
	agent_journal_history(agent, record);
	for (const struct agent_row *row = record->account->rows; row; row = row->account_next)
		put_event(agent, AGENT_STATE, row->id, record->at_ms, LOG_LEVEL_INFO, AGENT_FOR_ALL,
		          slice_str(name));
}

static void on_end(struct agent *agent, const struct agent_record *record)
{
	struct agent_place *place = record->account->place;

	agent_steps_see(&agent->steps, record);
	pthread_mutex_lock(&agent->lock);
	place->dead = record->dead;
	place->unanswered = !record->answered;
	place->cert_until_s = record->cert_until_s;
	place->own_until_s = record->own_until_s;
	if (record->answered)
		place->busy = record->busy;
	if (record->answered && !record->busy)
		place->answers_ms[place->answers_n++ % AGENT_ANSWERS] = record->took_ms;
	pthread_mutex_unlock(&agent->lock);
	agent_place_answered(agent, place, &record->last);
}

static void take_records(struct agent *agent)
{
	const struct agent_record *record;

	while ((record = agent_posts_next(agent->workers, agent->worker_count))) {
		if (record->kind != AGENT_RECORD_LOG && record->account->buried)
			continue;
		switch (record->kind) {
		case AGENT_RECORD_STATE:
			on_state(agent, record);
			break;
		case AGENT_RECORD_END:
			on_end(agent, record);
			break;
		case AGENT_RECORD_LOG:
			on_log(agent, record);
			break;
		case AGENT_RECORD_STEP:
			agent_steps_put(&agent->steps, record);
			break;
		case AGENT_RECORD_SAID:
			agent_said_put(&agent->said, record);
			break;
		}
	}
}

/* The board has something new; kept: which the store keeps. Of a change of state it keeps nothing,
 * but that a binding has come or gone, and an attempt has several. */
static void on_changed(struct agent *agent, struct agent_account *account, bool kept)
{
	struct agent_row *row = kept ? agent_row_of(agent, account->line) : NULL;
	struct agent_report report;

	agent_board_glance(&account->board, &report);
	pthread_mutex_lock(&agent->lock);
	agent_account_count(agent, account, &report);
	agent_scene_note(agent, account, &report);
	pthread_mutex_unlock(&agent->lock);
	if (row && row->account == account)
		agent_journal_state(agent, row);
}

static void take_news(struct agent *agent, struct agent_post *post)
{
	struct agent_account *account;
	unsigned news;

	while ((account = agent_post_news(post, &news))) {
		if (news & AGENT_NEWS_CHANGED)
			on_changed(agent, account, news & AGENT_NEWS_KEPT);
		if (news & AGENT_NEWS_CSEQ)
			agent_start_more(agent, account);
		if (news & AGENT_NEWS_GONE) {
			pthread_mutex_lock(&agent->lock);
			agent_account_gone(agent, account, news);
			pthread_mutex_unlock(&agent->lock);
		}
	}
}

/* What a shard had said of those that were buried in the last drain has come by now. */
static void free_buried(struct agent *agent)
{
	struct agent_account *account = agent->buried_before, *next;

	for (; account; account = next) {
		next = account->next;
		agent_account_free(account);
	}
	agent->buried_before = agent->buried;
	agent->buried = NULL;
}

void agent_drain(struct agent *agent)
{
	/* All are taken before any is read, so that the log is in the order of time. */
	for (uint32_t i = 0; i < agent->worker_count; i++)
		agent_outbox_take(&agent->workers[i], &agent->workers[i].post);
	take_records(agent);
	for (uint32_t i = 0; i < agent->worker_count; i++) {
		struct agent_worker *worker = &agent->workers[i];

		take_news(agent, &worker->post);
		if (worker->post.lost)
			agent_note(agent, LOG_LEVEL_WARN, NULL,
			           "%llu log lines and steps came faster than they can be kept",
			           (unsigned long long)worker->post.lost);
	}
	agent_drain_crowds(agent, net_now_ms(agent->net));
	free_buried(agent);
	agent_place_sweep(agent);
}
