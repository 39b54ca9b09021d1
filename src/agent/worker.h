/* agent/worker.h: a shard on a thread of its own, and the two queues between it and the control
 * thread.
 *
 * Down go commands, one list node each. Up come records, which are bytes behind each other in
 * blocks that the control thread takes whole and frees as it reads them, and news, which are marks
 * on an account and so take no memory: records may be dropped where too many wait (and are counted
 * then), news never are.
 * What a shard tells is its own until its loop has been once around: then it is published, with one
 * lock and one bell for all of it. Whoever fills a queue holds its lock for a copy; whoever empties
 * it, for a few pointers. */
#ifndef LINEUP_AGENT_WORKER_H
#define LINEUP_AGENT_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/agent.h"
#include "agent/map.h"
#include "agent/tally.h"
#include "base/hash.h"
#include "base/slice.h"
#include "line/line.h"
#include "net/net.h"
#include "net/tls.h"
#include "shard/shard.h"

#define AGENT_LINES_MAX   (1u << 21) /* of one shard */
#define AGENT_OUTBOX_MAX  (8u << 20) /* bytes that wait; what would be more is dropped */
#define AGENT_OUTBOX_TALK (4u << 20) /* the same for log lines and steps */
#define AGENT_INBOX_MANY  4096       /* commands that wait: no more lines are started meanwhile */

struct agent_account;
struct agent_place;
struct agent_worker;

/* ---- down */

enum agent_order {
	AGENT_ORDER_ADD,          /* the account: make its line, start it */
	AGENT_ORDER_REMOVE,       /* its binding within removal_ms, then its line */
	AGENT_ORDER_NUDGE,        /* try now */
	AGENT_ORDER_RESERVED,     /* CSeqs up to another mark may be used */
	AGENT_ORDER_PACE,         /* the place: rate and shares */
	AGENT_ORDER_TLS,          /* the place: its files, to be read again */
	AGENT_ORDER_DNS,          /* another name server */
	AGENT_ORDER_FORGET_PLACE, /* no line will name it again */
	AGENT_ORDER_STOP_ALL,
};

struct agent_command {
	struct agent_command *next;
	enum agent_order order;
	struct agent_account *account;
	struct agent_place *place;
	uint64_t identity; /* ADD, and so on */
	uint32_t cseq, cseq_ask, expires_s;
	struct net_addr left; /* family 0: none */
	struct net_addr dns;  /* DNS: family 0: those of resolv.conf */
	enum agent_haste { AGENT_IN_TURN, AGENT_AT_ONCE } haste;
	uint32_t removal_ms;                                /* REMOVE */
	struct pace_share share;                            /* PACE, ADD */
	uint32_t flows;                                     /* PACE, ADD: that take a part of it */
	enum sip_keep keep;                                 /* PACE, ADD */
	struct server_last last;                            /* ADD */
	const char *auth_user, *contact, *calls, *password; /* ADD: in texts; all but the first may
	                                                       be NULL */
	const char *tls_ca, *tls_cert, *tls_key;            /* ADD, TLS: paths; NULL: none */
	enum net_tls_least tls_least;                       /* ADD, TLS */
	size_t texts_n;
	char texts[]; /* wiped with the command */
};

/* Of an ADD; the last three of a TLS, too. */
struct agent_command_texts {
	const char *auth_user, *contact, *calls, *password;
	const char *tls_ca, *tls_cert, *tls_key;
};

/* A command with copies of the texts (NULL: it has none), or NULL. */
struct agent_command *agent_command_new(enum agent_order order, struct agent_account *account,
                                        const struct agent_command_texts *texts);
void agent_command_free(struct agent_command *command);

/* ---- up */

enum agent_record_kind {
	AGENT_RECORD_STATE, /* of the line's binding: for history and events */
	AGENT_RECORD_END,   /* of an attempt: how long the server took */
	AGENT_RECORD_LOG,
	AGENT_RECORD_STEP, /* a message */
	AGENT_RECORD_SAID, /* what a grant said beside it; see agent/said.h */
};

#define AGENT_RECORD_TEXTS  4
#define AGENT_RECORD_ABSENT 0xffff

struct agent_record {
	uint32_t size; /* texts included, a multiple of 8 */
	enum agent_record_kind kind : 8;
	struct agent_account *account; /* NULL: a LOG of no line's */
	int64_t at_ms;
	uint32_t ctx, cseq;            /* LOG, STEP */
	uint16_t status;               /* LOG, STEP, STATE */
	bool sent, credentials, again; /* STEP */
	bool answered, busy, dead;     /* END: the server has; with a 503; is, by now */
	bool up, lapsed; /* STATE: lapsed: a binding had been held until now; END: up: granted */
	uint8_t state;   /* STATE: enum reg_state */
	uint8_t event, level;              /* LOG: of struct log_event */
	uint32_t took_ms;                  /* END */
	int64_t cert_until_s, own_until_s; /* END: of certificates, since 1970; 0: none known */
	const struct explain_cause *cause; /* STATE: NULL: none */
	struct net_addr peer;              /* STEP */
	struct server_last last;           /* END: of the server */
	/* LOG: reason, uri, address, text; STEP: reason, message; END: bindings of others;
	   SAID: by enum agent_said_kind */
	uint16_t texts_n[AGENT_RECORD_TEXTS];
};

/* The nth text of a record. */
struct slice agent_record_text(const struct agent_record *record, unsigned n);

enum agent_news {
	AGENT_NEWS_CHANGED = 1, /* the board has something new */
	AGENT_NEWS_CSEQ = 2,    /* few are left */
	AGENT_NEWS_GONE = 4,    /* the shard has forgotten it */
	AGENT_NEWS_FAILED = 8,  /* GONE since it could not be made */
	AGENT_NEWS_KEPT = 16,   /* CHANGED, in what the store keeps of it, too */
};

#define AGENT_BLOCK_BYTES 16384

/* Records behind each other, none of which goes on in the next block. */
struct agent_block {
	struct agent_block *next;
	size_t n; /* bytes of them */
	_Alignas(8) char bytes[AGENT_BLOCK_BYTES - sizeof(struct agent_block *) - sizeof(size_t)];
};

struct agent_pile {
	struct agent_block *first, *last; /* an empty pile may have one, which is empty, too */
	size_t n;                         /* bytes of records */
	uint64_t lost;                    /* records that did not fit */
	struct agent_account *news;       /* by account->news_next */
	struct agent_account **news_end;
};

struct agent_outbox {
	/* the shard's thread */
	struct agent_pile own;
	struct net_timer *publish;
	bool due; /* ... is set, for there is something of its own */
	char apart[64];

	/* under the lock */
	pthread_mutex_t lock;
	struct agent_pile out;
	bool rung;            /* the control thread was told that there is something */
	_Atomic size_t out_n; /* out.n, for the shard without the lock: it alone makes it more */
};

/* What was taken out of an outbox; handed back so that its last block is used again. */
struct agent_post {
	struct agent_block *block; /* those before it were read, and freed */
	size_t at;                 /* how far its records were read */
	uint64_t lost;
	struct agent_account *news;
};

/* fn: calls agent_outbox_publish(); ctx is its. Returns 0 or -ENOMEM. */
int agent_outbox_init(struct agent_worker *worker, struct net *net, void (*fn)(void *ctx),
                      void *ctx);
void agent_outbox_done(struct agent_worker *worker);
/* Puts a record with its texts in; where they cannot be, it is lost and counted. */
void agent_outbox_put(struct agent_worker *worker, const struct agent_record *record,
                      const struct slice texts[AGENT_RECORD_TEXTS]);
void agent_outbox_tell(struct agent_worker *worker, struct agent_account *account, unsigned news);
/* All that was put in and told is the control thread's to take, which is rung. Once a turn of the
 * loop, by the timer; and before GONE is told. */
void agent_outbox_publish(struct agent_worker *worker);
/* Takes all. *post is one that was taken before, its records read, or zeros. */
void agent_outbox_take(struct agent_worker *worker, struct agent_post *post);
/* Of the records of all posts, each in the order in which its shard put them, the next one: of
 * several that come next the one that happened first. It is there until the next call. NULL: all
 * were read, and of their memory no more is left than a block of each post. */
const struct agent_record *agent_posts_next(struct agent_worker *workers, uint32_t count);
/* The next account that has news, and which; NULL: no more. Records that were put in before GONE
 * may come with the next post only. */
struct agent_account *agent_post_news(struct agent_post *post, unsigned *ret_news);
void agent_post_done(struct agent_post *post);

/* ---- the thread */

struct agent_totals {
	_Atomic uint64_t sent, received, retransmitted, dropped, strangers, answered;
	_Atomic uint64_t granted, refused, failed, removed;
};

struct agent_worker {
	struct agent *agent;
	uint32_t number;
	pthread_t thread;
	bool running;           /* control: it has a thread */
	struct agent_post post; /* control */

	/* the shard's thread */
	struct net *net;
	struct dns *dns;
	struct shard *shard;
	struct net_timer *tick;           /* totals */
	uint64_t received;                /* datagrams, as of the last tick */
	uint32_t room;                    /* for attempts, likewise */
	uint8_t calm;                     /* ticks in a row without a storm, up to a few */
	uint8_t trims;                    /* so often, in ticks to come, memory is given back */
	struct net_timer *sweep;          /* forgets what has come to rest */
	struct agent_account *resting;    /* to be forgotten */
	struct agent_map seconds;         /* second flows, by the address of their account */
	struct agent_second *seconds_due; /* to be started */
	uint32_t awake;                   /* lines that are not IDLE */
	bool stopping;
	struct agent_command *todo, **todo_end; /* taken out of the inbox, to be run */
	uint64_t shown_at_ms;                   /* messages that were kept as text since then */
	unsigned shown;

	/* any */
	struct net_async *bell; /* there are commands */
	pthread_mutex_t inbox_lock;
	struct agent_command *inbox, **inbox_end;
	_Atomic uint32_t inbox_n; /* commands that have not been run */
	struct agent_outbox outbox;
	struct agent_totals totals;
	struct agent_tally tally;
	_Atomic bool quit;    /* the thread shall end */
	_Atomic bool at_rest; /* STOP_ALL is done */
	/* How often the thread was asked for a sign of life, and up to which it has given one. */
	_Atomic uint32_t asked, answered;
	/* Workers stand in an array: what one thread writes is in no cache line that another reads.
	 */
	char apart[64];
};

struct agent_worker_cfg {
	struct agent *agent;
	uint32_t number;
	struct hash_key key;
	uint64_t seed;
	uint16_t port4, port6;
	uint32_t lines; /* that it will get at once, about */
	const char *user_agent;
	const struct net_addr *dns; /* the name server to ask; NULL: those of resolv.conf */
	enum log_level log_level;
};

/* In the control thread. */
int agent_worker_init(struct agent_worker *worker, const struct agent_worker_cfg *cfg);
int agent_worker_run(struct agent_worker *worker);
void agent_worker_post(struct agent_worker *worker, struct agent_command *command);
/* In the worker's thread. */
void agent_worker_log(struct agent_worker *worker, const struct log_event *event);
/* Whether its thread has been through its loop since the last call; asks it to, for the next one.
 */
bool agent_worker_turns(struct agent_worker *worker);
uint32_t agent_worker_backlog(struct agent_worker *worker);
void agent_worker_done(struct agent_worker *worker); /* ends the thread; sends nothing */

#endif
