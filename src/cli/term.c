/* cli/term.c: colour, marks, wrapped text and a spinner. */
#include "cli/term.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_UNKNOWN 80

static const char *const style_codes[] = {
	[TERM_GREEN] = "32", [TERM_AMBER] = "33", [TERM_RED] = "31",
	[TERM_DIM] = "2",    [TERM_BOLD] = "1",
};

static const struct {
	const char *utf8, *ascii;
	enum term_style style;
} marks[] = {
	[TERM_MARK_GOOD] = { "\u25cf", "+", TERM_GREEN },
	[TERM_MARK_WAIT] = { "\u25d0", "~", TERM_AMBER },
	[TERM_MARK_BAD] = { "\u2717", "x", TERM_RED },
	[TERM_MARK_NONE] = { "\u2013", "-", TERM_DIM },
};

/* https://no-color.org: present and not empty, whatever it says. */
static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (!no || !*no) && term && *term && strcmp(term, "dumb") != 0;
}

struct term term_of(FILE *file)
{
	struct winsize size;
	int fd = fileno(file);
	bool tty = fd >= 0 && isatty(fd);
	struct term term = { .file = file,
		             .width = WIDTH_UNKNOWN,
		             .tty = tty,
		             .colour = tty && wants_colour(),
		             .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 };

	if (tty && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		term.width = size.ws_col;
	return term;
}

static void style_on(const struct term *term, enum term_style style)
{
	if (term->colour && style != TERM_PLAIN)
		fprintf(term->file, "\033[%sm", style_codes[style]);
}

static void style_off(const struct term *term, enum term_style style)
{
	if (term->colour && style != TERM_PLAIN)
		fputs("\033[0m", term->file);
}

void term_put(const struct term *term, enum term_style style, const char *text)
{
	style_on(term, style);
	fputs(text, term->file);
	style_off(term, style);
}

void term_printf(const struct term *term, enum term_style style, const char *format, ...)
{
	va_list ap;

	style_on(term, style);
	va_start(ap, format);
	vfprintf(term->file, format, ap);
	va_end(ap);
	style_off(term, style);
}

void term_mark(const struct term *term, enum term_mark mark)
{
	term_put(term, marks[mark].style, term->utf8 ? marks[mark].utf8 : marks[mark].ascii);
}

unsigned term_columns(struct slice text)
{
	unsigned n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

/* Takes what stands before c off the front of *in, and c itself. */
static struct slice take_until(struct slice *in, char c)
{
	size_t n = slice_find(*in, c);
	struct slice taken = slice_of(in->p, n);

	*in = slice_from(*in, n < in->n ? n + 1 : n);
	return taken;
}

/* One line of text, broken as often as need be. at: the cursor's column now. */
static void wrap_line(FILE *file, struct slice line, unsigned at, struct term_block block)
{
	bool first = true;

	while (line.n) {
		struct slice word = take_until(&line, ' ');
		unsigned columns = term_columns(word);

		if (!word.n)
			continue;
		if (!first && at + 1 + columns > block.width) {
			fputc('\n', file);
			at = 0;
			first = true;
		}
		if (first)
			at += (unsigned)fprintf(
				file, "%*s", at < block.indent ? (int)(block.indent - at) : 0, "");
		else
			at += (unsigned)fprintf(file, " ");
		fwrite(word.p, 1, word.n, file);
		at += columns;
		first = false;
	}
	fputc('\n', file);
}

void term_wrap(FILE *file, struct slice text, struct term_block block)
{
	unsigned at = block.at;

	do {
		wrap_line(file, take_until(&text, '\n'), at, block);
		at = 0;
	} while (text.n);
}

void term_put_wrapped(const struct term *term, enum term_style style, struct slice text,
                      struct term_block block)
{
	style_on(term, style);
	term_wrap(term->file, text, block);
	style_off(term, style);
}

void term_spin(struct term_spinner *spinner, const struct term *term, const char *text)
{
	static const char *const turns_utf8[] = { "\u25d0", "\u25d3", "\u25d1", "\u25d2" };
	static const char *const turns_ascii[] = { "|", "/", "-", "\\" };
	unsigned turn = spinner->turn++ % 4;

	if (!term->tty)
		return;
	fprintf(term->file, "\r%s ", term->utf8 ? turns_utf8[turn] : turns_ascii[turn]);
	/* One line only: what wraps cannot be erased. */
	fprintf(term->file, "%.*s\033[K", term->width > 3 ? (int)term->width - 3 : 0, text);
	fflush(term->file);
	spinner->shown = true;
}

void term_spin_end(struct term_spinner *spinner, const struct term *term)
{
	if (spinner->shown) {
		fputs("\r\033[K", term->file);
		fflush(term->file);
	}
	spinner->shown = false;
}
