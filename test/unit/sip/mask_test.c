/* mask_test: a trace shows every line and no secret. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/rng.h"
#include "sip/mask.h"
#include "unit/sip/fence.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	const char *bytes, *shown;
};

static const struct row rows[] = {
	/* a message, whole */
	{ "REGISTER sip:h SIP/2.0\r\n"
	  "Authorization: Digest username=\"1001\", realm=\"pbx\", nonce=\"n1\", uri=\"sip:h\", "
	  "response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5, qop=auth, nc=00000001, "
	  "cnonce=\"0a4f113b\", opaque=\"o\"\r\n"
	  "Content-Length: 0\r\n\r\n",
	  "> REGISTER sip:h SIP/2.0\n"
	  "> Authorization: Digest username=\"1001\", realm=\"pbx\", nonce=\"n1\", uri=\"sip:h\", "
	  "response=\"***\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"***\", opaque=\"o\"\n"
	  "> Content-Length: 0\n"
	  "> \n" },
	{ "SIP/2.0 200 OK\r\n"
	  "Authentication-Info: qop=auth, rspauth=\"SECRET\", cnonce=\"SECRET\", "
	  "nextnonce=\"n2\"\r\n\r\n",
	  "> SIP/2.0 200 OK\n"
	  "> Authentication-Info: qop=auth, rspauth=\"***\", cnonce=\"***\", nextnonce=\"n2\"\n"
	  "> \n" },

	/* which headers */
	{ "PROXY-AUTHORIZATION:digest response=SECRET,nc=b", "> PROXY-AUTHORIZATION:digest "
	                                                     "response=***,nc=b\n" },
	{ "authorization \t: Digest response=\"SECRET\"", "> authorization \\x09: Digest "
	                                                  "response=\"***\"\n" },
	{ "Proxy-Authentication-Info: rspauth=SECRET",
	  "> Proxy-Authentication-Info: rspauth=***\n" },
	/* a server may send back what it was sent, wherever it likes */
	{ "WWW-Authenticate: Digest nonce=\"n\", response=\"SECRET\"",
	  "> WWW-Authenticate: Digest nonce=\"n\", response=\"***\"\n" },
	{ "X-Authorization: Digest Response = SECRET, cnonce=\"SECRET\"x",
	  "> X-Authorization: Digest Response = ***, cnonce=\"***\"x\n" },
	{ "SIP/2.0 403 no response=\"SECRET", "> SIP/2.0 403 no response=***\n" },
	{ "Warning: 399 h \"rspauth=\\\"SECRET\\\" responses=2, response\"",
	  "> Warning: 399 h \"rspauth=*** responses=2, response\"\n" },
	{ "Authorization", "> Authorization\n" },

	{ "Authorization: Digest auts=\"SECRET\", Realm=\"r\", ik=SECRET, x=\"SECRET\"",
	  "> Authorization: Digest auts=\"***\", Realm=\"r\", ik=***, x=\"***\"\n" },

	/* other schemes, and none */
	{ "Authorization: Basic SECRETU6U0VDUkVU", "> Authorization: Basic ***\n" },
	{ "Authorization: Bearer SECRET, SECRET=\"SECRET\"\r\n SECRET\r\nTo: x",
	  "> Authorization: Bearer ***\n> To: x\n" },
	{ "Authorization: SECRET", "> Authorization: SECRET ***\n" },
	{ "Authorization:", "> Authorization:***\n" },
	{ "Authorization: \"SECRET\"", "> Authorization:***\n" },
	{ "Authorization: Digest,response=\"SECRET\"", "> Authorization:***\n" },
	{ "Authorization: response=\"SECRET\"", "> Authorization:***\n" },
	{ "Authorization: Digest", "> Authorization: Digest\n" },

	/* folds, blanks, quotes */
	{ "Authorization: Digest\r\n response\r\n\t=\r\n \"SECRET\"\r\n , cnonce = SECRET \r\nTo: "
	  "x",
	  "> Authorization: Digest\n>  response\n> \\x09=\n>  \"***\"\n>  , cnonce = *** \n> To: "
	  "x\n" },
	{ "Authorization:\r\n Digest response=\"SEC\r\n RET\", qop=\"b\"",
	  "> Authorization:\n>  Digest response=\"***\", qop=\"b\"\n" },
	{ "Authorization\r\n : Digest response=\"SECRET\"", "> Authorization\n>  : Digest "
	                                                    "response=\"***\"\n" },
	{ "Authorization: Digest response=\"SEC\\\"RET\", nc=b", "> Authorization: Digest "
	                                                         "response=\"***\", nc=b\n" },
	{ "Authorization: Digest qop=\"\\\", response=\\\"kept\", response=\"SECRET\"",
	  "> Authorization: Digest qop=\"\\\\\", response=\\\\\"kept\", response=\"***\"\n" },
	{ "Authorization: Digest ,,RESPONSE=SECRET,,Cnonce=\"SECRET\",",
	  "> Authorization: Digest ,,RESPONSE=***,,Cnonce=\"***\",\n" },
	{ "Authorization: Digest response=, cnonce=\"\"", "> Authorization: Digest response=***, "
	                                                  "cnonce=\"***\"\n" },
	{ "Authorization: Digest response=\"SECRET\"\r\nAuthorization: Digest response=\"SECRET\"",
	  "> Authorization: Digest response=\"***\"\n> Authorization: Digest response=\"***\"\n" },

	/* what does not read as credentials hides the rest */
	{ "Authorization: Digest nc=b, response=\"SECRET", "> Authorization: Digest nc=b, ***\n" },
	{ "Authorization: Digest nc=b, response SECRET", "> Authorization: Digest nc=b, ***\n" },
	{ "Authorization: Digest qop=\"x\"response=\"SECRET\"", "> Authorization: Digest "
	                                                        "qop=\"x\"response=\"***\"\n" },
	{ "Authorization: Digest qop=\"x\" : response=\"SECRET\"\r\n SECRET\r\nTo: y",
	  "> Authorization: Digest qop=\"x\" ***\n> To: y\n" },
	{ "Authorization: Digest nc=b, Basic SECRET", "> Authorization: Digest nc=b, ***\n" },
	{ "Authorization: Digest response", "> Authorization: Digest ***\n" },
	{ "Authorization: Digest response =", "> Authorization: Digest response =***\n" },

	/* line ends of every kind, and a message inside a body */
	{ "a\rAuthorization: Digest response=SECRET\nProxy-Authorization: Basic SECRET\r\rb",
	  "> a\n> Authorization: Digest response=***\n> Proxy-Authorization: Basic ***\n> \n> "
	  "b\n" },
	{ "INVITE x\r\n\r\nREGISTER y\r\nAuthorization: Basic SECRET\r\n",
	  "> INVITE x\n> \n> REGISTER y\n> Authorization: Basic ***\n" },
	{ "\r\n\r\n", "> \n> \n" },
	{ "\n\r", "> \n> \n" },

	/* no SIP at all */
	{ "", "" },
	{ "x", "> x\n" },
	{ "\x1b[2Jtitle\x07\xff\xe2\x80\xaetxt \xc3\xbc\\",
	  "> \\x1b[2Jtitle\\x07\\xff\\xe2\\x80\\xaetxt "
	  "\xc3\xbc\\\\\n" },
	{ ":", "> :\n" },
	{ " folded from nowhere\r\n and on", ">  folded from nowhere\n>  and on\n" },
};

static void trace_shows_every_line_and_no_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char memory[2000];
		struct buf out = buf_over(memory, sizeof(memory));

		sip_show_masked(slice_str(rows[i].bytes), SLICE("> "), &out);
		assert_int_equal(buf_end(&out), 0);
		if (strcmp(memory, rows[i].shown) != 0)
			fail_msg("got:\n%swant:\n%s", memory, rows[i].shown);
	}
}

static void nul_is_shown_and_ends_nothing(void **state)
{
	static const char bytes[] =
		"a\0b\r\nAuthorization: Digest uri=\"\0\", response=\"SEC\0RET\"";
	char memory[200];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	sip_show_masked(slice_of(bytes, sizeof(bytes) - 1), SLICE(""), &out);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal(memory,
	                    "a\\x00b\nAuthorization: Digest uri=\"\\x00\", response=\"***\"\n");
}

static bool shows_secret(const struct buf *out)
{
	return memmem(out->p, out->n, "SECRET", 6) != NULL;
}

/* Where the trace does not fit, what is there is still the front of it. */
static void no_size_too_small_shows_a_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = strlen(rows[i].shown);
		char memory[2000];

		for (size_t cap = 1; cap <= n; cap++) {
			struct buf out = buf_over(memory, cap);

			sip_show_masked(slice_str(rows[i].bytes), SLICE("> "), &out);
			assert_true(out.full && out.n < cap);
			assert_memory_equal(memory, rows[i].shown, out.n);
		}
	}
}

static void try_bytes(struct slice bytes)
{
	static char memory[4000];
	struct buf out = buf_over(memory, sizeof(memory));

	sip_show_masked(bytes, SLICE("> "), &out);
	assert_false(out.full);
	for (size_t i = 0; i < out.n; i++)
		assert_true((unsigned char)out.p[i] >= ' ' || out.p[i] == '\n');
	assert_true(out.n == 0 || (out.p[0] == '>' && out.p[out.n - 1] == '\n'));
}

static void every_prefix_stays_inside_its_memory_and_hides(void **state)
{
	struct fence fence = fence_new();
	char memory[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice bytes = slice_str(rows[i].bytes);

		for (size_t n = 0; n <= bytes.n; n++) {
			struct buf out = buf_over(memory, sizeof(memory));
			struct slice head = fence_at_end(&fence, slice_of(bytes.p, n));

			try_bytes(head);
			sip_show_masked(head, SLICE(""), &out);
			/* "Authorization: SECRET": a scheme's name is no secret */
			if (shows_secret(&out) && !strstr(rows[i].bytes, ": SECRET"))
				fail_msg("%.*s", (int)out.n, out.p);
			try_bytes(fence_at_start(&fence, slice_of(bytes.p + bytes.n - n, n)));
		}
	}
	fence_free(&fence);
}

static void flipped_bytes_stay_inside_their_memory(void **state)
{
	struct fence fence = fence_new();
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7616);
	for (int round = 0; round < 20000; round++) {
		const char *from = rows[rng_between(&rng, 0, COUNT(rows) - 1)].bytes;
		struct slice bytes = fence_at_end(&fence, slice_str(from));
		size_t flips = rng_between(&rng, 0, bytes.n ? 4 : 0);

		for (size_t i = 0; i < flips; i++)
			fence.end[-(ptrdiff_t)rng_between(&rng, 1, bytes.n)] = (char)rng_u64(&rng);
		try_bytes(bytes);
	}
	fence_free(&fence);
}

/* A value that is flipped anywhere but in the header's name stays hidden: bytes of "~" stand for
 * the secret, and no flip writes one. */
static void flips_behind_the_name_uncover_nothing(void **state)
{
	static const char from[] =
		"Authorization: Digest qop=\"b\", response=\"~~~~\", nc=1, cnonce=~~";
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2617);
	for (int round = 0; round < 20000; round++) {
		char bytes[sizeof(from)], memory[500];
		struct buf out = buf_over(memory, sizeof(memory));
		size_t at = rng_between(&rng, 15, sizeof(from) - 2);
		char c = (char)rng_u64(&rng);

		memcpy(bytes, from, sizeof(from));
		/* "cnonce" without its "c" is a nonce, and no secret */
		if (bytes[at] == 'c' || c == '~' || c == '\r' || c == '\n')
			continue;
		bytes[at] = c;
		sip_show_masked(slice_of(bytes, sizeof(from) - 1), SLICE(""), &out);
		if (memchr(out.p, '~', out.n))
			fail_msg("%s\n%.*s", bytes, (int)out.n, out.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trace_shows_every_line_and_no_secret),
		cmocka_unit_test(nul_is_shown_and_ends_nothing),
		cmocka_unit_test(no_size_too_small_shows_a_secret),
		cmocka_unit_test(every_prefix_stays_inside_its_memory_and_hides),
		cmocka_unit_test(flipped_bytes_stay_inside_their_memory),
		cmocka_unit_test(flips_behind_the_name_uncover_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
