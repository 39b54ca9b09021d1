/* practice/accounts.c: the extensions, found by name and by auth user. The lists are sorted once,
 * at the start; of a password only the hashes for the algorithms that are offered stay. */
#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "practice/core.h"

static int compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_extension(const void *a, const void *b)
{
	const struct practice_account *left = a, *right = b;

	return compare(left->extension, right->extension);
}

static int by_auth_user(const void *a, const void *b, void *accounts)
{
	const struct practice_account *list = accounts;
	const uint32_t *left = a, *right = b;
	int order = compare(list[*left].auth_user, list[*right].auth_user);

	return order ? order : (*left > *right) - (*left < *right);
}

/* Copies text behind what is in core->text, which is large enough. */
static struct slice store(char **at, struct slice text)
{
	struct slice stored = slice_of(*at, text.n);

	if (text.n)
		memcpy(*at, text.p, text.n);
	*at += text.n;
	return stored;
}

static struct slice auth_user_of(const struct practice_user *user)
{
	return slice_present(user->auth_user) ? user->auth_user : user->extension;
}

/* RFC 8760 2.3 wants the strongest on top. */
const enum digest_algorithm *practice_algorithms(const struct practice_core *core,
                                                 const struct practice_account *account,
                                                 unsigned *ret_count)
{
	static const enum digest_algorithm two[] = { DIGEST_SHA_256, DIGEST_MD5 };
	const struct practice_faults *own = account ? account->faults : NULL;
	const struct practice_faults *each[] = { own ? own : &core->faults, &core->faults };

	for (unsigned i = 0; i < 2; i++) {
		if (practice_faults_find(each[i], PRACTICE_FAULT_SHA_256_ONLY)) {
			*ret_count = 1;
			return two;
		}
		if (practice_faults_find(each[i], PRACTICE_FAULT_TWO_CHALLENGES)) {
			*ret_count = 2;
			return two;
		}
	}
	*ret_count = core->config.algorithm_count;
	return core->config.algorithms;
}

static int load_faults(const struct practice_user *user, struct practice_account *account)
{
	if (!user->faults || !user->faults->count)
		return 0;
	account->faults = malloc(sizeof(*account->faults));
	if (!account->faults)
		return -ENOMEM;
	*account->faults = *user->faults;
	return 0;
}

static int load_account(struct practice_core *core, const struct practice_user *user, char **at,
                        struct practice_account *account)
{
	account->extension = store(at, user->extension);
	account->auth_user = store(at, auth_user_of(user));
	unsigned count;
	int err = load_faults(user, account);
	const enum digest_algorithm *algorithms = practice_algorithms(core, account, &count);
	for (unsigned i = 0; i < count && !err; i++)
		err = digest_ha1(core->digest, algorithms[i], account->auth_user,
		                 core->config.realm, user->password, &account->ha1[algorithms[i]]);
	return err;
}

int practice_accounts_load(struct practice_core *core, const struct practice_config *config)
{
	const uint32_t count = (uint32_t)config->user_count;
	size_t text_n = config->realm.n + config->server_name.n + 1;

	for (uint32_t i = 0; i < count; i++)
		text_n += config->users[i].extension.n + auth_user_of(&config->users[i]).n;
	core->text = malloc(text_n);
	core->accounts = calloc(count + 1, sizeof(*core->accounts));
	core->by_auth_user = malloc((count + 1) * sizeof(*core->by_auth_user));
	if (!core->text || !core->accounts || !core->by_auth_user)
		return -ENOMEM;
	char *at = core->text;
	core->config.realm = store(&at, config->realm);
	core->config.server_name = store(&at, config->server_name);
	while (core->account_count < count) {
		const uint32_t i = core->account_count++;
		int err = load_account(core, &config->users[i], &at, &core->accounts[i]);

		if (err)
			return err;
	}
	qsort(core->accounts, count, sizeof(*core->accounts), by_extension);
	for (uint32_t i = 0; i < count; i++) {
		core->by_auth_user[i] = i;
		if (i && by_extension(&core->accounts[i - 1], &core->accounts[i]) == 0)
			return -EINVAL;
	}
	qsort_r(core->by_auth_user, count, sizeof(*core->by_auth_user), by_auth_user,
	        core->accounts);
	return 0;
}

void practice_accounts_done(struct practice_core *core)
{
	for (uint32_t i = 0; i < core->account_count; i++)
		free(core->accounts[i].faults);
	if (core->accounts)
		OPENSSL_cleanse(core->accounts, core->account_count * sizeof(*core->accounts));
	free(core->accounts);
	free(core->by_auth_user);
	free(core->text);
}

const struct practice_account *practice_account_of(const struct practice_core *core,
                                                   struct slice extension)
{
	const struct practice_account key = { .extension = extension };

	return bsearch(&key, core->accounts, core->account_count, sizeof(key), by_extension);
}

/* The first place in by_auth_user whose auth user is not before this one. */
static uint32_t first_place(const struct practice_core *core, struct slice auth_user)
{
	uint32_t low = 0, high = core->account_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare(core->accounts[core->by_auth_user[middle]].auth_user, auth_user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct practice_account *practice_account_next(const struct practice_core *core,
                                                     struct slice auth_user, uint32_t *at)
{
	const uint32_t place = *at ? *at : first_place(core, auth_user);

	if (place >= core->account_count)
		return NULL;
	const struct practice_account *account = &core->accounts[core->by_auth_user[place]];
	*at = place + 1;
	return slice_equal(account->auth_user, auth_user) ? account : NULL;
}
