/* crowd.c: the lines and the registrars of crowd.h. */
#include "crowd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE    2048
#define FEW_LEFT_S 4 /* before the last line is up: what was lost last is sent again */

struct reply {
	struct reply *next;
	uint64_t at_ms;
	struct net_udp *udp;
	struct net_stream *stream; /* over TCP, and udp is NULL */
	size_t n;
	char bytes[];
};

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct crowd *crowd = ctx;
	enum reg_state state = line_reg(line)->state;

	(void)from;
	crowd->up = crowd->up - (from == REG_REGISTERED) + (state == REG_REGISTERED);
	if (state == REG_REGISTERED)
		crowd->last_up_ms = net_now_ms(crowd->net);
	if (state == REG_IDLE && crowd->at_rest)
		crowd->at_rest[crowd->at_rest_count++] = line;
}

/* ---- the registrar */

static bool has_header(const struct sim_datagram *request, const char *name)
{
	return memmem(request->bytes, request->n, name, strlen(name)) != NULL;
}

static char *put_text(char *at, const char *text)
{
	size_t n = strlen(text);

	memcpy(at, text, n);
	return at + n;
}

static bool starts(const char *line, size_t n, const char *name)
{
	return n >= strlen(name) && memcmp(line, name, strlen(name)) == 0;
}

/* The headers that every answer repeats, and our Contact where it is a grant. */
static char *put_headers(char *at, const struct sim_datagram *request, bool grants)
{
	const char *end = request->bytes + request->n;

	for (const char *line = request->bytes, *next; line < end; line = next) {
		size_t n;

		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		n = (size_t)(next - line);
		if (starts(line, n, "Via:") || starts(line, n, "From:") || starts(line, n, "To:") ||
		    starts(line, n, "Call-ID:") || starts(line, n, "CSeq:") ||
		    (grants && starts(line, n, "Contact:"))) {
			memcpy(at, line, n);
			at += n;
		}
	}
	return at;
}

/* Writes the nonce that it gives as a challenge has it. */
static bool answers_challenge(const struct registrar *registrar, const struct sim_datagram *request,
                              char nonce[32])
{
	snprintf(nonce, 32, "nonce=\"n%u\"", registrar->nonce);
	return has_header(request, "\r\nAuthorization:") && has_header(request, nonce);
}

static void answer(struct registrar *registrar, const struct sim_datagram *request, bool too_many,
                   uint64_t at_ms)
{
	struct reply *reply = sim_own(sizeof(*reply) + MESSAGE);
	char nonce[32];
	bool grants = answers_challenge(registrar, request, nonce);
	char *at = reply->bytes;

	if (too_many)
		at = put_text(at, "SIP/2.0 503 Service Unavailable\r\n");
	else if (grants)
		at = put_text(at, "SIP/2.0 200 OK\r\n");
	else
		at += snprintf(at, MESSAGE,
		               "SIP/2.0 401 Unauthorized\r\n"
		               "WWW-Authenticate: Digest realm=\"r\", %s, qop=\"auth\"%s\r\n",
		               nonce,
		               has_header(request, "\r\nAuthorization:") ? ", stale=true" : "");
	at = put_headers(at, request, grants && !too_many);
	at = put_text(at, "Content-Length: 0\r\n\r\n");
	assert_true(at - reply->bytes < MESSAGE);
	reply->n = (size_t)(at - reply->bytes);
	reply->at_ms = at_ms;
	reply->udp = request->udp;
	reply->stream = request->stream;
	if (too_many) {
		*registrar->refusal_end = reply;
		registrar->refusal_end = &reply->next;
	} else {
		*registrar->end = reply;
		registrar->end = &reply->next;
	}
	if (grants && !too_many)
		registrar->granted[(at_ms - SIM_BEGIN_MS) / 1000]++;
}

/* A multiplicative generator (Lehmer's): its upper bits are as good as is needed here. */
static bool is_broken(struct registrar *registrar)
{
	registrar->random = registrar->random * 48271 % INT32_MAX;
	return registrar->random % 100 < registrar->broken_percent;
}

/* A registration begins without an answer to a challenge; of a line that is up a removal has one in
 * its only request, as its nonce was kept. */
static bool begins(const struct sim_datagram *request)
{
	return !has_header(request, "\r\nAuthorization:") ||
	       has_header(request, "\r\nExpires: 0\r\n");
}

static void serve(struct crowd *crowd, struct registrar *registrar,
                  const struct sim_datagram *request)
{
	uint64_t now_us = request->at_ms * 1000 + registrar->way_ms * 500;
	bool broken = is_broken(registrar);

	registrar->received[(request->at_ms - SIM_BEGIN_MS) / 1000]++;
	registrar->requests++;
	if (registrar->begun && begins(request))
		registrar->begun[registrar->begun_count++] = request->at_ms;
	if (registrar->dead) {
		if (crowd->icmp)
			sim_icmp(crowd->net, request->udp, &registrar->addr, ECONNREFUSED,
			         slice_of(request->bytes, request->n));
		return;
	}
	if (broken || registrar->unlimited) {
		answer(registrar, request, broken, request->at_ms + registrar->way_ms);
		return;
	}
	if (registrar->free_at_us + registrar->burst_us < now_us)
		registrar->free_at_us = now_us - registrar->burst_us;
	if (registrar->free_at_us > now_us + registrar->queue_us) {
		registrar->too_many++;
		if (registrar->excess == SAYS_503)
			answer(registrar, request, true, request->at_ms + registrar->way_ms);
		return;
	}
	registrar->free_at_us += SERVE_US;
	if (registrar->free_at_us > now_us)
		now_us = registrar->free_at_us;
	if (!registrar->answered_ms)
		registrar->answered_ms = request->at_ms;
	answer(registrar, request, false, now_us / 1000 + registrar->way_ms / 2);
}

/* And no ping, and no wish for a connection. */
static bool is_register(const struct sim_datagram *request)
{
	return request->n > 8 && memcmp(request->bytes, "REGISTER", 8) == 0;
}

static void take_connection(struct crowd *crowd, const struct sim_datagram *request)
{
	for (unsigned i = 0; i < crowd->registrar_count; i++)
		if (net_addr_equal(&request->to, &crowd->registrars[i].addr) &&
		    crowd->registrars[i].dead) {
			sim_stream_close(crowd->net, request->stream, NET_END_ERROR, ECONNREFUSED);
			return;
		}
	sim_stream_open(crowd->net, request->stream, 0);
}

static void serve_all(struct crowd *crowd)
{
	struct sim_datagram *request;

	while ((request = sim_sent_take(crowd->net))) {
		if (request->kind == SIM_CONNECT_TCP || request->kind == SIM_CONNECT_TLS)
			take_connection(crowd, request);
		for (unsigned i = 0; i < crowd->registrar_count; i++)
			if (is_register(request) &&
			    net_addr_equal(&request->to, &crowd->registrars[i].addr))
				serve(crowd, &crowd->registrars[i], request);
		free(request);
	}
}

static void deliver_of(struct crowd *crowd, const struct registrar *registrar, struct reply **first,
                       struct reply ***end)
{
	struct reply *reply;

	while ((reply = *first) && reply->at_ms <= net_now_ms(crowd->net)) {
		*first = reply->next;
		if (!*first)
			*end = first;
		if (reply->udp)
			sim_receive(crowd->net, reply->udp, &registrar->addr,
			            slice_of(reply->bytes, reply->n));
		else if (reply->stream == sim_stream_to(crowd->net, &registrar->addr))
			sim_stream_receive(crowd->net, reply->stream,
			                   slice_of(reply->bytes, reply->n));
		free(reply);
	}
}

static void deliver(struct crowd *crowd, struct registrar *registrar)
{
	sim_batch_begin(crowd->net);
	deliver_of(crowd, registrar, &registrar->refusal, &registrar->refusal_end);
	deliver_of(crowd, registrar, &registrar->first, &registrar->end);
	sim_batch_end(crowd->net);
}

/* When the next reply arrives, or at_ms where that is sooner. */
static uint64_t next_reply_ms(const struct registrar *registrar, uint64_t at_ms)
{
	if (registrar->first && registrar->first->at_ms < at_ms)
		at_ms = registrar->first->at_ms;
	if (registrar->refusal && registrar->refusal->at_ms < at_ms)
		at_ms = registrar->refusal->at_ms;
	return at_ms;
}

static void free_replies(struct reply *reply)
{
	struct reply *next;

	for (; reply; reply = next) {
		next = reply->next;
		free(reply);
	}
}

/* ---- the crowd */

static void watch_rates(struct crowd *crowd)
{
	uint64_t s = (net_now_ms(crowd->net) - SIM_BEGIN_MS) / 1000;

	for (unsigned i = 0; i < crowd->registrar_count; i++) {
		struct registrar *registrar = &crowd->registrars[i];
		uint32_t sum = 0;

		for (unsigned n = 0; n < crowd->shard_count; n++)
			sum += registrar->servers[n]->gate->pace.rate.per_s;
		if (!registrar->least[s] || sum < registrar->least[s])
			registrar->least[s] = sum;
		if (sum > registrar->most[s])
			registrar->most[s] = sum;
	}
}

void crowd_run(struct crowd *crowd, uint64_t at_ms, bool until_up)
{
	while (net_now_ms(crowd->net) < at_ms && !(until_up && crowd->up == crowd->count)) {
		uint64_t next_ms = at_ms;

		for (unsigned i = 0; i < crowd->registrar_count; i++)
			next_ms = next_reply_ms(&crowd->registrars[i], next_ms);
		if (sim_run_to_send(crowd->net, next_ms) == SIM_IDLE)
			sim_run_until(crowd->net, next_ms);
		serve_all(crowd);
		for (unsigned i = 0; i < crowd->registrar_count; i++)
			deliver(crowd, &crowd->registrars[i]);
		serve_all(crowd);
		watch_rates(crowd);
	}
}

void crowd_open_shards(struct crowd *crowd, uint32_t most, unsigned shards)
{
	struct shard_cfg cfg = {
		.log = { .level = LOG_LEVEL_ERROR },
		.watch = { .ctx = crowd, .state = on_state },
		.key = { 1, 2 },
		.lines_max = most,
		.shards = shards,
	};

	assert_in_range(shards, 1, SHARDS_MAX);
	*crowd = (struct crowd){ .shard_count = shards };
	assert_int_equal(net_new(&crowd->net), 0);
	assert_int_equal(dns_new(crowd->net, &crowd->dns), 0);
	cfg.net = crowd->net;
	cfg.dns = crowd->dns;
	for (unsigned i = 0; i < shards; i++) {
		cfg.number = i;
		cfg.seed = 3 + i;
		assert_int_equal(shard_new(&cfg, &crowd->shards[i]), 0);
	}
	crowd->lines = sim_own(most * sizeof(struct line *));
}

void crowd_open(struct crowd *crowd, uint32_t most)
{
	crowd_open_shards(crowd, most, 1);
}

static unsigned shard_of(const struct crowd *crowd, uint32_t i)
{
	if (crowd->one_in)
		return i % crowd->one_in == 0;
	return i % crowd->shard_count;
}

struct shard *crowd_shard_of(const struct crowd *crowd, const struct line *line)
{
	for (unsigned i = 0; i < crowd->registrar_count; i++)
		for (unsigned n = 0; n < crowd->shard_count; n++)
			if (crowd->registrars[i].servers[n] == line_server(line) ||
			    crowd->registrars[i].before[n] == line_server(line))
				return crowd->shards[n];
	fail_msg("%s", "no registrar has this line");
	return NULL;
}

static void add_line(struct crowd *crowd, const struct registrar *registrar, uint32_t i,
                     const char *password)
{
	unsigned number = shard_of(crowd, i);
	struct shard *shard = crowd->shards[number];
	char user[16];
	struct line_cfg cfg = {
		.server = registrar->servers[number],
		.user = user,
		.auth_user = user,
		.password = password,
		.expires_s = EXPIRES_S,
		.identity = i + 1,
	};

	snprintf(user, sizeof(user), "%07" PRIu32, i + 1);
	assert_int_equal(shard_line_add(shard, &cfg, &crowd->lines[i]), 0);
	shard_line_start(shard, crowd->lines[i]);
}

void crowd_add_line(struct crowd *crowd, const struct registrar *registrar, uint32_t i)
{
	add_line(crowd, registrar, i, "another");
}

/* As the agent does it: the first of them has all until the next one comes. */
static void share_pace(struct crowd *crowd, struct registrar *registrar, uint32_t rate_per_s)
{
	const uint32_t few = crowd->one_in ? PACE_PARTS / crowd->one_in : PACE_PARTS / SHARDS_MAX;

	for (unsigned count = 1; count <= crowd->shard_count; count++)
		for (unsigned i = 0; i < count; i++) {
			struct pace_share share = {
				.rate_per_s = rate_per_s,
				.shares = count,
				.part = { i ? PACE_PARTS - few : 0,
				          i + 1 < count ? PACE_PARTS - few : PACE_PARTS },
			};

			shard_server_pace(crowd->shards[i], registrar->servers[i], &share);
		}
}

static void add_servers(struct crowd *crowd, struct registrar *registrar,
                        const struct server_cfg *like)
{
	char host[16];
	struct server_cfg server_cfg = *like;

	server_cfg.host = host;
	snprintf(host, sizeof(host), "192.0.2.%u", 10 + (unsigned)(registrar - crowd->registrars));
	assert_int_equal(net_addr_parse(slice_str(host), 5060, &registrar->addr), 0);
	for (unsigned i = 0; i < crowd->shard_count; i++) {
		struct server **server = &registrar->servers[i];

		assert_int_equal(shard_server_add(crowd->shards[i], &server_cfg, server), 0);
	}
}

void crowd_edit(struct crowd *crowd, struct registrar *registrar)
{
	const struct sip_demands demands = { .contact_params = ";edited=yes" };

	memcpy(registrar->before, registrar->servers, sizeof(registrar->before));
	add_servers(crowd, registrar, &(struct server_cfg){ .demands = &demands });
}

struct registrar *crowd_add(struct crowd *crowd, uint32_t count, enum excess excess,
                            const struct server_cfg *like)
{
	struct registrar *registrar = &crowd->registrars[crowd->registrar_count++];

	registrar->excess = excess;
	registrar->queue_us = QUEUE_US;
	registrar->way_ms = WAY_MS;
	registrar->random = 1;
	registrar->end = &registrar->first;
	registrar->refusal_end = &registrar->refusal;
	add_servers(crowd, registrar, like);
	share_pace(crowd, registrar, like->rate_per_s);
	for (uint32_t i = 0; i < count; i++)
		add_line(crowd, registrar, crowd->count++, "secret");
	return registrar;
}

void crowd_close(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->registrar_count; i++) {
		free_replies(crowd->registrars[i].first);
		free_replies(crowd->registrars[i].refusal);
	}
	free(crowd->at_rest);
	free(crowd->lines);
	for (unsigned i = 0; i < crowd->shard_count; i++)
		shard_free(crowd->shards[i]);
	dns_free(crowd->dns);
	net_free(crowd->net);
}

void crowd_assert_rate(const struct registrar *registrar, uint32_t per_s)
{
	for (uint32_t i = per_s; i < registrar->begun_count; i++)
		assert_true(registrar->begun[i] >= registrar->begun[i - per_s] + 1000);
}

void crowd_assert_steady(const struct crowd *crowd, const struct registrar *registrar,
                         uint32_t per_s, uint64_t from_ms, uint64_t known_ms)
{
	const uint32_t bears = 1000000 / SERVE_US;
	uint64_t begin = (from_ms - SIM_BEGIN_MS + known_ms + 999) / 1000;
	uint64_t end = (crowd->last_up_ms - SIM_BEGIN_MS) / 1000 - FEW_LEFT_S;
	uint32_t least = UINT32_MAX, most = 0;

	assert_true(begin < end);
	for (uint64_t s = begin; s < end; s++) {
		if (registrar->granted[s] < per_s / 5 * 4 || registrar->received[s] > bears / 5 * 6)
			print_error("%" PRIu64 " s after that: %" PRIu32 " received, %" PRIu32
			            " granted\n",
			            s - (from_ms - SIM_BEGIN_MS) / 1000, registrar->received[s],
			            registrar->granted[s]);
		assert_true(registrar->granted[s] >= per_s / 5 * 4);
		assert_true(registrar->received[s] <= bears / 5 * 6);
		least = registrar->least[s] < least ? registrar->least[s] : least;
		most = registrar->most[s] > most ? registrar->most[s] : most;
	}
	print_message("... rates from %" PRIu32 " to %" PRIu32 "\n", least, most);
	assert_true(most <= RATE_SWING * least);
}

static uint64_t sent_again(const struct crowd *crowd)
{
	struct shard_stats stats;
	uint64_t sum = 0;

	for (unsigned i = 0; i < crowd->shard_count; i++) {
		shard_stats(crowd->shards[i], &stats);
		sum += stats.retransmitted;
	}
	return sum;
}

void crowd_count_anew(struct crowd *crowd)
{
	crowd->again = sent_again(crowd);
	for (unsigned i = 0; i < crowd->registrar_count; i++)
		crowd->registrars[i].requests = crowd->registrars[i].too_many = 0;
}

unsigned crowd_wasted_permille(const struct crowd *crowd)
{
	uint64_t wasted = sent_again(crowd) - crowd->again, requests = 0;

	for (unsigned i = 0; i < crowd->registrar_count; i++) {
		requests += crowd->registrars[i].requests;
		if (crowd->registrars[i].excess == SAYS_503)
			wasted += crowd->registrars[i].too_many;
	}
	return requests ? (unsigned)(wasted * 1000 / requests) : 1000;
}

void crowd_tell(const char *what, const struct crowd *crowd, uint64_t from_ms)
{
	print_message("%s: all %" PRIu32 " registered after %.1f s, %u of 1000 requests wasted\n",
	              what, crowd->up, (double)(crowd->last_up_ms - from_ms) / 1000,
	              crowd_wasted_permille(crowd));
}
