/* config/words.c: a difference in words that a person reads before it is carried out. No password
 * ever is among them: only that there is one, or another. */
#include <errno.h>

#include "config/diff.h"
#include "config/profile.h"

#define OBJECT_BYTES 512
#define DETAIL_BYTES 8192 /* two texts of SHOWN_BYTES for each key */

/* What the profile of a server has for a key that the file does not say; NULL: nothing. */
static const char *profile_text(enum config_mapping mapping, const struct config_entry *entry,
                                unsigned index)
{
	const struct config_row *want = entry->want;

	if (mapping != CONFIG_SERVERS || !want || want->values[index].text)
		return NULL;
	return config_profile_value(want->values[SERVER_PROFILE].text,
	                            config_key_at(mapping, index)->name);
}

const char *config_diff_text(const struct config_diff *diff, enum config_mapping mapping,
                             const struct config_entry *entry, unsigned index)
{
	const struct config_key *key = config_key_at(mapping, index);
	const char *given = entry->want ? entry->want->values[index].text : NULL;
	bool stays = key->absent == CONFIG_STAYS || diff->config->format == CONFIG_CSV;

	if (key->type == CONFIG_SERVER)
		return entry->server == DIFF_NONE ? NULL : diff->servers[entry->server].name;
	if (given)
		return given;
	if (entry->have && stays)
		return entry->have->values[index].text;
	given = profile_text(mapping, entry, index);
	return given ? given : key->fallback;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_compared(enum config_mapping mapping, unsigned index)
{
	const struct config_key *key = config_key_at(mapping, index);

	if (mapping == CONFIG_LINES && (index == LINE_NUMBER || index == LINE_PASSWORD_FILE))
		return false;
	if ((mapping == CONFIG_SERVERS && index == SERVER_NAME) ||
	    (mapping == CONFIG_STUDIOS && index == STUDIO_NAME))
		return false;
	return key->type != CONFIG_LIST && key->type != CONFIG_SECRET;
}

bool config_diff_differs(const struct config_diff *diff, enum config_mapping mapping,
                         const struct config_entry *entry, unsigned index)
{
	const char *have = entry->have ? entry->have->values[index].text
	                               : config_key_at(mapping, index)->fallback;

	return is_compared(mapping, index) &&
	       !same(config_diff_text(diff, mapping, entry, index), have);
}

void config_diff_put_line(const struct config_row *studio, uint32_t number, struct buf *out)
{
	char memory[SHOWN_BYTES];

	buf_str(out, "studio ");
	buf_str(out, config_shown(slice_str(studio->values[STUDIO_NAME].text), memory));
	buf_str(out, " line ");
	buf_u64(out, number);
}

static void put_named(const char *kind, const char *name, struct buf *out)
{
	char memory[SHOWN_BYTES];

	buf_str(out, kind);
	buf_char(out, ' ');
	buf_str(out, config_shown(slice_str(name), memory));
}

static void put_object(const struct config_diff *diff, const struct config_entry *entry,
                       struct buf *out)
{
	const struct config *named = entry->want ? diff->config : diff->have;
	const struct config_row *row = entry->want ? entry->want : entry->have;

	switch (entry->step) {
	case DIFF_GENERAL:
		buf_str(out, "general settings");
		break;
	case DIFF_SERVER_PUT:
	case DIFF_SERVER_MAKE:
	case DIFF_SERVER_REMOVE:
		put_named("server", diff->servers[entry->index].name, out);
		break;
	case DIFF_STUDIO_PUT:
	case DIFF_STUDIO_REMOVE:
		put_named("studio", row->values[STUDIO_NAME].text, out);
		break;
	case DIFF_LINE_PUT:
	case DIFF_LINE_REMOVE:
		config_diff_put_line(named->studios.list[row->key.studio], entry->number, out);
		break;
	case DIFF_STEP_COUNT:
		break;
	}
}

static void put_value(const struct config_key *key, const char *text, struct buf *out)
{
	char memory[SHOWN_BYTES];

	if (!text)
		buf_str(out, "none");
	else if (key->type == CONFIG_NUMBER || key->type == CONFIG_YES_NO ||
	         key->type == CONFIG_CHOICE)
		buf_str(out, text);
	else
		buf_str(out, config_shown(slice_str(text), memory));
}

/* 'extension "1003" -> "1004"'; of something new 'extension "1003"'. */
static void put_difference(const struct config_diff *diff, enum config_mapping mapping,
                           const struct config_entry *entry, unsigned index, struct buf *out)
{
	const struct config_key *key = config_key_at(mapping, index);

	if (!config_diff_differs(diff, mapping, entry, index))
		return;
	buf_str(out, out->n ? ", " : "");
	buf_str(out, key->name);
	buf_char(out, ' ');
	if (entry->have) {
		put_value(key, entry->have->values[index].text, out);
		buf_str(out, " -> ");
	}
	put_value(key, config_diff_text(diff, mapping, entry, index), out);
	if (profile_text(mapping, entry, index))
		buf_str(out, " (by its profile)");
}

static void put_password(const struct config_entry *entry, struct buf *out)
{
	bool had = entry->have && entry->have->has_password;

	if (entry->password == STORE_PASSWORD_LEAVE)
		return;
	buf_str(out, out->n ? ", password " : "password ");
	buf_str(out, entry->password == STORE_PASSWORD_CLEAR ? "removed" : had ? "changed" : "set");
}

static void put_detail(const struct config_diff *diff, const struct config_entry *entry,
                       struct buf *out)
{
	enum config_mapping mapping = CONFIG_LINES;

	switch (entry->step) {
	case DIFF_GENERAL:
		mapping = CONFIG_GENERAL;
		break;
	case DIFF_SERVER_PUT:
		mapping = CONFIG_SERVERS;
		break;
	case DIFF_STUDIO_PUT:
		mapping = CONFIG_STUDIOS;
		break;
	case DIFF_LINE_PUT:
		break;
	case DIFF_SERVER_MAKE:
		buf_str(out, "made for the lines that name it");
		return;
	case DIFF_STUDIO_REMOVE:
		buf_str(out, "with its lines: ");
		buf_u64(out, entry->number);
		return;
	case DIFF_LINE_REMOVE:
		buf_str(out, "extension ");
		put_value(config_key_at(CONFIG_LINES, LINE_EXTENSION),
		          entry->have->values[LINE_EXTENSION].text, out);
		return;
	case DIFF_SERVER_REMOVE:
	case DIFF_STEP_COUNT:
		return;
	}
	for (unsigned i = 0; i < config_key_count(mapping); i++)
		put_difference(diff, mapping, entry, i, out);
	if (mapping == CONFIG_LINES)
		put_password(entry, out);
}

int config_diff_describe(struct config_diff *diff, struct config_entry *entry)
{
	char object_memory[OBJECT_BYTES], detail_memory[DETAIL_BYTES];
	struct buf object = buf_over(object_memory, sizeof(object_memory));
	struct buf detail = buf_over(detail_memory, sizeof(detail_memory));

	put_object(diff, entry, &object);
	put_detail(diff, entry, &detail);
	entry->change.object = config_arena_text(&diff->arena, buf_slice(&object));
	entry->change.detail = config_arena_text(&diff->arena, buf_slice(&detail));
	return entry->change.object && entry->change.detail ? 0 : -ENOMEM;
}
