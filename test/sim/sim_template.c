/* sim_template.c: proves of every REGISTER that a line sends on the sim, in whatever test, that the
 * template which its server keeps gives what a new one would, and what sip_build_register() writes
 * without one. Linked with --wrap, in front of line/template.c's. */
#include <stdio.h>
#include <stdlib.h>

#include "line/template.h"

int __real_line_template_fill(const struct line_env *env, const struct line *line,
                              const struct line_attempt *attempt, struct sip_register *reg,
                              struct buf *out);
int __wrap_line_template_fill(const struct line_env *env, const struct line *line,
                              const struct line_attempt *attempt, struct sip_register *reg,
                              struct buf *out);

static void must_be(const char *whose, struct slice kept, struct slice other)
{
	if (slice_equal(kept, other))
		return;
	fprintf(stderr, "of the kept template:\n%.*s\nof %s:\n%.*s\n", (int)kept.n, kept.p, whose,
	        (int)other.n, other.p);
	abort();
}

int __wrap_line_template_fill(const struct line_env *env, const struct line *line,
                              const struct line_attempt *attempt, struct sip_register *reg,
                              struct buf *out)
{
	static char anew[LINE_REQUEST_MAX], built[LINE_REQUEST_MAX];
	struct buf anew_buf = buf_over(anew, sizeof(anew));
	struct buf built_buf = buf_over(built, sizeof(built));
	struct server_template *kept;
	int r = __real_line_template_fill(env, line, attempt, reg, out);

	if (r < 0)
		return r;
	kept = line->server->template;
	line->server->template = NULL;
	r = __real_line_template_fill(env, line, attempt, reg, &anew_buf);
	free(line->server->template);
	line->server->template = kept;
	/* Made anew, all of reg is filled in. */
	sip_build_register(reg, &built_buf);
	must_be("a new one", buf_slice(out), buf_slice(&anew_buf));
	must_be("none", buf_slice(out), buf_slice(&built_buf));
	return r;
}
