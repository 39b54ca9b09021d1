/* stream_test: the doctor over TCP and TLS, and what it finds where the asked transport is silent.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "visit.h"

#define DAY_S 86400

static struct net_stream *open_over(struct visit *visit, enum dns_transport transport)
{
	struct check_cfg cfg = visit_cfg();

	cfg.transport = transport;
	visit_open(visit);
	visit_begin(visit, cfg);
	return visit_connect(visit, transport == DNS_TLS ? SIM_CONNECT_TLS : SIM_CONNECT_TCP);
}

static void take_login(struct visit *visit)
{
	visit_expect(visit, "OPTIONS", 0);
	visit_answer(visit, "200 OK", "");
	visit_expect(visit, "REGISTER", 0);
	visit_answer(visit, "401 Unauthorized", VISIT_CHALLENGE);
	visit_expect(visit, "REGISTER", 0);
	visit_answer(visit, "200 OK", "");
}

static void log_in(struct visit *visit)
{
	take_login(visit);
	assert_would_register(visit);
}

static void take_ping(struct visit *visit)
{
	assert_int_equal(sim_run_to_send(visit->net, net_now_ms(visit->net)), SIM_SENT);
	free(visit->request);
	visit->request = sim_sent_take(visit->net);
	assert_int_equal(visit->request->kind, SIM_BYTES);
	assert_int_equal(visit->request->n, 4);
	assert_memory_equal(visit->request->bytes, "\r\n\r\n", 4);
}

/* What is told of the keep-alive begins so. */
static void assert_told_from(const struct visit *visit, const char *text)
{
	assert_told(visit, CHECK_KEEPALIVE, CHECK_GOOD, text);
	assert_memory_equal(visit_told(visit, CHECK_KEEPALIVE)->text, text, strlen(text));
}

static int64_t days_from_now(const struct visit *visit, int days)
{
	return net_wall_ms(visit->net) / 1000 + (int64_t)days * DAY_S;
}

static void a_line_is_proved_over_tcp(void **state)
{
	struct visit visit;
	struct net_stream *stream = open_over(&visit, DNS_TCP);

	(void)state;
	assert_true(sim_stream_open(visit.net, stream, 0));
	log_in(&visit);
	assert_non_null(strstr(visit_header(&visit, SIP_VIA), "SIP/2.0/TCP 192.0.2.1:40001"));
	assert_told(&visit, CHECK_REACH, CHECK_GOOD, "192.0.2.10:5060 answers OPTIONS over TCP");
	assert_int_equal(visit.end->transport, DNS_TCP);
	visit_close(&visit);
}

static void a_connection_is_made_over_the_interface_that_is_set(void **state)
{
	struct net_addr own = addr_of("10.1.0.2", 0);
	struct check_cfg cfg = visit_cfg();
	struct net_stream *stream;
	struct visit visit;

	(void)state;
	cfg.transport = DNS_TCP;
	cfg.interface = "audio0";
	visit_open(&visit);
	assert_true(sim_device_set(visit.net, "audio0", &own, NULL));
	visit_begin(&visit, cfg);
	assert_int_equal(sim_run_to_send(visit.net, net_now_ms(visit.net)), SIM_SENT);
	assert_string_equal(sim_sent(visit.net)->over, "audio0");
	stream = visit_connect(&visit, SIM_CONNECT_TCP);
	assert_true(sim_stream_open(visit.net, stream, 0));
	log_in(&visit);
	assert_non_null(strstr(visit_header(&visit, SIP_VIA), "SIP/2.0/TCP 10.1.0.2:"));
	visit_close(&visit);
}

static void a_connection_needs_the_interface_that_is_set(void **state)
{
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	cfg.transport = DNS_TLS;
	cfg.interface = "audio0";
	visit_open(&visit);
	visit_begin(&visit, cfg);
	visit_wait(&visit);
	assert_cause(&visit, CHECK_REACH, "no-interface");
	visit_close(&visit);
}

static void the_certificate_is_told(void **state)
{
	struct visit visit;
	struct net_stream *stream = open_over(&visit, DNS_TLS);

	(void)state;
	assert_true(sim_stream_open(visit.net, stream, days_from_now(&visit, 100)));
	log_in(&visit);
	assert_non_null(strstr(visit_header(&visit, SIP_VIA), "SIP/2.0/TLS"));
	assert_told(&visit, CHECK_REACH, CHECK_GOOD, "192.0.2.10:5061 answers OPTIONS over TLS");
	assert_told(&visit, CHECK_REACH, CHECK_GOOD,
	            "TLSv1.3, certificate of CN=pbx.example for pbx.example, issued by CN=Sim CA, "
	            "good until 2026-04-11");
	visit_close(&visit);
}

static void a_certificate_that_ends_soon_is_a_warning(void **state)
{
	struct visit visit;
	struct net_stream *stream = open_over(&visit, DNS_TLS);

	(void)state;
	assert_true(sim_stream_open(visit.net, stream, days_from_now(&visit, 13)));
	log_in(&visit);
	assert_told(&visit, CHECK_REACH, CHECK_WARNING, "good until 2026-01-14, in 13 days");
	visit_close(&visit);
}

static void the_certificate_of_who_says_nothing_is_told(void **state)
{
	struct visit visit;
	struct net_stream *stream = open_over(&visit, DNS_TLS);

	(void)state;
	assert_true(sim_stream_open(visit.net, stream, days_from_now(&visit, 13)));
	visit_expect(&visit, "OPTIONS", 0);
	sim_run_until(visit.net, net_now_ms(visit.net) + CHECK_OPTIONS_MS);
	visit_expect(&visit, "REGISTER", 0);
	assert_told(
		&visit, CHECK_REACH, CHECK_WARNING,
		"takes the connection, does not answer OPTIONS. TLSv1.3, certificate of "
		"CN=pbx.example for pbx.example, issued by CN=Sim CA, good until 2026-01-14, in "
		"12 days");
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	visit_close(&visit);
}

/* Two servers, each with a certificate of its own; the first one is logged in at. */
static void visit_two(struct visit *visit, int days, int days_of_second)
{
	struct net_addr second = addr_of("192.0.2.11", 0);
	struct check_cfg cfg = visit_cfg();

	cfg.transport = DNS_TLS;
	visit_open(visit);
	sim_name_address(visit->net, "pbx.example", &second);
	visit_begin(visit, cfg);
	assert_true(sim_stream_open(visit->net, visit_connect(visit, SIM_CONNECT_TLS),
	                            days_from_now(visit, days)));
	visit_expect(visit, "OPTIONS", 0);
	visit_answer(visit, "200 OK", "");
	assert_true(sim_stream_open(visit->net, visit_connect(visit, SIM_CONNECT_TLS),
	                            days_from_now(visit, days_of_second)));
	visit_expect(visit, "OPTIONS", 0);
	visit_answer(visit, "200 OK", "");
	assert_true(sim_stream_open(visit->net, visit_connect(visit, SIM_CONNECT_TLS),
	                            days_from_now(visit, days)));
	visit_expect(visit, "REGISTER", 0);
	visit_answer(visit, "200 OK", "");
	assert_would_register(visit);
}

static void the_certificate_of_each_connection_is_kept(void **state)
{
	const struct check_certificate *list;
	struct net_addr second = addr_of("192.0.2.11", 5061);
	struct visit visit;
	unsigned count;

	(void)state;
	visit_two(&visit, 100, 50);
	list = check_certificates(visit.check, &count);
	assert_int_equal(count, 2); /* the third connection showed what the first one did */
	assert_true(net_addr_equal(&list[1].server, &second));
	assert_int_equal(list[1].transport, DNS_TLS);
	assert_int_equal(list[1].refused, REG_LOCAL_NONE);
	assert_int_equal(list[1].shown.until_s, days_from_now(&visit, 50));
	assert_true(check_certificates_differ(&list[0], &list[1]));
	assert_told(&visit, CHECK_REACH, CHECK_GOOD, "1 more does");
	visit_close(&visit);

	visit_two(&visit, 100, 100);
	list = check_certificates(visit.check, &count);
	assert_int_equal(count, 2);
	assert_false(check_certificates_differ(&list[0], &list[1]));
	visit_close(&visit);
}

static void the_end_of_a_further_certificate_is_a_warning(void **state)
{
	struct visit visit;

	(void)state;
	visit_two(&visit, 100, 13);
	assert_told(&visit, CHECK_REACH, CHECK_WARNING,
	            "192.0.2.11:5061: TLSv1.3, certificate of ");
	assert_told(&visit, CHECK_REACH, CHECK_WARNING, "good until 2026-01-14, in 13 days");
	visit_close(&visit);
}

/* Connections to all addresses are asked for at once; what each met is told in their order. */
static void addresses_that_do_not_open_take_the_time_of_one(void **state)
{
	struct net_addr second = addr_of("192.0.2.11", 0), third = addr_of("192.0.2.12", 0);
	struct net_stream *streams[3];
	struct check_cfg cfg = visit_cfg();
	struct visit visit;
	uint64_t from_ms;

	(void)state;
	cfg.transport = DNS_TLS;
	visit_open(&visit);
	sim_name_address(visit.net, "pbx.example", &second);
	sim_name_address(visit.net, "pbx.example", &third);
	visit_begin(&visit, cfg);
	from_ms = net_now_ms(visit.net);
	for (unsigned i = 0; i < 3; i++)
		streams[i] = visit_connect(&visit, SIM_CONNECT_TLS);
	assert_true(sim_stream_refuse(visit.net, streams[1], days_from_now(&visit, 100),
	                              NET_END_TLS_UNKNOWN_CA));
	assert_true(sim_stream_open(visit.net, streams[2], days_from_now(&visit, 100)));
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "200 OK", "");
	sim_run_until(visit.net, from_ms + 8000);
	assert_false(sim_stream_is_open(visit.net, streams[2]));
	assert_true(sim_stream_open(visit.net, visit_connect(&visit, SIM_CONNECT_TLS),
	                            days_from_now(&visit, 100)));
	visit_expect(&visit, "REGISTER", 0);
	assert_true(net_addr_same_host(&visit.request->to, &third));
	assert_told(&visit, CHECK_REACH, CHECK_WARNING,
	            "192.0.2.10:5061: nothing answered the request for a connection; "
	            "192.0.2.11:5061: the server's certificate is signed by an authority unknown "
	            "here. TLSv1.3, certificate of ");
	assert_told(&visit, CHECK_REACH, CHECK_WARNING,
	            "; 192.0.2.12:5061 answers OPTIONS over TLS: 200 OK");
	visit_answer(&visit, "200 OK", "");
	assert_would_register(&visit);
	visit_close(&visit);
}

static void a_bad_certificate_ends_it_with_its_cause(void **state)
{
	static const struct {
		enum net_end why;
		const char *cause;
	} rows[] = { { NET_END_TLS_EXPIRED, "tls-expired" },
		     { NET_END_TLS_NAME, "tls-name" },
		     { NET_END_TLS_UNKNOWN_CA, "tls-unknown-ca" },
		     { NET_END_TLS_SELF_SIGNED, "tls-self-signed" },
		     { NET_END_TLS_CLIENT, "tls-client-cert" },
		     { NET_END_TLS_VERSION, "tls-version" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct visit visit;
		struct net_stream *stream = open_over(&visit, DNS_TLS);

		assert_true(sim_stream_close(visit.net, stream, rows[i].why, 0));
		assert_cause(&visit, CHECK_REACH, rows[i].cause);
		visit_close(&visit);
	}
}

static void a_certificate_that_is_refused_is_told(void **state)
{
	struct visit visit;
	unsigned count;
	struct net_stream *stream = open_over(&visit, DNS_TLS);

	(void)state;
	assert_true(sim_stream_refuse(visit.net, stream, days_from_now(&visit, 100),
	                              NET_END_TLS_UNKNOWN_CA));
	assert_cause(&visit, CHECK_REACH, "tls-unknown-ca");
	assert_told(&visit, CHECK_REACH, CHECK_BAD,
	            "signed by an authority unknown here. TLSv1.3, certificate of CN=pbx.example "
	            "for pbx.example, issued by CN=Sim CA, good until 2026-04-11");
	assert_non_null(visit.end->certificate);
	assert_string_equal(visit.end->certificate->issuer, "CN=Sim CA");
	assert_int_equal(check_certificates(visit.check, &count)->refused,
	                 REG_LOCAL_TLS_UNKNOWN_CA);
	assert_int_equal(count, 1);
	visit_close(&visit);
}

static void a_connection_that_is_lost_is_made_again_for_the_next_request(void **state)
{
	struct visit visit;
	struct net_stream *stream = open_over(&visit, DNS_TCP);

	(void)state;
	assert_true(sim_stream_open(visit.net, stream, 0));
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "200 OK", "Connection: close\r\n");
	visit_expect(&visit, "REGISTER", 0);
	assert_true(sim_stream_close(visit.net, stream, NET_END_CLOSED, 0));
	assert_cause(&visit, CHECK_CHALLENGE, "connection-lost");
	visit_close(&visit);
}

/* Up to the keep-alive, which goes out over the connection of the login. */
static struct net_stream *log_in_keeping(struct visit *visit, enum dns_transport transport,
                                         enum sip_keep keep)
{
	struct check_cfg cfg = visit_cfg();
	struct net_stream *stream;

	cfg.transport = transport;
	cfg.keep = keep;
	visit_open(visit);
	visit_begin(visit, cfg);
	stream = visit_connect(visit, transport == DNS_TLS ? SIM_CONNECT_TLS : SIM_CONNECT_TCP);
	assert_true(sim_stream_open(visit->net, stream, days_from_now(visit, 100)));
	take_login(visit);
	assert_null(visit->end);
	return stream;
}

/* That is what lines send there, whatever is set. */
static void over_connections_every_keep_alive_is_a_ping(void **state)
{
	static const struct {
		enum dns_transport transport;
		enum sip_keep keep;
		const char *answered, *silent;
	} rows[] = {
		{ DNS_TCP, SIP_KEEP_OPTIONS,
		  "over a connection CRLF is sent, whatever is set; CRLF is answered in 0 ms",
		  "over a connection CRLF is sent, whatever is set; CRLF is not answered" },
		{ DNS_TLS, SIP_KEEP_STUN,
		  "over a connection CRLF is sent, whatever is set; CRLF is answered in 0 ms",
		  "over a connection CRLF is sent, whatever is set; CRLF is not answered" },
		{ DNS_TLS, SIP_KEEP_CRLF, "CRLF is answered in 0 ms", "CRLF is not answered" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct visit visit;
		struct net_stream *stream = log_in_keeping(&visit, rows[i].transport, rows[i].keep);

		take_ping(&visit);
		assert_true(sim_stream_receive(visit.net, stream, SLICE("\r\n")));
		assert_would_register(&visit);
		assert_told_from(&visit, rows[i].answered);
		visit_close(&visit);

		(void)log_in_keeping(&visit, rows[i].transport, rows[i].keep);
		take_ping(&visit);
		assert_in_range(visit_wait(&visit), 10000, 10000);
		assert_would_register(&visit);
		assert_told_from(&visit, rows[i].silent);
		visit_close(&visit);
	}
}

/* Over UDP that would be STUN. */
static void with_outbound_a_connection_is_tried_with_a_ping(void **state)
{
	const struct sip_demands demands = { .outbound = true };
	struct check_cfg cfg = visit_cfg();
	struct net_stream *stream;
	struct visit visit;

	(void)state;
	cfg.transport = DNS_TCP;
	cfg.demands = &demands;
	visit_open(&visit);
	visit_begin(&visit, cfg);
	stream = visit_connect(&visit, SIM_CONNECT_TCP);
	assert_true(sim_stream_open(visit.net, stream, 0));
	take_login(&visit);
	take_ping(&visit);
	assert_true(sim_stream_receive(visit.net, stream, SLICE("\r\n")));
	assert_would_register(&visit);
	assert_told_from(&visit, "CRLF is answered in 0 ms");
	visit_close(&visit);
}

/* ---- what else answers where the asked transport does not */

enum does {
	DONE,
	ASKS,      /* the doctor sends text; number: to that port */
	ANSWERED,  /* with text */
	REFUSED,   /* by ICMP */
	TRIES_TCP, /* a connection is asked for; number: to that port */
	TRIES_TLS,
	OPENS,        /* the connection does */
	ENDS,         /* it does; number: by that errno, 0: as why says */
	OTHERS_REFUSE /* what is asked of other ports meanwhile is refused */
};

struct step {
	enum does does;
	const char *text;
	unsigned number;
	enum net_end why;
};

struct walk {
	const char *name;
	enum dns_transport transport; /* that is asked for */
	uint16_t port;                /* likewise; 0: none */
	bool sips;
	const char *srv;         /* a record that leads to port 5080; NULL: there is none */
	struct step steps[20];   /* DONE at the end */
	enum check_step_id step; /* the one that fails, ... */
	const char *cause, *told;
};

#define ASKS_OPTIONS \
	{ \
		ASKS, "OPTIONS" \
	}
#define ASKS_REGISTER \
	{ \
		ASKS, "REGISTER" \
	}
#define OPTIONS_FAIL \
	ASKS_OPTIONS, \
	{ \
		REFUSED \
	}
#define OPTIONS_WORK \
	ASKS_OPTIONS, \
	{ \
		ANSWERED, "200 OK" \
	}
#define ENDS_REFUSED \
	{ \
		ENDS, .number = ECONNREFUSED \
	}

static const struct walk walks[] = {
	{ "where_udp_is_silent_tcp_is_tried",
	  .steps = { OPTIONS_FAIL,
	             { TRIES_TCP },
	             { OPENS },
	             ASKS_OPTIONS,
	             { ANSWERED, "404 Not Found" } },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "TCP answers at 192.0.2.10:5060: set Transport to TCP" },
	{ "what_was_tried_in_vain_is_told", .steps = { OPTIONS_FAIL, { OTHERS_REFUSE } },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "; nothing answers over TCP and TLS" },
	/* The server is there, and drops what is no OPTIONS: over TCP an OPTIONS would say no
	 * more. */
	{ "where_udp_answers_options_tcp_is_not_tried",
	  .steps = { OPTIONS_WORK, ASKS_REGISTER, { REFUSED } }, .step = CHECK_CHALLENGE,
	  .cause = "port-closed" },
	{ "where_tcp_is_refused_udp_is_tried", DNS_TCP,
	  .steps = { { TRIES_TCP }, ENDS_REFUSED, OPTIONS_WORK }, .step = CHECK_REACH,
	  .cause = "port-closed", .told = "UDP answers at 192.0.2.10:5060: set Transport to UDP" },
	{ "where_the_port_of_tls_speaks_none_tcp_is_tried", DNS_TLS,
	  .steps = { { TRIES_TLS },
	             { ENDS, .why = NET_END_TLS_NOT_TLS },
	             { TRIES_TCP, .number = 5061 },
	             { OPENS },
	             OPTIONS_WORK,
	             { OTHERS_REFUSE },
	             OPTIONS_FAIL },
	  .step = CHECK_REACH, .cause = "tls-not-tls",
	  .told = "TCP answers at 192.0.2.10:5061: set Transport to TCP, and set the port to "
	          "5061" },
	{ "where_the_port_that_was_asked_speaks_tls_it_is_found", .port = 5096,
	  .steps = { OPTIONS_FAIL,
	             { TRIES_TCP, .number = 5096 },
	             { OPENS },
	             ASKS_OPTIONS,
	             { ENDS, .why = NET_END_CLOSED },
	             { TRIES_TLS, .number = 5096 },
	             { OPENS },
	             OPTIONS_WORK,
	             { OTHERS_REFUSE },
	             OPTIONS_FAIL },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "TLS answers at 192.0.2.10:5096: set Transport to TLS" },
	/* An alert of TLS is what plain SIP may be answered with. */
	{ "where_tcp_meets_what_is_no_sip_tls_is_tried", DNS_TCP, .port = 5096,
	  .steps = { { TRIES_TCP },
	             { OPENS },
	             ASKS_OPTIONS,
	             { ENDS, .why = NET_END_NOT_SIP },
	             { TRIES_TCP },
	             { OPENS },
	             ASKS_REGISTER,
	             { ENDS, .why = NET_END_NOT_SIP },
	             { TRIES_TLS, .number = 5096 },
	             { OPENS },
	             OPTIONS_WORK,
	             OPTIONS_FAIL,
	             { OTHERS_REFUSE },
	             OPTIONS_FAIL },
	  .step = CHECK_CHALLENGE, .cause = "not-sip",
	  .told = "TLS answers at 192.0.2.10:5096: set Transport to TLS" },
	/* TCP is refused at the port that was asked, and at its own. */
	{ "the_own_port_of_tls_is_tried_too",
	  .steps = { OPTIONS_FAIL,
	             { TRIES_TCP },
	             ENDS_REFUSED,
	             { TRIES_TLS, .number = 5061 },
	             { OPENS },
	             OPTIONS_WORK },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "TLS answers at 192.0.2.10:5061: set Transport to TLS" },
	{ "a_certificate_that_will_not_do_shows_that_tls_is_there",
	  .steps = { OPTIONS_FAIL,
	             { TRIES_TCP },
	             ENDS_REFUSED,
	             { TRIES_TLS },
	             { ENDS, .why = NET_END_TLS_UNKNOWN_CA } },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "signed by an authority unknown here; TLS is there at 192.0.2.10:5061: set "
	          "Transport to TLS" },
	/* What a line asks for is never less: the plain transports are not tried. */
	{ "where_sips_is_silent_nothing_less_is_tried", DNS_TLS, .port = 5070, .sips = true,
	  .steps = { { TRIES_TLS }, ENDS_REFUSED, { TRIES_TLS }, { OPENS }, OPTIONS_WORK },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "TLS answers at 192.0.2.10:5061: leave the port away" },
	/* The port that was asked for is not the one that SRV has for TCP. */
	{ "where_srv_says_is_tried_too", .srv = "_sip._tcp.pbx.example",
	  .steps = { OPTIONS_FAIL,
	             { TRIES_TCP, .number = 5060 },
	             ENDS_REFUSED,
	             { TRIES_TCP, .number = 5080 },
	             { OPENS },
	             OPTIONS_WORK },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "TCP answers at 192.0.2.10:5080: set Transport to TCP" },
	{ "another_port_of_the_asked_transport_is_tried", .port = 5070,
	  .steps = { OPTIONS_FAIL,
	             { OTHERS_REFUSE },
	             { ASKS, "OPTIONS", .number = 5060 },
	             { ANSWERED, "200 OK" } },
	  .step = CHECK_REACH, .cause = "port-closed",
	  .told = "UDP answers at 192.0.2.10:5060: leave the port away" },
};

static struct net_stream *tried(struct visit *visit, enum sim_kind kind, unsigned port)
{
	struct net_stream *stream = visit_connect(visit, kind);

	if (port)
		assert_int_equal(net_addr_port(net_stream_peer(stream)), port);
	return stream;
}

static void take_step(struct visit *visit, const struct step *step, struct net_stream **stream)
{
	switch (step->does) {
	case DONE:
		break;
	case ASKS:
		visit_expect(visit, step->text, 0);
		if (step->number)
			assert_int_equal(net_addr_port(&visit->request->to), step->number);
		break;
	case ANSWERED:
		visit_answer(visit, step->text, "");
		break;
	case REFUSED:
		visit_icmp(visit, ECONNREFUSED);
		break;
	case TRIES_TCP:
		*stream = tried(visit, SIM_CONNECT_TCP, step->number);
		break;
	case TRIES_TLS:
		*stream = tried(visit, SIM_CONNECT_TLS, step->number);
		break;
	case OPENS:
		assert_true(sim_stream_open(visit->net, *stream, days_from_now(visit, 100)));
		break;
	case ENDS:
		assert_true(sim_stream_close(visit->net, *stream,
		                             step->number ? NET_END_ERROR : step->why,
		                             (int)step->number));
		break;
	case OTHERS_REFUSE:
		visit_refuse_others(visit);
		break;
	}
}

static void goes_so(void **state)
{
	const struct walk *walk = *state;
	struct sip_aor aor = { .user = "1001",
		               .plain = "1001",
		               .host = "pbx.example",
		               .port = walk->port,
		               .sips = walk->sips };
	struct check_cfg cfg = visit_cfg();
	struct net_stream *stream = NULL;
	struct visit visit;

	visit_open(&visit);
	if (walk->port)
		cfg.aor = &aor;
	if (walk->transport != DNS_UDP)
		cfg.transport = walk->transport;
	if (walk->srv) {
		sim_name_srv(visit.net, walk->srv, 10, 0, 5080, "pbx.example");
		cfg.srv = DNS_SRV_USED;
	}
	visit_begin(&visit, cfg);
	for (const struct step *step = walk->steps; step->does != DONE; step++)
		take_step(&visit, step, &stream);
	assert_cause(&visit, walk->step, walk->cause);
	if (walk->told)
		assert_told(&visit, walk->step, CHECK_BAD, walk->told);
	visit_close(&visit);
}

/* Whatever names the extension is dropped. */
static void an_extension_that_alone_is_silent_is_told_from_a_dead_server(void **state)
{
	struct visit visit;

	(void)state;
	visit_open(&visit);
	visit_begin(&visit, visit_cfg());
	visit_expect(&visit, "OPTIONS", 0);
	assert_non_null(strstr(visit_header(&visit, SIP_FROM), "sip:1001@pbx.example"));
	visit_expect(&visit, "REGISTER", 5000);
	visit_expect(&visit, "OPTIONS", 33000);
	assert_null(strstr(visit_header(&visit, SIP_FROM), "1001"));
	visit_answer(&visit, "200 OK", "");
	assert_cause(&visit, CHECK_CHALLENGE, "register-silent");
	assert_told(&visit, CHECK_CHALLENGE, CHECK_BAD,
	            "answers OPTIONS only where it does not name the extension");
	visit_close(&visit);
}

static void a_cancelled_check_leaves_no_connection(void **state)
{
	struct visit visit;

	(void)state;
	(void)open_over(&visit, DNS_TCP);
	check_cancel(visit.check);
	sim_run_until(visit.net, net_now_ms(visit.net) + 1);
	assert_non_null(visit.end);
	assert_int_equal(visit.end->result, CHECK_CANCELLED);
	visit_close(&visit);
}

/* What was found is better advice than what might be; and an answer over another transport is no
 * word on the way of the one that was asked. */
static void what_answers_elsewhere_is_the_first_advice(void **state)
{
	struct visit visit;
	struct net_stream *stream;

	(void)state;
	visit_open(&visit);
	visit_begin(&visit, visit_cfg());
	visit_expect(&visit, "OPTIONS", 0);
	visit_icmp(&visit, ECONNREFUSED);
	stream = visit_connect(&visit, SIM_CONNECT_TCP);
	assert_true(sim_stream_open(visit.net, stream, 0));
	visit_expect(&visit, "OPTIONS", 0);
	visit_answer(&visit, "404 Not Found", "");
	assert_cause(&visit, CHECK_REACH, "port-closed");
	assert_string_equal(visit.end->cause->advice[0],
	                    "Set Transport to TCP: TCP answers at 192.0.2.10:5060.");
	assert_string_equal(visit.end->cause->advice[1],
	                    explain_by_id(SLICE("port-closed"))->advice[0]);
	assert_told(&visit, CHECK_NETWORK, CHECK_GOOD, "over TCP: n");
	assert_told(&visit, CHECK_CLOCK, CHECK_GOOD, "over TCP: no Date header");
	visit_close(&visit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_proved_over_tcp),
		cmocka_unit_test(a_connection_is_made_over_the_interface_that_is_set),
		cmocka_unit_test(a_connection_needs_the_interface_that_is_set),
		cmocka_unit_test(the_certificate_is_told),
		cmocka_unit_test(the_certificate_of_who_says_nothing_is_told),
		cmocka_unit_test(a_certificate_that_ends_soon_is_a_warning),
		cmocka_unit_test(addresses_that_do_not_open_take_the_time_of_one),
		cmocka_unit_test(the_certificate_of_each_connection_is_kept),
		cmocka_unit_test(the_end_of_a_further_certificate_is_a_warning),
		cmocka_unit_test(a_bad_certificate_ends_it_with_its_cause),
		cmocka_unit_test(a_certificate_that_is_refused_is_told),
		cmocka_unit_test(a_connection_that_is_lost_is_made_again_for_the_next_request),
		cmocka_unit_test(over_connections_every_keep_alive_is_a_ping),
		cmocka_unit_test(with_outbound_a_connection_is_tried_with_a_ping),
		cmocka_unit_test(an_extension_that_alone_is_silent_is_told_from_a_dead_server),
		cmocka_unit_test(what_answers_elsewhere_is_the_first_advice),
		cmocka_unit_test(a_cancelled_check_leaves_no_connection),
	};

	struct CMUnitTest of_walks[sizeof(walks) / sizeof(walks[0])];

	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++)
		of_walks[i] = (struct CMUnitTest){ .name = walks[i].name,
			                           .test_func = goes_so,
			                           .initial_state = (void *)&walks[i] };
	return cmocka_run_group_tests(tests, NULL, NULL) +
	       cmocka_run_group_tests(of_walks, NULL, NULL);
}
