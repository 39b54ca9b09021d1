/* cli/result.h: how it ended, for the commands that ask a server: the words for a cause, the
 * members of a result that programs read, the exit status. */
#ifndef LINEUP_CLI_RESULT_H
#define LINEUP_CLI_RESULT_H

#include "base/json.h"
#include "cli/account.h"
#include "explain/explain.h"

#define RESULT_NO_ANSWER 3    /* exit status: no usable answer came */
#define RESULT_TEXT_MAX  1024 /* bytes of a server's text that result_json_text() puts */

/* The words for a cause's text. They borrow from account, facts, and this struct. */
struct result_words {
	struct explain_words words;
	char status[8], min_expires[16], retry_after[16];
	char address[SIP_USER_MAX + SIP_HOST_MAX + 8], target[NET_ADDR_TEXT_MAX];
};
/* target: the address that was asked; NULL: none was. */
void result_words(const struct account *account, const struct reg_facts *facts,
                  const struct net_addr *target, struct result_words *ret_words);

/* "sip:1001@pbx.example" */
void result_put_address(const struct account *account, struct buf *out);

/* Puts what a server wrote: RESULT_TEXT_MAX bytes of it at the most, and "..." where there were
 * more. In JSON it takes six times as many bytes at the most. */
void result_json_text(struct json *json, const char *key, struct slice text);

void result_json_bool(struct json *json, const char *key, bool value);

/* The members status, reason, local (no server's answer decided) and local_reason. */
void result_json_reason(struct json *json, const struct reg_facts *facts);

/* The member cause: an object, that of the facts; null where it is NULL. */
void result_json_cause(struct json *json, const struct account *account,
                       const struct reg_facts *facts, const struct net_addr *target,
                       const struct explain_cause *cause);

/* Of what was no success: CLI_FAILED where a server's answer says no, else RESULT_NO_ANSWER. */
int result_status(const struct reg_facts *facts);

#endif
