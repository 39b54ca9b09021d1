/* config/seal.h: bytes sealed with a passphrase: scrypt (RFC 7914) to a key, AES-256-GCM with it.
 *
 * What is sealed goes together with a text that stays readable, which is authenticated with it: a
 * sealed part that is put beside another text does not open. */
#ifndef LINEUP_CONFIG_SEAL_H
#define LINEUP_CONFIG_SEAL_H

#include <stdint.h>

#include "base/slice.h"

#define SEAL_SALT_BYTES  16
#define SEAL_NONCE_BYTES 12
#define SEAL_TAG_BYTES   16
#define SEAL_PART_MAX    (1u << 30) /* bytes that are handed over in one call */

/* What a file has to say so that its sealed part can be opened. N of scrypt is 2 to the ln. */
struct seal_how {
	uint32_t ln, r, p;
	uint8_t salt[SEAL_SALT_BYTES], nonce[SEAL_NONCE_BYTES];
};

/* For a new seal: costs of today (32 MiB, about 0.1 s), salt and nonce drawn. 0 or -EIO. */
int seal_how_new(struct seal_how *ret_how);

/* Whether the costs are such as this program would spend: at most 256 MiB. */
bool seal_how_holds(const struct seal_how *how);

struct seal;

/* Derives the key. 0, or -ENOMEM: scrypt had not enough. */
enum seal_way { SEAL_CLOSE, SEAL_OPEN };
int seal_new(enum seal_way way, const struct seal_how *how, struct slice passphrase,
             struct seal **ret_seal);
void seal_free(struct seal *seal);

/* A piece of the readable text, in its order, before anything is closed or opened. 0 or -EIO. */
int seal_text(struct seal *seal, struct slice text);

/* ret_sealed has room for plain.n + SEAL_TAG_BYTES. Once. 0 or -EIO. */
int seal_close(struct seal *seal, struct slice plain, char *ret_sealed);

/* ret_plain has room for sealed.n. Once. -EACCES: another passphrase, or another text or sealed
 * part than was closed; nothing of ret_plain is left then. */
int seal_open(struct seal *seal, struct slice sealed, char *ret_plain, size_t *ret_n);

/* A line of base64 (RFC 4648 section 4). Writes bytes, at most SEAL_LINE_BYTES of them, into
 * memory; returns the text. Reads such a line: how many bytes it has, 0: it is none. */
#define SEAL_LINE_BYTES 57
#define SEAL_LINE_TEXT  76
struct slice seal_line_write(struct slice bytes, char memory[SEAL_LINE_TEXT + 1]);
size_t seal_line_read(struct slice line, char ret_bytes[SEAL_LINE_BYTES]);

#endif
