/* packet.h: a request that the agent sent, read by the test's own eyes.
 *
 * Nothing of src/sip is used: a fault there must not hide itself. packet_read() is strict, since
 * what we send shall be strict; it takes the agent's own form of a REGISTER or an OPTIONS and no
 * other. */
#ifndef LINEUP_TEST_PACKET_H
#define LINEUP_TEST_PACKET_H

#include <stdint.h>
#include <stdio.h>

#include "base/slice.h"

#define PACKET_FIELDS_MAX 64
#define PACKET_ERROR_MAX  256

struct packet_field {
	struct slice name, value; /* value trimmed */
};

struct packet {
	struct slice bytes; /* borrowed: the caller keeps them */
	struct slice start; /* the start line */
	struct slice method, request_uri;
	struct packet_field fields[PACKET_FIELDS_MAX];
	unsigned field_count;
	struct slice body;
	uint32_t cseq;
};

/* Reads bytes and checks what every request of ours must be (RFC 3261 7 and 8.1.1): the form of
 * the start line; each of the six headers and Content-Length once; a branch with the magic cookie;
 * CSeq and Max-Forwards; a Content-Length that is right; no control byte anywhere but CRLF, so that
 * nobody's text can begin a line of its own. False: error then has a sentence. */
bool packet_read(struct slice bytes, struct packet *ret_packet, char error[PACKET_ERROR_MAX]);

/* The nth (from 0) header of a name, absent where there is none. */
struct slice packet_header(const struct packet *packet, const char *name, unsigned nth);

/* ";tag=x" and the like: the value of a parameter, absent where it is not there. Good for the
 * agent's own headers: no quoted text there has a semicolon. */
struct slice packet_param(struct slice value, const char *name);

/* What stands between < and >, or the whole value up to a semicolon. */
struct slice packet_uri(struct slice value);

/* The user of a SIP URI, absent where there is none. */
struct slice packet_user(struct slice uri);

/* Prints bytes for a person, line by line, each with prefix; what is not printable as \xNN. */
void packet_print(struct slice bytes, const char *prefix, FILE *out);

#endif
