/* agent/own.h: what the files of agent/ share among themselves (README.md has the picture).
 *
 * Who may touch what:
 *   control   the thread of cfg.net: all but what is marked otherwise
 *   shard     a worker's thread: what is marked "shard"; its worker's net, dns and shard
 *   readers   any thread: rows, accounts' rows and boards, servers and places under agent->lock;
 *             events and steps under their own locks
 * The control thread is the only one that changes rows and their like, and takes agent->lock to do
 * so; it reads them without. */
#ifndef LINEUP_AGENT_OWN_H
#define LINEUP_AGENT_OWN_H

#include <pthread.h>

#include "agent/agent.h"
#include "agent/board.h"
#include "agent/crowd.h"
#include "agent/echo.h"
#include "agent/known.h"
#include "agent/map.h"
#include "agent/list.h"
#include "agent/said.h"
#include "agent/worker.h"
#include "base/hash.h"
#include "explain/pattern.h"
#include "line/line.h"
#include "net/net.h"
#include "net/tls.h"
#include "sip/aor.h"
#include "store/store.h"

#define AGENT_DRAIN_MS      50   /* the shards' news are looked at no more often */
#define AGENT_WRITE_MS      250  /* state and history are written no more often ... */
#define AGENT_WRITE_ROWS    1000 /* ... or when so many wait; lines are started in such batches */
#define AGENT_WRITE_PORTION 16   /* states that are handed to the store at once */
#define AGENT_RETRY_MS      5000 /* after the store, or memory, has failed */
#define AGENT_SWEEP_MS      3600000                /* between two looks for what is too old */
#define AGENT_ANSWERS       31                     /* times of answers that a place keeps */
#define AGENT_CSEQ_LOW      (STORE_CSEQ_BLOCK / 2) /* so many left: the next block is reserved */
#define AGENT_HISTORY_MAX   100000 /* events that wait for a store that cannot be written */

/* ---- settings, as the store has them */

struct agent_studio {
	int64_t id;
	char *name;
	bool seen; /* while all is read anew */
};

/* Where requests go: what decides it, of a server's entry. Several entries may name one place. */
struct agent_place {
	struct agent_place *next;
	struct agent_place
		*alike; /* a ring of those that are one PBX: what is sent there differs */
	char host[SIP_HOST_MAX + 1], proxy_host[SIP_HOST_MAX + 1]; /* proxy "": none */
	uint16_t port, proxy_port;
	enum dns_transport transport;
	enum dns_srv srv;
	char *tls_ca, *tls_cert, *tls_key; /* paths, of the entry that was read last; NULL: none */
	enum net_tls_least tls_least;
	struct sip_demands demands;
	uint8_t flows;                      /* of each registration: 1 or 2 */
	char second_host[SIP_HOST_MAX + 1]; /* proxy of second flows; "": as of the first */
	uint16_t second_port;
	enum dns_transport second_transport;
	char interface[NET_ADDR_TEXT_MAX]; /* "": any */
	uint32_t entries, accounts;        /* that name it */
	uint32_t rate_per_s;        /* the lowest of the entries of all that are alike; 0: none */
	enum sip_keep keep;         /* the one of its entries that tells the most */
	uint32_t shares;            /* workers that have accounts at one that is alike */
	struct explain_tally tally; /* of the accounts here; refused is not counted */
	int64_t refused_at_ms;      /* wall clocks: a login last was; 0: never */
	int64_t failing_first_ms, failing_last_ms; /* one began to fail when none did; the last */
	bool dead;                                 /* by the last attempt that ended */
	bool busy;                                 /* the last answer was a 503 */
	bool unanswered;                           /* the last attempt that ended had no answer */
	int64_t cert_until_s, own_until_s;         /* as shown last, and ours; 0: none known */
	bool retired;                              /* nobody names it: the workers forget it */
	struct server_last last;                   /* told by the workers */
	int64_t last_kept_ms; /* its time as the store has it; 0: it has another one */
	uint32_t answers_ms[AGENT_ANSWERS]; /* the last ones, a ring */
	uint32_t answers_n;                 /* all that came */
	_Atomic uint32_t held;              /* workers that know of it */
	struct {
		uint32_t accounts;     /* control */
		struct pace_part part; /* control: of the fixed rate, as the worker was told last */
		bool told;             /* control: the worker knows of it */
		struct server *server; /* shard; NULL: none yet */
		struct server *second; /* shard: of second flows; likewise */
	} at[AGENT_SHARDS_MAX];
};

struct agent_server_entry {
	int64_t id;
	char *name;
	char *calls;               /* what calls get at rows that do not say it; NULL: unset */
	struct agent_place *place; /* NULL: it cannot be reached, and problem says why */
	const char *problem;
	uint32_t expires_s, rate_per_s;
	enum sip_keep keep;
	uint32_t lines, up, off; /* rows that use it; those that are up, that are switched off */
	uint32_t held;           /* of up: the last refresh failed */
	bool seen;
};

/* A line of the store. There are millions of them: what there is room for is in few bytes. */
struct agent_row {
	int64_t id, studio;
	struct agent_server_entry *entry; /* in force; NULL: none */
	char *texts;                      /* all strings behind each other (agent/texts.h) */
	struct agent_account *account;    /* NULL: it shall not, or cannot, be registered */
	struct agent_row *account_next;   /* that it is shared with */
	struct agent_leaf *leaf;          /* that it stands in */
	uint32_t number, epoch;

	/* of its identity at that epoch: the CSeq to use next; those below the block are reserved,
	 * which the store knows */
	uint32_t cseq_epoch, cseq_next, cseq_block;
	uint32_t cseq_wanted; /* ... a block that is to be written first; 0: none */
	uint32_t dirty_at;    /* its state is to be written: its place in agent->dirty, from 1 */

	uint16_t extension, auth_user; /* where each string begins in texts */
	uint16_t contact, calls;       /* 0: not set */
	uint16_t user;                 /* the extension on the wire; 0: it cannot stand there */
	uint16_t at;                   /* agent/list.c's: about where it stands in its leaf */
	uint8_t cause;                 /* as counted: explain_at() + 1; 0: none */
	uint8_t state, standing;       /* as counted: enum reg_state, enum agent_standing */
	bool enabled : 1;
	bool seen    : 1;
	bool packed  : 1; /* texts are in its leaf's block; else memory of its own */
	uint32_t ends_s;  /* as the leaf has it: when its binding ends, since 1970; 0: none */
};

/* The string that begins at at; NULL where that is 0. */
static inline const char *agent_row_text(const struct agent_row *row, uint16_t at)
{
	return at ? row->texts + at : NULL;
}

/* ---- registrations */

enum agent_phase {
	AGENT_ABSENT,  /* no shard knows of it */
	AGENT_QUEUED,  /* waits for its turn, and for its CSeqs to be reserved */
	AGENT_PRESENT, /* a shard keeps it registered */
	AGENT_LEAVING, /* the shard was told to remove it, and has not said that it is gone */
};

enum agent_part { AGENT_PART_NONE, AGENT_PART_FINE, AGENT_PART_FAILING, AGENT_PART_UNANSWERED };

/* One extension at one place, for one row or several. As with rows, its size counts. What stands
 * together in one byte is one thread's. */
struct agent_account {
	/* set before a shard knows of it */
	uint64_t key; /* hash of place and user */
	struct agent_place *place;

	/* control */
	struct agent_row *rows; /* that want it, the leader first, whose settings it has; then by
	                           id. NULL: none wants it */
	uint64_t mark;          /* of what the shard has: hash of the settings */
	int64_t line;           /* ... the row whose identity it has */
	uint32_t epoch;         /* ... and at which epoch */
	uint8_t cause;          /* as counted: explain_at() + 1; 0: none */
	uint16_t history_cause; /* the last that was written there, likewise */
	uint8_t history_state;  /* ... enum reg_state */
	uint8_t state;          /* as counted: enum reg_state */
	uint8_t standing;       /* as counted: enum agent_standing */
	uint8_t part;           /* as counted in the tallies: enum agent_part */
	uint8_t worker;         /* while a shard knows of it: its number */
	enum agent_phase phase : 8;
	enum agent_haste haste : 8; /* with which it starts */
	bool queued            : 1; /* among those that wait for a turn */
	bool buried            : 1; /* to be freed; its place may be gone */
	bool held              : 1; /* a person took it down */
	bool fleeting          : 1; /* its identity ends with this process */
	bool history_begun     : 1;
	struct agent_account *next; /* of those that are queued, or buried */
	struct agent_steps *steps;  /* under steps.lock; NULL: none are kept */

	/* shard */
	struct line *line_made; /* NULL: none */
	struct agent_account *resting_next;
	uint32_t asked_ms; /* low bits of when the first REGISTER of the attempt went out */
	uint32_t cseq_ask; /* with this CSeq the next block is asked for */
	bool asked   : 1;  /* ... it did */
	bool leaving : 1;  /* at rest it is to be forgotten */
	bool said;         /* agent_said_tell()'s */

	/* shard to control */
	_Atomic uint8_t news;            /* of enum agent_news; 0: it stands in no list */
	struct agent_account *news_next; /* whose list it is in */

	/* shard to all */
	struct agent_board board;

	char user[]; /* as place */
};

/* ---- the whole */

struct agent_wish {
	struct agent_wish *next;
	enum agent_wish_kind { AGENT_WISH_REGISTER, AGENT_WISH_UNREGISTER } kind;
	int64_t line;
};

struct agent {
	struct net *net;
	struct log log;
	struct store *store;
	struct hash_key line_key;  /* identities of lines */
	struct hash_key shard_key; /* what shards derive from these */
	struct hash_key map_key;   /* of this process */
	enum agent_state { AGENT_MADE, AGENT_RUNNING, AGENT_STOPPING, AGENT_STOPPED } state;

	pthread_mutex_t lock;   /* rows to places */
	struct agent_list list; /* the rows */
	struct agent_map row_by_id, studios, entries, accounts;
	struct agent_place *places;
	struct explain_tally tally; /* of all accounts */
	struct store_general general;
	bool srv;            /* "Use SRV look-ups", as servers are read with it */
	struct net_addr dns; /* the name server that is asked; family 0: those of resolv.conf */
	bool dns_given;      /* on the command line: the setting does not count */
	int64_t change;      /* the last that was followed */

	uint32_t shards; /* how many workers there shall be */
	struct agent_worker *workers;
	uint32_t worker_count;

	struct net_async *bell;  /* wishes, and outboxes that are not empty */
	struct net_timer *drain; /* looks at them */
	struct net_timer *write; /* state and history */
	struct net_timer *start; /* the queue */
	struct net_timer *sweep; /* steps, and the history */
	struct net_timer *stop;  /* the bound of agent_stop() */
	struct net_timer *retry; /* the settings could not be read */
	uint64_t drained_at_ms;
	int64_t trimmed_ms; /* wall clock */

	pthread_mutex_t wish_lock; /* what other threads want */
	struct agent_wish *wishes, **wishes_end;
	bool reload;

	size_t queue_count;
	struct agent_account *queue, **queue_end;     /* that start */
	struct agent_account *buried, *buried_before; /* to be freed */
	struct agent_row **dirty; /* whose state is to be written; there is room for all rows */
	size_t dirty_count, dirty_cap;
	struct store_event *history; /* to be written */
	size_t history_count, history_cap;
	uint64_t history_lost;
	bool write_set, write_failed;

	struct sink *sink;
	struct agent_crowd crowd;
	struct agent_echo echo;
	struct net_timer *fold; /* what was left out of the log is to be told */
	struct agent_events events;
	struct agent_step_book steps;
	struct agent_said_book said;
	struct agent_told_book *told; /* one for each shard */
	void (*done)(void *ctx);
	void *done_ctx;
};

/* The shard that the registration goes to which the row leads. */
static inline uint32_t agent_shard_of(const struct agent *agent, const struct agent_row *row)
{
	return (uint32_t)((uint64_t)row->id % agent->shards);
}

/* agent.c */
void agent_ring(struct agent *agent); /* any thread */
/* A sentence of the agent's own into log and events; row may be NULL. */
void agent_note(struct agent *agent, enum log_level level, const struct agent_row *row,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

void agent_reload_later(struct agent *agent);

/* settings.c: follows the store */
int agent_settings_read(struct agent *agent); /* all */
void agent_settings_follow(struct agent *agent);
void agent_settings_done(struct agent *agent);

/* row.c: the rows and what they want; with the lock held */
struct agent_row *agent_row_of(const struct agent *agent, int64_t id);
int agent_row_put(struct agent *agent, const struct store_line *line, struct agent_row **ret_row);
void agent_row_remove(struct agent *agent, struct agent_row *row);
void agent_row_free(struct agent_row *row);
/* Finds what it wants to register at the server of that id (0: the default), and joins or leaves.
 * Returns 0 or -ENOMEM. */
int agent_row_locate(struct agent *agent, struct agent_row *row, int64_t server);
const char *agent_row_calls(const struct agent_row *row);         /* NULL: unset */
void agent_row_count(struct agent *agent, struct agent_row *row); /* anew: by its account */
void agent_row_set_entry(struct agent *agent, struct agent_row *row,
                         struct agent_server_entry *entry);

/* place.c: with the lock held */
int agent_place_get(struct agent *agent, const struct agent_place *like,
                    struct agent_place **ret_place);
void agent_place_drop(struct agent_place *place);
/* The name server that the general settings name: the workers are told where it is another one. */
void agent_dns_follow(struct agent *agent, const struct store_general *general);

/* Where its server answered last: as a worker says; and as the store has it, at the start. */
void agent_place_answered(struct agent *agent, struct agent_place *place,
                          const struct server_last *last);
int agent_place_remember(void *ctx, const struct store_target *target); /* ctx: the agent */
/* Writes what the store does not have. Returns 0 or negative errno, having left it for later. */
int agent_place_write(struct agent *agent);

void agent_place_free(struct agent_place *place);

/* Has the workers read the TLS files of all places again, which may have changed though no setting
 * has. Without memory for it they do so the next time. */
void agent_place_read_tls(struct agent *agent);

/* Takes paths of TLS files, and has the workers read them (again). Returns 0 or -ENOMEM. */
int agent_place_tls(struct agent *agent, struct agent_place *place,
                    const struct store_server *server);
void agent_place_rate(struct agent *agent, struct agent_place *place);
/* What a worker has of the place's pace, as told last. */
struct pace_share agent_place_share(const struct agent_place *place, uint32_t worker);

/* The most flows that lines of the places that are alike have: each takes its part of that share.
 */
uint32_t agent_place_flows(const struct agent_place *place);
void agent_place_enter(struct agent *agent, struct agent_place *place, uint32_t worker);
void agent_place_quit(struct agent *agent, struct agent_place *place, uint32_t worker);
void agent_place_sweep(struct agent *agent);

/* account.c: with the lock held */
int agent_account_join(struct agent *agent, struct agent_row *row, struct agent_place *place);
void agent_account_leave(struct agent *agent, struct agent_row *row);
/* What the last process wrote of the row, before any shard knows of its account. */
void agent_account_remember(struct agent *agent, struct agent_row *row,
                            const struct store_state *state);
/* The board has something new: counts it. */
void agent_account_count(struct agent *agent, struct agent_account *account,
                         const struct agent_report *report);
void agent_account_follow(struct agent *agent, struct agent_account *account);
void agent_account_entered(struct agent *agent, struct agent_account *account,
                           struct agent_worker *worker);
void agent_account_gone(struct agent *agent, struct agent_account *account, unsigned news);
void agent_account_put_off(struct agent *agent, struct agent_account *account);
struct agent_account *agent_account_dequeue(struct agent *agent);
/* Reads "192.0.2.1:5060" or "[2001:db8::1]:5060"; false: it is neither. */
bool agent_read_addr(const char *text, struct net_addr *ret_addr);
void agent_account_free(struct agent_account *account);

struct agent_account *agent_account_find(const struct agent *agent, const struct agent_place *place,
                                         const char *user);

/* scene.c: with the lock held */
void agent_scene_note(struct agent *agent, struct agent_account *account,
                      const struct agent_report *report);
void agent_scene_forget(struct agent *agent, struct agent_account *account);

/* start.c */
void agent_start_some(struct agent *agent);
void agent_start_more(struct agent *agent, struct agent_account *account);
void agent_start_reserved(struct agent *agent, struct agent_row *row);
void agent_start_unreserved(struct agent *agent, struct agent_row *row);

/* journal.c: what has to outlive this process, in batches */
int agent_journal_reserve(struct agent *agent); /* room for the state of one more row: 0, -ENOMEM */
void agent_journal_fill(const struct agent_row *row, struct store_state *ret_state);
/* The store was written, or r says why not. */
void agent_journal_result(struct agent *agent, int r);
void agent_journal_soon(struct agent *agent); /* something of others' is to be written */
void agent_journal_state(struct agent *agent, struct agent_row *row);
void agent_journal_forget(struct agent *agent, struct agent_row *row);
void agent_journal_event(struct agent *agent, const struct store_event *event);
void agent_journal_history(struct agent *agent, const struct agent_record *record);
/* The row has joined its registration, which may have gone on for long; it is about to leave it, so
 * that nothing that becomes of it is the row's any more. */
void agent_journal_joined(struct agent *agent, const struct agent_row *row);
void agent_journal_leaves(struct agent *agent, const struct agent_row *row);
void agent_journal_write(struct agent *agent);

/* syslog.c */
int agent_syslog_init(struct agent *agent);
void agent_syslog_follow(struct agent *agent, const struct store_general *general);

/* drain.c */
void agent_drain(struct agent *agent);
/* Says what was left out of the log in windows of time that are over by now_ms. */
void agent_drain_crowds(struct agent *agent, uint64_t now_ms);
/* An event of the agent's own, or of a shard. */
void agent_drain_log(struct agent *agent, const struct log_event *event, int64_t line);

#endif
