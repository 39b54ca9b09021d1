/* api/pattern.c: the patterns that a line shows: what the agent knows of this moment, put together
 * with the line's past as the store's history tells it. */
#include <string.h>

#include "agent/scene.h"
#include "api/own.h"

#define EVENTS_MAX   256    /* of the past that are looked at */
#define SHORT_GAP_MS 600000 /* a line that is back so soon was good all along */

/* The past of a line, from its newest event back. */
struct past {
	struct explain_scene *scene;
	struct store_event newer; /* the event behind the one that is looked at; at_ms 0: none */
	uint64_t lost_at_ms[EXPLAIN_LOSSES_MAX]; /* falling */
	int64_t failed_ms, good_ms; /* the last good time: its end and its beginning; 0: unknown */
	bool told;                  /* ... it is known where it began */
	int64_t lost_ms;            /* since when it has been lost until now; 0: it has not */
	bool up_since; /* ... it was registered, or taken down, after what is looked at */
};

static enum explain_end end_of(const struct store_event *event)
{
	const struct explain_cause *cause = explain_by_id(slice_str(event->cause));

	if (!cause && !event->up)
		return EXPLAIN_END_UNKNOWN;
	return explain_end_of(cause, event->status);
}

/* A line that was taken down was not lost. */
static void look_for_loss(struct past *past, const struct store_event *event)
{
	struct explain_scene *scene = past->scene;
	const struct store_event *newer = &past->newer;

	if (!newer->at_ms || newer->up || !event->up ||
	    (strcmp(newer->state, "WAITING") != 0 && strcmp(newer->state, "TRYING") != 0))
		return;
	if (!past->up_since)
		past->lost_ms = newer->at_ms;
	if (scene->losses < EXPLAIN_LOSSES_MAX)
		past->lost_at_ms[scene->losses++] = (uint64_t)newer->at_ms;
}

static void look_for_good_time(struct past *past, const struct store_event *event)
{
	bool good = event->up && !event->cause[0];

	if (past->told)
		return;
	if (good && !past->good_ms)
		past->failed_ms = past->newer.at_ms;
	if (good)
		past->good_ms = event->at_ms;
	else if (past->good_ms && past->good_ms - event->at_ms > SHORT_GAP_MS)
		past->told = true;
}

static int on_event(void *ctx, const struct store_event *event)
{
	struct past *past = ctx;
	struct explain_scene *scene = past->scene;
	enum explain_end end = end_of(event);

	if (scene->before == EXPLAIN_END_UNKNOWN && end != EXPLAIN_END_UNKNOWN && end != scene->now)
		scene->before = end;
	look_for_loss(past, event);
	past->up_since |= event->up || strcmp(event->state, "IDLE") == 0;
	look_for_good_time(past, event);
	past->newer = *event;
	return 0;
}

/* Returns 0 or negative errno. */
static int add_past(struct store *store, int64_t line, int64_t now_ms, struct explain_scene *scene)
{
	struct past past = { .scene = scene };
	int err = store_history_last(store, line, EVENTS_MAX, on_event, &past);

	for (uint32_t i = 0; i < scene->losses; i++)
		scene->lost_at_ms[i] = past.lost_at_ms[scene->losses - 1 - i];
	if (past.failed_ms > past.good_ms && past.good_ms)
		scene->good_for_ms = (uint64_t)(past.failed_ms - past.good_ms);
	/* Begun seconds: nobody wants to read of 60 ms. */
	if (past.lost_ms && past.lost_ms <= now_ms)
		scene->lost_for_ms = (uint64_t)(now_ms - past.lost_ms) / 1000 * 1000 + 1000;
	return err;
}

static void put_pattern(struct json *json, const struct agent_line *line,
                        const struct explain_scene *scene, const struct explain_cause *cause)
{
	char memory[1024];
	struct buf seen = buf_over(memory, sizeof(memory));
	struct explain_pattern_text text;
	struct explain_words words = {
		.server = slice_str(line->server_name),
		.address = slice_str(line->address),
		.extension = slice_str(line->extension),
	};

	explain_pattern_words(scene, cause, &text, &words);
	explain_fill(cause->seen, &words, &seen);
	json_open_object(json, NULL);
	api_put_text(json, "id", cause->id);
	api_put_text(json, "title", cause->title);
	json_put_string(json, "seen", buf_slice(&seen));
	json_close_object(json);
}

void api_patterns_put(struct api_call *call, const struct agent_line *line)
{
	const struct explain_cause *causes[EXPLAIN_PATTERN_MAX];
	struct json *json = api_out(call);
	struct explain_scene scene;
	unsigned n = 0;

	/* Whoever has just gone shows nothing; a past that cannot be read takes none of the rest.
	 */
	if (agent_scene(call->api->agent, line->id, call->now_ms, &scene) == 0 &&
	    scene.here.lines) {
		add_past(call->store, line->id, call->now_ms, &scene);
		n = explain_patterns(&scene, causes, EXPLAIN_PATTERN_MAX);
	}
	json_open_array(json, "patterns");
	for (unsigned i = 0; i < n; i++)
		put_pattern(json, line, &scene, causes[i]);
	json_close_array(json);
}
