/* config/export.c: the settings as studio.yaml. The same settings give the same bytes: servers and
 * studios by name, lines by number, keys in the order of their table, and of servers and lines only
 * those that differ from their fallback. All that is text stands in quotes, so that no reader takes
 * 0755 for a number or "no" for an answer. */
#include <errno.h>
#include <stdlib.h>

#include "config/part.h"
#include "config/profile.h"

struct config_out *config_out_new(int (*write)(void *ctx, struct slice text), void *ctx)
{
	struct config_out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->write = write;
	out->ctx = ctx;
	out->buf = buf_over(out->memory, sizeof(out->memory));
	return out;
}

void config_out_flush(struct config_out *out)
{
	if (!out->err && out->buf.n)
		out->err = out->write(out->ctx, buf_slice(&out->buf));
	out->written += out->buf.n;
	out->buf = buf_over(out->memory, sizeof(out->memory));
}

void config_out_put(struct config_out *out, struct slice text)
{
	if (text.n >= out->buf.cap - out->buf.n)
		config_out_flush(out);
	buf_put(&out->buf, text);
}

static void put_str(struct config_out *out, const char *text)
{
	config_out_put(out, slice_str(text));
}

/* A JSON string is a YAML string, and has an escape for all that must not stand in one. */
static void put_quoted(struct config_out *out, const char *text)
{
	char memory[6 * STORE_TEXT_MAX + 1];
	struct buf quoted = buf_over(memory, sizeof(memory));

	buf_json(&quoted, slice_str(text));
	put_str(out, "\"");
	config_out_put(out, buf_slice(&quoted));
	put_str(out, "\"");
}

static void put_key(struct config_out *out, const char *indent, const struct config_key *key,
                    const char *text)
{
	bool word = key->type == CONFIG_NUMBER || key->type == CONFIG_YES_NO ||
	            key->type == CONFIG_CHOICE;

	put_str(out, indent);
	put_str(out, key->name);
	put_str(out, ": ");
	if (word)
		put_str(out, text);
	else
		put_quoted(out, text);
	put_str(out, "\n");
}

/* What a row has where the file does not say it: its profile's value, or the key's own. */
static bool is_fallback(enum config_mapping mapping, const struct config_row *row,
                        const struct config_key *key, const char *text)
{
	const char *profile = mapping == CONFIG_SERVERS ? row->values[SERVER_PROFILE].text : NULL;
	const char *fallback = profile ? config_profile_value(profile, key->name) : NULL;

	if (!fallback)
		fallback = key->fallback;
	return fallback && strcmp(fallback, text) == 0;
}

/* first: the text in front of the first key; of a list it has the "- ". */
static void put_row(struct config_out *out, enum config_mapping mapping,
                    const struct config_row *row, const char *first, const char *indent)
{
	for (unsigned i = 0; i < config_key_count(mapping); i++) {
		const struct config_key *key = config_key_at(mapping, i);
		const char *text = row->values[i].text;

		if (!text || (mapping != CONFIG_GENERAL && is_fallback(mapping, row, key, text)))
			continue;
		put_key(out, first, key, text);
		first = indent;
	}
}

static void put_line(struct config_out *out, const struct config_row *line)
{
	put_row(out, CONFIG_LINES, line, "      - ", "        ");
	if (line->has_password)
		put_str(out, "        # password: there is one. It is left out, and stays as it "
		             "is.\n");
}

/* of_studio: the lines of one studio stand together; where they begin. */
static void put_studio(struct config_out *out, const struct config *config, uint32_t studio,
                       uint32_t at)
{
	const struct config_rows *lines = &config->lines;

	put_row(out, CONFIG_STUDIOS, config->studios.list[studio], "  - ", "    ");
	if (at == lines->count) {
		put_str(out, "    lines: []\n");
		return;
	}
	put_str(out, "    lines:\n");
	for (; at < lines->count && lines->list[at]->key.studio == studio; at++)
		put_line(out, lines->list[at]);
}

static void put_servers(struct config_out *out, const struct config *config)
{
	put_str(out, config->servers.count ? "servers:\n" : "servers: []\n");
	for (uint32_t i = 0; i < config->servers.count; i++)
		put_row(out, CONFIG_SERVERS, config->servers.list[i], "  - ", "    ");
}

static int put_studios(struct config_out *out, const struct config *config)
{
	uint32_t studios = config->studios.count, lines = config->lines.count;
	uint32_t *begin = calloc(studios + 1, sizeof(*begin));

	if (!begin)
		return -ENOMEM;
	for (uint32_t i = 0; i < studios; i++)
		begin[i] = lines;
	for (uint32_t i = lines; i-- > 0;)
		begin[config->lines.list[i]->key.studio] = i;
	put_str(out, studios ? "studios:\n" : "studios: []\n");
	for (uint32_t i = 0; i < studios; i++)
		put_studio(out, config, i, begin[i]);
	free(begin);
	return 0;
}

int config_export_put(struct config_out *out, const struct config *config)
{
	int err;

	put_str(out, EXPORT_HEAD "\ngeneral:\n");
	put_row(out, CONFIG_GENERAL, config->general, "  ", "  ");
	put_servers(out, config);
	err = put_studios(out, config);
	if (err)
		return err;
	put_str(out, EXPORT_TAIL "\n");
	config_out_flush(out);
	return out->err;
}

int config_export(struct store *store, int (*write)(void *ctx, struct slice text), void *ctx)
{
	struct config_out *out = config_out_new(write, ctx);
	struct config *config = NULL;
	int64_t change;
	int err = out ? config_load(store, &config, &change) : -ENOMEM;

	if (!err)
		err = config_export_put(out, config);
	config_free(config);
	free(out);
	return err;
}
