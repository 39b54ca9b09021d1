/* sip/extra.h: what a provider wants in a REGISTER beside what RFC 3261 asks for: more header
 * fields, and parameters of the URIs. It comes from people's settings, so it is held here to what
 * cannot end a line, begin another one, or say again what Lineup says itself. */
#ifndef LINEUP_SIP_EXTRA_H
#define LINEUP_SIP_EXTRA_H

#include "base/buf.h"

/* What stands for the line's extension, escaped as in its address, in the value of a field. */
#define SIP_EXTRA_EXTENSION "{extension}"

enum sip_extra {
	SIP_EXTRA_FIELD, /* one was taken */
	SIP_EXTRA_END,   /* there is none left */
	SIP_EXTRA_BAD,   /* "Name: value" was expected, and is not there */
	SIP_EXTRA_OURS,  /* Lineup writes that field itself, or it would make another request of it
	                  */
};

/* Takes the next field off the front of a list, "Name: value | Name: value". *ret_name and
 * *ret_value borrow from *list: a token of at least two characters (compact forms are all ours),
 * and a text without control characters, without blanks at its ends and not empty. "|" always
 * parts two fields, in quotes, too. On BAD and OURS *ret_name is what stands there, *list is
 * unspecified. */
enum sip_extra sip_extra_take(struct slice *list, struct slice *ret_name, struct slice *ret_value);

/* Appends the fields of a list as they stand in a message, each with its CRLF. Returns 0 or
 * -EINVAL; out->full says where it did not fit. */
int sip_extra_write(struct slice list, struct buf *out);

/* Appends text with extension in the place of each SIP_EXTRA_EXTENSION. */
void sip_extra_fill(struct slice text, struct slice extension, struct buf *out);

/* Whether a list has a field of that name, in any letter case. */
bool sip_extra_has(struct slice list, struct slice name);

/* Whether params are parameters of a SIP URI, ";user=phone;x" (RFC 3261 25.1, uri-parameters), or
 * empty. */
bool sip_uri_params_valid(struct slice params);

#endif
