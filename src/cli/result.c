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
                  struct result_words *ret_words)
{
	struct buf status = buf_over(ret_words->status, sizeof(ret_words->status));
	struct buf min_expires = buf_over(ret_words->min_expires, sizeof(ret_words->min_expires));
	struct buf retry = buf_over(ret_words->retry_after, sizeof(ret_words->retry_after));
	struct buf address = buf_over(ret_words->address, sizeof(ret_words->address));

	buf_u64(&status, reg_shown_status(facts));
	buf_u64(&min_expires, facts->min_expires_s);
	buf_u64(&retry, facts->retry_after_s);
	result_put_address(account, &address);
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
	};
}

void result_json_reason(struct json *json, const struct reg_facts *facts)
{
	json_put_number(json, "status", reg_shown_status(facts));
	json_put_string(json, "reason", facts->status ? facts->reason : SLICE("Network Timeout"));
	if (facts->status)
		return;
	json_put_true(json, "local");
	json_put_string(json, "local_reason", slice_str(reg_local_text(facts->local)));
}

void result_json_cause(struct json *json, const struct account *account,
                       const struct reg_facts *facts)
{
	struct result_words words;

	result_words(account, facts, &words);
	json_open_object(json, "cause");
	show_cause_json(json, explain(facts), &words.words);
	json_close_object(json);
}

int result_status(const struct reg_facts *facts)
{
	return facts->status ? CLI_FAILED : RESULT_NO_ANSWER;
}
