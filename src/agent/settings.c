/* agent/settings.c: follows the store by difference.
 *
 * A change of the store names a row; what stands there now is read and compared. What was changed
 * twice is read once, and where much has changed, or it is no longer known what, all is read and
 * what is not met again is removed. A row's registration follows in row.c and account.c: one whose
 * settings are what its shard has is not touched. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"
#include "base/interface.h"
#include "sip/proxy.h"

#define CHANGES_MANY 1000 /* more are not looked at one by one */
#define PACK_LEAVES  8    /* whose strings are packed before others have the lock: some 50 us */

/* ---- servers */

/* "Use SRV look-ups": the server's own setting, else the general one. */
static enum dns_srv srv_of(const struct agent *agent, const struct store_server *server)
{
	bool used =
		strcmp(server->srv, "default") == 0 ? agent->srv : strcmp(server->srv, "yes") == 0;

	return used ? DNS_SRV_USED : DNS_SRV_UNUSED;
}

static bool copy_text(const char *text, char *place, size_t cap)
{
	struct buf out = buf_over(place, cap);

	buf_put(&out, slice_str(text));
	return buf_end(&out) == 0;
}

const char *agent_read_demands(const struct store_server *server, struct sip_demands *ret_demands)
{
	struct sip_demands *ret = ret_demands;

	*ret = (struct sip_demands){ .outbound = server->outbound, .gruu = server->gruu };
	if (!copy_text(server->contact_params, ret->contact_params, sizeof(ret->contact_params)))
		return "the parameters of the Contact are too long";
	if (!copy_text(server->address_params, ret->address_params, sizeof(ret->address_params)))
		return "the parameters of the address are too long";
	if (!copy_text(server->request_params, ret->request_params, sizeof(ret->request_params)))
		return "the parameters of the Request-URI are too long";
	if (!copy_text(server->headers, ret->headers, sizeof(ret->headers)))
		return "the header fields are too long";
	return sip_demands_problem(ret);
}

/* A proxy; absent or empty: none. False: it is neither. */
static bool read_proxy(const char *text, struct sip_proxy *ret_proxy)
{
	char why[256];
	struct buf reterr = buf_over(why, sizeof(why));

	*ret_proxy = (struct sip_proxy){ .transport = NULL };
	return !text || !*text || sip_proxy_parse(slice_str(text), ret_proxy, &reterr) == 0;
}

/* What a proxy says of its transport goes before what is set. */
static enum dns_transport over(const struct sip_proxy *proxy, enum dns_transport set)
{
	return proxy->transport ? dns_transport_of(proxy->transport) : set;
}

static void place_proxies(const struct sip_proxy *proxy, const struct sip_proxy *second,
                          struct agent_place *like)
{
	memcpy(like->proxy_host, proxy->host, sizeof(like->proxy_host));
	like->proxy_port = proxy->port;
	like->transport = over(proxy, like->transport);
	like->second_transport = like->transport;
	if (like->flows < 2)
		return; /* nothing is sent to a second one, so that it makes no other place */
	memcpy(like->second_host, second->host, sizeof(like->second_host));
	like->second_port = second->port;
	like->second_transport = over(second, like->transport);
}

static void parse_place(const struct agent *agent, const struct store_server *server,
                        struct agent_place *ret_like, const char **ret_problem)
{
	struct agent_place like = { .transport = dns_transport_of(server->transport) };
	struct sip_proxy proxy, second;
	char why[160];
	struct buf reterr = buf_over(why, sizeof(why));
	struct buf interface = buf_over(like.interface, sizeof(like.interface));
	const char *problem;
	uint16_t port;

	*ret_problem = NULL;
	if (sip_server_parse(slice_str(server->domain), like.host, &port, &reterr) < 0)
		*ret_problem = "the domain of the server is no host name or address";
	else if (!read_proxy(server->proxy, &proxy))
		*ret_problem = "the outbound proxy of the server is no host name or address";
	else if (!read_proxy(server->second_proxy, &second))
		*ret_problem = "the second proxy of the server is no host name or address";
	else
		like.port = server->port ? server->port : port;
	like.srv = srv_of(agent, server);
	/* RFC 5626 4.2: more than one is outbound's. */
	like.flows = server->outbound && server->flows > 1 ? 2 : 1;
	if (!*ret_problem)
		place_proxies(&proxy, &second, &like);
	problem = agent_read_demands(server, &like.demands);
	if (problem)
		*ret_problem = problem;
	buf_put(&interface, slice_str(server->interface));
	/* An earlier version has taken any text. */
	if (buf_end(&interface) < 0 || (*like.interface && interface_fault(buf_slice(&interface))))
		*ret_problem = "the interface of the server is no name or address of one";
	*ret_like = like;
}

static struct agent_server_entry *entry_of(const struct agent *agent, int64_t id)
{
	return agent_map_get(&agent->entries, (uint64_t)id);
}

static int entry_add(struct agent *agent, int64_t id, struct agent_server_entry **ret_entry)
{
	struct agent_server_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->id = id;
	if (agent_map_add(&agent->entries, entry) < 0) {
		free(entry);
		return -ENOMEM;
	}
	*ret_entry = entry;
	return 0;
}

static uint32_t expires_of(const struct store_server *server)
{
	if (server->expires_s < REG_EXPIRES_MIN_S)
		return STORE_EXPIRES_S;
	return server->expires_s < REG_EXPIRES_MAX_S ? server->expires_s : REG_EXPIRES_MAX_S;
}

static int set_place(struct agent *agent, struct agent_server_entry *entry,
                     const struct store_server *server)
{
	struct agent_place like, *place = NULL, *before = entry->place;
	int r = 0;

	parse_place(agent, server, &like, &entry->problem);
	if (!entry->problem)
		r = agent_place_get(agent, &like, &place);
	if (r == 0 && place)
		r = agent_place_tls(agent, place, server);
	if (r < 0) {
		agent_place_drop(place);
		return r;
	}
	entry->place = place;
	entry->expires_s = expires_of(server);
	entry->rate_per_s = server->rate_per_s;
	entry->keep = sip_keep_of(server->keepalive);
	agent_place_drop(before);
	if (place)
		agent_place_rate(agent, place);
	if (before && before != place)
		agent_place_rate(agent, before);
	return 0;
}

static int on_server(void *ctx, const struct store_server *server)
{
	struct agent *agent = ctx;
	struct agent_server_entry *entry = entry_of(agent, server->id);
	char *name = strdup(server->name);
	char *calls = server->calls && *server->calls ? strdup(server->calls) : NULL;
	int r = name && (calls || !server->calls || !*server->calls) ? 0 : -ENOMEM;

	pthread_mutex_lock(&agent->lock);
	if (r == 0 && !entry)
		r = entry_add(agent, server->id, &entry);
	if (r == 0)
		r = set_place(agent, entry, server);
	if (r == 0) {
		free(entry->name);
		free(entry->calls);
		entry->name = name;
		entry->calls = calls;
		entry->seen = true;
	}
	pthread_mutex_unlock(&agent->lock);
	if (r < 0) {
		free(name);
		free(calls);
	}
	return r;
}

static void entry_free(struct agent_server_entry *entry)
{
	free(entry->name);
	free(entry->calls);
	free(entry);
}

/* The store removes no server that a line uses: none of the rows, once they are read, names it. */
static void entry_remove(struct agent *agent, struct agent_server_entry *entry)
{
	struct agent_place *place = entry->place;

	struct agent_list_at at = { 0 };
	struct agent_row *row;

	while (entry->lines && (row = agent_list_next(&agent->list, &at)))
		if (row->entry == entry)
			agent_row_set_entry(agent, row, NULL);
	agent_map_remove(&agent->entries, entry);
	agent_place_drop(place);
	if (place)
		agent_place_rate(agent, place);
	entry_free(entry);
}

/* ---- studios */

static int on_studio(void *ctx, const struct store_studio *studio)
{
	struct agent *agent = ctx;
	struct agent_studio *known = agent_map_get(&agent->studios, (uint64_t)studio->id);
	char *name = strdup(studio->name);
	struct agent_studio *made = known ? NULL : calloc(1, sizeof(*made));
	int r = name && (known || made) ? 0 : -ENOMEM;

	pthread_mutex_lock(&agent->lock);
	if (r == 0 && made) {
		made->id = studio->id;
		r = agent_map_add(&agent->studios, made);
	}
	if (r == 0) {
		known = known ? known : made;
		free(known->name);
		known->name = name;
		known->seen = true;
	}
	pthread_mutex_unlock(&agent->lock);
	if (r != 0) {
		free(name);
		free(made);
	}
	return r;
}

static void studio_remove(struct agent *agent, struct agent_studio *studio)
{
	agent_map_remove(&agent->studios, studio);
	free(studio->name);
	free(studio);
}

/* ---- lines */

static int on_line(void *ctx, const struct store_line *line)
{
	struct agent *agent = ctx;
	struct agent_row *row;
	int r;

	pthread_mutex_lock(&agent->lock);
	r = agent_row_put(agent, line, &row);
	if (r == 0) {
		row->seen = true;
		r = agent_row_locate(agent, row, line->server);
	}
	pthread_mutex_unlock(&agent->lock);
	return r;
}

static bool remembers(const struct store_state *state)
{
	return state->bound_until_ms || state->result_at_ms;
}

/* A binding that ended while no process was there to renew it. */
static void tell_lapse(struct agent *agent, const struct store_state *state)
{
	struct store_event event = { .line = state->line,
		                     .at_ms = state->bound_until_ms,
		                     .state = "IDLE" };

	if (state->bound_until_ms && state->bound_until_ms < net_wall_ms(agent->net))
		agent_journal_event(agent, &event);
}

/* After the rows, and before any shard knows of them. */
static int on_state(void *ctx, const struct store_state *state)
{
	struct agent *agent = ctx;
	struct agent_row *row = agent_row_of(agent, state->line);

	if (!row)
		return 0;
	row->cseq_epoch = state->epoch;
	row->cseq_block = 0; /* what is below may have been used */
	row->cseq_next = state->cseq_block > REG_FIRST_CSEQ ? state->cseq_block : REG_FIRST_CSEQ;
	if (!remembers(state))
		return 0;
	tell_lapse(agent, state);
	pthread_mutex_lock(&agent->lock);
	if (row->account)
		agent_account_remember(agent, row, state);
	pthread_mutex_unlock(&agent->lock);
	return 0;
}

/* ---- all */

/* What is removed moves others about: one after the other. */
static void forget_unseen_rows(struct agent *agent)
{
	struct agent_row_key behind = { .studio = INT64_MIN };
	struct agent_list_at at = { 0 };
	struct agent_row *row;

	while ((row = agent_list_next(&agent->list, &at))) {
		if (row->seen)
			continue;
		behind = (struct agent_row_key){ row->studio, row->number, row->id };
		agent_row_remove(agent, row);
		at = agent_list_after(&agent->list, &behind);
	}
}

static void forget_unseen(struct agent *agent)
{
	forget_unseen_rows(agent);
	/* A removal moves other cells about: one after the other, from the start. */
	for (size_t i = 0; i < agent->studios.cap; i++) {
		struct agent_studio *studio = agent->studios.cells[i];

		if (studio && !studio->seen) {
			studio_remove(agent, studio);
			i = SIZE_MAX;
		}
	}
	for (size_t i = 0; i < agent->entries.cap; i++) {
		struct agent_server_entry *entry = agent->entries.cells[i];

		if (entry && !entry->seen) {
			entry_remove(agent, entry);
			i = SIZE_MAX;
		}
	}
}

static void mark_unseen(struct agent *agent)
{
	struct agent_list_at at = { 0 };
	struct agent_row *row;

	while ((row = agent_list_next(&agent->list, &at)))
		row->seen = false;
	for (size_t i = 0; i < agent->studios.cap; i++)
		if (agent->studios.cells[i])
			((struct agent_studio *)agent->studios.cells[i])->seen = false;
	for (size_t i = 0; i < agent->entries.cap; i++)
		if (agent->entries.cells[i])
			((struct agent_server_entry *)agent->entries.cells[i])->seen = false;
}

/* The strings of the rows that have come or changed, in portions: others want the lock, too. */
static void pack_texts(struct agent *agent)
{
	bool more = true;
	size_t at = 0;

	while (more) {
		pthread_mutex_lock(&agent->lock);
		for (unsigned n = 0; more && n < PACK_LEAVES; n++)
			more = agent_list_pack(&agent->list, &at);
		pthread_mutex_unlock(&agent->lock);
	}
}

static int read_all(struct agent *agent)
{
	int r = store_servers(agent->store, 0, on_server, agent);

	if (r == 0)
		r = store_studios(agent->store, 0, on_studio, agent);
	if (r == 0)
		r = store_lines(agent->store, &(struct store_lines_of){ 0 }, on_line, agent);
	if (r == 0 && agent->state == AGENT_MADE)
		r = store_states(agent->store, on_state, agent);
	if (r == 0 && agent->state == AGENT_MADE)
		r = store_targets(agent->store, agent_place_remember, agent);
	return r;
}

static void set_general(struct agent *agent, const struct store_general *general)
{
	pthread_mutex_lock(&agent->lock);
	agent->general = *general;
	pthread_mutex_unlock(&agent->lock);
}

int agent_settings_read(struct agent *agent)
{
	const struct store_general before = agent->general;
	int64_t change = store_change_last(agent->store);
	struct store_general general;
	int r = change < 0 ? (int)change : store_general_get(agent->store, &general);

	if (r < 0)
		return r;
	agent->srv = general.srv;
	mark_unseen(agent);
	set_general(agent, &general);
	r = read_all(agent);
	if (r < 0) { /* so that it is seen as a change when all is read again */
		set_general(agent, &before);
		return r;
	}
	pthread_mutex_lock(&agent->lock);
	forget_unseen(agent);
	pthread_mutex_unlock(&agent->lock);
	pack_texts(agent);
	agent_dns_follow(agent, &general);
	agent_syslog_follow(agent, &general);
	agent->change = change;
	return r;
}

/* ---- by difference */

/* The rows that were named, each once. */
struct changes {
	bool general;
	int64_t ids[STORE_LINE + 1][CHANGES_MANY];
	size_t counts[STORE_LINE + 1];
	bool many;
	int64_t last;
};

static int on_change(void *ctx, const struct store_change *change)
{
	struct changes *changes = ctx;
	size_t *count = &changes->counts[change->what];
	int64_t *ids = changes->ids[change->what];

	changes->last = change->number;
	for (size_t i = *count; i-- > 0;)
		if (ids[i] == change->id)
			return 0;
	if (*count == CHANGES_MANY) {
		changes->many = true;
		return 1;
	}
	ids[(*count)++] = change->id;
	return 0;
}

static int follow_server(struct agent *agent, int64_t id)
{
	struct agent_server_entry *entry = entry_of(agent, id);
	int r = store_servers(agent->store, id, on_server, agent);

	/* A line's epoch rises with its server's settings, and a place may have become another. */
	if (r == 0)
		return store_lines(agent->store, &(struct store_lines_of){ .server = id }, on_line,
		                   agent);
	if (r == -ENOENT && entry)
		entry->seen = false;
	return r == -ENOENT ? 0 : r;
}

/* One that is gone, once no row is at it any more. */
static void forget_server(struct agent *agent, int64_t id)
{
	struct agent_server_entry *entry = entry_of(agent, id);

	if (!entry || entry->seen)
		return;
	pthread_mutex_lock(&agent->lock);
	entry_remove(agent, entry);
	pthread_mutex_unlock(&agent->lock);
}

static struct agent_row *row_behind(const struct agent *agent, const struct agent_row_key *key)
{
	struct agent_list_at at = agent_list_after(&agent->list, key);

	return agent_list_next(&agent->list, &at);
}

static int follow_studio(struct agent *agent, int64_t id)
{
	int r = store_studios(agent->store, id, on_studio, agent);
	struct agent_studio *studio = agent_map_get(&agent->studios, (uint64_t)id);
	const struct agent_row_key before = { .studio = id };
	struct agent_row *row;

	if (r != -ENOENT)
		return r;
	pthread_mutex_lock(&agent->lock);
	while ((row = row_behind(agent, &before)) && row->studio == id)
		agent_row_remove(agent, row);
	if (studio)
		studio_remove(agent, studio);
	pthread_mutex_unlock(&agent->lock);
	return 0;
}

static int follow_line(struct agent *agent, int64_t id)
{
	int r = store_lines(agent->store, &(struct store_lines_of){ .id = id }, on_line, agent);
	struct agent_row *row = agent_row_of(agent, id);

	if (r != -ENOENT)
		return r;
	pthread_mutex_lock(&agent->lock);
	if (row)
		agent_row_remove(agent, row);
	pthread_mutex_unlock(&agent->lock);
	return 0;
}

/* Another default server concerns all lines that name none, and raises their epochs; whether SRV is
 * looked up concerns all servers that do not say it themselves: all is read. */
static int follow_general(struct agent *agent)
{
	struct store_general general;
	int r = store_general_get(agent->store, &general);

	if (r < 0)
		return r;
	if (general.default_server != agent->general.default_server ||
	    general.srv != agent->general.srv)
		return agent_settings_read(agent);
	set_general(agent, &general);
	agent_dns_follow(agent, &general);
	agent_syslog_follow(agent, &general);
	return 0;
}

static int follow_each(struct agent *agent, const struct changes *changes)
{
	int r = 0;

	/* Servers first, since lines may name new ones, and last where they are gone, since lines
	 * named them until now; studios first for their names. */
	for (size_t i = 0; r == 0 && i < changes->counts[STORE_SERVER]; i++)
		r = follow_server(agent, changes->ids[STORE_SERVER][i]);
	for (size_t i = 0; r == 0 && i < changes->counts[STORE_STUDIO]; i++)
		r = follow_studio(agent, changes->ids[STORE_STUDIO][i]);
	for (size_t i = 0; r == 0 && i < changes->counts[STORE_LINE]; i++)
		r = follow_line(agent, changes->ids[STORE_LINE][i]);
	if (r == 0 && changes->counts[STORE_GENERAL])
		r = follow_general(agent);
	for (size_t i = 0; r == 0 && i < changes->counts[STORE_SERVER]; i++)
		forget_server(agent, changes->ids[STORE_SERVER][i]);
	return r;
}

static int follow(struct agent *agent, struct changes *changes)
{
	int r;

	changes->last = agent->change;
	r = store_changes(agent->store, agent->change, on_change, changes);
	if (r == -ESTALE || changes->many)
		return agent_settings_read(agent);
	if (r < 0)
		return r;
	r = follow_each(agent, changes);
	pack_texts(agent);
	if (r == 0 && changes->last > agent->change)
		agent->change = changes->last;
	return r;
}

void agent_settings_follow(struct agent *agent)
{
	struct changes *changes = calloc(1, sizeof(*changes));
	int r = changes ? follow(agent, changes) : -ENOMEM;

	free(changes);
	agent_place_sweep(agent);
	agent_place_read_tls(agent);
	if (r == 0)
		return;
	agent_note(agent, LOG_LEVEL_ERROR, NULL, "the settings cannot be read: %s",
	           r == -ENOMEM ? "out of memory" : store_error(agent->store));
	agent_reload_later(agent);
}

void agent_settings_done(struct agent *agent)
{
	struct agent_list_at at = { 0 };
	struct agent_row *row;

	while ((row = agent_list_next(&agent->list, &at)))
		agent_row_free(row);
	agent_list_done(&agent->list);
	for (size_t i = 0; i < agent->studios.cap; i++) {
		struct agent_studio *studio = agent->studios.cells[i];

		if (studio)
			free(studio->name);
		free(studio);
	}
	for (size_t i = 0; i < agent->entries.cap; i++)
		if (agent->entries.cells[i])
			entry_free(agent->entries.cells[i]);
	while (agent->places) {
		struct agent_place *next = agent->places->next;

		agent_place_free(agent->places);
		agent->places = next;
	}
	agent_map_done(&agent->row_by_id);
	agent_map_done(&agent->studios);
	agent_map_done(&agent->entries);
}
