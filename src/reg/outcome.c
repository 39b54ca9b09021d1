/* reg/outcome.c: the one place where a reply is given its class. */
#include "reg/outcome.h"

enum reg_outcome reply_outcome(const struct reg_facts *facts)
{
	unsigned status = facts->status;

	if (status == 0)
		return REG_FAILED;
	if (status < 200)
		return REG_PROVISIONAL;
	if (status < 300)
		return facts->grant == REG_GRANT_OURS || facts->grant == REG_GRANT_REMOVED
		               ? REG_GRANTED
		               : REG_REFUSED;
	if (status < 400)
		return facts->redirect == REG_REDIRECT_ALLOWED ? REG_REDIRECTED : REG_REFUSED;
	switch (status) {
	case 401:
	case 407:
		return facts->auth == REG_AUTH_ASKED ? REG_CHALLENGED : REG_REFUSED;
	case 408:
	case 480:
		return REG_FAILED;
	case 423:
		return REG_TOO_BRIEF;
	default:
		return status >= 500 && status < 600 ? REG_FAILED : REG_REFUSED;
	}
}

bool reg_login_refused(const struct reg_facts *facts)
{
	return facts->status == 403 ||
	       ((facts->status == 401 || facts->status == 407) && facts->auth != REG_AUTH_ASKED);
}

bool reg_blames_target(enum reg_local local)
{
	switch (local) {
	case REG_LOCAL_NONE:
	case REG_LOCAL_NAME_UNKNOWN:
	case REG_LOCAL_NAME_EMPTY:
	case REG_LOCAL_NAME_NOWHERE:
	case REG_LOCAL_NAME_NO_SERVICE:
	case REG_LOCAL_NAME_BAD_SERVICE:
	case REG_LOCAL_NAME_SILENT:
	case REG_LOCAL_NAME_FAILED:
	case REG_LOCAL_NO_ROUTE:
	case REG_LOCAL_NO_INTERFACE:
	case REG_LOCAL_INTERFACE_DOWN:
	case REG_LOCAL_INTERFACE_FAMILY:
	case REG_LOCAL_INTERFACE_UNNAMED:
	case REG_LOCAL_TLS_FILES:
	case REG_LOCAL_TLS_CLIENT:
	case REG_LOCAL_TLS_CLIENT_EXPIRED:
	case REG_LOCAL_TLS_DOWNGRADE:
	case REG_LOCAL_TOO_LARGE:
	case REG_LOCAL_SOCKET:
	case REG_LOCAL_MEMORY:
	case REG_LOCAL_INTERRUPTED:
	case REG_LOCAL_COUNT:
		return false;
	case REG_LOCAL_PORT_CLOSED:
	case REG_LOCAL_HOST_UNREACHABLE:
	case REG_LOCAL_PROHIBITED:
	case REG_LOCAL_SILENCE:
	case REG_LOCAL_NO_FINAL:
	case REG_LOCAL_NOT_SIP:
	case REG_LOCAL_NOT_OURS:
	case REG_LOCAL_CONNECT_SILENCE:
	case REG_LOCAL_CONNECTION_LOST:
	case REG_LOCAL_TLS_STALLED:
	case REG_LOCAL_TLS_NOT_TLS:
	case REG_LOCAL_TLS_CLOSED:
	case REG_LOCAL_TLS_VERSION:
	case REG_LOCAL_TLS_EXPIRED:
	case REG_LOCAL_TLS_NOT_YET:
	case REG_LOCAL_TLS_NAME:
	case REG_LOCAL_TLS_SELF_SIGNED:
	case REG_LOCAL_TLS_UNKNOWN_CA:
	case REG_LOCAL_TLS_REVOKED:
	case REG_LOCAL_TLS_WEAK:
	case REG_LOCAL_TLS_CERTIFICATE:
	case REG_LOCAL_TLS_FAILED:
	case REG_LOCAL_TLS_TALK:
		return true;
	}
	return false;
}

bool reg_blames_interface(enum reg_local local)
{
	return local == REG_LOCAL_NO_INTERFACE || local == REG_LOCAL_INTERFACE_DOWN ||
	       local == REG_LOCAL_INTERFACE_FAMILY || local == REG_LOCAL_INTERFACE_UNNAMED;
}

uint16_t reg_shown_status(const struct reg_facts *facts)
{
	return facts->status ? facts->status : 408;
}

#define LOCAL_TEXT(name, text) [REG_LOCAL_##name] = text,
#define LOCAL_NAME(name, text) [REG_LOCAL_##name] = #name,
static const char *const local_texts[] = { REG_LOCALS(LOCAL_TEXT) };
static const char *const local_names[] = { REG_LOCALS(LOCAL_NAME) };

const char *reg_local_text(enum reg_local local)
{
	return local_texts[local];
}

const char *reg_local_name(enum reg_local local)
{
	return local_names[local];
}
