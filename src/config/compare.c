/* config/compare.c: what a file says beside what the store has, row by row, each found by a hash.
 *
 * Servers and studios are the same where their names are, lines where studio and number are. A row
 * of a CSV file without a number is the line of its studio that has the extension (and the server,
 * where the row names one), or else a new line behind the last. */
#include <errno.h>
#include <stdlib.h>

#include "config/compare.h"

/* --- entries --- */

/* Describes a difference and keeps it. */
static int keep(struct config_comparer *c, struct config_entry *entry)
{
	struct config_diff *diff = c->diff;
	bool removes = entry->step == DIFF_STUDIO_REMOVE || entry->step == DIFF_LINE_REMOVE ||
	               entry->step == DIFF_SERVER_REMOVE;

	entry->change.kind = removes ? CONFIG_REMOVE : entry->have ? CONFIG_CHANGE : CONFIG_ADD;
	if (config_diff_describe(diff, entry) != 0)
		return -ENOMEM;
	if (diff->count == diff->cap) {
		size_t cap = diff->cap ? 2 * diff->cap : 64;
		struct config_entry *entries = reallocarray(diff->entries, cap, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		diff->entries = entries;
		diff->cap = cap;
	}
	diff->entries[diff->count++] = *entry;
	return 0;
}

int config_compare_keep(struct config_comparer *c, enum config_mapping mapping,
                        struct config_entry *entry)
{
	bool differs = !entry->have || entry->password != STORE_PASSWORD_LEAVE;

	for (unsigned i = 0; i < config_key_count(mapping) && !differs; i++)
		differs = config_diff_differs(c->diff, mapping, entry, i);
	return differs ? keep(c, entry) : 0;
}

/* --- general settings, servers, studios --- */

static int resolve_default(struct config_comparer *c)
{
	const struct config_row *general = c->config->general;

	c->default_server = DIFF_NONE;
	if (c->config->format == CONFIG_CSV) {
		c->default_server = config_servers_of_store(
			c, c->have->general->values[GENERAL_DEFAULT_SERVER].text);
		return 0;
	}
	if (!general || !general->values[GENERAL_DEFAULT_SERVER].text)
		return 0;
	return config_servers_resolve(c, &general->values[GENERAL_DEFAULT_SERVER],
	                              &c->default_server);
}

/* Which servers there shall be is known once all lines have named theirs. */
static int resolve_servers(struct config_comparer *c)
{
	int err = resolve_default(c);

	for (uint32_t i = 0; i < c->config->lines.count && !err; i++) {
		const struct config_row *want = c->config->lines.list[i];

		c->matches[i] = (struct config_match){ DIFF_NONE, DIFF_NONE, want->key.number };
		if (want->values[LINE_SERVER].text)
			err = config_servers_resolve(c, &want->values[LINE_SERVER],
			                             &c->matches[i].server);
	}
	return err;
}

static int compare_general(struct config_comparer *c)
{
	struct config_entry entry = { .step = DIFF_GENERAL,
		                      .want = c->config->general,
		                      .have = c->have->general,
		                      .server = c->default_server };

	return c->config->format == CONFIG_CSV ? 0 : config_compare_keep(c, CONFIG_GENERAL, &entry);
}

/* Those that the file lists, and those that it only names. */
static int compare_servers(struct config_comparer *c)
{
	int err = 0;

	for (uint32_t i = 0; i < c->diff->server_count && !err; i++) {
		const struct config_named *server = &c->diff->servers[i];
		struct config_entry entry = {
			.index = i, .want = server->want, .have = server->have, .server = DIFF_NONE
		};

		if (server->want) {
			entry.step = DIFF_SERVER_PUT;
			err = config_compare_keep(c, CONFIG_SERVERS, &entry);
		} else if (!server->have) {
			entry.step = DIFF_SERVER_MAKE;
			err = keep(c, &entry);
		}
	}
	return err;
}

static int remove_servers(struct config_comparer *c)
{
	int err = 0;

	for (uint32_t i = 0; i < c->diff->server_count && !err; i++) {
		const struct config_named *server = &c->diff->servers[i];
		struct config_entry entry = { .step = DIFF_SERVER_REMOVE,
			                      .index = i,
			                      .have = server->have,
			                      .server = DIFF_NONE };

		if (!server->want && !server->named)
			err = keep(c, &entry);
	}
	return err;
}

static int match_studios(struct config_comparer *c)
{
	const struct config_rows *have = &c->have->studios;
	struct config_map names = { 0 };
	int err = 0;

	for (uint32_t i = 0; i < have->count && !err; i++)
		err = config_map_put(&names, slice_str(have->list[i]->values[STUDIO_NAME].text), i,
		                     NULL);
	for (uint32_t i = 0; i < c->config->studios.count && !err; i++) {
		const struct config_row *want = c->config->studios.list[i];

		c->diff->studios[i] = DIFF_NONE;
		if (config_map_find(&names, slice_str(want->values[STUDIO_NAME].text),
		                    &c->diff->studios[i]))
			c->wanted[c->diff->studios[i]] = i;
	}
	config_map_done(&names);
	return err;
}

static const struct config_row *have_studio(const struct config_comparer *c, uint32_t studio)
{
	uint32_t index = c->diff->studios[studio];

	return index == DIFF_NONE ? NULL : c->have->studios.list[index];
}

static int compare_studio(struct config_comparer *c, uint32_t studio)
{
	struct config_entry entry = { .step = DIFF_STUDIO_PUT,
		                      .index = studio,
		                      .want = c->config->studios.list[studio],
		                      .have = have_studio(c, studio),
		                      .server = DIFF_NONE };

	return config_compare_keep(c, CONFIG_STUDIOS, &entry);
}

/* --- all lines --- */

/* Studios with their lines behind them, where the file has them so. */
static int compare_studios(struct config_comparer *c)
{
	const struct config_rows *lines = &c->config->lines;
	uint32_t at = 0;
	int err = 0;

	for (uint32_t i = 0; i < c->config->studios.count && !err; i++) {
		err = compare_studio(c, i);
		while (!err && at < lines->count && lines->list[at]->key.studio == i)
			err = config_lines_compare(c, at++);
	}
	while (!err && at < lines->count)
		err = config_lines_compare(c, at++);
	return err;
}

static int remove_lines(struct config_comparer *c)
{
	int err = 0;

	for (uint32_t i = 0; i < c->have->lines.count && !err; i++) {
		const struct config_row *have = c->have->lines.list[i];
		struct config_entry entry = { .step = DIFF_LINE_REMOVE,
			                      .have = have,
			                      .server = DIFF_NONE,
			                      .number = have->key.number };

		if (c->claimed[i] == DIFF_NONE && c->wanted[have->key.studio] != DIFF_NONE)
			err = keep(c, &entry);
	}
	return err;
}

static int remove_studios(struct config_comparer *c)
{
	int err = 0;

	for (uint32_t i = 0; i < c->have->studios.count && !err; i++) {
		struct config_entry entry = { .step = DIFF_STUDIO_REMOVE,
			                      .have = c->have->studios.list[i],
			                      .server = DIFF_NONE,
			                      .number = c->line_counts[i] };

		if (c->wanted[i] == DIFF_NONE)
			err = keep(c, &entry);
	}
	return err;
}

/* --- the whole --- */

static uint32_t *indices_new(size_t count)
{
	uint32_t *indices = calloc(count + 1, sizeof(*indices));

	if (indices)
		memset(indices, 0xff, count * sizeof(*indices)); /* DIFF_NONE */
	return indices;
}

static int make_room(struct config_comparer *c)
{
	const struct config *file = c->config, *have = c->have;

	c->diff->studios = indices_new(file->studios.count);
	c->wanted = indices_new(have->studios.count);
	c->claimed = indices_new(have->lines.count);
	c->matches = calloc(file->lines.count + 1, sizeof(*c->matches));
	c->last = calloc(file->studios.count + 1, sizeof(*c->last));
	c->line_counts = calloc(have->studios.count + 1, sizeof(*c->line_counts));
	c->ambiguous = calloc(have->lines.count + 1, sizeof(*c->ambiguous));
	return c->diff->studios && c->wanted && c->claimed && c->matches && c->last &&
	                       c->line_counts && c->ambiguous
	               ? 0
	               : -ENOMEM;
}

static void comparer_done(struct config_comparer *c)
{
	config_map_done(&c->names);
	config_map_done(&c->addresses);
	config_map_done(&c->lines);
	config_map_done(&c->extensions);
	config_map_done(&c->fresh);
	config_map_done(&c->registrations);
	free(c->wanted);
	free(c->claimed);
	free(c->matches);
	free(c->last);
	free(c->line_counts);
	free(c->ambiguous);
}

/* What rows of file and store belong together, as far as names say it. */
static int match(struct config_comparer *c)
{
	int err = make_room(c);

	if (!err)
		err = config_servers_gather(c);
	if (!err)
		err = resolve_servers(c);
	if (!err)
		err = match_studios(c);
	if (!err)
		err = config_lines_index(c);
	return err;
}

static int compare(struct config_comparer *c)
{
	bool removes = c->config->format == CONFIG_YAML;
	int err = match(c);

	if (!err)
		err = compare_general(c);
	if (!err)
		err = compare_servers(c);
	if (!err)
		err = compare_studios(c);
	if (!err && removes)
		err = remove_lines(c);
	if (!err && removes)
		err = remove_studios(c);
	if (!err && removes)
		err = remove_servers(c);
	if (!err && !config_notes_any(c->notes))
		err = config_lines_remark(c);
	for (uint32_t i = 0; i < c->config->servers.count && !err; i++)
		config_files_remark(c->notes, c->config->servers.list[i]);
	return err;
}

int config_compare(const struct config *config, struct store *store, struct config_diff **ret_diff,
                   struct config_faults *ret_faults)
{
	struct config_diff *diff = calloc(1, sizeof(*diff));
	struct config_notes notes = { 0 };
	struct config_comparer c = {
		.config = config, .diff = diff, .store = store, .notes = &notes
	};
	int err = diff ? store_look_begin(store) : -ENOMEM, told;

	if (!err) {
		err = config_load(store, &diff->have, &diff->change);
		if (!err) {
			diff->config = config;
			c.have = diff->have;
			err = compare(&c);
		}
		store_look_end(store);
	}
	comparer_done(&c);
	notes.no_memory = notes.no_memory || err == -ENOMEM;
	told = config_notes_end(&notes, ret_faults);
	if (!err || told == -ENOMEM)
		err = told;
	if (err)
		config_diff_free(diff);
	else
		*ret_diff = diff;
	return err;
}

void config_diff_free(struct config_diff *diff)
{
	if (!diff)
		return;
	config_free(diff->have);
	config_arena_done(&diff->arena);
	free(diff->servers);
	free(diff->studios);
	free(diff->entries);
	free(diff);
}

size_t config_diff_count(const struct config_diff *diff)
{
	return diff->count;
}

int64_t config_diff_as_of(const struct config_diff *diff)
{
	return diff->change;
}

const struct config_change *config_diff_at(const struct config_diff *diff, size_t index)
{
	return &diff->entries[index].change;
}
