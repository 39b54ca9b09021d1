/* config/apply.c: a difference carried out in one transaction, in the order of its steps: room is
 * made before anything new comes, and servers go when no line uses them any more. */
#include <errno.h>
#include <stdlib.h>

#include "config/diff.h"

struct applier {
	const struct config_diff *diff;
	struct store *store;
	int64_t *servers; /* id of each of diff->servers */
	int64_t *studios; /* id of each studio of the file */
};

static void gather_texts(const struct config_diff *diff, enum config_mapping mapping,
                         const struct config_entry *entry, const char *ret_texts[KEYS_MAX])
{
	for (unsigned i = 0; i < config_key_count(mapping); i++)
		ret_texts[i] = config_diff_text(diff, mapping, entry, i);
}

static int64_t server_id(const struct applier *a, const struct config_entry *entry)
{
	return entry->server == DIFF_NONE ? 0 : a->servers[entry->server];
}

static int64_t have_id(const struct config_entry *entry)
{
	return entry->have ? entry->have->id : 0;
}

static int put_general(const struct applier *a, const struct config_entry *entry)
{
	const char *texts[KEYS_MAX];
	struct store_general general;

	gather_texts(a->diff, CONFIG_GENERAL, entry, texts);
	config_fill_general(texts, &general);
	general.default_server = server_id(a, entry);
	return store_general_set(a->store, &general);
}

static int put_server(const struct applier *a, const struct config_entry *entry)
{
	const char *texts[KEYS_MAX];
	struct store_server server;

	gather_texts(a->diff, CONFIG_SERVERS, entry, texts);
	config_fill_server(texts, &server);
	server.id = have_id(entry);
	return store_server_put(a->store, &server, &a->servers[entry->index]);
}

static int make_server(const struct applier *a, const struct config_entry *entry)
{
	const struct config_named *server = &a->diff->servers[entry->index];

	return store_server_for(a->store, server->domain, server->port, &a->servers[entry->index],
	                        NULL);
}

static int put_studio(const struct applier *a, const struct config_entry *entry)
{
	const struct store_studio studio = {
		.id = have_id(entry),
		.name = config_diff_text(a->diff, CONFIG_STUDIOS, entry, STUDIO_NAME),
		.note = config_diff_text(a->diff, CONFIG_STUDIOS, entry, STUDIO_NOTE),
	};

	return store_studio_put(a->store, &studio, &a->studios[entry->index]);
}

static int put_line(const struct applier *a, const struct config_entry *entry)
{
	const char *texts[KEYS_MAX];
	struct store_line line;

	gather_texts(a->diff, CONFIG_LINES, entry, texts);
	config_fill_line(texts, &line);
	line.id = have_id(entry);
	line.studio = a->studios[entry->want->key.studio];
	line.number = entry->number;
	line.server = server_id(a, entry);
	line.password_is = entry->password;
	line.password = entry->password == STORE_PASSWORD_SET ? texts[LINE_PASSWORD] : NULL;
	return store_line_put(a->store, &line, NULL);
}

static int carry_out(const struct applier *a, const struct config_entry *entry)
{
	switch (entry->step) {
	case DIFF_STUDIO_REMOVE:
		return store_studio_remove(a->store, entry->have->id);
	case DIFF_LINE_REMOVE:
		return store_line_remove(a->store, entry->have->id);
	case DIFF_SERVER_PUT:
		return put_server(a, entry);
	case DIFF_SERVER_MAKE:
		return make_server(a, entry);
	case DIFF_STUDIO_PUT:
		return put_studio(a, entry);
	case DIFF_LINE_PUT:
		return put_line(a, entry);
	case DIFF_GENERAL:
		return put_general(a, entry);
	case DIFF_SERVER_REMOVE:
		return store_server_remove(a->store, entry->have->id);
	case DIFF_STEP_COUNT:
		break;
	}
	return -EINVAL;
}

static int carry_out_all(const struct applier *a)
{
	int64_t now = store_change_last(a->store);
	int err = now < 0 ? (int)now : now == a->diff->change ? 0 : -ESTALE;

	for (unsigned step = 0; step < DIFF_STEP_COUNT; step++)
		for (size_t i = 0; i < a->diff->count && !err; i++)
			if (a->diff->entries[i].step == step)
				err = carry_out(a, &a->diff->entries[i]);
	return err;
}

/* The ids of what is there already. */
static int find_ids(struct applier *a)
{
	const struct config_diff *diff = a->diff;

	a->servers = calloc(diff->server_count + 1, sizeof(*a->servers));
	a->studios = calloc(diff->config->studios.count + 1, sizeof(*a->studios));
	if (!a->servers || !a->studios)
		return -ENOMEM;
	for (uint32_t i = 0; i < diff->server_count; i++)
		a->servers[i] = diff->servers[i].have ? diff->servers[i].have->id : 0;
	for (uint32_t i = 0; i < diff->config->studios.count; i++)
		if (diff->studios[i] != DIFF_NONE)
			a->studios[i] = diff->have->studios.list[diff->studios[i]]->id;
	return 0;
}

int config_apply(const struct config_diff *diff, struct store *store,
                 const struct store_audit *audit)
{
	struct applier a = { .diff = diff, .store = store };
	int err = find_ids(&a);

	if (!err)
		err = store_begin(store);
	if (!err) {
		err = carry_out_all(&a);
		if (!err && audit)
			err = store_audit_write(store, audit);
		if (err)
			store_rollback(store);
		else
			err = store_commit(store);
	}
	free(a.servers);
	free(a.studios);
	return err;
}
