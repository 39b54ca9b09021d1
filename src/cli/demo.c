/* cli/demo.c: `lineup demo`: a house with registrars, the daemon and a studio of eight lines, to
 * look at. Here are its folder, its settings and its login; the house is demo_house.c. */
#include "cli/demo.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/serve.h"
#include "cli/watch.h"

#define HTTP_DEFAULT "127.0.0.1:0"
#define SETTINGS_MAX 4096
#define ONCE_S       90 /* then what is to be seen does not come about */
#define FOR_MAX_S    86400
#define NOT_SEEN     3 /* exit status */

static const struct cli_option options[] = {
	{ .name = "once",
	  .help = "end by itself as soon as all was seen: five lines up, one refused, one waiting, "
	          "one lost; implies --plain" },
	{ .name = "for", .arg = "SECONDS", .help = "end after so long; implies --plain" },
	{ .name = "plain",
	  .help = "lines of text, on a terminal too; that is what is written where standard output "
	          "is none" },
	{ .name = "http",
	  .arg = "ADDRESS:PORT",
	  .fallback = HTTP_DEFAULT,
	  .help = "where the page is served; port 0: any that is free" },
	{ .name = "sip-port",
	  .arg = "PORT",
	  .help = "the first of the three ports of 127.0.0.1 that the registrars listen on; "
	          "otherwise any that are free" },
	{ .name = "state",
	  .arg = "DIR",
	  .help = "keep the daemon's state in DIR, which holds none yet, and stays" },
	{ .name = "keep", .help = "leave the state folder where it is, instead of removing it" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was ended by q, Ctrl-C or SIGTERM, or by --for; with --once, all was seen" },
	{ CLI_FAILED,
	  "it could not start: a port or an address is taken, the folder cannot be made" },
	{ NOT_SEEN, "with --once: not all was seen in time" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup demo", "Shows the lines in the terminal, and the address of the page." },
	{ "lineup demo --once", "Ends by itself, for a script." },
	{ "lineup demo --http 127.0.0.1:8080 --state ./demo",
	  "At a known address; lineup status --state ./demo and all other commands work with it "
	  "meanwhile." },
	{ 0 },
};

struct demo {
	const struct cli_args *args;
	struct term term;
	struct place place;
	bool removes; /* the folder, at the end */
	uint32_t sip_port, for_s;
	bool once, plain;
	struct demo_house *house;
	struct cli_given state; /* for commands that call the daemon */
	char banner[256];
};

/* ---- the command line */

static int read_numbers(struct demo *demo)
{
	int status = cli_number(demo->args, "for", 1, FOR_MAX_S, &demo->for_s);

	if (!status)
		status = cli_number(demo->args, "sip-port", 1, UINT16_MAX - DEMO_REGISTRARS + 1,
		                    &demo->sip_port);
	return status;
}

static int read_options(struct demo *demo)
{
	int status = serve_check_http(demo->args, cli_value(demo->args, "http"));

	demo->once = cli_times(demo->args, "once") > 0;
	demo->plain = demo->once || cli_times(demo->args, "for") ||
	              cli_times(demo->args, "plain") || !isatty(STDIN_FILENO) ||
	              !isatty(STDOUT_FILENO);
	return status ? status : read_numbers(demo);
}

/* ---- its folder */

static int make_own_folder(struct demo *demo)
{
	const char *parent = getenv("TMPDIR");
	char folder[PLACE_PATH_MAX], memory[PLACE_PATH_MAX];
	int n = snprintf(folder, sizeof(folder), "%s/lineup-demo-XXXXXX",
	                 parent && parent[0] == '/' ? parent : "/tmp");

	if (n < 0 || (size_t)n >= sizeof(folder) || !mkdtemp(folder))
		return cli_fail(
			demo->args, "cannot make a folder in %s: %s",
			cli_shown(parent && *parent ? parent : "/tmp", memory, sizeof(memory)),
			strerror(errno));
	demo->removes = !cli_times(demo->args, "keep");
	return place_at(demo->args, folder, &demo->place);
}

static int make_folder(struct demo *demo)
{
	char memory[PLACE_PATH_MAX];
	int status;

	if (!cli_value(demo->args, "state"))
		return make_own_folder(demo);
	status = place_make(demo->args, &demo->place);
	if (!status && access(demo->place.store, F_OK) == 0)
		return cli_fail(demo->args,
		                "%s holds a daemon's state already, which a demo would overwrite: "
		                "name another folder",
		                cli_shown(demo->place.folder, memory, sizeof(memory)));
	return status;
}

/* What the daemon leaves there has no folders in it. */
static void remove_folder(const struct demo *demo)
{
	DIR *dir = demo->removes ? opendir(demo->place.folder) : NULL;
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(demo->place.folder);
}

/* ---- its settings, by the API as everybody makes them */

static const char settings_form[] =
	"general: { default-server: pbx }\n"
	"servers:\n"
	"  - { name: pbx, domain: 127.0.0.1, port: %u }\n"
	"  - { name: busy, domain: 127.0.0.1, port: %u }\n"
	"  - { name: flaky, domain: 127.0.0.1, port: %u, expires: 4 }\n"
	"studios:\n"
	"  - name: Demo Studio\n"
	"    note: \"Line 6 has a wrong password; the right one is practice.\"\n"
	"    lines:\n"
	"      - { number: 1, name: Host, extension: \"1001\", password: practice }\n"
	"      - { number: 2, name: Guest, extension: \"1002\", password: practice }\n"
	"      - { number: 3, name: Call-in 1, extension: \"1003\", password: practice }\n"
	"      - { number: 4, name: Call-in 2, extension: \"1004\", password: practice }\n"
	"      - { number: 5, name: Producer, extension: \"1005\", password: practice }\n"
	"      - { number: 6, name: News desk, extension: \"1006\", password: mistyped }\n"
	"      - { number: 7, name: Talkback, extension: \"1007\", password: practice, server: "
	"busy "
	"}\n"
	"      - { number: 8, name: Outside van, extension: \"1008\", password: practice, server: "
	"flaky }\n";

static struct cli_args client_args(const struct demo *demo)
{
	struct cli_args args = *demo->args;

	args.command = &cli_status; /* its first option is the state folder */
	args.given[0] = demo->state;
	args.given_count = 1;
	args.operand_count = 0;
	return args;
}

static int apply_settings(const struct demo *demo, struct client *client)
{
	char text[SETTINGS_MAX];
	const struct demo_house *house = demo->house;
	struct client_call call = { .method = "POST",
		                    .path = "/api/v1/apply",
		                    .content_type = "application/yaml" };
	int n = snprintf(text, sizeof(text), settings_form, demo_house_port(house, 0),
	                 demo_house_port(house, 1), demo_house_port(house, 2));

	call.body = slice_of(text, (size_t)n);
	return client_ask(client, &call, NULL);
}

static int add_login(const struct demo *demo, struct client *client)
{
	json_t *body = json_pack("{s:s, s:s, s:s}", "name", DEMO_LOGIN, "password",
	                         demo_house_password(demo->house), "role", "admin");
	int status = body ? client_put(client, "POST", "/api/v1/logins", body, NULL) : -ENOMEM;

	json_decref(body);
	return status;
}

static int furnish(const struct demo *demo)
{
	const struct cli_args args = client_args(demo);
	struct client *client = NULL;
	int status = client_open(&args, &client);

	if (!status)
		status = add_login(demo, client);
	if (!status)
		status = apply_settings(demo, client);
	client_close(client);
	return status;
}

/* ---- what is shown */

static void put_key(const struct term *term, const char *key)
{
	term_printf(term, TERM_DIM, "%-8s", key);
}

static void say_where(struct demo *demo)
{
	const struct term *term = &demo->term;
	const char *address = demo_house_address(demo->house);
	char memory[PLACE_PATH_MAX];

	term_put(term, TERM_BOLD, "A studio of eight lines, at three registrars of this machine");
	fputs("\nNothing leaves it, and nothing is changed that is yours.\n\n", term->file);
	put_key(term, "Page");
	fprintf(term->file, "http://%s/\n", address);
	put_key(term, "Login");
	fprintf(term->file, "%s, password %s\n", DEMO_LOGIN, demo_house_password(demo->house));
	put_key(term, "State");
	fprintf(term->file, "%s%s\n", cli_shown(demo->place.folder, memory, sizeof(memory)),
	        demo->removes ? ", removed at the end" : "");
	snprintf(demo->banner, sizeof(demo->banner), "Page http://%s/   Login %s, password %s",
	         address, DEMO_LOGIN, demo_house_password(demo->house));
	fputs("\nLine 6 is refused: its password is mistyped. Give it \"practice\" on the page.\n"
	      "Line 7 waits for a server that is overloaded, the server of line 8 comes and goes.\n"
	      "Ctrl-C ends it.\n\n",
	      term->file);
	fflush(term->file);
}

static bool view_ends(void *ctx)
{
	const struct demo *demo = ctx;

	return demo_house_ends(demo->house);
}

static int show_live(struct demo *demo)
{
	const struct cli_args args = client_args(demo);
	const struct watch_guest guest = { .banner = demo->banner, .ends = view_ends, .ctx = demo };

	return watch_lines(&args, &guest);
}

/* The table as it is now, whatever it says of the lines. */
static int show_table(const struct cli_args *args)
{
	int status;

	fputc('\n', args->out);
	status = cli_status.run(args);
	fputc('\n', args->out);
	return status == CLI_FAILED ? CLI_OK : status;
}

static int show_plain(const struct demo *demo)
{
	const struct cli_args args = client_args(demo);
	const struct demo_show show = {
		.args = &args,
		.house = demo->house,
		.for_s = demo->for_s || !demo->once ? demo->for_s : ONCE_S,
		.once = demo->once,
	};
	enum demo_end end = DEMO_SIGNAL;
	int status = demo_show(&show, &end);

	if (!status)
		status = show_table(&args);
	if (!status && demo->once && end == DEMO_TIME) {
		cli_fail(demo->args, "not all was seen within %u s", show.for_s);
		return NOT_SEEN;
	}
	return status;
}

static void say_end(const struct demo *demo)
{
	char memory[PLACE_PATH_MAX];

	if (demo->removes)
		fputs("The registrations are removed, and the state folder is.\n", demo->term.file);
	else
		fprintf(demo->term.file,
		        "The registrations are removed. The state is kept: lineup serve --state "
		        "%s\n",
		        cli_shown(demo->place.folder, memory, sizeof(memory)));
}

/* ---- the run */

static int work(struct demo *demo)
{
	const struct demo_house_cfg cfg = { .args = demo->args,
		                            .place = &demo->place,
		                            .http = cli_value(demo->args, "http"),
		                            .sip_port = (uint16_t)demo->sip_port };
	int status = demo_house_open(&cfg, &demo->house);

	if (!status)
		status = furnish(demo);
	if (!status) {
		demo_house_begin(demo->house);
		say_where(demo);
		status = demo->plain ? show_plain(demo) : show_live(demo);
		demo_house_close(demo->house);
		demo->house = NULL;
		if (status == CLI_OK || status == NOT_SEEN)
			say_end(demo);
	}
	demo_house_close(demo->house);
	return status;
}

static int run(const struct cli_args *args)
{
	struct demo demo = { .args = args, .term = term_of(args->out) };
	int status = read_options(&demo);

	if (!status)
		status = make_folder(&demo);
	if (status)
		return status;
	demo.state = (struct cli_given){ &cli_status.options[0], demo.place.folder };
	status = work(&demo);
	remove_folder(&demo);
	explicit_bzero(demo.banner, sizeof(demo.banner));
	return status;
}

const struct cli_command cli_demo = {
	.name = "demo",
	.brief = "registrars, the daemon and a sample studio, to look at",
	.description =
		"Starts three registrars to rehearse with, the daemon, and a studio of eight lines "
		"at them, all on this machine, and shows what the lines do: in a live view to move "
		"in on a terminal (as lineup watch), else as lines of text. It prints the address "
		"of the page and a login for it, whose password is another one each time."
		"\n\n"
		"Five lines are up. Line 6 is refused, since its password is mistyped; correct it "
		"on the page (\"practice\"), and it turns green. Line 7 is at a server that is "
		"overloaded: it answers 503 with a Retry-After, which is obeyed. The server of "
		"line 8 comes and goes, and so does its registration."
		"\n\n"
		"The daemon has a state folder of its own in $TMPDIR or /tmp, which is removed at "
		"the end unless --keep or --state say otherwise. All other commands work with it "
		"meanwhile: lineup status --state DIR.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.secrecy = CLI_SECRET,
	.run = run,
};
