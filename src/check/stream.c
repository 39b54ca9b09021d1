/* check/stream.c: the connection of a check over TCP or TLS: one at a time, to the target that is
 * asked. Whoever wants to send while there is none waits until it is open. */
#include <errno.h>

#include "check/own.h"

static const char *certificate_name(const struct check *check)
{
	if (check->redirects)
		return check->redirect_host;
	return check->cfg.proxy_host ? check->cfg.proxy_host : check->cfg.aor->host;
}

void check_stream_close(struct check *check)
{
	net_stream_close(check->stream);
	check->stream = NULL;
	check->stream_open = false;
}

bool check_stream_missing(const struct check *check)
{
	return check->targets[check->target].transport != DNS_UDP &&
	       !(check->stream_open && check->stream_target == check->target);
}

bool check_certificates_differ(const struct check_certificate *a, const struct check_certificate *b)
{
	return strcmp(a->shown.subject, b->shown.subject) != 0 ||
	       strcmp(a->shown.issuer, b->shown.issuer) != 0 ||
	       strcmp(a->shown.names, b->shown.names) != 0 ||
	       strcmp(a->shown.version, b->shown.version) != 0 ||
	       a->shown.from_s != b->shown.from_s || a->shown.until_s != b->shown.until_s;
}

static bool is_kept(const struct check *check, const struct check_certificate *certificate)
{
	for (unsigned i = 0; i < check->certificate_count; i++) {
		const struct check_certificate *kept = &check->certificates[i];

		if (net_addr_equal(&kept->server, &certificate->server) &&
		    kept->transport == certificate->transport &&
		    kept->refused == certificate->refused &&
		    !check_certificates_differ(kept, certificate))
			return true;
	}
	return false;
}

static void add_certificate(struct check *check, const struct check_certificate *shown)
{
	if (check->certificate_count < CHECK_CERTIFICATES_MAX && !is_kept(check, shown))
		check->certificates[check->certificate_count++] = *shown;
}

void check_take_certificates(struct check *check, const struct check *other)
{
	for (unsigned i = 0; i < other->certificate_count; i++)
		add_certificate(check, &other->certificates[i]);
}

/* refused: what the connection came to, where it did not open. */
static void keep_certificate(struct check *check, enum reg_local refused)
{
	const struct check_target *target = &check->targets[check->stream_target];
	struct check_certificate shown = { .server = target->addr,
		                           .transport = target->transport,
		                           .refused = refused };

	check->certified = net_stream_certificate(check->stream, &check->certificate);
	shown.shown = check->certificate;
	if (check->certified)
		add_certificate(check, &shown);
}

static void on_opened(void *ctx)
{
	struct check *check = ctx;
	struct check_target *target = &check->targets[check->stream_target];
	struct buf sent_by = buf_over(target->sent_by, sizeof(target->sent_by));
	int r;

	check->stream_open = true;
	target->source = *net_stream_local(check->stream);
	net_addr_show(&target->source, &sent_by);
	buf_end(&sent_by);
	keep_certificate(check, REG_LOCAL_NONE);
	r = check->send_next(check);
	if (r < 0)
		check_on_nothing(check, facts_local_of_errno(-r));
}

static void on_message(void *ctx, struct slice bytes)
{
	struct check *check = ctx;

	check_take_in(check, &check->targets[check->stream_target].addr, bytes);
}

static void on_pong(void *ctx)
{
	struct check *check = ctx;

	if (check->phase == CHECK_KEEPS)
		check_keep_pong(check);
}

static void on_closed(void *ctx, const struct net_stream_end *end)
{
	struct check *check = ctx;
	bool waits = !check->stream_open || check->exchange.open || check->phase == CHECK_KEEPS;
	enum reg_local local = facts_local_of_stream(net_end_name(end->why), end->error);

	keep_certificate(check, check->stream_open ? REG_LOCAL_NONE : local);
	check_stream_close(check);
	if (!waits)
		return; /* the next request makes another one */
	check_exchange_close(check);
	check_on_nothing(check, local);
}

int check_stream_open(struct check *check, int (*send)(struct check *check))
{
	static const struct net_stream_handler handler = {
		.opened = on_opened, .message = on_message, .pong = on_pong, .closed = on_closed
	};
	const struct check_target *target = &check->targets[check->target];
	struct net_stream_cfg cfg = { .to = target->addr,
		                      .name = certificate_name(check),
		                      .patience_ms = check->phase == CHECK_TRIES_OTHER
		                                             ? CHECK_OTHER_CONNECT_MS
		                                             : CHECK_CONNECT_MS };
	char memory[300];
	struct buf why = buf_over(memory, sizeof(memory));
	struct net_source source;
	int r;

	check_stream_close(check);
	if (check->over) {
		r = net_source_for(check->net, check->over, &target->addr, &source);
		if (r < 0)
			return r;
		cfg.from = &source;
	}
	if (target->transport == DNS_TLS && !check->tls) {
		r = net_tls_new(&check->cfg.tls, &check->tls, &why);
		if (r < 0)
			return r == -EINVAL ? -ENOKEY : r;
	}
	cfg.tls = target->transport == DNS_TLS ? check->tls : NULL;
	check->send_next = send;
	check->stream_target = check->target;
	r = net_stream_connect(check->net, &cfg, &handler, check, &check->stream);
	if (r == 0)
		net_timer_set(check->timer, check->end_by_ms);
	return r;
}
