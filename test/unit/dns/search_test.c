/* search_test: RFC 3263 4.1 and 4.2 as a table: what is asked, in which order, and which targets
 * come of it (attack E02: loops, "." and port 0, a thousand records). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "dns/search.h"

#define STEPS_MAX 100

/* A row of a zone. */
struct row {
	enum dns_type type;
	const char *name;
	uint16_t priority, weight, port; /* NAPTR: order, preference */
	const char *target;              /* or the address; of NAPTR the replacement */
	enum dns_transport transport;    /* NAPTR */
	bool flag_a;
};

#define A(name, addr) \
	{ \
		DNS_TYPE_A, name, 0, 0, 0, addr, DNS_UDP, false \
	}
#define AAAA(name, addr) \
	{ \
		DNS_TYPE_AAAA, name, 0, 0, 0, addr, DNS_UDP, false \
	}
#define SRV(name, p, w, port, to) \
	{ \
		DNS_TYPE_SRV, name, p, w, port, to, DNS_UDP, false \
	}
#define NAPTR(o, p, t, to) \
	{ \
		DNS_TYPE_NAPTR, "pbx.test", o, p, 0, to, t, false \
	}
#define NAPTR_A(o, p, t, to) \
	{ \
		DNS_TYPE_NAPTR, "pbx.test", o, p, 0, to, t, true \
	}

#define ROWS_MAX 8

struct situation {
	const char *host;
	struct dns_where where; /* but for its host */
	struct row zone[ROWS_MAX];
	const char *fails;  /* a name that nothing is learnt of */
	const char *broken; /* names that begin so, and NAPTR where it is "", are SERVFAIL */
	enum dns_result result;
	const char *asked;   /* "SRV _sip._udp.pbx.test, A pbx.test, ..." */
	const char *targets; /* "192.0.2.1:5060/udp, ..." */
	const char *service;
	bool unsure;
};

static const char *const type_names[] = { "A", "AAAA", "SRV", "NAPTR" };

static void answer_from(const struct situation *s, const struct dns_question *question,
                        struct dns_set *set)
{
	set->result = DNS_UNKNOWN;
	set->ttl_s = 60;
	if (s->fails && strcmp(question->name, s->fails) == 0)
		set->result = DNS_SILENT;
	if (s->broken && question->type >= DNS_TYPE_SRV &&
	    strncmp(question->name, s->broken, strlen(s->broken)) == 0) {
		set->result = DNS_FAILED;
		return;
	}
	for (unsigned i = 0; i < ROWS_MAX && s->zone[i].name; i++) {
		const struct row *row = &s->zone[i];
		struct dns_record *record = &set->records[set->count];

		if (strcmp(row->name, question->name) != 0 || set->result == DNS_SILENT)
			continue;
		if (row->type != question->type) {
			set->result = set->count ? DNS_FOUND : DNS_EMPTY;
			continue;
		}
		*record = (struct dns_record){ .priority = row->priority,
			                       .weight = row->weight,
			                       .port = row->port,
			                       .transport = row->transport,
			                       .leads_to_address = row->flag_a };
		if (row->type == DNS_TYPE_A || row->type == DNS_TYPE_AAAA)
			net_addr_parse(slice_str(row->target), 0, &record->addr);
		else if (strcmp(row->target, ".") != 0)
			snprintf(record->name, sizeof(record->name), "%s", row->target);
		set->count++;
		set->result = DNS_FOUND;
	}
}

static int source_of(void *ctx, const struct net_addr *addr, struct net_addr *ret_source)
{
	(void)ctx;
	return net_addr_parse(addr->any.sa_family == AF_INET ? SLICE("192.0.2.250")
	                                                     : SLICE("2001:db8::250"),
	                      0, ret_source);
}

static void note(char *text, size_t cap, const char *what)
{
	size_t n = strlen(text);

	snprintf(text + n, cap - n, "%s%s", n ? ", " : "", what);
}

static void run(const struct situation *s, struct dns_search *search, char *asked, size_t cap)
{
	struct dns_where where = s->where;
	struct dns_question question;
	unsigned slot, steps = 0;
	struct rng rng;

	rng_seed(&rng, 1);
	where.host = slice_str(s->host);
	asked[0] = '\0';
	dns_search_begin(search, &where);
	while (dns_search_next(search, &question, &slot)) {
		struct dns_record records[DNS_RECORDS_MAX];
		struct dns_set set = { .records = records };
		char text[300];

		assert_true(++steps < STEPS_MAX);
		snprintf(text, sizeof(text), "%s %s", type_names[question.type], question.name);
		note(asked, cap, text);
		answer_from(s, &question, &set);
		dns_search_answer(search, slot, &set, &rng);
	}
}

static void check(const struct situation *s)
{
	struct dns_target targets[DNS_TARGETS_MAX];
	static struct dns_search search;
	struct dns_answer answer;
	char text[1000] = "", asked[2000];

	run(s, &search, asked, sizeof(asked));
	dns_search_end(&search, source_of, NULL, targets, &answer);
	for (unsigned i = 0; i < answer.count; i++) {
		char one[NET_ADDR_TEXT_MAX + 8];
		struct buf buf = buf_over(one, sizeof(one));

		net_addr_show(&targets[i].addr, &buf);
		buf_char(&buf, '/');
		buf_str(&buf, dns_transport_name(targets[i].transport));
		buf_end(&buf);
		note(text, sizeof(text), one);
	}
	assert_int_equal(answer.result, s->result);
	assert_string_equal(asked, s->asked);
	assert_string_equal(text, s->targets ? s->targets : "");
	assert_string_equal(answer.service, s->service ? s->service : "");
	assert_int_equal(answer.unsure, s->unsure);
}

static const struct situation situations[] = {
	/* A set transport: its SRV, then addresses */
	{ .host = "pbx.test",
	  .zone = { SRV("_sip._udp.pbx.test", 20, 0, 5071, "b.test"),
	            SRV("_sip._udp.pbx.test", 10, 0, 5070, "a.test"), A("a.test", "192.0.2.1"),
	            A("b.test", "192.0.2.2"), AAAA("b.test", "2001:db8::2") },
	  .asked = "SRV _sip._udp.pbx.test, AAAA a.test, A a.test, AAAA b.test, A b.test",
	  .targets = "192.0.2.1:5070/udp, [2001:db8::2]:5071/udp, 192.0.2.2:5071/udp",
	  .service = "_sip._udp.pbx.test" },
	{ .host = "pbx.test.", /* as a person may write it */
	  .zone = { A("pbx.test", "192.0.2.1") },
	  .asked = "SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5060/udp" },
	{ .host = "pbx.test",
	  .where = { .transport = DNS_TLS },
	  .zone = { A("pbx.test", "192.0.2.1") },
	  .asked = "SRV _sips._tcp.pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5061/tls" },
	{ .host = "pbx.test",
	  .where = { .transport = DNS_TCP },
	  .zone = { SRV("_sip._tcp.pbx.test", 1, 1, 5070, "a.test"), A("a.test", "192.0.2.1") },
	  .asked = "SRV _sip._tcp.pbx.test, AAAA a.test, A a.test",
	  .targets = "192.0.2.1:5070/tcp",
	  .service = "_sip._tcp.pbx.test" },
	/* With a port there is only an address to find (4.2); so where SRV is not wanted, and of a
	 * name that is a machine's */
	{ .host = "pbx.test",
	  .where = { .port = 5080 },
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"), A("pbx.test", "192.0.2.1") },
	  .asked = "AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5080/udp" },
	{ .host = "pbx.test",
	  .where = { .srv = DNS_SRV_UNUSED, .transport = DNS_AUTO },
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"), A("pbx.test", "192.0.2.1") },
	  .asked = "AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5060/udp" },
	{ .host = "pbx",
	  .zone = { A("pbx", "192.0.2.1") },
	  .asked = "AAAA pbx, A pbx",
	  .targets = "192.0.2.1:5060/udp" },
	/* auto: NAPTR says which (4.1) */
	{ .host = "pbx.test",
	  .where = { .transport = DNS_AUTO },
	  .zone = { NAPTR(20, 50, DNS_UDP, "_sip._udp.pbx.test"),
	            NAPTR(10, 60, DNS_TCP, "_sip._tcp.pbx.test"),
	            NAPTR(10, 50, DNS_TLS, "_x._tcp.pbx.test"),
	            SRV("_x._tcp.pbx.test", 1, 1, 5081, "a.test"), A("a.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV _x._tcp.pbx.test, AAAA a.test, A a.test",
	  .targets = "192.0.2.1:5081/tls",
	  .service = "_x._tcp.pbx.test" },
	{ .host = "pbx.test", /* of those that this line can use */
	  .where = { .transport = DNS_AUTO, .usable = 1u << DNS_UDP },
	  .zone = { NAPTR(20, 50, DNS_UDP, "_sip._udp.pbx.test"),
	            NAPTR(10, 60, DNS_TCP, "_sip._tcp.pbx.test"),
	            SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"), A("a.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV _sip._udp.pbx.test, AAAA a.test, A a.test",
	  .targets = "192.0.2.1:5070/udp",
	  .service = "_sip._udp.pbx.test" },
	{ .host = "pbx.test", /* its SRV is missing: the next one */
	  .where = { .transport = DNS_AUTO },
	  .zone = { NAPTR(20, 50, DNS_UDP, "_sip._udp.pbx.test"),
	            NAPTR(10, 60, DNS_TCP, "_sip._tcp.pbx.test"),
	            SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"), A("a.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV _sip._tcp.pbx.test, SRV _sip._udp.pbx.test, AAAA a.test, "
	           "A a.test",
	  .targets = "192.0.2.1:5070/udp",
	  .service = "_sip._udp.pbx.test" },
	{ .host = "pbx.test", /* flag "a" */
	  .where = { .transport = DNS_AUTO },
	  .zone = { NAPTR_A(10, 50, DNS_TCP, "a.test"), A("a.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, AAAA a.test, A a.test",
	  .targets = "192.0.2.1:5060/tcp" },
	/* NAPTR -> SRV -> NAPTR: what SRV names is a host, and asked for as one */
	{ .host = "pbx.test",
	  .where = { .transport = DNS_AUTO },
	  .zone = { NAPTR(10, 50, DNS_UDP, "_sip._udp.pbx.test"),
	            SRV("_sip._udp.pbx.test", 1, 1, 5070, "pbx.test"), A("pbx.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5070/udp",
	  .service = "_sip._udp.pbx.test" },
	{ .host = "pbx.test", /* and a NAPTR that leads to the name itself goes round once */
	  .where = { .transport = DNS_AUTO },
	  .zone = { NAPTR(10, 50, DNS_UDP, "pbx.test"), A("pbx.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5060/udp" },
	/* auto, without NAPTR: SRV of each, the safest first; without any, UDP */
	{ .host = "pbx.test",
	  .where = { .transport = DNS_AUTO },
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"),
	            SRV("_sip._tcp.pbx.test", 1, 1, 5071, "a.test"), A("a.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV _sips._tcp.pbx.test, SRV _sip._tcp.pbx.test, AAAA a.test, "
	           "A a.test",
	  .targets = "192.0.2.1:5071/tcp",
	  .service = "_sip._tcp.pbx.test" },
	{ .host = "pbx.test",
	  .where = { .transport = DNS_AUTO, .usable = 1u << DNS_UDP },
	  .zone = { A("pbx.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5060/udp" },
	/* ".": not here (RFC 2782), whatever address the name has */
	{ .host = "pbx.test",
	  .zone = { SRV("_sip._udp.pbx.test", 0, 0, 0, "."), A("pbx.test", "192.0.2.1") },
	  .result = DNS_NO_SERVICE,
	  .asked = "SRV _sip._udp.pbx.test" },
	{ .host = "pbx.test", /* but another transport may be */
	  .where = { .transport = DNS_AUTO, .usable = 1u << DNS_UDP | 1u << DNS_TCP },
	  .zone = { SRV("_sip._tcp.pbx.test", 0, 0, 0, "."),
	            SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"), A("a.test", "192.0.2.1") },
	  .asked = "NAPTR pbx.test, SRV _sip._tcp.pbx.test, SRV _sip._udp.pbx.test, AAAA a.test, "
	           "A a.test",
	  .targets = "192.0.2.1:5070/udp",
	  .service = "_sip._udp.pbx.test" },
	/* Records that lead nowhere */
	{ .host = "pbx.test",
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"), A("pbx.test", "192.0.2.1") },
	  .result = DNS_BAD_SERVICE,
	  .asked = "SRV _sip._udp.pbx.test, AAAA a.test, A a.test",
	  .service = "_sip._udp.pbx.test" },
	{ .host = "pbx.test", /* one of two does */
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"),
	            SRV("_sip._udp.pbx.test", 2, 1, 5070, "b.test"), A("b.test", "192.0.2.2") },
	  .asked = "SRV _sip._udp.pbx.test, AAAA a.test, A a.test, AAAA b.test, A b.test",
	  .targets = "192.0.2.2:5070/udp",
	  .service = "_sip._udp.pbx.test" },
	{ .host = "pbx.test", /* nobody listens on port 0: as if it were not there */
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 0, "a.test"), A("pbx.test", "192.0.2.1") },
	  .asked = "SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5060/udp" },
	/* What is no machine's address is none, and says so where it is all there is */
	{ .host = "pbx.test",
	  .where = { .port = 5070 },
	  .zone = { A("pbx.test", "0.0.0.0"), AAAA("pbx.test", "::") },
	  .result = DNS_NOWHERE,
	  .asked = "AAAA pbx.test, A pbx.test" },
	{ .host = "pbx.test",
	  .where = { .port = 5070 }, /* a filter that knows IPv4 only */
	  .zone = { A("pbx.test", "0.0.0.0"), A("pbx.test", "224.0.1.75"),
	            A("pbx.test", "255.255.255.255") },
	  .result = DNS_NOWHERE,
	  .asked = "AAAA pbx.test, A pbx.test" },
	{ .host = "pbx.test",
	  .where = { .port = 5070 },
	  .zone = { A("pbx.test", "0.0.0.0"), A("pbx.test", "192.0.2.1"),
	            AAAA("pbx.test", "ff02::1") },
	  .asked = "AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5070/udp" },
	/* Two names with one address are one target */
	{ .host = "pbx.test",
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"),
	            SRV("_sip._udp.pbx.test", 2, 1, 5070, "b.test"), A("a.test", "192.0.2.1"),
	            A("b.test", "192.0.2.1") },
	  .asked = "SRV _sip._udp.pbx.test, AAAA a.test, A a.test, AAAA b.test, A b.test",
	  .targets = "192.0.2.1:5070/udp",
	  .service = "_sip._udp.pbx.test" },
	/* A name server that knows nothing of SRV may know addresses */
	{ .host = "pbx.test",
	  .zone = { A("pbx.test", "192.0.2.1") },
	  .fails = "_sip._udp.pbx.test",
	  .asked = "SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5060/udp" },
	/* auto: a failure is no word on a stronger service, and nothing weaker is taken for it;
	 * what is weaker is not even asked for */
	{ .host = "pbx.test",
	  .where = { .transport = DNS_AUTO },
	  .zone = { SRV("_sip._tcp.pbx.test", 1, 1, 5071, "a.test"), A("a.test", "192.0.2.1"),
	            A("pbx.test", "192.0.2.1") },
	  .broken = "_sips",
	  .result = DNS_FAILED,
	  .asked = "NAPTR pbx.test, SRV _sips._tcp.pbx.test",
	  .service = "_sips._tcp.pbx.test" },
	{ .host = "pbx.test", /* nor is it where silence is no word on the name server either */
	  .where = { .transport = DNS_AUTO },
	  .zone = { A("pbx.test", "192.0.2.1") },
	  .broken = "pbx",
	  .fails = "_sips._tcp.pbx.test",
	  .result = DNS_SILENT,
	  .asked = "NAPTR pbx.test, SRV _sips._tcp.pbx.test",
	  .service = "_sips._tcp.pbx.test" },
	{ .host = "pbx.test", /* what is stronger than what failed is */
	  .where = { .transport = DNS_AUTO },
	  .zone = { NAPTR(10, 50, DNS_UDP, "_sip._udp.pbx.test"),
	            NAPTR(10, 60, DNS_TLS, "_sips._tcp.pbx.test"),
	            SRV("_sips._tcp.pbx.test", 1, 1, 5061, "a.test"), A("a.test", "192.0.2.1") },
	  .broken = "_sip._udp",
	  .asked = "NAPTR pbx.test, SRV _sip._udp.pbx.test, SRV _sips._tcp.pbx.test, AAAA a.test, "
	           "A a.test",
	  .targets = "192.0.2.1:5061/tls",
	  .service = "_sips._tcp.pbx.test",
	  .unsure = true },
	{ .host = "pbx.test", /* TLS failed, TCP too, UDP is known: so it knows SRV */
	  .where = { .transport = DNS_AUTO },
	  .zone = { SRV("_sip._udp.pbx.test", 1, 1, 5070, "a.test"), A("pbx.test", "192.0.2.1") },
	  .broken = "_sips",
	  .fails = "pbx.test",
	  .result = DNS_FAILED,
	  .asked = "NAPTR pbx.test, SRV _sips._tcp.pbx.test, SRV _sip._tcp.pbx.test",
	  .service = "_sips._tcp.pbx.test" },
	{ .host = "pbx.test", /* a NAPTR that failed: SRV decides */
	  .where = { .transport = DNS_AUTO },
	  .zone = { SRV("_sips._tcp.pbx.test", 1, 1, 5061, "a.test"), A("a.test", "192.0.2.1") },
	  .broken = "pbx",
	  .asked = "NAPTR pbx.test, SRV _sips._tcp.pbx.test, AAAA a.test, A a.test",
	  .targets = "192.0.2.1:5061/tls",
	  .service = "_sips._tcp.pbx.test",
	  .unsure = true },
	{ .host = "pbx.test", /* a name server that fails on every such question knows none */
	  .where = { .transport = DNS_AUTO },
	  .zone = { A("pbx.test", "192.0.2.1") },
	  .broken = "",
	  .asked = "NAPTR pbx.test, SRV _sips._tcp.pbx.test, SRV _sip._tcp.pbx.test, "
	           "SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test",
	  .targets = "192.0.2.1:5060/udp",
	  .unsure = true },
	/* Nothing */
	{ .host = "pbx.test",
	  .result = DNS_UNKNOWN,
	  .asked = "SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test" },
	{ .host = "pbx.test",
	  .fails = "pbx.test",
	  .result = DNS_SILENT,
	  .asked = "SRV _sip._udp.pbx.test, AAAA pbx.test, A pbx.test" },
	{ .host = ".1", /* sofia hung there */
	  .result = DNS_UNKNOWN,
	  .asked = "SRV _sip._udp..1, AAAA .1, A .1" },
};

static void each_name_leads_where_the_rfc_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(situations) / sizeof(*situations); i++)
		check(&situations[i]);
}

static void the_answer_lasts_as_long_as_its_shortest_record(void **state)
{
	static struct dns_search search;
	struct dns_target targets[DNS_TARGETS_MAX];
	struct dns_answer answer;
	char asked[2000];

	(void)state;
	run(&situations[0], &search, asked, sizeof(asked));
	dns_search_end(&search, source_of, NULL, targets, &answer);
	assert_int_equal(answer.ttl_s, 60);
	assert_false(answer.stale);
	search.ttl_s = 0;
	dns_search_end(&search, source_of, NULL, targets, &answer);
	assert_int_equal(answer.ttl_s, 1);
	/* What came about by a failure is asked for again soon. */
	search.ttl_s = 3600;
	search.unsure = true;
	dns_search_end(&search, source_of, NULL, targets, &answer);
	assert_int_equal(answer.ttl_s, 30);
}

/* As many as there is room for: all of one host, and each host of many. */
static void targets_are_bounded(void **state)
{
	struct dns_where where = { .host = SLICE("pbx.test") };
	struct dns_target targets[DNS_TARGETS_MAX];
	static struct dns_search search;
	static struct dns_record records[DNS_RECORDS_MAX];
	struct dns_set set = { .result = DNS_FOUND, .ttl_s = 60, .records = records };
	struct dns_question question;
	struct dns_answer answer;
	unsigned slot, questions = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	dns_search_begin(&search, &where);
	assert_true(dns_search_next(&search, &question, &slot));
	for (; set.count < DNS_RECORDS_MAX; set.count++) {
		snprintf(records[set.count].name, DNS_NAME_MAX, "h%u.test", set.count);
		records[set.count].port = 5060;
		records[set.count].priority = (uint16_t)set.count;
	}
	dns_search_answer(&search, slot, &set, &rng);
	while (dns_search_next(&search, &question, &slot)) {
		assert_true(slot < DNS_SEARCH_SLOTS);
		questions++;
		for (unsigned i = 0; i < set.count; i++) {
			char text[32];

			snprintf(text, sizeof(text), "10.0.%u.%u", slot, i);
			net_addr_parse(slice_str(text), 0, &records[i].addr);
		}
		dns_search_answer(&search, slot, &set, &rng);
	}
	assert_int_equal(questions, 2 * DNS_TARGETS_MAX);
	dns_search_end(&search, source_of, NULL, targets, &answer);
	assert_int_equal(answer.count, DNS_TARGETS_MAX);
}

/* Hosts of SRV records, each with addresses of its own: as many of IPv4 and IPv6. */
struct crowd {
	unsigned v4, v6;
};

static void locate_crowd(const struct crowd *hosts, unsigned count,
                         struct dns_target targets[DNS_TARGETS_MAX], struct dns_answer *ret_answer)
{
	struct dns_where where = { .host = SLICE("pbx.test") };
	static struct dns_search search;
	static struct dns_record records[DNS_RECORDS_MAX];
	struct dns_question question;
	unsigned slot;
	struct rng rng;

	rng_seed(&rng, 1);
	memset(records, 0, sizeof(records));
	dns_search_begin(&search, &where);
	assert_true(dns_search_next(&search, &question, &slot));
	for (unsigned i = 0; i < count; i++) {
		snprintf(records[i].name, DNS_NAME_MAX, "h%u.test", i);
		records[i].port = 5060;
		records[i].priority = (uint16_t)i;
	}
	dns_search_answer(
		&search, slot,
		&(struct dns_set){
			.result = DNS_FOUND, .ttl_s = 60, .count = count, .records = records },
		&rng);
	while (dns_search_next(&search, &question, &slot)) {
		unsigned host = (unsigned)(question.name[1] - '0');
		bool v6 = question.type == DNS_TYPE_AAAA;
		struct dns_set set = { .ttl_s = 60, .records = records };

		set.count = v6 ? hosts[host].v6 : hosts[host].v4;
		set.result = set.count ? DNS_FOUND : DNS_EMPTY;
		for (unsigned i = 0; i < set.count; i++) {
			char text[40];

			snprintf(text, sizeof(text), v6 ? "2001:db8:%u::%u" : "10.0.%u.%u", host,
			         i + 1);
			net_addr_parse(slice_str(text), 0, &records[i].addr);
		}
		dns_search_answer(&search, slot, &set, &rng);
	}
	dns_search_end(&search, source_of, NULL, targets, ret_answer);
}

/* A preferred host with more addresses than there is room for leaves its backups theirs. */
static void each_host_has_a_target(void **state)
{
	struct crowd hosts[] = { { 16, 0 }, { 9, 0 }, { 1, 0 } };
	struct dns_target targets[DNS_TARGETS_MAX];
	unsigned of[3] = { 0 };
	struct dns_answer answer;

	(void)state;
	locate_crowd(hosts, 3, targets, &answer);
	assert_int_equal(answer.count, DNS_TARGETS_MAX);
	for (unsigned i = 0; i < answer.count; i++) {
		of[targets[i].priority]++;
		assert_true(!i || targets[i - 1].priority <= targets[i].priority);
	}
	assert_int_equal(of[0], 8);
	assert_int_equal(of[1], 7);
	assert_int_equal(of[2], 1);
}

/* Nor does one of its families take all. */
static void each_family_has_a_target(void **state)
{
	struct crowd one = { 3, 16 }, two[] = { { 16, 16 }, { 16, 16 } };
	struct dns_target targets[DNS_TARGETS_MAX];
	struct dns_answer answer;

	(void)state;
	locate_crowd(&one, 1, targets, &answer);
	assert_int_equal(answer.count, DNS_TARGETS_MAX);
	for (unsigned i = 0; i < DNS_TARGETS_MAX; i++)
		assert_int_equal(targets[i].addr.any.sa_family,
		                 i < DNS_TARGETS_MAX - 1 ? AF_INET6 : AF_INET);
	locate_crowd(two, 2, targets, &answer);
	assert_int_equal(answer.count, DNS_TARGETS_MAX);
	assert_int_equal(targets[7].addr.any.sa_family, AF_INET);
	assert_int_equal(targets[8].addr.any.sa_family, AF_INET6);
	assert_int_equal(targets[15].addr.any.sa_family, AF_INET);
}

static void only_what_a_person_wrote_is_completed(void **state)
{
	struct dns_where plain = { .host = SLICE("pbx"), .port = 5060 };
	static struct dns_search search;
	struct dns_question question;
	char asked[2000];
	unsigned slot;

	(void)state;
	dns_search_begin(&search, &plain);
	assert_true(dns_search_next(&search, &question, &slot));
	assert_true(dns_search_listed(&search, slot));
	run(&situations[0], &search, asked, sizeof(asked));
	for (slot = 0; slot < 5; slot++)
		assert_false(dns_search_listed(&search, slot));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_leads_where_the_rfc_says),
		cmocka_unit_test(the_answer_lasts_as_long_as_its_shortest_record),
		cmocka_unit_test(targets_are_bounded),
		cmocka_unit_test(each_host_has_a_target),
		cmocka_unit_test(each_family_has_a_target),
		cmocka_unit_test(only_what_a_person_wrote_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
