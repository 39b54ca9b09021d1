/* config/profile.h: what known PBXs and providers want of a server's settings, one row each.
 *
 * A profile is a beginning: its values stand where a file or a request sets none, and are written
 * into the server's own row. A value is in a row only where its source says so; nothing of a
 * profile is guessed, and none changes what the program does beyond these settings. */
#ifndef LINEUP_CONFIG_PROFILE_H
#define LINEUP_CONFIG_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* The choices of the key "profile"; a test holds the rows to them. */
#define CONFIG_PROFILE_NAMES \
	"1und1 3cx asterisk avaya-aura avaya-ipoffice broadworks cucm dusnet easybell " \
	"flowroute freepbx freeswitch fritzbox grandstream kamailio linphone mitel netcologne " \
	"onsip opensips ovh ringcentral sipgate starface swisscom telekom telnyx twilio " \
	"vodafone vonage webex yeastar zoom"

#define CONFIG_PROFILE_AGENTS 2

struct config_profile {
	const char *name, *title;
	/* How the Server or User-Agent field of its answers begins, whatever the case; NULL: it
	 * does not show itself there, or not by a text that is its own. */
	const char *agents[CONFIG_PROFILE_AGENTS];
	/* A provider's own: who registers there, or at a host in it, is its customer. NULL: none,
	 * as of a PBX, which stands anywhere. */
	const char *domain;
	/* Values of keys, as they would be written; NULL: as for any server. */
	const char *transport, *expires, *keep_alive, *srv, *outbound;
	const char *proxy;    /* what the proxy is, in words; NULL: none is needed */
	bool proxy_is_needed; /* nothing registers there without one */
	const char *unset;    /* why it sets nothing, behind "nothing: "; NULL: it sets some */
	const char *quirks;   /* what people trip over there */
	const char *source;   /* where that is said; several with ", " between */
};

const struct config_profile *config_profiles(size_t *ret_count);

/* NULL: there is none of that name, or name is NULL. */
const struct config_profile *config_profile_find(const char *name);

/* The profile of what says so of itself in the Server or User-Agent field of an answer; NULL: none
 * is known by that, or the text is absent. It is a hint and no proof: anybody may write anything
 * there. */
const struct config_profile *config_profile_of_agent(struct slice agent);

/* The profile of the provider that the host of an address belongs to; NULL: of none that is known,
 * or the host is absent. */
const struct config_profile *config_profile_of_host(struct slice host);

/* Of whom the two say more: the host, since a provider's PBX shows its own name. */
const struct config_profile *config_profile_met(struct slice host, struct slice agent);

/* The keys that a profile has a value for, in the order of their table. Returns how many. */
#define CONFIG_PROFILE_SETTINGS 5
struct config_profile_setting {
	const char *key, *value;
};
size_t config_profile_sets(const struct config_profile *profile,
                           struct config_profile_setting ret_settings[CONFIG_PROFILE_SETTINGS]);

/* The value that a profile has for a key of a server; NULL: none, or there is no such profile. */
const char *config_profile_value(const char *name, const char *key);

#endif
