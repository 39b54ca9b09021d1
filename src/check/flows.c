/* check/flows.c: where two flows are wanted (RFC 5626 4.2), what the second one would meet: by a
 * proxy of its own a whole check more, of which one step is told; else another address of the
 * server. The first flow was proved before, so that nothing here changes the result. */
#include "check/own.h"

static void go_on(struct check *check, enum check_state state)
{
	check_tell(check, CHECK_FLOWS, state);
	check_keep_alive(check);
}

/* ---- without a proxy of its own */

/* The address that the second flow goes to; NULL: there is one alone. */
static const struct check_target *other_target(const struct check *check)
{
	const struct check_target *found = NULL;

	for (unsigned i = 0; i < check->target_count; i++)
		if (i != check->target &&
		    (!found || (!found->answers && check->targets[i].answers)))
			found = &check->targets[i];
	return found;
}

static void look_at_targets(struct check *check)
{
	const struct check_target *other = other_target(check);
	bool udp = check->targets[check->target].transport == DNS_UDP;
	struct buf text = check_text(check, CHECK_FLOWS);

	if (!other) {
		buf_str(&text, udp ? "the server has one address: over UDP both flows share a "
		                     "socket, and nothing is gained"
		                   : "the server has one address: the second one is another "
		                     "connection to it");
		go_on(check, udp ? CHECK_WARNING : CHECK_GOOD);
		return;
	}
	buf_str(&text, "the second one goes to ");
	net_addr_show(&other->addr, &text);
	buf_str(&text, other->answers ? ", which answers OPTIONS, too"
	                              : ", which does not answer OPTIONS");
	go_on(check, other->answers ? CHECK_GOOD : CHECK_WARNING);
}

/* ---- by a proxy of its own */

static void on_message(void *ctx, const struct check_message *message)
{
	const struct check *check = ctx;

	if (check->cfg.watch.message)
		check->cfg.watch.message(check->cfg.watch.ctx, message);
}

/* Its steps up to the login are its own; what follows is the server's, and told of the first flow.
 */
static bool put_proved(const struct check *second, const struct check_end *end, struct buf *text)
{
	bool warned = false;

	buf_str(text, "it would register at ");
	net_addr_show(end->target, text);
	buf_str(text, " over ");
	buf_str(text, dns_transport_text(end->transport));
	for (unsigned id = 0; id <= CHECK_TRIAL; id++) {
		if (second->steps[id].state != CHECK_WARNING)
			continue;
		warned = true;
		buf_str(text, "; ");
		buf_str(text, check_step_name(id));
		buf_str(text, ": ");
		buf_str(text, second->steps[id].text);
	}
	return warned;
}

static void put_fault(const struct check_end *end, struct buf *text)
{
	buf_str(text, "it would not register. ");
	buf_str(text, check_step_name(end->bad->id));
	buf_str(text, ": ");
	buf_str(text, end->bad->text);
	buf_str(text, " (");
	buf_str(text, end->cause->id);
	buf_char(text, ')');
}

static void on_ended(void *ctx, const struct check_end *end)
{
	struct check *check = ctx;
	struct buf text;
	bool warned;

	check_take_certificates(check, check->second);
	if (check->end_by_ms < UINT64_MAX - end->took_ms)
		check->end_by_ms += end->took_ms;
	if (end->result == CHECK_CANCELLED) {
		check_finish(check, CHECK_CANCELLED);
		return;
	}
	text = check_text(check, CHECK_FLOWS);
	buf_str(&text, "by ");
	check_put_shown(&text, slice_str(check->cfg.flows.proxy_host));
	buf_str(&text, ": ");
	if (end->result == CHECK_OK) {
		warned = put_proved(check->second, end, &text);
	} else {
		put_fault(end, &text);
		warned = true;
	}
	go_on(check, warned ? CHECK_WARNING : CHECK_GOOD);
}

static int ask_second(struct check *check)
{
	struct check_cfg cfg = check->cfg;
	int r;

	cfg.proxy_host = check->cfg.flows.proxy_host;
	cfg.proxy_port = check->cfg.flows.proxy_port;
	cfg.transport = check->cfg.flows.transport;
	cfg.flows = (struct check_flows){ .count = 1 };
	cfg.mapping_s = 0;
	cfg.key.k0 = hash_pair(&check->cfg.key, CHECK_STEP_COUNT + 2, 0);
	cfg.key.k1 = hash_pair(&check->cfg.key, CHECK_STEP_COUNT + 2, 1);
	cfg.watch = (struct check_watch){ .ctx = check, .message = on_message, .ended = on_ended };
	r = check_start(&cfg, check->net, check->dns, &check->second);
	if (r < 0)
		return r;
	/* What keeps a NAT open is tried once, by the first flow. */
	check->second->cfg.keep = SIP_KEEP_NONE;
	check->phase = CHECK_ASKS_SECOND;
	net_timer_set(check->timer, NET_NEVER);
	return 0;
}

void check_flows(struct check *check)
{
	struct buf text;

	if (check->cfg.flows.count < 2 || check->cancelled) {
		check_keep_alive(check);
		return;
	}
	check_begun(check, CHECK_FLOWS);
	if (!check->cfg.flows.proxy_host) {
		look_at_targets(check);
		return;
	}
	if (ask_second(check) == 0)
		return;
	text = check_text(check, CHECK_FLOWS);
	buf_str(&text, "the second one could not be tried: no memory or no socket is left");
	go_on(check, CHECK_WARNING);
}
