/* log/log.h: events, and the formats that they are written in.
 *
 * One event is one line. The seven forms of the article (reference: the vendor's workflow) are
 * events of their own, so that "classic" writes them letter for letter while logfmt and json carry
 * the same with stable keys. Text from the network is escaped by the format. The pure rooms never
 * log. */
#ifndef LINEUP_LOG_LOG_H
#define LINEUP_LOG_LOG_H

#include <stdint.h>

#include "base/buf.h"

enum log_level {
	LOG_LEVEL_QUIET,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* X(constant, stable name for logfmt and json) */
#define LOG_KINDS(X) \
	X(SEND, "send")               /* SIP: Ctx (nil) send REGISTER: sip:pbx.example */ \
	X(RECV, "recv")               /* SIP: Ctx 0xa000001 recv REGISTER: 401 Unauthorized */ \
	X(RETRY_AUTH, "retry-auth")   /* SIP: Retrying REGISTER with updated authentication */ \
	X(PASS, "pass")               /* SIP: Passing message to the context 0xa000001 */ \
	X(RESULT, "result")           /* SIP: REGISTER sip:1001@pbx.example: 401 Unauthorized */ \
	X(CANNOT_AUTH, "cannot-auth") /* SIP: Can not authenticate request */ \
	X(FAILED, "failed") /* SIP: REGISTER failed for sip:1001@pbx.example (status code: 401) */ \
	X(CALL, "call") /* SIP: Call for sip:1001@pbx.example from sip:7@pbx.example: sent on */ \
	X(NOTE, "note") /* SIP: text */

#define LOG_KIND_ENUM(constant, name) LOG_##constant,
enum log_kind { LOG_KINDS(LOG_KIND_ENUM) LOG_KIND_COUNT };

/* Only the members that the kind shows need be set; slices borrow for the call. */
struct log_event {
	enum log_kind kind;
	enum log_level level;
	int64_t wall_ms; /* since 1970-01-01 UTC */
	uint32_t ctx;    /* handle of the attempt; 0: "(nil)" */
	uint16_t status;
	struct slice reason;
	struct slice uri;     /* SEND: where to, without a port; CALL: the caller */
	struct slice address; /* the line's address-of-record */
	struct slice text;    /* NOTE, CALL */
	void *owner; /* of the line that it is about, as line_cfg names it; NULL: of none. Not
	                written */
};

#define LOG_REASON_MAX 256 /* bytes of a reason that are shown; the rest is left out */

enum log_format { LOG_CLASSIC, LOG_LOGFMT, LOG_JSON };

/* Appends the event as one line without its end, and for classic without a time in front (a sink
 * adds that in its own way).
 *
 * logfmt and json have the same keys in the same order; they never change their names or meaning:
 *
 *   time     RFC 3339 in UTC with milliseconds
 *   level    log_level_name()
 *   event    the kind's stable name (LOG_KINDS)
 *   ctx      "0xa000001"
 *   status   SIP status code, a number
 *   reason   the reason phrase, as the server wrote it
 *   uri      where a request goes to; of a call, who calls
 *   address  the line's address-of-record
 *   text     what a note says; what became of a call
 *
 * The first three are always there; of the others those that the event has set, whatever its kind.
 * A value of logfmt stands in quotes where it is empty or holds more than plain text; in them '"'
 * is \", and all else is escaped as by buf_show(). Whatever a server sends, 4096 bytes have room
 * for the line. */
void log_write(enum log_format format, const struct log_event *event, struct buf *out);

/* Where events go. */
struct log {
	enum log_level level; /* nothing above it is handed on */
	void (*sink)(void *ctx, const struct log_event *event);
	void *ctx;
};

static inline bool log_wants(const struct log *log, enum log_level level)
{
	return log->sink && level <= log->level;
}

static inline void log_emit(const struct log *log, const struct log_event *event)
{
	if (log_wants(log, event->level))
		log->sink(log->ctx, event);
}

/* "quiet", "error", "warn", "info", "debug" */
const char *log_level_name(enum log_level level);

/* "send", "retry-auth": as in LOG_KINDS. */
const char *log_kind_name(enum log_kind kind);

/* Appends wall_ms as RFC 3339 in UTC, "2026-11-22T10:18:04.113Z". */
void log_time_utc(int64_t wall_ms, struct buf *out);

#endif
