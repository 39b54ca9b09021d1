/* dns/dns.c: look-ups: drives dns/search.h with the answers of dns/ask.h, by way of dns/cache.h. */
#include "dns/dns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/num.h"
#include "dns/ask.h"
#include "dns/cache.h"
#include "dns/search.h"
#include "net/net.h"

#define OTHER_FAMILY_MS \
	2000 /* how long the rest of the addresses is waited for once there is one */

#define HOSTS_MAX (2 * DNS_HOST_ADDRS_MAX)
#define HOSTS_S   30 /* how long what /etc/hosts says is used */

struct dns {
	struct net *net;
	struct dns_ask *ask;
	struct dns_cache *cache;
	struct rng rng;
	uint32_t epoch; /* of ask, as the cache was learnt */
};

/* A question under way. */
struct asking {
	struct dns_query *query; /* NULL: free */
	struct dns_asked *asked;
	struct dns_question question;
	unsigned slot;
};

struct dns_query {
	struct dns *dns;
	dns_found_fn *fn;
	void *ctx;
	struct net_timer *timer; /* it begins at once, and ends in time */
	uint64_t end_by_ms;
	uint64_t part_at_ms; /* when a part is told; NET_NEVER: it is not */
	bool begun, literal;
	bool in_parts; /* one may be, and has not been */
	unsigned open;
	unsigned listed;                  /* addresses that /etc/hosts has */
	struct net_addr addrs[HOSTS_MAX]; /* those, or the one that the host is */
	struct asking asking[DNS_SEARCH_SLOTS];
	struct dns_search search;
};

static const char *const transport_names[] = {
	[DNS_UDP] = "udp",
	[DNS_TCP] = "tcp",
	[DNS_TLS] = "tls",
	[DNS_AUTO] = "auto",
};

int dns_server_parse(struct slice text, struct net_addr *ret_server)
{
	size_t colon = text.n;
	uint32_t port = 0;

	if (net_addr_parse(text, 0, ret_server) == 0)
		return 0;
	while (colon && text.p[colon - 1] != ':')
		colon--;
	if (!colon || num_u32(slice_from(text, colon), UINT16_MAX, &port) != 0 || !port)
		return -EINVAL;
	return net_addr_parse(slice_of(text.p, colon - 1), (uint16_t)port, ret_server);
}

const char *dns_transport_name(enum dns_transport transport)
{
	return transport_names[transport];
}

enum dns_transport dns_transport_of(const char *name)
{
	enum dns_transport at;

	for (at = DNS_UDP; name && at < DNS_AUTO; at++)
		if (strcmp(name, transport_names[at]) == 0)
			return at;
	return DNS_AUTO;
}

const char *dns_transport_text(enum dns_transport transport)
{
	return transport == DNS_TLS ? "TLS" : transport == DNS_TCP ? "TCP" : "UDP";
}

int dns_new(struct net *net, struct dns **ret_dns)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	uint64_t seed;
	int r;

	if (!dns)
		return -ENOMEM;
	dns->net = net;
	if ((r = net_random(net, &seed, sizeof(seed))) < 0 ||
	    (r = dns_cache_new(&dns->cache)) < 0 ||
	    (r = dns_ask_new(net, &(struct dns_ask_cfg){ .resolv_conf = NULL }, &dns->ask)) < 0) {
		dns_free(dns);
		return r;
	}
	rng_seed(&dns->rng, seed);
	*ret_dns = dns;
	return 0;
}

void dns_free(struct dns *dns)
{
	if (!dns)
		return;
	dns_ask_free(dns->ask);
	dns_cache_free(dns->cache);
	free(dns);
}

int dns_use_server(struct dns *dns, const struct net_addr *server)
{
	dns_cache_clear(dns->cache);
	return dns_ask_use(dns->ask, server);
}

/* Whoever is asked now may say something else, as behind a VPN. */
uint32_t dns_epoch(struct dns *dns)
{
	uint32_t epoch = dns_ask_epoch(dns->ask);

	if (epoch != dns->epoch)
		dns_cache_expire(dns->cache, net_now_ms(dns->net));
	dns->epoch = epoch;
	return epoch;
}

unsigned dns_servers(struct dns *dns, struct net_addr *addrs, unsigned max)
{
	return dns_ask_servers(dns->ask, addrs, max);
}

/* ---- the end of a query */

/* Nothing comes back to it any more. */
static void close_query(struct dns_query *query)
{
	for (unsigned i = 0; i < DNS_SEARCH_SLOTS; i++)
		if (query->asking[i].query)
			dns_ask_cancel(query->asking[i].asked);
	net_timer_free(query->timer);
}

static int source_of(void *ctx, const struct net_addr *addr, struct net_addr *ret_source)
{
	const struct dns_query *query = ctx;
	struct net_source source;
	int r = net_source_for(query->dns->net, query->search.where.over, addr, &source);

	if (r == 0)
		*ret_source = source.addr;
	return r;
}

/* A name that has no address is asked for again next time, not in five minutes: whoever mends it
 * wants to see that. */
static void forget_absences(struct dns_query *query)
{
	for (unsigned i = 0; i < 2 * query->search.host_count; i++) {
		struct dns_question question = { .type = i % 2 ? DNS_TYPE_AAAA : DNS_TYPE_A };

		memcpy(question.name, query->search.hosts[i / 2].name, sizeof(question.name));
		dns_cache_forget_absent(query->dns->cache, &question);
	}
}

/* After fn the dns may be gone. */
static void conclude(struct dns_query *query)
{
	struct dns_target targets[DNS_TARGETS_MAX];
	struct dns_answer answer;
	dns_found_fn *fn = query->fn;
	void *ctx = query->ctx;

	dns_search_end(&query->search, source_of, query, targets, &answer);
	if (answer.result != DNS_FOUND)
		forget_absences(query);
	close_query(query);
	fn(ctx, &answer); /* which points into the query */
	free(query);
}

static void conclude_literal(struct dns_query *query)
{
	const struct dns_where *where = &query->search.where;
	struct dns_target target = { .addr = query->addrs[0],
		                     .transport = where->transport,
		                     .host = query->search.host };
	struct dns_answer answer = {
		.result = DNS_FOUND, .targets = &target, .count = 1, .service = "", .ttl_s = 86400
	};

	if (target.transport == DNS_AUTO) /* RFC 3263 4.1 */
		target.transport = !where->usable || where->usable & 1u << DNS_UDP ? DNS_UDP
		                   : where->usable & 1u << DNS_TCP                 ? DNS_TCP
		                                                                   : DNS_TLS;
	if (!net_addr_is_machine(&target.addr))
		answer = (struct dns_answer){ .result = DNS_NOWHERE, .service = "" };
	if (!net_addr_port(&target.addr))
		net_addr_set_port(&target.addr, target.transport == DNS_TLS ? 5061 : 5060);
	net_timer_free(query->timer);
	query->fn(query->ctx, &answer);
	free(query);
}

/* ---- questions and answers */

static void go_on(struct dns_query *query);

static void on_asked(void *ctx, const struct dns_set *set)
{
	struct asking *asking = ctx;
	struct dns_query *query = asking->query;
	struct dns *dns = query->dns;
	const struct dns_set *held =
		dns_cache_put(dns->cache, &asking->question, set, net_now_ms(dns->net));

	asking->query = NULL;
	query->open--;
	dns_search_answer(&query->search, asking->slot, held, &dns->rng);
	go_on(query);
}

static void put_question(struct dns_query *query, const struct dns_question *question,
                         unsigned slot)
{
	struct dns *dns = query->dns;
	const struct dns_set *held = dns_cache_get(dns->cache, question, net_now_ms(dns->net));
	struct asking *asking = &query->asking[slot];

	if (held) {
		dns_search_answer(&query->search, slot, held, &dns->rng);
		return;
	}
	asking->question = *question;
	asking->slot = slot;
	if (dns_ask_begin(dns->ask, question,
	                  dns_search_listed(&query->search, slot) ? DNS_ASK_LISTED : DNS_ASK_AS_IS,
	                  on_asked, asking, &asking->asked) < 0) {
		held = dns_cache_put(dns->cache, question,
		                     &(struct dns_set){ .result = DNS_MEMORY },
		                     net_now_ms(dns->net));
		dns_search_answer(&query->search, slot, held, &dns->rng);
		return;
	}
	asking->query = query;
	query->open++;
}

static bool has_address(const struct dns_search *search)
{
	for (unsigned i = 0; i < 2 * search->host_count; i++)
		if (search->hosts[i / 2].family[i % 2].count)
			return true;
	return false;
}

static void arm(struct dns_query *query)
{
	net_timer_set(query->timer,
	              query->part_at_ms < query->end_by_ms ? query->part_at_ms : query->end_by_ms);
}

/* RFC 8305 3: IPv6 may begin at once, IPv4 gives it a moment. Told from the timer, so that what the
 * same turn of the loop brings is in it. */
static void mind_part(struct dns_query *query)
{
	struct dns_search *search = &query->search;
	uint64_t at_ms = net_now_ms(query->dns->net);

	if (!query->in_parts || search->transport == DNS_UDP ||
	    !dns_search_can_begin(search, source_of, query))
		return;
	if (dns_search_awaits_v6(search))
		at_ms += DNS_RESOLUTION_DELAY_MS;
	if (at_ms < query->part_at_ms)
		query->part_at_ms = at_ms;
}

static void go_on(struct dns_query *query)
{
	struct dns_question question;
	uint64_t soon_ms = net_now_ms(query->dns->net) + OTHER_FAMILY_MS;
	unsigned slot;

	while (dns_search_next(&query->search, &question, &slot))
		put_question(query, &question, slot);
	if (!query->open) {
		conclude(query);
		return;
	}
	/* A name server that says nothing of one family holds up nobody for long. */
	if (has_address(&query->search) && soon_ms < query->end_by_ms)
		query->end_by_ms = soon_ms;
	mind_part(query);
	arm(query);
}

/* What is known so far, and of what is not the last good word, in a copy: the answers themselves
 * are still to come. fn may cancel the query, and then the dns may be gone. */
static void tell_part(struct dns_query *query)
{
	struct dns *dns = query->dns;
	struct dns_search part = query->search;
	struct dns_target targets[DNS_TARGETS_MAX];
	struct dns_answer answer;

	for (unsigned i = 0; i < DNS_SEARCH_SLOTS; i++) {
		const struct asking *asking = &query->asking[i];
		struct dns_set last;

		if (asking->query &&
		    dns_cache_last(dns->cache, &asking->question, net_now_ms(dns->net), &last))
			dns_search_answer(&part, asking->slot, &last, &dns->rng);
	}
	dns_search_end(&part, source_of, query, targets, &answer);
	answer.more = true;
	query->in_parts = false;
	query->part_at_ms = NET_NEVER;
	arm(query);
	query->fn(query->ctx, &answer);
}

/* The machine's own table: what is in there needs no name server. */
static void take_hosts(struct dns_query *query)
{
	struct dns_question question;
	unsigned slot;

	while (dns_search_next(&query->search, &question, &slot)) {
		struct dns_record records[DNS_HOST_ADDRS_MAX];
		struct dns_set set = { .result = DNS_EMPTY, .ttl_s = HOSTS_S, .records = records };
		bool v6 = question.type == DNS_TYPE_AAAA;

		for (unsigned i = 0; i < query->listed && set.count < DNS_HOST_ADDRS_MAX; i++)
			if ((query->addrs[i].any.sa_family == AF_INET6) == v6)
				records[set.count++].addr = query->addrs[i];
		if (set.count)
			set.result = DNS_FOUND;
		dns_search_answer(&query->search, slot, &set, &query->dns->rng);
	}
	conclude(query);
}

/* Of what nobody has said yet, the last good word: the address that a line is registered at may be
 * in it, and is not gone for being late. */
static void take_last_words(struct dns_query *query)
{
	static const struct dns_set silent = { .result = DNS_SILENT };
	struct dns *dns = query->dns;

	for (unsigned i = 0; i < DNS_SEARCH_SLOTS; i++) {
		struct asking *asking = &query->asking[i];

		if (!asking->query)
			continue;
		dns_ask_cancel(asking->asked);
		asking->query = NULL;
		query->open--;
		if (query->search.phase == DNS_ASKS_ADDRESSES)
			dns_search_answer(&query->search, asking->slot,
			                  dns_cache_put(dns->cache, &asking->question, &silent,
			                                net_now_ms(dns->net)),
			                  &dns->rng);
	}
}

static void on_timer(void *ctx)
{
	struct dns_query *query = ctx;

	if (query->literal) {
		conclude_literal(query);
	} else if (query->listed) {
		take_hosts(query);
	} else if (query->part_at_ms < query->end_by_ms) {
		tell_part(query);
	} else if (query->begun) {
		take_last_words(query); /* it takes too long */
		conclude(query);
	} else {
		query->begun = true;
		go_on(query);
	}
}

static void begin(struct dns_query *query, const struct dns_where *where)
{
	struct dns_where asked = *where;
	char name[DNS_NAME_MAX] = "";

	memcpy(name, where->host.p, where->host.n);
	query->literal = net_addr_parse(where->host, where->port, &query->addrs[0]) == 0;
	if (!query->literal)
		query->listed = dns_ask_hosts(query->dns->ask, name, query->addrs, HOSTS_MAX);
	if (query->listed) /* it is a machine's name */
		asked.srv = DNS_SRV_UNUSED;
	dns_search_begin(&query->search, &asked);
}

int dns_locate(struct dns *dns, const struct dns_where *where, dns_found_fn *fn, void *ctx,
               struct dns_query **ret_query)
{
	struct dns_query *query;

	if (where->host.n == 0 || where->host.n >= DNS_NAME_MAX ||
	    memchr(where->host.p, '\0', where->host.n))
		return -EINVAL;
	query = calloc(1, sizeof(*query));
	if (!query)
		return -ENOMEM;
	if (net_timer_new(dns->net, on_timer, query, &query->timer) < 0) {
		free(query);
		return -ENOMEM;
	}
	(void)dns_epoch(dns);
	query->dns = dns;
	query->fn = fn;
	query->ctx = ctx;
	query->in_parts = where->in_parts;
	query->part_at_ms = NET_NEVER;
	begin(query, where);
	query->end_by_ms = net_now_ms(dns->net) + DNS_LONGEST_MS;
	net_timer_set(query->timer, net_now_ms(dns->net));
	*ret_query = query;
	return 0;
}

void dns_cancel(struct dns_query *query)
{
	close_query(query);
	free(query);
}
