/* mapping_test: the keep-alive that is tried, and how long a NAT keeps a mapping, on the virtual
 * clock. The NAT is this file's: it gives each socket a port of its own, and another one once the
 * mapping was left alone for too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "net/stun.h"
#include "sip/via.h"
#include "visit.h"

#define CHALLENGE "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n1\", algorithm=MD5\r\n"
#define SOCKETS   16
#define PUBLIC    "203.0.113.9"

static char progress_told[512];

static void on_progress(void *ctx, enum check_step_id id, const char *text)
{
	(void)ctx;
	assert_int_equal(id, CHECK_MAPPING);
	snprintf(progress_told, sizeof(progress_told), "%s", text);
}

/* Up to the login, which is taken; what comes next is asked for by cfg. */
static void log_in(struct visit *visit, struct check_cfg cfg)
{
	progress_told[0] = '\0';
	visit_open(visit);
	cfg.watch = (struct check_watch){
		.ctx = visit, .step = visit_step, .progress = on_progress, .ended = visit_ended
	};
	assert_int_equal(check_start(&cfg, visit->net, visit->dns, &visit->check), 0);
	visit_expect(visit, "OPTIONS", 0);
	visit_answer(visit, "200 OK", "");
	visit_expect(visit, "REGISTER", 0);
	visit_answer(visit, "401 Unauthorized", CHALLENGE);
	visit_expect(visit, "REGISTER", 0);
	visit_answer(visit, "200 OK", "");
}

/* ---- a NAT */

struct nat {
	struct visit *visit;
	uint64_t keeps_ms;
	enum { TO_SENT_BY, TO_SENDER, UNTOLD } server;
	uint64_t silent_from_ms; /* the server's end; 0: never */
	struct net_udp *sockets[SOCKETS];
	uint64_t used_ms[SOCKETS];
	unsigned port[SOCKETS], count;
};

static unsigned index_of(struct nat *nat, struct net_udp *udp)
{
	for (unsigned i = 0; i < nat->count; i++)
		if (nat->sockets[i] == udp)
			return i;
	assert_true(nat->count < SOCKETS);
	nat->sockets[nat->count] = udp;
	nat->port[nat->count] = 40000 + nat->count * 10;
	nat->used_ms[nat->count] = net_now_ms(nat->visit->net);
	return nat->count++;
}

/* The Via with what the server saw of the socket in it. */
static void write_via(struct nat *nat, unsigned socket, char via[512])
{
	struct slice sent = nat->visit->msg.first[SIP_VIA];
	size_t at = 0;

	while (at < sent.n && sent.p[at] != ';')
		at++;
	snprintf(via, 512, "%.*s;received=" PUBLIC ";rport=%u%.*s", (int)at, sent.p,
	         nat->port[socket], (int)(sent.n - at - 6), sent.p + at + 6);
}

static void answer(struct nat *nat)
{
	struct visit *visit = nat->visit;
	struct slice via = visit->msg.first[SIP_VIA];
	unsigned socket = index_of(nat, visit->request->udp);
	uint64_t now_ms = net_now_ms(visit->net);
	struct sip_via read;
	char text[512];

	if (now_ms - nat->used_ms[socket] > nat->keeps_ms)
		nat->port[socket]++;
	nat->used_ms[socket] = now_ms;
	if (nat->silent_from_ms && now_ms >= nat->silent_from_ms)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)via.n, via.p);
	if (strstr(text, ";rport;")) {
		write_via(nat, socket, text);
		visit_answer_from(visit, &visit->request->to, "200 OK",
		                  nat->server == UNTOLD ? NULL : text, "");
		return;
	}
	if (nat->server == TO_SENDER) {
		visit_answer(visit, "200 OK", "");
		return;
	}
	assert_int_equal(sip_via_parse(via, &read), PARSE_OK);
	assert_true(slice_equal(read.host, SLICE(PUBLIC)));
	for (unsigned i = 0; i < nat->count; i++) {
		if (nat->port[i] != read.port || now_ms - nat->used_ms[i] > nat->keeps_ms)
			continue;
		visit->request->udp = nat->sockets[i];
		visit_answer(visit, "200 OK", "");
	}
}

/* Lets the server answer whatever comes, until the check is over, or that time. */
static void serve(struct nat *nat, uint64_t until_ms)
{
	struct visit *visit = nat->visit;

	while (!visit->end && sim_run_to_send(visit->net, until_ms) == SIM_SENT) {
		free(visit->request);
		visit->request = sim_sent_take(visit->net);
		assert_int_equal(sip_parse(slice_of(visit->request->bytes, visit->request->n),
		                           &visit->msg, NULL),
		                 PARSE_OK);
		answer(nat);
	}
}

static struct check_cfg watching(uint32_t most_s)
{
	struct check_cfg cfg = visit_cfg();

	cfg.mapping_s = most_s;
	return cfg;
}

static uint64_t watch(struct visit *visit, struct nat *nat, uint32_t most_s)
{
	uint64_t from_ms;

	log_in(visit, watching(most_s));
	from_ms = net_now_ms(visit->net);
	nat->visit = visit;
	serve(nat, from_ms + 3600000);
	assert_would_register(visit);
	return net_now_ms(visit->net) - from_ms;
}

static void a_mapping_that_ends_is_found_between_two_times(void **state)
{
	struct nat nat = { .keeps_ms = 50000 };
	struct visit visit;

	(void)state;
	/* the probe of 60 s is called in vain, looks, and is called once more */
	assert_in_range(watch(&visit, &nat, 180), 60000, 65000);
	assert_told(&visit, CHECK_MAPPING, CHECK_WARNING,
	            "the mapping lived at least 45 s, was gone by 60 s: set keep-alive to options");
	assert_null(strstr(visit_told(&visit, CHECK_MAPPING)->text, "no NAT"));
	assert_string_equal(progress_told, "lived 45 s, the next look is after 60 s");
	visit_close(&visit);
}

static void a_mapping_that_outlives_the_limit_is_good(void **state)
{
	struct nat nat = { .keeps_ms = 1000000 };
	struct visit visit;

	(void)state;
	assert_in_range(watch(&visit, &nat, 100), 100000, 100010);
	assert_told(&visit, CHECK_MAPPING, CHECK_GOOD,
	            "the mapping lived at least 100 s, the longest that was tried");
	visit_close(&visit);
}

static void one_that_ends_before_keep_alives_come_is_said(void **state)
{
	struct nat nat = { .keeps_ms = 20000 };
	struct visit visit;

	(void)state;
	watch(&visit, &nat, 180);
	assert_told(&visit, CHECK_MAPPING, CHECK_WARNING,
	            "lived at least 15 s, was gone by 30 s: "
	            "keep-alives, each 24 to 29 s, may come "
	            "too late; set Transport to TCP or TLS");
	visit_close(&visit);
}

/* As Asterisk with force_rport: the answer goes to the main socket. */
static void where_the_server_heeds_no_via_the_port_must_do(void **state)
{
	struct nat nat = { .keeps_ms = 50000, .server = TO_SENDER };
	struct visit visit;

	(void)state;
	watch(&visit, &nat, 180);
	assert_told(
		&visit, CHECK_MAPPING, CHECK_WARNING,
		"lived at least 45 s, was gone by 60 s: set keep-alive to options (by the port");
	visit_close(&visit);
}

static void a_server_that_says_nothing_of_us_leaves_it_unknown(void **state)
{
	struct nat nat = { .keeps_ms = 50000, .server = UNTOLD };
	struct visit visit;

	(void)state;
	assert_in_range(watch(&visit, &nat, 180), 0, 10);
	assert_told(&visit, CHECK_MAPPING, CHECK_WARNING,
	            "the server does not say from where it sees us: it cannot be measured here");
	visit_close(&visit);
}

static void a_server_that_dies_meanwhile_is_no_mapping_that_ends(void **state)
{
	struct nat nat = { .keeps_ms = 1000000, .silent_from_ms = SIM_BEGIN_MS + 40000 };
	struct visit visit;

	(void)state;
	watch(&visit, &nat, 180);
	assert_told(&visit, CHECK_MAPPING, CHECK_WARNING,
	            "lived at least 30 s; then the server answered no more");
	visit_close(&visit);
}

static void who_stops_it_is_told_what_is_known(void **state)
{
	struct nat nat = { .keeps_ms = 1000000 };
	struct visit visit;

	(void)state;
	log_in(&visit, watching(180));
	nat.visit = &visit;
	serve(&nat, SIM_BEGIN_MS + 35000);
	assert_null(visit.end);
	check_cancel(visit.check);
	serve(&nat, SIM_BEGIN_MS + 36000);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_MAPPING, CHECK_GOOD,
	            "the mapping lived at least 30 s; it was stopped before more was known");
	visit_close(&visit);
}

static void what_is_not_asked_for_is_not_told(void **state)
{
	struct visit visit;

	(void)state;
	log_in(&visit, visit_cfg());
	assert_would_register(&visit);
	assert_null(visit_told(&visit, CHECK_MAPPING));
	assert_null(visit_told(&visit, CHECK_KEEPALIVE));
	visit_close(&visit);
}

/* ---- keep-alives */

static struct check_cfg keeping(enum sip_keep keep)
{
	struct check_cfg cfg = visit_cfg();

	cfg.keep = keep;
	return cfg;
}

/* Takes the next datagram, which is no SIP. */
static void take_keep(struct visit *visit, uint64_t within_ms)
{
	assert_int_equal(sim_run_to_send(visit->net, net_now_ms(visit->net) + within_ms), SIM_SENT);
	free(visit->request);
	visit->request = sim_sent_take(visit->net);
}

static void options_are_tried(void **state)
{
	struct visit visit;

	(void)state;
	log_in(&visit, keeping(SIP_KEEP_OPTIONS));
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "405 Method Not Allowed", "");
	assert_would_register(&visit);
	assert_told(&visit, CHECK_KEEPALIVE, CHECK_GOOD,
	            "OPTIONS is answered in 0 ms: 405 Method Not Allowed");
	visit_close(&visit);
	log_in(&visit, keeping(SIP_KEEP_OPTIONS));
	visit_expect(&visit, "OPTIONS", 0);
	assert_in_range(visit_wait(&visit), 3900, 4100);
	assert_told(&visit, CHECK_KEEPALIVE, CHECK_WARNING, "OPTIONS is not answered");
	visit_close(&visit);
}

static void stun_is_tried_on_the_socket_of_sip(void **state)
{
	/* a Binding response with XOR-MAPPED-ADDRESS 203.0.113.9:40000 */
	uint8_t response[32] = { 1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42 };
	static const uint8_t mapped[] = { 0,          0x20,     0,           8,
		                          0,          1,        0x9c ^ 0x21, 0x40 ^ 0x12,
		                          203 ^ 0x21, 0 ^ 0x12, 113 ^ 0xa4,  9 ^ 0x42 };
	struct visit visit;
	struct net_udp *udp;

	(void)state;
	log_in(&visit, keeping(SIP_KEEP_STUN));
	udp = visit.request->udp;
	take_keep(&visit, 0);
	assert_ptr_equal(visit.request->udp, udp);
	assert_true(stun_is(slice_of(visit.request->bytes, visit.request->n)));
	memcpy(response + 8, visit.request->bytes + 8, 12);
	memcpy(response + 20, mapped, sizeof(mapped));
	response[8] ^= 1; /* of somebody who guesses */
	sim_receive(visit.net, udp, &visit.request->to, slice_of((char *)response, 32));
	assert_null(visit.end);
	response[8] ^= 1;
	sim_receive(visit.net, udp, &visit.request->to, slice_of((char *)response, 32));
	assert_would_register(&visit);
	assert_told(&visit, CHECK_KEEPALIVE, CHECK_GOOD,
	            "STUN is answered in 0 ms: the server sees us at 203.0.113.9:40000");
	visit_close(&visit);
}

/* The address that the machine sends from anyhow, so that it is there before there is a visit. */
static void a_keep_alive_leaves_from_the_address_that_is_set(void **state)
{
	struct check_cfg cfg = keeping(SIP_KEEP_STUN);
	struct net_addr own = addr_of("192.0.2.1", 0);
	struct visit visit;

	(void)state;
	cfg.interface = "192.0.2.1";
	log_in(&visit, cfg);
	take_keep(&visit, 0);
	assert_true(stun_is(slice_of(visit.request->bytes, visit.request->n)));
	assert_true(net_addr_same_host(&visit.request->from.addr, &own));
	visit_wait(&visit);
	visit_close(&visit);
}

static void silence_to_stun_ends_after_four(void **state)
{
	struct visit visit;

	(void)state;
	log_in(&visit, keeping(SIP_KEEP_STUN));
	take_keep(&visit, 0);
	take_keep(&visit, 500);
	take_keep(&visit, 1000);
	take_keep(&visit, 2000);
	assert_in_range(visit_wait(&visit), 4000, 4000);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_KEEPALIVE, CHECK_WARNING,
	            "STUN is not answered: set keep-alive to options or crlf");
	visit_close(&visit);
}

static void crlf_over_udp_proves_nothing(void **state)
{
	struct visit visit;

	(void)state;
	log_in(&visit, keeping(SIP_KEEP_CRLF));
	take_keep(&visit, 0);
	assert_int_equal(visit.request->n, 4);
	assert_memory_equal(visit.request->bytes, "\r\n\r\n", 4);
	visit_wait(&visit);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_KEEPALIVE, CHECK_GOOD, "over UDP nothing answers it");
	visit_close(&visit);
}

static void a_keep_alive_that_is_answered_is_the_one_to_set(void **state)
{
	struct check_cfg cfg = watching(180);
	struct nat nat = { .keeps_ms = 50000 };
	struct visit visit;

	(void)state;
	cfg.keep = SIP_KEEP_OPTIONS;
	log_in(&visit, cfg);
	nat.visit = &visit;
	serve(&nat, net_now_ms(visit.net) + 3600000);
	assert_would_register(&visit);
	assert_told(&visit, CHECK_MAPPING, CHECK_WARNING, "set keep-alive to the one tried above");
	visit_close(&visit);
}

static void a_cancelled_keep_alive_ends_it(void **state)
{
	struct visit visit;

	(void)state;
	log_in(&visit, keeping(SIP_KEEP_STUN));
	take_keep(&visit, 0);
	check_cancel(visit.check);
	sim_run_until(visit.net, net_now_ms(visit.net) + 1);
	assert_non_null(visit.end);
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	visit_close(&visit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapping_that_ends_is_found_between_two_times),
		cmocka_unit_test(a_mapping_that_outlives_the_limit_is_good),
		cmocka_unit_test(one_that_ends_before_keep_alives_come_is_said),
		cmocka_unit_test(where_the_server_heeds_no_via_the_port_must_do),
		cmocka_unit_test(a_server_that_says_nothing_of_us_leaves_it_unknown),
		cmocka_unit_test(a_server_that_dies_meanwhile_is_no_mapping_that_ends),
		cmocka_unit_test(who_stops_it_is_told_what_is_known),
		cmocka_unit_test(what_is_not_asked_for_is_not_told),
		cmocka_unit_test(options_are_tried),
		cmocka_unit_test(stun_is_tried_on_the_socket_of_sip),
		cmocka_unit_test(a_keep_alive_leaves_from_the_address_that_is_set),
		cmocka_unit_test(silence_to_stun_ends_after_four),
		cmocka_unit_test(crlf_over_udp_proves_nothing),
		cmocka_unit_test(a_keep_alive_that_is_answered_is_the_one_to_set),
		cmocka_unit_test(a_cancelled_keep_alive_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
