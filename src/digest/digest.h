/* digest/digest.h: Digest access authentication, the client's side and what a server needs to check
 * it (RFC 7616, RFC 8760, RFC 3261 section 22; the older forms of RFC 2617 and 2069 included).
 *
 * Reading a challenge borrows; a challenge that shall outlive its message is kept with
 * digest_keep(). Hashes come from OpenSSL through a struct digest, one a thread. */
#ifndef LINEUP_DIGEST_DIGEST_H
#define LINEUP_DIGEST_DIGEST_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/slice.h"

#define DIGEST_HEX_MAX    64  /* hexadecimal digits of the longest hash */
#define DIGEST_REALM_MAX  255 /* bytes of a realm that is answered */
#define DIGEST_TEXT_MAX   512 /* bytes of a nonce or opaque that is answered */
#define DIGEST_CNONCE_LEN 16  /* characters of a cnonce of ours */

/* Weakest first: a higher value is preferred (RFC 8760 2.3). */
enum digest_algorithm {
	DIGEST_UNKNOWN,
	DIGEST_MD5,
	DIGEST_SHA_256,
	DIGEST_SHA_512_256,
};

enum digest_qop {
	DIGEST_QOP_NONE, /* no qop directive, or an empty one: RFC 2069 */
	DIGEST_QOP_AUTH,
	DIGEST_QOP_AUTH_INT,
	DIGEST_QOP_UNKNOWN, /* a list with nothing in it that we know */
};

/* One challenge. realm, nonce and opaque are what stood between the quotes: lex_unquote() resolves
 * them. */
struct digest_challenge {
	struct slice realm;
	struct slice nonce;
	struct slice opaque; /* absent where there is none */
	enum digest_algorithm algorithm;
	bool sess; /* the -sess form of the algorithm */
	bool stale;
	enum digest_qop qop;         /* the best that is offered: auth before auth-int */
	struct slice algorithm_text; /* as it stands, for messages; absent where there is none */
};

/* What became of a challenge when it was read. */
enum digest_verdict {
	DIGEST_USABLE,
	DIGEST_NOT_DIGEST, /* another scheme: Basic, Bearer ... */
	DIGEST_MALFORMED,  /* no realm or nonce, a directive twice, control bytes, an open quote */
	DIGEST_NO_ALGORITHM, /* an algorithm that we do not know */
	DIGEST_NO_QOP,       /* no qop that we know */
	DIGEST_TOO_LONG,     /* realm, nonce or opaque above the limits of this header */
};

/* Reads one challenge off the front of *in, the value of a WWW-Authenticate or Proxy-Authenticate
 * header, which may hold several (RFC 7235 4.1). *in moves past it, whatever the verdict; the
 * scheme is given in *ret_scheme. *ret_challenge is set where the verdict is USABLE, NO_ALGORITHM
 * or NO_QOP. False at the end of *in. Names of schemes, directives and algorithms are read without
 * case; an algorithm in quotes is taken; an unknown directive is passed over; a known one that
 * stands twice is MALFORMED. */
bool digest_challenge_next(struct slice *in, enum digest_verdict *ret_verdict,
                           struct slice *ret_scheme, struct digest_challenge *ret_challenge);

/* Whether a is to be answered rather than b: the stronger algorithm; of equals the one that came
 * first (a came later). */
static inline bool digest_better(const struct digest_challenge *a, const struct digest_challenge *b)
{
	return a->algorithm > b->algorithm;
}

/* The name as it is written: "MD5", "SHA-256-sess". */
const char *digest_algorithm_name(enum digest_algorithm algorithm, bool sess);

/* The hashes of one thread. Returns 0, -ENOMEM, or -ENOTSUP where OpenSSL lacks one (then *ret is
 * not set). */
struct digest;
int digest_new(struct digest **ret_digest);
void digest_free(struct digest *digest);

/* A challenge that was kept: strings resolved, in one block of memory. */
struct digest_kept {
	enum digest_algorithm algorithm : 8;
	enum digest_qop qop             : 8;
	bool sess;
	bool algorithm_named; /* the challenge has an algorithm directive: the answer repeats it */
	uint16_t realm_n, nonce_n, opaque_n; /* bytes; opaque_n UINT16_MAX: there is none */
	char text[];                         /* realm, nonce, opaque, without NULs between */
};

/* Keeps a challenge in *kept (NULL, or an older one, which is freed or used again). Returns 0 or
 * -ENOMEM (*kept is as before). Free with free(). */
int digest_keep(const struct digest_challenge *challenge, struct digest_kept **kept);
/* Takes a new nonce (nextnonce, RFC 7616 3.5) into a kept challenge. Returns 0, -ENOMEM or
 * -EMSGSIZE. */
int digest_keep_nonce(struct slice nonce, struct digest_kept **kept);
struct slice digest_kept_realm(const struct digest_kept *kept);
struct slice digest_kept_nonce(const struct digest_kept *kept);
struct slice digest_kept_opaque(const struct digest_kept *kept);
/* Whether a challenge just read names this realm, or this nonce. */
bool digest_same_realm(const struct digest_kept *kept, const struct digest_challenge *challenge);
bool digest_same_nonce(const struct digest_kept *kept, const struct digest_challenge *challenge);

/* HA1 before any -sess step: H(user ":" realm ":" password), which stays the same while those do.
 * It opens the account as the password does: keep it as secret. */
struct digest_ha1 {
	enum digest_algorithm algorithm; /* DIGEST_UNKNOWN: empty */
	char hex[DIGEST_HEX_MAX];
};
int digest_ha1(struct digest *digest, enum digest_algorithm algorithm, struct slice user,
               struct slice realm, struct slice password, struct digest_ha1 *ret_ha1);

/* What an answer is made of. */
struct digest_request {
	struct slice user;   /* the auth user, unescaped, unquoted */
	struct slice method; /* "REGISTER" */
	struct slice uri;    /* the Request-URI as it is sent */
	struct slice body;   /* for auth-int; a REGISTER has none */
	struct slice cnonce; /* printable, no quotes; used where qop or -sess need it */
	uint32_t nc;         /* how often this nonce was used, this time included (from 1) */
};

/* Appends the value of an Authorization or Proxy-Authorization header, "Digest username=...", with
 * the directives of RFC 7616 3.4 in a fixed order, the algorithm named where the challenge named
 * one or it is not MD5. ha1 must be of the kept algorithm and realm. Returns 0, or -EIO where
 * OpenSSL fails. out->full says where it did not fit. */
int digest_answer(struct digest *digest, const struct digest_kept *kept,
                  const struct digest_ha1 *ha1, const struct digest_request *request,
                  struct buf *out);

/* What the server's rspauth must equal where request was answered with kept and ha1 (RFC 7616 3.5),
 * without a NUL, absent digits 0. Returns 0 or -EIO. */
int digest_rspauth(struct digest *digest, const struct digest_kept *kept,
                   const struct digest_ha1 *ha1, const struct digest_request *request,
                   char ret_rspauth[DIGEST_HEX_MAX]);

/* An answer as a server reads it: Authorization: Digest ... The slices are what stood in quotes or
 * behind "=". */
struct digest_credentials {
	struct slice user, realm, nonce, uri, response, cnonce, opaque;
	enum digest_algorithm algorithm;
	bool sess;
	enum digest_qop qop;
	uint32_t nc; /* 0 where there is none */
};
/* PARSE_OK or PARSE_BAD (another scheme, a directive missing or twice, nc not of 8 hexadecimal
 * digits). */
enum parse digest_credentials_parse(struct slice value, struct digest_credentials *ret_credentials);

/* Whether the response is the one that ha1 gives, compared in constant time. The caller checks
 * realm, nonce, nc and uri by its own rules. */
bool digest_verify(struct digest *digest, const struct digest_credentials *credentials,
                   const struct digest_ha1 *ha1, struct slice method, struct slice body);

/* Authentication-Info (RFC 7616 3.5). Absent slices where a directive is not there. PARSE_OK or
 * PARSE_BAD. */
struct digest_info {
	struct slice nextnonce; /* as it stood between the quotes */
	struct slice rspauth;
};
enum parse digest_info_parse(struct slice value, struct digest_info *ret_info);

#endif
