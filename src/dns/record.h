/* dns/record.h: what a name server said to one question: the records of its answer, or that there
 * are none. Pure. */
#ifndef LINEUP_DNS_RECORD_H
#define LINEUP_DNS_RECORD_H

#include "dns/dns.h"

#define DNS_RECORDS_MAX 32   /* that are kept of an answer; of more, those to be tried first */
#define DNS_READ_MAX    6000 /* that are looked at: more than a message has room for */
#define DNS_ALIASES_MAX 8    /* CNAMEs that are followed within an answer */

enum dns_type { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_NAPTR };

struct dns_record {
	struct net_addr addr;         /* A, AAAA: port 0 */
	uint16_t priority, weight;    /* SRV; of NAPTR its order and preference */
	uint16_t port;                /* SRV */
	enum dns_transport transport; /* NAPTR */
	bool leads_to_address;        /* NAPTR: flag "a"; else flag "s", to SRV records */
	char name[DNS_NAME_MAX];      /* SRV: the target; NAPTR: the replacement; "" is the root */
};

/* The records of one name and type. */
struct dns_set {
	enum dns_result result; /* FOUND, UNKNOWN, EMPTY, SILENT, FAILED or MEMORY */
	uint32_t ttl_s;         /* the least of all records that led here, as it stands; of UNKNOWN
	                           and EMPTY what RFC 2308 5 says; 0 where nothing is said */
	bool stale;
	unsigned count; /* 0 unless FOUND */
	struct dns_record *records;
};

/* Whether nothing was learnt, as opposed to that there is nothing. */
static inline bool dns_set_failed(const struct dns_set *set)
{
	return set->result == DNS_SILENT || set->result == DNS_FAILED || set->result == DNS_MEMORY;
}

struct dns_question {
	enum dns_type type;
	char name[DNS_NAME_MAX];
};

/* Reads an answer to a question of this type (RFC 1035 4.1) into *ret_set, whose records have room
 * for DNS_RECORDS_MAX. CNAMEs are followed as far as the answer has them. Of NAPTR only those
 * count that a SIP client can use (RFC 3263 4.1). What cannot be read is DNS_FAILED; nothing in it
 * can make this loop, or read outside bytes. */
void dns_record_read(struct slice bytes, enum dns_type type, struct dns_set *ret_set);

#endif
