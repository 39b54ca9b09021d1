/* store/server.c: the servers, who uses them, and what of them reaches the wire.
 *
 * A line uses a server that it names, or the default where it names none; USES says so in SQL. */
#include <errno.h>
#include <stdio.h>

#include "store/sql.h"

/* of a line: whether it uses the server ?1 */
#define USES "(server = ?1 OR (server IS NULL AND ?1 = (SELECT default_server FROM general)))"

#define NAME_TRIES 1000

/* What a REGISTER of the lines says, or where it goes, so that they start afresh: domain, port,
 * proxies and transport are in its URIs, expires is asked for, the Contact has the interface's
 * address and the parameters, and what a provider wants beside that stands in it. The pace,
 * keep-alive and trust are not sent. */
static const char differs_text[] =
	"SELECT domain IS NOT ?2 OR port IS NOT ?3 OR proxy IS NOT ?4 OR transport IS NOT ?5"
	" OR expires_s IS NOT ?6 OR interface IS NOT ?7 OR outbound IS NOT ?8"
	" OR contact_params IS NOT ?9 OR gruu IS NOT ?10 OR address_params IS NOT ?11"
	" OR request_params IS NOT ?12 OR headers IS NOT ?13 OR flows IS NOT ?14"
	" OR second_proxy IS NOT ?15 FROM server WHERE id = ?1";

static const char epochs_text[] = "UPDATE line SET epoch = epoch + 1 WHERE " USES;

static const char update_text[] =
	"UPDATE server SET domain = ?2, port = ?3, proxy = ?4, transport = ?5, expires_s = ?6,"
	" interface = ?7, outbound = ?8, contact_params = ?9, gruu = ?10, address_params = ?11,"
	" request_params = ?12, headers = ?13, flows = ?14, second_proxy = ?15, name = ?16,"
	" rate_per_s = ?17, keepalive = ?18, tls_ca = ?19, tls_cert = ?20, tls_key = ?21,"
	" srv = ?22, profile = ?23, calls = ?24, tls_min = ?25 WHERE id = ?1";

static const char insert_text[] =
	"INSERT INTO server (id, domain, port, proxy, transport, expires_s, interface, outbound,"
	" contact_params, gruu, address_params, request_params, headers, flows, second_proxy, name,"
	" rate_per_s, keepalive, tls_ca, tls_cert, tls_key, srv, profile, calls, tls_min)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
	" ?19, ?20, ?21, ?22, ?23, ?24, ?25)";

enum { SENT = 15, VALUES = 25 }; /* of the values of a server, how many reach the wire */

static int check(struct store *store, const struct store_server *server)
{
	const struct {
		const char *what, *text;
	} texts[] = {
		{ "the name of the server", server->name },
		{ "the proxy", server->proxy },
		{ "the second proxy", server->second_proxy },
		{ "the transport", server->transport },
		{ "the keep-alive", server->keepalive },
		{ "the interface", server->interface },
		{ "the path of the TLS authorities", server->tls_ca },
		{ "the path of the TLS certificate", server->tls_cert },
		{ "the path of the TLS key", server->tls_key },
		{ "the version of TLS", server->tls_min },
		{ "the SRV setting", server->srv },
		{ "the profile", server->profile },
		{ "the calls setting", server->calls },
		{ "the parameters of the Contact", server->contact_params },
		{ "the parameters of the address", server->address_params },
		{ "the parameters of the Request-URI", server->request_params },
		{ "the header fields", server->headers },
	};
	int err = store_text_need(store, "the domain of the server", server->domain);

	for (size_t i = 0; !err && i < sizeof(texts) / sizeof(texts[0]); i++)
		err = store_text_check(store, texts[i].what, texts[i].text);
	return err;
}

#define NAME_CAP (STORE_TEXT_MAX + 8) /* a domain, ":" and a port; cut, never unterminated */

/* Its own, or its address as people type it: the domain alone would then mean this port, too. */
static const char *name_of(const struct store_server *server, char memory[NAME_CAP])
{
	if (server->name && *server->name)
		return server->name;
	if (!server->port)
		return server->domain;
	snprintf(memory, NAME_CAP, "%s:%u", server->domain, server->port);
	return memory;
}

static int write_server(struct store *store, const struct store_server *server, int64_t *ret_id)
{
	char memory[NAME_CAP];
	const char *name = name_of(server, memory);
	const struct sql_value values[VALUES] = {
		sql_id(server->id),
		sql_text(server->domain),
		sql_number(server->port),
		sql_text(server->proxy),
		sql_text(server->transport),
		sql_number(server->expires_s),
		sql_text(server->interface),
		sql_number(server->outbound),
		sql_text(server->contact_params),
		sql_number(server->gruu),
		sql_text(server->address_params),
		sql_text(server->request_params),
		sql_text(server->headers),
		sql_number(server->flows ? server->flows : 1),
		sql_text(server->second_proxy),
		sql_text(name),
		sql_number(server->rate_per_s),
		sql_text(server->keepalive),
		sql_text(server->tls_ca),
		sql_text(server->tls_cert),
		sql_text(server->tls_key),
		sql_text(server->srv),
		sql_text(server->profile),
		sql_text(server->calls),
		sql_text(server->tls_min ? server->tls_min : "1.2"),
	};
	int64_t differs = 0;
	int err = server->id ? sql_ask(store, differs_text, values, SENT, &differs) : 0;

	if (err == -ENOENT)
		return store_say(store, err, "there is no server with the id %lld",
		                 (long long)server->id);
	if (!err)
		err = sql_run(store, server->id ? update_text : insert_text, values, VALUES);
	if (err == -EEXIST)
		store_say(store, err, "another server is called \"%s\"", name);
	if (!err && differs)
		err = sql_run(store, epochs_text, values, 1);
	if (err)
		return err;
	*ret_id = server->id ? server->id : sqlite3_last_insert_rowid(store->db);
	return store_change_add(store, STORE_SERVER, *ret_id);
}

int store_server_put(struct store *store, const struct store_server *server, int64_t *ret_id)
{
	int64_t id = 0;
	int err = check(store, server);

	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	if (err)
		return err;
	err = sql_end(store, write_server(store, server, &id));
	if (!err && ret_id)
		*ret_id = id;
	return err;
}

/* A default that no line uses goes with it. */
static int remove_server(struct store *store, int64_t id)
{
	int64_t used = 0, is_default = 0;
	int err = sql_ask(store, "SELECT count(*) FROM line WHERE " USES,
	                  SQL_VALUES(sql_number(id)), &used);

	if (!err && used)
		return store_say(
			store, -EBUSY,
			used == 1 ? "%lld line uses this server: give it another one first"
				  : "%lld lines use this server: give them another one first",
			(long long)used);
	if (!err)
		err = sql_ask(store, "SELECT ?1 IS default_server FROM general",
		              SQL_VALUES(sql_number(id)), &is_default);
	if (!err)
		err = sql_run_row(store, "DELETE FROM server WHERE id = ?1",
		                  SQL_VALUES(sql_number(id)));
	if (err == -ENOENT)
		store_say(store, err, "there is no server with the id %lld", (long long)id);
	if (!err)
		err = store_change_add(store, STORE_SERVER, id);
	return err || !is_default ? err : store_change_add(store, STORE_GENERAL, 0);
}

int store_server_remove(struct store *store, int64_t id)
{
	int err = sql_begin(store, STORE_SYNC_FULL);

	return err ? err : sql_end(store, remove_server(store, id));
}

struct servers {
	store_server_fn *fn;
	void *ctx;
	bool any;
};

static int server_row(void *ctx, sqlite3_stmt *stmt)
{
	struct servers *servers = ctx;
	int err = 0;
	const struct store_server server = {
		.id = sqlite3_column_int64(stmt, 0),
		.name = sql_column(stmt, 1, &err),
		.domain = sql_column(stmt, 2, &err),
		.port = (uint16_t)sqlite3_column_int(stmt, 3),
		.proxy = sql_column(stmt, 4, &err),
		.transport = sql_column(stmt, 5, &err),
		.expires_s = (uint32_t)sqlite3_column_int64(stmt, 6),
		.rate_per_s = (uint32_t)sqlite3_column_int64(stmt, 7),
		.keepalive = sql_column(stmt, 8, &err),
		.interface = sql_column(stmt, 9, &err),
		.tls_ca = sql_column(stmt, 10, &err),
		.tls_cert = sql_column(stmt, 11, &err),
		.tls_key = sql_column(stmt, 12, &err),
		.srv = sql_column(stmt, 13, &err),
		.profile = sql_column(stmt, 14, &err),
		.calls = sql_column(stmt, 15, &err),
		.contact_params = sql_column(stmt, 16, &err),
		.outbound = sqlite3_column_int(stmt, 17) != 0,
		.gruu = sqlite3_column_int(stmt, 18) != 0,
		.address_params = sql_column(stmt, 19, &err),
		.request_params = sql_column(stmt, 20, &err),
		.headers = sql_column(stmt, 21, &err),
		.flows = (uint32_t)sqlite3_column_int64(stmt, 22),
		.tls_min = sql_column(stmt, 23, &err),
		.second_proxy = sql_column(stmt, 24, &err),
		.lines = (uint32_t)sqlite3_column_int64(stmt, 25),
	};

	servers->any = true;
	return err ? err : servers->fn(servers->ctx, &server);
}

#define SERVER_COLUMNS \
	"SELECT s.id, s.name, s.domain, s.port, s.proxy, s.transport, s.expires_s, s.rate_per_s," \
	" s.keepalive, s.interface, s.tls_ca, s.tls_cert, s.tls_key, s.srv," \
	" s.profile, s.calls, s.contact_params, s.outbound, s.gruu, s.address_params," \
	" s.request_params, s.headers, s.flows, s.tls_min, s.second_proxy," \
	" (SELECT count(*) FROM line WHERE server = s.id)" \
	" + CASE WHEN s.id IS g.default_server THEN" \
	"  (SELECT count(*) FROM line WHERE server IS NULL) ELSE 0 END" \
	" FROM server s, general g"

int store_servers(struct store *store, int64_t id, store_server_fn *fn, void *ctx)
{
	struct servers servers = { fn, ctx, false };

	if (!id)
		return sql_walk(store, SERVER_COLUMNS " ORDER BY s.name", SQL_NONE, server_row,
		                &servers);
	int err = sql_walk(store, SERVER_COLUMNS " WHERE s.id = ?1", SQL_VALUES(sql_number(id)),
	                   server_row, &servers);
	if (!err && !servers.any)
		err = store_say(store, -ENOENT, "there is no server with the id %lld",
		                (long long)id);
	return err;
}

/* ---- one made by itself */

/* Its address as people type it, so that the domain alone never leads to the port of this one;
 * where another has that name, counted. */
static int free_name(struct store *store, const char *domain, uint16_t port,
                     char ret_name[STORE_TEXT_MAX + 1])
{
	char behind[16] = "", count[16] = "";
	int64_t taken = 1;
	int err = 0;

	if (port)
		snprintf(behind, sizeof(behind), ":%u", (unsigned)port);
	for (unsigned n = 1; !err && taken && n < NAME_TRIES; n++) {
		if (n > 1)
			snprintf(count, sizeof(count), " (%u)", n);
		if (snprintf(ret_name, STORE_TEXT_MAX + 1, "%s%s%s", domain, behind, count) >
		    STORE_TEXT_MAX)
			return store_say(store, -EINVAL, "the domain is too long");
		err = sql_ask(store, "SELECT EXISTS (SELECT 1 FROM server WHERE name = ?1)",
		              SQL_VALUES(sql_text(ret_name)), &taken);
	}
	if (!err && taken)
		err = store_say(store, -EEXIST, "no name is free for a server of %s", domain);
	return err;
}

static int find_or_make(struct store *store, const char *domain, uint16_t port, int64_t *ret_id,
                        bool *ret_made)
{
	char name[STORE_TEXT_MAX + 1];
	int err = sql_ask(store,
	                  "SELECT id FROM server WHERE domain = ?1 COLLATE NOCASE AND port = ?2"
	                  " ORDER BY id LIMIT 1",
	                  SQL_VALUES(sql_text(domain), sql_number(port)), ret_id);

	*ret_made = err == -ENOENT;
	if (err != -ENOENT)
		return err;
	err = free_name(store, domain, port, name);
	if (err)
		return err;
	const struct store_server server = {
		.name = name,
		.domain = domain,
		.port = port,
		.transport = "udp",
		.expires_s = STORE_EXPIRES_S,
		.keepalive = "none",
		.srv = "default",
	};
	return write_server(store, &server, ret_id);
}

int store_server_for(struct store *store, const char *domain, uint16_t port, int64_t *ret_id,
                     bool *ret_made)
{
	int64_t id = 0;
	bool made = false;
	int err = store_text_need(store, "the domain of the server", domain);

	if (!err)
		err = sql_begin(store, STORE_SYNC_FULL);
	if (err)
		return err;
	err = sql_end(store, find_or_make(store, domain, port, &id, &made));
	if (err)
		return err;
	*ret_id = id;
	if (ret_made)
		*ret_made = made;
	return 0;
}
