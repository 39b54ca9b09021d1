/* check/check.c: making and ending a check, and its one timer. What it does stands in steps.c. */
#include <errno.h>
#include <stdlib.h>

#include "check/own.h"

#define STEP_NAME(constant, name, purpose) [CHECK_##constant] = name,
static const char *const step_names[] = { CHECK_STEPS(STEP_NAME) };

const char *check_step_name(enum check_step_id id)
{
	return step_names[id];
}

const char *check_state_name(enum check_state state)
{
	static const char *const names[] = {
		[CHECK_NOT_REACHED] = "not-reached",
		[CHECK_GOOD] = "good",
		[CHECK_WARNING] = "warning",
		[CHECK_BAD] = "bad",
	};

	return names[state];
}

/* A trial's REGISTER is out, or its binding is there: it is not left behind. */
static bool leaves_something(const struct check *check)
{
	return !check->hurried &&
	       (check->phase == CHECK_REMOVES || (check->trial && check->exchange.open));
}

static void on_timer(void *ctx)
{
	struct check *check = ctx;
	uint64_t now_ms = net_now_ms(check->net);

	if (check->phase == CHECK_WATCHES)
		check_mapping_timer(check, now_ms);
	else if (check->cancelled && !leaves_something(check))
		check_finish(check, CHECK_CANCELLED);
	else if (check->phase == CHECK_BEGINS && check->scouted.of)
		check_scout_begin(check);
	else if (check->phase == CHECK_BEGINS)
		check_begin(check);
	else if (check->phase == CHECK_KNOCKS && check_scout(check))
		check_scout_is_back(check);
	else if (check->phase == CHECK_LOOKS_UP)
		check_on_nothing(check, REG_LOCAL_NAME_SILENT);
	else if (check->phase == CHECK_TRIES_OTHER && now_ms >= check->end_by_ms)
		check_other_time_is_up(check);
	else if (check->phase == CHECK_KEEPS && !check->exchange.open)
		check_keep_timer(check, now_ms);
	else
		check_exchange_timer(check, now_ms);
}

static void put_host_port(struct buf *out, const char *host, uint16_t port)
{
	buf_str(out, host);
	if (port) {
		buf_char(out, ':');
		buf_u64(out, port);
	}
}

/* Returns 0 or -EINVAL. */
static int write_texts(struct check *check)
{
	const struct check_cfg *cfg = &check->cfg;
	struct buf address = buf_over(check->address, sizeof(check->address));
	struct buf domain = buf_over(check->domain, sizeof(check->domain));
	struct buf uri = buf_over(check->request_uri, sizeof(check->request_uri));
	struct buf route = buf_over(check->route, sizeof(check->route));

	buf_str(&address, "sip:");
	buf_str(&address, cfg->aor->user);
	buf_char(&address, '@');
	buf_str(&address, cfg->aor->host);
	buf_str(&domain, "sip:");
	buf_str(&domain, cfg->aor->host);
	buf_str(&uri, "sip:");
	put_host_port(&uri, cfg->aor->host, cfg->aor->port);
	buf_str(&uri, cfg->demands->request_params);
	if (cfg->proxy_host) {
		buf_str(&route, "<sip:");
		put_host_port(&route, cfg->proxy_host, cfg->proxy_port);
		buf_str(&route, ";lr>");
	}
	if (buf_end(&address) || buf_end(&domain) || buf_end(&uri) || buf_end(&route))
		return -EINVAL;
	return 0;
}

/* Those of the cfg, or none; and what they bring with them. Returns 0 or -EINVAL. */
static int take_demands(struct check *check)
{
	static const struct sip_demands none;
	struct check_cfg *cfg = &check->cfg;

	if (!cfg->demands)
		cfg->demands = &none;
	check->outbound = cfg->demands->outbound;
	check->keep_implied = check->outbound && cfg->keep == SIP_KEEP_NONE;
	if (check->keep_implied)
		cfg->keep = SIP_KEEP_STUN;
	return sip_demands_problem(cfg->demands) ? -EINVAL : 0;
}

/* The first number keeps Call-ID, tag and instance (2) apart, and cnonces (CHECK_STEP_COUNT). */
static void write_identity(struct check *check)
{
	char text[CHECK_CALL_ID_LEN + 1];
	struct buf buf = buf_over(text, sizeof(text));

	buf_hex_u64(&buf, hash_pair(&check->cfg.key, 0, 0), 16);
	buf_hex_u64(&buf, hash_pair(&check->cfg.key, 0, 1), 16);
	memcpy(check->call_id, text, CHECK_CALL_ID_LEN);
	buf = buf_over(text, sizeof(text));
	buf_hex_u64(&buf, hash_pair(&check->cfg.key, 1, 0), CHECK_TAG_LEN);
	memcpy(check->from_tag, text, CHECK_TAG_LEN);
}

/* A machine with one family is fine; one that has no memory or sockets left is not. */
static bool lacks_family(int r)
{
	return r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL;
}

static int open_sockets(struct check *check)
{
	struct net_addr any4, any6;
	int r4, r6;

	net_addr_parse(SLICE("0.0.0.0"), 0, &any4);
	net_addr_parse(SLICE("::"), 0, &any6);
	r4 = net_udp_open(check->net, &any4, &check_udp_handler, check, &check->udp[0]);
	r6 = net_udp_open(check->net, &any6, &check_udp_handler, check, &check->udp[1]);
	if (r4 < 0 && (r6 < 0 || !lacks_family(r4)))
		return r4;
	return r6 < 0 && !lacks_family(r6) ? r6 : 0;
}

int check_start(const struct check_cfg *cfg, struct net *net, struct dns *dns,
                struct check **ret_check)
{
	struct check *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	check->cfg = *cfg;
	check->net = net;
	check->dns = dns;
	check->asked_s = cfg->expires_s;
	check->note = buf_over(check->note_text, sizeof(check->note_text));
	check->began_ms = check->step_began_ms = net_now_ms(net);
	check->end_by_ms = check->began_ms + CHECK_DEADLINE_MS;
	write_identity(check);
	r = take_demands(check);
	if (r == 0)
		r = write_texts(check);
	if (r == 0 && cfg->interface) {
		r = net_interface_parse(slice_str(cfg->interface), &check->interface);
		check->over = &check->interface;
	}
	if (r < 0 || (r = digest_new(&check->digest)) < 0 ||
	    (r = net_timer_new(net, on_timer, check, &check->timer)) < 0 ||
	    (r = open_sockets(check)) < 0) {
		check_free(check);
		return r;
	}
	net_timer_set(check->timer, check->began_ms);
	*ret_check = check;
	return 0;
}

void check_cancel(struct check *check)
{
	uint64_t now_ms = net_now_ms(check->net);

	if (check->phase == CHECK_IS_OVER)
		return;
	check->hurried = check->cancelled; /* whoever asks twice does not want to wait */
	check->cancelled = true;
	if (check->phase == CHECK_ASKS_SECOND) {
		check_cancel(check->second);
		return;
	}
	if (check->end_by_ms > now_ms + CHECK_REMOVAL_MS)
		check->end_by_ms = now_ms + CHECK_REMOVAL_MS;
	net_timer_set(check->timer,
	              leaves_something(check) ? check_exchange_next_ms(check) : now_ms);
}

void check_free(struct check *check)
{
	if (!check)
		return;
	if (check->query)
		dns_cancel(check->query);
	check_free(check->second);
	check_scouts_free(check);
	check_stream_close(check);
	check_mapping_done(check);
	net_tls_free(check->tls);
	for (unsigned i = 0; i < 2; i++)
		if (check->udp[i])
			net_udp_close(check->udp[i]);
	if (check->timer)
		net_timer_free(check->timer);
	for (unsigned kind = 0; kind < CHECK_AUTHS; kind++)
		digest_session_done(&check->auth[kind]);
	digest_free(check->digest);
	free(check);
}

const struct check_binding *check_bindings(const struct check *check, unsigned *ret_listed,
                                           unsigned *ret_total)
{
	*ret_listed = check->listed;
	*ret_total = check->others;
	return check->bindings;
}

const struct check_certificate *check_certificates(const struct check *check, unsigned *ret_count)
{
	*ret_count = check->certificate_count;
	return check->certificates;
}
