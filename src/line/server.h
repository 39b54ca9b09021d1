/* line/server.h: one server as one thread sees it: where it is, how fast it may be asked, and what
 * the lines at it have in common, stored once. */
#ifndef LINEUP_LINE_SERVER_H
#define LINEUP_LINE_SERVER_H

#include "dns/dns.h"
#include "pace/pace.h"

#define SERVER_TEXT_MAX 300 /* bytes of a URI or Route made here */

struct flow;
struct line;
struct line_env;
struct net_tls;
struct line_target;

struct server_cfg {
	const char *host;       /* the domain: right of the @ (checked by sip_server_parse()) */
	uint16_t port;          /* 0: the default */
	const char *proxy_host; /* outbound proxy: where requests go instead; NULL: none */
	uint16_t proxy_port;
	enum dns_transport transport;
	enum dns_srv srv;
	const char *tls_ca, *tls_cert, *tls_key; /* paths (net/tls.h); NULL: none */
	uint32_t rate_per_s;                     /* fixed rate; 0: none */
};

/* Lines that wait, first come first served. */
struct server_queue {
	struct line *head, *tail;
	uint32_t count;
};

/* Read by anyone, written by line/ and shard/. */
struct server {
	char host[256];
	char request_uri[SERVER_TEXT_MAX]; /* "sip:pbx.example:5070" */
	char log_uri[SERVER_TEXT_MAX];     /* "sip:pbx.example": without the port, for the log */
	char route[SERVER_TEXT_MAX];       /* "<sip:proxy.example:5080;lr>", or "" */
	char next_hop[256];                /* the host to look up: the proxy's, or the server's */
	uint16_t next_hop_port;
	enum dns_transport transport;
	enum dns_srv srv;
	uint32_t number; /* in the shard: its timer has it */
	uint32_t lines;  /* how many name it */
	struct pace pace;
	uint8_t best_algorithm; /* strongest offer of its challenges (enum digest_algorithm) */
	bool was_good;          /* a line has been registered at it */
	bool going_on;          /* its queue is being let go: no second time from within */

	struct server_queue leave;   /* wait for leave of the pace */
	struct server_queue name;    /* wait for the look-up */
	struct dns_query *query;     /* under way; NULL: none */
	struct line_env *env;        /* for the answer to query */
	struct line_target *targets; /* room for DNS_TARGETS_MAX, once looked up */
	unsigned target_count;       /* 0: unknown */
	uint64_t targets_until_ms;
	struct flow *flows;          /* its connections (line/flow.h) */
	uint64_t flow_rest_until_ms; /* no connection is begun before */
	uint64_t large_until_ms; /* a large request goes by UDP until then: TCP does not answer */
	int64_t certificate_until_s; /* of the server, as shown last; 0: none was */
	struct net_tls *tls;         /* once a connection needed it */
	char *tls_ca, *tls_cert, *tls_key;
	uint8_t flow_losses;     /* connections lost one after the other, each before it was firm */
	bool pongs;              /* it answers pings (RFC 5626 4.4.1) */
	struct line_target *way; /* out, to a binding that is removed */
	uint64_t way_until_ms;
};

/* Fills in *ret_server. Returns 0, -ENOMEM, or -EINVAL where a text is too long. */
int server_init(const struct server_cfg *cfg, uint64_t now_ms, struct server *ret_server);

#endif
