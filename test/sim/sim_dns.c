/* sim_dns.c: the bodies of dns/dns.h on a table of names.
 *
 * An answer comes from the loop, after the name's delay, as dns/dns.h promises; a literal address
 * is found without the table. May use base/ and net/addr.h. */
#include "sim_part.h"

#include <errno.h>
#include <stdlib.h>

struct dns {
	struct net *net;
};

struct dns_query {
	struct dns *dns;
	struct net_timer *timer;
	char host[256];
	struct dns_where where; /* where.host is host[] */
	dns_found_fn *fn;
	void *ctx;
};

static struct sim_name *name_find(struct net *net, const char *name)
{
	for (unsigned i = 0; i < net->name_count; i++)
		if (slice_equal_nocase(slice_str(net->names[i].name), slice_str(name)))
			return &net->names[i];
	return NULL;
}

static struct sim_name *name_take(struct net *net, const char *name)
{
	struct sim_name *found = name_find(net, name);

	if (found)
		return found;
	if (net->name_count == SIM_NAMES_MAX || strlen(name) >= sizeof(found->name))
		abort(); /* a fault of the test */
	found = &net->names[net->name_count++];
	*found = (struct sim_name){ .result = DNS_EMPTY };
	memcpy(found->name, name, strlen(name));
	return found;
}

void sim_name_address(struct net *net, const char *name, const struct net_addr *addr)
{
	struct sim_name *entry = name_take(net, name);

	if (entry->addr_count == DNS_TARGETS_MAX)
		abort();
	entry->result = DNS_FOUND;
	entry->addrs[entry->addr_count++] = *addr;
}

void sim_name_result(struct net *net, const char *name, enum dns_result result)
{
	struct sim_name *entry = name_take(net, name);

	entry->result = result;
	entry->addr_count = 0;
}

void sim_name_delay(struct net *net, const char *name, uint64_t delay_ms)
{
	name_take(net, name)->delay_ms = delay_ms;
}

void sim_name_forget(struct net *net, const char *name)
{
	struct sim_name *entry = name_find(net, name);

	if (entry)
		*entry = net->names[--net->name_count];
}

const char *sim_name_unlisted(const struct net *net)
{
	return net->unlisted[0] ? net->unlisted : NULL;
}

int dns_new(struct net *net, struct dns **ret_dns)
{
	struct dns *dns = calloc(1, sizeof(*dns));

	if (!dns)
		return -ENOMEM;
	dns->net = net;
	*ret_dns = dns;
	return 0;
}

void dns_free(struct dns *dns)
{
	free(dns);
}

static uint16_t port_of(const struct dns_where *where)
{
	if (where->port)
		return where->port;
	return where->transport == DNS_TLS ? 5061 : 5060;
}

static void query_free(struct dns_query *query)
{
	query->dns->net->queries--;
	net_timer_free(query->timer);
	free(query);
}

/* Fills in what the table says of the name as of now. */
static enum dns_result look_up(struct dns_query *query, struct dns_target *targets,
                               unsigned *ret_count)
{
	struct net *net = query->dns->net;
	const struct sim_name *entry;
	struct net_addr literal;

	*ret_count = 0;
	if (net_addr_parse(query->where.host, port_of(&query->where), &literal) == 0) {
		targets[(*ret_count)++] = (struct dns_target){ literal, query->where.transport };
		return DNS_FOUND;
	}
	entry = name_find(net, query->host);
	if (!entry) {
		if (!net->unlisted[0])
			memcpy(net->unlisted, query->host, sizeof(net->unlisted));
		return DNS_UNKNOWN;
	}
	for (unsigned i = 0; i < entry->addr_count; i++) {
		targets[i] = (struct dns_target){ entry->addrs[i], query->where.transport };
		net_addr_set_port(&targets[i].addr, port_of(&query->where));
	}
	*ret_count = entry->addr_count;
	return entry->result;
}

static void query_answered(void *ctx)
{
	struct dns_query *query = ctx;
	struct dns_target targets[DNS_TARGETS_MAX];
	unsigned count;
	enum dns_result result = look_up(query, targets, &count);
	dns_found_fn *fn = query->fn;
	void *fn_ctx = query->ctx;

	query_free(query);
	fn(fn_ctx, result, result == DNS_FOUND ? targets : NULL, count);
}

int dns_locate(struct dns *dns, const struct dns_where *where, dns_found_fn *fn, void *ctx,
               struct dns_query **ret_query)
{
	const struct sim_name *entry;
	struct dns_query *query;

	if (where->host.n == 0 || where->host.n >= sizeof(query->host))
		return -EINVAL;
	query = calloc(1, sizeof(*query));
	if (!query)
		return -ENOMEM;
	query->dns = dns;
	query->where = *where;
	memcpy(query->host, where->host.p, where->host.n);
	query->where.host = slice_str(query->host);
	query->fn = fn;
	query->ctx = ctx;
	query->timer = sim_timer_new(dns->net, query_answered, query);
	entry = name_find(dns->net, query->host);
	net_timer_set(query->timer, dns->net->now_ms + (entry ? entry->delay_ms : 0));
	dns->net->queries++;
	*ret_query = query;
	return 0;
}

void dns_cancel(struct dns_query *query)
{
	if (query)
		query_free(query);
}

const char *dns_transport_name(enum dns_transport transport)
{
	switch (transport) {
	case DNS_UDP:
		return "udp";
	case DNS_TCP:
		return "tcp";
	case DNS_TLS:
		return "tls";
	}
	return "udp";
}
