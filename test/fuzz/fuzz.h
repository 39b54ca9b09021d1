/* fuzz/fuzz.h: what a target defines. libFuzzer calls it with inputs that it makes, replay.c with
 * those of the corpus. A target aborts where something is wrong, and returns 0. */
#ifndef LINEUP_FUZZ_H
#define LINEUP_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
