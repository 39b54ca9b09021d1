/* `lineup explain`: what is understood, what is answered to it, and in which form. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>

#include "base/guess.h"
#include "cli/commands.h"
#include "cli/question.h"
#include "cli/term.h"
#include "explain/pattern.h"

#define ADDRESS "sip:5555555@1234567.ac1.vbspbx.com"
#define WORDS   8 /* of one command line, at most */

struct ran {
	int status;
	char *out, *err;
};

/* words: what stands behind "lineup explain"; NULL at the end. */
static struct ran run(const char *const words[])
{
	char *argv[WORDS + 3] = { (char[]){ "lineup" }, (char[]){ "explain" } };
	struct ran ran;
	size_t out_n, err_n;
	int argc = 2;
	FILE *out = open_memstream(&ran.out, &out_n), *err = open_memstream(&ran.err, &err_n);

	for (; words[argc - 2]; argc++) {
		assert_true(argc - 2 < WORDS);
		argv[argc] = strdup(words[argc - 2]);
	}
	ran.status = cli_run(&cli_lineup, argc, argv, out, err);
	fclose(out);
	fclose(err);
	/* getopt() may have put them in another order. */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "explain") != 0)
			free(argv[i]);
	return ran;
}

static struct ran ask(const char *question)
{
	return run((const char *const[]){ question, NULL });
}

static void ran_free(struct ran *ran)
{
	free(ran->out);
	free(ran->err);
}

/* What is answered to n bytes on standard input; word: "-", or NULL. */
static struct ran pipe_in(const char *text, size_t n, const char *word)
{
	FILE *terminal = stdin;
	struct ran ran;

	stdin = fmemopen((char *)text, n, "r");
	assert_non_null(stdin);
	ran = run((const char *const[]){ word, NULL });
	fclose(stdin);
	stdin = terminal;
	return ran;
}

/* The object that --json gives for a question. */
static json_t *ask_json(const char *question)
{
	struct ran ran = run((const char *const[]){ "--json", question, NULL });
	json_t *object;

	assert_int_equal(ran.status, CLI_OK);
	assert_string_equal(ran.err, "");
	object = json_loads(ran.out, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(object));
	assert_int_equal(strchr(ran.out, '\n') - ran.out, strlen(ran.out) - 1);
	ran_free(&ran);
	return object;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Each form of a question; id and status of the entry that answers it. id NULL: a normal step. */
static const struct {
	const char *question, *id;
	int status; /* 0: none */
} rows[] = {
	/* Statuses: each by itself, by its class, and the two of the article. */
	{ "401", "auth-refused", 401 },
	{ " 402 ", "extension-or-payment", 402 },
	{ "403", "forbidden", 403 },
	{ "404", "not-found", 404 },
	{ "408", "server-timeout", 408 },
	{ "420", "option-unsupported", 420 },
	{ "300", "redirected", 300 },
	{ "478", "refused-other", 478 },
	{ "599", "server-error-other", 599 },
	{ "699", "declined-other", 699 },
	{ "399", "redirected", 399 },
	{ "200 OK", "registered", 200 },
	{ "SIP/2.0 299", "registered", 299 },
	{ "SIP/2.0 100", NULL, 100 },
	{ "199 Early Dialog Terminated", NULL, 199 },

	/* Ids. */
	{ "auth-refused", "auth-refused", 0 },
	{ "Auth-REFUSED-3cx", "auth-refused-3cx", 0 },
	{ "clock-differs", "clock-differs", 0 },

	{ "SIP: sip:1001@pbx.example is registered no longer: no refresh succeeded in the granted "
	  "time",
	  "registration-ended", 0 },
	{ "SIP: sip:1001@pbx.example is registered no longer: no refresh succeeded in the granted "
	  "time\nSIP: REGISTER failed for sip:1001@pbx.example (status code: 500)",
	  "server-error", 500 },

	/* The article's lines. */
	{ "SIP: Ctx (nil) send REGISTER: sip:1234567.ac1.vbspbx.com", NULL, 0 },
	{ "SIP: Ctx 0xa000001 send REGISTER: sip:1234567.ac1.vbspbx.com", NULL, 0 },
	{ "SIP: Ctx 0xa000001 recv REGISTER: 401 Unauthorized", "login-asked", 401 },
	{ "SIP: Ctx 0xa000001 recv REGISTER: 407 Proxy Authentication Required", "login-asked",
	  407 },
	{ "SIP: Retrying REGISTER with updated authentication", NULL, 0 },
	{ "SIP: Ctx 0xab0001 recv REGISTER: 200 OK", "registered", 200 },
	{ "SIP: Ctx 0xab0001 recv REGISTER: 100 Trying", NULL, 100 },
	{ "SIP: Passing message to the context 0xa000001", NULL, 0 },
	{ "SIP: REGISTER " ADDRESS ": 401 Unauthorized", "auth-refused", 401 },
	{ "SIP: REGISTER " ADDRESS ": 407 Proxy", "auth-refused-proxy", 407 },
	{ "SIP: Can not authenticate request", "auth-refused", 401 },
	{ "SIP: REGISTER failed for " ADDRESS " (status code: 401)", "auth-refused", 401 },
	{ "SIP: REGISTER failed for " ADDRESS " (status code: 402)", "extension-or-payment", 402 },
	{ "SIP: REGISTER failed for " ADDRESS " (status code: 408)", "server-timeout", 408 },
	{ "SIP: REGISTER " ADDRESS ": 408 Network Timeout", "silence", 0 },
	{ "SIP: REGISTER " ADDRESS ": 408 Request Timeout", "server-timeout", 408 },
	{ "SIP: Ctx 0x1 recv REGISTER: 408 Request Timeout", "server-timeout", 408 },
	/* What was received a server sent, whatever it calls it, and its result is no silence. */
	{ "SIP: Ctx 0x1 recv REGISTER: 408 Network Timeout", "server-timeout", 408 },
	{ "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: Ctx 0x1 recv REGISTER: 408 Network Timeout\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: REGISTER failed for " ADDRESS " (status code: 408)",
	  "server-timeout", 408 },
	{ "SIP: Ctx 0x1 recv REGISTER: 408 Network Timeout\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence", 0 },
	{ "SIP: Ctx 0x1 recv REGISTER: 408 Network Timeout\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence", 0 },

	/* No answer over a connection: as the log tells of it. A request goes out on one that is
	 * open. */
	{ "SIP: Ctx (nil) send REGISTER: sip:a.example;transport=tcp\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence-connected", 0 },
	{ "SIP: Ctx (nil) send REGISTER: sips:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence-connected", 0 },
	{ "SIP: Ctx (nil) send REGISTER: sip:a.example;transport=udp\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence", 0 },
	{ "Via: SIP/2.0/TLS 192.0.2.1:40001;rport;branch=z9hG4bK1\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "connect-silent", 0 },
	{ "SIP: TCP to a.example goes to 192.0.2.1:5060, which opened first of 2 addresses\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence-connected", 0 },
	{ "SIP: TCP to a.example opens at none of 2 addresses; 192.0.2.1:5060 failed (x)\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "connect-silent", 0 },
	{ "SIP: TLS connection to a.example (192.0.2.1:5061) does not open: the server's "
	  "certificate is for another name\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: REGISTER failed for " ADDRESS " (status code: 408)",
	  "tls-name", 0 },
	{ "SIP: TCP connection to a.example (192.0.2.1:5060) does not open: the host is there, but "
	  "nothing listens on the port",
	  "port-closed", 0 },
	{ "SIP: UDP to a.example (192.0.2.1:5060): the host is there, but nothing listens on the "
	  "port; the next address is tried",
	  "port-closed", 0 },
	{ "SIP: UDP to a.example (192.0.2.1:5060): the host is there, but nothing listens on the "
	  "port; the next address is tried\n"
	  "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence", 0 },
	{ "SIP: TCP connection to a.example (192.0.2.1:5060) does not open: x\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "connect-silent", 0 },
	{ "SIP: TLS connection to a.example (192.0.2.1:5061) does not open: the port speaks no "
	  "TLS\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence-connected", 0 },
	{ "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: TCP connection to a.example (192.0.2.1:5060) lost: Connection reset by peer\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: REGISTER failed for " ADDRESS " (status code: 408)",
	  "connection-lost", 0 },
	{ "SIP: TCP connection to a.example (192.0.2.1:5060) lost: Connection reset by peer\n"
	  "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence-connected", 0 },
	{ "SIP: TCP connection to a.example (192.0.2.1:5060) lost: Connection reset by peer\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "connect-silent", 0 },
	{ "SIP: TCP connection to a.example (192.0.2.1:5060) lost: Connection reset by peer", NULL,
	  0 },
	{ "SIP: REGISTER " ADDRESS ": 403 Forbidden\n"
	  "SIP: Ctx (nil) send REGISTER: sip:a.example;transport=tcp\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "locked-out", 0 },
	{ "SIP: REGISTER " ADDRESS ": 402 Bad Extension", "bad-extension", 402 },

	/* Refused, and then silence: as a whole, and its last lines alone. */
	{ "SIP: REGISTER " ADDRESS ": 403 Forbidden\nSIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "locked-out", 0 },
	{ "SIP: REGISTER " ADDRESS ": 401 Unauthorized\n"
	  "SIP: REGISTER failed for " ADDRESS " (status code: 401)\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout\n"
	  "SIP: REGISTER failed for " ADDRESS " (status code: 408)\n"
	  "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "locked-out", 0 },
	/* What came in between took the refusal back; or it was the question only. */
	{ "SIP: REGISTER " ADDRESS ": 403 Forbidden\nSIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: Ctx 0x1 recv REGISTER: 200 OK\nSIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence", 0 },
	{ "SIP: Ctx (nil) send REGISTER: sip:a.example\n"
	  "SIP: Ctx 0x1 recv REGISTER: 401 Unauthorized\n"
	  "SIP: Retrying REGISTER with updated authentication\n"
	  "SIP: REGISTER " ADDRESS ": 408 Network Timeout",
	  "silence-after-login", 0 },
	{ "09:15:40.041  SIP: Ctx 0x1 recv REGISTER: 403 Forbidden auth ID", "forbidden-auth-user",
	  403 },

	/* Ours in other formats. */
	{ "time=2026-11-22T10:18:04.113Z level=warn event=result ctx=0xa000001 status=404 "
	  "reason=\"Unknown domain\" address=sip:1001@pbx.example",
	  "domain-not-served", 404 },
	{ "{\"time\":\"x\",\"level\":\"info\",\"event\":\"recv\",\"status\":503,"
	  "\"reason\":\"Service Unavailable\"}",
	  "server-busy", 503 },
	{ "{\"event\":\"log\",\"text\":\"SIP: REGISTER sip:a@b: 404 Not Found\"}", "not-found",
	  404 },
	{ "{\"event\":\"result\",\"result\":\"failed\",\"status\":401,\"reason\":\"Unauthorized\","
	  "\"address\":\"sip:a@b\",\"cause\":{\"id\":\"auth-refused-cisco\"}}",
	  "auth-refused-cisco", 401 },
	{ "time=x level=warn event=note text=\"our Via came back changed\"", NULL, 0 },

	/* Lines of one attempt: the last request and what came of it count. */
	{ "SIP: Ctx (nil) send REGISTER: sip:b\nSIP: Ctx 0x1 recv REGISTER: 403 Forbidden",
	  "forbidden-unasked", 403 },
	{ "SIP: Ctx (nil) send REGISTER: sip:b\nSIP: Ctx 0x1 recv REGISTER: 401 Unauthorized\n"
	  "SIP: Retrying REGISTER with updated authentication",
	  NULL, 0 },
	{ "SIP: Retrying REGISTER with updated authentication\n"
	  "SIP: Ctx 0x1 recv REGISTER: 401 Unauthorized",
	  "auth-refused", 401 },
	{ "SIP: Retrying REGISTER with updated authentication\n"
	  "SIP: Ctx 0x1 recv REGISTER: 404 Not Found",
	  "not-found-after-login", 404 },
	{ "SIP: Retrying REGISTER with updated authentication\n"
	  "SIP: REGISTER sip:a@b: 408 Network Timeout",
	  "silence-after-login", 0 },
	{ "SIP: Retrying REGISTER with updated authentication\n"
	  "SIP: Ctx (nil) send REGISTER: sip:b\nSIP: Ctx 0x1 recv REGISTER: 401 Unauthorized",
	  "login-asked", 401 },
	{ "SIP: REGISTER sip:a@b: 402 Bad Extension\n"
	  "SIP: REGISTER failed for sip:a@b (status code: 402)",
	  "bad-extension", 402 },
	{ "SIP: REGISTER sip:a@b: 408 Network Timeout\n"
	  "SIP: REGISTER failed for sip:a@b (status code: 408)",
	  "silence", 0 },
	{ "SIP: REGISTER sip:a@b: 407 Who\nSIP: Can not authenticate request", "auth-refused-proxy",
	  407 },
	{ "my log says:\n\nSIP: Passing message to the context 0x1\nSIP: REGISTER sip:a@b: 404 "
	  "No\n",
	  "not-found", 404 },
	{ "SIP: Ctx 0x1 recv REGISTER: 404 No\nSIP: Ctx 0x1 recv REGISTER: 403 No", "forbidden",
	  403 },

	/* Status lines and phrases. */
	{ "SIP/2.0 403 Forbidden auth ID", "forbidden-auth-user", 403 },
	{ "sip/2.0  404", "not-found", 404 },
	{ "403 Forbidden auth ID", "forbidden-auth-user", 403 },
	{ "402 Bad Extension", "bad-extension", 402 },
	{ "402 Payment Required", "payment-required", 402 },
	{ "420 Bad Extension", "option-unsupported", 420 },
	{ "408 Network Timeout", "silence", 0 },
	{ "SIP/2.0 408 Network Timeout", "server-timeout", 408 },
	{ "SIP/2.0 408 Request Timeout\nVia: SIP/2.0/TCP 192.0.2.1:40001", "server-timeout", 408 },
	{ "408 Request Timeout", "server-timeout", 408 },
	{ "Network Timeout", "silence", 0 },
	{ "Request Timeout", "server-timeout", 408 },
	{ "bad extension", "bad-extension", 402 },
	{ "Unauthorized", "auth-refused", 401 },
	{ "ok", "registered", 200 },
	{ "Trying", NULL, 100 },
	{ "Forbidden auth ID", "forbidden-auth-user", 403 },
	{ "Too many registered contacts", "too-many-contacts", 0 },
	{ "Your account is suspended", "account-disabled", 0 },
};

static void each_form_of_a_question_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *answer = ask_json(rows[i].question);
		const char *id = text_of(answer, "id");
		json_int_t status = json_integer_value(json_object_get(answer, "status"));

		if ((!id != !rows[i].id) || (id && strcmp(id, rows[i].id) != 0) ||
		    status != rows[i].status)
			fail_msg("%s\n-> %s, %d", rows[i].question, id, (int)status);
		json_decref(answer);
	}
}

/* What a program may rely on. */
static void json_has_its_keys_in_every_answer(void **state)
{
	static const char *const texts[] = { "title", "seen", "meaning", "who", "again" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *answer = ask_json(rows[i].question);

		for (size_t k = 0; k < sizeof(texts) / sizeof(*texts); k++) {
			assert_non_null(text_of(answer, texts[k]));
			assert_null(strchr(text_of(answer, texts[k]), '?'));
		}
		assert_true(json_array_size(json_object_get(answer, "advice")) > 0);
		assert_true(json_is_array(json_object_get(answer, "also")));
		assert_non_null(json_object_get(answer, "status"));
		assert_non_null(json_object_get(answer, "remark"));
		assert_non_null(json_object_get(answer, "looks_like"));
		assert_int_equal(json_object_size(answer), 11);
		json_decref(answer);
	}
}

/* Answers have no line wider than a terminal, and no blank at an end. */
static void every_answer_fits_into_80_columns(void **state)
{
	const struct explain_cause *cause;

	(void)state;
	for (unsigned i = 0; i < 700 + 200; i++) {
		char number[12];
		struct ran ran;
		struct slice line;

		snprintf(number, sizeof(number), "%u", i);
		cause = i >= 700 ? explain_at(i - 700) : NULL;
		if (i < 300 || (i >= 700 && !cause))
			continue;
		ran = ask(cause ? cause->id : number);
		assert_int_equal(ran.status, CLI_OK);
		assert_string_equal(ran.err, "");
		for (struct slice rest = slice_str(ran.out); rest.n;
		     rest = slice_from(rest, line.n + 1)) {
			line = slice_of(rest.p, slice_find(rest, '\n'));
			assert_true(line.n < rest.n);
			if (term_columns(line) > 80 || (line.n && line.p[line.n - 1] == ' '))
				fail_msg("%u: %.*s", i, (int)line.n, line.p);
		}
		ran_free(&ran);
	}
}

/* Texts that must follow each other in the output for a question; an entry that begins with '-'
 * must not be there at all. */
static const struct {
	const char *question;
	const char *texts[10];
} pages[] = {
	{ "auth-refused",
	  { "x The server refused the name or password                           auth-refused\n",
	    "  The server was reached,", "  <status> <reason> from <server> to the login",
	    "\n\n  What to do                                        who: you, then your provider\n"
	    "  1. Type the Auth Password again.",
	    "\n  5. Do not try often.", "\n\n  Again: Yes, but rarely", "-Also under" } },
	/* The article's reading and the RFC's, both; 420 apart. */
	{ "402",
	  { "extension-or-payment, 402\n",
	    "phone systems say with it that the extension, the left half",
	    "By the standard it means that", "402 <reason> from <server>", "Also under 402:\n",
	    "\n  payment-required          The provider wants to be paid first\n",
	    "\n  bad-extension             The server does not know this extension\n",
	    "-option-unsupported" } },
	{ "420",
	  { "option-unsupported, 420\n", "not your phone extension", "420 Bad Extension from",
	    "Also under 420:\n", "path-unsupported", "-bad-extension" } },
	/* Received, and apart from it silence. */
	{ "408",
	  { "A 408 is either an answer of a server or", "\n\"lineup explain silence-connected\".\n",
	    "server-timeout, 408\n", "x The server did not answer ", " silence\n",
	    "Nothing came back from <server>", "Also under 408:", "Also where no server answers:\n",
	    "\n  name-unknown ", "\n  silence-after-login " } },
	{ "408 Network Timeout",
	  { "x The server did not answer ", " silence\n", "Also where no server answers:\n",
	    "-408\n", "-server-timeout" } },
	{ "408 Request Timeout", { "server-timeout, 408\n", "-silence" } },
	{ "SIP: Ctx (nil) send REGISTER: sip:pbx.example;transport=tcp\n"
	  "SIP: REGISTER sip:a@b: 408 Network Timeout",
	  { " silence-connected\n", "took the connection over TCP, and said nothing",
	    "-sent again and again" } },
	/* Where the log has the transport alone it can be either. */
	{ "Via: SIP/2.0/TLS 192.0.2.1:40001\nSIP: REGISTER sip:a@b: 408 Network Timeout",
	  { "Over TCP and TLS a \"Network Timeout\" is either", " connect-silent\n",
	    " silence-connected\n", "took the connection over TLS", "-sent again and again" } },
	{ "Via: SIP/2.0/TCP 192.0.2.1:40001\nSIP: REGISTER failed for sip:a@b (status code: 408)",
	  { "A 408 is either an answer of a server or", "server-timeout, 408\n",
	    " connect-silent\n", "-sent again and again" } },
	{ "Bad Extension",
	  { "These words stand for 402 and for 420, which do not mean the same.",
	    "bad-extension, 402\n", "402 Bad Extension from", "option-unsupported, 420\n",
	    "420 Bad Extension from", "Also under 402:\n", "Also under 420:\n" } },
	{ "478",
	  { "There is no entry for 478 alone.", "RFC 3261, 8.1.3.2", ", 400; so",
	    "refused-other, 478\n", "478 <reason> from" } },
	{ "599", { "There is no entry for 599 alone.", "500; so", "server-error-other, 599\n" } },
	{ "401",
	  { "auth-refused, 401\n", "401 Unauthorized from", "Also under 401:\n", "\n  login-asked ",
	    "-There is no entry" } },
	{ "200 OK",
	  { "- Registered ", "200 OK from", "Also under 200:\n", "\n  granted-zero ",
	    "-There is no entry" } },
	{ "100 Trying",
	  { "- The server is working on it ", " 100\n", "100 Trying from <server>",
	    "Also under 100:\n", "\n  no-final-answer " } },

	/* The words of a line stand in the texts. */
	{ "SIP: REGISTER failed for " ADDRESS " (status code: 401)",
	  { "auth-refused, 401\n", "401 Unauthorized from 1234567.ac1.vbspbx.com to the login",
	    "realm \"<realm>\"", "auth user \"<auth user>\"",
	    "\"Does extension 5555555 exist, and is its address\n     " ADDRESS "?\"" } },
	{ "SIP: REGISTER sip:1001@pbx.example: 403 Forbidden auth ID",
	  { "forbidden-auth-user, 403\n", "403 Forbidden auth ID from pbx.example",
	    "extension 1001" } },
	{ "403 go\x1b[2Jne", { "403 go\\x1b[2Jne from <server>", "-\x1b" } },
	{ "SIP: REGISTER nonsense: 404 Not Found",
	  { "404 Not Found from <server>, to a request for nonsense." } },

	/* Normal steps alarm nobody. */
	{ "SIP: Ctx (nil) send REGISTER: sip:1234567.ac1.vbspbx.com",
	  { "- The first request, without a login\n", "This is the normal beginning.",
	    "a request goes to\n  1234567.ac1.vbspbx.com.", "who: nobody", "-Also" } },
	{ "SIP: Ctx 0x1 send REGISTER: sip:pbx.example",
	  { "- A further request of the same attempt\n", "goes to pbx.example." } },
	{ "SIP: Ctx 0xa000001 recv REGISTER: 401 Unauthorized",
	  { "- The server asks for a login, as it should", " login-asked, 401\n",
	    "This is no fault.", "Also under 401:\n  auth-refused " } },
	{ "SIP: Retrying REGISTER with updated authentication",
	  { "- The request goes out again, with the login\n" } },
	{ "SIP: Passing message to the context 0x1",
	  { "- The answer is handed to its attempt\n" } },
	{ "event=note text=x", { "- A remark\n" } },

	/* Words that several numbers come with, or that have several meanings. */
	{ "Too many registered contacts",
	  { "too-many-contacts\n", "<status> Too many registered contacts from",
	    "These words may also mean:\n", "\n  bad-request-contact ", "-Also under" } },
};

static void must_say_in_order(size_t row, const char *out, const char *const *texts)
{
	const char *at = out;

	for (unsigned i = 0; i < 10 && texts[i]; i++) {
		bool absent = texts[i][0] == '-' && texts[i][1] != ' ';
		const char *found = strstr(absent ? out : at, absent ? texts[i] + 1 : texts[i]);

		if (absent ? found != NULL : found == NULL)
			fail_msg("%s: \"%s\" in:\n%s", pages[row].question, texts[i], out);
		if (!absent) /* a line end may be the next text's as well */
			at = found + strlen(texts[i]) - 1;
	}
}

static void an_answer_stands_in_the_layout_of_all_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		struct ran ran = ask(pages[i].question);

		assert_int_equal(ran.status, CLI_OK);
		assert_string_equal(ran.err, "");
		must_say_in_order(i, ran.out, pages[i].texts);
		ran_free(&ran);
	}
}

static void words_of_a_command_line_are_joined(void **state)
{
	const char *const words[] = {
		"SIP:", "REGISTER", "sip:1001@pbx.example:", "403", "Forbidden", "auth", "ID", NULL
	};
	struct ran ran = run(words);

	(void)state;
	assert_int_equal(ran.status, CLI_OK);
	assert_non_null(strstr(ran.out, "forbidden-auth-user, 403\n"));
	ran_free(&ran);
}

static void what_is_not_understood_is_said_with_what_is_near(void **state)
{
#define LIST "\"lineup explain --list\" shows what there is"
	static const struct {
		const char *question, *offer;
		const char *shown; /* NULL: as it was asked */
	} lost[] = {
		{ "silense", "did you mean silence?" },
		{ "auth-refusd", "did you mean auth-refused?" },
		{ "silence sinse", "did you mean silence-since?" },
		{ "memry", "did you mean memory?" },
		/* What stands within ids, then within titles. */
		{ "rewritten", "did you mean auth-rewritten, bad-request-rewritten or "
		               "granted-rewritten?" },
		{ "weaker way", "did you mean auth-weaker?" },
		/* A status with something around it that says no more; of two neither. */
		{ "error (403)", "did you mean 403?" },
		{ "is it 403 or 404", LIST },
		{ "code 4030", LIST },
		/* One whose digits are letters, and one that is above all of them. */
		{ "4o1", "did you mean 401?" },
		{ "4OO", "did you mean 400?" },
		{ "error 5lO", "did you mean 510?" },
		{ "700", "did you mean 600?" },
		/* Numbers that no failure has. */
		{ "299", "did you mean registered?" },
		{ "200", "did you mean registered?" },
		{ "100", "did you mean no-final-answer?" },
		/* More than words, or than ids have. */
		{ "99", LIST },
		{ "4030", LIST },
		{ "?!", LIST },
		{ "this is not the text that you look for", LIST },
		{ "\x1b[2J\x1b[2J\x1b[2J\x1b[2J\x1b[2J\x1b[2J\x1b[2J", LIST,
		  "\\x1b[2J\\x1b[2J\\x1b[2J\\x1b[2J\\x1b[2J\\x1b[2J\\x1b[2J" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lost) / sizeof(*lost); i++) {
		struct ran ran = ask(lost[i].question);
		char err[512];

		snprintf(
			err, sizeof(err),
			"lineup explain: \"%s\" is no status from 300 to 699, no id and no line of "
			"a log; %s\nTry: lineup explain --help\n",
			lost[i].shown ? lost[i].shown : lost[i].question, lost[i].offer);
		assert_string_equal(ran.err, err);
		assert_string_equal(ran.out, "");
		assert_int_equal(ran.status, CLI_USAGE);
		ran_free(&ran);
	}
}

/* A word of an id would have to begin with it to be near: "alternative" does not with "nat". */
static void the_nearest_of_what_is_not_near_is_offered_with_the_list(void **state)
{
	static const char *const lost[] = { "nat", "odd way", "frobnicate", "Foo" };

	(void)state;
	for (size_t i = 0; i < sizeof(lost) / sizeof(*lost); i++) {
		struct ran ran = ask(lost[i]);
		const struct explain_cause *cause, *nearest = question_nearest(slice_str(lost[i]));
		char offer[128], name[32];

		snprintf(name, sizeof(name), "%s", lost[i]);
		for (char *blank = name; (blank = strchr(blank, ' '));)
			*blank = '-';
		assert_non_null(nearest);
		for (unsigned k = 0; (cause = explain_at(k)); k++)
			assert_true(guess_distance(slice_str(name), slice_str(cause->id)) >=
			            guess_distance(slice_str(name), slice_str(nearest->id)));
		snprintf(offer, sizeof(offer), "the nearest id is %s, and " LIST, nearest->id);
		assert_non_null(strstr(ran.err, offer));
		assert_int_equal(ran.status, CLI_USAGE);
		ran_free(&ran);
	}
}

static void standard_input_is_a_question(void **state)
{
	static const char log[] = "SIP: REGISTER " ADDRESS ": 403 Forbidden\n"
				  "SIP: REGISTER failed for " ADDRESS " (status code: 403)\n";

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct ran ran = pipe_in(log, sizeof(log) - 1, i ? "-" : NULL);

		assert_int_equal(ran.status, CLI_OK);
		assert_non_null(strstr(ran.out, "The server forbids the registration"));
		assert_non_null(strstr(ran.out, ADDRESS));
		ran_free(&ran);
	}
	/* A NUL within ends nothing. */
	struct ran ran = pipe_in("\0\n404\0\n", 7, "-");

	assert_int_equal(ran.status, CLI_OK);
	assert_non_null(strstr(ran.out, "not-found"));
	ran_free(&ran);
}

static void of_a_long_input_the_end_counts(void **state)
{
	static const char last[] = "SIP: REGISTER sip:1@pbx.example: 404 Not Found\n";
	enum { MANY = 5 * QUESTION_BYTES_MAX };
	char *text = malloc(MANY + sizeof(last));

	(void)state;
	assert_non_null(text);
	/* Whatever the length: lines that would be explained otherwise, but never half of one. */
	for (size_t n = QUESTION_BYTES_MAX - 80; n < MANY;
	     n += n < QUESTION_BYTES_MAX + 80 ? 1 : 997) {
		struct ran ran;

		memset(text, 'x', n);
		for (size_t at = 0; at + 40 < n; at += 40)
			memcpy(text + at, "\nSIP: REGISTER sip:2@pbx.example: 402 x", 39);
		text[n - 1] = '\n';
		memcpy(text + n, last, sizeof(last));
		ran = pipe_in(text, n + sizeof(last) - 1, "-");
		assert_int_equal(ran.status, CLI_OK);
		assert_non_null(strstr(ran.out, "not-found"));
		ran_free(&ran);
	}
	/* One line that is too long has no beginning that could be read. */
	memset(text, 'x', MANY);
	struct ran ran = pipe_in(text, MANY, "-");

	assert_int_equal(ran.status, CLI_USAGE);
	assert_string_equal(ran.out, "");
	ran_free(&ran);
	/* The longest text of all is read whole, and so is what ends with a line of that length. */
	for (size_t before = 0; before < 2; before++) {
		size_t n = QUESTION_BYTES_MAX - 1;
		char *line = text + before;

		text[0] = '\n';
		memset(line, ' ', n);
		memcpy(line, "404 Not Found", 13);
		ran = pipe_in(text, before + n, "-");
		assert_int_equal(ran.status, CLI_OK);
		assert_non_null(strstr(ran.out, "not-found"));
		ran_free(&ran);
	}
	free(text);
}

static void input_that_says_nothing_is_told_so(void **state)
{
	struct ran ran = pipe_in("\n \n", 3, NULL);

	(void)state;
	assert_int_equal(ran.status, CLI_USAGE);
	assert_non_null(strstr(ran.err, "A status, an id or a line of a log is missing; "));
	ran_free(&ran);
	ran = pipe_in("lorem ipsum\ndolor\n", 18, "-");
	assert_int_equal(ran.status, CLI_USAGE);
	assert_non_null(strstr(ran.err, "standard input has no line of a log, no status line and "
	                                "no id; " LIST));
	ran_free(&ran);
	ran = pipe_in("Server: kamailio (5.6.3)\n", 25, "-");
	assert_int_equal(ran.status, CLI_OK);
	assert_non_null(strstr(ran.out, "profile kamailio"));
	ran_free(&ran);
}

static void a_command_line_that_asks_nothing_or_two_things_is_refused(void **state)
{
	char *large = malloc(QUESTION_BYTES_MAX + 1);
	struct ran ran;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		ran = ask(i ? " " : "");
		assert_int_equal(ran.status, CLI_USAGE);
		assert_non_null(strstr(ran.err, "A status, an id or a line of a log is missing; "
		                                "\"lineup explain --list\" shows what there is\n"));
		ran_free(&ran);
	}
	ran = run((const char *const[]){ "--list", "403", NULL });
	assert_int_equal(ran.status, CLI_USAGE);
	assert_non_null(strstr(ran.err, "--list shows everything, and takes no question\n"));
	ran_free(&ran);
	assert_non_null(large);
	memset(large, 'x', QUESTION_BYTES_MAX);
	large[QUESTION_BYTES_MAX] = 0;
	ran = ask(large);
	assert_int_equal(ran.status, CLI_USAGE);
	assert_non_null(strstr(ran.err, "the text is longer than 16383 bytes\n"));
	assert_string_equal(ran.out, "");
	ran_free(&ran);
	/* The longest that is taken. */
	large[QUESTION_BYTES_MAX - 1] = 0;
	memcpy(large, "403 ", 4);
	ran = ask(large);
	assert_int_equal(ran.status, CLI_OK);
	assert_non_null(strstr(ran.out, "forbidden, 403\n"));
	ran_free(&ran);
	free(large);
}

/* Each id once, and within a group in order. */
static void the_list_has_every_entry_once(void **state)
{
	struct ran ran = run((const char *const[]){ "--list", NULL });
	const struct explain_cause *cause;
	const char *patterns;
	const struct explain_cause *last = NULL;
	struct slice line;
	unsigned listed = 0, groups = 0;

	(void)state;
	assert_int_equal(ran.status, CLI_OK);
	patterns = strstr(ran.out, "What several lines");
	assert_non_null(patterns);
	for (struct slice rest = slice_str(ran.out); rest.n; rest = slice_from(rest, line.n + 1)) {
		line = slice_of(rest.p, slice_find(rest, '\n'));
		assert_true(line.n < rest.n && term_columns(line) <= 80);
		if (!line.n || line.p[0] != ' ') {
			groups += line.n > 0;
			last = NULL;
			continue;
		}
		listed++;
		cause = explain_by_id(slice_of(line.p + 2, slice_find(slice_from(line, 2), ' ')));
		assert_non_null(cause);
		assert_true(slice_equal(slice_from(line, 28), slice_str(cause->title)));
		assert_int_equal(explain_is_pattern(cause), line.p > patterns);
		assert_true(!last || last < cause); /* their table is in order */
		last = cause;
	}
	assert_int_equal(groups, 5);
	assert_null(explain_at(listed));
	assert_non_null(explain_at(listed - 1));
	ran_free(&ran);
}

static void the_list_as_json_has_every_entry_whole(void **state)
{
	struct ran ran = run((const char *const[]){ "--json", "-l", NULL });
	json_t *list = json_loads(ran.out, JSON_REJECT_DUPLICATES, NULL), *entry;
	size_t i;

	(void)state;
	assert_int_equal(ran.status, CLI_OK);
	assert_true(json_is_array(list));
	assert_null(explain_at((unsigned)json_array_size(list)));
	json_array_foreach(list, i, entry)
	{
		const struct explain_cause *cause = explain_at((unsigned)i);

		assert_string_equal(text_of(entry, "id"), cause->id);
		assert_string_equal(text_of(entry, "title"), cause->title);
		assert_string_equal(text_of(entry, "who"), cause->who);
		assert_non_null(text_of(entry, "seen"));
		assert_null(strchr(text_of(entry, "seen"), '?'));
		assert_non_null(text_of(entry, "meaning"));
		assert_non_null(text_of(entry, "again"));
		assert_true(json_array_size(json_object_get(entry, "advice")) > 0);
		assert_int_equal(json_object_size(entry), 7);
	}
	json_decref(list);
	ran_free(&ran);
}

static void json_names_the_other_entries(void **state)
{
	json_t *answer = ask_json("408"), *also = json_object_get(answer, "also");

	(void)state;
	assert_string_equal(text_of(json_array_get(also, 0), "id"), "silence");
	assert_true(json_is_null(json_object_get(json_array_get(also, 0), "status")));
	assert_string_equal(text_of(json_array_get(also, 1), "id"), "removal-refused");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(also, 1), "status")),
	                 408);
	assert_non_null(strstr(text_of(answer, "remark"), "Network Timeout"));
	json_decref(answer);
	answer = ask_json("auth-refused");
	assert_int_equal(json_array_size(json_object_get(answer, "also")), 0);
	assert_true(json_is_null(json_object_get(answer, "remark")));
	json_decref(answer);
	answer = ask_json("Too many registered contacts");
	also = json_object_get(answer, "also");
	assert_string_equal(text_of(json_array_get(also, 0), "id"), "bad-request-contact");
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_a_question_has_its_answer),
		cmocka_unit_test(json_has_its_keys_in_every_answer),
		cmocka_unit_test(every_answer_fits_into_80_columns),
		cmocka_unit_test(an_answer_stands_in_the_layout_of_all_commands),
		cmocka_unit_test(words_of_a_command_line_are_joined),
		cmocka_unit_test(what_is_not_understood_is_said_with_what_is_near),
		cmocka_unit_test(the_nearest_of_what_is_not_near_is_offered_with_the_list),
		cmocka_unit_test(standard_input_is_a_question),
		cmocka_unit_test(of_a_long_input_the_end_counts),
		cmocka_unit_test(input_that_says_nothing_is_told_so),
		cmocka_unit_test(a_command_line_that_asks_nothing_or_two_things_is_refused),
		cmocka_unit_test(the_list_has_every_entry_once),
		cmocka_unit_test(the_list_as_json_has_every_entry_whole),
		cmocka_unit_test(json_names_the_other_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
