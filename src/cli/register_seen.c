/* cli/register_seen.c: what an attempt has met until now, for the end that no answer decides. */
#include "cli/register.h"
#include "sip/via.h"

static void copy(struct slice from, char *to, size_t cap)
{
	struct buf text = buf_over(to, cap);

	buf_put(&text, from.n < cap ? from : slice_of(from.p, cap - 1));
	buf_end(&text);
}

static void see_nat(struct register_seen *seen, const struct sip_msg *msg)
{
	struct sip_values walk = { 0 };
	struct slice value;
	struct sip_via via;

	seen->received[0] = '\0';
	seen->rport = 0;
	if (!sip_value_next(msg, SIP_VIA, &walk, &value) || sip_via_parse(value, &via) != PARSE_OK)
		return;
	copy(via.received, seen->received, sizeof(seen->received));
	seen->rport = via.rport;
}

void register_see(struct register_seen *seen, const struct line_message *message)
{
	if (!message->msg) {
		seen->server = *message->peer;
		seen->asked = true;
		return;
	}
	seen->from = *message->peer;
	seen->status = message->msg->status;
	copy(message->msg->reason, seen->reason, sizeof(seen->reason));
	see_nat(seen, message->msg);
}
