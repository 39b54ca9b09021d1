/* record_test: answers of name servers, good ones and such as are made to hurt (attack E01, and of
 * E02 what a single answer can do). Each is read behind a page that nobody may touch. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dns/record.h"
#include "unit/dns/wire.h"

static struct dns_record records[DNS_RECORDS_MAX];
static struct wire w;

/* Against the end of a page: a read beyond it ends the program. */
static struct dns_set read_bytes(struct slice bytes, enum dns_type type)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes.n + page - 1) / page * page;
	char *memory = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	                    -1, 0);
	struct dns_set set = { .records = records };

	assert_true(memory != MAP_FAILED);
	assert_int_equal(mprotect(memory + whole, page, PROT_NONE), 0);
	if (bytes.n)
		memcpy(memory + whole - bytes.n, bytes.p, bytes.n);
	dns_record_read(slice_of(memory + whole - bytes.n, bytes.n), type, &set);
	munmap(memory, whole + page);
	assert_true((set.result == DNS_FOUND) == (set.count > 0));
	assert_true(set.count <= DNS_RECORDS_MAX);
	return set;
}

static struct dns_set read_wire(enum dns_type type)
{
	return read_bytes(wire_slice(&w), type);
}

static void is_addr(unsigned i, const char *text)
{
	struct net_addr addr;

	assert_int_equal(net_addr_parse(slice_str(text), 0, &addr), 0);
	assert_true(net_addr_equal(&records[i].addr, &addr));
}

static void addresses_are_read_with_the_least_ttl(void **state)
{
	struct dns_set set;

	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	wire_address(&w, "pbx.test", 300, "192.0.2.10");
	wire_address(&w, "PBX.test", 60, "192.0.2.11");
	wire_address(&w, "other.test", 5, "192.0.2.12"); /* nobody asked */
	wire_address(&w, "pbx.test", 5, "2001:db8::10"); /* nor for this */
	set = read_wire(DNS_TYPE_A);
	assert_int_equal(set.count, 2);
	assert_int_equal(set.ttl_s, 60);
	is_addr(0, "192.0.2.10");
	is_addr(1, "192.0.2.11");
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_AAAA);
	wire_address(&w, "pbx.test", 300, "2001:db8::10");
	wire_address(&w, "pbx.test", 300, "::ffff:192.0.2.10");
	set = read_wire(DNS_TYPE_AAAA);
	assert_int_equal(set.count, 2);
	is_addr(0, "2001:db8::10");
	is_addr(1, "192.0.2.10");
}

static void srv_records_are_read(void **state)
{
	struct dns_set set;

	(void)state;
	wire_begin(&w, 1, WIRE_OK, "_sip._udp.pbx.test", WIRE_SRV);
	wire_srv(&w, "_sip._udp.pbx.test", 15, 10, 70, 5070, "r1.pbx.test");
	wire_srv(&w, "_sip._udp.pbx.test", 15, 65535, 65535, 65535, ".");
	set = read_wire(DNS_TYPE_SRV);
	assert_int_equal(set.count, 2);
	assert_int_equal(records[0].priority, 10);
	assert_int_equal(records[0].weight, 70);
	assert_int_equal(records[0].port, 5070);
	assert_string_equal(records[0].name, "r1.pbx.test");
	assert_int_equal(records[1].priority, 65535);
	assert_string_equal(records[1].name, "");
}

static void of_naptr_only_what_a_sip_client_can_use_counts(void **state)
{
	struct dns_set set;

	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_NAPTR);
	wire_naptr(&w, "pbx.test", 60, 10, 50, "s", "SIPS+D2T", "", "_sips._tcp.pbx.test");
	wire_naptr(&w, "pbx.test", 60, 20, 50, "S", "sip+d2t", "", "_sip._tcp.pbx.test");
	wire_naptr(&w, "pbx.test", 60, 30, 50, "a", "SIP+D2U", "", "pbx.test");
	wire_naptr(&w, "pbx.test", 60, 5, 50, "s", "SIP+D2S", "", "_sip._sctp.pbx.test");
	wire_naptr(&w, "pbx.test", 60, 5, 50, "s", "SIPS+D2U", "", "_sips._udp.pbx.test");
	wire_naptr(&w, "pbx.test", 60, 5, 50, "u", "E2U+sip", "!^.*$!sip:a@b!", ".");
	wire_naptr(&w, "pbx.test", 60, 5, 50, "", "SIP+D2U", "",
	           "pbx.test"); /* a loop of its own */
	wire_naptr(&w, "pbx.test", 60, 5, 50, "s", "SIP+D2U", "", ".");
	set = read_wire(DNS_TYPE_NAPTR);
	assert_int_equal(set.count, 3);
	assert_int_equal(records[0].transport, DNS_TLS);
	assert_string_equal(records[0].name, "_sips._tcp.pbx.test");
	assert_false(records[0].leads_to_address);
	assert_int_equal(records[1].transport, DNS_TCP);
	assert_int_equal(records[1].priority, 20);
	assert_int_equal(records[2].transport, DNS_UDP);
	assert_true(records[2].leads_to_address);
}

static void aliases_are_followed_and_their_ttl_counts(void **state)
{
	struct dns_set set;

	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	wire_address(&w, "b.test", 300, "192.0.2.10"); /* in whatever order they come */
	wire_alias(&w, "a.test", 20, "B.test");
	wire_alias(&w, "pbx.test", 200, "a.test");
	wire_address(&w, "pbx.test", 300, "192.0.2.66"); /* beside a CNAME there is nothing */
	set = read_wire(DNS_TYPE_A);
	assert_int_equal(set.count, 1);
	assert_int_equal(set.ttl_s, 20);
	is_addr(0, "192.0.2.10");
}

static void aliases_that_go_round_end(void **state)
{
	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	wire_alias(&w, "pbx.test", 60, "a.test");
	wire_alias(&w, "a.test", 60, "pbx.test");
	assert_int_equal(read_wire(DNS_TYPE_A).result, DNS_EMPTY);
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	wire_alias(&w, "pbx.test", 60, "pbx.test");
	assert_int_equal(read_wire(DNS_TYPE_A).result, DNS_EMPTY);
}

static void absence_lasts_as_long_as_the_soa_says(void **state)
{
	static const struct {
		uint32_t ttl_s, minimum_s, want_s;
	} rows[] = { { 3600, 30, 30 }, { 20, 3600, 20 }, { 60, UINT32_C(0x80000000), 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dns_set set;

		wire_begin(&w, 1, i ? WIRE_NXDOMAIN : WIRE_OK, "pbx.test", WIRE_A);
		wire_soa(&w, "test", rows[i].ttl_s, rows[i].minimum_s);
		set = read_wire(DNS_TYPE_A);
		assert_int_equal(set.result, i ? DNS_UNKNOWN : DNS_EMPTY);
		assert_int_equal(set.ttl_s, rows[i].want_s);
	}
	wire_begin(&w, 1, WIRE_NXDOMAIN, "pbx.test", WIRE_A);
	assert_int_equal(read_wire(DNS_TYPE_A).ttl_s, 0);
}

static void a_ttl_with_its_top_bit_counts_as_none(void **state)
{
	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	wire_address(&w, "pbx.test", UINT32_C(0x80000000), "192.0.2.10");
	assert_int_equal(read_wire(DNS_TYPE_A).ttl_s, 0);
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	wire_address(&w, "pbx.test", INT32_MAX, "192.0.2.10");
	assert_int_equal(read_wire(DNS_TYPE_A).ttl_s, INT32_MAX);
}

static void codes_of_failure_are_failures(void **state)
{
	static const unsigned codes[] = { WIRE_FORMERR, WIRE_SERVFAIL, WIRE_NOTIMP, WIRE_REFUSED,
		                          9 };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		wire_begin(&w, 1, codes[i], "pbx.test", WIRE_A);
		wire_address(&w, "pbx.test", 60, "192.0.2.10");
		assert_int_equal(read_wire(DNS_TYPE_A).result, DNS_FAILED);
	}
}

/* The question is another one, there is none, there are two, or it is no answer at all. */
static void what_is_no_answer_to_the_question_is_a_failure(void **state)
{
	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_AAAA);
	assert_int_equal(read_wire(DNS_TYPE_A).result, DNS_FAILED);
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	w.bytes[5] = 0;
	assert_int_equal(read_wire(DNS_TYPE_A).result, DNS_FAILED);
	w.bytes[5] = 2;
	assert_int_equal(read_wire(DNS_TYPE_A).result, DNS_FAILED);
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	w.bytes[2] &= 0x7f;
	assert_int_equal(read_wire(DNS_TYPE_A).result, DNS_FAILED);
	assert_int_equal(read_bytes(SLICE(""), DNS_TYPE_A).result, DNS_FAILED);
}

/* An answer with one record, whose name or data are raw bytes. */
static struct dns_set read_raw(unsigned type, struct slice name, unsigned length, struct slice data,
                               enum dns_type asked)
{
	wire_begin(&w, 1, WIRE_OK, "pbx.test", type);
	wire_count(&w, WIRE_ANSWER);
	memcpy(w.bytes + w.n, name.p, name.n);
	w.n += name.n;
	wire_u16(&w, type);
	wire_u16(&w, 1);
	wire_u32(&w, 60);
	wire_u16(&w, length);
	memcpy(w.bytes + w.n, data.p, data.n);
	w.n += data.n;
	return read_wire(asked);
}

#define TO_QUESTION SLICE("\xc0\x0c")

static void names_that_point_astray_end(void **state)
{
	static const struct slice names[] = {
		{ "\xc0\x1a", 2 },      /* to itself: the record begins at 26 */
		{ "\xc0\x1c", 2 },      /* forward */
		{ "\x01x\xc0\x1a", 4 }, /* round in a circle */
		{ "\xff\xff", 2 },      /* beyond the end */
		{ "\x40z", 2 },         /* a label of a kind that is none */
		{ "\x3f"
		  "abc",
		  4 },         /* a label that ends beyond the end */
		{ "\xc0", 1 }, /* half a pointer */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_not_equal(
			read_raw(WIRE_A, names[i], 4, SLICE("\xc0\x00\x02\x0a"), DNS_TYPE_A).result,
			DNS_FOUND);
}

static void lengths_that_lie_are_seen(void **state)
{
	static const struct {
		unsigned type;
		enum dns_type asked;
		unsigned length;
		struct slice data;
	} rows[] = {
		{ WIRE_A, DNS_TYPE_A, 3, { "\xc0\x00\x02", 3 } },
		{ WIRE_A, DNS_TYPE_A, 5, { "\xc0\x00\x02\x0a\x00", 5 } },
		{ WIRE_A, DNS_TYPE_A, 65535, { "\xc0\x00\x02\x0a", 4 } },
		{ WIRE_A, DNS_TYPE_A, 0, { "", 0 } },
		{ WIRE_AAAA, DNS_TYPE_AAAA, 4, { "\xc0\x00\x02\x0a", 4 } },
		{ WIRE_SRV, DNS_TYPE_SRV, 6, { "\0\1\0\1\x13\xc4", 6 } },
		{ WIRE_SRV, DNS_TYPE_SRV, 8, { "\0\1\0\1\x13\xc4\0\0", 8 } },
		{ WIRE_SRV, DNS_TYPE_SRV, 7, { "\0\1\0\1\x13\xc4\x3f", 7 } },
		{ WIRE_NAPTR, DNS_TYPE_NAPTR, 4, { "\0\1\0\1", 4 } },
		{ WIRE_NAPTR, DNS_TYPE_NAPTR, 6, { "\0\1\0\1\xffs", 6 } },
		{ WIRE_NAPTR, DNS_TYPE_NAPTR, 15, { "\0\1\0\1\1s\7SIP+D2U\x09", 15 } },
		{ WIRE_NAPTR, DNS_TYPE_NAPTR, 15, { "\0\1\0\1\1s\7SIP+D2U\0", 15 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_not_equal(read_raw(rows[i].type, TO_QUESTION, rows[i].length,
		                              rows[i].data, rows[i].asked)
		                             .result,
		                     DNS_FOUND);
	/* The form itself is one that is read. */
	assert_int_equal(read_raw(WIRE_NAPTR, TO_QUESTION, 17,
	                          SLICE("\0\1\0\1\1s\7SIP+D2U\0\xc0\x0c"), DNS_TYPE_NAPTR)
	                         .result,
	                 DNS_FOUND);
}

static void a_chain_of_ten_thousand_pointers_ends(void **state)
{
	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_A);
	wire_count(&w, WIRE_ANSWER);
	/* 14 bits reach 16,383 bytes: as many pointers as fit, each to the one before it. */
	wire_u16(&w, 0xc00c);
	while (w.n < 16380)
		wire_u16(&w, 0xc000 | (unsigned)(w.n - 2));
	wire_u16(&w, WIRE_A);
	read_wire(DNS_TYPE_A);
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_SRV);
	wire_srv(&w, "pbx.test", 60, 1, 1, 5060, "x");
	for (unsigned i = 0; i < 10000; i++) {
		wire_alias(&w, "p", 60, "p");
		if (w.n > 60000)
			break;
	}
	assert_int_equal(read_wire(DNS_TYPE_SRV).count, 1);
}

/* Wherever they stand in the answer. */
static void of_a_thousand_records_the_best_are_kept(void **state)
{
	struct dns_set set;
	unsigned seen = 0;

	(void)state;
	wire_begin(&w, 1, WIRE_OK, "_sip._udp.pbx.test", WIRE_SRV);
	for (unsigned i = 1000; i-- > 0;)
		wire_srv(&w, "_sip._udp.pbx.test", 60, i, 65535, 5060, "r.test");
	set = read_wire(DNS_TYPE_SRV);
	assert_int_equal(set.count, DNS_RECORDS_MAX);
	for (unsigned i = 0; i < set.count; i++) {
		assert_true(records[i].priority < DNS_RECORDS_MAX);
		seen |= 1u << records[i].priority;
	}
	assert_int_equal(seen, UINT32_MAX);
}

static void of_equal_records_the_first_are_kept(void **state)
{
	struct dns_set set;

	(void)state;
	wire_begin(&w, 1, WIRE_OK, "_sip._udp.pbx.test", WIRE_SRV);
	for (unsigned i = 0; i < 40; i++)
		wire_srv(&w, "_sip._udp.pbx.test", 60, 1, 10, 5060 + i, "r.test");
	wire_srv(&w, "_sip._udp.pbx.test", 60, 0, 10, 7000, "r.test");
	set = read_wire(DNS_TYPE_SRV);
	assert_int_equal(set.count, DNS_RECORDS_MAX);
	for (unsigned i = 0; i < DNS_RECORDS_MAX - 1; i++)
		assert_int_equal(records[i].port, 5060 + i);
	assert_int_equal(records[DNS_RECORDS_MAX - 1].port, 7000);
}

static void of_many_naptr_the_preferred_are_kept(void **state)
{
	struct dns_set set;
	bool found = false;

	(void)state;
	wire_begin(&w, 1, WIRE_OK, "pbx.test", WIRE_NAPTR);
	for (unsigned i = 40; i > 0; i--)
		wire_naptr(&w, "pbx.test", 60, 10, i, "s", "SIP+D2U", "", "_sip._udp.pbx.test");
	set = read_wire(DNS_TYPE_NAPTR);
	assert_int_equal(set.count, DNS_RECORDS_MAX);
	for (unsigned i = 0; i < set.count; i++) {
		assert_true(records[i].weight <= DNS_RECORDS_MAX);
		found = found || records[i].weight == 1;
	}
	assert_true(found);
}

static void a_name_longer_than_255_bytes_is_none(void **state)
{
	char name[400];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t i = 60; i < sizeof(name); i += 61)
		name[i] = '.';
	name[300] = '\0';
	wire_begin(&w, 1, WIRE_OK, "_sip._udp.pbx.test", WIRE_SRV);
	wire_srv(&w, "_sip._udp.pbx.test", 60, 1, 1, 5060, name);
	assert_int_equal(read_wire(DNS_TYPE_SRV).result, DNS_EMPTY);
	name[200] = '\0';
	wire_begin(&w, 1, WIRE_OK, "_sip._udp.pbx.test", WIRE_SRV);
	wire_srv(&w, "_sip._udp.pbx.test", 60, 1, 1, 5060, name);
	assert_int_equal(read_wire(DNS_TYPE_SRV).count, 1);
	/* Bytes that have to be escaped make a name longer than it came. */
	memset(name, '\x01', 200);
	for (size_t i = 60; i < 200; i += 61)
		name[i] = '.';
	wire_begin(&w, 1, WIRE_OK, "_sip._udp.pbx.test", WIRE_SRV);
	wire_srv(&w, "_sip._udp.pbx.test", 60, 1, 1, 5060, name);
	assert_int_equal(read_wire(DNS_TYPE_SRV).result, DNS_EMPTY);
}

/* Whatever is cut off or flipped, the reader comes back, within its bounds. */
static void every_cut_and_every_flipped_byte_is_survived(void **state)
{
	static const enum dns_type types[] = { DNS_TYPE_SRV, DNS_TYPE_NAPTR, DNS_TYPE_A };
	static struct wire good;

	(void)state;
	for (size_t t = 0; t < 3; t++) {
		wire_begin(&w, 1, WIRE_OK, "pbx.test",
		           t == 0   ? WIRE_SRV
		           : t == 1 ? WIRE_NAPTR
		                    : WIRE_A);
		wire_alias(&w, "pbx.test", 60, "a.test");
		wire_srv(&w, "a.test", 60, 10, 1, 5060, "r1.test");
		wire_naptr(&w, "a.test", 60, 10, 1, "s", "SIP+D2U", "", "_sip._udp.test");
		wire_address(&w, "a.test", 60, "192.0.2.10");
		wire_soa(&w, "test", 60, 60);
		good = w;
		assert_int_equal(read_wire(types[t]).count, 1);
		for (size_t n = 0; n < good.n; n++)
			read_bytes(slice_of((const char *)good.bytes, n), types[t]);
		for (size_t i = 0; i < good.n; i++)
			for (unsigned v = 1; v < 256; v += 2) {
				w = good;
				w.bytes[i] ^= (unsigned char)v;
				read_wire(types[t]);
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_with_the_least_ttl),
		cmocka_unit_test(srv_records_are_read),
		cmocka_unit_test(of_naptr_only_what_a_sip_client_can_use_counts),
		cmocka_unit_test(aliases_are_followed_and_their_ttl_counts),
		cmocka_unit_test(aliases_that_go_round_end),
		cmocka_unit_test(absence_lasts_as_long_as_the_soa_says),
		cmocka_unit_test(a_ttl_with_its_top_bit_counts_as_none),
		cmocka_unit_test(codes_of_failure_are_failures),
		cmocka_unit_test(what_is_no_answer_to_the_question_is_a_failure),
		cmocka_unit_test(names_that_point_astray_end),
		cmocka_unit_test(lengths_that_lie_are_seen),
		cmocka_unit_test(a_chain_of_ten_thousand_pointers_ends),
		cmocka_unit_test(of_a_thousand_records_the_best_are_kept),
		cmocka_unit_test(of_equal_records_the_first_are_kept),
		cmocka_unit_test(of_many_naptr_the_preferred_are_kept),
		cmocka_unit_test(a_name_longer_than_255_bytes_is_none),
		cmocka_unit_test(every_cut_and_every_flipped_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
