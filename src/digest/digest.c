/* digest/digest.c: the hashes, and the answers that are made of them (RFC 7616 3.4.1 to 3.4.3).
 *
 * Every hash of Digest is one over strings joined by colons, so there is one function for them all.
 * What one server's lines have in common, the hash of method and URI, is kept from one answer to
 * the next. Memory that held a password or HA1 is wiped before it is left. */
#include "digest/digest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/hex.h"
#include "base/lex.h"

#define ALGORITHM_COUNT (DIGEST_SHA_512_256 + 1)
#define HA2_TEXT_MAX    320  /* bytes of method and URI that are remembered: above any of ours */
#define UNQUOTED_MAX    1024 /* bytes of a URI or cnonce that is verified where it has escapes */

/* H(A2) */
struct ha2 {
	enum digest_algorithm algorithm; /* DIGEST_UNKNOWN: empty */
	size_t method_n, uri_n;
	char text[HA2_TEXT_MAX]; /* method and URI, one behind the other */
	char hex[DIGEST_HEX_MAX];
};

struct digest {
	/* A context of its own for each, begun once: one that is told its hash anew allocates. */
	EVP_MD_CTX *of[ALGORITHM_COUNT];
	struct ha2 last[2]; /* of requests, and, as they have no method, of replies */
};

static const char *const evp_names[ALGORITHM_COUNT] = {
	[DIGEST_MD5] = "MD5",
	[DIGEST_SHA_256] = "SHA2-256",
	/* FIPS 180-4's own hash with its own start values, not SHA-512 cut short. */
	[DIGEST_SHA_512_256] = "SHA2-512/256",
};

static size_t hex_digits(enum digest_algorithm algorithm)
{
	return algorithm == DIGEST_MD5 ? 32 : 64;
}

/* A context that knows its hash. */
static int context_new(const char *name, EVP_MD_CTX **ret_ctx)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_MD *md = ctx ? EVP_MD_fetch(NULL, name, NULL) : NULL;
	int err = 0;

	if (!ctx)
		err = -ENOMEM;
	else if (!md || !EVP_DigestInit_ex2(ctx, md, NULL))
		err = -ENOTSUP;
	EVP_MD_free(md); /* ctx holds it, too */
	if (err)
		EVP_MD_CTX_free(ctx);
	else
		*ret_ctx = ctx;
	return err;
}

int digest_new(struct digest **ret_digest)
{
	struct digest *digest = calloc(1, sizeof(*digest));
	int err;

	if (!digest)
		return -ENOMEM;
	for (int i = DIGEST_MD5; i < ALGORITHM_COUNT; i++) {
		err = context_new(evp_names[i], &digest->of[i]);
		if (err)
			goto out;
	}
	*ret_digest = digest;
	return 0;
out:
	/* What OpenSSL queues for this thread would be taken for an error of its next TLS call. */
	ERR_clear_error();
	digest_free(digest);
	return err;
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	for (int i = DIGEST_MD5; i < ALGORITHM_COUNT; i++)
		EVP_MD_CTX_free(digest->of[i]);
	free(digest);
}

/* Bytes on their way into a hash, gathered so that the short pieces of one hash cost one call. */
struct gather {
	EVP_MD_CTX *ctx;
	size_t n;
	bool failed;
	char bytes[512];
};

static void gather_flush(struct gather *gather)
{
	if (gather->n && !EVP_DigestUpdate(gather->ctx, gather->bytes, gather->n))
		gather->failed = true;
	gather->n = 0;
}

/* What is too long for the rest of the room comes in pieces. */
static void gather_put(struct gather *gather, struct slice s)
{
	size_t room = sizeof(gather->bytes) - gather->n;

	while (s.n > room) {
		memcpy(gather->bytes + gather->n, s.p, room);
		gather->n += room;
		gather_flush(gather);
		s = slice_from(s, room);
		room = sizeof(gather->bytes);
	}
	if (s.n)
		memcpy(gather->bytes + gather->n, s.p, s.n);
	gather->n += s.n;
}

/* H(pieces joined by ":"), in hexadecimal; digits that the hash has not are 0. */
static int hash_joined(struct digest *digest, enum digest_algorithm algorithm,
                       const struct slice *pieces, size_t count, char ret_hex[DIGEST_HEX_MAX])
{
	struct gather gather;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	size_t used = 0;

	gather.ctx = digest->of[algorithm];
	gather.n = 0;
	gather.failed = !EVP_DigestInit_ex2(gather.ctx, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		if (i)
			gather_put(&gather, SLICE(":"));
		gather_put(&gather, pieces[i]);
		used += pieces[i].n + 1;
	}
	gather_flush(&gather);
	if (gather.failed || !EVP_DigestFinal_ex(gather.ctx, bytes, &n) ||
	    2 * n != hex_digits(algorithm)) {
		ERR_clear_error();
		gather.failed = true;
	} else {
		hex_write(ret_hex, bytes, n);
		memset(ret_hex + 2 * n, 0, DIGEST_HEX_MAX - 2 * n);
	}
	explicit_bzero(gather.bytes, used < sizeof(gather.bytes) ? used : sizeof(gather.bytes));
	explicit_bzero(bytes, sizeof(bytes));
	return gather.failed ? -EIO : 0;
}

int digest_ha1(struct digest *digest, enum digest_algorithm algorithm, struct slice user,
               struct slice realm, struct slice password, struct digest_ha1 *ret_ha1)
{
	const struct slice pieces[] = { user, realm, password };
	char hex[DIGEST_HEX_MAX];

	assert(algorithm != DIGEST_UNKNOWN);
	int err = hash_joined(digest, algorithm, pieces, 3, hex);
	if (!err) {
		ret_ha1->algorithm = algorithm;
		memcpy(ret_ha1->hex, hex, sizeof(hex));
	}
	explicit_bzero(hex, sizeof(hex));
	return err;
}

/* What one proof is made of; all strings with their escapes resolved. */
struct proof {
	enum digest_algorithm algorithm;
	bool sess;
	enum digest_qop qop;
	struct slice nonce, cnonce, method, uri, body;
	uint32_t nc;
};

static bool ha2_is_for(const struct ha2 *ha2, const struct proof *proof)
{
	return ha2->algorithm == proof->algorithm &&
	       slice_equal(slice_of(ha2->text, ha2->method_n), proof->method) &&
	       slice_equal(slice_of(ha2->text + ha2->method_n, ha2->uri_n), proof->uri);
}

/* auth-int puts the hash of the body behind (RFC 7616 3.4.3). */
static int ha2_compute(struct digest *digest, const struct proof *proof, struct ha2 *ret_ha2)
{
	const size_t count = proof->qop == DIGEST_QOP_AUTH_INT ? 3 : 2;
	char body[DIGEST_HEX_MAX] = { 0 };
	const struct slice pieces[] = { proof->method, proof->uri,
		                        slice_of(body, hex_digits(proof->algorithm)) };
	int err = 0;

	if (count == 3)
		err = hash_joined(digest, proof->algorithm, &proof->body, 1, body);
	if (!err)
		err = hash_joined(digest, proof->algorithm, pieces, count, ret_ha2->hex);
	return err;
}

/* H(A2) of a proof: the last one again where it fits, else computed, and kept if it can be. */
static int ha2_find(struct digest *digest, const struct proof *proof, struct ha2 *scratch,
                    const struct ha2 **ret_ha2)
{
	struct ha2 *ha2 = &digest->last[proof->method.n == 0];

	if (proof->qop == DIGEST_QOP_AUTH_INT || proof->method.n + proof->uri.n > HA2_TEXT_MAX) {
		*ret_ha2 = scratch;
		return ha2_compute(digest, proof, scratch);
	}
	if (!ha2_is_for(ha2, proof)) {
		ha2->algorithm = DIGEST_UNKNOWN;
		int err = ha2_compute(digest, proof, ha2);
		if (err)
			return err;
		memcpy(ha2->text, proof->method.p, proof->method.n);
		memcpy(ha2->text + proof->method.n, proof->uri.p, proof->uri.n);
		ha2->method_n = proof->method.n;
		ha2->uri_n = proof->uri.n;
		ha2->algorithm = proof->algorithm;
	}
	*ret_ha2 = ha2;
	return 0;
}

static int prove(struct digest *digest, const struct proof *proof, const struct digest_ha1 *ha1,
                 char ret_response[DIGEST_HEX_MAX])
{
	const size_t digits = hex_digits(proof->algorithm);
	char nc_text[9], key[DIGEST_HEX_MAX];
	struct buf nc = buf_over(nc_text, sizeof(nc_text));
	struct ha2 scratch;
	const struct ha2 *ha2;

	memcpy(key, ha1->hex, sizeof(key));
	int err = ha2_find(digest, proof, &scratch, &ha2);
	if (!err && proof->sess) {
		const struct slice a1[] = { slice_of(key, digits), proof->nonce, proof->cnonce };

		err = hash_joined(digest, proof->algorithm, a1, 3, key);
	}
	if (err)
		goto out;
	buf_hex_u64(&nc, proof->nc, 8);
	struct slice pieces[6] = { slice_of(key, digits), proof->nonce };
	size_t count = 2;
	if (proof->qop != DIGEST_QOP_NONE) {
		pieces[count++] = buf_slice(&nc);
		pieces[count++] = proof->cnonce;
		pieces[count++] = proof->qop == DIGEST_QOP_AUTH ? SLICE("auth") : SLICE("auth-int");
	}
	pieces[count] = slice_of(ha2->hex, digits);
	err = hash_joined(digest, proof->algorithm, pieces, count + 1, ret_response);
out:
	explicit_bzero(key, sizeof(key));
	return err;
}

static void put_quoted(struct buf *out, const char *name, struct slice text)
{
	buf_str(out, name);
	lex_quote(text, out);
}

/* The order is that of RFC 7616 3.4. Quoted is what the grammar wants so, and nothing else: servers
 * refuse qop="auth" and nc="00000001". */
static void write_answer(const struct digest_kept *kept, const struct digest_request *request,
                         struct slice response, struct buf *out)
{
	struct slice opaque = digest_kept_opaque(kept);

	put_quoted(out, "Digest username=", request->user);
	put_quoted(out, ", realm=", digest_kept_realm(kept));
	put_quoted(out, ", nonce=", digest_kept_nonce(kept));
	put_quoted(out, ", uri=", request->uri);
	buf_put(out, SLICE(", response=\""));
	buf_put(out, response);
	buf_put(out, SLICE("\""));
	if (kept->algorithm_named || kept->algorithm != DIGEST_MD5) {
		buf_put(out, SLICE(", algorithm="));
		buf_str(out, digest_algorithm_name(kept->algorithm, kept->sess));
	}
	if (kept->qop != DIGEST_QOP_NONE || kept->sess)
		put_quoted(out, ", cnonce=", request->cnonce);
	if (slice_present(opaque))
		put_quoted(out, ", opaque=", opaque);
	if (kept->qop != DIGEST_QOP_NONE) {
		buf_put(out, SLICE(", qop="));
		buf_put(out, kept->qop == DIGEST_QOP_AUTH ? SLICE("auth") : SLICE("auth-int"));
		buf_put(out, SLICE(", nc="));
		buf_hex_u64(out, request->nc, 8);
	}
}

static struct proof proof_of(const struct digest_kept *kept, const struct digest_request *request)
{
	return (struct proof){
		.algorithm = kept->algorithm,
		.sess = kept->sess,
		.qop = kept->qop,
		.nonce = digest_kept_nonce(kept),
		.cnonce = request->cnonce,
		.method = request->method,
		.uri = request->uri,
		.body = request->body,
		.nc = request->nc,
	};
}

int digest_answer(struct digest *digest, const struct digest_kept *kept,
                  const struct digest_ha1 *ha1, const struct digest_request *request,
                  struct buf *out)
{
	const struct proof proof = proof_of(kept, request);
	char response[DIGEST_HEX_MAX];

	assert(ha1->algorithm == kept->algorithm && kept->algorithm != DIGEST_UNKNOWN);
	assert(kept->qop != DIGEST_QOP_UNKNOWN);
	int err = prove(digest, &proof, ha1, response);
	if (err)
		return err;
	write_answer(kept, request, slice_of(response, hex_digits(kept->algorithm)), out);
	return 0;
}

/* RFC 7616 3.5: made as the answer is, of a reply that has no method, and whose body is taken to be
 * empty as that to a REGISTER is. */
int digest_rspauth(struct digest *digest, const struct digest_kept *kept,
                   const struct digest_ha1 *ha1, const struct digest_request *request,
                   char ret_rspauth[DIGEST_HEX_MAX])
{
	struct proof proof = proof_of(kept, request);

	proof.method = SLICE("");
	proof.body = SLICE("");
	return prove(digest, &proof, ha1, ret_rspauth);
}

/* What value, from between quotes, stands for: itself in nearly all cases, else written to memory.
 * False where that is too small. */
static bool unquoted(struct slice value, char memory[UNQUOTED_MAX], struct slice *ret_text)
{
	struct buf text = buf_over(memory, UNQUOTED_MAX);

	if (slice_find(value, '\\') == value.n && slice_find(value, '\r') == value.n) {
		*ret_text = value;
		return true;
	}
	lex_unquote(value, &text);
	*ret_text = buf_slice(&text);
	return !text.full;
}

bool digest_verify(struct digest *digest, const struct digest_credentials *credentials,
                   const struct digest_ha1 *ha1, struct slice method, struct slice body)
{
	char nonce[UNQUOTED_MAX], cnonce[UNQUOTED_MAX], uri[UNQUOTED_MAX];
	char response[DIGEST_HEX_MAX];
	struct proof proof = {
		.algorithm = credentials->algorithm,
		.sess = credentials->sess,
		.qop = credentials->qop,
		.method = method,
		.body = body,
		.nc = credentials->nc,
	};

	if (proof.algorithm == DIGEST_UNKNOWN || proof.algorithm != ha1->algorithm ||
	    proof.qop == DIGEST_QOP_UNKNOWN ||
	    credentials->response.n != hex_digits(proof.algorithm) ||
	    !unquoted(credentials->nonce, nonce, &proof.nonce) ||
	    !unquoted(credentials->cnonce, cnonce, &proof.cnonce) ||
	    !unquoted(credentials->uri, uri, &proof.uri) ||
	    prove(digest, &proof, ha1, response) != 0)
		return false;
	bool same = CRYPTO_memcmp(response, credentials->response.p, credentials->response.n) == 0;
	/* The right response would let whoever sees it in. */
	explicit_bzero(response, sizeof(response));
	return same;
}
