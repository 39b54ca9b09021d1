/* practice/auth.c: who is asking, and whether the extension is theirs (RFC 3261 10.3, steps 3 and
 * 4, and 22.4; RFC 7616; RFC 8760 2.3). */
#include "base/lex.h"
#include "practice/core.h"

#define NAME_MAX_BYTES 512 /* of a user, realm or nonce that can be one of ours */

/* Whether value, as it stood between quotes, stands for text. */
static bool stands_for(struct slice value, struct slice text)
{
	char memory[NAME_MAX_BYTES + 1];
	struct buf plain = buf_over(memory, sizeof(memory));

	lex_unquote(value, &plain);
	return !plain.full && slice_equal(buf_slice(&plain), text);
}

static void write_challenges(struct practice_visit *visit, bool stale)
{
	const struct practice_config *config = &visit->core->config;
	char memory[PRACTICE_NONCE_LEN + 1];
	struct buf nonce = buf_over(memory, sizeof(memory)), *out = &visit->headers;

	practice_nonce_make(visit->core->nonces, visit->request->now_ms, &nonce);
	for (unsigned i = 0; i < config->algorithm_count; i++) {
		buf_str(out, "WWW-Authenticate: Digest realm=");
		lex_quote(config->realm, out);
		buf_str(out, ", nonce=\"");
		buf_put(out, buf_slice(&nonce));
		buf_str(out, "\", algorithm=");
		buf_str(out, digest_algorithm_name(config->algorithms[i], false));
		buf_str(out, stale ? ", stale=true, qop=\"auth\"\r\n" : ", qop=\"auth\"\r\n");
	}
}

static enum practice_step challenge(struct practice_visit *visit, const char *why)
{
	write_challenges(visit, false);
	return practice_end(visit, 401, NULL, why);
}

static enum practice_step challenge_stale(struct practice_visit *visit, const char *why)
{
	write_challenges(visit, true);
	return practice_end(visit, 401, NULL, why);
}

enum found { FOUND, FOUND_NONE, FOUND_BROKEN };

/* The first Digest answer for our realm: a request may carry those for others, too. */
static enum found find_credentials(const struct practice_visit *visit,
                                   struct digest_credentials *ret_credentials)
{
	const char *at = NULL;
	struct slice value, scheme, rest;

	while (sip_header_next(&visit->msg, SIP_AUTHORIZATION, &at, &value)) {
		rest = value;
		if (!lex_token(&rest, &scheme) || !slice_equal_nocase(scheme, SLICE("Digest")))
			continue;
		if (digest_credentials_parse(value, ret_credentials) != PARSE_OK)
			return FOUND_BROKEN;
		if (stands_for(ret_credentials->realm, visit->core->config.realm))
			return FOUND;
	}
	return FOUND_NONE;
}

static bool verifies(const struct practice_visit *visit, const struct practice_account *account,
                     const struct digest_credentials *credentials)
{
	/* An algorithm that is not offered has no HA1, which verifies nothing. */
	return digest_verify(visit->core->digest, credentials,
	                     &account->ha1[credentials->algorithm], visit->msg.method,
	                     visit->msg.body);
}

/* The account whose name and password these are: the extension's own first, since several may share
 * an auth user. NULL: nobody's; *ret_known says whether the name is somebody's. */
static const struct practice_account *find_owner(const struct practice_visit *visit,
                                                 const struct digest_credentials *credentials,
                                                 bool *ret_known)
{
	char memory[NAME_MAX_BYTES + 1];
	struct buf name = buf_over(memory, sizeof(memory));
	const struct practice_account *account = visit->account;
	uint32_t at = 0;

	lex_unquote(credentials->user, &name);
	*ret_known = !name.full && slice_equal(account->auth_user, buf_slice(&name));
	if (*ret_known && verifies(visit, account, credentials))
		return account;
	while (!name.full &&
	       (account = practice_account_next(visit->core, buf_slice(&name), &at))) {
		*ret_known = true;
		if (verifies(visit, account, credentials))
			return account;
	}
	return NULL;
}

static enum practice_step judge(struct practice_visit *visit,
                                const struct digest_credentials *credentials)
{
	bool known;
	const struct practice_account *owner = find_owner(visit, credentials, &known);

	if (!owner)
		return challenge(visit, known ? "wrong password" : "unknown auth user");
	/* Without qop (RFC 2069) there is no count: such a nonce is good for one request. */
	switch (practice_nonce_use(visit->core->nonces, credentials->nonce,
	                           credentials->qop == DIGEST_QOP_NONE ? 1 : credentials->nc,
	                           visit->request->now_ms)) {
	case PRACTICE_NONCE_FOREIGN:
		return challenge_stale(visit, "its nonce is none of this run's");
	case PRACTICE_NONCE_OLD:
		return challenge_stale(visit, "its nonce is too old");
	case PRACTICE_NONCE_USED:
		return challenge_stale(visit, "its nonce count was used before");
	case PRACTICE_NONCE_GOOD:
		break;
	}
	if (owner != visit->account)
		return practice_end(visit, 403, NULL, "the auth user does not own this extension");
	return PRACTICE_GO_ON;
}

enum practice_step practice_step_authenticate(struct practice_visit *visit)
{
	struct digest_credentials credentials;

	switch (find_credentials(visit, &credentials)) {
	case FOUND_NONE:
		return challenge(visit, NULL);
	case FOUND_BROKEN:
		return practice_end(visit, 400, "Malformed Authorization", NULL);
	case FOUND:
		break;
	}
	return judge(visit, &credentials);
}
