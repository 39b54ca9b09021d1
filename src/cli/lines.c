/* cli/lines.c: `lineup line ...`: one line added, changed, removed, tried, taken down, shown. */
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/line_show.h"
#include "cli/place.h"
#include "cli/print_json.h"
#include "cli/row_edit.h"

#define NAME_BYTES 1100 /* of a name, made printable */
#define PATH_BYTES 96

/* Each is called like its key in studio.yaml. */
#define LINE_OPTIONS \
	{ 'n', "name", "NAME", NULL, NULL, "what the line is called" }, \
		{ 'u',  "auth-user", "USER", \
		  NULL, NULL,        "the name for the login, where it is not the extension" }, \
		{ 'r',  "register", "YES-OR-NO", \
		  NULL, "yes no",   "whether the line is kept registered" }, \
		{ 0,      "calls", \
		  "WHAT", NULL, \
		  NULL,   "what calls to it get: unavailable, busy, or a SIP URI to send them on to" }, \
	{ \
		0, "contact", "URI", NULL, NULL, \
			"where calls shall go, where not to the daemon: a SIP URI" \
	}

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was done" },
	{ CLI_FAILED, "there is no such line, or the daemon refused it" },
	CLIENT_EXIT,
	{ 0 },
};

/* ---- add */

struct place_of_line {
	char studio[1024];
	uint32_t number; /* 0: the next one */
	int64_t id;      /* of the studio; 0: there is none yet */
};

/* "Studio 1/3" is line 3 of a studio, unless a studio is called so. */
static int read_place(struct client *client, const struct cli_args *args,
                      struct place_of_line *ret_place)
{
	struct slice text = slice_str(args->operands[0]), studio;
	struct buf name = buf_over(ret_place->studio, sizeof(ret_place->studio));
	uint32_t number;
	int status = find_studio_or_none(client, args->operands[0], &ret_place->id);
	bool split = !ret_place->id && find_split(text, &studio, &number);

	if (status)
		return status;
	buf_put(&name, split ? studio : text);
	if (buf_end(&name) || !name.n)
		return cli_usage_error(args, "the studio's name is %s",
		                       name.n ? "too long" : "empty");
	ret_place->number = split ? number : 0;
	return split ? find_studio_or_none(client, ret_place->studio, &ret_place->id) : CLI_OK;
}

/* "1003@pbx.example", or an extension of the default server. */
static int read_extension(const struct cli_args *args, json_t *body)
{
	const char *text = args->operands[1];
	const char *at;
	int status;

	if (strncasecmp(text, "sip:", 4) == 0)
		text += 4;
	at = strrchr(text, '@');
	if (at && !at[1])
		return cli_usage_error(args, "the server behind \"@\" is empty");
	status = row_edit_put_text(args, CONFIG_LINES, "extension", "",
	                           slice_of(text, at ? (size_t)(at - text) : strlen(text)), body);
	if (!status && at)
		status = row_edit_put_text(args, CONFIG_LINES, "server", "", slice_str(at + 1),
		                           body);
	return status;
}

/* Asked for, unless the line shall have none. Nobody to ask: it has none. */
static int add_password(const struct cli_args *args, const char *prompt, json_t *body)
{
	struct account account;
	int status;

	if (cli_times(args, "no-password"))
		return json_object_set_new(body, "password", json_null()) ? -ENOMEM : CLI_OK;
	status = row_edit_password(args, prompt, ROW_EDIT_ONCE, &account);
	if (!status && account.has_password)
		status = row_edit_put_password(&account, body);
	OPENSSL_cleanse(&account, sizeof(account));
	if (status == -EINVAL)
		return cli_usage_error(args, "the password is no UTF-8");
	return status;
}

static int make_studio(struct client *client, const char *name, int64_t *ret_id)
{
	json_t *body = json_pack("{s:s}", "name", name), *answer = NULL;
	int status = body ? client_put(client, "POST", "/api/v1/studios", body, &answer) : -ENOMEM;

	if (!status)
		*ret_id = client_number(answer, "id");
	json_decref(answer);
	json_decref(body);
	return status;
}

static void remove_studio(struct client *client, int64_t id)
{
	char path[PATH_BYTES];
	struct client_answer answer = { .json = NULL };

	snprintf(path, sizeof(path), "/api/v1/studios/%lld", (long long)id);
	const struct client_call call = { .method = "DELETE", .path = path };

	/* It was made for a line that could not be; why that is has been said. */
	if (client_send(client, &call, &answer) == CLI_OK)
		client_answer_done(&answer);
}

static int create(struct client *client, const struct cli_args *args, struct place_of_line *place,
                  json_t *body)
{
	char memory[NAME_BYTES];
	const char *studio = cli_shown(place->studio, memory, sizeof(memory));
	bool is_new = !place->id;
	json_t *answer = NULL;
	int status = is_new ? make_studio(client, place->studio, &place->id) : CLI_OK;

	if (status)
		return status;
	if (json_object_set_new(body, "studio", json_integer(place->id)) ||
	    (place->number && json_object_set_new(body, "number", json_integer(place->number))))
		status = -ENOMEM;
	if (!status)
		status = row_edit_send(client, args, "POST", "/api/v1/lines", body, &answer);
	if (status && is_new)
		remove_studio(client, place->id);
	if (!status && is_new)
		fprintf(args->out, "Made the studio \"%s\".\n", studio);
	if (!status)
		fprintf(args->out, "Added %s/%lld.\n", studio,
		        (long long)client_number(answer, "number"));
	json_decref(answer);
	return status;
}

static int run_add(const struct cli_args *args)
{
	char prompt[NAME_BYTES + 64], memory[NAME_BYTES];
	struct place_of_line place = { .number = 0 };
	struct client *client = NULL;
	bool is_given = row_edit_password_is_given(args);
	json_t *body = json_object();
	int status = body ? read_extension(args, body) : -ENOMEM;

	snprintf(prompt, sizeof(prompt),
	         "Auth Password for %s: ", cli_shown(args->operands[1], memory, sizeof(memory)));
	if (!status)
		status = row_edit_put(args, CONFIG_LINES, body);
	if (!status && is_given)
		status = add_password(args, prompt, body);
	if (!status)
		status = client_open(args, &client);
	if (!status)
		status = read_place(client, args, &place);
	if (!status && !is_given)
		status = add_password(args, prompt, body);
	if (!status)
		status = create(client, args, &place, body);
	row_edit_wipe(body);
	json_decref(body);
	client_close(client);
	return status;
}

static const struct cli_option add_options[] = {
	PLACE_OPTION,
	LINE_OPTIONS,
	ROW_EDIT_PASSWORD_OPTION,
	{ 0, "no-password", NULL, NULL, NULL, "the line has no password: its server wants none" },
	{ 0 },
};

static const struct cli_example add_examples[] = {
	{ "lineup line add \"Studio 1\" 1003@pbx.example", "Asks for the password, and registers "
	                                                   "the line." },
	{ "lineup line add \"Studio 1/8\" 1008 --name Traffic -p pw/1008",
	  "As line 8, at the default server." },
	{ 0 },
};

const struct cli_command cli_line_add = {
	.name = "line add",
	.operands = "STUDIO[/NUMBER] EXTENSION[@SERVER]",
	.operands_min = 2,
	.operands_max = 2,
	.brief = "adds a line, which is registered at once",
	.description =
		"Adds a line to a studio, behind its last one or with the number that is named. "
		"SERVER is the name or the address of a server, and one that is new gets an entry "
		"of its own; without it the line is one of the default server. A studio that is "
		"not there yet is made.",
	.options = add_options,
	.exits = exits,
	.examples = add_examples,
	.secrecy = CLI_SECRET,
	.run = run_add,
};

/* ---- what the others have in common: one line, by its name */

static int open_line(const struct cli_args *args, struct client **ret_client, int64_t *ret_id)
{
	int status = client_open(args, ret_client);

	return status ? status : find_line(*ret_client, args, args->operands[0], ret_id);
}

static void path_of(int64_t id, const char *behind, char ret_path[PATH_BYTES])
{
	snprintf(ret_path, PATH_BYTES, "/api/v1/lines/%lld%s", (long long)id, behind);
}

/* A call about the line that needs no more than its path. */
static int act(const struct cli_args *args, const char *method, const char *behind,
               const char *said)
{
	char path[PATH_BYTES], memory[NAME_BYTES];
	struct client *client = NULL;
	int64_t id;
	int status = open_line(args, &client, &id);

	if (!status) {
		const struct client_call call = { .method = method, .path = path };

		path_of(id, behind, path);
		status = client_ask(client, &call, NULL);
	}
	if (!status)
		fprintf(args->out, "%s %s.\n", said,
		        cli_shown(args->operands[0], memory, sizeof(memory)));
	client_close(client);
	return status;
}

static const struct cli_option plain_options[] = { PLACE_OPTION, { 0 } };

/* ---- set */

static int read_changes(const struct cli_args *args, json_t *body)
{
	int status = row_edit_put(args, CONFIG_LINES, body);

	if (!status && (cli_times(args, "password") || cli_times(args, "password-file") ||
	                cli_times(args, "no-password")))
		status = add_password(args, "Auth Password: ", body);
	if (!status && cli_times(args, "password") && !json_object_get(body, "password"))
		return cli_usage_error(args, "there is no terminal to ask for the password on; "
		                             "use --password-file");
	if (!status && json_object_size(body) == 0)
		return cli_usage_error(args, "what shall be changed? See the options");
	return status;
}

static int run_set(const struct cli_args *args)
{
	char path[PATH_BYTES], memory[NAME_BYTES];
	struct client *client = NULL;
	json_t *body = json_object();
	int64_t id;
	int status = body ? read_changes(args, body) : -ENOMEM;

	if (!status)
		status = open_line(args, &client, &id);
	if (!status) {
		path_of(id, "", path);
		status = row_edit_send(client, args, "PATCH", path, body, NULL);
	}
	if (!status)
		fprintf(args->out, "Changed %s.\n",
		        cli_shown(args->operands[0], memory, sizeof(memory)));
	row_edit_wipe(body);
	json_decref(body);
	client_close(client);
	return status;
}

static const struct cli_option set_options[] = {
	PLACE_OPTION,
	LINE_OPTIONS,
	{ 'e', "extension", "EXTENSION", NULL, NULL, "the extension" },
	{ 's', "server", "SERVER", NULL, NULL,
	  "the name or address of its server; \"\" is the default server" },
	{ 0, "number", "NUMBER", NULL, NULL, "its number in the studio" },
	{ 0, "password", NULL, NULL, NULL, "another Auth Password, which is asked for" },
	ROW_EDIT_PASSWORD_OPTION,
	{ 0, "no-password", NULL, NULL, NULL, "take its password away" },
	{ 0 },
};

static const struct cli_example set_examples[] = {
	{ "lineup line set \"Studio 1/3\" --password", "Asks for the new password." },
	{ "lineup line set 1003@pbx.example --register no", "Takes the line down." },
	{ "lineup line set \"Studio 1/3\" --auth-user \"\"",
	  "The Auth User is the extension again." },
	{ 0 },
};

const struct cli_command cli_line_set = {
	.name = "line set",
	.operands = "LINE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "changes a line",
	.description =
		"Changes what the options name, and leaves all else as it is; an empty value takes "
		"away what is there. Where the change matters to the server, the line gives its "
		"binding back and registers anew.\n\n" FIND_LINE_HELP,
	.options = set_options,
	.exits = exits,
	.examples = set_examples,
	.secrecy = CLI_SECRET,
	.run = run_set,
};

/* ---- rm, register, unregister */

static int run_rm(const struct cli_args *args)
{
	return act(args, "DELETE", "", "Removed");
}

const struct cli_command cli_line_rm = {
	.name = "line rm",
	.operands = "LINE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "removes a line and its registration",
	.description = "Removes a line; its binding is removed from the server.\n\n" FIND_LINE_HELP,
	.options = plain_options,
	.exits = exits,
	.run = run_rm,
};

static int run_register(const struct cli_args *args)
{
	return act(args, "POST", "/register", "Trying");
}

const struct cli_command cli_line_register = {
	.name = "line register",
	.operands = "LINE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "has a line try now, however long it would wait",
	.description = "Registers a line now: one that waits after a failure need not wait, one "
		       "that holds "
		       "a binding renews it, one that was taken down by hand comes back. "
		       "lineup line show tells what came of it.\n\n" FIND_LINE_HELP,
	.options = plain_options,
	.exits = exits,
	.run = run_register,
};

static int run_unregister(const struct cli_args *args)
{
	return act(args, "POST", "/unregister", "Taking down");
}

const struct cli_command cli_line_unregister = {
	.name = "line unregister",
	.operands = "LINE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "takes a line down for now",
	.description =
		"Removes the line's binding, and leaves the line alone until lineup line register, "
		"or until the daemon starts again. For longer: lineup line set LINE --register no."
		"\n\n" FIND_LINE_HELP,
	.options = plain_options,
	.exits = exits,
	.run = run_unregister,
};

/* ---- show */

/* The answer about one line has no clock; that about all has one, without any lines. */
static int read_clock(struct client *client, int64_t *ret_now_ms)
{
	json_t *answer = NULL;
	int status = client_get(client, "/api/v1/status?limit=1", &answer);

	if (!status)
		*ret_now_ms = clock_read(client_text(answer, "time"));
	json_decref(answer);
	return status;
}

static int run_show(const struct cli_args *args)
{
	char path[PATH_BYTES];
	struct client *client = NULL;
	struct term term = term_of(args->out);
	json_t *line = NULL, *other = NULL;
	int64_t id, now_ms = 0;
	int status = open_line(args, &client, &id);

	if (!status) {
		path_of(id, "/status", path);
		status = client_get(client, path, &line);
	}
	if (!status && client_number(line, "same_as")) {
		path_of(client_number(line, "same_as"), "/status", path);
		status = client_get(client, path, &other);
	}
	if (!status)
		status = read_clock(client, &now_ms);
	if (!status && cli_times(args, "json")) {
		print_json(line, JSON_INDENT(2), args->out);
		fputc('\n', args->out);
	} else if (!status) {
		line_show(&term, line, other, now_ms);
	}
	json_decref(other);
	json_decref(line);
	client_close(client);
	return status;
}

static const struct cli_option show_options[] = {
	PLACE_OPTION,
	{ 0, "json", NULL, NULL, NULL, "print what the API answers, for programs" },
	{ 0 },
};

static const struct cli_example show_examples[] = {
	{ "lineup line show \"Studio 1/3\"", "What the line does, and what to do about it." },
	{ 0 },
};

const struct cli_command cli_line_show = {
	.name = "line show",
	.operands = "LINE",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "shows a line, and explains why it is not registered",
	.description =
		"Shows what is known of a line: where it is registered, its last result, what it "
		"does next; and where its last try failed, what that means and what to do about "
		"it.\n\n" FIND_LINE_HELP,
	.options = show_options,
	.exits = exits,
	.examples = show_examples,
	.run = run_show,
};
