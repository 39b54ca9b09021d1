/* studio.yaml: what is read, and each way of being wrong with its exact sentence and place (attacks
 * I02, I03). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/config/desk.h"

#define STUDIO "studios:\n- name: A\n  lines:\n  - "

#define FILE_START "studios: []\n"

static void each_fault_has_its_place_and_sentence(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		/* numbers */
		{ "servers:\n- domain: a.example\n  expires: \"12x\"\n" FILE_START,
		  "3:12: expires: \"12x\" is not a number of seconds from 1 to 86400\n" },
		{ "servers:\n- domain: a.example\n  expires: 0\n" FILE_START,
		  "3:12: expires: \"0\" is not a number of seconds from 1 to 86400\n" },
		{ "servers:\n- domain: a.example\n  expires: 86401\n" FILE_START,
		  "3:12: expires: \"86401\" is not a number of seconds from 1 to 86400\n" },
		{ "servers:\n- domain: a.example\n  expires: -1\n" FILE_START,
		  "3:12: expires: \"-1\" is not a number of seconds from 1 to 86400\n" },
		{ "servers:\n- domain: a.example\n  expires: 1e3\n" FILE_START,
		  "3:12: expires: \"1e3\" is not a number of seconds from 1 to 86400\n" },
		{ "servers:\n- domain: a.example\n  port: 0x10\n" FILE_START,
		  "3:9: port: \"0x10\" is not a number from 1 to 65535\n" },
		{ "general:\n  shards: 99999999999999999999\n" FILE_START,
		  "2:11: shards: \"99999999999999999999\" is not a number of threads from 1 to "
		  "1024\n" },
		/* words */
		{ "general:\n  srv: maybe\n" FILE_START, "2:8: srv: \"maybe\" is not yes or no\n" },
		{ "general:\n  on-stop: kep\n" FILE_START,
		  "2:12: on-stop: \"kep\" is not remove or keep; did you mean \"keep\"?\n" },
		{ "servers:\n- domain: a.example\n  transport: TCP\n" FILE_START,
		  "3:14: transport: \"TCP\" is not auto, udp, tcp or tls; did you mean "
		  "\"tcp\"?\n" },
		{ "servers:\n- domain: a.example\n  keep-alive: always\n" FILE_START,
		  "3:15: keep-alive: \"always\" is not none, crlf, stun or options\n" },
		{ "general:\n  syslog-transport: tls\n" FILE_START,
		  "2:21: syslog-transport: \"tls\" is not none, udp or tcp\n" },
		{ "general:\n  syslog-port: 514\n  syslog-transport: udp\n" FILE_START,
		  "3:21: syslog-transport: udp needs a syslog-host\n" },
		/* hosts and addresses */
		{ "servers:\n- domain: pbx .example\n" FILE_START,
		  "2:11: domain \"pbx .example\" has a blank at its 4th character\n" },
		{ "servers:\n- domain: pbx.example:5060\n" FILE_START,
		  "2:11: domain \"pbx.example:5060\" has a port in it: that is a key of its "
		  "own\n" },
		{ "servers:\n- domain: a.example\n  proxy: edge.example:70000\n" FILE_START,
		  "3:10: proxy: port \"70000\" is no number from 1 to 65535\n" },
		{ "servers:\n- domain: sip:a.example\n" FILE_START,
		  "2:11: domain \"sip:a.example\" begins with a scheme: leave out what ends in "
		  "\":\"\n" },
		/* texts */
		{ STUDIO "extension: \"1004 \"\n", "4:16: extension \"1004 \" ends in a blank\n" },
		{ STUDIO "extension: \" 1004\"\n",
		  "4:16: extension \" 1004\" begins with a blank\n" },
		{ STUDIO "extension: \"10 04\"\n",
		  "4:16: extension \"10 04\" has a blank at its 3rd character\n" },
		{ STUDIO "extension: \"10\\\"04\"\n",
		  "4:16: extension \"10\"04\" has a quote in it\n" },
		{ STUDIO "extension: 1001@pbx.example\n",
		  "4:16: extension \"1001@pbx.example\" has an \"@\" in it: type only what stands "
		  "in front of it (or %40 where it belongs to it)\n" },
		{ STUDIO "extension: \"\"\n", "4:16: extension is empty\n" },
		{ STUDIO "extension: \"1\"\n    auth-user: \"a\\\"b\"\n",
		  "5:16: auth-user \"a\"b\" has a quote in it\n" },
		{ STUDIO "extension: \"1\"\n    auth-user: \"a\\r\\nContact: *\"\n",
		  "5:16: auth-user \"a\\x0d\\x0aContact: *\" has a line break in it\n" },
		{ STUDIO "extension: \"1\"\n    name: \"a\\0b\"\n",
		  "5:11: name \"a\\x00b\" has a NUL character in it\n" },
		{ STUDIO "extension: \"1\"\n    name: \"a\\tb\"\n",
		  "5:11: name \"a\\x09b\" has a tab in it\n" },
		{ STUDIO "extension: \"1\"\n    name: \"a\\eb\"\n",
		  "5:11: name \"a\\x1bb\" has a control character in it\n" },
		{ STUDIO "extension: \"1\"\n    name: \"a\\u202Eb\"\n",
		  "5:11: name \"a\\xe2\\x80\\xaeb\" has a character in it that cannot be seen\n" },
		{ STUDIO "extension: \"1\"\n    name: |\n      a\n",
		  "5:11: name \"a\\x0a\" has a line break in it\n" },
		{ STUDIO "extension: \"1\"\n    password: \"se\\ncret\"\n",
		  "5:15: password has a line break in it\n" },
		{ STUDIO "extension: \"1\"\n    contact: desk\n",
		  "5:14: contact: \"desk\" is not a SIP URI, as in sip:desk@studio.example\n" },
		{ STUDIO "extension: \"1\"\n    contact: \"sip:a@b\\r\\nX: y\"\n",
		  "5:14: contact \"sip:a@b\\x0d\\x0aX: y\" has a line break in it\n" },
		{ STUDIO "extension: \"1\"\n    calls: voicemail\n",
		  "5:12: calls: \"voicemail\" is not unavailable, busy, or a SIP URI to send them "
		  "on to\n" },
		{ STUDIO "extension: \"1\"\n    calls: \"sip:a@b>\"\n",
		  "5:12: calls: \"sip:a@b>\" is not unavailable, busy, or a SIP URI to send them "
		  "on "
		  "to\n" },
		{ "servers:\n- domain: a.example\n  address-parameters: user=phone\n" FILE_START,
		  "3:23: address-parameters: \"user=phone\" is not parameters of a URI, as in "
		  ";user=phone\n" },
		{ "servers:\n- domain: a.example\n  request-parameters: ;a=\"b\"\n" FILE_START,
		  "3:23: request-parameters: \";a=\"b\"\" is not parameters of a URI, as in "
		  ";user=phone\n" },
		{ "servers:\n- domain: a.example\n  headers: 'Privacy'\n" FILE_START,
		  "3:12: headers: \"Privacy\" is not header fields, as in Privacy: id, with a "
		  "vertical bar between two\n" },
		{ "servers:\n- domain: a.example\n  headers: 'X-A: 1 | to: x'\n" FILE_START,
		  "3:12: headers names \"to\", which Lineup writes itself\n" },
		{ "servers:\n- domain: a.example\n  contact-parameters: ob\n" FILE_START,
		  "3:23: contact-parameters: \"ob\" is not parameters, as in ;ob;+sip.ice\n" },
		{ "servers:\n- domain: a.example\n  contact-parameters: ;expires=1\n" FILE_START,
		  "3:23: contact-parameters \";expires=1\" has a parameter in it that Lineup sets "
		  "itself\n" },
		{ "servers:\n- domain: a.example\n  interface: enp0s31f6-audiolan\n" FILE_START,
		  "3:14: interface \"enp0s31f6-audiolan\" is longer than the 15 characters that an "
		  "interface's name can have\n" },
		{ "servers:\n- domain: a.example\n  interface: 10.1.0\n" FILE_START,
		  "3:14: interface \"10.1.0\" is no IPv4 address\n" },
		{ "servers:\n- domain: a.example\n  profile: asterix\n" FILE_START,
		  "3:12: profile: \"asterix\" is not 1und1, 3cx, asterisk, avaya-aura, "
		  "avaya-ipoffice, broadworks, cucm, dusnet, easybell, flowroute, freepbx, "
		  "freeswitch, fritzbox, grandstream, "
		  "kamailio, linphone, mitel, netcologne, onsip, opensips, ovh, ringcentral, "
		  "sipgate, starface, swisscom, telekom, telnyx, twilio, vodafone, vonage, webex, "
		  "yeastar or zoom; did you mean \"asterisk\"?\n" },
		{ STUDIO "extension: \"1\"\n    contact: sip:a:secret@b.example\n",
		  "5:14: contact has a password in it\n" },
		{ STUDIO "extension: \"1\"\n    server: Main PBX\n",
		  "5:13: there is no server of that name, and as an address: server \"Main PBX\" "
		  "has a blank at its 5th character\n" },
		{ "general:\n  default-server: a b\n" FILE_START,
		  "2:19: there is no server of that name, and as an address: server \"a b\" has a "
		  "blank at its 2nd character\n" },
		{ "servers:\n- domain: a.example\n  name: Main PBX\n" STUDIO
		  "extension: \"1\"\n    server: Main PBY\n",
		  "8:13: there is no server \"Main PBY\"; did you mean \"Main PBX\"?\n" },
		{ STUDIO "extension: \"1\"\n    password-file: pw\n",
		  "5:20: password-file cannot be read from here: give the password itself\n" },
		{ STUDIO "extension: \"1\"\n    password-file: pw\n    password: x\n",
		  "5:20: the line has a password and a password-file: one of them is enough\n" },
		/* keys */
		{ "studoi: []\n" FILE_START,
		  "1:1: unknown key \"studoi\"; did you mean \"studios\"?\n" },
		{ STUDIO "extension: \"1\"\n    auth-usr: x\n",
		  "5:5: unknown key \"auth-usr\"; did you mean \"auth-user\"?\n" },
		{ STUDIO "extension: \"1\"\n    colour: {red: [1, 2]}\n    name: x \n",
		  "5:5: unknown key \"colour\"\n" },
		{ STUDIO "extension: \"1\"\n    extension: \"2\"\n",
		  "5:5: \"extension\" is given twice here\n" },
		{ STUDIO "extension: \"1\"\n    ? [a, b]\n    : c\n",
		  "5:7: a key is a word, and no list\n" },
		{ "servers:\n- name: a\n" FILE_START, "2:3: \"domain\" is missing here\n" },
		{ "studios:\n- note: a\n", "2:3: \"name\" is missing here\n" },
		{ STUDIO "number: 1\n", "4:5: \"extension\" is missing here\n" },
		{ "general: {}\n", "1:1: \"studios\" is missing here\n" },
		/* duplicates */
		{ "servers:\n- domain: a.example\n- domain: a.example\n" FILE_START,
		  "3:11: there is a server \"a.example\" already, on line 2\n" },
		{ "studios:\n- name: A\n- name: B\n- name: A\n",
		  "4:9: there is a studio \"A\" already, on line 2\n" },
		{ STUDIO "number: 2\n    extension: \"1\"\n  - number: 02\n    extension: \"2\"\n",
		  "6:13: the studio has a line 2 already, on line 4\n" },
		{ STUDIO "number: 4294967295\n    extension: \"1\"\n  - extension: \"2\"\n",
		  "6:5: there is no number left for this line\n" },
		/* shapes */
		{ "", "1:1: the file is empty; \"studios: []\" says that there shall be none\n" },
		{ "# nothing\n",
		  "2:1: the file is empty; \"studios: []\" says that there shall be none\n" },
		{ "- a\n", "1:1: a settings file has keys with values, as in \"studios: ...\"\n" },
		{ "studios\n",
		  "1:1: a settings file has keys with values, as in \"studios: ...\"\n" },
		{ "studios: A\n", "1:10: studios is a list: each of them begins with \"-\"\n" },
		{ "studios:\n",
		  "1:9: studios has nothing in it; write [] where there shall be none\n" },
		{ "studios:\n- name: A\n  lines:\n",
		  "3:9: lines has nothing in it; write [] where there shall be none\n" },
		{ "studios:\n- A\n- [1]\n",
		  "2:3: studios: each of them has keys with values, as in \"name: ...\"\n3:3: "
		  "studios: each of them has keys with values, as in \"name: ...\"\n" },
		{ "studios:\n- name: [A]\n", "2:9: name takes one value and no list or keys\n" },
		{ "general: yes\n" FILE_START,
		  "1:10: general has keys with values, as in \"default-server: ...\"\n" },
		/* what has no place */
		{ "studios: &a []\n",
		  "1:10: anchors (&) have no place here: write the value where it is meant\n" },
		{ "studios:\n- name: *a\n",
		  "2:9: aliases (*) have no place here: write the value again\n" },
		{ "studios:\n- name: !!str A\n",
		  "2:9: tags (!) have no place here: every value is read as text\n" },
		{ "studios:\n- &a {name: A}\n- !x {name: B}\n",
		  "2:3: anchors (&) have no place here: write the value where it is meant\n3:3: "
		  "tags (!) have no place here: every value is read as text\n" },
		{ "studios:\n- name: A\n  <<: *a\n",
		  "3:3: unknown key \"<<\"\n3:7: aliases (*) have no place here: write the value "
		  "again\n" },
		{ FILE_START "---\nstudios: []\n",
		  "2:1: a second document begins here; a settings file has one\n" },
		{ "a: [[[[[[[[[[[[]]]]]]]]]]]]\n" FILE_START,
		  "1:1: unknown key \"a\"\n1:11: lists and keys are nested too deeply here\n" },
		/* no YAML */
		{ "studios: [\n", "2:1: this is no YAML: did not find expected node content\n" },
		{ "studios:\n- name: \"A\n\n",
		  "4:1: this is no YAML: found unexpected end of stream, while scanning a quoted "
		  "scalar from line 2 on\n" },
		{ "studios:\n\t- name: A\n",
		  "2:1: a tab stands here; YAML is indented with blanks only\n" },
		{ "studios:\n- name: @a\n",
		  "2:9: this is no YAML: found character that cannot start any token\n" },
		{ "a: b: c\n", "1:1: unknown key \"a\"\n1:5: this is no YAML: mapping values are "
		               "not allowed in this context\n" },
		{ "studios:\n- name: A\n note: x\n",
		  "3:2: this is no YAML: did not find expected key, while parsing a block mapping "
		  "from line 1 on\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		desk_expect(CONFIG_YAML, slice_str(rows[i].text), -EINVAL, rows[i].told);
}

static void what_is_no_text_is_told_with_its_place(void **state)
{
	static const struct {
		struct slice text;
		const char *told;
	} rows[] = {
		{ SLICE("studios:\n- name: \"a\0b\"\n"), "2:11: this is a NUL character\n" },
		{ SLICE("\0"), "1:1: this is a NUL character\n" },
		{ SLICE("studios:\r\n- name: \xc3\xa4\xff\r\n"),
		  "2:10: this is a byte that is no UTF-8\n" },
		{ SLICE("a\rb\rc\xe2\x82"), "3:2: this is a byte that is no UTF-8\n" },
		{ SLICE("studios: []\n# \x1b[2J\n"),
		  "2:3: this is a character that cannot be seen\n" },
		{ SLICE("studios: []\n# \xe2\x80\xae\n"),
		  "2:3: this is a character that cannot be seen\n" },
		{ SLICE("studios: []\n# \xef\xbf\xbf\n"),
		  "2:3: this is a character that cannot be seen\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		desk_expect(CONFIG_YAML, rows[i].text, -EINVAL, rows[i].told);
	/* a mark in front of the text is none of it */
	desk_expect(CONFIG_YAML, SLICE("\xef\xbb\xbfstudios: []\n"), 0, "");
}

static void what_is_allowed_is_read_without_a_word(void **state)
{
	static const char *const rows[] = {
		"studios: []",
		"---\nstudios: []\n...\n",
		"%YAML 1.1\n---\nstudios: []\n",
		"{studios: [{name: A, lines: [{extension: 1}]}], servers: []}",
		"general:\nstudios:\n- name: A\n- {name: B, note: , lines: []}\n",
		"\"studios\": []\n'general': {srv: ON}\n",
		STUDIO "extension: 0755\n    register: off\n    auth-user:\n    server: ''\n",
		STUDIO "extension: \"1\"\n    password: \"\"\n    contact: sips:a@[::1]:5061\n",
		STUDIO "{extension: 1, password: \"'\\\"\\\\ #:\"}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		desk_expect(CONFIG_YAML, slice_str(rows[i]), 0, "");
}

static void a_blank_around_a_password_is_remarked(void **state)
{
	(void)state;
	desk_expect(CONFIG_YAML, SLICE(STUDIO "extension: 1\n    password: \"secret \"\n"), 0,
	            "5:15: password begins or ends with a blank; is that meant?\n");
}

static void many_faults_are_told_up_to_a_limit_and_counted(void **state)
{
	struct config *config = NULL;
	struct config_faults faults;
	char text[4096];
	struct buf out = buf_over(text, sizeof(text));

	(void)state;
	buf_str(&out, "studios: []\n");
	for (unsigned i = 0; i < 250; i++)
		buf_str(&out, "xyz: 1\n");
	assert_int_equal(buf_end(&out), 0);
	assert_int_equal(config_read(CONFIG_YAML, buf_slice(&out), NULL, &config, &faults),
	                 -EINVAL);
	assert_int_equal(faults.count, CONFIG_FAULTS_MAX);
	assert_int_equal(faults.more, 250 - CONFIG_FAULTS_MAX);
	assert_int_equal(faults.list[0].line, 2);
	assert_int_equal(faults.list[99].line, 101);
	config_faults_done(&faults);
	assert_null(faults.list);
	config_faults_done(&faults);
}

static void a_file_of_faults_is_not_read_to_its_end(void **state)
{
	enum { LINES = 20000, LINE_BYTES = 7 };
	struct config *config = NULL;
	struct config_faults faults;
	char *text = malloc(LINES * LINE_BYTES);

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < LINES; i++)
		memcpy(text + (size_t)i * LINE_BYTES, "xyz: 1\n", LINE_BYTES);
	assert_int_equal(config_read(CONFIG_YAML, slice_of(text, LINES * LINE_BYTES), NULL, &config,
	                             &faults),
	                 -EINVAL);
	assert_int_equal(faults.count, CONFIG_FAULTS_MAX);
	assert_int_equal(faults.more, 10000);
	config_faults_done(&faults);
	free(text);
}

static void a_file_that_is_too_long_is_not_looked_at(void **state)
{
	(void)state;
	desk_expect(CONFIG_YAML, slice_of("", (size_t)CONFIG_FILE_MAX + 1), -EFBIG,
	            "0:0: the file has 268435457 bytes; 268435456 are the most that are read\n");
	desk_expect(CONFIG_CSV, slice_of("", (size_t)CONFIG_FILE_MAX + 1), -EFBIG,
	            "0:0: the file has 268435457 bytes; 268435456 are the most that are read\n");
}

static void a_text_is_at_most_1024_bytes(void **state)
{
	char text[STORE_TEXT_MAX + 256];
	struct buf out = buf_over(text, sizeof(text));

	(void)state;
	buf_str(&out, STUDIO "extension: 1\n    name: ");
	for (unsigned i = 0; i < STORE_TEXT_MAX; i++)
		buf_char(&out, 'n');
	desk_expect(CONFIG_YAML, buf_slice(&out), 0, "");
	buf_char(&out, 'n');
	desk_expect(
		CONFIG_YAML, buf_slice(&out), -EINVAL,
		"5:11: name \"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...\" "
		"is longer than 1024 bytes\n");
}

/* Every beginning of a file is refused with a place, or is a file; no fault is without a sentence.
 */
static void a_file_cut_anywhere_is_told_or_is_a_smaller_file(void **state)
{
	static const char text[] =
		"general: {srv: yes, on-stop: keep}\nservers:\n- {domain: a.example, expires: 60}\n"
		"studios:\n- name: \"A \\u00e4\"\n  lines:\n  - number: 1\n    extension: "
		"\"1001\"\n"
		"    password: 'it''s'\n  - extension: \"1002\"\n- name: B\n";
	unsigned whole = 0;

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct config *config = NULL;
		struct config_faults faults;
		char *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, text, n);
		int err = config_read(CONFIG_YAML, slice_of(copy, n), NULL, &config, &faults);
		whole += err == 0;
		assert_true(err == 0 || err == -EINVAL);
		assert_true(err == 0 || faults.count > 0);
		for (unsigned i = 0; i < faults.count; i++) {
			assert_true(faults.list[i].line >= 1 && faults.list[i].column >= 1);
			assert_true(strlen(faults.list[i].text) > 10);
		}
		config_faults_done(&faults);
		config_free(config);
		free(copy);
	}
	assert_in_range(whole, 10, sizeof(text) / 2);
}

/* --- password-file --- */

static void put_file(const char *folder, const char *name, const char *text, size_t n)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	fclose(file);
}

static void a_password_comes_from_a_file_beside_the_settings(void **state)
{
	static const struct {
		const char *name, *told;
	} rows[] = {
		{ "plain", "" },
		{ "crlf", "" },
		{ "bare", "" },
		{ "empty", "5:20: password is empty\n" },
		{ "lines", "5:20: password has a line break in it\n" },
		{ "long", "5:20: password is longer than 1024 bytes\n" },
		{ "none",
		  "5:20: password-file \"none\" cannot be read: No such file or directory\n" },
		{ ".", "5:20: password-file \".\" cannot be read: it is no plain file\n" },
	};
	char folder[] = "/tmp/lineup-config-XXXXXX", text[256];
	struct config_place place = { folder };
	char *longer = calloc(1, 3000);

	(void)state;
	assert_non_null(longer);
	memset(longer, 'x', 2999);
	assert_non_null(mkdtemp(folder));
	put_file(folder, "plain", "secret\n", 7);
	put_file(folder, "crlf", "secret\r\n", 8);
	put_file(folder, "bare", "secret", 6);
	put_file(folder, "empty", "\n", 1);
	put_file(folder, "lines", "a\nb\n", 4);
	put_file(folder, "long", longer, 2999);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), STUDIO "extension: 1\n    password-file: %s\n",
		         rows[i].name);
		desk_expect_at(&place, CONFIG_YAML, slice_str(text), *rows[i].told ? -EINVAL : 0,
		               rows[i].told);
	}
	place.folder = "/nowhere";
	desk_expect_at(&place, CONFIG_YAML, SLICE(STUDIO "{extension: 1, password-file: x}\n"),
	               -EINVAL,
	               "4:35: password-file \"x\" cannot be read: No such file or directory\n");
	for (size_t i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "%s/%s", folder, rows[i].name);
		assert_int_equal(unlink(text), 0);
	}
	assert_int_equal(rmdir(folder), 0);
	free(longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_its_place_and_sentence),
		cmocka_unit_test(what_is_no_text_is_told_with_its_place),
		cmocka_unit_test(what_is_allowed_is_read_without_a_word),
		cmocka_unit_test(a_blank_around_a_password_is_remarked),
		cmocka_unit_test(many_faults_are_told_up_to_a_limit_and_counted),
		cmocka_unit_test(a_file_of_faults_is_not_read_to_its_end),
		cmocka_unit_test(a_file_that_is_too_long_is_not_looked_at),
		cmocka_unit_test(a_text_is_at_most_1024_bytes),
		cmocka_unit_test(a_file_cut_anywhere_is_told_or_is_a_smaller_file),
		cmocka_unit_test(a_password_comes_from_a_file_beside_the_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
