/* shard/users.c: from the user of a Request-URI to the lines of that extension, at whatever server.
 *
 * Five to ten bytes a line. Which line is meant among those of one user, its server says. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "shard/own.h"

#define USER_MAX  256 /* bytes of a user, unescaped, that count */
#define SLOTS_MIN 16

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint64_t hash_user(const struct shard *shard, struct slice user)
{
	char plain[USER_MAX];
	size_t n = 0;

	for (size_t i = 0; i < user.n && n < sizeof(plain); i++) {
		int high = -1, low = -1;

		if (user.p[i] == '%' && i + 2 < user.n) {
			high = hex_digit(user.p[i + 1]);
			low = hex_digit(user.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			plain[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			plain[n++] = user.p[i];
		}
	}
	return hash_bytes(&shard->env.key, plain, n);
}

static struct line *line_at(const struct shard *shard, uint32_t slot)
{
	return pool_at(&shard->lines, shard->users.slots[slot] - 1);
}

static void put(struct shard *shard, const struct line *line)
{
	struct shard_users *users = &shard->users;
	uint32_t mask = users->cap - 1;
	uint32_t slot = (uint32_t)hash_user(shard, slice_str(line_user(line))) & mask;

	while (users->slots[slot])
		slot = (slot + 1) & mask;
	users->slots[slot] = line->number + 1;
}

/* At most four slots of five are taken. */
static bool has_room(const struct shard_users *users, uint32_t cap, uint32_t more)
{
	return 5 * ((uint64_t)users->used + more) <= 4 * (uint64_t)cap;
}

int shard_users_reserve(struct shard *shard, uint32_t more)
{
	struct shard_users *users = &shard->users;
	uint32_t cap = users->cap ? users->cap : SLOTS_MIN, *before = users->slots;
	uint32_t before_cap = users->cap;

	while (!has_room(users, cap, more))
		cap *= 2;
	if (cap == users->cap)
		return 0;
	uint32_t *slots = calloc(cap, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	users->slots = slots;
	users->cap = cap;
	for (uint32_t i = 0; i < before_cap; i++)
		if (before[i])
			put(shard, pool_at(&shard->lines, before[i] - 1));
	free(before);
	return 0;
}

void shard_users_put(struct shard *shard, const struct line *line)
{
	assert(has_room(&shard->users, shard->users.cap, 1));
	put(shard, line);
	shard->users.used++;
}

/* Those behind the hole move up, where they would not be found across it. */
static void close_hole(struct shard *shard, uint32_t hole)
{
	struct shard_users *users = &shard->users;
	uint32_t mask = users->cap - 1;

	for (uint32_t at = (hole + 1) & mask; users->slots[at]; at = (at + 1) & mask) {
		const struct line *line = line_at(shard, at);
		uint32_t home = (uint32_t)hash_user(shard, slice_str(line_user(line))) & mask;

		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		users->slots[hole] = users->slots[at];
		hole = at;
	}
	users->slots[hole] = 0;
}

void shard_users_remove(struct shard *shard, const struct line *line)
{
	struct shard_users *users = &shard->users;
	uint32_t mask = users->cap - 1;
	uint32_t slot = (uint32_t)hash_user(shard, slice_str(line_user(line))) & mask;

	while (users->slots[slot] && users->slots[slot] != line->number + 1)
		slot = (slot + 1) & mask;
	if (!users->slots[slot])
		return;
	close_hole(shard, slot);
	users->used--;
}

struct line *shard_users_next(const struct shard *shard, struct slice user, uint32_t *at)
{
	const struct shard_users *users = &shard->users;
	uint32_t mask = users->cap - 1;

	if (!users->cap)
		return NULL;
	uint32_t home = (uint32_t)hash_user(shard, user) & mask;
	for (;; (*at)++) {
		uint32_t slot = (home + *at) & mask;

		if (!users->slots[slot])
			return NULL;
		struct line *line = line_at(shard, slot);
		if (sip_uri_user_equal(slice_str(line_user(line)), user)) {
			(*at)++;
			return line;
		}
	}
}
