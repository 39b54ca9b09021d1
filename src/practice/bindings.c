/* practice/bindings.c: the list of each owner, the timers of all, and changes in two passes: first
 * everything that can fail, with what is new made ready aside; then what cannot. */
#include "practice/bindings.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/pool.h"
#include "base/wheel.h"
#include "sip/uri.h"

struct practice_bindings {
	struct pool pool;
	struct wheel *wheel; /* a binding's timer has the binding's number */
	uint32_t per_owner_max;
	uint32_t owners;
	uint32_t heads[];
};

static struct practice_binding *at(const struct practice_bindings *bindings, uint32_t number)
{
	return pool_at(&bindings->pool, number);
}

struct slice practice_binding_uri(const struct practice_binding *binding)
{
	return slice_of(binding->text, binding->uri_n);
}

struct slice practice_binding_params(const struct practice_binding *binding)
{
	return slice_of(binding->text + binding->uri_n, binding->params_n);
}

static struct slice binding_call_id(const struct practice_binding *binding)
{
	return slice_of(binding->text + binding->uri_n + binding->params_n, binding->call_id_n);
}

uint32_t practice_binding_left_s(const struct practice_binding *binding, uint64_t now_ms)
{
	if (now_ms >= binding->expires_ms)
		return 0;
	return (uint32_t)((binding->expires_ms - now_ms + 999) / 1000);
}

int practice_bindings_new(uint32_t owners, uint32_t per_owner_max, uint32_t max, uint64_t now_ms,
                          struct practice_bindings **ret_bindings)
{
	struct practice_bindings *bindings =
		malloc(sizeof(*bindings) + owners * sizeof(bindings->heads[0]));

	if (!bindings)
		return -ENOMEM;
	bindings->per_owner_max = per_owner_max;
	bindings->owners = owners;
	for (uint32_t i = 0; i < owners; i++)
		bindings->heads[i] = POOL_NONE;
	int err = wheel_new(now_ms, &bindings->wheel);
	if (err) {
		free(bindings);
		return err;
	}
	pool_init(&bindings->pool, sizeof(struct practice_binding), max);
	*ret_bindings = bindings;
	return 0;
}

void practice_bindings_free(struct practice_bindings *bindings)
{
	if (!bindings)
		return;
	for (uint32_t owner = 0; owner < bindings->owners; owner++)
		for (uint32_t number = bindings->heads[owner]; number != POOL_NONE;
		     number = at(bindings, number)->next)
			free(at(bindings, number)->text);
	wheel_free(bindings->wheel);
	pool_done(&bindings->pool);
	free(bindings);
}

uint32_t practice_bindings_count(const struct practice_bindings *bindings)
{
	return bindings->pool.used;
}

const struct practice_binding *practice_bindings_next(const struct practice_bindings *bindings,
                                                      uint32_t owner,
                                                      const struct practice_binding *after)
{
	uint32_t number = after ? after->next : bindings->heads[owner];

	return number == POOL_NONE ? NULL : at(bindings, number);
}

uint64_t practice_bindings_next_ms(const struct practice_bindings *bindings)
{
	return wheel_next_ms(bindings->wheel);
}

static void remove_binding(struct practice_bindings *bindings, uint32_t number)
{
	struct practice_binding *binding = at(bindings, number);
	uint32_t *link = &bindings->heads[binding->owner];

	while (*link != number)
		link = &at(bindings, *link)->next;
	*link = binding->next;
	wheel_clear(bindings->wheel, number);
	free(binding->text);
	pool_give(&bindings->pool, number);
}

/* RFC 3261 19.1.4; of another scheme than SIP's, the same text. */
static bool same_uri(struct slice a, struct slice b)
{
	struct sip_uri uri_a, uri_b;

	return slice_equal(a, b) ||
	       (sip_uri_parse(a, &uri_a) == PARSE_OK && sip_uri_parse(b, &uri_b) == PARSE_OK &&
	        sip_uri_equal(&uri_a, &uri_b));
}

static uint32_t find(const struct practice_bindings *bindings, uint32_t owner, struct slice uri)
{
	uint32_t number = bindings->heads[owner];

	while (number != POOL_NONE && !same_uri(practice_binding_uri(at(bindings, number)), uri))
		number = at(bindings, number)->next;
	return number;
}

static bool in_order(const struct practice_binding *binding, const struct practice_changes *changes)
{
	return !slice_equal(binding_call_id(binding), changes->call_id) ||
	       changes->cseq > binding->cseq;
}

/* What one change will do. */
struct plan {
	uint32_t number; /* the binding it is about; POOL_NONE: it removes what is not there */
	bool fresh;      /* number was taken for it */
	char *text;      /* what the binding will have; NULL: it is removed */
};

static char *text_of(const struct practice_change *change, struct slice call_id)
{
	char *text = malloc(change->uri.n + change->params.n + call_id.n + 1);

	if (!text)
		return NULL;
	memcpy(text, change->uri.p, change->uri.n);
	if (change->params.n)
		memcpy(text + change->uri.n, change->params.p, change->params.n);
	memcpy(text + change->uri.n + change->params.n, call_id.p, call_id.n);
	return text;
}

static enum practice_result plan_one(struct practice_bindings *bindings,
                                     const struct practice_changes *changes, size_t i,
                                     struct plan *plan)
{
	const struct practice_change *change = &changes->list[i];

	*plan = (struct plan){ .number = find(bindings, changes->owner, change->uri) };
	for (size_t before = 0; before < i; before++)
		if (same_uri(changes->list[before].uri, change->uri))
			return PRACTICE_TWICE;
	if (plan->number != POOL_NONE && !in_order(at(bindings, plan->number), changes))
		return PRACTICE_OUT_OF_ORDER;
	if (change->expires_s == 0)
		return PRACTICE_CHANGED;
	plan->text = text_of(change, changes->call_id);
	if (!plan->text)
		return PRACTICE_FULL;
	if (plan->number == POOL_NONE) {
		if (pool_take(&bindings->pool, &plan->number) != 0)
			return PRACTICE_FULL;
		plan->fresh = true;
		if (wheel_reserve(bindings->wheel, bindings->pool.made) != 0)
			return PRACTICE_FULL;
	}
	return PRACTICE_CHANGED;
}

/* Whether the owner's list, once changed, keeps its limits. */
static enum practice_result check_size(const struct practice_bindings *bindings,
                                       const struct practice_changes *changes,
                                       const struct plan *plans)
{
	enum { AROUND = sizeof("Contact: <>;expires=604800\r\n") };
	size_t count = 0, bytes = 0;

	for (uint32_t number = bindings->heads[changes->owner]; number != POOL_NONE;
	     number = at(bindings, number)->next) {
		bool planned = false;

		for (size_t i = 0; i < changes->count; i++)
			planned = planned || plans[i].number == number;
		if (planned)
			continue;
		count++;
		bytes += AROUND + at(bindings, number)->uri_n + at(bindings, number)->params_n;
	}
	for (size_t i = 0; i < changes->count; i++) {
		if (!plans[i].text)
			continue;
		count++;
		bytes += AROUND + changes->list[i].uri.n + changes->list[i].params.n;
	}
	if (count > bindings->per_owner_max)
		return PRACTICE_TOO_MANY;
	return bytes > PRACTICE_CONTACTS_LEN ? PRACTICE_TOO_LARGE : PRACTICE_CHANGED;
}

static void drop_plan(struct practice_bindings *bindings, struct plan *plan)
{
	free(plan->text);
	if (plan->fresh)
		pool_give(&bindings->pool, plan->number);
}

static void carry_out(struct practice_bindings *bindings, const struct practice_changes *changes,
                      size_t i, const struct plan *plan, practice_became_fn *fn, void *ctx)
{
	const struct practice_change *change = &changes->list[i];

	if (plan->number == POOL_NONE)
		return;
	struct practice_binding *binding = at(bindings, plan->number);
	if (!plan->text) {
		fn(ctx, PRACTICE_TAKEN, binding);
		remove_binding(bindings, plan->number);
		return;
	}
	free(binding->text);
	*binding = (struct practice_binding){
		.next = plan->fresh ? bindings->heads[changes->owner] : binding->next,
		.owner = changes->owner,
		.cseq = changes->cseq,
		.granted_s = change->expires_s,
		.expires_ms = changes->now_ms + (uint64_t)change->expires_s * 1000,
		.from = changes->from,
		.uri_n = (uint16_t)change->uri.n,
		.params_n = (uint16_t)change->params.n,
		.call_id_n = (uint16_t)changes->call_id.n,
		.text = plan->text,
	};
	if (plan->fresh)
		bindings->heads[changes->owner] = plan->number;
	wheel_set(bindings->wheel, plan->number, binding->expires_ms);
	fn(ctx, plan->fresh ? PRACTICE_ADDED : PRACTICE_RENEWED, binding);
}

enum practice_result practice_bindings_change(struct practice_bindings *bindings,
                                              const struct practice_changes *changes,
                                              practice_became_fn *fn, void *ctx)
{
	struct plan plans[PRACTICE_CHANGES_MAX];
	enum practice_result result = PRACTICE_CHANGED;
	size_t planned = 0;

	assert(changes->count <= PRACTICE_CHANGES_MAX && changes->call_id.n <= UINT16_MAX);
	while (planned < changes->count && result == PRACTICE_CHANGED) {
		result = plan_one(bindings, changes, planned, &plans[planned]);
		planned++;
	}
	if (result == PRACTICE_CHANGED)
		result = check_size(bindings, changes, plans);
	for (size_t i = 0; i < planned; i++) {
		if (result == PRACTICE_CHANGED)
			carry_out(bindings, changes, i, &plans[i], fn, ctx);
		else
			drop_plan(bindings, &plans[i]);
	}
	return result;
}

enum practice_result practice_bindings_clear(struct practice_bindings *bindings,
                                             const struct practice_changes *changes,
                                             practice_became_fn *fn, void *ctx)
{
	uint32_t *head = &bindings->heads[changes->owner];

	for (uint32_t number = *head; number != POOL_NONE; number = at(bindings, number)->next)
		if (!in_order(at(bindings, number), changes))
			return PRACTICE_OUT_OF_ORDER;
	while (*head != POOL_NONE) {
		fn(ctx, PRACTICE_TAKEN, at(bindings, *head));
		remove_binding(bindings, *head);
	}
	return PRACTICE_CHANGED;
}

bool practice_bindings_expire(struct practice_bindings *bindings, uint64_t now_ms,
                              practice_became_fn *fn, void *ctx)
{
	uint32_t number;

	/* A rehearsal has so few that it goes all the way at once. */
	do
		number = wheel_take(bindings->wheel, now_ms);
	while (number == WHEEL_LATER);
	if (number == WHEEL_NONE)
		return false;
	fn(ctx, PRACTICE_TAKEN, at(bindings, number));
	remove_binding(bindings, number);
	return true;
}
