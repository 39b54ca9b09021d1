/* cli/message.c: a SIP message as the commands show it. */
#include "cli/message.h"

#include "base/json.h"
#include "sip/mask.h"

#define TRACE_MAX 16384 /* bytes of a message within JSON */

void message_json(const struct message *message, enum message_detail detail, struct buf *out)
{
	char peer[NET_ADDR_TEXT_MAX], trace[TRACE_MAX];
	struct buf peer_buf = buf_over(peer, sizeof(peer));
	struct buf masked = buf_over(trace, sizeof(trace));
	struct json json = json_over(out);

	net_addr_show(message->peer, &peer_buf);
	json_open_object(&json, NULL);
	json_put_string(&json, "event", message->msg ? SLICE("recv") : SLICE("send"));
	json_put_string(&json, message->msg ? "from" : "to", buf_slice(&peer_buf));
	json_put_string(&json, "transport", slice_str(message->transport));
	json_put_string(&json, "method", message->method);
	json_put_number(&json, "cseq", message->cseq);
	json_put_number(&json, "bytes", message->bytes.n);
	if (message->msg) {
		json_put_number(&json, "status", message->msg->status);
		json_put_string(&json, "reason", message->msg->reason);
	} else {
		(message->credentials ? json_put_true : json_put_false)(&json, "credentials");
		(message->again ? json_put_true : json_put_false)(&json, "retransmission");
	}
	if (detail == MESSAGE_TRACED) {
		sip_show_masked(message->bytes, SLICE(""), &masked);
		json_put_string(&json, "message", buf_slice(&masked));
	}
	json_close_object(&json);
	buf_char(out, '\n');
}

void message_trace(const struct message *message, struct buf *out)
{
	sip_show_masked(message->bytes, message->msg ? SLICE("  < ") : SLICE("  > "), out);
}

void message_show_sent(const struct message *message, const struct term *term)
{
	char peer[NET_ADDR_TEXT_MAX];
	struct buf text = buf_over(peer, sizeof(peer));

	net_addr_show(message->peer, &text);
	buf_end(&text);
	term_printf(term, TERM_DIM, "              %s %zu bytes to %s over %s\n",
	            message->again ? "sent again:" : "sent:", message->bytes.n, peer,
	            message->transport);
}
