/* explain/rules.c: which facts lead to which cause. Data only: explain.c walks it.
 *
 * The first row that holds wins, so that the particular stands above the general: what the server
 * says in words, then what is known of the line, then the status alone, then its class. Every id
 * in CAUSE() has a text in texts/, and every text a row here; the build holds to that. What a row
 * knows about a server's habits has its source in the text's remarks. */
#include "explain/rules.h"

#define CAUSE(id)      .cause = id
#define STATUS(...)    .is = { __VA_ARGS__ }
#define STAGE(name)    (1u << REG_STAGE_##name)
#define LOCAL(name)    (UINT64_C(1) << REG_LOCAL_##name)
#define AUTH(name)     (1u << REG_AUTH_##name)
#define GRANT(name)    (1u << REG_GRANT_##name)
#define REDIRECT(name) (1u << REG_REDIRECT_##name)
#define SIGN(name)     EXPLAIN_##name
#define ANY_LOCAL      (~LOCAL(NONE))
#define LOGIN          STATUS(401, 407)

/* What servers write; in lower case. */
#define SAYS_BANNED   "banned|blocked|blacklist|blocklist|fraud|attempts|locked out|brute"
#define SAYS_CONTACTS "too many|max contacts|contacts|bindings|registrations|devices|endpoints"
#define SAYS_DISABLED "disabled|suspended|inactive|deactivated|barred|locked"
#define SAYS_PAYMENT  "payment|credit|insufficient|unpaid|billing|prepaid|no balance|low balance"
#define SAYS_AUTH_USER \
	"auth id|authid|auth user|auth name|authentication id|username=|user mismatch"
#define SAYS_FROM    "acl|ip address|source|your ip|ip not|from this|not allowed from|invalid ip"
#define SAYS_DOMAIN  "domain|relay|not local|realm"
#define SAYS_ADDRESS "username|user part|to uri|aor|address of record|invalid user|extension"
#define SAYS_STORE   "usrloc|database|db|sql|location|backend"

#define MAKER_ASTERISK   "asterisk|fpbx|freepbx|issabel|elastix"
#define MAKER_CISCO      "cisco-cucm|ccmsipline"
#define MAKER_3CX        "3cx"
#define MAKER_BROADWORKS "broadworks|broadsoft"
#define MAKER_FREESWITCH "freeswitch|fusionpbx"

const struct explain_rule explain_rules[] = {
	/* Taking a binding away: whatever is answered, it ends by itself. */
	{ CAUSE("removed"), .class = 2, .grants = GRANT(REMOVED) },
	{ CAUSE("login-asked"), LOGIN, .auths = AUTH(ASKED) },
	{ CAUSE("removal-silent"), .stages = STAGE(REMOVAL), .locals = ANY_LOCAL },
	{ CAUSE("removal-refused"), .stages = STAGE(REMOVAL), .class = 3 },
	{ CAUSE("removal-refused"), .stages = STAGE(REMOVAL), .class = 4 },
	{ CAUSE("removal-refused"), .stages = STAGE(REMOVAL), .class = 5 },
	{ CAUSE("removal-refused"), .stages = STAGE(REMOVAL), .class = 6 },

	/* No answer that counts. */
	{ CAUSE("no-final-answer"), .locals = LOCAL(NO_FINAL) },
	{ CAUSE("no-final-answer"), .class = 1 },
	{ CAUSE("name-lost"), .locals = LOCAL(NAME_UNKNOWN) | LOCAL(NAME_EMPTY),
	  .when = SIGN(GOOD) },
	{ CAUSE("name-unknown"), .locals = LOCAL(NAME_UNKNOWN) },
	{ CAUSE("name-empty"), .locals = LOCAL(NAME_EMPTY) },
	{ CAUSE("name-nowhere"), .locals = LOCAL(NAME_NOWHERE) },
	{ CAUSE("name-no-service"), .locals = LOCAL(NAME_NO_SERVICE) },
	{ CAUSE("name-bad-service"), .locals = LOCAL(NAME_BAD_SERVICE) },
	{ CAUSE("name-silent"), .locals = LOCAL(NAME_SILENT) },
	{ CAUSE("name-failed"), .locals = LOCAL(NAME_FAILED) },
	{ CAUSE("no-route"), .locals = LOCAL(NO_ROUTE) },
	{ CAUSE("no-interface"), .locals = LOCAL(NO_INTERFACE) },
	{ CAUSE("interface-down"), .locals = LOCAL(INTERFACE_DOWN) },
	{ CAUSE("interface-no-address"), .locals = LOCAL(INTERFACE_FAMILY) },
	{ CAUSE("interface-unnamed"), .locals = LOCAL(INTERFACE_UNNAMED) },
	/* A lock shows as silence, or as what a firewall says in the server's stead. */
	{ CAUSE("locked-out"), .locals = LOCAL(SILENCE) | LOCAL(PORT_CLOSED) | LOCAL(PROHIBITED),
	  .stages = STAGE(FIRST) | STAGE(REFRESH), .when = SIGN(WAS_REFUSED),
	  .unless = SIGN(STRAY) },
	/* Whether the next connection is refused, or taken and closed, is a matter of milliseconds:
	 * one event, and so one cause, where the line has been registered there. */
	{ CAUSE("server-stopped"),
	  .locals = LOCAL(PORT_CLOSED) | LOCAL(CONNECTION_LOST) | LOCAL(TLS_CLOSED),
	  .when = SIGN(GOOD) },
	{ CAUSE("port-closed"), .locals = LOCAL(PORT_CLOSED) },
	{ CAUSE("host-unreachable"), .locals = LOCAL(HOST_UNREACHABLE) },
	{ CAUSE("prohibited"), .locals = LOCAL(PROHIBITED) },
	{ CAUSE("not-ours"), .locals = LOCAL(NOT_OURS) },
	{ CAUSE("not-ours"), .locals = LOCAL(SILENCE), .when = SIGN(STRAY) },
	{ CAUSE("silence-after-login"), .locals = LOCAL(SILENCE), .stages = STAGE(ANSWERED) },
	{ CAUSE("register-silent"), .locals = LOCAL(SILENCE), .stages = STAGE(FIRST),
	  .when = SIGN(OPTIONS) },
	{ CAUSE("silence-connected-since"), .locals = LOCAL(SILENCE),
	  .when = SIGN(CONNECTED) | SIGN(GOOD) },
	{ CAUSE("silence-connected"), .locals = LOCAL(SILENCE), .when = SIGN(CONNECTED) },
	{ CAUSE("silence-since"), .locals = LOCAL(SILENCE), .when = SIGN(GOOD) },
	{ CAUSE("silence"), .locals = LOCAL(SILENCE) },
	{ CAUSE("not-sip"), .locals = LOCAL(NOT_SIP) },
	{ CAUSE("connect-silent"), .locals = LOCAL(CONNECT_SILENCE) },
	{ CAUSE("connection-lost"), .locals = LOCAL(CONNECTION_LOST) | LOCAL(TLS_TALK) },
	{ CAUSE("tls-files"), .locals = LOCAL(TLS_FILES) },
	{ CAUSE("tls-stalled"), .locals = LOCAL(TLS_STALLED) },
	{ CAUSE("tls-not-tls"), .locals = LOCAL(TLS_NOT_TLS) | LOCAL(TLS_CLOSED) },
	{ CAUSE("tls-version"), .locals = LOCAL(TLS_VERSION) },
	{ CAUSE("tls-expired"), .locals = LOCAL(TLS_EXPIRED) },
	{ CAUSE("tls-clock"), .locals = LOCAL(TLS_NOT_YET), .when = SIGN(CLOCK_ODD) },
	{ CAUSE("tls-not-yet-valid"), .locals = LOCAL(TLS_NOT_YET) },
	{ CAUSE("tls-name"), .locals = LOCAL(TLS_NAME) },
	{ CAUSE("tls-self-signed"), .locals = LOCAL(TLS_SELF_SIGNED) },
	{ CAUSE("tls-unknown-ca"), .locals = LOCAL(TLS_UNKNOWN_CA) },
	{ CAUSE("tls-revoked"), .locals = LOCAL(TLS_REVOKED) },
	{ CAUSE("tls-weak"), .locals = LOCAL(TLS_WEAK) },
	{ CAUSE("tls-certificate"), .locals = LOCAL(TLS_CERTIFICATE) },
	{ CAUSE("tls-client-cert"), .locals = LOCAL(TLS_CLIENT) },
	{ CAUSE("tls-client-expired"), .locals = LOCAL(TLS_CLIENT_EXPIRED) },
	{ CAUSE("tls-failed"), .locals = LOCAL(TLS_FAILED) },
	{ CAUSE("tls-downgrade"), .locals = LOCAL(TLS_DOWNGRADE) },
	{ CAUSE("too-large"), .locals = LOCAL(TOO_LARGE) },
	{ CAUSE("socket"), .locals = LOCAL(SOCKET) },
	{ CAUSE("memory"), .locals = LOCAL(MEMORY) },
	{ CAUSE("interrupted"), .locals = LOCAL(INTERRUPTED) },

	/* 2xx: yes, but. */
	{ CAUSE("granted-zero"), .class = 2, .grants = GRANT(ZERO) },
	{ CAUSE("granted-rewritten"), .class = 2, .grants = GRANT(ABSENT),
	  .when = SIGN(VIA_REWRITTEN) },
	{ CAUSE("granted-to-others"), .class = 2, .grants = GRANT(ABSENT), .when = SIGN(FOREIGN) },
	{ CAUSE("granted-absent"), .class = 2, .grants = GRANT(ABSENT) },
	{ CAUSE("server-unproven"), .class = 2, .when = SIGN(UNPROVEN) },
	{ CAUSE("registered"), .class = 2 },

	/* 3xx: elsewhere. */
	{ CAUSE("redirect-downgrade"), .class = 3, .redirects = REDIRECT(DOWNGRADE) },
	{ CAUSE("redirect-loop"), .class = 3, .redirects = REDIRECT(LOOP) },
	{ CAUSE("redirected"), .class = 3, .redirects = REDIRECT(ALLOWED) },
	{ CAUSE("use-proxy"), STATUS(305) },
	{ CAUSE("alternative-service"), STATUS(380) },
	{ CAUSE("redirect-foreign"), .class = 3, .redirects = REDIRECT(FOREIGN) },
	{ CAUSE("redirect-nowhere"), .class = 3, .redirects = REDIRECT(NOWHERE) },
	{ CAUSE("redirected"), STATUS(300, 301, 302) },
	{ CAUSE("redirected"), .class = 3 },

	/* 401, 407: the login, the challenge first. */
	{ CAUSE("auth-stale-loop"), LOGIN, .auths = AUTH(STALE_LOOP) },
	{ CAUSE("auth-realm-loop"), LOGIN, .auths = AUTH(REALM_LOOP) },
	{ CAUSE("auth-no-challenge"), LOGIN, .auths = AUTH(NO_CHALLENGE) },
	{ CAUSE("auth-malformed"), LOGIN, .auths = AUTH(MALFORMED) },
	{ CAUSE("auth-not-digest"), LOGIN, .auths = AUTH(NOT_DIGEST) },
	{ CAUSE("auth-algorithm"), LOGIN, .auths = AUTH(ALGORITHM) },
	{ CAUSE("auth-qop"), LOGIN, .auths = AUTH(QOP) },
	{ CAUSE("auth-realm"), LOGIN, .auths = AUTH(FOREIGN_REALM) },
	{ CAUSE("auth-no-password"), LOGIN, .auths = AUTH(NO_PASSWORD) },
	{ CAUSE("auth-too-long"), LOGIN, .auths = AUTH(TOO_LONG) },
	{ CAUSE("auth-rewritten"), LOGIN, .when = SIGN(VIA_REWRITTEN) },
	{ CAUSE("auth-weaker"), LOGIN, .when = SIGN(WEAKER) },
	{ CAUSE("auth-realm-changed"), LOGIN, .when = SIGN(REALM_CHANGED) | SIGN(GOOD) },
	{ CAUSE("auth-refused-since"), LOGIN, .when = SIGN(GOOD) },
	{ CAUSE("auth-refused-proxy"), STATUS(407) },
	{ CAUSE("auth-refused-cisco"), LOGIN, .maker = MAKER_CISCO },
	{ CAUSE("auth-refused-3cx"), LOGIN, .maker = MAKER_3CX },
	{ CAUSE("auth-refused-broadworks"), LOGIN, .maker = MAKER_BROADWORKS },
	{ CAUSE("auth-refused-asterisk"), LOGIN, .maker = MAKER_ASTERISK },
	{ CAUSE("auth-refused"), LOGIN },

	/* What servers say in words, whatever the number; 603 and 606 are what some providers'
	 * gateways make of a 403. */
	{ CAUSE("banned"), STATUS(403, 600, 603, 606), .says = SAYS_BANNED },
	{ CAUSE("forbidden-auth-user"), STATUS(403), .says = SAYS_AUTH_USER },
	{ CAUSE("payment-required"), STATUS(402, 403, 603), .says = SAYS_PAYMENT },
	{ CAUSE("account-disabled"), STATUS(403, 404, 603), .says = SAYS_DISABLED },
	{ CAUSE("too-many-contacts"), STATUS(403, 503), .says = SAYS_CONTACTS },
	{ CAUSE("address-not-allowed"), STATUS(403, 603), .says = SAYS_FROM },
	{ CAUSE("domain-not-served"), STATUS(403, 404), .says = SAYS_DOMAIN },

	{ CAUSE("bad-request-address"), STATUS(400, 484), .says = SAYS_ADDRESS },
	{ CAUSE("bad-request-contact"), STATUS(400), .says = "contact" },
	{ CAUSE("bad-request-rewritten"), STATUS(400), .when = SIGN(VIA_REWRITTEN) },
	{ CAUSE("bad-request-named"), STATUS(400), .when = SIGN(HINT) },
	{ CAUSE("bad-request"), STATUS(400) },

	/* 402 has two meanings: a provider's, that the extension is not valid, and RFC 3261's. */
	{ CAUSE("bad-extension"), STATUS(402), .says = "bad ext|invalid ext|extension" },
	{ CAUSE("extension-or-payment"), STATUS(402) },

	{ CAUSE("forbidden-since"), STATUS(403), .when = SIGN(GOOD) },
	{ CAUSE("forbidden-freeswitch"), STATUS(403), .maker = MAKER_FREESWITCH },
	{ CAUSE("forbidden-asterisk"), STATUS(403), .when = SIGN(SENT), .maker = MAKER_ASTERISK },
	{ CAUSE("forbidden-unasked"), STATUS(403), .stages = STAGE(FIRST), .unless = SIGN(SENT) },
	{ CAUSE("forbidden"), STATUS(403) },

	{ CAUSE("not-found-since"), STATUS(404, 604), .when = SIGN(GOOD) },
	{ CAUSE("not-found-after-login"), STATUS(404, 604), .when = SIGN(SENT) },
	{ CAUSE("not-found"), STATUS(404, 604) },

	{ CAUSE("register-not-allowed"), STATUS(405) },
	{ CAUSE("not-acceptable"), STATUS(406) },
	{ CAUSE("server-timeout"), STATUS(408) },
	{ CAUSE("gone"), STATUS(410) },
	{ CAUSE("request-too-large"), STATUS(413, 414, 513) },
	{ CAUSE("content-refused"), STATUS(415) },
	{ CAUSE("scheme-refused"), STATUS(416) },
	{ CAUSE("path-unsupported"), STATUS(420), .option = "path" },
	{ CAUSE("path-unsupported"), STATUS(420), .says = "path|invalid modifications" },
	{ CAUSE("option-unsupported"), STATUS(420) },
	{ CAUSE("option-required"), STATUS(421) },
	{ CAUSE("expires-raised"), STATUS(423), .when = SIGN(MIN_LONGER) },
	{ CAUSE("expires-too-brief"), STATUS(423) },
	{ CAUSE("identity-demanded"), STATUS(428, 436, 437, 438) },
	{ CAUSE("flow-failed"), STATUS(430) },
	{ CAUSE("outbound-unsupported"), STATUS(439) },
	{ CAUSE("unavailable"), STATUS(480) },
	{ CAUSE("transaction-lost"), STATUS(481) },
	{ CAUSE("request-loop"), STATUS(440, 482, 483) },
	{ CAUSE("address-incomplete"), STATUS(484) },
	{ CAUSE("address-ambiguous"), STATUS(485) },
	{ CAUSE("not-acceptable-here"), STATUS(488, 606) },
	{ CAUSE("request-pending"), STATUS(491) },
	{ CAUSE("security-agreement"), STATUS(494) },
	{ CAUSE("taken-for-call"), STATUS(486, 487, 600, 603) },
	{ CAUSE("filtered"), STATUS(607, 608) },
	{ CAUSE("out-of-place"), STATUS(412, 417, 422, 424, 425, 429, 433, 469, 470, 489, 493) },

	{ CAUSE("server-database"), STATUS(500), .says = SAYS_STORE },
	{ CAUSE("server-starting"), STATUS(503), .says = "maximum calls|starting|booting" },
	{ CAUSE("server-busy-until"), STATUS(500, 503), .when = SIGN(RETRY_AFTER) },
	{ CAUSE("server-error"), STATUS(500) },
	{ CAUSE("register-unknown"), STATUS(501) },
	{ CAUSE("registrar-unreached"), STATUS(502, 504) },
	{ CAUSE("server-busy"), STATUS(503) },
	{ CAUSE("version-refused"), STATUS(505) },
	{ CAUSE("push-refused"), STATUS(555) },
	{ CAUSE("precondition-failed"), STATUS(580) },

	/* What is left, by class (RFC 3261 8.1.3.2). */
	{ CAUSE("refused-other"), .class = 4 },
	{ CAUSE("server-error-other"), .class = 5 },
	{ CAUSE("declined-other"), .class = 6 },
	{ CAUSE("unexplained") },
};

const unsigned explain_rule_count = sizeof(explain_rules) / sizeof(*explain_rules);
