/* line/template.h: the template that the REGISTERs of a server's lines are filled into. For this
 * room only.
 *
 * A server keeps one, whatever the number of its lines: it has what all of them say in common. */
#ifndef LINEUP_LINE_TEMPLATE_H
#define LINEUP_LINE_TEMPLATE_H

#include "line/part.h"
#include "sip/build.h"

/* Where attempt's REGISTER is addressed to: the server's own URI, or a redirect's. */
struct slice line_template_uri(const struct line *line, const struct line_attempt *attempt);

/* Appends attempt's next REGISTER to out.
 *
 *   reg    what sip_template_fill() fills in; the rest is filled in here, from what the template is
 *          made of where it is made anew
 *
 * Returns 0, or -EMSGSIZE: there is no room. */
int line_template_fill(const struct line_env *env, const struct line *line,
                       const struct line_attempt *attempt, struct sip_register *reg,
                       struct buf *out);

#endif
