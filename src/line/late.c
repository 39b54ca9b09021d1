/* line/late.c: what an attempt met while DNS has more to say. As long as the rest of its answer may
 * name another target the attempt has not failed: the refusal, or the failure, is held back until
 * the rest is there (two seconds at the most, dns_locate()), and counts then as if it came then. */
#include <stdlib.h>
#include <string.h>

#include "line/part.h"

/* What a transaction under way is for has another end than the next target where the line was told
 * to stop. */
static bool may_hold(const struct line_env *env, const struct line *line,
                     const struct line_attempt *attempt)
{
	enum reg_state state = line->reg.state;

	return line->server->names.in_part && (state == REG_TRYING || state == REG_REFRESHING) &&
	       line_attempt_is_servers_choice(attempt) &&
	       !line_attempt_more_targets(attempt, net_now_ms(env->net));
}

static void wait_for_rest(struct line *line)
{
	line->wait = LINE_ON_NAME;
	server_wait_name(line->server, line);
}

bool line_late_holds_reply(struct line_env *env, struct line_attempt *attempt, struct slice bytes)
{
	if (!may_hold(env, attempt->line, attempt))
		return false;
	/* Without memory it counts now. */
	attempt->held.reply = malloc(bytes.n);
	if (!attempt->held.reply)
		return false;
	memcpy(attempt->held.reply, bytes.p, bytes.n);
	attempt->held.reply_n = bytes.n;
	wait_for_rest(attempt->line);
	return true;
}

bool line_late_holds_failure(struct line_env *env, struct line_attempt *attempt,
                             enum reg_local local)
{
	/* What is wrong here is wrong at every target. */
	if ((!reg_blames_target(local) && local != REG_LOCAL_NO_ROUTE) ||
	    !may_hold(env, attempt->line, attempt))
		return false;
	line_attempt_close(env, attempt);
	attempt->held.local = local;
	wait_for_rest(attempt->line);
	return true;
}

static void take_reply(struct line_env *env, struct line_attempt *attempt, struct slice bytes)
{
	struct sip_values walk = { 0 };
	struct sip_msg msg;
	struct sip_via via;
	struct slice value;

	/* As it could when it came. */
	if (sip_parse(bytes, &msg, NULL) == PARSE_OK &&
	    sip_value_next(&msg, SIP_VIA, &walk, &value) && sip_via_parse(value, &via) == PARSE_OK)
		line_attempt_answered(env, attempt, &msg, &via);
}

bool line_late_counts(struct line_env *env, struct line_attempt *attempt)
{
	char *reply = attempt->held.reply;
	enum reg_local local = attempt->held.local;

	attempt->held.reply = NULL;
	attempt->held.local = REG_LOCAL_NONE;
	if (reply)
		take_reply(env, attempt, slice_of(reply, attempt->held.reply_n));
	else if (local != REG_LOCAL_NONE)
		line_attempt_fail(env, attempt->line, local);
	free(reply);
	return reply || local != REG_LOCAL_NONE;
}
