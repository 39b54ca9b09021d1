/* check/keep.c: the keep-alive that was asked for, tried once at the server that takes the login:
 * whether it is answered, and with what. Over a connection that is what lines send there: pings of
 * CRLF, whatever was asked for. */
#include "check/own.h"
#include "net/stun.h"

#define STUN_RTO_MS  500 /* RFC 8489 6.2.1 */
#define STUN_SENDS   4
#define CRLF_WAIT_MS 2000
#define PONG_WAIT_MS 10000 /* RFC 5626 4.4.1 */

static bool is_udp(const struct check *check)
{
	return check->targets[check->target].transport == DNS_UDP;
}

static struct buf begin_text(struct check *check)
{
	struct buf text = check_text(check, CHECK_KEEPALIVE);

	if (!is_udp(check) && check->cfg.keep != SIP_KEEP_CRLF && !check->keep_implied)
		buf_str(&text, "over a connection CRLF is sent, whatever is set; ");
	return text;
}

static void put_span(const struct check *check, struct buf *text)
{
	buf_str(text, " in ");
	buf_u64(text, net_now_ms(check->net) - check->keep_began_ms);
	buf_str(text, " ms");
}

static void go_on(struct check *check, enum check_state state)
{
	check_exchange_close(check);
	check_tell(check, CHECK_KEEPALIVE, state);
	check_mapping(check);
}

/* ---- what came */

void check_keep_answer(struct check *check, const struct sip_msg *msg)
{
	struct reg_facts facts = { .status = msg->status, .reason = msg->reason };
	struct buf text = begin_text(check);

	buf_str(&text, "OPTIONS is answered");
	put_span(check, &text);
	buf_str(&text, ": ");
	check_put_status(&text, &facts);
	check->keep_answered = true;
	go_on(check, CHECK_GOOD);
}

void check_keep_pong(struct check *check)
{
	struct buf text = begin_text(check);

	buf_str(&text, "CRLF is answered");
	put_span(check, &text);
	buf_str(&text, " (RFC 5626): a connection that is dead is noticed");
	check->keep_answered = true;
	go_on(check, CHECK_GOOD);
}

void check_keep_nothing(struct check *check, enum reg_local local)
{
	struct buf text = begin_text(check);

	if (local != REG_LOCAL_SILENCE) {
		buf_str(&text, reg_local_text(local));
		go_on(check, CHECK_WARNING);
	} else if (check->cfg.keep == SIP_KEEP_OPTIONS && is_udp(check)) {
		buf_str(&text, "OPTIONS is not answered: what is sent keeps a NAT open all the "
		               "same, but a way that is lost is not noticed");
		go_on(check, CHECK_WARNING);
	} else if (check->cfg.keep == SIP_KEEP_STUN && is_udp(check)) {
		buf_str(&text, "STUN is not answered: set keep-alive to options or crlf");
		go_on(check, CHECK_WARNING);
	} else if (is_udp(check)) {
		/* Nothing was waited for but what a port that is closed says. */
		check->step_began_ms = net_now_ms(check->net);
		buf_str(&text, "CRLF went out; over UDP nothing answers it, so that a way that is "
		               "lost is not noticed");
		go_on(check, CHECK_GOOD);
	} else {
		buf_str(&text, "CRLF is not answered: the connection is kept open all the same, "
		               "but one that is dead is noticed late");
		go_on(check, CHECK_GOOD);
	}
}

static void write_id(const struct check *check, uint8_t ret_id[STUN_ID_BYTES])
{
	uint64_t a = hash_pair(&check->cfg.key, CHECK_STEP_COUNT + 1, 0);
	uint64_t b = hash_pair(&check->cfg.key, CHECK_STEP_COUNT + 1, 1);

	for (unsigned i = 0; i < STUN_ID_BYTES; i++)
		ret_id[i] = (uint8_t)(i < 8 ? a >> 8 * i : b >> 8 * (i - 8));
}

static void take_stun(struct check *check, struct slice bytes)
{
	uint8_t id[STUN_ID_BYTES], ours[STUN_ID_BYTES];
	struct net_addr mapped;
	enum stun_kind kind = stun_response_read(bytes, id, &mapped);
	struct buf text;

	write_id(check, ours);
	if (kind == STUN_OTHER || memcmp(id, ours, sizeof(id)) != 0)
		return;
	text = begin_text(check);
	buf_str(&text, "STUN is answered");
	put_span(check, &text);
	if (kind == STUN_MAPPED) {
		buf_str(&text, ": the server sees us at ");
		net_addr_show(&mapped, &text);
	} else {
		buf_str(&text, ", with an error");
	}
	check->keep_answered = true;
	go_on(check, CHECK_GOOD);
}

void check_keep_heard(struct check *check, struct slice bytes)
{
	struct buf text;

	if (check->cfg.keep == SIP_KEEP_STUN) {
		take_stun(check, bytes);
	} else if (check->cfg.keep == SIP_KEEP_CRLF && bytes.n && bytes.n <= 4 &&
	           bytes.p[0] == '\r') {
		text = begin_text(check);
		buf_str(&text, "CRLF is answered");
		put_span(check, &text);
		check->keep_answered = true;
		go_on(check, CHECK_GOOD);
	}
}

/* ---- what goes out */

static int send_ping(struct check *check)
{
	check->keep_next_ms = net_now_ms(check->net) + PONG_WAIT_MS;
	check->keep_sends = STUN_SENDS;
	if (check_stream_missing(check))
		return check_stream_open(check, send_ping);
	net_timer_set(check->timer, check->keep_next_ms);
	return net_stream_ping(check->stream);
}

static void send_datagram(struct check *check)
{
	const struct net_addr *to = &check->targets[check->target].addr;
	uint8_t id[STUN_ID_BYTES], request[STUN_REQUEST_SIZE];
	struct slice bytes = SLICE("\r\n\r\n");
	uint64_t wait_ms = CRLF_WAIT_MS;

	if (check->cfg.keep == SIP_KEEP_STUN) {
		write_id(check, id);
		stun_request_write(id, request);
		bytes = slice_of((const char *)request, sizeof(request));
		wait_ms = (uint64_t)STUN_RTO_MS << check->keep_sends++;
	} else {
		check->keep_sends = STUN_SENDS;
	}
	check->keep_next_ms = net_now_ms(check->net) + wait_ms;
	net_timer_set(check->timer, check->keep_next_ms);
	/* What the socket refuses now it may take the next time. */
	(void)check_put_datagram(check, check->udp[to->any.sa_family == AF_INET6], bytes);
}

void check_keep_timer(struct check *check, uint64_t now_ms)
{
	if (now_ms < check->keep_next_ms)
		net_timer_set(check->timer, check->keep_next_ms);
	else if (check->keep_sends < STUN_SENDS)
		send_datagram(check);
	else
		check_keep_nothing(check, REG_LOCAL_SILENCE);
}

void check_keep_alive(struct check *check)
{
	uint64_t now_ms = net_now_ms(check->net);
	int r = 0;

	if (check->cfg.keep == SIP_KEEP_NONE || now_ms + PONG_WAIT_MS >= check->end_by_ms) {
		check_mapping(check);
		return;
	}
	check->phase = CHECK_KEEPS;
	check->keep_began_ms = now_ms;
	check_begun(check, CHECK_KEEPALIVE);
	if (!is_udp(check))
		r = send_ping(check);
	else if (check->cfg.keep == SIP_KEEP_OPTIONS)
		r = check_send_options(check);
	else
		send_datagram(check);
	if (r < 0)
		check_keep_nothing(check, facts_local_of_errno(-r));
}
