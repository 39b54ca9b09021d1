/* practice/users.c: accounts as text, EXTENSION:PASSWORD[:AUTH-USER]. */
#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "practice/practice.h"
#include "sip/aor.h"

/* Takes what stands in front of the next colon. *ret_last: there was none. */
static struct slice take_part(struct slice *line, bool *ret_last)
{
	size_t n = slice_find(*line, ':');
	struct slice part = slice_of(line->p, n);

	*ret_last = n == line->n;
	*line = slice_from(*line, *ret_last ? n : n + 1);
	return part;
}

static int say(struct buf *reterr, const char *sentence)
{
	buf_str(reterr, sentence);
	return -EINVAL;
}

static int make_room(struct practice_users *users)
{
	if (users->count == PRACTICE_USERS_MAX)
		return -ENOSPC;
	if (users->count < users->cap)
		return 0;
	size_t cap = users->cap ? 2 * users->cap : 64;
	struct practice_user *list = reallocarray(users->list, cap, sizeof(*list));
	if (!list)
		return -ENOMEM;
	users->list = list;
	users->cap = cap;
	return 0;
}

/* Copies the three texts into one block, which belongs to the extension's slice. */
static int add(struct practice_users *users, const struct practice_user *user)
{
	int err = make_room(users);

	if (err)
		return err;
	char *text = malloc(user->extension.n + user->password.n + user->auth_user.n + 1);
	if (!text)
		return -ENOMEM;
	struct practice_user *copy = &users->list[users->count++];
	*copy = (struct practice_user){ 0 };
	memcpy(text, user->extension.p, user->extension.n);
	copy->extension = slice_of(text, user->extension.n);
	text += user->extension.n;
	memcpy(text, user->password.p, user->password.n);
	copy->password = slice_of(text, user->password.n);
	text += user->password.n;
	if (slice_present(user->auth_user)) {
		memcpy(text, user->auth_user.p, user->auth_user.n);
		copy->auth_user = slice_of(text, user->auth_user.n);
	}
	return 0;
}

int practice_users_add(struct practice_users *users, struct slice line, struct buf *reterr)
{
	char escaped[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1];
	bool last;
	struct slice rest = slice_trim(line);
	struct slice extension = take_part(&rest, &last);

	if (last)
		return say(reterr,
		           "an account is EXTENSION:PASSWORD or EXTENSION:PASSWORD:AUTH-USER");
	if (sip_extension_parse(extension, escaped, plain, reterr) != 0)
		return -EINVAL;
	struct practice_user user = { .extension = slice_str(plain) };
	user.password = take_part(&rest, &last);
	if (!user.password.n)
		return say(reterr, "the password is empty");
	if (!last) {
		user.auth_user = take_part(&rest, &last);
		if (!last)
			return say(reterr,
			           "there are more than two colons; a password has none here");
		if (!user.auth_user.n)
			return say(reterr, "the auth user is empty");
	}
	return add(users, &user);
}

int practice_users_read(struct practice_users *users, struct slice text, const char *name,
                        struct buf *reterr)
{
	int result = 0;

	for (uint64_t number = 1; text.n; number++) {
		char memory[256];
		struct buf fault = buf_over(memory, sizeof(memory));
		size_t n = slice_find(text, '\n');
		struct slice line = slice_trim(slice_of(text.p, n));

		text = slice_from(text, n < text.n ? n + 1 : n);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		int err = practice_users_add(users, line, &fault);
		if (err && err != -EINVAL)
			return err;
		if (!err)
			continue;
		result = err;
		buf_str(reterr, name);
		buf_char(reterr, ':');
		buf_u64(reterr, number);
		buf_str(reterr, ": ");
		buf_put(reterr, buf_slice(&fault));
		buf_char(reterr, '\n');
	}
	return result;
}

static int by_extension(const void *a, const void *b)
{
	const struct slice *left = a, *right = b;
	size_t n = left->n < right->n ? left->n : right->n;
	int order = memcmp(left->p, right->p, n);

	return order ? order : (left->n > right->n) - (left->n < right->n);
}

int practice_users_find_twice(const struct practice_users *users, struct slice *ret_extension)
{
	struct slice *sorted = malloc((users->count + 1) * sizeof(*sorted));
	int result = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < users->count; i++)
		sorted[i] = users->list[i].extension;
	qsort(sorted, users->count, sizeof(*sorted), by_extension);
	for (size_t i = 1; i < users->count && !result; i++) {
		if (!slice_equal(sorted[i - 1], sorted[i]))
			continue;
		*ret_extension = sorted[i];
		result = -EEXIST;
	}
	free(sorted);
	return result;
}

void practice_users_done(struct practice_users *users)
{
	for (size_t i = 0; i < users->count; i++) {
		struct practice_user *user = &users->list[i];

		OPENSSL_cleanse((char *)(uintptr_t)user->password.p, user->password.n);
		free((char *)(uintptr_t)user->extension.p);
	}
	free(users->list);
	*users = (struct practice_users){ 0 };
}
