/* cli/looks_like.c: the profile of where somebody registers. */
#include "cli/looks_like.h"

#include "cli/result.h"
#include "cli/show_cause.h"
#include "config/profile.h"

#define SHOWN_MAX 80 /* bytes of what it is known by that people are shown */
#define LINE_MAX  2048

void looks_like_show(const struct term *term, struct looks_like known,
                     enum looks_like_detail detail)
{
	const struct config_profile *profile = config_profile_met(known.host, known.agent);
	struct slice by = config_profile_of_host(known.host) ? known.host : known.agent;
	char memory[LINE_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!profile)
		return;
	buf_str(&text, "This looks like ");
	buf_str(&text, profile->title);
	buf_str(&text, " (\"");
	buf_show(&text, slice_of(by.p, by.n < SHOWN_MAX ? by.n : SHOWN_MAX));
	buf_str(&text, by.n > SHOWN_MAX ? "...\"): profile " : "\"): profile ");
	buf_str(&text, profile->name);
	if (detail == LOOKS_LIKE_QUIRKS) {
		buf_str(&text, ". ");
		buf_str(&text, profile->quirks);
	} else {
		buf_str(&text, ", see \"lineup server profiles ");
		buf_str(&text, profile->name);
		buf_str(&text, "\".");
	}
	term_wrap(term->file, buf_slice(&text),
	          (struct term_block){ .indent = SHOW_CAUSE_INDENT, .width = term->width });
}

void looks_like_json(struct json *json, struct looks_like known)
{
	const struct config_profile *profile = config_profile_met(known.host, known.agent);

	if (!profile) {
		json_put_null(json, "looks_like");
		return;
	}
	json_open_object(json, "looks_like");
	json_put_string(json, "profile", slice_str(profile->name));
	json_put_string(json, "title", slice_str(profile->title));
	result_json_text(json, "agent", known.agent.n ? known.agent : SLICE_NONE);
	json_put_string(json, "quirks", slice_str(profile->quirks));
	json_close_object(json);
}

struct slice looks_like_find(struct slice text)
{
	static const char *const fields[] = { "Server:", "User-Agent:" };

	while (text.n) {
		size_t n = slice_find(text, '\n');
		struct slice line = slice_trim(slice_of(text.p, n));

		for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
			struct slice field = slice_str(fields[i]), agent;

			if (!slice_starts_nocase(line, field))
				continue;
			agent = slice_trim(slice_from(line, field.n));
			if (config_profile_of_agent(agent))
				return agent;
		}
		text = slice_from(text, n + (n < text.n));
	}
	return SLICE_NONE;
}
