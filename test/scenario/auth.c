/* auth.c: the answer to a challenge, worked out a second time (RFC 7616 3.4, RFC 2069). */
#include "auth.h"

#include <openssl/evp.h>
#include <stdio.h>

/* What a header may say. */
struct said {
	char user[AUTH_TEXT_MAX], realm[AUTH_TEXT_MAX], nonce[AUTH_TEXT_MAX];
	char uri[AUTH_TEXT_MAX], response[AUTH_TEXT_MAX], cnonce[AUTH_TEXT_MAX];
	char opaque[AUTH_TEXT_MAX], algorithm[AUTH_TEXT_MAX], qop[AUTH_TEXT_MAX], nc[AUTH_TEXT_MAX];
};

static const struct {
	const char *name, *hash;
	bool sess;
} algorithms[] = {
	{ "", "MD5", false },
	{ "MD5", "MD5", false },
	{ "MD5-sess", "MD5", true },
	{ "SHA-256", "SHA2-256", false },
	{ "SHA-256-sess", "SHA2-256", true },
	{ "SHA-512-256", "SHA2-512/256", false },
	{ "SHA-512-256-sess", "SHA2-512/256", true },
};

static bool wrong(char error[AUTH_ERROR_MAX], const char *what, const char *value)
{
	snprintf(error, AUTH_ERROR_MAX, "the answer to the challenge: %s%.100s", what, value);
	return false;
}

/* Copies a value off the front of *in, its quotes and quoted pairs resolved. */
static bool take_value(struct slice *in, char out[AUTH_TEXT_MAX])
{
	bool quoted = in->n && in->p[0] == '"';
	size_t n = 0, i = quoted;

	for (; i < in->n && n + 1 < AUTH_TEXT_MAX; i++) {
		char c = in->p[i];

		if (quoted ? c == '"' : c == ',' || c == ' ')
			break;
		if (quoted && c == '\\' && ++i < in->n)
			c = in->p[i];
		out[n++] = c;
	}
	if (quoted && (i >= in->n || in->p[i] != '"'))
		return false;
	out[n] = '\0';
	*in = slice_from(*in, i + quoted);
	return true;
}

static char *place_of(struct said *said, struct slice name)
{
	const struct {
		const char *name;
		char *place;
	} places[] = {
		{ "username", said->user },     { "realm", said->realm },
		{ "nonce", said->nonce },       { "uri", said->uri },
		{ "response", said->response }, { "cnonce", said->cnonce },
		{ "opaque", said->opaque },     { "algorithm", said->algorithm },
		{ "qop", said->qop },           { "nc", said->nc },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (slice_equal(name, slice_str(places[i].name)))
			return places[i].place;
	return NULL;
}

static bool read_header(struct slice value, struct said *said, char error[AUTH_ERROR_MAX])
{
	struct slice in;

	memset(said, 0, sizeof(*said));
	if (!slice_starts_nocase(value, SLICE("Digest ")))
		return wrong(error, "no Digest", "");
	in = slice_from(value, 7);
	for (;;) {
		size_t equals;
		char *place;

		in = slice_trim(in);
		equals = slice_find(in, '=');
		if (equals == in.n)
			return wrong(error, "a directive without a value", "");
		place = place_of(said, slice_of(in.p, equals));
		if (!place || *place)
			return wrong(error, "a directive unknown or twice", "");
		in = slice_from(in, equals + 1);
		if (!take_value(&in, place))
			return wrong(error, "an open quote", "");
		if (in.n == 0)
			return true;
		if (in.p[0] != ',')
			return wrong(error, "no comma between two directives", "");
		in = slice_from(in, 1);
	}
}

/* out = hex(hash(parts joined by colons)); parts ends with NULL. */
static bool hash(const char *name, const char *const *parts, char out[AUTH_HEX_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	bool ok = ctx && md && EVP_DigestInit_ex2(ctx, md, NULL);

	for (unsigned i = 0; ok && parts[i]; i++) {
		ok = i == 0 || EVP_DigestUpdate(ctx, ":", 1);
		ok = ok && EVP_DigestUpdate(ctx, parts[i], strlen(parts[i]));
	}
	ok = ok && EVP_DigestFinal_ex(ctx, digest, &n);
	for (unsigned i = 0; ok && i < n; i++)
		snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
	EVP_MD_free(md);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool work_out(const struct said *said, const char *hash_name, bool sess,
                     const char *password, struct auth *auth, char expected[AUTH_HEX_MAX])
{
	const char *const a1[] = { said->user, said->realm, password, NULL };
	const char *const a2[] = { "REGISTER", said->uri, NULL };
	char body[AUTH_HEX_MAX], ha1[AUTH_HEX_MAX], ha2[AUTH_HEX_MAX];
	const char *const empty[] = { "", NULL };
	const char *const a2_int[] = { "REGISTER", said->uri, body, NULL };
	const char *const a1_sess[] = { auth->ha1, said->nonce, said->cnonce, NULL };
	const char *const old[] = { ha1, said->nonce, ha2, NULL };
	const char *const full[] = {
		ha1, said->nonce, said->nc, said->cnonce, said->qop, ha2, NULL
	};
	bool is_int = strcmp(said->qop, "auth-int") == 0;

	if (!hash(hash_name, a1, auth->ha1) || !hash(hash_name, empty, body))
		return false;
	memcpy(ha1, auth->ha1, sizeof(ha1));
	if (sess && !hash(hash_name, a1_sess, ha1))
		return false;
	return hash(hash_name, is_int ? a2_int : a2, ha2) &&
	       hash(hash_name, said->qop[0] ? full : old, expected);
}

/* What must stand there beside the response. */
static bool check_form(const struct said *said, struct slice request_uri, bool sess,
                       char error[AUTH_ERROR_MAX])
{
	if (!slice_equal(slice_str(said->uri), request_uri))
		return wrong(error, "uri is not the Request-URI: ", said->uri);
	if (said->qop[0] && (strspn(said->nc, "0123456789abcdef") != 8 || said->nc[8]))
		return wrong(error, "nc is not 8 hexadecimal digits: ", said->nc);
	if (!said->qop[0] && said->nc[0])
		return wrong(error, "nc without qop: ", said->nc);
	if ((said->qop[0] || sess) && strlen(said->cnonce) < 8)
		return wrong(error, "cnonce is too short: ", said->cnonce);
	return true;
}

bool auth_check(struct slice value, struct slice request_uri, const char *password,
                struct auth *ret_auth, char error[AUTH_ERROR_MAX])
{
	char expected[AUTH_HEX_MAX] = "";
	struct said said;
	size_t i = 0;

	if (!read_header(value, &said, error))
		return false;
	while (i < sizeof(algorithms) / sizeof(algorithms[0]) &&
	       strcmp(algorithms[i].name, said.algorithm) != 0)
		i++;
	if (i == sizeof(algorithms) / sizeof(algorithms[0]))
		return wrong(error, "an unknown algorithm: ", said.algorithm);
	if (!check_form(&said, request_uri, algorithms[i].sess, error))
		return false;
	if (!work_out(&said, algorithms[i].hash, algorithms[i].sess, password, ret_auth, expected))
		return wrong(error, "OpenSSL cannot hash", "");
	if (strcmp(expected, said.response) != 0)
		return wrong(error, "its response should be ", expected);
	memcpy(ret_auth->user, said.user, sizeof(said.user));
	memcpy(ret_auth->realm, said.realm, sizeof(said.realm));
	memcpy(ret_auth->nonce, said.nonce, sizeof(said.nonce));
	memcpy(ret_auth->response, said.response, sizeof(ret_auth->response));
	return true;
}
