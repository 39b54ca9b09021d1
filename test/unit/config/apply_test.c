/* A file beside a store: the difference in words, carried out, gone; and the file that an export
 * gives back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/config/desk.h"

static int open_desk(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	assert_non_null(desk);
	desk_open(desk);
	*state = desk;
	return 0;
}

static int close_desk(void **state)
{
	desk_close(*state);
	free(*state);
	return 0;
}

/* What a file would change now. */
static void expect_difference(struct desk *desk, const char *text, const char *expected)
{
	assert_int_equal(desk_compare(desk, CONFIG_YAML, text, DESK_SHOW), 0);
	assert_string_equal(desk->text, expected);
}

static const char rich[] = "general:\n"
			   "  default-server: main\n"
			   "  srv: no\n"
			   "  on-stop: keep\n"
			   "  history-days: 400\n"
			   "  shards: 4\n"
			   "  syslog-transport: tcp\n"
			   "  syslog-host: log.example\n"
			   "  syslog-port: 1601\n"
			   "  dns: 2001:db8::53\n"
			   "servers:\n"
			   "  - name: main\n"
			   "    domain: pbx.example\n"
			   "    port: 5070\n"
			   "    proxy: edge.example:5080\n"
			   "    transport: tls\n"
			   "    expires: 600\n"
			   "    rate: 5\n"
			   "    keep-alive: options\n"
			   "    interface: eth0\n"
			   "    tls-ca: /dev/null\n"
			   "    tls-cert: /dev/zero\n"
			   "    tls-key: /dev/full\n"
			   "    tls-min: 1.3\n"
			   "    srv: yes\n"
			   "    profile: asterisk\n"
			   "    calls: busy\n"
			   "    outbound: yes\n"
			   "    contact-parameters: ;ob\n"
			   "    flows: 2\n"
			   "    second-proxy: edge2.example\n"
			   "    gruu: yes\n"
			   "    address-parameters: ;user=phone\n"
			   "    request-parameters: ;transport=udp\n"
			   "    headers: 'Privacy: id | X-Site: \"2\"'\n"
			   "studios:\n"
			   "  - name: Studio 1\n"
			   "    note: next to the stairs\n"
			   "    lines:\n"
			   "      - number: 3\n"
			   "        name: Host\n"
			   "        extension: 0755\n"
			   "        auth-user: long.0755\n"
			   "        password: secret\n"
			   "        server: other.example:5090\n"
			   "        register: no\n"
			   "        contact: sip:desk@studio.example\n"
			   "        calls: sip:door@studio.example\n"
			   "      - extension: yes\n"
			   "  - name: Studio 2\n";

static const char rich_difference[] =
	"~ general settings: default-server none -> \"main\", srv yes -> no, on-stop remove -> "
	"keep, "
	"history-days 30 -> 400, shards none -> 4, syslog-transport none -> tcp, "
	"syslog-host none -> \"log.example\", syslog-port none -> 1601, dns none -> "
	"\"[2001:db8::53]\"\n"
	"+ server \"main\": domain \"pbx.example\", port 5070, proxy \"edge.example:5080\", "
	"transport tls, expires 600, rate 5, keep-alive options, interface \"eth0\", "
	"tls-ca \"/dev/null\", tls-cert \"/dev/zero\", tls-key \"/dev/full\", tls-min 1.3, srv "
	"yes, "
	"profile asterisk, calls \"busy\", outbound yes, contact-parameters \";ob\", flows 2, "
	"second-proxy \"edge2.example\", gruu yes, "
	"address-parameters \";user=phone\", request-parameters \";transport=udp\", "
	"headers \"Privacy: id | X-Site: \"2\"\"\n"
	"+ server \"other.example:5090\": made for the lines that name it\n"
	"+ studio \"Studio 1\": note \"next to the stairs\"\n"
	"+ studio \"Studio 1\" line 3: name \"Host\", extension \"0755\", auth-user \"long.0755\", "
	"server \"other.example:5090\", register no, contact \"sip:desk@studio.example\", "
	"calls \"sip:door@studio.example\", password set\n"
	"+ studio \"Studio 1\" line 4: extension \"yes\"\n"
	"+ studio \"Studio 2\": \n";

static const char rich_export[] =
	"# Settings of Lineup. They are whole with the last line only.\n"
	"general:\n"
	"  default-server: \"main\"\n"
	"  srv: no\n"
	"  on-stop: keep\n"
	"  history-days: 400\n"
	"  shards: 4\n"
	"  syslog-transport: tcp\n"
	"  syslog-host: \"log.example\"\n"
	"  syslog-port: 1601\n"
	"  dns: \"[2001:db8::53]\"\n"
	"servers:\n"
	"  - name: \"main\"\n"
	"    domain: \"pbx.example\"\n"
	"    port: 5070\n"
	"    proxy: \"edge.example:5080\"\n"
	"    transport: tls\n"
	"    expires: 600\n"
	"    rate: 5\n"
	"    keep-alive: options\n"
	"    interface: \"eth0\"\n"
	"    tls-ca: \"/dev/null\"\n"
	"    tls-cert: \"/dev/zero\"\n"
	"    tls-key: \"/dev/full\"\n"
	"    tls-min: 1.3\n"
	"    srv: yes\n"
	"    profile: asterisk\n"
	"    calls: \"busy\"\n"
	"    outbound: yes\n"
	"    contact-parameters: \";ob\"\n"
	"    flows: 2\n"
	"    second-proxy: \"edge2.example\"\n"
	"    gruu: yes\n"
	"    address-parameters: \";user=phone\"\n"
	"    request-parameters: \";transport=udp\"\n"
	"    headers: \"Privacy: id | X-Site: \\\"2\\\"\"\n"
	"  - name: \"other.example:5090\"\n"
	"    domain: \"other.example\"\n"
	"    port: 5090\n"
	"studios:\n"
	"  - name: \"Studio 1\"\n"
	"    note: \"next to the stairs\"\n"
	"    lines:\n"
	"      - number: 3\n"
	"        name: \"Host\"\n"
	"        extension: \"0755\"\n"
	"        auth-user: \"long.0755\"\n"
	"        server: \"other.example:5090\"\n"
	"        register: no\n"
	"        contact: \"sip:desk@studio.example\"\n"
	"        calls: \"sip:door@studio.example\"\n"
	"        # password: there is one. It is left out, and stays as it is.\n"
	"      - number: 4\n"
	"        extension: \"yes\"\n"
	"  - name: \"Studio 2\"\n"
	"    lines: []\n"
	"# End of the settings.\n";

/* --- apply --- */

static void a_file_is_applied_once_and_then_makes_no_difference(void **state)
{
	struct desk *desk = *state;

	expect_difference(desk, rich, rich_difference);
	desk_apply(desk, CONFIG_YAML, rich);
	assert_string_equal(desk->text, rich_difference);
	expect_difference(desk, rich, "");
}

/* A profile's value stands where the file has none, is written out with the row, and left out of an
 * export; what the file says goes over it. */
static void a_profile_fills_in_what_a_server_does_not_say(void **state)
{
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML,
	           "servers:\n- {domain: a.example, profile: cucm}\n"
	           "- {domain: b.example, profile: cucm, transport: udp}\nstudios: []\n");
	assert_string_equal(desk->text,
	                    "+ server \"a.example\": domain \"a.example\", transport tcp "
	                    "(by its profile), profile cucm\n"
	                    "+ server \"b.example\": domain \"b.example\", profile cucm\n");
	free(desk_export(desk));
	assert_non_null(strstr(desk->text, "    domain: \"a.example\"\n    profile: cucm\n"));
	assert_non_null(strstr(desk->text, "    domain: \"b.example\"\n    transport: udp\n"
	                                   "    profile: cucm\n"));
}

static int see_line(void *ctx, const struct store_line *line)
{
	struct store_line *seen = ctx;

	*seen = *line;
	assert_string_equal(line->name, "Host");
	assert_string_equal(line->extension, "0755");
	assert_string_equal(line->auth_user, "long.0755");
	assert_string_equal(line->contact, "sip:desk@studio.example");
	assert_string_equal(line->calls, "sip:door@studio.example");
	return 1;
}

static int see_server(void *ctx, const struct store_server *server)
{
	(void)ctx;
	if (strcmp(server->name, "main") != 0)
		return 0;
	assert_string_equal(server->domain, "pbx.example");
	assert_int_equal(server->port, 5070);
	assert_string_equal(server->proxy, "edge.example:5080");
	assert_string_equal(server->transport, "tls");
	assert_int_equal(server->expires_s, 600);
	assert_int_equal(server->rate_per_s, 5);
	assert_string_equal(server->keepalive, "options");
	assert_string_equal(server->profile, "asterisk");
	assert_string_equal(server->calls, "busy");
	assert_string_equal(server->contact_params, ";ob");
	assert_true(server->outbound);
	assert_int_equal(server->flows, 2);
	assert_string_equal(server->second_proxy, "edge2.example");
	assert_true(server->gruu);
	assert_string_equal(server->address_params, ";user=phone");
	assert_string_equal(server->request_params, ";transport=udp");
	assert_string_equal(server->headers, "Privacy: id | X-Site: \"2\"");
	assert_string_equal(server->interface, "eth0");
	assert_string_equal(server->tls_ca, "/dev/null");
	assert_string_equal(server->tls_min, "1.3");
	assert_string_equal(server->tls_cert, "/dev/zero");
	assert_string_equal(server->tls_key, "/dev/full");
	assert_string_equal(server->srv, "yes");
	return 1;
}

static void every_key_reaches_the_store(void **state)
{
	struct desk *desk = *state;
	const struct store_lines_of all = { 0 };
	char password[STORE_PASSWORD_MAX + 1];
	struct store_general general;
	struct store_line line;

	desk_apply(desk, CONFIG_YAML, rich);
	assert_int_equal(store_general_get(desk->store, &general), 0);
	assert_true(general.default_server != 0 && !general.srv);
	assert_int_equal(general.on_stop, STORE_ON_STOP_KEEP);
	assert_int_equal(general.history_days, 400);
	assert_int_equal(general.shards, 4);
	assert_int_equal(store_servers(desk->store, 0, see_server, NULL), 1);
	assert_int_equal(store_lines(desk->store, &all, see_line, &line), 1);
	assert_int_equal(line.number, 3);
	assert_true(line.has_password && !line.enabled && line.server != 0);
	assert_int_equal(store_line_password(desk->store, line.id, password), 0);
	assert_string_equal(password, "secret");
}

static void an_export_is_the_same_file_again(void **state)
{
	struct desk *desk = *state;
	char *text, *again;

	desk_apply(desk, CONFIG_YAML, rich);
	text = desk_export(desk);
	assert_string_equal(text, rich_export);
	expect_difference(desk, text, "");
	desk_apply(desk, CONFIG_YAML, text);
	again = desk_export(desk);
	assert_string_equal(again, text);
	free(text);
	free(again);
}

static void an_empty_store_exports_to_a_file_that_empties_one(void **state)
{
	struct desk *desk = *state;
	char *empty = desk_export(desk);

	assert_string_equal(empty, "# Settings of Lineup. They are whole with the last line only.\n"
	                           "general:\n  srv: yes\n  on-stop: remove\n  history-days: 30\n"
	                           "  syslog-transport: none\n"
	                           "servers: []\nstudios: []\n# End of the settings.\n");
	expect_difference(desk, empty, "");
	desk_apply(desk, CONFIG_YAML, rich);
	desk_apply(desk, CONFIG_YAML, empty);
	/* shards stay once they were chosen */
	assert_string_equal(desk->text,
	                    "~ general settings: default-server \"main\" -> none, srv no -> yes, "
	                    "on-stop keep -> remove, history-days 400 -> 30, "
	                    "syslog-transport tcp -> none, syslog-host \"log.example\" -> none, "
	                    "syslog-port 1601 -> none, dns \"[2001:db8::53]\" -> none\n"
	                    "- studio \"Studio 1\": with its lines: 2\n- studio \"Studio 2\": with "
	                    "its lines: 0\n"
	                    "- server \"main\": \n- server \"other.example:5090\": \n");
	expect_difference(desk, empty, "");
	free(empty);
}

/* An export that lost its end, wherever, changes nothing. */
static void an_export_that_was_cut_short_is_refused(void **state)
{
	static const size_t whole = sizeof(rich_export) - 2; /* without the last line's end */
	struct config_faults faults;
	struct config *config;

	(void)state;
	for (size_t n = 0; n < whole; n++) {
		char *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, rich_export, n);
		assert_int_equal(
			config_read(CONFIG_YAML, slice_of(copy, n), NULL, &config, &faults),
			-EINVAL);
		assert_int_equal(faults.count, 1);
		assert_true(faults.list[0].line >= 1);
		config_faults_done(&faults);
		free(copy);
	}
	desk_expect(CONFIG_YAML, slice_of(rich_export, whole), 0, "");
	desk_expect(CONFIG_YAML, slice_of(rich_export, whole - 30), -EINVAL,
	            "56:7: the file is cut short: its first line says that it ends with "
	            "\"# End of the settings.\"\n");
}

static void what_a_file_does_not_name_is_removed_and_what_differs_is_changed(void **state)
{
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML,
	           "general: {default-server: a.example}\n"
	           "servers:\n- {domain: a.example}\n- {domain: b.example, expires: 60}\n"
	           "- {domain: c.example}\n"
	           "studios:\n- name: A\n  note: old\n  lines:\n"
	           "  - {extension: 1001}\n  - {extension: 1003, server: b.example}\n"
	           "  - {extension: 1005}\n"
	           "- name: B\n  lines: [{extension: 2001}]\n");
	desk_apply(desk, CONFIG_YAML,
	           "general: {default-server: b.example, shards: 2}\n"
	           "servers:\n- {domain: b.example, expires: 90, rate: 7}\n- {domain: d.example}\n"
	           "studios:\n- name: A\n  lines:\n"
	           "  - {extension: 1001}\n  - {extension: 1004, name: Host, server: d.example}\n"
	           "- name: C\n  note: new\n");
	assert_string_equal(
		desk->text,
		"~ general settings: default-server \"a.example\" -> \"b.example\", shards none -> "
		"2\n"
		"~ server \"b.example\": expires 60 -> 90, rate none -> 7\n"
		"+ server \"d.example\": domain \"d.example\"\n"
		"~ studio \"A\": note \"old\" -> none\n"
		"~ studio \"A\" line 2: name none -> \"Host\", extension \"1003\" -> \"1004\", "
		"server \"b.example\" -> \"d.example\"\n"
		"+ studio \"C\": note \"new\"\n"
		"- studio \"A\" line 3: extension \"1005\"\n"
		"- studio \"B\": with its lines: 1\n"
		"- server \"a.example\": \n- server \"c.example\": \n");
}

static int see_epoch(void *ctx, const struct store_line *line)
{
	uint32_t *epochs = ctx;

	epochs[line->number] = line->epoch;
	return 0;
}

static void an_edit_touches_no_other_line(void **state)
{
	struct desk *desk = *state;
	const struct store_lines_of all = { 0 };
	uint32_t before[4] = { 0 }, after[4] = { 0 };
	int64_t change;

	desk_apply(desk, CONFIG_YAML,
	           "studios:\n- name: A\n  lines:\n  - {extension: 1, server: a.example}\n"
	           "  - {extension: 2, server: a.example, password: x}\n"
	           "  - {extension: 3, server: a.example, password: x}\n");
	assert_int_equal(store_lines(desk->store, &all, see_epoch, before), 0);
	change = store_change_last(desk->store);
	desk_apply(desk, CONFIG_YAML,
	           "studios:\n- name: A\n  lines:\n  - {extension: 1, server: a.example}\n"
	           "  - {extension: 2, server: a.example, password: y}\n"
	           "  - {extension: 3, server: a.example, password: x}\n");
	assert_string_equal(desk->text, "~ studio \"A\" line 2: password changed\n");
	assert_int_equal(store_change_last(desk->store), change + 1);
	assert_int_equal(store_lines(desk->store, &all, see_epoch, after), 0);
	assert_int_equal(after[1], before[1]);
	assert_true(after[2] > before[2]);
	assert_int_equal(after[3], before[3]);
}

/* --- passwords --- */

static void a_password_is_set_kept_changed_and_removed(void **state)
{
	static const struct {
		const char *password, *difference;
	} rows[] = {
		{ "", "~ general settings: default-server none -> \"a.example\"\n"
		      "+ server \"a.example\": domain \"a.example\"\n"
		      "+ studio \"A\": \n+ studio \"A\" line 1: extension \"1\"\n" },
		{ "password: \"\"", "" },
		{ "password: hunter-one", "~ studio \"A\" line 1: password set\n" },
		{ "password: hunter-one", "" },
		{ "", "" },
		{ "password:", "" },
		{ "password: hunter-two", "~ studio \"A\" line 1: password changed\n" },
		{ "password: \"\"", "~ studio \"A\" line 1: password removed\n" },
		{ "password: \"\"", "" },
	};
	struct desk *desk = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text),
		         "general: {default-server: a.example}\nservers: [{domain: a.example}]\n"
		         "studios:\n- name: A\n  lines:\n  - extension: 1\n    %s\n",
		         rows[i].password);
		desk_apply(desk, CONFIG_YAML, text);
		assert_string_equal(desk->text, rows[i].difference);
		char *export = desk_export(desk);
		assert_null(strstr(export, "hunter"));
		free(export);
	}
}

/* --- servers --- */

static void a_server_is_meant_by_name_then_by_address_then_made(void **state)
{
	static const char servers[] = "servers:\n- {domain: a.example}\n"
				      "- {name: b.example, domain: c.example}\n"
				      "- {name: third, domain: d.example, port: 5070}\n"
				      "- {name: v6, domain: \"2001:db8::1\"}\n";
	static const struct {
		const char *named, *meant;
	} rows[] = {
		{ "a.example", "a.example" },
		{ "A.EXAMPLE", "a.example" },
		{ "b.example", "b.example" },
		{ "c.example", "b.example" },
		{ "third", "third" },
		{ "D.example:5070", "third" },
		{ "\"[2001:db8::1]\"", "v6" },
		{ "\"2001:DB8::1\"", "v6" },
		{ "a.example:5060", "a.example:5060" },
	};
	struct desk *desk = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024], export[256];

		snprintf(text, sizeof(text),
		         "%sstudios:\n- name: A\n  lines:\n"
		         "  - {extension: 1, server: %s}\n",
		         servers, rows[i].named);
		desk_apply(desk, CONFIG_YAML, text);
		expect_difference(desk, text, "");
		char *exported = desk_export(desk);
		snprintf(export, sizeof(export), "extension: \"1\"\n        server: \"%s\"\n",
		         rows[i].meant);
		if (!strstr(exported, export))
			fail_msg("%s is not %s in\n%s", rows[i].named, rows[i].meant, exported);
		free(exported);
	}
}

static void a_server_that_is_only_named_is_made_and_kept_as_long_as_it_is(void **state)
{
	static const char named[] =
		"studios: [{name: A, lines: [{extension: 1, server: x.example}]}]";
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML, named);
	assert_string_equal(desk->text, "+ server \"x.example\": made for the lines that name it\n"
	                                "+ studio \"A\": \n+ studio \"A\" line 1: extension \"1\", "
	                                "server \"x.example\"\n");
	/* its settings were changed elsewhere: the file says nothing of them */
	desk_apply(desk, CONFIG_YAML,
	           "servers: [{domain: x.example, expires: 77}]\n"
	           "studios: [{name: A, lines: [{extension: 1, server: x.example}]}]");
	expect_difference(desk, named, "");
	desk_apply(desk, CONFIG_YAML, "studios: [{name: A}]");
	assert_string_equal(desk->text, "- studio \"A\" line 1: extension \"1\"\n"
	                                "- server \"x.example\": \n");
}

static void a_new_server_that_is_nearly_another_is_remarked(void **state)
{
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML,
	           "servers: [{domain: pbx.example}]\nstudios:\n- name: A\n  lines:\n"
	           "  - {extension: 1, server: pbx.exmaple}\n"
	           "  - {extension: 2, server: trunk.example}\n"
	           "  - {extension: 3, server: pbx1.example}\n"
	           "  - {extension: 4, server: pbx23.example}\n");
	assert_non_null(strstr(desk->text, "! 5:28: server \"pbx.exmaple\" is new; did you mean "
	                                   "\"pbx.example\"?\n"));
	assert_null(strstr(desk->text, "\"trunk.example\" is new"));
	assert_null(strstr(desk->text, "\"pbx1.example\" is new"));
	assert_null(strstr(desk->text, "\"pbx23.example\" is new"));
}

/* --- remarks --- */

static void a_registration_that_lines_share_is_remarked(void **state)
{
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML,
	           "general: {default-server: a.example}\nstudios:\n- name: A\n  lines:\n"
	           "  - {extension: 1}\n  - {extension: 2}\n- name: B\n  lines:\n"
	           "  - {extension: 1, server: trunk.example}\n  - {extension: 2, server: "
	           "a.example}\n");
	assert_non_null(
		strstr(desk->text,
	               "\n! 10:17: extension \"2\" at this server is studio \"A\" line "
	               "2, too: one registration, shown in both, with the auth-user, password, "
	               "contact and calls of the line that had it first\n"));
	assert_null(strstr(desk->text, "! 9:"));
	/* a sheet beside what is there already */
	desk_apply(desk, CONFIG_CSV, "Studio,Extension,Server\nC,1,a.example\nC,3,\n");
	assert_non_null(strstr(
		desk->text, "\n! 2:2: extension \"1\" at this server is studio \"A\" line 1, too"));
	assert_null(strstr(desk->text, "! 3:"));
}

static void calls_that_come_back_are_remarked(void **state)
{
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML,
	           "servers:\n- {domain: a.example, port: 5070}\n"
	           "- domain: b.example\n  calls: sip:2@b.example\nstudios:\n- name: A\n  lines:\n"
	           "  - {extension: 1, server: a.example, calls: 'sip:1@A.example;user=phone'}\n"
	           "  - {extension: 2, server: a.example, calls: 'sip:1@a.example'}\n"
	           "  - {extension: 2, server: b.example}\n"
	           "  - {extension: 3, server: b.example}\n"
	           "  - {extension: 4, server: c.example, calls: 'sip:4@c.example:5080'}\n");
	assert_non_null(strstr(desk->text, "\n! 8:46: calls of extension \"1\" are sent on to its "
	                                   "own address: they come back to it without end\n"));
	assert_non_null(
		strstr(desk->text, "\n! 4:10: calls of extension \"2\" are sent on to its "));
	assert_non_null(strstr(desk->text, "\n! 12:46: calls of extension \"4\" are sent on to "));
	assert_null(strstr(desk->text, "! 9:"));
	assert_null(strstr(desk->text, "extension \"3\" are"));
}

static void a_line_that_has_no_server_is_remarked(void **state)
{
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML, "studios:\n- name: A\n  lines:\n  - extension: 1\n");
	assert_string_equal(desk->text,
	                    "+ studio \"A\": \n+ studio \"A\" line 1: extension \"1\"\n"
	                    "! 4:5: the line names no server, and there is no default-server: it "
	                    "cannot register\n");
}

static void files_that_are_not_there_are_remarked(void **state)
{
	struct desk *desk = *state;

	desk_apply(
		desk, CONFIG_YAML,
		"servers:\n- domain: a.example\n  tls-ca: /dev/null\n  tls-cert: /nowhere/c.pem\n"
		"- domain: b.example\n  tls-ca: /nowhere\nstudios: []\n");
	assert_non_null(strstr(desk->text,
	                       "\n! 4:13: tls-cert \"/nowhere/c.pem\" cannot be read now: "
	                       "No such file or directory; no TLS connection is made "
	                       "until it can\n"));
	assert_non_null(strstr(desk->text,
	                       "\n! 4:13: tls-cert and tls-key belong together: the key "
	                       "is missing\n"));
	assert_non_null(strstr(desk->text, "\n! 6:11: tls-ca \"/nowhere\" cannot be read now: "));
	assert_null(strstr(desk->text, "! 3:"));
}

/* --- sheets --- */

static void a_sheet_is_the_same_however_it_was_saved(void **state)
{
	static const char *const sheets[] = {
		"Studio,Number,Name,Extension,Auth User,Auth Password,Server,Register,Contact\n"
		"A,1,\"Host, left\",0755,u.1,pw,a.example,yes,sip:d@e.example\nA,2,,1002,,,,no,\n",
		/* CRLF, semicolons, a mark in front, words of another spelling */
		"\xef\xbb\xbf"
		"studio;NUMBER;name;Extension;auth-user;AUTH_PASSWORD;server;register;contact\r\n"
		"A;1;Host, left;0755;u.1;pw;a.example;TRUE;sip:d@e.example\r\n"
		"A;2;;1002;;;;FALSE;\r\n",
		/* tabs, CR, another order, rows without a number, cells left out at the end */
		"Register\tAuthUser\tExtension\tPassword\tName\tStudio\tContact\tServer\r"
		"on\tu.1\t0755\tpw\t\"Host, left\"\tA\tsip:d@e.example\ta.example\r"
		"OFF\t\t1002\t\t\tA\r\r\t\t\t",
		/* what says how it is separated; quotes everywhere; no end of the last line */
		"sep=;\n\"Studio\";\"Nu-mber\";\"Name\";\"Extension\";\"Auth User\";\"Auth "
		"Password\";\"Server\";\"Register\";\"Contact\"\n"
		"\"A\";\"1\";\"Host, left\";\"0755\";\"u.1\";\"pw\";\"a.example\";\"Yes\";"
		"\"sip:d@e.example\"\n\"A\";\"2\";\"\";\"1002\";\"\";\"\";\"\";\"No\";\"\"",
	};
	char *first = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		struct desk desk;
		char *text;

		desk_open(&desk);
		desk_apply(&desk, CONFIG_CSV, sheets[i]);
		text = desk_export(&desk);
		desk_apply(&desk, CONFIG_CSV, sheets[i]);
		assert_true(desk.text[0] == '!'); /* no difference, but a remark */
		if (first)
			assert_string_equal(text, first);
		else
			first = strdup(text);
		free(text);
		desk_close(&desk);
	}
	free(first);
}

static void a_sheet_adds_and_changes_and_leaves_what_it_does_not_say(void **state)
{
	static const char settings[] =
		"general: {default-server: a.example, srv: yes}\n"
		"servers: [{domain: a.example, expires: 60}, {domain: idle.example}]\n"
		"studios:\n- name: A\n  note: stays\n  lines:\n"
		"  - {number: 3, extension: 1003, name: Host, register: no, server: a.example}\n"
		"  - {number: 7, extension: 1007, auth-user: u7, password: secret}\n"
		"- name: B\n  lines: [{extension: 2001}]\n";
	static const struct {
		const char *sheet, *difference;
	} rows[] = {
		{ "Studio,Number,Name\nA,3,\n", "" },
		{ "Studio,Number,Name\nA,7,Guest\n",
		  "~ studio \"A\" line 7: name none -> \"Guest\"\n" },
		/* without a number: the line that has the extension, else one behind the last */
		{ "Studio,Extension,Register\nA,1003,yes\nA,1008,no\nA,1009,\n",
		  "~ studio \"A\" line 3: register no -> yes\n"
		  "+ studio \"A\" line 8: extension \"1008\", register no\n"
		  "+ studio \"A\" line 9: extension \"1009\"\n" },
		{ "Studio,Extension,Register\nA,1003,yes\nA,1008,no\nA,1009,\n", "" },
		/* a number gives an extension that is another */
		{ "Studio,Number,Extension\nA,3,1103\nA,20,1020\nB,,2002\n",
		  "~ studio \"A\" line 3: extension \"1003\" -> \"1103\"\n"
		  "+ studio \"A\" line 20: extension \"1020\"\n"
		  "+ studio \"B\" line 2: extension \"2002\"\n" },
		/* passwords alone */
		{ "studio,number,auth password\nA,3,x\nA,7,secret\n",
		  "~ studio \"A\" line 3: password set\n" },
		/* the server tells lines of one extension apart; the default is one, too */
		{ "Studio,Extension,Server\nB,2001,z.example\nB,2001,a.example\n",
		  "+ server \"z.example\": made for the lines that name it\n"
		  "+ studio \"B\" line 3: extension \"2001\", server \"z.example\"\n"
		  "~ studio \"B\" line 1: server none -> \"a.example\"\n" },
		{ "Studio,Extension,Server,Name\nB,2001,z.example,Z\nB,2001,a.example,\n",
		  "~ studio \"B\" line 3: name none -> \"Z\"\n" },
		{ "Studio,Extension\nC,1\n",
		  "+ studio \"C\": \n+ studio \"C\" line 1: extension \"1\"\n" },
	};
	struct desk *desk = *state;

	desk_apply(desk, CONFIG_YAML, settings);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		desk_apply(desk, CONFIG_CSV, rows[i].sheet);
		char *remarks = strchr(desk->text, '!');
		if (remarks)
			*remarks = '\0';
		assert_string_equal(desk->text, rows[i].difference);
	}
}

static void a_sheet_that_cannot_be_carried_out_is_told_by_row(void **state)
{
	static const struct {
		const char *sheet, *told;
	} rows[] = {
		{ "Studio,Number,Name\nA,9,x\nN,1,y\n",
		  "! 2:0: there is no studio \"A\" line 9, and without an extension none is made\n"
		  "! 3:0: there is no studio \"N\" line 1, and without an extension none is "
		  "made\n" },
		{ "Studio,Extension\nA,1\n", "! 2:0: the studio has several lines with the "
		                             "extension \"1\"; give the number\n" },
		{ "Studio,Extension,Server\nA,2,s.example\nA,1,s.example\nA,1,a.example\n",
		  "! 4:0: the studio has several lines with the extension \"1\"; give the "
		  "number\n" },
		{ "Studio,Number,Extension\nA,4,\nA,,2\n",
		  "! 3:0: this is studio \"A\" line 4, as is row 2\n" },
		{ "Studio,Extension,Server\nA,7,Main PBX\nA,8,Maim\n",
		  "! 2:3: there is no server of that name, and as an address: server \"Main PBX\" "
		  "has "
		  "a blank at its 5th character\n" },
		{ "Studio,Extension,Server\nA,7,Main  Server\n",
		  "! 2:3: there is no server \"Main  Server\"; did you mean \"Main Server\"?\n" },
		{ "Studio,Number,Extension\nA,4294967295,7\nA,,8\n",
		  "! 3:0: there is no number left for this line\n" },
	};
	struct desk *desk = *state;
	int64_t change;

	desk_apply(desk, CONFIG_YAML,
	           "general: {default-server: a.example}\n"
	           "servers: [{domain: a.example}, {name: Main Server, domain: m.example}]\n"
	           "studios:\n- name: A\n  lines:\n  - {extension: 1}\n  - {extension: 1}\n"
	           "  - {extension: 1, server: s.example}\n"
	           "  - {extension: 2, server: s.example}\n");
	change = store_change_last(desk->store);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(desk_compare(desk, CONFIG_CSV, rows[i].sheet, DESK_APPLY),
		                 -EINVAL);
		assert_string_equal(desk->text, rows[i].told);
	}
	assert_int_equal(store_change_last(desk->store), change);
}

static void the_same_new_line_twice_in_a_sheet_is_told(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(
		desk_compare(desk, CONFIG_CSV, "Studio,Extension\nA,1\nA,2\nA,1\n", DESK_APPLY),
		-EINVAL);
	assert_string_equal(desk->text,
	                    "! 4:0: this is the extension \"1\" of row 2 again; give the number\n");
}

/* --- one or nothing --- */

static void a_difference_that_is_no_longer_one_is_not_carried_out(void **state)
{
	struct desk *desk = *state;
	const struct store_studio studio = { .name = "elsewhere" };
	struct config *config = desk_read(CONFIG_YAML, SLICE("studios: [{name: A}]"));
	struct config_faults faults;
	struct config_diff *diff;
	char *before, *after;

	assert_int_equal(config_compare(config, desk->store, &diff, &faults), 0);
	config_faults_done(&faults);
	assert_int_equal(store_studio_put(desk->store, &studio, NULL), 0);
	before = desk_export(desk);
	assert_int_equal(config_apply(diff, desk->store, NULL), -ESTALE);
	after = desk_export(desk);
	assert_string_equal(before, after);
	config_diff_free(diff);
	/* compared again, it is */
	assert_int_equal(config_compare(config, desk->store, &diff, &faults), 0);
	config_faults_done(&faults);
	assert_int_equal(config_apply(diff, desk->store, NULL), 0);
	config_diff_free(diff);
	config_free(config);
	free(before);
	free(after);
}

static int stop_writing(void *ctx, struct slice text)
{
	unsigned *calls = ctx;

	assert_true(text.n > 0);
	++*calls;
	return -EPIPE;
}

static void an_export_that_cannot_be_written_ends(void **state)
{
	static char text[64 * 1024]; /* more than is written at once */
	struct buf out = buf_over(text, sizeof(text));
	struct desk *desk = *state;
	unsigned calls = 0;

	buf_str(&out, "studios:\n");
	for (unsigned i = 0; i < 1000; i++) {
		buf_str(&out, "- name: the studio with the number ");
		buf_u64(&out, i);
		buf_char(&out, '\n');
	}
	assert_int_equal(buf_end(&out), 0);
	desk_apply(desk, CONFIG_YAML, text);
	assert_int_equal(config_export(desk->store, stop_writing, &calls), -EPIPE);
	assert_int_equal(calls, 1);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK_TEST(a_file_is_applied_once_and_then_makes_no_difference),
		DESK_TEST(a_profile_fills_in_what_a_server_does_not_say),
		DESK_TEST(every_key_reaches_the_store),
		DESK_TEST(an_export_is_the_same_file_again),
		DESK_TEST(an_empty_store_exports_to_a_file_that_empties_one),
		cmocka_unit_test(an_export_that_was_cut_short_is_refused),
		DESK_TEST(what_a_file_does_not_name_is_removed_and_what_differs_is_changed),
		DESK_TEST(an_edit_touches_no_other_line),
		DESK_TEST(a_password_is_set_kept_changed_and_removed),
		DESK_TEST(a_server_is_meant_by_name_then_by_address_then_made),
		DESK_TEST(a_server_that_is_only_named_is_made_and_kept_as_long_as_it_is),
		DESK_TEST(a_new_server_that_is_nearly_another_is_remarked),
		DESK_TEST(a_registration_that_lines_share_is_remarked),
		DESK_TEST(calls_that_come_back_are_remarked),
		DESK_TEST(a_line_that_has_no_server_is_remarked),
		DESK_TEST(files_that_are_not_there_are_remarked),
		cmocka_unit_test(a_sheet_is_the_same_however_it_was_saved),
		DESK_TEST(a_sheet_adds_and_changes_and_leaves_what_it_does_not_say),
		DESK_TEST(a_sheet_that_cannot_be_carried_out_is_told_by_row),
		DESK_TEST(the_same_new_line_twice_in_a_sheet_is_told),
		DESK_TEST(a_difference_that_is_no_longer_one_is_not_carried_out),
		DESK_TEST(an_export_that_cannot_be_written_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
