/* line/server.c: a server as its lines share it, and the lines that wait for its addresses
 * (names.c) or for leave to go. */
#include "line/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "line/flow.h"
#include "line/part.h"
#include "net/tls.h"
#include "sip/extra.h"

static void put_host_port(struct buf *out, const char *host, uint16_t port)
{
	buf_str(out, host);
	if (port) {
		buf_char(out, ':');
		buf_u64(out, port);
	}
}

static int copy_path(const char *path, char **ret_copy)
{
	*ret_copy = path ? strdup(path) : NULL;
	return path && !*ret_copy ? -ENOMEM : 0;
}

static int read_interface(const char *text, struct net_interface **ret_interface)
{
	struct net_interface *interface;
	int r;

	if (!text)
		return 0;
	interface = malloc(sizeof(*interface));
	if (!interface)
		return -ENOMEM;
	r = net_interface_parse(slice_str(text), interface);
	if (r < 0)
		free(interface);
	else
		*ret_interface = interface;
	return r;
}

/* ---- demands */

/* They have no problem. */
static int make_headers(const struct sip_demands *demands, struct server *server)
{
	char memory[SIP_DEMANDS_HEADERS_MAX];
	struct buf lines = buf_over(memory, sizeof(memory));

	if (!demands->headers[0])
		return 0;
	sip_extra_write(slice_str(demands->headers), &lines);
	buf_end(&lines);
	server->demands.headers = strdup(memory);
	server->demands.headers_vary = strstr(memory, SIP_EXTRA_EXTENSION) != NULL;
	server->demands.headers_agent =
		sip_extra_has(slice_str(demands->headers), SLICE("User-Agent"));
	return server->demands.headers ? 0 : -ENOMEM;
}

/* Returns 0 or -EINVAL: too long, or not to be sent. */
static int write_texts(const struct server_cfg *cfg, const struct sip_demands *demands,
                       struct server *server)
{
	struct buf host = buf_over(server->host, sizeof(server->host));
	struct buf uri = buf_over(server->request_uri, sizeof(server->request_uri));
	struct buf log_uri = buf_over(server->log_uri, sizeof(server->log_uri));
	struct buf route = buf_over(server->route, sizeof(server->route));
	struct buf hop = buf_over(server->next_hop.host, sizeof(server->next_hop.host));

	buf_str(&host, cfg->host);
	buf_str(&uri, "sip:");
	put_host_port(&uri, cfg->host, cfg->port);
	buf_str(&uri, demands->request_params);
	buf_str(&log_uri, "sip:");
	buf_str(&log_uri, cfg->host);
	buf_str(&hop, cfg->proxy_host ? cfg->proxy_host : cfg->host);
	if (cfg->proxy_host) {
		buf_str(&route, "<sip:");
		put_host_port(&route, cfg->proxy_host, cfg->proxy_port);
		buf_str(&route, ";lr>");
	}
	memcpy(server->demands.contact_params, demands->contact_params,
	       sizeof(server->demands.contact_params));
	memcpy(server->demands.address_params, demands->address_params,
	       sizeof(server->demands.address_params));
	return sip_demands_problem(demands) || buf_end(&host) || buf_end(&uri) ||
	                       buf_end(&log_uri) || buf_end(&route) || buf_end(&hop)
	               ? -EINVAL
	               : 0;
}

/* What server_done() frees, whether or not it all came to be. */
static int make_parts(const struct server_cfg *cfg, const struct sip_demands *demands,
                      struct server *server)
{
	int r;

	if ((r = copy_path(cfg->tls_ca, &server->tls.ca)) < 0 ||
	    (r = copy_path(cfg->tls_cert, &server->tls.cert)) < 0 ||
	    (r = copy_path(cfg->tls_key, &server->tls.key)) < 0 ||
	    (r = make_headers(demands, server)) < 0 ||
	    (r = read_interface(cfg->interface, &server->way.interface)) < 0)
		return r;
	server->gate = calloc(1, sizeof(*server->gate));
	return server->gate ? 0 : -ENOMEM;
}

int server_init(const struct server_cfg *cfg, uint64_t now_ms, struct server *ret_server)
{
	static const struct sip_demands none;
	const struct sip_demands *demands = cfg->demands ? cfg->demands : &none;
	struct server server = {
		.next_hop = { .port = cfg->proxy_host ? cfg->proxy_port : cfg->port,
		              .transport = cfg->transport,
		              .srv = cfg->srv },
		.demands.gruu = demands->gruu,
		.outbound = { .use = demands->outbound ? SERVER_OUTBOUND_ON : SERVER_OUTBOUND_OFF,
		              .beside = cfg->beside },
		.answered = { .ever = cfg->last.addr.any.sa_family != 0,
		              .over = cfg->last.transport,
		              .last = cfg->last },
		.nat.keep = cfg->keep,
		.tls.least = cfg->tls_least,
	};
	int r;

	/* RFC 5626 4.4: who asks for a flow keeps it alive. */
	if (demands->outbound && cfg->keep == SIP_KEEP_NONE)
		server.nat.keep = SIP_KEEP_STUN;
	if (cfg->beside && !demands->outbound)
		return -EINVAL;
	r = write_texts(cfg, demands, &server);
	if (r < 0)
		return r;
	r = make_parts(cfg, demands, &server);
	if (r < 0) {
		server_done(&server);
		return r;
	}
	server.gate->servers = 1;
	pace_init(&server.gate->pace, cfg->rate_per_s, now_ms);
	*ret_server = server;
	return 0;
}

static bool same_interface(const struct net_interface *a, const struct net_interface *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a->name, b->name) == 0 && net_addr_same_host(&a->addr, &b->addr);
}

/* Second flows have a pace of their own: their share is told apart. */
static bool is_same_pbx(const struct server *a, const struct server *b)
{
	return strcasecmp(a->host, b->host) == 0 &&
	       strcasecmp(a->next_hop.host, b->next_hop.host) == 0 &&
	       a->next_hop.port == b->next_hop.port &&
	       a->next_hop.transport == b->next_hop.transport &&
	       a->next_hop.srv == b->next_hop.srv && !a->outbound.beside == !b->outbound.beside &&
	       same_interface(a->way.interface, b->way.interface);
}

static void leave_gate(struct server *server)
{
	if (server->gate && --server->gate->servers == 0)
		free(server->gate);
	server->gate = NULL;
}

bool server_share_gate(struct server *server, struct server *other)
{
	if (!is_same_pbx(server, other))
		return false;
	leave_gate(server);
	server->gate = other->gate;
	server->gate->servers++;
	return true;
}

void server_note(struct line_env *env, enum log_level level, const struct buf *text)
{
	log_emit(&env->log, &(struct log_event){ .kind = LOG_NOTE,
	                                         .level = level,
	                                         .wall_ms = net_stamp_ms(env->net),
	                                         .text = buf_slice(text) });
}

void server_done(struct server *server)
{
	if (server->names.query)
		dns_cancel(server->names.query);
	flow_close_all(server);
	leave_gate(server);
	net_tls_free(server->tls.context);
	free(server->demands.headers);
	free(server->tls.issuer);
	free(server->tls.ca);
	free(server->tls.cert);
	free(server->tls.key);
	free(server->way.interface);
	free(server->names.targets);
	free(server->nat.table);
	free(server->way.asked);
	free(server->template);
}

static void enqueue(struct server_queue *queue, struct line *line)
{
	line->queue_next = NULL;
	line->queue_prev = queue->tail;
	if (queue->tail)
		queue->tail->queue_next = line;
	else
		queue->head = line;
	queue->tail = line;
	queue->count++;
	line->queued = true;
}

static void take_out(struct server_queue *queue, struct line *line)
{
	if (line->queue_prev)
		line->queue_prev->queue_next = line->queue_next;
	else
		queue->head = line->queue_next;
	if (line->queue_next)
		line->queue_next->queue_prev = line->queue_prev;
	else
		queue->tail = line->queue_prev;
	line->queue_next = NULL;
	line->queue_prev = NULL;
	queue->count--;
	line->queued = false;
}

static struct line *dequeue(struct server_queue *queue)
{
	struct line *line = queue->head;

	take_out(queue, line);
	return line;
}

struct line *server_dequeue(struct server_queue *queue)
{
	return queue->head ? dequeue(queue) : NULL;
}

void server_enqueue(struct server_queue *queue, struct line *line)
{
	enqueue(queue, line);
}

void server_queue(struct line_env *env, struct server *server, struct line *line)
{
	enqueue(&server->gate->queue, line);
	server_go_on(env, server);
}

void server_wait_name(struct server *server, struct line *line)
{
	enqueue(&server->names.waiting, line);
}

void server_unqueue(struct line_env *env, struct server *server, struct line *line)
{
	if (!line->queued)
		return;
	if (line->wait == LINE_ON_FLOW)
		take_out(&line_attempt_of(env, line)->flow->waiting, line);
	else
		take_out(line->wait == LINE_ON_LEAVE ? &server->gate->queue
		                                     : &server->names.waiting,
		         line);
}

void server_go_on(struct line_env *env, struct server *server)
{
	struct server_gate *gate = server->gate;
	uint64_t now_ms = net_now_ms(env->net);
	uint64_t at_ms;

	/* An attempt that ends as soon as it began would come back here: the loop below goes on. */
	if (gate->going_on)
		return;
	gate->going_on = true;
	while (gate->queue.head) {
		enum pace_leave leave = pace_ask(
			&gate->pace, line_pace_start(env, gate->queue.head), now_ms, &at_ms);

		/* Who is to register anew is looked for by the same timer, and no later. */
		if (leave == PACE_LATER)
			line_env_arm(env, env->asks, server->number,
			             server->renews ? now_ms + 1 : at_ms);
		if (leave != PACE_GO)
			break;
		line_attempt_go(env, dequeue(&gate->queue));
	}
	gate->going_on = false;
}

int server_source_for(struct line_env *env, struct server *server, const struct net_addr *to,
                      struct net_source *ret_source)
{
	int r = net_source_for(env->net, server->way.interface, to, ret_source);

	/* One that was taken out and put in again has another number. */
	if (r == 0)
		server->way.device = ret_source->device;
	return r;
}

static bool leads_elsewhere(struct line_env *env, struct server *server, const struct net_addr *to)
{
	struct net_source source;

	for (unsigned i = 0; i < server->names.target_count; i++)
		if (!net_addr_same_host(&server->names.targets[i].addr, to) &&
		    server_source_for(env, server, &server->names.targets[i].addr, &source) == 0)
			return true;
	return false;
}

bool server_way_moved(struct line_env *env, struct server *server, const struct net_addr *to,
                      const struct net_addr *from)
{
	struct net_source source;

	if (server_source_for(env, server, to, &source) < 0)
		return leads_elsewhere(env, server, to);
	return !net_addr_same_host(&source.addr, from);
}

int server_send(struct line_env *env, const struct server *server, const struct net_addr *from,
                const struct net_addr *to, struct slice bytes)
{
	struct net_udp *udp = env->udp[to->any.sa_family == AF_INET6];
	struct net_source source;

	if (!udp)
		return -EAFNOSUPPORT;
	if (!server->way.interface)
		return net_udp_send(udp, to, bytes);
	source = (struct net_source){ .addr = *from, .device = server->way.device };
	return net_udp_send_from(udp, &source, to, bytes);
}

int line_target_from(struct line_env *env, struct server *server, const struct net_addr *addr,
                     enum dns_transport transport, struct line_target *ret_target)
{
	struct line_target target = { .addr = *addr, .transport = transport };
	struct net_udp *udp = env->udp[addr->any.sa_family == AF_INET6];
	struct buf sent_by = buf_over(target.sent_by, sizeof(target.sent_by));
	struct net_source source;
	int r;

	/* Where a connection is made from shows when it is there. */
	if (transport != DNS_UDP) {
		*ret_target = target;
		return 0;
	}
	if (!udp)
		return -EAFNOSUPPORT;
	r = server_source_for(env, server, addr, &source);
	if (r < 0)
		return r;
	target.source = source.addr;
	net_addr_set_port(&target.source, net_addr_port(net_udp_local(udp)));
	target.contact = target.source;
	net_addr_show(&target.source, &sent_by);
	r = buf_end(&sent_by);
	if (r < 0)
		return r;
	*ret_target = target;
	return 0;
}

int server_way_to(struct line_env *env, struct server *server, const struct net_addr *addr,
                  enum dns_transport transport, struct line_target *ret_target)
{
	uint64_t now_ms = net_now_ms(env->net);
	struct line_target target;
	int r;

	if (server->way.asked && now_ms < server->way.asked_until_ms &&
	    server->way.asked->transport == transport &&
	    net_addr_equal(&server->way.asked->addr, addr)) {
		*ret_target = *server->way.asked;
		return 0;
	}
	r = line_target_from(env, server, addr, transport, &target);
	if (r < 0)
		return r;
	*ret_target = target;
	/* Without memory each line asks the kernel for itself. */
	if (!server->way.asked)
		server->way.asked = malloc(sizeof(*server->way.asked));
	if (server->way.asked)
		*server->way.asked = target;
	server->way.asked_until_ms = now_ms + LINE_WAY_MS;
	return 0;
}
