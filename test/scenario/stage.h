/* stage.h: the whole agent on the sim, with somebody who watches it.
 *
 * A stage is one shard with its lines on one struct net. It keeps what the agent says (log lines,
 * ends of attempts), reads every datagram that is sent with packet.h and auth.h, and knows the
 * secrets, so that one that shows up in a log line or a trace is a fault of the run, whatever the
 * test is about. Used by the scenario runner and by tests in C. */
#ifndef LINEUP_TEST_STAGE_H
#define LINEUP_TEST_STAGE_H

#include "explain/explain.h"
#include "line/line.h"
#include "packet.h"
#include "shard/shard.h"
#include "sim.h"

#define STAGE_LINES_MAX 1024
#define STAGE_RING      16
#define STAGE_FAULT_MAX 512

/* A REGISTER that was sent, a copy of its own. */
struct request {
	struct request *next;
	unsigned number; /* from 1; a retransmission has that of its first */
	uint64_t at_ms;
	struct net_udp *udp;
	struct net_stream *stream; /* NULL: a datagram */
	struct net_source from;    /* no family: as the routes have it */
	char over[INTERFACE_NAME_MAX + 1];
	struct net_addr to;
	struct packet packet;
	struct slice branch, call_id;
	struct stage_line *line; /* NULL where it is nobody's */
	char *bytes;
};

/* How an attempt ended. */
struct stage_end {
	enum reg_end end;
	struct reg_facts facts; /* its slices point into texts */
	uint16_t status;
	const struct explain_cause *cause;
	uint64_t at_ms, took_ms, next_at_ms;
	bool has_reply, has_target;
	char texts[10][256]; /* cut where they are longer */
};

struct stage_line {
	struct stage_line *next;
	char name[64];
	struct line *line; /* NULL once removed */
	char address[600]; /* "sip:1001@pbx.example", as its requests name it */
	char password[256];
	char auth_user[256];
	uint64_t identity;
	struct stage_line *first; /* of the same identity, whose second flow it is; NULL: none */
	bool begun;               /* started or to be left idle */
	unsigned ends_unread;
	struct stage_end end;   /* the last one */
	struct request *last;   /* the last request read, or NULL */
	struct request *before; /* the one before that, or NULL */
	uint32_t cseq;          /* the highest seen */
};

struct stage_server {
	struct stage_server *next;
	struct server_cfg cfg; /* strings are the stage's */
	struct server *server;
};

struct stage_log {
	struct stage_log *next;
	uint64_t at_ms;
	char *text; /* classic */
};

/* The last few texts of a kind. */
struct stage_ring {
	char *texts[STAGE_RING]; /* from the front; NULL: none yet */
	unsigned next;
};

struct stage {
	struct net *net;
	struct dns *dns;
	struct shard *shard;
	enum log_level log_level;
	FILE *trace;   /* NULL: none */
	uint64_t seed; /* set before the first line */
	uint16_t port; /* IPv4's, likewise; 0: any */
	bool once;     /* as in struct shard_cfg, likewise */
	bool whole;    /* no attempt may fail while DNS has more to say */
	const char *user_agent;
	struct stage_line *lines, **lines_end;
	struct stage_server *servers;
	struct net_timer *beside;           /* tells flows of each other; NULL: no line has two */
	struct stage_log *logs, **logs_end; /* not read yet */
	struct request *requests;           /* all, newest first */
	unsigned request_count;
	uint64_t live_before;             /* blocks that were out before the stage was set up */
	uint64_t told_sent;               /* how often the watcher was told of a datagram sent */
	char *passwords[STAGE_LINES_MAX]; /* never in anything that is shown or sent */
	unsigned password_count;
	struct stage_ring hashes;    /* what is as good as one, the last few: the same */
	struct stage_ring responses; /* answers to challenges: never shown */
	char fault[STAGE_FAULT_MAX]; /* the first thing that must never be; "" while all is well */
};

/* What a line of the stage is made of; NULL and 0 where it is not set. */
struct stage_line_cfg {
	const char *name;
	const char *user, *host;
	uint16_t port;
	const char *proxy_host;
	uint16_t proxy_port;
	const char *tls_ca, *interface;
	const char *auth_user, *password, *realm, *contact, *calls;
	enum dns_transport transport; /* 0: UDP */
	enum dns_srv srv;
	uint32_t expires_s; /* 0: 3600 */
	uint32_t rate_per_s;
	enum sip_keep keep;
	bool outbound, gruu;
	const char *beside; /* another line, whose server's second flow this one's is */
	const char *contact_params, *address_params, *request_params, *headers;
	uint32_t cseq;        /* 0: the first */
	struct net_addr left; /* family 0: none */
	struct net_addr last; /* likewise */
};

void stage_init(struct stage *stage);

/* Opens the shard where it is not yet: 0, or what shard_new() says. */
int stage_open(struct stage *stage);

/* Adds a line (opening the shard). Returns 0 or the shard's error; *ret_line is set on 0. */
int stage_line_add(struct stage *stage, const struct stage_line_cfg *cfg,
                   struct stage_line **ret_line);
struct stage_line *stage_line_find(struct stage *stage, const char *name);
void stage_line_drop(struct stage *stage, struct stage_line *line);

/* Takes the oldest datagram out of the queue and reads it. NULL where it is no proper request (the
 * fault says why) or there is none. *ret_again is set where it is an exact copy of one sent before,
 * which is then what is returned. The request is the stage's. */
struct request *stage_request_take(struct stage *stage, bool *ret_again);

/* Takes a request that is no line's: an OPTIONS that keeps a mapping open. */
struct request *stage_options_take(struct stage *stage);
struct request *stage_request_find(struct stage *stage, unsigned number);

/* Writes a sentence into stage->fault, unless it has one. */
void stage_fault(struct stage *stage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends the agent without another datagram, then looks for what is still open, or not freed.
 * Everything is freed whatever is found. False: stage->fault says what. */
bool stage_done(struct stage *stage);

#endif
