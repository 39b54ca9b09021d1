/* check/exchange.c: one request at a time: its bytes, its transaction, and the answer that is its
 * own. What an answer means is steps.c's to say. */
#include <errno.h>

#include "check/own.h"
#include "sip/addr.h"
#include "sip/build.h"
#include "sip/extra.h"

/* ---- out */

int check_target_aim(struct check *check, struct check_target *target)
{
	struct net_udp *udp = check->udp[target->addr.any.sa_family == AF_INET6];
	struct buf sent_by = buf_over(target->sent_by, sizeof(target->sent_by));
	struct net_source source;
	int r;

	if (target->transport != DNS_UDP)
		return 0; /* shows when the connection is there */
	if (!udp)
		return -EAFNOSUPPORT;
	r = net_source_for(check->net, check->over, &target->addr, &source);
	if (r < 0)
		return r;
	target->source = source.addr;
	target->device = source.device;
	net_addr_set_port(&target->source, net_addr_port(net_udp_local(udp)));
	net_addr_show(&target->source, &sent_by);
	return buf_end(&sent_by);
}

static void tell_message(struct check *check, const struct net_addr *peer, struct slice bytes,
                         const struct sip_msg *msg)
{
	const struct check_exchange *x = &check->exchange;

	if (check->cfg.watch.message)
		check->cfg.watch.message(
			check->cfg.watch.ctx,
			&(struct check_message){
				.peer = peer,
				.transport = check->targets[check->target].transport,
				.bytes = bytes,
				.method = x->method,
				.msg = msg,
				.cseq = x->cseq,
				.again = !msg && x->txn.sends > 1,
				.credentials = !msg && x->credentials,
			});
}

int check_put_datagram(const struct check *check, struct net_udp *udp, struct slice bytes)
{
	const struct check_target *target = &check->targets[check->target];
	const struct net_source from = { .addr = target->source, .device = target->device };

	return net_udp_send_from(udp, check->over ? &from : NULL, &target->addr, bytes);
}

static int put_on_wire(struct check *check)
{
	const struct check_exchange *x = &check->exchange;
	const struct check_target *target = &check->targets[check->target];
	struct slice bytes = slice_of(x->request, x->request_n);

	if (target->transport != DNS_UDP)
		return net_stream_send(check->stream, bytes);
	return check_put_datagram(check, check->udp[target->addr.any.sa_family == AF_INET6], bytes);
}

/* The next transaction, its request being written. */
static int transmit(struct check *check, const struct buf *request, uint64_t most_ms)
{
	struct check_exchange *x = &check->exchange;
	uint64_t now_ms = net_now_ms(check->net);
	int r;

	if (request->full)
		return -EMSGSIZE;
	x->request_n = request->n;
	r = put_on_wire(check);
	if (r < 0)
		return r;
	txn_start(&x->txn, check->targets[check->target].transport != DNS_UDP, now_ms);
	x->open = true;
	x->provisional = x->noise = false;
	x->strays = 0;
	x->give_up_at_ms = now_ms + most_ms;
	net_timer_set(check->timer, check_exchange_next_ms(check));
	tell_message(check, &check->targets[check->target].addr, slice_of(x->request, x->request_n),
	             NULL);
	return 0;
}

static struct slice via_transport(const struct check *check)
{
	return slice_str(dns_transport_text(check->targets[check->target].transport));
}

static void next_branch(struct check *check, char ret_branch[TXN_BRANCH_LEN])
{
	check->exchange.generation = ++check->generations;
	txn_branch_write(&check->cfg.key, 0, check->exchange.generation, ret_branch);
}

/* A server that is asked as nobody cannot mind who asks. */
static struct slice from_of(const struct check *check)
{
	return slice_str(check->phase == CHECK_KNOCKS_AS_NOBODY ? check->domain : check->address);
}

void check_write_options(struct check *check, struct slice sent_by, enum check_answer_to to,
                         struct buf *out)
{
	struct check_exchange *x = &check->exchange;
	char branch[TXN_BRANCH_LEN];

	next_branch(check, branch);
	x->method = SLICE("OPTIONS");
	x->cseq = ++check->cseq;
	x->credentials = false;
	sip_build_options(
		&(struct sip_options){
			.request_uri = slice_str(check->request_uri),
			.transport = via_transport(check),
			.sent_by = sent_by,
			.branch = slice_of(branch, sizeof(branch)),
			.route = check->route[0] ? slice_str(check->route) : SLICE_NONE,
			.from = from_of(check),
			.to = slice_str(check->domain),
			.from_tag = slice_of(check->from_tag, CHECK_TAG_LEN),
			.call_id = slice_of(check->call_id, CHECK_CALL_ID_LEN),
			.cseq = x->cseq,
			.user_agent = slice_str(check->cfg.user_agent),
			.answer = to == CHECK_TO_SENDER ? SIP_ANSWER_HERE : SIP_ANSWER_SENT_BY,
		},
		out);
}

int check_send_options(struct check *check)
{
	struct check_exchange *x = &check->exchange;
	struct buf request = buf_over(x->request, sizeof(x->request));

	if (check_stream_missing(check))
		return check_stream_open(check, check_send_options);
	check_write_options(check, slice_str(check->targets[check->target].sent_by),
	                    CHECK_TO_SENDER, &request);
	return transmit(check, &request, CHECK_OPTIONS_MS);
}

void check_put_contact_uri(const struct check *check, struct buf *out)
{
	buf_put(out, SLICE("sip:"));
	buf_str(out, check->cfg.aor->user);
	buf_char(out, '@');
	buf_str(out, check->targets[check->target].sent_by);
	if (check->targets[check->target].transport != DNS_UDP)
		buf_str(out, ";transport=tcp");
}

void check_put_instance(const struct check *check, struct buf *out)
{
	sip_build_instance(hash_pair(&check->cfg.key, 2, 0), hash_pair(&check->cfg.key, 2, 1), out);
}

/* The trial's: last in order where a call should come in that moment (q, RFC 3261 20.10), unless
 * the server wants another order. */
static void put_contact(const struct check *check, struct buf *out)
{
	struct slice params = slice_str(check->cfg.demands->contact_params), q;

	buf_char(out, '<');
	check_put_contact_uri(check, out);
	buf_char(out, '>');
	sip_demands_put_contact(check->outbound ? 1 : 0, params, hash_pair(&check->cfg.key, 2, 0),
	                        hash_pair(&check->cfg.key, 2, 1), out);
	if (check->phase == CHECK_REMOVES)
		buf_str(out, ";expires=0");
	else if (!sip_addr_param(params, SLICE("q"), &q))
		buf_str(out, ";q=0.001");
}

/* What the answers of the last REGISTER are made of. */
static struct digest_request digest_request(const struct check *check,
                                            char cnonce[DIGEST_CNONCE_LEN + 1])
{
	struct buf chance = buf_over(cnonce, DIGEST_CNONCE_LEN + 1);

	buf_hex_u64(&chance, hash_pair(&check->cfg.key, CHECK_STEP_COUNT, check->cseq),
	            DIGEST_CNONCE_LEN);
	return (struct digest_request){
		.user = slice_str(check->cfg.auth_user),
		.method = SLICE("REGISTER"),
		.uri = slice_str(check->request_uri),
		.body = SLICE(""),
		.cnonce = buf_slice(&chance),
	};
}

bool check_disproved(const struct check *check, struct slice info)
{
	char cnonce[DIGEST_CNONCE_LEN + 1];
	struct digest_request request = digest_request(check, cnonce);

	return digest_session_disproved(check->digest, &check->auth[CHECK_REGISTRAR], &request,
	                                info);
}

static int put_answer(struct check *check, struct digest_session *auth, struct buf *out)
{
	char cnonce[DIGEST_CNONCE_LEN + 1];
	struct digest_request request = digest_request(check, cnonce);

	return digest_session_answer(check->digest, auth, &request, slice_str(check->cfg.password),
	                             out);
}

/* The answers to what has been asked at this target. Returns 0 or negative errno. */
static int put_answers(struct check *check, struct buf answers[CHECK_AUTHS])
{
	check->exchange.credentials = false;
	for (unsigned kind = 0; kind < CHECK_AUTHS; kind++) {
		int r;

		if (!check->auth[kind].kept)
			continue;
		r = put_answer(check, &check->auth[kind], &answers[kind]);
		if (r < 0)
			return r;
		if (answers[kind].full)
			return -EMSGSIZE;
		check->exchange.credentials = true;
	}
	return 0;
}

/* The fields that the server asks for, or absent. They have no problem. */
static struct slice more_headers(const struct check *check, struct buf *room)
{
	char memory[SIP_DEMANDS_HEADERS_MAX];
	struct buf lines = buf_over(memory, sizeof(memory));

	if (!check->cfg.demands->headers[0])
		return SLICE_NONE;
	sip_extra_write(slice_str(check->cfg.demands->headers), &lines);
	sip_extra_fill(buf_slice(&lines), slice_str(check->cfg.aor->user), room);
	return buf_slice(room);
}

static struct slice user_agent(const struct check *check)
{
	bool theirs = sip_extra_has(slice_str(check->cfg.demands->headers), SLICE("User-Agent"));

	return theirs ? SLICE_NONE : slice_str(check->cfg.user_agent);
}

/* Returns 0, or -EMSGSIZE where there is no room. */
static int write_register(struct check *check, const struct buf *answers, struct buf *out)
{
	const struct check_exchange *x = &check->exchange;
	char branch[TXN_BRANCH_LEN], contact[1024], more[2 * SIP_DEMANDS_HEADERS_MAX];
	struct buf contact_buf = buf_over(contact, sizeof(contact));
	struct buf headers = buf_over(more, sizeof(more));

	next_branch(check, branch);
	put_contact(check, &contact_buf);
	sip_build_register(
		&(struct sip_register){
			.request_uri = slice_str(check->request_uri),
			.transport = via_transport(check),
			.sent_by = slice_str(check->targets[check->target].sent_by),
			.branch = slice_of(branch, sizeof(branch)),
			.route = check->route[0] ? slice_str(check->route) : SLICE_NONE,
			.aor = slice_str(check->address),
			.aor_params = slice_str(check->cfg.demands->address_params),
			.from_tag = slice_of(check->from_tag, CHECK_TAG_LEN),
			.call_id = slice_of(check->call_id, CHECK_CALL_ID_LEN),
			.cseq = x->cseq,
			.contact = check->trial ? buf_slice(&contact_buf) : SLICE_NONE,
			.expires_s = check->phase == CHECK_REMOVES ? 0 : check->asked_s,
			.authorization = answers[CHECK_REGISTRAR].n
	                                         ? buf_slice(&answers[CHECK_REGISTRAR])
	                                         : SLICE_NONE,
			.proxy_authorization = answers[CHECK_PROXY].n
	                                               ? buf_slice(&answers[CHECK_PROXY])
	                                               : SLICE_NONE,
			.supported =
				sip_demands_supported(check->outbound, check->cfg.demands->gruu),
			.user_agent = user_agent(check),
			.headers = more_headers(check, &headers),
		},
		out);
	return contact_buf.full || headers.full || out->full ? -EMSGSIZE : 0;
}

int check_send_register(struct check *check)
{
	struct check_exchange *x = &check->exchange;
	struct buf request = buf_over(x->request, sizeof(x->request));
	char registrar[2048], proxy[2048];
	struct buf answers[CHECK_AUTHS] = { buf_over(registrar, sizeof(registrar)),
		                            buf_over(proxy, sizeof(proxy)) };
	bool removes = check->phase == CHECK_REMOVES;
	int r;

	if (check_stream_missing(check))
		return check_stream_open(check, check_send_register);
	x->method = SLICE("REGISTER");
	x->cseq = ++check->cseq;
	if ((r = put_answers(check, answers)) < 0 ||
	    (r = write_register(check, answers, &request)) < 0)
		return r;
	return transmit(check, &request, removes ? CHECK_REMOVAL_MS : TXN_TIMEOUT_MS);
}

/* ---- time */

void check_exchange_close(struct check *check)
{
	check->exchange.open = false;
	net_timer_set(check->timer, check->end_by_ms);
}

uint64_t check_exchange_next_ms(const struct check *check)
{
	const struct check_exchange *x = &check->exchange;
	uint64_t at_ms = check->end_by_ms;

	if (x->open && x->give_up_at_ms < at_ms)
		at_ms = x->give_up_at_ms;
	if (x->open && txn_next_ms(&x->txn) < at_ms)
		at_ms = txn_next_ms(&x->txn);
	return at_ms;
}

/* What the silence was not quite silent about. */
static enum reg_local local_of_silence(const struct check_exchange *x)
{
	if (x->provisional)
		return REG_LOCAL_NO_FINAL;
	if (x->strays)
		return REG_LOCAL_NOT_OURS;
	return x->noise ? REG_LOCAL_NOT_SIP : REG_LOCAL_SILENCE;
}

static void give_up(struct check *check)
{
	check_exchange_close(check);
	check_on_nothing(check, local_of_silence(&check->exchange));
}

void check_exchange_timer(struct check *check, uint64_t now_ms)
{
	struct check_exchange *x = &check->exchange;

	if (!x->open)
		return;
	if (now_ms >= x->give_up_at_ms || now_ms >= check->end_by_ms) {
		give_up(check);
		return;
	}
	switch (txn_step(&x->txn, TXN_EV_TIMER, now_ms)) {
	case TXN_RESEND:
		/* What the socket refuses now it may take the next time. */
		(void)put_on_wire(check);
		tell_message(check, &check->targets[check->target].addr,
		             slice_of(x->request, x->request_n), NULL);
		break;
	case TXN_TIMED_OUT:
		give_up(check);
		return;
	case TXN_NOTHING:
	case TXN_FAILED:
	case TXN_ANSWERED:
		break;
	}
	net_timer_set(check->timer, check_exchange_next_ms(check));
}

/* ---- in */

/* Whether a response is the answer that is waited for; told where it nearly is. */
static bool is_ours(struct check *check, const struct sip_msg *msg, const struct net_addr *from)
{
	struct check_exchange *x = &check->exchange;
	struct facts_request request = {
		.method = x->method,
		.call_id = slice_of(check->call_id, CHECK_CALL_ID_LEN),
		.from = from_of(check),
		.from_tag = slice_of(check->from_tag, CHECK_TAG_LEN),
		.cseq = x->cseq,
	};
	bool answers = facts_is_answer(msg, &request);

	if (answers && net_addr_equal(from, &check->targets[check->target].addr))
		return true;
	x->strays++;
	if (answers)
		check_look_stray(check, from);
	return false;
}

static void take_response(struct check *check, const struct sip_msg *msg, const struct sip_via *via,
                          struct slice bytes, const struct net_addr *from)
{
	struct check_exchange *x = &check->exchange;
	uint64_t now_ms = net_now_ms(check->net);

	tell_message(check, from, bytes, msg);
	if (msg->status < 200) {
		x->provisional = true;
		txn_step(&x->txn, TXN_EV_PROVISIONAL, now_ms);
		return;
	}
	txn_step(&x->txn, TXN_EV_FINAL, now_ms);
	check_exchange_close(check);
	check_look(check, msg, via);
	check_on_answer(check, msg, via);
}

static bool names_ours(const struct check *check, struct slice branch)
{
	uint32_t number, generation;

	return slice_present(branch) &&
	       txn_branch_read(&check->cfg.key, branch, &number, &generation) &&
	       generation == check->exchange.generation;
}

void check_take_in(struct check *check, const struct net_addr *from, struct slice bytes)
{
	struct check_exchange *x = &check->exchange;
	struct sip_values walk = { 0 };
	struct sip_msg msg;
	struct sip_via via;
	struct slice value;

	if (!x->open)
		return;
	if (sip_parse(bytes, &msg, NULL) != PARSE_OK) {
		x->noise = x->noise || net_addr_equal(from, &check->targets[check->target].addr);
		return;
	}
	if (msg.kind != SIP_RESPONSE || !sip_value_next(&msg, SIP_VIA, &walk, &value) ||
	    sip_via_parse(value, &via) != PARSE_OK || !names_ours(check, via.branch) ||
	    !is_ours(check, &msg, from))
		return;
	take_response(check, &msg, &via, bytes, from);
}

void check_trace(struct check *check, struct slice bytes, const struct sip_msg *msg)
{
	tell_message(check, &check->targets[check->target].addr, bytes, msg);
}

bool check_answers(struct check *check, const struct net_addr *from, struct slice bytes,
                   struct sip_msg *ret_msg, struct sip_via *ret_via)
{
	struct sip_values walk = { 0 };
	struct slice value;

	if (sip_parse(bytes, ret_msg, NULL) != PARSE_OK || ret_msg->kind != SIP_RESPONSE ||
	    ret_msg->status < 200 || !sip_value_next(ret_msg, SIP_VIA, &walk, &value) ||
	    sip_via_parse(value, ret_via) != PARSE_OK || !names_ours(check, ret_via->branch) ||
	    !is_ours(check, ret_msg, from))
		return false;
	check_trace(check, bytes, ret_msg);
	return true;
}

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	struct check *check = ctx;

	if (check->targets[check->target].transport != DNS_UDP)
		return;
	if (check->phase == CHECK_WATCHES)
		check_mapping_heard(check, from, bytes);
	else if (check->phase == CHECK_KEEPS && !check->exchange.open)
		check_keep_heard(check, net_addr_equal(from, &check->targets[check->target].addr)
		                                ? bytes
		                                : SLICE(""));
	else
		check_take_in(check, from, bytes);
}

static void on_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	struct check *check = ctx;

	if (!check->exchange.open || !net_addr_equal(to, &check->targets[check->target].addr))
		return;
	/* A router may quote nothing of the payload: then the address must do. */
	if (sent.n > 0 && !names_ours(check, txn_branch_find(sent)))
		return;
	check_exchange_close(check);
	check_on_nothing(check, facts_local_of_errno(error));
}

const struct net_udp_handler check_udp_handler = { .datagram = on_datagram, .error = on_error };
