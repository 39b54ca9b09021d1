/* api/secret.h: passwords of logins as scrypt (RFC 7914), tokens as SHA-256, comparing without
 * telling by the time it takes. Chance comes as an argument. */
#ifndef LINEUP_API_SECRET_H
#define LINEUP_API_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define API_HASH_BYTES    32
#define API_SALT_BYTES    16
#define API_TOKEN_BYTES   32
#define API_TOKEN_TEXT    (2 * API_TOKEN_BYTES + 1)
#define API_PASSWORD_HASH 160 /* bytes of a hashed password's text, at the most */

/* Writes "$scrypt$ln=15,r=8,p=1$SALT$HASH": whoever checks a password later does so by what it was
 * made with. It takes 32 MB and about a tenth of a second. Returns 0 or -ENOMEM. */
int api_secret_hash(struct slice password, const uint8_t salt[API_SALT_BYTES],
                    char ret_text[API_PASSWORD_HASH]);

/* Whether a password is the one that was hashed. text NULL: there is no such login, which takes as
 * long to say. Returns 1, 0, -ENOMEM, or -EINVAL: text is no hash that we would take the time for.
 */
int api_secret_check(struct slice password, const char *text);

/* The secret of a token, and what is kept of it. */
void api_secret_token(const uint8_t chance[API_TOKEN_BYTES], char ret_text[API_TOKEN_TEXT]);
int api_secret_digest(struct slice text, uint8_t ret_hash[API_HASH_BYTES]);

/* What a page sends in X-CSRF-Token: it follows from the session's secret, which only the browser
 * has, and leads nowhere back. */
int api_secret_csrf(struct slice session, char ret_text[API_TOKEN_TEXT]);

/* Whether two texts are the same; their lengths may show, their content does not. */
bool api_secret_equal(struct slice a, struct slice b);

#endif
