/* What several lines and several hours show: a scene for every pattern, the scenes that are nearly
 * one, and the words of the texts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "explain/pattern.h"

#define S          1000ULL
#define MIN        (60 * S)
#define HOUR       (60 * MIN)
#define DAY        (24 * HOUR)
#define NOW(end)   .now = EXPLAIN_END_##end
#define WAS(end)   .before = EXPLAIN_END_##end
#define LOST(...)  .lost_at_ms = { __VA_ARGS__ }
#define WORKS(way) .by_##way = EXPLAIN_WAY_WORKS
#define FAILS(way) .by_##way = EXPLAIN_WAY_FAILS

/* { lines, failing, unanswered, refused } */
#define HERE(...)      .here = { __VA_ARGS__ }
#define ELSEWHERE(...) .elsewhere = { __VA_ARGS__ }

/* The first pattern of each scene; NULL: there is none. */
static const struct {
	const char *id;
	struct explain_scene scene;
} rows[] = {
	{ NULL, { 0 } },
	{ NULL, { NOW(REGISTERED), HERE(8), ELSEWHERE(8) } },

	/* All servers, one server, one line. */
	{ "all-servers-silent",
	  { NOW(UNANSWERED), HERE(8, 8, 8), ELSEWHERE(3, 3, 3), .failing_for_ms = 2 * MIN } },
	{ "all-servers-silent", { NOW(UNANSWERED), HERE(1, 1, 1), ELSEWHERE(1, 1, 1) } },
	/* ... whatever was refused before: a lock of one server silences no other. */
	{ "all-servers-silent",
	  { NOW(UNANSWERED), WAS(REFUSED), HERE(2, 2, 2, 1), ELSEWHERE(1, 1, 1) } },
	{ "one-server-fails",
	  { NOW(UNANSWERED), HERE(8, 8, 8), ELSEWHERE(3, 0), .failing_for_ms = HOUR } },
	{ "one-server-fails", { NOW(OTHER), HERE(2, 2), ELSEWHERE(3, 2, 2) } },
	/* They are told at different times, but not later than they ask. */
	{ "one-server-fails",
	  { NOW(OTHER), HERE(2, 2), ELSEWHERE(1), .failing_span_ms = 5 * MIN } },
	{ "one-server-fails",
	  { NOW(OTHER), HERE(2, 2), ELSEWHERE(1), .failing_span_ms = 50 * MIN,
	    .asks_every_ms = 50 * MIN } },
	{ NULL, { NOW(OTHER), HERE(2, 2), ELSEWHERE(1), .failing_span_ms = 5 * MIN + 1 } },
	{ NULL,
	  { NOW(OTHER), HERE(2, 2), ELSEWHERE(1), .failing_span_ms = 51 * MIN,
	    .asks_every_ms = 50 * MIN } },
	{ "all-lines-fail", { NOW(UNANSWERED), HERE(8, 8, 8) } },
	{ "all-lines-fail", { NOW(REFUSED), HERE(2, 2), ELSEWHERE(2, 2, 1) } },
	/* Others get no answer, these do: two faults, and neither pattern. */
	{ NULL, { NOW(REFUSED), HERE(2, 2), ELSEWHERE(2, 2, 2) } },
	{ NULL, { NOW(UNANSWERED), HERE(1, 1, 1) } },
	{ NULL, { NOW(UNANSWERED), HERE(8, 7, 7) } },
	{ "one-line-fails", { NOW(REFUSED), HERE(8, 1) } },
	{ "one-line-fails", { NOW(UNANSWERED), HERE(2, 1, 1), ELSEWHERE(3, 3, 3) } },
	{ "one-line-fails", { NOW(OTHER), HERE(2, 1) } },
	/* Another one fails, not this. */
	{ NULL, { NOW(REGISTERED), HERE(8, 1) } },
	{ NULL, { HERE(8, 1) } },
	{ NULL, { NOW(REFUSED), HERE(1, 1) } },

	/* Locked out. */
	{ "refused-then-silent", { NOW(UNANSWERED), WAS(REFUSED), HERE(1, 1, 1) } },
	{ "refused-then-silent", { NOW(UNANSWERED), WAS(REFUSED), HERE(8, 1, 1) } },
	/* One wrong line takes all with it. */
	{ "refused-then-silent",
	  { NOW(UNANSWERED), WAS(REGISTERED), HERE(8, 8, 8, 1), ELSEWHERE(1) } },
	/* A refused neighbour, and others that are answered still: no lock. */
	{ "one-line-fails", { NOW(UNANSWERED), WAS(REGISTERED), HERE(8, 1, 1, 1) } },
	{ "all-lines-fail", { NOW(REFUSED), WAS(UNANSWERED), HERE(8, 8, 0, 8) } },
	{ "all-lines-fail", { NOW(UNANSWERED), WAS(OTHER), HERE(8, 8, 8) } },

	/* Run out. */
	{ "registration-ended", { NOW(UNANSWERED), HERE(3, 2, 2), .lost_for_ms = MIN } },
	{ "all-lines-fail", { NOW(UNANSWERED), HERE(2, 2, 2), .lost_for_ms = MIN } },
	{ "registration-ended", { NOW(OTHER), HERE(1), .lost_for_ms = MIN } },
	{ NULL, { NOW(REGISTERED), HERE(1), .lost_for_ms = MIN } },

	/* Other devices. */
	{ "taken-by-other-device", { NOW(REGISTERED), .foreign = 1, .dropped = true } },
	{ "shared-extension", { NOW(REGISTERED), .foreign = 2 } },
	{ NULL, { NOW(REGISTERED), .dropped = true } },
	{ "same-extension-twice", { NOW(REGISTERED), .twins = 2, .foreign = 1 } },
	{ NULL, { NOW(REGISTERED), .twins = 1 } },
	{ "own-bindings-pile-up", { NOW(REGISTERED), .own_ports = 2 } },
	{ NULL, { NOW(REGISTERED), .own_ports = 1 } },

	/* Names and digits. */
	{ "works-by-name-only", { WORKS(name), FAILS(address) } },
	{ "works-by-address-only", { FAILS(name), WORKS(address) } },
	{ NULL, { WORKS(name), WORKS(address) } },
	{ NULL, { FAILS(name), FAILS(address) } },
	{ NULL, { WORKS(name) } },
	{ NULL, { FAILS(name) } },

	{ "refused-after-months", { NOW(REFUSED), .good_for_ms = 30 * DAY } },
	{ NULL, { NOW(REFUSED), .good_for_ms = 30 * DAY - 1 } },
	{ NULL, { NOW(UNANSWERED), .good_for_ms = 90 * DAY } },

	{ "clock-differs", { .dated = true, .ahead_s = 301 } },
	{ "clock-differs", { .dated = true, .ahead_s = -301 } },
	{ "clock-differs", { .dated = true, .ahead_s = INT64_MIN } },
	{ NULL, { .dated = true, .ahead_s = 300 } },
	{ NULL, { .dated = true, .ahead_s = -300 } },
	{ NULL, { .ahead_s = 7200 } },

	{ "lost-at-a-period",
	  { NOW(REGISTERED), LOST(0, 30 * S, 60 * S, 90 * S, 120 * S), .losses = 5 } },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static void a_cause_tells_how_an_attempt_ended(void **state)
{
	static const struct {
		const char *cause;
		uint16_t status;
		enum explain_end end;
	} ends[] = {
		{ NULL, 200, EXPLAIN_END_REGISTERED },
		{ "auth-refused", 401, EXPLAIN_END_REFUSED },
		{ "auth-refused-proxy", 407, EXPLAIN_END_REFUSED },
		{ "forbidden", 403, EXPLAIN_END_REFUSED },
		{ "not-found", 404, EXPLAIN_END_OTHER },
		{ "granted-zero", 200, EXPLAIN_END_OTHER },
		{ "silence", 408, EXPLAIN_END_UNANSWERED },
		{ "silence-since", 408, EXPLAIN_END_UNANSWERED },
		{ "silence-after-login", 408, EXPLAIN_END_UNANSWERED },
		{ "register-silent", 408, EXPLAIN_END_UNANSWERED },
		{ "locked-out", 408, EXPLAIN_END_UNANSWERED },
		{ "port-closed", 408, EXPLAIN_END_UNANSWERED },
		{ "server-stopped", 408, EXPLAIN_END_UNANSWERED },
		{ "host-unreachable", 408, EXPLAIN_END_UNANSWERED },
		{ "prohibited", 408, EXPLAIN_END_UNANSWERED },
		{ "no-route", 408, EXPLAIN_END_UNANSWERED },
		{ "no-interface", 408, EXPLAIN_END_UNANSWERED },
		{ "interface-down", 408, EXPLAIN_END_UNANSWERED },
		{ "interface-no-address", 408, EXPLAIN_END_UNANSWERED },
		{ "interface-unnamed", 408, EXPLAIN_END_UNANSWERED },
		{ "silence-connected", 408, EXPLAIN_END_UNANSWERED },
		{ "silence-connected-since", 408, EXPLAIN_END_UNANSWERED },
		{ "name-unknown", 408, EXPLAIN_END_OTHER },
		{ "memory", 408, EXPLAIN_END_OTHER },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const struct explain_cause *cause = NULL;

		if (ends[i].cause)
			assert_non_null(cause = explain_by_id(slice_str(ends[i].cause)));
		assert_int_equal(explain_end_of(cause, ends[i].status), ends[i].end);
	}
}

static void each_scene_shows_its_pattern_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct explain_cause *causes[EXPLAIN_PATTERN_MAX];
		unsigned n = explain_patterns(&rows[i].scene, causes, EXPLAIN_PATTERN_MAX);
		const char *id = n ? causes[0]->id : NULL;

		if ((id && rows[i].id && strcmp(id, rows[i].id) == 0) || (!id && !rows[i].id))
			continue;
		fail_msg("row %zu: %s, not %s", i, id ? id : "none",
		         rows[i].id ? rows[i].id : "none");
	}
}

/* Losses, and the period that they show. */
static const struct {
	uint64_t period_ms;
	uint64_t lost_at_ms[EXPLAIN_LOSSES_MAX + 1];
	uint32_t losses;
} beats[] = {
	{ 0, { 0 }, 0 },
	{ 0, { 5 * S }, 1 },
	/* Three gaps are none yet, four are. */
	{ 0, { 0, HOUR, 2 * HOUR, 3 * HOUR }, 4 },
	{ HOUR, { 0, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR }, 5 },
	/* A tenth off either way. */
	{ 100 * S, { 0, 90 * S, 190 * S, 290 * S, 400 * S }, 5 },
	{ 0, { 0, 89 * S, 189 * S, 289 * S, 400 * S }, 5 },
	{ 0, { 0, 90 * S, 190 * S, 290 * S, 401 * S }, 5 },
	/* One that was missed, one that came in between. */
	{ 60 * S, { 0, 60 * S, 120 * S, 240 * S, 300 * S, 360 * S }, 6 },
	{ 60 * S, { 0, 60 * S, 120 * S, 150 * S, 180 * S, 240 * S, 300 * S, 360 * S }, 8 },
	/* Four agree, as many do not. */
	{ 0, { 0, 60 * S, 120 * S, 180 * S, 240 * S, 250 * S, 280 * S, 600 * S, 1000 * S }, 9 },
	/* What comes by chance. */
	{ 0, { 3 * S, 60 * S, 400 * S, 430 * S, 900 * S, 2000 * S, 2100 * S }, 7 },
	/* Within a second it is one loss; a clock that went back counts nothing. */
	{ 0, { 0, 999, 1998, 2997, 3996, 4995 }, 6 },
	{ 1000, { 0, 1000, 2000, 3000, 4000 }, 5 },
	{ 0, { 5 * S, 4 * S, 3 * S, 2 * S, S, 0 }, 6 },
	{ 0, { UINT64_MAX, 0, UINT64_MAX, 0, UINT64_MAX, 0 }, 6 },
	/* No more are looked at than there are. */
	{ 10 * S,
	  { 0, 10 * S, 20 * S, 30 * S, 40 * S, 50 * S, 60 * S, 70 * S, 80 * S, 90 * S, 100 * S,
	    110 * S, 120 * S, 130 * S, 140 * S, 150 * S },
	  UINT32_MAX },
};

static void losses_at_a_pace_have_a_period(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(beats) / sizeof(*beats); i++) {
		struct explain_scene scene = { .losses = beats[i].losses };

		memcpy(scene.lost_at_ms, beats[i].lost_at_ms, sizeof(scene.lost_at_ms));
		if (explain_period_ms(&scene) != beats[i].period_ms)
			fail_msg("row %zu: %llu ms", i,
			         (unsigned long long)explain_period_ms(&scene));
	}
}

/* A scene in which as much as can be true at once is. */
static const struct explain_scene busy = {
	NOW(UNANSWERED),
	WAS(REFUSED),
	LOST(0, 60 * S, 120 * S, 180 * S, 240 * S),
	.losses = 5,
	.foreign = 3,
	.own_ports = 4,
	.twins = 2,
	.dropped = true,
	HERE(7, 7, 7, 1),
	ELSEWHERE(1),
	.failing_for_ms = 125 * MIN,
	FAILS(name),
	WORKS(address),
	.dated = true,
	.ahead_s = -7200,
};

static void the_most_telling_come_first_and_each_once(void **state)
{
	static const char *const want[] = {
		"refused-then-silent",   "one-server-fails",      "same-extension-twice",
		"taken-by-other-device", "works-by-address-only", "lost-at-a-period",
		"own-bindings-pile-up",  "clock-differs",
	};
	const unsigned count = sizeof(want) / sizeof(*want);
	const struct explain_cause *causes[EXPLAIN_PATTERN_MAX];

	(void)state;
	assert_int_equal(explain_patterns(&busy, causes, EXPLAIN_PATTERN_MAX), count);
	for (unsigned i = 0; i < count; i++)
		assert_string_equal(causes[i]->id, want[i]);
}

static void no_more_are_named_than_asked_for(void **state)
{
	const struct explain_cause *causes[3] = { NULL };

	(void)state;
	assert_int_equal(explain_patterns(&busy, NULL, 0), 0);
	assert_int_equal(explain_patterns(&busy, causes, 2), 2);
	assert_string_equal(causes[1]->id, "one-server-fails");
	assert_null(causes[2]);
}

static void fill(const char *text, const struct explain_scene *scene,
                 const struct explain_cause *cause, char *ret_text, size_t cap)
{
	struct explain_words words = { .server = SLICE("pbx.example"),
		                       .address = SLICE("sip:1001@pbx.example"),
		                       .extension = SLICE("1001") };
	struct explain_pattern_text memory;
	struct buf out = buf_over(ret_text, cap);

	explain_pattern_words(scene, cause, &memory, &words);
	explain_fill(text, &words, &out);
	assert_int_equal(buf_end(&out), 0);
}

static void the_words_of_a_pattern_are_those_of_its_scene(void **state)
{
	static const struct {
		const char *id, *want;
		struct explain_scene scene;
	} seen[] = {
		{ "one-server-fails",
		  "All 7 lines at pbx.example fail together, for 2 h 5 min now, while lines at "
		  "another server are registered.",
		  { HERE(9, 7), .failing_for_ms = 125 * MIN } },
		{ "all-lines-fail",
		  "All 4294967295 lines at pbx.example fail together, for 213503982334 d 14 h now.",
		  { HERE(1, UINT32_MAX), .failing_for_ms = UINT64_MAX } },
		{ "one-line-fails",
		  "Of 8 lines at pbx.example, only sip:1001@pbx.example fails.",
		  { HERE(8, 1) } },
		{ "all-servers-silent",
		  "No line of any server gets an answer, for 40 s now.",
		  { .failing_for_ms = 40 * S } },
		{ "lost-at-a-period",
		  "sip:1001@pbx.example was lost several times, each time about 30 s after the "
		  "time before.",
		  { LOST(0, 30 * S, 60 * S, 90 * S, 120 * S), .losses = 5 } },
		{ "clock-differs",
		  "By the Date in its answers the clock of pbx.example is 7 min ahead of ours.",
		  { .dated = true, .ahead_s = 420 } },
		{ "clock-differs",
		  "By the Date in its answers the clock of pbx.example is 2 h behind ours.",
		  { .dated = true, .ahead_s = -7200 } },
		{ "clock-differs",
		  "By the Date in its answers the clock of pbx.example is 213503982334 d 14 h "
		  "behind ours.",
		  { .dated = true, .ahead_s = INT64_MIN } },
		{ "own-bindings-pile-up",
		  "pbx.example lists this line under 3 different ports.",
		  { .own_ports = 3 } },
		{ "same-extension-twice",
		  "2 lines here register sip:1001@pbx.example.",
		  { .twins = 2 } },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		const struct explain_cause *cause = explain_by_id(slice_str(seen[i].id));

		fill(cause->seen, &seen[i].scene, cause, text, sizeof(text));
		assert_string_equal(text, seen[i].want);
	}
}

/* A text never says "for ? now". */
static void a_text_speaks_of_nothing_that_its_pattern_does_not_know(void **state)
{
	static const struct explain_words unknown = { .server = { "", 0 },
		                                      .address = { "", 0 },
		                                      .extension = { "", 0 } };
	const struct explain_cause *cause;
	unsigned patterns = 0;

	(void)state;
	for (unsigned i = 0; (cause = explain_at(i)); i++) {
		const char *texts[EXPLAIN_ADVICE_MAX + 3] = { cause->seen, cause->meaning,
			                                      cause->again };
		struct explain_pattern_text memory;
		struct explain_words words = unknown;

		if (!explain_is_pattern(cause))
			continue;
		patterns++;
		memcpy(texts + 3, cause->advice, EXPLAIN_ADVICE_MAX * sizeof(*texts));
		explain_pattern_words(&busy, cause, &memory, &words);
		for (unsigned k = 0; k < EXPLAIN_ADVICE_MAX + 3 && texts[k]; k++) {
			char plain[2048], filled[2048];
			struct buf out = buf_over(filled, sizeof(filled));
			struct explain_words all = words;

			/* What is absent shows as "?": filled with the same marks, nothing
			 * changes. */
			explain_fill(texts[k], &words, &out);
			assert_int_equal(buf_end(&out), 0);
			all.status = all.reason = all.auth_user = all.realm = all.algorithm =
				all.min_expires = all.retry_after = all.hint = SLICE("!");
#define MARK_ABSENT(word) all.word = slice_present(all.word) ? all.word : SLICE("!")
			MARK_ABSENT(count);
			MARK_ABSENT(period);
			MARK_ABSENT(offset);
			MARK_ABSENT(since);
			out = buf_over(plain, sizeof(plain));
			explain_fill(texts[k], &all, &out);
			assert_int_equal(buf_end(&out), 0);
			assert_string_equal(plain, filled);
		}
	}
	assert_int_equal(patterns, 15);
}

static void a_cause_that_is_no_pattern_gets_no_words(void **state)
{
	const struct explain_cause *cause = explain_by_id(SLICE("auth-refused"));
	struct explain_words words = { .count = SLICE("as it was") };
	struct explain_pattern_text memory;

	(void)state;
	assert_false(explain_is_pattern(cause));
	assert_true(explain_is_pattern(explain_by_id(SLICE("clock-differs"))));
	explain_pattern_words(&busy, cause, &memory, &words);
	assert_true(slice_equal(words.count, SLICE("as it was")));
	assert_false(slice_present(words.since) || slice_present(words.period) ||
	             slice_present(words.offset));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_tells_how_an_attempt_ended),
		cmocka_unit_test(each_scene_shows_its_pattern_first),
		cmocka_unit_test(losses_at_a_pace_have_a_period),
		cmocka_unit_test(the_most_telling_come_first_and_each_once),
		cmocka_unit_test(no_more_are_named_than_asked_for),
		cmocka_unit_test(the_words_of_a_pattern_are_those_of_its_scene),
		cmocka_unit_test(a_text_speaks_of_nothing_that_its_pattern_does_not_know),
		cmocka_unit_test(a_cause_that_is_no_pattern_gets_no_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
