/* sink/sink.c: see sink/sink.h. */
#include "sink/sink.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns.h"
#include "log/syslog.h"
#include "net/stream.h"
#include "sink/queue.h"

#define PORT_UDP    514
#define PORT_TCP    601
#define TURN_MAX    512 /* messages that are sent in one turn of the loop */
#define FULL_MS     50  /* until it is tried again to hand more to the kernel */
#define PROGRAM_MAX 48

static_assert(QUEUE_MESSAGE_MAX == SYSLOG_MESSAGE_MAX, "a message fits the queue");

struct sink {
	struct net *net;
	struct dns *dns;
	struct net_async *bell;
	struct net_timer *timer; /* WAITING: looks again; SENDING: the kernel was full */
	void (*note)(void *ctx, enum log_level level, const char *text);
	void *ctx;
	char host_name[SYSLOG_HOST_MAX + 1], program[PROGRAM_MAX + 1];
	struct syslog_origin origin;

	/* the loop's */
	enum sink_transport transport;
	char host[SINK_HOST_MAX + 1];
	uint16_t port;
	enum sink_state state;
	struct dns_query *query; /* NULL: none is open */
	struct net_addr targets[DNS_TARGETS_MAX];
	unsigned target_count, target;
	struct net_udp *udp;
	struct net_stream *stream;
	uint64_t looked_at_ms, opened_at_ms, retry_ms;
	bool told; /* that it cannot send */

	atomic_bool wanted; /* events are taken */

	pthread_mutex_t lock;
	struct queue queue;
	uint64_t missing; /* events of the gap that is open */
	struct sink_status status;
};

static const struct {
	const char *name, *text;
} states[SINK_STATE_COUNT] = {
#define SINK_STATE_ROW(constant, text) [SINK_##constant] = { #constant, text },
	SINK_STATES(SINK_STATE_ROW)
#undef SINK_STATE_ROW
};

const char *sink_state_name(enum sink_state state)
{
	return states[state].name;
}

const char *sink_state_text(enum sink_state state)
{
	return states[state].text;
}

static const char *transport_name(const struct sink *sink)
{
	return sink->transport == SINK_TCP ? "TCP" : "UDP";
}

__attribute__((format(printf, 3, 4))) static void tell(struct sink *sink, enum log_level level,
                                                       const char *format, ...)
{
	char text[512];
	va_list args;

	if (!sink->note)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	sink->note(sink->ctx, level, text);
}

/* ---- the state, as others see it */

/* problem NULL: the last one still holds. */
static void set_state(struct sink *sink, enum sink_state state, const char *problem)
{
	struct buf target = buf_over(sink->status.target, sizeof(sink->status.target));

	sink->state = state;
	pthread_mutex_lock(&sink->lock);
	sink->status.state = state;
	if (sink->target < sink->target_count)
		net_addr_show(&sink->targets[sink->target], &target);
	buf_end(&target);
	if (problem)
		snprintf(sink->status.problem, sizeof(sink->status.problem), "%s", problem);
	pthread_mutex_unlock(&sink->lock);
}

void sink_status(struct sink *sink, struct sink_status *ret_status)
{
	pthread_mutex_lock(&sink->lock);
	*ret_status = sink->status;
	pthread_mutex_unlock(&sink->lock);
}

/* ---- the queue [any thread]; with the lock held */

/* What is missing, in front of `more` bytes that are to follow; false: there is no room yet. After
 * a gap half of the queue must be free, so that few large gaps are told and not many small ones. */
static bool put_missing(struct sink *sink, int64_t wall_ms, size_t more)
{
	char memory[SYSLOG_MESSAGE_MAX + 1], text[96];
	struct buf out = buf_over(memory, sizeof(memory));
	struct log_event event = { .kind = LOG_NOTE, .level = LOG_LEVEL_WARN, .wall_ms = wall_ms };

	if (sink->queue.n > sink->queue.cap / 2)
		return false;
	snprintf(text, sizeof(text), "suppressed %llu events that the syslog host did not take",
	         (unsigned long long)sink->missing);
	event.text = slice_str(text);
	syslog_write(&sink->origin, &event, &out);
	if (!queue_put(&sink->queue, buf_slice(&out), more))
		return false;
	sink->missing = 0;
	return true;
}

static void put(struct sink *sink, struct slice message, int64_t wall_ms)
{
	if ((!sink->missing || put_missing(sink, wall_ms, message.n + 2)) &&
	    queue_put(&sink->queue, message, 0))
		return;
	sink->missing++;
	sink->status.suppressed++;
}

void sink_put(struct sink *sink, const struct log_event *event)
{
	char memory[SYSLOG_MESSAGE_MAX + 1];
	struct buf out = buf_over(memory, sizeof(memory));

	if (!atomic_load_explicit(&sink->wanted, memory_order_relaxed))
		return;
	syslog_write(&sink->origin, event, &out);
	pthread_mutex_lock(&sink->lock);
	put(sink, buf_slice(&out), event->wall_ms);
	pthread_mutex_unlock(&sink->lock);
	net_async_send(sink->bell);
}

/* ---- sending */

static int send_one(struct sink *sink, struct slice message)
{
	char memory[SYSLOG_MESSAGE_MAX + 16];
	struct buf framed = buf_over(memory, sizeof(memory));

	if (sink->transport == SINK_UDP)
		return net_udp_send(sink->udp, &sink->targets[sink->target], message);
	buf_u64(&framed, message.n);
	buf_char(&framed, ' ');
	buf_put(&framed, message);
	return net_stream_send(sink->stream, buf_slice(&framed));
}

static struct slice peek(struct sink *sink, char memory[QUEUE_MESSAGE_MAX])
{
	struct slice message;

	pthread_mutex_lock(&sink->lock);
	if (!sink->queue.n && sink->missing)
		put_missing(sink, net_wall_ms(sink->net), 0);
	message = queue_peek(&sink->queue, memory);
	pthread_mutex_unlock(&sink->lock);
	return message;
}

static void drop_sent(struct sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	queue_drop(&sink->queue);
	sink->status.sent++;
	pthread_mutex_unlock(&sink->lock);
}

static void look(struct sink *sink);

/* A name may have got another address; a connection that breaks is looked up anyway. */
static void look_again(struct sink *sink)
{
	bool due = net_now_ms(sink->net) >= sink->looked_at_ms + SINK_LOOK_MS;

	if (sink->transport == SINK_UDP && !sink->query && due)
		look(sink);
}

static void pump(struct sink *sink)
{
	char memory[QUEUE_MESSAGE_MAX];

	if (sink->state != SINK_SENDING)
		return;
	for (unsigned i = 0; i < TURN_MAX; i++) {
		struct slice message = peek(sink, memory);
		int err;

		if (!slice_present(message))
			break;
		err = send_one(sink, message);
		if (err == -ENOBUFS || err == -ENOMEM) {
			net_timer_set(sink->timer, net_now_ms(sink->net) + FULL_MS);
			return;
		}
		if (err) /* it is over, which closed() is going to say */
			return;
		drop_sent(sink);
		if (i + 1 == TURN_MAX)
			net_async_send(sink->bell);
	}
	look_again(sink);
}

/* ---- trouble */

static void shut(struct sink *sink)
{
	if (sink->query)
		dns_cancel(sink->query);
	sink->query = NULL;
	net_udp_close(sink->udp);
	sink->udp = NULL;
	net_stream_close(sink->stream);
	sink->stream = NULL;
	net_timer_set(sink->timer, NET_NEVER);
}

/* So that many daemons do not come back as one: up to a quarter more. */
static uint64_t spread(struct sink *sink, uint64_t ms)
{
	uint32_t chance = 0;

	/* Without chance it is the plain time, which is good enough here. */
	(void)net_random(sink->net, &chance, sizeof(chance));
	return ms + ms * (chance % 1000) / 4000;
}

static void fail(struct sink *sink, const char *problem)
{
	uint64_t now_ms = net_now_ms(sink->net);

	shut(sink);
	if (sink->opened_at_ms && now_ms >= sink->opened_at_ms + SINK_LASTED_MS)
		sink->retry_ms = SINK_RETRY_MS;
	sink->opened_at_ms = 0;
	set_state(sink, SINK_WAITING, problem);
	net_timer_set(sink->timer, now_ms + spread(sink, sink->retry_ms));
	if (!sink->told)
		tell(sink, LOG_LEVEL_WARN,
		     "the log does not reach the syslog host %s over %s: %s; it is tried again",
		     sink->host, transport_name(sink), problem);
	sink->told = true;
	sink->retry_ms *= 2;
	if (sink->retry_ms > SINK_RETRY_MAX_MS)
		sink->retry_ms = SINK_RETRY_MAX_MS;
}

static void begin_sending(struct sink *sink)
{
	sink->opened_at_ms = net_now_ms(sink->net);
	sink->told = false;
	set_state(sink, SINK_SENDING, "");
	tell(sink, LOG_LEVEL_INFO, "the log goes to the syslog host %s (%s) over %s", sink->host,
	     sink->status.target, transport_name(sink));
	pump(sink);
}

/* ---- UDP */

static void on_datagram(void *ctx, const struct net_addr *from, struct slice bytes)
{
	(void)ctx;
	(void)from;
	(void)bytes;
}

/* UDP says nothing of success: an ICMP message is all there is to know, and it goes on. */
static void on_udp_error(void *ctx, const struct net_addr *to, int error, struct slice sent)
{
	struct sink *sink = ctx;

	(void)to;
	(void)sent;
	set_state(sink, sink->state, strerrordesc_np(error));
	if (!sink->told)
		tell(sink, LOG_LEVEL_WARN, "the syslog host %s does not take the log over UDP: %s",
		     sink->host, strerrordesc_np(error));
	sink->told = true;
}

static int open_udp(struct sink *sink)
{
	static const struct net_udp_handler handler = { .datagram = on_datagram,
		                                        .error = on_udp_error };
	bool v6 = sink->targets[sink->target].any.sa_family == AF_INET6;
	struct net_addr local;
	int err = net_addr_parse(v6 ? SLICE("::") : SLICE("0.0.0.0"), 0, &local);

	return err ? err : net_udp_open(sink->net, &local, &handler, sink, &sink->udp);
}

/* ---- TCP */

static void begin(struct sink *sink);

static void on_opened(void *ctx)
{
	begin_sending(ctx);
}

/* A syslog host has nothing to say. */
static void on_message(void *ctx, struct slice bytes)
{
	(void)ctx;
	(void)bytes;
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	struct sink *sink = ctx;
	const char *why =
		end->why == NET_END_ERROR ? strerrordesc_np(end->error) : net_end_text(end->why);

	net_stream_close(sink->stream);
	sink->stream = NULL;
	if (!end->opened && sink->target + 1 < sink->target_count) {
		sink->target++;
		begin(sink);
		return;
	}
	fail(sink, why);
}

static int open_tcp(struct sink *sink)
{
	static const struct net_stream_handler handler = { .opened = on_opened,
		                                           .message = on_message,
		                                           .closed = on_closed };
	const struct net_stream_cfg cfg = { .to = sink->targets[sink->target] };

	return net_stream_connect(sink->net, &cfg, &handler, sink, &sink->stream);
}

/* ---- finding it */

/* At the target that is next. */
static void begin(struct sink *sink)
{
	int err = sink->transport == SINK_TCP ? open_tcp(sink) : open_udp(sink);

	if (err)
		fail(sink, strerrordesc_np(-err));
	else if (sink->transport == SINK_TCP)
		set_state(sink, SINK_CONNECTING, "");
	else
		begin_sending(sink);
}

static const char *const result_texts[DNS_RESULT_COUNT] = {
#define RESULT_TEXT(constant, text) [DNS_##constant] = text,
	DNS_RESULTS(RESULT_TEXT)
#undef RESULT_TEXT
};

/* While it is sending, only another first address changes anything. */
static void on_found(void *ctx, const struct dns_answer *answer)
{
	struct sink *sink = ctx;
	bool sends = sink->state == SINK_SENDING;

	sink->query = NULL;
	if (!answer->count && !sends)
		fail(sink, result_texts[answer->result]);
	if (!answer->count ||
	    (sends && net_addr_equal(&answer->targets[0].addr, &sink->targets[sink->target])))
		return;
	shut(sink);
	for (unsigned i = 0; i < answer->count; i++)
		sink->targets[i] = answer->targets[i].addr;
	sink->target_count = answer->count;
	sink->target = 0;
	begin(sink);
}

static void look(struct sink *sink)
{
	const struct dns_where where = {
		.host = slice_str(sink->host),
		.port = sink->port,
		.transport = sink->transport == SINK_TCP ? DNS_TCP : DNS_UDP,
		.srv = DNS_SRV_UNUSED, /* its records are those of SIP */
	};
	int err = dns_locate(sink->dns, &where, on_found, sink, &sink->query);

	sink->looked_at_ms = net_now_ms(sink->net);
	if (err && sink->state != SINK_SENDING)
		fail(sink, strerrordesc_np(-err));
	else if (sink->state != SINK_SENDING)
		set_state(sink, SINK_LOOKING, NULL);
}

static void on_timer(void *ctx)
{
	struct sink *sink = ctx;

	if (sink->state == SINK_WAITING)
		look(sink);
	else
		pump(sink);
}

static void on_bell(void *ctx)
{
	pump(ctx);
}

/* ---- where to */

static bool is_same(const struct sink *sink, const struct sink_where *where, uint16_t port)
{
	if (where->transport == SINK_NONE || sink->transport == SINK_NONE)
		return where->transport == sink->transport;
	return where->transport == sink->transport && port == sink->port &&
	       strcmp(where->host, sink->host) == 0;
}

static void forget_queue(struct sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	while (sink->queue.n)
		queue_drop(&sink->queue);
	sink->missing = 0;
	pthread_mutex_unlock(&sink->lock);
}

void sink_point(struct sink *sink, const struct sink_where *where)
{
	uint16_t port = where->port                    ? where->port
	                : where->transport == SINK_TCP ? PORT_TCP
	                                               : PORT_UDP;

	if (is_same(sink, where, port))
		return;
	shut(sink);
	sink->transport = where->transport;
	sink->port = port;
	snprintf(sink->host, sizeof(sink->host), "%s", where->host ? where->host : "");
	sink->target_count = sink->target = 0;
	sink->retry_ms = SINK_RETRY_MS;
	sink->opened_at_ms = 0;
	sink->told = false;
	set_state(sink, SINK_OFF, "");
	atomic_store(&sink->wanted, sink->transport != SINK_NONE);
	if (sink->transport == SINK_NONE)
		forget_queue(sink);
	else
		look(sink);
}

/* ---- the whole */

static void name_itself(struct sink *sink, const char *program)
{
	if (gethostname(sink->host_name, sizeof(sink->host_name) - 1) < 0)
		sink->host_name[0] = '\0';
	snprintf(sink->program, sizeof(sink->program), "%s", program);
	sink->origin = (struct syslog_origin){ .host = sink->host_name,
		                               .program = sink->program,
		                               .process = (uint32_t)getpid() };
}

int sink_new(const struct sink_cfg *cfg, struct sink **ret_sink)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	int err;

	if (!sink)
		return -ENOMEM;
	pthread_mutex_init(&sink->lock, NULL);
	sink->net = cfg->net;
	sink->note = cfg->note;
	sink->ctx = cfg->ctx;
	name_itself(sink, cfg->program);
	err = queue_init(&sink->queue, SINK_QUEUE_BYTES);
	if (!err)
		err = dns_new(sink->net, &sink->dns);
	if (!err)
		err = net_timer_new(sink->net, on_timer, sink, &sink->timer);
	if (!err)
		err = net_async_new(sink->net, on_bell, sink, &sink->bell);
	if (err) {
		sink_free(sink);
		return err;
	}
	*ret_sink = sink;
	return 0;
}

void sink_use_name_server(struct sink *sink, const struct net_addr *server)
{
	/* Without memory for it the old one is asked on. */
	(void)dns_use_server(sink->dns, server);
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	sink->note = NULL;
	atomic_store(&sink->wanted, false);
	pump(sink);
	if (sink->timer)
		shut(sink);
	net_async_free(sink->bell);
	net_timer_free(sink->timer);
	dns_free(sink->dns);
	queue_done(&sink->queue);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}
