/* digest/directive.c: reading lists of directives by the grammar of RFC 7235.
 *
 * What makes this delicate is that a comma separates both directives and whole challenges, so only
 * what follows the comma tells which begins: name, blanks, "=" is a directive, and a name without
 * that is the scheme of the next challenge. */
#include "digest/directive.h"

#include "base/lex.h"

#define DIRECTIVE_NAME(constant, name) [DIRECTIVE_##constant] = SLICE(name),
static const struct slice directive_names[DIRECTIVE_COUNT] = { DIGEST_DIRECTIVES(DIRECTIVE_NAME) };

static const struct {
	struct slice name;
	enum digest_algorithm algorithm;
	bool sess;
} algorithms[] = {
	{ SLICE("MD5"), DIGEST_MD5, false },
	{ SLICE("MD5-sess"), DIGEST_MD5, true },
	{ SLICE("SHA-256"), DIGEST_SHA_256, false },
	{ SLICE("SHA-256-sess"), DIGEST_SHA_256, true },
	{ SLICE("SHA-512-256"), DIGEST_SHA_512_256, false },
	{ SLICE("SHA-512-256-sess"), DIGEST_SHA_512_256, true },
};

#define ALGORITHM_COUNT (sizeof(algorithms) / sizeof(algorithms[0]))

bool digest_algorithm_read(struct slice name, enum digest_algorithm *ret_algorithm, bool *ret_sess)
{
	if (!slice_present(name))
		name = algorithms[0].name;
	for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
		if (!slice_equal_nocase(name, algorithms[i].name))
			continue;
		*ret_algorithm = algorithms[i].algorithm;
		*ret_sess = algorithms[i].sess;
		return true;
	}
	return false;
}

const char *digest_algorithm_name(enum digest_algorithm algorithm, bool sess)
{
	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		if (algorithms[i].algorithm == algorithm && algorithms[i].sess == sess)
			return algorithms[i].name.p;
	return "unknown";
}

static bool at_element_end(struct slice in)
{
	return in.n == 0 || in.p[0] == ',';
}

bool directive_take_scheme(struct slice *in, struct slice *ret_scheme)
{
	struct slice rest = *in, token;

	if (!lex_token(&rest, &token))
		return false;
	size_t before = rest.n;
	lex_blanks(&rest);
	bool apart = rest.n < before || at_element_end(rest);
	if (!apart || (rest.n && rest.p[0] == '='))
		return false;
	*in = rest;
	*ret_scheme = token;
	return true;
}

static bool is_token68(unsigned c)
{
	return (c | 0x20) - 'a' < 26 || c - '0' < 10 || (c && strchr("-._~+/", (int)c));
}

void directive_skip_token68(struct slice *in)
{
	size_t n = 0;

	while (n < in->n && is_token68((unsigned char)in->p[n]))
		n++;
	if (n == 0)
		return;
	while (n < in->n && in->p[n] == '=')
		n++;
	struct slice rest = slice_from(*in, n);
	lex_blanks(&rest);
	if (!at_element_end(rest))
		return;
	*in = rest;
}

/* Whether nothing in value is a control byte, a blank of HT included: so nearly every value is. */
static bool is_printable(struct slice value)
{
	unsigned others = 0;

	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		others |= (c < ' ') | (c == 0x7f);
	}
	return !others;
}

/* A fold is the only place for CR and LF, and HT counts as a blank; nothing else below SP may stand
 * in a value: it would go on into our own header, or into somebody's C string. */
static bool has_control(struct slice value)
{
	if (is_printable(value))
		return false;
	for (size_t i = 0; i < value.n; i++) {
		bool escaped = value.p[i] == '\\' && i + 1 < value.n;

		i += escaped;
		unsigned char c = (unsigned char)value.p[i];
		if (!escaped && c == '\r' && i + 2 < value.n && value.p[i + 1] == '\n' &&
		    (value.p[i + 2] == ' ' || value.p[i + 2] == '\t'))
			i += 2;
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

size_t directive_length_max(struct slice value)
{
	size_t n = 0;

	if (slice_find(value, '\\') == value.n && slice_find(value, '\n') == value.n)
		return value.n;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\\' && i + 1 < value.n)
			i++;
		else if (value.p[i] == '\r' || value.p[i] == '\n')
			continue;
		n++;
	}
	return n;
}

/* name, "=", value. An unquoted value may have more in it than a token has, since servers write
 * nonces so; what would read as a quote or an escape may not stand there. */
static bool take_pair(struct slice *in, struct slice *ret_name, struct slice *ret_value)
{
	bool quoted;

	if (!lex_param(in, ret_name, ret_value, &quoted) || !slice_present(*ret_value))
		return false;
	if (!quoted && (slice_find(*ret_value, '"') < ret_value->n ||
	                slice_find(*ret_value, '\\') < ret_value->n))
		return false;
	lex_blanks(in);
	return !has_control(*ret_value) && at_element_end(*in);
}

/* Moves to the comma that ends a broken element; past everything where a quote stays open. */
static void skip_element(struct slice *in)
{
	struct slice inside;

	while (!at_element_end(*in)) {
		if (in->p[0] != '"')
			*in = slice_from(*in, 1);
		else if (!lex_quoted(in, &inside))
			*in = slice_from(*in, in->n);
	}
}

/* False where the directive is a known one that stood before. */
static bool note(struct directives *list, struct slice name, struct slice value)
{
	for (int i = 0; i < DIRECTIVE_COUNT; i++) {
		if (name.n != directive_names[i].n || !slice_equal_nocase(name, directive_names[i]))
			continue;
		if (slice_present(list->value[i]))
			return false;
		list->value[i] = value;
		return true;
	}
	return true;
}

bool directives_take(struct slice *in, struct directives *ret_list)
{
	struct directives list = { 0 };
	bool good = true;

	for (;;) {
		struct slice look, name, value;

		lex_blanks(in);
		while (in->n && in->p[0] == ',') {
			*in = slice_from(*in, 1);
			lex_blanks(in);
		}
		look = *in;
		if (take_pair(&look, &name, &value)) {
			good = note(&list, name, value) && good;
			*in = look;
			continue;
		}
		look = *in;
		if (in->n == 0 || directive_take_scheme(&look, &name))
			break;
		good = false;
		skip_element(in);
	}
	if (good)
		*ret_list = list;
	return good;
}
