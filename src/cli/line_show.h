/* cli/line_show.h: all that is known of one line, as `lineup line show` prints it and `lineup
 * watch` draws it. */
#ifndef LINEUP_CLI_LINE_SHOW_H
#define LINEUP_CLI_LINE_SHOW_H

#include <jansson.h>

#include "cli/term.h"

/* line: what /api/v1/lines/{id}/status answers; other: the same of the line that it shares its
 * registration with (same_as), or NULL. now_ms: the daemon's clock; 0: unknown. */
void line_show(const struct term *term, const json_t *line, const json_t *other, int64_t now_ms);

#endif
