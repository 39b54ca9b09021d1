/* answers_test.c: the 122 odd and hostile answers of test/data/answers-to-register.json, each given
 * to the whole agent as the answer to a REGISTER.
 *
 * The table below says for each id what must come of it, by docs/architecture.md ("Behaviour that
 * is fixed") and these rules: a grant above a day counts as a day; an expires parameter that is no
 * number counts as absent (then the Expires header, then what was asked); of two the first counts;
 * a challenge that cannot be read is not answered; what is not an answer to this request, or no
 * message that RFC 3261 allows, is dropped, and the request goes out again in its time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>

#include "expand.h"
#include "stage.h"

#define REALM "pbx.example"

enum kind {
	GRANTED,  /* registered for number seconds */
	DROPPED,  /* as if nothing had come: the same request again at 500 ms */
	STAYS,    /* a provisional answer: no end, nothing sent but in its time */
	ANSWERED, /* one more request at once, with part in it; then a good 200 */
	REFUSED,  /* refused for cause; the next try in 300 to 330 s */
	FAILED,   /* failed for cause; the next try in low_s to high_s */
	LOOPS,    /* the same answer to every request: number of them, then refused for cause */
	PREFIXES, /* every prefix of two good answers is dropped */
	FLIPS,    /* every byte of two good answers as every other: nothing breaks */
};

static const struct row {
	const char *id;
	enum kind kind;
	uint32_t number;
	const char *text; /* ANSWERED: the part; else the cause */
	uint32_t low_s, high_s;
	const char *first;  /* an id that answers the first REGISTER: this one answers a refresh */
	const char *other;  /* an id that answered another line at the same server before */
	const char *realm;  /* set on the line */
	const char *logged; /* part of a line of the log */
} rows[] = {
	{ "ok-normal", GRANTED, 3600 },
	{ "ok-expires-0", REFUSED, 0, "granted-zero" },
	{ "ok-expires-2", GRANTED, 2 },
	{ "ok-expires-86400", GRANTED, 86400 },
	{ "ok-expires-4294967297", GRANTED, 86400 },
	{ "ok-expires-2147483648", GRANTED, 86400 },
	{ "ok-expires-99999999999999999999", GRANTED, 86400 },
	{ "ok-expires-q_60q", GRANTED, 3600 },
	{ "ok-expires-60;expires=0", GRANTED, 60 },
	{ "ok-expires-arabic", GRANTED, 3600 },
	{ "ok-no-contact-no-expires", REFUSED, 0, "granted-absent" },
	{ "ok-contact-no-expires", GRANTED, 3600 },
	{ "ok-only-other-binding", REFUSED, 0, "granted-to-others" },
	{ "ok-1000-bindings", GRANTED, 500 },
	{ "ok-contact-bare", GRANTED, 300 },
	{ "ok-folded", GRANTED, 300 },
	{ "ok-cr-only", DROPPED },
	{ "ok-body-trailing-garbage", GRANTED, 300 },
	{ "ok-5000-unknown-headers", GRANTED, 300 },
	{ "ok-service-route-500", GRANTED, 300 },
	{ "ok-flow-timer", GRANTED, 300 },
	{ "ok-flow-timer-0", GRANTED, 300 },
	{ "ok-date-garbage", GRANTED, 300 },
	{ "ok-server-ansi", GRANTED, 300 },
	{ "ok-server-format", GRANTED, 300 },
	{ "ok-server-csv", GRANTED, 300 },

	{ "bad-branch", DROPPED },
	{ "via-500", DROPPED },
	{ "cseq-method", DROPPED },
	{ "cseq-old", DROPPED },
	{ "from-tag-other", DROPPED },
	{ "to-no-tag", GRANTED, 300 },

	{ "start-2", DROPPED },
	{ "start-3", DROPPED },
	{ "start-4", DROPPED },
	{ "start-6", DROPPED },
	{ "start-7", DROPPED },
	{ "start-10", GRANTED, 300 }, /* "sip/2.0": RFC 3261 7.1 and 25.1, case does not count */
	{ "start-12", DROPPED },
	{ "start-14", DROPPED },
	{ "start-15", DROPPED },

	{ "180-to-register", STAYS },
	{ "202", GRANTED, 300 },

	{ "redir-300", REFUSED, 0, "redirect-foreign" },
	{ "redir-self", LOOPS, 1, "redirect-loop" },
	{ "redir-64", REFUSED, 0, "redirect-foreign" },
	/* To the server's own host, and no downgrade for a line that has no TLS: followed. */
	{ "redir-tls-to-udp", LOOPS, 1, "redirect-loop" },
	{ "redir-scheme", REFUSED, 0, "redirect-nowhere" },

	{ "err-400", REFUSED, 0, "bad-request" },
	{ "err-404", REFUSED, 0, "not-found" },
	{ "err-410", REFUSED, 0, "gone" },
	{ "err-416", REFUSED, 0, "scheme-refused" },
	{ "err-421", REFUSED, 0, "option-required" },
	{ "err-422", REFUSED, 0, "out-of-place" },
	{ "err-430", REFUSED, 0, "flow-failed" },
	{ "err-439", REFUSED, 0, "outbound-unsupported" },
	{ "err-480", FAILED, 0, "unavailable", 2, 5 },
	{ "err-481", REFUSED, 0, "transaction-lost" },
	{ "err-483", REFUSED, 0, "request-loop" },
	{ "err-485", REFUSED, 0, "address-ambiguous" },
	{ "err-493", REFUSED, 0, "out-of-place" },
	{ "err-494", REFUSED, 0, "security-agreement" },
	{ "err-502", FAILED, 0, "registrar-unreached", 2, 5 },
	{ "err-503", FAILED, 0, "server-busy", 2, 5 },
	{ "err-504", FAILED, 0, "registrar-unreached", 2, 5 },
	{ "err-555", FAILED, 0, "push-refused", 2, 5 },
	{ "err-580", FAILED, 0, "precondition-failed", 2, 5 },
	{ "err-600", REFUSED, 0, "taken-for-call" },
	{ "err-606", REFUSED, 0, "not-acceptable-here" },
	{ "err-402", REFUSED, 0, "bad-extension" },
	{ "retry-after-2147483647", FAILED, 0, "server-busy-until", 3600, 3630 },
	{ "retry-after-2147483648", FAILED, 0, "server-busy-until", 3600, 3630 },
	{ "retry-after--5", FAILED, 0, "server-busy", 2, 5 },
	{ "retry-after-empty", FAILED, 0, "server-busy", 2, 5 },
	{ "retry-after-abc", FAILED, 0, "server-busy", 2, 5 },
	{ "retry-after-999999999999", FAILED, 0, "server-busy-until", 3600, 3630 },

	{ "423-600", REFUSED, 0, "expires-too-brief" }, /* 3600 was asked: no reason to say so */
	{ "423-86400", LOOPS, 2, "expires-too-brief" },
	{ "423-4294967295", LOOPS, 2, "expires-too-brief" },
	{ "423-abc", REFUSED, 0, "expires-too-brief" },

	{ "ch-md5", ANSWERED, 0, "algorithm=MD5" },
	{ "ch-noalg", ANSWERED, 0, "nonce=\"n1\"" },
	{ "ch-sha256", ANSWERED, 0, "algorithm=SHA-256" },
	{ "ch-sha512256", ANSWERED, 0, "algorithm=SHA-512-256" },
	{ "ch-sess", ANSWERED, 0, "algorithm=SHA-256-sess" },
	{ "ch-two-strong-first", ANSWERED, 0, "algorithm=SHA-256" },
	{ "ch-downgrade", ANSWERED, 0, "algorithm=MD5", .other = "ch-sha256",
	  .logged = "a weaker algorithm than this server did before" },
	{ "ch-md2", REFUSED, 0, "auth-algorithm" },
	{ "ch-basic", REFUSED, 0, "auth-not-digest" },
	{ "ch-form-181", REFUSED, 0, "auth-not-digest" },
	{ "ch-form-182", REFUSED, 0, "auth-not-digest" },
	{ "ch-form-184", REFUSED, 0, "auth-not-digest" },
	{ "ch-form-186", ANSWERED, 0, "realm=\"" REALM "\", nonce=\"n1\"" },
	{ "ch-form-187", REFUSED, 0, "auth-malformed" },
	{ "ch-form-189", REFUSED, 0, "auth-malformed" },
	{ "ch-form-191", REFUSED, 0, "auth-malformed" },
	{ "ch-form-193", REFUSED, 0, "auth-malformed" },
	{ "ch-form-197", ANSWERED, 0, "qop=auth-int" },
	{ "ch-form-201", ANSWERED, 0, "qop=auth, nc=00000001" },
	{ "ch-form-202", REFUSED, 0, "auth-algorithm" },
	{ "ch-form-205", REFUSED, 0, "auth-malformed" },
	{ "ch-form-206", ANSWERED, 0, "realm=\"a\\\"b\\\\c\", nonce=\"q\\\"uote\"" },
	{ "ch-form-209", DROPPED }, /* a NUL in front of the body is no SIP */
	{ "ch-realm-60k", REFUSED, 0, "auth-too-long" },
	{ "ch-opaque-60k", REFUSED, 0, "auth-too-long" },
	{ "ch-params-5000", ANSWERED, 0, "nonce=\"n1\"" },
	{ "ch-nonce-crlf-fold", ANSWERED, 0, "nonce=\"a b\"" },
	{ "ch-407-wrong-header", REFUSED, 0, "auth-no-challenge" },
	{ "ch-foreign-realm", REFUSED, 0, "auth-realm", .realm = REALM },
	{ "ch-stale-forever", LOOPS, 4, "auth-stale-loop" },
	{ "ch-no-stale-on-expired", ANSWERED, 0, "nonce=\"n2\"", .first = "ch-sha256" },

	{ "cl-0", DROPPED },
	{ "cl-1", DROPPED },
	{ "cl-3", DROPPED },
	{ "cl-5", DROPPED },
	{ "cl-6", DROPPED },
	{ "cl-7", DROPPED },
	{ "cl-8", DROPPED },
	{ "cl-9", DROPPED },
	{ "cl-11", GRANTED, 300 }, /* twenty zeros are a zero */
	{ "trunc-every", PREFIXES },
	{ "flip-every-byte", FLIPS },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* One template on one agent. */
struct play {
	struct stage stage;
	struct stage_line *line;
	struct request *request; /* the last one */
	json_t *answers;
	struct rng chance;
	unsigned names;
};

static const char *template_of(json_t *answers, const char *id)
{
	size_t i;
	json_t *entry;

	json_array_foreach(
		answers, i,
		entry) if (strcmp(json_string_value(json_object_get(entry, "id")), id) ==
	                   0) return json_string_value(json_object_get(entry, "template"));
	fail_msg("no answer %s", id);
	return NULL;
}

/* The bytes of an answer to the last request. */
static char *fill(struct play *play, struct slice template, size_t *ret_n)
{
	const struct expand values = { .request = play->request,
		                       .realm = REALM,
		                       .chance = &play->chance };
	char error[EXPAND_ERROR_MAX];
	char *bytes = expand(&values, template, ret_n, error);

	if (!bytes)
		fail_msg("%s", error);
	return bytes;
}

static void give_bytes(struct play *play, struct slice bytes)
{
	assert_true(sim_receive(play->stage.net, play->request->udp, &play->request->to, bytes));
	if (play->stage.fault[0])
		fail_msg("%s", play->stage.fault);
}

static void give(struct play *play, const char *id)
{
	/* Templates can hold a NUL: their length comes from jansson. */
	size_t i, n;
	json_t *entry;
	char *bytes;

	json_array_foreach(play->answers, i, entry)
	{
		const json_t *template = json_object_get(entry, "template");

		if (strcmp(json_string_value(json_object_get(entry, "id")), id) != 0)
			continue;
		bytes = fill(play,
		             slice_of(json_string_value(template), json_string_length(template)),
		             &n);
		give_bytes(play, slice_of(bytes, n));
		free(bytes);
		return;
	}
	fail_msg("no answer %s", id);
}

/* Takes the next request, within ms; NULL where none is sent. */
static struct request *take(struct play *play, uint64_t ms, bool *ret_again)
{
	struct request *request;

	if (sim_run_to_send(play->stage.net, net_now_ms(play->stage.net) + ms) != SIM_SENT)
		return NULL;
	request = stage_request_take(&play->stage, ret_again);
	if (play->stage.fault[0])
		fail_msg("%s", play->stage.fault);
	return request;
}

static void take_new(struct play *play, uint64_t ms)
{
	bool again = false;

	play->request = take(play, ms, &again);
	assert_non_null(play->request);
	assert_false(again);
}

static void nothing_sent(struct play *play, uint64_t ms)
{
	uint64_t at_ms = net_now_ms(play->stage.net) + ms;

	if (sim_run_to_send(play->stage.net, at_ms) == SIM_SENT)
		fail_msg("something was sent: %.60s", sim_sent(play->stage.net)->bytes);
	sim_run_until(play->stage.net, at_ms);
}

static void state_is(const struct play *play, enum reg_state state)
{
	assert_string_equal(reg_state_name(line_reg(play->line->line)->state),
	                    reg_state_name(state));
}

static void begin_stage(struct play *play, json_t *answers)
{
	struct net_addr addr;

	stage_init(&play->stage);
	play->answers = answers;
	rng_seed(&play->chance, 1);
	net_addr_parse(SLICE("192.0.2.10"), 0, &addr);
	sim_name_address(play->stage.net, "pbx.example", &addr);
}

/* A line whose first REGISTER is out. */
static void begin_line(struct play *play, const char *realm)
{
	char name[16];
	const struct stage_line_cfg cfg = { .name = name,
		                            .user = name,
		                            .host = "pbx.example",
		                            .password = "secret-of-the-line",
		                            .realm = realm };

	snprintf(name, sizeof(name), "%u", 1000000 + play->names++);
	assert_int_equal(stage_line_add(&play->stage, &cfg, &play->line), 0);
	shard_line_start(play->stage.shard, play->line->line);
	take_new(play, 0);
}

static void finish(struct play *play)
{
	if (!stage_done(&play->stage))
		fail_msg("%s", play->stage.fault);
}

/* --- what must come of it --- */

static void ended_so(const struct play *play, enum reg_end end, const char *cause)
{
	assert_int_equal(play->line->ends_unread, 1);
	assert_int_equal(play->line->end.end, end);
	if (cause)
		assert_string_equal(play->line->end.cause ? play->line->end.cause->id : "(none)",
		                    cause);
}

/* When the line goes on by itself, and that it does so then and not before. */
static void goes_on_within(struct play *play, uint64_t low_ms, uint64_t high_ms)
{
	uint64_t wait_ms = play->line->end.next_at_ms - play->line->end.at_ms;

	assert_true(play->line->end.next_at_ms != REG_NEVER);
	assert_in_range(wait_ms, low_ms, high_ms);
	nothing_sent(play, wait_ms - 1);
	take_new(play, 1);
}

static void check_granted(struct play *play, const struct row *row)
{
	uint64_t ms = row->number * UINT64_C(1000);

	ended_so(play, REG_END_GRANTED, NULL);
	state_is(play, REG_REGISTERED);
	assert_int_equal(line_reg(play->line->line)->granted_s, row->number);
	goes_on_within(play, ms * 2 / 5, ms * 3 / 4);
	state_is(play, REG_REFRESHING);
}

static void check_dropped(struct play *play)
{
	struct shard_stats stats;
	bool again = false;

	shard_stats(play->stage.shard, &stats);
	assert_int_equal(stats.dropped, 1);
	state_is(play, REG_TRYING);
	assert_int_equal(play->line->ends_unread, 0);
	nothing_sent(play, 499);
	assert_ptr_equal(take(play, 1, &again), play->request);
	assert_true(again);
	give(play, "ok-normal");
	ended_so(play, REG_END_GRANTED, NULL);
}

static void check_stays(struct play *play)
{
	bool again = false;

	state_is(play, REG_TRYING);
	assert_int_equal(play->line->ends_unread, 0);
	assert_ptr_equal(take(play, 4000, &again), play->request);
	assert_true(again);
	give(play, "ok-normal");
	ended_so(play, REG_END_GRANTED, NULL);
}

static void check_answered(struct play *play, const struct row *row)
{
	enum reg_state before = line_reg(play->line->line)->state;
	struct slice value;

	take_new(play, 0);
	value = packet_header(&play->request->packet, "Authorization", 0);
	assert_true(slice_present(value));
	if (!memmem(value.p, value.n, row->text, strlen(row->text)))
		fail_msg("no %s in %.*s", row->text, (int)value.n, value.p);
	state_is(play, before);
	give(play, "ok-normal");
	ended_so(play, REG_END_GRANTED, NULL);
	state_is(play, REG_REGISTERED);
}

static void check_refused(struct play *play, const struct row *row)
{
	ended_so(play, REG_END_REFUSED, row->text);
	state_is(play, REG_WAITING);
	goes_on_within(play, 300000, 330000);
	assert_false(slice_present(packet_header(&play->request->packet, "Authorization", 0)));
}

static void check_failed(struct play *play, const struct row *row)
{
	ended_so(play, REG_END_FAILED, row->text);
	state_is(play, REG_WAITING);
	goes_on_within(play, row->low_s * UINT64_C(1000), row->high_s * UINT64_C(1000));
}

static void check_loops(struct play *play, const struct row *row)
{
	uint32_t sent = 1;

	while (!play->line->ends_unread) {
		assert_true(sent < row->number);
		take_new(play, 10000);
		sent++;
		give(play, row->id);
	}
	assert_int_equal(sent, row->number);
	check_refused(play, row);
}

static bool logged(const struct play *play, const char *part)
{
	for (const struct stage_log *entry = play->stage.logs; entry; entry = entry->next)
		if (strstr(entry->text, part))
			return true;
	return false;
}

static void play_row(json_t *answers, const struct row *row)
{
	struct play play = { .names = 0 };

	begin_stage(&play, answers);
	begin_line(&play, row->realm);
	if (row->first || row->other) {
		give(&play, row->first ? row->first : row->other);
		take_new(&play, 0);
		give(&play, "ok-normal");
		play.line->ends_unread = 0;
	}
	if (row->first)
		take_new(&play, 3600000);
	if (row->other)
		begin_line(&play, row->realm);
	give(&play, row->id);
	if (row->logged)
		assert_true(logged(&play, row->logged));
	switch (row->kind) {
	case GRANTED:
		check_granted(&play, row);
		break;
	case DROPPED:
		check_dropped(&play);
		break;
	case STAYS:
		check_stays(&play);
		break;
	case ANSWERED:
		check_answered(&play, row);
		break;
	case REFUSED:
		check_refused(&play, row);
		break;
	case FAILED:
		check_failed(&play, row);
		break;
	case LOOPS:
		check_loops(&play, row);
		break;
	case PREFIXES:
	case FLIPS:
		fail_msg("%s has a test of its own", row->id);
	}
	finish(&play);
}

static json_t *load(void)
{
	json_error_t error;
	json_t *answers =
		json_load_file(TEST_DATA "/data/answers-to-register.json", JSON_ALLOW_NUL, &error);

	if (!answers)
		fail_msg("%s", error.text);
	return answers;
}

static const struct row *row_of(const char *id)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (strcmp(rows[i].id, id) == 0)
			return &rows[i];
	return NULL;
}

static void the_table_names_every_answer_once(void **state)
{
	json_t *answers = load(), *entry;
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(answers), ROW_COUNT);
	json_array_foreach(answers, i, entry)
	{
		const char *id = json_string_value(json_object_get(entry, "id"));

		if (!row_of(id))
			fail_msg("the table lacks %s", id);
	}
	for (i = 0; i < ROW_COUNT; i++)
		assert_ptr_equal(row_of(rows[i].id), &rows[i]);
	json_decref(answers);
}

/* One test a row, named by its id. */
static void an_answer_comes_out_as_the_table_says(void **state)
{
	json_t *answers = load();

	play_row(answers, *state);
	json_decref(answers);
}

static const char *const good[] = { "ok-normal", "ch-sha256" };

static void every_prefix_of_a_good_answer_is_dropped(void **state)
{
	json_t *answers = load();

	(void)state;
	for (size_t g = 0; g < 2; g++) {
		const char *template = template_of(answers, good[g]);
		struct play play = { .names = 0 };
		size_t n;
		char *bytes;

		begin_stage(&play, answers);
		begin_line(&play, NULL);
		bytes = fill(&play, slice_str(template), &n);
		for (size_t cut = 0; cut < n; cut++) {
			give_bytes(&play, slice_of(bytes, cut));
			state_is(&play, REG_TRYING);
			assert_null(sim_sent(play.stage.net));
		}
		give_bytes(&play, slice_of(bytes, n));
		assert_true(play.line->ends_unread || sim_sent(play.stage.net));
		if (sim_sent(play.stage.net))
			take_new(&play, 0);
		free(bytes);
		finish(&play);
	}
	json_decref(answers);
}

/* Whatever came of it must be something that a line can be in. Returns whether anything did. */
static bool settled(struct play *play)
{
	const struct reg *reg = line_reg(play->line->line);

	if (sim_sent(play->stage.net)) {
		take_new(play, 0);
		assert_null(sim_sent(play->stage.net));
		state_is(play, REG_TRYING);
		return true;
	}
	if (!play->line->ends_unread) {
		state_is(play, REG_TRYING);
		return false;
	}
	if (reg->state == REG_REGISTERED)
		assert_in_range(reg->granted_s, 1, REG_EXPIRES_MAX_S);
	else
		state_is(play, REG_WAITING);
	assert_true(play->line->end.next_at_ms != REG_NEVER);
	return true;
}

#define LINES_A_STAGE 100

/* All 255 other values of the byte at an offset of an answer. */
static void flip_byte(struct play *play, json_t *answers, struct slice template, size_t at)
{
	size_t n;
	char *bytes = fill(play, template, &n);

	for (unsigned value = 0; value < 256; value++) {
		char kept = bytes[at];

		bytes[at] = (char)value;
		if (bytes[at] == kept)
			continue;
		give_bytes(play, slice_of(bytes, n));
		bytes[at] = kept;
		if (!settled(play))
			continue;
		stage_line_drop(&play->stage, play->line);
		if (play->names % LINES_A_STAGE == 0) {
			finish(play);
			begin_stage(play, answers);
		}
		begin_line(play, NULL);
		free(bytes);
		bytes = fill(play, template, &n);
	}
	free(bytes);
}

static void every_flipped_byte_leaves_the_agent_whole(void **state)
{
	json_t *answers = load();

	(void)state;
	for (size_t g = 0; g < 2; g++) {
		struct slice template = slice_str(template_of(answers, good[g]));
		struct play play = { .names = 0 };
		size_t n;

		begin_stage(&play, answers);
		begin_line(&play, NULL);
		free(fill(&play, template, &n));
		for (size_t at = 0; at < n; at++)
			flip_byte(&play, answers, template, at);
		finish(&play);
	}
	json_decref(answers);
}

int main(void)
{
	struct CMUnitTest tests[ROW_COUNT + 1] = {
		cmocka_unit_test(the_table_names_every_answer_once),
	};

	for (size_t i = 0; i < ROW_COUNT; i++) {
		tests[i + 1] = (struct CMUnitTest){
			.name = rows[i].id,
			.test_func = an_answer_comes_out_as_the_table_says,
			.initial_state = (void *)&rows[i],
		};
		if (rows[i].kind == PREFIXES)
			tests[i + 1].test_func = every_prefix_of_a_good_answer_is_dropped;
		if (rows[i].kind == FLIPS)
			tests[i + 1].test_func = every_flipped_byte_leaves_the_agent_whole;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
