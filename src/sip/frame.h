/* sip/frame.h: where a message ends in a stream (RFC 3261 18.3). */
#ifndef LINEUP_SIP_FRAME_H
#define LINEUP_SIP_FRAME_H

#include "base/parse.h"
#include "base/slice.h"

enum sip_frame {
	SIP_FRAME_MESSAGE, /* a message for sip_parse() */
	SIP_FRAME_PING,    /* CRLF CRLF: answer it with a CRLF (RFC 5626 4.4.1) */
	SIP_FRAME_PONG,    /* a CRLF alone */
};

/* Looks for one frame at the front of a stream.
 *
 * PARSE_OK       *ret_kind says what it is and *ret_n how many bytes it has
 * PARSE_PARTIAL  read more; nothing is set
 * PARSE_BAD      close the connection: no SIP, headers that do not end within max_headers bytes, no
 * or more than one Content-Length (a stream must have one, 20.14), one that is no number or above
 * max_body
 *
 * A single CRLF at the very end of stream is PARTIAL, unless at_rest (nothing more came for a
 * while): it may be half of a ping. The whole stream may be shown again with more bytes behind it
 * each time: *scanned (0 at first) remembers what was looked at, so that a byte a segment costs
 * linear time; set it to 0 after each frame. */
enum parse sip_frame(struct slice stream, bool at_rest, size_t max_headers, size_t max_body,
                     size_t *scanned, enum sip_frame *ret_kind, size_t *ret_n);

#endif
