/* dns/search.c: RFC 3263 4.1 (which transport) and 4.2 (which addresses and ports). */
#include "dns/search.h"

#include <string.h>

#include "dns/order.h"

#define PORT_SIP     5060 /* RFC 3263 4.2 */
#define PORT_SIPS    5061
#define TTL_MOST_S   86400
#define TTL_LEAST_S  1
#define TTL_UNSURE_S 30 /* after a failure on the way: soon asked again */
#define SLOT_STAGE   0  /* of NAPTR and SRV; those of the addresses come behind it */

/* ---- services */

static bool is_usable(const struct dns_search *search, enum dns_transport transport)
{
	return !search->where.usable || search->where.usable & 1u << transport;
}

static void add_service(struct dns_search *search, enum dns_transport transport)
{
	static const char *const prefixes[] = {
		[DNS_UDP] = "_sip._udp.",
		[DNS_TCP] = "_sip._tcp.",
		[DNS_TLS] = "_sips._tcp.",
	};
	struct dns_service *service = &search->services[search->service_count];
	struct buf name = buf_over(service->name, sizeof(service->name));

	buf_str(&name, prefixes[transport]);
	buf_str(&name, search->host);
	if (buf_end(&name) < 0)
		return; /* too long to exist */
	service->transport = transport;
	service->is_address = false;
	search->service_count++;
}

/* RFC 3263 4.1: where NAPTR says nothing, SRV is asked for each transport; what is safest first. */
static void add_services(struct dns_search *search)
{
	static const enum dns_transport order[] = { DNS_TLS, DNS_TCP, DNS_UDP };

	if (search->where.transport != DNS_AUTO) {
		add_service(search, search->where.transport);
		return;
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (is_usable(search, order[i]))
			add_service(search, order[i]);
}

/* ---- hosts */

static struct dns_host *add_host(struct dns_search *search, const char *name, uint16_t port)
{
	struct dns_host *host = &search->hosts[search->host_count++];

	memset(host, 0, sizeof(*host));
	memcpy(host->name, name, strlen(name));
	host->port = port;
	if (port == 0)
		host->port = search->transport == DNS_TLS ? PORT_SIPS : PORT_SIP;
	return host;
}

/* RFC 3263 4.1, the last rule. */
static enum dns_transport last_resort(const struct dns_search *search)
{
	if (search->where.transport != DNS_AUTO)
		return search->where.transport;
	return is_usable(search, DNS_UDP)   ? DNS_UDP
	       : is_usable(search, DNS_TCP) ? DNS_TCP
	                                    : DNS_TLS;
}

/* Whether transport is less than what the name may offer: the question for a service that is
 * stronger failed. That is no word on what there is, and what is stronger is not given away on a
 * guess. But a name server that fails on every such question and says addresses, as many a small
 * router's does, would keep its lines off for ever: there the last resort has to do, and the answer
 * says so (unsure). */
static bool is_withheld(const struct dns_search *search, enum dns_transport transport)
{
	if (search->where.transport != DNS_AUTO || search->failure == DNS_FOUND)
		return false;
	if (search->failure == DNS_FAILED && !search->says_services)
		return false;
	return search->services[search->failed_service].transport > transport;
}

/* The name itself is a host. */
static void take_name(struct dns_search *search)
{
	search->transport = last_resort(search);
	add_host(search, search->host, search->where.port);
	search->phase = DNS_ASKS_ADDRESSES;
}

static void next_service(struct dns_search *search)
{
	search->asked = false;
	search->phase = DNS_ASKS_SRV;
	while (search->service < search->service_count &&
	       is_withheld(search, search->services[search->service].transport))
		search->service++;
	if (search->service < search->service_count) {
		struct dns_service *service = &search->services[search->service];

		if (!service->is_address)
			return;
		search->transport = service->transport;
		add_host(search, service->name, 0);
		search->phase = DNS_ASKS_ADDRESSES;
	} else if (search->declined || is_withheld(search, last_resort(search))) {
		search->phase = DNS_SEARCH_OVER;
	} else {
		take_name(search);
	}
}

/* RFC 3263 4.2 and 4.1: with a port there is only an address to find; a name without a dot is a
 * machine's, not a domain's. */
void dns_search_begin(struct dns_search *search, const struct dns_where *where)
{
	memset(search, 0, sizeof(*search));
	search->where = *where;
	memcpy(search->host, where->host.p, where->host.n);
	if (where->host.n > 1 && search->host[where->host.n - 1] == '.')
		search->host[where->host.n - 1] = '\0';
	search->where.host = slice_str(search->host);
	search->ttl_s = TTL_MOST_S;
	if (where->port || where->srv == DNS_SRV_UNUSED || !strchr(search->host, '.')) {
		take_name(search);
	} else if (where->transport == DNS_AUTO) {
		search->phase = DNS_ASKS_NAPTR;
	} else {
		add_services(search);
		next_service(search);
	}
}

/* ---- questions */

/* AAAA goes out first, and A right behind it (RFC 8305 3). */
static bool next_address(struct dns_search *search, struct dns_question *question,
                         unsigned *ret_slot)
{
	for (unsigned i = 0; i < 2 * search->host_count; i++) {
		struct dns_host *host = &search->hosts[i / 2];
		unsigned family = i % 2 == 0;

		if (host->family[family].asked)
			continue;
		host->family[family].asked = true;
		question->type = family ? DNS_TYPE_AAAA : DNS_TYPE_A;
		memcpy(question->name, host->name, sizeof(question->name));
		*ret_slot = 1 + 2 * (i / 2) + family;
		return true;
	}
	return false;
}

bool dns_search_next(struct dns_search *search, struct dns_question *ret_question,
                     unsigned *ret_slot)
{
	switch (search->phase) {
	case DNS_ASKS_NAPTR:
		ret_question->type = DNS_TYPE_NAPTR;
		memcpy(ret_question->name, search->host, sizeof(ret_question->name));
		break;
	case DNS_ASKS_SRV:
		ret_question->type = DNS_TYPE_SRV;
		memcpy(ret_question->name, search->services[search->service].name,
		       sizeof(ret_question->name));
		break;
	case DNS_ASKS_ADDRESSES:
		return next_address(search, ret_question, ret_slot);
	case DNS_SEARCH_OVER:
		return false;
	}
	if (search->asked)
		return false;
	search->asked = true;
	*ret_slot = SLOT_STAGE;
	return true;
}

bool dns_search_listed(const struct dns_search *search, unsigned slot)
{
	return slot != SLOT_STAGE && search->hosts[(slot - 1) / 2].name[0] &&
	       strcmp(search->hosts[(slot - 1) / 2].name, search->host) == 0;
}

/* ---- answers */

static void mind_ttl(struct dns_search *search, const struct dns_set *set)
{
	search->stale = search->stale || set->stale;
	if (set->ttl_s < search->ttl_s)
		search->ttl_s = set->ttl_s;
}

static void take_naptr(struct dns_search *search, const struct dns_set *set)
{
	struct dns_record sorted[DNS_RECORDS_MAX];

	if (set->result == DNS_FOUND) {
		memcpy(sorted, set->records, set->count * sizeof(*sorted));
		dns_order_naptr(sorted, set->count);
		for (unsigned i = 0; i < set->count && search->service_count < DNS_SERVICES_MAX;
		     i++) {
			struct dns_service *service = &search->services[search->service_count];

			if (!is_usable(search, sorted[i].transport))
				continue;
			service->transport = sorted[i].transport;
			service->is_address = sorted[i].leads_to_address;
			memcpy(service->name, sorted[i].name, sizeof(service->name));
			search->service_count++;
		}
		if (search->service_count)
			mind_ttl(search, set);
	}
	if (!search->service_count)
		add_services(search);
	next_service(search);
}

static void take_srv(struct dns_search *search, const struct dns_set *set, struct rng *rng)
{
	struct dns_record sorted[DNS_RECORDS_MAX];

	search->transport = search->services[search->service].transport;
	memcpy(sorted, set->records, set->count * sizeof(*sorted));
	dns_order_srv(sorted, set->count, rng);
	for (unsigned i = 0; i < set->count && search->host_count < DNS_TARGETS_MAX; i++) {
		struct dns_host *host;

		/* RFC 2782: a target "." says that the service is not offered here. */
		if (!sorted[i].name[0]) {
			search->declined = true;
			continue;
		}
		if (!sorted[i].port)
			continue; /* nobody listens on port 0 */
		host = add_host(search, sorted[i].name, sorted[i].port);
		host->priority = sorted[i].priority;
		host->weight = sorted[i].weight;
	}
	mind_ttl(search, set);
}

static void note_failure(struct dns_search *search, enum dns_result result)
{
	const struct dns_service *services = search->services;

	if (search->failure != DNS_FOUND &&
	    services[search->failed_service].transport >= services[search->service].transport)
		return;
	search->failure = result;
	search->failed_service = search->service;
}

static void take_service(struct dns_search *search, const struct dns_set *set, struct rng *rng)
{
	if (dns_set_failed(set))
		note_failure(search, set->result);
	if (set->result == DNS_FOUND &&
	    !is_withheld(search, search->services[search->service].transport))
		take_srv(search, set, rng);
	if (search->host_count) {
		search->found_service = true;
		search->phase = DNS_ASKS_ADDRESSES;
		return;
	}
	search->service++;
	next_service(search);
}

static void take_addresses(struct dns_search *search, unsigned slot, const struct dns_set *set)
{
	unsigned family = (slot - 1) % 2;
	struct dns_host *host = &search->hosts[(slot - 1) / 2];

	host->family[family].answered = true;
	host->family[family].result = set->result;
	for (unsigned i = 0; i < set->count && i < DNS_HOST_ADDRS_MAX; i++)
		if (net_addr_is_machine(&set->records[i].addr))
			host->family[family].addrs[host->family[family].count++] =
				set->records[i].addr;
	if (set->count && !host->family[family].count)
		host->family[family].result = DNS_NOWHERE;
	if (set->result == DNS_FOUND)
		mind_ttl(search, set);
}

void dns_search_answer(struct dns_search *search, unsigned slot, const struct dns_set *set,
                       struct rng *rng)
{
	if (slot != SLOT_STAGE) {
		take_addresses(search, slot, set);
		return;
	}
	/* A name server that has no word on NAPTR or SRV may have one on addresses: many a small
	 * router's knows nothing else. */
	search->unsure = search->unsure || dns_set_failed(set);
	search->says_services = search->says_services || !dns_set_failed(set);
	/* A word that has run out, and is asked again soon. */
	if (set->stale && set->ttl_s < search->ttl_s)
		search->ttl_s = set->ttl_s;
	if (search->phase == DNS_ASKS_NAPTR)
		take_naptr(search, set);
	else
		take_service(search, set, rng);
}

/* ---- enough to begin with */

static bool has_way(const struct dns_host *host, dns_source_fn *source_of, void *ctx)
{
	struct net_addr source;

	for (unsigned family = 0; family < 2; family++)
		for (unsigned i = 0; i < host->family[family].count; i++) {
			struct net_addr addr = host->family[family].addrs[i];

			net_addr_set_port(&addr, host->port);
			if (source_of(ctx, &addr, &source) == 0)
				return true;
		}
	return false;
}

bool dns_search_can_begin(const struct dns_search *search, dns_source_fn *source_of, void *ctx)
{
	if (search->phase != DNS_ASKS_ADDRESSES)
		return false;
	for (unsigned i = 0; i < search->host_count; i++) {
		const struct dns_host *host = &search->hosts[i];

		if (!(host->family[0].answered && host->family[1].answered) &&
		    !has_way(host, source_of, ctx))
			return false;
	}
	return true;
}

bool dns_search_awaits_v6(const struct dns_search *search)
{
	for (unsigned i = 0; i < search->host_count; i++)
		if (search->hosts[i].family[1].asked && !search->hosts[i].family[1].answered)
			return true;
	return false;
}

/* ---- the end */

static bool is_known(const struct dns_target *targets, unsigned count, const struct net_addr *addr)
{
	for (unsigned i = 0; i < count; i++)
		if (net_addr_equal(&targets[i].addr, addr))
			return true;
	return false;
}

static unsigned paths_of(const struct dns_host *host, dns_source_fn *source_of, void *ctx,
                         struct dns_path paths[2 * DNS_HOST_ADDRS_MAX])
{
	unsigned count = 0;

	/* IPv6 first where nothing else decides, as RFC 6724 would have it. */
	for (unsigned family = 2; family-- > 0;)
		for (unsigned i = 0; i < host->family[family].count; i++) {
			struct dns_path *path = &paths[count++];

			path->addr = host->family[family].addrs[i];
			net_addr_set_port(&path->addr, host->port);
			memset(&path->source, 0, sizeof(path->source));
			if (source_of(ctx, &path->addr, &path->source) < 0)
				path->source.any.sa_family = AF_UNSPEC;
		}
	dns_order_paths(paths, count);
	return count;
}

/* Shares the room for targets out among the hosts, one address in turn, so that the backup of a
 * host with many addresses has its place. */
static void share_out(const struct dns_search *search, unsigned shares[DNS_TARGETS_MAX])
{
	unsigned left = DNS_TARGETS_MAX, given = 1;

	memset(shares, 0, DNS_TARGETS_MAX * sizeof(*shares));
	while (left && given) {
		given = 0;
		for (unsigned i = 0; i < search->host_count && left; i++) {
			const struct dns_host *host = &search->hosts[i];

			if (shares[i] == host->family[0].count + host->family[1].count)
				continue;
			shares[i]++;
			left--;
			given++;
		}
	}
}

/* Where there is no room for all addresses of a host the last one that has some is of the other
 * family, if that would have none: a machine on which one of them does not work is no rarity. */
static void mix_families(struct dns_path *paths, unsigned found, unsigned share)
{
	unsigned k = 1;

	if (share < 2 || share >= found)
		return;
	while (k < found && paths[k].addr.any.sa_family == paths[0].addr.any.sa_family)
		k++;
	if (k >= share && k < found)
		paths[share - 1] = paths[k];
}

static unsigned collect(const struct dns_search *search, dns_source_fn *source_of, void *ctx,
                        struct dns_target *targets)
{
	unsigned shares[DNS_TARGETS_MAX], count = 0;

	share_out(search, shares);
	for (unsigned i = 0; i < search->host_count; i++) {
		const struct dns_host *host = &search->hosts[i];
		struct dns_path paths[2 * DNS_HOST_ADDRS_MAX];
		unsigned found = paths_of(host, source_of, ctx, paths), taken = 0;

		mix_families(paths, found, shares[i]);
		for (unsigned k = 0; k < found && taken < shares[i]; k++) {
			if (is_known(targets, count, &paths[k].addr))
				continue;
			taken++;
			targets[count++] = (struct dns_target){
				.addr = paths[k].addr,
				.transport = search->transport,
				.priority = host->priority,
				.weight = host->weight,
				.host = host->name,
			};
		}
	}
	return count;
}

/* What to say where there is no address: that one is no machine's stands above that a name server
 * was silent, that above that it failed, that above what else it said. */
static enum dns_result worst(const struct dns_search *search)
{
	static const int ranks[DNS_RESULT_COUNT] = {
		[DNS_MEMORY] = 5, [DNS_NOWHERE] = 4, [DNS_SILENT] = 3,
		[DNS_FAILED] = 2, [DNS_EMPTY] = 1,   [DNS_FOUND] = 1,
	};
	enum dns_result result = DNS_UNKNOWN;

	for (unsigned i = 0; i < 2 * search->host_count; i++) {
		enum dns_result one = search->hosts[i / 2].family[i % 2].answered
		                              ? search->hosts[i / 2].family[i % 2].result
		                              : DNS_SILENT;

		if (ranks[one] > ranks[result])
			result = one;
	}
	if (search->found_service && ranks[result] < ranks[DNS_FAILED])
		return DNS_BAD_SERVICE;
	return result;
}

static uint32_t clamp_ttl(const struct dns_search *search)
{
	uint32_t most_s = search->unsure || search->stale ? TTL_UNSURE_S : TTL_MOST_S;

	if (search->ttl_s > most_s)
		return most_s;
	return search->ttl_s < TTL_LEAST_S ? TTL_LEAST_S : search->ttl_s;
}

void dns_search_end(const struct dns_search *search, dns_source_fn *source_of, void *ctx,
                    struct dns_target *targets, struct dns_answer *ret_answer)
{
	struct dns_answer answer = { .service = "" };

	if (search->service < search->service_count &&
	    (search->phase == DNS_ASKS_SRV || search->found_service))
		answer.service = search->services[search->service].name;
	if (search->phase == DNS_SEARCH_OVER && search->failure != DNS_FOUND) {
		answer.result = search->failure;
		answer.service = search->services[search->failed_service].name;
	} else if (search->phase == DNS_SEARCH_OVER) {
		answer.result = DNS_NO_SERVICE;
	} else if (search->phase == DNS_ASKS_ADDRESSES) {
		answer.count = collect(search, source_of, ctx, targets);
		answer.result = answer.count ? DNS_FOUND : worst(search);
	} else {
		answer.result = DNS_SILENT; /* it took too long */
	}
	if (answer.count) {
		answer.targets = targets;
		answer.ttl_s = clamp_ttl(search);
		answer.stale = search->stale;
		answer.unsure = search->where.transport == DNS_AUTO && search->unsure;
	}
	*ret_answer = answer;
}
