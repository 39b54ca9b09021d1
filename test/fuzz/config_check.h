/* fuzz/config_check.h: what holds for whatever is read as a file of settings. */
#ifndef LINEUP_FUZZ_CONFIG_CHECK_H
#define LINEUP_FUZZ_CONFIG_CHECK_H

#include <errno.h>

#include "config/config.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			__builtin_trap(); \
	} while (0)

/* A fault is one line that can be shown, and has a place unless it is about the whole. */
static inline void check_fault(const struct config_fault *fault)
{
	CHECK(fault->text && fault->text[0]);
	CHECK(fault->line > 0);
	for (const char *at = fault->text; *at; at++)
		CHECK((unsigned char)*at >= ' ' && *at != 0x7f);
}

static inline void check_read(enum config_format format, struct slice text)
{
	const struct config_place nowhere = { 0 };
	struct config *config = NULL;
	struct config_faults faults;
	int err = config_read(format, text, &nowhere, &config, &faults);

	CHECK(err == 0 || err == -EINVAL);
	CHECK((err == 0) == (config != NULL));
	CHECK(err == 0 || faults.count > 0);
	CHECK(faults.count <= CONFIG_FAULTS_MAX);
	for (unsigned i = 0; i < faults.count; i++)
		check_fault(&faults.list[i]);
	config_faults_done(&faults);
	config_free(config);
}

#endif
