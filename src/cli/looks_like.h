/* cli/looks_like.h: which PBX or provider an answer comes from, by what it says of itself in its
 * Server or User-Agent field, and what is known of it (config/profile.h). A hint, no proof. */
#ifndef LINEUP_CLI_LOOKS_LIKE_H
#define LINEUP_CLI_LOOKS_LIKE_H

#include "base/json.h"
#include "cli/term.h"

/* Whether people are told what they trip over there, or only where that is said. */
enum looks_like_detail { LOOKS_LIKE_NAME, LOOKS_LIKE_QUIRKS };

/* "This looks like FreeSWITCH (...): profile freeswitch.", wrapped, the field's text escaped.
 * Nothing where no profile is known by that text, or it is absent. */
void looks_like_show(const struct term *term, struct slice agent, enum looks_like_detail detail);

/* The member "looks_like" of an object that is open: {profile, title, agent, quirks}, or null. Keys
 * are a promise to programs: add, never rename. */
void looks_like_json(struct json *json, struct slice agent);

/* The value of the first Server or User-Agent field in lines that somebody pasted whose text a
 * profile is known by; absent where there is none. It borrows from text. */
struct slice looks_like_find(struct slice text);

#endif
