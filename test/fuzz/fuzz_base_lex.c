/* fuzz/fuzz_base_lex.c: any bytes through the lexer: pieces lie inside of the text and in order,
 * what is quoted comes back, and what is shown is one printable line that is the same when it is
 * shown through JSON's eyes: no control byte left in either. */
#include "fuzz/fuzz.h"

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/lex.h"
#include "base/num.h"

static void assert_inside(struct slice piece, struct slice text)
{
	assert(piece.p >= text.p && piece.p + piece.n <= text.p + text.n);
}

static void split(struct slice text)
{
	struct slice list = text, element, name, value;

	while (lex_element(&list, &element)) {
		const char *end = element.p;
		struct slice in = element;

		assert(element.n > 0);
		assert_inside(element, text);
		while (lex_param(&in, &name, &value, NULL)) {
			assert_inside(name, element);
			assert(name.n > 0 && name.p >= end && in.p >= name.p + name.n);
			if (slice_present(value))
				assert_inside(value, element);
			end = in.p;
			if (!lex_char(&in, ';'))
				break;
		}
	}
}

static bool can_be_quoted(struct slice text)
{
	return slice_find(text, '\r') == text.n && slice_find(text, '\n') == text.n;
}

static void quote_and_back(struct slice text, char *memory, size_t cap)
{
	struct buf quoted = buf_over(memory, cap), back = buf_over(memory + cap, cap);
	struct slice in, inside;

	lex_quote(text, &quoted);
	assert(buf_end(&quoted) == 0);
	in = buf_slice(&quoted);
	assert(lex_quoted(&in, &inside) && in.n == 0);
	lex_unquote(inside, &back);
	assert(buf_end(&back) == 0 && back.n == text.n);
	assert(!can_be_quoted(text) || slice_equal(buf_slice(&back), text));
}

static void show(struct slice text, char *memory, size_t cap)
{
	struct buf shown = buf_over(memory, cap), again = buf_over(memory + cap, cap);

	buf_show(&shown, text);
	assert(buf_end(&shown) == 0);
	buf_json(&again, buf_slice(&shown));
	assert(buf_end(&again) == 0);
	for (size_t i = 0; i < again.n; i++)
		assert((unsigned char)again.p[i] >= ' ' && again.p[i] != 0x7f);
	/* What was shown needs no escape but those of '"' and '\'. */
	for (size_t i = 0; i + 1 < again.n; i++)
		if (again.p[i] == '\\')
			assert(again.p[++i] == '"' || again.p[i] == '\\');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	size_t cap = 8 * size + 16;
	char *memory = malloc(2 * cap);
	uint64_t n;

	if (!memory)
		return 0;
	split(text);
	quote_and_back(text, memory, cap);
	show(text, memory, cap);
	if (num_u64(text, UINT64_MAX, &n) == 0) {
		struct buf b = buf_over(memory, cap);

		buf_u64_wide(&b, n, size < 20 ? (unsigned)size : 20);
		assert(size > 20 || slice_equal(buf_slice(&b), text));
	}
	free(memory);
	return 0;
}
