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

/* The realm; or, endlessly, one that was never there. */
static void write_realm(struct practice_visit *visit, struct buf *out)
{
	buf_put(out, visit->core->config.realm);
	if (!practice_fault_of(visit, PRACTICE_FAULT_ENDLESS))
		return;
	buf_char(out, ' ');
	buf_u64(out, ++visit->core->realms);
}

static void write_challenges(struct practice_visit *visit, bool stale)
{
	char memory[PRACTICE_NONCE_LEN + 1], realm_memory[DIGEST_REALM_MAX + 16];
	struct buf nonce = buf_over(memory, sizeof(memory)), *out = &visit->headers;
	struct buf realm = buf_over(realm_memory, sizeof(realm_memory));
	unsigned count;
	const enum digest_algorithm *algorithms =
		practice_algorithms(visit->core, visit->account, &count);

	practice_nonce_make(visit->core->nonces, visit->request->now_ms, &nonce);
	write_realm(visit, &realm);
	for (unsigned i = 0; i < count; i++) {
		buf_str(out, "WWW-Authenticate: Digest realm=");
		lex_quote(buf_slice(&realm), out);
		buf_str(out, ", nonce=\"");
		buf_put(out, buf_slice(&nonce));
		buf_str(out, "\", algorithm=");
		buf_str(out, digest_algorithm_name(algorithms[i], false));
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

static enum practice_step refuse(struct practice_visit *visit, const char *why)
{
	const struct practice_fault *ban = practice_fault_of(visit, PRACTICE_FAULT_BAN);

	if (ban)
		practice_bans_note(&visit->core->bans, &visit->request->from, (uint32_t)ban->n,
		                   ban->seconds, visit->request->now_ms);
	return challenge(visit, why);
}

/* Whose answer is right, and whose nonce is good, may still meet a fault. */
static enum practice_step find_fault(struct practice_visit *visit, uint32_t nc)
{
	if (practice_fault_of(visit, PRACTICE_FAULT_ALWAYS_STALE))
		return challenge_stale(visit, "right, but called stale");
	if (practice_fault_of(visit, PRACTICE_FAULT_NEW_NONCE) && nc > 1)
		return challenge(visit, "a nonce serves once");
	return PRACTICE_GO_ON;
}

static enum practice_step judge(struct practice_visit *visit,
                                const struct digest_credentials *credentials)
{
	/* Without qop (RFC 2069) there is no count: such a nonce is good for one request. */
	const uint32_t nc = credentials->qop == DIGEST_QOP_NONE ? 1 : credentials->nc;
	const struct practice_fault *life = practice_fault_of(visit, PRACTICE_FAULT_NONCE_LIFE);
	bool known;
	const struct practice_account *owner = find_owner(visit, credentials, &known);

	if (!owner || practice_fault_of(visit, PRACTICE_FAULT_WRONG_PASSWORD))
		return refuse(visit, known ? "wrong password" : "unknown auth user");
	switch (practice_nonce_use(visit->core->nonces, credentials->nonce, nc,
	                           life ? (uint32_t)life->n : visit->core->config.nonce_age_s,
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
	return find_fault(visit, nc);
}

enum practice_step practice_step_authenticate(struct practice_visit *visit)
{
	struct digest_credentials credentials;

	if (practice_fault_of(visit, PRACTICE_FAULT_ENDLESS))
		return challenge(visit, NULL);
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
