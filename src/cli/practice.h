/* cli/practice.h: what the parts of `lineup practice` share: its settings (practice.c), where its
 * authority of TLS is written (practice_tls.c), and what is shown of the registrar
 * (practice_show.c). */
#ifndef LINEUP_CLI_PRACTICE_H
#define LINEUP_CLI_PRACTICE_H

#include "cli/cli.h"
#include "cli/term.h"
#include "practice/practice.h"

#define PRACTICE_PRINT_MAX (512 * 1024) /* bytes of one thing that is printed: a traced message */

struct practice_run {
	const struct cli_args *args;
	struct practice_users users;
	struct practice_config config;
	struct practice_faults faults; /* of all extensions */
	struct net_addr listen;
	struct term term;
	struct net *net;
	struct practice *practice;
	struct net_signal *signals[2];
	char *print;                /* PRACTICE_PRINT_MAX bytes to compose in */
	struct net_addr listen_tls; /* where tls is set */
	const char *ca_file;        /* to write the authority of TLS to */
	bool own_users, trace, json, quiet, tls;
};

/* Callbacks of the registrar; ctx is a struct practice_run. */
void practice_show_event(void *ctx, const struct practice_event *event);
void practice_show_message(void *ctx, enum practice_way way, const struct net_addr *peer,
                           const char *transport, struct slice bytes);

/* Listens for TLS, and writes the authority to run->ca_file. A file that is there already and has
 * anything else in it than such an authority stays as it is. Returns CLI_OK, CLI_FAILED, after the
 * complaint, or -ENOMEM. */
int practice_tls_open(struct practice_run *run);

/* At the start: where it listens, first, for scripts, too; and at the end. */
void practice_show_start(struct practice_run *run);
void practice_show_end(struct practice_run *run);

/* The faults there are: --faults. */
void practice_show_faults(const struct cli_args *args);

#endif
