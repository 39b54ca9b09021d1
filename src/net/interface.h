/* net/interface.h: which of this machine's network interfaces is meant, and what is sent from.
 *
 * A name says the interface: what is sent leaves through it, from the address that it has. An
 * address says only what is sent from; through which interface is the routes' to say. */
#ifndef LINEUP_NET_INTERFACE_H
#define LINEUP_NET_INTERFACE_H

#include "base/interface.h"
#include "net/addr.h"

struct net_interface {
	char name[INTERFACE_NAME_MAX + 1]; /* "": known by its address */
	struct net_addr addr;              /* port 0; no family: known by its name */
};

/* Where a datagram or a connection leaves from. */
struct net_source {
	struct net_addr addr; /* the port does not count */
	unsigned device;      /* the number of the interface; 0: as the routes have it */
};

/* The way to an address as far as it shows on this machine. What was lost on one may get through on
 * another. */
struct net_way {
	struct net_source source; /* the port is 0 */
	unsigned out;             /* the number of the interface that it leaves by; 0: not known */
	uint8_t router[24];       /* that it leaves to (RTA_GATEWAY, RTA_VIA); zeroes: none */
};

/* Reads "eth1", "192.0.2.1" or "2001:db8::1". Returns 0, or -EINVAL where interface_fault() has
 * something to say. Whether there is such an interface shows in net_source_for(). */
int net_interface_parse(struct slice text, struct net_interface *ret_interface);

/* Appends it as people write it: "eth1", "192.0.2.1", "2001:db8::1". */
void net_interface_show(const struct net_interface *interface, struct buf *out);

bool net_source_equal(const struct net_source *a, const struct net_source *b);
bool net_way_equal(const struct net_way *a, const struct net_way *b);

#endif
