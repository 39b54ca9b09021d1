/* cli/servers.c: `lineup server ...`: the servers that lines are registered at. */
#include <errno.h>
#include <string.h>

#include "cli/account.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/place.h"
#include "cli/print_json.h"
#include "cli/row_edit.h"
#include "cli/term.h"
#include "sip/aor.h"

#define NAME_BYTES 1100
#define PATH_BYTES 96

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was done" },
	{ CLI_FAILED, "there is no such server, or the daemon refused it" },
	CLIENT_EXIT,
	{ 0 },
};

/* Each is called like its key in studio.yaml. */
#define SERVER_OPTIONS \
	{ 'n', "name", "NAME", NULL, NULL, "what lines call it; otherwise its domain" }, \
		PROXY_OPTION, \
		{ 't',  "transport",        "NAME", \
		  NULL, "udp tcp tls auto", "how it is reached; udp where nothing is said" }, \
		{ 'e',  "expires", "SECONDS", \
		  NULL, NULL,      "how long a registration is asked to last; otherwise 3600" }, \
		{ 0, \
		  "rate", \
		  "NUMBER", \
		  NULL, \
		  NULL, \
		  "at most so many registrations per second, on top of what its answers allow" }, \
		{ 0, \
		  "keep-alive", \
		  "KIND", \
		  NULL, \
		  "none crlf stun options", \
		  "what is sent between registrations to keep a NAT open over UDP; over " \
		  "connections CRLF pings " \
		  "are sent, whatever is set" }, \
		INTERFACE_OPTION, TLS_OPTIONS, \
		{ 0,      "profile", \
		  "NAME", NULL, \
		  NULL,   "set what that kind of PBX or provider wants; see lineup server profiles" }, \
		{ 0, \
		  "calls", \
		  "WHAT", \
		  NULL, \
		  NULL, \
		  "what calls get at its lines: unavailable, busy, or a SIP URI to send them on " \
		  "to" }, \
		{ 0,    "outbound", "YES-OR-NO", \
		  NULL, "yes no",   "whether its lines register as RFC 5626 has it" }, \
		{ 0,    "gruu",   "YES-OR-NO", \
		  NULL, "yes no", "whether its lines ask for a GRUU (RFC 5627)" }, \
		DEMANDS_TEXT_OPTIONS, FLOWS_OPTIONS, \
	{ \
		0, "srv", "WHEN", NULL, "default yes no", \
			"whether its name is looked up as SRV; default: as in general" \
	}

/* "pbx.example:5070" as domain and port. */
static int put_address(const struct cli_args *args, const char *text, json_t *body)
{
	char host[SIP_HOST_MAX + 1], memory[256];
	struct buf why = buf_over(memory, sizeof(memory));
	uint16_t port;

	if (sip_server_parse(slice_str(text), host, &port, &why) < 0)
		return cli_usage_error(args, "%.*s", (int)why.n, why.p);
	if (json_object_set_new(body, "domain", json_string(host)) ||
	    json_object_set_new(body, "port", port ? json_integer(port) : json_null()))
		return -ENOMEM;
	return CLI_OK;
}

/* ---- add */

static int run_add(const struct cli_args *args)
{
	char memory[NAME_BYTES];
	struct client *client = NULL;
	json_t *body = json_object(), *answer = NULL;
	int status = body ? put_address(args, args->operands[0], body) : -ENOMEM;

	if (!status)
		status = row_edit_put(args, CONFIG_SERVERS, body);
	if (!status)
		status = client_open(args, &client);
	if (!status)
		status = row_edit_send(client, args, "POST", "/api/v1/servers", body, &answer);
	if (!status)
		fprintf(args->out, "Added the server \"%s\".\n",
		        cli_shown(client_text(answer, "name"), memory, sizeof(memory)));
	json_decref(answer);
	json_decref(body);
	client_close(client);
	return status;
}

static const struct cli_option add_options[] = { PLACE_OPTION, SERVER_OPTIONS, { 0 } };

static const struct cli_example add_examples[] = {
	{ "lineup server add sip.carrier.example:5070 --name Trunk --expires 600",
	  "A server that lines can name \"Trunk\"." },
	{ 0 },
};

const struct cli_command cli_server_add = {
	.name = "server add",
	.operands = "DOMAIN[:PORT]",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "adds a server",
	.description =
		"Adds a server with settings of its own. One that needs none is made by itself "
		"when a line first names its address.",
	.options = add_options,
	.exits = exits,
	.examples = add_examples,
	.run = run_add,
};

/* ---- set */

static int read_changes(const struct cli_args *args, json_t *body)
{
	const char *address = cli_value(args, "address");
	int status = address ? put_address(args, address, body) : CLI_OK;

	if (!status)
		status = row_edit_put(args, CONFIG_SERVERS, body);
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
		status = client_open(args, &client);
	if (!status)
		status = find_server(client, args, args->operands[0], &id);
	if (!status) {
		snprintf(path, sizeof(path), "/api/v1/servers/%lld", (long long)id);
		status = row_edit_send(client, args, "PATCH", path, body, NULL);
	}
	if (!status)
		fprintf(args->out, "Changed the server \"%s\".\n",
		        cli_shown(args->operands[0], memory, sizeof(memory)));
	json_decref(body);
	client_close(client);
	return status;
}

static const struct cli_option set_options[] = {
	PLACE_OPTION,
	{ 'a', "address", "DOMAIN[:PORT]", NULL, NULL, "its domain and port" },
	SERVER_OPTIONS,
	{ 0 },
};

static const struct cli_example set_examples[] = {
	{ "lineup server set pbx.example --expires 1800", "All its lines ask for half an hour." },
	{ "lineup server set Trunk --proxy \"\"", "No outbound proxy any more." },
	{ 0 },
};

const struct cli_command cli_server_set = {
	.name = "server set",
	.operands = "SERVER",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "changes a server",
	.description =
		"Changes what the options name, and leaves all else as it is; an empty value takes "
		"away what is there. Where the change matters to registrations, the server's lines "
		"give their bindings back and register anew.",
	.options = set_options,
	.exits = exits,
	.examples = set_examples,
	.run = run_set,
};

/* ---- rm */

static int run_rm(const struct cli_args *args)
{
	char path[PATH_BYTES], memory[NAME_BYTES];
	struct client *client = NULL;
	int64_t id;
	int status = client_open(args, &client);

	if (!status)
		status = find_server(client, args, args->operands[0], &id);
	if (!status) {
		const struct client_call call = { .method = "DELETE", .path = path };

		snprintf(path, sizeof(path), "/api/v1/servers/%lld", (long long)id);
		status = client_ask(client, &call, NULL);
	}
	if (!status)
		fprintf(args->out, "Removed the server \"%s\".\n",
		        cli_shown(args->operands[0], memory, sizeof(memory)));
	client_close(client);
	return status;
}

static const struct cli_option plain_options[] = { PLACE_OPTION, { 0 } };

const struct cli_command cli_server_rm = {
	.name = "server rm",
	.operands = "SERVER",
	.operands_min = 1,
	.operands_max = 1,
	.brief = "removes a server that no line uses",
	.description = "Removes a server. While a line uses it, it cannot be removed.",
	.options = plain_options,
	.exits = exits,
	.run = run_rm,
};

/* ---- list */

/* "pbx.example:5070", "[2001:db8::1]" */
static void put_host(const json_t *server, struct buf *out)
{
	int64_t port = client_number(server, "port");

	buf_show(out, slice_str(client_text(server, "domain")));
	if (port) {
		buf_char(out, ':');
		buf_u64(out, (uint64_t)port);
	}
}

/* The name where it says more than the address, which stands behind it; what is not as it would be
 * by itself. */
static void put_server(const struct term *term, const json_t *server)
{
	char memory[4 * NAME_BYTES], host[NAME_BYTES];
	struct buf text = buf_over(memory, sizeof(memory)), address = buf_over(host, sizeof(host));
	const char *name = client_text(server, "name"), *proxy = client_text(server, "proxy");
	const char *second = client_text(server, "second_proxy");
	int64_t lines = client_number(server, "lines");

	put_host(server, &address);
	buf_end(&address);
	buf_show(&text, slice_str(name));
	if (strcmp(name, host) != 0) {
		buf_str(&text, " (");
		buf_str(&text, host);
		buf_char(&text, ')');
	}
	buf_str(&text, ": ");
	buf_u64(&text, (uint64_t)lines);
	buf_str(&text, lines == 1 ? " line, " : " lines, ");
	buf_show(&text, slice_str(client_text(server, "transport")));
	buf_str(&text, ", asks for ");
	buf_u64(&text, (uint64_t)client_number(server, "expires"));
	buf_str(&text, " s");
	if (*proxy) {
		buf_str(&text, ", by the proxy ");
		buf_show(&text, slice_str(proxy));
	}
	if (*second && client_number(server, "flows") > 1) {
		buf_str(&text, ", second flow by ");
		buf_show(&text, slice_str(second));
	}
	term_wrap(term->file, buf_slice(&text),
	          (struct term_block){ .indent = 0, .width = term->width });
}

static int run_list(const struct cli_args *args)
{
	struct term term = term_of(args->out);
	struct client *client = NULL;
	json_t *answer = NULL;
	const json_t *server;
	size_t i;
	int status = client_open(args, &client);

	if (!status)
		status = client_list(client, "/api/v1/servers", "servers", &answer);
	if (!status && cli_times(args, "json")) {
		print_json(answer, JSON_INDENT(2), args->out);
		fputc('\n', args->out);
	} else if (!status) {
		json_array_foreach(json_object_get(answer, "servers"), i, server)
			put_server(&term, server);
	}
	json_decref(answer);
	client_close(client);
	return status;
}

static const struct cli_option list_options[] = {
	PLACE_OPTION,
	{ 0, "json", NULL, NULL, NULL, "print what the API answers, for programs" },
	{ 0 },
};

const struct cli_command cli_server_list = {
	.name = "server list",
	.brief = "lists the servers, and how many lines use each",
	.description = "Lists the servers by name, with their addresses, how many lines use each, "
		       "and how they are reached. Whether they answer is for lineup status.",
	.options = list_options,
	.exits = exits,
	.run = run_list,
};
