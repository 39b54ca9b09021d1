/* cli/looks_like.h: which PBX or provider somebody registers at, by the host of the address or by
 * what an answer says of itself in its Server or User-Agent field, and what is known of it
 * (config/profile.h). A hint, no proof. */
#ifndef LINEUP_CLI_LOOKS_LIKE_H
#define LINEUP_CLI_LOOKS_LIKE_H

#include "base/json.h"
#include "cli/term.h"

/* Whether people are told what they trip over there, or only where that is said. */
enum looks_like_detail { LOOKS_LIKE_NAME, LOOKS_LIKE_QUIRKS };

/* What there is to know it by; each may be absent. Where both are known by something the host
 * counts. */
struct looks_like {
	struct slice host;  /* of the address */
	struct slice agent; /* the Server or User-Agent field of what answered */
};

/* "This looks like FreeSWITCH (...): profile freeswitch.", wrapped, what it is known by escaped.
 * Nothing where no profile is known by either. */
void looks_like_show(const struct term *term, struct looks_like known,
                     enum looks_like_detail detail);

/* The member "looks_like" of an object that is open: {profile, title, agent, quirks}, or null. Keys
 * are a promise to programs: add, never rename. */
void looks_like_json(struct json *json, struct looks_like known);

/* The value of the first Server or User-Agent field in lines that somebody pasted whose text a
 * profile is known by; absent where there is none. It borrows from text. */
struct slice looks_like_find(struct slice text);

#endif
