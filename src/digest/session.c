/* digest/session.c: the challenge that is answered next, and how often it was. */
#include "digest/session.h"

#include <stdlib.h>
#include <string.h>

int digest_session_take(struct digest_session *session, const struct digest_challenge *challenge)
{
	bool same_realm = session->kept && digest_same_realm(session->kept, challenge);
	bool same_nonce = same_realm && digest_same_nonce(session->kept, challenge);
	int r;

	if (!same_realm || session->ha1.algorithm != challenge->algorithm)
		session->ha1.algorithm = DIGEST_UNKNOWN;
	r = digest_keep(challenge, &session->kept);
	if (r < 0)
		return r;
	if (!same_nonce)
		session->nc = 0;
	session->answers = same_realm ? (uint8_t)(session->answers + 1) : 1;
	return 0;
}

int digest_session_answer(struct digest *digest, struct digest_session *session,
                          const struct digest_request *request, struct slice password,
                          struct buf *out)
{
	struct digest_request next = *request;
	int r;

	next.nc = session->nc + 1;
	if (session->ha1.algorithm == DIGEST_UNKNOWN) {
		r = digest_ha1(digest, session->kept->algorithm, next.user,
		               digest_kept_realm(session->kept), password, &session->ha1);
		if (r < 0)
			return r;
	}
	r = digest_answer(digest, session->kept, &session->ha1, &next, out);
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

	if (!slice_present(info) || !session->nc || digest_info_parse(info, &read) != PARSE_OK ||
	    !slice_present(read.rspauth))
		return false;
	answered.nc = session->nc;
	if (digest_rspauth(digest, session->kept, &session->ha1, &answered, right) < 0)
		return false;
	return !slice_equal_nocase(read.rspauth, slice_of(right, strnlen(right, sizeof(right))));
}

void digest_session_done(struct digest_session *session)
{
	free(session->kept);
	explicit_bzero(session, sizeof(*session));
}
