/* practice/core.c: a registrar's beginning and end, its limits, and what goes on while nobody asks:
 * bindings that run out, answers that were held back. */
#include "practice/core.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#define NONCE_SLOTS 65536
#define RESENDS_MAX 16384

static void tell_expired(void *ctx, enum practice_became became,
                         const struct practice_binding *binding)
{
	const struct practice_core *core = ctx;
	const struct practice_event event = {
		.kind = PRACTICE_EXPIRED,
		.from = binding->from,
		.extension = core->accounts[binding->owner].extension,
		.contact = practice_binding_uri(binding),
		.granted_s = binding->granted_s,
	};

	(void)became;
	if (core->handler.event)
		core->handler.event(core->ctx, &event);
}

void practice_expire(struct practice_core *core, uint64_t now_ms)
{
	while (practice_bindings_expire(core->bindings, now_ms, tell_expired, core))
		;
}

bool practice_take_due(struct practice_core *core, uint64_t now_ms, struct buf *out,
                       struct practice_sending *ret_sending)
{
	return practice_held_take(core->held, now_ms, out, ret_sending);
}

uint64_t practice_next_ms(const struct practice_core *core)
{
	const uint64_t ends_ms = practice_bindings_next_ms(core->bindings);
	const uint64_t due_ms = practice_held_next_ms(core->held);

	return ends_ms < due_ms ? ends_ms : due_ms;
}

void practice_core_stats(const struct practice_core *core, struct practice_stats *ret_stats)
{
	*ret_stats = core->stats;
	ret_stats->bindings = practice_bindings_count(core->bindings);
}

static bool has_control(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return true;
	return false;
}

static bool config_valid(const struct practice_config *config)
{
	for (unsigned i = 0; i < config->algorithm_count && i < PRACTICE_ALGORITHMS_MAX; i++)
		if (config->algorithms[i] == DIGEST_UNKNOWN)
			return false;
	return config->user_count <= PRACTICE_USERS_MAX && config->algorithm_count >= 1 &&
	       config->algorithm_count <= PRACTICE_ALGORITHMS_MAX && config->expires_min_s >= 1 &&
	       config->expires_min_s <= config->expires_max_s &&
	       config->expires_max_s <= PRACTICE_EXPIRES_MAX_S && config->contacts_max >= 1 &&
	       config->bindings_max >= 1 && config->realm.n <= DIGEST_REALM_MAX &&
	       config->server_name.n <= DIGEST_REALM_MAX && !has_control(config->realm) &&
	       !has_control(config->server_name);
}

struct practice_config practice_config_default(void)
{
	return (struct practice_config){
		.realm = SLICE("practice"),
		.expires_min_s = 10,
		.expires_max_s = 3600,
		.nonce_age_s = 3600,
		.contacts_max = 10,
		.bindings_max = 100000,
		.server_name = SLICE("Lineup practice"),
		.seed = 1,
		.algorithms = { DIGEST_MD5 },
		.algorithm_count = 1,
	};
}

int practice_core_new(const struct practice_config *config,
                      const unsigned char key[PRACTICE_KEY_BYTES],
                      const struct practice_handler *handler, void *ctx, uint64_t now_ms,
                      struct practice_core **ret_core)
{
	struct hash_key keys[PRACTICE_KEY_BYTES / sizeof(struct hash_key)];

	if (!config_valid(config))
		return -EINVAL;
	struct practice_core *core = calloc(1, sizeof(*core));
	if (!core)
		return -ENOMEM;
	memcpy(keys, key, sizeof(keys));
	core->request_key = keys[0];
	core->tag_key = keys[1];
	core->config = *config;
	core->config.users = NULL;
	core->config.faults = NULL;
	if (config->faults)
		core->faults = *config->faults;
	rng_seed(&core->rng, config->seed);
	core->handler = *handler;
	core->ctx = ctx;
	int err = digest_new(&core->digest);
	if (!err)
		err = practice_accounts_load(core, config);
	if (!err)
		err = practice_bindings_new(core->account_count, config->contacts_max,
		                            config->bindings_max, now_ms, &core->bindings);
	if (!err)
		err = practice_nonces_new(&keys[2], NONCE_SLOTS, &core->nonces);
	if (!err)
		err = practice_resends_new(RESENDS_MAX, &core->resends);
	if (!err)
		err = practice_held_new(&core->held);
	OPENSSL_cleanse(keys, sizeof(keys));
	if (err) {
		practice_core_free(core);
		return err;
	}
	*ret_core = core;
	return 0;
}

void practice_core_free(struct practice_core *core)
{
	if (!core)
		return;
	practice_held_free(core->held);
	practice_resends_free(core->resends);
	practice_nonces_free(core->nonces);
	practice_bindings_free(core->bindings);
	practice_accounts_done(core);
	digest_free(core->digest);
	OPENSSL_cleanse(core, sizeof(*core));
	free(core);
}
