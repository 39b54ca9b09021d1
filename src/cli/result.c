/* cli/result.c: how it ended, in the words and keys that several commands share. */
#include "cli/result.h"

#include "cli/show_cause.h"
#include "sip/status.h"

void result_put_address(const struct account *account, struct buf *out)
{
	buf_str(out, "sip:");
	buf_str(out, account->aor.user);
	buf_char(out, '@');
	buf_str(out, account->aor.host);
}

void result_words(const struct account *account, const struct reg_facts *facts,
                  const struct net_addr *target, struct result_words *ret_words)
{
	struct buf status = buf_over(ret_words->status, sizeof(ret_words->status));
	struct buf min_expires = buf_over(ret_words->min_expires, sizeof(ret_words->min_expires));
	struct buf retry = buf_over(ret_words->retry_after, sizeof(ret_words->retry_after));
	struct buf address = buf_over(ret_words->address, sizeof(ret_words->address));
	struct buf asked = buf_over(ret_words->target, sizeof(ret_words->target));

	buf_u64(&status, reg_shown_status(facts));
	buf_u64(&min_expires, facts->min_expires_s);
	buf_u64(&retry, facts->retry_after_s);
	result_put_address(account, &address);
	if (target)
		net_addr_show(target, &asked);
	ret_words->words = (struct explain_words){
		.status = buf_slice(&status),
		.reason = facts->reason.n ? facts->reason
		                          : slice_str(sip_status_phrase(facts->status)),
		.server =
			slice_str(account->proxy_host[0] ? account->proxy_host : account->aor.host),
		.address = buf_slice(&address),
		.extension = slice_str(account->aor.user),
		.auth_user = slice_str(account->auth_user),
		.realm = facts->realm,
		.algorithm = slice_present(facts->algorithm) ? facts->algorithm : SLICE("MD5"),
		.min_expires = buf_slice(&min_expires),
		.retry_after = buf_slice(&retry),
		.hint = explain_hint(facts),
		.target = target ? buf_slice(&asked) : SLICE_NONE,
		.transport = facts->transport,
		.interface = facts->interface,
		.issuer = facts->issuer,
	};
}

/* Where text is cut: not in the middle of a character. */
static struct slice head_of(struct slice text)
{
	size_t n = RESULT_TEXT_MAX;

	for (unsigned i = 0; i < 3 && ((unsigned char)text.p[n] & 0xc0) == 0x80; i++)
		n--;
	return slice_of(text.p, n);
}

void result_json_text(struct json *json, const char *key, struct slice text)
{
	char memory[RESULT_TEXT_MAX + 4];
	struct buf cut = buf_over(memory, sizeof(memory));

	if (text.n <= RESULT_TEXT_MAX) {
		json_put_string(json, key, text);
		return;
	}
	buf_put(&cut, head_of(text));
	buf_str(&cut, "...");
	json_put_string(json, key, buf_slice(&cut));
}

void result_json_bool(struct json *json, const char *key, bool value)
{
	if (value)
		json_put_true(json, key);
	else
		json_put_false(json, key);
}

void result_json_reason(struct json *json, const struct reg_facts *facts)
{
	bool local = facts->status == 0;

	json_put_number(json, "status", reg_shown_status(facts));
	result_json_text(json, "reason", local ? SLICE("Network Timeout") : facts->reason);
	result_json_bool(json, "local", local);
	json_put_string(json, "local_reason",
	                local ? slice_str(reg_local_text(facts->local)) : SLICE_NONE);
}

void result_json_cause(struct json *json, const struct account *account,
                       const struct reg_facts *facts, const struct net_addr *target,
                       const struct explain_cause *cause)
{
	struct result_words words;

	if (!cause) {
		json_put_null(json, "cause");
		return;
	}
	result_words(account, facts, target, &words);
	json_open_object(json, "cause");
	show_cause_json(json, cause, &words.words);
	json_close_object(json);
}

int result_status(const struct reg_facts *facts)
{
	return facts->status ? CLI_FAILED : RESULT_NO_ANSWER;
}
