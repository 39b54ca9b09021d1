/* log/syslog.h: an event as a message of syslog (RFC 5424).
 *
 *   <28>1 2026-11-22T10:18:04.113Z studio-pc lineup 4711 failed
 *       [lineup@32473 ctx="0xa000001" status="401" address="sip:1001@pbx.example"]
 *       SIP: REGISTER failed for sip:1001@pbx.example (status code: 401)
 *
 * The facility is daemon (3). MSGID is the event's stable name (LOG_KINDS), the parameters have the
 * keys of logfmt and json (log/log.h) and are there where the event has them. 32473 is the number
 * that RFC 5612 keeps for whoever has none of their own. What a server sent is escaped as in every
 * format, and escaped once more as RFC 5424 6.3.3 wants it. */
#ifndef LINEUP_LOG_SYSLOG_H
#define LINEUP_LOG_SYSLOG_H

#include "log/log.h"

#define SYSLOG_MESSAGE_MAX 2048 /* bytes: what every receiver should take (RFC 5424 6.1) */
#define SYSLOG_HOST_MAX    255  /* of the host's own name; more is left out */

/* Who speaks. What RFC 5424 does not allow in these is left out; nothing left is "-". */
struct syslog_origin {
	const char *host;    /* of this machine */
	const char *program; /* at most 48 bytes of it */
	uint32_t process;
};

/* Appends the event as one message of at most SYSLOG_MESSAGE_MAX bytes, whatever it holds: values
 * and text that are too long are cut, at a character's border, and end with "...". out has room for
 * SYSLOG_MESSAGE_MAX + 1 bytes, and is empty. */
void syslog_write(const struct syslog_origin *origin, const struct log_event *event,
                  struct buf *out);

#endif
