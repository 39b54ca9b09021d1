/* api/row.c: settings as JSON, by tables. What a member may be, and the sentence where it is
 * something else, comes from the keys of config/, so that a file, a page and a program are told the
 * same. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/own.h"
#include "base/guess.h"
#include "base/num.h"
#include "config/profile.h"
#include "sip/aor.h"
#include "sip/proxy.h"

#define DETAIL_MAX 4096

#define MEMBER(type, name, key, kind, field) \
	{ \
		name, key, kind, offsetof(struct type, field) \
	}

static const struct api_member general_members[] = {
	MEMBER(store_general, "default_server", "default-server", API_SERVER, default_server),
	MEMBER(store_general, "srv", "srv", API_BOOL, srv),
	MEMBER(store_general, "on_stop", "on-stop", API_ON_STOP, on_stop),
	MEMBER(store_general, "history_days", "history-days", API_U32, history_days),
	MEMBER(store_general, "shards", "shards", API_U32, shards),
	MEMBER(store_general, "syslog_transport", "syslog-transport", API_SYSLOG, syslog),
	MEMBER(store_general, "syslog_host", "syslog-host", API_HOST, syslog_host),
	MEMBER(store_general, "syslog_port", "syslog-port", API_U16, syslog_port),
	MEMBER(store_general, "dns", "dns", API_HOST, dns),
	{ .name = NULL },
};

static const struct api_member server_members[] = {
	MEMBER(store_server, "id", NULL, API_ID, id),
	MEMBER(store_server, "name", "name", API_TEXT, name),
	MEMBER(store_server, "domain", "domain", API_TEXT, domain),
	MEMBER(store_server, "port", "port", API_U16, port),
	MEMBER(store_server, "proxy", "proxy", API_TEXT, proxy),
	MEMBER(store_server, "transport", "transport", API_TEXT, transport),
	MEMBER(store_server, "expires", "expires", API_U32, expires_s),
	MEMBER(store_server, "rate", "rate", API_U32, rate_per_s),
	MEMBER(store_server, "keep_alive", "keep-alive", API_TEXT, keepalive),
	MEMBER(store_server, "interface", "interface", API_TEXT, interface),
	MEMBER(store_server, "tls_ca", "tls-ca", API_TEXT, tls_ca),
	MEMBER(store_server, "tls_cert", "tls-cert", API_TEXT, tls_cert),
	MEMBER(store_server, "tls_key", "tls-key", API_TEXT, tls_key),
	MEMBER(store_server, "tls_min", "tls-min", API_TEXT, tls_min),
	MEMBER(store_server, "srv", "srv", API_TEXT, srv),
	MEMBER(store_server, "profile", "profile", API_TEXT, profile),
	MEMBER(store_server, "calls", "calls", API_TEXT, calls),
	MEMBER(store_server, "outbound", "outbound", API_BOOL, outbound),
	MEMBER(store_server, "contact_parameters", "contact-parameters", API_TEXT, contact_params),
	MEMBER(store_server, "flows", "flows", API_U32, flows),
	MEMBER(store_server, "second_proxy", "second-proxy", API_TEXT, second_proxy),
	MEMBER(store_server, "gruu", "gruu", API_BOOL, gruu),
	MEMBER(store_server, "address_parameters", "address-parameters", API_TEXT, address_params),
	MEMBER(store_server, "request_parameters", "request-parameters", API_TEXT, request_params),
	MEMBER(store_server, "headers", "headers", API_TEXT, headers),
	MEMBER(store_server, "lines", NULL, API_COUNT, lines),
	{ .name = NULL },
};

static const struct api_member studio_members[] = {
	MEMBER(store_studio, "id", NULL, API_ID, id),
	MEMBER(store_studio, "name", "name", API_TEXT, name),
	MEMBER(store_studio, "note", "note", API_TEXT, note),
	MEMBER(store_studio, "lines", NULL, API_COUNT, lines),
	{ .name = NULL },
};

static const struct api_member line_members[] = {
	MEMBER(store_line, "id", NULL, API_ID, id),
	MEMBER(store_line, "studio", "", API_STUDIO, studio),
	MEMBER(store_line, "number", "number", API_U32, number),
	MEMBER(store_line, "name", "name", API_TEXT, name),
	MEMBER(store_line, "extension", "extension", API_TEXT, extension),
	MEMBER(store_line, "auth_user", "auth-user", API_TEXT, auth_user),
	MEMBER(store_line, "password", "password", API_PASSWORD, password),
	MEMBER(store_line, "server", "server", API_SERVER, server),
	MEMBER(store_line, "register", "register", API_BOOL, enabled),
	MEMBER(store_line, "contact", "contact", API_TEXT, contact),
	MEMBER(store_line, "calls", "calls", API_TEXT, calls),
	MEMBER(store_line, "epoch", NULL, API_COUNT, epoch),
	{ .name = NULL },
};

const struct api_table api_general_table = { CONFIG_GENERAL, general_members,
	                                     sizeof(struct store_general) };
const struct api_table api_server_table = { CONFIG_SERVERS, server_members,
	                                    sizeof(struct store_server) };
const struct api_table api_studio_table = { CONFIG_STUDIOS, studio_members,
	                                    sizeof(struct store_studio) };
const struct api_table api_line_table = { CONFIG_LINES, line_members, sizeof(struct store_line) };

/* ---- members of a row, whatever its type */

#define AT(type, row, member) (*(type *)(void *)((char *)(row) + (member)->offset))
#define AT_CONST(type, row, member) \
	(*(type const *)(const void *)((const char *)(row) + (member)->offset))

static const void *row_at(const void *row, const struct api_member *member)
{
	return (const char *)row + member->offset;
}

static uint64_t number_at(const void *row, const struct api_member *member)
{
	switch (member->kind) {
	case API_U16:
		return AT_CONST(uint16_t, row, member);
	case API_U32:
	case API_COUNT:
		return AT_CONST(uint32_t, row, member);
	case API_BOOL:
		return AT_CONST(bool, row, member);
	case API_ON_STOP:
		return AT_CONST(enum store_on_stop, row, member);
	case API_SYSLOG:
		return AT_CONST(enum store_syslog, row, member);
	case API_SERVER:
	case API_ID:
	case API_STUDIO:
		return (uint64_t)AT_CONST(int64_t, row, member);
	case API_TEXT:
	case API_HOST:
	case API_PASSWORD:
		break;
	}
	return 0;
}

/* By their values. */
static const char *const on_stop_names[] = { "remove", "keep", NULL };
static const char *const syslog_names[] = { "none", "udp", "tcp", NULL };

/* The words of a member that is an enum; NULL: it is none. */
static const char *const *names_of(const struct api_member *member)
{
	if (member->kind == API_ON_STOP)
		return on_stop_names;
	return member->kind == API_SYSLOG ? syslog_names : NULL;
}

/* A member that is a text, or a word; NULL: it has none, or is something else. */
static const char *text_at(const void *row, const struct api_member *member)
{
	const char *const *names = names_of(member);

	if (names)
		return names[number_at(row, member)];
	if (member->kind == API_TEXT)
		return AT_CONST(char *, row, member);
	if (member->kind == API_HOST && *(const char *)row_at(row, member))
		return row_at(row, member);
	return NULL;
}

/* The value of a word that its key has passed; the first one where there is none. */
static unsigned value_of(const char *const *names, struct slice word)
{
	for (unsigned i = 0; names[i]; i++)
		if (slice_equal(word, slice_str(names[i])))
			return i;
	return 0;
}

static const struct config_key *key_of(const struct api_table *table,
                                       const struct api_member *member)
{
	return config_key_find(table->mapping, slice_str(member->key));
}

/* A 0 that nobody may set says that there is none. */
static bool is_none(const struct api_table *table, const struct api_member *member, uint64_t n)
{
	const struct config_key *key = member->key ? key_of(table, member) : NULL;

	return n == 0 && key && key->min > 0;
}

void api_row_put(struct json *json, const struct api_table *table, const void *row)
{
	for (const struct api_member *m = table->members; m->name; m++) {
		switch (m->kind) {
		case API_TEXT:
		case API_HOST:
		case API_ON_STOP:
		case API_SYSLOG:
			api_put_text(json, m->name, text_at(row, m));
			break;
		case API_U16:
		case API_U32:
		case API_COUNT:
			if (is_none(table, m, number_at(row, m)))
				json_put_null(json, m->name);
			else
				json_put_number(json, m->name, number_at(row, m));
			break;
		case API_BOOL:
			api_put_bool(json, m->name, number_at(row, m));
			break;
		case API_SERVER:
		case API_ID:
		case API_STUDIO:
			api_put_id(json, m->name, AT_CONST(int64_t, row, m));
			break;
		case API_PASSWORD:
			api_put_bool(json, "has_password",
			             ((const struct store_line *)row)->has_password);
			break;
		}
	}
}

bool api_row_keep(struct api_call *call, const struct api_table *table, const void *row,
                  void *ret_row)
{
	memcpy(ret_row, row, table->size);
	for (const struct api_member *m = table->members; m->name; m++) {
		const char *text = m->kind == API_TEXT ? AT_CONST(char *, row, m) : NULL;

		if (!text)
			continue;
		AT(const char *, ret_row, m) = api_arena_text(&call->arena, slice_str(text));
		if (!AT(const char *, ret_row, m)) {
			api_refuse_store(call, -ENOMEM, NULL);
			return false;
		}
	}
	return true;
}

/* ---- taking */

/* What came, as text that a key can check. *ret_text absent: null. */
static bool text_of(struct api_call *call, const struct api_member *member,
                    const struct config_key *key, const json_t *value, char memory[32],
                    struct slice *ret_text)
{
	const char *wanted = "a string";

	if (json_is_null(value)) {
		*ret_text = SLICE_NONE;
		return true;
	}
	if (key->type == CONFIG_NUMBER) {
		wanted = "a whole number";
		snprintf(memory, 32, "%lld", (long long)json_integer_value(value));
		*ret_text = slice_str(memory);
		if (json_is_integer(value))
			return true;
	} else if (key->type == CONFIG_YES_NO) {
		wanted = "true or false";
		*ret_text = json_is_true(value) ? SLICE("yes") : SLICE("no");
		if (json_is_boolean(value))
			return true;
	} else if (json_is_string(value)) {
		*ret_text = slice_of(json_string_value(value), json_string_length(value));
		return true;
	}
	api_refuse(call, 400, "bad-value", member->name, "%s is not %s", member->name, wanted);
	return false;
}

/* Into the row: text is checked and canonical, or absent where nothing shall be set. */
static bool set(struct api_call *call, const struct api_member *member, void *row,
                struct slice text)
{
	uint32_t n = 0;

	switch (member->kind) {
	case API_TEXT:
		AT(const char *, row, member) = api_arena_text(&call->arena, text);
		if (slice_present(text) && !AT(const char *, row, member)) {
			api_refuse_store(call, -ENOMEM, NULL);
			return false;
		}
		break;
	case API_U16:
		num_u32(text, UINT16_MAX, &n);
		AT(uint16_t, row, member) = (uint16_t)n;
		break;
	case API_U32:
		num_u32(text, UINT32_MAX, &n);
		AT(uint32_t, row, member) = n;
		break;
	case API_BOOL:
		AT(bool, row, member) = slice_equal(text, SLICE("yes"));
		break;
	case API_ON_STOP:
		AT(enum store_on_stop, row, member) = value_of(on_stop_names, text);
		break;
	case API_SYSLOG:
		AT(enum store_syslog, row, member) = value_of(syslog_names, text);
		break;
	case API_HOST: {
		struct buf host = buf_over(&AT(char, row, member), STORE_HOST_MAX + 1);

		buf_put(&host, text);
		buf_end(&host);
		break;
	}
	case API_SERVER:
	case API_STUDIO:
	case API_COUNT:
	case API_ID:
	case API_PASSWORD:
		break;
	}
	return true;
}

static bool take_value(struct api_call *call, const struct api_member *member,
                       const struct config_key *key, void *row, const json_t *value)
{
	char number[32], memory[CONFIG_VALUE_BYTES], why[512];
	struct buf checked = buf_over(memory, sizeof(memory));
	struct buf reterr = buf_over(why, sizeof(why));
	struct slice text;

	if (!text_of(call, member, key, value, number, &text))
		return false;
	if (text.n == 0) {
		if (key->absent == CONFIG_REQUIRED) {
			api_refuse(call, 400, "missing", member->name, "%s is missing",
			           member->name);
			return false;
		}
		return set(call, member, row, slice_str(key->fallback));
	}
	if (config_key_check(key, text, &checked, &reterr) < 0) {
		buf_end(&reterr);
		api_refuse(call, 400, "bad-value", member->name, "%s", why);
		return false;
	}
	return set(call, member, row, buf_slice(&checked));
}

static bool take_password(struct api_call *call, const struct api_member *member,
                          const struct config_key *key, struct store_line *line,
                          const json_t *value)
{
	char number[32], memory[CONFIG_VALUE_BYTES], why[512];
	struct buf checked = buf_over(memory, sizeof(memory));
	struct buf reterr = buf_over(why, sizeof(why));
	struct slice text;
	bool good;

	if (!text_of(call, member, key, value, number, &text))
		return false;
	if (text.n == 0) {
		line->password_is = STORE_PASSWORD_CLEAR;
		return true;
	}
	good = config_key_check(key, text, &checked, &reterr) == 0;
	explicit_bzero(memory, sizeof(memory));
	if (!good) {
		buf_end(&reterr);
		api_refuse(call, 400, "bad-value", member->name, "%s", why);
		return false;
	}
	line->password_is = STORE_PASSWORD_SET;
	line->password = json_string_value(value);
	return true;
}

/* ---- servers by name or address */

struct named {
	const char *name;
	int64_t id;
};

static int match_name(void *ctx, const struct store_server *server)
{
	struct named *named = ctx;

	if (strcmp(server->name, named->name) != 0)
		return 0;
	named->id = server->id;
	return 1;
}

static int no_server(void *ctx, const struct store_server *server)
{
	(void)ctx;
	(void)server;
	return 0;
}

/* The name that is nearest to one that nothing has; its text in the arena. */
struct nearest {
	struct api_call *call;
	struct guess guess;
};

static int offer_name(void *ctx, const struct store_server *server)
{
	struct nearest *nearest = ctx;
	struct guess guess = nearest->guess;
	char *text;

	guess_offer(&guess, slice_str(server->name));
	if (guess.distance == nearest->guess.distance)
		return 0;
	text = api_arena_text(&nearest->call->arena, guess.best);
	guess.best = slice_str(text);
	nearest->guess = guess;
	return text ? 0 : -ENOMEM;
}

/* A server that was made is said, since a name that was typed wrong makes one, too. */
static int server_for(struct api_call *call, const char *typed, const char *host, uint16_t port,
                      int64_t *ret_id)
{
	struct nearest nearest = { .call = call, .guess = guess_for(slice_str(typed)) };
	char memory[2][SIP_HOST_MAX + 64];
	struct buf name = buf_over(memory[0], sizeof(memory[0]));
	struct buf meant = buf_over(memory[1], sizeof(memory[1]));
	bool made = false;
	int err = store_servers(call->store, 0, offer_name, &nearest);

	if (!err)
		err = store_server_for(call->store, host, port, ret_id, &made);
	if (err || !made)
		return err;
	buf_show(&name, slice_str(typed));
	if (guess_is_slip(&nearest.guess)) {
		buf_str(&meant, "; did you mean \"");
		buf_show(&meant, nearest.guess.best);
		buf_str(&meant, "\"?");
	}
	buf_end(&name);
	buf_end(&meant);
	api_remark(call, "made the server \"%s\"%s", memory[0], memory[1]);
	return 0;
}

static int server_by_address(struct api_call *call, const char *name, int64_t *ret_id)
{
	char host[SIP_HOST_MAX + 1], why[256];
	struct buf reterr = buf_over(why, sizeof(why));
	uint16_t port;

	if (sip_server_parse(slice_str(name), host, &port, &reterr) == 0)
		return server_for(call, name, host, port, ret_id);
	buf_end(&reterr);
	api_refuse(call, 400, "bad-value", "server",
	           "there is no server of that name, and as an address: %s", why);
	return -EINVAL;
}

static bool take_server(struct api_call *call, const struct api_member *member, void *row,
                        const json_t *value)
{
	int64_t *id = &AT(int64_t, row, member);
	struct named named = { .name = json_string_value(value) };
	int err = 0;

	if (json_is_null(value) || (named.name && !*named.name)) {
		*id = 0;
		return true;
	}
	if (json_is_integer(value)) {
		*id = json_integer_value(value);
		err = *id > 0 ? store_servers(call->store, *id, no_server, NULL) : -ENOENT;
		if (err == -ENOENT)
			api_refuse(call, 400, "bad-value", member->name,
			           "there is no server with that id");
	} else if (named.name) {
		err = store_servers(call->store, 0, match_name, &named);
		*id = named.id;
		if (err == 0)
			err = server_by_address(call, named.name, id);
	} else {
		api_refuse(call, 400, "bad-value", member->name,
		           "%s is not the id, name or address of a server", member->name);
		return false;
	}
	if (err < 0 && call->status < 400)
		api_refuse_store(call, err, member->name);
	return err >= 0;
}

static bool take_studio(struct api_call *call, const struct api_member *member, void *row,
                        const json_t *value)
{
	if (!json_is_integer(value) || json_integer_value(value) <= 0) {
		api_refuse(call, 400, "bad-value", member->name,
		           "studio is not the id of a studio");
		return false;
	}
	AT(int64_t, row, member) = json_integer_value(value);
	return true;
}

/* ---- a whole row */

static bool take_member(struct api_call *call, const struct api_table *table,
                        const struct api_member *member, enum api_given given, void *row,
                        const json_t *value)
{
	const struct config_key *key = key_of(table, member);

	if (!value) {
		bool must = member->kind == API_STUDIO || (key && key->absent == CONFIG_REQUIRED);

		if (given == API_SOME || !must)
			return true;
		api_refuse(call, 400, "missing", member->name, "%s is missing", member->name);
		return false;
	}
	switch (member->kind) {
	case API_SERVER:
		return take_server(call, member, row, value);
	case API_STUDIO:
		return take_studio(call, member, row, value);
	case API_PASSWORD:
		return take_password(call, member, key, row, value);
	case API_TEXT:
	case API_U16:
	case API_U32:
	case API_BOOL:
	case API_ON_STOP:
	case API_SYSLOG:
	case API_HOST:
	case API_COUNT:
	case API_ID:
		break;
	}
	return take_value(call, member, key, row, value);
}

/* What a profile has goes in first: what is given beside it goes over that. A name that is none is
 * refused with the other members. */
static bool take_profile(struct api_call *call, const struct api_table *table, void *row,
                         const json_t *input)
{
	const char *name = json_string_value(json_object_get(input, "profile"));
	char memory[256];
	struct buf said = buf_over(memory, sizeof(memory));

	if (table->mapping != CONFIG_SERVERS || !name)
		return true;
	for (const struct api_member *m = table->members; m->name; m++) {
		const char *text = m->key ? config_profile_value(name, m->key) : NULL;

		if (!text || json_object_get(input, m->name))
			continue;
		if (!set(call, m, row, slice_str(text)))
			return false;
		buf_str(&said, said.n ? ", " : "");
		buf_str(&said, m->key);
		buf_char(&said, ' ');
		buf_str(&said, text);
	}
	if (buf_end(&said) == 0 && said.n)
		api_remark(call, "the profile %s sets %s", name, memory);
	return true;
}

/* What a profile cannot set, since it is another one for each customer. */
static void remark_proxy(struct api_call *call, const struct api_table *table, const void *row,
                         const json_t *input)
{
	const char *name = json_string_value(json_object_get(input, "profile"));
	const struct config_profile *profile = config_profile_find(name);

	if (table->mapping == CONFIG_SERVERS && profile && profile->proxy_is_needed &&
	    !((const struct store_server *)row)->proxy)
		api_remark(call, "the proxy %s", profile->proxy);
}

/* Somebody has chosen a transport: udp is what stands there where nobody has. */
static bool chose_transport(const struct store_server *server, const json_t *input)
{
	return json_is_string(json_object_get(input, "transport")) ||
	       (json_object_get(input, "proxy") && strcmp(server->transport, "udp") != 0);
}

/* A transport that is not used, since the proxy says another one. */
static void remark_transport(struct api_call *call, const struct api_table *table, const void *row,
                             const json_t *input)
{
	const struct store_server *server = row;
	char memory[256];
	struct buf why = buf_over(memory, sizeof(memory));
	struct sip_proxy proxy;

	if (table->mapping == CONFIG_SERVERS && server->proxy && chose_transport(server, input) &&
	    sip_proxy_parse(slice_str(server->proxy), &proxy, &why) == 0 && proxy.transport &&
	    strcmp(proxy.transport, server->transport) != 0)
		api_remark(call,
		           "the proxy says that it is reached over %s: transport %s is not used",
		           proxy.transport, server->transport);
}

#define MEMBERS_MAX 36

static void names_of_table(const struct api_table *table, const char *ret_names[MEMBERS_MAX + 1])
{
	size_t n = 0;

	for (const struct api_member *m = table->members; m->name; m++)
		if (m->key)
			ret_names[n++] = m->name;
	ret_names[n] = NULL;
}

json_t *api_row_input(struct api_call *call, const struct api_table *table)
{
	const char *names[MEMBERS_MAX + 1];

	names_of_table(table, names);
	return api_input(call, names);
}

json_t *api_row_inputs(struct api_call *call, const struct api_table *table, bool *ret_list)
{
	const char *names[MEMBERS_MAX + 1];

	names_of_table(table, names);
	return api_inputs(call, names, ret_list);
}

bool api_row_take(struct api_call *call, const struct api_table *table, enum api_given given,
                  const json_t *input, void *row)
{
	if (!take_profile(call, table, row, input))
		return false;
	for (const struct api_member *m = table->members; m->name; m++)
		if (m->key &&
		    !take_member(call, table, m, given, row, json_object_get(input, m->name)))
			return false;
	remark_proxy(call, table, row, input);
	remark_transport(call, table, row, input);
	return true;
}

void api_row_fallback(const struct api_table *table, void *row)
{
	memset(row, 0, table->size);
	for (const struct api_member *m = table->members; m->name; m++) {
		const struct config_key *key = m->key ? key_of(table, m) : NULL;
		uint32_t n;

		if (!key || !key->fallback)
			continue;
		if (m->kind == API_TEXT)
			AT(const char *, row, m) = key->fallback;
		else if (m->kind == API_U32 &&
		         num_u32(slice_str(key->fallback), UINT32_MAX, &n) == 0)
			AT(uint32_t, row, m) = n;
		else if (m->kind == API_BOOL)
			AT(bool, row, m) = strcmp(key->fallback, "yes") == 0;
	}
}

/* ---- what changed, for the audit */

static void put_value(const struct api_table *table, const struct api_member *m, const void *row,
                      struct buf *out)
{
	const char *text =
		m->kind == API_BOOL ? (number_at(row, m) ? "yes" : "no") : text_at(row, m);

	if (text) {
		buf_char(out, '"');
		buf_show(out, slice_str(text));
		buf_char(out, '"');
	} else if (number_at(row, m) == 0) {
		buf_str(out, "none");
	} else {
		buf_u64(out, number_at(row, m));
	}
	(void)table;
}

static bool differs(const struct api_member *m, const void *before, const void *after)
{
	const char *a, *b;

	if (m->kind == API_PASSWORD)
		return ((const struct store_line *)after)->password_is != STORE_PASSWORD_LEAVE;
	if (m->kind != API_TEXT && m->kind != API_HOST)
		return number_at(before, m) != number_at(after, m);
	a = text_at(before, m);
	b = text_at(after, m);
	return strcmp(a ? a : "", b ? b : "") != 0;
}

static void put_difference(const struct api_table *table, const struct api_member *m,
                           const void *before, const void *after, struct buf *out)
{
	if (out->n)
		buf_str(out, ", ");
	buf_str(out, m->name);
	if (m->kind == API_PASSWORD) {
		bool set = ((const struct store_line *)after)->password_is == STORE_PASSWORD_SET;

		buf_str(out, set ? " set" : " taken away");
		return;
	}
	buf_char(out, ' ');
	if (before) {
		put_value(table, m, before, out);
		buf_str(out, " -> ");
	}
	put_value(table, m, after, out);
}

const char *api_row_detail(struct api_call *call, const struct api_table *table, const void *before,
                           const void *after)
{
	static const union {
		struct store_general general;
		struct store_server server;
		struct store_studio studio;
		struct store_line line;
	} nothing = { .line = { .id = 0 } };
	char memory[DETAIL_MAX];
	struct buf out = buf_over(memory, sizeof(memory));

	for (const struct api_member *m = table->members; m->name; m++)
		if (m->key && differs(m, before ? before : &nothing, after))
			put_difference(table, m, before, after, &out);
	return api_arena_text(&call->arena, buf_slice(&out));
}
