/* fuzz/fuzz_config_csv.c: any bytes as lines.csv. */
#include "fuzz/config_check.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_read(CONFIG_CSV, slice_of((const char *)data, size));
	return 0;
}
