/* practice/users.c: accounts as text, EXTENSION:PASSWORD[:AUTH-USER[:FAULTS]], and those that are
 * there of themselves. */
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

/* Copies the three texts into one block, which belongs to the extension's slice; faults become the
 * list's. */
static int add(struct practice_users *users, const struct practice_user *user)
{
	int err = make_room(users);

	if (err)
		return err;
	char *text = malloc(user->extension.n + user->password.n + user->auth_user.n + 1);
	if (!text)
		return -ENOMEM;
	struct practice_user *copy = &users->list[users->count++];
	*copy = (struct practice_user){ .faults = user->faults };
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

/* The text is not shown: it may be the end of a password that has colons in it. */
static int take_faults(struct slice list, struct practice_faults **ret_faults, struct buf *reterr)
{
	char memory[256];
	struct buf unsaid = buf_over(memory, sizeof(memory));
	struct practice_faults *faults = calloc(1, sizeof(*faults));

	if (!faults)
		return -ENOMEM;
	if (practice_faults_parse(list, faults, &unsaid) != 0) {
		free(faults);
		return say(reterr, "behind the third colon faults must follow, and there are none "
		                   "like these; a password has no colon here");
	}
	*ret_faults = faults;
	return 0;
}

/* What follows the password: an auth user, and faults. */
static int take_rest(struct slice rest, struct practice_user *user, struct buf *reterr)
{
	bool last;

	user->auth_user = take_part(&rest, &last);
	if (!user->auth_user.n) {
		if (last)
			return say(reterr, "the auth user is empty");
		user->auth_user = SLICE_NONE;
	}
	return last ? 0 : take_faults(rest, &user->faults, reterr);
}

int practice_users_add(struct practice_users *users, struct slice line, struct buf *reterr)
{
	char escaped[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1];
	bool last;
	struct slice rest = slice_trim(line);
	struct slice extension = take_part(&rest, &last);

	if (last)
		return say(reterr, "an account is EXTENSION:PASSWORD, with :AUTH-USER and :FAULT "
		                   "behind it where need be");
	if (sip_extension_parse(extension, escaped, plain, reterr) != 0)
		return -EINVAL;
	struct practice_user user = { .extension = slice_str(plain) };
	user.password = take_part(&rest, &last);
	if (!user.password.n)
		return say(reterr, "the password is empty");
	int err = last ? 0 : take_rest(rest, &user, reterr);
	if (!err)
		err = add(users, &user);
	if (err)
		free(user.faults);
	return err;
}

/* Texts of our own, which hold nothing that could be wrong. */
static int add_own(struct practice_users *users, const char *extension, const char *faults)
{
	struct practice_user user = { .extension = slice_str(extension),
		                      .password = SLICE(PRACTICE_PASSWORD) };
	char memory[256];
	struct buf ignored = buf_over(memory, sizeof(memory));
	int err = faults ? take_faults(slice_str(faults), &user.faults, &ignored) : 0;

	if (!err)
		err = add(users, &user);
	if (err)
		free(user.faults);
	return err;
}

int practice_users_add_own(struct practice_users *users)
{
	static const char *const plain[] = { "1001", "1002", "1003", "1004",
		                             "1005", "1006", "1007", "1008" };
	const struct practice_example *example;
	int err = 0;

	for (unsigned i = 0; !err && i < sizeof(plain) / sizeof(plain[0]); i++)
		err = add_own(users, plain[i], NULL);
	for (unsigned i = 0; !err && (example = practice_example_at(i)); i++)
		err = add_own(users, example->extension, example->faults);
	return err;
}

int practice_users_set_fault(struct practice_users *users, struct slice extension,
                             const struct practice_fault *fault)
{
	int err = -ENOENT;

	for (size_t i = 0; i < users->count; i++) {
		struct practice_user *user = &users->list[i];

		if (!slice_equal(user->extension, extension))
			continue;
		if (!user->faults)
			user->faults = calloc(1, sizeof(*user->faults));
		err = user->faults ? practice_faults_set(user->faults, fault) : -ENOMEM;
		if (err)
			break;
	}
	return err;
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

		free(user->faults);
		OPENSSL_cleanse((char *)(uintptr_t)user->password.p, user->password.n);
		free((char *)(uintptr_t)user->extension.p);
	}
	free(users->list);
	*users = (struct practice_users){ 0 };
}
