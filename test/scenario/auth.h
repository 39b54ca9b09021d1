/* auth.h: the answer to a challenge, worked out a second time.
 *
 * By RFC 7616 and RFC 2069 straight over OpenSSL, with nothing of src/digest: a request that
 * carries a wrong answer fails the scenario that it is sent in, whatever the scenario looks at. */
#ifndef LINEUP_TEST_AUTH_H
#define LINEUP_TEST_AUTH_H

#include "base/slice.h"

#define AUTH_HEX_MAX   65 /* with the NUL */
#define AUTH_TEXT_MAX  1100
#define AUTH_ERROR_MAX 256

struct auth {
	char user[AUTH_TEXT_MAX], realm[AUTH_TEXT_MAX], nonce[AUTH_TEXT_MAX]; /* unquoted */
	char response[AUTH_HEX_MAX];
	char ha1[AUTH_HEX_MAX]; /* of the password that was given */
};

/* Reads the value of an Authorization or Proxy-Authorization header and works out its response for
 * a REGISTER to request_uri without a body. False where the header is malformed or its response is
 * wrong; error then has a sentence. */
bool auth_check(struct slice value, struct slice request_uri, const char *password,
                struct auth *ret_auth, char error[AUTH_ERROR_MAX]);

#endif
