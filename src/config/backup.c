/* config/backup.c: a backup is the export, and behind it, where somebody gave a passphrase, the
 * passwords of the lines in remarks that only this file reads:
 *
 *   # Passwords of Lineup, version 1: scrypt 15 8 1
 *   # (base64 of salt, nonce, sealed records and tag)
 *   # End of the passwords.
 *
 * A record is studio, number and password, a NUL behind each. All text in front of them is sealed
 * with them as what must not change (config/seal.h): a password does not open for a file in which
 * its line was sent to another server. */
#include <errno.h>
#include <stdlib.h>

#include "base/num.h"
#include "config/part.h"
#include "config/seal.h"

#define MARK         "# Passwords of Lineup, version "
#define METHOD       "1: scrypt "
#define END          "# End of the passwords."
#define RECORDS_MAX  (CONFIG_FILE_MAX / 2) /* bytes: in base64 they still fit a file */
#define FRONT_BYTES  (SEAL_SALT_BYTES + SEAL_NONCE_BYTES)
#define BACKUP_TRIES 5 /* while others change what is read */

/* ---- memory that held passwords */

struct bytes {
	char *p;
	size_t n, cap;
};

static void bytes_done(struct bytes *bytes)
{
	if (bytes->p)
		explicit_bzero(bytes->p, bytes->n);
	free(bytes->p);
	*bytes = (struct bytes){ 0 };
}

/* The old memory is wiped before it goes. */
static int make_room(struct bytes *bytes, size_t n)
{
	size_t cap = bytes->cap ? bytes->cap : 4096;
	struct bytes larger;

	if (n > RECORDS_MAX || bytes->n > RECORDS_MAX - n)
		return -EFBIG;
	while (cap < bytes->n + n)
		cap *= 2;
	if (cap == bytes->cap)
		return 0;
	larger = (struct bytes){ malloc(cap), bytes->n, cap };
	if (!larger.p)
		return -ENOMEM;
	if (bytes->n)
		memcpy(larger.p, bytes->p, bytes->n);
	bytes_done(bytes);
	*bytes = larger;
	return 0;
}

/* A text with its NUL. */
static int add_text(struct bytes *bytes, const char *text)
{
	size_t n = strlen(text) + 1;
	int err = make_room(bytes, n);

	if (err)
		return err;
	memcpy(bytes->p + bytes->n, text, n);
	bytes->n += n;
	return 0;
}

/* ---- writing */

static int add_record(struct store *store, const struct config *config,
                      const struct config_row *line, struct bytes *records)
{
	const struct config_row *studio = config->studios.list[line->key.studio];
	char password[STORE_PASSWORD_MAX + 1];
	int err = store_line_password(store, line->id, password);

	/* Meanwhile taken away, or the line is gone: then all is read anew. */
	if (err == -ENOENT)
		return 0;
	if (!err)
		err = add_text(records, studio->values[STUDIO_NAME].text);
	if (!err)
		err = add_text(records, line->values[LINE_NUMBER].text);
	if (!err)
		err = add_text(records, password);
	explicit_bzero(password, sizeof(password));
	return err;
}

/* The settings with their passwords as of one moment. */
static int gather(struct store *store, struct config **ret_config, struct bytes *records)
{
	for (unsigned tries = 0; tries < BACKUP_TRIES; tries++) {
		struct config *config;
		int64_t change, now;
		int err = config_load(store, &config, &change);

		if (err)
			return err;
		for (uint32_t i = 0; !err && i < config->lines.count; i++)
			if (config->lines.list[i]->has_password)
				err = add_record(store, config, config->lines.list[i], records);
		now = err ? err : store_change_last(store);
		if (now == change) {
			*ret_config = config;
			return 0;
		}
		bytes_done(records);
		config_free(config);
		if (now < 0)
			return (int)now;
	}
	return -EAGAIN;
}

/* Hands text on, and to the seal. */
struct sealed_text {
	struct seal *seal;
	int (*write)(void *ctx, struct slice text);
	void *ctx;
};

static int write_sealed(void *ctx, struct slice text)
{
	struct sealed_text *to = ctx;
	int err = seal_text(to->seal, text);

	return err ? err : to->write(to->ctx, text);
}

static void put_base64(struct config_out *out, struct slice bytes)
{
	while (bytes.n) {
		size_t n = bytes.n < SEAL_LINE_BYTES ? bytes.n : SEAL_LINE_BYTES;
		char line[SEAL_LINE_TEXT + 1];

		config_out_put(out, SLICE("# "));
		config_out_put(out, seal_line_write(slice_of(bytes.p, n), line));
		config_out_put(out, SLICE("\n"));
		bytes = slice_from(bytes, n);
	}
}

static void put_method(struct config_out *out, const struct seal_how *how)
{
	char memory[128];
	struct buf line = buf_over(memory, sizeof(memory));

	buf_str(&line, MARK METHOD);
	buf_u64(&line, how->ln);
	buf_char(&line, ' ');
	buf_u64(&line, how->r);
	buf_char(&line, ' ');
	buf_u64(&line, how->p);
	buf_char(&line, '\n');
	config_out_put(out, buf_slice(&line));
}

/* Salt, nonce, what is sealed, and its tag, as one piece. */
static int close_records(struct seal *seal, const struct seal_how *how, const struct bytes *records,
                         char **ret_blob, size_t *ret_n)
{
	size_t n = FRONT_BYTES + records->n + SEAL_TAG_BYTES;
	char *blob = malloc(n);
	int err;

	if (!blob)
		return -ENOMEM;
	memcpy(blob, how->salt, SEAL_SALT_BYTES);
	memcpy(blob + SEAL_SALT_BYTES, how->nonce, SEAL_NONCE_BYTES);
	err = seal_close(seal, slice_of(records->p, records->n), blob + FRONT_BYTES);
	if (err) {
		free(blob);
		return err;
	}
	*ret_blob = blob;
	*ret_n = n;
	return 0;
}

/* Settings and method go through the seal; what follows does not. */
static int write_all(struct config_out *out, const struct config *config,
                     const struct seal_how *how, struct seal *seal, const struct bytes *records)
{
	struct sealed_text text = { seal, out->write, out->ctx };
	char *blob;
	size_t n;
	int err;

	out->write = write_sealed;
	out->ctx = &text;
	err = config_export_put(out, config);
	put_method(out, how);
	config_out_flush(out);
	out->write = text.write;
	out->ctx = text.ctx;
	if (!err)
		err = out->err;
	if (!err)
		err = close_records(seal, how, records, &blob, &n);
	if (err)
		return err;
	put_base64(out, slice_of(blob, n));
	free(blob);
	config_out_put(out, SLICE(END "\n"));
	config_out_flush(out);
	return out->err ? out->err : out->written > CONFIG_FILE_MAX ? -EFBIG : 0;
}

static int backup_with(struct store *store, struct slice passphrase, struct config_out *out)
{
	struct config *config = NULL;
	struct bytes records = { 0 };
	struct seal *seal = NULL;
	struct seal_how how;
	int err = gather(store, &config, &records);

	if (!err)
		err = seal_how_new(&how);
	if (!err)
		err = seal_new(SEAL_CLOSE, &how, passphrase, &seal);
	if (!err)
		err = write_all(out, config, &how, seal, &records);
	seal_free(seal);
	bytes_done(&records);
	config_free(config);
	return err;
}

static bool passphrase_holds(struct slice passphrase)
{
	return passphrase.n >= CONFIG_PASSPHRASE_MIN && passphrase.n <= CONFIG_PASSPHRASE_MAX;
}

int config_backup(struct store *store, struct slice passphrase,
                  int (*write)(void *ctx, struct slice text), void *ctx)
{
	struct config_out *out;
	int err;

	if (!slice_present(passphrase))
		return config_export(store, write, ctx);
	if (!passphrase_holds(passphrase))
		return -EINVAL;
	out = config_out_new(write, ctx);
	if (!out)
		return -ENOMEM;
	err = backup_with(store, passphrase, out);
	free(out);
	return err;
}

/* ---- reading */

struct sealed_part {
	struct slice text; /* in front of the sealed part, its first line included */
	struct slice rest; /* the lines behind that */
	uint32_t line;     /* of rest, from 1 */
	struct slice method;
};

static uint32_t lines_of(struct slice text)
{
	uint32_t n = 0;

	for (size_t at; (at = slice_find(text, '\n')) < text.n; n++)
		text = slice_from(text, at + 1);
	return n;
}

/* False: there is none. */
static bool find_part(struct slice text, struct sealed_part *ret_part)
{
	const char *at = memmem(text.p, text.n, "\n" MARK, sizeof("\n" MARK) - 1);
	struct slice first;
	size_t n;

	if (!at)
		return false;
	first = slice_from(text, (size_t)(at + 1 - text.p));
	n = slice_find(first, '\n');
	ret_part->method = slice_from(slice_of(first.p, n), sizeof(MARK) - 1);
	ret_part->rest = slice_from(first, n < first.n ? n + 1 : n);
	ret_part->text = slice_of(text.p, text.n - ret_part->rest.n);
	ret_part->line = lines_of(ret_part->text) + 1;
	return true;
}

bool config_backup_is_sealed(struct slice text)
{
	struct sealed_part part;

	return text.n && find_part(text, &part);
}

static bool take_number(struct slice *rest, uint32_t *ret_n)
{
	size_t n = slice_find(*rest, ' ');

	if (num_u32(slice_of(rest->p, n), 1000, ret_n) != 0)
		return false;
	*rest = slice_from(*rest, n < rest->n ? n + 1 : n);
	return true;
}

static bool read_method(struct slice text, struct seal_how *ret_how)
{
	if (!slice_starts_nocase(text, SLICE(METHOD)))
		return false;
	text = slice_from(text, sizeof(METHOD) - 1);
	return take_number(&text, &ret_how->ln) && take_number(&text, &ret_how->r) &&
	       take_number(&text, &ret_how->p) && text.n == 0 && seal_how_holds(ret_how);
}

/* 0 bytes: it is no such line. */
static size_t read_base64(struct slice line, char ret_bytes[SEAL_LINE_BYTES])
{
	if (line.n < 2 || line.p[0] != '#' || line.p[1] != ' ')
		return 0;
	return seal_line_read(slice_from(line, 2), ret_bytes);
}

/* The bytes of the sealed part. 0, -ENOMEM, or -EBADMSG: *ret_line is where it is broken. */
static int read_blob(const struct sealed_part *part, struct bytes *blob, uint32_t *ret_line)
{
	struct slice rest = part->rest;
	int err = 0;

	for (*ret_line = part->line; !err; ++*ret_line) {
		size_t end = slice_find(rest, '\n'), n;
		struct slice line = slice_of(rest.p, end);
		char bytes[SEAL_LINE_BYTES];

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (slice_equal(line, SLICE(END)))
			return blob->n >= FRONT_BYTES + SEAL_TAG_BYTES ? 0 : -EBADMSG;
		n = read_base64(line, bytes);
		if (!n)
			return -EBADMSG;
		err = make_room(blob, n);
		if (!err) {
			memcpy(blob->p + blob->n, bytes, n);
			blob->n += n;
		}
		rest = slice_from(rest, end < rest.n ? end + 1 : end);
	}
	return err;
}

static int open_blob(const struct sealed_part *part, struct seal_how *how, struct slice passphrase,
                     const struct bytes *blob, struct bytes *records)
{
	struct slice sealed = slice_from(slice_of(blob->p, blob->n), FRONT_BYTES);
	struct seal *seal = NULL;
	int err;

	memcpy(how->salt, blob->p, SEAL_SALT_BYTES);
	memcpy(how->nonce, blob->p + SEAL_SALT_BYTES, SEAL_NONCE_BYTES);
	err = make_room(records, sealed.n);
	if (!err)
		err = seal_new(SEAL_OPEN, how, passphrase, &seal);
	if (!err)
		err = seal_text(seal, part->text);
	if (!err)
		err = seal_open(seal, sealed, records->p, &records->n);
	seal_free(seal);
	return err;
}

/* ---- from records to rows */

struct keeper {
	struct config *config;
	struct config_notes *notes;
	struct config_map studios, lines;
};

static int index_rows(struct keeper *k)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < k->config->studios.count; i++) {
		const char *name = k->config->studios.list[i]->values[STUDIO_NAME].text;

		err = config_map_put(&k->studios, slice_str(name), i, NULL);
	}
	for (uint32_t i = 0; !err && i < k->config->lines.count; i++) {
		struct config_row *row = k->config->lines.list[i];

		row->values[LINE_PASSWORD].text = ""; /* it had none, unless a record says so */
		err = config_map_put(&k->lines, slice_of((const char *)&row->key, sizeof(row->key)),
		                     i, NULL);
	}
	return err;
}

static bool take_text(struct slice *rest, const char **ret_text)
{
	size_t n = slice_find(*rest, '\0');

	if (n == rest->n)
		return false;
	*ret_text = rest->p;
	*rest = slice_from(*rest, n + 1);
	return true;
}

/* -EBADMSG: nobody wrote such records. */
static int keep_record(struct keeper *k, struct slice *rest)
{
	const char *studio, *number, *password;
	struct config_line_key key = { 0 };
	struct config_row *row;
	uint32_t index;

	if (!take_text(rest, &studio) || !take_text(rest, &number) || !take_text(rest, &password) ||
	    !*password || !config_map_find(&k->studios, slice_str(studio), &key.studio) ||
	    num_u32(slice_str(number), UINT32_MAX, &key.number) != 0 ||
	    !config_map_find(&k->lines, slice_of((const char *)&key, sizeof(key)), &index))
		return -EBADMSG;
	row = k->config->lines.list[index];
	const struct config_value place = { .line = row->line, .column = row->column };
	return config_row_set(k->config, CONFIG_LINES, row, LINE_PASSWORD, slice_str(password),
	                      &place, k->notes);
}

static int keep_records(struct config *config, struct slice records, struct config_notes *notes)
{
	struct keeper k = { .config = config, .notes = notes };
	int err = index_rows(&k);

	while (!err && records.n)
		err = keep_record(&k, &records);
	config_map_done(&k.studios);
	config_map_done(&k.lines);
	return err;
}

static int read_passwords(const struct sealed_part *part, struct slice passphrase,
                          struct config *config, struct config_notes *notes)
{
	struct bytes blob = { 0 }, records = { 0 };
	struct seal_how how;
	uint32_t line = part->line;
	int err = 0;

	if (!read_method(part->method, &how)) {
		config_note_fault(notes, part->line - 1, 1,
		                  "the passwords were sealed by a newer Lineup, in a way that this "
		                  "one does not know");
		return 0;
	}
	err = read_blob(part, &blob, &line);
	if (!err)
		err = open_blob(part, &how, passphrase, &blob, &records);
	if (!err)
		err = keep_records(config, slice_of(records.p, records.n), notes);
	bytes_done(&blob);
	bytes_done(&records);
	if (err == -EBADMSG) {
		config_note_fault(notes, line, 1,
		                  "the passwords are cut short, or no longer as they were written");
		err = 0;
	}
	return err;
}

/* A file that is no backup would be taken for all there shall be. */
static void check_head(struct slice text, struct config_notes *notes)
{
	if (!slice_starts_nocase(text, SLICE(EXPORT_HEAD "\n")) &&
	    !slice_starts_nocase(text, SLICE(EXPORT_HEAD "\r\n")))
		config_note_fault(notes, 1, 1,
		                  "this is no backup: its first line is not \"%s\"; lineup apply "
		                  "takes any file of settings",
		                  EXPORT_HEAD);
}

int config_backup_read(struct slice text, struct slice passphrase, struct config **ret_config,
                       struct config_faults *ret_faults)
{
	static const struct config_place nowhere = { .folder = NULL };
	struct config_notes notes = { 0 };
	struct config *config = NULL;
	struct sealed_part part;
	bool sealed;
	int err;

	if (slice_starts_nocase(text, SLICE("\xef\xbb\xbf")))
		text = slice_from(text, 3);
	*ret_faults = (struct config_faults){ 0 };
	sealed = text.n && text.n <= CONFIG_FILE_MAX && find_part(text, &part);
	if (sealed && !slice_present(passphrase))
		return -ENOKEY;
	check_head(text, &notes);
	err = config_read_begin(CONFIG_YAML, text, &nowhere, &config, &notes);
	if (!err && !config_notes_any(&notes) && sealed)
		err = read_passwords(&part, passphrase, config, &notes);
	/* Whoever has a passphrase has seen passwords in it. */
	if (!err && !sealed && slice_present(passphrase))
		config_note_fault(&notes, 0, 0,
		                  "there are no passwords in this file: without a passphrase those "
		                  "of the lines stay as they are");
	return config_read_end(err, &notes, config, ret_config, ret_faults);
}
