/* fuzz/fuzz_config_yaml.c: any bytes as studio.yaml. */
#include "fuzz/config_check.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_read(CONFIG_YAML, slice_of((const char *)data, size));
	return 0;
}
