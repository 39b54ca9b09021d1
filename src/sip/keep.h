/* sip/keep.h: what is sent between registrations so that a NAT's mapping stays open (RFC 5626
 * 3.5). Pure. */
#ifndef LINEUP_SIP_KEEP_H
#define LINEUP_SIP_KEEP_H

enum sip_keep {
	SIP_KEEP_NONE,
	SIP_KEEP_CRLF,    /* an empty line, which asks for no answer over UDP */
	SIP_KEEP_STUN,    /* a Binding request (RFC 5626 3.5.2), which tells what the mapping is */
	SIP_KEEP_OPTIONS, /* for a server that knows nothing else; any answer will do */
};

/* Of "none", "crlf", "stun", "options"; SIP_KEEP_NONE of any other word, and of NULL. */
enum sip_keep sip_keep_of(const char *word);

#endif
