/* base/lex.h: the small pieces that header values are made of (RFC 3261 25.1).
 *
 * Each function takes a piece off the front of *in, moving *in past it, and moves nothing where the
 * piece is not there. Results borrow from *in. Blanks include folded lines: CRLF and a blank. */
#ifndef LINEUP_BASE_LEX_H
#define LINEUP_BASE_LEX_H

#include "base/buf.h"
#include "base/slice.h"

bool lex_is_token(unsigned char c);

/* Takes any blanks (LWS). */
void lex_blanks(struct slice *in);

/* Takes c with any blanks around it. */
bool lex_char(struct slice *in, char c);

/* Takes a token: at least one character. */
bool lex_token(struct slice *in, struct slice *ret_token);

/* Takes a quoted-string. *ret_inside is what stands between the quotes, quoted pairs and folds
 * still in it. False where the closing quote is missing. */
bool lex_quoted(struct slice *in, struct slice *ret_inside);

/* Takes "name", "name=token" or "name=\"quoted\"" with blanks around each piece. Where there is no
 * "=", *ret_value is absent; behind "=" there may be nothing (*ret_value is then empty). The value
 * without quotes around it may be anything up to a blank, a comma or a semicolon (hosts and times
 * stand there, too). *ret_quoted (may be NULL) says whether there were quotes. */
bool lex_param(struct slice *in, struct slice *ret_name, struct slice *ret_value, bool *ret_quoted);

/* Takes one element of a comma-separated list, with the commas in quotes and in <> left alone, and
 * the comma behind it. Empty elements are passed over. The element is trimmed. False at the end. */
bool lex_element(struct slice *in, struct slice *ret_element);

/* Appends what inside (from lex_quoted()) stands for: quoted pairs resolved, a fold as one blank.
 */
void lex_unquote(struct slice inside, struct buf *out);

/* Appends text as a quoted-string, quotes around it, '"' and '\' as quoted pairs. A CR or an LF,
 * which no quoted-string can hold, becomes a blank: text never begins a header of its own. */
void lex_quote(struct slice text, struct buf *out);

#endif
