/* config/read.c: a file, whole. What is wrong with a row alone its format's reader has said; here
 * follow the file as such (its length, its characters, its end) and what is wrong among rows. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guess.h"
#include "base/utf8.h"
#include "config/part.h"
#include "sip/aor.h"

#define GUESSED_MAX 1000 /* names that are looked at for "did you mean" */

/* --- one value --- */

int config_row_set(struct config *config, enum config_mapping mapping, struct config_row *row,
                   unsigned index, struct slice text, const struct config_value *place,
                   struct config_notes *notes)
{
	char checked[CONFIG_VALUE_BYTES], sentence[CONFIG_VALUE_BYTES];
	struct buf value = buf_over(checked, sizeof(checked));
	struct buf why = buf_over(sentence, sizeof(sentence));
	struct config_key key = *config_key_at(mapping, index);
	int err = 0;

	if (config->format == CONFIG_CSV && mapping == CONFIG_STUDIOS)
		key.name = "studio"; /* as its column */
	if (config_key_check(&key, text, &value, &why) != 0) {
		buf_end(&why);
		config_note_fault(notes, place->line, place->column, "%s", sentence);
		return 0;
	}
	row->values[index] = *place;
	row->values[index].text = config_arena_text(&config->arena, buf_slice(&value));
	if (!row->values[index].text)
		err = -ENOMEM;
	if (key.type == CONFIG_SECRET) {
		if (text.p[0] == ' ' || text.p[text.n - 1] == ' ')
			config_note_remark(notes, place->line, place->column,
			                   "%s begins or ends with a blank; is that meant?",
			                   key.name);
		explicit_bzero(checked, sizeof(checked));
	}
	return err;
}

/* Returns how many bytes the file has, at most cap, or negative errno. */
static ssize_t read_small(const char *folder, const char *path, char *ret_bytes, size_t cap)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = dir < 0 ? -1 : openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -errno : 0;
	struct stat st;

	if (n == 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
		n = -EINVAL;
	if (n == 0) {
		n = read(fd, ret_bytes, cap);
		n = n < 0 ? -errno : n;
	}
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return n;
}

int config_password_read(struct config *config, const struct config_place *place,
                         struct config_row *row, struct config_notes *notes)
{
	const struct config_value *at = &row->values[LINE_PASSWORD_FILE];
	char bytes[STORE_PASSWORD_MAX + 4], memory[SHOWN_BYTES];
	ssize_t n;
	int err;

	if (!place || !place->folder) {
		config_note_fault(
			notes, at->line, at->column,
			"password-file cannot be read from here: give the password itself");
		return 0;
	}
	n = read_small(place->folder, at->text, bytes, sizeof(bytes));
	if (n < 0) {
		config_note_fault(notes, at->line, at->column,
		                  "password-file %s cannot be read: %s",
		                  config_shown(slice_str(at->text), memory),
		                  n == -EINVAL ? "it is no plain file" : strerrordesc_np((int)-n));
		return 0;
	}
	if (n > 0 && bytes[n - 1] == '\n')
		n--;
	if (n > 0 && bytes[n - 1] == '\r')
		n--;
	err = config_row_set(config, CONFIG_LINES, row, LINE_PASSWORD, slice_of(bytes, (size_t)n),
	                     at, notes);
	explicit_bzero(bytes, sizeof(bytes));
	return err;
}

/* --- the file as such --- */

/* Where a file ends or is broken: lines and characters from 1. */
struct spot {
	uint32_t line, column;
};

/* The first thing that no text has, or NULL; *ret_spot: where that is, or the file's end. */
static const char *find_no_text(struct slice text, struct spot *ret_spot)
{
	struct spot spot = { 1, 1 };
	const char *what = NULL;

	for (size_t at = 0, n; at < text.n; at += n, spot.column++) {
		uint32_t point = (unsigned char)text.p[at];

		n = point >= ' ' && point < 0x7f ? 1 : utf8_take(slice_from(text, at), &point);
		if (point == '\n' || (point == '\r' && at + 1 < text.n && text.p[at + 1] != '\n')) {
			spot = (struct spot){ spot.line + 1, 0 };
			continue;
		}
		if (n == 0)
			what = "a byte that is no UTF-8";
		else if (point == 0)
			what = "a NUL character";
		else if (point == 0xfffe || point == 0xffff ||
		         (utf8_is_deceiving(point) && point != '\t' && point != '\r'))
			what = "a character that cannot be seen";
		if (what)
			break;
	}
	*ret_spot = spot;
	return what;
}

static bool has_line(struct slice text, struct slice line)
{
	return memmem(text.p, text.n, line.p, line.n) != NULL;
}

static int check_file(struct slice text, struct config_notes *notes)
{
	struct spot spot;
	const char *what = find_no_text(text, &spot);

	if (what) {
		config_note_fault(notes, spot.line, spot.column, "this is %s", what);
		return -EINVAL;
	}
	if (slice_starts_nocase(text, SLICE(EXPORT_HEAD)) &&
	    !has_line(text, SLICE("\n" EXPORT_TAIL))) {
		config_note_fault(
			notes, spot.line, spot.column,
			"the file is cut short: its first line says that it ends with \"%s\"",
			EXPORT_TAIL);
		return -EINVAL;
	}
	return 0;
}

/* --- among rows --- */

static const char *place_word(const struct config *config)
{
	return config->format == CONFIG_CSV ? "in row" : "on line";
}

/* Two servers, or two studios, of one name. */
static int check_names(const struct config *config, const struct config_rows *rows,
                       const char *what, struct config_map *names, struct config_notes *notes)
{
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct config_value *name = &rows->list[i]->values[0];
		char memory[SHOWN_BYTES];
		uint32_t first;
		int err = name->text ? config_map_put(names, slice_str(name->text), i, &first) : 0;

		if (err == -ENOMEM)
			return err;
		if (err == -EEXIST)
			config_note_fault(notes, name->line, name->column,
			                  "there is a %s %s already, %s %u", what,
			                  config_shown(slice_str(name->text), memory),
			                  place_word(config), rows->list[first]->line);
	}
	return 0;
}

static int check_numbers(const struct config *config, struct config_notes *notes)
{
	struct config_map numbers = { 0 };
	int err = 0;

	for (uint32_t i = 0; i < config->lines.count && err != -ENOMEM; i++) {
		const struct config_row *row = config->lines.list[i];
		const struct config_value *number = &row->values[LINE_NUMBER];
		uint32_t first;

		if (!row->key.number)
			continue;
		err = config_map_put(&numbers, slice_of((const char *)&row->key, sizeof(row->key)),
		                     i, &first);
		if (err == -EEXIST)
			config_note_fault(notes, number->line ? number->line : row->line,
			                  number->line ? number->column : row->column,
			                  "the studio has a line %u already, %s %u",
			                  row->key.number, place_word(config),
			                  config->lines.list[first]->line);
	}
	config_map_done(&numbers);
	return err == -ENOMEM ? err : 0;
}

/* A server is one of the list, or an address. */
static void check_server(const struct config *config, const struct config_value *value,
                         const struct config_map *names, struct config_notes *notes)
{
	char host[SIP_HOST_MAX + 1], sentence[256], memory[SHOWN_BYTES];
	struct buf why = buf_over(sentence, sizeof(sentence));
	struct guess guess = guess_for(slice_str(value->text));
	uint32_t index;
	uint16_t port;

	if (!value->text || config_map_find(names, guess.word, &index) ||
	    sip_server_parse(guess.word, host, &port, &why) == 0)
		return;
	for (uint32_t i = 0; i < config->servers.count && i < GUESSED_MAX; i++)
		guess_offer(&guess, slice_str(config->servers.list[i]->values[SERVER_NAME].text));
	buf_end(&why);
	if (slice_present(guess.best))
		config_note_fault(notes, value->line, value->column,
		                  "there is no server %s; did you mean \"%.*s\"?",
		                  config_shown(guess.word, memory), (int)guess.best.n,
		                  guess.best.p);
	else
		config_note_fault(notes, value->line, value->column,
		                  "there is no server of that name, and as an address: %s",
		                  sentence);
}

static void check_servers(const struct config *config, const struct config_map *names,
                          struct config_notes *notes)
{
	if (config->general)
		check_server(config, &config->general->values[GENERAL_DEFAULT_SERVER], names,
		             notes);
	for (uint32_t i = 0; i < config->lines.count && notes->faults.more == 0; i++)
		check_server(config, &config->lines.list[i]->values[LINE_SERVER], names, notes);
}

/* A log that shall be sent needs to know where to. */
static void check_syslog(const struct config *config, struct config_notes *notes)
{
	const struct config_value *transport, *host;

	if (!config->general)
		return;
	transport = &config->general->values[GENERAL_SYSLOG_TRANSPORT];
	host = &config->general->values[GENERAL_SYSLOG_HOST];
	if (transport->text && strcmp(transport->text, "none") != 0 && !host->text)
		config_note_fault(notes, transport->line, transport->column,
		                  "syslog-transport: %s needs a syslog-host", transport->text);
}

static int check_whole(const struct config *config, struct config_notes *notes)
{
	struct config_map servers = { 0 }, studios = { 0 };
	int err = check_names(config, &config->servers, "server", &servers, notes);

	if (!err)
		err = check_names(config, &config->studios, "studio", &studios, notes);
	if (!err)
		err = check_numbers(config, notes);
	if (!err && config->format == CONFIG_YAML)
		check_servers(config, &servers, notes);
	check_syslog(config, notes);
	config_map_done(&servers);
	config_map_done(&studios);
	return err;
}

static int read_text(enum config_format format, struct slice text, const struct config_place *place,
                     struct config *config, struct config_notes *notes)
{
	int err;

	/* A mark that spreadsheets and editors put in front (BOM) is no part of the text. */
	if (slice_starts_nocase(text, SLICE("\xef\xbb\xbf")))
		text = slice_from(text, 3);
	if (format == CONFIG_CSV) {
		err = config_csv_read(text, config, notes);
	} else {
		err = check_file(text, notes);
		if (!err)
			err = config_yaml_read(text, place, config, notes);
	}
	return err ? err : check_whole(config, notes);
}

int config_read_begin(enum config_format format, struct slice text,
                      const struct config_place *place, struct config **ret_config,
                      struct config_notes *notes)
{
	*ret_config = NULL;
	if (text.n > CONFIG_FILE_MAX) {
		config_note_fault(notes, 0, 0,
		                  "the file has %zu bytes; %u are the most that are read", text.n,
		                  CONFIG_FILE_MAX);
		return -EFBIG;
	}
	*ret_config = config_new(format);
	return *ret_config ? read_text(format, text, place, *ret_config, notes) : -ENOMEM;
}

int config_read_end(int err, struct config_notes *notes, struct config *config,
                    struct config **ret_config, struct config_faults *ret_faults)
{
	int told;

	notes->no_memory = notes->no_memory || err == -ENOMEM;
	told = config_notes_end(notes, ret_faults);
	if (told == -ENOMEM || !err)
		err = told;
	if (err)
		config_free(config);
	else
		*ret_config = config;
	return err;
}

int config_read(enum config_format format, struct slice text, const struct config_place *place,
                struct config **ret_config, struct config_faults *ret_faults)
{
	struct config_notes notes = { 0 };
	struct config *config;
	int err = config_read_begin(format, text, place, &config, &notes);

	return config_read_end(err, &notes, config, ret_config, ret_faults);
}
