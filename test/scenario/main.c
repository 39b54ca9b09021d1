/* main.c: scenario [--trace] [--must-fail] FILE...
 *
 * Runs scenarios, see README.md. --must-fail is for the runner's own faults: each file must fail,
 * at the line and with the words that its comment "# fails at LINE: TEXT" names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum wish { WISH_PASS, WISH_FAIL };

/* Whether a failed run failed as its comment says. */
static bool failed_so(const char *path, const struct script *script, unsigned line,
                      const char *message)
{
	if (!script->fails_with) {
		fprintf(stderr, "%s: has no comment \"# fails at LINE: TEXT\"\n", path);
		return false;
	}
	if (line == script->fails_at_line && strstr(message, script->fails_with))
		return true;
	fprintf(stderr, "%s: should fail at %u with \"%s\", but failed so:\n%s", path,
	        script->fails_at_line, script->fails_with, message);
	return false;
}

static bool run_file(const char *path, enum wish wish, FILE *trace)
{
	char error[SCRIPT_ERROR_MAX];
	struct script script;
	char *message = NULL;
	size_t message_n = 0;
	unsigned line = 0;
	FILE *out;
	bool ok;

	if (!script_read(path, &script, error)) {
		fprintf(stderr, "%s:%s\n", path, error);
		return false;
	}
	out = open_memstream(&message, &message_n);
	if (!out)
		abort();
	ok = run_script(path, &script, trace, out, &line);
	fclose(out);
	if (wish == WISH_PASS && !ok)
		fputs(message, stderr);
	if (wish == WISH_FAIL && ok)
		fprintf(stderr, "%s: passed, but must fail\n", path);
	if (wish == WISH_FAIL)
		ok = !ok && failed_so(path, &script, line, message);
	free(message);
	script_free(&script);
	return ok;
}

int main(int argc, char **argv)
{
	enum wish wish = WISH_PASS;
	FILE *trace = NULL;
	unsigned files = 0;
	bool ok = true;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0) {
			trace = stdout;
		} else if (strcmp(argv[i], "--must-fail") == 0) {
			wish = WISH_FAIL;
		} else {
			files++;
			ok = run_file(argv[i], wish, trace) && ok;
		}
	}
	if (!files)
		fprintf(stderr, "scenario [--trace] [--must-fail] FILE...\n");
	return ok && files ? 0 : 1;
}
