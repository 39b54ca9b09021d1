/* agent/agent.h: the lines of the store, kept registered; what they do, for whoever asks.
 *
 * The agent follows the store: a change there touches the lines that it concerns and no other. Each
 * shard has a thread, a loop and sockets of its own (src/shard); a line's shard follows from its
 * row. The control thread, whose loop the agent is given, owns the store's state and history and
 * talks to the shards by queues. Functions marked [any thread] may be called from everywhere; they
 * read published snapshots or post into a queue, and never wait for a shard. The others belong to
 * the control thread. */
#ifndef LINEUP_AGENT_AGENT_H
#define LINEUP_AGENT_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/log.h"
#include "reg/reg.h"
#include "sink/sink.h"

struct agent;
struct net;
struct sip_demands;
struct store_server;

#define AGENT_SHARDS_MAX 64
#define AGENT_TEXT_MAX   256

struct agent_cfg {
	struct net *net;        /* the control thread's; outlives the agent */
	const char *store_path; /* see store/store.h */
	const char *key_path;
	struct log log;  /* every event, called in the control thread; and see agent_log() */
	uint32_t shards; /* 0: the store's setting, and where there is none one a processor, chosen
	                    once */
	const char *user_agent;
	const struct net_addr *dns; /* the name server to ask; NULL: those of resolv.conf */
};

/* Opens the store and starts the shards, but no line. *reterr has a sentence on error. */
int agent_new(const struct agent_cfg *cfg, struct agent **ret_agent, char *reterr,
              size_t reterr_cap);

/* Registers all enabled lines; from then on changes of the store are followed. */
int agent_start(struct agent *agent);

/* Removes the bindings, at most REG_REMOVAL_MS, or leaves them where the setting on-stop says keep;
 * then writes what is to be kept and calls done from the control thread's loop (once; the agent may
 * be freed in it). What was known can still be read. Without it agent_free() ends like a crash: it
 * sends nothing, and the next process goes on. */
void agent_stop(struct agent *agent, void (*done)(void *ctx), void *ctx);
void agent_free(struct agent *agent);

/* Whether the loops of all shards have turned since the last call; the first one always says so.
 * For a watchdog: a shard that stands still keeps no line registered, whatever the control thread
 * does. */
bool agent_turns(struct agent *agent);

/* A log for the other rooms of the process: cfg.log, in the caller's thread, and the syslog host
 * that the settings name, where the agent's own events go, too. Good as long as the agent is. */
struct log agent_log(struct agent *agent);

/* What becomes of the log on its way to the syslog host. [any thread] */
void agent_syslog(struct agent *agent, struct sink_status *ret_status);

/* How many threads the lines are on. [any thread] */
uint32_t agent_shards(const struct agent *agent);

/* ---- what others want [any thread] */

/* The store has changed. */
void agent_reload(struct agent *agent);

/* Of a line, by its id; of one that shares its registration (same_as) for both. -ENOENT where there
 * is none, -EPERM: its settings say that it shall not, or cannot, be registered; -ENOMEM. */
int agent_register_now(struct agent *agent, int64_t line);
int agent_unregister(struct agent *agent,
                     int64_t line); /* until it is registered by hand, or a restart */

/* ---- what is known [any thread] */

/* Words for a person are made by explain/ from cause. */
struct agent_line {
	int64_t id, studio, server;
	uint32_t number;
	char name[AGENT_TEXT_MAX], studio_name[AGENT_TEXT_MAX];
	char extension[AGENT_TEXT_MAX], address[2 * AGENT_TEXT_MAX], auth_user[AGENT_TEXT_MAX];
	char server_name[AGENT_TEXT_MAX];
	bool enabled;
	int64_t same_as; /* another line that is the same registration; 0: none */
	int64_t follows; /* the one of those whose auth user, password, contact and calls it has
	                    instead of its own; 0: they are its own */
	enum reg_state state;
	int64_t since_ms; /* wall clock: of the state's being up or down */
	uint32_t granted_s;
	int64_t ends_ms;  /* wall clock: of the binding; 0: none */
	int64_t next_ms;  /* wall clock: when it acts next; 0: not by itself */
	uint16_t status;  /* last result, 408 where no answer decided; 0: none yet */
	bool local;       /* no server's answer decided */
	char reason[128]; /* as the server wrote it; of a line that cannot be registered: why */
	char cause[32];   /* its id; "" after a success */
	char realm[AGENT_TEXT_MAX];
	int64_t result_ms; /* wall clock */
	char target[64];   /* "192.0.2.1:5060"; "" none yet */
	char transport[8]; /* that is set: "udp", "auto" */
	char went_over[8]; /* that the last request went over: "UDP"; "" none yet */
	char named[104]; /* the network interface, or who signed the certificate, that the cause is
	                    about; "": neither */
	uint32_t answer_ms; /* of the last answered attempt, from 1; 0: none */
	uint32_t bindings, foreign;
	uint32_t flows, flows_up; /* that it shall have (RFC 5626 4.2); that have a binding */
};

enum agent_up { AGENT_ANY, AGENT_UP, AGENT_DOWN };
struct agent_filter {
	int64_t studio, server, line; /* 0: any */
	enum agent_up up;
	const char *cause; /* NULL: any */
	const char *text;  /* in name, extension or server's host, in any letter case; NULL: any */
	uint32_t offset, limit;
};
/* Of up to trying each line counts once at the most: up holds a binding; refused and waiting have
 * none and wait for their next try, the first since a server said no. */
struct agent_count {
	uint32_t lines, enabled, up, refused, waiting, trying;
};
/* Calls fn for the lines that pass, by studio (its id) and number, with no lock held. *ret_total:
 * how many pass without offset and limit. *ret_count: of the lines that pass studio, server, line
 * and text, in whatever state. Both may be NULL. While settings change it is of no single moment;
 * each line is. By up and cause lines pass, and are counted, as the last event of their state says
 * (AGENT_STATE, at most 50 ms behind); what fn is given is as of now. By studio and up lines
 * are counted 500 at a time, by server and cause by a look at four bytes of each, and a text is
 * looked for in the name and extension of each, one host after the other aside: a million lines
 * take some milliseconds in any mix. Returns 0 or -ENOMEM. */
typedef void agent_line_fn(void *ctx, const struct agent_line *line);
int agent_lines(struct agent *agent, const struct agent_filter *filter, agent_line_fn *fn,
                void *ctx, uint32_t *ret_total, struct agent_count *ret_count);

/* All lines by their state, and when the first of all bindings ends unless it is renewed (wall
 * clock, to the second below; 0: there is none). Counted as the lines are. */
void agent_states(struct agent *agent, uint32_t ret_states[REG_STATE_COUNT]);
int64_t agent_first_end_ms(struct agent *agent);

struct agent_server {
	int64_t id;
	char name[AGENT_TEXT_MAX];
	uint32_t lines, up;
	uint32_t held;      /* of up: the last refresh failed */
	uint32_t off;       /* of lines: switched off, and never up */
	uint32_t answer_ms; /* median of the last answers but 503, from 1; 0: none */
	bool dead;
	bool unanswered;             /* the last attempt that ended had no answer */
	bool busy;                   /* it answers, but with 503, and no line is up */
	int64_t certificate_until_s; /* with TLS: of the certificate that it showed last, */
	int64_t own_until_s;         /* and of ours, since 1970; 0: none is known */
};
typedef void agent_server_fn(void *ctx, const struct agent_server *server);
/* By name. Returns 0 or -ENOMEM. */
int agent_servers(struct agent *agent, agent_server_fn *fn, void *ctx);

/* The last messages of a line's attempts, oldest first: who sent what, when; kept for lines that
 * are down or had one within the hour, as far as the memory for it goes (agent/known.h). Returns 0
 * or -ENOENT. */
struct agent_step {
	int64_t at_ms;
	bool sent;
	uint32_t ctx, cseq;
	uint16_t status; /* received ones */
	bool credentials, again;
	char reason[128];
	char peer[64];
	const char *text; /* the message line by line, printable, its secrets masked; NULL: not
	                     kept, since many came at once or it is long ago */
};
typedef void agent_step_fn(void *ctx, const struct agent_step *step);
int agent_steps(struct agent *agent, int64_t line, agent_step_fn *fn, void *ctx);

/* The bindings of other devices at a line's extension, as the last grant listed them: URIs, the
 * first AGENT_OTHERS of them, printable; "" from the first that is none. They are forgotten with
 * the messages. Returns 0 or -ENOENT. */
#define AGENT_OTHERS     4
#define AGENT_OTHER_TEXT 127
int agent_others(struct agent *agent, int64_t line,
                 char ret_others[AGENT_OTHERS][AGENT_OTHER_TEXT + 1]);

/* What the server said of a line's registration when it granted it last: lists, a newline behind
 * each value, as far as they have room; and the GRUUs of this very binding, where the server's
 * settings ask for them. All printable; empty where nothing was said, and while there is no
 * binding. Returns 0 or -ENOENT. */
#define AGENT_SAID_TEXT 1024
struct agent_said {
	char service_route[AGENT_SAID_TEXT + 1];  /* RFC 3608 */
	char associated_uri[AGENT_SAID_TEXT + 1]; /* P-Associated-URI, RFC 7315 4.1 */
	char path[AGENT_SAID_TEXT + 1];           /* RFC 3327 */
	char pub_gruu[AGENT_SAID_TEXT + 1], temp_gruu[AGENT_SAID_TEXT + 1]; /* RFC 5627 */
	bool cut; /* a list had more than is kept */
};
int agent_said(struct agent *agent, int64_t line, struct agent_said *ret_said);

/* What people call a line: "Studio 1/3 Call-in 1". Returns 0; -ENOENT: there is none, and the name
 * is "". */
#define AGENT_NAME_MAX (2 * AGENT_TEXT_MAX + 16)
int agent_line_name(struct agent *agent, int64_t line, char ret_name[AGENT_NAME_MAX]);

/* The log and the changes of state as one numbered row of events, AGENT_EVENTS of them: half of
 * that for the log, half for the rest. Where very many lines meet the same, the log has the first
 * of them and then how many more there were; what it leaves out is told to who asks for one of
 * these lines. */
#define AGENT_EVENTS 65536
struct agent_event {
	uint64_t number; /* rises by one */
	int64_t at_ms;
	int64_t line; /* 0: of no line */
	enum agent_event_kind { AGENT_LOG, AGENT_STATE } kind;
	enum log_level level;
	const char *text; /* LOG: the classic line; STATE: the state's name */
};
typedef int agent_event_fn(void *ctx, const struct agent_event *event);
struct agent_event_filter {
	uint64_t after; /* only higher numbers */
	int64_t line;   /* 0: all */
	bool log_only;  /* no changes of state */
	uint32_t limit;
};
/* Those that pass, in the order of their numbers; other than 0 from fn ends it. -ESTALE: after is
 * below what is known; -ENOMEM. */
int agent_events(struct agent *agent, const struct agent_event_filter *filter, agent_event_fn *fn,
                 void *ctx);
uint64_t agent_events_first(struct agent *agent); /* the oldest that is known, or the next one */
uint64_t agent_events_last(struct agent *agent);
/* Behind it nothing is missing; of what came before some may be known. */
uint64_t agent_events_whole(struct agent *agent);
/* Behind it are the last filter->limit events that pass. filter->after is not looked at. */
uint64_t agent_events_tail(struct agent *agent, const struct agent_event_filter *filter);

/* Counters since the start, for /metrics: as of the last second. */
struct agent_counters {
	uint64_t sent, received, retransmitted, dropped, strangers, answered;
	uint64_t granted, refused, failed, removed;
};
void agent_counters(struct agent *agent, struct agent_counters *ret_counters);

/* Attempts since the start that ended without success, by cause, and the lines whose last result
 * has it. Calls fn for each of explain/, in their order, also for those that never came: which they
 * are is known in advance. */
struct agent_cause {
	const char *id;
	uint64_t refused, failed;
	uint32_t lines;
};
typedef void agent_cause_fn(void *ctx, const struct agent_cause *cause);
void agent_causes(struct agent *agent, agent_cause_fn *fn, void *ctx);

/* Times since the start, of attempts that a server's answer decided: from the first REGISTER of one
 * to its result. Not those of removals. */
#define AGENT_ANSWER_BUCKETS 13
struct agent_answers {
	uint64_t n; /* of all buckets */
	uint64_t sum_ms;
	struct {
		uint32_t up_to_ms; /* UINT32_MAX: whatever took longer */
		uint64_t n;        /* that took longer than the bucket before has */
	} buckets[AGENT_ANSWER_BUCKETS];
};
void agent_answers(struct agent *agent, struct agent_answers *ret_answers);

/* [any thread] What a server of the store asks of the REGISTERs of its lines. Returns what is wrong
 * with that, a sentence, or NULL. */
const char *agent_read_demands(const struct store_server *server, struct sip_demands *ret_demands);

#endif
