/* fuzz/fuzz_practice_fault.c: whatever is given as faults, what is read is shown so that it is read
 * the same again, and what is refused is refused with a sentence that a terminal may show. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "practice/faults.h"

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_practice_fault: %s\n", what);
	abort();
}

static void check_sentence(const struct buf *said)
{
	check(said->n > 0 && !said->full, "a sentence that fits");
	for (size_t i = 0; i < said->n; i++)
		check((unsigned char)said->p[i] >= ' ' && said->p[i] != 0x7f, "printable");
}

/* A backslash is shown as two, so a phrase with one comes out another. */
static bool comes_back(const struct practice_faults *faults)
{
	for (unsigned i = 0; i < faults->count; i++)
		for (const char *at = faults->list[i].text; *at; at++)
			if (*at == '\\' || (unsigned char)*at >= 0x80)
				return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char memory[PRACTICE_FAULTS_MAX * 4 * (PRACTICE_FAULT_TEXT_MAX + 32)],
		again[sizeof(memory)];
	char said[256];
	struct practice_faults faults = { 0 }, copy = { 0 };
	struct buf err = buf_over(said, sizeof(said));
	struct buf shown = buf_over(memory, sizeof(memory)), twice = buf_over(again, sizeof(again));
	struct practice_fault fault;
	struct slice text = slice_of((const char *)data, size), extension;

	if (practice_fault_parse_for(text, &extension, &fault, &err) != 0)
		check_sentence(&err);
	err = buf_over(said, sizeof(said));
	if (practice_faults_parse(text, &faults, &err) != 0) {
		check_sentence(&err);
		return 0;
	}
	practice_faults_show(&faults, &shown);
	check(faults.count > 0 && !shown.full, "it can be shown");
	if (!comes_back(&faults))
		return 0;
	check(practice_faults_parse(buf_slice(&shown), &copy, &err) == 0, "it is read again");
	practice_faults_show(&copy, &twice);
	check(slice_equal(buf_slice(&shown), buf_slice(&twice)), "and is the same");
	return 0;
}
