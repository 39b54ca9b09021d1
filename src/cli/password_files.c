/* cli/password_files.c: passwords put where a settings file names files that hold them.
 *
 * The text is not written anew: what stands between a key and the end of its value is replaced, so
 * that a fault that the daemon finds has the place that it has in the person's file. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "cli/settings_file.h"

#define DEPTH_MAX 16
#define BOM       "\xef\xbb\xbf"

/* A value in the text: from the first character of its key to behind its own last one. */
struct spot {
	size_t from, to; /* bytes */
	char *path;
};

struct spots {
	struct spot *list;
	size_t n, cap;
};

/* Where the parser is in mappings and lists. */
struct reader {
	yaml_parser_t parser;
	struct slice text;
	size_t at, at_character; /* the same place: marks count characters */
	unsigned depth;
	struct {
		bool mapping, value; /* value: the next event is one, and no key */
	} levels[DEPTH_MAX];
	bool is_ours; /* the key was password-file */
	size_t from;
	struct spots spots;
};

/* The byte at which a character begins; they are asked for in order. */
static size_t byte_of(struct reader *r, size_t character)
{
	while (r->at_character < character && r->at < r->text.n) {
		r->at++;
		while (r->at < r->text.n && ((unsigned char)r->text.p[r->at] & 0xc0) == 0x80)
			r->at++;
		r->at_character++;
	}
	return r->at;
}

static int add_spot(struct reader *r, const yaml_event_t *event)
{
	struct spots *spots = &r->spots;
	size_t cap = spots->cap ? 2 * spots->cap : 64;
	struct spot *larger;

	if (spots->n == spots->cap) {
		larger = reallocarray(spots->list, cap, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		spots->list = larger;
		spots->cap = cap;
	}
	spots->list[spots->n] =
		(struct spot){ .from = r->from,
		               .to = byte_of(r, event->end_mark.index),
		               .path = strdup((const char *)event->data.scalar.value) };
	return spots->list[spots->n++].path ? 0 : -ENOMEM;
}

static int take_scalar(struct reader *r, const yaml_event_t *event)
{
	bool is_value =
		r->depth && (!r->levels[r->depth - 1].mapping || r->levels[r->depth - 1].value);
	size_t from = byte_of(r, event->start_mark.index);

	if (!is_value) {
		r->is_ours = strcmp((const char *)event->data.scalar.value, "password-file") == 0;
		r->from = from;
		return 0;
	}
	/* One that is empty counts as left out. */
	return r->is_ours && event->data.scalar.length ? add_spot(r, event) : 0;
}

static void flip(struct reader *r)
{
	if (r->depth && r->levels[r->depth - 1].mapping)
		r->levels[r->depth - 1].value = !r->levels[r->depth - 1].value;
}

static int take(struct reader *r, const yaml_event_t *event)
{
	int err = 0;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		err = take_scalar(r, event);
		flip(r);
		return err;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		if (r->depth == DEPTH_MAX)
			return -EINVAL;
		r->levels[r->depth].mapping = event->type == YAML_MAPPING_START_EVENT;
		r->levels[r->depth++].value = false;
		return 0;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		flip(r);
		return 0;
	default:
		return 0;
	}
}

static int find_spots(struct reader *r)
{
	yaml_event_t event;
	bool ends = false;
	int err = 0;

	if (!yaml_parser_initialize(&r->parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text.p, r->text.n);
	while (!err && !ends) {
		if (!yaml_parser_parse(&r->parser, &event)) {
			err = r->parser.error == YAML_MEMORY_ERROR ? -ENOMEM : -EINVAL;
			break;
		}
		ends = event.type == YAML_STREAM_END_EVENT;
		err = take(r, &event);
		if (event.type == YAML_SCALAR_EVENT)
			explicit_bzero(event.data.scalar.value, event.data.scalar.length);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&r->parser);
	return err;
}

/* ---- the passwords */

/* As config/ reads it: a plain file, its last line end left out. */
static int read_password(const char *folder, const char *path, char *ret_text, size_t cap,
                         size_t *ret_n)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = dir < 0 ? -1 : openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -errno : 0;
	struct stat about;

	if (n == 0 && (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode)))
		n = -EINVAL;
	if (n == 0) {
		n = read(fd, ret_text, cap);
		n = n < 0 ? -errno : n;
	}
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	if (n < 0)
		return (int)n;
	if (n && ret_text[n - 1] == '\n')
		n--;
	if (n && ret_text[n - 1] == '\r')
		n--;
	*ret_n = (size_t)n;
	return 0;
}

/* As a scalar in double quotes. */
static void put_quoted(struct slice text, struct buf *out)
{
	buf_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_char(out, '\\');
		if ((unsigned char)text.p[i] < ' ') {
			buf_str(out, "\\x");
			buf_hex(out, text.p + i, 1);
		} else {
			buf_char(out, text.p[i]);
		}
	}
	buf_char(out, '"');
}

#define QUOTED_MAX (4 * (STORE_PASSWORD_MAX + 4) + 32) /* bytes that one of them takes */

static int write_spliced(const struct reader *r, const char *folder, struct buf *out)
{
	char password[STORE_PASSWORD_MAX + 4];
	size_t at = 0, n;
	int err = 0;

	for (size_t i = 0; !err && i < r->spots.n; i++) {
		const struct spot *spot = &r->spots.list[i];

		err = read_password(folder, spot->path, password, sizeof(password), &n);
		if (err)
			break;
		buf_put(out, slice_of(r->text.p + at, spot->from - at));
		buf_str(out, "password: ");
		put_quoted(slice_of(password, n), out);
		/* A block scalar ends behind its line. */
		if (r->text.p[spot->to - 1] == '\n')
			buf_char(out, '\n');
		at = spot->to;
	}
	if (!err)
		buf_put(out, slice_from(r->text, at));
	explicit_bzero(password, sizeof(password));
	return err ? err : out->full ? -ENOMEM : 0;
}

int password_files_splice(struct slice yaml, const char *folder, char **ret_text, size_t *ret_n)
{
	bool marked = yaml.n >= 3 && memcmp(yaml.p, BOM, 3) == 0;
	struct reader reader = { .text = marked ? slice_from(yaml, 3) : yaml };
	int err = find_spots(&reader);
	size_t cap = yaml.n + reader.spots.n * QUOTED_MAX + 1;
	char *memory = err ? NULL : malloc(cap);
	struct buf out = buf_over(memory, cap);

	if (!err)
		err = memory ? write_spliced(&reader, folder, &out) : -ENOMEM;
	for (size_t i = 0; i < reader.spots.n; i++)
		free(reader.spots.list[i].path);
	free(reader.spots.list);
	if (err) {
		OPENSSL_clear_free(memory, memory ? cap : 0);
		return err;
	}
	*ret_text = memory;
	*ret_n = out.n;
	return 0;
}
