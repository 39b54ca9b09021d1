/* Which facts lead to which cause: a row for every entry (the build stops where one is missing),
 * and that no facts are left without one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "explain/explain.h"

#define LOCAL(name)  .local = REG_LOCAL_##name
#define STAGE(name)  .stage = REG_STAGE_##name
#define GRANT(name)  .grant = REG_GRANT_##name
#define REDIR(name)  .redirect = REG_REDIRECT_##name
#define SAYS(text)   .reason = { text, sizeof(text) - 1 }
#define SERVER(text) .server = { text, sizeof(text) - 1 }
#define REALM(text)  .realm = { text, sizeof(text) - 1 }
#define FIELD(text) \
	{ \
		text, sizeof(text) - 1 \
	}

/* A 401 to a login. */
#define LOGIN(name) \
	.status = 401, STAGE(ANSWERED), .credentials_sent = true, .auth = REG_AUTH_##name

static const struct {
	const char *id;
	struct reg_facts facts;
} rows[] = {
	/* What the server did or did not do when the binding was taken away. */
	{ "removed", { .status = 200, STAGE(REMOVAL), GRANT(REMOVED) } },
	{ "removal-silent", { STAGE(REMOVAL), LOCAL(SILENCE) } },
	{ "removal-silent", { STAGE(REMOVAL), LOCAL(NO_ROUTE), .was_good = true } },
	{ "removal-refused", { .status = 302, STAGE(REMOVAL), REDIR(FOREIGN) } },
	{ "removal-refused", { .status = 401, STAGE(REMOVAL), .auth = REG_AUTH_REJECTED } },
	{ "removal-refused", { .status = 500, STAGE(REMOVAL) } },
	{ "removal-refused", { .status = 603, STAGE(REMOVAL) } },
	{ "login-asked", { .status = 401, STAGE(REMOVAL), .auth = REG_AUTH_ASKED } },

	/* No answer. */
	{ "no-final-answer", { LOCAL(NO_FINAL) } },
	{ "no-final-answer", { .status = 100, LOCAL(SILENCE), SAYS("Trying") } },
	{ "name-unknown", { LOCAL(NAME_UNKNOWN) } },
	{ "name-empty", { LOCAL(NAME_EMPTY) } },
	{ "name-nowhere", { LOCAL(NAME_NOWHERE) } },
	{ "name-lost", { LOCAL(NAME_UNKNOWN), .was_good = true } },
	{ "name-lost", { LOCAL(NAME_EMPTY), STAGE(REFRESH) } },
	{ "name-silent", { LOCAL(NAME_SILENT) } },
	{ "name-silent", { LOCAL(NAME_SILENT), .was_good = true } },
	{ "name-no-service", { LOCAL(NAME_NO_SERVICE) } },
	{ "name-bad-service", { LOCAL(NAME_BAD_SERVICE) } },
	{ "name-failed", { LOCAL(NAME_FAILED) } },
	{ "no-route", { LOCAL(NO_ROUTE), STAGE(FIRST) } },
	{ "no-interface", { LOCAL(NO_INTERFACE), STAGE(FIRST) } },
	{ "interface-down", { LOCAL(INTERFACE_DOWN), STAGE(FIRST) } },
	{ "interface-down", { LOCAL(INTERFACE_DOWN), STAGE(REFRESH) } },
	{ "interface-no-address", { LOCAL(INTERFACE_FAMILY), STAGE(FIRST) } },
	{ "interface-unnamed", { LOCAL(INTERFACE_UNNAMED), STAGE(FIRST) } },
	{ "port-closed", { LOCAL(PORT_CLOSED), STAGE(FIRST) } },
	{ "server-stopped", { LOCAL(PORT_CLOSED), STAGE(FIRST), .was_good = true } },
	{ "server-stopped", { LOCAL(CONNECTION_LOST), STAGE(FIRST), .was_good = true } },
	{ "server-stopped", { LOCAL(CONNECTION_LOST), STAGE(REFRESH), .connected = true } },
	{ "server-stopped", { LOCAL(TLS_CLOSED), STAGE(REFRESH) } },
	{ "host-unreachable", { LOCAL(HOST_UNREACHABLE), STAGE(FIRST) } },
	{ "prohibited", { LOCAL(PROHIBITED), STAGE(FIRST) } },
	{ "silence", { LOCAL(SILENCE), STAGE(FIRST) } },
	{ "silence-since", { LOCAL(SILENCE), STAGE(FIRST), .was_good = true } },
	{ "silence-since", { LOCAL(SILENCE), STAGE(REFRESH), .credentials_sent = true } },
	{ "silence-after-login", { LOCAL(SILENCE), STAGE(ANSWERED), .was_good = true } },
	/* An open connection proves the way and the port, so that these are no advice. */
	{ "silence-connected", { LOCAL(SILENCE), STAGE(FIRST), .connected = true } },
	{ "silence-connected-since",
	  { LOCAL(SILENCE), STAGE(FIRST), .connected = true, .was_good = true } },
	{ "silence-connected-since", { LOCAL(SILENCE), STAGE(REFRESH), .connected = true } },
	{ "silence-after-login", { LOCAL(SILENCE), STAGE(ANSWERED), .connected = true } },
	{ "register-silent",
	  { LOCAL(SILENCE), STAGE(FIRST), .connected = true, .answers_options = true } },
	{ "not-ours", { LOCAL(SILENCE), .connected = true, .sent_stray = true } },
	{ "locked-out", { LOCAL(SILENCE), STAGE(FIRST), .connected = true, .was_refused = true } },
	{ "removal-silent", { LOCAL(SILENCE), STAGE(REMOVAL), .connected = true } },
	{ "register-silent", { LOCAL(SILENCE), STAGE(FIRST), .answers_options = true } },
	{ "not-ours", { LOCAL(SILENCE), .sent_stray = true, .answers_options = true } },
	{ "silence-after-login", { LOCAL(SILENCE), STAGE(ANSWERED), .answers_options = true } },
	{ "host-unreachable", { LOCAL(HOST_UNREACHABLE), STAGE(FIRST), .answers_options = true } },
	{ "locked-out", { LOCAL(SILENCE), STAGE(FIRST), .was_refused = true } },
	{ "locked-out", { LOCAL(SILENCE), STAGE(REFRESH), .was_refused = true, .was_good = true } },
	{ "locked-out", { LOCAL(PORT_CLOSED), STAGE(FIRST), .was_refused = true } },
	{ "locked-out", { LOCAL(PROHIBITED), STAGE(FIRST), .was_refused = true } },
	/* It asked for the login just before, so it was not shut yet. */
	{ "silence-after-login", { LOCAL(SILENCE), STAGE(ANSWERED), .was_refused = true } },
	{ "no-route", { LOCAL(NO_ROUTE), STAGE(FIRST), .was_refused = true } },
	{ "removal-silent", { LOCAL(SILENCE), STAGE(REMOVAL), .was_refused = true } },
	{ "not-ours", { LOCAL(NOT_OURS), STAGE(FIRST) } },
	{ "not-ours", { LOCAL(SILENCE), .sent_stray = true, .was_refused = true } },
	{ "not-ours", { LOCAL(SILENCE), STAGE(ANSWERED), .sent_stray = true } },
	{ "connect-silent", { LOCAL(CONNECT_SILENCE), STAGE(FIRST) } },
	{ "connection-lost", { LOCAL(CONNECTION_LOST), STAGE(FIRST) } },
	{ "connection-lost", { LOCAL(TLS_TALK), STAGE(FIRST) } },
	{ "connection-lost", { LOCAL(TLS_TALK), STAGE(REFRESH) } },
	{ "tls-files", { LOCAL(TLS_FILES), STAGE(FIRST) } },
	{ "tls-stalled", { LOCAL(TLS_STALLED), STAGE(FIRST) } },
	{ "tls-not-tls", { LOCAL(TLS_NOT_TLS), STAGE(FIRST) } },
	{ "tls-not-tls", { LOCAL(TLS_NOT_TLS), STAGE(REFRESH) } },
	{ "tls-not-tls", { LOCAL(TLS_CLOSED), STAGE(FIRST) } },
	{ "tls-version", { LOCAL(TLS_VERSION), STAGE(FIRST) } },
	{ "tls-expired", { LOCAL(TLS_EXPIRED), STAGE(FIRST) } },
	{ "tls-clock", { LOCAL(TLS_NOT_YET), STAGE(FIRST), .clock_odd = true } },
	{ "tls-not-yet-valid", { LOCAL(TLS_NOT_YET), STAGE(FIRST) } },
	{ "tls-name", { LOCAL(TLS_NAME), STAGE(FIRST) } },
	{ "tls-self-signed", { LOCAL(TLS_SELF_SIGNED), STAGE(FIRST) } },
	{ "tls-unknown-ca", { LOCAL(TLS_UNKNOWN_CA), STAGE(FIRST) } },
	{ "tls-revoked", { LOCAL(TLS_REVOKED), STAGE(FIRST) } },
	{ "tls-weak", { LOCAL(TLS_WEAK), STAGE(FIRST) } },
	{ "tls-certificate", { LOCAL(TLS_CERTIFICATE), STAGE(FIRST) } },
	{ "tls-client-cert", { LOCAL(TLS_CLIENT), STAGE(FIRST) } },
	{ "tls-client-expired", { LOCAL(TLS_CLIENT_EXPIRED), STAGE(FIRST) } },
	{ "tls-failed", { LOCAL(TLS_FAILED), STAGE(FIRST) } },
	{ "tls-downgrade", { LOCAL(TLS_DOWNGRADE), STAGE(FIRST) } },
	{ "not-sip", { LOCAL(NOT_SIP), STAGE(FIRST) } },
	{ "too-large", { LOCAL(TOO_LARGE), STAGE(ANSWERED) } },
	{ "socket", { LOCAL(SOCKET), STAGE(FIRST) } },
	{ "memory", { LOCAL(MEMORY), STAGE(FIRST) } },
	{ "interrupted", { LOCAL(INTERRUPTED), STAGE(FIRST) } },
	{ "unexplained", { 0 } },
	/* Where a server answered, its answer decides. */
	{ "server-busy", { .status = 503, LOCAL(SILENCE) } },

	/* 2xx */
	{ "registered", { .status = 200, STAGE(ANSWERED), GRANT(OURS), .granted_s = 60 } },
	{ "registered", { .status = 202, STAGE(REFRESH), GRANT(OURS), .foreign = 1 } },
	{ "granted-zero", { .status = 200, STAGE(ANSWERED), GRANT(ZERO) } },
	{ "granted-absent", { .status = 200, STAGE(ANSWERED), GRANT(ABSENT) } },
	{ "granted-to-others", { .status = 200, GRANT(ABSENT), .foreign = 2 } },
	{ "granted-rewritten",
	  { .status = 200, GRANT(ABSENT), .foreign = 1, .via_rewritten = true } },
	{ "server-unproven", { .status = 200, GRANT(OURS), .rspauth_wrong = true } },

	/* 3xx */
	{ "redirected", { .status = 302, REDIR(ALLOWED), SAYS("Moved Temporarily") } },
	{ "redirected", { .status = 305, REDIR(ALLOWED) } },
	{ "redirected", { .status = 302 } },
	{ "redirect-foreign", { .status = 301, REDIR(FOREIGN) } },
	{ "redirect-downgrade", { .status = 305, REDIR(DOWNGRADE) } },
	{ "redirect-nowhere", { .status = 300, REDIR(NOWHERE) } },
	{ "redirect-loop", { .status = 302, REDIR(LOOP) } },
	{ "use-proxy", { .status = 305, REDIR(FOREIGN) } },
	{ "alternative-service", { .status = 380, REDIR(NOWHERE) } },

	/* 401, 407 */
	{ "login-asked", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_ASKED } },
	{ "login-asked", { .status = 407, STAGE(REFRESH), .auth = REG_AUTH_ASKED } },
	{ "auth-refused", { LOGIN(REJECTED), SAYS("Unauthorized"), REALM("pbx.example") } },
	{ "auth-refused", { .status = 401 } },
	{ "auth-refused-since", { LOGIN(REJECTED), .was_good = true, REALM("asterisk") } },
	{ "auth-refused-proxy", { .status = 407, STAGE(ANSWERED), .auth = REG_AUTH_REJECTED } },
	{ "auth-refused-asterisk", { LOGIN(REJECTED), SERVER("FPBX-16.0.40(18.9)") } },
	{ "auth-refused-asterisk", { LOGIN(REJECTED), REALM("asterisk") } },
	{ "auth-refused-cisco", { LOGIN(REJECTED), REALM("ccmsipline") } },
	{ "auth-refused-cisco", { LOGIN(REJECTED), SERVER("Cisco-CUCM12.5") } },
	{ "auth-refused-3cx", { LOGIN(REJECTED), REALM("3CXPhoneSystem") } },
	{ "auth-refused-broadworks", { LOGIN(REJECTED), REALM("BroadWorks") } },
	{ "auth-rewritten", { LOGIN(REJECTED), .via_rewritten = true, .was_good = true } },
	{ "auth-weaker", { LOGIN(REJECTED), .weaker_algorithm = true } },
	{ "auth-realm-changed", { LOGIN(REJECTED), .realm_changed = true, .was_good = true } },
	/* A line that never worked has no account that was moved. */
	{ "auth-refused", { LOGIN(REJECTED), .realm_changed = true } },
	{ "auth-stale-loop", { LOGIN(STALE_LOOP), .was_good = true } },
	{ "auth-realm-loop", { LOGIN(REALM_LOOP), .realm_changed = true, REALM("r7") } },
	{ "auth-realm-loop", { LOGIN(REALM_LOOP), .realm_changed = true, .was_good = true } },
	{ "auth-no-challenge", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_NO_CHALLENGE } },
	{ "auth-malformed", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_MALFORMED } },
	{ "auth-not-digest", { .status = 407, STAGE(FIRST), .auth = REG_AUTH_NOT_DIGEST } },
	{ "auth-algorithm", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_ALGORITHM } },
	{ "auth-qop", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_QOP } },
	{ "auth-realm", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_FOREIGN_REALM } },
	{ "auth-no-password", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_NO_PASSWORD } },
	{ "auth-too-long", { .status = 401, STAGE(FIRST), .auth = REG_AUTH_TOO_LONG } },

	/* 400 */
	{ "bad-request", { .status = 400, SAYS("Bad Request") } },
	{ "bad-request-named", { .status = 400, .warning = FIELD("399 pbx \"Missing header\"") } },
	{ "bad-request-rewritten", { .status = 400, .via_rewritten = true } },
	{ "bad-request-contact",
	  { .status = 400, .registrar_error = FIELD("Contact parse error") } },
	{ "bad-request-address",
	  { .status = 400, .registrar_error = FIELD("No username in To URI") } },
	{ "bad-request-address", { .status = 484, SAYS("Invalid user part") } },

	/* 402: the two meanings, and neither */
	{ "bad-extension", { .status = 402, SAYS("Bad Extension") } },
	{ "payment-required", { .status = 402, SAYS("Payment Required") } },
	{ "payment-required", { .status = 403, SAYS("Insufficient credit") } },
	{ "extension-or-payment", { .status = 402, SAYS("No") } },
	/* ... and 420, which has the words of one of them, kept apart. */
	{ "option-unsupported", { .status = 420, SAYS("Bad Extension") } },
	{ "path-unsupported", { .status = 420, .unsupported = FIELD("gruu, path") } },
	{ "path-unsupported", { .status = 420, SAYS("No support for found Path indicated") } },

	/* 403 */
	{ "forbidden", { .status = 403, STAGE(ANSWERED), SAYS("Forbidden") } },
	{ "forbidden-unasked", { .status = 403, STAGE(FIRST), SAYS("Forbidden") } },
	{ "forbidden", { .status = 403, STAGE(FIRST), .credentials_sent = true } },
	{ "forbidden-since", { .status = 403, STAGE(REFRESH), SAYS("Forbidden") } },
	{ "forbidden-auth-user", { .status = 403, STAGE(ANSWERED), SAYS("Forbidden auth ID") } },
	{ "too-many-contacts", { .status = 403, SAYS("Too many devices") } },
	{ "too-many-contacts",
	  { .status = 503, .registrar_error = FIELD("Too many registered contacts") } },
	{ "banned", { .status = 403, SAYS("Too many failed attempts") } },
	{ "banned", { .status = 403, SAYS("Your IP address is BANNED"), .was_good = true } },
	{ "address-not-allowed", { .status = 403, SAYS("Forbidden by ACL") } },
	/* "acl" does not begin a word in "oracle" */
	{ "forbidden-unasked", { .status = 403, STAGE(FIRST), SAYS("Oracle says no") } },
	{ "account-disabled", { .status = 403, SAYS("Account suspended") } },
	{ "domain-not-served", { .status = 403, SAYS("Relaying denied") } },
	{ "domain-not-served", { .status = 404, SAYS("Unknown domain") } },
	{ "forbidden-freeswitch",
	  { .status = 403, STAGE(ANSWERED), SERVER("FreeSWITCH-mod_sofia/1.10.7") } },
	{ "forbidden-asterisk", { .status = 403, STAGE(ANSWERED), SERVER("Asterisk PBX 18.9") } },
	{ "forbidden-unasked", { .status = 403, STAGE(FIRST), SERVER("Asterisk PBX 18.9") } },

	/* 404 */
	{ "not-found", { .status = 404, STAGE(FIRST), SAYS("Not Found") } },
	{ "not-found-after-login", { .status = 404, STAGE(ANSWERED), SAYS("Not Found") } },
	{ "not-found-after-login", { .status = 604, STAGE(FIRST), .credentials_sent = true } },
	{ "not-found-since", { .status = 404, STAGE(REFRESH), SAYS("Not Found") } },

	/* The other 4xx */
	{ "register-not-allowed", { .status = 405 } },
	{ "not-acceptable", { .status = 406 } },
	{ "server-timeout", { .status = 408, STAGE(FIRST) } },
	{ "gone", { .status = 410 } },
	{ "request-too-large", { .status = 413 } },
	{ "request-too-large", { .status = 513 } },
	{ "content-refused", { .status = 415 } },
	{ "scheme-refused", { .status = 416 } },
	{ "option-required", { .status = 421, .require = FIELD("outbound") } },
	{ "expires-raised", { .status = 423, .asked_s = 60, .min_expires_s = 300 } },
	{ "expires-raised", { .status = 423, .asked_s = 60, .min_expires_s = 86400 } },
	{ "expires-too-brief", { .status = 423, .asked_s = 300 } },
	{ "expires-too-brief", { .status = 423, .asked_s = 300, .min_expires_s = 300 } },
	{ "expires-too-brief", { .status = 423, .asked_s = 300, .min_expires_s = 86401 } },
	{ "identity-demanded", { .status = 428 } },
	{ "flow-failed", { .status = 430 } },
	{ "outbound-unsupported", { .status = 439 } },
	{ "unavailable", { .status = 480 } },
	{ "transaction-lost", { .status = 481 } },
	{ "request-loop", { .status = 482 } },
	{ "request-loop", { .status = 483 } },
	{ "address-incomplete", { .status = 484, SAYS("Address Incomplete") } },
	{ "address-ambiguous", { .status = 485 } },
	{ "not-acceptable-here", { .status = 488 } },
	{ "request-pending", { .status = 491 } },
	{ "security-agreement", { .status = 494 } },
	{ "taken-for-call", { .status = 486 } },
	{ "out-of-place", { .status = 489 } },
	{ "out-of-place", { .status = 493 } },
	{ "refused-other", { .status = 478, SAYS("Unresolvable destination") } },

	/* 5xx */
	{ "server-error", { .status = 500 } },
	{ "server-database",
	  { .status = 500, .registrar_error = FIELD("usrloc_get_urecord failed") } },
	{ "register-unknown", { .status = 501 } },
	{ "registrar-unreached", { .status = 502 } },
	{ "registrar-unreached", { .status = 504 } },
	{ "server-busy", { .status = 503, STAGE(FIRST) } },
	{ "server-busy-until", { .status = 503, .retry_after_s = 120 } },
	{ "server-starting",
	  { .status = 503, .retry_after_s = 300, SAYS("Maximum Calls In Progress") } },
	{ "version-refused", { .status = 505 } },
	{ "push-refused", { .status = 555 } },
	{ "precondition-failed", { .status = 580 } },
	{ "server-error-other", { .status = 599 } },

	/* 6xx */
	{ "taken-for-call", { .status = 600 } },
	{ "taken-for-call", { .status = 603 } },
	{ "banned", { .status = 603, SAYS("Declined: blacklisted") } },
	{ "not-found", { .status = 604 } },
	{ "not-acceptable-here", { .status = 606 } },
	{ "filtered", { .status = 607 } },
	{ "filtered", { .status = 608 } },
	{ "declined-other", { .status = 699 } },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static void each_row_of_facts_leads_to_its_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(explain(&rows[i].facts)->id, rows[i].id) != 0)
			fail_msg("row %zu: %s, not %s", i, explain(&rows[i].facts)->id, rows[i].id);
}

/* These say in words of their own whether and when: nothing follows, or the time is the server's.
 */
static bool has_own_again(const char *id)
{
	static const char *const own[] = { "removal-silent", "removal-refused", "interrupted",
		                           "server-busy-until", "redirected" };

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(own[i], id) == 0)
			return true;
	return false;
}

/* What a cause says about trying again is what the class of its facts makes the machine do. */
static void again_is_that_of_the_outcome(void **state)
{
	const char *refused = explain_by_id(SLICE("refused-other"))->again;
	const char *failed = explain_by_id(SLICE("server-error-other"))->again;
	const char *either = explain_by_id(SLICE("request-too-large"))->again;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const char *again = explain(&rows[i].facts)->again;
		enum reg_outcome outcome = reply_outcome(&rows[i].facts);
		bool both = strcmp(again, either) == 0;
		bool says_refused = both || strcmp(again, refused) == 0;
		bool says_failed = both || strcmp(again, failed) == 0;

		/* A provisional answer is the last one only where the final one never came. */
		if (outcome == REG_PROVISIONAL)
			outcome = REG_FAILED;
		if (has_own_again(rows[i].id))
			assert_false(says_refused || says_failed);
		else if (says_refused != (both || outcome == REG_REFUSED) ||
		         says_failed != (both || outcome == REG_FAILED))
			fail_msg("row %zu, %s: the class is %d, it says: %s", i, rows[i].id,
			         (int)outcome, again);
	}
}

static bool speaks_of(const struct explain_cause *cause, const char *placeholder)
{
	bool found = strstr(cause->seen, placeholder) || strstr(cause->meaning, placeholder) ||
	             strstr(cause->again, placeholder);

	for (unsigned i = 0; cause->advice[i]; i++)
		found = found || strstr(cause->advice[i], placeholder);
	return found;
}

/* A text never says "wait for ? seconds". */
static void what_a_text_speaks_of_is_in_its_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct explain_cause *cause = explain(&rows[i].facts);

		if (speaks_of(cause, "@HINT@"))
			assert_true(slice_present(explain_hint(&rows[i].facts)));
		if (speaks_of(cause, "@RETRY_AFTER@"))
			assert_true(rows[i].facts.retry_after_s > 0);
		if (speaks_of(cause, "@MIN_EXPIRES@"))
			assert_int_equal(rows[i].facts.status, 423);
		if (speaks_of(cause, "@REALM@") || speaks_of(cause, "@ALGORITHM@"))
			assert_true(rows[i].facts.status == 401 || rows[i].facts.status == 407);
		assert_false(speaks_of(cause, "@COUNT@") || speaks_of(cause, "@PERIOD@") ||
		             speaks_of(cause, "@OFFSET@") || speaks_of(cause, "@SINCE@"));
		if (!rows[i].facts.status)
			assert_false(speaks_of(cause, "@STATUS@") || speaks_of(cause, "@REASON@"));
	}
}

/* Facts with all signs on or off. */
static struct reg_facts facts_of(unsigned status, unsigned stage, unsigned auth, bool signs)
{
	return (struct reg_facts){
		.status = (uint16_t)status,
		.stage = (enum reg_stage)stage,
		.auth = (enum reg_auth)auth,
		.was_good = signs,
		.credentials_sent = signs,
		.via_rewritten = signs,
		.weaker_algorithm = signs,
		.realm_changed = signs,
		.rspauth_wrong = signs,
		.retry_after_s = signs,
		.foreign = signs,
	};
}

static void must_have_cause(const struct reg_facts *facts)
{
	const struct explain_cause *cause = explain(facts);

	assert_non_null(cause);
	assert_ptr_equal(cause, explain_by_id(slice_str(cause->id)));
	if (facts->status >= 100 && facts->status < 700)
		assert_string_not_equal(cause->id, "unexplained");
}

static void no_facts_are_left_without_a_cause(void **state)
{
	(void)state;
	for (unsigned status = 0; status <= 700; status++)
		for (unsigned stage = 0; stage <= REG_STAGE_REMOVAL; stage++)
			for (unsigned auth = 0; auth < REG_AUTH_COUNT; auth++)
				for (unsigned signs = 0; signs < 2; signs++) {
					struct reg_facts facts =
						facts_of(status, stage, auth, signs);

					must_have_cause(&facts);
				}
}

static void no_grant_and_no_redirect_is_left_without_a_cause(void **state)
{
	(void)state;
	for (unsigned status = 200; status < 400; status++)
		for (unsigned stage = 0; stage <= REG_STAGE_REMOVAL; stage++)
			for (unsigned i = 0; i < 12; i++) {
				struct reg_facts facts = facts_of(status, stage, 0, i & 1);

				facts.grant = (enum reg_grant)(i / 2 % REG_GRANT_COUNT);
				facts.redirect = (enum reg_redirect)(i / 2);
				must_have_cause(&facts);
			}
}

static void each_local_cause_has_an_entry_in_every_stage(void **state)
{
	(void)state;
	for (unsigned local = 1; local < REG_LOCAL_COUNT; local++)
		for (unsigned stage = 0; stage <= REG_STAGE_REMOVAL; stage++)
			for (unsigned good = 0; good < 2; good++) {
				const struct reg_facts facts = { .stage = (enum reg_stage)stage,
					                         .local = (enum reg_local)local,
					                         .was_good = good };

				assert_string_not_equal(explain(&facts)->id, "unexplained");
			}
}

static void values_that_no_enum_has_are_unexplained(void **state)
{
	const struct reg_facts facts = { .local = (enum reg_local)177 };

	(void)state;
	assert_string_equal(explain(&facts)->id, "unexplained");
}

static void a_phrase_beyond_what_is_searched_is_not_found(void **state)
{
	char reason[400];
	struct reg_facts facts = { .status = 402, .reason = { reason, sizeof(reason) } };

	(void)state;
	memset(reason, 'x', sizeof(reason));
	memcpy(reason + 300, " payment ", 9);
	assert_string_equal(explain(&facts)->id, "extension-or-payment");
	memcpy(reason + 200, " payment ", 9);
	assert_string_equal(explain(&facts)->id, "payment-required");
	/* A text that ends within the phrase does not hold it. */
	facts.reason = slice_of(reason + 200, 7);
	assert_string_equal(explain(&facts)->id, "extension-or-payment");
}

static void causes_stand_in_the_order_of_their_ids(void **state)
{
	unsigned count = 0;

	(void)state;
	while (explain_at(count)) {
		if (count)
			assert_true(strcmp(explain_at(count - 1)->id, explain_at(count)->id) < 0);
		count++;
	}
	assert_true(count > 100);
	assert_null(explain_at(UINT32_MAX));
}

static bool is_under(uint16_t status, const char *id)
{
	const struct explain_cause *causes[EXPLAIN_UNDER_MAX];
	unsigned count = explain_under(status, causes);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(causes[i]->id, id) == 0)
			return true;
	return false;
}

static void a_status_has_its_own_cause_first_and_each_once(void **state)
{
	(void)state;
	for (unsigned status = 0; status <= 700; status++) {
		const struct reg_facts alone = { .status = (uint16_t)status,
			                         .local = REG_LOCAL_SILENCE };
		const struct explain_cause *causes[EXPLAIN_UNDER_MAX];
		unsigned count = explain_under((uint16_t)status, causes);

		assert_in_range(count, 1, EXPLAIN_UNDER_MAX - 1);
		assert_ptr_equal(causes[0], explain(&alone));
		for (unsigned i = 0; i < count; i++)
			for (unsigned k = 0; k < i; k++)
				assert_ptr_not_equal(causes[i], causes[k]);
	}
}

static void a_status_has_all_the_causes_that_rules_give_it(void **state)
{
	static const struct {
		uint16_t status;
		const char *id;
		bool is;
	} spots[] = {
		{ 401, "login-asked", true },        { 401, "auth-refused-proxy", false },
		{ 407, "auth-refused-proxy", true }, { 402, "bad-extension", true },
		{ 402, "payment-required", true },   { 402, "option-unsupported", false },
		{ 420, "bad-extension", false },     { 420, "path-unsupported", true },
		{ 408, "silence", false },           { 0, "silence", true },
		{ 0, "silence-since", true },        { 0, "server-timeout", false },
		{ 404, "removal-refused", true },    { 404, "refused-other", false },
		{ 200, "granted-zero", true },       { 200, "removal-refused", false },
		{ 100, "no-final-answer", true },    { 0, "unexplained", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].id, "unexplained") != 0 &&
		    !is_under(rows[i].facts.status, rows[i].id))
			fail_msg("%s is not under %u", rows[i].id, rows[i].facts.status);
	for (size_t i = 0; i < sizeof(spots) / sizeof(*spots); i++)
		if (is_under(spots[i].status, spots[i].id) != spots[i].is)
			fail_msg("%u, %s", spots[i].status, spots[i].id);
}

static void a_status_that_no_rule_names_has_the_cause_of_its_class(void **state)
{
	static const uint16_t named[] = { 300, 302, 305, 380, 401, 402, 408, 420, 500, 603, 608 };
	static const uint16_t unnamed[] = { 0, 100, 200, 399, 409, 478, 499, 599, 699, 700 };

	(void)state;
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		assert_true(explain_names(named[i]));
	for (size_t i = 0; i < sizeof(unnamed) / sizeof(*unnamed); i++)
		assert_false(explain_names(unnamed[i]));
	assert_string_equal(explain(&(struct reg_facts){ .status = 399 })->id, "redirected");
	assert_string_equal(explain(&(struct reg_facts){ .status = 478 })->id, "refused-other");
}

static void words_lead_to_the_causes_whose_rules_look_for_them(void **state)
{
	static const struct {
		const char *words, *id; /* the first one; NULL: no rule knows them */
		unsigned count;
		uint16_t status;
	} cases[] = {
		{ "Forbidden auth ID", "forbidden-auth-user", 1, 403 },
		{ "BANNED for good", "banned", 1, 0 },
		{ "Too many registered contacts", "too-many-contacts", 2, 0 },
		{ "Unknown domain", "domain-not-served", 1, 0 },
		/* 400 and 484, then 402. */
		{ "no such extension", "bad-request-address", 2, 0 },
		{ "no support for path", "path-unsupported", 1, 420 },
		/* A row above decides. */
		{ "blocked: no credit", "banned", 2, 0 },
		{ "hello", NULL, 0, 0 },
		{ "", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct explain_sense senses[EXPLAIN_UNDER_MAX];
		unsigned count = explain_by_words(slice_str(cases[i].words), senses);

		if (count != cases[i].count)
			fail_msg("%s: %u causes", cases[i].words, count);
		if (!count)
			continue;
		assert_string_equal(senses[0].cause->id, cases[i].id);
		assert_int_equal(senses[0].status, cases[i].status);
	}
	assert_int_equal(explain_by_words(SLICE_NONE, NULL), 0);
}

static void an_id_is_found_in_any_letter_case(void **state)
{
	(void)state;
	assert_string_equal(explain_by_id(SLICE("Auth-Refused"))->id, "auth-refused");
	assert_null(explain_by_id(SLICE("auth-refuse")));
	assert_null(explain_by_id(SLICE_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_facts_leads_to_its_cause),
		cmocka_unit_test(a_status_has_its_own_cause_first_and_each_once),
		cmocka_unit_test(a_status_has_all_the_causes_that_rules_give_it),
		cmocka_unit_test(a_status_that_no_rule_names_has_the_cause_of_its_class),
		cmocka_unit_test(again_is_that_of_the_outcome),
		cmocka_unit_test(what_a_text_speaks_of_is_in_its_facts),
		cmocka_unit_test(no_facts_are_left_without_a_cause),
		cmocka_unit_test(no_grant_and_no_redirect_is_left_without_a_cause),
		cmocka_unit_test(each_local_cause_has_an_entry_in_every_stage),
		cmocka_unit_test(values_that_no_enum_has_are_unexplained),
		cmocka_unit_test(a_phrase_beyond_what_is_searched_is_not_found),
		cmocka_unit_test(causes_stand_in_the_order_of_their_ids),
		cmocka_unit_test(words_lead_to_the_causes_whose_rules_look_for_them),
		cmocka_unit_test(an_id_is_found_in_any_letter_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
