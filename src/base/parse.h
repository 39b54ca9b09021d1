/* base/parse.h: the three answers of every parser. */
#ifndef LINEUP_BASE_PARSE_H
#define LINEUP_BASE_PARSE_H

enum parse {
	PARSE_OK,      /* all results are set */
	PARSE_PARTIAL, /* right so far, but cut short: more bytes could make it OK */
	PARSE_BAD,     /* no bytes that follow could make it right */
};

#endif
