/* line/server.h: one server as one thread sees it: where it is, how fast it may be asked, and what
 * the lines at it have in common, stored once. */
#ifndef LINEUP_LINE_SERVER_H
#define LINEUP_LINE_SERVER_H

#include "dns/dns.h"
#include "net/tls.h"
#include "pace/pace.h"
#include "sip/demands.h"
#include "sip/keep.h"

#define SERVER_TEXT_MAX 300 /* bytes of a URI or Route made here */

#define SERVER_LAST_MS INT64_C(86400000)

struct flow;
struct line;
struct line_env;
struct net_interface;
struct net_tls;
struct line_target;
struct server_template;

/* Where a server answered last, while DNS listed it. */
struct server_last {
	struct net_addr addr; /* family 0: nowhere */
	enum dns_transport transport;
	int64_t at_ms; /* wall clock */
};

struct server_cfg {
	const char *host;       /* the domain: right of the @ (checked by sip_server_parse()) */
	uint16_t port;          /* 0: the default */
	const char *proxy_host; /* outbound proxy: where requests go instead; NULL: none */
	uint16_t proxy_port;
	enum dns_transport transport;
	enum dns_srv srv;
	const char *interface; /* that its lines send from, as net_interface_parse() reads it; NULL:
	                          whichever the routes say */
	const char *tls_ca, *tls_cert, *tls_key; /* paths (net/tls.h); NULL: none */
	enum net_tls_least tls_least;
	uint32_t rate_per_s; /* fixed rate; 0: none. Where it is the PBX of another server already,
	                        its rate holds until shard_server_pace() says another one */
	struct server_last last; /* as an earlier process knew it, by the same settings */
	enum sip_keep keep;
	const struct sip_demands *demands; /* NULL: none */
	/* RFC 5626 4.2: the same server, which lines of the same identities register at by another
	 * flow. This one's have reg-id 2, Call-IDs of their own, the same instances, connections of
	 * their own; of both each prefers an address that the other one's do not use. It demands
	 * outbound, as the other one does, may have another proxy, and goes first. NULL: none. */
	struct server *beside;
};

/* Lines that wait, first come first served. */
struct server_queue {
	struct line *head, *tail;
	uint32_t count;
};

/* Leave to ask a PBX, of all the servers of a shard that are it: what these say in requests may
 * differ, as it does for a while where that was edited, but there is one pace for it. */
struct server_gate {
	bool going_on;             /* the queue is let go: no second time from within */
	struct server_queue queue; /* wait for leave of the pace */
	struct pace pace;
	uint32_t servers; /* that share it */
};

/* Addresses of a server that bindings are at; others are not kept alive. */
#define SERVER_NATS_MAX 8

/* What is known of the way between one of our addresses and one of a server's: the same for all
 * lines with bindings there, since they share a socket. */
struct server_nat {
	struct net_addr to, from; /* family 0: not in use */
	struct net_addr seen;     /* what Contacts are made from: from, or what the server saw */
	uint64_t until_ms;        /* the end of the last binding there */
	uint64_t moves_at_ms;     /* when moves was counted */
	uint8_t moves;            /* that may still be followed, see line/nat.c */
	bool told;                /* that it goes on moving */
	enum server_renew {
		SERVER_RENEW_NONE,
		SERVER_RENEW_MOVED, /* lines whose Contact is made from another address */
		SERVER_RENEW_ALL,   /* all lines: their keep-alives got no answer any more */
	} renew;
	/* keep-alive */
	uint64_t next_ms;
	uint64_t mark; /* of what is unanswered; 0: nothing */
	uint8_t sends; /* of it */
	bool answered; /* the server has answered one */
	bool mute;     /* told that it does not */
};

/* Read by anyone, written by line/ and shard/. */
struct server {
	/* What is said of it in requests, and in the log. */
	char host[256];
	char request_uri[SERVER_TEXT_MAX]; /* "sip:pbx.example:5070" */
	char log_uri[SERVER_TEXT_MAX];     /* "sip:pbx.example": without the port, for the log */
	char route[SERVER_TEXT_MAX];       /* "<sip:proxy.example:5080;lr>", or "" */
	struct server_template *template;  /* line/template.c's; NULL: none was needed yet */

	/* Its lines. */
	uint32_t number;        /* in the shard: its timer has it */
	uint32_t lines;         /* how many name it */
	uint32_t bound;         /* lines that hold a binding */
	bool was_good;          /* a line has been registered at it */
	uint8_t best_algorithm; /* strongest offer of its challenges (enum digest_algorithm) */
	bool renews;            /* those register anew that server_renews_line() names ... */
	uint32_t renew_at;      /* ... from this number on; those before have been looked at */

	struct server_gate *gate; /* when they may ask it */

	/* What is set of where requests go: the proxy, or the server. */
	struct {
		char host[256]; /* to look up */
		uint16_t port;
		enum dns_transport transport;
		enum dns_srv srv;
	} next_hop;

	/* What REGISTERs have beside what every REGISTER has (sip/demands.h). */
	struct {
		char contact_params[SIP_DEMANDS_CONTACT_MAX]; /* "" for none */
		char address_params[SIP_DEMANDS_PARAMS_MAX];
		bool gruu;
		bool headers_vary;  /* headers have a SIP_EXTRA_EXTENSION in them */
		bool headers_agent; /* they have a User-Agent in them */
		char *headers;      /* lines that end a REGISTER; NULL: none */
	} demands;

	/* RFC 5626: the flow that its lines register by, and the other one, where there are two. */
	struct {
		enum server_outbound {
			SERVER_OUTBOUND_OFF,
			SERVER_OUTBOUND_ON,
			SERVER_OUTBOUND_LACKING, /* a 439 said that the first hop does not do it */
		} use;
		bool granted;          /* the last grant said so: "Require: outbound" */
		uint32_t flow_timer_s; /* of the last Flow-Timer; 0: none */
		struct server *beside; /* as in server_cfg */
		struct server *second; /* whose beside this one is; NULL: none */
	} outbound;

	/* What DNS says, and who waits for it (line/names.c, line/targets.c). */
	struct {
		struct server_queue waiting; /* lines */
		struct dns_query *query;     /* under way; NULL: none */
		struct line_env *env;        /* for the answer to query */
		struct line_target *targets; /* room for DNS_TARGETS_MAX, once looked up */
		unsigned target_count;       /* 0: unknown */
		uint32_t epoch;              /* one more with each look-up */
		uint64_t until_ms;           /* so long targets serve without a look-up */
		uint64_t look_at_ms; /* when it is looked up again for those that are bound */
		uint32_t dns_epoch;  /* dns_epoch() as it was looked up last */
		bool stale;          /* DNS fails: targets are what it said last */
		bool in_part;        /* targets are a part of what query will say: the other
		                        family is late */
		enum server_services {
			SERVER_SERVICES_KNOWN,
			/* told: it may offer more than is used; less than it offers, or did, is
			 * not used */
			SERVER_SERVICES_UNSURE,
			SERVER_SERVICES_WITHHELD,
		} services : 8; /* with DNS_AUTO */
	} names;

	/* How it is followed where DNS lists other addresses than before (line/names.c). */
	struct {
		uint64_t counted_at_ms; /* when left was counted */
		uint8_t left;           /* moves that may still be followed */
		bool left_behind; /* bindings may be at addresses that DNS lists no more ... */
		bool due;         /* ... and are to be made anew now */
		bool told;        /* that its addresses go on changing */
	} moves;

	/* Where an answer came from. */
	struct {
		bool ever;
		enum dns_transport over; /* that it came over last, once it ever did */
		struct server_last last; /* serves for SERVER_LAST_MS where DNS fails and knows
		                            nothing */
	} answered;

	/* The ways out of this machine to it. */
	struct {
		struct net_interface *interface; /* that is set; NULL: whichever the routes say */
		unsigned device; /* its number, of the last way that was found; 0: it has no name */
		bool moved;      /* the last look at the ways to its targets found another one */
		struct line_target *asked; /* of the kernel last, see server_way_to() ... */
		uint64_t asked_until_ms;   /* ... and so long it holds */
	} way;

	/* What NATs make of our addresses, and what keeps their mappings (line/nat.c). */
	struct {
		enum sip_keep keep;
		struct server_nat *table; /* SERVER_NATS_MAX; NULL: none yet */
	} nat;

	/* Its connections (line/flow.h). */
	struct {
		struct flow *list;
		struct flow *lost;       /* those that are over, until their lines know */
		uint64_t rest_until_ms;  /* none is begun before */
		uint64_t large_until_ms; /* a large request goes by UDP until then: TCP does not
		                            answer */
		uint64_t shut_from_ms;   /* since when those that did not open are counted ... */
		uint8_t shut_told;       /* ... of which the log was told */
		uint8_t losses;          /* one after the other, each before it was firm */
		bool pongs; /* it has answered a ping, or promised to (RFC 5626 4.4.1) */
	} flows;

	/* TLS over them (net/tls.h). */
	struct server_tls {
		struct net_tls *context; /* once a connection needed it */
		char *ca, *cert, *key;   /* paths */
		enum net_tls_least least;
		int64_t certificate_until_s; /* of the server, as shown last; 0: none was */
		char *issuer;                /* of that, where it was refused; NULL: it was not */
	} tls;
};

/* What Contacts of its lines name where outbound is on. */
static inline uint32_t server_reg_id(const struct server *server)
{
	return server->outbound.beside ? 2 : 1;
}

/* Fills in *ret_server. Returns 0, -ENOMEM, or -EINVAL where a text is too long, no demand can be
 * like it (sip_demands_problem()), or interface names none. */
int server_init(const struct server_cfg *cfg, uint64_t now_ms, struct server *ret_server);

/* Where other is the same PBX, reached in the same way, both have other's gate from now on. To be
 * asked before a line names server. */
bool server_share_gate(struct server *server, struct server *other);

#endif
