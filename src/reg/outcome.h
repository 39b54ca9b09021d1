/* reg/outcome.h: what an attempt to register met, as data.
 *
 * A SIP status, an NXDOMAIN, an ICMP message are no errors of ours: they are facts. line/ fills
 * them in from what came in, reply_outcome() says in one place what class they are, the machine
 * (reg/reg.h) acts on the class, explain/ finds the cause. */
#ifndef LINEUP_REG_OUTCOME_H
#define LINEUP_REG_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The class of a reply or of its absence. X(name, what it means to a person) */
#define REG_OUTCOMES(X) \
	X(PROVISIONAL, "the server is working on it") \
	X(GRANTED, "2xx with our binding in it") \
	X(CHALLENGED, "401 or 407 with a challenge that we can answer") \
	X(TOO_BRIEF, "423: the server wants a longer time") \
	X(REDIRECTED, "3xx to a place where we may go") \
	X(REFUSED, "the server says no, and will say so again") \
	X(FAILED, "no answer, or one that another time may change")

#define REG_OUTCOME_ENUM(name, text) REG_##name,
enum reg_outcome { REG_OUTCOMES(REG_OUTCOME_ENUM) REG_OUTCOME_COUNT };

/* Why there is no answer, or none that counts. X(name, what it means to a person) */
#define REG_LOCALS(X) \
	X(NONE, "a server answered") \
	X(NAME_UNKNOWN, "the server's name does not exist") \
	X(NAME_EMPTY, "the name exists but has no address") \
	X(NAME_NOWHERE, "the server's address is no machine's, as 0.0.0.0 is") \
	X(NAME_NO_SERVICE, "the server's name says that it offers no SIP over this transport") \
	X(NAME_BAD_SERVICE, "the server's SRV records lead to names without an address") \
	X(NAME_SILENT, "no name server answered") \
	X(NAME_FAILED, "the name server could not say") \
	X(NO_ROUTE, "this machine has no way to the server's network") \
	X(NO_INTERFACE, "the network interface that is set is not there") \
	X(INTERFACE_DOWN, "the network interface that is set is off or has no link") \
	X(INTERFACE_FAMILY, \
	  "the network interface that is set has no address of the server's kind") \
	X(INTERFACE_UNNAMED, \
	  "a link-local address needs a network interface that is set by its name") \
	X(PORT_CLOSED, "the host is there, but nothing listens on the port") \
	X(HOST_UNREACHABLE, "a router says that the host cannot be reached") \
	X(PROHIBITED, "a firewall says no") \
	X(SILENCE, "nothing came back within 32 s") \
	X(NO_FINAL, "the server said that it is working on it, and then nothing more") \
	X(NOT_SIP, "something came back, but no SIP") \
	X(NOT_OURS, "answers came, but not to our request") \
	X(CONNECT_SILENCE, "nothing answered the request for a connection") \
	X(CONNECTION_LOST, "the connection was closed before an answer came") \
	X(TLS_FILES, "the TLS files that are set cannot be used") \
	X(TLS_STALLED, "the handshake of TLS began and did not end") \
	X(TLS_NOT_TLS, "the port speaks no TLS") \
	X(TLS_CLOSED, "the connection was closed when TLS was begun") \
	X(TLS_VERSION, "the server speaks only versions of TLS that are too old") \
	X(TLS_EXPIRED, "the server's certificate has expired") \
	X(TLS_NOT_YET, "the server's certificate is not valid yet") \
	X(TLS_NAME, "the server's certificate is for another name") \
	X(TLS_SELF_SIGNED, "the server's certificate is signed by nobody but itself") \
	X(TLS_UNKNOWN_CA, "the server's certificate is signed by an authority unknown here") \
	X(TLS_REVOKED, "the server's certificate was revoked by its authority") \
	X(TLS_WEAK, "the server's certificate is too weak") \
	X(TLS_CERTIFICATE, "the server's certificate is not one for this use") \
	X(TLS_CLIENT, "the server wants a certificate of ours, or another one") \
	X(TLS_CLIENT_EXPIRED, "the server does not take our certificate, which has expired") \
	X(TLS_FAILED, "TLS could not be agreed on") \
	X(TLS_TALK, "the server spoke of TLS without end, and the connection was closed") \
	X(TLS_DOWNGRADE, "TLS is asked for, and the name leads to less") \
	X(TOO_LARGE, "the request does not fit into a datagram") \
	X(SOCKET, "this machine refuses to send") \
	X(MEMORY, "this machine is out of memory") \
	X(INTERRUPTED, "stopped before an answer came")

#define REG_LOCAL_ENUM(name, text) REG_LOCAL_##name,
enum reg_local { REG_LOCALS(REG_LOCAL_ENUM) REG_LOCAL_COUNT };

/* What was the matter with a challenge, or with our answer to it. X(name, what it means to a
 * person) */
#define REG_AUTHS(X) \
	X(NONE, "no login was asked for") \
	X(ASKED, "a challenge that we can answer") \
	X(REJECTED, "our answer was not accepted") \
	X(STALE_LOOP, "the server keeps calling our answer out of date") \
	X(REALM_LOOP, "each answer is met with the question of another realm") \
	X(NO_CHALLENGE, "asked for a login without saying how") \
	X(MALFORMED, "the challenge cannot be read") \
	X(NOT_DIGEST, "asks for the password in a way that would give it away") \
	X(ALGORITHM, "asks for an algorithm that we do not have") \
	X(QOP, "asks for a protection that we do not have") \
	X(FOREIGN_REALM, "asks for the login of another realm than the one set") \
	X(NO_PASSWORD, "asks for a login, and no password is set") \
	X(TOO_LONG, "realm, nonce or opaque is longer than is answered")

#define REG_AUTH_ENUM(name, text) REG_AUTH_##name,
enum reg_auth { REG_AUTHS(REG_AUTH_ENUM) REG_AUTH_COUNT };

/* What was the matter with a 2xx. X(name, what it means to a person) */
#define REG_GRANTS(X) \
	X(OURS, "our binding is listed") \
	X(ZERO, "our binding is listed with 0 s") \
	X(ABSENT, "our binding is not listed") \
	X(REMOVED, "a removal was confirmed")

#define REG_GRANT_ENUM(name, text) REG_GRANT_##name,
enum reg_grant { REG_GRANTS(REG_GRANT_ENUM) REG_GRANT_COUNT };

/* What was the matter with a redirect. */
enum reg_redirect {
	REG_REDIRECT_NONE,
	REG_REDIRECT_ALLOWED,
	REG_REDIRECT_FOREIGN,   /* another host or domain than the server's */
	REG_REDIRECT_DOWNGRADE, /* from TLS to less */
	REG_REDIRECT_NOWHERE,   /* no Contact that is a SIP URI */
	REG_REDIRECT_LOOP,      /* the sixth in one attempt */
};

/* Where in the workflow it happened. */
enum reg_stage {
	REG_STAGE_NAME,     /* looking the server up */
	REG_STAGE_FIRST,    /* the REGISTER without credentials */
	REG_STAGE_ANSWERED, /* a REGISTER with credentials */
	REG_STAGE_REFRESH,  /* any REGISTER while a binding is held */
	REG_STAGE_REMOVAL,
};

/* The facts of one reply, or of its absence. Slices borrow from the message and are absent where
 * the header is. Zeroed means: nothing known. */
struct reg_facts {
	enum reg_stage stage;
	uint16_t status; /* 100 to 699; 0: no server answered, and local says why */
	enum reg_local local;
	enum reg_auth auth;
	enum reg_grant grant;
	enum reg_redirect redirect;
	uint32_t granted_s;     /* 2xx: what our binding was given */
	uint32_t min_expires_s; /* 423: 0 where the header is absent or no number */
	uint32_t retry_after_s; /* 0 where absent or no number */
	uint32_t asked_s;       /* what the request asked for */
	uint16_t bindings;      /* 2xx: how many are listed, ours included */
	uint16_t foreign;       /* 2xx: how many are not ours */
	bool ours_rewritten; /* 2xx: ours was found by what the Via says, not by its URI: NAT or ALG
	                      */
	bool via_rewritten;  /* the Via came back with another sent-by than we wrote: an ALG */
	bool weaker_algorithm; /* the challenge is weaker than an earlier one of this server */
	bool realm_changed;    /* another realm than the one that answered first */
	bool rspauth_wrong;    /* the server could not prove that it knows the password */
	bool was_good;         /* the line has been registered before, with these settings */
	bool was_refused;      /* the line's last attempt that met an answer was refused a login */
	bool answers_options;  /* the server has answered an OPTIONS just before */
	bool connected;        /* the request went over a connection that was open: TCP or TLS */
	bool credentials_sent;
	bool clock_odd;      /* our clock shows a time before this program was written */
	bool name_stale;     /* DNS fails: the addresses that it gave last were used */
	bool sent_stray;     /* answers came that do not match: counted, dropped */
	struct slice reason; /* reason phrase, verbatim */
	struct slice registrar_error, warning, reason_header, unsupported, require, server;
	struct slice realm;     /* of the challenge */
	struct slice algorithm; /* of the challenge, as it stands */
	struct slice transport; /* "UDP", "TCP", "TLS": that the request goes over */
	struct slice interface; /* where one is set: its name or address */
	struct slice issuer;    /* of the server's certificate, where that was refused */
};

/* The class of facts, by the rules of docs/architecture.md ("Behaviour that is fixed", 3 to 6).
 * Total: every status from 100 to 699 and every reg_local has one. CHALLENGED, TOO_BRIEF,
 * REDIRECTED say what the answer is; whether this attempt may still act on it is the machine's to
 * know. */
enum reg_outcome reply_outcome(const struct reg_facts *facts);

/* Whether the server refused the login or the sender: 403, or 401 or 407 that is no first question.
 * Servers count these, and many lock out who has too many. */
bool reg_login_refused(const struct reg_facts *facts);

/* Whether it is the target that is at fault, and not this machine, the name or what is set: then
 * another target of the same name may do better. */
bool reg_blames_target(enum reg_local local);

/* Whether it is the network interface that is set. */
bool reg_blames_interface(enum reg_local local);

/* The status that a person is shown: the server's, or 408 where no server's answer decided (the
 * article's "Network Timeout"). */
uint16_t reg_shown_status(const struct reg_facts *facts);

/* "a server answered" and so on: the sentences of the tables above. */
const char *reg_local_text(enum reg_local local);
const char *reg_local_name(enum reg_local local); /* "NAME_UNKNOWN" */

#endif
