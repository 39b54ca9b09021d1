/* digest/directive.h: the lists of name=value that challenges, answers and Authentication-Info are
 * made of (RFC 7235 2.1, RFC 7616 3.3 to 3.5). For this room's own use. */
#ifndef LINEUP_DIGEST_DIRECTIVE_H
#define LINEUP_DIGEST_DIRECTIVE_H

#include "digest/digest.h"

/* The directives that are read. X(constant, name) */
#define DIGEST_DIRECTIVES(X) \
	X(USERNAME, "username") \
	X(REALM, "realm") \
	X(NONCE, "nonce") \
	X(URI, "uri") \
	X(RESPONSE, "response") \
	X(ALGORITHM, "algorithm") \
	X(CNONCE, "cnonce") \
	X(OPAQUE, "opaque") \
	X(QOP, "qop") \
	X(NC, "nc") \
	X(STALE, "stale") \
	X(NEXTNONCE, "nextnonce") \
	X(RSPAUTH, "rspauth")

#define DIGEST_DIRECTIVE_ENUM(constant, name) DIRECTIVE_##constant,
enum directive { DIGEST_DIRECTIVES(DIGEST_DIRECTIVE_ENUM) DIRECTIVE_COUNT };

/* Absent where the list has no such directive; quoted values without their quotes. */
struct directives {
	struct slice value[DIRECTIVE_COUNT];
};

/* Takes an auth-scheme off the front of *in: a token with a blank, a comma or the end behind it,
 * which no "=" follows. Moves past it and the blanks behind it. False, nothing moved: there is
 * none.
 */
bool directive_take_scheme(struct slice *in, struct slice *ret_scheme);

/* Takes a token68 ("TlRMTVNTUAAB==") with the comma behind it, if one stands there. */
void directive_skip_token68(struct slice *in);

/* Takes directives off the front of *in, up to its end or to the scheme of the next challenge.
 * True: all were well formed, and of those that are known none stood twice, and none has a control
 * byte; *ret_list is set. False: *in has moved as far all the same. */
bool directives_take(struct slice *in, struct directives *ret_list);

/* How many bytes value (from a directive) stands for at the most, once unquoted. */
size_t directive_length_max(struct slice value);

/* An algorithm's name; absent means MD5. False, and nothing set, where it is not known. */
bool digest_algorithm_read(struct slice name, enum digest_algorithm *ret_algorithm, bool *ret_sess);

#endif
