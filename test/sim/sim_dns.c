/* sim_dns.c: the bodies of dns/ask.h on a table of names.
 *
 * An answer comes from the loop, after the name's delay, as dns/ask.h promises. What is above that
 * seam, the cache among it, is the agent's own. May use base/ and net/addr.h. */
#include "sim_part.h"

#include <errno.h>
#include <stdlib.h>

#include "dns/ask.h"

struct dns_ask {
	struct net *net;
};

struct dns_asked {
	struct dns_ask *ask;
	struct net_timer *timer;
	struct dns_question question;
	dns_asked_fn *fn;
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
	memset(found, 0, sizeof(*found));
	found->result = DNS_EMPTY;
	found->ttl_s = SIM_TTL_S;
	memcpy(found->name, name, strlen(name));
	return found;
}

static struct dns_record *record_add(struct net *net, const char *name, enum dns_type type)
{
	struct sim_name *entry = name_take(net, name);

	if (entry->counts[type] == SIM_RECORDS_MAX)
		abort();
	entry->result = DNS_EMPTY;
	return &entry->records[type][entry->counts[type]++];
}

static void put_name(struct dns_record *record, const char *name)
{
	if (strcmp(name, ".") != 0)
		memcpy(record->name, name, strlen(name) + 1);
}

void sim_name_address(struct net *net, const char *name, const struct net_addr *addr)
{
	record_add(net, name, addr->any.sa_family == AF_INET6 ? DNS_TYPE_AAAA : DNS_TYPE_A)->addr =
		*addr;
}

void sim_name_srv(struct net *net, const char *name, uint16_t priority, uint16_t weight,
                  uint16_t port, const char *target)
{
	struct dns_record *record = record_add(net, name, DNS_TYPE_SRV);

	record->priority = priority;
	record->weight = weight;
	record->port = port;
	put_name(record, target);
}

void sim_name_naptr(struct net *net, const char *name, uint16_t order, uint16_t preference,
                    enum dns_transport transport, const char *service)
{
	struct dns_record *record = record_add(net, name, DNS_TYPE_NAPTR);

	record->priority = order;
	record->weight = preference;
	record->transport = transport;
	put_name(record, service);
}

void sim_name_result(struct net *net, const char *name, enum dns_result result)
{
	struct sim_name *entry = name_take(net, name);

	entry->result = result;
	memset(entry->counts, 0, sizeof(entry->counts));
}

void sim_name_rest(struct net *net, const char *name, enum dns_result result)
{
	name_take(net, name)->result = result;
}

void sim_name_delay(struct net *net, const char *name, uint64_t delay_ms)
{
	name_take(net, name)->delay_ms = delay_ms;
}

void sim_name_late(struct net *net, const char *name, enum dns_type type, uint64_t late_ms)
{
	name_take(net, name)->late_ms[type] = late_ms;
}

void sim_name_ttl(struct net *net, const char *name, uint32_t ttl_s)
{
	name_take(net, name)->ttl_s = ttl_s;
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

void sim_names_down(struct net *net, enum dns_result result, uint64_t delay_ms)
{
	net->names_down = result;
	net->names_down_ms = delay_ms;
}

void sim_names_other(struct net *net)
{
	net->names_epoch++;
}

int dns_ask_new(struct net *net, const struct dns_ask_cfg *cfg, struct dns_ask **ret_ask)
{
	struct dns_ask *ask = calloc(1, sizeof(*ask));

	(void)cfg;
	if (!ask)
		return -ENOMEM;
	ask->net = net;
	*ret_ask = ask;
	return 0;
}

void dns_ask_free(struct dns_ask *ask)
{
	free(ask);
}

uint32_t dns_ask_epoch(struct dns_ask *ask)
{
	return ask->net->names_epoch;
}

int dns_ask_use(struct dns_ask *ask, const struct net_addr *server)
{
	(void)ask;
	(void)server;
	return 0;
}

/* This machine has no table of its own. */
unsigned dns_ask_servers(struct dns_ask *ask, struct net_addr *addrs, unsigned max)
{
	(void)ask;
	(void)addrs;
	(void)max;
	return 0;
}

unsigned dns_ask_hosts(struct dns_ask *ask, const char *name, struct net_addr *addrs, unsigned max)
{
	(void)ask;
	(void)name;
	(void)addrs;
	(void)max;
	return 0;
}

/* What the table says as of now. */
static struct dns_set look_up(struct net *net, const struct dns_question *question)
{
	struct dns_set set = { .result = net->names_down };
	struct sim_name *entry = name_find(net, question->name);

	if (set.result != DNS_FOUND)
		return set;
	set.ttl_s = entry ? entry->ttl_s : 0;
	if (!entry) {
		if (!net->unlisted[0] && question->name[0] != '_')
			memcpy(net->unlisted, question->name, sizeof(net->unlisted));
		set.result = DNS_UNKNOWN;
	} else if (entry->counts[question->type]) {
		set.records = entry->records[question->type];
		set.count = entry->counts[question->type];
	} else {
		set.result = entry->result;
	}
	return set;
}

static void asked_free(struct dns_asked *asked)
{
	asked->ask->net->queries--;
	net_timer_free(asked->timer);
	free(asked);
}

static void answered(void *ctx)
{
	struct dns_asked *asked = ctx;
	struct dns_set set = look_up(asked->ask->net, &asked->question);
	dns_asked_fn *fn = asked->fn;
	void *fn_ctx = asked->ctx;

	asked_free(asked);
	fn(fn_ctx, &set);
}

int dns_ask_begin(struct dns_ask *ask, const struct dns_question *question, enum dns_ask_how how,
                  dns_asked_fn *fn, void *ctx, struct dns_asked **ret_asked)
{
	struct dns_asked *asked = calloc(1, sizeof(*asked));
	const struct sim_name *entry = name_find(ask->net, question->name);
	uint64_t delay_ms = ask->net->names_down_ms;

	(void)how;
	if (!asked)
		return -ENOMEM;
	asked->ask = ask;
	asked->question = *question;
	asked->fn = fn;
	asked->ctx = ctx;
	asked->timer = sim_timer_new(ask->net, answered, asked);
	if (ask->net->names_down == DNS_FOUND)
		delay_ms = entry ? entry->delay_ms : 0;
	if (entry)
		delay_ms += entry->late_ms[question->type];
	net_timer_set(asked->timer, ask->net->now_ms + delay_ms);
	ask->net->queries++;
	ask->net->questions++;
	*ret_asked = asked;
	return 0;
}

void dns_ask_cancel(struct dns_asked *asked)
{
	asked_free(asked);
}
