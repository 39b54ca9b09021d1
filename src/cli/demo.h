/* cli/demo.h: what the parts of `lineup demo` share: the command (demo.c), the house that it shows
 * (demo_house.c), and what is printed of it where there is no live view (demo_show.c). */
#ifndef LINEUP_CLI_DEMO_H
#define LINEUP_CLI_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/place.h"
#include "cli/term.h"

#define DEMO_REGISTRARS    3
#define DEMO_PASSWORD_TEXT 20 /* "kx7f-9wq2-m4tz", its NUL included, and more */
#define DEMO_LOGIN         "demo"

/* ---- demo_house.c: three registrars, the daemon with its API, and a thread that runs them */

struct demo_house;

struct demo_house_cfg {
	const struct cli_args *args; /* for complaints */
	const struct place *place;   /* of the daemon's state; the folder is there */
	const char *http;            /* where the page is served */
	uint16_t sip_port; /* of the first registrar, the others behind; 0: any free ones */
};

/* Opens all of it and starts the thread. From then on the process' SIGINT, SIGTERM and SIGHUP only
 * say that it shall end. Returns CLI_OK, or CLI_FAILED (the person has been told), or negative
 * errno. */
int demo_house_open(const struct demo_house_cfg *cfg, struct demo_house **ret_house);

/* There is a studio now: from here on the registrar of its last line comes and goes. */
void demo_house_begin(struct demo_house *house);

/* Removes the registrations, ends the thread, and frees. NULL is fine. */
void demo_house_close(struct demo_house *house);

/* A signal has said that it shall end; from then on the descriptor is readable. */
bool demo_house_ends(const struct demo_house *house);
int demo_house_wake_fd(const struct demo_house *house);

const char *demo_house_address(const struct demo_house *house);  /* "127.0.0.1:41234" */
const char *demo_house_password(const struct demo_house *house); /* drawn for the login */
uint16_t demo_house_port(const struct demo_house *house, unsigned registrar);

/* ---- demo_show.c: lines of text */

enum demo_end {
	DEMO_SIGNAL, /* Ctrl-C, or nobody reads on */
	DEMO_TIME,   /* of --for */
	DEMO_SEEN,   /* of --once: all that is to be seen was */
};

struct demo_show {
	const struct cli_args *args; /* of a client of the daemon */
	const struct demo_house *house;
	uint32_t for_s; /* 0: until it is ended */
	bool once;      /* until all was seen, or for_s are over */
};

/* Prints what the lines do, as they do it. Returns CLI_OK, or what a client's call returned;
 * *ret_end is set on CLI_OK. */
int demo_show(const struct demo_show *show, enum demo_end *ret_end);

#endif
