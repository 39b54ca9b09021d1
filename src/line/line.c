/* line/line.c: a line's life: what comes in becomes an event, the machine says what to do, and it
 * is done in one fixed order: log, timers, watchers, act. How an attempt goes on stands in
 * line/attempt.c. */
#include "line/line.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "line/flow.h"
#include "line/part.h"

/* ---- making and ending */

/* What may stand behind an INVITE's 302 is a URI and nothing else: no header begins within it. */
static bool calls_valid(const char *calls)
{
	struct slice text = slice_str(calls);
	struct sip_uri uri;

	return !calls || slice_equal(text, SLICE("unavailable")) ||
	       slice_equal(text, SLICE("busy")) ||
	       (sip_uri_parse(text, &uri) == PARSE_OK && uri.scheme != SIP_SCHEME_OTHER);
}

/* Appends a string with its NUL, and returns where it begins. */
static uint16_t put_text(struct buf *texts, const char *text)
{
	size_t at = texts->n;

	if (!text)
		return 0;
	buf_put(texts, slice_of(text, strlen(text) + 1));
	return (uint16_t)at;
}

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* The strings of a line stand in one block. The auth user, which is the user as a rule, is stored
 * once then. */
static int put_texts(struct line *line, const struct line_cfg *cfg)
{
	bool one_user = strcmp(cfg->user, cfg->auth_user) == 0;
	size_t size = strlen("sip:@") + strlen(cfg->user) + text_size(cfg->server->host) +
	              text_size(cfg->user) + (one_user ? 0 : text_size(cfg->auth_user)) +
	              text_size(cfg->password) + text_size(cfg->realm) + text_size(cfg->contact) +
	              text_size(cfg->calls);
	struct buf buf;

	if (size > UINT16_MAX)
		return -EINVAL;
	line->texts = malloc(size + 1); /* a buf's own NUL */
	if (!line->texts)
		return -ENOMEM;
	line->texts_n = (uint16_t)size;
	buf = buf_over(line->texts, size + 1);
	buf_str(&buf, "sip:");
	buf_str(&buf, cfg->user);
	buf_char(&buf, '@');
	put_text(&buf, cfg->server->host);
	line->user = put_text(&buf, cfg->user);
	line->auth_user = one_user ? line->user : put_text(&buf, cfg->auth_user);
	line->password = put_text(&buf, cfg->password);
	line->realm = put_text(&buf, cfg->realm);
	line->contact = put_text(&buf, cfg->contact);
	line->calls = put_text(&buf, cfg->calls);
	return 0;
}

int line_init(struct line_env *env, struct line *line, const struct line_cfg *cfg, uint32_t number)
{
	static const struct net_addr nowhere;
	int r;

	if (cfg->expires_s < REG_EXPIRES_MIN_S || cfg->expires_s > REG_EXPIRES_MAX_S ||
	    cfg->cseq > LINE_CSEQ_MAX || !calls_valid(cfg->calls))
		return -EINVAL;
	*line = (struct line){ .server = cfg->server,
		               .number = number,
		               .attempt = POOL_NONE,
		               .auth = { POOL_NONE, POOL_NONE },
		               .cseq = (cfg->cseq ? cfg->cseq : REG_FIRST_CSEQ) - 1,
		               .identity = cfg->identity,
		               .owner = cfg->owner };
	if (cfg->left) {
		line->left = true;
		r = line_ways_set(&env->ways, &line->bound, &nowhere, cfg->left);
		if (r < 0)
			return r;
	}
	r = put_texts(line, cfg);
	if (r < 0) {
		line_ways_clear(&env->ways, &line->bound);
		return r;
	}
	reg_init(&line->reg, cfg->expires_s, net_now_ms(env->net));
	cfg->server->lines++;
	return 0;
}

enum pace_start line_pace_start(const struct line_env *env, const struct line *line)
{
	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		const struct digest_session *auth = line_auth(env, line, kind);

		if (auth && auth->kept)
			return PACE_WITH_NONCE;
	}
	return PACE_WITHOUT_NONCE;
}

void line_forget_nonces(struct line_env *env, struct line *line)
{
	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		struct digest_session *auth = line_auth(env, line, kind);

		if (!auth)
			continue;
		digest_session_done(auth);
		pool_give(&env->sessions, line->auth[kind]);
		line->auth[kind] = POOL_NONE;
	}
}

void line_set_flow(struct line *line, struct flow *flow)
{
	if (line->flow)
		line->flow->lines--;
	line->flow = flow;
	if (flow)
		flow->lines++;
}

void line_done(struct line_env *env, struct line *line)
{
	line_attempt_drop(env, line);
	line_set_flow(line, NULL);
	wheel_clear(env->ends, line->number);
	line_forget_nonces(env, line);
	line_ways_clear(&env->ways, &line->target);
	line_ways_clear(&env->ways, &line->bound);
	OPENSSL_cleanse(line->texts, line->texts_n);
	free(line->texts);
	free(line->bound_uri);
	line->server->lines--;
	line->server->bound -= reg_bound(&line->reg);
}

/* ---- the log */

static void emit(struct line_env *env, struct log_event *event)
{
	event->wall_ms = net_stamp_ms(env->net);
	log_emit(&env->log, event);
}

void line_note(struct line_env *env, const struct line *line, enum log_level level,
               const char *text)
{
	if (log_wants(&env->log, level))
		emit(env, &(struct log_event){ .kind = LOG_NOTE,
		                               .level = level,
		                               .address = slice_str(line->texts),
		                               .text = slice_str(text),
		                               .owner = line->owner });
}

/* The end of an attempt as the article shows it. A success has been said by the line that told of
 * the response; a removal never counts as a failure. */
static void log_end(struct line_env *env, const struct line *line,
                    const struct line_attempt *attempt, enum reg_end end,
                    const struct line_news *news)
{
	struct log_event event = { .level = LOG_LEVEL_WARN,
		                   .address = slice_str(line->texts),
		                   .owner = line->owner,
		                   .status = reg_shown_status(news->facts),
		                   .ctx = attempt ? attempt->ctx : 0 };

	if ((end != REG_END_REFUSED && end != REG_END_FAILED) || !log_wants(&env->log, event.level))
		return;
	event.reason = news->reply ? news->reply->reason : SLICE("Network Timeout");
	if (news->reply) {
		event.kind = LOG_PASS;
		emit(env, &event);
	}
	event.kind = LOG_RESULT;
	emit(env, &event);
	if (event.status == 401 || event.status == 407) {
		event.kind = LOG_CANNOT_AUTH;
		emit(env, &event);
	}
	event.kind = LOG_FAILED;
	emit(env, &event);
}

/* What a person should know although it is no failure. */
static void log_remarks(struct line_env *env, const struct line *line,
                        const struct reg_facts *facts)
{
	if (facts->weaker_algorithm)
		line_note(env, line, LOG_LEVEL_WARN,
		          "the challenge asks for a weaker algorithm than this server did before");
	if (facts->realm_changed)
		line_note(env, line, LOG_LEVEL_WARN,
		          "the challenge names another realm than this server did before");
	if (facts->rspauth_wrong)
		line_note(env, line, LOG_LEVEL_WARN,
		          "the server did not prove that it knows the password (rspauth is wrong)");
	if (facts->via_rewritten)
		line_note(env, line, LOG_LEVEL_WARN,
		          "our Via came back changed: a device on the way rewrites SIP (ALG)");
	if (facts->grant == REG_GRANT_OURS && facts->ours_rewritten)
		line_note(env, line, LOG_LEVEL_WARN,
		          "the server lists our binding with another address than we sent");
}

/* ---- the machine's word, carried out */

/* What the machine made of a reply that looked hopeful. */
static void settle_facts(enum reg_event_kind kind, const struct reg_event *event,
                         struct reg_facts *facts)
{
	if (kind == REG_EV_CHALLENGED)
		facts->auth = event->challenge.stale ? REG_AUTH_STALE_LOOP : REG_AUTH_REJECTED;
	if (kind == REG_EV_REDIRECTED)
		facts->redirect = REG_REDIRECT_LOOP;
}

/* Silence takes nothing back of what was said before it. */
static void remember_refusal(struct line *line, enum reg_end end, const struct reg_facts *facts)
{
	if (facts->status)
		line->refused = end == REG_END_REFUSED && reg_login_refused(facts);
}

static enum line_lack lack_of(const struct reg_facts *facts)
{
	if (facts->status)
		return LINE_LACKS_NOTHING;
	return facts->stage == REG_STAGE_NAME ? LINE_LACKS_NAME : LINE_LACKS_ANSWER;
}

static void count_end(struct line_env *env, enum reg_end end, const struct reg_facts *facts)
{
	switch (end) {
	case REG_END_GRANTED:
		env->counts.registered++;
		break;
	case REG_END_REFUSED:
		env->counts.refused++;
		break;
	case REG_END_FAILED:
		env->counts.failed++;
		break;
	case REG_END_REMOVED:
		env->counts.removed += facts->grant == REG_GRANT_REMOVED;
		break;
	case REG_END_NONE:
		break;
	}
}

/* The pace learns how the attempt ended; the place in flight is free. */
static void tell_pace(struct line_env *env, struct line *line, struct line_attempt *attempt,
                      const struct reg_facts *facts)
{
	struct pace *pace = &line->server->gate->pace;
	uint64_t now_ms = net_now_ms(env->net);

	if (!attempt || !attempt->paced)
		return;
	attempt->paced = false;
	if (facts->status == 503)
		pace_overloaded(pace, now_ms);
	else if (facts->status)
		pace_answered(pace, now_ms);
	else if (facts->local == REG_LOCAL_NONE || facts->local == REG_LOCAL_MEMORY ||
	         facts->local == REG_LOCAL_SOCKET || facts->local == REG_LOCAL_TOO_LARGE)
		pace_cancelled(pace);
	else if (facts->local == REG_LOCAL_SILENCE)
		pace_unanswered(pace, now_ms - attempt->began_ms, now_ms);
	else
		pace_silent(pace, now_ms);
}

/* An attempt is over: everybody who wants to know is told, before its memory goes. */
static void conclude(struct line_env *env, struct line *line, const struct reg_todo *todo,
                     const struct line_news *news)
{
	struct line_attempt *attempt = line_attempt_of(env, line);
	const struct net_addr *source = attempt ? &attempt->target.contact : NULL;
	struct line_end end = {
		.end = todo->end,
		.facts = news->facts,
		.reply = news->reply,
		.via = news->via,
		.transport = attempt ? line_attempt_transport(attempt) : DNS_UDP,
		.target = attempt && attempt->target.addr.any.sa_family ? &attempt->target.addr
		                                                        : NULL,
		.source = source,
		.env = env,
		.took_ms = attempt ? net_now_ms(env->net) - attempt->began_ms : 0,
		.next_at_ms = todo->act == REG_DO_WAIT ? todo->at_ms : REG_NEVER,
	};

	count_end(env, todo->end, news->facts);
	remember_refusal(line, todo->end, news->facts);
	line->lack = lack_of(news->facts);
	log_end(env, line, attempt, todo->end, news);
	tell_pace(env, line, attempt, news->facts);
	if (todo->end == REG_END_REFUSED)
		line_forget_nonces(env, line);
	if (env->watch.ended) {
		env->telling++;
		env->watch.ended(env->watch.ctx, line, &end);
		env->telling--;
	}
}

static void wait_until(struct line_env *env, struct line *line, uint64_t at_ms)
{
	line->wait = LINE_ON_TIMER;
	line_env_arm(env, env->timers, line->number, at_ms);
}

/* Whether the empty bucket holds up the next REGISTER of an attempt, which then waits with its
 * line, rather than the first of a new one. */
static bool in_mid_attempt(const struct reg *reg)
{
	return reg->pending == REG_DO_AGAIN || reg->pending == REG_DO_NEXT ||
	       reg->pending == REG_DO_FOLLOW;
}

static void carry_out(struct line_env *env, struct line *line, const struct reg_todo *todo)
{
	switch (todo->act) {
	case REG_DO_NOTHING:
		break;
	case REG_DO_REST:
		line_attempt_drop(env, line);
		break;
	case REG_DO_WAIT:
		if (todo->end != REG_END_NONE || !in_mid_attempt(&line->reg))
			line_attempt_drop(env, line);
		wait_until(env, line, todo->at_ms);
		break;
	case REG_DO_ATTEMPT:
	case REG_DO_REMOVE:
		line_attempt_begin(env, line);
		break;
	case REG_DO_AGAIN:
		line_attempt_again(env, line);
		break;
	case REG_DO_NEXT:
		line_attempt_next(env, line);
		break;
	case REG_DO_FOLLOW:
		line_redirect_follow(env, line);
		break;
	}
}

/* What docs/architecture.md says of a line: it waits for exactly one thing, or for nothing in IDLE,
 * and beside that for the end of its binding where it holds one. */
static bool waits_for_one(const struct line_env *env, const struct line *line)
{
	const struct line_attempt *attempt = line_attempt_of(env, line);
	bool timer = wheel_armed(env->timers, line->number);
	bool query = attempt && attempt->query;
	bool open = attempt && attempt->open;

	if (wheel_armed(env->ends, line->number) != (line->reg.ends_at_ms != REG_NEVER) ||
	    open != (attempt && wheel_armed(env->resends, attempt->number)))
		return false;
	switch (line->wait) {
	case LINE_AT_REST:
		return line->reg.state == REG_IDLE && !timer && !line->queued && !attempt;
	case LINE_ON_TIMER:
		return timer && !line->queued && !query && !open;
	case LINE_ON_LEAVE:
		return timer != line->queued && !attempt;
	case LINE_ON_FLOW:
		return line->queued && attempt && attempt->flow && !timer && !query && !open;
	case LINE_ON_NAME:
		return query != line->queued && !timer && !open;
	case LINE_ON_BATCH:
		return attempt && attempt->due && !timer && !line->queued && !query && !open;
	case LINE_ON_ANSWER:
		return open && !timer && !line->queued && !query;
	}
	return false;
}

void line_event(struct line_env *env, struct line *line, const struct reg_event *event,
                const struct line_news *news)
{
	enum reg_state from = line->reg.state;
	bool was_bound = reg_bound(&line->reg);
	struct reg_todo todo = reg_step(&line->reg, event, &env->rng);
	struct server *server = line->server;

	server->bound += reg_bound(&line->reg);
	server->bound -= was_bound;
	if (news->reply)
		log_remarks(env, line, news->facts);
	if (todo.end == REG_END_REFUSED)
		settle_facts(event->kind, event, news->facts);
	if (!reg_bound(&line->reg))
		line_set_flow(line, NULL);
	if (line->reg.ends_at_ms != REG_NEVER)
		line_env_arm(env, env->ends, line->number, line->reg.ends_at_ms);
	else
		wheel_clear(env->ends, line->number);
	if (todo.end != REG_END_NONE)
		conclude(env, line, &todo, news);
	if (todo.state_changed && env->watch.state) {
		env->telling++;
		env->watch.state(env->watch.ctx, line, from);
		env->telling--;
	}
	carry_out(env, line, &todo);
	/* Whatever ended or was dropped may have left its place to another. */
	server_go_on(env, server);
	assert(waits_for_one(env, line));
}

bool line_walk(struct line_env *env, uint32_t *at, line_walk_fn *fn, void *ctx)
{
	for (uint32_t n = 0; n < LINE_WALK && *at < env->lines->made; n++) {
		struct line *line = pool_at(env->lines, (*at)++);

		if (line->texts)
			fn(env, line, ctx);
	}
	return *at < env->lines->made;
}

/* ---- what others want of a line */

static void tell_bounded(struct line_env *env, struct line *line, enum reg_event_kind kind,
                         uint32_t removal_ms)
{
	const struct line_attempt *attempt = line_attempt_of(env, line);
	struct reg_facts facts = { .local = REG_LOCAL_SILENCE, .was_good = line->reg.was_good };
	struct reg_event event = {
		.kind = kind,
		.now_ms = net_now_ms(env->net),
		.unanswered = attempt && attempt->open,
		.removal_ms = removal_ms,
	};

	if (attempt)
		line_facts_start(line, attempt, &facts);
	facts.local = REG_LOCAL_SILENCE;
	line_event(env, line, &event, &(struct line_news){ .facts = &facts });
}

static void tell(struct line_env *env, struct line *line, enum reg_event_kind kind)
{
	tell_bounded(env, line, kind, 0);
}

void line_start(struct line_env *env, struct line *line)
{
	tell(env, line, REG_EV_START);
}

void line_stop(struct line_env *env, struct line *line, uint32_t removal_ms)
{
	tell_bounded(env, line, REG_EV_STOP, removal_ms);
}

void line_nudge(struct line_env *env, struct line *line)
{
	line->urgent = true;
	pace_hurry(&line->server->gate->pace, net_now_ms(env->net));
	if (line->wait != LINE_ON_LEAVE)
		tell(env, line, REG_EV_NUDGE);
	else if (!line->queued)
		line_attempt_begin(env, line); /* it waited for a place among the refused */
	else
		server_go_on(env, line->server);
	/* Where there was nothing to hurry the next retry is like any other. */
	if (line->wait != LINE_ON_LEAVE)
		line->urgent = false;
}

void line_renew(struct line_env *env, struct line *line)
{
	enum reg_state state = line->reg.state;

	/* One whose refresh the server has answered with no, or not now, tells it of the new
	 * Contact at the time that it may. */
	if ((state == REG_REGISTERED ||
	     (state == REG_HOLDING && line->lack != LINE_LACKS_NOTHING)) &&
	    line->wait == LINE_ON_TIMER)
		tell(env, line, REG_EV_NUDGE);
}

void line_beside(struct line_env *env, struct line *line, const struct line *other)
{
	enum reg_state state = other->reg.state;

	line->beside_up = state == REG_REGISTERED || state == REG_REFRESHING;
	if (!line->beside_up && line->reg.unhurried && line->wait == LINE_ON_TIMER)
		tell(env, line, REG_EV_NUDGE);
}

/* Who waits since no answer came, or there was no way, may have one by another way. A line that was
 * answered gains nothing by that: it has been told when to come again, or no. */
void line_routes_changed(struct line_env *env, struct line *line)
{
	enum reg_state state = line->reg.state;
	bool way_moved = line->server->way.moved;

	if ((state == REG_WAITING || state == REG_HOLDING) && line->wait == LINE_ON_TIMER &&
	    ((line->lack != LINE_LACKS_NOTHING && way_moved) ||
	     (line->lack == LINE_LACKS_NAME && env->names_moved)))
		tell(env, line, REG_EV_NUDGE);
	else if (way_moved)
		line_attempt_move(env, line);
}

void line_on_timer(struct line_env *env, struct line *line)
{
	if (line->wait == LINE_ON_LEAVE)
		line_attempt_begin(env, line);
	else
		tell(env, line, REG_EV_DUE);
}

/* Since when calls reach nobody is worth a line of the log. */
static void note_lapse(struct line_env *env, const struct line *line)
{
	char memory[LINE_CONTACT_MAX]; /* more than the longest address */
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, line->texts);
	buf_str(&text, LINE_LAPSED);
	if (buf_end(&text) >= 0)
		line_note(env, line, LOG_LEVEL_WARN, memory);
}

void line_on_end(struct line_env *env, struct line *line)
{
	const enum reg_state state = line->reg.state;

	if (state == REG_REGISTERED || state == REG_REFRESHING || state == REG_HOLDING)
		note_lapse(env, line);
	tell(env, line, REG_EV_LAPSED);
}

void line_on_flow_lost(struct line_env *env, struct line *line)
{
	line_set_flow(line, NULL);
	if (line->reg.state == REG_REGISTERED)
		tell(env, line, REG_EV_NUDGE);
}

const struct reg *line_reg(const struct line *line)
{
	return &line->reg;
}

const struct server *line_server(const struct line *line)
{
	return line->server;
}

const char *line_address(const struct line *line)
{
	return line->texts;
}

const char *line_user(const struct line *line)
{
	return line_text(line, line->user);
}

const char *line_auth_user(const struct line *line)
{
	return line_text(line, line->auth_user);
}

const char *line_calls(const struct line *line)
{
	return line_text(line, line->calls);
}

uint32_t line_cseq(const struct line *line)
{
	return line->cseq;
}

void *line_owner(const struct line *line)
{
	return line->owner;
}
