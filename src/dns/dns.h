/* dns/dns.h: from a server's name to the addresses to try, in order (RFC 3263).
 *
 * A seam of the tests, as net/net.h is. Beneath it lies another one, dns/ask.h: the questions that
 * go to a name server one at a time. README.md tells what is between the two. */
#ifndef LINEUP_DNS_DNS_H
#define LINEUP_DNS_DNS_H

#include "net/interface.h"

struct net;

#define DNS_TARGETS_MAX 16
#define DNS_NAME_MAX    256 /* bytes of a name, its NUL included */

enum dns_transport {
	DNS_UDP,
	DNS_TCP,
	DNS_TLS,
	DNS_AUTO, /* asked for: what NAPTR and SRV say. A target never has it. Of the others the
	             later ones are the stronger */
};

/* Whether NAPTR and SRV are looked up; without, a name is its addresses. */
enum dns_srv { DNS_SRV_USED, DNS_SRV_UNUSED };

struct dns_where {
	struct slice host; /* a name, or a literal address (IPv6 in brackets or not); copied */
	uint16_t port;     /* 0: what the name says, else 5060, or 5061 for TLS */
	enum dns_transport transport;
	enum dns_srv srv;
	unsigned usable; /* for DNS_AUTO: 1 << transport of each that may be chosen; 0: all three */
	const struct net_interface *over; /* what is sent from, which decides the order (RFC 6724);
	                                     NULL: any. It lasts as long as the query */
	bool in_parts; /* where connections are to be made, a first answer as soon as there is
	                  enough to begin with (RFC 8305 section 3), see dns_locate() */
};

struct dns_target {
	struct net_addr addr;
	enum dns_transport transport;
	uint16_t priority, weight; /* of its SRV record; 0 without */
	const char *host;          /* the name that addr belongs to, for people; lasts as long as
	                              the answer. Never what a certificate is checked against: that is
	                              the name that was asked for (RFC 5922 4) */
};

/* X(constant, what it means to a person) */
#define DNS_RESULTS(X) \
	X(FOUND, "found") \
	X(UNKNOWN, "the name does not exist") /* NXDOMAIN */ \
	X(EMPTY, "the name exists, but has no address") \
	X(NOWHERE, "the address is no machine's") /* 0.0.0.0, as a filter says */ \
	X(NO_SERVICE, "the name says that it offers no such service") /* SRV "." */ \
	X(BAD_SERVICE, "its SRV records point to nothing") \
	X(SILENT, "no name server answered") \
	X(FAILED, "the name server could not say") /* SERVFAIL, REFUSED ... */ \
	X(MEMORY, "this machine is out of memory")

#define DNS_RESULT_ENUM(constant, text) DNS_##constant,
enum dns_result { DNS_RESULTS(DNS_RESULT_ENUM) DNS_RESULT_COUNT };

/* What came of a look-up. Borrows for the call. */
struct dns_answer {
	enum dns_result result;
	const struct dns_target *targets; /* in the order to try; NULL unless DNS_FOUND */
	unsigned count;
	const char *service; /* the SRV name that led to them, "_sip._udp.pbx.example"; "": none. Of
	                        DNS_SILENT and DNS_FAILED the one that nothing was learnt of */
	uint32_t ttl_s;      /* how long they may be used: 1 s to a day; 0 unless DNS_FOUND */
	bool stale;          /* DNS fails: this is what it said last */
	bool unsure; /* of DNS_AUTO: a question for NAPTR or SRV failed, and the name may offer
	                more than this transport */
	bool more;   /* DNS_FOUND, and it is not over: the whole answer follows */
};

struct dns;
struct dns_query;

typedef void dns_found_fn(void *ctx, const struct dns_answer *answer);

/* A resolver that asks the name servers of /etc/resolv.conf, and follows that file as it changes
 * (dns_epoch()).
 * Returns 0, -ENOMEM or a negative errno. */
int dns_new(struct net *net, struct dns **ret_dns);
void dns_free(struct dns *dns); /* with no query open; NULL is fine */

/* Asks this name server (port 0: 53) from now on; NULL: those of /etc/resolv.conf again. What was
 * learnt from others is forgotten. Returns 0 or -ENOMEM. */
int dns_use_server(struct dns *dns, const struct net_addr *server);

/* Looks whether /etc/resolv.conf is another one than was read, at most once a second, as
 * dns_locate() does by itself. Where it is, all is asked anew, and the old word serves only where
 * that fails. Returns a number that is another one each time. */
uint32_t dns_epoch(struct dns *dns);

/* The name servers that are asked now, at most max: returns how many were filled in. */
unsigned dns_servers(struct dns *dns, struct net_addr *addrs, unsigned max);

/* Reads "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"; without a port it
 * is 0. Returns 0 or -EINVAL. */
int dns_server_parse(struct slice text, struct net_addr *ret_server);

/* Looks where up, within DNS_LONGEST_MS. fn is called once, from the loop, never from within this
 * call, also for a literal address. Returns 0 or -ENOMEM, -EINVAL (host longer than 255 bytes,
 * empty, or with a NUL in it).
 *
 * With where->in_parts, and over TCP or TLS, fn may be called once before that, with answer->more:
 * each host of the name has addresses of one family that there is a way to, and that is enough to
 * begin with (RFC 8305 section 3). IPv6's are told at once, IPv4's when AAAA has been answered,
 * too, or has not within DNS_RESOLUTION_DELAY_MS. In place of a family that has not answered stands
 * its last good word, as long as that would serve if DNS failed; it makes no answer stale. The
 * whole answer follows within two seconds, and *ret_query, which fn may cancel, is open until then.
 */
#define DNS_LONGEST_MS          20000
#define DNS_RESOLUTION_DELAY_MS 50
int dns_locate(struct dns *dns, const struct dns_where *where, dns_found_fn *fn, void *ctx,
               struct dns_query **ret_query);

/* Ends a query before its answer, or the rest of it: fn will not be called any more. */
void dns_cancel(struct dns_query *query);

const char *dns_transport_name(enum dns_transport transport); /* "udp", "auto" */
enum dns_transport dns_transport_of(const char *name); /* DNS_AUTO of any other word, and of NULL */
const char *dns_transport_text(enum dns_transport transport); /* "UDP", of a target */

#endif
