/* config/servers.c: which server a setting means: one by its name, else one by its address, else
 * one that is made. A name in the file goes before one in the store. */
#include <errno.h>
#include <stdlib.h>

#include "base/guess.h"
#include "base/num.h"
#include "config/compare.h"
#include "sip/aor.h"

#define GUESSES_MAX 100  /* words that "did you mean" is looked for */
#define GUESSED_MAX 1000 /* servers that are looked at for one */

static int add(struct config_comparer *c, const struct config_named *server)
{
	struct config_diff *diff = c->diff;

	if (diff->server_count == diff->server_cap) {
		uint32_t cap = diff->server_cap ? 2 * diff->server_cap : 16;
		struct config_named *servers = reallocarray(diff->servers, cap, sizeof(*servers));

		if (!servers)
			return -ENOMEM;
		diff->servers = servers;
		diff->server_cap = cap;
	}
	diff->servers[diff->server_count++] = *server;
	return 0;
}

#define ADDRESS_KEY_BYTES (STORE_TEXT_MAX + 8)

/* "pbx.example:5060" in lower case: what an address is found by. */
static struct slice address_key(const char *domain, uint16_t port, char memory[ADDRESS_KEY_BYTES])
{
	struct buf key = buf_over(memory, ADDRESS_KEY_BYTES);

	buf_str(&key, domain);
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] >= 'A' && key.p[i] <= 'Z')
			key.p[i] |= 0x20;
	buf_char(&key, ':');
	buf_u64(&key, port);
	return buf_slice(&key);
}

/* The last of diff->servers is found by name and address from now on. Of two with one address the
 * first is meant. */
static int index_last(struct config_comparer *c, const char *domain, uint16_t port)
{
	uint32_t index = c->diff->server_count - 1;
	char memory[ADDRESS_KEY_BYTES];
	struct slice key = address_key(domain, port, memory);
	int err = config_map_put(&c->names, slice_str(c->diff->servers[index].name), index, NULL);

	if (err == -ENOMEM)
		return err;
	key.p = config_arena_text(&c->diff->arena, key);
	err = key.p ? config_map_put(&c->addresses, key, index, NULL) : -ENOMEM;
	return err == -EEXIST ? 0 : err;
}

/* Of the file, or of the store alone. */
static int add_row(struct config_comparer *c, struct config_named server,
                   const struct config_value *values)
{
	uint32_t port = 0;
	int err;

	server.name = values[SERVER_NAME].text;
	err = add(c, &server);
	if (err)
		return err;
	if (values[SERVER_PORT].text)
		num_u32(slice_str(values[SERVER_PORT].text), UINT16_MAX, &port);
	return index_last(c, values[SERVER_DOMAIN].text, (uint16_t)port);
}

int config_servers_gather(struct config_comparer *c)
{
	int err = 0;

	for (uint32_t i = 0; i < c->config->servers.count && !err; i++) {
		const struct config_row *want = c->config->servers.list[i];

		err = add_row(c, (struct config_named){ .want = want }, want->values);
	}
	for (uint32_t i = 0; i < c->have->servers.count && !err; i++) {
		const struct config_row *have = c->have->servers.list[i];
		uint32_t index;

		if (config_map_find(&c->names, slice_str(have->values[SERVER_NAME].text), &index))
			c->diff->servers[index].have = have;
		else
			err = add_row(c, (struct config_named){ .have = have }, have->values);
	}
	return err;
}

static struct guess guess_server(struct config_comparer *c, const char *name)
{
	struct guess guess = guess_for(slice_str(name));

	if (c->guessed++ < GUESSES_MAX)
		for (uint32_t i = 0; i < c->diff->server_count && i < GUESSED_MAX; i++)
			guess_offer(&guess, slice_str(c->diff->servers[i].name));
	return guess;
}

static void refuse(struct config_comparer *c, const struct config_value *value, const char *why)
{
	struct guess guess = guess_server(c, value->text);
	char memory[SHOWN_BYTES];

	if (slice_present(guess.best))
		config_note_fault(c->notes, value->line, value->column,
		                  "there is no server %s; did you mean \"%.*s\"?",
		                  config_shown(guess.word, memory), (int)guess.best.n,
		                  guess.best.p);
	else
		config_note_fault(c->notes, value->line, value->column,
		                  "there is no server of that name, and as an address: %s", why);
}

/* A name that is nearly another may be a slip, and a server that nobody meant would come of it. */
static void remark_new(struct config_comparer *c, const struct config_value *value)
{
	struct guess guess = guess_server(c, value->text);
	char memory[SHOWN_BYTES];

	if (!guess_is_slip(&guess))
		return;
	config_note_remark(c->notes, value->line, value->column,
	                   "server %s is new; did you mean \"%.*s\"?",
	                   config_shown(guess.word, memory), (int)guess.best.n, guess.best.p);
}

static int make(struct config_comparer *c, const struct config_value *value, const char *host,
                uint16_t port, uint32_t *ret_index)
{
	struct config_named server = {
		.domain = config_arena_text(&c->diff->arena, slice_str(host)),
		.name = config_arena_text(&c->diff->arena, slice_str(value->text)),
		.port = port
	};
	int err = server.domain && server.name ? 0 : -ENOMEM;

	if (!err) {
		remark_new(c, value);
		err = add(c, &server);
	}
	if (!err)
		err = index_last(c, host, port);
	if (!err)
		*ret_index = c->diff->server_count - 1;
	return err;
}

int config_servers_resolve(struct config_comparer *c, const struct config_value *value,
                           uint32_t *ret_index)
{
	char host[SIP_HOST_MAX + 1], sentence[256], memory[ADDRESS_KEY_BYTES];
	struct buf why = buf_over(sentence, sizeof(sentence));
	uint16_t port;
	int err = 0;

	*ret_index = DIFF_NONE;
	if (!config_map_find(&c->names, slice_str(value->text), ret_index)) {
		if (sip_server_parse(slice_str(value->text), host, &port, &why) != 0) {
			buf_end(&why);
			refuse(c, value, sentence);
			return 0;
		}
		if (!config_map_find(&c->addresses, address_key(host, port, memory), ret_index))
			err = make(c, value, host, port, ret_index);
	}
	if (!err)
		c->diff->servers[*ret_index].named = true;
	return err;
}

uint32_t config_servers_of_store(const struct config_comparer *c, const char *name)
{
	uint32_t index = DIFF_NONE;

	if (name)
		config_map_find(&c->names, slice_str(name), &index);
	return index;
}
