/* api/secret.c: see api/secret.h. */
#include "api/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/num.h"

#define SCRYPT_LN     15
#define SCRYPT_R      8
#define SCRYPT_P      1
#define SCRYPT_LN_MAX 20 /* beyond that a hash is no work of ours */
#define SCRYPT_R_MAX  16
#define SCRYPT_P_MAX  4

struct scrypt {
	uint32_t ln, r, p;
	uint8_t salt[API_SALT_BYTES], hash[API_HASH_BYTES];
};

static int derive(struct slice password, const struct scrypt *scrypt, uint8_t ret_hash[])
{
	uint64_t n = (uint64_t)1 << scrypt->ln;
	uint64_t memory = 128 * n * scrypt->r + 128 * (uint64_t)scrypt->r * scrypt->p + 65536;

	return EVP_PBE_scrypt(password.p, password.n, scrypt->salt, API_SALT_BYTES, n, scrypt->r,
	                      scrypt->p, memory, ret_hash, API_HASH_BYTES) == 1
	               ? 0
	               : -ENOMEM;
}

int api_secret_hash(struct slice password, const uint8_t salt[API_SALT_BYTES],
                    char ret_text[API_PASSWORD_HASH])
{
	struct scrypt scrypt = { .ln = SCRYPT_LN, .r = SCRYPT_R, .p = SCRYPT_P };
	char memory[API_PASSWORD_HASH];
	struct buf text = buf_over(memory, sizeof(memory));
	int err;

	memcpy(scrypt.salt, salt, API_SALT_BYTES);
	err = derive(password, &scrypt, scrypt.hash);
	if (err)
		return err;
	buf_str(&text, "$scrypt$ln=");
	buf_u64(&text, scrypt.ln);
	buf_str(&text, ",r=");
	buf_u64(&text, scrypt.r);
	buf_str(&text, ",p=");
	buf_u64(&text, scrypt.p);
	buf_char(&text, '$');
	buf_hex(&text, scrypt.salt, API_SALT_BYTES);
	buf_char(&text, '$');
	buf_hex(&text, scrypt.hash, API_HASH_BYTES);
	buf_end(&text);
	memcpy(ret_text, memory, text.n + 1);
	return 0;
}

/* ---- reading it back */

static bool take(struct slice *rest, struct slice word)
{
	if (rest->n < word.n || memcmp(rest->p, word.p, word.n) != 0)
		return false;
	*rest = slice_from(*rest, word.n);
	return true;
}

static bool take_number(struct slice *rest, struct slice name, uint32_t max, uint32_t *ret_n)
{
	size_t n = 0;

	if (!take(rest, name))
		return false;
	while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9')
		n++;
	if (num_u32(slice_of(rest->p, n), max, ret_n) < 0 || *ret_n == 0)
		return false;
	*rest = slice_from(*rest, n);
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(struct slice *rest, uint8_t *ret_bytes, size_t n)
{
	if (!take(rest, SLICE("$")) || rest->n < 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(rest->p[2 * i]), low = hex_digit(rest->p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	*rest = slice_from(*rest, 2 * n);
	return true;
}

static bool read_hash(struct slice text, struct scrypt *ret_scrypt)
{
	return take_number(&text, SLICE("$scrypt$ln="), SCRYPT_LN_MAX, &ret_scrypt->ln) &&
	       take_number(&text, SLICE(",r="), SCRYPT_R_MAX, &ret_scrypt->r) &&
	       take_number(&text, SLICE(",p="), SCRYPT_P_MAX, &ret_scrypt->p) &&
	       take_hex(&text, ret_scrypt->salt, API_SALT_BYTES) &&
	       take_hex(&text, ret_scrypt->hash, API_HASH_BYTES) && text.n == 0;
}

int api_secret_check(struct slice password, const char *text)
{
	struct scrypt scrypt = { .ln = SCRYPT_LN, .r = SCRYPT_R, .p = SCRYPT_P };
	uint8_t hash[API_HASH_BYTES];
	bool same;
	int err;

	if (text && !read_hash(slice_str(text), &scrypt))
		return -EINVAL;
	err = derive(password, &scrypt, hash);
	if (err)
		return err;
	same = CRYPTO_memcmp(hash, scrypt.hash, sizeof(hash)) == 0;
	OPENSSL_cleanse(hash, sizeof(hash));
	return text && same;
}

/* ---- tokens */

void api_secret_token(const uint8_t chance[API_TOKEN_BYTES], char ret_text[API_TOKEN_TEXT])
{
	struct buf text = buf_over(ret_text, API_TOKEN_TEXT);

	buf_hex(&text, chance, API_TOKEN_BYTES);
	buf_end(&text);
}

int api_secret_digest(struct slice text, uint8_t ret_hash[API_HASH_BYTES])
{
	size_t n = 0;

	return EVP_Q_digest(NULL, "SHA256", NULL, text.p, text.n, ret_hash, &n) == 1 ? 0 : -ENOMEM;
}

int api_secret_csrf(struct slice session, char ret_text[API_TOKEN_TEXT])
{
	static const char label[] = "lineup csrf ";
	char memory[sizeof(label) + API_TOKEN_TEXT];
	struct buf text = buf_over(memory, sizeof(memory));
	uint8_t hash[API_HASH_BYTES];
	int err;

	buf_str(&text, label);
	buf_put(&text, session);
	err = buf_end(&text);
	if (!err)
		err = api_secret_digest(buf_slice(&text), hash);
	if (!err)
		api_secret_token(hash, ret_text);
	OPENSSL_cleanse(memory, sizeof(memory));
	return err;
}

bool api_secret_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}
