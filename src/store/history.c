/* store/history.c: each change of state of each line, and how long it was up.
 *
 * An event says what holds from its time on, until the next one of its line. So the last event
 * before a time is needed to know what held at it, and a trim leaves that one. Equal times stand in
 * the order in which they were written. */
#include <errno.h>

#include "store/sql.h"

#define TRIM_BATCH 5000 /* events in one transaction, so that other writers get their turn */

static int write_event(struct store *store, const struct store_event *event)
{
	char state[sizeof(event->state)], cause[sizeof(event->cause)];

	store_text_keep_array(event->state, state);
	store_text_keep_array(event->cause, cause);
	return sql_run(store,
	               "INSERT INTO history (line, at_ms, up, state, status, cause)"
	               " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	               SQL_VALUES(sql_number(event->line), sql_number(event->at_ms),
	                          sql_number(event->up), sql_text(state), sql_number(event->status),
	                          sql_text(cause)));
}

int store_history_write(struct store *store, const struct store_event *events, size_t n)
{
	int err = sql_begin(store, STORE_SYNC_NORMAL);

	if (err)
		return err;
	for (size_t i = 0; !err && i < n; i++)
		err = write_event(store, &events[i]);
	return sql_end(store, err);
}

struct events {
	store_event_fn *fn;
	void *ctx;
};

static int event_row(void *ctx, sqlite3_stmt *stmt)
{
	const struct events *events = ctx;
	int err = 0;
	struct store_event event = {
		.line = sqlite3_column_int64(stmt, 0),
		.at_ms = sqlite3_column_int64(stmt, 1),
		.up = (uint8_t)sqlite3_column_int(stmt, 2),
		.status = (uint16_t)sqlite3_column_int(stmt, 4),
	};

	sql_column_copy(stmt, 3, event.state, sizeof(event.state), &err);
	sql_column_copy(stmt, 5, event.cause, sizeof(event.cause), &err);
	return err ? err : events->fn(events->ctx, &event);
}

#define EVENT_COLUMNS "SELECT line, at_ms, up, state, status, cause FROM history"

static const char all_text[] = EVENT_COLUMNS " WHERE at_ms >= ?2 ORDER BY at_ms, id LIMIT ?3";
static const char line_text[] =
	EVENT_COLUMNS " WHERE line = ?1 AND at_ms >= ?2 ORDER BY at_ms, id LIMIT ?3";

int store_history(struct store *store, int64_t line, int64_t from_ms, uint32_t limit,
                  store_event_fn *fn, void *ctx)
{
	struct events events = { fn, ctx };

	return sql_walk(store, line ? line_text : all_text,
	                SQL_VALUES(sql_id(line), sql_number(from_ms), sql_number(limit)), event_row,
	                &events);
}

int store_history_last(struct store *store, int64_t line, uint32_t limit, store_event_fn *fn,
                       void *ctx)
{
	struct events events = { fn, ctx };

	return sql_walk(store,
	                EVENT_COLUMNS " WHERE line = ?1 ORDER BY at_ms DESC, id DESC LIMIT ?2",
	                SQL_VALUES(sql_number(line), sql_number(limit)), event_row, &events);
}

struct uptime {
	int64_t from_ms, to_ms;
	int64_t since_ms; /* of up */
	int64_t up_ms;    /* before since_ms */
	bool up;
};

static int uptime_row(void *ctx, sqlite3_stmt *stmt)
{
	struct uptime *uptime = ctx;
	int64_t at_ms = sqlite3_column_int64(stmt, 0);

	if (at_ms < uptime->from_ms)
		at_ms = uptime->from_ms;
	if (uptime->up)
		uptime->up_ms += at_ms - uptime->since_ms;
	uptime->since_ms = at_ms;
	uptime->up = sqlite3_column_int(stmt, 1);
	return 0;
}

int store_uptime(struct store *store, int64_t line, int64_t from_ms, int64_t to_ms,
                 int64_t *ret_up_ms)
{
	struct uptime uptime = { .from_ms = from_ms, .to_ms = to_ms, .since_ms = from_ms };

	if (to_ms < from_ms)
		return store_say(store, -EINVAL, "the span ends before it begins");
	int err = sql_walk(store,
	                   "SELECT at_ms, up FROM history WHERE line = ?1 AND at_ms < ?3 AND"
	                   " at_ms >= coalesce((SELECT max(at_ms) FROM history"
	                   "  WHERE line = ?1 AND at_ms <= ?2), ?2) ORDER BY at_ms, id",
	                   SQL_VALUES(sql_number(line), sql_number(from_ms), sql_number(to_ms)),
	                   uptime_row, &uptime);
	if (err)
		return err;
	if (uptime.up)
		uptime.up_ms += to_ms - uptime.since_ms;
	*ret_up_ms = uptime.up_ms;
	return 0;
}

/* Of lines that are gone nothing is left. */
static const char trim_text[] =
	"DELETE FROM history WHERE id IN (SELECT h.id FROM history h"
	" WHERE h.at_ms >= ?1 AND h.at_ms < ?2 AND"
	" (NOT EXISTS (SELECT 1 FROM line WHERE id = h.line) OR"
	"  EXISTS (SELECT 1 FROM history n WHERE n.line = h.line AND n.at_ms >= h.at_ms"
	"   AND n.at_ms < ?3 AND (n.at_ms > h.at_ms OR n.id > h.id))))";

static const char batch_text[] =
	"SELECT min(at_ms) FROM (SELECT at_ms FROM history WHERE at_ms >= ?1 AND at_ms < ?2"
	" ORDER BY at_ms LIMIT 1 OFFSET ?3)";

/* Trims those of from_ms on; *ret_to_ms: those before it are done. */
static int trim_batch(struct store *store, int64_t from_ms, int64_t before_ms, int64_t *ret_to_ms)
{
	int64_t to_ms = 0;
	int err = sql_ask(
		store, batch_text,
		SQL_VALUES(sql_number(from_ms), sql_number(before_ms), sql_number(TRIM_BATCH)),
		&to_ms);

	if (err)
		return err;
	if (to_ms == 0) /* the last batch */
		to_ms = before_ms;
	if (to_ms <= from_ms)
		to_ms = from_ms + 1;
	err = sql_begin(store, STORE_SYNC_NORMAL);
	if (!err)
		err = sql_end(store, sql_run(store, trim_text,
		                             SQL_VALUES(sql_number(from_ms), sql_number(to_ms),
		                                        sql_number(before_ms))));
	*ret_to_ms = to_ms;
	return err;
}

int store_history_trim(struct store *store, int64_t before_ms)
{
	int64_t from_ms = INT64_MIN;
	int err = 0;

	while (!err && from_ms < before_ms)
		err = trim_batch(store, from_ms, before_ms, &from_ms);
	return err;
}
