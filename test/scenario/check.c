/* check.c: what a person does to the lines, and what must be true of them. */
#include "run.h"

#include <inttypes.h>
#include <stdlib.h>

/* A statement in words: "granted 3600 of studio1". */
struct check {
	struct run *run;
	unsigned line_no;
	const char *rest;        /* all behind the verb */
	size_t rest_n;           /* ... without "of NAME" */
	char *words[3];          /* the first words of that */
	struct stage_line *line; /* NAME's, or the first; NULL: there is none */
};

static bool differs(const struct check *check, const char *what, const char *expected,
                    const char *came)
{
	return run_fail(check->run, check->line_no, "%s: expected %s, came %s", what, expected,
	                came);
}

static bool equal_text(const struct check *check, const char *what, const char *came)
{
	if (check->words[0] && strcmp(check->words[0], came) == 0)
		return true;
	return differs(check, what, check->words[0] ? check->words[0] : "(nothing)", came);
}

static bool equal_number(const struct check *check, const char *what, const char *expected,
                         uint64_t came)
{
	char text[24];
	char *end;

	snprintf(text, sizeof(text), "%" PRIu64, came);
	if (expected && *expected && strtoull(expected, &end, 10) == came && !*end)
		return true;
	return differs(check, what, expected ? expected : "(nothing)", text);
}

static bool has_line(const struct check *check)
{
	if (check->line && check->line->line)
		return true;
	return run_fail(check->run, check->line_no, "there is no such line");
}

static bool has_end(const struct check *check)
{
	if (check->line && check->line->end.end != REG_END_NONE)
		return true;
	return run_fail(check->run, check->line_no, "no attempt has ended");
}

/* --- what a person does --- */

static bool do_to_line(struct check *check, void (*fn)(struct shard *, struct line *))
{
	if (check->words[0])
		check->line = run_line(check->run, check->line_no, check->words[0]);
	if (!has_line(check))
		return false;
	fn(check->run->stage.shard, check->line->line);
	return true;
}

static bool check_start(struct check *check)
{
	return do_to_line(check, shard_line_start);
}

/* "stop NAME", "stop NAME within 2s" */
static bool check_stop(struct check *check)
{
	uint64_t low_ms, high_ms;

	if (!check->words[1])
		return do_to_line(check, shard_line_stop);
	if (strcmp(check->words[1], "within") != 0 || !check->words[2] ||
	    !script_time(check->words[2], &low_ms, &high_ms) || low_ms != high_ms)
		return run_fail(check->run, check->line_no, "stop NAME [within TIME]");
	check->line = run_line(check->run, check->line_no, check->words[0]);
	if (!has_line(check))
		return false;
	shard_line_stop_within(check->run->stage.shard, check->line->line, (uint32_t)low_ms);
	return true;
}

static bool check_nudge(struct check *check)
{
	return do_to_line(check, shard_line_nudge);
}

static bool check_remove(struct check *check)
{
	if (check->words[0])
		check->line = run_line(check->run, check->line_no, check->words[0]);
	if (!has_line(check))
		return false;
	stage_line_drop(&check->run->stage, check->line);
	return true;
}

/* --- the log --- */

static void log_take(struct stage *stage)
{
	struct stage_log *entry = stage->logs;

	stage->logs = entry->next;
	if (!stage->logs)
		stage->logs_end = &stage->logs;
	free(entry->text);
	free(entry);
}

/* "log TEXT": the next line; "log ~ TEXT": the next one that has it, those between are passed. */
static bool check_log(struct check *check)
{
	struct stage *stage = &check->run->stage;
	bool search = strncmp(check->rest, "~ ", 2) == 0, found;

	if (!stage->logs)
		return run_fail(check->run, check->line_no,
		                "log: expected \"%s\", nothing more was logged", check->rest);
	while (stage->logs) {
		found = run_match(check->run, check->rest, slice_str(stage->logs->text));
		if (!found && !search)
			return run_fail(check->run, check->line_no,
			                "log:\n  expected %s\n  came     %s", check->rest,
			                stage->logs->text);
		log_take(stage);
		if (found)
			return true;
	}
	return run_fail(check->run, check->line_no, "log: no line that has \"%s\"",
	                check->rest + 2);
}

/* "no log", "no result" */
static bool check_no(struct check *check)
{
	const struct stage *stage = &check->run->stage;

	if (check->words[0] && strcmp(check->words[0], "log") == 0) {
		if (!stage->logs)
			return true;
		return run_fail(check->run, check->line_no, "expected no log line, came %s",
		                stage->logs->text);
	}
	if (check->words[0] && strcmp(check->words[0], "result") == 0) {
		if (check->line && !check->line->ends_unread)
			return true;
		return run_fail(check->run, check->line_no, "expected no result, came one");
	}
	return run_fail(check->run, check->line_no, "no what?");
}

/* "log-rest": whatever was logged so far is passed over. */
static bool check_log_rest(struct check *check)
{
	while (check->run->stage.logs)
		log_take(&check->run->stage);
	return true;
}

/* --- a line --- */

/* "line state X", "line NAME state X" */
static bool check_line(struct check *check)
{
	unsigned at = 0;
	const char *came;

	if (check->words[0] && strcmp(check->words[0], "state") != 0)
		check->line = run_line(check->run, check->line_no, check->words[at++]);
	if (!has_line(check))
		return false;
	if (!check->words[at] || strcmp(check->words[at], "state") != 0 || !check->words[at + 1])
		return run_fail(check->run, check->line_no, "line [NAME] state STATE");
	came = reg_state_name(line_reg(check->line->line)->state);
	if (strcmp(came, check->words[at + 1]) == 0)
		return true;
	return differs(check, "state", check->words[at + 1], came);
}

static bool check_granted(struct check *check)
{
	return has_line(check) && equal_number(check, "granted", check->words[0],
	                                       line_reg(check->line->line)->granted_s);
}

static bool check_asked(struct check *check)
{
	return has_line(check) &&
	       equal_number(check, "asked", check->words[0], line_reg(check->line->line)->asked_s);
}

/* --- the end of an attempt --- */

static const char *end_name(enum reg_end end)
{
	switch (end) {
	case REG_END_NONE:
		return "none";
	case REG_END_GRANTED:
		return "granted";
	case REG_END_REFUSED:
		return "refused";
	case REG_END_FAILED:
		return "failed";
	case REG_END_REMOVED:
		return "removed";
	}
	return "?";
}

/* Exactly one attempt ended since the last "result", and so. */
static bool check_result(struct check *check)
{
	unsigned unread;

	if (!check->line)
		return has_end(check);
	unread = check->line->ends_unread;
	if (unread != 1)
		return run_fail(check->run, check->line_no,
		                "result: %u attempts ended since the last \"result\"", unread);
	check->line->ends_unread = 0;
	return equal_text(check, "result", end_name(check->line->end.end));
}

static bool check_cause(struct check *check)
{
	const struct explain_cause *cause;

	if (!has_end(check))
		return false;
	cause = check->line->end.cause;
	return equal_text(check, "cause", cause ? cause->id : "none");
}

static bool check_status(struct check *check)
{
	return has_end(check) &&
	       equal_number(check, "status", check->words[0], check->line->end.status);
}

/* "next 5min..10min", "next never": after the end of the attempt. */
static bool check_next(struct check *check)
{
	uint64_t low, high, came;
	char text[32] = "never";

	if (!has_end(check))
		return false;
	came = check->line->end.next_at_ms;
	if (came != REG_NEVER)
		snprintf(text, sizeof(text), "%" PRIu64 " ms", came - check->line->end.at_ms);
	if (check->words[0] && strcmp(check->words[0], "never") == 0)
		return came == REG_NEVER || differs(check, "next", "never", text);
	if (!check->words[0] || !script_time(check->words[0], &low, &high))
		return run_fail(check->run, check->line_no, "next TIME | TIME..TIME | never");
	if (came == REG_NEVER || came - check->line->end.at_ms < low ||
	    came - check->line->end.at_ms > high)
		return differs(check, "next", check->words[0], text);
	return true;
}

static bool check_took(struct check *check)
{
	uint64_t low, high;
	char text[32];

	if (!has_end(check))
		return false;
	if (!check->words[0] || !script_time(check->words[0], &low, &high))
		return run_fail(check->run, check->line_no, "took TIME");
	snprintf(text, sizeof(text), "%" PRIu64 " ms", check->line->end.took_ms);
	if (check->line->end.took_ms < low || check->line->end.took_ms > high)
		return differs(check, "took", check->words[0], text);
	return true;
}

/* --- facts --- */

#define NAME_OF(name, text) #name,
static const char *const auth_names[] = { REG_AUTHS(NAME_OF) };
static const char *const grant_names[] = { REG_GRANTS(NAME_OF) };
static const char *const stage_names[] = { "NAME", "FIRST", "ANSWERED", "REFRESH", "REMOVAL" };
static const char *const redirect_names[] = { "NONE",      "ALLOWED", "FOREIGN",
	                                      "DOWNGRADE", "NOWHERE", "LOOP" };

/* The facts that are an enum, a number or yes/no, as text; false where name is none of them. */
static bool fact_plain(const struct reg_facts *facts, const char *name, char text[32])
{
	const struct {
		const char *name, *text;
	} words[] = {
		{ "stage", stage_names[facts->stage] },
		{ "local", reg_local_name(facts->local) },
		{ "auth", auth_names[facts->auth] },
		{ "grant", grant_names[facts->grant] },
		{ "redirect", redirect_names[facts->redirect] },
		{ "ours-rewritten", facts->ours_rewritten ? "yes" : "no" },
		{ "via-rewritten", facts->via_rewritten ? "yes" : "no" },
		{ "weaker-algorithm", facts->weaker_algorithm ? "yes" : "no" },
		{ "realm-changed", facts->realm_changed ? "yes" : "no" },
		{ "rspauth-wrong", facts->rspauth_wrong ? "yes" : "no" },
		{ "was-good", facts->was_good ? "yes" : "no" },
		{ "was-refused", facts->was_refused ? "yes" : "no" },
		{ "credentials-sent", facts->credentials_sent ? "yes" : "no" },
		{ "sent-stray", facts->sent_stray ? "yes" : "no" },
		{ "name-stale", facts->name_stale ? "yes" : "no" },
	};
	const struct {
		const char *name;
		uint32_t n;
	} numbers[] = {
		{ "status", facts->status },
		{ "granted", facts->granted_s },
		{ "min-expires", facts->min_expires_s },
		{ "retry-after", facts->retry_after_s },
		{ "asked", facts->asked_s },
		{ "bindings", facts->bindings },
		{ "foreign", facts->foreign },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(name, words[i].name) == 0)
			return snprintf(text, 32, "%s", words[i].text) >= 0;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0)
			return snprintf(text, 32, "%u", numbers[i].n) >= 0;
	return false;
}

/* The facts that are text from the network. */
static bool fact_slice(const struct reg_facts *facts, const char *name, struct slice *ret_text)
{
	const struct {
		const char *name;
		struct slice text;
	} texts[] = {
		{ "reason", facts->reason },
		{ "registrar-error", facts->registrar_error },
		{ "warning", facts->warning },
		{ "reason-header", facts->reason_header },
		{ "unsupported", facts->unsupported },
		{ "require", facts->require },
		{ "server", facts->server },
		{ "realm", facts->realm },
		{ "algorithm", facts->algorithm },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(name, texts[i].name) != 0)
			continue;
		*ret_text = texts[i].text;
		return true;
	}
	return false;
}

static bool compare_text(struct check *check, const char *name, const char *value,
                         struct slice text)
{
	if (!slice_present(text))
		return strcmp(value, "absent") == 0 || differs(check, name, value, "absent");
	if (run_match(check->run, value, text))
		return true;
	run_fail(check->run, check->line_no, "%s: expected %s", name, value);
	run_show(check->run, "it was:", text);
	return false;
}

/* "fact NAME VALUE", "fact NAME ~ PART", "fact NAME absent" */
static bool check_fact(struct check *check)
{
	const char *name = check->words[0];
	struct slice text;
	char plain[32], *value;
	bool ok;

	if (!name || !check->words[1])
		return run_fail(check->run, check->line_no, "fact NAME VALUE");
	if (!has_end(check))
		return false;
	if (fact_plain(&check->line->end.facts, name, plain)) {
		if (strcmp(plain, check->words[1]) == 0)
			return true;
		return differs(check, name, check->words[1], plain);
	}
	if (!fact_slice(&check->line->end.facts, name, &text))
		return run_fail(check->run, check->line_no, "no such fact: %s", name);
	value = sim_own_text(
		slice_trim(slice_from(slice_of(check->rest, check->rest_n), strlen(name))));
	ok = compare_text(check, name, value, text);
	free(value);
	return ok;
}

/* --- the shard and its servers --- */

static bool check_stats(struct check *check)
{
	struct shard_stats stats;

	shard_stats(check->run->stage.shard, &stats);
	const struct {
		const char *name;
		uint64_t n;
	} numbers[] = {
		{ "registered", stats.registered },
		{ "refused", stats.refused },
		{ "failed", stats.failed },
		{ "retransmitted", stats.retransmitted },
		{ "dropped", stats.dropped },
		{ "strangers", stats.strangers },
		{ "answered", stats.answered },
		{ "lines", stats.lines },
		{ "transactions", stats.transactions },
		{ "sent", stats.sent },
		{ "received", stats.received },
		{ "removed", stats.removed },
	};

	for (size_t i = 0; check->words[0] && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(check->words[0], numbers[i].name) == 0)
			return equal_number(check, numbers[i].name, check->words[1], numbers[i].n);
	return run_fail(check->run, check->line_no, "stats NAME NUMBER");
}

static bool check_questions(struct check *check)
{
	return equal_number(check, "questions", check->words[0],
	                    sim_questions(check->run->stage.net));
}

static bool check_connections(struct check *check)
{
	return equal_number(check, "connections", check->words[0],
	                    sim_open_streams(check->run->stage.net));
}

/* "pace health DEAD", "pace window 64", "pace in-flight 0", "pace rate 500" (requests a second; 0:
 * none is learnt) */
static bool check_pace(struct check *check)
{
	static const char *const healths[] = { "ALIVE", "DEAD", "PROBING" };
	const struct pace *pace;
	const char *what = check->words[0];

	if (!has_line(check))
		return false;
	pace = &line_server(check->line->line)->gate->pace;
	if (what && strcmp(what, "window") == 0)
		return equal_number(check, what, check->words[1], pace->window);
	if (what && strcmp(what, "in-flight") == 0)
		return equal_number(check, what, check->words[1], pace->in_flight);
	if (what && strcmp(what, "rate") == 0)
		return equal_number(check, what, check->words[1], pace->rate.per_s);
	if (!what || strcmp(what, "health") != 0 || !check->words[1])
		return run_fail(check->run, check->line_no,
		                "pace health|window|in-flight|rate VALUE");
	if (strcmp(check->words[1], healths[pace->health]) == 0)
		return true;
	return differs(check, what, check->words[1], healths[pace->health]);
}

/* --- the table --- */

static const struct {
	const char *name;
	bool (*fn)(struct check *check);
} verbs[] = {
	{ "start", check_start },
	{ "stop", check_stop },
	{ "nudge", check_nudge },
	{ "remove", check_remove },
	{ "log", check_log },
	{ "no", check_no },
	{ "log-rest", check_log_rest },
	{ "line", check_line },
	{ "granted", check_granted },
	{ "asked", check_asked },
	{ "result", check_result },
	{ "cause", check_cause },
	{ "status", check_status },
	{ "next", check_next },
	{ "took", check_took },
	{ "fact", check_fact },
	{ "stats", check_stats },
	{ "pace", check_pace },
	{ "questions", check_questions },
	{ "connections", check_connections },
};

/* "of NAME" at the end says which line is meant. */
static bool take_name(struct check *check)
{
	const char *last = strrchr(check->rest, ' ');

	check->rest_n = strlen(check->rest);
	if (!last || last - check->rest < 3 || strncmp(last - 3, " of", 3) != 0)
		return true;
	check->rest_n = (size_t)(last - check->rest) - 3;
	check->line = run_line(check->run, check->line_no, last + 1);
	return check->line != NULL;
}

/* Splits what is left into words. */
static void read_words(struct check *check)
{
	char *text = sim_own_text(slice_of(check->rest, check->rest_n));
	const char *in = text;

	for (unsigned i = 0; i < 3; i++)
		check->words[i] = script_word(&in);
	free(text);
}

bool run_check(struct run *run, const struct statement *statement, const char *text,
               bool *ret_known)
{
	const char *in = text;
	char *verb = script_word(&in);
	struct check check = { .run = run, .line_no = statement->line_no, .rest = in };
	bool ok = true;

	check.line = run->stage.lines;
	*ret_known = false;
	for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		*ret_known = true;
		ok = verbs[i].fn == check_log || take_name(&check);
		if (ok && verbs[i].fn != check_log)
			read_words(&check);
		ok = ok && verbs[i].fn(&check);
		break;
	}
	for (unsigned i = 0; i < 3; i++)
		free(check.words[i]);
	free(verb);
	return ok;
}
