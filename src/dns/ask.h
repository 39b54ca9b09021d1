/* dns/ask.h: one question to a name server, and its answer. The inner seam of this room: the sim
 * has another body of it, so that all above runs in scenarios. */
#ifndef LINEUP_DNS_ASK_H
#define LINEUP_DNS_ASK_H

#include "dns/record.h"

struct net;
struct dns_ask;
struct dns_asked;

struct dns_ask_cfg {
	const char *resolv_conf; /* NULL: /etc/resolv.conf */
	uint16_t port;           /* of the servers that it names; 0: 53 */
};

/* set borrows for the call. */
typedef void dns_asked_fn(void *ctx, const struct dns_set *set);

/* Returns 0, -ENOMEM or a negative errno. */
int dns_ask_new(struct net *net, const struct dns_ask_cfg *cfg, struct dns_ask **ret_ask);
void dns_ask_free(struct dns_ask *ask); /* with no question open; NULL is fine */

/* As dns_use_server(). */
int dns_ask_use(struct dns_ask *ask, const struct net_addr *server);

/* Looks at resolv.conf, and returns a number that is another one whenever it was read anew. */
uint32_t dns_ask_epoch(struct dns_ask *ask);

/* As dns_servers(). */
unsigned dns_ask_servers(struct dns_ask *ask, struct net_addr *addrs, unsigned max);

/* What the machine itself knows (/etc/hosts), which stands above what name servers say. Fills in
 * the addresses of both families, up to max; returns how many. Never waits. */
unsigned dns_ask_hosts(struct dns_ask *ask, const char *name, struct net_addr *addrs, unsigned max);

/* DNS_ASK_LISTED: where the name is not there, the search list of resolv.conf is tried. */
enum dns_ask_how { DNS_ASK_AS_IS, DNS_ASK_LISTED };

/* Asks. fn is called once, from the loop, never from within this call; in it anything of this room
 * may be called. Returns 0 or -ENOMEM. */
int dns_ask_begin(struct dns_ask *ask, const struct dns_question *question, enum dns_ask_how how,
                  dns_asked_fn *fn, void *ctx, struct dns_asked **ret_asked);

/* Nobody waits for it any more: fn will not be called. */
void dns_ask_cancel(struct dns_asked *asked);

#endif
