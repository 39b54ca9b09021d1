/* crowd_test.c: 100,000 lines and a registrar that can do 5,000 registrations a second and no more:
 * what is above it drops, or answers with 503. On a virtual clock, so that the times are the
 * pacer's and the same in each run. What must hold is written in docs/architecture.md, "Pacing".
 *
 * The registrar serves one request after the other, 100 us each, so that a registration takes it
 * 200 us; where more than so much work waits for it the request is too much. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/dns.h"
#include "shard/shard.h"
#include "sim.h"

#define LINES           100000
#define SERVE_US        100
#define QUEUE_US        100000
#define SHORT_US        5000  /* less than what may be in flight at first */
#define WAY_MS          2     /* there and back, of most */
#define IDEAL_MS        20000 /* LINES * 2 * SERVE_US */
#define LIMIT_MS        26000 /* 1.3 times that */
#define EXPIRES_S       600
#define OUTAGE_MS       900000 /* each line's refresh falls due within it */
#define SECONDS         2000
#define POLICER_KNOWN_S 6 /* until a rate is learnt from losses */
#define MESSAGE         2048

enum excess { DROPS, SAYS_503 };

struct reply {
	struct reply *next;
	uint64_t at_ms;
	struct net_udp *udp;
	size_t n;
	char bytes[];
};

struct registrar {
	struct net_addr addr;
	enum excess excess;
	uint64_t queue_us; /* of work that may wait */
	uint64_t burst_us; /* of work that may come at once after a rest; then none waits: a policer
	                    */
	uint64_t way_ms;   /* there and back */
	bool dead;
	uint64_t free_at_us;        /* when it has done what waits */
	struct reply *first, **end; /* grants and challenges, in the order in which they leave */
	struct reply *refusal, **refusal_end; /* 503, which do not wait */
	uint64_t requests, too_many;
	uint32_t granted[SECONDS];  /* in each second since the test began */
	uint32_t received[SECONDS]; /* requests, likewise */
};

struct crowd {
	struct net *net;
	struct dns *dns;
	struct shard *shard;
	struct registrar registrars[2];
	unsigned registrar_count;
	struct line **lines;
	uint32_t count, up;
	uint64_t last_up_ms; /* when the last line came up */
	uint64_t again;      /* sent again before what is looked at */
	bool icmp;           /* of a registrar that is dead the host says so */
};

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct crowd *crowd = ctx;
	enum reg_state state = line_reg(line)->state;

	(void)from;
	crowd->up = crowd->up - (from == REG_REGISTERED) + (state == REG_REGISTERED);
	if (state == REG_REGISTERED)
		crowd->last_up_ms = net_now_ms(crowd->net);
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

/* The headers that every answer repeats, and our Contact where it is a grant. */
static char *put_headers(char *at, const struct sim_datagram *request, bool grants)
{
	const char *end = request->bytes + request->n;

	for (const char *line = request->bytes, *next; line < end; line = next) {
		size_t n;

		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		n = (size_t)(next - line);
		if (line[0] == 'V' || line[0] == 'F' || line[0] == 'T' ||
		    memcmp(line, "Call", 4) == 0 || memcmp(line, "CSeq", 4) == 0 ||
		    (grants && memcmp(line, "Contact", 7) == 0)) {
			memcpy(at, line, n);
			at += n;
		}
	}
	return at;
}

static void answer(struct registrar *registrar, const struct sim_datagram *request, bool too_many,
                   uint64_t at_ms)
{
	struct reply *reply = sim_own(sizeof(*reply) + MESSAGE);
	bool grants = has_header(request, "\r\nAuthorization:");
	char *at = reply->bytes;

	if (too_many)
		at = put_text(at, "SIP/2.0 503 Service Unavailable\r\n");
	else if (grants)
		at = put_text(at, "SIP/2.0 200 OK\r\n");
	else
		at = put_text(at, "SIP/2.0 401 Unauthorized\r\n"
		                  "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
		                  "qop=\"auth\"\r\n");
	at = put_headers(at, request, grants && !too_many);
	at = put_text(at, "Content-Length: 0\r\n\r\n");
	assert_true(at - reply->bytes < MESSAGE);
	reply->n = (size_t)(at - reply->bytes);
	reply->at_ms = at_ms;
	reply->udp = request->udp;
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

static void serve(struct crowd *crowd, struct registrar *registrar,
                  const struct sim_datagram *request)
{
	uint64_t now_us = request->at_ms * 1000 + registrar->way_ms * 500;

	registrar->received[(request->at_ms - SIM_BEGIN_MS) / 1000]++;
	registrar->requests++;
	if (registrar->dead) {
		if (crowd->icmp)
			sim_icmp(crowd->net, request->udp, &registrar->addr, ECONNREFUSED,
			         slice_of(request->bytes, request->n));
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
	answer(registrar, request, false, now_us / 1000 + registrar->way_ms / 2);
}

static void serve_all(struct crowd *crowd)
{
	struct sim_datagram *request;

	while ((request = sim_sent_take(crowd->net))) {
		for (unsigned i = 0; i < crowd->registrar_count; i++)
			if (net_addr_equal(&request->to, &crowd->registrars[i].addr))
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
		sim_receive(crowd->net, reply->udp, &registrar->addr,
		            slice_of(reply->bytes, reply->n));
		free(reply);
	}
}

static void deliver(struct crowd *crowd, struct registrar *registrar)
{
	deliver_of(crowd, registrar, &registrar->refusal, &registrar->refusal_end);
	deliver_of(crowd, registrar, &registrar->first, &registrar->end);
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

/* Runs until at_ms, or until all lines are up. */
static void run(struct crowd *crowd, uint64_t at_ms, bool until_up)
{
	while (net_now_ms(crowd->net) < at_ms && !(until_up && crowd->up == crowd->count)) {
		uint64_t next_ms = at_ms;

		for (unsigned i = 0; i < crowd->registrar_count; i++)
			next_ms = next_reply_ms(&crowd->registrars[i], next_ms);
		sim_run_to_send(crowd->net, next_ms);
		serve_all(crowd);
		for (unsigned i = 0; i < crowd->registrar_count; i++)
			deliver(crowd, &crowd->registrars[i]);
		serve_all(crowd);
	}
}

static void open_crowd(struct crowd *crowd, uint32_t most)
{
	struct shard_cfg cfg = {
		.log = { .level = LOG_LEVEL_ERROR },
		.watch = { .ctx = crowd, .state = on_state },
		.key = { 1, 2 },
		.seed = 3,
		.lines_max = most,
	};

	*crowd = (struct crowd){ 0 };
	assert_int_equal(net_new(&crowd->net), 0);
	assert_int_equal(dns_new(crowd->net, &crowd->dns), 0);
	cfg.net = crowd->net;
	cfg.dns = crowd->dns;
	assert_int_equal(shard_new(&cfg, &crowd->shard), 0);
	crowd->lines = sim_own(most * sizeof(struct line *));
}

/* Adds count lines at a registrar of their own, all of which are started at once. */
static struct registrar *add_registrar(struct crowd *crowd, uint32_t count, enum excess excess,
                                       uint32_t rate_per_s)
{
	unsigned number = crowd->registrar_count++;
	struct registrar *registrar = &crowd->registrars[number];
	char host[16];
	struct server_cfg server_cfg = { .host = host, .rate_per_s = rate_per_s };
	struct server *server;

	snprintf(host, sizeof(host), "192.0.2.%u", 10 + number);
	registrar->excess = excess;
	registrar->queue_us = QUEUE_US;
	registrar->way_ms = WAY_MS;
	registrar->end = &registrar->first;
	registrar->refusal_end = &registrar->refusal;
	assert_int_equal(net_addr_parse(slice_str(host), 5060, &registrar->addr), 0);
	assert_int_equal(shard_server_add(crowd->shard, &server_cfg, &server), 0);
	for (uint32_t i = 0; i < count; i++) {
		char user[16];
		struct line_cfg cfg = {
			.server = server,
			.user = user,
			.auth_user = user,
			.password = "secret",
			.expires_s = EXPIRES_S,
			.identity = crowd->count + 1,
		};
		struct line **line = &crowd->lines[crowd->count++];

		snprintf(user, sizeof(user), "%07" PRIu32, crowd->count);
		assert_int_equal(shard_line_add(crowd->shard, &cfg, line), 0);
		shard_line_start(crowd->shard, *line);
	}
	return registrar;
}

static void close_crowd(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->registrar_count; i++) {
		free_replies(crowd->registrars[i].first);
		free_replies(crowd->registrars[i].refusal);
	}
	free(crowd->lines);
	shard_free(crowd->shard);
	dns_free(crowd->dns);
	net_free(crowd->net);
}

/* What was 503 or sent again, in thousandths of all requests. */
static unsigned wasted_permille(const struct crowd *crowd)
{
	struct shard_stats stats;
	uint64_t wasted, requests = 0;

	shard_stats(crowd->shard, &stats);
	wasted = stats.retransmitted - crowd->again;
	for (unsigned i = 0; i < crowd->registrar_count; i++) {
		requests += crowd->registrars[i].requests;
		if (crowd->registrars[i].excess == SAYS_503)
			wasted += crowd->registrars[i].too_many;
	}
	return requests ? (unsigned)(wasted * 1000 / requests) : 1000;
}

/* Once it is known, as long as many lines are left, the registrar has all the work that it can do:
 * whatever the pacer tries, the rate does not swing. */
static void assert_steady(const struct registrar *registrar, unsigned known_s, uint64_t from_ms,
                          uint64_t to_ms)
{
	for (uint64_t s = (from_ms - SIM_BEGIN_MS) / 1000 + known_s;
	     s + 4 < (to_ms - SIM_BEGIN_MS) / 1000; s++) {
		if (registrar->granted[s] < 4000)
			print_error("second %" PRIu64 ": %" PRIu32 " granted\n", s,
			            registrar->granted[s]);
		assert_true(registrar->granted[s] >= 4000);
	}
}

static void tell(const char *what, const struct crowd *crowd, uint64_t from_ms)
{
	print_message("%s: all %" PRIu32 " registered after %.1f s, %u of 1000 requests wasted\n",
	              what, crowd->up, (double)(crowd->last_up_ms - from_ms) / 1000,
	              wasted_permille(crowd));
}

static void start_at(enum excess excess, const struct registrar *like, const char *what)
{
	struct crowd crowd;
	struct registrar *registrar;

	open_crowd(&crowd, LINES);
	registrar = add_registrar(&crowd, LINES, excess, 0);
	registrar->queue_us = like->queue_us;
	registrar->burst_us = like->burst_us;
	registrar->way_ms = like->way_ms;
	run(&crowd, SIM_BEGIN_MS + 300000, true);
	tell(what, &crowd, SIM_BEGIN_MS);
	assert_int_equal(crowd.up, LINES);
	assert_true(crowd.last_up_ms - SIM_BEGIN_MS <= LIMIT_MS);
	assert_true(wasted_permille(&crowd) <= 50);
	assert_steady(registrar, like->way_ms ? 2 : POLICER_KNOWN_S, SIM_BEGIN_MS,
	              crowd.last_up_ms);
	close_crowd(&crowd);
}

static void start_against(enum excess excess, uint64_t queue_us, const char *what)
{
	start_at(excess, &(struct registrar){ .queue_us = queue_us, .way_ms = WAY_MS }, what);
}

static void a_registrar_that_drops_is_kept_busy_and_no_more(void **state)
{
	(void)state;
	start_against(DROPS, QUEUE_US, "drops");
	start_against(DROPS, SHORT_US, "drops after 5 ms");
}

static void a_registrar_that_says_503_is_kept_busy_and_no_more(void **state)
{
	(void)state;
	start_against(SAYS_503, QUEUE_US, "503");
	start_against(SAYS_503, SHORT_US, "503 after 5 ms");
}

/* Nothing waits, and an answer takes no time: here no window is small enough. */
static void a_policer_next_door_is_kept_busy_and_no_more(void **state)
{
	const struct registrar strict = { .burst_us = 1000 }, lenient = { .burst_us = 50000 };

	(void)state;
	start_at(DROPS, &strict, "policer, drops");
	start_at(DROPS, &lenient, "policer, drops after 50 ms at once");
	start_at(SAYS_503, &strict, "policer, 503");
	start_at(SAYS_503, &lenient, "policer, 503 after 50 ms at once");
}

/* The outage lasts until all bindings are gone and every line has noticed. */
static void return_of(enum excess excess, bool icmp, const char *what)
{
	struct shard_stats stats;
	struct crowd crowd;
	struct registrar *registrar;
	uint64_t back_ms;

	open_crowd(&crowd, LINES);
	registrar = add_registrar(&crowd, LINES, excess, 0);
	run(&crowd, SIM_BEGIN_MS + 300000, true);
	registrar->dead = true;
	crowd.icmp = icmp;
	run(&crowd, net_now_ms(crowd.net) + OUTAGE_MS, false);
	assert_int_equal(crowd.up, 0);
	registrar->dead = false;
	registrar->requests = registrar->too_many = 0;
	shard_stats(crowd.shard, &stats);
	crowd.again = stats.retransmitted;
	back_ms = net_now_ms(crowd.net);
	run(&crowd, back_ms + 300000, true);
	tell(what, &crowd, back_ms);
	assert_int_equal(crowd.up, LINES);
	/* One request each, as the nonces were kept: half the work of a start. */
	assert_true(crowd.last_up_ms - back_ms <= LIMIT_MS / 2 + PACE_PROBE_MAX_MS);
	assert_true(wasted_permille(&crowd) <= 50);
	close_crowd(&crowd);
}

static void all_come_back_after_an_outage(void **state)
{
	(void)state;
	return_of(DROPS, false, "outage, then drops");
	return_of(SAYS_503, false, "outage, then 503");
	return_of(DROPS, true, "port closed, then drops");
}

static uint64_t alone_ms(void)
{
	struct crowd crowd;
	uint64_t took_ms;

	open_crowd(&crowd, 2000);
	add_registrar(&crowd, 2000, DROPS, 0);
	run(&crowd, SIM_BEGIN_MS + 300000, true);
	took_ms = crowd.last_up_ms - SIM_BEGIN_MS;
	close_crowd(&crowd);
	return took_ms;
}

static void another_server_is_not_slowed(void **state)
{
	struct crowd crowd;
	struct registrar *other;
	uint64_t took_ms = 0;
	uint32_t granted = 0;

	(void)state;
	open_crowd(&crowd, LINES + 2000);
	add_registrar(&crowd, LINES, DROPS, 0);
	other = add_registrar(&crowd, 2000, DROPS, 0);
	while (granted < 2000) {
		took_ms += 10;
		assert_true(took_ms < LIMIT_MS);
		run(&crowd, SIM_BEGIN_MS + took_ms, true);
		granted = 0;
		for (unsigned s = 0; s < SECONDS; s++)
			granted += other->granted[s];
	}
	print_message("beside: 2,000 lines after %" PRIu64 " ms, alone %" PRIu64 " ms\n", took_ms,
	              alone_ms());
	assert_true(took_ms <= alone_ms() + 20);
	close_crowd(&crowd);
}

static void a_fixed_rate_is_never_passed(void **state)
{
	struct crowd crowd;
	struct registrar *registrar;

	(void)state;
	open_crowd(&crowd, 5000);
	registrar = add_registrar(&crowd, 5000, DROPS, 500);
	run(&crowd, SIM_BEGIN_MS + 60000, true);
	tell("500 a second", &crowd, SIM_BEGIN_MS);
	assert_int_equal(crowd.up, 5000);
	assert_true(crowd.last_up_ms - SIM_BEGIN_MS <= 10100);
	for (unsigned s = 0; s < SECONDS; s++) /* two requests each, one in the second before */
		assert_true(registrar->received[s] <= 2 * 500 + 2);
	close_crowd(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registrar_that_drops_is_kept_busy_and_no_more),
		cmocka_unit_test(a_registrar_that_says_503_is_kept_busy_and_no_more),
		cmocka_unit_test(a_policer_next_door_is_kept_busy_and_no_more),
		cmocka_unit_test(all_come_back_after_an_outage),
		cmocka_unit_test(another_server_is_not_slowed),
		cmocka_unit_test(a_fixed_rate_is_never_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
