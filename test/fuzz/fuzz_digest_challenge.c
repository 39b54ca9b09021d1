/* fuzz/fuzz_digest_challenge.c: whatever a server sends as its challenges, what is answered is an
 * answer that a server can read and verify, on one line, with the realm and nonce that were sent.
 *
 * The whole input is the value of a WWW-Authenticate header. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "digest/digest.h"

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_digest_challenge: %s\n", what);
	abort();
}

static void check_answer(struct digest *digest, const struct digest_challenge *challenge,
                         struct digest_kept *kept)
{
	const struct digest_request request = {
		.user = SLICE("10\"01\\"),
		.method = SLICE("REGISTER"),
		.uri = SLICE("sip:pbx.example"),
		.cnonce = SLICE("0123456789abcdef"),
		.nc = 0x1a,
	};
	char memory[8192];
	struct buf out = buf_over(memory, sizeof(memory));
	struct digest_credentials credentials;
	struct digest_ha1 ha1;

	check(digest_ha1(digest, kept->algorithm, request.user, digest_kept_realm(kept),
	                 SLICE("secret"), &ha1) == 0,
	      "HA1 is computed");
	check(digest_answer(digest, kept, &ha1, &request, &out) == 0, "it is answered");
	check(!out.full, "the answer has a limit");
	for (size_t i = 0; i < out.n; i++)
		check((unsigned char)memory[i] >= ' ' || memory[i] == '\t',
		      "no control byte comes through");
	check(digest_credentials_parse(buf_slice(&out), &credentials) == PARSE_OK,
	      "the answer can be read");
	check(digest_verify(digest, &credentials, &ha1, request.method, request.body),
	      "the answer is right");
	struct digest_challenge again = *challenge;
	again.realm = credentials.realm;
	again.nonce = credentials.nonce;
	check(digest_same_realm(kept, &again) && digest_same_nonce(kept, &again),
	      "realm and nonce come back as they were sent");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct digest *digest;
	struct slice in = slice_of((const char *)data, size), scheme;
	struct digest_challenge challenge;
	struct digest_kept *kept = NULL;
	enum digest_verdict verdict;
	struct digest_info info;

	if (!digest)
		check(digest_new(&digest) == 0, "OpenSSL has the hashes");
	for (size_t before = in.n; digest_challenge_next(&in, &verdict, &scheme, &challenge);
	     before = in.n) {
		check(in.n < before, "each challenge takes something off");
		if (verdict != DIGEST_USABLE)
			continue;
		check(digest_keep(&challenge, &kept) == 0, "there is memory");
		check(digest_same_realm(kept, &challenge) && digest_same_nonce(kept, &challenge),
		      "what is kept is what was read");
		check_answer(digest, &challenge, kept);
	}
	check(in.n == 0, "all is read");
	in = slice_of((const char *)data, size);
	if (kept && digest_info_parse(in, &info) == PARSE_OK && slice_present(info.nextnonce))
		digest_keep_nonce(info.nextnonce, &kept);
	free(kept);
	return 0;
}
