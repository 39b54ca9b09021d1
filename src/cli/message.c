/* cli/message.c: a SIP message as the commands show it. */
#include "cli/message.h"

#include "base/json.h"
#include "cli/result.h"
#include "sip/mask.h"

#define MARK_MAX 64 /* bytes of the mark behind a message that is cut */

/* Appends the bytes line by line. What is too long for a person to read, and whatever does not fit,
 * is cut, and said to be. */
static void show_masked(struct slice bytes, const char *prefix, struct buf *out)
{
	struct slice head = bytes;
	struct buf room = buf_over(out->p + out->n, out->cap - out->n - MARK_MAX);

	if (head.n > MESSAGE_BYTES_MAX)
		head.n = MESSAGE_BYTES_MAX;
	sip_show_masked(head, slice_str(prefix), &room);
	out->n += room.n;
	if (head.n == bytes.n && !room.full)
		return;
	buf_str(out, prefix);
	buf_str(out, "... (cut, of ");
	buf_u64(out, bytes.n);
	buf_str(out, " bytes)\n");
}

static void put_trace(struct json *json, struct slice bytes)
{
	char memory[MESSAGE_BYTES_MAX * 4 + MARK_MAX];
	struct buf masked = buf_over(memory, sizeof(memory));

	show_masked(bytes, "", &masked);
	json_put_string(json, "message", buf_slice(&masked));
}

void message_json(const struct message *message, enum message_detail detail, struct buf *out)
{
	char peer[NET_ADDR_TEXT_MAX];
	struct buf peer_buf = buf_over(peer, sizeof(peer));
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
		result_json_text(&json, "reason", message->msg->reason);
	} else {
		result_json_bool(&json, "credentials", message->credentials);
		result_json_bool(&json, "retransmission", message->again);
	}
	if (detail == MESSAGE_TRACED)
		put_trace(&json, message->bytes);
	json_close_object(&json);
	buf_char(out, '\n');
}

void message_trace(const struct message *message, struct buf *out)
{
	show_masked(message->bytes, message->msg ? "  < " : "  > ", out);
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
