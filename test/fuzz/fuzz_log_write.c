/* fuzz/fuzz_log_write.c: any event in any format: one line of printable text. */
#include "fuzz/fuzz.h"

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_event event = { 0 };
	size_t cap = 32 * size + 1024;
	char *memory;

	if (size < 16)
		return 0;
	event.kind = data[0] % LOG_KIND_COUNT;
	event.level = data[1] % (LOG_LEVEL_DEBUG + 1);
	memcpy(&event.status, data + 2, sizeof(event.status));
	memcpy(&event.ctx, data + 4, sizeof(event.ctx));
	memcpy(&event.wall_ms, data + 8, sizeof(event.wall_ms));
	event.text = slice_of((const char *)data + 16, size - 16);
	event.reason = event.uri = event.address = event.text;
	memory = malloc(cap);
	if (!memory)
		return 0;
	for (enum log_format format = LOG_CLASSIC; format <= LOG_JSON; format++) {
		struct buf out = buf_over(memory, cap);

		log_write(format, &event, &out);
		assert(buf_end(&out) == 0);
		for (size_t i = 0; i < out.n; i++)
			assert((unsigned char)out.p[i] >= ' ' && out.p[i] != 0x7f);
	}
	free(memory);
	return 0;
}
