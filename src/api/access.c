/* api/access.c: who may do what: by the UNIX socket the user of the daemon, else a session's cookie
 * or an API token.
 *
 * The role of a session or token is never above that of its login now, so that taking a role away
 * holds at once. */
#include <errno.h>
#include <stdio.h>

#include "api/own.h"

static const struct {
	const char *name;
	enum api_role role;
} roles[] = {
	{ "none", API_ANYBODY },
	{ "viewer", API_VIEWER },
	{ "operator", API_OPERATOR },
	{ "admin", API_ADMIN },
};

enum api_role api_role_of(const char *name)
{
	for (size_t i = 1; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].name, name) == 0)
			return roles[i].role;
	return API_ANYBODY;
}

const char *api_role_name(enum api_role role)
{
	return roles[role].name;
}

/* ---- from a secret to who has it */

struct lookup {
	int64_t login, token, expires_ms;
	enum api_role role;
	bool found, session;
	struct api_who *who;
};

static int take_token(void *ctx, const struct store_token *token)
{
	struct lookup *lookup = ctx;

	lookup->found = true;
	lookup->token = token->id;
	lookup->login = token->login;
	lookup->expires_ms = token->expires_ms;
	lookup->role = (enum api_role)token->role;
	lookup->session = strcmp(token->label, API_SESSION_LABEL) == 0;
	return 0;
}

static int take_login(void *ctx, const struct store_login *login)
{
	struct lookup *lookup = ctx;
	struct api_who *who = lookup->who;

	if (login->id != lookup->login)
		return 0;
	who->login = login->id;
	who->token = lookup->token;
	who->role = (enum api_role)login->role < lookup->role ? (enum api_role)login->role
	                                                      : lookup->role;
	who->way = lookup->session ? API_BY_SESSION : API_BY_TOKEN;
	snprintf(who->name, sizeof(who->name), "%s", login->name);
	return 1;
}

/* Returns 0 with *ret_who, -ENOENT where nobody has it any more, or a store's error. */
static int find(struct store *store, const uint8_t hash[API_HASH_BYTES], int64_t now_ms,
                struct api_who *ret_who)
{
	struct lookup lookup = { .who = ret_who };
	int err = store_tokens(store, hash, take_token, &lookup);

	if (err)
		return err;
	if (!lookup.found || (lookup.expires_ms && lookup.expires_ms <= now_ms))
		return -ENOENT;
	err = store_logins(store, NULL, take_login, &lookup);
	if (err < 0)
		return err;
	memcpy(ret_who->hash, hash, API_HASH_BYTES);
	return err == 1 ? 0 : -ENOENT;
}

bool api_access_stands(struct api *api, const struct api_who *who)
{
	struct api_who now = { .role = API_ANYBODY };

	return who->way == API_BY_SOCKET ||
	       (find(api->store, who->hash, net_wall_ms(api->net), &now) == 0 &&
	        now.role >= API_VIEWER);
}

struct tally {
	uint32_t logins, admins;
};

static int tally_login(void *ctx, const struct store_login *login)
{
	struct tally *tally = ctx;

	tally->logins++;
	tally->admins += login->role == STORE_ADMIN;
	return 0;
}

int api_access_count(struct store *store, uint32_t *ret_logins, uint32_t *ret_admins)
{
	struct tally tally = { 0 };
	int err = store_logins(store, NULL, tally_login, &tally);

	if (err)
		return err;
	*ret_logins = tally.logins;
	*ret_admins = tally.admins;
	return 0;
}

/* ---- a request's credentials */

static void refuse_nobody(struct api_call *call)
{
	uint32_t logins, admins;
	bool fresh = api_access_count(call->store, &logins, &admins) == 0 && logins == 0;
	struct json *json = api_refuse_open(
		call, 401, fresh ? "setup" : "login", NULL,
		fresh ? "there is no login yet: open the address that the daemon printed when it "
			"started, or run \"lineup login add NAME\" on its machine"
		      : "log in first, or send an API token");

	(void)json;
	api_refuse_close(call);
	call->challenge = true;
}

static bool refuse_stale(struct api_call *call)
{
	api_refuse(call, 401, "token", NULL,
	           "this session or token is not known, or has ended: log in again");
	call->challenge = true;
	return false;
}

static bool take_secret(struct api_call *call, struct slice secret, enum api_way way)
{
	uint8_t hash[API_HASH_BYTES];
	int err = api_secret_digest(secret, hash);

	if (!err)
		err = find(call->store, hash, call->now_ms, &call->who);
	if (err && err != -ENOENT) {
		api_refuse_store(call, err, NULL);
		return false;
	}
	/* A session's secret is taken from its cookie alone, which no other site can send, and an
	 * API token from the header alone. */
	if (err || call->who.way != way) {
		call->who = (struct api_who){ .role = API_ANYBODY };
		return refuse_stale(call);
	}
	return true;
}

static bool csrf_holds(struct api_call *call, struct slice session)
{
	const char *given =
		MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "X-CSRF-Token");
	char wanted[API_TOKEN_TEXT];

	if (strcmp(call->route->method, "GET") == 0)
		return true;
	if (given && api_secret_csrf(session, wanted) == 0 &&
	    api_secret_equal(slice_str(given), slice_str(wanted)))
		return true;
	api_refuse(call, 403, "csrf", "X-CSRF-Token",
	           "the header X-CSRF-Token is missing or not that of this session");
	return false;
}

static bool by_header(struct api_call *call, const char *header)
{
	struct slice value = slice_str(header), scheme = SLICE("Bearer ");

	if (!slice_starts_nocase(value, scheme)) {
		api_refuse(call, 401, "token", "Authorization",
		           "the header Authorization is not \"Bearer\" and a token");
		call->challenge = true;
		return false;
	}
	return take_secret(call, slice_trim(slice_from(value, scheme.n)), API_BY_TOKEN);
}

static bool by_cookie(struct api_call *call, const char *cookie)
{
	return take_secret(call, slice_str(cookie), API_BY_SESSION) &&
	       csrf_holds(call, slice_str(cookie));
}

static void by_socket(struct api_call *call)
{
	call->who.role = API_ADMIN;
	call->who.way = API_BY_SOCKET;
	snprintf(call->who.name, sizeof(call->who.name), "local user %u", call->conn->uid);
}

bool api_access(struct api_call *call)
{
	const char *header, *cookie;

	if (call->conn->local) {
		by_socket(call);
		return true;
	}
	if (call->route->role == API_ANYBODY)
		return true;
	header = MHD_lookup_connection_value(call->http, MHD_HEADER_KIND, "Authorization");
	cookie = MHD_lookup_connection_value(call->http, MHD_COOKIE_KIND, call->api->cookie);
	if (!header && !cookie) {
		refuse_nobody(call);
		return false;
	}
	if (!(header ? by_header(call, header) : by_cookie(call, cookie)))
		return false;
	if (call->who.role >= call->route->role)
		return true;
	api_refuse(call, 403, "role", NULL, "this takes the role %s, and %s has %s",
	           api_role_name(call->route->role), call->who.name, api_role_name(call->who.role));
	return false;
}

char *api_access_cookie(struct api_call *call, const char *secret)
{
	return api_arena_format(&call->arena,
	                        "%s=%s; Max-Age=%lld; Path=/; HttpOnly; SameSite=Strict%s",
	                        call->api->cookie, secret ? secret : "",
	                        secret ? API_SESSION_MS / 1000 : 0, call->tls ? "; Secure" : "");
}
