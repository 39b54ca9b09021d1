/* base/hex.h: eight hexadecimal digits at a time, since each request has some hundred of them: a
 * word holds a digit in each byte, and all are turned at once. */
#ifndef LINEUP_BASE_HEX_H
#define LINEUP_BASE_HEX_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HEX_EACH UINT64_C(0x0101010101010101) /* 1 in each byte */

/* The text of n's eight digits in lower case, the first digit in the highest byte. */
static inline uint64_t hex_word(uint32_t n)
{
	uint64_t word = n, letters;

	word = (word << 16 | word) & UINT64_C(0x0000ffff0000ffff);
	word = (word << 8 | word) & UINT64_C(0x00ff00ff00ff00ff);
	word = (word << 4 | word) & HEX_EACH * 0x0f;
	letters = (word + HEX_EACH * 6) >> 4 & HEX_EACH;
	return word + HEX_EACH * '0' + letters * ('a' - '0' - 10);
}

/* Writes n as eight digits, zeros in front, no NUL. */
static inline void hex_write8(char *out, uint32_t n)
{
	uint64_t text = htobe64(hex_word(n));

	memcpy(out, &text, sizeof(text));
}

/* The same with sixteen. */
static inline void hex_write16(char *out, uint64_t n)
{
	hex_write8(out, (uint32_t)(n >> 32));
	hex_write8(out + 8, (uint32_t)n);
}

/* Writes n bytes as 2 * n digits, no NUL. */
static inline void hex_write(char *out, const void *bytes, size_t n)
{
	const unsigned char *in = bytes;

	for (; n >= 4; n -= 4, in += 4, out += 8)
		hex_write8(out, (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 |
		                        (uint32_t)in[2] << 8 | in[3]);
	for (; n; n--, in++) {
		*out++ = "0123456789abcdef"[*in >> 4];
		*out++ = "0123456789abcdef"[*in & 15];
	}
}

/* Reads eight digits of either case; false where one of them is none. */
static inline bool hex_read8(const char *in, uint32_t *ret_n)
{
	uint64_t text, word, differ, right;

	memcpy(&text, in, sizeof(text));
	text = be64toh(text);
	word = (text & HEX_EACH * 0x0f) + (text >> 6 & HEX_EACH) * 9;
	word = (word | word >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	word = (word | word >> 8) & UINT64_C(0x0000ffff0000ffff);
	word = (word | word >> 16) & UINT32_MAX;
	/* What is no digit does not come back; a letter may have come in capitals. */
	right = hex_word((uint32_t)word);
	differ = text ^ right;
	if (differ & ~(right >> 1 & HEX_EACH * 0x20))
		return false;
	*ret_n = (uint32_t)word;
	return true;
}

#endif
