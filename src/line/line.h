/* line/line.h: one line, which owns one registration.
 *
 * A line asks the pure rooms and does what they say, in this order: reg/ (what to do next), pace/
 * (may it), dns/ (where to), sip/ and digest/ (with which bytes), txn/ (send, again, how long),
 * net/ (out); and on the way back: sip/, the facts (line/facts.c), reg/, the log, whoever watches.
 * Timers, sockets and the pools belong to shard/, which calls the functions of line/part.h. This
 * header is what everybody else needs. */
#ifndef LINEUP_LINE_LINE_H
#define LINEUP_LINE_LINE_H

#include "facts/facts.h"
#include "line/server.h"
#include "log/log.h"
#include "reg/reg.h"
#include "sip/msg.h"
#include "sip/via.h"

struct line;
struct line_env;

/* What the log says, behind the line's address, of a registration that has run out. */
#define LINE_LAPSED " is registered no longer: no refresh succeeded in the granted time"

#define LINE_CSEQ_MAX UINT32_C(0x7fffffff) /* RFC 3261 8.1.1.5 */

/* Strings are copied. */
struct line_cfg {
	struct server *server;
	const char *user;      /* the extension, escaped (sip_extension_parse()) */
	const char *auth_user; /* unescaped */
	const char *password;  /* NULL: none; copied, and wiped when the line is freed */
	const char *realm;     /* answer no challenge of another; NULL: any of this server's */
	const char *contact;   /* a SIP URI where calls shall go; NULL: this process */
	const char *calls;  /* what an INVITE gets: "unavailable", "busy" or a SIP URI to send it on
	                       to; NULL: "unavailable" */
	uint32_t expires_s; /* 1 to 86400 */
	uint64_t identity; /* the lasting number that Call-ID, tags and instance are derived from */
	uint32_t cseq;     /* of the first REGISTER, up to LINE_CSEQ_MAX; 0: REG_FIRST_CSEQ */
	const struct net_addr *left; /* what the Contact of a binding was made from that an earlier
	                                process left at the server; NULL: none. The first REGISTER
	                                that says otherwise removes it (RFC 3261 10.2.2) */
	void *owner;                 /* for line_owner() and struct log_event */
};

/* What a line tells. Everything borrows for the call. In no call may the line be freed. */
struct line_message {
	const struct net_addr *peer;
	enum dns_transport transport;
	struct slice bytes;
	const struct sip_msg *msg; /* received ones; NULL on sent ones */
	uint32_t cseq;
	uint32_t ctx;     /* handle of the attempt, as in the log; 0: no answer came yet */
	bool again;       /* sent: a retransmission */
	bool credentials; /* sent: with an answer to a challenge */
};

struct line_end {
	enum reg_end end; /* never REG_END_NONE */
	const struct reg_facts *facts;
	const struct sip_msg *reply;   /* that decided; NULL: none did */
	const struct sip_via *via;     /* of the reply: what the server saw of us */
	const struct net_addr *target; /* that was asked, or should be; NULL: none is known */
	enum dns_transport transport;  /* that the last request went over */
	const struct net_addr *source; /* what the Contact was made from */
	const struct line_env *env;    /* for line_binding_next() */
	uint64_t took_ms;              /* since the attempt began */
	uint64_t next_at_ms;           /* when the line acts next; REG_NEVER: not by itself */
};

/* Calls come in the middle of things: from none of them may a line of the shard be started,
 * stopped, nudged or removed. Take note, and do it from a timer. */
struct line_watch {
	void *ctx;
	void (*state)(void *ctx, struct line *line, enum reg_state from); /* after each change */
	void (*sent)(void *ctx, struct line *line, const struct line_message *message);
	void (*received)(void *ctx, struct line *line, const struct line_message *message);
	void (*ended)(void *ctx, struct line *line, const struct line_end *end);
};

const struct reg *line_reg(const struct line *line);
const struct server *line_server(const struct line *line);
const char *line_address(const struct line *line); /* "sip:1001@pbx.example" */
const char *line_user(const struct line *line);
const char *line_auth_user(const struct line *line);
const char *line_calls(const struct line *line); /* as in line_cfg */
uint32_t line_cseq(const struct line *line);     /* of the last REGISTER; the next has one more */
void *line_owner(const struct line *line);

/* Walks the bindings that the 2xx of an end lists. Starts with a zeroed walk. */
bool line_binding_next(const struct line *line, const struct line_end *end,
                       struct facts_binding_walk *walk, struct facts_binding *ret_binding);

#endif
