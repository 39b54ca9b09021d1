/* cli/message.h: a SIP message as the commands show it: in a trace, as JSON, in a line. */
#ifndef LINEUP_CLI_MESSAGE_H
#define LINEUP_CLI_MESSAGE_H

#include "cli/term.h"
#include "net/addr.h"
#include "sip/msg.h"

#define MESSAGE_BYTES_MAX 16384        /* of a message that are traced; the rest is marked as cut */
#define MESSAGE_PRINT_MAX (256 * 1024) /* bytes that have room for whatever is written here */

struct message {
	const struct net_addr *peer;
	const char *transport; /* "udp" */
	struct slice method;
	struct slice bytes;
	const struct sip_msg *msg; /* received ones; NULL on sent ones */
	uint32_t cseq;
	bool again;       /* sent: a retransmission */
	bool credentials; /* sent: with an answer to a challenge */
};

/* Whether JSON has the bytes in it. */
enum message_detail { MESSAGE_TOLD, MESSAGE_TRACED };

/* Appends a line of JSON, its end included: the event "send" or "recv" (docs/json.md). out is empty
 * and has MESSAGE_PRINT_MAX bytes, here and below. */
void message_json(const struct message *message, enum message_detail detail, struct buf *out);

/* Appends the bytes, secrets masked, with "  > " or "  < " in front of each line. */
void message_trace(const struct message *message, struct buf *out);

/* "sent: 412 bytes to 192.0.2.10:5060 over udp" */
void message_show_sent(const struct message *message, const struct term *term);

#endif
