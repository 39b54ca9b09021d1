/* agent/place.c: the places that lines register at, and their share of each worker.
 *
 * A place is what a PBX sees of us, however many entries of the store name it: its fixed rate and
 * what was learnt of it hold for all of them together. Each worker with lines there has one share
 * of it (pace/pace.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/own.h"
#include "agent/parts.h"

static bool same(const struct agent_place *a, const struct agent_place *b)
{
	return strcasecmp(a->host, b->host) == 0 && a->port == b->port &&
	       strcasecmp(a->proxy_host, b->proxy_host) == 0 && a->proxy_port == b->proxy_port &&
	       a->transport == b->transport && a->srv == b->srv && a->flows == b->flows &&
	       sip_demands_equal(&a->demands, &b->demands) &&
	       strcmp(a->interface, b->interface) == 0;
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

/* Whether parts have changed so that the workers must hear of it. */
static bool divide(const struct agent *agent, struct agent_place *place)
{
	uint32_t accounts[AGENT_SHARDS_MAX];
	struct pace_part parts[AGENT_SHARDS_MAX], told[AGENT_SHARDS_MAX];

	for (uint32_t i = 0; i < agent->worker_count; i++) {
		accounts[i] = place->at[i].accounts;
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

/* Where there is no memory for it a worker keeps the share that it has until the next change. */
static void tell_shares(struct agent *agent, struct agent_place *place)
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
		command->keep = place->keep;
		agent_worker_post(&agent->workers[i], command);
	}
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

void agent_place_rate(struct agent *agent, struct agent_place *place)
{
	/* By what it tells: a mapping, an answer, nothing. */
	static const uint8_t worth[] = { [SERVER_KEEP_NONE] = 0,
		                         [SERVER_KEEP_CRLF] = 1,
		                         [SERVER_KEEP_OPTIONS] = 2,
		                         [SERVER_KEEP_STUN] = 3 };
	enum server_keep keep = SERVER_KEEP_NONE;
	uint32_t lowest = 0;

	for (size_t i = 0; i < agent->entries.cap; i++) {
		const struct agent_server_entry *entry = agent->entries.cells[i];

		if (!entry || entry->place != place)
			continue;
		if (entry->rate_per_s && (!lowest || entry->rate_per_s < lowest))
			lowest = entry->rate_per_s;
		if (worth[entry->keep] > worth[keep])
			keep = entry->keep;
	}
	if (place->rate_per_s == lowest && place->keep == keep)
		return;
	place->rate_per_s = lowest;
	place->keep = keep;
	tell_shares(agent, place);
}

/* Lines come and go: the parts of the rate follow. */
static void mind_parts(struct agent *agent, struct agent_place *place)
{
	if (place->rate_per_s && divide(agent, place))
		tell_shares(agent, place);
}

void agent_place_enter(struct agent *agent, struct agent_place *place, uint32_t worker)
{
	if (!place->at[worker].told) {
		place->at[worker].told = true;
		atomic_fetch_add(&place->held, 1);
	}
	if (place->at[worker].accounts++) {
		mind_parts(agent, place);
		return;
	}
	place->shares++;
	tell_shares(agent, place);
}

void agent_place_quit(struct agent *agent, struct agent_place *place, uint32_t worker)
{
	if (--place->at[worker].accounts) {
		mind_parts(agent, place);
		return;
	}
	place->shares--;
	tell_shares(agent, place);
}

/* Whether all workers have been told to forget it. */
static bool retire(struct agent *agent, struct agent_place *place)
{
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
