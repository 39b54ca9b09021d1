/* check/check.h: the doctor: finds out why a line does not register, or proves that it would.
 *
 * It asks what a line would ask, in the same order, and changes nothing: OPTIONS to see who is
 * there, a REGISTER without Contact and credentials for the challenge, and the same with the
 * answer, which only asks for the bindings (RFC 3261 10.2.3). So the real device stays registered
 * and reachable. Only where a server takes no such REGISTER, or where that is wished, a binding is
 * made for a moment and removed again (CHECK_TRIAL), which is a step of its own, and told.
 *
 * It ends by itself within CHECK_LONGEST_MS, with a proxy of the second flow within twice that, and
 * with mapping_s so much later. One check serves one
 * thread, that of its net; all callbacks come from the loop. README.md tells more. */
#ifndef LINEUP_CHECK_CHECK_H
#define LINEUP_CHECK_CHECK_H

#include "base/hash.h"
#include "dns/dns.h"
#include "explain/explain.h"
#include "net/net.h"
#include "net/stream.h"
#include "sip/aor.h"
#include "sip/demands.h"
#include "sip/keep.h"
#include "sip/msg.h"

#define CHECK_LONGEST_MS   99000 /* from check_start() to the end, whatever the network does */
#define CHECK_OPTIONS_MS   4000  /* how long the answer to an OPTIONS is waited for */
#define CHECK_TARGETS_MAX  8     /* addresses of a server that are tried */
#define CHECK_BINDINGS_MAX 16    /* bindings that are listed; their number is told whole */
#define CHECK_TEXT_MAX     1024  /* bytes of a step's text */
#define CHECK_CERTIFICATES_MAX \
	16                /* certificates that are kept; those of more connections are not */
#define CHECK_CLOCK_S 300 /* a server's clock that is further off is worth a warning */

/* X(constant, name, what it finds out) in the order in which they are told. */
#define CHECK_STEPS(X) \
	X(ADDRESS, "Address", "what is to be registered, as whom, through what") \
	X(NAME, "Name", "the server's addresses") \
	X(REACH, "Reach", "whether they answer") \
	X(CHALLENGE, "Challenge", "what the server asks for") \
	X(LOGIN, "Login", "whether it takes our answer") \
	X(TRIAL, "Trial", "a binding made and removed: told only where it was needed") \
	X(BINDINGS, "Bindings", "the devices that are registered now") \
	X(FLOWS, "Flows", "what the second of two flows meets: where two are wanted") \
	X(KEEPALIVE, "Keep-alive", "whether what keeps a NAT open is answered: where it is asked") \
	X(MAPPING, "Mapping", "how long a NAT keeps it: where it is asked") \
	X(NETWORK, "Network", "what changes our messages on the way") \
	X(CLOCK, "Clock", "whether the server's clock is ours")

#define CHECK_STEP_ENUM(constant, name, purpose) CHECK_##constant,
enum check_step_id { CHECK_STEPS(CHECK_STEP_ENUM) CHECK_STEP_COUNT };

enum check_state {
	CHECK_NOT_REACHED,
	CHECK_GOOD,
	CHECK_WARNING, /* no reason not to register, but worth knowing */
	CHECK_BAD,     /* why the line does not register; one step at the most */
};

struct check_step {
	enum check_step_id id;
	enum check_state state;
	char text[CHECK_TEXT_MAX]; /* what was seen, printable */
	uint64_t took_ms;
};

/* Another device's binding, or, within the trial, none of ours. */
struct check_binding {
	char uri[256]; /* as the server wrote it, cut at that length */
	uint32_t expires_s;
	bool named; /* an expires was named; else expires_s is 0 */
};

/* What a connection over TLS has shown, good or not. */
struct check_certificate {
	struct net_addr server;
	enum dns_transport transport;
	enum reg_local refused; /* why the connection came to nothing; REG_LOCAL_NONE: it opened */
	struct net_certificate shown;
};

enum check_result { CHECK_OK, CHECK_FAILED, CHECK_CANCELLED };

/* How it ended. All of it lasts until check_free(). */
struct check_end {
	enum check_result result;
	const struct check_step *bad;  /* the step that says why not; NULL: none does */
	const struct reg_facts *facts; /* what it met there; NULL: CHECK_OK */
	const struct explain_cause
		*cause;                /* of the facts, by explain(), with what was found over
	                                  another transport as its first advice; NULL: CHECK_OK */
	const struct net_addr *target; /* the last that was asked, or should be;
	                                  NULL: none is known */
	const struct net_certificate *certificate; /* that was shown last; NULL: none was */
	enum dns_transport transport;              /* over which */
	struct slice agent; /* Server or User-Agent of the last answer that had one, cut */
	bool tried;         /* a binding was made, if only for a moment */
	unsigned warnings;
	uint64_t took_ms;
};

/* A message, for a trace; borrows for the call. */
struct check_message {
	const struct net_addr *peer;
	enum dns_transport transport;
	struct slice bytes;
	struct slice method;
	const struct sip_msg *msg; /* received ones; NULL on sent ones */
	uint32_t cseq;
	bool again;       /* sent: a retransmission */
	bool credentials; /* sent: with an answer to a challenge */
};

#define CHECK_MAPPING_MIN_S 15
#define CHECK_MAPPING_MAX_S 900

/* What a check tells. Members may be NULL but ended. In no call may the check be freed. */
struct check_watch {
	void *ctx;
	void (*begun)(void *ctx, enum check_step_id id); /* a step that takes time */
	void (*step)(void *ctx, const struct check_step *step);
	/* In a step that takes minutes: what is known so far, for a person. */
	void (*progress)(void *ctx, enum check_step_id id, const char *text);
	void (*message)(void *ctx, const struct check_message *message);
	void (*ended)(void *ctx, const struct check_end *end);
};

/* Whether a binding is made and removed: where nothing else proves the login; never; or always,
 * which also finds what a server minds only then (too many devices, a time of 0 s). */
enum check_trial { CHECK_TRIAL_NEEDED, CHECK_TRIAL_NEVER, CHECK_TRIAL_ALWAYS };

/* RFC 5626 4.2: by how many flows the line would register. */
struct check_flows {
	unsigned count;         /* 2, or one */
	const char *proxy_host; /* of the second one; NULL: it goes where the first one does */
	uint16_t proxy_port;
	enum dns_transport transport; /* to that proxy */
};

/* Strings are not copied: they last until check_free(). */
struct check_cfg {
	const struct sip_aor *aor;
	const char *auth_user;  /* unescaped */
	const char *password;   /* NULL: none */
	const char *realm;      /* answer no challenge of another; NULL: any */
	const char *proxy_host; /* outbound proxy; NULL: none */
	uint16_t proxy_port;
	enum dns_transport transport;
	enum dns_srv srv;
	const char *interface;    /* to send from, as net_interface_parse() reads it; NULL: any */
	struct net_tls_files tls; /* with TLS */
	uint32_t expires_s;       /* what the line would ask for; 1 to 86400 */
	const char *user_agent;   /* NULL: no such header */
	enum check_trial trial;
	/* What the server asks of a REGISTER, as the line has it; NULL: nothing. Where that is
	 * outbound and keep is none, STUN is what is tried over UDP and CRLF over connections, as a
	 * line does (RFC 5626 4.4). */
	const struct sip_demands *demands;
	struct check_flows flows;
	/* Tried once, at the server that takes the login. Over TCP and TLS CRLF is what is tried,
	 * whatever is set (RFC 5626 4.4.1). */
	enum sip_keep keep;
	uint32_t mapping_s; /* how long a NAT's mapping is watched; 0: not at all */
	struct hash_key
		key; /* secret, new for each check: branches, tags and Call-IDs come from it */
	struct check_watch watch;
};

struct check;

/* Begins. Returns 0, -ENOMEM, -EINVAL (a text too long, no interface's, or demands that
 * sip_demands_problem() finds something wrong with), -ENOTSUP (no digest in
 * OpenSSL) or a socket's error. */
int check_start(const struct check_cfg *cfg, struct net *net, struct dns *dns,
                struct check **ret_check);

/* Ends it as CHECK_CANCELLED, soon, and as CHECK_OK where only the mapping is watched still: where
 * a binding may have been made it is removed first, 4 s at the most; called again, at once. */
void check_cancel(struct check *check);

void check_free(struct check *check);

/* The other devices' bindings, up to CHECK_BINDINGS_MAX of them; and how many there are. Known from
 * the step CHECK_BINDINGS on. */
const struct check_binding *check_bindings(const struct check *check, unsigned *ret_listed,
                                           unsigned *ret_total);

/* The certificates of all connections in the order in which they were shown; what an address shows
 * again as it did before stands there once. */
const struct check_certificate *check_certificates(const struct check *check, unsigned *ret_count);
/* Whether two of them are not the same one, wherever they were shown. */
bool check_certificates_differ(const struct check_certificate *a,
                               const struct check_certificate *b);

const char *check_step_name(enum check_step_id id);   /* "Address" */
const char *check_state_name(enum check_state state); /* "good", "not-reached" */

#endif
