/* check/mapping.c: how long a NAT on the way keeps a mapping that nobody uses.
 *
 * Each time that is tried has a socket of its own (a probe), whose mapping is made at the beginning
 * and left alone. When its time is over the main socket sends an OPTIONS whose Via names the place
 * where the server saw the probe, without rport, so that the answer goes there (RFC 3261 18.2.2):
 * it comes in at the probe, or its mapping is gone. Nothing is sent through a mapping before that,
 * so that all of them are watched at once, and the longest time is all that it takes.
 *
 * A server that answers to where a request came from, whatever the Via says, leaves the port: the
 * probe asks once more, and is seen at another one where the mapping is gone. */
#include "check/own.h"

#define SENDS   3
#define RTO_MS  500
#define OPTIMAL 30 /* seconds: keep-alives are no further apart (line/nat.c) */

static const uint32_t times_s[] = { 15, 30, 45, 60, 90, 120, 150, 180, 240, 300, 600, 900 };

static struct check_probe *probe_of(struct check *check)
{
	return &check->mapping.probes[check->mapping.at];
}

static const struct net_addr *server_of(const struct check *check)
{
	return &check->targets[check->target].addr;
}

/* ---- the end */

void check_mapping_done(struct check *check)
{
	for (unsigned i = 0; i < CHECK_PROBES_MAX; i++) {
		if (check->mapping.probes[i].udp)
			net_udp_close(check->mapping.probes[i].udp);
		check->mapping.probes[i].udp = NULL;
	}
}

static void put_s(struct buf *text, const char *before, uint32_t s, const char *behind)
{
	buf_str(text, before);
	buf_u64(text, s);
	buf_str(text, " s");
	buf_str(text, behind);
}

static void put_advice(const struct check *check, struct buf *text)
{
	const struct check_mapping *mapping = &check->mapping;

	if (!mapping->gone_s)
		return;
	if (mapping->gone_s <= OPTIMAL)
		buf_str(text, ": keep-alives, each 24 to 29 s, may come too late; set Transport to "
		              "TCP or TLS");
	else if (check->cfg.keep != SIP_KEEP_NONE && check->keep_answered)
		buf_str(text, ": set keep-alive to the one tried above");
	else
		buf_str(text, ": set keep-alive to options");
}

static void put_times(const struct check *check, struct buf *text)
{
	const struct check_mapping *mapping = &check->mapping;

	if (mapping->gone_s && mapping->lived_s) {
		put_s(text, "the mapping lived at least ", mapping->lived_s, "");
		put_s(text, ", was gone by ", mapping->gone_s, "");
	} else if (mapping->gone_s) {
		put_s(text, "the mapping was gone by ", mapping->gone_s, "");
	} else if (mapping->lived_s) {
		put_s(text, "the mapping lived at least ", mapping->lived_s,
		      mapping->at == mapping->count ? ", the longest that was tried" : "");
	} else {
		buf_str(text, "how long the mapping lives is not known");
	}
}

static void put_verdict(const struct check *check, struct buf *text)
{
	const struct check_mapping *mapping = &check->mapping;
	const struct check_probe *first = &mapping->probes[0];

	if (mapping->untold) {
		buf_str(text, "the server does not say from where it sees us: it cannot be "
		              "measured here");
		return;
	}
	if (first->quiet_ms && net_addr_equal(&first->seen, &first->source))
		buf_str(text, "no NAT; a firewall forgets as well: ");
	put_times(check, text);
	put_advice(check, text);
	if (!mapping->calls && (mapping->lived_s || mapping->gone_s))
		buf_str(text, " (by the port that the server sees, which a NAT may give again)");
	if (mapping->lost)
		buf_str(text, "; then the server answered no more");
	else if (check->cancelled)
		buf_str(text, "; it was stopped before more was known");
}

static void over(struct check *check)
{
	struct check_mapping *mapping = &check->mapping;
	struct buf text = check_text(check, CHECK_MAPPING);

	put_verdict(check, &text);
	/* The probes stay until check_free(): one may be handing over what ended this. */
	check_tell(check, CHECK_MAPPING,
	           mapping->gone_s || mapping->untold || mapping->lost ? CHECK_WARNING
	                                                               : CHECK_GOOD);
	check_finish(check, CHECK_OK);
}

/* ---- out */

static void transmit(struct check *check)
{
	struct check_mapping *mapping = &check->mapping;
	const struct net_addr *to = server_of(check);
	bool own = mapping->step == CHECK_WATCH_OPENS || mapping->step == CHECK_WATCH_LOOKS;
	struct net_udp *udp =
		own ? probe_of(check)->udp : check->udp[to->any.sa_family == AF_INET6];
	struct slice bytes = slice_of(check->exchange.request, check->exchange.request_n);

	/* What the socket refuses now it may take the next time. */
	(void)check_put_datagram(check, udp, bytes);
	check_trace(check, bytes, NULL);
	mapping->next_ms = net_now_ms(check->net) + ((uint64_t)RTO_MS << mapping->sends++);
	net_timer_set(check->timer, mapping->next_ms);
}

static void ask(struct check *check, enum check_watch_step step)
{
	struct check_exchange *x = &check->exchange;
	bool own = step == CHECK_WATCH_OPENS || step == CHECK_WATCH_LOOKS;
	const struct check_probe *probe = probe_of(check);
	struct buf request = buf_over(x->request, sizeof(x->request));
	char memory[NET_ADDR_TEXT_MAX];
	struct buf sent_by = buf_over(memory, sizeof(memory));

	net_addr_show(own ? &probe->source : &probe->seen, &sent_by);
	check_write_options(check, buf_slice(&sent_by), own ? CHECK_TO_SENDER : CHECK_TO_SENT_BY,
	                    &request);
	x->request_n = request.n;
	check->mapping.step = step;
	check->mapping.sends = 0;
	transmit(check);
}

static void wait_for_next(struct check *check)
{
	struct check_mapping *mapping = &check->mapping;
	char memory[128];
	struct buf text = buf_over(memory, sizeof(memory));

	if (mapping->at == mapping->count) {
		over(check);
		return;
	}
	if (mapping->lived_s)
		put_s(&text, "lived ", mapping->lived_s, ", ");
	put_s(&text, "the next look is after ", probe_of(check)->idle_s, "");
	if (check->cfg.watch.progress && !buf_end(&text))
		check->cfg.watch.progress(check->cfg.watch.ctx, CHECK_MAPPING, memory);
	mapping->step = CHECK_WATCH_WAITS;
	mapping->next_ms = probe_of(check)->quiet_ms + (uint64_t)probe_of(check)->idle_s * 1000;
	net_timer_set(check->timer, mapping->next_ms);
}

/* ---- what came, or did not */

static void lives(struct check *check)
{
	check->mapping.lived_s = probe_of(check)->idle_s;
	check->mapping.at++;
	wait_for_next(check);
}

static void is_gone(struct check *check)
{
	check->mapping.gone_s = probe_of(check)->idle_s;
	over(check);
}

/* RFC 3581 4. */
static bool seen_of(const struct check_probe *probe, const struct sip_via *via,
                    struct net_addr *ret_seen)
{
	struct net_addr seen = probe->source;

	if (!via->rport ||
	    (slice_present(via->received) && net_addr_parse(via->received, 0, &seen) < 0))
		return false;
	net_addr_set_port(&seen, via->rport);
	*ret_seen = seen;
	return true;
}

static void opened(struct check *check, const struct sip_via *via)
{
	struct check_mapping *mapping = &check->mapping;
	struct check_probe *probe = probe_of(check);

	if (!seen_of(probe, via, &probe->seen)) {
		mapping->untold = true;
		over(check);
		return;
	}
	probe->quiet_ms = net_now_ms(check->net);
	if (++mapping->at < mapping->count) {
		ask(check, CHECK_WATCH_OPENS);
		return;
	}
	mapping->at = 0;
	ask(check, CHECK_WATCH_TRIES);
}

static void looked(struct check *check, const struct sip_via *via)
{
	struct check_probe *probe = probe_of(check);
	struct net_addr seen;
	bool same = seen_of(probe, via, &seen) && net_addr_equal(&seen, &probe->seen);

	if (!same)
		is_gone(check);
	else if (!check->mapping.calls)
		lives(check);
	else
		ask(check, CHECK_WATCH_PROVES); /* that the call was not merely lost */
}

/* An answer; at a probe, or at the main socket. */
static void heard(struct check *check, const struct check_probe *at, const struct sip_via *via)
{
	struct check_mapping *mapping = &check->mapping;
	bool here = at == probe_of(check);

	switch (mapping->step) {
	case CHECK_WATCH_OPENS:
		if (here)
			opened(check, via);
		break;
	case CHECK_WATCH_TRIES:
		mapping->calls = here;
		probe_of(check)->quiet_ms = net_now_ms(check->net);
		wait_for_next(check);
		break;
	case CHECK_WATCH_CALLS:
		if (here)
			lives(check);
		break;
	case CHECK_WATCH_LOOKS:
		if (here)
			looked(check, via);
		break;
	case CHECK_WATCH_PROVES:
		if (here)
			is_gone(check);
		break;
	case CHECK_WATCH_WAITS:
		break;
	}
}

static void silent(struct check *check)
{
	struct check_mapping *mapping = &check->mapping;

	switch (mapping->step) {
	case CHECK_WATCH_TRIES:
		wait_for_next(check);
		break;
	case CHECK_WATCH_CALLS:
		ask(check, CHECK_WATCH_LOOKS);
		break;
	case CHECK_WATCH_OPENS:
	case CHECK_WATCH_LOOKS:
	case CHECK_WATCH_PROVES:
	case CHECK_WATCH_WAITS:
		mapping->lost = true;
		over(check);
		break;
	}
}

void check_mapping_timer(struct check *check, uint64_t now_ms)
{
	struct check_mapping *mapping = &check->mapping;

	if (check->cancelled)
		over(check);
	else if (now_ms < mapping->next_ms)
		net_timer_set(check->timer, mapping->next_ms);
	else if (mapping->step == CHECK_WATCH_WAITS)
		ask(check, mapping->calls ? CHECK_WATCH_CALLS : CHECK_WATCH_LOOKS);
	else if (mapping->sends < SENDS)
		transmit(check);
	else
		silent(check);
}

static void take_in(struct check *check, const struct check_probe *at, const struct net_addr *from,
                    struct slice bytes)
{
	struct sip_msg msg;
	struct sip_via via;

	if (check->phase == CHECK_WATCHES && check_answers(check, from, bytes, &msg, &via))
		heard(check, at, &via);
}

void check_mapping_heard(struct check *check, const struct net_addr *from, struct slice bytes)
{
	take_in(check, NULL, from, bytes);
}

/* ---- the beginning */

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	const struct check_probe *probe = ctx;

	take_in(probe->check, probe, from, bytes);
}

/* What ICMP says shows as silence. */
static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)error;
	(void)sent;
}

static int open_probe(struct check *check, uint32_t idle_s)
{
	static const struct net_udp_handler handler = { .datagram = on_datagram,
		                                        .error = on_error };
	struct check_mapping *mapping = &check->mapping;
	struct check_probe *probe = &mapping->probes[mapping->count];
	struct net_addr local = check->targets[check->target].source;
	int r;

	net_addr_set_port(&local, 0);
	*probe = (struct check_probe){ .check = check, .idle_s = idle_s };
	r = net_udp_open(check->net, &local, &handler, probe, &probe->udp);
	if (r < 0)
		return r;
	probe->source = local;
	net_addr_set_port(&probe->source, net_addr_port(net_udp_local(probe->udp)));
	mapping->count++;
	return 0;
}

static int open_probes(struct check *check)
{
	uint32_t most_s = check->cfg.mapping_s;
	int r = 0;

	for (size_t i = 0; i < sizeof(times_s) / sizeof(*times_s) && times_s[i] < most_s && r == 0;
	     i++)
		r = open_probe(check, times_s[i]);
	return r < 0 ? r : open_probe(check, most_s);
}

static void give_up(struct check *check, const char *why)
{
	struct buf text = check_text(check, CHECK_MAPPING);

	buf_str(&text, why);
	check_mapping_done(check);
	check_tell(check, CHECK_MAPPING, CHECK_WARNING);
	check_finish(check, CHECK_OK);
}

void check_mapping(struct check *check)
{
	const struct check_target *target = &check->targets[check->target];
	int r;

	if (!check->cfg.mapping_s || check->cancelled) {
		check_finish(check, check->cancelled ? CHECK_CANCELLED : CHECK_OK);
		return;
	}
	check->phase = CHECK_WATCHES;
	check_begun(check, CHECK_MAPPING);
	if (target->transport != DNS_UDP) {
		give_up(check,
		        "it is measured over UDP only; a connection is kept open by its pings");
		return;
	}
	if (!target->answers) {
		give_up(check, "the server answers no OPTIONS: it cannot be measured here");
		return;
	}
	r = open_probes(check);
	if (r < 0)
		give_up(check, strerrordesc_np(-r));
	else
		ask(check, CHECK_WATCH_OPENS);
}
