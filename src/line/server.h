/* line/server.h: one server as one thread sees it: where it is, how fast it may be asked, and what
 * the lines at it have in common, stored once. */
#ifndef LINEUP_LINE_SERVER_H
#define LINEUP_LINE_SERVER_H

#include "dns/dns.h"
#include "pace/pace.h"

#define SERVER_TEXT_MAX 300 /* bytes of a URI or Route made here */

struct server_cfg {
	const char *host;       /* the domain: right of the @ (checked by sip_server_parse()) */
	uint16_t port;          /* 0: the default */
	const char *proxy_host; /* outbound proxy: where requests go instead; NULL: none */
	uint16_t proxy_port;
	enum dns_transport transport;
	uint32_t rate_per_s; /* fixed rate; 0: none */
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
	struct pace pace;
	uint32_t lines;         /* how many lines name it */
	uint8_t best_algorithm; /* the strongest that its challenges offered (enum digest_algorithm)
	                         */
	bool answered;          /* some answer has ever come from it */
	uint32_t queue_head, queue_tail; /* lines that wait for leave, by number; shard/'s own */
	uint64_t ask_at_ms; /* when the queue's head may ask again; PACE_NEVER: when an answer comes
	                     */
};

/* Fills in *ret_server. Returns 0, or -EINVAL where a text is too long. */
int server_init(const struct server_cfg *cfg, uint64_t now_ms, struct server *ret_server);

#endif
