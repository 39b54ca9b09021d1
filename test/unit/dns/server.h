/* server.h: a name server for tests, on the loop of the test: it tells of each question, and sends
 * what the test makes of it. Include it in one source file only, with cmocka before it. */
#ifndef LINEUP_TEST_SERVER_H
#define LINEUP_TEST_SERVER_H

#include <stdio.h>

#include "net/net.h"
#include "unit/dns/wire.h"

struct server;

/* Writes the answer to w, which has the header and the question already (code WIRE_OK). False:
 * nothing is sent. */
typedef bool server_fn(struct server *server, const char *name, unsigned type, struct wire *w);

struct server {
	struct net_udp *udp;
	struct net_addr addr;
	server_fn *fn;
	unsigned questions;
	char asked[2000]; /* "33 _sip._udp.pbx.test;1 pbx.test;" */
	struct net_addr from;
	unsigned id; /* of the last question */
	struct wire wire;
};

static inline void server_send(struct server *server)
{
	assert_int_equal(net_udp_send(server->udp, &server->from, wire_slice(&server->wire)), 0);
}

static inline void server_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	struct server *server = ctx;
	char name[256] = "";
	size_t at = 12, n = 0;
	unsigned type;

	assert_true(bytes.n > 16);
	while (p[at]) {
		n += (size_t)snprintf(name + n, sizeof(name) - n, "%s%.*s", n ? "." : "",
		                      (int)p[at], (const char *)p + at + 1);
		at += p[at] + 1u;
		assert_true(at + 4 < bytes.n);
	}
	type = (unsigned)p[at + 1] << 8 | p[at + 2];
	server->id = (unsigned)p[0] << 8 | p[1];
	server->from = *from;
	server->questions++;
	n = strlen(server->asked);
	snprintf(server->asked + n, sizeof(server->asked) - n, "%u %s;", type, name);
	wire_begin(&server->wire, server->id, WIRE_OK, name, type);
	if (server->fn(server, name, type, &server->wire))
		server_send(server);
}

/* ICMP for an answer that came too late. */
static inline void server_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	(void)ctx;
	(void)to;
	(void)error;
	(void)sent;
}

static inline void server_open(struct server *server, struct net *net, const char *host,
                               uint16_t port, server_fn *fn)
{
	static const struct net_udp_handler handler = { .datagram = server_datagram,
		                                        .error = server_error };
	struct net_addr local;

	memset(server, 0, sizeof(*server));
	server->fn = fn;
	assert_int_equal(net_addr_parse(slice_str(host), port, &local), 0);
	assert_int_equal(net_udp_open(net, &local, &handler, server, &server->udp), 0);
	server->addr = *net_udp_local(server->udp);
}

#endif
