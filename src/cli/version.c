/* cli/version.c: `lineup version`: what a report of a fault should begin with. */
#include <openssl/crypto.h>
#include <uv.h>

#include "cli/commands.h"

static int run(const struct cli_args *args)
{
	fprintf(args->out, "%s %s\n", args->program->name, args->program->version);
	fprintf(args->out, "libuv %s, %s\n", uv_version_string(), OpenSSL_version(OPENSSL_VERSION));
	return CLI_OK;
}

static const struct cli_exit exits[] = { { 0, "always" }, { 0 } };

const struct cli_command cli_version = {
	.name = "version",
	.brief = "shows the versions of Lineup and of its libraries",
	.description =
		"Shows the version of Lineup, and on a second line those of the libraries it "
		"runs with. Put both into a report of a fault.",
	.exits = exits,
	.run = run,
};
