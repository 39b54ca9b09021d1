/* run.c: from statement to statement. */
#include "run.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

/* --- failing --- */

const char *run_clock(const struct run *run, uint64_t at_ms, char text[32])
{
	uint64_t ms = at_ms - run->begin_ms;

	snprintf(text, 32, "+%" PRIu64 ".%03u s", ms / 1000, (unsigned)(ms % 1000));
	return text;
}

bool run_fail(struct run *run, unsigned line_no, const char *format, ...)
{
	char clock[32];
	va_list args;

	if (run->failed_line)
		return false;
	run->failed_line = line_no ? line_no : 1;
	fprintf(run->message, "%s:%u: at %s: ", run->path, run->failed_line,
	        run_clock(run, net_now_ms(run->stage.net), clock));
	va_start(args, format);
	vfprintf(run->message, format, args);
	va_end(args);
	putc('\n', run->message);
	return false;
}

void run_show(struct run *run, const char *title, struct slice bytes)
{
	fprintf(run->message, "  %s\n", title);
	packet_print(bytes, "    | ", run->message);
}

const struct sim_datagram *run_sent(struct run *run)
{
	const struct sim_datagram *sent = sim_sent(run->stage.net);

	for (; sent && run->pings_unseen; sent = sim_sent(run->stage.net)) {
		if (sent->n != 4 || memcmp(sent->bytes, "\r\n\r\n", 4) != 0)
			break;
		free(sim_sent_take(run->stage.net));
	}
	return sent;
}

enum sim_stop run_to_send(struct run *run, uint64_t at_ms)
{
	enum sim_stop stop;

	do
		stop = sim_run_to_send(run->stage.net, at_ms);
	while (stop == SIM_SENT && !run_sent(run));
	return stop;
}

/* What must never be, whatever the scenario is about. */
static bool look_for_faults(struct run *run, unsigned line_no)
{
	const char *unlisted = sim_name_unlisted(run->stage.net);

	if (run->stage.fault[0])
		return run_fail(run, line_no, "%s", run->stage.fault);
	if (unlisted)
		return run_fail(run, line_no,
		                "the agent looked up %s, which the scenario says nothing of",
		                unlisted);
	return true;
}

static bool unexpected(struct run *run, unsigned line_no)
{
	const struct sim_datagram *datagram = sim_sent(run->stage.net);
	struct buf to;
	char memory[NET_ADDR_TEXT_MAX], clock[32];

	to = buf_over(memory, sizeof(memory));
	net_addr_show(&datagram->to, &to);
	buf_end(&to);
	run_fail(run, line_no, "sent, but not expected: at %s to %s",
	         run_clock(run, datagram->at_ms, clock), memory);
	run_show(run, "it was:", slice_of(datagram->bytes, datagram->n));
	return false;
}

/* --- text --- */

char *run_expand(struct run *run, unsigned line_no, const char *text, bool at_words,
                 const struct request *request, size_t *ret_n)
{
	const struct expand values = {
		.request = request,
		.realm = "pbx.example",
		.turn = run->loop_count ? run->loops[run->loop_count - 1].turn : 0,
		.chance = &run->chance,
		.at_words = at_words,
	};
	char error[EXPAND_ERROR_MAX];
	char *expanded = expand(&values, slice_str(text), ret_n, error);

	if (!expanded)
		run_fail(run, line_no, "%s", error);
	return expanded;
}

static const char *var_value(const struct run *run, struct slice name)
{
	for (unsigned i = 0; i < run->var_count; i++)
		if (slice_equal(slice_str(run->vars[i].name), name))
			return run->vars[i].value;
	return NULL;
}

static void var_push(struct run *run, struct slice name, struct slice value)
{
	if (run->var_count == RUN_VARS_MAX)
		abort();
	run->vars[run->var_count].name = sim_own_text(name);
	run->vars[run->var_count++].value = sim_own_text(value);
}

static void var_pop(struct run *run)
{
	run->var_count--;
	free(run->vars[run->var_count].name);
	free(run->vars[run->var_count].value);
}

static bool var_forget(struct run *run, const char *name)
{
	for (unsigned i = 0; i < run->var_count; i++) {
		if (strcmp(run->vars[i].name, name) != 0)
			continue;
		free(run->vars[i].name);
		free(run->vars[i].value);
		run->vars[i] = run->vars[--run->var_count];
		return true;
	}
	return false;
}

static bool match_here(struct run *run, const char *pattern, struct slice text, bool to_end);

/* "$name" at the front of pattern. */
static bool match_var(struct run *run, const char *pattern, struct slice text, bool to_end)
{
	size_t len = 1;
	struct slice name;
	const char *value;
	size_t n = 0;

	while (isalnum((unsigned char)pattern[len]) || pattern[len] == '_')
		len++;
	name = slice_of(pattern + 1, len - 1);
	value = var_value(run, name);
	if (value) {
		n = strlen(value);
		return text.n >= n && memcmp(text.p, value, n) == 0 &&
		       match_here(run, pattern + len, slice_from(text, n), to_end);
	}
	while (n < text.n && !strchr(" \t;,\"<>", text.p[n]))
		n++;
	for (; n > 0; n--) {
		var_push(run, name, slice_of(text.p, n));
		if (match_here(run, pattern + len, slice_from(text, n), to_end))
			return true;
		var_pop(run);
	}
	return false;
}

static bool match_here(struct run *run, const char *pattern, struct slice text, bool to_end)
{
	for (; *pattern; pattern++, text = slice_from(text, 1)) {
		if (pattern[0] == '$' && pattern[1] == '$') {
			pattern++;
		} else if (pattern[0] == '$') {
			return match_var(run, pattern, text, to_end);
		} else if (strncmp(pattern, "0x*", 3) == 0) {
			size_t n = 2;

			if (text.n < 3 || memcmp(text.p, "0x", 2) != 0)
				return false;
			while (n < text.n && isxdigit((unsigned char)text.p[n]))
				n++;
			return n > 2 && match_here(run, pattern + 3, slice_from(text, n), to_end);
		}
		if (text.n == 0 || text.p[0] != *pattern)
			return false;
	}
	return !to_end || text.n == 0;
}

bool run_match(struct run *run, const char *pattern, struct slice text)
{
	if (strncmp(pattern, "~ ", 2) != 0)
		return match_here(run, pattern, text, true);
	pattern += 2;
	for (size_t i = 0; i <= text.n; i++)
		if (match_here(run, pattern, slice_from(text, i), false))
			return true;
	return false;
}

struct stage_line *run_line(struct run *run, unsigned line_no, const char *name)
{
	struct stage_line *line = name ? stage_line_find(&run->stage, name) : run->stage.lines;

	if (!line)
		run_fail(run, line_no, "no line %s", name ? name : "is there");
	return line;
}

/* --- statements --- */

static bool repeat(struct run *run, unsigned line_no, unsigned index, const char *text)
{
	char *end;
	uint64_t turns = strtoull(text, &end, 10);

	if (*end || turns == 0)
		return run_fail(run, line_no, "repeat: how often?");
	if (run->loop_count == RUN_LOOPS_MAX)
		return run_fail(run, line_no, "repeat within repeat, too deep");
	run->loops[run->loop_count].first = index + 1;
	run->loops[run->loop_count].turn = 1;
	run->loops[run->loop_count++].turns = turns;
	return true;
}

/* The end of a turn: back to the first statement, or on. */
static bool turn_over(struct run *run, unsigned line_no, unsigned *index)
{
	if (!run->loop_count)
		return run_fail(run, line_no, "done: without a repeat");
	if (run->loops[run->loop_count - 1].turn++ < run->loops[run->loop_count - 1].turns)
		*index = run->loops[run->loop_count - 1].first - 1;
	else
		run->loop_count--;
	return true;
}

/* The set-up is over: lines that shall not stay idle start. */
static void begin(struct run *run)
{
	run->begun = true;
	stage_open(&run->stage);
	for (struct stage_line *l = run->stage.lines; l; l = l->next) {
		if (l->begun)
			continue;
		l->begun = true;
		shard_line_start(run->stage.shard, l->line);
	}
}

/* Moves the clock; nothing may be sent on the way. */
static bool advance(struct run *run, const struct statement *statement)
{
	uint64_t at_ms = net_now_ms(run->stage.net) + statement->low_ms;

	if (statement->low_ms != statement->high_ms)
		return run_fail(run, statement->line_no, "a range of times is for \">\" only");
	if (run_to_send(run, at_ms) == SIM_SENT)
		return unexpected(run, statement->line_no);
	sim_run_until(run->stage.net, at_ms);
	return true;
}

static bool act(struct run *run, const struct statement *statement, const char *text)
{
	bool known = false, ok;

	ok = run_setup(run, statement, text, &known);
	if (known)
		return ok;
	if (!run->begun)
		begin(run);
	if (text[0] == '>')
		return run_expect(run, statement, text);
	if (statement->timed && !advance(run, statement))
		return false;
	if (text[0] == '\0')
		return true;
	if (text[0] == '<')
		return run_answer(run, statement, text);
	ok = run_check(run, statement, text, &known);
	if (known)
		return ok;
	return run_fail(run, statement->line_no, "no such statement: %.60s", text);
}

static bool step(struct run *run, const struct statement *statement, unsigned *index)
{
	unsigned line_no = statement->line_no;
	size_t n;
	char *text;
	bool ok;

	if (statement->text[0] == '<') /* expanded where its request is known */
		text = sim_own_text(slice_str(statement->text));
	else
		text = run_expand(run, line_no, statement->text, false, run->request, &n);
	if (!text)
		return false;
	if (run->stage.trace) {
		char clock[32];

		fprintf(run->stage.trace, "%s:%u %s: %s\n", run->path, line_no,
		        run_clock(run, net_now_ms(run->stage.net), clock), text);
	}
	if (strncmp(text, "repeat ", 7) == 0)
		ok = repeat(run, line_no, *index, text + 7);
	else if (strcmp(text, "done") == 0)
		ok = turn_over(run, line_no, index);
	else if (strncmp(text, "forget $", 8) == 0)
		ok = var_forget(run, text + 8) || run_fail(run, line_no, "no such variable");
	else if (strcmp(text, "end") == 0)
		ok = !run_sent(run) || unexpected(run, line_no);
	else
		ok = act(run, statement, text);
	free(text);
	return ok && look_for_faults(run, line_no);
}

bool run_script(const char *path, const struct script *script, FILE *trace, FILE *message,
                unsigned *ret_failed_line)
{
	struct run run = { .path = path, .message = message };
	unsigned last = script->count - 1;
	bool ok = true;

	stage_init(&run.stage);
	run.stage.trace = trace;
	run.begin_ms = net_now_ms(run.stage.net);
	rng_seed(&run.chance, 1);
	for (unsigned i = 0; ok && i < script->count; i++)
		ok = step(&run, &script->statements[i], &i);
	if (ok && run.loop_count)
		ok = run_fail(&run, script->statements[last].line_no, "repeat: without a done");
	while (run.var_count)
		var_pop(&run);
	free(run.held);
	free(run.ping);
	if (!stage_done(&run.stage) && ok) {
		fprintf(message, "%s:%u: at the end: %s\n", path, script->statements[last].line_no,
		        run.stage.fault);
		run.failed_line = script->statements[last].line_no;
		ok = false;
	}
	*ret_failed_line = run.failed_line;
	return ok;
}
