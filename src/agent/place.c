/* agent/place.c: the places that lines register at, and their share of each worker.
 *
 * A place is what a PBX sees of us, however many entries of the store name it. Where entries differ
 * in what is sent there, or did before an edit, it is several places, which are alike: a fixed rate
 * and what was learnt of the PBX hold for all of them together. Each worker with lines there has
 * one share of it (pace/pace.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "base/buf.h"
#include "agent/parts.h"

#define LAST_OTHER_MS 60000  /* another address does not count before */
#define LAST_KEEP_MS  600000 /* where a server answered is written anew so often, if it stays */

/* As a shard sees it: all that are have one gate (line/server.h). */
static bool is_same_pbx(const struct agent_place *a, const struct agent_place *b)
{
	return strcasecmp(a->host, b->host) == 0 && a->port == b->port &&
	       strcasecmp(a->proxy_host, b->proxy_host) == 0 && a->proxy_port == b->proxy_port &&
	       a->transport == b->transport && a->srv == b->srv &&
	       strcmp(a->interface, b->interface) == 0;
}

static bool same(const struct agent_place *a, const struct agent_place *b)
{
	return is_same_pbx(a, b) && a->flows == b->flows &&
	       strcasecmp(a->second_host, b->second_host) == 0 &&
	       a->second_port == b->second_port && a->second_transport == b->second_transport &&
	       sip_demands_equal(&a->demands, &b->demands);
}

/* Into the ring of those that are alike, with what these have been told. */
static void join(const struct agent *agent, struct agent_place *place)
{
	struct agent_place *other;

	place->alike = place;
	for (other = agent->places; other; other = other->next)
		if (!other->retired && is_same_pbx(other, place))
			break;
	if (!other)
		return;
	place->alike = other->alike;
	other->alike = place;
	place->rate_per_s = other->rate_per_s;
	place->shares = other->shares;
	for (uint32_t i = 0; i < agent->worker_count; i++)
		place->at[i].part = other->at[i].part;
}

/* Of those that are alike, from place itself on; NULL: that was the last one. */
static struct agent_place *next_alike(const struct agent_place *place, const struct agent_place *at)
{
	return at->alike == place ? NULL : at->alike;
}

static void part_from_alike(struct agent_place *place)
{
	struct agent_place *before = place;

	while (before->alike != place)
		before = before->alike;
	before->alike = place->alike;
	place->alike = place;
}

int agent_place_get(struct agent *agent, const struct agent_place *like,
                    struct agent_place **ret_place)
{
	struct agent_place *place;

	for (place = agent->places; place; place = place->next)
		if (!place->retired && same(place, like))
			break;
	if (!place) {
		place = calloc(1, sizeof(*place));
		if (!place)
			return -ENOMEM;
		memcpy(place->host, like->host, sizeof(place->host));
		memcpy(place->proxy_host, like->proxy_host, sizeof(place->proxy_host));
		place->port = like->port;
		place->proxy_port = like->proxy_port;
		place->transport = like->transport;
		place->srv = like->srv;
		place->demands = like->demands;
		memcpy(place->interface, like->interface, sizeof(place->interface));
		place->flows = like->flows;
		memcpy(place->second_host, like->second_host, sizeof(place->second_host));
		place->second_port = like->second_port;
		place->second_transport = like->second_transport;
		join(agent, place);
		place->next = agent->places;
		agent->places = place;
	}
	place->entries++;
	*ret_place = place;
	return 0;
}

void agent_place_drop(struct agent_place *place)
{
	if (place)
		place->entries--;
}

static uint32_t accounts_alike(const struct agent_place *place, uint32_t worker)
{
	uint32_t n = 0;

	for (const struct agent_place *at = place; at; at = next_alike(place, at))
		n += at->at[worker].accounts;
	return n;
}

/* Whether parts have changed so that the workers must hear of it. */
static bool divide(const struct agent *agent, struct agent_place *place)
{
	uint32_t accounts[AGENT_SHARDS_MAX];
	struct pace_part parts[AGENT_SHARDS_MAX], told[AGENT_SHARDS_MAX];

	place->shares = 0;
	for (uint32_t i = 0; i < agent->worker_count; i++) {
		accounts[i] = accounts_alike(place, i);
		place->shares += accounts[i] != 0;
		told[i] = place->at[i].part;
	}
	agent_parts_divide(accounts, agent->worker_count, parts);
	if (!agent_parts_differ(told, parts, agent->worker_count))
		return false;
	for (uint32_t i = 0; i < agent->worker_count; i++)
		place->at[i].part = parts[i];
	return true;
}

struct pace_share agent_place_share(const struct agent_place *place, uint32_t worker)
{
	return (struct pace_share){ .rate_per_s = place->rate_per_s,
		                    .shares = place->shares,
		                    .part = place->at[worker].part };
}

uint32_t agent_place_flows(const struct agent_place *place)
{
	uint32_t most = 1;

	for (const struct agent_place *at = place; at; at = next_alike(place, at))
		most = at->flows > most ? at->flows : most;
	return most;
}

/* Where there is no memory for it a worker keeps the share that it has until the next change. */
static void tell_share(struct agent *agent, struct agent_place *place)
{
	(void)divide(agent, place);
	for (uint32_t i = 0; i < agent->worker_count; i++) {
		struct agent_command *command;

		if (!place->at[i].told)
			continue;
		command = agent_command_new(AGENT_ORDER_PACE, NULL, NULL);
		if (!command)
			continue;
		command->place = place;
		command->share = agent_place_share(place, i);
		command->flows = agent_place_flows(place);
		command->keep = place->keep;
		agent_worker_post(&agent->workers[i], command);
	}
}

static void tell_shares(struct agent *agent, struct agent_place *place)
{
	for (struct agent_place *at = place; at; at = next_alike(place, at))
		tell_share(agent, at);
}

static int keep_path(const char *path, char **path_kept)
{
	char *copy = path && *path ? strdup(path) : NULL;

	if (path && *path && !copy)
		return -ENOMEM;
	free(*path_kept);
	*path_kept = copy;
	return 0;
}

static int tell_tls(struct agent *agent, struct agent_place *place)
{
	const struct agent_command_texts texts = { .tls_ca = place->tls_ca,
		                                   .tls_cert = place->tls_cert,
		                                   .tls_key = place->tls_key };

	for (uint32_t i = 0; i < agent->worker_count; i++) {
		struct agent_command *command;

		if (!place->at[i].told)
			continue;
		command = agent_command_new(AGENT_ORDER_TLS, NULL, &texts);
		if (!command)
			return -ENOMEM;
		command->place = place;
		command->tls_least = place->tls_least;
		agent_worker_post(&agent->workers[i], command);
	}
	return 0;
}

int agent_place_tls(struct agent *agent, struct agent_place *place,
                    const struct store_server *server)
{
	place->tls_least = net_tls_least_of(server->tls_min);
	if (keep_path(server->tls_ca, &place->tls_ca) < 0 ||
	    keep_path(server->tls_cert, &place->tls_cert) < 0 ||
	    keep_path(server->tls_key, &place->tls_key) < 0)
		return -ENOMEM;
	return tell_tls(agent, place);
}

void agent_place_read_tls(struct agent *agent)
{
	for (struct agent_place *place = agent->places; place; place = place->next)
		if (place->tls_ca || place->tls_cert)
			(void)tell_tls(agent, place);
}

void agent_place_free(struct agent_place *place)
{
	free(place->tls_ca);
	free(place->tls_cert);
	free(place->tls_key);
	free(place);
}

/* ---- where its server answered last */

/* By which a place is known again: where requests go. */
static uint64_t mark_of(const struct agent *agent, const struct agent_place *place)
{
	const struct hash_key *key = &agent->line_key;
	uint64_t mark = hash_pair(key, (uint64_t)place->transport << 32 | place->srv,
	                          (uint64_t)place->port << 32 | place->proxy_port);

	mark = hash_pair(key, mark, hash_bytes(key, place->host, strlen(place->host)));
	mark = hash_pair(key, mark, hash_bytes(key, place->proxy_host, strlen(place->proxy_host)));
	return hash_pair(key, mark, hash_bytes(key, place->interface, strlen(place->interface)));
}

static bool is_kept(const struct agent_place *place)
{
	return place->last_kept_ms && place->last.at_ms - place->last_kept_ms < LAST_KEEP_MS;
}

void agent_place_answered(struct agent *agent, struct agent_place *place,
                          const struct server_last *last)
{
	bool same = place->last.transport == last->transport && place->last.addr.any.sa_family &&
	            net_addr_equal(&place->last.addr, &last->addr);

	/* Of several workers one may be behind, or keep to another of its addresses. */
	if (!last->addr.any.sa_family ||
	    last->at_ms <= place->last.at_ms + (same ? 0 : LAST_OTHER_MS))
		return;
	if (!same)
		place->last_kept_ms = 0;
	place->last = *last;
	if (!is_kept(place))
		agent_journal_soon(agent);
}

int agent_place_remember(void *ctx, const struct store_target *target)
{
	struct agent *agent = ctx;
	struct server_last last = { .at_ms = target->at_ms };

	while (last.transport < DNS_AUTO &&
	       strcmp(target->transport, dns_transport_name(last.transport)) != 0)
		last.transport++;
	/* What cannot be read was not written by us. */
	if (last.transport == DNS_AUTO || !agent_read_addr(target->address, &last.addr))
		return 0;
	for (size_t i = 0; i < agent->entries.cap; i++) {
		const struct agent_server_entry *entry = agent->entries.cells[i];

		if (!entry || entry->id != target->server || !entry->place ||
		    mark_of(agent, entry->place) != target->mark ||
		    entry->place->last.at_ms >= last.at_ms)
			continue;
		entry->place->last = last;
		entry->place->last_kept_ms = last.at_ms;
	}
	return 0;
}

static int write_entry(struct agent *agent, const struct agent_server_entry *entry)
{
	const struct agent_place *place = entry->place;
	struct store_target target = { .server = entry->id,
		                       .mark = mark_of(agent, place),
		                       .at_ms = place->last.at_ms };
	struct buf address = buf_over(target.address, sizeof(target.address));

	net_addr_show(&place->last.addr, &address);
	buf_end(&address);
	stpncpy(target.transport, dns_transport_name(place->last.transport),
	        sizeof(target.transport) - 1);
	return store_targets_write(agent->store, &target, 1);
}

int agent_place_write(struct agent *agent)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < agent->entries.cap; i++) {
		const struct agent_server_entry *entry = agent->entries.cells[i];

		if (entry && entry->place && entry->place->last.at_ms && !is_kept(entry->place))
			r = write_entry(agent, entry);
	}
	for (struct agent_place *place = agent->places; r == 0 && place; place = place->next)
		if (!is_kept(place))
			place->last_kept_ms = place->last.at_ms;
	return r;
}

static bool is_alike(const struct agent_place *place, const struct agent_place *other)
{
	for (const struct agent_place *at = place; at; at = next_alike(place, at))
		if (at == other)
			return true;
	return false;
}

static bool set_rate(struct agent_place *place, uint32_t per_s)
{
	bool changed = false;

	for (struct agent_place *at = place; at; at = next_alike(place, at)) {
		changed |= at->rate_per_s != per_s;
		at->rate_per_s = per_s;
	}
	return changed;
}

void agent_place_rate(struct agent *agent, struct agent_place *place)
{
	/* By what it tells: a mapping, an answer, nothing. */
	static const uint8_t worth[] = { [SIP_KEEP_NONE] = 0,
		                         [SIP_KEEP_CRLF] = 1,
		                         [SIP_KEEP_OPTIONS] = 2,
		                         [SIP_KEEP_STUN] = 3 };
	enum sip_keep keep = SIP_KEEP_NONE;
	uint32_t lowest = 0;
	bool changed;

	for (size_t i = 0; i < agent->entries.cap; i++) {
		const struct agent_server_entry *entry = agent->entries.cells[i];

		if (!entry || !entry->place)
			continue;
		if (entry->place == place && worth[entry->keep] > worth[keep])
			keep = entry->keep;
		if (entry->rate_per_s && (!lowest || entry->rate_per_s < lowest) &&
		    is_alike(place, entry->place))
			lowest = entry->rate_per_s;
	}
	changed = place->keep != keep;
	place->keep = keep;
	if (set_rate(place, lowest) || changed)
		tell_shares(agent, place);
}

/* Lines come and go: the parts of the rate follow. */
static void mind_parts(struct agent *agent, struct agent_place *place)
{
	if (place->rate_per_s && divide(agent, place))
		tell_shares(agent, place);
}

/* The first one of a worker at that PBX, or the last, changes the shares of all. */
static void count(struct agent *agent, struct agent_place *place, uint32_t worker, int by)
{
	uint32_t before = accounts_alike(place, worker);

	place->at[worker].accounts += (unsigned)by;
	if (!before != !(before + (unsigned)by))
		tell_shares(agent, place);
	else
		mind_parts(agent, place);
}

void agent_place_enter(struct agent *agent, struct agent_place *place, uint32_t worker)
{
	if (!place->at[worker].told) {
		place->at[worker].told = true;
		atomic_fetch_add(&place->held, 1);
	}
	count(agent, place, worker, 1);
}

void agent_place_quit(struct agent *agent, struct agent_place *place, uint32_t worker)
{
	count(agent, place, worker, -1);
}

/* Whether all workers have been told to forget it. */
static bool retire(struct agent *agent, struct agent_place *place)
{
	if (!place->retired)
		part_from_alike(place);
	place->retired = true;
	for (uint32_t i = 0; i < agent->worker_count; i++) {
		struct agent_command *command;

		if (!place->at[i].told)
			continue;
		command = agent_command_new(AGENT_ORDER_FORGET_PLACE, NULL, NULL);
		if (!command)
			return false;
		command->place = place;
		agent_worker_post(&agent->workers[i], command);
		place->at[i].told = false;
	}
	return true;
}

void agent_place_sweep(struct agent *agent)
{
	struct agent_place **at = &agent->places;

	while (*at) {
		struct agent_place *place = *at;

		if (place->entries || place->accounts || !retire(agent, place) ||
		    atomic_load(&place->held)) {
			at = &place->next;
			continue;
		}
		*at = place->next;
		agent_place_free(place);
	}
}
