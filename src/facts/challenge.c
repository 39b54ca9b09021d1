/* facts/challenge.c: of all challenges of a response the one to answer. */
#include "base/lex.h"
#include "facts/facts.h"

/* Of challenges none of which can be answered the one nearest to it is told of. */
static unsigned nearness(enum reg_auth auth)
{
	static const uint8_t rank[REG_AUTH_COUNT] = {
		[REG_AUTH_NO_CHALLENGE] = 1,  [REG_AUTH_NOT_DIGEST] = 2, [REG_AUTH_MALFORMED] = 3,
		[REG_AUTH_TOO_LONG] = 4,      [REG_AUTH_QOP] = 5,        [REG_AUTH_ALGORITHM] = 6,
		[REG_AUTH_FOREIGN_REALM] = 7, [REG_AUTH_ASKED] = 8,
	};

	return rank[auth];
}

static enum reg_auth auth_of(enum digest_verdict verdict)
{
	switch (verdict) {
	case DIGEST_USABLE:
		return REG_AUTH_ASKED;
	case DIGEST_NOT_DIGEST:
		return REG_AUTH_NOT_DIGEST;
	case DIGEST_MALFORMED:
		return REG_AUTH_MALFORMED;
	case DIGEST_NO_ALGORITHM:
		return REG_AUTH_ALGORITHM;
	case DIGEST_NO_QOP:
		return REG_AUTH_QOP;
	case DIGEST_TOO_LONG:
		return REG_AUTH_TOO_LONG;
	}
	return REG_AUTH_MALFORMED;
}

static bool realm_allowed(struct slice only, const struct digest_challenge *challenge)
{
	char text[DIGEST_REALM_MAX + 1];
	struct buf realm = buf_over(text, sizeof(text));

	if (!slice_present(only))
		return true;
	lex_unquote(challenge->realm, &realm);
	return !realm.full && slice_equal(buf_slice(&realm), only);
}

enum reg_auth facts_pick_challenge(const struct sip_msg *msg, enum sip_header header,
                                   struct slice realm, struct digest_challenge *ret_challenge)
{
	enum reg_auth best = REG_AUTH_NO_CHALLENGE;
	const char *at = NULL;
	struct slice value;
	unsigned read = 0;

	*ret_challenge = (struct digest_challenge){ 0 };
	while (read < FACTS_CHALLENGES_MAX && sip_header_next(msg, header, &at, &value)) {
		enum digest_verdict verdict;
		struct digest_challenge challenge = { 0 };
		struct slice scheme;

		while (read++ < FACTS_CHALLENGES_MAX &&
		       digest_challenge_next(&value, &verdict, &scheme, &challenge)) {
			enum reg_auth found = auth_of(verdict);

			if (found == REG_AUTH_ASKED && !realm_allowed(realm, &challenge))
				found = REG_AUTH_FOREIGN_REALM;
			if (nearness(found) < nearness(best) ||
			    (found == best && !digest_better(&challenge, ret_challenge)))
				continue;
			best = found;
			*ret_challenge = challenge;
		}
	}
	return best;
}
