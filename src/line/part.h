/* line/part.h: how shard/ and the lines of its thread work together. For those two rooms only; all
 * others use line/line.h.
 *
 * shard/ owns the sockets, the timers and the pools and lends them to the lines in a struct
 * line_env. It calls the line_on_ functions when something comes in. A line that is not at rest
 * waits for exactly one thing, which line->wait names. What only an attempt needs is lent from
 * env->attempts while that lasts. */
#ifndef LINEUP_LINE_PART_H
#define LINEUP_LINE_PART_H

#include "base/hash.h"
#include "base/pool.h"
#include "base/wheel.h"
#include "digest/session.h"
#include "line/line.h"
#include "line/ways.h"
#include "net/net.h"
#include "pace/pace.h"
#include "sip/aor.h"
#include "sip/uri.h"
#include "sip/via.h"
#include "txn/branch.h"
#include "txn/txn.h"

#define LINE_REQUEST_MAX   4096 /* bytes of a REGISTER: two answers with the longest nonces fit */
#define LINE_CALL_ID_LEN   32
#define LINE_TAG_LEN       16
#define LINE_SENT_BY_MAX   64
#define LINE_CONTACT_MAX   1024
#define LINE_CONTACT_SMALL 256 /* bytes of the Contacts and REGISTERs that nearly all are below */
#define LINE_REQUEST_SMALL 1024
#define LINE_TARGETS_MS    30000 /* how long a way to a target is used without asking again */
#define LINE_TRANSPORTS    (1u << DNS_UDP | 1u << DNS_TCP | 1u << DNS_TLS) /* that it can use */
#define LINE_WAY_MS        500        /* how long a way out is used without asking again */
#define LINE_ALL_ANSWERS   6          /* answers to challenges of all realms in one attempt */
#define LINE_PROVISIONALS  8          /* of one transaction that are told one by one */
#define LINE_CTX_FIRST     0xa000001u /* handles look like the article's */
#define LINE_CTX_COUNT     0xffffffu

#define LINE_WALK 4096 /* lines that a walk over all of a shard's looks at in one turn */

#define LINE_DUE_MAX 128 /* what a batch sets off above that is written at once */

enum line_wait {
	LINE_AT_REST,   /* nothing: IDLE */
	LINE_ON_TIMER,  /* env->timers has it */
	LINE_ON_LEAVE,  /* in its server's queue */
	LINE_ON_FLOW,   /* in the queue of its attempt's connection, which is not open yet */
	LINE_ON_NAME,   /* among its server's waiters for a look-up, or its attempt's own look-up */
	LINE_ON_BATCH,  /* for the end of the batch of datagrams: its REGISTER is written then */
	LINE_ON_ANSWER, /* a transaction */
};

/* What the last attempt failed for want of, which a change of the network may bring. */
enum line_lack {
	LINE_LACKS_NOTHING, /* it was answered, or there was none */
	LINE_LACKS_ANSWER,  /* from where it went, or there was no way to there */
	LINE_LACKS_NAME,    /* the look-up said nothing, or nothing good */
};

/* Who asked: the registrar (401), or a proxy (407). */
enum line_auth_kind { LINE_AUTH_REGISTRAR, LINE_AUTH_PROXY, LINE_AUTH_KINDS };

/* One address of a server, as seen from here. */
struct line_target {
	struct net_addr addr;
	enum dns_transport transport;
	struct net_addr source; /* the address that the kernel sends from, with our port */
	struct net_addr
		contact; /* what the Contact is made from: source, or what a NAT made of it */
	char sent_by[LINE_SENT_BY_MAX];
	/* Of server->names.targets alone, and line/targets.c's: */
	uint16_t priority;
	uint8_t host;           /* the number of the first target of the same host and priority */
	bool good;              /* it answered last */
	bool probed;            /* a line is finding out whether it is back */
	uint32_t dead_ms;       /* how long it is passed over each time; 0: it has not failed */
	uint64_t dead_until_ms; /* until then it is */
	uint64_t way_until_ms;  /* until then source and sent_by hold */
	bool has_way;           /* there was a way to it when that was last looked at ... */
	struct net_way way;     /* ... and it was this one */
};

struct line {
	struct reg reg;
	struct server *server;
	struct line *queue_next, *queue_prev; /* in one of its server's queues, where queued */
	uint32_t number;                      /* in the shard: its timers have it */
	uint32_t attempt;                     /* in env->attempts, or POOL_NONE */
	uint32_t cseq;                        /* of the last REGISTER; the next has one more */
	uint32_t
		first_realm[LINE_AUTH_KINDS]; /* a mark of the realm that answered first; 0: none */
	enum line_wait wait                : 8;
	enum dns_transport bound_transport : 8; /* the Contact of the binding says so */
	bool urgent; /* a person said so: not counted among the refused */
	bool left;   /* bound has the source of a binding that an earlier process left */
	bool queued         : 1;
	bool refused        : 1; /* its last attempt that met an answer was refused a login */
	bool beside_up      : 1; /* another flow of it is registered */
	enum line_lack lack : 2;
	uint64_t identity;
	void *owner;
	uint32_t auth[LINE_AUTH_KINDS]; /* line_auth(); POOL_NONE until such a challenge came */
	struct flow *flow; /* over which the binding was made; NULL: UDP, or lost since */
	uint32_t target;   /* in env->ways: where the last REGISTER went, whose nonces are kept */
	uint32_t bound; /* in env->ways: where the binding is, and what its Contact was made from */
	char *bound_uri; /* the Request-URI of a binding that a redirect led to; NULL: the server's
	                  */
	char *texts;     /* all strings, one behind the other; the address is the first */
	uint16_t texts_n;
	uint16_t user, auth_user;                 /* where in texts each of them begins */
	uint16_t password, realm, contact, calls; /* 0: there is none */
};

/* The string that begins at at; NULL where that is 0. */
static inline const char *line_text(const struct line *line, uint16_t at)
{
	return at ? line->texts + at : NULL;
}

enum line_purpose { LINE_REGISTERS, LINE_REMOVES };

/* What an attempt does once it has a way to its target. */
enum line_step {
	LINE_STEP_FIRST,    /* the first request to this target */
	LINE_STEP_AGAIN,    /* another one: an answer, a longer time */
	LINE_STEP_REDIRECT, /* the first one to where a redirect points */
};

/* Where a redirect leads. */
struct line_redirect {
	char uri[SERVER_TEXT_MAX]; /* the Request-URI */
	char host[SIP_HOST_MAX + 1];
	uint16_t port; /* 0: not named */
};

struct line_attempt {
	uint32_t number;     /* first: the pool overwrites it in what was given back */
	struct line *line;   /* NULL: free */
	uint32_t generation; /* of its transaction: not given out again for 2^32 others */
	uint32_t ctx;        /* 0 until the first answer */
	enum line_purpose purpose : 8;
	bool paced;                /* counted as in flight by the server's pace */
	enum pace_start start : 8; /* as the pace was told */
	bool open;                 /* a transaction is under way */
	bool sent;                 /* a request of it went out */
	bool due;                  /* among env->due */
	bool first_sent;           /* "send REGISTER" has been logged */
	bool credentials;          /* the last request carried an answer */
	bool answering;            /* the next request answers a challenge */
	bool noise;                /* the target sent something that is no SIP */
	uint8_t answers;           /* to challenges of all realms */
	bool has_probed;           /* it has been at one that was passed over before */
	bool met_live;             /* it has been at a target that had not failed before */
	uint8_t target_count;      /* 0: none of server->names.targets, but a redirect's own */
	uint16_t tried;            /* a bit for each of server->names.targets ... */
	uint32_t targets_epoch;    /* ... as they were then */
	uint16_t strays;           /* answers that were not ours */
	uint32_t provisionals;     /* the request was answered so often with 1xx */
	uint64_t began_ms;
	/* The Contact as it is sent, up to the instance: "<URI>;...". Bytes of it, and of the URI
	 * in it; 0: there is none yet. */
	uint16_t contact_n, contact_uri_n;
	uint16_t request_n;
	struct txn txn;
	struct line_target target;
	struct flow *flow;       /* what its requests go over; NULL: UDP, or none yet */
	enum line_step step : 8; /* what is done when the flow is open */
	bool over_tcp;           /* for its size (RFC 3261 18.1.1) */
	bool cut_off;            /* a connection was lost, and it has begun anew on another one */
	bool retry;              /* the next target is this one again */
	/* What it met, until DNS has said all (line/late.c): a response, or a failure. */
	struct {
		char *reply; /* NULL: none */
		size_t reply_n;
		enum reg_local local; /* REG_LOCAL_NONE: none */
	} held;
	struct line_redirect *redirect; /* NULL: none was followed */
	struct dns_query *query;        /* a redirect's look-up */
	struct line_env *env;           /* for the answer to query */
	char *contact, *request;        /* in small, or in large */
	char *large;                    /* room for the largest; NULL: small is enough */
	char call_id[LINE_CALL_ID_LEN];
	char from_tag[LINE_TAG_LEN];
	/* What follows is not cleared when an attempt begins. */
	struct net_addr contact_source; /* what contact was made from */
	char small[LINE_CONTACT_SMALL + LINE_REQUEST_SMALL];
};

struct line_counts {
	uint64_t registered, refused, failed, removed, retransmitted, dropped, strangers, answered;
};

struct line_env {
	struct net *net;
	struct dns *dns;
	struct net_udp *udp[2]; /* IPv4, IPv6; NULL where the machine has none */
	struct log log;
	struct line_watch watch;
	struct hash_key key;        /* lasting: identities */
	struct hash_key branch_key; /* of this process: no branch comes twice */
	struct rng rng;
	struct digest *digest;
	struct pool attempts;  /* struct line_attempt */
	struct pool sessions;  /* struct digest_session: of lines that were challenged */
	struct line_ways ways; /* that lines have gone */
	struct pool *lines;    /* struct line, shard/'s */
	bool names_moved; /* shard/'s, while it tells of a change: so are ways to name servers */
	/* shard/'s: a message came in over a flow */
	void (*on_flow)(struct line_env *env, struct flow *flow, struct slice bytes);
	/* Of a batch of datagrams all are read before anything is written in answer: reading and
	 * writing are each about as much code as the processor's first cache holds. */
	bool in_batch;
	uint32_t due[LINE_DUE_MAX]; /* attempts; who is not attempt->due any more is passed over */
	unsigned due_count;
	struct wheel *timers;    /* by line->number: what LINE_ON_TIMER waits for */
	struct wheel *ends;      /* by line->number: reg.ends_at_ms */
	struct wheel *resends;   /* by attempt->number: the transaction's next event */
	struct wheel *asks;      /* by server->number: when its queue may go on */
	struct wheel *keeps;     /* by server->number: its next keep-alive */
	struct wheel *names;     /* by server->number: when its name is looked up again */
	uint64_t keep_marks;     /* given out */
	struct net_timer *timer; /* shard/'s, armed for timer_at_ms */
	uint64_t timer_at_ms;
	uint32_t contexts; /* handles given out: the first, and so far apart from each other */
	uint32_t context_first, context_step;
	uint32_t transactions; /* the last generation given out */
	bool once;             /* as in struct shard_cfg */
	char user_agent[64];   /* "" for none */
	unsigned telling;      /* in a call of watch: no line may be driven from there */
	struct line_counts counts;
};

/* shard/'s one timer of the loop comes at at_ms, or before. */
static inline void line_env_wake(struct line_env *env, uint64_t at_ms)
{
	if (at_ms < env->timer_at_ms) {
		env->timer_at_ms = at_ms;
		net_timer_set(env->timer, at_ms);
	}
}

/* Arms a timer of one of the wheels. Every wheel_set() of the lines passes here, so that the
 * timer of the loop is never late. */
static inline void line_env_arm(struct line_env *env, struct wheel *wheel, uint32_t number,
                                uint64_t at_ms)
{
	wheel_set(wheel, number, at_ms);
	line_env_wake(env, at_ms);
}

/* What is known of the challenges of a kind; NULL: none came. */
static inline struct digest_session *line_auth(const struct line_env *env, const struct line *line,
                                               unsigned kind)
{
	return line->auth[kind] == POOL_NONE ? NULL : pool_at(&env->sessions, line->auth[kind]);
}

/* line/line.c */
int line_init(struct line_env *env, struct line *line, const struct line_cfg *cfg, uint32_t number);
void line_done(struct line_env *env, struct line *line);
void line_start(struct line_env *env, struct line *line);
void line_stop(struct line_env *env, struct line *line,
               uint32_t removal_ms); /* 0: REG_REMOVAL_MS */
void line_nudge(struct line_env *env, struct line *line);
void line_beside(struct line_env *env, struct line *line, const struct line *other);
void line_on_timer(struct line_env *env, struct line *line);
void line_on_end(struct line_env *env, struct line *line);
/* The connection that its binding was made over is no more. */
void line_on_flow_lost(struct line_env *env, struct line *line);

/* line/inbound.c: requests that come in. Whether addr is of the line's server: where its binding
 * is, or an address of the server's name, whatever the port. */
bool line_is_servers(const struct line_env *env, const struct line *line,
                     const struct net_addr *addr);
bool server_has(const struct server *server, const struct net_addr *addr);
/* A call for the line was answered. */
void line_tell_call(struct line_env *env, const struct line *line, uint16_t status,
                    struct slice caller);

/* line/nat.c: NATs and keep-alives. */
const struct net_addr *server_contact_addr(const struct server *server,
                                           const struct line_target *target);
/* What the Via of a response says that the server saw of us; attempt's next REGISTER goes by it. */
void line_nat_saw(struct line_env *env, struct line *line, struct line_attempt *attempt,
                  const struct sip_via *via, const struct reg_facts *facts);
/* A binding was granted over attempt's way. */
void line_nat_bound(struct line_env *env, struct line *line, const struct line_attempt *attempt,
                    const struct reg_facts *facts);
void server_set_keep(struct line_env *env, struct server *server, enum sip_keep keep);
void server_keep_due(struct line_env *env, struct server *server);
/* A STUN response, and a response to an OPTIONS of server_keep_due(). False: it is none of ours. */
bool server_on_stun(struct line_env *env, struct server *server, const struct net_addr *from,
                    uint64_t mark, const struct net_addr *mapped);
bool server_on_pong(struct line_env *env, struct server *server, const struct net_addr *from,
                    uint64_t mark, const struct sip_via *via);
#define SERVER_PING_BRANCH_LEN 33
/* The server's number and the mark in a branch of such an OPTIONS; in the 12 bytes of a STUN id. */
bool server_ping_branch_read(struct slice branch, uint32_t *ret_number, uint64_t *ret_mark);
void server_stun_id_read(const uint8_t id[12], uint32_t *ret_number, uint64_t *ret_mark);
/* Whether a line must register anew because of what was seen; and does. */
bool server_renews_line(const struct line_env *env, const struct server *server,
                        const struct line *line);
void server_renewed(struct server *server);
/* Soon, from the timer: whoever calls this may be in the middle of a line's event. */
void server_renew_soon(struct line_env *env, struct server *server);
/* The machine's addresses or routes have changed, wherever: ways out are asked for anew. Where the
 * one to a server is another one, or env->names_moved, bindings that were made from an address that
 * is not the way any more, and lines that no answer came to, are tried at once; all others keep to
 * their waits. The servers first, then, where one of them returns true, the lines. */
bool server_routes_changed(struct line_env *env, struct server *server);
void line_routes_changed(struct line_env *env, struct line *line);
void line_renew(struct line_env *env, struct line *line);

/* Shows fn the lines of the shard from number *at on, LINE_WALK numbers at the most, so that what
 * concerns all of them holds up no turn of the loop; *at moves on. Returns whether some are left,
 * for the next turn. What fn does may set *at back: all are seen once more then. */
typedef void line_walk_fn(struct line_env *env, struct line *line, void *ctx);
bool line_walk(struct line_env *env, uint32_t *at, line_walk_fn *fn, void *ctx);

/* line/attempt.c, line/reply.c: how an attempt goes on. Attempts are named by the branch of what
 * comes in. */
void line_on_resend(struct line_env *env, struct line_attempt *attempt);
/* flow: NULL where it came as a datagram. */
void line_on_response(struct line_env *env, struct line_attempt *attempt, const struct sip_msg *msg,
                      const struct sip_via *via, struct slice bytes, const struct net_addr *from,
                      const struct flow *flow);
void line_on_error(struct line_env *env, struct line_attempt *attempt, int error);
/* Something came from the target that is no SIP. */
void line_on_noise(struct line_env *env, struct line_attempt *attempt);

/* What came of an exchange, for line_event(). */
struct line_news {
	struct reg_facts *facts;
	const struct sip_msg *reply; /* NULL: none */
	const struct sip_via *via;
};

/* Within the room: steps the machine and carries out what it says. */
void line_event(struct line_env *env, struct line *line, const struct reg_event *event,
                const struct line_news *news);
void line_note(struct line_env *env, const struct line *line, enum log_level level,
               const char *text);
void line_forget_nonces(struct line_env *env, struct line *line);
/* Whether its next attempt begins with the answer to a nonce that was kept. */
enum pace_start line_pace_start(const struct line_env *env, const struct line *line);
/* The connection that the binding hangs on; NULL: none. */
void line_set_flow(struct line *line, struct flow *flow);

void line_attempt_begin(struct line_env *env, struct line *line);
/* A datagram of a batch is about to be read, and: all of them were. */
void line_batch_begin(struct line_env *env);
void line_batch_end(struct line_env *env);
void line_attempt_again(struct line_env *env, struct line *line);
void line_attempt_next(struct line_env *env, struct line *line);
/* The flow that the attempt waits for is open; or it, or the one that it has sent on, is over. */
void line_attempt_way_open(struct line_env *env, struct line *line);
enum line_cut { LINE_WAS_CLOSED, LINE_WAS_OPEN };
void line_attempt_cut_off(struct line_env *env, struct line *line, enum reg_local local,
                          enum line_cut cut);
/* The server's pace gave leave. */
void line_attempt_go(struct line_env *env, struct line *line);
void line_attempt_located(struct line_env *env, struct line *line, enum dns_result result);
/* Forgets what is under way, and what the line waits for. */
void line_attempt_drop(struct line_env *env, struct line *line);
struct line_attempt *line_attempt_of(const struct line_env *env, const struct line *line);

/* Its request went from an address that is not the way any more, and so would no answer come: it
 * begins at the same target again. Does nothing where that is not so. */
void line_attempt_move(struct line_env *env, struct line *line);

/* Between attempt.c and reply.c: the attempt ends, or goes on to the next target, without an
 * answer; its transaction is over. */
void line_attempt_fail(struct line_env *env, struct line *line, enum reg_local local);
void line_attempt_close(struct line_env *env, struct line_attempt *attempt);
/* Between attempt.c and redirect.c: step is done, over the connection that the target needs: now,
 * or when that is open. And: the attempt has nothing more to do with its flow. */
void line_attempt_set_out(struct line_env *env, struct line *line, struct line_attempt *attempt,
                          enum line_step step);
void line_attempt_leave_flow(struct line_attempt *attempt);
/* What a look-up that brought no address is as a failure. */
enum reg_local line_attempt_local_of_name(enum dns_result result);
/* Those of a redirect, and where a binding is taken away, are not the server's to choose from. */
bool line_attempt_is_servers_choice(const struct line_attempt *attempt);
bool line_attempt_more_targets(const struct line_attempt *attempt, uint64_t now_ms);
enum dns_transport line_attempt_transport(const struct line_attempt *attempt);
/* The final response to its request: the attempt ends, or goes on. */
void line_attempt_answered(struct line_env *env, struct line_attempt *attempt,
                           const struct sip_msg *msg, const struct sip_via *via);

/* line/late.c: whether what the attempt met, and would end it, is held back since DNS may still
 * name another target: a 503 (bytes: the whole of it), or a failure; its transaction is over. It
 * waits for the look-up then, and line_late_counts() has it count. */
bool line_late_holds_reply(struct line_env *env, struct line_attempt *attempt, struct slice bytes);
bool line_late_holds_failure(struct line_env *env, struct line_attempt *attempt,
                             enum reg_local local);
/* Returns whether something was held back. The attempt may be over then. */
bool line_late_counts(struct line_env *env, struct line_attempt *attempt);

/* line/redirect.c: keeps where a redirect points to, or, of a binding that was made so, where it
 * did. Both return 0, -EMSGSIZE or -ENOMEM. */
int line_redirect_take(struct line_attempt *attempt, const struct sip_uri *uri);
int line_redirect_again(struct line_attempt *attempt, const char *uri);
/* Whether it points to where it came from. */
bool line_redirect_leads_back(const struct line *line, const struct line_attempt *attempt,
                              const struct sip_uri *uri);
void line_redirect_follow(struct line_env *env, struct line *line);

/* line/request.c: the bytes of attempt's next REGISTER, to attempt->target. Returns 0, -EMSGSIZE
 * (too large), -ENOMEM or -EIO. */
int line_request_build(struct line_env *env, struct line *line, struct line_attempt *attempt);
void line_request_call_id(const struct line_env *env, const struct line *line,
                          char ret_call_id[LINE_CALL_ID_LEN], char ret_tag[LINE_TAG_LEN]);
/* Whether an Authentication-Info header (or none) shows that the server that attempt asks does not
 * know the password. */
bool line_request_disproved(const struct line_env *env, const struct line *line,
                            const struct line_attempt *attempt, struct slice info);
/* "<urn:uuid:...>", RFC 5626 4.1: the end of attempt->contact but for the quote. */
#define LINE_INSTANCE_LEN 47
void line_request_instance(const struct line_env *env, const struct line *line, struct buf *out);

/* line/facts.c: what a response says. */
struct line_reading {
	struct reg_facts facts;
	struct digest_challenge challenge[LINE_AUTH_KINDS]; /* to be answered */
	uint8_t challenged;            /* a bit for each line_auth_kind that challenge[] has */
	struct reg_challenge deciding; /* of the kind that the status names */
	struct sip_uri redirect;       /* where redirect is REG_REDIRECT_ALLOWED */
};
void line_read(struct line_env *env, struct line *line, struct line_attempt *attempt,
               const struct sip_msg *msg, const struct sip_via *via, struct line_reading *ret);
/* The facts before there is a response. */
void line_facts_start(const struct line *line, const struct line_attempt *attempt,
                      struct reg_facts *ret);

/* line/names.c: where it is. */
enum server_targets {
	SERVER_FRESH,  /* server->names.targets has them, or, names.in_part, enough to begin with */
	SERVER_ASKING, /* server_wait_name() and be told */
	SERVER_FAILED, /* *ret_error says why */
};
enum server_targets server_locate(struct line_env *env, struct server *server, int *ret_error);
/* The last word has run out: asks again, for the lines that hold a binding. */
void server_name_due(struct line_env *env, struct server *server);
/* Other name servers may be asked now, or in a moment (dns_epoch()): where they are, it is looked
 * up again, for the lines that hold a binding. */
void server_name_servers_changed(struct line_env *env, struct server *server);
/* Whether a binding is at an address that is the server's no more, and to be made anew. */
bool server_left(const struct line_env *env, const struct server *server, const struct line *line);
/* line/targets.c. The number of the target that attempt tries next, or -ENOENT: none is left. */
int server_next_target(const struct line_attempt *attempt, uint64_t now_ms);
/* Points attempt there, and counts it as tried. Returns 0 or negative errno: there is no way. */
int server_aim(struct line_env *env, struct line_attempt *attempt, unsigned number);
/* What a connection may be made to in place of attempt->target's address: the other ones of the
 * same host that may be alive, in the order to try them, the families in turn (RFC 8305 section 4).
 * Returns how many; fewer than DNS_TARGETS_MAX. */
unsigned server_other_addrs(const struct line_attempt *attempt,
                            struct net_addr ret_addrs[DNS_TARGETS_MAX]);
/* Counts an address of attempt->target's transport as tried, too; attempt->target as not; after
 * another look-up attempt->target alone. */
void server_count_tried(struct line_attempt *attempt, const struct net_addr *addr);
void server_uncount_tried(struct line_attempt *attempt);
void server_recount_tried(struct line_attempt *attempt);
/* No connection opens there; and whether DNS lists it, and nothing like that is known of it. */
void server_addr_failed(struct server *server, const struct net_addr *addr,
                        enum dns_transport transport, uint64_t now_ms);
bool server_addr_may_serve(const struct server *server, const struct net_addr *addr,
                           enum dns_transport transport);
/* A final response came from there, and no 503. */
void server_target_answered(struct server *server, const struct line_target *target,
                            int64_t wall_ms);
/* Nothing came, or a 503, which may name a time (0: none). Returns whether that is news: it was
 * alive, or a line has found out that it still is not. */
bool server_target_failed(struct server *server, const struct line_target *target,
                          uint32_t retry_after_s, uint64_t now_ms);
/* Tells that a request to target was in vain, and why, as another one follows elsewhere. */
void server_tell_left(struct line_env *env, const struct server *server,
                      const struct line_target *target, enum reg_local local);
/* What is to be sent there has no way out of this machine, whatever the kernel told last. */
void server_way_lost(struct server *server, const struct line_target *target);
/* What DNS says now; what is known of a target that is listed again stays. A part of an answer
 * (answer->more) takes none of its transport away: what is not in it comes behind what is. */
void server_take_targets(struct line_env *env, struct server *server,
                         const struct dns_answer *answer);
/* Looks at the ways to all of them. Whether one is another than it was when it was last looked at,
 * or is there again. */
bool server_ways_changed(struct line_env *env, struct server *server);
/* Whether one of the server's targets is not among those that DNS says now. */
bool server_loses_target(const struct server *server, const struct dns_answer *answer);

/* line/server.c: the ways there, and who waits for leave or for the name.
 * The way to where a binding is, asked of the kernel once for all lines that go there now. */
int server_way_to(struct line_env *env, struct server *server, const struct net_addr *addr,
                  enum dns_transport transport, struct line_target *ret_target);
int line_target_from(struct line_env *env, struct server *server, const struct net_addr *addr,
                     enum dns_transport transport, struct line_target *ret_target);
/* What is sent from to reach to, over the interface that is set for the server. As
 * net_source_for(). */
int server_source_for(struct line_env *env, struct server *server, const struct net_addr *to,
                      struct net_source *ret_source);
/* Whether what went to an address of the server's from there should go another way now: from
 * another address, or, where no way leads there any more, to another address of the server. Where
 * there is no way at all it should not: that comes back. */
bool server_way_moved(struct line_env *env, struct server *server, const struct net_addr *to,
                      const struct net_addr *from);
/* Queues a datagram to an address of the server's, from what server_source_for() gave where an
 * interface is set. As net_udp_send(), or -EAFNOSUPPORT. */
int server_send(struct line_env *env, const struct server *server, const struct net_addr *from,
                const struct net_addr *to, struct slice bytes);
void server_queue(struct line_env *env, struct server *server, struct line *line);
void server_unqueue(struct line_env *env, struct server *server, struct line *line);
void server_enqueue(struct server_queue *queue, struct line *line);
struct line *server_dequeue(struct server_queue *queue); /* NULL: nobody waits */
void server_wait_name(struct server *server, struct line *line);
void server_go_on(struct line_env *env,
                  struct server *server); /* lets the queue go as pace allows */
/* Logs what concerns a server, and no line more than another. */
void server_note(struct line_env *env, enum log_level level, const struct buf *text);
void server_done(struct server *server);

#endif
