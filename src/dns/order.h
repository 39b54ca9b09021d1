/* dns/order.h: which of several comes first. Pure: chance is given in, and so is the address that
 * this machine would send from. */
#ifndef LINEUP_DNS_ORDER_H
#define LINEUP_DNS_ORDER_H

#include "base/rng.h"
#include "dns/record.h"

/* SRV records: by priority, within one by weight at random (RFC 2782). */
void dns_order_srv(struct dns_record *records, unsigned count, struct rng *rng);

/* NAPTR records: by order, then preference (RFC 3403 4.1). */
void dns_order_naptr(struct dns_record *records, unsigned count);

/* An address, and where this machine would send from to reach it. */
struct dns_path {
	struct net_addr addr;
	struct net_addr source; /* family 0: there is no way */
};

/* RFC 6724 6, without the rules that need to know an interface (3, 4 and 7). Equals stay as they
 * are. */
void dns_order_paths(struct dns_path *paths, unsigned count);

#endif
