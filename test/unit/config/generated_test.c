/* Settings that a seed makes, with the texts that YAML has traps for: what an export says, another
 * store is made of, to the byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "unit/config/desk.h"

#define SEEDS 60

/* Each is a text that some reader of YAML takes for something else. */
static const char *const traps[] = {
	"yes",
	"no",
	"null",
	"~",
	"0755",
	"1e3",
	"0x1f",
	".5",
	"- a",
	"? b",
	": c",
	"a: b",
	"a #b",
	"#b",
	"&a",
	"*a",
	"!t",
	"%d",
	"@x",
	"`x`",
	"'q'",
	"it's",
	"[1]",
	"{a: b}",
	"\\n",
	"a\\",
	"2026-11-22",
	"12:30:45",
	"=",
	"<<",
	"...",
	"---",
	"a \"b\" c",
	"|",
	">",
	"caf\xc3\xa9",
	"\xf0\x9f\x8e\x99",
	"a, b; c",
	"true",
	"x  y",
};
static const char *const extensions[] = { "1001", "0755", "1e3",         "no",  "a.b", "x%20y",
	                                  "+49",  "*99",  "J\xc3\xb6rg", "007", "~",   "a&b" };

static const char *pick(struct rng *rng, const char *const *list, size_t n)
{
	return list[rng_between(rng, 0, n - 1)];
}
#define PICK(rng, list) pick(rng, list, sizeof(list) / sizeof((list)[0]))

static const char *maybe(struct rng *rng, const char *text)
{
	return rng_between(rng, 0, 1) ? text : NULL;
}

/* A text that no other of its kind has. */
static const char *unique(struct rng *rng, unsigned i, char memory[128])
{
	snprintf(memory, 128, "%s %u", PICK(rng, traps), i);
	return memory;
}

static int64_t put_server(struct desk *desk, struct rng *rng, unsigned i)
{
	static const char *const transports[] = { "udp", "tcp", "tls", "auto" };
	static const char *const keepalives[] = { "none", "crlf", "stun", "options" };
	static const char *const srvs[] = { "default", "yes", "no" };
	static const char *const domains[] = { "a.example", "b.example", "[2001:db8::1]",
		                               "192.0.2.1" };
	static const char *const profiles[] = { "cucm", "vonage", "asterisk" };
	static const char *const interfaces[] = { "eth0",     "no",          "007",
		                                  "10.0.0.1", "2001:db8::1", "it's\\#1" };
	static const char *const calls[] = { "busy", "unavailable", "sip:desk@studio.example" };
	char name[128];
	int64_t id = 0;
	const struct store_server server = {
		.name = unique(rng, i, name),
		.domain = PICK(rng, domains),
		.port = (uint16_t)rng_between(rng, 0, 2),
		.proxy = maybe(rng, "edge.example:5080"),
		.transport = PICK(rng, transports),
		.expires_s = (uint32_t)rng_between(rng, 1, 86400),
		.rate_per_s = (uint32_t)rng_between(rng, 0, 3),
		.keepalive = PICK(rng, keepalives),
		.interface = maybe(rng, PICK(rng, interfaces)),
		.tls_ca = maybe(rng, PICK(rng, traps)),
		.tls_cert = maybe(rng, PICK(rng, traps)),
		.tls_key = maybe(rng, PICK(rng, traps)),
		.tls_min = rng_between(rng, 0, 1) ? "1.3" : "1.2",
		.srv = PICK(rng, srvs),
		.profile = maybe(rng, PICK(rng, profiles)),
		.calls = maybe(rng, PICK(rng, calls)),
		.contact_params = maybe(rng, ";ob;x=\"y, z\""),
		.outbound = rng_between(rng, 0, 1),
		.flows = (uint32_t)rng_between(rng, 1, 2),
		.second_proxy = maybe(rng, "edge2.example"),
		.gruu = rng_between(rng, 0, 1),
		.address_params = maybe(rng, ";user=phone;x=%41"),
		.request_params = maybe(rng, ";transport=udp"),
		.headers = maybe(rng, "X-A: \"q, #\" | X-B: {extension}: 1"),
	};

	assert_int_equal(store_server_put(desk->store, &server, &id), 0);
	return id;
}

static void put_line(struct desk *desk, struct rng *rng, int64_t studio, uint32_t number,
                     int64_t server)
{
	const char *auth_user = PICK(rng, traps);
	const struct store_line line = {
		.studio = studio,
		.number = number,
		.name = maybe(rng, PICK(rng, traps)),
		.extension = PICK(rng, extensions),
		.auth_user = strchr(auth_user, '"') ? NULL : auth_user,
		.password_is = rng_between(rng, 0, 1) ? STORE_PASSWORD_SET : STORE_PASSWORD_LEAVE,
		.password = "hunter two",
		.server = server,
		.enabled = rng_between(rng, 0, 1),
		.contact = maybe(rng, "sips:\xc3\xb6@[::1]:5061;transport=tls?x=y"),
		.calls = maybe(rng, "sip:night@studio.example"),
	};

	assert_int_equal(store_line_put(desk->store, &line, NULL), 0);
}

static void put_settings(struct desk *desk, struct rng *rng)
{
	int64_t servers[6] = { 0 }; /* the first: none */
	struct store_general general = {
		.srv = rng_between(rng, 0, 1),
		.on_stop = rng_between(rng, 0, 1) ? STORE_ON_STOP_KEEP : STORE_ON_STOP_REMOVE,
		.history_days = (uint32_t)rng_between(rng, 1, 3650),
		.shards = (uint32_t)rng_between(rng, 0, 8),
		.syslog = (enum store_syslog)rng_between(rng, 0, 2),
		.syslog_port = (uint16_t)rng_between(rng, 0, 65535),
		.syslog_host = "[2001:db8::2]",
	};

	for (unsigned i = 1; i < 6; i++)
		servers[i] = put_server(desk, rng, i);
	general.default_server = servers[rng_between(rng, 0, 5)];
	assert_int_equal(store_general_set(desk->store, &general), 0);
	for (unsigned i = 0, n = (unsigned)rng_between(rng, 0, 5); i < n; i++) {
		char name[128];
		const struct store_studio studio = { .name = unique(rng, i, name),
			                             .note = maybe(rng, PICK(rng, traps)) };
		int64_t id = 0;
		uint32_t number = 0;

		assert_int_equal(store_studio_put(desk->store, &studio, &id), 0);
		for (unsigned l = (unsigned)rng_between(rng, 0, 8); l > 0; l--) {
			number += (uint32_t)rng_between(rng, 1, 3);
			put_line(desk, rng, id, number, servers[rng_between(rng, 0, 5)]);
		}
	}
}

/* Without what is said about passwords, which are not in the file. */
static void strip_remarks(char *text)
{
	for (char *at; (at = strstr(text, "        # password"));) {
		char *end = strchr(at, '\n') + 1;

		memmove(at, end, strlen(end) + 1);
	}
}

static void a_store_made_from_an_export_exports_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct desk from, to;
		struct rng rng;
		char *text, *again;

		rng_seed(&rng, seed);
		desk_open(&from);
		desk_open(&to);
		put_settings(&from, &rng);
		text = desk_export(&from);
		assert_null(strstr(text, "hunter"));
		assert_int_equal(desk_compare(&from, CONFIG_YAML, text, DESK_SHOW), 0);
		if (from.text[0] && from.text[0] != '!')
			fail_msg("seed %u: %s", (unsigned)seed, from.text);
		desk_apply(&to, CONFIG_YAML, text);
		again = desk_export(&to);
		strip_remarks(text);
		assert_string_equal(again, text);
		free(text);
		free(again);
		desk_close(&from);
		desk_close(&to);
	}
}

/* Whatever the store had before: the file alone decides. */
static void a_file_makes_of_any_store_what_it_says(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct desk other;
		struct rng rng;
		char *text, *again;

		rng_seed(&rng, seed + 1000);
		desk_open(&other);
		put_settings(&other, &rng);
		text = desk_export(&other);
		desk_close(&other);
		desk_apply(&desk, CONFIG_YAML, text);
		again = desk_export(&desk);
		strip_remarks(text);
		strip_remarks(again);
		/* shards stay where the file does not name them */
		if (strstr(text, "  shards: "))
			assert_string_equal(again, text);
		assert_int_equal(desk_compare(&desk, CONFIG_YAML, text, DESK_SHOW), 0);
		assert_true(desk.text[0] == '\0' || desk.text[0] == '!');
		free(text);
		free(again);
	}
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_made_from_an_export_exports_the_same),
		cmocka_unit_test(a_file_makes_of_any_store_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
