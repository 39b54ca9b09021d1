/* agent/second.c: see agent/second.h. */
#include "agent/second.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/own.h"
#include "shard/shard.h"

static uint64_t key_of(const struct agent_account *account)
{
	return (uint64_t)(uintptr_t)account;
}

struct agent_second *agent_second_of(const struct agent_worker *worker,
                                     const struct agent_account *account)
{
	return account->place->flows > 1 ? agent_map_get(&worker->seconds, key_of(account)) : NULL;
}

static struct agent_told_book *book_of(const struct agent_worker *worker)
{
	return &worker->agent->told[worker->number];
}

static unsigned flow_of(const struct agent_second *second, const struct line *line)
{
	return line == second->line;
}

int agent_second_add(struct agent_worker *worker, struct agent_account *account,
                     const struct line_cfg *cfg, struct server *server)
{
	struct agent_second *second = calloc(1, sizeof(*second));
	struct line_cfg like = *cfg;
	int r;

	if (!second)
		return -ENOMEM;
	second->key = key_of(account);
	like.server = server;
	like.left = NULL;
	r = shard_line_add(worker->shard, &like, &second->line);
	if (r == 0 && agent_map_add(&worker->seconds, second) < 0) {
		shard_line_remove(worker->shard, second->line);
		r = -ENOMEM;
	}
	if (r < 0) {
		free(second);
		return r;
	}
	/* What an earlier process knew is known of the first flow. */
	agent_board_read(&account->board, &second->reports[0]);
	return 0;
}

void agent_second_remove(struct agent_worker *worker, struct agent_account *account)
{
	struct agent_second *second = agent_second_of(worker, account), **at;
	struct agent_report report;

	if (!second)
		return;
	for (at = &worker->seconds_due; *at && *at != second; at = &(*at)->next)
		;
	if (*at)
		*at = second->next;
	agent_board_glance(&account->board, &report);
	if (line_cseq(second->line) > report.cseq)
		report.cseq = line_cseq(second->line);
	agent_board_move(&account->board, &report);
	shard_line_remove(worker->shard, second->line);
	agent_map_remove(&worker->seconds, second);
	free(second);
}

/* ---- what is shown */

void agent_second_read(const struct agent_worker *worker, const struct agent_account *account,
                       const struct line *line, struct agent_report *ret_report)
{
	const struct agent_second *second = agent_second_of(worker, account);

	if (second)
		*ret_report = second->reports[flow_of(second, line)];
	else
		agent_board_read(&account->board, ret_report);
}

void agent_second_glance(const struct agent_worker *worker, const struct agent_account *account,
                         const struct line *line, struct agent_report *ret_report)
{
	const struct agent_second *second = agent_second_of(worker, account);

	if (second)
		*ret_report = second->reports[flow_of(second, line)];
	else
		agent_board_glance(&account->board, ret_report);
}

static void make_one(const struct agent_second *second, struct agent_report *ret_shown)
{
	const struct agent_report *a = &second->reports[0], *b = &second->reports[1];

	*ret_shown = a->up || !b->up ? *a : *b;
	ret_shown->cseq = a->cseq > b->cseq ? a->cseq : b->cseq;
	ret_shown->flows = 2;
	ret_shown->flows_up = (uint8_t)(a->up + b->up);
}

bool agent_second_shows(const struct agent_worker *worker, const struct agent_account *account,
                        const struct line *line)
{
	const struct agent_second *second = agent_second_of(worker, account);

	return !second || line != second->line || !second->reports[0].up;
}

static void note(struct agent_worker *worker, const struct line *line, enum log_level level,
                 const char *text)
{
	agent_worker_log(worker, &(struct log_event){ .kind = LOG_NOTE,
	                                              .level = level,
	                                              .wall_ms = net_stamp_ms(worker->net),
	                                              .address = slice_str(line_address(line)),
	                                              .text = slice_str(text),
	                                              .owner = line_owner(line) });
}

static void tell_flows(struct agent_worker *worker, const struct line *line, unsigned before,
                       unsigned now)
{
	if (before == 1 && now == 2)
		note(worker, line, LOG_LEVEL_INFO, "registered by two flows");
	if (before == 2 && now == 1)
		note(worker, line, LOG_LEVEL_WARN,
		     "one of two flows is lost: it stays registered by the other");
}

static void list(struct agent_worker *worker, struct agent_second *second)
{
	if (second->listed)
		return;
	second->listed = true;
	second->next = worker->seconds_due;
	worker->seconds_due = second;
	net_timer_set(worker->sweep, net_now_ms(worker->net));
}

/* As shard_line_beside() has it. */
static bool stands(const struct agent_report *report)
{
	return report->state == REG_REGISTERED || report->state == REG_REFRESHING;
}

bool agent_second_write(struct agent_worker *worker, struct agent_account *account,
                        struct line *line, const struct agent_report *report,
                        struct agent_report *ret_shown)
{
	struct agent_second *second = agent_second_of(worker, account);
	struct agent_report before;

	if (!second) {
		*ret_shown = *report;
		agent_board_write(book_of(worker), &account->board, ret_shown);
		return true;
	}
	make_one(second, &before);
	if (stands(report) != stands(&second->reports[flow_of(second, line)]))
		list(worker, second);
	second->reports[flow_of(second, line)] = *report;
	make_one(second, ret_shown);
	agent_board_write(book_of(worker), &account->board, ret_shown);
	tell_flows(worker, line, before.flows_up, ret_shown->flows_up);
	return ret_shown->state != before.state || ret_shown->up != before.up;
}

bool agent_second_move(struct agent_worker *worker, struct agent_account *account,
                       struct line *line, const struct agent_report *report,
                       struct agent_report *ret_shown)
{
	if (agent_second_of(worker, account))
		return agent_second_write(worker, account, line, report, ret_shown);
	*ret_shown = *report;
	agent_board_move(&account->board, ret_shown);
	return true;
}

/* ---- when it begins */

void agent_second_ended(struct agent_worker *worker, struct agent_account *account,
                        struct line *line, const struct line_end *end)
{
	struct agent_second *second = agent_second_of(worker, account);

	if (!second || line == second->line || end->end != REG_END_GRANTED ||
	    second->phase != AGENT_SECOND_WAITS || account->leaving || worker->stopping)
		return;
	if (!line_server(line)->outbound.granted) {
		if (!second->told)
			note(worker, line, LOG_LEVEL_WARN,
			     "no outbound (RFC 5626) at this registrar: it gets one flow");
		second->told = true;
		return;
	}
	second->phase = AGENT_SECOND_DUE;
	list(worker, second);
}

void agent_second_sweep(struct agent_worker *worker)
{
	struct agent_second *second = worker->seconds_due, *next;

	worker->seconds_due = NULL;
	for (; second; second = next) {
		const struct agent_account *account = line_owner(second->line);
		bool goes_on = !account->leaving && !worker->stopping;

		next = second->next;
		second->listed = false;
		if (goes_on) {
			shard_line_beside(worker->shard, account->line_made, second->line);
			shard_line_beside(worker->shard, second->line, account->line_made);
		}
		if (second->phase != AGENT_SECOND_DUE)
			continue;
		second->phase = goes_on ? AGENT_SECOND_BEGUN : AGENT_SECOND_WAITS;
		if (goes_on)
			shard_line_start(worker->shard, second->line);
	}
}
