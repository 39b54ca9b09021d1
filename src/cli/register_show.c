/* cli/register_show.c: the end of an attempt in words. The layout is that of docs and README: a
 * mark and a verdict, what was met, what to do, who must do it. */
#include "cli/looks_like.h"
#include "cli/register.h"
#include "cli/result.h"
#include "cli/show_cause.h"
#include "log/log.h"

#define INDENT     SHOW_CAUSE_INDENT
#define TEXT_MAX   2048 /* bytes of one line that is shown */
#define REASON_MAX 200  /* bytes of a reason phrase */
#define LISTED_MAX 5    /* other devices that are shown one by one */

static void put_line(const struct term *term, const struct buf *text)
{
	term_wrap(term->file, buf_slice(text),
	          (struct term_block){ .at = 0, .indent = INDENT, .width = term->width });
}

/* ---- registered */

static void show_where(const struct term *term, const struct register_news *news)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	term_mark(term, TERM_MARK_GOOD);
	term_put(term, TERM_GREEN, " Registered  ");
	buf_str(&text, line_address(news->line));
	buf_str(&text, " at ");
	net_addr_show(news->end->target, &text);
	buf_str(&text, " over ");
	buf_str(&text, dns_transport_text(news->end->transport));
	buf_str(&text, ", in ");
	explain_span(news->end->took_ms, &text);
	term_wrap(term->file, buf_slice(&text),
	          (struct term_block){ .at = 14, .indent = INDENT, .width = term->width });
}

/* Over TLS: until when the server's certificate is good. */
static void show_certificate(const struct term *term, const struct register_news *news)
{
	int64_t until_s = line_server(news->line)->tls.certificate_until_s;
	char memory[64], when[32];
	struct buf text = buf_over(memory, sizeof(memory)), until = buf_over(when, sizeof(when));

	if (!until_s)
		return;
	log_time_utc(until_s * 1000, &until);
	buf_str(&text, "its certificate is good until ");
	buf_put(&text, slice_of(until.p, until.n < 10 ? until.n : 10));
	term_put_wrapped(term, TERM_DIM, buf_slice(&text),
	                 (struct term_block){ .indent = INDENT, .width = term->width });
}

static void show_times(const struct term *term, const struct register_news *news)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "granted ");
	buf_u64(&text, line_reg(news->line)->granted_s);
	buf_str(&text, " s (asked ");
	buf_u64(&text, news->end->facts->asked_s);
	buf_str(&text, ")");
	if (news->retry_in_ms) {
		buf_str(&text, ", next refresh in ");
		explain_span(news->retry_in_ms, &text);
	}
	put_line(term, &text);
}

static void show_others(const struct term *term, const struct register_news *news)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	struct facts_binding binding;
	struct facts_binding_walk walk = { 0 };
	unsigned listed = 0, others = news->end->facts->foreign;

	if (!others) {
		buf_str(&text, "no other device is registered on this extension");
		put_line(term, &text);
		return;
	}
	buf_u64(&text, others);
	buf_str(&text, others == 1 ? " other device is" : " other devices are");
	buf_str(&text, " registered on this extension:");
	while (listed < LISTED_MAX && line_binding_next(news->line, news->end, &walk, &binding)) {
		if (binding.ours || binding.beside)
			continue;
		buf_str(&text, listed++ ? ", " : " ");
		buf_show(&text, slice_of(binding.uri.p, binding.uri.n < 200 ? binding.uri.n : 200));
	}
	if (others > listed)
		buf_str(&text, ", ...");
	put_line(term, &text);
}

static void show_gruu(const struct term *term, const char *name, struct slice gruu)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, name);
	if (slice_present(gruu))
		buf_show(&text, slice_of(gruu.p, gruu.n < 500 ? gruu.n : 500));
	else
		buf_str(&text, "none");
	put_line(term, &text);
}

/* Where they were asked for. */
static void show_gruus(const struct term *term, const struct register_news *news)
{
	struct facts_binding_walk walk = { 0 };
	struct facts_binding binding;

	if (!news->settings->demands.gruu)
		return;
	while (line_binding_next(news->line, news->end, &walk, &binding)) {
		if (!binding.ours)
			continue;
		show_gruu(term, "public GRUU ", binding.pub_gruu);
		show_gruu(term, "temporary GRUU ", binding.temp_gruu);
		return;
	}
}

static void show_refreshed(const struct term *term, const struct register_news *news)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (news->settings->detail == REGISTER_QUIET)
		return;
	if (news->retry_in_ms) {
		buf_str(&text, ", next refresh in ");
		explain_span(news->retry_in_ms, &text);
	} else {
		buf_char(&text, '.');
	}
	buf_end(&text);
	term_mark(term, TERM_MARK_GOOD);
	term_put(term, TERM_GREEN, news->second ? " Second flow registered" : " Registered");
	fprintf(term->file, "%s\n", memory);
}

static void show_registered(const struct term *term, const struct register_news *news)
{
	const struct register_settings *settings = news->settings;

	if (!news->first || news->second) {
		show_refreshed(term, news);
		return;
	}
	if (settings->detail != REGISTER_QUIET)
		fputc('\n', term->file);
	show_where(term, news);
	show_times(term, news);
	show_others(term, news);
	show_gruus(term, news);
	show_certificate(term, news);
	if (!settings->once)
		term_put_wrapped(term, TERM_DIM,
		                 settings->keep
		                         ? SLICE("Ctrl-C ends, and leaves the registration.")
		                         : SLICE("Ctrl-C removes the registration and ends."),
		                 (struct term_block){ .width = term->width });
}

/* ---- not registered */

static void show_next(const struct term *term, const struct register_news *news)
{
	char memory[128];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!news->retry_in_ms)
		return;
	if (reg_bound(line_reg(news->line))) {
		buf_str(&text, "Still registered for ");
		explain_span(line_reg(news->line)->ends_at_ms - news->now_ms, &text);
		buf_str(&text, ". ");
	}
	buf_str(&text, "Trying again in ");
	explain_span(news->retry_in_ms, &text);
	buf_str(&text, ". Ctrl-C ends.");
	put_line(term, &text);
}

static void show_failed(const struct term *term, const struct register_news *news)
{
	const struct explain_cause *cause = explain(news->end->facts);
	struct result_words words;

	result_words(&news->settings->account, news->end->facts, news->end->target, &words);
	if (news->settings->detail != REGISTER_QUIET)
		fputc('\n', term->file);
	if (news->second)
		fputs("The second flow:\n", term->file);
	show_cause_title(term, TERM_MARK_BAD, cause, news->end->facts->status);
	show_cause_text(term, cause->meaning, &words.words, 0, INDENT);
	show_cause_text(term, cause->seen, &words.words, 0, INDENT);
	if (news->settings->detail != REGISTER_QUIET) {
		show_cause_advice(term, cause, &words.words);
		looks_like_show(term,
		                (struct looks_like){ slice_str(news->settings->account.aor.host),
		                                     news->end->facts->server },
		                LOOKS_LIKE_QUIRKS);
	}
	show_next(term, news);
	show_cause_more(term, cause);
}

void register_show(const struct term *term, const struct register_news *news)
{
	if (news->end->end == REG_END_GRANTED)
		show_registered(term, news);
	else
		show_failed(term, news);
}

void register_show_again(const struct term *term, const struct register_news *news)
{
	const struct explain_cause *cause = explain(news->end->facts);
	char memory[96];
	struct buf text = buf_over(memory, sizeof(memory));

	if (news->end->end == REG_END_GRANTED) {
		show_registered(term, news);
		return;
	}
	if (news->second)
		buf_str(&text, "The second flow: ");
	buf_str(&text, cause->title);
	buf_str(&text, ", as before.");
	term_mark(term, TERM_MARK_BAD);
	fputc(' ', term->file);
	term_put_wrapped(term, TERM_RED, buf_slice(&text),
	                 (struct term_block){ .at = 2, .indent = INDENT, .width = term->width });
	show_next(term, news);
}

/* Whether a server that says this has more to say. */
static bool goes_on(unsigned status)
{
	return status < 200 || status == 401 || status == 407;
}

void register_show_stopped(const struct term *term, const struct register_seen *seen)
{
	char memory[TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));
	struct slice reason = slice_str(seen->reason);

	if (!seen->status) {
		buf_str(&text, "Stopped before a server answered.");
	} else {
		buf_str(&text, "Stopped. ");
		net_addr_show(&seen->from, &text);
		buf_str(&text, " answered ");
		buf_u64(&text, seen->status);
		buf_str(&text, reason.n ? " " : "");
		buf_show(&text, reason.n < REASON_MAX ? reason : slice_of(reason.p, REASON_MAX));
		buf_str(&text, goes_on(seen->status) ? ", and then nothing more came." : ".");
	}
	term_wrap(term->file, buf_slice(&text), (struct term_block){ .width = term->width });
}
