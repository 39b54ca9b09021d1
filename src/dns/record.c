/* dns/record.c: the reader of answers, over glibc's walker of DNS messages. It takes nothing on
 * trust: lengths are held against the record before they are used, names are written out by
 * ns_name_uncompress(), which goes round in no circle, and each walk has an end. */
#include "dns/record.h"

#include <arpa/nameser.h>
#include <string.h>

#define TTL_SIGN UINT32_C(0x80000000) /* RFC 2181 8: what has it set counts as 0 */

/* One answer on its way. */
struct reading {
	ns_msg msg;
	enum dns_type type;
	char owner[DNS_NAME_MAX]; /* whose records count: what was asked, or what a CNAME made of it
	                           */
	uint32_t ttl_s;
};

static const ns_type wire_types[] = {
	[DNS_TYPE_A] = ns_t_a,
	[DNS_TYPE_AAAA] = ns_t_aaaa,
	[DNS_TYPE_SRV] = ns_t_srv,
	[DNS_TYPE_NAPTR] = ns_t_naptr,
};

static uint32_t ttl_of(const ns_rr *rr)
{
	return ns_rr_ttl(*rr) & TTL_SIGN ? 0 : ns_rr_ttl(*rr);
}

static bool same_name(const char *a, const char *b)
{
	return slice_equal_nocase(slice_str(a), slice_str(b));
}

/* The name at an offset of a record's data, which it must fill to the end where whole is asked. */
static bool name_at(const struct reading *reading, const ns_rr *rr, size_t at, bool to_end,
                    char ret_name[DNS_NAME_MAX])
{
	char text[NS_MAXDNAME];
	const unsigned char *data = ns_rr_rdata(*rr);
	int n;

	if (at >= ns_rr_rdlen(*rr))
		return false;
	n = ns_name_uncompress(ns_msg_base(reading->msg), ns_msg_end(reading->msg), data + at, text,
	                       sizeof(text));
	if (n < 0 || (to_end && at + (size_t)n != ns_rr_rdlen(*rr)) || strlen(text) >= DNS_NAME_MAX)
		return false;
	if (strcmp(text, ".") == 0)
		text[0] = '\0';
	memcpy(ret_name, text, strlen(text) + 1);
	return true;
}

/* Record number i of a section; false where it is not one of the Internet's, or broken. */
static bool record_at(struct reading *reading, ns_sect section, int i, ns_rr *ret_rr)
{
	return ns_parserr(&reading->msg, section, i, ret_rr) == 0 &&
	       ns_rr_class(*ret_rr) == ns_c_in;
}

static int read_count(const struct reading *reading, ns_sect section)
{
	int count = ns_msg_count(reading->msg, section);

	return count < DNS_READ_MAX ? count : DNS_READ_MAX;
}

/* ---- each type */

static bool read_address(const ns_rr *rr, struct dns_record *ret)
{
	const unsigned char *data = ns_rr_rdata(*rr);
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (ns_rr_type(*rr) == ns_t_a) {
		if (ns_rr_rdlen(*rr) != sizeof(v4.sin_addr))
			return false;
		memcpy(&v4.sin_addr, data, sizeof(v4.sin_addr));
		return net_addr_from((const struct sockaddr *)&v4, &ret->addr) == 0;
	}
	if (ns_rr_rdlen(*rr) != sizeof(v6.sin6_addr))
		return false;
	memcpy(&v6.sin6_addr, data, sizeof(v6.sin6_addr));
	return net_addr_from((const struct sockaddr *)&v6, &ret->addr) == 0;
}

/* RFC 2782. */
static bool read_srv(const struct reading *reading, const ns_rr *rr, struct dns_record *ret)
{
	const unsigned char *data = ns_rr_rdata(*rr);

	if (ns_rr_rdlen(*rr) < 7 || !name_at(reading, rr, 6, true, ret->name))
		return false;
	ret->priority = (uint16_t)ns_get16(data);
	ret->weight = (uint16_t)ns_get16(data + 2);
	ret->port = (uint16_t)ns_get16(data + 4);
	return true;
}

/* A character-string (RFC 1035 3.3), taken off the front of *at. */
static bool take_text(struct slice *at, struct slice *ret_text)
{
	size_t n = at->n ? (unsigned char)at->p[0] : 0;

	if (at->n < n + 1)
		return false;
	*ret_text = slice_of(at->p + 1, n);
	*at = slice_of(at->p + n + 1, at->n - n - 1);
	return true;
}

static bool transport_of(struct slice service, enum dns_transport *ret_transport)
{
	static const struct {
		struct slice service;
		enum dns_transport transport;
	} rows[] = {
		{ { "SIP+D2U", 7 }, DNS_UDP },
		{ { "SIP+D2T", 7 }, DNS_TCP },
		{ { "SIPS+D2T", 8 }, DNS_TLS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!slice_equal_nocase(service, rows[i].service))
			continue;
		*ret_transport = rows[i].transport;
		return true;
	}
	return false;
}

/* RFC 3403 4.1. A rule with a regular expression is none that RFC 3263 knows. */
static bool read_naptr(const struct reading *reading, const ns_rr *rr, struct dns_record *ret)
{
	const unsigned char *data = ns_rr_rdata(*rr);
	struct slice at = slice_of((const char *)data, ns_rr_rdlen(*rr));
	struct slice flags, service, expression;

	if (at.n < 4)
		return false;
	ret->priority = (uint16_t)ns_get16(data);
	ret->weight = (uint16_t)ns_get16(data + 2);
	at = slice_from(at, 4);
	if (!take_text(&at, &flags) || !take_text(&at, &service) || !take_text(&at, &expression) ||
	    expression.n || !transport_of(service, &ret->transport) ||
	    !name_at(reading, rr, ns_rr_rdlen(*rr) - at.n, true, ret->name))
		return false;
	ret->leads_to_address = slice_equal_nocase(flags, SLICE("a"));
	return ret->name[0] && (ret->leads_to_address || slice_equal_nocase(flags, SLICE("s")));
}

static bool read_record(const struct reading *reading, const ns_rr *rr, struct dns_record *ret)
{
	memset(ret, 0, sizeof(*ret));
	switch (reading->type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		return read_address(rr, ret);
	case DNS_TYPE_SRV:
		return read_srv(reading, rr, ret);
	case DNS_TYPE_NAPTR:
		return read_naptr(reading, rr, ret);
	}
	return false;
}

/* ---- the answer */

static void mind_ttl(struct reading *reading, const ns_rr *rr)
{
	if (ttl_of(rr) < reading->ttl_s)
		reading->ttl_s = ttl_of(rr);
}

/* One step along the aliases: owner becomes what a CNAME says of it. */
static bool follow_alias(struct reading *reading)
{
	ns_rr rr;

	for (int i = 0; i < read_count(reading, ns_s_an); i++) {
		if (!record_at(reading, ns_s_an, i, &rr) || ns_rr_type(rr) != ns_t_cname ||
		    !same_name(ns_rr_name(rr), reading->owner))
			continue;
		if (!name_at(reading, &rr, 0, true, reading->owner))
			return false;
		mind_ttl(reading, &rr);
		return true;
	}
	return false;
}

/* Whether x is worth less than y: by the priority of SRV, by order and preference of NAPTR.
 * Addresses are all alike. */
static bool is_worse(enum dns_type type, const struct dns_record *x, const struct dns_record *y)
{
	if (x->priority != y->priority)
		return x->priority > y->priority;
	return type == DNS_TYPE_NAPTR && x->weight > y->weight;
}

/* Where to put one more: behind the others, or, where there is no room, in place of the worst of
 * them; NULL: it is no better than that. */
static struct dns_record *place_for(enum dns_type type, struct dns_set *set,
                                    const struct dns_record *record)
{
	struct dns_record *worst = set->records;

	if (set->count < DNS_RECORDS_MAX)
		return &set->records[set->count++];
	for (unsigned i = 1; i < set->count; i++)
		if (!is_worse(type, worst, &set->records[i]))
			worst = &set->records[i];
	return is_worse(type, worst, record) ? worst : NULL;
}

static void collect(struct reading *reading, struct dns_set *set)
{
	struct dns_record record, *place;
	ns_rr rr;

	for (int i = 0; i < read_count(reading, ns_s_an); i++) {
		if (!record_at(reading, ns_s_an, i, &rr) ||
		    ns_rr_type(rr) != wire_types[reading->type] ||
		    !same_name(ns_rr_name(rr), reading->owner) ||
		    !read_record(reading, &rr, &record))
			continue;
		mind_ttl(reading, &rr);
		place = place_for(reading->type, set, &record);
		if (place)
			*place = record;
	}
}

/* RFC 2308 5: the lesser of the SOA's own TTL and its last field. */
static uint32_t absence_ttl(struct reading *reading)
{
	ns_rr rr;

	for (int i = 0; i < read_count(reading, ns_s_ns); i++) {
		uint32_t minimum;

		if (!record_at(reading, ns_s_ns, i, &rr) || ns_rr_type(rr) != ns_t_soa ||
		    ns_rr_rdlen(rr) < 22)
			continue;
		minimum = (uint32_t)ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4);
		if (minimum & TTL_SIGN)
			return 0;
		return minimum < ttl_of(&rr) ? minimum : ttl_of(&rr);
	}
	return 0;
}

/* Whose records are asked for: the search list of /etc/resolv.conf may have made another name of
 * ours. */
static bool begin(struct reading *reading, struct slice bytes)
{
	ns_rr question;

	if (bytes.n > NS_MAXMSG ||
	    ns_initparse((const unsigned char *)bytes.p, (int)bytes.n, &reading->msg) < 0 ||
	    !ns_msg_getflag(reading->msg, ns_f_qr) || ns_msg_count(reading->msg, ns_s_qd) != 1 ||
	    ns_parserr(&reading->msg, ns_s_qd, 0, &question) < 0 ||
	    ns_rr_type(question) != wire_types[reading->type] ||
	    strlen(ns_rr_name(question)) >= sizeof(reading->owner))
		return false;
	memcpy(reading->owner, ns_rr_name(question), strlen(ns_rr_name(question)) + 1);
	return true;
}

void dns_record_read(struct slice bytes, enum dns_type type, struct dns_set *ret_set)
{
	struct reading reading = { .type = type, .ttl_s = UINT32_MAX };
	struct dns_set set = { .result = DNS_FAILED, .records = ret_set->records };
	unsigned code;

	if (!begin(&reading, bytes)) {
		*ret_set = set;
		return;
	}
	code = ns_msg_getflag(reading.msg, ns_f_rcode);
	if (code == ns_r_noerror) {
		for (unsigned steps = 0; steps < DNS_ALIASES_MAX && follow_alias(&reading); steps++)
			;
		collect(&reading, &set);
	}
	if (set.count) {
		set.result = DNS_FOUND;
		set.ttl_s = reading.ttl_s;
	} else if (code == ns_r_noerror || code == ns_r_nxdomain) {
		set.result = code == ns_r_nxdomain ? DNS_UNKNOWN : DNS_EMPTY;
		set.ttl_s = absence_ttl(&reading);
	}
	*ret_set = set;
}
