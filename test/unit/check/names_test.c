/* names_test: the doctor at a name that leads nowhere over the transport that was asked: what SRV
 * has for others is told as the first advice, and changes no finding. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "visit.h"

/* What is asked for, and the one SRV record that there is. */
static const struct nowhere {
	const char *name, *srv;
	enum dns_transport transport;
	enum dns_srv looks;
	uint16_t port;
	enum dns_result host;
	const char *cause, *advice; /* NULL: the cause's own */
	bool dot;                   /* SRV of UDP says that it is not on offer */
	bool naptr;                 /* NAPTR leads to that SRV record, which is of another domain */
} nowheres[] = {
	{ "for_tcp_alone", "_sip._tcp.pbx.example", .host = DNS_EMPTY, .cause = "name-empty",
	  .advice = "Set Transport to TCP: TCP answers at 192.0.2.20:5080." },
	{ "for_tls_alone", "_sips._tcp.pbx.example", .host = DNS_EMPTY, .cause = "name-empty",
	  .advice = "Set Transport to TLS: TLS answers at 192.0.2.20:5080." },
	{ "for_tcp_where_the_name_is_said_not_to_be_there", "_sip._tcp.pbx.example",
	  .host = DNS_UNKNOWN, .cause = "name-unknown",
	  .advice = "Set Transport to TCP: TCP answers at 192.0.2.20:5080." },
	{ "for_tcp_where_udp_is_not_on_offer", "_sip._tcp.pbx.example", .dot = true,
	  .host = DNS_EMPTY, .cause = "name-no-service",
	  .advice = "Set Transport to TCP: TCP answers at 192.0.2.20:5080." },
	{ "that_were_not_looked_up", "_sip._udp.pbx.example", .looks = DNS_SRV_UNUSED,
	  .host = DNS_EMPTY, .cause = "name-empty",
	  .advice = "Switch SRV look-ups on: UDP answers at 192.0.2.20:5080." },
	{ "for_tcp_that_were_not_looked_up", "_sip._tcp.pbx.example", .looks = DNS_SRV_UNUSED,
	  .host = DNS_EMPTY, .cause = "name-empty",
	  .advice = "Set Transport to TCP, and switch SRV look-ups on: TCP answers at "
	            "192.0.2.20:5080." },
	{ "that_a_port_hides", "_sip._udp.pbx.example", .port = 5060, .host = DNS_EMPTY,
	  .cause = "name-empty", .advice = "Leave the port away: UDP answers at 192.0.2.20:5080." },
	{ "that_naptr_alone_leads_to", "_sip._tcp.edge.example", .naptr = true, .host = DNS_EMPTY,
	  .cause = "name-empty",
	  .advice = "Set Transport to auto: TCP answers at 192.0.2.20:5080." },
	{ "that_naptr_leads_to_where_neither_was_looked_up", "_sip._udp.edge.example",
	  .naptr = true, .looks = DNS_SRV_UNUSED, .host = DNS_EMPTY, .cause = "name-empty",
	  .advice = "Set Transport to auto, and switch SRV look-ups on: UDP answers at "
	            "192.0.2.20:5080." },
	{ "and_has_none", NULL, .host = DNS_EMPTY, .cause = "name-empty" },
	{ "as_dns_fails", "_sip._tcp.pbx.example", .host = DNS_FAILED, .cause = "name-failed" },
};

static void where_a_name_leads_nowhere_srv_is_looked_at(void **state)
{
	const struct nowhere *row = *state;
	struct sip_aor aor = {
		.user = "1001", .plain = "1001", .host = "pbx.example", .port = row->port
	};
	bool udp = row->srv && strstr(row->srv, "_udp");
	struct net_addr edge = addr_of("192.0.2.20", 0);
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	cfg.aor = &aor;
	cfg.transport = row->transport;
	cfg.srv = row->looks;
	visit_open(&visit);
	sim_name_forget(visit.net, "pbx.example");
	sim_name_result(visit.net, "pbx.example", row->host);
	sim_name_address(visit.net, "edge.pbx.example", &edge);
	if (row->dot)
		sim_name_srv(visit.net, "_sip._udp.pbx.example", 0, 0, 0, ".");
	if (row->naptr)
		sim_name_naptr(visit.net, "pbx.example", 10, 10, udp ? DNS_UDP : DNS_TCP, row->srv);
	if (row->srv)
		sim_name_srv(visit.net, row->srv, 10, 0, 5080, "edge.pbx.example");
	visit_begin(&visit, cfg);
	if (row->advice) {
		if (!udp) {
			struct net_stream *stream =
				visit_connect(&visit, strstr(row->srv, "_sips") ? SIM_CONNECT_TLS
			                                                        : SIM_CONNECT_TCP);

			assert_true(sim_stream_open(visit.net, stream,
			                            net_wall_ms(visit.net) / 1000 + 8640000));
		}
		visit_expect(&visit, "OPTIONS", 0);
		visit_answer(&visit, "200 OK", "");
	}
	assert_cause(&visit, CHECK_NAME, row->cause);
	assert_string_equal(visit.end->cause->advice[0],
	                    row->advice ? row->advice
	                                : explain_by_id(slice_str(row->cause))->advice[0]);
	assert_told(&visit, CHECK_REACH, CHECK_NOT_REACHED, "not reached");
	visit_close(&visit);
}

static void what_srv_lists_may_not_answer_either(void **state)
{
	struct net_addr edge = addr_of("192.0.2.20", 0);
	struct check_cfg cfg = visit_cfg();
	struct visit visit;

	(void)state;
	visit_open(&visit);
	cfg.srv = DNS_SRV_USED;
	sim_name_forget(visit.net, "pbx.example");
	sim_name_result(visit.net, "pbx.example", DNS_EMPTY);
	sim_name_address(visit.net, "edge.pbx.example", &edge);
	sim_name_srv(visit.net, "_sip._tcp.pbx.example", 10, 0, 5080, "edge.pbx.example");
	visit_begin(&visit, cfg);
	visit_refuse_others(&visit);
	visit_wait(&visit);
	assert_cause(&visit, CHECK_NAME, "name-empty");
	assert_told(&visit, CHECK_NAME, CHECK_BAD, "nothing answers over TCP; the name exists");
	visit_close(&visit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_srv_lists_may_not_answer_either),
	};
	struct CMUnitTest of_rows[sizeof(nowheres) / sizeof(*nowheres)];

	for (size_t i = 0; i < sizeof(nowheres) / sizeof(*nowheres); i++)
		of_rows[i] =
			(struct CMUnitTest){ .name = nowheres[i].name,
			                     .test_func =
			                             where_a_name_leads_nowhere_srv_is_looked_at,
			                     .initial_state = (void *)&nowheres[i] };
	return cmocka_run_group_tests(tests, NULL, NULL) +
	       cmocka_run_group_tests(of_rows, NULL, NULL);
}
