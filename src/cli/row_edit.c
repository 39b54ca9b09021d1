/* cli/row_edit.c: from options to members, by the keys of config/. */
#include "cli/row_edit.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/num.h"
#include "cli/client.h"
#include "cli/term.h"

#define NAME_MAX_BYTES 32
#define REMARK_BYTES   1100

/* "auth-user" is "auth_user" in JSON. */
static void name_member(const struct config_key *key, char ret_name[NAME_MAX_BYTES])
{
	snprintf(ret_name, NAME_MAX_BYTES, "%s", key->name);
	for (char *at = ret_name; *at; at++)
		if (*at == '-')
			*at = '_';
}

static json_t *value_of(const struct config_key *key, struct slice checked)
{
	uint32_t n = 0;

	if (key->type == CONFIG_YES_NO)
		return json_boolean(slice_equal(checked, SLICE("yes")));
	if (key->type != CONFIG_NUMBER)
		return json_stringn(checked.p, checked.n);
	num_u32(checked, UINT32_MAX, &n);
	return json_integer(n);
}

int row_edit_put_text(const struct cli_args *args, enum config_mapping mapping, const char *name,
                      const char *what, struct slice text, json_t *body)
{
	const struct config_key *key = config_key_find(mapping, slice_str(name));
	char member[NAME_MAX_BYTES], memory[CONFIG_VALUE_BYTES], why[512];
	struct buf checked = buf_over(memory, sizeof(memory));
	struct buf reterr = buf_over(why, sizeof(why));

	name_member(key, member);
	if (!text.n)
		return json_object_set_new(body, member, json_null()) ? -ENOMEM : CLI_OK;
	if (config_key_check(key, text, &checked, &reterr) < 0) {
		buf_end(&reterr);
		return cli_usage_error(args, "%s%s", what, why);
	}
	return json_object_set_new(body, member, value_of(key, buf_slice(&checked))) ? -ENOMEM
	                                                                             : CLI_OK;
}

int row_edit_put(const struct cli_args *args, enum config_mapping mapping, json_t *body)
{
	size_t count;
	const struct config_key *keys = config_keys(mapping, &count);
	int status = CLI_OK;

	for (size_t i = 0; !status && i < count; i++)
		if (keys[i].type != CONFIG_SECRET && cli_times(args, keys[i].name) &&
		    strcmp(keys[i].name, "password-file") != 0)
			status = row_edit_put_text(args, mapping, keys[i].name, "--",
			                           slice_str(cli_value(args, keys[i].name)), body);
	return status;
}

/* ---- passwords */

static int ask(const struct cli_args *args, const char *prompt, char *ret_text, size_t cap)
{
	int n = term_read_password(prompt, ret_text, cap);

	if (n == -ENXIO)
		return 0;
	if (n < 0)
		return cli_usage_error(args, "no password: %s", strerror(-n)), -1;
	return 1;
}

static int ask_terminal(const struct cli_args *args, const char *prompt, enum row_edit_asks asks,
                        struct account *account)
{
	char again[ACCOUNT_PASSWORD_MAX + 1];
	int asked = ask(args, prompt, account->password, sizeof(account->password));
	int status = asked < 0 ? CLI_USAGE : CLI_OK;

	if (asked <= 0)
		return status;
	if (asks == ROW_EDIT_TWICE) {
		asked = ask(args, "The same again: ", again, sizeof(again));
		if (asked <= 0)
			return CLI_USAGE;
		if (strcmp(again, account->password) != 0)
			status = cli_usage_error(args, "these were two different passwords");
		OPENSSL_cleanse(again, sizeof(again));
	}
	if (!status && !account->password[0])
		status = cli_usage_error(args, "the password is empty");
	account->has_password = !status;
	return status;
}

bool row_edit_password_is_given(const struct cli_args *args)
{
	return cli_value(args, "password-file") || getenv("LINEUP_PASSWORD");
}

int row_edit_password(const struct cli_args *args, const char *prompt, enum row_edit_asks asks,
                      struct account *ret_account)
{
	*ret_account = (struct account){ .has_password = false };
	if (row_edit_password_is_given(args))
		return account_read_password(args, ret_account);
	return ask_terminal(args, prompt, asks, ret_account);
}

int row_edit_put_password(const struct account *account, json_t *body)
{
	json_t *text = json_string(account->password);

	if (!text && strlen(account->password) > 0)
		return -EINVAL; /* JSON is UTF-8 */
	return json_object_set_new(body, "password", text) ? -ENOMEM : 0;
}

static void put_remarks(const struct cli_args *args, const json_t *answer)
{
	char memory[REMARK_BYTES];
	const json_t *remark;
	size_t i;

	json_array_foreach(json_object_get(answer, "remarks"), i, remark)
	{
		const char *text = json_string_value(remark);

		fprintf(args->err, "note: %s\n",
		        cli_shown(text ? text : "", memory, sizeof(memory)));
	}
}

int row_edit_send(struct client *client, const struct cli_args *args, const char *method,
                  const char *path, const json_t *body, json_t **ret_answer)
{
	json_t *answer = NULL;
	int status = client_put(client, method, path, body, &answer);

	if (status)
		return status;
	put_remarks(args, answer);
	if (ret_answer)
		*ret_answer = answer;
	else
		json_decref(answer);
	return CLI_OK;
}

void row_edit_wipe(json_t *body)
{
	client_wipe(body, "password");
}
