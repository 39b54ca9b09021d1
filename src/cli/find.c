/* cli/find.c: names, looked up in the daemon's own lists. */
#include "cli/find.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/guess.h"
#include "base/num.h"
#include "cli/commands.h"
#include "sip/aor.h"

#define SHOWN_MAX   1100 /* bytes of a name, made printable */
#define OFFERED_MAX 3    /* lines that may be meant */

/* ---- studios and servers: rows with a name */

struct kind {
	const char *path, *rows, *one;
};

static const struct kind studios = { "/api/v1/studios", "studios", "studio" };
static const struct kind servers = { "/api/v1/servers", "servers", "server" };

/* *ret_id is 0 where there is none; guess learns all names, and their text lasts as long as *list,
 * which the caller gives back. */
static int look_up(struct client *client, const struct kind *kind, struct slice name,
                   struct guess *guess, json_t **list, int64_t *ret_id)
{
	int status = client_list(client, kind->path, kind->rows, list);
	const json_t *row;
	size_t i;

	if (status)
		return status;
	*ret_id = 0;
	json_array_foreach(json_object_get(*list, kind->rows), i, row)
	{
		struct slice text = slice_str(client_text(row, "name"));

		if (slice_equal(text, name))
			*ret_id = client_number(row, "id");
		if (guess)
			guess_offer(guess, text);
	}
	return CLI_OK;
}

static int find(struct client *client, const struct cli_args *args, const struct kind *kind,
                struct slice name, int64_t *ret_id)
{
	char memory[SHOWN_MAX], other[SHOWN_MAX];
	struct buf shown = buf_over(memory, sizeof(memory)), meant = buf_over(other, sizeof(other));
	struct guess guess = guess_for(name);
	json_t *list = NULL;
	int64_t id = 0;
	int status = look_up(client, kind, name, &guess, &list, &id);

	if (!status && !id) {
		buf_show(&shown, name);
		buf_show(&meant, guess.best);
		if (guess.best.p)
			status = cli_fail(args, "there is no %s \"%.*s\"; did you mean \"%.*s\"?",
			                  kind->one, (int)shown.n, shown.p, (int)meant.n, meant.p);
		else
			status = cli_fail(args, "there is no %s \"%.*s\"", kind->one, (int)shown.n,
			                  shown.p);
	}
	json_decref(list);
	if (!status)
		*ret_id = id;
	return status;
}

int find_studio(struct client *client, const struct cli_args *args, const char *name,
                int64_t *ret_id)
{
	return find(client, args, &studios, slice_str(name), ret_id);
}

int find_server(struct client *client, const struct cli_args *args, const char *name,
                int64_t *ret_id)
{
	return find(client, args, &servers, slice_str(name), ret_id);
}

int find_studio_or_none(struct client *client, const char *name, int64_t *ret_id)
{
	json_t *list = NULL;
	int status = look_up(client, &studios, slice_str(name), NULL, &list, ret_id);

	json_decref(list);
	return status;
}

/* ---- lines */

bool find_split(struct slice text, struct slice *ret_studio, uint32_t *ret_number)
{
	size_t slash = text.n;
	uint32_t number;

	while (slash && text.p[slash - 1] != '/')
		slash--;
	if (slash < 2 || num_u32(slice_from(text, slash), UINT32_MAX, &number) || !number)
		return false;
	*ret_studio = slice_of(text.p, slash - 1);
	*ret_number = number;
	return true;
}

static int find_numbered(struct client *client, const struct cli_args *args, struct slice studio,
                         uint32_t number, int64_t *ret_id)
{
	char path[96], memory[SHOWN_MAX];
	struct buf shown = buf_over(memory, sizeof(memory));
	json_t *list = NULL;
	const json_t *row;
	int64_t studio_id, id = 0;
	size_t i;
	int status = find(client, args, &studios, studio, &studio_id);

	if (status)
		return status;
	snprintf(path, sizeof(path), "/api/v1/lines?studio=%lld", (long long)studio_id);
	status = client_list(client, path, "lines", &list);
	json_array_foreach(json_object_get(list, "lines"), i,
	                   row) if (client_number(row, "number") == number) id =
		client_number(row, "id");
	json_decref(list);
	if (status)
		return status;
	buf_show(&shown, studio);
	if (!id)
		return cli_fail(args, "studio \"%.*s\" has no line %u", (int)shown.n, shown.p,
		                number);
	*ret_id = id;
	return CLI_OK;
}

/* "1003@pbx.example" is meant by the address of a line, "1003@Main trunk" by its server's name. */
static bool is_meant(const json_t *row, struct slice extension, struct slice server,
                     const char *address)
{
	return (*address && strcmp(client_text(row, "address"), address) == 0) ||
	       (slice_equal(slice_str(client_text(row, "extension")), extension) &&
	        slice_equal(slice_str(client_text(row, "server_name")), server));
}

static void put_line_name(const json_t *row, struct buf *out)
{
	buf_show(out, slice_str(client_text(row, "studio_name")));
	buf_char(out, '/');
	buf_u64(out, (uint64_t)client_number(row, "number"));
}

/* "sip:1003@pbx.example" as the API writes it, or "" where text is no address. */
static void put_address(struct slice text, struct buf *out)
{
	char memory[256];
	struct buf why = buf_over(memory, sizeof(memory));
	struct sip_aor aor;

	if (sip_aor_parse(text, &aor, &why) == 0) {
		buf_str(out, "sip:");
		buf_str(out, aor.user);
		buf_char(out, '@');
		buf_str(out, aor.host);
	}
	buf_end(out);
}

struct match {
	const json_t *first, *second;
};

static int take_match(const struct cli_args *args, const struct match *match, const char *name,
                      int64_t *ret_id)
{
	char memory[SHOWN_MAX], first[SHOWN_MAX], second[SHOWN_MAX];
	struct buf a = buf_over(first, sizeof(first)), b = buf_over(second, sizeof(second));

	name = cli_shown(name, memory, sizeof(memory));
	if (!match->first)
		return cli_fail(args, "there is no line %s", name);
	if (match->second) {
		put_line_name(match->first, &a);
		put_line_name(match->second, &b);
		return cli_fail(args, "%s is %.*s and %.*s: say which", name, (int)a.n, a.p,
		                (int)b.n, b.p);
	}
	*ret_id = client_number(match->first, "id");
	return CLI_OK;
}

static int find_address(struct client *client, const struct cli_args *args, const char *name,
                        size_t at, int64_t *ret_id)
{
	struct slice text = slice_str(name);
	struct slice extension = slice_of(text.p, at), server = slice_from(text, at + 1);
	char path[1024], address[SIP_USER_MAX + SIP_HOST_MAX + 8];
	struct buf query = buf_over(path, sizeof(path));
	struct buf full = buf_over(address, sizeof(address));
	struct match match = { NULL, NULL };
	json_t *list = NULL;
	const json_t *row;
	size_t i;
	int status;

	if (slice_starts_nocase(extension, SLICE("sip:")))
		extension = slice_from(extension, 4);
	put_address(text, &full);
	buf_str(&query, "/api/v1/status?text=");
	client_put_escaped(extension, &query);
	if (buf_end(&query))
		return cli_usage_error(args, "the address is too long");
	status = client_list(client, path, "lines", &list);
	if (status)
		return status;
	json_array_foreach(json_object_get(list, "lines"), i, row)
	{
		if (!is_meant(row, extension, server, address))
			continue;
		match.second = match.first ? row : NULL;
		match.first = match.first ? match.first : row;
	}
	status = take_match(args, &match, name, ret_id);
	json_decref(list);
	return status;
}

/* ---- what names no line */

/* Lines that may be meant by an extension or a name: "Studio 1/3 or Studio 2/1". */
static int offer_lines(struct client *client, const char *name, struct buf *out)
{
	char path[1024];
	struct buf query = buf_over(path, sizeof(path));
	json_t *list = NULL;
	const json_t *row;
	size_t i;
	unsigned n = 0;
	int status;

	buf_str(&query, "/api/v1/status?text=");
	client_put_escaped(slice_str(name), &query);
	if (buf_end(&query))
		return CLI_OK;
	status = client_list(client, path, "lines", &list);
	json_array_foreach(json_object_get(list, "lines"), i, row)
	{
		if (n == OFFERED_MAX || (strcmp(client_text(row, "extension"), name) != 0 &&
		                         strcasecmp(client_text(row, "name"), name) != 0))
			continue;
		buf_str(out, n++ ? " or " : "");
		put_line_name(row, out);
	}
	json_decref(list);
	return status;
}

static int refuse_line(struct client *client, const struct cli_args *args, const char *name)
{
	char memory[SHOWN_MAX], offer_memory[OFFERED_MAX * (SHOWN_MAX + 16)];
	struct buf offer = buf_over(offer_memory, sizeof(offer_memory));
	int status = *name ? offer_lines(client, name, &offer) : CLI_OK;

	if (status)
		return status;
	name = cli_shown(name, memory, sizeof(memory));
	if (buf_end(&offer) == 0 && offer.n)
		return cli_fail(args, "\"%s\" names no line; did you mean %s?", name, offer_memory);
	return cli_usage_error(args,
	                       "\"%s\" names no line. It is named by its studio and number, as "
	                       "in \"Studio 1/3\"; by its address, as in 1003@pbx.example; or by "
	                       "its id",
	                       name);
}

static int find_by_id(struct client *client, const struct cli_args *args, const char *name,
                      int64_t id, int64_t *ret_id)
{
	char path[96];
	const struct client_call call = { .method = "GET", .path = path };
	struct client_answer answer = { .json = NULL };
	long found;
	int status;

	snprintf(path, sizeof(path), "/api/v1/lines/%lld", (long long)id);
	status = client_send(client, &call, &answer);
	if (status)
		return status;
	found = answer.status;
	status = found == 404 ? CLI_OK : client_check(client, &answer);
	client_answer_done(&answer);
	if (status)
		return status;
	if (found == 404)
		return refuse_line(client, args, name);
	*ret_id = id;
	return CLI_OK;
}

int find_line(struct client *client, const struct cli_args *args, const char *name, int64_t *ret_id)
{
	struct slice text = slice_str(name), studio;
	uint32_t number;
	uint64_t id;
	size_t at = text.n;

	while (at && text.p[at - 1] != '@')
		at--;
	if (num_u64(text, INT64_MAX, &id) == 0 && id)
		return find_by_id(client, args, name, (int64_t)id, ret_id);
	if (find_split(text, &studio, &number))
		return find_numbered(client, args, studio, number, ret_id);
	if (at > 1)
		return find_address(client, args, name, at - 1, ret_id);
	return refuse_line(client, args, name);
}
