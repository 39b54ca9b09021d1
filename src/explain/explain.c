/* explain/explain.c: the walk over the rules, and the filling in of words.
 *
 * Knows no cause by name: what holds when is in rules.c, what is said is in texts/. */
#include "explain/explain.h"

#include <assert.h>
#include <stddef.h>

#include "explain/rules.h"

/* As far as a text from the network is searched for a phrase. Servers put the point first. */
#define SEARCHED_MAX 256

/* The longest time that a 423 can make us ask for (reg/reg.h raises it to a day at most). */
#define RAISED_MAX_S 86400

static bool word_char(char c)
{
	unsigned char letter = (unsigned char)c | 0x20;

	return (c >= '0' && c <= '9') || (letter >= 'a' && letter <= 'z');
}

/* Whether phrase stands in text, its first letter being the first of a word there. */
static bool contains(struct slice text, struct slice phrase)
{
	if (text.n > SEARCHED_MAX)
		text.n = SEARCHED_MAX;
	for (size_t i = 0; i < text.n; i++)
		if ((i == 0 || !word_char(text.p[i - 1])) &&
		    slice_starts_nocase(slice_from(text, i), phrase))
			return true;
	return false;
}

/* Whether one of phrases stands in one of the texts. No phrases: nothing is asked. */
static bool says(const char *phrases, const struct slice *texts, unsigned count)
{
	struct slice left = slice_str(phrases);

	if (!phrases)
		return true;
	for (;;) {
		size_t end = slice_find(left, '|');

		for (unsigned i = 0; i < count; i++)
			if (contains(texts[i], slice_of(left.p, end)))
				return true;
		if (end == left.n)
			return false;
		left = slice_from(left, end + 1);
	}
}

static uint32_t signs_of(const struct reg_facts *f)
{
	bool longer = f->min_expires_s > f->asked_s && f->min_expires_s <= RAISED_MAX_S;
	const bool is[EXPLAIN_SIGN_COUNT] = {
		[EXPLAIN_BIT_SENT] = f->credentials_sent || f->stage == REG_STAGE_ANSWERED,
		[EXPLAIN_BIT_GOOD] = f->was_good || f->stage == REG_STAGE_REFRESH,
		[EXPLAIN_BIT_WAS_REFUSED] = f->was_refused,
		[EXPLAIN_BIT_OPTIONS] = f->answers_options,
		[EXPLAIN_BIT_STRAY] = f->sent_stray,
		[EXPLAIN_BIT_CONNECTED] = f->connected,
		[EXPLAIN_BIT_FOREIGN] = f->foreign > 0,
		[EXPLAIN_BIT_VIA_REWRITTEN] = f->via_rewritten,
		[EXPLAIN_BIT_WEAKER] = f->weaker_algorithm,
		[EXPLAIN_BIT_REALM_CHANGED] = f->realm_changed,
		[EXPLAIN_BIT_UNPROVEN] = f->rspauth_wrong,
		[EXPLAIN_BIT_RETRY_AFTER] = f->retry_after_s > 0,
		[EXPLAIN_BIT_MIN_LONGER] = longer,
		[EXPLAIN_BIT_CLOCK_ODD] = f->clock_odd,
		[EXPLAIN_BIT_HINT] = slice_present(explain_hint(f)),
	};
	uint32_t signs = 0;

	for (unsigned i = 0; i < EXPLAIN_SIGN_COUNT; i++)
		signs |= (uint32_t)is[i] << i;
	return signs;
}

static bool status_fits(const struct explain_rule *rule, unsigned status)
{
	if (rule->class && status / 100 != rule->class)
		return false;
	if (!rule->is[0])
		return true;
	for (unsigned i = 0; rule->is[i]; i++)
		if (rule->is[i] == status)
			return true;
	return false;
}

/* Whether value is in the set, or the set asks nothing. */
static bool in(uint64_t set, unsigned value)
{
	return !set || (value < 64 && set >> value & 1);
}

static bool rule_holds(const struct explain_rule *rule, const struct reg_facts *f, uint32_t signs)
{
	const struct slice words[] = { f->reason, f->registrar_error, f->warning,
		                       f->reason_header };
	const struct slice makers[] = { f->server, f->realm };
	const struct slice options[] = { f->unsupported, f->require };
	/* Where a server answered, its answer decides, as in reply_outcome(). */
	enum reg_local local = f->status ? REG_LOCAL_NONE : f->local;

	return status_fits(rule, f->status) && in(rule->stages, f->stage) &&
	       in(rule->locals, local) && in(rule->auths, f->auth) && in(rule->grants, f->grant) &&
	       in(rule->redirects, f->redirect) && (signs & rule->when) == rule->when &&
	       !(signs & rule->unless) && says(rule->says, words, 4) &&
	       says(rule->maker, makers, 2) && says(rule->option, options, 2);
}

const struct explain_cause *explain(const struct reg_facts *facts)
{
	uint32_t signs = signs_of(facts);
	const struct explain_rule *rule = explain_rules;
	const struct explain_cause *cause;

	/* The last row asks nothing, so this ends. */
	while (!rule_holds(rule, facts, signs))
		rule++;
	cause = explain_by_id(slice_str(rule->cause));
	assert(cause); /* the generator has seen to it */
	return cause;
}

const struct explain_cause *explain_by_id(struct slice id)
{
	for (unsigned i = 0; i < explain_cause_count; i++)
		if (slice_equal_nocase(id, slice_str(explain_causes[i].id)))
			return &explain_causes[i];
	return NULL;
}

const struct explain_cause *explain_at(unsigned index)
{
	return index < explain_cause_count ? &explain_causes[index] : NULL;
}

unsigned explain_index(const struct explain_cause *cause)
{
	assert(cause >= explain_causes && cause < explain_causes + explain_cause_count);
	return (unsigned)(cause - explain_causes);
}

/* Whether a row asks nothing but the status, so that no row behind it is reached. */
static bool is_plain(const struct explain_rule *rule)
{
	return !(rule->stages | rule->locals | rule->auths | rule->grants | rule->redirects |
	         rule->when | rule->unless) &&
	       !rule->says && !rule->maker && !rule->option;
}

/* Whether a row of this kind (naming the status, or its class alone) gives a cause to it. With a
 * status there is no local reason, and without one there must be. */
static bool gives(const struct explain_rule *rule, unsigned status, bool named)
{
	return status_fits(rule, status) && (rule->is[0] != 0) == named &&
	       (status ? !rule->locals : rule->locals != 0);
}

/* Adds the causes that rows of one kind give to a status. Returns how many there are then. */
static unsigned add_given(uint16_t status, bool named, const struct explain_cause **causes,
                          unsigned count)
{
	for (const struct explain_rule *rule = explain_rules; count < EXPLAIN_UNDER_MAX; rule++) {
		const struct explain_cause *cause = explain_by_id(slice_str(rule->cause));
		bool met = !gives(rule, status, named);

		for (unsigned i = 0; i < count; i++)
			met = met || causes[i] == cause;
		if (!met)
			causes[count++] = cause;
		/* The last row is one of these. */
		if (status_fits(rule, status) && is_plain(rule))
			break;
	}
	return count;
}

unsigned explain_under(uint16_t status, const struct explain_cause *ret_causes[EXPLAIN_UNDER_MAX])
{
	const struct reg_facts alone = { .status = status, .local = REG_LOCAL_SILENCE };

	ret_causes[0] = explain(&alone);
	return add_given(status, false, ret_causes, add_given(status, true, ret_causes, 1));
}

bool explain_names(uint16_t status)
{
	const struct explain_rule *rule = explain_rules;

	while (!status_fits(rule, status) || !is_plain(rule))
		rule++;
	return rule->is[0] != 0;
}

/* Adds what the words mean together with one status, where rule is the row that decides then. */
static unsigned add_sense(const struct explain_rule *rule, uint16_t status, struct slice words,
                          struct explain_sense *senses, unsigned count)
{
	const struct reg_facts facts = { .status = status, .reason = words };
	const struct explain_cause *cause = explain(&facts);

	if (strcmp(cause->id, rule->cause) != 0)
		return count;
	for (unsigned i = 0; i < count; i++) {
		if (senses[i].cause != cause)
			continue;
		if (senses[i].status != status)
			senses[i].status = 0;
		return count;
	}
	if (count < EXPLAIN_UNDER_MAX)
		senses[count++] = (struct explain_sense){ cause, status };
	return count;
}

unsigned explain_by_words(struct slice words, struct explain_sense ret_senses[EXPLAIN_UNDER_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < explain_rule_count; i++) {
		const struct explain_rule *rule = &explain_rules[i];

		if (!rule->says || !says(rule->says, &words, 1))
			continue;
		for (unsigned k = 0; rule->is[k]; k++)
			count = add_sense(rule, rule->is[k], words, ret_senses, count);
	}
	return count;
}

void explain_span(uint64_t ms, struct buf *out)
{
	static const struct {
		uint64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "min" }, { 1000, "s" } };

	for (unsigned i = 0; i < 4; i++) {
		if (ms < units[i].ms)
			continue;
		buf_u64(out, ms / units[i].ms);
		buf_char(out, ' ');
		buf_str(out, units[i].name);
		if (i < 2 && ms % units[i].ms >= units[i + 1].ms) {
			buf_char(out, ' ');
			buf_u64(out, ms % units[i].ms / units[i + 1].ms);
			buf_char(out, ' ');
			buf_str(out, units[i + 1].name);
		}
		return;
	}
	buf_u64(out, ms);
	buf_str(out, " ms");
}

struct slice explain_hint(const struct reg_facts *facts)
{
	if (slice_present(facts->registrar_error))
		return facts->registrar_error;
	if (slice_present(facts->warning))
		return facts->warning;
	return facts->reason_header;
}

#define WORD(name, field, absent) \
	{ SLICE("@" #name "@"), offsetof(struct explain_words, field), SLICE(absent) },
static const struct {
	struct slice name;
	size_t offset;
	struct slice absent;
} placeholders[] = { EXPLAIN_WORDS(WORD) };

/* Appends a word, cut where it is too long, but never within a character. */
static void put_word(struct slice word, struct buf *out)
{
	bool cut = word.n > EXPLAIN_WORD_MAX;

	if (cut) {
		word.n = EXPLAIN_WORD_MAX;
		for (int i = 0; i < 3 && ((unsigned char)word.p[word.n] & 0xc0) == 0x80; i++)
			word.n--;
	}
	buf_show(out, word);
	if (cut)
		buf_str(out, "...");
}

/* Appends what text, which begins with '@', begins with. Returns how much of text that was. */
static size_t put_at(struct slice text, const struct explain_words *words, struct buf *out)
{
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(*placeholders); i++) {
		const void *word = (const char *)words + placeholders[i].offset;
		struct slice name = placeholders[i].name;

		if (text.n >= name.n && slice_equal(slice_of(text.p, name.n), name)) {
			struct slice given = *(const struct slice *)word;

			put_word(slice_present(given) ? given : placeholders[i].absent, out);
			return name.n;
		}
	}
	buf_char(out, '@');
	return 1;
}

void explain_fill(const char *text, const struct explain_words *words, struct buf *out)
{
	struct slice left = slice_str(text);

	while (left.n) {
		size_t plain = slice_find(left, '@');

		buf_put(out, slice_of(left.p, plain));
		left = slice_from(left, plain);
		if (left.n)
			left = slice_from(left, put_at(left, words, out));
	}
}
