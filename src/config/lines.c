/* config/lines.c: which line of the store a line of the file is, and what of it differs; then which
 * lines share a registration. */
#include <errno.h>

#include "config/compare.h"
#include "sip/uri.h"

/* --- lines of the store, to be found --- */

#define LINE_KEY_BYTES (2 * sizeof(uint32_t) + STORE_TEXT_MAX)

/* The bytes that lines are found by: two numbers and an extension. */
static struct slice line_key(uint32_t studio, uint32_t server, const char *extension,
                             char memory[LINE_KEY_BYTES])
{
	const uint32_t numbers[] = { studio, server };
	size_t n = strnlen(extension, STORE_TEXT_MAX);

	memcpy(memory, numbers, sizeof(numbers));
	memcpy(memory + sizeof(numbers), extension, n);
	return slice_of(memory, sizeof(numbers) + n);
}

/* As config_map_put(), with a copy of the key. */
static int put_copy(struct config_comparer *c, struct config_map *map, struct slice key,
                    uint32_t value, uint32_t *ret_value)
{
	struct slice copy = slice_of(config_arena_text(&c->diff->arena, key), key.n);

	return copy.p ? config_map_put(map, copy, value, ret_value) : -ENOMEM;
}

static uint32_t or_default(const struct config_comparer *c, uint32_t server)
{
	return server == DIFF_NONE ? c->default_server : server;
}

static uint32_t server_of_store(const struct config_comparer *c, const struct config_row *have)
{
	return config_servers_of_store(c, have->values[LINE_SERVER].text);
}

/* Makes line i of the store findable by its extension, at its server and at any. */
static int index_extension(struct config_comparer *c, uint32_t i)
{
	const struct config_row *have = c->have->lines.list[i];
	const char *extension = have->values[LINE_EXTENSION].text;
	const uint32_t servers[] = { or_default(c, server_of_store(c, have)), DIFF_NONE };

	for (unsigned s = 0; s < 2; s++) {
		char memory[LINE_KEY_BYTES];
		struct slice key = line_key(have->key.studio, servers[s], extension, memory);
		uint32_t first;
		int err = put_copy(c, &c->extensions, key, i, &first);

		if (err == -ENOMEM)
			return err;
		if (err == -EEXIST && first != i)
			c->ambiguous[first] |= s ? AMBIGUOUS_ANYWHERE : AMBIGUOUS_AT_SERVER;
	}
	return 0;
}

/* Behind these a row without a number is numbered. */
static void find_last_numbers(struct config_comparer *c)
{
	const struct config_rows *want = &c->config->lines, *have = &c->have->lines;

	for (uint32_t i = 0; i < want->count; i++) {
		const struct config_line_key *key = &want->list[i]->key;

		if (key->number > c->last[key->studio])
			c->last[key->studio] = key->number;
	}
	for (uint32_t i = 0; i < have->count; i++) {
		const struct config_line_key *key = &have->list[i]->key;
		uint32_t studio = c->wanted[key->studio];

		if (studio != DIFF_NONE && key->number > c->last[studio])
			c->last[studio] = key->number;
	}
}

int config_lines_index(struct config_comparer *c)
{
	const struct config_rows *lines = &c->have->lines;
	int err = 0;

	for (uint32_t i = 0; i < lines->count && !err; i++) {
		const struct config_line_key *key = &lines->list[i]->key;

		c->line_counts[key->studio]++;
		err = config_map_put(&c->lines, slice_of((const char *)key, sizeof(*key)), i, NULL);
		if (!err && c->config->format == CONFIG_CSV)
			err = index_extension(c, i);
	}
	find_last_numbers(c);
	return err;
}

/* --- lines --- */

#define FAULT_ROW(c, row, ...) \
	config_note_fault((c)->notes, (row)->line, (row)->column, __VA_ARGS__)

#define LINE_NAME_BYTES (SHOWN_BYTES + 32)

/* 'studio "Studio 1" line 3' */
static const char *line_name(const struct config_row *studio, uint32_t number,
                             char memory[LINE_NAME_BYTES])
{
	struct buf out = buf_over(memory, LINE_NAME_BYTES);

	config_diff_put_line(studio, number, &out);
	buf_end(&out);
	return memory;
}

/* The line of the store that a row without a number means: at the server that it names or falls to,
 * else at any. False: there are several. */
static bool find_unnumbered(struct config_comparer *c, const struct config_row *want,
                            uint32_t studio, uint32_t server, uint32_t *ret_have)
{
	const char *extension = want->values[LINE_EXTENSION].text;
	const uint32_t servers[] = { or_default(c, server), DIFF_NONE };
	char key_memory[LINE_KEY_BYTES], memory[SHOWN_BYTES];
	bool found = false;
	unsigned s;

	for (s = 0; s < (server == DIFF_NONE ? 2 : 1) && !found; s++)
		found = config_map_find(&c->extensions,
		                        line_key(studio, servers[s], extension, key_memory),
		                        ret_have);
	if (!found || !(c->ambiguous[*ret_have] &
	                (servers[s - 1] == DIFF_NONE ? AMBIGUOUS_ANYWHERE : AMBIGUOUS_AT_SERVER)))
		return true;
	FAULT_ROW(c, want, "the studio has several lines with the extension %s; give the number",
	          config_shown(slice_str(extension), memory));
	return false;
}

/* Finds the line of the store. False: that cannot be, and is said. */
static bool find_line(struct config_comparer *c, uint32_t i, uint32_t server, uint32_t *ret_have)
{
	const struct config_row *want = c->config->lines.list[i];
	const struct config_line_key key = { c->diff->studios[want->key.studio], want->key.number };
	char memory[LINE_NAME_BYTES];

	*ret_have = DIFF_NONE;
	if (key.studio == DIFF_NONE)
		return true;
	if (key.number)
		config_map_find(&c->lines, slice_of((const char *)&key, sizeof(key)), ret_have);
	else if (!find_unnumbered(c, want, key.studio, server, ret_have))
		return false;
	if (*ret_have == DIFF_NONE)
		return true;
	if (c->claimed[*ret_have] != DIFF_NONE) {
		FAULT_ROW(c, want, "this is %s, as is row %u",
		          line_name(c->config->studios.list[want->key.studio],
		                    c->have->lines.list[*ret_have]->key.number, memory),
		          c->config->lines.list[c->claimed[*ret_have]]->line);
		return false;
	}
	c->claimed[*ret_have] = i;
	return true;
}

/* Of two new lines with one extension only the numbers tell which is which the next time. */
static int check_fresh(struct config_comparer *c, uint32_t i)
{
	const struct config_row *want = c->config->lines.list[i], *other;
	const char *extension = want->values[LINE_EXTENSION].text;
	char key_memory[LINE_KEY_BYTES], memory[SHOWN_BYTES];
	uint32_t server = or_default(c, c->matches[i].server), first;
	int err = put_copy(c, &c->fresh, line_key(want->key.studio, server, extension, key_memory),
	                   i, &first);

	if (err != -EEXIST)
		return err;
	other = c->config->lines.list[first];
	if (!want->key.number || !other->key.number)
		FAULT_ROW(c, want, "this is the extension %s of row %u again; give the number",
		          config_shown(slice_str(extension), memory), other->line);
	return 0;
}

/* A line that the store does not have: it needs an extension and a number. */
static int add_line(struct config_comparer *c, uint32_t i)
{
	const struct config_row *want = c->config->lines.list[i];
	uint32_t *last = &c->last[want->key.studio];
	struct config_match *match = &c->matches[i];
	char memory[LINE_NAME_BYTES];

	if (!want->values[LINE_EXTENSION].text) {
		FAULT_ROW(c, want, "there is no %s, and without an extension none is made",
		          line_name(c->config->studios.list[want->key.studio], match->number,
		                    memory));
		return 0;
	}
	if (!match->number && *last == UINT32_MAX) {
		FAULT_ROW(c, want, "there is no number left for this line");
		return 0;
	}
	if (!match->number)
		match->number = ++*last;
	return c->config->format == CONFIG_CSV ? check_fresh(c, i) : 0;
}

static int compare_password(struct config_comparer *c, struct config_entry *entry)
{
	const char *given = entry->want->values[LINE_PASSWORD].text;
	bool had = entry->have && entry->have->has_password;
	char password[STORE_PASSWORD_MAX + 1];
	int err;

	entry->password = STORE_PASSWORD_LEAVE;
	if (!given || (!*given && !had))
		return 0;
	entry->password = *given ? STORE_PASSWORD_SET : STORE_PASSWORD_CLEAR;
	if (!*given || !had)
		return 0;
	/* One that cannot be read is another: setting it mends that. */
	err = store_line_password(c->store, entry->have->id, password);
	if (!err && strcmp(password, given) == 0)
		entry->password = STORE_PASSWORD_LEAVE;
	explicit_bzero(password, sizeof(password));
	return err == -ENOMEM ? err : 0;
}

int config_lines_compare(struct config_comparer *c, uint32_t i)
{
	const struct config_row *want = c->config->lines.list[i];
	struct config_match *match = &c->matches[i];
	struct config_entry entry = { .step = DIFF_LINE_PUT, .index = i, .want = want };
	int err = 0;

	if (!find_line(c, i, match->server, &match->have))
		return 0;
	if (match->have == DIFF_NONE) {
		err = add_line(c, i);
	} else {
		entry.have = c->have->lines.list[match->have];
		match->number = entry.have->key.number;
		if (c->config->format == CONFIG_CSV && !want->values[LINE_SERVER].text)
			match->server = server_of_store(c, entry.have);
	}
	entry.server = match->server;
	entry.number = match->number;
	if (!err)
		err = compare_password(c, &entry);
	return err ? err : config_compare_keep(c, CONFIG_LINES, &entry);
}

/* --- remarks --- */

/* Lines of the store that a CSV file leaves alone, as what its rows may share. Their indices follow
 * those of the file. */
static int register_others(struct config_comparer *c)
{
	int err = 0;

	for (uint32_t i = 0; i < c->have->lines.count && err != -ENOMEM; i++) {
		const struct config_row *have = c->have->lines.list[i];
		char memory[LINE_KEY_BYTES];

		if (c->claimed[i] != DIFF_NONE)
			continue;
		err = put_copy(c, &c->registrations,
		               line_key(DIFF_NONE, or_default(c, server_of_store(c, have)),
		                        have->values[LINE_EXTENSION].text, memory),
		               c->config->lines.count + i, NULL);
	}
	return err == -ENOMEM ? err : 0;
}

static const char *registered_name(const struct config_comparer *c, uint32_t index,
                                   char memory[LINE_NAME_BYTES])
{
	const struct config_rows *lines = &c->config->lines;
	const struct config_row *row;

	if (index < lines->count)
		return line_name(c->config->studios.list[lines->list[index]->key.studio],
		                 c->matches[index].number, memory);
	row = c->have->lines.list[index - lines->count];
	return line_name(c->have->studios.list[row->key.studio], row->key.number, memory);
}

/* A call that is sent on to the line itself comes to it again, and again. */
static void remark_loop(struct config_comparer *c, const struct config_row *want,
                        const char *extension, uint32_t server)
{
	const struct config_named *named = &c->diff->servers[server];
	const struct config_row *row = named->want ? named->want : named->have;
	const struct config_value *calls = &want->values[LINE_CALLS];
	const char *domain = row ? row->values[SERVER_DOMAIN].text : named->domain;
	char memory[SHOWN_BYTES];

	if (!calls->text && row)
		calls = &row->values[SERVER_CALLS];
	if (!calls->text || !domain ||
	    !sip_uri_leads_to(slice_str(calls->text), slice_str(extension), slice_str(domain)))
		return;
	config_note_remark(c->notes, calls->line ? calls->line : want->line, calls->column,
	                   "calls of extension %s are sent on to its own address: they come back "
	                   "to it without end",
	                   config_shown(slice_str(extension), memory));
}

static int remark_line(struct config_comparer *c, uint32_t i)
{
	const struct config_row *want = c->config->lines.list[i];
	const struct config_value *extension = &want->values[LINE_EXTENSION];
	const struct config_match *match = &c->matches[i];
	uint32_t server = or_default(c, match->server), other;
	char shown_memory[SHOWN_BYTES], name_memory[LINE_NAME_BYTES], memory[LINE_KEY_BYTES];
	int err;

	if (!extension->text)
		extension = &c->have->lines.list[match->have]->values[LINE_EXTENSION];
	if (server == DIFF_NONE) {
		config_note_remark(
			c->notes, want->line, want->column,
			"the line names no server, and there is no default-server: it cannot "
			"register");
		return 0;
	}
	remark_loop(c, want, extension->text, server);
	err = put_copy(c, &c->registrations, line_key(DIFF_NONE, server, extension->text, memory),
	               i, &other);
	if (err == -EEXIST)
		config_note_remark(
			c->notes, extension->line ? extension->line : want->line, extension->column,
			"extension %s at this server is %s, too: one registration, shown in "
			"both, with the auth-user, password, contact and calls of the line that "
			"had it first",
			config_shown(slice_str(extension->text), shown_memory),
			registered_name(c, other, name_memory));
	return err == -ENOMEM ? err : 0;
}

/* Once there is no fault: each line then has its match. */
int config_lines_remark(struct config_comparer *c)
{
	int err = c->config->format == CONFIG_CSV ? register_others(c) : 0;

	for (uint32_t i = 0; i < c->config->lines.count && !err; i++)
		err = remark_line(c, i);
	return err;
}
