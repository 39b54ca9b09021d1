/* digest/session.c: the challenge that is answered next, and how often it was. */
#include "digest/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

int digest_session_take(struct digest_session *session, const struct digest_challenge *challenge)
{
	bool same_realm = session->kept && digest_same_realm(session->kept, challenge);
	bool same_nonce = same_realm && digest_same_nonce(session->kept, challenge);
	int r;

	if (!same_realm || session->ha1_algorithm != challenge->algorithm)
		session->ha1_algorithm = DIGEST_UNKNOWN;
	r = digest_keep(challenge, &session->kept);
	if (r < 0)
		return r;
	if (!same_nonce)
		session->nc = 0;
	session->answers = same_realm ? (uint8_t)(session->answers + 1) : 1;
	return 0;
}

void digest_session_ha1(const struct digest_session *session, struct digest_ha1 *ret_ha1)
{
	ret_ha1->algorithm = session->ha1_algorithm;
	hex_write(ret_ha1->hex, session->ha1, sizeof(session->ha1));
}

static void keep_ha1(struct digest_session *session, const struct digest_ha1 *ha1)
{
	for (size_t i = 0; i < sizeof(session->ha1); i += 4) {
		uint32_t word = 0;

		/* What a shorter hash has no digits for is 0. */
		hex_read8(ha1->hex + 2 * i, &word);
		word = htobe32(word);
		memcpy(session->ha1 + i, &word, sizeof(word));
	}
	session->ha1_algorithm = ha1->algorithm;
}

/* The HA1 of the session, worked out where it is not known yet. */
static int find_ha1(struct digest *digest, struct digest_session *session, struct slice user,
                    struct slice password, struct digest_ha1 *ret_ha1)
{
	int r;

	if (session->ha1_algorithm != DIGEST_UNKNOWN) {
		digest_session_ha1(session, ret_ha1);
		return 0;
	}
	r = digest_ha1(digest, session->kept->algorithm, user, digest_kept_realm(session->kept),
	               password, ret_ha1);
	if (r == 0)
		keep_ha1(session, ret_ha1);
	return r;
}

int digest_session_answer(struct digest *digest, struct digest_session *session,
                          const struct digest_request *request, struct slice password,
                          struct buf *out)
{
	struct digest_request next = *request;
	struct digest_ha1 ha1;
	int r;

	next.nc = session->nc + 1;
	r = find_ha1(digest, session, next.user, password, &ha1);
	if (r == 0)
		r = digest_answer(digest, session->kept, &ha1, &next, out);
	explicit_bzero(&ha1, sizeof(ha1));
	if (r < 0)
		return r;
	session->nc++;
	return 0;
}

bool digest_session_disproved(struct digest *digest, const struct digest_session *session,
                              const struct digest_request *request, struct slice info)
{
	struct digest_request answered = *request;
	struct digest_info read;
	char right[DIGEST_HEX_MAX];
	struct digest_ha1 ha1;
	int r;

	if (!slice_present(info) || !session->nc || digest_info_parse(info, &read) != PARSE_OK ||
	    !slice_present(read.rspauth))
		return false;
	answered.nc = session->nc;
	digest_session_ha1(session, &ha1);
	r = digest_rspauth(digest, session->kept, &ha1, &answered, right);
	explicit_bzero(&ha1, sizeof(ha1));
	if (r < 0)
		return false;
	return !slice_equal_nocase(read.rspauth, slice_of(right, strnlen(right, sizeof(right))));
}

void digest_session_done(struct digest_session *session)
{
	free(session->kept);
	explicit_bzero(session, sizeof(*session));
}
