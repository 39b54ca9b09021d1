/* What a person sets is kept as it was set, refused where it is wrong, and told to whoever follows
 * the changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "place.h"

static struct place place;

static int begin(void **state)
{
	(void)state;
	place_init(&place);
	place_open(&place);
	return 0;
}

static int end(void **state)
{
	(void)state;
	place_done(&place);
	return 0;
}

/* ---- what walks meet */

static int count_server(void *ctx, const struct store_server *server)
{
	(void)server;
	++*(unsigned *)ctx;
	return 0;
}

static int count_line(void *ctx, const struct store_line *line)
{
	(void)line;
	++*(unsigned *)ctx;
	return 0;
}

/* The one row that is asked for, with its texts. */
struct seen {
	struct store_server server;
	struct store_studio studio;
	struct store_line line;
	char text[24][STORE_TEXT_MAX + 1];
	unsigned texts;
};

static const char *keep(struct seen *seen, const char *text)
{
	if (!text)
		return NULL;
	char *copy = seen->text[seen->texts++];
	snprintf(copy, sizeof(seen->text[0]), "%s", text);
	return copy;
}

static int see_server(void *ctx, const struct store_server *server)
{
	struct seen *seen = ctx;

	seen->server = *server;
	seen->server.name = keep(seen, server->name);
	seen->server.domain = keep(seen, server->domain);
	seen->server.proxy = keep(seen, server->proxy);
	seen->server.second_proxy = keep(seen, server->second_proxy);
	seen->server.transport = keep(seen, server->transport);
	seen->server.keepalive = keep(seen, server->keepalive);
	seen->server.interface = keep(seen, server->interface);
	seen->server.tls_ca = keep(seen, server->tls_ca);
	seen->server.tls_cert = keep(seen, server->tls_cert);
	seen->server.tls_key = keep(seen, server->tls_key);
	seen->server.tls_min = keep(seen, server->tls_min);
	seen->server.srv = keep(seen, server->srv);
	seen->server.profile = keep(seen, server->profile);
	seen->server.calls = keep(seen, server->calls);
	seen->server.contact_params = keep(seen, server->contact_params);
	seen->server.address_params = keep(seen, server->address_params);
	seen->server.request_params = keep(seen, server->request_params);
	seen->server.headers = keep(seen, server->headers);
	return 0;
}

static int see_studio(void *ctx, const struct store_studio *studio)
{
	struct seen *seen = ctx;

	seen->studio = *studio;
	seen->studio.name = keep(seen, studio->name);
	seen->studio.note = keep(seen, studio->note);
	return 0;
}

static int see_line(void *ctx, const struct store_line *line)
{
	struct seen *seen = ctx;

	seen->line = *line;
	seen->line.name = keep(seen, line->name);
	seen->line.extension = keep(seen, line->extension);
	seen->line.auth_user = keep(seen, line->auth_user);
	seen->line.contact = keep(seen, line->contact);
	seen->line.calls = keep(seen, line->calls);
	return 0;
}

static struct seen seen;

static const struct store_server *server_of(int64_t id)
{
	seen.texts = 0;
	assert_int_equal(store_servers(place.store, id, see_server, &seen), 0);
	return &seen.server;
}

static const struct store_studio *studio_of(int64_t id)
{
	seen.texts = 0;
	assert_int_equal(store_studios(place.store, id, see_studio, &seen), 0);
	return &seen.studio;
}

static const struct store_line *line_of(int64_t id)
{
	const struct store_lines_of of = { .id = id };

	seen.texts = 0;
	assert_int_equal(store_lines(place.store, &of, see_line, &seen), 0);
	return &seen.line;
}

static uint32_t epoch_of(int64_t id)
{
	return line_of(id)->epoch;
}

/* ---- general */

static void a_new_store_has_general_settings(void **state)
{
	struct store_general general;

	(void)state;
	assert_int_equal(store_general_get(place.store, &general), 0);
	assert_int_equal(general.default_server, 0);
	assert_true(general.srv);
	assert_int_equal(general.on_stop, STORE_ON_STOP_REMOVE);
	assert_int_equal(general.history_days, 30);
	assert_int_equal(general.shards, 0);
	assert_int_equal(general.syslog, STORE_SYSLOG_NONE);
	assert_string_equal(general.syslog_host, "");
}

static void general_settings_are_kept(void **state)
{
	const struct store_general set = { .default_server = put_server(place.store, "a.test"),
		                           .srv = false,
		                           .on_stop = STORE_ON_STOP_KEEP,
		                           .history_days = 7,
		                           .shards = 4,
		                           .syslog = STORE_SYSLOG_TCP,
		                           .syslog_port = 1601,
		                           .syslog_host = "log.test" };
	struct store_general got;

	(void)state;
	assert_int_equal(store_general_set(place.store, &set), 0);
	place_reopen(&place);
	assert_int_equal(store_general_get(place.store, &got), 0);
	assert_int_equal(got.default_server, set.default_server);
	assert_false(got.srv);
	assert_int_equal(got.on_stop, STORE_ON_STOP_KEEP);
	assert_int_equal(got.history_days, 7);
	assert_int_equal(got.shards, 4);
	assert_int_equal(got.syslog, STORE_SYSLOG_TCP);
	assert_int_equal(got.syslog_port, 1601);
	assert_string_equal(got.syslog_host, "log.test");
}

static void general_settings_out_of_range_are_refused(void **state)
{
	static const struct {
		struct store_general general;
		int err;
		const char *sentence;
	} rows[] = {
		{ { .history_days = 0 }, -EINVAL, "history is kept for 1 to 3650 days" },
		{ { .history_days = 3651 }, -EINVAL, "history is kept for 1 to 3650 days" },
		{ { .history_days = 1, .shards = 1025 }, -EINVAL, "shards are 0 to 1024" },
		{ { .history_days = 1, .on_stop = (enum store_on_stop)2 },
		  -EINVAL,
		  "on-stop is remove or keep" },
		{ { .history_days = 1, .default_server = 5 },
		  -ENOENT,
		  "the default server does not exist" },
		{ { .history_days = 1, .syslog = STORE_SYSLOG_UDP },
		  -EINVAL,
		  "syslog over udp or tcp needs a host" },
		{ { .history_days = 1, .syslog = (enum store_syslog)3, .syslog_host = "a" },
		  -EINVAL,
		  "syslog goes over none, udp or tcp" },
		{ { .history_days = 1, .syslog_host = "a\nb" },
		  -EINVAL,
		  "the syslog host holds a control character, or is no valid UTF-8" },
	};
	struct store_general got;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(store_general_set(place.store, &rows[i].general), rows[i].err);
		assert_string_equal(store_error(place.store), rows[i].sentence);
	}
	assert_int_equal(store_general_get(place.store, &got), 0);
	assert_int_equal(got.history_days, 30);
}

/* ---- servers */

static void a_server_is_kept_whole(void **state)
{
	const struct store_server set = {
		.name = "Carrier",
		.domain = "pbx.example",
		.port = 5070,
		.proxy = "edge.example:5061",
		.transport = "tls",
		.expires_s = 600,
		.rate_per_s = 20,
		.keepalive = "options",
		.interface = "eth1",
		.tls_ca = "/etc/ca.pem",
		.tls_cert = "/etc/cert.pem",
		.tls_key = "/etc/key.pem",
		.tls_min = "1.3",
		.srv = "yes",
		.profile = "vonage",
		.calls = "busy",
		.contact_params = ";ob",
		.outbound = true,
		.flows = 2,
		.second_proxy = "edge2.example",
		.gruu = true,
		.address_params = ";user=phone",
		.request_params = ";transport=udp",
		.headers = "Privacy: id",
	};
	int64_t id;

	(void)state;
	assert_int_equal(store_server_put(place.store, &set, &id), 0);
	place_reopen(&place);
	const struct store_server *got = server_of(id);
	assert_int_equal(got->id, id);
	assert_string_equal(got->name, set.name);
	assert_string_equal(got->domain, set.domain);
	assert_int_equal(got->port, set.port);
	assert_string_equal(got->proxy, set.proxy);
	assert_string_equal(got->transport, set.transport);
	assert_int_equal(got->expires_s, set.expires_s);
	assert_int_equal(got->rate_per_s, set.rate_per_s);
	assert_string_equal(got->keepalive, set.keepalive);
	assert_string_equal(got->profile, set.profile);
	assert_string_equal(got->calls, set.calls);
	assert_string_equal(got->contact_params, set.contact_params);
	assert_true(got->outbound);
	assert_int_equal(got->flows, 2);
	assert_string_equal(got->second_proxy, set.second_proxy);
	assert_true(got->gruu);
	assert_string_equal(got->address_params, set.address_params);
	assert_string_equal(got->request_params, set.request_params);
	assert_string_equal(got->headers, set.headers);
	assert_string_equal(got->interface, set.interface);
	assert_string_equal(got->tls_ca, set.tls_ca);
	assert_string_equal(got->tls_cert, set.tls_cert);
	assert_string_equal(got->tls_key, set.tls_key);
	assert_string_equal(got->tls_min, set.tls_min);
	assert_string_equal(got->srv, set.srv);
	assert_int_equal(got->lines, 0);
}

static void a_server_without_a_name_has_its_domains(void **state)
{
	struct store_server server = good_server("pbx.example");
	int64_t id;

	(void)state;
	server.proxy = "";
	server.name = "";
	assert_int_equal(store_server_put(place.store, &server, &id), 0);
	assert_string_equal(server_of(id)->name, "pbx.example");
	assert_null(server_of(id)->proxy);
	assert_null(server_of(id)->interface);
}

static void a_servers_faults_have_sentences(void **state)
{
	static const char too_long[STORE_TEXT_MAX + 2] = { [0 ... STORE_TEXT_MAX] = 'a' };
	static const struct {
		struct store_server server;
		int err;
		const char *sentence;
	} rows[] = {
#define REST .transport = "udp", .expires_s = 60, .keepalive = "none", .srv = "no"
		{ { .domain = NULL, REST }, -EINVAL, "the domain of the server is missing" },
		{ { .domain = "", REST }, -EINVAL, "the domain of the server is missing" },
		{ { .domain = too_long, REST },
		  -EINVAL,
		  "the domain of the server is longer than 1024 bytes" },
		{ { .domain = "a\xff.test", REST },
		  -EINVAL,
		  "the domain of the server holds a control character, or is no valid UTF-8" },
		{ { .domain = "a", .name = "x\r\ny", REST },
		  -EINVAL,
		  "the name of the server holds a control character, or is no valid UTF-8" },
		{ { .domain = "a", .proxy = "\xc3", REST },
		  -EINVAL,
		  "the proxy holds a control character, or is no valid UTF-8" },
		{ { .domain = "taken.test", REST },
		  -EEXIST,
		  "another server is called \"taken.test\"" },
		{ { .id = 77, .domain = "a", REST }, -ENOENT, "there is no server with the id 77" },
#undef REST
#define REST .domain = "a", .keepalive = "none", .srv = "no"
		{ { .expires_s = 60, REST }, -EINVAL, "server.transport is missing" },
		{ { .expires_s = 60, .transport = "sctp", REST },
		  -EINVAL,
		  "transport is udp, tcp, tls or auto" },
		{ { .expires_s = 0, .transport = "udp", REST },
		  -EINVAL,
		  "expires is 1 to 86400 seconds" },
		{ { .expires_s = 86401, .transport = "udp", REST },
		  -EINVAL,
		  "expires is 1 to 86400 seconds" },
		{ { .expires_s = 60, .rate_per_s = 100001, .transport = "udp", REST },
		  -EINVAL,
		  "rate is 0 to 100000 in a second" },
#undef REST
#define REST .domain = "a", .transport = "udp", .expires_s = 60
		{ { .keepalive = "ping", .srv = "no", REST },
		  -EINVAL,
		  "keepalive is none, crlf, stun or options" },
		{ { .keepalive = "none", .srv = "maybe", REST },
		  -EINVAL,
		  "srv is default, yes or no" },
#undef REST
	};
	unsigned count = 0;
	int64_t id = -1;

	(void)state;
	put_server(place.store, "taken.test");
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(store_server_put(place.store, &rows[i].server, &id), rows[i].err);
		assert_string_equal(store_error(place.store), rows[i].sentence);
	}
	assert_int_equal(id, -1);
	assert_int_equal(store_servers(place.store, 0, count_server, &count), 0);
	assert_int_equal(count, 1);
}

static int join_names(void *ctx, const struct store_server *server)
{
	size_t n = strlen(ctx);

	snprintf((char *)ctx + n, 64 - n, "%s ", server->name);
	return 0;
}

static void servers_stand_in_the_order_of_their_names(void **state)
{
	char names[64] = "";

	(void)state;
	put_server(place.store, "c");
	put_server(place.store, "a");
	put_server(place.store, "b");
	assert_int_equal(store_servers(place.store, 0, join_names, names), 0);
	assert_string_equal(names, "a b c ");
}

static void a_server_that_lines_use_cannot_be_removed(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1");
	int64_t named = put_server(place.store, "named.test");
	int64_t usual = put_server(place.store, "default.test");
	struct store_general general = { .default_server = usual, .history_days = 30 };
	struct store_line line = good_line(studio, 1);
	int64_t first, second;

	(void)state;
	assert_int_equal(store_general_set(place.store, &general), 0);
	line.server = named;
	assert_int_equal(store_line_put(place.store, &line, &first), 0);
	second = put_line(place.store, studio, 2);
	assert_int_equal(server_of(named)->lines, 1);
	assert_int_equal(server_of(usual)->lines, 1);
	assert_int_equal(store_server_remove(place.store, named), -EBUSY);
	assert_int_equal(store_server_remove(place.store, usual), -EBUSY);
	assert_string_equal(store_error(place.store),
	                    "1 line uses this server: give it another one first");

	assert_int_equal(store_line_remove(place.store, first), 0);
	assert_int_equal(store_line_remove(place.store, second), 0);
	assert_int_equal(store_server_remove(place.store, named), 0);
	assert_int_equal(store_server_remove(place.store, usual), 0);
	assert_int_equal(store_server_remove(place.store, usual), -ENOENT);
	assert_int_equal(store_general_get(place.store, &general), 0);
	assert_int_equal(general.default_server, 0);
	assert_int_equal(store_servers(place.store, usual, count_server, NULL), -ENOENT);
}

static void a_server_is_made_for_a_line_that_names_a_new_one(void **state)
{
	struct store_server other = good_server("b.test");
	int64_t a, again, with_port, b, b_port;

	(void)state;
	assert_int_equal(store_server_for(place.store, "a.test", 0, &a, NULL), 0);
	assert_int_equal(store_server_for(place.store, "A.Test", 0, &again, NULL), 0);
	assert_int_equal(a, again);
	assert_string_equal(server_of(a)->name, "a.test");
	assert_string_equal(server_of(a)->transport, "udp");
	assert_int_equal(server_of(a)->expires_s, STORE_EXPIRES_S);

	assert_int_equal(store_server_for(place.store, "a.test", 5070, &with_port, NULL), 0);
	assert_int_not_equal(with_port, a);
	assert_string_equal(server_of(with_port)->name, "a.test:5070");
	assert_int_equal(server_of(with_port)->port, 5070);

	other.name = "a.test:5080";
	assert_int_equal(store_server_put(place.store, &other, &b), 0);
	assert_int_equal(store_server_for(place.store, "a.test", 5080, &b_port, NULL), 0);
	assert_string_equal(server_of(b_port)->name, "a.test:5080 (2)");
	assert_int_equal(store_server_for(place.store, "b.test", 0, &again, NULL), 0);
	assert_int_equal(again, b);
	assert_int_equal(store_server_for(place.store, "", 0, &again, NULL), -EINVAL);
}

/* Who types the domain alone later means another port, and finds no server of that name. */
static void a_server_made_for_a_port_is_called_by_its_whole_address(void **state)
{
	int64_t with_port, without, again;

	(void)state;
	bool made = false;
	assert_int_equal(store_server_for(place.store, "c.test", 5070, &with_port, &made), 0);
	assert_true(made);
	assert_string_equal(server_of(with_port)->name, "c.test:5070");
	assert_int_equal(store_server_for(place.store, "c.test", 0, &without, NULL), 0);
	assert_int_not_equal(without, with_port);
	assert_string_equal(server_of(without)->name, "c.test");
	assert_int_equal(server_of(without)->port, 0);
	assert_int_equal(store_server_for(place.store, "C.test", 5070, &again, &made), 0);
	assert_int_equal(again, with_port);
	assert_false(made);
	assert_int_equal(store_server_for(place.store, "[2001:db8::1]", 5070, &again, NULL), 0);
	assert_string_equal(server_of(again)->name, "[2001:db8::1]:5070");
}

/* ---- studios */

static void a_studio_is_kept_and_counts_its_lines(void **state)
{
	struct store_studio studio = { .name = "Studio \\ 1", .note = "first floor" };
	int64_t id;

	(void)state;
	assert_int_equal(store_studio_put(place.store, &studio, &id), 0);
	put_line(place.store, id, 1);
	put_line(place.store, id, 2);
	assert_string_equal(studio_of(id)->name, "Studio \\ 1");
	assert_string_equal(studio_of(id)->note, "first floor");
	assert_int_equal(studio_of(id)->lines, 2);
	studio = (struct store_studio){ .id = id, .name = "Studio Z\xc3\xbcrich" };
	assert_int_equal(store_studio_put(place.store, &studio, NULL), 0);
	place_reopen(&place);
	assert_string_equal(studio_of(id)->name, "Studio Z\xc3\xbcrich");
	assert_null(studio_of(id)->note);
}

static void a_studios_faults_have_sentences(void **state)
{
	static const struct {
		struct store_studio studio;
		int err;
		const char *sentence;
	} rows[] = {
		{ { .name = NULL }, -EINVAL, "the name of the studio is missing" },
		{ { .name = "taken" }, -EEXIST, "another studio is called \"taken\"" },
		{ { .id = 9, .name = "x" }, -ENOENT, "there is no studio with the id 9" },
		{ { .name = "x", .note = "\x1b[2J" },
		  -EINVAL,
		  "the note of the studio holds a control character, or is no valid UTF-8" },
	};

	(void)state;
	put_studio(place.store, "taken");
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(store_studio_put(place.store, &rows[i].studio, NULL), rows[i].err);
		assert_string_equal(store_error(place.store), rows[i].sentence);
	}
	assert_int_equal(store_studio_remove(place.store, 9), -ENOENT);
	assert_int_equal(store_studios(place.store, 9, see_studio, &seen), -ENOENT);
}

static void a_studio_goes_with_its_lines(void **state)
{
	int64_t gone = put_studio(place.store, "gone"), kept = put_studio(place.store, "kept");
	const struct store_lines_of all = { .id = 0 };
	struct store_state of_line = { .epoch = 1 };
	unsigned count = 0;

	(void)state;
	of_line.line = put_line(place.store, gone, 1);
	put_line(place.store, gone, 2);
	put_line(place.store, kept, 1);
	assert_int_equal(store_states_write(place.store, &of_line, 1), 0);
	assert_int_equal(store_studio_remove(place.store, gone), 0);
	assert_int_equal(store_lines(place.store, &all, count_line, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_studios(place.store, gone, see_studio, &seen), -ENOENT);
}

/* ---- lines */

static void a_line_is_kept_whole(void **state)
{
	struct store_line set = {
		.studio = put_studio(place.store, "Studio 1"),
		.number = UINT32_MAX,
		.name = "Hotline",
		.extension = "0755",
		.auth_user = "user",
		.password_is = STORE_PASSWORD_SET,
		.password = "geheim",
		.server = put_server(place.store, "pbx.test"),
		.enabled = true,
		.contact = "sip:1001@192.0.2.9",
		.calls = "sip:door@studio.test",
	};
	char password[STORE_PASSWORD_MAX + 1];
	int64_t id;

	(void)state;
	assert_int_equal(store_line_put(place.store, &set, &id), 0);
	place_reopen(&place);
	const struct store_line *got = line_of(id);
	assert_int_equal(got->id, id);
	assert_int_equal(got->studio, set.studio);
	assert_int_equal(got->number, UINT32_MAX);
	assert_string_equal(got->name, set.name);
	assert_string_equal(got->extension, set.extension);
	assert_string_equal(got->auth_user, set.auth_user);
	assert_string_equal(got->contact, set.contact);
	assert_string_equal(got->calls, set.calls);
	assert_int_equal(got->server, set.server);
	assert_true(got->enabled);
	assert_true(got->has_password);
	assert_null(got->password);
	assert_int_equal(got->epoch, 1);
	assert_int_equal(store_line_password(place.store, id, password), 0);
	assert_string_equal(password, "geheim");
}

static void a_lines_faults_have_sentences(void **state)
{
	static char too_long[STORE_PASSWORD_MAX + 2] = { [0 ... STORE_PASSWORD_MAX] = 'p' };
	int64_t studio = put_studio(place.store, "Studio 1");
	const struct {
		struct store_line line;
		int err;
		const char *sentence;
	} rows[] = {
		{ { .studio = studio, .number = 1 }, -EINVAL, "the extension is missing" },
		{ { .studio = studio, .number = 0, .extension = "1" },
		  -EINVAL,
		  "a line's number is 1 to 4294967295" },
		{ { .studio = studio, .number = 7, .extension = "1" },
		  -EEXIST,
		  "the number 7 is taken in this studio" },
		{ { .studio = 99, .number = 1, .extension = "1" },
		  -ENOENT,
		  "the studio or the server of the line does not exist" },
		{ { .studio = studio, .number = 1, .extension = "1", .server = 99 },
		  -ENOENT,
		  "the studio or the server of the line does not exist" },
		{ { .id = 99, .studio = studio, .number = 1, .extension = "1" },
		  -ENOENT,
		  "there is no line with the id 99" },
		{ { .studio = studio, .number = 1, .extension = "1\r\nX: y" },
		  -EINVAL,
		  "the extension holds a control character, or is no valid UTF-8" },
		{ { .studio = studio, .number = 1, .extension = "1", .name = "\xed\xa0\x80" },
		  -EINVAL,
		  "the name of the line holds a control character, or is no valid UTF-8" },
		{ { .studio = studio, .number = 1, .extension = "1", .auth_user = "\x7f" },
		  -EINVAL,
		  "the auth user holds a control character, or is no valid UTF-8" },
		{ { .studio = studio, .number = 1, .extension = "1", .contact = "\n" },
		  -EINVAL,
		  "the contact holds a control character, or is no valid UTF-8" },
		{ { .studio = studio,
		    .number = 1,
		    .extension = "1",
		    .password_is = STORE_PASSWORD_SET },
		  -EINVAL,
		  "the password is missing" },
		{ { .studio = studio,
		    .number = 1,
		    .extension = "1",
		    .password_is = STORE_PASSWORD_SET,
		    .password = too_long },
		  -EINVAL,
		  "the password is longer than 1024 bytes" },
	};
	const struct store_lines_of all = { .id = 0 };
	int64_t id = -1;
	unsigned count = 0;

	(void)state;
	put_line(place.store, studio, 7);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(store_line_put(place.store, &rows[i].line, &id), rows[i].err);
		assert_string_equal(store_error(place.store), rows[i].sentence);
	}
	assert_int_equal(id, -1);
	assert_int_equal(store_line_remove(place.store, 99), -ENOENT);
	assert_int_equal(store_lines(place.store, &all, count_line, &count), 0);
	assert_int_equal(count, 1);
}

static void an_id_is_never_used_twice(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1");
	int64_t first = put_line(place.store, studio, 1), second;

	(void)state;
	assert_int_equal(store_line_remove(place.store, first), 0);
	place_reopen(&place);
	second = put_line(place.store, studio, 1);
	assert_true(second > first);
}

static int join_numbers(void *ctx, const struct store_line *line)
{
	size_t n = strlen(ctx);

	snprintf((char *)ctx + n, 64 - n, "%d.%u ", (int)line->studio, (unsigned)line->number);
	return 0;
}

static void lines_are_found_by_what_they_belong_to(void **state)
{
	int64_t one = put_studio(place.store, "B"), two = put_studio(place.store, "A");
	int64_t usual = put_server(place.store, "usual"), other = put_server(place.store, "other");
	const struct store_general general = { .default_server = usual, .history_days = 1 };
	struct store_line line = good_line(two, 2);
	int64_t id;

	(void)state;
	assert_int_equal(store_general_set(place.store, &general), 0);
	put_line(place.store, two, 3);
	line.server = other;
	assert_int_equal(store_line_put(place.store, &line, &id), 0);
	line = good_line(one, 1);
	line.server = usual;
	assert_int_equal(store_line_put(place.store, &line, NULL), 0);
	const struct {
		struct store_lines_of of;
		int err;
		const char *found;
	} rows[] = {
		{ { .id = 0 }, 0, "1.1 2.2 2.3 " },
		{ { .studio = two }, 0, "2.2 2.3 " },
		{ { .server = usual }, 0, "1.1 2.3 " },
		{ { .server = other }, 0, "2.2 " },
		{ { .studio = two, .server = usual }, 0, "2.3 " },
		{ { .id = id }, 0, "2.2 " },
		{ { .id = id, .studio = two, .server = other }, 0, "2.2 " },
		{ { .id = id, .studio = one }, -ENOENT, "" },
		{ { .id = id, .server = usual }, -ENOENT, "" },
		{ { .studio = 99 }, 0, "" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char found[64] = "";

		assert_int_equal(store_lines(place.store, &rows[i].of, join_numbers, found),
		                 rows[i].err);
		assert_string_equal(found, rows[i].found);
	}
}

static int stop_at_second(void *ctx, const struct store_line *line)
{
	(void)line;
	return ++*(unsigned *)ctx == 2 ? 42 : 0;
}

static void a_callback_ends_the_walk(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1");
	const struct store_lines_of all = { .id = 0 };
	unsigned count = 0;

	(void)state;
	for (uint32_t number = 1; number < 5; number++)
		put_line(place.store, studio, number);
	assert_int_equal(store_lines(place.store, &all, stop_at_second, &count), 42);
	assert_int_equal(count, 2);
}

struct nest {
	unsigned depth, calls;
};

static int read_within(void *ctx, const struct store_line *line)
{
	const struct store_lines_of all = { .id = 0 };
	struct store_line again = good_line(line->studio, 100);
	struct nest *nest = ctx;

	nest->calls++;
	assert_int_equal(store_line_put(place.store, &again, NULL), -EBUSY);
	assert_int_equal(store_begin(place.store), -EBUSY);
	if (nest->depth == 0)
		return 0;
	struct nest inner = { .depth = nest->depth - 1 };
	assert_int_equal(store_lines(place.store, &all, read_within, &inner), 0);
	nest->calls += inner.calls;
	return 0;
}

static void a_callback_may_read_but_not_change(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1");
	const struct store_lines_of all = { .id = 0 };
	struct nest nest = { .depth = 2 };

	(void)state;
	for (uint32_t number = 1; number < 4; number++)
		put_line(place.store, studio, number);
	assert_int_equal(store_lines(place.store, &all, read_within, &nest), 0);
	assert_int_equal(nest.calls, 3 + 9 + 27);
	put_line(place.store, studio, 100);
}

/* ---- epochs */

static void an_epoch_rises_with_what_is_sent(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1"), other = put_server(place.store, "o");
	int64_t usual = put_server(place.store, "usual");
	const struct store_general general = { .default_server = usual, .history_days = 1 };
	const struct store_line first = { .studio = studio,
		                          .number = 1,
		                          .extension = "1001",
		                          .auth_user = "u",
		                          .contact = "c",
		                          .password_is = STORE_PASSWORD_SET,
		                          .password = "p" };
	const struct {
		const char *name, *extension, *auth_user, *contact, *password;
		int64_t server;
		uint32_t number;
		uint32_t rises;
		enum store_password password_is;
		bool enabled;
	} rows[] = {
		{ NULL, "1001", "u", "c", NULL, 0, 1, 0, STORE_PASSWORD_LEAVE, false },
		{ "name", "1001", "u", "c", NULL, 0, 1, 0, STORE_PASSWORD_LEAVE, false },
		{ NULL, "1001", "u", "c", NULL, 0, 2, 0, STORE_PASSWORD_LEAVE, false },
		{ NULL, "1001", "u", "c", NULL, 0, 1, 0, STORE_PASSWORD_LEAVE, true },
		{ NULL, "1001", "u", "c", "p", 0, 1, 0, STORE_PASSWORD_SET, false },
		{ NULL, "1001", "u", "c", NULL, usual, 1, 0, STORE_PASSWORD_LEAVE, false },
		{ NULL, "1002", "u", "c", NULL, 0, 1, 1, STORE_PASSWORD_LEAVE, false },
		{ NULL, "1001", NULL, "c", NULL, 0, 1, 1, STORE_PASSWORD_LEAVE, false },
		{ NULL, "1001", "u", NULL, NULL, 0, 1, 1, STORE_PASSWORD_LEAVE, false },
		{ NULL, "1001", "u", "c", NULL, other, 1, 1, STORE_PASSWORD_LEAVE, false },
		{ NULL, "1001", "u", "c", "q", 0, 1, 1, STORE_PASSWORD_SET, false },
		{ NULL, "1001", "u", "c", "", 0, 1, 1, STORE_PASSWORD_SET, false },
		{ NULL, "1001", "u", "c", NULL, 0, 1, 1, STORE_PASSWORD_CLEAR, false },
	};

	(void)state;
	assert_int_equal(store_general_set(place.store, &general), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_line line = first;
		int64_t id;

		assert_int_equal(store_line_put(place.store, &line, &id), 0);
		line.id = id;
		line.name = rows[i].name;
		line.extension = rows[i].extension;
		line.auth_user = rows[i].auth_user;
		line.contact = rows[i].contact;
		line.password_is = rows[i].password_is;
		line.password = rows[i].password;
		line.server = rows[i].server;
		line.number = rows[i].number;
		line.enabled = rows[i].enabled;
		assert_int_equal(store_line_put(place.store, &line, NULL), 0);
		assert_int_equal(epoch_of(id), 1 + rows[i].rises);
		assert_int_equal(line_of(id)->has_password,
		                 rows[i].password_is != STORE_PASSWORD_CLEAR);
		assert_int_equal(store_line_remove(place.store, id), 0);
	}
}

static void clearing_a_password_that_is_not_there_is_no_change(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1");
	struct store_line line = good_line(studio, 1);

	(void)state;
	assert_int_equal(store_line_put(place.store, &line, &line.id), 0);
	line.password_is = STORE_PASSWORD_CLEAR;
	assert_int_equal(store_line_put(place.store, &line, NULL), 0);
	assert_int_equal(epoch_of(line.id), 1);
}

static void a_server_raises_the_epochs_of_its_lines(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1");
	int64_t other = put_server(place.store, "other.test");
	struct store_server first = good_server("pbx.test");
	struct store_line line = good_line(studio, 1);
	int64_t named, unnamed, foreign;

	(void)state;
	assert_int_equal(store_server_put(place.store, &first, &first.id), 0);
	const struct store_general general = { .default_server = first.id, .history_days = 1 };
	assert_int_equal(store_general_set(place.store, &general), 0);
	line.server = first.id;
	assert_int_equal(store_line_put(place.store, &line, &named), 0);
	unnamed = put_line(place.store, studio, 2);
	line = good_line(studio, 3);
	line.server = other;
	assert_int_equal(store_line_put(place.store, &line, &foreign), 0);

	struct store_server rows[22];
	const bool rises[COUNT(rows)] = {
		[1] = true,  [2] = true,  [3] = true,  [4] = true,  [5] = true,
		[6] = true,  [12] = true, [13] = true, [16] = true, [17] = true,
		[18] = true, [19] = true, [20] = true, [21] = true,
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		rows[i] = first;
	rows[0].rate_per_s = 7;
	rows[1].domain = "pbx2.test";
	rows[2].port = 5070;
	rows[3].proxy = "edge.test";
	rows[4].transport = "tcp";
	rows[5].expires_s = 60;
	rows[6].interface = "eth0";
	rows[7].keepalive = "crlf";
	rows[12].outbound = true;
	rows[13].contact_params = ";ob";
	rows[14].calls = "busy";
	rows[15].profile = "vonage";
	rows[16].gruu = true;
	rows[17].address_params = ";user=phone";
	rows[18].request_params = ";transport=udp";
	rows[19].headers = "Privacy: id";
	rows[20].flows = 2;
	rows[21].second_proxy = "edge2.test";
	rows[8].name = "another name";
	rows[9].tls_ca = "/ca";
	rows[10].srv = "no";
	uint32_t epoch = 1;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(store_server_put(place.store, &rows[i], NULL), 0);
		epoch += rises[i];
		assert_int_equal(epoch_of(named), epoch);
		assert_int_equal(epoch_of(unnamed), epoch);
		assert_int_equal(store_server_put(place.store, &first, NULL), 0);
		epoch += rises[i];
		assert_int_equal(epoch_of(named), epoch);
	}
	assert_int_equal(epoch_of(foreign), 1);
}

static void another_default_raises_the_epochs_of_lines_without_a_server(void **state)
{
	int64_t studio = put_studio(place.store, "Studio 1");
	struct store_general general = { .default_server = put_server(place.store, "a"),
		                         .history_days = 1 };
	struct store_line line = good_line(studio, 2);
	int64_t without = put_line(place.store, studio, 1), with;

	(void)state;
	line.server = general.default_server;
	assert_int_equal(store_line_put(place.store, &line, &with), 0);
	assert_int_equal(store_general_set(place.store, &general), 0);
	assert_int_equal(epoch_of(without), 2);
	general.srv = true;
	assert_int_equal(store_general_set(place.store, &general), 0);
	assert_int_equal(epoch_of(without), 2);
	general.default_server = put_server(place.store, "b");
	assert_int_equal(store_general_set(place.store, &general), 0);
	assert_int_equal(epoch_of(without), 3);
	assert_int_equal(epoch_of(with), 1);
}

/* ---- transactions and changes */

static void a_rollback_leaves_nothing(void **state)
{
	const struct store_lines_of all = { .id = 0 };
	int64_t studio = put_studio(place.store, "Studio 1");
	int64_t changes = store_change_last(place.store);
	unsigned count = 0;

	(void)state;
	assert_int_equal(store_begin(place.store), 0);
	put_line(place.store, studio, 1);
	put_studio(place.store, "Studio 2");
	store_rollback(place.store);
	store_rollback(place.store); /* nothing */
	assert_int_equal(store_lines(place.store, &all, count_line, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_change_last(place.store), changes);

	assert_int_equal(store_begin(place.store), 0);
	put_line(place.store, studio, 1);
	place_reopen(&place); /* closing an open transaction undoes it, too */
	assert_int_equal(store_lines(place.store, &all, count_line, &count), 0);
	assert_int_equal(count, 0);
}

static void one_refusal_within_a_transaction_is_not_the_others(void **state)
{
	const struct store_lines_of all = { .id = 0 };
	int64_t studio = put_studio(place.store, "Studio 1");
	const struct store_line twice = good_line(studio, 1);
	unsigned count = 0;

	(void)state;
	assert_int_equal(store_begin(place.store), 0);
	put_line(place.store, studio, 1);
	assert_int_equal(store_line_put(place.store, &twice, NULL), -EEXIST);
	put_line(place.store, studio, 2);
	assert_int_equal(store_commit(place.store), 0);
	assert_int_equal(store_lines(place.store, &all, count_line, &count), 0);
	assert_int_equal(count, 2);
}

struct told {
	unsigned count;
	struct store_change list[32];
};

static int note_change(void *ctx, const struct store_change *change)
{
	struct told *told = ctx;

	assert_in_range(told->count, 0, COUNT(told->list) - 1);
	told->list[told->count++] = *change;
	return 0;
}

static void each_change_is_told_once_and_in_order(void **state)
{
	struct told told = { .count = 0 };
	struct store_general general;

	(void)state;
	assert_int_equal(store_change_last(place.store), 0);
	assert_int_equal(store_changes(place.store, 0, note_change, &told), 0);
	assert_int_equal(told.count, 0);

	int64_t server = put_server(place.store, "a"), studio = put_studio(place.store, "S");
	int64_t line = put_line(place.store, studio, 1), second = put_line(place.store, studio, 2);
	assert_int_equal(store_general_get(place.store, &general), 0);
	general.default_server = server;
	assert_int_equal(store_general_set(place.store, &general), 0);
	assert_int_equal(store_line_remove(place.store, line), 0);
	assert_int_equal(store_studio_remove(place.store, studio), 0);
	assert_int_equal(store_server_remove(place.store, server), 0);
	const struct store_change expected[] = {
		{ 1, STORE_SERVER, server }, { 2, STORE_STUDIO, studio },
		{ 3, STORE_LINE, line },     { 4, STORE_LINE, second },
		{ 5, STORE_GENERAL, 0 },     { 6, STORE_LINE, line },
		{ 7, STORE_LINE, second },   { 8, STORE_STUDIO, studio },
		{ 9, STORE_SERVER, server }, { 10, STORE_GENERAL, 0 },
	};
	for (unsigned after = 0; after <= COUNT(expected); after++) {
		told.count = 0;
		assert_int_equal(store_changes(place.store, after, note_change, &told), 0);
		assert_int_equal(told.count, COUNT(expected) - after);
		for (unsigned i = 0; i < told.count; i++) {
			assert_int_equal(told.list[i].number, expected[after + i].number);
			assert_int_equal(told.list[i].what, expected[after + i].what);
			assert_int_equal(told.list[i].id, expected[after + i].id);
		}
	}
	assert_int_equal(store_change_last(place.store), COUNT(expected));
	assert_int_equal(store_changes(place.store, 11, note_change, &told), -ESTALE);
	place_reopen(&place);
	assert_int_equal(store_change_last(place.store), COUNT(expected));
}

static void old_changes_are_forgotten_and_that_is_told(void **state)
{
	enum { MANY = 102500, KEPT = 100000 };
	const struct store_studio studio = { .name = "S", .id = put_studio(place.store, "S") };
	struct told told = { .count = 0 };

	(void)state;
	assert_int_equal(store_begin(place.store), 0);
	for (unsigned i = 1; i < MANY; i++)
		assert_int_equal(store_studio_put(place.store, &studio, NULL), 0);
	assert_int_equal(store_commit(place.store), 0);
	assert_int_equal(store_change_last(place.store), MANY);
	assert_int_equal(store_changes(place.store, MANY - 3, note_change, &told), 0);
	assert_int_equal(told.count, 3);
	assert_int_equal(store_changes(place.store, 0, note_change, &told), -ESTALE);
	assert_int_equal(store_changes(place.store, MANY - KEPT - 1000, note_change, &told),
	                 -ESTALE);
	assert_int_equal(told.count, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_store_has_general_settings),
		TEST(general_settings_are_kept),
		TEST(general_settings_out_of_range_are_refused),
		TEST(a_server_is_kept_whole),
		TEST(a_server_without_a_name_has_its_domains),
		TEST(a_servers_faults_have_sentences),
		TEST(servers_stand_in_the_order_of_their_names),
		TEST(a_server_that_lines_use_cannot_be_removed),
		TEST(a_server_is_made_for_a_line_that_names_a_new_one),
		TEST(a_server_made_for_a_port_is_called_by_its_whole_address),
		TEST(a_studio_is_kept_and_counts_its_lines),
		TEST(a_studios_faults_have_sentences),
		TEST(a_studio_goes_with_its_lines),
		TEST(a_line_is_kept_whole),
		TEST(a_lines_faults_have_sentences),
		TEST(an_id_is_never_used_twice),
		TEST(lines_are_found_by_what_they_belong_to),
		TEST(a_callback_ends_the_walk),
		TEST(a_callback_may_read_but_not_change),
		TEST(an_epoch_rises_with_what_is_sent),
		TEST(clearing_a_password_that_is_not_there_is_no_change),
		TEST(a_server_raises_the_epochs_of_its_lines),
		TEST(another_default_raises_the_epochs_of_lines_without_a_server),
		TEST(a_rollback_leaves_nothing),
		TEST(one_refusal_within_a_transaction_is_not_the_others),
		TEST(each_change_is_told_once_and_in_order),
		TEST(old_changes_are_forgotten_and_that_is_told),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
