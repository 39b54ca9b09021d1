/* explain/pattern.c: which scenes show which pattern: the signs of a scene, a table over them, and
 * the walk over it.
 *
 * As in rules.c, every id in CAUSE() has a text in texts/; here every row that holds counts, and
 * the most telling stand above the others. */
#include "explain/pattern.h"

#include <stddef.h>

#define TOGETHER_MS   300000             /* failures closer than this have one cause */
#define LONG_GOOD_MS  (30 * 86400000ULL) /* settings that worked so long are right */
#define CLOCK_OFF_S   300                /* nonces and certificates mind from about here on */
#define PERIOD_GAPS   4                  /* that must agree */
#define PERIOD_MIN_MS 1000               /* closer losses are one loss */

/* What can be true of a scene. X(name, when) */
#define SIGNS(X) \
	X(ALL_HERE, "two lines or more are at the server, and all fail") \
	X(TOGETHER, "they began to fail as close together as lines can notice") \
	X(SILENT_HERE, "no line at the server gets an answer") \
	X(SILENT_ELSEWHERE, "other servers have lines, and none of those gets an answer") \
	X(FINE_ELSEWHERE, "a line of another server does not fail") \
	X(SILENT, "the line gets no answer") \
	X(REFUSED, "the line is refused") \
	X(REFUSED_BEFORE, "the line was refused before") \
	X(REFUSED_NEAR, "a line of the server was refused within a day") \
	X(ALONE, "the line fails, and no other one at the server does") \
	X(LONG_GOOD, "the line had been registered for a month") \
	X(PERIODIC, "the line is lost again and again, after the same time") \
	X(FOREIGN, "other devices are registered on the extension") \
	X(DROPPED, "the server had let go of our binding") \
	X(TWINS, "two lines of ours have the same address") \
	X(PORTS, "our bindings have several ports") \
	X(NAME_ONLY, "it works by name and not in digits") \
	X(ADDRESS_ONLY, "it works in digits and not by name") \
	X(ENDED, "the line was registered, and its time has ended") \
	X(CLOCK, "the clocks differ by more than 5 minutes")

#define SIGN_BIT(name, text) BIT_##name,
enum sign_bit { SIGNS(SIGN_BIT) SIGN_COUNT };
#define SIGN_MASK(name, text) name = 1u << BIT_##name,
enum sign { SIGNS(SIGN_MASK) };

/* What COUNT and SINCE mean in a pattern's text: a member of the scene, a uint32_t and a uint64_t.
 * The first member is no such one, so that 0 means that the text speaks of none. */
#define COUNT(member) .count_at = offsetof(struct explain_scene, member)
#define SINCE(member) .since_at = offsetof(struct explain_scene, member)
#define CAUSE(id)     .cause = id

static const struct pattern {
	const char *cause;
	uint32_t when, unless; /* sets of enum sign: all of these, none of those */
	size_t count_at, since_at;
} patterns[] = {
	{ CAUSE("all-servers-silent"), .when = SILENT_HERE | SILENT_ELSEWHERE,
	  SINCE(failing_for_ms) },
	{ CAUSE("refused-then-silent"), .when = SILENT | REFUSED_BEFORE,
	  .unless = SILENT_ELSEWHERE },
	{ CAUSE("refused-then-silent"), .when = SILENT | SILENT_HERE | REFUSED_NEAR,
	  .unless = SILENT_ELSEWHERE },
	{ CAUSE("one-server-fails"), .when = ALL_HERE | TOGETHER | FINE_ELSEWHERE,
	  COUNT(here.failing), SINCE(failing_for_ms) },
	{ CAUSE("all-lines-fail"), .when = ALL_HERE | TOGETHER,
	  .unless = FINE_ELSEWHERE | SILENT_ELSEWHERE, COUNT(here.failing), SINCE(failing_for_ms) },
	{ CAUSE("same-extension-twice"), .when = TWINS, COUNT(twins) },
	{ CAUSE("taken-by-other-device"), .when = FOREIGN | DROPPED, COUNT(foreign) },
	{ CAUSE("works-by-name-only"), .when = NAME_ONLY },
	{ CAUSE("works-by-address-only"), .when = ADDRESS_ONLY },
	{ CAUSE("refused-after-months"), .when = REFUSED | LONG_GOOD, SINCE(good_for_ms) },
	{ CAUSE("lost-at-a-period"), .when = PERIODIC },
	{ CAUSE("one-line-fails"), .when = ALONE, COUNT(here.lines) },
	{ CAUSE("own-bindings-pile-up"), .when = PORTS, COUNT(own_ports) },
	{ CAUSE("shared-extension"), .when = FOREIGN, .unless = DROPPED, COUNT(foreign) },
	/* Of a server without any line it would be the same for each. */
	{ CAUSE("registration-ended"), .when = ENDED, .unless = ALL_HERE, SINCE(lost_for_ms) },
	{ CAUSE("clock-differs"), .when = CLOCK },
};

#define PATTERNS (sizeof(patterns) / sizeof(*patterns))
_Static_assert(PATTERNS <= EXPLAIN_PATTERN_MAX, "all patterns can hold at once");

/* The causes of nobody's having answered. Those of which another machine than the server is at
 * fault are not among them: what that does is no lock and no dead server. */
static const char *const unanswered[] = {
	"silence",
	"silence-since",
	"silence-after-login",
	"register-silent",
	"locked-out",
	"port-closed",
	"server-stopped",
	"host-unreachable",
	"prohibited",
	"no-route",
	"no-interface",
	"interface-down",
	"interface-no-address",
	"interface-unnamed",
	"silence-connected",
	"silence-connected-since",
};

enum explain_end explain_end_of(const struct explain_cause *cause, uint16_t status)
{
	if (!cause)
		return EXPLAIN_END_REGISTERED;
	for (size_t i = 0; i < sizeof(unanswered) / sizeof(*unanswered); i++)
		if (strcmp(cause->id, unanswered[i]) == 0)
			return EXPLAIN_END_UNANSWERED;
	return status == 401 || status == 403 || status == 407 ? EXPLAIN_END_REFUSED
	                                                       : EXPLAIN_END_OTHER;
}

/* Sorts few numbers. */
static void sort(uint64_t *values, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		uint64_t value = values[i];
		unsigned at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
}

/* The gaps between losses. A clock that went back has none. */
static unsigned gaps_of(const struct explain_scene *scene, uint64_t *ret_gaps)
{
	unsigned losses = scene->losses < EXPLAIN_LOSSES_MAX ? scene->losses : EXPLAIN_LOSSES_MAX;
	unsigned count = 0;

	for (unsigned i = 1; i < losses; i++) {
		uint64_t from = scene->lost_at_ms[i - 1], to = scene->lost_at_ms[i];

		if (to > from && to - from >= PERIOD_MIN_MS)
			ret_gaps[count++] = to - from;
	}
	return count;
}

uint64_t explain_period_ms(const struct explain_scene *scene)
{
	uint64_t gaps[EXPLAIN_LOSSES_MAX], median;
	unsigned count = gaps_of(scene, gaps), near = 0;

	if (count < PERIOD_GAPS)
		return 0;
	sort(gaps, count);
	/* Of an even number the lower one of the middle: a gap that was there, not a mean of two
	 * that were not. */
	median = gaps[(count - 1) / 2];
	for (unsigned i = 0; i < count; i++)
		near += gaps[i] >= median - median / 10 && gaps[i] <= median + median / 10;
	return near >= PERIOD_GAPS && 2 * near > count ? median : 0;
}

static bool fails(enum explain_end end)
{
	return end == EXPLAIN_END_REFUSED || end == EXPLAIN_END_UNANSWERED ||
	       end == EXPLAIN_END_OTHER;
}

static bool is_silent(const struct explain_tally *tally)
{
	return tally->lines > 0 && tally->unanswered == tally->lines;
}

/* A line cannot notice before it asks the next time. */
static bool is_together(const struct explain_scene *s)
{
	return s->failing_span_ms <= TOGETHER_MS || s->failing_span_ms <= s->asks_every_ms;
}

static uint32_t signs_of(const struct explain_scene *s)
{
	const bool is[SIGN_COUNT] = {
		[BIT_ALL_HERE] = s->here.lines >= 2 && s->here.failing == s->here.lines,
		[BIT_TOGETHER] = is_together(s),
		[BIT_SILENT_HERE] = is_silent(&s->here),
		[BIT_SILENT_ELSEWHERE] = is_silent(&s->elsewhere),
		[BIT_FINE_ELSEWHERE] = (s->elsewhere.failing < s->elsewhere.lines),
		[BIT_SILENT] = s->now == EXPLAIN_END_UNANSWERED,
		[BIT_REFUSED] = s->now == EXPLAIN_END_REFUSED,
		[BIT_REFUSED_BEFORE] = s->before == EXPLAIN_END_REFUSED,
		[BIT_REFUSED_NEAR] = (s->here.refused > 0),
		[BIT_ALONE] = s->here.lines >= 2 && s->here.failing == 1 && fails(s->now),
		[BIT_LONG_GOOD] = s->good_for_ms >= LONG_GOOD_MS,
		[BIT_PERIODIC] = explain_period_ms(s) > 0,
		[BIT_FOREIGN] = s->foreign > 0,
		[BIT_DROPPED] = s->dropped,
		[BIT_TWINS] = s->twins >= 2,
		[BIT_PORTS] = s->own_ports >= 2,
		[BIT_NAME_ONLY] =
			s->by_name == EXPLAIN_WAY_WORKS && s->by_address == EXPLAIN_WAY_FAILS,
		[BIT_ADDRESS_ONLY] =
			s->by_name == EXPLAIN_WAY_FAILS && s->by_address == EXPLAIN_WAY_WORKS,
		[BIT_ENDED] = s->lost_for_ms > 0 && fails(s->now),
		[BIT_CLOCK] = s->dated && (s->ahead_s > CLOCK_OFF_S || s->ahead_s < -CLOCK_OFF_S),
	};
	uint32_t signs = 0;

	for (unsigned i = 0; i < SIGN_COUNT; i++)
		signs |= (uint32_t)is[i] << i;
	return signs;
}

unsigned explain_patterns(const struct explain_scene *scene,
                          const struct explain_cause **ret_causes, unsigned max)
{
	uint32_t signs = signs_of(scene);
	unsigned count = 0;

	for (unsigned i = 0; i < PATTERNS && count < max; i++) {
		const struct explain_cause *cause;

		if ((signs & patterns[i].when) != patterns[i].when || signs & patterns[i].unless)
			continue;
		cause = explain_by_id(slice_str(patterns[i].cause));
		/* Rows of one pattern stand together. */
		if (count == 0 || ret_causes[count - 1] != cause)
			ret_causes[count++] = cause;
	}
	return count;
}

static const struct pattern *pattern_of(const struct explain_cause *cause)
{
	for (unsigned i = 0; i < PATTERNS; i++)
		if (strcmp(patterns[i].cause, cause->id) == 0)
			return &patterns[i];
	return NULL;
}

bool explain_is_pattern(const struct explain_cause *cause)
{
	return pattern_of(cause) != NULL;
}

/* "7 min ahead of", "2 h behind" */
static void put_offset(int64_t ahead_s, struct buf *out)
{
	uint64_t off_s = ahead_s < 0 ? 0 - (uint64_t)ahead_s : (uint64_t)ahead_s;

	explain_span(off_s < UINT64_MAX / 1000 ? off_s * 1000 : UINT64_MAX, out);
	buf_str(out, ahead_s < 0 ? " behind" : " ahead of");
}

void explain_pattern_words(const struct explain_scene *scene, const struct explain_cause *cause,
                           struct explain_pattern_text *memory, struct explain_words *words)
{
	const struct pattern *pattern = pattern_of(cause);
	const char *members = (const char *)scene;
	struct buf count = buf_over(memory->count, sizeof(memory->count));
	struct buf period = buf_over(memory->period, sizeof(memory->period));
	struct buf offset = buf_over(memory->offset, sizeof(memory->offset));
	struct buf since = buf_over(memory->since, sizeof(memory->since));

	if (!pattern)
		return;
	if (pattern->count_at) {
		buf_u64(&count, *(const uint32_t *)(const void *)(members + pattern->count_at));
		words->count = buf_slice(&count);
	}
	if (pattern->since_at) {
		explain_span(*(const uint64_t *)(const void *)(members + pattern->since_at),
		             &since);
		words->since = buf_slice(&since);
	}
	if (pattern->when & PERIODIC) {
		explain_span(explain_period_ms(scene), &period);
		words->period = buf_slice(&period);
	}
	if (pattern->when & CLOCK) {
		put_offset(scene->ahead_s, &offset);
		words->offset = buf_slice(&offset);
	}
}
