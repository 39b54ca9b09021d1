/* digest/challenge.c: reading challenges, and keeping one beyond the message that brought it. */
#include <errno.h>
#include <stdlib.h>

#include "base/lex.h"
#include "digest/directive.h"

/* Blanks separate here as well as commas do: servers write "auth auth-int", too. */
static enum digest_qop qop_best(struct slice list)
{
	enum digest_qop best = DIGEST_QOP_NONE;

	for (size_t at = 0; at < list.n;) {
		size_t n = 0;

		while (at + n < list.n && !strchr(", \t\r\n", list.p[at + n]))
			n++;
		struct slice name = slice_of(list.p + at, n);
		at += n + 1;
		if (slice_equal_nocase(name, SLICE("auth")))
			return DIGEST_QOP_AUTH;
		if (slice_equal_nocase(name, SLICE("auth-int")))
			best = DIGEST_QOP_AUTH_INT;
		else if (n && best == DIGEST_QOP_NONE)
			best = DIGEST_QOP_UNKNOWN;
	}
	return best;
}

static bool is_above(struct slice value, size_t max)
{
	return value.n > max && directive_length_max(value) > max;
}

static bool too_long(const struct digest_challenge *challenge)
{
	return is_above(challenge->realm, DIGEST_REALM_MAX) ||
	       is_above(challenge->nonce, DIGEST_TEXT_MAX) ||
	       is_above(challenge->opaque, DIGEST_TEXT_MAX);
}

static enum digest_verdict judge(const struct directives *list,
                                 struct digest_challenge *ret_challenge)
{
	const struct slice *value = list->value;
	struct digest_challenge challenge = {
		.realm = value[DIRECTIVE_REALM],
		.nonce = value[DIRECTIVE_NONCE],
		.opaque = value[DIRECTIVE_OPAQUE],
		.stale = slice_equal_nocase(value[DIRECTIVE_STALE], SLICE("true")),
		.qop = qop_best(value[DIRECTIVE_QOP]),
		.algorithm_text = value[DIRECTIVE_ALGORITHM],
	};

	if (!slice_present(challenge.realm) || !slice_present(challenge.nonce))
		return DIGEST_MALFORMED;
	if (too_long(&challenge))
		return DIGEST_TOO_LONG;
	bool known = digest_algorithm_read(challenge.algorithm_text, &challenge.algorithm,
	                                   &challenge.sess);
	*ret_challenge = challenge;
	if (!known)
		return DIGEST_NO_ALGORITHM;
	return challenge.qop == DIGEST_QOP_UNKNOWN ? DIGEST_NO_QOP : DIGEST_USABLE;
}

bool digest_challenge_next(struct slice *in, enum digest_verdict *ret_verdict,
                           struct slice *ret_scheme, struct digest_challenge *ret_challenge)
{
	struct directives list;
	struct slice scheme;

	while (lex_char(in, ','))
		;
	lex_blanks(in);
	if (in->n == 0)
		return false;
	/* Directives that no scheme leads are a challenge without a name. */
	bool named = directive_take_scheme(in, &scheme);
	if (named)
		directive_skip_token68(in);
	else
		scheme = slice_of(in->p, 0);
	bool good = directives_take(in, &list);
	if (!named)
		*ret_verdict = DIGEST_MALFORMED;
	else if (!slice_equal_nocase(scheme, SLICE("Digest")))
		*ret_verdict = DIGEST_NOT_DIGEST;
	else
		*ret_verdict = good ? judge(&list, ret_challenge) : DIGEST_MALFORMED;
	*ret_scheme = scheme;
	return true;
}

struct slice digest_kept_realm(const struct digest_kept *kept)
{
	return slice_of(kept->text, kept->realm_n);
}

struct slice digest_kept_nonce(const struct digest_kept *kept)
{
	return slice_of(kept->text + kept->realm_n, kept->nonce_n);
}

struct slice digest_kept_opaque(const struct digest_kept *kept)
{
	if (kept->opaque_n == UINT16_MAX)
		return SLICE_NONE;
	return slice_of(kept->text + kept->realm_n + kept->nonce_n, kept->opaque_n);
}

/* Appends a value with its escapes resolved, and returns how many bytes that gave. */
static uint16_t append_unquoted(struct buf *text, struct slice value)
{
	size_t before = text->n;

	lex_unquote(value, text);
	return (uint16_t)(text->n - before);
}

int digest_keep(const struct digest_challenge *challenge, struct digest_kept **kept)
{
	size_t cap = directive_length_max(challenge->realm) +
	             directive_length_max(challenge->nonce) +
	             directive_length_max(challenge->opaque) + 1;
	struct digest_kept *made = malloc(sizeof(*made) + cap);

	if (!made)
		return -ENOMEM;
	struct buf text = buf_over(made->text, cap);
	*made = (struct digest_kept){
		.algorithm = challenge->algorithm,
		.sess = challenge->sess,
		.algorithm_named = slice_present(challenge->algorithm_text),
		.qop = challenge->qop,
	};
	made->realm_n = append_unquoted(&text, challenge->realm);
	made->nonce_n = append_unquoted(&text, challenge->nonce);
	made->opaque_n = slice_present(challenge->opaque)
	                         ? append_unquoted(&text, challenge->opaque)
	                         : UINT16_MAX;
	free(*kept);
	*kept = made;
	return 0;
}

int digest_keep_nonce(struct slice nonce, struct digest_kept **kept)
{
	const struct digest_kept *old = *kept;
	struct slice realm = digest_kept_realm(old), opaque = digest_kept_opaque(old);
	size_t nonce_max = directive_length_max(nonce), cap = realm.n + nonce_max + opaque.n + 1;

	if (nonce_max > DIGEST_TEXT_MAX)
		return -EMSGSIZE;
	struct digest_kept *made = malloc(sizeof(*made) + cap);
	if (!made)
		return -ENOMEM;
	*made = *old;
	struct buf text = buf_over(made->text, cap);
	buf_put(&text, realm);
	made->nonce_n = append_unquoted(&text, nonce);
	buf_put(&text, opaque);
	free(*kept);
	*kept = made;
	return 0;
}

/* Whether value, once unquoted, is text. */
static bool stands_for(struct slice value, struct slice text)
{
	char memory[DIGEST_TEXT_MAX + 1];
	struct buf plain = buf_over(memory, sizeof(memory));

	if (directive_length_max(value) > DIGEST_TEXT_MAX)
		return false;
	lex_unquote(value, &plain);
	return slice_equal(buf_slice(&plain), text);
}

bool digest_same_realm(const struct digest_kept *kept, const struct digest_challenge *challenge)
{
	return stands_for(challenge->realm, digest_kept_realm(kept));
}

bool digest_same_nonce(const struct digest_kept *kept, const struct digest_challenge *challenge)
{
	return stands_for(challenge->nonce, digest_kept_nonce(kept));
}
