/* The table of keys: what it says of each, that a value is put into one spelling, and that the
 * documentation has every row as the table has it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "config/profile.h"
#include "unit/config/desk.h"

static void every_key_is_found_by_its_name_and_says_what_it_is(void **state)
{
	(void)state;
	for (unsigned m = 0; m < CONFIG_MAPPING_COUNT; m++) {
		size_t count;
		const struct config_key *keys = config_keys(m, &count);

		assert_in_range(count, 2, 31);
		for (size_t i = 0; i < count; i++) {
			size_t n = strlen(keys[i].help);

			assert_ptr_equal(config_key_find(m, slice_str(keys[i].name)), &keys[i]);
			assert_true(n > 8 && keys[i].help[n - 1] != '.');
			assert_false(keys[i].help[0] >= 'A' && keys[i].help[0] <= 'Z');
			assert_true(keys[i].type == CONFIG_NUMBER || keys[i].max == 0);
			assert_true((keys[i].type == CONFIG_CHOICE) == (keys[i].choices != NULL));
		}
	}
	assert_null(config_key_find(CONFIG_LINES, SLICE("auth-usr")));
	assert_null(config_key_find(CONFIG_LINES, SLICE("Extension")));
}

/* What a key falls back to is what it takes. */
static void every_fallback_is_a_value(void **state)
{
	(void)state;
	for (unsigned m = 0; m < CONFIG_MAPPING_COUNT; m++) {
		size_t count;
		const struct config_key *keys = config_keys(m, &count);

		for (size_t i = 0; i < count; i++) {
			char memory[CONFIG_VALUE_BYTES], why_memory[CONFIG_VALUE_BYTES];
			struct buf value = buf_over(memory, sizeof(memory));
			struct buf why = buf_over(why_memory, sizeof(why_memory));

			if (!keys[i].fallback)
				continue;
			assert_int_equal(keys[i].absent, CONFIG_FALLS_BACK);
			assert_int_equal(config_key_check(&keys[i], slice_str(keys[i].fallback),
			                                  &value, &why),
			                 0);
			assert_true(slice_equal(buf_slice(&value), slice_str(keys[i].fallback)));
		}
	}
}

static void a_value_is_kept_in_one_spelling(void **state)
{
	static const struct {
		enum config_mapping mapping;
		const char *key, *text, *value;
	} rows[] = {
		{ CONFIG_LINES, "number", "007", "7" },
		{ CONFIG_LINES, "extension", "007", "007" },
		{ CONFIG_LINES, "extension", "x%20y", "x%20y" },
		{ CONFIG_LINES, "register", "TRUE", "yes" },
		{ CONFIG_LINES, "register", "Off", "no" },
		{ CONFIG_LINES, "name", "a  b", "a  b" },
		{ CONFIG_LINES, "password", " a\\ ", " a\\ " },
		{ CONFIG_LINES, "contact", "sip:a@b", "sip:a@b" },
		{ CONFIG_LINES, "calls", "sip:a@b", "sip:a@b" },
		{ CONFIG_LINES, "calls", "busy", "busy" },
		{ CONFIG_SERVERS, "calls", "unavailable", "unavailable" },
		{ CONFIG_SERVERS, "contact-parameters", ";ob;+sip.ice", ";ob;+sip.ice" },
		{ CONFIG_SERVERS, "address-parameters", ";user=phone", ";user=phone" },
		{ CONFIG_SERVERS, "request-parameters", ";a;b=%41", ";a;b=%41" },
		{ CONFIG_SERVERS, "headers", "Privacy: id | X-A: {extension}",
		  "Privacy: id | X-A: {extension}" },
		{ CONFIG_SERVERS, "interface", "eth0.100", "eth0.100" },
		{ CONFIG_SERVERS, "interface", "10.1.0.2", "10.1.0.2" },
		{ CONFIG_SERVERS, "domain", "2001:db8::1", "[2001:db8::1]" },
		{ CONFIG_SERVERS, "domain", "Pbx.Example", "Pbx.Example" },
		{ CONFIG_SERVERS, "proxy", "edge.example:05080", "edge.example:5080" },
		{ CONFIG_SERVERS, "proxy", "edge.example", "edge.example" },
		{ CONFIG_SERVERS, "proxy", "sip:edge.example:05080;lr", "edge.example:5080" },
		{ CONFIG_SERVERS, "proxy", "sip:edge.example:5080;transport=TCP;lr",
		  "sip:edge.example:5080;transport=tcp" },
		{ CONFIG_SERVERS, "second-proxy", "sips:edge2.example",
		  "sip:edge2.example;transport=tls" },
		{ CONFIG_SERVERS, "port", "65535", "65535" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct config_key *key =
			config_key_find(rows[i].mapping, slice_str(rows[i].key));
		char memory[CONFIG_VALUE_BYTES], why_memory[CONFIG_VALUE_BYTES];
		struct buf value = buf_over(memory, sizeof(memory));
		struct buf why = buf_over(why_memory, sizeof(why_memory));

		assert_non_null(key);
		assert_int_equal(config_key_check(key, slice_str(rows[i].text), &value, &why), 0);
		assert_int_equal(buf_end(&value), 0);
		assert_string_equal(value.p, rows[i].value);
		assert_int_equal(why.n, 0);
	}
}

/* As the page splits them, each into a link of its own. */
static void assert_every_source_is_an_address(const char *sources)
{
	struct slice rest = slice_str(sources);

	while (rest.n) {
		size_t n = slice_find(rest, ',');

		assert_true(slice_starts_nocase(slice_trim(rest), SLICE("https://")));
		assert_int_equal(slice_find(slice_trim(slice_of(rest.p, n)), ' '),
		                 slice_trim(slice_of(rest.p, n)).n);
		rest = slice_from(rest, n + (n < rest.n));
	}
}

/* What a profile sets is what its key takes, and every profile says where it has that from. */
static void every_profile_is_a_choice_with_good_values_and_a_source(void **state)
{
	const struct config_key *choice = config_key_find(CONFIG_SERVERS, SLICE("profile"));
	size_t count;
	const struct config_profile *profiles = config_profiles(&count);
	char names[1024];
	struct buf all = buf_over(names, sizeof(names));

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct config_profile_setting settings[CONFIG_PROFILE_SETTINGS];
		size_t set = config_profile_sets(&profiles[i], settings);

		buf_str(&all, i ? " " : "");
		buf_str(&all, profiles[i].name);
		assert_ptr_equal(config_profile_find(profiles[i].name), &profiles[i]);
		assert_true(*profiles[i].title && *profiles[i].quirks && *profiles[i].source);
		assert_true(!profiles[i].proxy_is_needed || profiles[i].proxy);
		assert_true((set == 0) == (profiles[i].unset != NULL));
		assert_every_source_is_an_address(profiles[i].source);
		for (size_t s = 0; s < set; s++) {
			char memory[CONFIG_VALUE_BYTES], why_memory[CONFIG_VALUE_BYTES];
			struct buf value = buf_over(memory, sizeof(memory));
			struct buf why = buf_over(why_memory, sizeof(why_memory));
			const struct config_key *key =
				config_key_find(CONFIG_SERVERS, slice_str(settings[s].key));

			assert_non_null(key);
			assert_int_equal(
				config_key_check(key, slice_str(settings[s].value), &value, &why),
				0);
			assert_string_equal(config_profile_value(profiles[i].name, settings[s].key),
			                    settings[s].value);
		}
	}
	assert_int_equal(buf_end(&all), 0);
	assert_string_equal(names, choice->choices);
	assert_null(config_profile_find("nobody's"));
	assert_null(config_profile_find(NULL));
	assert_null(config_profile_value("3cx", "transport"));
}

static void a_profile_is_known_by_how_a_header_field_begins(void **state)
{
	static const struct {
		const char *agent, *profile;
	} rows[] = {
		{ "FreeSWITCH-mod_sofia/1.10.7-release~64bit", "freeswitch" },
		{ "freeswitch", "freeswitch" },
		{ "Asterisk PBX 20.5.0", "asterisk" },
		{ "FPBX-16.0.40(18.20.0)", "freepbx" },
		{ "FPBX-AsteriskNOW-12.0(13.0)", "freepbx" },
		{ "kamailio (5.6.3 (x86_64/linux))", "kamailio" },
		{ "OpenSIPS (3.4.2 (x86_64/linux))", "opensips" },
		{ "3CXPhoneSystem 18.0.1.234 (234)", "3cx" },
		{ "Cisco-CUCM12.5", "cucm" },
		{ "FRITZ!OS", "fritzbox" },
		{ "AVM FRITZ!Box 7590 154.07.57", "fritzbox" },
		{ "FreeSWITC", NULL },
		{ "my FreeSWITCH", NULL },
		{ "Lineup/0.1.0", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct config_profile *profile =
			config_profile_of_agent(slice_str(rows[i].agent));

		if (!rows[i].profile)
			assert_null(profile);
		else
			assert_string_equal(profile->name, rows[i].profile);
	}
	assert_null(config_profile_of_agent(SLICE_NONE));
}

/* A provider's domain and what is in it, and nothing that only ends alike. */
static void a_profile_is_known_by_its_host(void **state)
{
	static const struct {
		const char *host, *profile;
	} rows[] = {
		{ "sip.1und1.de", "1und1" },
		{ "SIPGATE.de", "sipgate" },
		{ "x.sip.twilio.com.", "twilio" },
		{ "tel.t-online.de", "telekom" },
		{ "t-online.de", NULL }, /* its mail */
		{ "notsipgate.de", NULL },
		{ "sipgate.de.example", NULL },
		{ "gate.de", NULL },
		{ "192.0.2.1", NULL },
		{ ".", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct config_profile *profile =
			config_profile_of_host(slice_str(rows[i].host));

		if (!rows[i].profile)
			assert_null(profile);
		else
			assert_string_equal(profile->name, rows[i].profile);
	}
	assert_null(config_profile_of_host(SLICE_NONE));
	assert_string_equal(config_profile_met(SLICE("sipgate.de"), SLICE("FreeSWITCH"))->name,
	                    "sipgate");
	assert_string_equal(config_profile_met(SLICE("pbx.example"), SLICE("FreeSWITCH"))->name,
	                    "freeswitch");
	assert_null(config_profile_met(SLICE_NONE, SLICE_NONE));
}

/* Whatever was typed, the sentence fits and can be shown, and none has the password in it. */
static void a_sentence_is_printable_and_has_room(void **state)
{
	static const char *const pieces[] = { "\x1b", "\xff", "\xe2\x80\xae", "\"", "\n", "x" };

	(void)state;
	for (unsigned m = CONFIG_GENERAL; m < CONFIG_MAPPING_COUNT; m++) {
		size_t count;
		const struct config_key *keys = config_keys(m, &count);

		for (size_t i = 0; i < count; i++) {
			for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
				char text[4 * STORE_TEXT_MAX] = "hunter2 ";
				char memory[CONFIG_VALUE_BYTES], why_memory[CONFIG_VALUE_BYTES];
				struct buf value = buf_over(memory, sizeof(memory));
				struct buf why = buf_over(why_memory, sizeof(why_memory));
				size_t n = strlen(text);

				for (; n < 400 + 400 * p; n += strlen(pieces[p]))
					memcpy(text + n, pieces[p], strlen(pieces[p]));
				if (config_key_check(&keys[i], slice_of(text, n), &value, &why) ==
				    0)
					continue;
				assert_int_equal(buf_end(&why), 0);
				for (size_t c = 0; c < why.n; c++)
					assert_in_range((unsigned char)why.p[c], ' ', 0xf4);
				if (keys[i].type == CONFIG_SECRET)
					assert_null(strstr(why.p, "hunter2"));
			}
		}
	}
}

/* --- docs/studio-file.md --- */

static char *read_document(void)
{
	FILE *file = fopen(TEST_DATA "/../docs/studio-file.md", "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_in_range(fread(text, 1, 65535, file), 1000, 65534);
	fclose(file);
	return text;
}

/* A row of the document's tables: key, what it takes, where it is left out, what it is. */
static void put_row(const struct config_key *key, struct buf *out)
{
	buf_str(out, "\n| `");
	buf_str(out, key->name);
	buf_str(out, "` | ");
	config_key_takes(key, out);
	buf_str(out, " | ");
	if (key->absent == CONFIG_REQUIRED)
		buf_str(out, "must be given");
	else if (key->absent == CONFIG_STAYS)
		buf_str(out, "stays as it is");
	else
		buf_str(out, key->fallback ? key->fallback : "none");
	buf_str(out, " | ");
	buf_str(out, key->help);
	buf_str(out, " |\n");
}

static void the_document_has_every_key_as_the_table_has_it(void **state)
{
	static const char *const sections[] = { "\n## The file\n", "\n## general\n",
		                                "\n## servers\n", "\n## studios\n",
		                                "\n## lines\n" };
	char *text = read_document(), *at = text;
	size_t keys_in_all = 0, rows = 0;

	(void)state;
	for (unsigned m = 0; m < CONFIG_MAPPING_COUNT; m++) {
		size_t count;
		const struct config_key *keys = config_keys(m, &count);

		keys_in_all += count;
		at = strstr(at, sections[m]);
		assert_non_null(at);
		for (size_t i = 0; i < count; i++) {
			char memory[1024];
			struct buf row = buf_over(memory, sizeof(memory));

			put_row(&keys[i], &row);
			assert_int_equal(buf_end(&row), 0);
			if (!strstr(at, row.p))
				fail_msg("docs/studio-file.md lacks:%s", row.p);
		}
	}
	for (at = text; (at = strstr(at, "\n| `")); at++)
		rows++;
	assert_int_equal(rows, keys_in_all); /* and no other */
	free(text);
}

static void the_columns_of_the_document_are_those_of_the_table(void **state)
{
	char *text = read_document();

	(void)state;
	for (unsigned m = CONFIG_STUDIOS; m <= CONFIG_LINES; m++) {
		size_t count;
		const struct config_key *keys = config_keys(m, &count);

		for (size_t i = 0; i < count; i++) {
			char memory[1024];

			if (!keys[i].column)
				continue;
			snprintf(memory, sizeof(memory), "\n| %s | `%s` |\n", keys[i].column,
			         m == CONFIG_STUDIOS ? "name of the studio" : keys[i].name);
			if (!strstr(text, memory))
				fail_msg("docs/studio-file.md lacks:%s", memory);
		}
	}
	free(text);
}

/* What stands between "```WORD" and "```", to be freed; *at moves behind it. */
static char *next_example(char **at, const char *word)
{
	char *begin = strstr(*at, word), *end;

	if (!begin)
		return NULL;
	begin += strlen(word);
	end = strstr(begin, "```\n");
	assert_non_null(end);
	*at = end;
	return strndup(begin, (size_t)(end - begin));
}

static void the_examples_of_the_document_are_right(void **state)
{
	static const struct {
		const char *word;
		enum config_format format;
	} kinds[] = { { "```yaml\n", CONFIG_YAML }, { "```csv\n", CONFIG_CSV } };
	char *text = read_document(), folder[] = "/tmp/lineup-config-XXXXXX", path[64];
	const struct config_place place = { folder };
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/passwords", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/passwords/1001", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("secret\n", file) >= 0);
	fclose(file);
	for (size_t k = 0; k < 2; k++) {
		char *at = text, *example;
		unsigned count = 0;

		while ((example = next_example(&at, kinds[k].word))) {
			desk_expect_at(&place, kinds[k].format, slice_str(example), 0, "");
			free(example);
			count++;
		}
		assert_in_range(count, 1, 20);
	}
	assert_int_equal(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_found_by_its_name_and_says_what_it_is),
		cmocka_unit_test(every_fallback_is_a_value),
		cmocka_unit_test(a_value_is_kept_in_one_spelling),
		cmocka_unit_test(every_profile_is_a_choice_with_good_values_and_a_source),
		cmocka_unit_test(a_profile_is_known_by_how_a_header_field_begins),
		cmocka_unit_test(a_profile_is_known_by_its_host),
		cmocka_unit_test(a_sentence_is_printable_and_has_room),
		cmocka_unit_test(the_document_has_every_key_as_the_table_has_it),
		cmocka_unit_test(the_columns_of_the_document_are_those_of_the_table),
		cmocka_unit_test(the_examples_of_the_document_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
