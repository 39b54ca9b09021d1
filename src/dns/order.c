/* dns/order.c: RFC 2782, RFC 3403 and RFC 6724, as far as they say what comes first. The lists are
 * short (DNS_RECORDS_MAX), so they are sorted by insertion, which keeps equals as they are. */
#include "dns/order.h"

#include <string.h>

/* ---- NAPTR and SRV */

/* X comes behind Y: by priority, then by weight (of NAPTR: order and preference). */
static bool is_behind(const struct dns_record *x, const struct dns_record *y)
{
	return x->priority != y->priority ? x->priority > y->priority : x->weight > y->weight;
}

void dns_order_naptr(struct dns_record *records, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k && is_behind(&records[k - 1], &records[k]); k--) {
			struct dns_record record = records[k];

			records[k] = records[k - 1];
			records[k - 1] = record;
		}
}

/* Takes one to the front, each with the chance that its weight has in the sum. Those of weight 0
 * stand first, so that they have a small one, too. */
static void draw(struct dns_record *records, unsigned count, struct rng *rng)
{
	struct dns_record drawn;
	uint32_t sum = 0, at;
	unsigned i = 0;

	for (unsigned k = 0; k < count; k++)
		sum += records[k].weight;
	at = (uint32_t)rng_between(rng, 0, sum);
	for (sum = records[0].weight; sum < at; sum += records[i].weight)
		i++;
	drawn = records[i];
	memmove(records + 1, records, i * sizeof(*records));
	records[0] = drawn;
}

void dns_order_srv(struct dns_record *records, unsigned count, struct rng *rng)
{
	dns_order_naptr(records, count); /* by priority, weight 0 in front */
	for (unsigned i = 0; i < count;) {
		unsigned end = i + 1;

		while (end < count && records[end].priority == records[i].priority)
			end++;
		for (; i < end; i++)
			draw(records + i, end - i, rng);
	}
}

/* ---- addresses */

/* An address as RFC 6724 sees it: IPv4 mapped into IPv6. */
struct view {
	unsigned char bytes[16];
	unsigned scope, label, precedence;
};

enum { SCOPE_LINK = 2, SCOPE_SITE = 5, SCOPE_GLOBAL = 14 };

/* RFC 6724 2.1, the longest prefix first. */
static const struct {
	unsigned char prefix[16];
	unsigned bits, precedence, label;
} policies[] = {
	{ { [15] = 1 }, 128, 50, 0 },                /* ::1 */
	{ { [10] = 0xff, [11] = 0xff }, 96, 35, 4 }, /* IPv4 */
	{ { 0 }, 96, 1, 3 },                         /* ::/96 */
	{ { 0x20, 0x01 }, 32, 5, 5 },                /* 2001::/32, Teredo */
	{ { 0x20, 0x02 }, 16, 30, 2 },               /* 2002::/16, 6to4 */
	{ { 0x3f, 0xfe }, 16, 1, 12 },               /* 3ffe::/16 */
	{ { 0xfe, 0xc0 }, 10, 1, 11 },               /* fec0::/10 */
	{ { 0xfc }, 7, 3, 13 },                      /* fc00::/7 */
	{ { 0 }, 0, 40, 1 },                         /* ::/0 */
};

static unsigned common_bits(const unsigned char a[16], const unsigned char b[16], unsigned most)
{
	unsigned n = 0;

	while (n < most && !((a[n / 8] ^ b[n / 8]) & (0x80 >> n % 8)))
		n++;
	return n;
}

static unsigned scope_of(const unsigned char bytes[16], bool v4)
{
	/* RFC 6724 3.2: loopback and 169.254/16 are link-local. */
	if (v4)
		return bytes[12] == 127 || (bytes[12] == 169 && bytes[13] == 254) ? SCOPE_LINK
		                                                                  : SCOPE_GLOBAL;
	if (bytes[0] == 0xff)
		return bytes[1] & 15;
	if ((bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) ||
	    common_bits(bytes, policies[0].prefix, 128) == 128)
		return SCOPE_LINK;
	return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0 ? SCOPE_SITE : SCOPE_GLOBAL;
}

static struct view view_of(const struct net_addr *addr)
{
	bool v4 = addr->any.sa_family == AF_INET;
	struct view view = { .scope = 0 };
	size_t i = 0;

	if (v4) {
		view.bytes[10] = view.bytes[11] = 0xff;
		memcpy(view.bytes + 12, &addr->v4.sin_addr, 4);
	} else {
		memcpy(view.bytes, &addr->v6.sin6_addr, 16);
	}
	while (common_bits(view.bytes, policies[i].prefix, policies[i].bits) < policies[i].bits)
		i++; /* the last holds for all */
	view.scope = scope_of(view.bytes, v4);
	view.label = policies[i].label;
	view.precedence = policies[i].precedence;
	return view;
}

static bool has_source(const struct dns_path *path)
{
	return path->source.any.sa_family != AF_UNSPEC;
}

/* Whether Y is to be tried before X: the rules of RFC 6724 6 by their numbers. */
static bool goes_before(const struct dns_path *y, const struct dns_path *x)
{
	struct view dy = view_of(&y->addr), dx = view_of(&x->addr);
	struct view sy, sx;

	if (!has_source(y) || !has_source(x))
		return has_source(y) && !has_source(x); /* 1 */
	sy = view_of(&y->source);
	sx = view_of(&x->source);
	if ((dy.scope == sy.scope) != (dx.scope == sx.scope)) /* 2 */
		return dy.scope == sy.scope;
	if ((dy.label == sy.label) != (dx.label == sx.label)) /* 5 */
		return dy.label == sy.label;
	if (dy.precedence != dx.precedence) /* 6 */
		return dy.precedence > dx.precedence;
	if (dy.scope != dx.scope) /* 8 */
		return dy.scope < dx.scope;
	/* 9, between IPv6 addresses: among IPv4 it would undo a name server's round robin. */
	if (y->addr.any.sa_family == AF_INET6 && x->addr.any.sa_family == AF_INET6)
		return common_bits(dy.bytes, sy.bytes, 64) > common_bits(dx.bytes, sx.bytes, 64);
	return false; /* 10 */
}

void dns_order_paths(struct dns_path *paths, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k && goes_before(&paths[k], &paths[k - 1]); k--) {
			struct dns_path path = paths[k];

			paths[k] = paths[k - 1];
			paths[k - 1] = path;
		}
}
