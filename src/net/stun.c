/* net/stun.c: RFC 8489 sections 5, 14.1 and 14.2. */
#include "net/stun.h"

#include <string.h>

enum {
	BINDING_REQUEST = 0x0001,
	BINDING_SUCCESS = 0x0101,
	BINDING_ERROR = 0x0111,
	MAPPED_ADDRESS = 0x0001,
	XOR_MAPPED_ADDRESS = 0x0020,
	FAMILY_IPV4 = 1,
	FAMILY_IPV6 = 2,
	HEADER_BYTES = STUN_REQUEST_SIZE,
	ATTRIBUTE_BYTES = 4,
};

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

bool stun_is(struct slice bytes)
{
	return bytes.n >= HEADER_BYTES && ((unsigned char)bytes.p[0] & 0xc0) == 0 &&
	       memcmp(bytes.p + 4, cookie, sizeof(cookie)) == 0;
}

void stun_request_write(const uint8_t id[STUN_ID_BYTES], uint8_t ret_request[STUN_REQUEST_SIZE])
{
	memset(ret_request, 0, STUN_REQUEST_SIZE);
	ret_request[1] = BINDING_REQUEST;
	memcpy(ret_request + 4, cookie, sizeof(cookie));
	memcpy(ret_request + 8, id, STUN_ID_BYTES);
}

/* The address of an attribute; with mask the XOR form: cookie and id, as they stand. */
static bool read_address(const uint8_t *value, size_t n, const uint8_t *mask,
                         struct net_addr *ret_addr)
{
	struct net_addr addr = { .v6 = { 0 } };
	uint8_t bytes[16];
	uint16_t port;
	size_t len = n < 4 ? 0 : value[1] == FAMILY_IPV4 ? 4 : value[1] == FAMILY_IPV6 ? 16 : 0;

	if (!len || n < 4 + len)
		return false;
	port = (uint16_t)(be16(value + 2) ^ (mask ? be16(mask) : 0));
	for (size_t i = 0; i < len; i++)
		bytes[i] = value[4 + i] ^ (mask ? mask[i] : 0);
	if (len == 4) {
		addr.v4.sin_family = AF_INET;
		memcpy(&addr.v4.sin_addr, bytes, len);
	} else {
		addr.v6.sin6_family = AF_INET6;
		memcpy(&addr.v6.sin6_addr, bytes, len);
	}
	net_addr_set_port(&addr, port);
	*ret_addr = addr;
	return port != 0;
}

/* The attributes, which end with the message. */
static bool find_address(const uint8_t *message, size_t n, struct net_addr *ret_mapped)
{
	bool found = false;

	for (size_t at = HEADER_BYTES; at + ATTRIBUTE_BYTES <= n;) {
		unsigned type = be16(message + at), len = be16(message + at + 2);
		const uint8_t *value = message + at + ATTRIBUTE_BYTES;

		if (len > n - at - ATTRIBUTE_BYTES)
			return found;
		if (type == XOR_MAPPED_ADDRESS && read_address(value, len, message + 4, ret_mapped))
			return true;
		if (type == MAPPED_ADDRESS && read_address(value, len, NULL, ret_mapped))
			found = true;
		at += ATTRIBUTE_BYTES + (len + 3) / 4 * 4;
	}
	return found;
}

enum stun_kind stun_response_read(struct slice bytes, uint8_t ret_id[STUN_ID_BYTES],
                                  struct net_addr *ret_mapped)
{
	const uint8_t *message = (const uint8_t *)bytes.p;
	struct net_addr mapped;
	unsigned type;

	if (!stun_is(bytes))
		return STUN_OTHER;
	type = be16(message);
	if ((type != BINDING_SUCCESS && type != BINDING_ERROR) ||
	    be16(message + 2) != bytes.n - HEADER_BYTES)
		return STUN_OTHER;
	memcpy(ret_id, message + 8, STUN_ID_BYTES);
	if (type == BINDING_ERROR || !find_address(message, bytes.n, &mapped))
		return STUN_ERROR;
	*ret_mapped = mapped;
	return STUN_MAPPED;
}
