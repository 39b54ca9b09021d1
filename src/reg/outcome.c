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
