/* cli/log_line.h: reads back what log/log.h writes: classic (the article's words, by whatever
 * system wrote them), logfmt and json. */
#ifndef LINEUP_CLI_LOG_LINE_H
#define LINEUP_CLI_LOG_LINE_H

#include "base/buf.h"
#include "log/log.h"
#include "reg/outcome.h"

/* What a remark says, as far as it is known by its words. */
enum log_line_says {
	LOG_LINE_OTHER,
	LOG_LINE_LAPSED, /* the registration has run out */
	LOG_LINE_OPENED, /* a connection opened, at one of several addresses */
	LOG_LINE_SHUT,   /* none opened, at one address or several, or a request was in vain */
	LOG_LINE_LOST,   /* one that was open is over */
};

struct log_line {
	enum log_kind kind;
	bool first;              /* SEND: "(nil)", the first request of an attempt */
	enum log_line_says says; /* NOTE */
	enum reg_local local;    /* SHUT: why, where it says so */
	uint16_t status;         /* 100 to 699; 0: the line names none */
	struct slice reason;     /* this and the others: absent where the line does not have it */
	struct slice uri;        /* SEND: where to */
	struct slice address;    /* the line's address-of-record */
	struct slice transport;  /* "UDP", "TCP" or "TLS" */
	struct slice id; /* of a cause: in the result that `lineup register --json` writes */
};

/* Reads one line. Something may stand in front of classic ones (a time, a host, a program), and in
 * front of logfmt; an object of `lineup register --json` is read as well. A classic remark, which
 * is "SIP: " and any text, is not known from other text, but for LINE_LAPSED and those of
 * connections (line/flow.h).
 *
 * Returns whether it is such a line; *ret_line, set on true only, borrows from text and from
 * memory, which needs three times as many bytes as text has. */
bool log_line_read(struct slice text, struct buf *memory, struct log_line *ret_line);

#endif
