/* cli/check_show.c: what the doctor found, for people and for programs. */
#include "cli/check.h"

#include <ctype.h>
#include <stdlib.h>

#include "cli/looks_like.h"
#include "cli/result.h"
#include "cli/show_cause.h"
#include "log/log.h"

#define NAME_COLUMNS 12 /* the longest name, and blanks behind it */
#define TIME_COLUMNS 9  /* "99999 ms", and a blank in front of it */
#define NARROW       60 /* columns of a terminal, below which texts begin further left */

static enum term_mark mark_of(enum check_state state)
{
	switch (state) {
	case CHECK_NOT_REACHED:
		return TERM_MARK_NONE;
	case CHECK_GOOD:
		return TERM_MARK_GOOD;
	case CHECK_WARNING:
		return TERM_MARK_WAIT;
	case CHECK_BAD:
		return TERM_MARK_BAD;
	}
	return TERM_MARK_NONE;
}

/* The text, wrapped, with the time at the end of its first line. */
static void show_text(const struct term *term, const char *text, const char *time)
{
	unsigned at = SHOW_CAUSE_INDENT + 2 + NAME_COLUMNS + 1;
	struct term_block block = { .at = at,
		                    .indent = term->width < NARROW ? 4 : at,
		                    .width = term->width - TIME_COLUMNS };
	char *wrapped = NULL, *rest;
	size_t wrapped_n;
	FILE *memory = open_memstream(&wrapped, &wrapped_n);
	unsigned used;

	if (!memory) {
		fprintf(term->file, "%s\n", text);
		return;
	}
	term_wrap(memory, slice_str(text), block);
	fclose(memory);
	rest = wrapped + slice_find(slice_of(wrapped, wrapped_n), '\n');
	used = at + term_columns(slice_of(wrapped, (size_t)(rest - wrapped)));
	fwrite(wrapped, 1, (size_t)(rest - wrapped), term->file);
	if (time[0]) {
		unsigned columns = used + (unsigned)strlen(time);

		fprintf(term->file, "%*s",
		        columns + 1 < term->width ? (int)(term->width - 1 - columns) : 2, "");
		term_put(term, TERM_DIM, time);
	}
	fputs(rest, term->file);
	free(wrapped);
}

void check_show_step(const struct term *term, const struct check_step *step)
{
	char time[32] = "";
	struct buf span = buf_over(time, sizeof(time));

	if (step->took_ms) {
		buf_u64(&span, step->took_ms);
		buf_str(&span, " ms");
		buf_end(&span);
	}
	fprintf(term->file, "%*s", SHOW_CAUSE_INDENT, "");
	term_mark(term, mark_of(step->state));
	fprintf(term->file, " %-*s ", NAME_COLUMNS, check_step_name(step->id));
	show_text(term, step->text, time);
}

static void show_remarks(const struct term *term, unsigned warned)
{
	char memory[256];
	struct buf text = buf_over(memory, sizeof(memory));

	for (unsigned id = 0; id < CHECK_STEP_COUNT; id++) {
		if (!(warned & 1u << id))
			continue;
		buf_str(&text, text.n ? ", " : "worth a look: ");
		buf_str(&text, check_step_name(id));
	}
	if (text.n)
		term_wrap(term->file, buf_slice(&text),
		          (struct term_block){ .indent = SHOW_CAUSE_INDENT, .width = term->width });
}

static struct looks_like met(const struct check_settings *settings, const struct check_end *end)
{
	return (struct looks_like){ slice_str(settings->account.aor.host), end->agent };
}

static void show_good(const struct term *term, const struct check_settings *settings,
                      const struct check_end *end, unsigned warned)
{
	static const char title[] = " It would register  ";
	char memory[1024];
	struct buf text = buf_over(memory, sizeof(memory));

	term_mark(term, TERM_MARK_GOOD);
	term_put(term, TERM_GREEN, title);
	result_put_address(&settings->account, &text);
	buf_str(&text, " at ");
	net_addr_show(end->target, &text);
	buf_str(&text, " over ");
	buf_str(&text, dns_transport_text(end->transport));
	term_wrap(term->file, buf_slice(&text),
	          (struct term_block){
			  .at = sizeof(title), .indent = SHOW_CAUSE_INDENT, .width = term->width });
	if (!end->tried)
		term_wrap(term->file,
		          SLICE("nothing was changed at the server; what only a registration "
		                "shows (a limit of devices, a grant of 0 s) was not tried: that is "
		                "--trial always"),
		          (struct term_block){ .indent = SHOW_CAUSE_INDENT, .width = term->width });
	looks_like_show(term, met(settings, end), LOOKS_LIKE_NAME);
	show_remarks(term, warned);
}

static void show_bad(const struct term *term, const struct check_settings *settings,
                     const struct check_end *end)
{
	struct result_words words;

	result_words(&settings->account, end->facts, end->target, &words);
	show_cause_title(term, TERM_MARK_BAD, end->cause, end->facts->status);
	show_cause_text(term, end->cause->meaning, &words.words, 0, SHOW_CAUSE_INDENT);
	show_cause_text(term, end->cause->seen, &words.words, 0, SHOW_CAUSE_INDENT);
	show_cause_advice(term, end->cause, &words.words);
	looks_like_show(term, met(settings, end), LOOKS_LIKE_QUIRKS);
	show_cause_more(term, end->cause);
}

/* "192.0.2.10:5061 over TLSv1.3: CN=pbx.example for pbx.example, issued by CN=R3, until 2027-01-31"
 */
static void put_shown(const struct check_certificate *certificate, struct buf *out)
{
	const struct net_certificate *shown = &certificate->shown;
	char memory[32];
	struct buf until = buf_over(memory, sizeof(memory));

	net_addr_show(&certificate->server, out);
	buf_str(out, " over ");
	buf_str(out, shown->version);
	buf_str(out, ": ");
	buf_show(out, slice_str(shown->subject));
	buf_str(out, " for ");
	buf_show(out, slice_str(shown->names[0] ? shown->names : "no name"));
	buf_str(out, ", issued by ");
	buf_show(out, slice_str(shown->issuer));
	buf_str(out, ", until ");
	log_time_utc(shown->until_s * 1000, &until);
	buf_put(out, slice_of(until.p, until.n < 10 ? until.n : 10));
	if (certificate->refused != REG_LOCAL_NONE) {
		buf_str(out, "; refused: ");
		buf_str(out, reg_local_text(certificate->refused));
	}
}

/* Those of all connections, where they are not one and the same: a step tells of one alone. */
static void show_certificates(const struct term *term, const struct check *check)
{
	unsigned count;
	const struct check_certificate *list = check_certificates(check, &count);
	bool differ = false;

	for (unsigned i = 1; i < count; i++)
		differ = differ || check_certificates_differ(&list[0], &list[i]);
	if (!differ)
		return;
	fprintf(term->file, "%*sThe certificates are not the same:\n", SHOW_CAUSE_INDENT, "");
	for (unsigned i = 0; i < count; i++) {
		char memory[6 * 3 * NET_TLS_TEXT_MAX];
		struct buf text = buf_over(memory, sizeof(memory));

		put_shown(&list[i], &text);
		fprintf(term->file, "%*s", 2 * SHOW_CAUSE_INDENT, "");
		term_wrap(term->file, buf_slice(&text),
		          (struct term_block){ .at = 2 * SHOW_CAUSE_INDENT,
		                               .indent = 3 * SHOW_CAUSE_INDENT,
		                               .width = term->width });
	}
}

void check_show_end(const struct term *term, const struct check *check,
                    const struct check_settings *settings, const struct check_end *end,
                    unsigned warned)
{
	fputc('\n', term->file);
	switch (end->result) {
	case CHECK_OK:
		show_good(term, settings, end, warned);
		break;
	case CHECK_FAILED:
		show_bad(term, settings, end);
		break;
	case CHECK_CANCELLED:
		fputs("Stopped before it was known.\n", term->file);
		break;
	}
	show_certificates(term, check);
}

/* ---- JSON */

static void put_step_id(struct json *json, const char *key, enum check_step_id id)
{
	char name[NAME_COLUMNS + 1];
	struct buf lower = buf_over(name, sizeof(name));

	for (const char *at = check_step_name(id); *at; at++)
		buf_char(&lower, (char)tolower((unsigned char)*at));
	json_put_string(json, key, buf_slice(&lower));
}

static void put_step_name(struct json *json, const char *key, const struct check_step *step)
{
	if (step)
		put_step_id(json, key, step->id);
	else
		json_put_null(json, key);
}

void check_json_progress(enum check_step_id id, const char *text, struct buf *out)
{
	struct json json = json_over(out);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("progress"));
	put_step_id(&json, "step", id);
	json_put_string(&json, "text", slice_str(text));
	json_close_object(&json);
	buf_char(out, '\n');
}

static void put_shown_members(struct json *json, const struct net_certificate *shown)
{
	char memory[32];
	struct buf until = buf_over(memory, sizeof(memory));

	log_time_utc(shown->until_s * 1000, &until);
	json_put_string(json, "subject", slice_str(shown->subject));
	json_put_string(json, "names", slice_str(shown->names));
	json_put_string(json, "issuer", slice_str(shown->issuer));
	json_put_string(json, "version", slice_str(shown->version));
	json_put_string(json, "until", buf_slice(&until));
}

static void put_certificate(struct json *json, const struct net_certificate *shown)
{
	if (!shown) {
		json_put_null(json, "certificate");
		return;
	}
	json_open_object(json, "certificate");
	put_shown_members(json, shown);
	json_close_object(json);
}

static void put_certificates(struct json *json, const struct check *check)
{
	unsigned count;
	const struct check_certificate *list = check_certificates(check, &count);

	json_open_array(json, "certificates");
	for (unsigned i = 0; i < count; i++) {
		char memory[NET_ADDR_TEXT_MAX];
		struct buf server = buf_over(memory, sizeof(memory));

		net_addr_show(&list[i].server, &server);
		json_open_object(json, NULL);
		json_put_string(json, "server", buf_slice(&server));
		json_put_string(json, "transport",
		                slice_str(dns_transport_name(list[i].transport)));
		if (list[i].refused == REG_LOCAL_NONE)
			json_put_null(json, "refused");
		else
			json_put_string(json, "refused",
			                slice_str(reg_local_text(list[i].refused)));
		put_shown_members(json, &list[i].shown);
		json_close_object(json);
	}
	json_close_array(json);
}

void check_json_step(const struct check_step *step, struct buf *out)
{
	struct json json = json_over(out);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("step"));
	put_step_name(&json, "step", step);
	json_put_string(&json, "state", slice_str(check_state_name(step->state)));
	json_put_string(&json, "text", slice_str(step->text));
	json_put_number(&json, "took_ms", step->took_ms);
	json_close_object(&json);
	buf_char(out, '\n');
}

static void put_bindings(struct json *json, const struct check *check)
{
	unsigned listed, total;
	const struct check_binding *bindings = check_bindings(check, &listed, &total);

	json_put_number(json, "bindings_total", total);
	json_open_array(json, "bindings");
	for (unsigned i = 0; i < listed; i++) {
		json_open_object(json, NULL);
		json_put_string(json, "uri", slice_str(bindings[i].uri));
		if (bindings[i].named)
			json_put_number(json, "expires", bindings[i].expires_s);
		else
			json_put_null(json, "expires");
		json_close_object(json);
	}
	json_close_array(json);
}

void check_json_end(const struct check *check, const struct check_settings *settings,
                    const struct check_end *end, struct buf *out)
{
	static const struct reg_facts good = { .status = 200, .reason = { "OK", 2 } };
	char address[SIP_USER_MAX + SIP_HOST_MAX + 8], target[NET_ADDR_TEXT_MAX];
	struct buf address_buf = buf_over(address, sizeof(address));
	struct buf target_buf = buf_over(target, sizeof(target));
	struct json json = json_over(out);

	result_put_address(&settings->account, &address_buf);
	if (end->target)
		net_addr_show(end->target, &target_buf);
	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("result"));
	json_put_string(&json, "result", end->result == CHECK_OK ? SLICE("ok") : SLICE("failed"));
	result_json_reason(&json, end->facts ? end->facts : &good);
	json_put_string(&json, "address", buf_slice(&address_buf));
	json_put_string(&json, "server", end->target ? buf_slice(&target_buf) : SLICE_NONE);
	json_put_string(&json, "transport",
	                slice_str(dns_transport_name(end->target ? end->transport
	                                                         : settings->account.transport)));
	put_step_name(&json, "step", end->bad);
	json_put_number(&json, "warnings", end->warnings);
	put_certificate(&json, end->certificate);
	put_certificates(&json, check);
	put_bindings(&json, check);
	json_put_number(&json, "took_ms", end->took_ms);
	result_json_cause(&json, &settings->account, end->facts, end->target, end->cause);
	looks_like_json(&json, met(settings, end));
	json_close_object(&json);
	buf_char(out, '\n');
}
