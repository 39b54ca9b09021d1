/* agent/scene.h: what the agent knows of a line, of its server and of all others at this moment,
 * for the patterns of explain/pattern.h. */
#ifndef LINEUP_AGENT_SCENE_H
#define LINEUP_AGENT_SCENE_H

#include "explain/pattern.h"

struct agent;

/* [any thread] Fills in what needs no look at the past: now, foreign, twins, here, elsewhere,
 * failing_for_ms, failing_span_ms, asks_every_ms, by_name, by_address. The rest is zero, and
 * everything is where the line is not meant to be registered. Of here.refused it is known whether
 * it is none. now_ms: the wall's clock; who asks for several lines gives one time, so that they
 * tell the same. Cheap, however many lines there are. Returns 0 or -ENOENT. */
int agent_scene(struct agent *agent, int64_t line, int64_t now_ms, struct explain_scene *ret_scene);

#endif
