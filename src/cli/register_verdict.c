/* cli/register_verdict.c: see cli/register_verdict.h. */
#include "cli/register_verdict.h"

#include <errno.h>
#include <stdlib.h>

int register_verdict_init(struct register_verdict *verdict)
{
	verdict->json = malloc(REGISTER_JSON_MAX);
	return verdict->json ? 0 : -ENOMEM;
}

void register_verdict_done(struct register_verdict *verdict)
{
	free(verdict->words);
	free(verdict->json);
}

/* ---- results */

static void tell_now(struct register_verdict *verdict, const struct register_news *news)
{
	const struct term *term = register_print_term(verdict->print);
	const struct explain_cause **before = &verdict->causes[news->second];
	const struct explain_cause *cause =
		news->end->end == REG_END_GRANTED ? NULL : explain(news->end->facts);

	if (!news->first && cause == *before)
		register_show_again(term, news);
	else
		register_show(term, news);
	fflush(term->file);
	*before = cause;
}

/* Behind that of the other flow, if there is one. */
static void keep_for_the_end(struct register_verdict *verdict, const struct register_news *news)
{
	struct term term = verdict->print->term;
	char *before = verdict->words;
	size_t before_n = verdict->words_n;
	FILE *memory;

	verdict->words = NULL;
	memory = open_memstream(&verdict->words, &verdict->words_n);
	if (memory)
		term.file = memory; /* without memory for it: at once, above the removal */
	if (before)
		fwrite(before, 1, before_n, term.file);
	register_show(&term, news);
	if (memory)
		fclose(memory);
	free(before);
}

static void compose_json(struct register_verdict *verdict, const struct register_news *news)
{
	struct buf out = buf_over(verdict->json, REGISTER_JSON_MAX);

	register_json(news, &out);
	verdict->json_n = out.full ? 0 : out.n;
}

void register_verdict_take(struct register_verdict *verdict, const struct register_news *news,
                           enum register_counts counts)
{
	if (news->settings->json) {
		if (counts == REGISTER_COUNTS)
			compose_json(verdict, news);
	} else if (news->settings->once) {
		keep_for_the_end(verdict, news);
	} else {
		tell_now(verdict, news);
	}
}

void register_verdict_stopped(struct register_verdict *verdict, const struct line *line,
                              const struct register_seen *seen, uint64_t took_ms)
{
	struct reg_facts facts = { .local = REG_LOCAL_INTERRUPTED,
		                   .asked_s = line_reg(line)->asked_s };
	struct line_end end = { .end = REG_END_FAILED,
		                .facts = &facts,
		                .target = seen->asked ? &seen->server : NULL,
		                .took_ms = took_ms };
	const struct register_settings *settings = verdict->print->settings;

	if (settings->json)
		compose_json(verdict, &(struct register_news){ .line = line,
		                                               .end = &end,
		                                               .seen = seen,
		                                               .settings = settings });
	else
		register_show_stopped(register_print_term(verdict->print), seen);
}

/* ---- the end */

void register_verdict_removed(struct register_verdict *verdict, const struct line_end *end)
{
	bool confirmed = end->facts->status >= 200 && end->facts->status < 300;

	if (end->facts->stage != REG_STAGE_REMOVAL)
		return;
	if (!confirmed)
		verdict->removal = REMOVAL_UNCONFIRMED;
	else if (verdict->removal == REMOVAL_NONE)
		verdict->removal = REMOVAL_CONFIRMED;
}

static void print_removal(const struct register_verdict *verdict, bool had)
{
	struct register_print *print = verdict->print;

	switch (verdict->removal) {
	case REMOVAL_NONE:
		break;
	case REMOVAL_CONFIRMED:
		register_print_text(print,
		                    had ? SLICE("The registration was removed.\n")
		                        : SLICE("In case the server kept it all the same, it was "
		                                "removed.\n"));
		break;
	case REMOVAL_UNCONFIRMED:
		term_wrap(print->args->out,
		          had ? SLICE("The server did not confirm the removal; the "
		                      "registration ends by itself.")
		              : SLICE("In case the server kept it all the same, its removal "
		                      "was asked for; it was not confirmed."),
		          (struct term_block){ .width = print->term.width });
		break;
	}
}

void register_verdict_print(struct register_verdict *verdict, bool had)
{
	struct register_print *print = verdict->print;

	(void)register_print_term(print);
	if (print->settings->json) {
		if (verdict->json_n)
			register_print_text(print, slice_of(verdict->json, verdict->json_n));
		else
			cli_fail(print->args, "the result is longer than %d bytes",
			         REGISTER_JSON_MAX);
		return;
	}
	if (verdict->words)
		register_print_text(print, slice_of(verdict->words, verdict->words_n));
	print_removal(verdict, had);
	register_print_text(print, SLICE(""));
}
