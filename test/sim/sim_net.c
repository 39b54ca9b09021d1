/* sim_net.c: the bodies of net/net.h on a clock that the test moves.
 *
 * A turn of this loop is one timer. What is sent stands in a queue with the time at which it was
 * sent; what the machine refuses comes back in a turn of its own, as net/net.h promises. May use
 * base/ and net/addr.h. */
#include "sim_part.h"

#include <errno.h>
#include <stdlib.h>

struct net_udp {
	struct net *net;
	struct net_udp *next;
	struct net_addr local;
	struct net_udp_handler handler;
	void *ctx;
	struct net_udp_stats stats;
	struct refusal *refusals;
	bool batch_open;
};

/* An error on its way to handler->error. */
struct refusal {
	struct refusal *next;
	struct net_udp *udp;
	struct net_timer *timer;
	struct net_addr to;
	int error;
	size_t n;
	char bytes[];
};

struct net_signal {
	struct net *net;
	struct net_signal *next;
	int signo;
	void (*fn)(void *ctx, int signo);
	void *ctx;
};

int net_new(struct net **ret_net)
{
	struct net *net = sim_own(sizeof(*net));

	net->now_ms = SIM_BEGIN_MS;
	net->sent_end = &net->sent;
	net->next_port = SIM_PORT_FIRST;
	net->next_stream_port = SIM_STREAM_PORT_FIRST;
	net->wall_ms = SIM_BEGIN_WALL_MS;
	net_addr_parse(SLICE("192.0.2.1"), 0, &net->source_v4);
	net_addr_parse(SLICE("2001:db8::1"), 0, &net->source_v6);
	rng_seed(&net->chance, 1);
	*ret_net = net;
	return 0;
}

void net_free(struct net *net)
{
	struct sim_datagram *datagram;

	if (!net)
		return;
	while ((datagram = sim_sent_take(net)))
		free(datagram);
	free(net);
}

void sim_seed(struct net *net, uint64_t seed)
{
	rng_seed(&net->chance, seed);
}

/* --- time --- */

static struct net_timer *timer_add(struct net_timer *timer, struct net *net, void (*fn)(void *ctx),
                                   void *ctx)
{
	timer->net = net;
	timer->fn = fn;
	timer->ctx = ctx;
	timer->at_ms = NET_NEVER;
	timer->next = net->timers;
	net->timers = timer;
	return timer;
}

struct net_timer *sim_timer_new(struct net *net, void (*fn)(void *ctx), void *ctx)
{
	struct net_timer *timer = timer_add(sim_own(sizeof(*timer)), net, fn, ctx);

	timer->own = true;
	return timer;
}

int net_timer_new(struct net *net, void (*fn)(void *ctx), void *ctx, struct net_timer **ret_timer)
{
	struct net_timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return -ENOMEM;
	*ret_timer = timer_add(timer, net, fn, ctx);
	return 0;
}

void net_timer_free(struct net_timer *timer)
{
	if (!timer)
		return;
	for (struct net_timer **at = &timer->net->timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	}
	free(timer);
}

void net_timer_set(struct net_timer *timer, uint64_t at_ms)
{
	timer->at_ms = at_ms;
	timer->order = timer->net->set_count++;
}

/* --- calls in a turn of their own --- */

struct sim_later {
	struct sim_later *next;
	struct net_timer *timer;
	struct net *net;
	void (*fn)(void *ctx);
	void *ctx;
};

static void later_free(struct sim_later *later)
{
	for (struct sim_later **at = &later->net->later; *at; at = &(*at)->next) {
		if (*at == later) {
			*at = later->next;
			break;
		}
	}
	net_timer_free(later->timer);
	free(later);
}

static void later_comes(void *ctx)
{
	struct sim_later *later = ctx;
	void (*fn)(void *ctx) = later->fn;
	void *fn_ctx = later->ctx;

	later_free(later);
	fn(fn_ctx);
}

void sim_later(struct net *net, void (*fn)(void *ctx), void *ctx)
{
	sim_later_at(net, net->now_ms, fn, ctx);
}

void sim_later_at(struct net *net, uint64_t at_ms, void (*fn)(void *ctx), void *ctx)
{
	struct sim_later *later = sim_own(sizeof(*later));

	*later = (struct sim_later){ .next = net->later, .net = net, .fn = fn, .ctx = ctx };
	net->later = later;
	later->timer = sim_timer_new(net, later_comes, later);
	net_timer_set(later->timer, at_ms);
}

void sim_later_forget(struct net *net, const void *ctx)
{
	struct sim_later *next;

	for (struct sim_later *later = net->later; later; later = next) {
		next = later->next;
		if (later->ctx == ctx)
			later_free(later);
	}
}

static struct net_timer *timer_first(const struct net *net)
{
	struct net_timer *first = NULL;

	for (struct net_timer *t = net->timers; t; t = t->next) {
		if (t->at_ms == NET_NEVER)
			continue;
		if (!first || t->at_ms < first->at_ms ||
		    (t->at_ms == first->at_ms && t->order < first->order))
			first = t;
	}
	return first;
}

/* One turn: the first timer, where it is due by at_ms. */
static bool turn(struct net *net, uint64_t at_ms)
{
	struct net_timer *timer = timer_first(net);

	if (!timer || timer->at_ms > at_ms)
		return false;
	if (timer->at_ms > net->now_ms)
		net->now_ms = timer->at_ms;
	timer->at_ms = NET_NEVER;
	timer->fn(timer->ctx);
	return true;
}

void sim_run_until(struct net *net, uint64_t at_ms)
{
	while (turn(net, at_ms))
		;
	if (at_ms > net->now_ms)
		net->now_ms = at_ms;
}

enum sim_stop sim_run_to_send(struct net *net, uint64_t at_ms)
{
	while (!net->sent && turn(net, at_ms))
		;
	if (net->sent)
		return SIM_SENT;
	if (!timer_first(net))
		return SIM_IDLE;
	if (at_ms > net->now_ms)
		net->now_ms = at_ms;
	return SIM_TIME;
}

int net_run(struct net *net)
{
	net->stopped = false;
	while (!net->stopped && turn(net, NET_NEVER - 1))
		;
	return 0;
}

void net_stop(struct net *net)
{
	net->stopped = true;
}

uint64_t net_now_ms(const struct net *net)
{
	return net->now_ms;
}

uint32_t net_behind_ms(const struct net *net)
{
	(void)net;
	return 0;
}

int64_t net_wall_ms(const struct net *net)
{
	return net->wall_ms + (int64_t)(net->now_ms - SIM_BEGIN_MS);
}

int64_t net_stamp_ms(struct net *net)
{
	return net_wall_ms(net);
}

void sim_wall_set(struct net *net, int64_t wall_ms)
{
	net->wall_ms = wall_ms - (int64_t)(net->now_ms - SIM_BEGIN_MS);
}

int net_random(struct net *net, void *bytes, size_t n)
{
	unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)rng_between(&net->chance, 0, 255);
	return 0;
}

/* --- signals --- */

int net_signal_new(struct net *net, int signo, void (*fn)(void *ctx, int signo), void *ctx,
                   struct net_signal **ret_signal)
{
	struct net_signal *signal = calloc(1, sizeof(*signal));

	if (!signal)
		return -ENOMEM;
	*signal = (struct net_signal){ net, net->signals, signo, fn, ctx };
	net->signals = signal;
	*ret_signal = signal;
	return 0;
}

void net_signal_free(struct net_signal *signal)
{
	if (!signal)
		return;
	for (struct net_signal **at = &signal->net->signals; *at; at = &(*at)->next) {
		if (*at == signal) {
			*at = signal->next;
			break;
		}
	}
	free(signal);
}

void sim_signal(struct net *net, int signo)
{
	struct net_signal *next;

	for (struct net_signal *s = net->signals; s; s = next) {
		next = s->next;
		if (s->signo == signo)
			s->fn(s->ctx, signo);
	}
}

/* --- bells: rung in a turn of their own, as everything is here --- */

struct net_async {
	struct net_timer *timer;
	void (*fn)(void *ctx);
	void *ctx;
};

static void on_ring(void *ctx)
{
	struct net_async *async = ctx;

	async->fn(async->ctx);
}

struct net_routes {
	struct net *net;
	struct net_routes *next;
	void (*fn)(void *ctx);
	void *ctx;
};

int net_routes_new(struct net *net, void (*fn)(void *ctx), void *ctx,
                   struct net_routes **ret_routes)
{
	struct net_routes *routes = calloc(1, sizeof(*routes));

	if (!routes)
		return -ENOMEM;
	*routes = (struct net_routes){ net, net->routes, fn, ctx };
	net->routes = routes;
	*ret_routes = routes;
	return 0;
}

void net_routes_free(struct net_routes *routes)
{
	if (!routes)
		return;
	for (struct net_routes **at = &routes->net->routes; *at; at = &(*at)->next) {
		if (*at == routes) {
			*at = routes->next;
			break;
		}
	}
	free(routes);
}

void sim_routes_changed(struct net *net)
{
	for (struct net_routes *routes = net->routes; routes; routes = routes->next)
		routes->fn(routes->ctx);
}

int net_async_new(struct net *net, void (*fn)(void *ctx), void *ctx, struct net_async **ret_async)
{
	struct net_async *async = calloc(1, sizeof(*async));
	int error;

	if (!async)
		return -ENOMEM;
	error = net_timer_new(net, on_ring, async, &async->timer);
	if (error) {
		free(async);
		return error;
	}
	async->fn = fn;
	async->ctx = ctx;
	*ret_async = async;
	return 0;
}

void net_async_send(struct net_async *async)
{
	if (async->timer->at_ms == NET_NEVER)
		net_timer_set(async->timer, async->timer->net->now_ms);
}

void net_async_free(struct net_async *async)
{
	if (!async)
		return;
	net_timer_free(async->timer);
	free(async);
}

/* --- datagrams --- */

/* Counts down to the call that shall fail. */
static bool fails_now(unsigned *fail_in)
{
	return *fail_in && --*fail_in == 0;
}

static bool port_taken(const struct net *net, const struct net_addr *local)
{
	for (const struct net_udp *udp = net->sockets; udp; udp = udp->next)
		if (net_addr_equal(&udp->local, local))
			return true;
	return false;
}

int net_udp_open(struct net *net, const struct net_addr *local,
                 const struct net_udp_handler *handler, void *ctx, struct net_udp **ret_udp)
{
	struct net_addr bound = *local;
	struct net_udp *udp, **at;

	if (fails_now(&net->open_fail_in))
		return -net->open_error;
	if (net_addr_port(local)) {
		if (port_taken(net, local))
			return -EADDRINUSE;
	} else {
		do
			net_addr_set_port(&bound, net->next_port++);
		while (port_taken(net, &bound));
	}
	udp = calloc(1, sizeof(*udp));
	if (!udp)
		return -ENOMEM;
	*udp = (struct net_udp){ .net = net, .local = bound, .handler = *handler, .ctx = ctx };
	for (at = &net->sockets; *at; at = &(*at)->next)
		;
	*at = udp;
	*ret_udp = udp;
	return 0;
}

static void refusal_free(struct refusal *refusal)
{
	net_timer_free(refusal->timer);
	free(refusal);
}

void net_udp_close(struct net_udp *udp)
{
	struct refusal *next;

	if (!udp)
		return;
	for (struct refusal *r = udp->refusals; r; r = next) {
		next = r->next;
		refusal_free(r);
	}
	for (struct net_udp **at = &udp->net->sockets; *at; at = &(*at)->next) {
		if (*at == udp) {
			*at = udp->next;
			break;
		}
	}
	free(udp);
}

const struct net_addr *net_udp_local(const struct net_udp *udp)
{
	return &udp->local;
}

static void refusal_arrives(void *ctx)
{
	struct refusal *refusal = ctx;
	struct net_udp *udp = refusal->udp;

	for (struct refusal **at = &udp->refusals; *at; at = &(*at)->next) {
		if (*at == refusal) {
			*at = refusal->next;
			break;
		}
	}
	udp->stats.errors++;
	udp->handler.error(udp->ctx, &refusal->to, refusal->error,
	                   slice_of(refusal->bytes, refusal->n));
	refusal_free(refusal);
}

static void refuse_later(struct net_udp *udp, const struct net_addr *to, int error,
                         struct slice bytes)
{
	struct refusal *refusal = sim_own(sizeof(*refusal) + bytes.n);

	refusal->udp = udp;
	refusal->to = *to;
	refusal->error = error;
	refusal->n = bytes.n;
	if (bytes.n)
		memcpy(refusal->bytes, bytes.p, bytes.n);
	refusal->next = udp->refusals;
	udp->refusals = refusal;
	refusal->timer = sim_timer_new(udp->net, refusal_arrives, refusal);
	net_timer_set(refusal->timer, udp->net->now_ms);
}

/* Whether a source is still this machine's. */
static bool has_source(const struct net *net, const struct net_source *from)
{
	unsigned v6 = from->addr.any.sa_family == AF_INET6;

	if (!from->device &&
	    net_addr_same_host(&from->addr, v6 ? &net->source_v6 : &net->source_v4))
		return true;
	for (unsigned i = 0; i < SIM_DEVICES_MAX; i++)
		if (net->devices[i].name[0] && (!from->device || from->device == i + 1) &&
		    net_addr_same_host(&net->devices[i].addrs[v6], &from->addr))
			return true;
	return false;
}

int net_udp_send_from(struct net_udp *udp, const struct net_source *from, const struct net_addr *to,
                      struct slice bytes)
{
	struct net *net = udp->net;
	struct sim_datagram *datagram;

	if (bytes.n > NET_SEND_MAX)
		return -EMSGSIZE;
	udp->stats.calls_send++;
	if (fails_now(&net->send_fail_in)) {
		refuse_later(udp, to, net->send_error, bytes);
		return 0;
	}
	if (net->cut) {
		refuse_later(udp, to, ENETUNREACH, bytes);
		return 0;
	}
	if (from && !has_source(net, from)) {
		refuse_later(udp, to, ENODEV, bytes);
		return 0;
	}
	udp->stats.sent++;
	datagram = sim_own(sizeof(*datagram) + bytes.n + 1);
	datagram->at_ms = net->now_ms;
	datagram->udp = udp;
	sim_leaves_from(net, datagram, from);
	datagram->to = *to;
	datagram->n = bytes.n;
	if (bytes.n)
		memcpy(datagram->bytes, bytes.p, bytes.n);
	*net->sent_end = datagram;
	net->sent_end = &datagram->next;
	return 0;
}

static struct sim_device *device_find(struct net *net, const char *name)
{
	for (unsigned i = 0; i < SIM_DEVICES_MAX; i++)
		if (strcmp(net->devices[i].name, name) == 0)
			return &net->devices[i];
	return NULL;
}

bool sim_device_set(struct net *net, const char *name, const struct net_addr *v4,
                    const struct net_addr *v6)
{
	struct sim_device *device = device_find(net, name);

	if (!device)
		device = device_find(net, "");
	if (!device)
		return false;
	*device = (struct sim_device){ .name = "" };
	strncpy(device->name, name, sizeof(device->name) - 1);
	if (v4)
		device->addrs[0] = *v4;
	if (v6)
		device->addrs[1] = *v6;
	return true;
}

void sim_device_remove(struct net *net, const char *name)
{
	struct sim_device *device = device_find(net, name);

	if (device)
		*device = (struct sim_device){ .name = "" };
}

void sim_leaves_from(struct net *net, struct sim_datagram *datagram, const struct net_source *from)
{
	datagram->from = from ? *from : (struct net_source){ .device = 0 };
	datagram->over[0] = '\0';
	if (from && from->device)
		memcpy(datagram->over, net->devices[from->device - 1].name, sizeof(datagram->over));
}

int net_source_for(struct net *net, const struct net_interface *over, const struct net_addr *to,
                   struct net_source *ret_source)
{
	unsigned v6 = to->any.sa_family == AF_INET6;
	struct net_source source = { .addr = v6 ? net->source_v6 : net->source_v4 };

	if (over && over->name[0]) {
		const struct sim_device *device = device_find(net, over->name);

		if (!device)
			return -ENODEV;
		if (!device->addrs[v6].any.sa_family)
			return device->addrs[!v6].any.sa_family ? -EPFNOSUPPORT : -ENOLINK;
		source.addr = device->addrs[v6];
		source.device = (unsigned)(device - net->devices) + 1;
	} else if (over) {
		source.addr = over->addr;
		if (!has_source(net, &source))
			return -ENODEV;
		if (over->addr.any.sa_family != to->any.sa_family)
			return -EPFNOSUPPORT;
	}
	if (net->cut)
		return -ENETUNREACH;
	*ret_source = source;
	return 0;
}

int net_way_for(struct net *net, const struct net_interface *over, const struct net_addr *to,
                struct net_way *ret_way)
{
	struct net_way way = { .out = 0 };
	int r = net_source_for(net, over, to, &way.source);

	net->ways_asked++;
	if (r < 0)
		return r;
	way.router[0] = net->router;
	*ret_way = way;
	return 0;
}

void net_udp_stats(const struct net_udp *udp, struct net_udp_stats *ret_stats)
{
	*ret_stats = udp->stats;
}

const struct sim_datagram *sim_sent(const struct net *net)
{
	return net->sent;
}

struct sim_datagram *sim_sent_take(struct net *net)
{
	struct sim_datagram *datagram = net->sent;

	if (!datagram)
		return NULL;
	net->sent = datagram->next;
	if (!net->sent)
		net->sent_end = &net->sent;
	datagram->next = NULL;
	return datagram;
}

struct net_udp *sim_udp_of(const struct net *net, sa_family_t family)
{
	for (struct net_udp *udp = net->sockets; udp; udp = udp->next)
		if (udp->local.any.sa_family == family)
			return udp;
	return NULL;
}

static bool is_open(const struct net *net, const struct net_udp *udp)
{
	for (const struct net_udp *u = net->sockets; u; u = u->next)
		if (u == udp)
			return true;
	return false;
}

static void end_batch(struct net_udp *udp)
{
	if (udp->handler.batch_end)
		udp->handler.batch_end(udp->ctx);
}

bool sim_receive(struct net *net, struct net_udp *udp, const struct net_addr *from,
                 struct slice bytes)
{
	char *copy;

	if (!is_open(net, udp))
		return false;
	/* A block of exactly this size: a read past the datagram is then seen by ASan. */
	copy = sim_own(bytes.n);
	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	udp->stats.received++;
	udp->stats.calls_receive++;
	udp->handler.datagram(udp->ctx, from, slice_of(copy, bytes.n));
	if (net->in_batch)
		udp->batch_open = true;
	else
		end_batch(udp);
	free(copy);
	return true;
}

void sim_batch_begin(struct net *net)
{
	net->in_batch = true;
}

void sim_batch_end(struct net *net)
{
	net->in_batch = false;
	for (struct net_udp *udp = net->sockets; udp; udp = udp->next) {
		if (udp->batch_open)
			end_batch(udp);
		udp->batch_open = false;
	}
}

bool sim_icmp(struct net *net, struct net_udp *udp, const struct net_addr *to, int error,
              struct slice sent)
{
	if (!is_open(net, udp))
		return false;
	udp->stats.errors++;
	udp->handler.error(udp->ctx, to, error, sent);
	return true;
}

/* --- what the test says --- */

void sim_source_set(struct net *net, const struct net_addr *source)
{
	if (source->any.sa_family == AF_INET6)
		net->source_v6 = *source;
	else
		net->source_v4 = *source;
}

void sim_router_set(struct net *net, uint8_t number)
{
	net->router = number;
}

unsigned sim_ways_asked(const struct net *net)
{
	return net->ways_asked;
}

void sim_route_cut(struct net *net)
{
	net->cut = true;
}

void sim_route_mend(struct net *net)
{
	net->cut = false;
}

void sim_open_fail(struct net *net, unsigned nth, int error)
{
	net->open_fail_in = nth;
	net->open_error = error;
}

void sim_send_fail(struct net *net, unsigned nth, int error)
{
	net->send_fail_in = nth;
	net->send_error = error;
}

unsigned sim_open_sockets(const struct net *net)
{
	unsigned n = 0;

	for (const struct net_udp *udp = net->sockets; udp; udp = udp->next)
		n++;
	return n;
}

unsigned sim_open_timers(const struct net *net)
{
	unsigned n = 0;

	for (const struct net_timer *t = net->timers; t; t = t->next)
		n += !t->own;
	return n;
}

uint64_t sim_questions(const struct net *net)
{
	return net->questions;
}

unsigned sim_open_queries(const struct net *net)
{
	return net->queries;
}
