/* fuzz/fuzz_dns_record.c: any bytes as the answers of a name server to a whole look-up: the first
 * byte says of what kind, and the rest is what is said to every question. */
#include <stdlib.h>

#include "dns/search.h"

#include "fuzz/fuzz.h"

#define CHECK(what) \
	do { \
		if (!(what)) \
			abort(); \
	} while (0)

static const enum dns_type types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_NAPTR };

static int source_of(void *ctx, const struct net_addr *addr, struct net_addr *ret_source)
{
	(void)ctx;
	*ret_source = *addr;
	return 0;
}

static void check_set(const struct dns_set *set, enum dns_type type)
{
	CHECK((set->result == DNS_FOUND) == (set->count > 0) && set->count <= DNS_RECORDS_MAX);
	CHECK(set->result == DNS_FOUND || set->result == DNS_UNKNOWN || set->result == DNS_EMPTY ||
	      set->result == DNS_FAILED);
	CHECK(set->ttl_s <= INT32_MAX);
	for (unsigned i = 0; i < set->count; i++) {
		const struct dns_record *record = &set->records[i];

		CHECK(memchr(record->name, '\0', sizeof(record->name)));
		if (type == DNS_TYPE_A)
			CHECK(record->addr.any.sa_family == AF_INET);
		if (type == DNS_TYPE_NAPTR)
			CHECK(record->name[0] && record->transport < DNS_AUTO);
	}
}

static void look_up(struct slice bytes, enum dns_transport transport)
{
	struct dns_where where = { .host = SLICE("pbx.test"), .transport = transport };
	static struct dns_record records[DNS_RECORDS_MAX];
	struct dns_target targets[DNS_TARGETS_MAX];
	static struct dns_search search;
	struct dns_question question;
	struct dns_answer answer;
	unsigned slot, steps = 0;
	struct rng rng;

	rng_seed(&rng, 1);
	dns_search_begin(&search, &where);
	while (dns_search_next(&search, &question, &slot)) {
		struct dns_set set = { .records = records };

		CHECK(++steps <= 2 + DNS_SERVICES_MAX + 2 * DNS_TARGETS_MAX);
		dns_record_read(bytes, question.type, &set);
		check_set(&set, question.type);
		dns_search_answer(&search, slot, &set, &rng);
	}
	dns_search_end(&search, source_of, NULL, targets, &answer);
	CHECK((answer.result == DNS_FOUND) == (answer.count > 0));
	CHECK(answer.count <= DNS_TARGETS_MAX);
	for (unsigned i = 0; i < answer.count; i++)
		CHECK(net_addr_port(&targets[i].addr) != 0 && targets[i].transport < DNS_AUTO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_record records[DNS_RECORDS_MAX];
	struct slice bytes;

	if (size == 0)
		return 0;
	bytes = slice_of((const char *)data + 1, size - 1);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct dns_set set = { .records = records };

		dns_record_read(bytes, types[i], &set);
		check_set(&set, types[i]);
	}
	look_up(bytes, data[0] % (DNS_AUTO + 1));
	return 0;
}
