/* config/rows.c: between rows of the store and texts. The only file of this room where a setting is
 * a number or an enum. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "config/part.h"

#define LOAD_TRIES 5 /* while others change what is read */

struct loader {
	struct config *config;
	struct config_map studios; /* id to index */
	struct config_map servers;
};

/* --- from the store --- */

/* -ENOMEM where there is no room; an absent or empty text is no value. */
static int keep(struct config *config, struct config_row *row, unsigned index, const char *text)
{
	if (!text || !*text)
		return 0;
	row->values[index].text = config_arena_text(&config->arena, slice_str(text));
	return row->values[index].text ? 0 : -ENOMEM;
}

/* 0 is what the schema has for "none". */
static int keep_number(struct config *config, struct config_row *row, unsigned index, uint32_t n)
{
	char memory[24];
	struct buf out = buf_over(memory, sizeof(memory));

	if (n == 0)
		return 0;
	buf_u64(&out, n);
	buf_end(&out);
	return keep(config, row, index, memory);
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static struct slice id_key(const int64_t *id)
{
	return slice_of((const char *)id, sizeof(*id));
}

static int load_server(void *ctx, const struct store_server *server)
{
	struct loader *loader = ctx;
	struct config *config = loader->config;
	struct config_row *row = config_add(config, CONFIG_SERVERS);

	if (!row)
		return -ENOMEM;
	row->id = server->id;
	if (config_map_put(&loader->servers, id_key(&row->id), config->servers.count - 1, NULL) !=
	            0 ||
	    keep(config, row, SERVER_NAME, server->name) ||
	    keep(config, row, SERVER_DOMAIN, server->domain) ||
	    keep_number(config, row, SERVER_PORT, server->port) ||
	    keep(config, row, SERVER_PROXY, server->proxy) ||
	    keep(config, row, SERVER_TRANSPORT, server->transport) ||
	    keep_number(config, row, SERVER_EXPIRES, server->expires_s) ||
	    keep_number(config, row, SERVER_RATE, server->rate_per_s) ||
	    keep(config, row, SERVER_KEEP_ALIVE, server->keepalive) ||
	    keep(config, row, SERVER_INTERFACE, server->interface) ||
	    keep(config, row, SERVER_TLS_CA, server->tls_ca) ||
	    keep(config, row, SERVER_TLS_CERT, server->tls_cert) ||
	    keep(config, row, SERVER_TLS_KEY, server->tls_key) ||
	    keep(config, row, SERVER_TLS_MIN, server->tls_min) ||
	    keep(config, row, SERVER_SRV, server->srv) ||
	    keep(config, row, SERVER_PROFILE, server->profile) ||
	    keep(config, row, SERVER_CALLS, server->calls) ||
	    keep(config, row, SERVER_OUTBOUND, yes_no(server->outbound)) ||
	    keep(config, row, SERVER_CONTACT_PARAMETERS, server->contact_params) ||
	    keep_number(config, row, SERVER_FLOWS, server->flows) ||
	    keep(config, row, SERVER_SECOND_PROXY, server->second_proxy) ||
	    keep(config, row, SERVER_GRUU, yes_no(server->gruu)) ||
	    keep(config, row, SERVER_ADDRESS_PARAMETERS, server->address_params) ||
	    keep(config, row, SERVER_REQUEST_PARAMETERS, server->request_params) ||
	    keep(config, row, SERVER_HEADERS, server->headers))
		return -ENOMEM;
	return 0;
}

/* A server's name, which is there as long as the snapshot is. */
static const char *server_name(const struct loader *loader, int64_t id)
{
	uint32_t index;

	if (!id || !config_map_find(&loader->servers, id_key(&id), &index))
		return NULL;
	return loader->config->servers.list[index]->values[SERVER_NAME].text;
}

static int load_studio(void *ctx, const struct store_studio *studio)
{
	struct loader *loader = ctx;
	struct config *config = loader->config;
	struct config_row *row = config_add(config, CONFIG_STUDIOS);

	if (!row)
		return -ENOMEM;
	row->id = studio->id;
	if (config_map_put(&loader->studios, id_key(&row->id), config->studios.count - 1, NULL) !=
	            0 ||
	    keep(config, row, STUDIO_NAME, studio->name) ||
	    keep(config, row, STUDIO_NOTE, studio->note))
		return -ENOMEM;
	return 0;
}

static int load_line(void *ctx, const struct store_line *line)
{
	struct loader *loader = ctx;
	struct config *config = loader->config;
	struct config_row *row;
	uint32_t studio;

	/* A studio that came after its kind was read: the settings are moving, and are read anew.
	 */
	if (!config_map_find(&loader->studios, id_key(&line->studio), &studio))
		return 0;
	row = config_add(config, CONFIG_LINES);
	if (!row)
		return -ENOMEM;
	row->id = line->id;
	row->key = (struct config_line_key){ studio, line->number };
	row->has_password = line->has_password;
	row->values[LINE_SERVER].text = server_name(loader, line->server);
	if (keep_number(config, row, LINE_NUMBER, line->number) ||
	    keep(config, row, LINE_NAME, line->name) ||
	    keep(config, row, LINE_EXTENSION, line->extension) ||
	    keep(config, row, LINE_AUTH_USER, line->auth_user) ||
	    keep(config, row, LINE_REGISTER, yes_no(line->enabled)) ||
	    keep(config, row, LINE_CONTACT, line->contact) ||
	    keep(config, row, LINE_CALLS, line->calls))
		return -ENOMEM;
	return 0;
}

static const char *const syslog_names[] = {
	[STORE_SYSLOG_NONE] = "none",
	[STORE_SYSLOG_UDP] = "udp",
	[STORE_SYSLOG_TCP] = "tcp",
};

static enum store_syslog syslog_of(const char *name)
{
	unsigned i = STORE_SYSLOG_TCP;

	while (i && strcmp(syslog_names[i], name) != 0)
		i--;
	return (enum store_syslog)i;
}

static int load_general(struct loader *loader, const struct store_general *general)
{
	struct config *config = loader->config;
	struct config_row *row = config_add(config, CONFIG_GENERAL);
	bool stays = general->on_stop == STORE_ON_STOP_KEEP;

	if (!row)
		return -ENOMEM;
	row->values[GENERAL_DEFAULT_SERVER].text = server_name(loader, general->default_server);
	if (keep(config, row, GENERAL_SRV, yes_no(general->srv)) ||
	    keep(config, row, GENERAL_ON_STOP, stays ? "keep" : "remove") ||
	    keep_number(config, row, GENERAL_HISTORY_DAYS, general->history_days) ||
	    keep_number(config, row, GENERAL_SHARDS, general->shards) ||
	    keep(config, row, GENERAL_SYSLOG_TRANSPORT, syslog_names[general->syslog]) ||
	    keep(config, row, GENERAL_SYSLOG_HOST, general->syslog_host) ||
	    keep_number(config, row, GENERAL_SYSLOG_PORT, general->syslog_port) ||
	    keep(config, row, GENERAL_DNS, general->dns))
		return -ENOMEM;
	return 0;
}

static int load(struct store *store, struct config **ret_config)
{
	const struct store_lines_of all = { 0 };
	struct loader loader = { .config = config_new(CONFIG_YAML) };
	struct store_general general;
	int err = loader.config ? store_general_get(store, &general) : -ENOMEM;

	if (!err)
		err = store_servers(store, 0, load_server, &loader);
	if (!err)
		err = load_general(&loader, &general);
	if (!err)
		err = store_studios(store, 0, load_studio, &loader);
	if (!err)
		err = store_lines(store, &all, load_line, &loader);
	config_map_done(&loader.studios);
	config_map_done(&loader.servers);
	if (err)
		config_free(loader.config);
	else
		*ret_config = loader.config;
	return err;
}

int config_load(struct store *store, struct config **ret_config, int64_t *ret_change)
{
	for (unsigned tries = 0; tries < LOAD_TRIES; tries++) {
		int64_t before = store_change_last(store), after;
		struct config *config;
		int err;

		if (before < 0)
			return (int)before;
		err = load(store, &config);
		if (err)
			return err;
		after = store_change_last(store);
		if (after == before) {
			*ret_config = config;
			*ret_change = before;
			return 0;
		}
		config_free(config);
		if (after < 0)
			return (int)after;
	}
	return -EAGAIN;
}

/* --- to the store --- */

/* Numbers were checked by config_key_check(); an absent one is 0. */
static uint32_t number_of(const char *text)
{
	uint32_t n = 0;
	int err = text ? num_u32(slice_str(text), UINT32_MAX, &n) : 0;

	assert(!err);
	return err ? 0 : n;
}

static bool is_yes(const char *text)
{
	return slice_equal(slice_str(text), SLICE("yes"));
}

void config_fill_general(const char *const *texts, struct store_general *ret_general)
{
	bool stays = slice_equal(slice_str(texts[GENERAL_ON_STOP]), SLICE("keep"));

	const char *host = texts[GENERAL_SYSLOG_HOST];

	*ret_general = (struct store_general){
		.srv = is_yes(texts[GENERAL_SRV]),
		.on_stop = stays ? STORE_ON_STOP_KEEP : STORE_ON_STOP_REMOVE,
		.history_days = number_of(texts[GENERAL_HISTORY_DAYS]),
		.shards = number_of(texts[GENERAL_SHARDS]),
		.syslog = syslog_of(texts[GENERAL_SYSLOG_TRANSPORT]),
		.syslog_port = (uint16_t)number_of(texts[GENERAL_SYSLOG_PORT]),
	};
	if (host) /* checked: no longer than a host can be */
		snprintf(ret_general->syslog_host, sizeof(ret_general->syslog_host), "%s", host);
	if (texts[GENERAL_DNS])
		snprintf(ret_general->dns, sizeof(ret_general->dns), "%s", texts[GENERAL_DNS]);
}

void config_fill_server(const char *const *texts, struct store_server *ret_server)
{
	*ret_server = (struct store_server){
		.name = texts[SERVER_NAME],
		.domain = texts[SERVER_DOMAIN],
		.port = (uint16_t)number_of(texts[SERVER_PORT]),
		.proxy = texts[SERVER_PROXY],
		.transport = texts[SERVER_TRANSPORT],
		.expires_s = number_of(texts[SERVER_EXPIRES]),
		.rate_per_s = number_of(texts[SERVER_RATE]),
		.keepalive = texts[SERVER_KEEP_ALIVE],
		.interface = texts[SERVER_INTERFACE],
		.tls_ca = texts[SERVER_TLS_CA],
		.tls_cert = texts[SERVER_TLS_CERT],
		.tls_key = texts[SERVER_TLS_KEY],
		.tls_min = texts[SERVER_TLS_MIN],
		.srv = texts[SERVER_SRV],
		.profile = texts[SERVER_PROFILE],
		.calls = texts[SERVER_CALLS],
		.contact_params = texts[SERVER_CONTACT_PARAMETERS],
		.flows = number_of(texts[SERVER_FLOWS]),
		.second_proxy = texts[SERVER_SECOND_PROXY],
		.gruu = is_yes(texts[SERVER_GRUU]),
		.address_params = texts[SERVER_ADDRESS_PARAMETERS],
		.request_params = texts[SERVER_REQUEST_PARAMETERS],
		.headers = texts[SERVER_HEADERS],
		.outbound = is_yes(texts[SERVER_OUTBOUND]),
	};
}

void config_fill_line(const char *const *texts, struct store_line *ret_line)
{
	*ret_line = (struct store_line){
		.name = texts[LINE_NAME],
		.extension = texts[LINE_EXTENSION],
		.auth_user = texts[LINE_AUTH_USER],
		.enabled = is_yes(texts[LINE_REGISTER]),
		.contact = texts[LINE_CONTACT],
		.calls = texts[LINE_CALLS],
	};
}
