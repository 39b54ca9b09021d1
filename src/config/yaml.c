/* config/yaml.c: studio.yaml, event by event (libyaml), into rows. Every scalar is text: 0755 stays
 * 0755, and "no" is a word until a key wants a yes or no.
 *
 * The reader follows the tables of keys and knows nothing of servers or lines but what finish()
 * adds to a row that is read. What a settings file has no need of (anchors, aliases, tags, a second
 * document, depth) is refused with its place. */
#include <errno.h>
#include <yaml.h>

#include "base/guess.h"
#include "base/num.h"
#include "config/part.h"

#define DEPTH_MAX 8 /* of mappings and lists in each other; a line stands at 5 */

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one that is looked at */
	bool has_event;
	unsigned depth;
	uint32_t last_number; /* of the studio's lines */
	struct config *config;
	const struct config_place *place;
	struct config_notes *notes;
};

static struct config_value place_of(yaml_mark_t mark)
{
	return (struct config_value){ .line = (uint32_t)mark.line + 1,
		                      .column = (uint32_t)mark.column + 1 };
}

static struct config_value place(const struct reader *r)
{
	return place_of(r->event.start_mark);
}

#define FAULT_HERE(r, ...) \
	config_note_fault((r)->notes, place(r).line, place(r).column, __VA_ARGS__)

/* --- events --- */

/* Passwords are among the scalars. */
static void drop_event(struct reader *r)
{
	if (!r->has_event)
		return;
	if (r->event.type == YAML_SCALAR_EVENT)
		explicit_bzero(r->event.data.scalar.value, r->event.data.scalar.length);
	yaml_event_delete(&r->event);
	r->has_event = false;
}

static int refuse_syntax(const struct reader *r)
{
	const yaml_parser_t *parser = &r->parser;
	struct config_value at = place_of(parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_SCANNER_ERROR && parser->buffer.pointer[0] == '\t')
		config_note_fault(r->notes, at.line, at.column,
		                  "a tab stands here; YAML is indented with blanks only");
	else if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		config_note_fault(r->notes, at.line, at.column,
		                  "this is no YAML: %s, %s from line %u on", parser->problem,
		                  parser->context, place_of(parser->context_mark).line);
	else
		config_note_fault(r->notes, at.line, at.column, "this is no YAML: %s",
		                  parser->problem);
	return -EINVAL;
}

static void refuse_ornaments(const struct reader *r, const yaml_char_t *anchor,
                             const yaml_char_t *tag)
{
	if (anchor)
		FAULT_HERE(r, "anchors (&) have no place here: write the value where it is meant");
	if (tag)
		FAULT_HERE(r, "tags (!) have no place here: every value is read as text");
}

static int go_deeper(struct reader *r)
{
	if (++r->depth <= DEPTH_MAX)
		return 0;
	FAULT_HERE(r, "lists and keys are nested too deeply here");
	return -EINVAL;
}

/* Moves on to the next event. -EINVAL: there is no reading on, and it is said why. */
static int next(struct reader *r)
{
	drop_event(r);
	if (config_notes_full(r->notes))
		return -EINVAL;
	if (!yaml_parser_parse(&r->parser, &r->event))
		return refuse_syntax(r);
	r->has_event = true;
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		refuse_ornaments(r, r->event.data.scalar.anchor, r->event.data.scalar.tag);
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		refuse_ornaments(r, r->event.data.sequence_start.anchor,
		                 r->event.data.sequence_start.tag);
		return go_deeper(r);
	case YAML_MAPPING_START_EVENT:
		refuse_ornaments(r, r->event.data.mapping_start.anchor,
		                 r->event.data.mapping_start.tag);
		return go_deeper(r);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		FAULT_HERE(r, "aliases (*) have no place here: write the value again");
		return 0;
	default:
		return 0;
	}
}

/* Passes over the node that begins at the event. */
static int skip(struct reader *r)
{
	unsigned outside = r->depth;
	int err = 0;

	if (r->event.type != YAML_SEQUENCE_START_EVENT && r->event.type != YAML_MAPPING_START_EVENT)
		return 0;
	while (!err && r->depth >= outside)
		err = next(r);
	return err;
}

static struct slice scalar(const struct reader *r)
{
	return slice_of((const char *)r->event.data.scalar.value, r->event.data.scalar.length);
}

/* Nothing behind the colon, not even quotes. */
static bool is_nothing(const struct reader *r)
{
	return r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.length == 0 &&
	       r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* --- rows --- */

static int read_mapping(struct reader *r, enum config_mapping mapping, struct config_row *row);

/* A server without a name is called by its domain. */
static void name_server(struct config_row *row)
{
	if (!row->values[SERVER_NAME].text)
		row->values[SERVER_NAME] = row->values[SERVER_DOMAIN];
}

static int number_line(struct reader *r, struct config_row *row, uint32_t seen)
{
	struct config_value *number = &row->values[LINE_NUMBER];
	char memory[16];
	struct buf text = buf_over(memory, sizeof(memory));

	row->key.studio = r->config->studios.count - 1;
	if (number->text) {
		num_u32(slice_str(number->text), UINT32_MAX, &row->key.number);
		r->last_number = row->key.number;
		return 0;
	}
	if (seen & 1u << LINE_NUMBER) /* and wrong */
		return 0;
	if (r->last_number == UINT32_MAX) {
		config_note_fault(r->notes, row->line, row->column,
		                  "there is no number left for this line");
		return 0;
	}
	row->key.number = ++r->last_number;
	buf_u64(&text, row->key.number);
	number->text = config_arena_text(&r->config->arena, buf_slice(&text));
	return number->text ? 0 : -ENOMEM;
}

static int give_password(struct reader *r, struct config_row *row)
{
	const struct config_value *file = &row->values[LINE_PASSWORD_FILE];

	if (!file->text)
		return 0;
	if (!row->values[LINE_PASSWORD].text)
		return config_password_read(r->config, r->place, row, r->notes);
	config_note_fault(r->notes, file->line, file->column,
	                  "the line has a password and a password-file: one of them is enough");
	return 0;
}

/* What a row has beyond its keys, once all of them are read. seen: a bit for each key. */
static int finish(struct reader *r, enum config_mapping mapping, struct config_row *row,
                  uint32_t seen, struct config_value at)
{
	int err = 0;

	for (unsigned i = 0; i < config_key_count(mapping); i++)
		if (config_key_at(mapping, i)->absent == CONFIG_REQUIRED && !(seen & 1u << i))
			config_note_fault(r->notes, at.line, at.column, "\"%s\" is missing here",
			                  config_key_at(mapping, i)->name);
	if (mapping == CONFIG_SERVERS)
		name_server(row);
	if (mapping == CONFIG_LINES)
		err = number_line(r, row, seen);
	if (mapping == CONFIG_LINES && !err)
		err = give_password(r, row);
	return err;
}

static int read_item(struct reader *r, enum config_mapping mapping)
{
	struct config_row *row;

	if (config_rows_of(r->config, mapping)->count == CONFIG_LINES_MAX) {
		FAULT_HERE(r, "there are more than %u here", CONFIG_LINES_MAX);
		return -EINVAL;
	}
	row = config_add(r->config, mapping);
	if (!row)
		return -ENOMEM;
	row->line = place(r).line;
	row->column = place(r).column;
	if (mapping == CONFIG_STUDIOS)
		r->last_number = 0;
	return read_mapping(r, mapping, row);
}

static int read_list(struct reader *r, const struct config_key *key)
{
	int err = 0;

	if (is_nothing(r)) {
		FAULT_HERE(r, "%s has nothing in it; write [] where there shall be none",
		           key->name);
		return 0;
	}
	if (r->event.type != YAML_SEQUENCE_START_EVENT) {
		FAULT_HERE(r, "%s is a list: each of them begins with \"-\"", key->name);
		return skip(r);
	}
	while (!err) {
		err = next(r);
		if (err || r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (r->event.type == YAML_MAPPING_START_EVENT) {
			err = read_item(r, key->of);
			continue;
		}
		FAULT_HERE(r, "%s: each of them has keys with values, as in \"%s: ...\"", key->name,
		           config_key_at(key->of, 0)->name);
		err = skip(r);
	}
	return err;
}

static int read_one(struct reader *r, const struct config_key *key)
{
	struct config_row *row;

	if (is_nothing(r))
		return 0;
	if (r->event.type != YAML_MAPPING_START_EVENT) {
		FAULT_HERE(r, "%s has keys with values, as in \"%s: ...\"", key->name,
		           config_key_at(key->of, 0)->name);
		return skip(r);
	}
	row = config_add(r->config, key->of);
	if (!row)
		return -ENOMEM;
	row->line = place(r).line;
	row->column = place(r).column;
	return read_mapping(r, key->of, row);
}

/* --- values --- */

/* What is empty is not given, but for a password in quotes: that takes it away. */
static int read_scalar(struct reader *r, enum config_mapping mapping, struct config_row *row,
                       unsigned index)
{
	const struct config_key *key = config_key_at(mapping, index);
	struct config_value at = place(r);

	if (r->event.type == YAML_ALIAS_EVENT)
		return 0;
	if (r->event.type != YAML_SCALAR_EVENT) {
		FAULT_HERE(r, "%s takes one value and no list or keys", key->name);
		return skip(r);
	}
	if (scalar(r).n || key->absent == CONFIG_REQUIRED)
		return config_row_set(r->config, mapping, row, index, scalar(r), &at, r->notes);
	if (key->type == CONFIG_SECRET && !is_nothing(r)) {
		row->values[index] = at;
		row->values[index].text = "";
	}
	return 0;
}

static int read_value(struct reader *r, enum config_mapping mapping, struct config_row *row,
                      unsigned index)
{
	const struct config_key *key = config_key_at(mapping, index);

	if (key->type == CONFIG_LIST)
		return read_list(r, key);
	if (key->type == CONFIG_ONE)
		return read_one(r, key);
	return read_scalar(r, mapping, row, index);
}

static void refuse_key(struct reader *r, enum config_mapping mapping)
{
	struct guess guess = guess_for(scalar(r));
	char memory[SHOWN_BYTES];

	for (unsigned i = 0; i < config_key_count(mapping); i++)
		guess_offer(&guess, slice_str(config_key_at(mapping, i)->name));
	if (slice_present(guess.best))
		FAULT_HERE(r, "unknown key %s; did you mean \"%.*s\"?",
		           config_shown(scalar(r), memory), (int)guess.best.n, guess.best.p);
	else
		FAULT_HERE(r, "unknown key %s", config_shown(scalar(r), memory));
}

/* Takes a key. *ret_index: its place in the table, or KEYS_MAX where its value is passed over. */
static int read_key(struct reader *r, enum config_mapping mapping, uint32_t *seen,
                    unsigned *ret_index)
{
	const struct config_key *key;
	unsigned index;

	*ret_index = KEYS_MAX;
	if (r->event.type != YAML_SCALAR_EVENT) {
		if (r->event.type != YAML_ALIAS_EVENT)
			FAULT_HERE(r, "a key is a word, and no list");
		return skip(r);
	}
	key = config_key_find(mapping, scalar(r));
	if (!key) {
		refuse_key(r, mapping);
		return 0;
	}
	index = (unsigned)(key - config_key_at(mapping, 0));
	if (*seen & 1u << index) {
		FAULT_HERE(r, "\"%s\" is given twice here", key->name);
		return 0;
	}
	*seen |= 1u << index;
	*ret_index = index;
	return 0;
}

/* From the start of a mapping to its end. row: NULL for the file itself, which has lists only. */
static int read_mapping(struct reader *r, enum config_mapping mapping, struct config_row *row)
{
	struct config_value at = place(r);
	uint32_t seen = 0;
	unsigned index;
	int err;

	for (;;) {
		err = next(r);
		if (err)
			return err;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return finish(r, mapping, row, seen, at);
		err = read_key(r, mapping, &seen, &index);
		if (!err)
			err = next(r);
		if (!err)
			err = index == KEYS_MAX ? skip(r) : read_value(r, mapping, row, index);
		if (err)
			return err;
	}
}

/* --- the file --- */

static int read_document(struct reader *r)
{
	int err = next(r);

	if (err)
		return err;
	if (r->event.type != YAML_MAPPING_START_EVENT) {
		FAULT_HERE(r, "a settings file has keys with values, as in \"studios: ...\"");
		return -EINVAL;
	}
	return read_mapping(r, CONFIG_FILE, NULL);
}

static int read_stream(struct reader *r)
{
	int err = next(r); /* the stream's start */

	if (!err)
		err = next(r);
	if (err)
		return err;
	if (r->event.type != YAML_DOCUMENT_START_EVENT) {
		FAULT_HERE(r, "the file is empty; \"studios: []\" says that there shall be none");
		return -EINVAL;
	}
	err = read_document(r);
	if (!err)
		err = next(r); /* the document's end */
	if (!err)
		err = next(r);
	if (err || r->event.type == YAML_STREAM_END_EVENT)
		return err;
	FAULT_HERE(r, "a second document begins here; a settings file has one");
	return -EINVAL;
}

/* libyaml frees its buffers as they are. */
static void wipe_buffers(yaml_parser_t *parser)
{
	if (parser->buffer.start)
		explicit_bzero(parser->buffer.start,
		               (size_t)(parser->buffer.end - parser->buffer.start));
	if (parser->raw_buffer.start)
		explicit_bzero(parser->raw_buffer.start,
		               (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
}

int config_yaml_read(struct slice text, const struct config_place *place, struct config *config,
                     struct config_notes *notes)
{
	struct reader r = { .config = config, .place = place, .notes = notes };
	int err;

	if (!yaml_parser_initialize(&r.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	err = read_stream(&r);
	drop_event(&r);
	wipe_buffers(&r.parser);
	yaml_parser_delete(&r.parser);
	return err;
}
