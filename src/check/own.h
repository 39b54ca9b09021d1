/* check/own.h: the room's own: one check, and how its files share the work.
 *
 * check.c makes and ends it, exchange.c sends one request at a time and finds its answer, scout.c
 * has the other addresses asked beside the first, steps.c and login.c say what follows from it,
 * other.c where nobody answers, flows.c, keep.c and mapping.c
 * what is done only where it is asked for; tell.c puts what was seen into words. */
#ifndef LINEUP_CHECK_OWN_H
#define LINEUP_CHECK_OWN_H

#include "check/check.h"
#include "digest/session.h"
#include "facts/facts.h"
#include "txn/branch.h"
#include "txn/txn.h"

#define CHECK_DEADLINE_MS 95000 /* then nothing new is asked; a removal has its time still */
#define CHECK_NAME_MS     20000 /* how long a look-up is waited for */
#define CHECK_REMOVAL_MS  4000
#define CHECK_TRIAL_S     10 /* what the trial's binding asks for, unless a 423 wants more */
#define CHECK_ANSWERS_MAX 3  /* to challenges of one realm */
#define CHECK_ANSWERS_ALL 6  /* to those of all realms */
#define CHECK_REDIRECTS   5
#define CHECK_OTHERS_MS   20000 /* for all that is tried where the asked transport is silent */
#define CHECK_OTHERS_EACH 2     /* addresses of a transport that are then tried */
#define CHECK_OTHERS_MAX  8
#define CHECK_OTHER       CHECK_TARGETS_MAX /* the place for it among the targets */
#define CHECK_CALL_ID_LEN 32
#define CHECK_TAG_LEN     16
#define CHECK_WORD_MAX    256 /* bytes that are kept of a text in the facts */
#define CHECK_WORDS_MAX   (9 * CHECK_WORD_MAX)

/* What is waited for. */
enum check_phase {
	CHECK_BEGINS,
	CHECK_LOOKS_UP,
	CHECK_KNOCKS, /* OPTIONS */
	CHECK_ASKS,   /* REGISTER without credentials */
	CHECK_LOGS_IN,
	CHECK_REMOVES,          /* the trial's binding */
	CHECK_KNOCKS_AS_NOBODY, /* OPTIONS that does not name the extension, where all is silent */
	CHECK_TRIES_OTHER,      /* OPTIONS over another transport than the one that is silent */
	CHECK_ASKS_SECOND,      /* a whole check by the proxy of the second flow */
	CHECK_KEEPS,            /* a keep-alive that was asked for */
	CHECK_WATCHES,          /* the NAT's mappings */
	CHECK_IS_OVER,
};

enum check_auth { CHECK_REGISTRAR, CHECK_PROXY, CHECK_AUTHS };

struct check_target {
	struct net_addr addr;
	enum dns_transport transport;
	struct net_addr source; /* the address that the kernel sends from, with our port */
	unsigned device;        /* struct net_source's */
	char sent_by[NET_ADDR_TEXT_MAX];
	bool dead;    /* ICMP, or no route: nothing more is sent there */
	bool answers; /* ... OPTIONS */
};

/* The one request that is under way. */
struct check_exchange {
	struct txn txn;
	bool open;
	bool provisional; /* 1xx came */
	bool noise;       /* the target sent something that is no SIP */
	bool credentials;
	unsigned strays; /* answers to this branch that were not ours otherwise */
	uint32_t generation;
	uint32_t cseq;
	struct slice method;
	uint64_t give_up_at_ms;
	size_t request_n;
	char request[NET_SEND_MAX];
};

/* What the answers showed beside what they said. */
struct check_seen {
	bool answered;                /* one came at all */
	bool elsewhere;               /* the last one over a transport that was not asked for ... */
	enum dns_transport over;      /* ... which is this */
	bool told;                    /* its Via has received or rport */
	char nat[NET_ADDR_TEXT_MAX];  /* where the server saw us; "" where that is where we are */
	char here[NET_ADDR_TEXT_MAX]; /* what we sent from, where nat is set */
	char via[300];                /* the sent-by that came back changed */
	char stray[NET_ADDR_TEXT_MAX]; /* an answer to us came from there */
	char agent[CHECK_WORD_MAX];    /* Server or User-Agent; "": none was there */
	bool contact;                  /* the trial's Contact is listed as another */
	bool dated;
	int64_t ahead_s; /* the server's clock before ours */
};

/* What is tried where the asked transport is silent, or the name leads nowhere over it. */
struct check_elsewhere {
	struct {
		struct net_addr addr;
		enum dns_transport transport;
	} list[CHECK_OTHERS_MAX];
	unsigned count, tried; /* of list: the number of the next one */
	unsigned looked;       /* transports that were looked up */
	bool begun;
	bool listed;      /* the last look-up was SRV's ... */
	bool naptr;       /* ... and found what NAPTR alone has */
	char advice[128]; /* the first that answers, as advice; "": none did */
	bool answered;
	unsigned over; /* a bit for each transport that was tried */
};

/* What a scout is, and what it met (scout.c). */
struct check_scouted {
	struct check *of;        /* whose scout it is; NULL: it is none */
	enum check_phase errand; /* CHECK_KNOCKS or CHECK_ASKS */
	bool over;
	uint16_t status;      /* of the answer to its request; 0: none came ... */
	enum reg_local local; /* ... and this is why */
	char reason[CHECK_WORD_MAX];
};

#define CHECK_PROBES_MAX 13

/* A socket with a mapping of its own, which is left alone for so long. */
struct check_probe {
	struct check *check;
	struct net_udp *udp; /* NULL: none is left */
	struct net_addr source, seen;
	uint32_t idle_s;
	uint64_t quiet_ms; /* since when */
};

/* What an OPTIONS is for; WAITS: there is none. */
enum check_watch_step {
	CHECK_WATCH_OPENS,  /* the probe asks where it is seen */
	CHECK_WATCH_TRIES,  /* the main socket: is the answer sent to where the Via says? */
	CHECK_WATCH_WAITS,  /* until a probe's time is over */
	CHECK_WATCH_CALLS,  /* the main socket asks for an answer through the probe's mapping */
	CHECK_WATCH_LOOKS,  /* the probe itself asks where it is seen now */
	CHECK_WATCH_PROVES, /* as TRIES, once the probe's mapping is new */
};

struct check_mapping {
	struct check_probe probes[CHECK_PROBES_MAX];
	unsigned count, at;
	enum check_watch_step step;
	bool calls; /* the server answers to where the Via says */
	unsigned sends;
	uint64_t next_ms;         /* the next sending, or the end of the waiting */
	uint32_t lived_s, gone_s; /* 0: not known */
	bool lost;                /* the server does not answer any more */
	bool untold;              /* ... or does not say where it sees us */
};

struct check {
	struct explain_cause advised; /* the end's cause, with elsewhere's advice in front */
	struct check_cfg cfg;
	struct net *net;
	struct dns *dns;
	struct dns_query *query;
	struct digest *digest;
	struct net_udp *udp[2]; /* IPv4, IPv6; NULL where the machine has none */
	struct net_interface interface;
	const struct net_interface *over; /* that, where one is set; NULL: any */
	struct net_timer *timer;
	enum check_phase phase;
	bool cancelled;
	bool hurried; /* cancelled twice */
	uint64_t began_ms, step_began_ms, end_by_ms;

	char address[SIP_USER_MAX + SIP_HOST_MAX + 8]; /* "sip:1001@pbx.example" */
	char domain[SIP_HOST_MAX + 8];                 /* "sip:pbx.example" */
	char request_uri[SIP_HOST_MAX + 16 + SIP_DEMANDS_PARAMS_MAX];
	char route[SIP_HOST_MAX + 24]; /* "" for none */
	char redirect_host[SIP_HOST_MAX + 1];
	char call_id[CHECK_CALL_ID_LEN], from_tag[CHECK_TAG_LEN];

	struct check_target targets[CHECK_TARGETS_MAX + 1];
	unsigned target_count, target;
	enum reg_local last_local; /* why the last target is dead */
	bool answers_options;      /* one of them does */
	unsigned answering;        /* where answers_options: the first that does, 503 aside */
	unsigned answering_more;   /* others that do */
	bool answering_busy;       /* that one says 503: there is none better so far */
	bool answering_ends;       /* ... its certificate, soon */
	char answering_text[CHECK_TEXT_MAX];
	char note_text[CHECK_TEXT_MAX / 2];
	struct buf note; /* what went wrong on the way to the next thing that is told */

	struct net_stream *stream; /* NULL: none */
	unsigned stream_target;    /* where it leads */
	bool stream_open;
	int (*send_next)(struct check *check); /* what waits for it */
	struct net_tls *tls;                   /* once it was needed */
	struct net_certificate certificate;    /* that was shown last, where certified */
	bool certified;
	struct check_certificate certificates[CHECK_CERTIFICATES_MAX];
	unsigned certificate_count;
	struct check_elsewhere elsewhere;
	bool keep_implied; /* nobody asked for a keep-alive: outbound brings it with it */
	unsigned keep_sends;
	uint64_t keep_next_ms, keep_began_ms;
	bool keep_answered;
	struct check *second;                    /* NULL: none was begun */
	struct check *scouts[CHECK_TARGETS_MAX]; /* by target; NULL: it is asked by this one */
	struct check_scouted scouted;
	struct check_mapping mapping;
	bool as_nobody;
	enum reg_local lost; /* what the asked transport met */

	struct check_exchange exchange;
	uint32_t cseq, generations;
	uint32_t asked_s;
	bool outbound;         /* demanded, and not refused with 439 */
	bool raised;           /* a 423 was obeyed */
	bool trial;            /* with a Contact from now on */
	bool bound;            /* ... and a 2xx came: there may be a binding */
	bool ill_bound;        /* ... that does not list it: facts has why */
	uint16_t trial_status; /* what was said without; 0: nothing against it */
	unsigned redirects, answers;
	struct digest_session auth[CHECK_AUTHS];

	struct check_seen seen;
	struct check_binding bindings[CHECK_BINDINGS_MAX];
	unsigned listed, others;

	struct check_step steps[CHECK_STEP_COUNT];
	unsigned told; /* steps that were told, or passed over: the number of the next one */
	unsigned warnings;
	struct reg_facts facts; /* why not; its texts stand in words */
	char words[CHECK_WORDS_MAX];
	struct check_end end;
};

/* ---- check/exchange.c */

extern const struct net_udp_handler check_udp_handler;

/* Finds out how to send to a target. Returns 0 or negative errno. */
int check_target_aim(struct check *check, struct check_target *target);

/* Queues a datagram to check->target over a socket, from what check_target_aim() found where an
 * interface is set. As net_udp_send(). */
int check_put_datagram(const struct check *check, struct net_udp *udp, struct slice bytes);

/* Sends an OPTIONS, or the next REGISTER, to check->target. Returns 0 or negative errno. */
int check_send_options(struct check *check);
int check_send_register(struct check *check);

enum check_answer_to { CHECK_TO_SENDER, CHECK_TO_SENT_BY };
/* Writes the next OPTIONS to check->target, with such a sent-by; what answers it is then known. */
void check_write_options(struct check *check, struct slice sent_by, enum check_answer_to to,
                         struct buf *out);
/* Whether bytes are the final answer to it; slices of *ret_msg and *ret_via borrow from bytes. */
bool check_answers(struct check *check, const struct net_addr *from, struct slice bytes,
                   struct sip_msg *ret_msg, struct sip_via *ret_via);
void check_trace(struct check *check, struct slice bytes, const struct sip_msg *msg);

/* What is due. */
void check_exchange_timer(struct check *check, uint64_t now_ms);
void check_exchange_close(struct check *check);
uint64_t check_exchange_next_ms(const struct check *check);

/* Append our Contact's URI, and our instance. */
void check_put_contact_uri(const struct check *check, struct buf *out);
void check_put_instance(const struct check *check, struct buf *out);
/* Whether an Authentication-Info header (or none) of the answer to the last REGISTER shows that the
 * server does not know the password. */
bool check_disproved(const struct check *check, struct slice info);

/* ---- check/stream.c */

#define CHECK_CONNECT_MS       8000 /* for a connection, and again for TLS */
#define CHECK_OTHER_CONNECT_MS 3000 /* the same over a transport that was not asked for */

/* Whether the target wants a connection that is not there; and begins one, over which send is
 * called when it is open. Returns 0 or negative errno. */
bool check_stream_missing(const struct check *check);
int check_stream_open(struct check *check, int (*send)(struct check *check));
void check_stream_close(struct check *check);

/* A message or datagram that came. */
void check_take_in(struct check *check, const struct net_addr *from, struct slice bytes);

/* Adds those that another check was shown. */
void check_take_certificates(struct check *check, const struct check *other);

/* ---- check/scout.c */

/* Sends a scout to each target behind this one that may answer, with an OPTIONS (CHECK_KNOCKS) or a
 * first REGISTER (CHECK_ASKS). */
void check_scouts_send(struct check *check, unsigned target, enum check_phase errand);
/* Whether a target's REGISTER met nothing, as its scout knows by now. */
bool check_scout_asked_in_vain(const struct check *check, unsigned target,
                               enum reg_local *ret_local);
/* The target is asked by the check itself. */
void check_scout_dismiss(struct check *check, unsigned target);
void check_scouts_free(struct check *check);
/* The scout of check->target; NULL: there is none. */
struct check *check_scout(const struct check *check);
/* Takes over what a scout that is over was shown, beside its answer. */
void check_scout_report(struct check *check, const struct check *scout);
/* Of a scout: begins, and is over. */
void check_scout_begin(struct check *scout);
void check_scout_over(struct check *scout, const struct sip_msg *msg, enum reg_local local);

/* ---- check/steps.c: what came of an exchange, and of the look-up */

void check_begin(struct check *check);
/* The scout of the target that is next is over, or it is too late. */
void check_scout_is_back(struct check *check);
void check_on_answer(struct check *check, const struct sip_msg *msg, const struct sip_via *via);
void check_on_nothing(struct check *check, enum reg_local local);

/* Says that a step begins that takes time. */
void check_begun(struct check *check, enum check_step_id id);

/* Looks a name up, and calls fn with the check. */
void check_look_up(struct check *check, const char *host, uint16_t port, dns_found_fn *fn);
void check_take_targets(struct check *check, const struct dns_target *targets, unsigned count);

/* The facts before there is an answer. */
struct reg_facts check_facts(const struct check *check);

/* The step that is next to be told is the one that says why not: tells what is left, and ends. */
void check_fail(struct check *check, const struct reg_facts *facts);
void check_fail_locally(struct check *check, enum reg_local local);
void check_fail_name(struct check *check, enum dns_result result);

/* Tells what is left to tell, and ends. */
void check_finish(struct check *check, enum check_result result);

/* ---- check/other.c: each ends in check_fail() */

/* Nobody answered over the transport that was asked; local: why. */
void check_try_other(struct check *check, enum reg_local local);
/* The name leads nowhere over the transport that was asked; local: what the look-up came to. */
void check_try_other_names(struct check *check, enum reg_local local);
/* What came of an OPTIONS in CHECK_KNOCKS_AS_NOBODY, and in CHECK_TRIES_OTHER. */
void check_somebody_is_there(struct check *check);
void check_nobody_is_there(struct check *check);
void check_other_answers(struct check *check);
void check_other_is_silent(struct check *check, enum reg_local local);
void check_other_time_is_up(struct check *check);

/* ---- check/flows.c: looks at the second flow where two are wanted, and goes on to
 * check_keep_alive() */

void check_flows(struct check *check);

/* ---- check/keep.c: begins the keep-alive that was asked for, and goes on to check_mapping() */

void check_keep_alive(struct check *check);
void check_keep_timer(struct check *check, uint64_t now_ms);
void check_keep_heard(struct check *check, struct slice bytes); /* a datagram of the target */
void check_keep_pong(struct check *check);
/* An OPTIONS was answered; or nothing came, or a connection failed. */
void check_keep_answer(struct check *check, const struct sip_msg *msg);
void check_keep_nothing(struct check *check, enum reg_local local);

/* ---- check/mapping.c: watches the NAT's mapping where that was asked for, and ends the check */

void check_mapping(struct check *check);
void check_mapping_timer(struct check *check, uint64_t now_ms);
/* A datagram that the main socket got. */
void check_mapping_heard(struct check *check, const struct net_addr *from, struct slice bytes);
void check_mapping_done(struct check *check); /* closes sockets */

/* ---- check/login.c */

/* Sends a first REGISTER to a target, which has seen no credentials yet. */
void check_ask(struct check *check, unsigned target);

/* RFC 3263 4.3: one address did not answer, or is out of service (what says so): asks the next one.
 * False where there is none, or it is too late; *ret_local is set where scouts have asked in vain
 * at others meanwhile, by the last of these, which is check->target then. */
bool check_ask_next(struct check *check, const char *what, enum reg_local *ret_local);

/* The first target from this one on that may answer, or target_count. */
unsigned check_next_alive(const struct check *check, unsigned target);

/* The answers to a REGISTER, and to that which removes the trial's binding. */
void check_on_register(struct check *check, const struct sip_msg *msg, const struct sip_via *via);
void check_on_removal(struct check *check, const struct sip_msg *msg, const struct sip_via *via);

/* What is to be said of the removal. */
enum check_removal { CHECK_CONFIRMED, CHECK_UNCONFIRMED };
void check_trial_over(struct check *check, enum check_removal removal);

/* ---- check/tell.c */

/* Room for a step's text, with the note in front of it. What is in it is what check_tell() tells.
 */
struct buf check_text(struct check *check, enum check_step_id id);

/* The note is all there is to tell. */
void check_text_from_note(struct check *check, enum check_step_id id);

/* Adds to the note. */
void check_note(struct check *check, const char *what, struct slice more);
void check_note_target(struct check *check, const char *what);

/* Tells a step, and forgets the note, which makes a good step a warning. Those before it that were
 * not told are not reached; a trial that was not needed is passed over. */
void check_tell(struct check *check, enum check_step_id id, enum check_state state);

/* Keeps facts beyond their message. */
void check_keep_facts(struct check *check, const struct reg_facts *facts);

/* What an answer shows of the way that it took. */
void check_look(struct check *check, const struct sip_msg *msg, const struct sip_via *via);
void check_look_stray(struct check *check, const struct net_addr *from);

/* The bindings of a 2xx. */
void check_take_bindings(struct check *check, const struct facts_claimant *claimant,
                         const struct sip_msg *msg);

/* Appends the certificate that was shown last. Returns whether its end is near, or past. */
#define CHECK_CERTIFICATE_S ((int64_t)NET_TLS_WARN_DAYS * 86400)
bool check_put_certificate(const struct check *check, struct buf *out);

void check_tell_address(struct check *check);
void check_tell_name(struct check *check, const struct dns_answer *answer);
void check_tell_bindings(struct check *check);
void check_tell_network(struct check *check);
void check_tell_clock(struct check *check);

/* Appends "401 Unauthorized"; all that a challenge offers; text of the network, cut and printable.
 */
void check_put_status(struct buf *out, const struct reg_facts *facts);
void check_put_offers(struct buf *out, const struct sip_msg *msg, enum sip_header header);
void check_put_shown(struct buf *out, struct slice text);

#endif
