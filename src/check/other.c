/* check/other.c: where the asked transport is silent at every address: whether somebody answers an
 * OPTIONS over another one, at the same address, at that transport's own port, or where SRV says;
 * and whether it is this extension alone that is not answered. Where the name leads nowhere over
 * the asked transport: whether SRV says more than was asked for. What is found is told, and changes
 * no finding. */
#include "check/own.h"

/* What a server of TLS does with SIP in the clear at its port: it says in TLS that this is none,
 * closes, or waits for more. Nothing else that speaks is there, then. */
static bool may_be_tls(enum dns_transport transport, enum reg_local local)
{
	return transport == DNS_TCP && (local == REG_LOCAL_SILENCE || local == REG_LOCAL_NOT_SIP ||
	                                local == REG_LOCAL_CONNECTION_LOST);
}

static bool is_silent(enum reg_local local)
{
	return local == REG_LOCAL_SILENCE || local == REG_LOCAL_PORT_CLOSED ||
	       local == REG_LOCAL_CONNECT_SILENCE || local == REG_LOCAL_CONNECTION_LOST ||
	       local == REG_LOCAL_TLS_NOT_TLS || local == REG_LOCAL_TLS_CLOSED ||
	       local == REG_LOCAL_TLS_STALLED;
}

static struct check_target *slot(struct check *check)
{
	return &check->targets[CHECK_OTHER];
}

/* Whether the name led anywhere. */
static bool has_targets(const struct check *check)
{
	return check->target_count != 0;
}

static enum dns_transport asked(const struct check *check)
{
	return has_targets(check) ? check->targets[0].transport : check->cfg.transport;
}

static uint16_t asked_port(const struct check *check)
{
	return check->cfg.proxy_host ? check->cfg.proxy_port : check->cfg.aor->port;
}

/* "nothing answers over TCP and TLS": what was tried in vain beside the asked transport. */
static void note_silence(struct check *check)
{
	static const enum dns_transport order[] = { DNS_UDP, DNS_TCP, DNS_TLS };
	char memory[64];
	struct buf text = buf_over(memory, sizeof(memory));
	unsigned over = check->elsewhere.over & ~(1u << asked(check));

	if (check->elsewhere.answered || !over)
		return;
	for (unsigned i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (!(over & 1u << order[i]))
			continue;
		buf_str(&text, text.n ? " and " : "nothing answers over ");
		buf_str(&text, dns_transport_text(order[i]));
	}
	buf_end(&text);
	check_note(check, memory, SLICE(""));
}

/* The finding is told, with what stands in the note. */
static void give_up(struct check *check)
{
	check_exchange_close(check);
	check_stream_close(check);
	note_silence(check);
	check->target = 0;
	check->phase = !has_targets(check)          ? CHECK_LOOKS_UP
	               : check->told <= CHECK_REACH ? CHECK_KNOCKS
	                                            : CHECK_ASKS;
	check_fail_locally(check, check->lost);
}

/* ---- words */

static void put_and(size_t from, struct buf *out)
{
	if (out->n > from)
		buf_str(out, ", and ");
}

/* "set Transport to TLS, and leave the port away" */
static void put_setting(const struct check *check, struct buf *out)
{
	const struct check_target *at = &check->targets[CHECK_OTHER];
	uint16_t port = net_addr_port(&at->addr), own = at->transport == DNS_TLS ? 5061 : 5060;
	size_t from = out->n;

	if (at->transport != asked(check) || check->elsewhere.naptr) {
		buf_str(out, "set Transport to ");
		buf_str(out, check->elsewhere.naptr ? "auto" : dns_transport_text(at->transport));
	}
	if (check->elsewhere.listed && check->cfg.srv == DNS_SRV_UNUSED) {
		put_and(from, out);
		buf_str(out, "switch SRV look-ups on");
	}
	if (port == net_addr_port(&check->targets[0].addr) && asked_port(check))
		return;
	if (!asked_port(check) && (port == own || check->elsewhere.listed))
		return;
	put_and(from, out);
	if (check->elsewhere.listed || port == own) {
		buf_str(out, "leave the port away");
	} else {
		buf_str(out, "set the port to ");
		buf_u64(out, port);
	}
}

/* "Set Transport to TCP: TCP answers at 192.0.2.10:5060." */
static void advise(struct check *check, const char *what)
{
	struct check_elsewhere *others = &check->elsewhere;
	struct buf text = buf_over(others->advice, sizeof(others->advice));

	if (others->advice[0])
		return;
	put_setting(check, &text);
	buf_str(&text, ": ");
	buf_str(&text, dns_transport_text(slot(check)->transport));
	buf_str(&text, what);
	net_addr_show(&slot(check)->addr, &text);
	buf_char(&text, '.');
	if (buf_end(&text) < 0)
		others->advice[0] = '\0';
	else if (others->advice[0] >= 'a')
		others->advice[0] = (char)(others->advice[0] - 'a' + 'A');
}

/* "TCP answers at 192.0.2.10:5060: set Transport to TCP" */
static void note_answer(struct check *check, const char *what)
{
	char memory[CHECK_TEXT_MAX / 2];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, dns_transport_text(slot(check)->transport));
	buf_str(&text, what);
	check->elsewhere.answered = true;
	advise(check, what);
	net_addr_show(&slot(check)->addr, &text);
	buf_str(&text, ": ");
	put_setting(check, &text);
	buf_end(&text);
	check_note(check, memory, SLICE(""));
}

/* ---- one after the other */

static bool is_tried(const struct check *check, const struct net_addr *addr,
                     enum dns_transport transport)
{
	for (unsigned i = 0; i < check->target_count; i++)
		if (check->targets[i].transport == transport &&
		    net_addr_equal(&check->targets[i].addr, addr))
			return true;
	for (unsigned i = 0; i < check->elsewhere.tried; i++)
		if (check->elsewhere.list[i].transport == transport &&
		    net_addr_equal(&check->elsewhere.list[i].addr, addr))
			return true;
	return false;
}

static void add(struct check *check, const struct net_addr *addr, enum dns_transport transport)
{
	struct check_elsewhere *others = &check->elsewhere;

	if (others->count == CHECK_OTHERS_MAX || is_tried(check, addr, transport))
		return;
	others->list[others->count].addr = *addr;
	others->list[others->count++].transport = transport;
}

static void go_on(struct check *check);

static void found(void *ctx, const struct dns_answer *answer)
{
	struct check *check = ctx;

	check->query = NULL;
	check->elsewhere.listed = answer->service && answer->service[0];
	for (unsigned i = 0; i < answer->count && i < CHECK_OTHERS_EACH; i++)
		add(check, &answer->targets[i].addr, answer->targets[i].transport);
	go_on(check);
}

/* The next transport whose own port or SRV records were not looked at, and last what NAPTR has;
 * false: there is none. */
static bool look_up_next(struct check *check)
{
	static const enum dns_transport order[] = { DNS_TCP, DNS_TLS, DNS_UDP, DNS_AUTO };
	const struct check_cfg *cfg = &check->cfg;

	while (check->elsewhere.looked < sizeof(order) / sizeof(*order)) {
		enum dns_transport transport = order[check->elsewhere.looked++];
		struct dns_where where = { .host = slice_str(cfg->proxy_host ? cfg->proxy_host
			                                                     : cfg->aor->host),
			                   .transport = transport,
			                   .srv = has_targets(check) ? cfg->srv : DNS_SRV_USED };

		if ((transport == asked(check) && !asked_port(check) && where.srv == cfg->srv) ||
		    (cfg->aor->sips && transport != DNS_TLS) ||
		    (transport == DNS_AUTO && has_targets(check)))
			continue;
		check->elsewhere.naptr = transport == DNS_AUTO;
		if (dns_locate(check->dns, &where, found, check, &check->query) == 0) {
			net_timer_set(check->timer, check->end_by_ms);
			return true;
		}
	}
	return false;
}

static bool send_next(struct check *check)
{
	struct check_elsewhere *others = &check->elsewhere;

	while (others->tried < others->count) {
		*slot(check) =
			(struct check_target){ .addr = others->list[others->tried].addr,
			                       .transport = others->list[others->tried].transport };
		others->tried++;
		check->target = CHECK_OTHER;
		check_stream_close(check);
		if (check_target_aim(check, slot(check)) != 0 || check_send_options(check) != 0)
			continue;
		others->over |= 1u << slot(check)->transport;
		return true;
	}
	return false;
}

static void go_on(struct check *check)
{
	if (check->cancelled || net_now_ms(check->net) >= check->end_by_ms) {
		give_up(check);
		return;
	}
	if (!send_next(check) && !look_up_next(check))
		give_up(check);
}

void check_other_answers(struct check *check)
{
	note_answer(check, " answers at ");
	go_on(check);
}

/* TLS at the port that was asked is tried where TCP opens there and does not speak SIP: where it
 * does not open, TLS does not either. A certificate that will not do shows that TLS is there. */
void check_other_is_silent(struct check *check, enum reg_local local)
{
	if (may_be_tls(slot(check)->transport, local) &&
	    net_addr_equal(&slot(check)->addr, &check->targets[0].addr))
		add(check, &slot(check)->addr, DNS_TLS);
	switch (local) {
	case REG_LOCAL_TLS_EXPIRED:
	case REG_LOCAL_TLS_NOT_YET:
	case REG_LOCAL_TLS_NAME:
	case REG_LOCAL_TLS_SELF_SIGNED:
	case REG_LOCAL_TLS_UNKNOWN_CA:
	case REG_LOCAL_TLS_REVOKED:
	case REG_LOCAL_TLS_WEAK:
	case REG_LOCAL_TLS_CERTIFICATE:
	case REG_LOCAL_TLS_CLIENT:
	case REG_LOCAL_TLS_CLIENT_EXPIRED:
		check_note_target(check, reg_local_text(local));
		note_answer(check, " is there at ");
		break;
	default:
		break;
	}
	go_on(check);
}

void check_other_time_is_up(struct check *check)
{
	if (check->query)
		dns_cancel(check->query);
	check->query = NULL;
	give_up(check);
}

/* ---- how it begins */

static void begin(struct check *check)
{
	uint64_t until_ms = net_now_ms(check->net) + CHECK_OTHERS_MS;

	check->elsewhere.begun = true;
	check->phase = CHECK_TRIES_OTHER;
	if (check->end_by_ms > until_ms)
		check->end_by_ms = until_ms;
}

static void try_others(struct check *check)
{
	begin(check);
	if (may_be_tls(asked(check), check->lost))
		add(check, &check->targets[0].addr, DNS_TLS);
	if (!check->cfg.aor->sips)
		add(check, &check->targets[0].addr, asked(check) == DNS_TCP ? DNS_UDP : DNS_TCP);
	go_on(check);
}

/* An OPTIONS that does not name the extension: a server that drops whatever names one that it does
 * not know, or has locked out, answers that one. */
static bool knock_as_nobody(struct check *check)
{
	unsigned alive = check_next_alive(check, 0);

	if (check->as_nobody || check->told <= CHECK_REACH || alive == check->target_count)
		return false;
	check->as_nobody = true;
	check->phase = CHECK_KNOCKS_AS_NOBODY;
	check->target = alive;
	return check_send_options(check) == 0;
}

void check_nobody_is_there(struct check *check)
{
	try_others(check);
}

void check_somebody_is_there(struct check *check)
{
	check_note_target(check, "answers OPTIONS only where it does not name the extension");
	check->targets[check->target].answers = true;
	check->phase = CHECK_ASKS;
	check_fail_locally(check, check->lost);
}

/* The asked transport is silent at all targets. Where it has answered an OPTIONS itself another one
 * proves nothing. */
void check_try_other(struct check *check, enum reg_local local)
{
	check->lost = local;
	bool silent = is_silent(local) || may_be_tls(asked(check), local);

	if (check->elsewhere.begun || check->answers_options || !silent || check->cancelled ||
	    check->redirects || net_now_ms(check->net) >= check->end_by_ms) {
		check_fail_locally(check, local);
		return;
	}
	check->elsewhere.begun = true;
	if (local != REG_LOCAL_SILENCE || !knock_as_nobody(check))
		try_others(check);
}

/* Often a domain has records for TCP or TLS only, or SRV records where none were looked up. A name
 * that is not there may be one that has names below it, as some name servers have it. */
void check_try_other_names(struct check *check, enum reg_local local)
{
	bool nowhere = local == REG_LOCAL_NAME_EMPTY || local == REG_LOCAL_NAME_UNKNOWN ||
	               local == REG_LOCAL_NAME_NO_SERVICE;

	check->lost = local;
	if (!nowhere || check->cfg.transport == DNS_AUTO || check->cancelled) {
		check_fail_locally(check, local);
		return;
	}
	begin(check);
	go_on(check);
}
