/* fuzz/fuzz_sip_mask.c: any bytes as a message to be shown: whole lines, nothing that moves a
 * cursor, and nothing written beyond the buffer. */
#include "fuzz/sip_msg_check.h"

#include "fuzz/fuzz.h"
#include "sip/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char memory[300000], small[100];
	struct buf out = buf_over(memory, sizeof(memory)), part = buf_over(small, sizeof(small));
	struct slice bytes = slice_of((const char *)data, size);

	sip_show_masked(bytes, SLICE("> "), &out);
	for (size_t i = 0; i < out.n; i++)
		CHECK((unsigned char)out.p[i] >= ' ' || out.p[i] == '\n');
	CHECK(out.full || out.n == 0 || out.p[out.n - 1] == '\n');
	sip_show_masked(bytes, SLICE("> "), &part);
	CHECK(part.n < sizeof(small) && memcmp(small, memory, part.n) == 0);
	return 0;
}
