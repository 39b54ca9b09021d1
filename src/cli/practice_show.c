/* cli/practice_show.c: what `lineup practice` prints: where it listens, what happens, and the
 * faults that it knows. */
#include <time.h>

#include "base/json.h"
#include "cli/practice.h"
#include "log/log.h"
#include "sip/mask.h"

#define FAULT_COLUMN 26 /* where the help of a fault begins */
#define CELL_WIDTH   26 /* of an extension and its fault, three in a row */
#define CELL_LABEL   6  /* of the extension alone */
#define CELL_GAP     2  /* between two of them, and at the left */

static void print_line(struct practice_run *run, struct buf *line)
{
	buf_char(line, '\n');
	fwrite(line->p, 1, line->n, run->args->out);
	fflush(run->args->out);
}

/* "09:14:02.113  ", as the clock of the place shows it. */
static void put_clock(const struct practice_run *run)
{
	int64_t wall_ms = net_wall_ms(run->net);
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	term_printf(&run->term, TERM_DIM, "%02d:%02d:%02d.%03d  ", tm.tm_hour, tm.tm_min, tm.tm_sec,
	            (int)(wall_ms % 1000));
}

static enum term_mark mark_of(enum practice_event_kind kind)
{
	switch (kind) {
	case PRACTICE_REGISTERED:
	case PRACTICE_REFRESHED:
		return TERM_MARK_GOOD;
	case PRACTICE_CHALLENGED:
		return TERM_MARK_WAIT;
	case PRACTICE_REFUSED:
	case PRACTICE_EXPIRED:
		return TERM_MARK_BAD;
	case PRACTICE_REMOVED:
	case PRACTICE_QUERIED:
	case PRACTICE_ANSWERED:
	case PRACTICE_IGNORED:
	case PRACTICE_EVENT_COUNT:
		break;
	}
	return TERM_MARK_NONE;
}

void practice_show_event(void *ctx, const struct practice_event *event)
{
	struct practice_run *run = ctx;
	struct buf line = buf_over(run->print, PRACTICE_PRINT_MAX);

	if (run->quiet)
		return;
	if (run->json) {
		practice_event_json(event, net_wall_ms(run->net), &line);
	} else {
		put_clock(run);
		term_mark(&run->term, mark_of(event->kind));
		fputc(' ', run->args->out);
		practice_event_show(event, &line);
	}
	print_line(run, &line);
}

static void print_json_message(struct practice_run *run, enum practice_way way, struct slice peer,
                               const char *transport, struct slice masked)
{
	char memory[32];
	struct buf now = buf_over(memory, sizeof(memory));
	struct buf line = buf_over(run->print, PRACTICE_PRINT_MAX);
	struct json json = json_over(&line);

	log_time_utc(net_wall_ms(run->net), &now);
	json_open_object(&json, NULL);
	json_put_string(&json, "time", buf_slice(&now));
	json_put_string(&json, "event", SLICE("message"));
	json_put_string(&json, way == PRACTICE_IN ? "from" : "to", peer);
	json_put_string(&json, "transport", slice_str(transport));
	json_put_string(&json, "message", masked);
	json_close_object(&json);
	if (!line.full)
		print_line(run, &line);
}

void practice_show_message(void *ctx, enum practice_way way, const struct net_addr *peer,
                           const char *transport, struct slice bytes)
{
	struct practice_run *run = ctx;
	char memory[NET_ADDR_TEXT_MAX], masked[16384];
	struct buf address = buf_over(memory, sizeof(memory));
	struct buf out = buf_over(run->print, PRACTICE_PRINT_MAX);

	net_addr_show(peer, &address);
	if (run->json) {
		out = buf_over(masked, sizeof(masked));
		sip_show_masked(bytes, SLICE(""), &out);
		print_json_message(run, way, buf_slice(&address), transport, buf_slice(&out));
		return;
	}
	put_clock(run);
	buf_str(&out, way == PRACTICE_IN ? "from " : "to ");
	buf_put(&out, buf_slice(&address));
	if (strcmp(transport, "udp") != 0) {
		buf_str(&out, " over ");
		buf_str(&out, strcmp(transport, "tls") == 0 ? "TLS" : "TCP");
	}
	buf_char(&out, '\n');
	sip_show_masked(bytes, way == PRACTICE_IN ? SLICE("  < ") : SLICE("  > "), &out);
	fwrite(out.p, 1, out.n, run->args->out);
	fflush(run->args->out);
}

static bool is_loopback(const struct net_addr *addr)
{
	if (addr->any.sa_family == AF_INET)
		return ntohl(addr->v4.sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&addr->v6.sin6_addr);
}

static void put_examples_json(struct json *json)
{
	const struct practice_example *example;

	json_open_object(json, "always");
	for (unsigned i = 0; (example = practice_example_at(i)); i++)
		json_put_string(json, example->extension, slice_str(example->faults));
	json_close_object(json);
}

static void put_tls_json(const struct practice_run *run, struct json *json)
{
	const struct net_addr *local = practice_local_tls(run->practice);
	char memory[NET_ADDR_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!local)
		return;
	net_addr_show(local, &text);
	json_put_string(json, "tls", buf_slice(&text));
	json_put_string(json, "tls_ca", slice_str(run->ca_file));
}

static void print_start_json(struct practice_run *run, struct slice address)
{
	struct buf line = buf_over(run->print, PRACTICE_PRINT_MAX);
	struct json json = json_over(&line);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("listening"));
	json_put_string(&json, "address", address);
	json_put_string(&json, "transport", SLICE("udp"));
	json_put_string(&json, "tcp", address);
	put_tls_json(run, &json);
	json_put_string(&json, "realm", run->config.realm);
	json_put_number(&json, "users", run->users.count);
	if (run->own_users)
		put_examples_json(&json);
	json_close_object(&json);
	print_line(run, &line);
}

/* Each extension that always fails, with its fault, in columns; a long one takes two. */
static void put_examples(struct buf *out)
{
	const struct practice_example *example;
	size_t begin = out->n;

	buf_str(out,
	        "  and these, with the same password, which always fail (--faults tells more):");
	for (unsigned i = 0; (example = practice_example_at(i)); i++) {
		size_t at = (out->n - begin + CELL_GAP) / CELL_WIDTH * CELL_WIDTH + CELL_WIDTH;

		if (i == 0 || at + CELL_LABEL + strlen(example->faults) > CLI_WIDTH - CELL_GAP) {
			buf_str(out, "\n  ");
			begin = out->n;
			at = 0;
		}
		while (out->n - begin < at)
			buf_char(out, ' ');
		buf_str(out, example->extension);
		while (out->n - begin < at + CELL_LABEL)
			buf_char(out, ' ');
		buf_str(out, example->faults);
	}
	buf_char(out, '\n');
}

static void put_faults(const struct practice_run *run, struct buf *out)
{
	if (run->own_users)
		put_examples(out);
	if (!run->faults.count)
		return;
	buf_str(out, "  faults of all: ");
	practice_faults_show(&run->faults, out);
	buf_char(out, '\n');
}

static void put_tls(const struct practice_run *run, struct buf *out)
{
	const struct net_addr *local = practice_local_tls(run->practice);

	if (!local)
		return;
	buf_str(out, "  TLS on ");
	net_addr_show(local, out);
	buf_str(out, ", for clients that trust ");
	buf_show(out, slice_str(run->ca_file));
	buf_char(out, '\n');
}

static void put_summary(const struct practice_run *run, struct buf *out)
{
	buf_str(out, "\n  ");
	if (run->own_users) {
		buf_str(out, "extensions 1001 to 1008, password \"" PRACTICE_PASSWORD "\"");
	} else {
		buf_u64(out, run->users.count);
		buf_str(out, run->users.count == 1 ? " extension" : " extensions");
	}
	buf_str(out, ", realm \"");
	buf_show(out, run->config.realm);
	buf_str(out, "\", over UDP and TCP, whatever the domain\n");
	put_tls(run, out);
	put_faults(run, out);
	buf_str(out, "Ctrl-C ends it.");
}

/* Other machines can reach it, which is meant to be a decision. */
static void warn_open(const struct practice_run *run, struct slice address)
{
	struct term err = term_of(run->args->err);

	term_put(&err, TERM_RED, "WARNING");
	fprintf(run->args->err,
	        ": other machines can reach %.*s. This is a registrar for rehearsals: give it no "
	        "password that is used elsewhere.\n",
	        (int)address.n, address.p);
}

/* The first line is for scripts, too: "listening on ADDRESS:PORT". */
void practice_show_start(struct practice_run *run)
{
	char memory[NET_ADDR_TEXT_MAX];
	struct buf address = buf_over(memory, sizeof(memory));
	struct buf out = buf_over(run->print, PRACTICE_PRINT_MAX);

	net_addr_show(practice_local(run->practice), &address);
	if (run->json) {
		print_start_json(run, buf_slice(&address));
	} else {
		buf_str(&out, "listening on ");
		buf_put(&out, buf_slice(&address));
		if (!run->quiet) {
			put_summary(run, &out);
		} else if (run->tls) {
			buf_char(&out, '\n');
			put_tls(run, &out);
			out.n--; /* the line is ended by who prints it */
		}
		print_line(run, &out);
	}
	if (!is_loopback(practice_local(run->practice)))
		warn_open(run, buf_slice(&address));
}

void practice_show_end(struct practice_run *run)
{
	struct practice_stats stats;

	if (run->quiet || run->json)
		return;
	practice_stats(run->practice, &stats);
	fprintf(run->args->out,
	        "%sended: %llu requests answered, %llu of them with success; %u bindings dropped\n",
	        run->term.tty ? "\n" : "", (unsigned long long)stats.requests,
	        (unsigned long long)stats.by_class[2], stats.bindings);
}

/* "  slow=MS                 answers come so many milliseconds late (default: 2000)" */
static void show_fault(const struct practice_fault_help *row, unsigned width, FILE *out)
{
	char memory[256];
	struct buf text = buf_over(memory, sizeof(memory));
	int at = fprintf(out, "  %s%s%s", row->name, row->argument ? "=" : "",
	                 row->argument ? row->argument : "");

	buf_str(&text, row->help);
	if (row->fallback) {
		buf_str(&text, " (default: ");
		buf_str(&text, row->fallback);
		buf_char(&text, ')');
	}
	if (at + 2 > FAULT_COLUMN) {
		fputc('\n', out);
		at = 0;
	}
	term_wrap(
		out, buf_slice(&text),
		(struct term_block){ .at = (unsigned)at, .indent = FAULT_COLUMN, .width = width });
}

void practice_show_faults(const struct cli_args *args)
{
	const unsigned width = cli_help_width(args->out);
	const struct practice_example *example;

	fputs("Faults, for --fault NAME[=VALUE] and --fault EXTENSION:NAME[=VALUE]:\n", args->out);
	for (unsigned id = 0; id < PRACTICE_FAULT_COUNT; id++)
		show_fault(practice_fault_help((enum practice_fault_id)id), width, args->out);
	fputs("\nExtensions that always have one, password \"" PRACTICE_PASSWORD "\":\n",
	      args->out);
	for (unsigned i = 0; (example = practice_example_at(i)); i++)
		fprintf(args->out, "  %-7s %s\n", example->extension, example->faults);
}
