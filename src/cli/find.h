/* cli/find.h: studios, lines and servers as people name them. What is not there is said, with what
 * may be meant. All return CLI_OK, CLI_FAILED or CLI_USAGE (said), CLIENT_NO_DAEMON (said), or
 * -ENOMEM. */
#ifndef LINEUP_CLI_FIND_H
#define LINEUP_CLI_FIND_H

#include "cli/client.h"

#define FIND_LINE "STUDIO/NUMBER"

/* How a line may be named, for the text of a command. */
#define FIND_LINE_HELP \
	"A line is named by its studio and number, as in \"Studio 1/3\"; by its address, as in " \
	"1003@pbx.example, where only one line has it; or by its id."

int find_studio(struct client *client, const struct cli_args *args, const char *name,
                int64_t *ret_id);
int find_server(struct client *client, const struct cli_args *args, const char *name,
                int64_t *ret_id);
int find_line(struct client *client, const struct cli_args *args, const char *name,
              int64_t *ret_id);

/* As find_studio(), but 0 where there is none. */
int find_studio_or_none(struct client *client, const char *name, int64_t *ret_id);

/* Takes "Studio 1/3" apart, at the last slash. Returns whether it is of this form. */
bool find_split(struct slice text, struct slice *ret_studio, uint32_t *ret_number);

#endif
