/* agent/scene.c: how many lines fail at each place and at all, counted as the reports of lines
 * change, and the scene of one line made from that.
 *
 * Nothing here walks the lines, so that looking at a page of them stays cheap with a million. Since
 * when a place fails is therefore kept as the time when a line began to fail and no other one did;
 * it is forgotten when none fails any more. */
#include "agent/scene.h"

#include <errno.h>

#include "agent/own.h"

#define DAY_MS 86400000

/* A line that is taken down, or for which nothing was tried yet, is of no account. */
static enum agent_part part_of(const struct agent_report *report)
{
	if (report->state == REG_IDLE || report->state == REG_STOPPING ||
	    report->state == REG_REMOVING)
		return AGENT_PART_NONE;
	switch (explain_end_of(report->cause, report->status)) {
	case EXPLAIN_END_UNKNOWN:
	case EXPLAIN_END_REGISTERED:
		return AGENT_PART_FINE;
	case EXPLAIN_END_UNANSWERED:
		return AGENT_PART_UNANSWERED;
	case EXPLAIN_END_REFUSED:
	case EXPLAIN_END_OTHER:
		break;
	}
	return AGENT_PART_FAILING;
}

static void count(struct explain_tally *tally, enum agent_part from, enum agent_part to)
{
	tally->lines += (to != AGENT_PART_NONE) - (from != AGENT_PART_NONE);
	tally->failing += (to >= AGENT_PART_FAILING) - (from >= AGENT_PART_FAILING);
	tally->unanswered += (to == AGENT_PART_UNANSWERED) - (from == AGENT_PART_UNANSWERED);
}

static void move(struct agent *agent, struct agent_account *account, enum agent_part to)
{
	struct agent_place *place = account->place;
	enum agent_part from = (enum agent_part)account->part;

	if (from == to)
		return;
	if (from < AGENT_PART_FAILING && to >= AGENT_PART_FAILING) {
		place->failing_last_ms = net_wall_ms(agent->net);
		if (!place->tally.failing)
			place->failing_first_ms = place->failing_last_ms;
	}
	count(&place->tally, from, to);
	count(&agent->tally, from, to);
	account->part = (uint8_t)to;
}

void agent_scene_note(struct agent *agent, struct agent_account *account,
                      const struct agent_report *report)
{
	enum agent_part part = part_of(report);

	if (part != AGENT_PART_NONE &&
	    explain_end_of(report->cause, report->status) == EXPLAIN_END_REFUSED &&
	    report->result_ms > account->place->refused_at_ms)
		account->place->refused_at_ms = report->result_ms;
	move(agent, account, part);
}

void agent_scene_forget(struct agent *agent, struct agent_account *account)
{
	move(agent, account, AGENT_PART_NONE);
}

/* ---- the scene of a line */

/* The wall's clock may have been set back. */
static uint64_t span_ms(int64_t from_ms, int64_t to_ms)
{
	return to_ms > from_ms ? (uint64_t)(to_ms - from_ms) : 0;
}

static void put_place(const struct agent *agent, const struct agent_place *place, int64_t now_ms,
                      struct explain_scene *scene)
{
	scene->here = place->tally;
	scene->here.refused = place->refused_at_ms && now_ms - place->refused_at_ms < DAY_MS;
	scene->elsewhere = (struct explain_tally){
		.lines = agent->tally.lines - place->tally.lines,
		.failing = agent->tally.failing - place->tally.failing,
		.unanswered = agent->tally.unanswered - place->tally.unanswered,
	};
	if (!place->tally.failing)
		return;
	/* Begun seconds: nobody wants to read of 60 ms. */
	scene->failing_for_ms = span_ms(place->failing_first_ms, now_ms) / 1000 * 1000 + 1000;
	scene->failing_span_ms = span_ms(place->failing_first_ms, place->failing_last_ms);
}

static enum explain_way way_of(const struct agent_report *report)
{
	switch (explain_end_of(report->cause, report->status)) {
	case EXPLAIN_END_UNKNOWN:
		break;
	case EXPLAIN_END_REGISTERED:
		return report->up ? EXPLAIN_WAY_WORKS : EXPLAIN_WAY_UNTRIED;
	case EXPLAIN_END_REFUSED:
	case EXPLAIN_END_UNANSWERED:
	case EXPLAIN_END_OTHER:
		return EXPLAIN_WAY_FAILS;
	}
	return EXPLAIN_WAY_UNTRIED;
}

static void put_way(const struct agent_place *place, const struct agent_report *report,
                    struct explain_scene *scene)
{
	struct net_addr digits;

	if (net_addr_parse(slice_str(place->host), 0, &digits) == 0)
		scene->by_address = way_of(report);
	else
		scene->by_name = way_of(report);
}

/* Lines that share a registration are one line to the server. Two registrations of one extension
 * are at two places that lead to one address. */
static void put_twins(const struct agent *agent, const struct agent_account *account,
                      const struct agent_report *report, struct explain_scene *scene)
{
	scene->twins = 1;
	put_way(account->place, report, scene);
	if (!report->told.target.any.sa_family)
		return;
	for (const struct agent_place *place = agent->places; place; place = place->next) {
		const struct agent_account *other =
			place == account->place || place->retired
				? NULL
				: agent_account_find(agent, place, account->user);
		struct agent_report twin;

		if (!other || other->part == AGENT_PART_NONE)
			continue;
		agent_board_read(&other->board, &twin);
		if (!net_addr_equal(&twin.told.target, &report->told.target))
			continue;
		scene->twins++;
		put_way(place, &twin, scene);
	}
}

int agent_scene(struct agent *agent, int64_t line, int64_t now_ms, struct explain_scene *ret_scene)
{
	struct explain_scene scene = { 0 };
	struct agent_report report;
	const struct agent_row *row;
	int r = 0;

	pthread_mutex_lock(&agent->lock);
	row = agent_row_of(agent, line);
	if (!row)
		r = -ENOENT;
	if (row && row->account && row->account->part != AGENT_PART_NONE) {
		agent_board_read(&row->account->board, &report);
		if (report.status)
			scene.now = explain_end_of(report.cause, report.status);
		scene.foreign = report.up || report.dropped ? report.foreign : 0;
		scene.own_ports = report.up ? report.own_ports : 0;
		scene.dropped = report.dropped;
		scene.dated = report.dated;
		scene.ahead_s = report.ahead_s;
		scene.asks_every_ms = row->entry ? (uint64_t)row->entry->expires_s * 1000 : 0;
		put_place(agent, row->account->place, now_ms, &scene);
		put_twins(agent, row->account, &report, &scene);
	}
	pthread_mutex_unlock(&agent->lock);
	if (r == 0)
		*ret_scene = scene;
	return r;
}
