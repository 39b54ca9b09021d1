/* cli/row_edit.h: options that set a member of a row of settings: `lineup line set --auth-user X`.
 *
 * An option is called like its key in studio.yaml (config/config.h), and takes what that takes; in
 * the API's JSON the same has an underscore where the key has a hyphen. */
#ifndef LINEUP_CLI_ROW_EDIT_H
#define LINEUP_CLI_ROW_EDIT_H

#include <jansson.h>

#include "cli/account.h"
#include "cli/cli.h"
#include "config/config.h"

struct client;

/* Puts a member for each option that was given and is a key of the mapping. An empty value takes
 * away what is there. Returns CLI_OK, CLI_USAGE (said) or -ENOMEM. */
int row_edit_put(const struct cli_args *args, enum config_mapping mapping, json_t *body);

/* Puts one, by its key's name, whatever it was given as; what: how a complaint names it. */
int row_edit_put_text(const struct cli_args *args, enum config_mapping mapping, const char *name,
                      const char *what, struct slice text, json_t *body);

/* A password from --password-file, from LINEUP_PASSWORD, else asked for unseen. Where there is no
 * terminal, has_password stays false. TWICE: asked for again, as a new one is. The caller wipes
 * *ret_account. Returns CLI_OK or CLI_USAGE (said). */
enum row_edit_asks { ROW_EDIT_ONCE, ROW_EDIT_TWICE };
/* Whether it need not be asked for. Then it is read first of all, so that it does not stand in the
 * environment while the daemon is waited for; a person is asked only where a daemon is there. */
bool row_edit_password_is_given(const struct cli_args *args);
int row_edit_password(const struct cli_args *args, const char *prompt, enum row_edit_asks asks,
                      struct account *ret_account);

/* Puts it, and later wipes it where it stands in body. */
int row_edit_put_password(const struct account *account, json_t *body);
void row_edit_wipe(json_t *body);

/* As client_put(), and shows what the daemon remarks on the change, beside the answer. */
int row_edit_send(struct client *client, const struct cli_args *args, const char *method,
                  const char *path, const json_t *body, json_t **ret_answer);

/* The option for row_edit_password(). */
#define ROW_EDIT_PASSWORD_OPTION \
	{ \
		'p', "password-file", "FILE", NULL, NULL, \
			"read the password from FILE (- is standard input); else from the " \
			"environment's LINEUP_PASSWORD; else it is asked for on the terminal" \
	}

#endif
