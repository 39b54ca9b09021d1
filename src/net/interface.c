/* net/interface.c: reading and comparing, without a look at the machine, which is net/source.c's.
 */
#include "net/interface.h"

#include <errno.h>

int net_interface_parse(struct slice text, struct net_interface *ret_interface)
{
	struct net_interface interface = { .name = "" };

	if (interface_fault(text))
		return -EINVAL;
	if (net_addr_parse(text, 0, &interface.addr) < 0)
		memcpy(interface.name, text.p, text.n); /* as long as the check has it */
	*ret_interface = interface;
	return 0;
}

void net_interface_show(const struct net_interface *interface, struct buf *out)
{
	if (interface->name[0])
		buf_str(out, interface->name);
	else
		net_addr_show_host(&interface->addr, out);
}

bool net_source_equal(const struct net_source *a, const struct net_source *b)
{
	return a->device == b->device && net_addr_same_host(&a->addr, &b->addr);
}

bool net_way_equal(const struct net_way *a, const struct net_way *b)
{
	return net_source_equal(&a->source, &b->source) && a->out == b->out &&
	       memcmp(a->router, b->router, sizeof(a->router)) == 0;
}
