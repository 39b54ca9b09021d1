/* cli/register_pair.c: see cli/register_pair.h. */
#include "cli/register_pair.h"

#include <string.h>

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static int make_server(struct register_pair *pair, const struct register_settings *settings,
                       unsigned flow)
{
	const struct account *account = &settings->account;
	const struct account_flows *flows = &settings->flows;
	bool by_another = flow && flows->second_host[0];
	struct server_cfg cfg = {
		.host = account->aor.host,
		.port = account->aor.port,
		.proxy_host = or_null(by_another ? flows->second_host : account->proxy_host),
		.proxy_port = by_another ? flows->second_port : account->proxy_port,
		.transport = by_another ? flows->second_transport : account->transport,
		.srv = account->srv,
		.interface = account->interface,
		.tls_ca = account->tls.ca,
		.tls_cert = account->tls.cert,
		.tls_key = account->tls.key,
		.tls_least = account->tls.least,
		.keep = settings->keep_alive,
		.demands = &settings->demands,
		.beside = flow ? pair->servers[0] : NULL,
	};

	return shard_server_add(pair->shard, &cfg, &pair->servers[flow]);
}

static int make_line(struct register_pair *pair, const struct register_settings *settings,
                     unsigned flow)
{
	const struct account *account = &settings->account;
	struct line_cfg cfg = {
		.server = pair->servers[flow],
		.user = account->aor.user,
		.auth_user = account->auth_user,
		.password = account->has_password ? account->password : NULL,
		.realm = account->realm,
		.contact = settings->contact,
		.calls = settings->calls,
		.expires_s = account->expires_s,
		.identity = 1,
	};

	return shard_line_add(pair->shard, &cfg, &pair->lines[flow]);
}

/* Not from within what the lines tell. */
static void on_timer(void *ctx)
{
	struct register_pair *pair = ctx;

	shard_line_beside(pair->shard, pair->lines[0], pair->lines[1]);
	shard_line_beside(pair->shard, pair->lines[1], pair->lines[0]);
	if (pair->second != REGISTER_PAIR_DUE)
		return;
	pair->second = REGISTER_PAIR_BEGUN;
	shard_line_start(pair->shard, pair->lines[1]);
}

int register_pair_make(struct register_pair *pair, const struct register_settings *settings)
{
	unsigned flows = settings->flows.count;
	int r = flows > 1 ? net_timer_new(pair->net, on_timer, pair, &pair->timer) : 0;

	for (unsigned flow = 0; r == 0 && flow < flows; flow++) {
		r = make_server(pair, settings, flow);
		if (r == 0)
			r = make_line(pair, settings, flow);
	}
	return r;
}

void register_pair_done(struct register_pair *pair)
{
	net_timer_free(pair->timer);
}

void register_pair_start(struct register_pair *pair)
{
	shard_line_start(pair->shard, pair->lines[0]);
}

void register_pair_stop(struct register_pair *pair)
{
	pair->second = REGISTER_PAIR_WAITS; /* one that is due is not begun */
	if (pair->timer)
		net_timer_set(pair->timer, NET_NEVER);
	for (unsigned flow = 0; flow < 2; flow++)
		if (pair->lines[flow] && line_reg(pair->lines[flow])->state != REG_IDLE)
			shard_line_stop(pair->shard, pair->lines[flow]);
}

bool register_pair_at_rest(const struct register_pair *pair)
{
	return line_reg(pair->lines[0])->state == REG_IDLE &&
	       (!pair->lines[1] || line_reg(pair->lines[1])->state == REG_IDLE);
}

unsigned register_pair_flow(const struct register_pair *pair, const struct line *line)
{
	return line == pair->lines[1];
}

unsigned register_pair_up(const struct register_pair *pair)
{
	unsigned up = 0;

	for (unsigned flow = 0; flow < 2; flow++)
		up += pair->lines[flow] && reg_bound(line_reg(pair->lines[flow]));
	return up;
}

bool register_pair_has_second(const struct register_pair *pair)
{
	return pair->second != REGISTER_PAIR_WAITS;
}

void register_pair_state(struct register_pair *pair)
{
	unsigned up = register_pair_up(pair);

	if (!pair->lines[1])
		return;
	net_timer_set(pair->timer, net_now_ms(pair->net));
	if (pair->up == 1 && up == 2)
		pair->tell(pair->ctx, REGISTER_PAIR_BOTH);
	if (pair->up == 2 && up == 1)
		pair->tell(pair->ctx, REGISTER_PAIR_LOST);
	pair->up = up;
}

void register_pair_ended(struct register_pair *pair, const struct line *line,
                         const struct line_end *end)
{
	if (!pair->lines[1] || line != pair->lines[0] || end->end != REG_END_GRANTED ||
	    pair->second != REGISTER_PAIR_WAITS)
		return;
	if (line_server(line)->outbound.granted) {
		pair->second = REGISTER_PAIR_DUE;
		net_timer_set(pair->timer, net_now_ms(pair->net));
	} else if (!pair->told_one) {
		pair->told_one = true;
		pair->tell(pair->ctx, REGISTER_PAIR_ONE);
	}
}
