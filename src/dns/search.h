/* dns/search.h: one look-up as RFC 3263 has it: which questions are to be asked, and what targets
 * their answers make. Pure: whoever drives it asks the questions, and gives in chance and the
 * addresses that this machine sends from. The steps are bounded: NAPTR once, each service once,
 * each host's addresses once, and no answer leads back. */
#ifndef LINEUP_DNS_SEARCH_H
#define LINEUP_DNS_SEARCH_H

#include "base/rng.h"
#include "dns/record.h"

#define DNS_SERVICES_MAX   4  /* of NAPTR, or _sips._tcp, _sip._tcp and _sip._udp */
#define DNS_HOST_ADDRS_MAX 16 /* of one family of one host */
#define DNS_SEARCH_SLOTS   (1 + 2 * DNS_TARGETS_MAX) /* open questions at the most */

enum dns_search_phase { DNS_ASKS_NAPTR, DNS_ASKS_SRV, DNS_ASKS_ADDRESSES, DNS_SEARCH_OVER };

/* A way to speak SIP to the server, and the name of its SRV records (or, by a NAPTR flag "a", of
 * its addresses). */
struct dns_service {
	enum dns_transport transport;
	bool is_address;
	char name[DNS_NAME_MAX];
};

/* A host, and its addresses of both families. */
struct dns_host {
	char name[DNS_NAME_MAX];
	uint16_t port, priority, weight;
	struct {
		bool asked, answered;
		enum dns_result result;
		unsigned count;
		struct net_addr addrs[DNS_HOST_ADDRS_MAX];
	} family[2]; /* A, AAAA */
};

struct dns_search {
	struct dns_where where; /* where.host is host[] */
	char host[DNS_NAME_MAX];
	enum dns_search_phase phase;
	bool asked; /* the one question of NAPTR, or of this service */
	struct dns_service services[DNS_SERVICES_MAX];
	unsigned service_count, service; /* the one that is asked for, or was found */
	bool found_service;              /* hosts come from SRV records */
	bool declined;                   /* one said "." */
	bool unsure;                     /* a question that came before the addresses failed */
	bool says_services;              /* one of them was answered, with records or without */
	/* Of the services that nothing was learnt of, the strongest one, and why. FOUND: none */
	enum dns_result failure;
	unsigned failed_service;
	bool stale;
	uint32_t ttl_s; /* the least so far */
	enum dns_transport transport;
	struct dns_host hosts[DNS_TARGETS_MAX];
	unsigned host_count;
};

/* Begins. The host is a name, not an address, and shorter than DNS_NAME_MAX. */
void dns_search_begin(struct dns_search *search, const struct dns_where *where);

/* The next question, and the slot that its answer has to name. False: none for now; all that were
 * given out have to be answered first, or it is over. */
bool dns_search_next(struct dns_search *search, struct dns_question *ret_question,
                     unsigned *ret_slot);

/* The search list of /etc/resolv.conf applies to what a person wrote, not to what DNS said. */
bool dns_search_listed(const struct dns_search *search, unsigned slot);

/* The answer to the question of a slot. */
void dns_search_answer(struct dns_search *search, unsigned slot, const struct dns_set *set,
                       struct rng *rng);

/* The address that is sent from to reach addr: 0, or negative errno where there is no way. */
typedef int dns_source_fn(void *ctx, const struct net_addr *addr, struct net_addr *ret_source);

/* While questions are open: whether what is known is enough for connections to begin (RFC 8305
 * section 3). Each host has an address that there is a way to, or has none at all: which host comes
 * first is not for the quicker answer to say. */
bool dns_search_can_begin(const struct dns_search *search, dns_source_fn *source_of, void *ctx);

/* Whether a question for AAAA is open. */
bool dns_search_awaits_v6(const struct dns_search *search);

/* Once dns_search_next() has nothing and nothing is open, or dns_search_can_begin(): what came of
 * it. targets have room for DNS_TARGETS_MAX; what the answer points to lasts as long as the search
 * and they do. */
void dns_search_end(const struct dns_search *search, dns_source_fn *source_of, void *ctx,
                    struct dns_target *targets, struct dns_answer *ret_answer);

#endif
