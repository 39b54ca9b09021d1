/* cli/logins.c: `lineup login ...`: who may log in at the page and the API. */
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/place.h"
#include "cli/row_edit.h"

#define NAME_BYTES 1100
#define PATH_BYTES 96

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was done" },
	{ CLI_FAILED, "there is no such login, or the daemon refused it" },
	CLIENT_EXIT,
	{ 0 },
};

static int read_logins(struct client *client, json_t **ret_answer)
{
	return client_get(client, "/api/v1/logins", ret_answer);
}

/* ---- add */

/* The first one has to let the others in. */
static int choose_role(struct client *client, const struct cli_args *args, const char **ret_role)
{
	const char *given = cli_value(args, "role");
	json_t *answer = NULL;
	int status = given ? CLI_OK : read_logins(client, &answer);

	if (status)
		return status;
	*ret_role = given                                                     ? given
	            : json_array_size(json_object_get(answer, "logins")) == 0 ? "admin"
	                                                                      : "viewer";
	json_decref(answer);
	return CLI_OK;
}

static int ask_password(const struct cli_args *args, json_t *body)
{
	struct account account;
	int status = row_edit_password(args, "Password of the login: ", ROW_EDIT_TWICE, &account);

	if (!status && !account.has_password)
		status = cli_usage_error(args, "there is no terminal to ask for the password on; "
		                               "use --password-file");
	if (!status)
		status = row_edit_put_password(&account, body);
	OPENSSL_cleanse(&account, sizeof(account));
	if (status == -EINVAL)
		return cli_usage_error(args, "the password is no UTF-8");
	return status;
}

static int run_add(const struct cli_args *args)
{
	char memory[NAME_BYTES];
	const char *role = NULL;
	struct client *client = NULL;
	bool is_given = row_edit_password_is_given(args);
	json_t *body = json_pack("{s:s}", "name", args->operands[0]);
	int status = body ? CLI_OK : cli_usage_error(args, "the name is no UTF-8");

	if (!status && is_given)
		status = ask_password(args, body);
	if (!status)
		status = client_open(args, &client);
	if (!status)
		status = choose_role(client, args, &role);
	if (!status && json_object_set_new(body, "role", json_string(role)))
		status = -ENOMEM;
	if (!status && !is_given)
		status = ask_password(args, body);
	if (!status)
		status = client_put(client, "POST", "/api/v1/logins", body, NULL);
	if (!status)
		fprintf(args->out, "%s can log in now, as %s.\n",
		        cli_shown(args->operands[0], memory, sizeof(memory)), role);
	row_edit_wipe(body);
	json_decref(body);
	client_close(client);
	return status;
}

static const struct cli_option add_options[] = {
	PLACE_OPTION,
	{ 'r', "role", "ROLE", NULL, "viewer operator admin",
	  "what the login may do; otherwise admin for the first one, viewer for others" },
	ROW_EDIT_PASSWORD_OPTION,
	{ 0 },
};

static const struct cli_example add_examples[] = {
	{ "lineup login add anna", "Asks for her password." },
	{ "lineup login add desk --role operator -p pw/desk", "For a program." },
	{ 0 },
};

const struct cli_command cli_login_add = {
	.name = "login add",
	.operands = "NAME",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "lets somebody log in",
	.description =
		"Makes a login for the page and the API. A viewer sees everything but settings of "
		"access, an operator also registers lines and takes them down, an admin also "
		"changes settings. The command line itself needs no login: it talks to the daemon "
		"as the user that the daemon runs as.",
	.options = add_options,
	.exits = exits,
	.examples = add_examples,
	.secrecy = CLI_SECRET,
	.run = run_add,
};

/* ---- rm */

static int find(struct client *client, const struct cli_args *args, int64_t *ret_id)
{
	char memory[NAME_BYTES];
	json_t *answer = NULL;
	const json_t *login;
	size_t i;
	int64_t id = 0;
	int status = read_logins(client, &answer);

	if (status)
		return status;
	json_array_foreach(json_object_get(answer, "logins"), i,
	                   login) if (strcmp(client_text(login, "name"), args->operands[0]) == 0)
		id = client_number(login, "id");
	json_decref(answer);
	if (!id)
		return cli_fail(args, "there is no login \"%s\"",
		                cli_shown(args->operands[0], memory, sizeof(memory)));
	*ret_id = id;
	return CLI_OK;
}

static int run_rm(const struct cli_args *args)
{
	char path[PATH_BYTES], memory[NAME_BYTES];
	struct client *client = NULL;
	int64_t id = 0;
	int status = client_open(args, &client);

	if (!status)
		status = find(client, args, &id);
	if (!status) {
		const struct client_call call = { .method = "DELETE", .path = path };

		snprintf(path, sizeof(path), "/api/v1/logins/%lld", (long long)id);
		status = client_ask(client, &call, NULL);
	}
	if (!status)
		fprintf(args->out, "%s cannot log in any more.\n",
		        cli_shown(args->operands[0], memory, sizeof(memory)));
	client_close(client);
	return status;
}

static const struct cli_option plain_options[] = { PLACE_OPTION, { 0 } };

const struct cli_command cli_login_rm = {
	.name = "login rm",
	.operands = "NAME",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "removes a login with its sessions and tokens",
	.description = "Removes a login. Whoever is logged in by it is so no more.",
	.options = plain_options,
	.exits = exits,
	.run = run_rm,
};

/* ---- list */

static int run_list(const struct cli_args *args)
{
	char memory[NAME_BYTES];
	struct client *client = NULL;
	json_t *answer = NULL;
	const json_t *login;
	size_t i;
	int status = client_open(args, &client);

	if (!status)
		status = read_logins(client, &answer);
	if (!status)
		json_array_foreach(json_object_get(answer, "logins"), i, login)
			fprintf(args->out, "%-8s  %s\n", client_text(login, "role"),
		                cli_shown(client_text(login, "name"), memory, sizeof(memory)));
	json_decref(answer);
	client_close(client);
	return status;
}

const struct cli_command cli_login_list = {
	.name = "login list",
	.brief = "lists who may log in, and as what",
	.description = "Lists the logins with their roles.",
	.options = plain_options,
	.exits = exits,
	.run = run_list,
};
