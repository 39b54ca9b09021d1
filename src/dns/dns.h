/* dns/dns.h: from a server's name to the addresses to try, in order (RFC 3263).
 *
 * For now the system's resolver answers (A and AAAA, explicit or default port); the interface is
 * that of the whole of RFC 3263. A seam of the tests, as net/net.h is. */
#ifndef LINEUP_DNS_DNS_H
#define LINEUP_DNS_DNS_H

#include "net/addr.h"

struct net;

#define DNS_TARGETS_MAX 16

enum dns_transport { DNS_UDP, DNS_TCP, DNS_TLS };

struct dns_where {
	struct slice host; /* a name, or a literal address (IPv6 in brackets or not); copied */
	uint16_t port;     /* 0: what the name says, else 5060, or 5061 for TLS */
	enum dns_transport transport;
};

struct dns_target {
	struct net_addr addr;
	enum dns_transport transport;
};

enum dns_result {
	DNS_FOUND,
	DNS_UNKNOWN, /* NXDOMAIN */
	DNS_EMPTY,   /* the name exists, without an address */
	DNS_SILENT,  /* no name server answered */
	DNS_FAILED,  /* SERVFAIL, refused, out of memory ... */
};

struct dns;
struct dns_query;

/* targets: count of them in the order to try, valid for the call; NULL and 0 unless DNS_FOUND. */
typedef void dns_found_fn(void *ctx, enum dns_result result, const struct dns_target *targets,
                          unsigned count);

int dns_new(struct net *net, struct dns **ret_dns);
void dns_free(struct dns *dns); /* with no query open */

/* Looks where up. fn is called once, from the loop, never from within this call, also for a literal
 * address. Returns 0 or -ENOMEM, -EINVAL (host longer than 255 bytes, empty, or
 * with a NUL in it). */
int dns_locate(struct dns *dns, const struct dns_where *where, dns_found_fn *fn, void *ctx,
               struct dns_query **ret_query);

/* Ends a query before its answer: fn will not be called. */
void dns_cancel(struct dns_query *query);

const char *dns_transport_name(enum dns_transport transport); /* "udp" */

#endif
