/* networks_test.c: 100,000 registrations at servers that are slower than they are, over all kinds
 * of ways: near and far, with queues of all lengths, lossy, unsteady, with nodes that are broken.
 *
 * The pace alone, on a virtual clock: a registration is two requests, one after the other. The
 * server serves one after the other, SERVE_US each; what finds more than queue_us of work waiting
 * is too much, and is dropped, or refused by 503. A request without an answer is sent again after
 * 500 ms, doubled up to 4 s (RFC 3261 17.1.2); one that is refused begins again as the lines do:
 * soon where the pace regulates, else later and later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pace/pace.h"

#define LINES     100000u
#define BEGIN_MS  1000u
#define MOST_MS   120000u
#define REQUESTS  2000000u
#define EVENTS    2000000u
#define SERVE_US  100u
#define T1_MS     500u
#define T2_MS     4000u
#define TIMEOUT_S 32u

enum excess { DROPS, SAYS_503, TAKES_ALL };

struct network {
	const char *name;
	enum excess excess;
	uint32_t way_ms;                        /* there and back */
	uint32_t queue_us;                      /* of work that may wait */
	uint32_t burst_us;                      /* of work that may come at once after a rest */
	uint32_t refused_percent, lost_percent; /* whatever the load */
	uint32_t unsteady_ms;                   /* an answer takes up to so much longer */
	uint32_t most_s;                        /* all are registered by then, but for one in 100
	                                           where requests fail whatever the load */
	uint32_t vain_permille; /* so many requests are refused or sent again at most,
	                           beside those that are whatever the load */
	struct {
		uint32_t from_s, way_ms, serve_us; /* from then on */
	} later;
	uint32_t still_ms; /* of each 2 s nothing arrives anywhere: what was sent comes after it */
	uint32_t busy_ms;  /* of each second we do nothing: answers and timers wait for us */
	uint32_t lines;    /* 0: LINES */
	uint32_t serve_us; /* 0: SERVE_US */
};

enum kind { ARRIVES, IS_ANSWERED, IS_REFUSED, IS_UNANSWERED, BEGINS };

struct event {
	uint32_t next, request;
	enum kind kind;
};

struct request {
	uint64_t first_ms;
	uint8_t stage, sends, refusals;
	bool done;
};

struct world {
	const struct network *network;
	struct pace pace;
	uint64_t now_ms;
	double free_at_us; /* when the server has done what waits */
	uint64_t random;
	struct request *requests;
	uint32_t request_count;
	struct event *events;
	uint32_t event_count, spare;
	uint32_t head[MOST_MS + 1], tail[MOST_MS + 1]; /* of each millisecond; 0: none */
	uint32_t waiting, done;
	uint8_t *refusals; /* of those that wait, last come first gone */
	uint64_t sent, refused, again;
	uint64_t most_ms; /* when nearly all of them were registered */
};

static uint32_t lines_of(const struct network *network)
{
	return network->lines ? network->lines : LINES;
}

static uint32_t nearly_all(const struct network *network)
{
	uint32_t lines = lines_of(network);

	return network->refused_percent || network->lost_percent ? lines / 100 * 99 : lines;
}

/* Lehmer's generator: good enough in its upper bits. Below n. */
static uint32_t chance(struct world *world, uint32_t n)
{
	world->random = world->random * 48271 % INT32_MAX;
	return (uint32_t)(world->random * n / INT32_MAX);
}

static void put_event(struct world *world, uint64_t in_ms, uint32_t request, enum kind kind)
{
	uint64_t at = world->now_ms - BEGIN_MS + in_ms;
	uint32_t e = world->spare;

	if (at > MOST_MS)
		return;
	if (e)
		world->spare = world->events[e].next;
	else
		e = ++world->event_count;
	assert_true(e < EVENTS);
	world->events[e] = (struct event){ .request = request, .kind = kind };
	if (world->tail[at])
		world->events[world->tail[at]].next = e;
	else
		world->head[at] = e;
	world->tail[at] = e;
}

static bool take_event(struct world *world, struct event *ret)
{
	uint64_t at = world->now_ms - BEGIN_MS;
	uint32_t e = world->head[at];

	if (!e)
		return false;
	*ret = world->events[e];
	world->head[at] = ret->next;
	if (!ret->next)
		world->tail[at] = 0;
	world->events[e].next = world->spare;
	world->spare = e;
	return true;
}

/* ---- the lines */

static bool is_later(const struct world *world)
{
	uint32_t from_s = world->network->later.from_s;

	return from_s && world->now_ms >= BEGIN_MS + UINT64_C(1000) * from_s;
}

static uint32_t serve_us(const struct world *world)
{
	if (is_later(world))
		return world->network->later.serve_us;
	return world->network->serve_us ? world->network->serve_us : SERVE_US;
}

/* There and back. */
static uint32_t way_ms(const struct world *world)
{
	return is_later(world) ? world->network->later.way_ms : world->network->way_ms;
}

/* What goes into a time of standing still comes out at its end. */
static uint32_t still_ms(const struct world *world, uint32_t in_ms)
{
	uint64_t at = (world->now_ms + in_ms) % 2000;

	return at < world->network->still_ms ? (uint32_t)(world->network->still_ms - at) : 0;
}

static uint32_t busy_ms(const struct world *world)
{
	uint64_t at = world->now_ms % 1000;

	return at < world->network->busy_ms ? (uint32_t)(world->network->busy_ms - at) : 0;
}

static void hear(struct world *world, const struct request *request, bool is_503)
{
	struct pace_answer answer = { .refused = is_503,
		                      .took_ms = (uint32_t)(world->now_ms - request->first_ms) };

	if (world->network->busy_ms && world->now_ms % 1000 == world->network->busy_ms)
		answer.behind_ms = world->network->busy_ms;
	pace_heard(&world->pace, &answer, world->now_ms);
}

static void put_on_way(struct world *world, uint32_t n)
{
	uint32_t in_ms = way_ms(world) / 2;

	world->sent++;
	world->requests[n].sends++;
	if (chance(world, 100) >= world->network->lost_percent)
		put_event(world, in_ms + still_ms(world, in_ms), n, ARRIVES);
}

static void send_request(struct world *world, uint8_t stage, uint8_t refusals)
{
	uint32_t n = ++world->request_count;

	assert_true(n < REQUESTS);
	world->requests[n] =
		(struct request){ .first_ms = world->now_ms, .stage = stage, .refusals = refusals };
	pace_sent(&world->pace, PACE_WITHOUT_NONCE, stage == 0, world->now_ms);
	put_on_way(world, n);
	put_event(world, T1_MS, n, IS_UNANSWERED);
}

static void answered(struct world *world, struct request *request)
{
	request->done = true;
	hear(world, request, false);
	if (request->stage == 0) {
		send_request(world, 1, request->refusals);
		return;
	}
	pace_answered(&world->pace, world->now_ms);
	world->done++;
	if (world->done == nearly_all(world->network))
		world->most_ms = world->now_ms - BEGIN_MS;
}

static void refused(struct world *world, uint32_t n)
{
	struct request *request = &world->requests[n];
	bool soon = pace_regulates(&world->pace, world->now_ms) && request->refusals < 3;
	uint32_t in_ms = soon ? 100 + chance(world, 400) : 2000 + chance(world, 3000);

	request->done = true;
	request->refusals += request->refusals < UINT8_MAX;
	hear(world, request, true);
	pace_overloaded(&world->pace, world->now_ms);
	put_event(world, in_ms, n, BEGINS);
}

static void unanswered(struct world *world, uint32_t n)
{
	struct request *request = &world->requests[n];
	uint64_t age_ms = world->now_ms - request->first_ms;
	uint32_t in_ms = T1_MS << request->sends;

	if (age_ms >= UINT64_C(1000) * TIMEOUT_S) {
		request->done = true;
		pace_unanswered(&world->pace, age_ms, world->now_ms);
		put_event(world, 3000, n, BEGINS);
		return;
	}
	world->again++;
	pace_sent_again(&world->pace, (uint32_t)age_ms, world->now_ms);
	put_on_way(world, n);
	put_event(world, in_ms < T2_MS ? in_ms : T2_MS, n, IS_UNANSWERED);
}

/* ---- the server */

static void reply(struct world *world, uint32_t n, uint32_t in_ms, enum kind kind)
{
	const struct network *network = world->network;

	in_ms += way_ms(world) - way_ms(world) / 2 + chance(world, network->unsteady_ms + 1);
	if (chance(world, 100) >= network->lost_percent)
		put_event(world, in_ms + still_ms(world, in_ms), n, kind);
}

static void arrives(struct world *world, uint32_t n)
{
	const struct network *network = world->network;
	double now_us = 1000.0 * (double)world->now_ms;

	if (chance(world, 100) < network->refused_percent) {
		reply(world, n, 0, IS_REFUSED);
		return;
	}
	if (network->excess == TAKES_ALL) {
		reply(world, n, 0, IS_ANSWERED);
		return;
	}
	if (world->free_at_us + network->burst_us < now_us)
		world->free_at_us = now_us - network->burst_us;
	if (world->free_at_us > now_us + network->queue_us) {
		if (network->excess == SAYS_503) {
			world->refused++;
			reply(world, n, 0, IS_REFUSED);
		}
		return;
	}
	world->free_at_us += serve_us(world);
	now_us = world->free_at_us > now_us ? world->free_at_us - now_us : 0;
	reply(world, n, (uint32_t)(now_us / 1000), IS_ANSWERED);
}

/* ---- time */

static void happen(struct world *world, const struct event *event)
{
	struct request *request = &world->requests[event->request];
	uint32_t later_ms = event->kind == ARRIVES ? 0 : busy_ms(world);

	if (later_ms) /* what has come is read before timers fire */
		put_event(world, later_ms + (event->kind == IS_UNANSWERED), event->request,
		          event->kind);
	else if (event->kind == BEGINS)
		world->refusals[world->waiting++] = request->refusals;
	else if (event->kind == ARRIVES)
		arrives(world, event->request);
	else if (request->done)
		return;
	else if (event->kind == IS_ANSWERED)
		answered(world, request);
	else if (event->kind == IS_REFUSED)
		refused(world, event->request);
	else
		unanswered(world, event->request);
}

static void run(struct world *world)
{
	struct event event;
	uint64_t at_ms;

	for (; world->done < lines_of(world->network) && world->now_ms < BEGIN_MS + MOST_MS;
	     world->now_ms++) {
		do {
			while (take_event(world, &event))
				happen(world, &event);
			while (!busy_ms(world) && world->waiting &&
			       pace_ask(&world->pace, PACE_WITHOUT_NONCE, world->now_ms, &at_ms) ==
			               PACE_GO)
				send_request(world, 0, world->refusals[--world->waiting]);
		} while (world->head[world->now_ms - BEGIN_MS]);
	}
}

static void come_up(const struct network *network)
{
	struct world *world = calloc(1, sizeof(*world));
	uint64_t vain, borne;

	assert_non_null(world);
	world->network = network;
	world->now_ms = BEGIN_MS;
	world->random = 1;
	world->waiting = lines_of(network);
	world->requests = calloc(REQUESTS, sizeof(*world->requests));
	world->events = calloc(EVENTS, sizeof(*world->events));
	world->refusals = calloc(lines_of(network), 1);
	assert_true(world->requests && world->events && world->refusals);
	pace_init(&world->pace, 0, BEGIN_MS);
	run(world);
	vain = world->refused + world->again;
	borne = world->sent * 2 * network->lost_percent / 100;
	print_message("%-42s %6u after %5.1f s, %4.1f %% in vain\n", network->name,
	              nearly_all(network), (double)world->most_ms / 1000,
	              100.0 * (double)vain / (double)world->sent);
	assert_true(world->done >= nearly_all(network));
	assert_true(world->most_ms <= UINT64_C(1000) * network->most_s);
	assert_true(vain <= borne + world->sent * network->vain_permille / 1000);
	free(world->refusals);
	free(world->events);
	free(world->requests);
	free(world);
}

#define COME_UP(...) \
	do { \
		static const struct network networks[] = { __VA_ARGS__ }; \
\
		for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) \
			come_up(&networks[i]); \
	} while (0)

/* 20 s are what the server needs for all of them, 26 s 1.3 times that. */
static void servers_near_and_far_are_kept_busy_and_no_more(void **state)
{
	(void)state;
	COME_UP({ "drops, 2 ms away", DROPS, 2, 100000, 0, 0, 0, 0, 26, 50 },
	        { "drops, 20 ms away", DROPS, 20, 100000, 0, 0, 0, 0, 26, 50 },
	        { "drops, 100 ms away", DROPS, 100, 100000, 0, 0, 0, 0, 26, 50 },
	        { "drops, 200 ms away", DROPS, 200, 100000, 0, 0, 0, 0, 26, 50 },
	        { "drops after 5 ms, 2 ms away", DROPS, 2, 5000, 0, 0, 0, 0, 26, 50 },
	        { "drops after 5 ms, 20 ms away", DROPS, 20, 5000, 0, 0, 0, 0, 26, 50 },
	        { "drops after 5 ms, 40 ms away", DROPS, 40, 5000, 0, 0, 0, 0, 26, 50 },
	        { "drops after 5 ms, 100 ms away", DROPS, 100, 5000, 0, 0, 0, 0, 26, 50 },
	        { "drops after 5 ms, 200 ms away", DROPS, 200, 5000, 0, 0, 0, 0, 26, 50 },
	        { "503, 2 ms away", SAYS_503, 2, 100000, 0, 0, 0, 0, 26, 50 },
	        { "503, 200 ms away", SAYS_503, 200, 100000, 0, 0, 0, 0, 26, 50 },
	        { "503 after 5 ms, 2 ms away", SAYS_503, 2, 5000, 0, 0, 0, 0, 26, 50 },
	        { "503 after 5 ms, 40 ms away", SAYS_503, 40, 5000, 0, 0, 0, 0, 26, 50 },
	        { "503 after 5 ms, 200 ms away", SAYS_503, 200, 5000, 0, 0, 0, 0, 26, 50 });
}

/* What comes in time is served later and later, and the queue is kept short all the same. */
static void long_queues_are_not_filled(void **state)
{
	(void)state;
	COME_UP({ "a queue of a second, 2 ms away", DROPS, 2, 1000000, 0, 0, 0, 0, 26, 5 },
	        { "a queue of 3 s, 100 ms away", DROPS, 100, 3000000, 0, 0, 0, 0, 26, 5 });
}

/* Nothing waits there. */
static void policers_are_kept_busy_and_no_more(void **state)
{
	(void)state;
	COME_UP({ "drops after 1 ms at once, next door", DROPS, 0, 0, 1000, 0, 0, 0, 26, 50 },
	        { "drops after 1 ms at once, 100 ms away", DROPS, 100, 0, 1000, 0, 0, 0, 26, 50 },
	        { "drops after 50 ms at once, next door", DROPS, 0, 0, 50000, 0, 0, 0, 26, 50 },
	        { "drops after 50 ms at once, 100 ms away", DROPS, 100, 0, 50000, 0, 0, 0, 26, 50 },
	        { "503 after 1 ms at once, next door", SAYS_503, 0, 0, 1000, 0, 0, 0, 26, 50 },
	        { "503 after 50 ms at once, next door", SAYS_503, 0, 0, 50000, 0, 0, 0, 26, 50 },
	        { "503 after 50 ms at once, 100 ms away", SAYS_503, 100, 0, 50000, 0, 0, 0, 26,
	          50 });
}

/* One of several nodes behind a balancer is broken, say. */
static void what_is_refused_whatever_the_load_slows_nobody_down(void **state)
{
	(void)state;
	COME_UP({ "1 % are refused", TAKES_ALL, 10, 0, 0, 1, 0, 0, 5, 10 },
	        { "5 % are refused", TAKES_ALL, 10, 0, 0, 5, 0, 0, 5, 10 },
	        { "10 % are refused", TAKES_ALL, 10, 0, 0, 10, 0, 0, 10, 10 },
	        { "20 % are refused", TAKES_ALL, 10, 0, 0, 20, 0, 0, 20, 10 },
	        { "half are refused", TAKES_ALL, 10, 0, 0, 50, 0, 0, 90, 10 },
	        { "5 % are refused, and 503", SAYS_503, 10, 100000, 0, 5, 0, 0, 26, 50 },
	        { "10 % are refused, and 503", SAYS_503, 10, 100000, 0, 10, 0, 0, 28, 50 });
}

/* Some of what is lost is so twice and thrice, and comes seconds later. */
static void what_is_lost_whatever_the_rate_slows_nobody_down(void **state)
{
	(void)state;
	COME_UP({ "1 % are lost", TAKES_ALL, 20, 0, 0, 0, 1, 0, 10, 10 },
	        { "5 % are lost", TAKES_ALL, 20, 0, 0, 0, 5, 0, 20, 10 },
	        { "10 % are lost", TAKES_ALL, 20, 0, 0, 0, 10, 0, 30, 10 },
	        { "1 % are lost, and drops", DROPS, 20, 100000, 0, 0, 1, 0, 26, 50 },
	        { "5 % are lost, and drops", DROPS, 20, 100000, 0, 0, 5, 0, 34, 50 });
}

static void answers_that_come_when_they_like_slow_nobody_down(void **state)
{
	(void)state;
	COME_UP({ "up to 20 ms later, drops", DROPS, 20, 100000, 0, 0, 0, 20, 26, 50 },
	        { "up to 120 ms later, drops", DROPS, 20, 100000, 0, 0, 0, 120, 34, 50 },
	        { "up to 120 ms later, drops after 5 ms", DROPS, 20, 5000, 0, 0, 0, 120, 34, 80 },
	        { "up to 300 ms later, 503 after 5 ms", SAYS_503, 100, 5000, 0, 0, 0, 300, 45, 80 },
	        { "up to 300 ms later", TAKES_ALL, 100, 0, 0, 0, 0, 300, 45, 0 });
}

/* Neither is the server to blame for what waits for us, nor is anything lost meanwhile. */
static void who_is_busy_does_not_slow_himself_down(void **state)
{
	(void)state;
	COME_UP({ "we do nothing for 150 ms of each second", TAKES_ALL, 20, 0, 0, 0, 0, 0, 4, 10,
	          .busy_ms = 150 },
	        { "... for 600 ms", TAKES_ALL, 20, 0, 0, 0, 0, 0, 8, 10, .busy_ms = 600 },
	        { "... for 150 ms, drops", DROPS, 20, 1000000, 0, 0, 0, 0, 25, 50, .busy_ms = 150 },
	        { "... for 300 ms, 503", SAYS_503, 20, 1000000, 0, 0, 0, 0, 31, 50,
	          .busy_ms = 300 });
}

/* The rate is found anew, and what fails meanwhile is not taken for what fails at any rate. */
static void what_changes_is_followed(void **state)
{
	(void)state;
	COME_UP({ "does half from 8 s on, drops", DROPS, 20, 100000, 0, 0, 0, 0, 44, 50,
	          .later = { 8, 20, 200 } },
	        { "does half from 8 s on, 503", SAYS_503, 20, 100000, 0, 0, 0, 0, 44, 50,
	          .later = { 8, 20, 200 } },
	        { "does twice as much from 8 s on, drops", DROPS, 20, 100000, 0, 0, 0, 0, 18, 50,
	          .later = { 8, 20, 50 } },
	        { "20, then 150 ms away, drops", DROPS, 20, 100000, 0, 0, 0, 0, 26, 50,
	          .later = { 8, 150, 100 } },
	        { "20, then 150 ms away, 503 after 5 ms", SAYS_503, 20, 5000, 0, 0, 0, 0, 32, 50,
	          .later = { 8, 150, 100 } },
	        { "150, then 20 ms away, drops", DROPS, 150, 100000, 0, 0, 0, 0, 26, 50,
	          .later = { 8, 20, 100 } },
	        { "stands still for 200 ms each 2 s, drops", DROPS, 20, 1000000, 0, 0, 0, 0, 30, 50,
	          .still_ms = 200 },
	        { "stands still for 200 ms each 2 s", TAKES_ALL, 20, 0, 0, 0, 0, 0, 10, 10,
	          .still_ms = 200 });
}

/* 20 requests a second. Those that were too many at first time out together, between two answers to
 * others: the server is no dead one, which would be asked by 64 at once again. */
static void who_times_out_beside_others_that_are_served_makes_no_server_dead(void **state)
{
	(void)state;
	COME_UP({ "20 a second, drops", DROPS, 20, 100000, 0, 0, 0, 0, 100, 700, .lines = 300,
	          .serve_us = 50000 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_near_and_far_are_kept_busy_and_no_more),
		cmocka_unit_test(long_queues_are_not_filled),
		cmocka_unit_test(policers_are_kept_busy_and_no_more),
		cmocka_unit_test(what_is_refused_whatever_the_load_slows_nobody_down),
		cmocka_unit_test(what_is_lost_whatever_the_rate_slows_nobody_down),
		cmocka_unit_test(answers_that_come_when_they_like_slow_nobody_down),
		cmocka_unit_test(who_is_busy_does_not_slow_himself_down),
		cmocka_unit_test(what_changes_is_followed),
		cmocka_unit_test(who_times_out_beside_others_that_are_served_makes_no_server_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
