/* api/logins.c: logins, sessions, API tokens, the first login, and the audit. A password comes in
 * and only its hash is kept; a token is shown once, when it is made. */
#include <errno.h>
#include <stdio.h>

#include "api/own.h"
#include "api/routes.h"

#define TOKEN_DAYS_MAX 3650
#define DAY_MS         86400000LL
#define AUDIT_MAX      10000

/* ---- logins as they are kept */

struct login {
	int64_t id;
	enum api_role role;
	char *name, *hash; /* in the arena */
};

struct login_search {
	struct api_call *call;
	int64_t id;       /* 0: by name */
	const char *name; /* ... this one */
	struct login *login;
	bool found;
};

static int keep_login(void *ctx, const struct store_login *login)
{
	struct login_search *search = ctx;
	struct login *kept = search->login;

	if (search->id ? login->id != search->id : strcmp(login->name, search->name) != 0)
		return 0;
	search->found = true;
	kept->id = login->id;
	kept->role = (enum api_role)login->role;
	kept->name = api_arena_text(&search->call->arena, slice_str(login->name));
	kept->hash = api_arena_text(&search->call->arena, slice_str(login->password_hash));
	return kept->name && kept->hash ? 1 : -ENOMEM;
}

/* Returns 0, -ENOENT or a store's error. */
static int find_login(struct api_call *call, int64_t id, const char *name, struct login *ret_login)
{
	struct login_search search = { call, id, name, ret_login, false };
	int err = store_logins(call->store, NULL, keep_login, &search);

	if (err < 0)
		return err;
	return search.found ? 0 : -ENOENT;
}

static bool find_or_refuse(struct api_call *call, struct login *ret_login)
{
	int err = find_login(call, call->parts.id, NULL, ret_login);

	if (err == -ENOENT)
		api_refuse(call, 404, "not-found", NULL, "there is no login with this id");
	else if (err)
		api_refuse_store(call, err, NULL);
	return !err;
}

static void put_login(struct json *json, const char *key, int64_t id, const char *name,
                      enum api_role role)
{
	json_open_object(json, key);
	api_put_id(json, "id", id);
	api_put_text(json, "name", name);
	api_put_text(json, "role", api_role_name(role));
	json_close_object(json);
}

static int list_login(void *ctx, const struct store_login *login)
{
	struct api_call *call = ctx;

	put_login(api_out(call), NULL, login->id, login->name, (enum api_role)login->role);
	api_flush(call);
	return 0;
}

void api_logins_list(struct api_call *call)
{
	struct json *json = api_out(call);
	int err;

	json_open_object(json, NULL);
	json_open_array(json, "logins");
	err = store_logins(call->store, NULL, list_login, call);
	json_close_array(json);
	json_close_object(json);
	if (err)
		api_refuse_store(call, err, NULL);
}

void api_login_get(struct api_call *call)
{
	struct login login;

	if (find_or_refuse(call, &login))
		put_login(api_out(call), NULL, login.id, login.name, login.role);
}

/* ---- what is typed */

static bool password_is_good(struct api_call *call, const char *field, const char *password)
{
	size_t n = strlen(password);

	if (n >= API_PASSWORD_MIN && n <= API_PASSWORD_MAX)
		return true;
	api_refuse(call, 400, "bad-value", field, "a password has %d to %d bytes", API_PASSWORD_MIN,
	           API_PASSWORD_MAX);
	return false;
}

static bool name_is_good(struct api_call *call, const char *name)
{
	size_t n = strlen(name);
	char memory[256];
	struct buf shown = buf_over(memory, sizeof(memory));

	buf_show(&shown, slice_of(name, n < 64 ? n : 64));
	if (n <= 64 && shown.n == n && name[0] != ' ' && name[n - 1] != ' ' &&
	    strncmp(name, "local user", 10) != 0)
		return true;
	api_refuse(
		call, 400, "bad-value", "name",
		"the name of a login is one line of at most 64 bytes without blanks at its ends");
	return false;
}

static bool read_role(struct api_call *call, const json_t *input, enum api_role *ret_role)
{
	const char *role;

	if (!api_input_text(call, input, "role", API_MAY, &role))
		return false;
	if (!role)
		return true;
	*ret_role = api_role_of(role);
	if (*ret_role != API_ANYBODY)
		return true;
	api_refuse(call, 400, "bad-value", "role", "role is not viewer, operator or admin");
	return false;
}

static bool hash_password(struct api_call *call, const char *password,
                          char ret_hash[API_PASSWORD_HASH])
{
	int err = api_secret_hash(slice_str(password), call->chance + API_TOKEN_BYTES, ret_hash);

	if (err)
		api_refuse_store(call, err, NULL);
	return !err;
}

/* ---- sessions */

struct token_walk {
	struct api_call *call;
	int64_t login, id;    /* looked for */
	int64_t found, owner; /* 0: not yet */
	int64_t *ids;         /* gathered, API_TOKENS_MAX of them */
	size_t count, all;
	int64_t now_ms;
};

static bool is_session(const struct store_token *token)
{
	return strcmp(token->label, API_SESSION_LABEL) == 0;
}

static bool has_ended(const struct store_token *token, int64_t now_ms)
{
	return token->expires_ms && token->expires_ms <= now_ms;
}

/* Sessions of a login, or, where login is 0, whatever has ended. */
static int gather(void *ctx, const struct store_token *token)
{
	struct token_walk *walk = ctx;
	bool wanted = walk->login ? token->login == walk->login && is_session(token)
	                          : has_ended(token, walk->now_ms);

	walk->all++;
	if (wanted && walk->count < API_TOKENS_MAX)
		walk->ids[walk->count++] = token->id;
	return 0;
}

/* Removes them, as part of a change. *ret_left: how many tokens there are. */
static int remove_tokens(struct api_call *call, int64_t login, size_t *ret_left)
{
	struct token_walk walk = { .call = call, .login = login, .now_ms = call->now_ms };
	int err;

	walk.ids = api_arena_take(&call->arena, API_TOKENS_MAX * sizeof(*walk.ids));
	err = walk.ids ? store_tokens(call->store, NULL, gather, &walk) : -ENOMEM;
	for (size_t i = 0; !err && i < walk.count; i++)
		err = store_token_remove(call->store, walk.ids[i]);
	if (!err && ret_left)
		*ret_left = walk.all - walk.count;
	return err;
}

/* As part of a change: a token, whose secret is in ret_secret. */
static int make_token(struct api_call *call, const struct login *login, const char *label,
                      enum api_role role, int64_t expires_ms, char ret_secret[API_TOKEN_TEXT],
                      int64_t *ret_id)
{
	uint8_t hash[API_HASH_BYTES];
	const struct store_token token = { .login = login->id,
		                           .label = label,
		                           .hash = hash,
		                           .role = (enum store_role)role,
		                           .made_ms = call->now_ms,
		                           .expires_ms = expires_ms };
	size_t left = 0;
	int err = remove_tokens(call, 0, &left);

	if (!err && left >= API_TOKENS_MAX)
		err = -ENOSPC;
	api_secret_token(call->chance, ret_secret);
	if (!err)
		err = api_secret_digest(slice_str(ret_secret), hash);
	return err ? err : store_token_put(call->store, &token, ret_id);
}

static void answer_session(struct api_call *call, const struct login *login, const char *secret)
{
	struct json *json = api_out(call);
	char csrf[API_TOKEN_TEXT];

	call->cookie = api_access_cookie(call, secret);
	if (!call->cookie || api_secret_csrf(slice_str(secret), csrf) < 0) {
		api_refuse_store(call, -ENOMEM, NULL);
		return;
	}
	json_open_object(json, NULL);
	put_login(json, "login", login->id, login->name, login->role);
	api_put_text(json, "csrf", csrf);
	api_put_time(json, "ends_at", call->now_ms + API_SESSION_MS);
	json_close_object(json);
}

/* Part of a change that has begun; ends it. */
static void begin_session(struct api_call *call, const struct login *login, int err,
                          const char *what)
{
	char secret[API_TOKEN_TEXT];
	int64_t id;

	snprintf(call->who.name, sizeof(call->who.name), "%s", login->name);
	if (!err)
		err = make_token(call, login, API_SESSION_LABEL, login->role,
		                 call->now_ms + API_SESSION_MS, secret, &id);
	if (api_change_end(call, err, what,
	                   api_arena_format(&call->arena, "login \"%s\"", login->name),
	                   call->conn->local ? "by the local socket" : call->conn->peer))
		answer_session(call, login, secret);
	explicit_bzero(secret, sizeof(secret));
}

void api_session_create(struct api_call *call)
{
	static const char *const names[] = { "name", "password", NULL };
	json_t *input = api_input(call, names);
	const char *name, *password;
	struct login login = { 0 };
	int err, same;

	if (!input)
		return;
	if (!api_input_text(call, input, "name", API_MUST, &name) ||
	    !api_input_text(call, input, "password", API_MUST, &password))
		goto out;
	err = find_login(call, 0, name, &login);
	if (err && err != -ENOENT) {
		api_refuse_store(call, err, NULL);
		goto out;
	}
	/* Nobody learns by the clock which names there are. */
	same = strlen(password) <= API_PASSWORD_MAX
	               ? api_secret_check(slice_str(password), err ? NULL : login.hash)
	               : 0;
	if (same < 0)
		api_refuse_store(call, -ENOMEM, NULL);
	else if (!same)
		api_refuse(call, 401, "password", NULL, "the name or the password is wrong");
	else if (api_change_begin(call))
		begin_session(call, &login, 0, "session.begin");
out:
	api_input_free(input);
}

void api_session_get(struct api_call *call)
{
	struct json *json = api_out(call);
	const char *cookie =
		MHD_lookup_connection_value(call->http, MHD_COOKIE_KIND, call->api->cookie);
	char csrf[API_TOKEN_TEXT];

	json_open_object(json, NULL);
	put_login(json, "login", call->who.login, call->who.name, call->who.role);
	if (call->who.way == API_BY_SESSION && cookie &&
	    api_secret_csrf(slice_str(cookie), csrf) == 0)
		api_put_text(json, "csrf", csrf);
	else
		json_put_null(json, "csrf");
	json_close_object(json);
}

void api_session_end(struct api_call *call)
{
	int err;

	if (call->who.way != API_BY_SESSION) {
		api_refuse(call, 409, "no-session", NULL, "this request came without a session");
		return;
	}
	if (!api_change_begin(call))
		return;
	err = store_token_remove(call->store, call->who.token);
	if (!api_change_end(call, err, "session.end",
	                    api_arena_format(&call->arena, "login \"%s\"", call->who.name), NULL))
		return;
	call->cookie = api_access_cookie(call, NULL);
	call->status = 204;
}

/* ---- the first login */

static bool is_bearer_of(struct api_call *call, const char *secret)
{
	const char *header =
		MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "Authorization");
	struct slice scheme = SLICE("Bearer "), value = slice_str(header);

	return *secret && header && slice_starts_nocase(value, scheme) &&
	       api_secret_equal(slice_trim(slice_from(value, scheme.n)), slice_str(secret));
}

/* Within a change, so that of two first logins one is first. */
static bool nobody_yet(struct api_call *call)
{
	uint32_t logins, admins;
	int err = api_access_count(call->store, &logins, &admins);

	if (err)
		api_refuse_store(call, err, NULL);
	else if (logins)
		api_refuse(call, 409, "set-up", NULL,
		           "there is a login already, so the one-time address holds no more");
	return !err && !logins;
}

static void set_up(struct api_call *call, const char *name, const char *hash)
{
	const struct store_login row = { .name = name, .password_hash = hash, .role = STORE_ADMIN };
	struct login login = { .role = API_ADMIN, .name = (char *)name };
	int err;

	if (!api_change_begin(call))
		return;
	if (!nobody_yet(call)) {
		store_rollback(call->store);
		return;
	}
	err = store_login_put(call->store, &row, &login.id);
	begin_session(call, &login, err, "setup");
}

void api_setup(struct api_call *call)
{
	static const char *const names[] = { "name", "password", NULL };
	json_t *input;
	const char *name, *password;
	char hash[API_PASSWORD_HASH];

	if (!call->conn->local && !is_bearer_of(call, call->api->one_time)) {
		api_refuse(call, 401, "token", "Authorization",
		           "this takes the token of the one-time address that the daemon printed");
		call->challenge = true;
		return;
	}
	input = api_input(call, names);
	if (!input)
		return;
	if (api_input_text(call, input, "name", API_MUST, &name) && name_is_good(call, name) &&
	    api_input_text(call, input, "password", API_MUST, &password) &&
	    password_is_good(call, "password", password) && hash_password(call, password, hash))
		set_up(call, name, hash);
	api_input_free(input);
}

/* ---- changes of logins */

static void answer_login(struct api_call *call, int64_t id)
{
	struct login login;
	int err = find_login(call, id, NULL, &login);

	if (err)
		api_refuse_store(call, err, NULL);
	else
		put_login(api_out(call), NULL, login.id, login.name, login.role);
}

static const char *login_object(struct api_call *call, const char *name)
{
	return api_arena_format(&call->arena, "login \"%s\"", name);
}

static int add_login(struct api_call *call, const struct store_login *row, int64_t *ret_id)
{
	uint32_t logins, admins;
	int err = api_access_count(call->store, &logins, &admins);

	if (!err && logins >= API_LOGINS_MAX)
		api_refuse(call, 409, "too-many", NULL, "there are %d logins, which is the most",
		           API_LOGINS_MAX);
	if (!err && logins >= API_LOGINS_MAX)
		err = -ENOSPC;
	return err ? err : store_login_put(call->store, row, ret_id);
}

void api_login_create(struct api_call *call)
{
	static const char *const names[] = { "name", "password", "role", NULL };
	json_t *input = api_input(call, names);
	const char *name, *password;
	enum api_role role = API_VIEWER;
	char hash[API_PASSWORD_HASH];
	int64_t id = 0;
	int err;

	if (!input)
		return;
	if (!api_input_text(call, input, "name", API_MUST, &name) || !name_is_good(call, name) ||
	    !api_input_text(call, input, "password", API_MUST, &password) ||
	    !password_is_good(call, "password", password) || !read_role(call, input, &role) ||
	    !hash_password(call, password, hash) || !api_change_begin(call))
		goto out;
	const struct store_login row = { .name = name,
		                         .password_hash = hash,
		                         .role = (enum store_role)role };
	err = add_login(call, &row, &id);
	if (api_change_end(call, err, "login.add", login_object(call, name),
	                   api_arena_format(&call->arena, "role %s", api_role_name(role)))) {
		call->status = 201;
		answer_login(call, id);
	}
out:
	api_input_free(input);
}

/* Somebody must be left who may let others in. */
static int keep_an_admin(struct api_call *call, const struct login *before, enum api_role role)
{
	uint32_t logins, admins;
	int err = api_access_count(call->store, &logins, &admins);

	if (err || before->role != API_ADMIN || role == API_ADMIN || admins > 1)
		return err;
	api_refuse(call, 409, "last-admin", "role", "%s is the last login with the role admin",
	           before->name);
	return -EBUSY;
}

/* hash NULL: the password stays. */
static int write_login(struct api_call *call, const struct login *before, enum api_role role,
                       const char *hash)
{
	const struct store_login row = { .id = before->id,
		                         .name = before->name,
		                         .password_hash = hash ? hash : before->hash,
		                         .role = (enum store_role)role };
	int err = keep_an_admin(call, before, role);

	if (!err)
		err = store_login_put(call->store, &row, NULL);
	/* Who knew the old password is out. */
	return err || !hash ? err : remove_tokens(call, before->id, NULL);
}

void api_login_change(struct api_call *call)
{
	static const char *const names[] = { "password", "role", NULL };
	json_t *input = api_input(call, names);
	const char *password;
	char hash[API_PASSWORD_HASH];
	struct login before;
	enum api_role role;
	int err;

	if (!input)
		return;
	if (!api_input_text(call, input, "password", API_MAY, &password) ||
	    (password && (!password_is_good(call, "password", password) ||
	                  !hash_password(call, password, hash))) ||
	    !api_change_begin(call))
		goto out;
	if (!find_or_refuse(call, &before))
		goto undo;
	role = before.role;
	if (!read_role(call, input, &role))
		goto undo;
	err = write_login(call, &before, role, password ? hash : NULL);
	if (api_change_end(call, err, "login.set", login_object(call, before.name),
	                   api_arena_format(&call->arena, "role %s%s", api_role_name(role),
	                                    password ? ", password changed" : "")))
		answer_login(call, before.id);
	goto out;
undo:
	store_rollback(call->store);
out:
	api_input_free(input);
}

void api_login_remove(struct api_call *call)
{
	struct login before;
	int err;

	if (!api_change_begin(call))
		return;
	if (!find_or_refuse(call, &before)) {
		store_rollback(call->store);
		return;
	}
	err = keep_an_admin(call, &before, API_ANYBODY);
	if (!err)
		err = store_login_remove(call->store, before.id);
	if (api_change_end(call, err, "login.remove", login_object(call, before.name), NULL))
		call->status = 204;
}

/* One's own password. */
void api_session_password(struct api_call *call)
{
	static const char *const names[] = { "password", "new_password", NULL };
	json_t *input = api_input(call, names);
	const char *old, *new;
	char hash[API_PASSWORD_HASH];
	struct login login;
	int err, same;

	if (!input)
		return;
	if (!api_input_text(call, input, "password", API_MUST, &old) ||
	    !api_input_text(call, input, "new_password", API_MUST, &new) ||
	    !password_is_good(call, "new_password", new))
		goto out;
	err = call->who.login ? find_login(call, call->who.login, NULL, &login) : -ENOENT;
	if (err) {
		api_refuse(call, 409, "no-session", NULL, "this request came without a login");
		goto out;
	}
	same = strlen(old) <= API_PASSWORD_MAX ? api_secret_check(slice_str(old), login.hash) : 0;
	if (same <= 0)
		api_refuse(call, 401, "password", "password", "the password is wrong");
	else if (hash_password(call, new, hash) && api_change_begin(call))
		begin_session(call, &login, write_login(call, &login, login.role, hash),
		              "login.password");
out:
	api_input_free(input);
}

/* ---- tokens */

static void put_token(struct json *json, const struct store_token *token)
{
	api_put_id(json, "id", token->id);
	api_put_id(json, "login", token->login);
	api_put_text(json, "label", token->label);
	api_put_text(json, "role", api_role_name((enum api_role)token->role));
	api_put_time(json, "made_at", token->made_ms);
	api_put_time(json, "ends_at", token->expires_ms);
}

/* Of oneself; an admin sees all. */
static bool may_see(const struct api_call *call, int64_t login)
{
	return call->who.role == API_ADMIN || call->who.login == login;
}

static int list_token(void *ctx, const struct store_token *token)
{
	struct api_call *call = ctx;
	struct json *json = api_out(call);

	if (!may_see(call, token->login) || has_ended(token, call->now_ms))
		return 0;
	json_open_object(json, NULL);
	put_token(json, token);
	json_close_object(json);
	api_flush(call);
	return 0;
}

void api_tokens_list(struct api_call *call)
{
	struct json *json = api_out(call);
	int err;

	json_open_object(json, NULL);
	json_open_array(json, "tokens");
	err = store_tokens(call->store, NULL, list_token, call);
	json_close_array(json);
	json_close_object(json);
	if (err)
		api_refuse_store(call, err, NULL);
}

struct token_wish {
	const char *label;
	enum api_role role;
	int64_t days, login;
};

static bool read_token_wish(struct api_call *call, const json_t *input, struct token_wish *wish)
{
	const json_t *days = json_object_get(input, "days"),
		     *login = json_object_get(input, "login");

	if (!api_input_text(call, input, "label", API_MUST, &wish->label) ||
	    !read_role(call, input, &wish->role))
		return false;
	if (days && (!json_is_integer(days) || json_integer_value(days) < 1 ||
	             json_integer_value(days) > TOKEN_DAYS_MAX)) {
		api_refuse(call, 400, "bad-value", "days", "days is not a number from 1 to %d",
		           TOKEN_DAYS_MAX);
		return false;
	}
	if (login && !json_is_integer(login)) {
		api_refuse(call, 400, "bad-value", "login", "login is not the id of a login");
		return false;
	}
	if (strcmp(wish->label, API_SESSION_LABEL) == 0 || strlen(wish->label) > 64) {
		api_refuse(call, 400, "bad-value", "label",
		           "a label has at most 64 bytes and is not \"%s\"", API_SESSION_LABEL);
		return false;
	}
	wish->days = days ? json_integer_value(days) : 0;
	wish->login = login ? json_integer_value(login) : call->who.login;
	return true;
}

/* Whose it shall be, and that it is not above whom. */
static bool owner_holds(struct api_call *call, const struct token_wish *wish,
                        struct login *ret_login)
{
	int err = wish->login ? find_login(call, wish->login, NULL, ret_login) : -ENOENT;

	if (err == -ENOENT)
		api_refuse(call, 400, "bad-value", "login", "login is not the id of a login");
	else if (err)
		api_refuse_store(call, err, NULL);
	else if (!may_see(call, ret_login->id))
		api_refuse(call, 403, "role", "login", "only an admin makes tokens for others");
	else if (wish->role > ret_login->role || wish->role > call->who.role)
		api_refuse(call, 403, "role", "role",
		           "a token is not above the login it belongs to");
	else
		return true;
	return false;
}

static void answer_token(struct api_call *call, const struct login *login,
                         const struct token_wish *wish, int64_t id, const char *secret)
{
	struct json *json = api_out(call);

	call->status = 201;
	json_open_object(json, NULL);
	api_put_id(json, "id", id);
	api_put_id(json, "login", login->id);
	api_put_text(json, "label", wish->label);
	api_put_text(json, "role", api_role_name(wish->role));
	api_put_text(json, "token", secret); /* now, and never again */
	json_close_object(json);
}

void api_token_create(struct api_call *call)
{
	static const char *const names[] = { "label", "role", "days", "login", NULL };
	json_t *input = api_input(call, names);
	struct token_wish wish = { .role = API_VIEWER };
	char secret[API_TOKEN_TEXT];
	struct login login;
	int64_t id = 0;
	int err;

	if (!input)
		return;
	if (!read_token_wish(call, input, &wish) || !owner_holds(call, &wish, &login) ||
	    !api_change_begin(call))
		goto out;
	err = make_token(call, &login, wish.label, wish.role,
	                 wish.days ? call->now_ms + wish.days * DAY_MS : 0, secret, &id);
	if (api_change_end(call, err, "token.add",
	                   api_arena_format(&call->arena, "token %lld of login \"%s\"",
	                                    (long long)id, login.name),
	                   api_arena_format(&call->arena, "label \"%s\", role %s", wish.label,
	                                    api_role_name(wish.role))))
		answer_token(call, &login, &wish, id, secret);
	explicit_bzero(secret, sizeof(secret));
out:
	api_input_free(input);
}

static int find_token(void *ctx, const struct store_token *token)
{
	struct token_walk *walk = ctx;

	if (token->id != walk->id)
		return 0;
	walk->found = token->id;
	walk->owner = token->login;
	return 1;
}

void api_token_remove(struct api_call *call)
{
	struct token_walk walk = { .call = call, .id = call->parts.id };
	int err = store_tokens(call->store, NULL, find_token, &walk);

	if (err < 0) {
		api_refuse_store(call, err, NULL);
		return;
	}
	if (!walk.found || !may_see(call, walk.owner)) {
		api_refuse(call, 404, "not-found", NULL, "there is no token with this id");
		return;
	}
	if (!api_change_begin(call))
		return;
	err = store_token_remove(call->store, walk.id);
	if (api_change_end(call, err, "token.remove",
	                   api_arena_format(&call->arena, "token %lld", (long long)walk.id), NULL))
		call->status = 204;
}

/* ---- the audit */

static int list_audit(void *ctx, const struct store_audit *audit)
{
	struct api_call *call = ctx;
	struct json *json = api_out(call);

	json_open_object(json, NULL);
	api_put_time(json, "time", audit->at_ms);
	json_put_number(json, "time_ms", (uint64_t)audit->at_ms);
	api_put_text(json, "who", audit->who);
	api_put_text(json, "what", audit->what);
	api_put_text(json, "object", audit->object);
	api_put_text(json, "detail", audit->detail);
	json_close_object(json);
	api_flush(call);
	return 0;
}

void api_audit_list(struct api_call *call)
{
	struct json *json = api_out(call);
	uint64_t before, limit;
	int err;

	if (!api_query_number(call, "before", INT64_MAX, INT64_MAX, &before) ||
	    !api_query_number(call, "limit", AUDIT_MAX, API_LIMIT_DEFAULT, &limit))
		return;
	json_open_object(json, NULL);
	json_open_array(json, "audit");
	err = store_audits(call->store, (int64_t)before, (uint32_t)limit, list_audit, call);
	json_close_array(json);
	json_close_object(json);
	if (err)
		api_refuse_store(call, err, NULL);
}
