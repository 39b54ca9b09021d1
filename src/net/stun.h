/* net/stun.h: the one piece of STUN that a SIP client needs (RFC 5626 3.5.2): a Binding request on
 * the SIP socket and its response, which keep a NAT's mapping open and tell what it is (RFC 8489).
 * No sockets, no clock. */
#ifndef LINEUP_NET_STUN_H
#define LINEUP_NET_STUN_H

#include <stdint.h>

#include "net/addr.h"

#define STUN_ID_BYTES     12
#define STUN_REQUEST_SIZE 20

/* Whether a datagram is STUN and not SIP: its first two bits are 0 and the magic cookie is there
 * (RFC 8489 6.3). No SIP message begins so. */
bool stun_is(struct slice bytes);

/* Writes a Binding request without attributes. The id should not be guessable: who can answer in
 * the server's name can move our Contact. */
void stun_request_write(const uint8_t id[STUN_ID_BYTES], uint8_t ret_request[STUN_REQUEST_SIZE]);

enum stun_kind {
	STUN_OTHER,  /* broken, or no response to a Binding request */
	STUN_MAPPED, /* *ret_mapped is what the server saw */
	STUN_ERROR,  /* an error response, or one that names no address: alive all the same */
};

/* Reads a response. ret_id and (MAPPED) ret_mapped are set but for OTHER. XOR-MAPPED-ADDRESS
 * counts, else MAPPED-ADDRESS; other attributes are passed over. */
enum stun_kind stun_response_read(struct slice bytes, uint8_t ret_id[STUN_ID_BYTES],
                                  struct net_addr *ret_mapped);

#endif
