/* facts/facts.h: from a response to facts (reg/outcome.h): whose answer it is, which binding is
 * ours, which challenge is to be answered, which redirect may be followed. Pure, and it decides
 * nothing: line/ registers by it, check/ finds out by it. */
#ifndef LINEUP_FACTS_FACTS_H
#define LINEUP_FACTS_FACTS_H

#include "digest/digest.h"
#include "reg/outcome.h"
#include "sip/msg.h"
#include "sip/uri.h"
#include "sip/via.h"

#define FACTS_CHALLENGES_MAX 256 /* challenges that are read in one response */

/* ---- whose answer it is */

/* What a request of ours said. */
struct facts_request {
	struct slice method; /* "REGISTER" */
	struct slice call_id;
	struct slice from; /* the URI in its From */
	struct slice from_tag;
	uint32_t cseq;
};

/* RFC 3261 17.1.3 asks for branch and method; since who can guess a branch can guess no more, the
 * rest must be the request's, too: Call-ID, From tag, CSeq, and a single Via (8.1.3.3). Branch and
 * source are the caller's to compare. */
bool facts_is_answer(const struct sip_msg *msg, const struct facts_request *request);

/* ---- what stands in it */

/* Fills in the status and what the headers say that any response may have. Slices borrow from msg.
 */
void facts_read_headers(const struct sip_msg *msg, struct reg_facts *facts);

/* Whether the Via that came back has another sent-by ("192.0.2.1:5062") than was sent. */
bool facts_via_rewritten(const struct sip_via *via, struct slice sent_by);

/* Why a request did not leave, or what ICMP says of it; error is a positive errno. */
enum reg_local facts_local_of_errno(int error);

/* The same for a connection, from how it ended (net/stream.h, which this room does not know): name
 * as of net_end_name(), error a positive errno where that is "ERROR". Total. */
enum reg_local facts_local_of_stream(const char *name, int error);

/* ---- challenges */

/* Of all challenges in the headers of one kind the one to answer: *ret_challenge is set, and the
 * result is REG_AUTH_ASKED. Where there is none, what was the matter with the one nearest to it;
 * *ret_challenge is then as far set as it could be read, the rest zeroed. realm, unless absent, is
 * the only one that is answered. */
enum reg_auth facts_pick_challenge(const struct sip_msg *msg, enum sip_header header,
                                   struct slice realm, struct digest_challenge *ret_challenge);

/* ---- bindings (docs/architecture.md, "Granted time") */

/* What a binding is held against. Slices may be absent: then nothing is ours for that reason. */
struct facts_claimant {
	struct slice contact; /* our Contact as it was sent: "<URI>;+sip.instance=...". Most servers
	                         write theirs behind it, so that little of it need be read */
	struct slice uri;     /* its URI */
	struct slice instance; /* "<urn:uuid:...>" */
	uint32_t reg_id;       /* that our Contact names (RFC 5626 4.2); 0: none */
	struct slice user;     /* our user, where the Contact names this host */
	struct slice
		hosts[2]; /* with user: our address, and what the Via says that the server saw */
};

/* Fills in what the bindings of a 2xx say: bindings, foreign, ours_rewritten, granted_s, grant. One
 * of our instance that names another reg-id is neither ours nor foreign.
 * facts->asked_s must be set. */
void facts_read_bindings(const struct facts_claimant *claimant, const struct sip_msg *msg,
                         struct reg_facts *facts);

struct facts_binding {
	struct slice uri;
	uint32_t expires_s;
	bool named; /* an expires was named; else expires_s is 0 */
	bool ours;
	bool beside; /* of our instance by another flow: not ours, and nobody else's either */
	/* Of ours: its GRUUs (RFC 5627 5.1), where they are SIP URIs; else absent. */
	struct slice pub_gruu, temp_gruu;
};

/* Walks the bindings that a 2xx lists, starting with a zeroed walk. */
struct facts_binding_walk {
	struct sip_values values;
	unsigned claim; /* how ours is known: this room's own */
	bool begun;
};
bool facts_binding_next(const struct facts_claimant *claimant, const struct sip_msg *msg,
                        struct facts_binding_walk *walk, struct facts_binding *ret_binding);

/* ---- redirects (docs/architecture.md, "Redirects") */

/* What a redirect is held against. */
struct facts_server {
	struct slice host;      /* of the address-of-record */
	struct slice next_hop;  /* the host that was looked up: the proxy's, or the server's */
	struct slice address;   /* of the target that answered, as a URI has it */
	struct slice transport; /* "udp" */
};

/* Judges the Contacts of a 3xx into facts->redirect. Where one may be followed *ret_uri is set: of
 * several the one with the highest q. */
void facts_read_redirect(const struct facts_server *server, const struct sip_msg *msg,
                         struct reg_facts *facts, struct sip_uri *ret_uri);

#endif
