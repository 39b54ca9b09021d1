/* fuzz/fuzz_sip_msg.c: any bytes through sip_parse(), all walks and all readers of values. */
#include "fuzz/sip_msg_check.h"

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of((const char *)data, size);

	sip_msg_check(bytes);
	for (size_t cut = size; cut; cut /= 2)
		sip_msg_check_cut(bytes, cut - 1);
	return 0;
}
