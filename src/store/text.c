/* store/text.c: which text may be kept.
 *
 * What a person sets is refused where it is not what it looks like; what a server said is kept in a
 * form that can be shown. buf_show() knows what that is: text that it leaves alone is plain. */
#include <errno.h>

#include "base/buf.h"
#include "store/own.h"

/* Longer runs than any text that passes are not looked at. */
static bool run_is_plain(struct slice run)
{
	char memory[STORE_TEXT_MAX + 1];
	struct buf b = buf_over(memory, sizeof(memory));

	buf_show(&b, run);
	return !b.full && b.n == run.n;
}

/* As nearly all of it is. */
static bool is_printable_ascii(struct slice text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] >= ' ' && text.p[n] <= '~')
		n++;
	return n == text.n;
}

bool store_text_plain(struct slice text)
{
	if (is_printable_ascii(text))
		return true;
	while (text.n) {
		size_t run = slice_find(text, '\\'); /* which buf_show() doubles */

		if (!run_is_plain(slice_of(text.p, run)))
			return false;
		text = slice_from(text, run < text.n ? run + 1 : run);
	}
	return true;
}

int store_text_check(struct store *store, const char *what, const char *text)
{
	size_t n = text ? strnlen(text, STORE_TEXT_MAX + 1) : 0;

	if (n > STORE_TEXT_MAX)
		return store_say(store, -EINVAL, "%s is longer than %d bytes", what,
		                 STORE_TEXT_MAX);
	if (!store_text_plain(slice_of(text, n)))
		return store_say(store, -EINVAL,
		                 "%s holds a control character, or is no valid UTF-8", what);
	return 0;
}

int store_text_need(struct store *store, const char *what, const char *text)
{
	if (!text || !*text)
		return store_say(store, -EINVAL, "%s is missing", what);
	return store_text_check(store, what, text);
}

/* The longest front of at most max bytes that does not end within a character. */
static struct slice cut(struct slice text, size_t max)
{
	if (text.n <= max)
		return text;
	while (max && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return slice_of(text.p, max);
}

void store_text_keep(struct slice text, char *ret_text, size_t cap)
{
	char memory[4 * STORE_TEXT_MAX + 1]; /* each byte as \xNN */
	struct buf shown = buf_over(memory, sizeof(memory));

	text = cut(text, STORE_TEXT_MAX);
	if (!store_text_plain(text)) {
		buf_show(&shown, text);
		text = buf_slice(&shown);
	}
	text = cut(text, cap - 1);
	if (text.n)
		memcpy(ret_text, text.p, text.n);
	ret_text[text.n] = '\0';
}
