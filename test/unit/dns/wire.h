/* wire.h: answers of a name server, written byte by byte. Include it in one source file only. */
#ifndef LINEUP_TEST_WIRE_H
#define LINEUP_TEST_WIRE_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

enum { WIRE_A = 1, WIRE_CNAME = 5, WIRE_SOA = 6, WIRE_AAAA = 28, WIRE_SRV = 33, WIRE_NAPTR = 35 };
enum { WIRE_OK, WIRE_FORMERR, WIRE_SERVFAIL, WIRE_NXDOMAIN, WIRE_NOTIMP, WIRE_REFUSED };
enum { WIRE_ANSWER = 6, WIRE_AUTHORITY = 8 }; /* where the header counts a section's records */

struct wire {
	unsigned char bytes[65535];
	size_t n;
	size_t data_at; /* of the open record */
};

static inline void wire_u8(struct wire *w, unsigned v)
{
	w->bytes[w->n++] = (unsigned char)v;
}

static inline void wire_u16(struct wire *w, unsigned v)
{
	wire_u8(w, v >> 8);
	wire_u8(w, v & 255);
}

static inline void wire_u32(struct wire *w, uint32_t v)
{
	wire_u16(w, v >> 16);
	wire_u16(w, v & 65535);
}

/* "pbx.test"; "." or "" is the root. */
static inline void wire_name(struct wire *w, const char *name)
{
	while (*name && *name != '.') {
		size_t n = strcspn(name, ".");

		wire_u8(w, (unsigned)n);
		memcpy(w->bytes + w->n, name, n);
		w->n += n;
		name += n;
		if (*name == '.')
			name++;
	}
	wire_u8(w, 0);
}

static inline void wire_text(struct wire *w, const char *text)
{
	wire_u8(w, (unsigned)strlen(text));
	memcpy(w->bytes + w->n, text, strlen(text));
	w->n += strlen(text);
}

/* The header of an answer, and its question. */
static inline void wire_begin(struct wire *w, unsigned id, unsigned code, const char *name,
                              unsigned type)
{
	w->n = 0;
	wire_u16(w, id);
	wire_u16(w, 0x8180 | code);
	wire_u16(w, 1);
	wire_u16(w, 0);
	wire_u16(w, 0);
	wire_u16(w, 0);
	wire_name(w, name);
	wire_u16(w, type);
	wire_u16(w, 1);
}

static inline void wire_count(struct wire *w, size_t section)
{
	if (++w->bytes[section + 1] == 0)
		w->bytes[section]++;
}

/* A record up to its data; wire_close() behind them. */
static inline void wire_open(struct wire *w, size_t section, const char *name, unsigned type,
                             uint32_t ttl_s)
{
	wire_count(w, section);
	wire_name(w, name);
	wire_u16(w, type);
	wire_u16(w, 1);
	wire_u32(w, ttl_s);
	wire_u16(w, 0);
	w->data_at = w->n;
}

static inline void wire_close(struct wire *w)
{
	w->bytes[w->data_at - 2] = (unsigned char)((w->n - w->data_at) >> 8);
	w->bytes[w->data_at - 1] = (unsigned char)(w->n - w->data_at);
}

static inline void wire_address(struct wire *w, const char *name, uint32_t ttl_s, const char *text)
{
	bool v6 = strchr(text, ':') != NULL;

	wire_open(w, WIRE_ANSWER, name, v6 ? WIRE_AAAA : WIRE_A, ttl_s);
	inet_pton(v6 ? AF_INET6 : AF_INET, text, w->bytes + w->n);
	w->n += v6 ? 16 : 4;
	wire_close(w);
}

static inline void wire_srv(struct wire *w, const char *name, uint32_t ttl_s, unsigned priority,
                            unsigned weight, unsigned port, const char *target)
{
	wire_open(w, WIRE_ANSWER, name, WIRE_SRV, ttl_s);
	wire_u16(w, priority);
	wire_u16(w, weight);
	wire_u16(w, port);
	wire_name(w, target);
	wire_close(w);
}

static inline void wire_naptr(struct wire *w, const char *name, uint32_t ttl_s, unsigned order,
                              unsigned preference, const char *flags, const char *service,
                              const char *expression, const char *replacement)
{
	wire_open(w, WIRE_ANSWER, name, WIRE_NAPTR, ttl_s);
	wire_u16(w, order);
	wire_u16(w, preference);
	wire_text(w, flags);
	wire_text(w, service);
	wire_text(w, expression);
	wire_name(w, replacement);
	wire_close(w);
}

static inline void wire_alias(struct wire *w, const char *name, uint32_t ttl_s, const char *target)
{
	wire_open(w, WIRE_ANSWER, name, WIRE_CNAME, ttl_s);
	wire_name(w, target);
	wire_close(w);
}

static inline void wire_soa(struct wire *w, const char *name, uint32_t ttl_s, uint32_t minimum_s)
{
	wire_open(w, WIRE_AUTHORITY, name, WIRE_SOA, ttl_s);
	wire_name(w, "ns");
	wire_name(w, "hostmaster");
	for (unsigned i = 0; i < 4; i++)
		wire_u32(w, 3600);
	wire_u32(w, minimum_s);
	wire_close(w);
}

static inline struct slice wire_slice(const struct wire *w)
{
	return slice_of((const char *)w->bytes, w->n);
}

#endif
