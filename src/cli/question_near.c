/* cli/question_near.c: what a question may have meant that was not understood. */
#include "cli/question.h"

#include <limits.h>

#include "base/guess.h"
#include "base/num.h"

#define ASK_MIN   300 /* the numbers of failures */
#define ASK_MAX   699
#define ASK_ABOVE 600 /* what a number beyond them is taken for: the nearest class */

#define FAR    100 /* not near, but the text stands in the id; one more: in the title */
#define BEYOND UINT_MAX

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Whether a word of text begins with what is sought. */
static bool has_word(struct slice text, struct slice sought)
{
	for (size_t i = 0; i < text.n; i++)
		if ((i == 0 || !is_letter_or_digit(text.p[i - 1])) &&
		    slice_starts_nocase(slice_from(text, i), sought))
			return true;
	return false;
}

/* The number that a word of three was meant to be: "4o1" is 401. */
static bool was_number(struct slice word, uint32_t *ret_number)
{
	static const char letters[] = "oOlIiSsB", digits[] = "00111558";
	char typed[3];

	if (word.n != sizeof(typed) || word.p[0] < '0' || word.p[0] > '9')
		return false;
	for (size_t i = 0; i < sizeof(typed); i++) {
		const char *letter = memchr(letters, word.p[i], sizeof(letters) - 1);

		typed[i] = letter ? digits[letter - letters] : word.p[i];
	}
	return num_u32(slice_of(typed, sizeof(typed)), 999, ret_number) == 0;
}

uint16_t question_status_in(struct slice text)
{
	uint32_t status = 0, found;

	for (size_t i = 0; i < text.n;) {
		size_t end = i;

		while (end < text.n && is_letter_or_digit(text.p[end]))
			end++;
		if (was_number(slice_of(text.p + i, end - i), &found) && found >= ASK_MIN) {
			found = found > ASK_MAX ? ASK_ABOVE : found;
			if (status && status != found)
				return 0;
			status = found;
		}
		i = end + 1;
	}
	return (uint16_t)status;
}

/* How far a cause is from a text. name: the text as an id would be written. */
static unsigned distance(struct slice text, struct slice name, const struct explain_cause *cause)
{
	const struct slice title = slice_str(cause->title);
	const struct slice id = slice_str(cause->id);
	struct guess guess = guess_for(name);

	guess_offer(&guess, id);
	if (slice_present(guess.best))
		return guess.distance;
	if (text.n < 3)
		return BEYOND;
	if (has_word(id, name))
		return FAR;
	return has_word(title, text) ? FAR + 1 : BEYOND;
}

/* Text with the hyphens of an id for its blanks. Longer ones than an id come near to none. */
static struct slice as_id(struct slice text, char memory[GUESS_WORD_MAX])
{
	size_t n = text.n < GUESS_WORD_MAX ? text.n : GUESS_WORD_MAX;

	for (size_t i = 0; i < n; i++)
		memory[i] = text.p[i] == ' ' ? '-' : text.p[i];
	return slice_of(memory, n);
}

unsigned question_near(struct slice text, const struct explain_cause *ret_near[QUESTION_NEAR_MAX])
{
	char memory[GUESS_WORD_MAX];
	struct slice name;
	uint32_t status;
	unsigned distances[QUESTION_NEAR_MAX], count = 0;
	const struct explain_cause *cause;

	text = slice_trim(text);
	if (was_number(text, &status) && status >= 100 && status < ASK_MIN) {
		ret_near[0] = explain(&(struct reg_facts){ .status = (uint16_t)status });
		return 1;
	}
	name = as_id(text, memory);
	for (unsigned i = 0; (cause = explain_at(i)); i++) {
		unsigned mine = distance(text, name, cause), at = count;

		if (mine == BEYOND || (count == QUESTION_NEAR_MAX && mine >= distances[count - 1]))
			continue;
		if (count < QUESTION_NEAR_MAX)
			count++;
		else
			at--;
		for (; at > 0 && distances[at - 1] > mine; at--) {
			distances[at] = distances[at - 1];
			ret_near[at] = ret_near[at - 1];
		}
		distances[at] = mine;
		ret_near[at] = cause;
	}
	/* Beside a good guess a poor one is noise. */
	while (count && distances[count - 1] > distances[0] + 1)
		count--;
	return count;
}

/* Words and hyphens, as ids are. */
static bool is_words(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ' && text.p[i] != '-' &&
		    (!is_letter_or_digit(text.p[i]) || text.p[i] <= '9'))
			return false;
	return text.n > 0;
}

const struct explain_cause *question_nearest(struct slice text)
{
	const struct explain_cause *cause, *best = NULL;
	unsigned best_distance = UINT_MAX;
	char memory[GUESS_WORD_MAX];
	struct slice name;

	text = slice_trim(text);
	if (!is_words(text) || text.n > EXPLAIN_ID_MAX)
		return NULL;
	name = as_id(text, memory);
	for (unsigned i = 0; (cause = explain_at(i)); i++) {
		unsigned mine = guess_distance(name, slice_str(cause->id));

		if (mine < best_distance) {
			best_distance = mine;
			best = cause;
		}
	}
	return best;
}
