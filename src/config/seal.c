/* config/seal.c: see config/seal.h. All of it is OpenSSL's; only the order of its calls is ours. */
#include "config/seal.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#define KEY_BYTES  32
#define LN         15
#define R          8
#define P          1
#define MEMORY_MAX ((uint64_t)256 << 20)
#define P_MAX      4

struct seal {
	EVP_CIPHER_CTX *cipher;
};

int seal_how_new(struct seal_how *ret_how)
{
	struct seal_how how = { .ln = LN, .r = R, .p = P };

	if (RAND_bytes(how.salt, sizeof(how.salt)) != 1 ||
	    RAND_bytes(how.nonce, sizeof(how.nonce)) != 1)
		return -EIO;
	*ret_how = how;
	return 0;
}

static uint64_t memory_of(const struct seal_how *how)
{
	return 128 * ((uint64_t)1 << how->ln) * how->r;
}

bool seal_how_holds(const struct seal_how *how)
{
	return how->ln >= 1 && how->ln <= 24 && how->r >= 1 && how->r <= 64 && how->p >= 1 &&
	       how->p <= P_MAX && memory_of(how) <= MEMORY_MAX;
}

static int begin(enum seal_way way, EVP_CIPHER_CTX *cipher, const uint8_t key[KEY_BYTES],
                 const uint8_t nonce[SEAL_NONCE_BYTES])
{
	int closes = way == SEAL_CLOSE;

	return EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, closes) == 1
	               ? 0
	               : -ENOMEM;
}

int seal_new(enum seal_way way, const struct seal_how *how, struct slice passphrase,
             struct seal **ret_seal)
{
	uint64_t scratch = memory_of(how) + 128 * (uint64_t)how->r * how->p + 65536;
	struct seal *seal = calloc(1, sizeof(*seal));
	uint8_t key[KEY_BYTES];
	int err = -ENOMEM;

	if (!seal)
		return err;
	seal->cipher = EVP_CIPHER_CTX_new();
	if (seal->cipher &&
	    EVP_PBE_scrypt(passphrase.p, passphrase.n, how->salt, SEAL_SALT_BYTES,
	                   (uint64_t)1 << how->ln, how->r, how->p, scratch, key, sizeof(key)) == 1)
		err = begin(way, seal->cipher, key, how->nonce);
	OPENSSL_cleanse(key, sizeof(key));
	if (err)
		seal_free(seal);
	else
		*ret_seal = seal;
	return err;
}

void seal_free(struct seal *seal)
{
	if (!seal)
		return;
	EVP_CIPHER_CTX_free(seal->cipher); /* wipes the key */
	free(seal);
}

/* out NULL: the bytes are authenticated only. */
static bool update(struct seal *seal, struct slice in, char *out)
{
	int written;

	return in.n <= SEAL_PART_MAX &&
	       EVP_CipherUpdate(seal->cipher, (unsigned char *)out, &written,
	                        (const unsigned char *)in.p, (int)in.n) == 1;
}

int seal_text(struct seal *seal, struct slice text)
{
	return text.n == 0 || update(seal, text, NULL) ? 0 : -EIO;
}

int seal_close(struct seal *seal, struct slice plain, char *ret_sealed)
{
	unsigned char *tag = (unsigned char *)ret_sealed + plain.n;
	int written;

	if ((plain.n == 0 || update(seal, plain, ret_sealed)) &&
	    EVP_CipherFinal_ex(seal->cipher, tag, &written) == 1 &&
	    EVP_CIPHER_CTX_ctrl(seal->cipher, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES, tag) == 1)
		return 0;
	return -EIO;
}

int seal_open(struct seal *seal, struct slice sealed, char *ret_plain, size_t *ret_n)
{
	unsigned char tag[SEAL_TAG_BYTES], end[SEAL_TAG_BYTES];
	size_t n;
	int written;

	if (sealed.n < SEAL_TAG_BYTES)
		return -EACCES;
	n = sealed.n - SEAL_TAG_BYTES;
	memcpy(tag, sealed.p + n, sizeof(tag));
	if ((n == 0 || update(seal, slice_of(sealed.p, n), ret_plain)) &&
	    EVP_CIPHER_CTX_ctrl(seal->cipher, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
	    EVP_CipherFinal_ex(seal->cipher, end, &written) == 1) {
		*ret_n = n;
		return 0;
	}
	OPENSSL_cleanse(ret_plain, n);
	return -EACCES;
}

struct slice seal_line_write(struct slice bytes, char memory[SEAL_LINE_TEXT + 1])
{
	int n = EVP_EncodeBlock((unsigned char *)memory, (const unsigned char *)bytes.p,
	                        (int)bytes.n);

	return slice_of(memory, (size_t)n);
}

/* OpenSSL gives the bytes that the padding stands for, too, and takes any bits beside it (RFC 4648
 * 3.5): a line counts only as it would be written. */
size_t seal_line_read(struct slice line, char ret_bytes[SEAL_LINE_BYTES])
{
	char again[SEAL_LINE_TEXT + 1];
	size_t pads = 0;
	int n;

	if (line.n < 4 || line.n > SEAL_LINE_TEXT || line.n % 4 != 0)
		return 0;
	while (pads < 3 && line.p[line.n - 1 - pads] == '=')
		pads++;
	n = EVP_DecodeBlock((unsigned char *)ret_bytes, (const unsigned char *)line.p, (int)line.n);
	if (n <= 0 || pads == 3)
		return 0;
	n -= (int)pads;
	return slice_equal(seal_line_write(slice_of(ret_bytes, (size_t)n), again), line) ? (size_t)n
	                                                                                 : 0;
}
