/* base/num.c: decimal digits to a number, and nothing else.
 *
 * All of the text is read even after the number has grown too large, so that "99999999999x" is no
 * number rather than one out of range. */
#include "base/num.h"

#include <errno.h>

#define ALWAYS_FIT 19 /* decimal digits, whatever they are, in 64 bits */

/* Returns 0, -EINVAL, or -ERANGE where the number is above max. */
static int read_digits(struct slice s, uint64_t max, uint64_t *ret_n)
{
	uint64_t n = 0;
	bool above = false;

	if (s.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9)
			return -EINVAL;
		if (i < ALWAYS_FIT) {
			n = n * 10 + digit;
			continue;
		}
		above |= __builtin_mul_overflow(n, 10, &n);
		above |= __builtin_add_overflow(n, digit, &n);
	}
	if (above || n > max)
		return -ERANGE;
	*ret_n = n;
	return 0;
}

int num_u64(struct slice s, uint64_t max, uint64_t *ret_n)
{
	return read_digits(s, max, ret_n);
}

int num_u32(struct slice s, uint32_t max, uint32_t *ret_n)
{
	uint64_t n;
	int error = read_digits(s, max, &n);

	if (error == 0)
		*ret_n = (uint32_t)n;
	return error;
}

int num_u32_clamped(struct slice s, uint32_t max, uint32_t *ret_n)
{
	int error = num_u32(s, max, ret_n);

	if (error == -ERANGE) {
		*ret_n = max;
		return 0;
	}
	return error;
}
