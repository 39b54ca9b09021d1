/* chaos_test.c: a day of bad luck, on many seeds: a server that loses, delays, doubles and
 * reorders, refuses, challenges, redirects, dies and comes back, and people who stop and start
 * lines. What must hold whatever happens is checked at each datagram, and once the server is well
 * again every line that is wanted is registered. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "expand.h"
#include "stage.h"

#define SEEDS      8
#define LINES      20
#define HOUR_MS    UINT64_C(3600000)
#define BAD_MS     (8 * HOUR_MS)
#define GOOD_MS    (5 * HOUR_MS)
#define COPIES_MAX 4096
#define TURN_MS    250 /* what comes within it is read as one batch, on every other seed */

/* Something on its way to us. */
struct copy {
	uint64_t at_ms;
	struct request *request;
	char *bytes; /* NULL: an ICMP message */
	size_t n;
};

/* What is known of a line from the outside. */
struct subject {
	struct stage_line *line;
	bool wanted;
	uint64_t tokens, tokens_at_ms; /* the bucket of six that fills by one in 2 s */
	struct request *open;          /* the request that no final answer has reached */
	uint64_t open_at_ms;
	uint64_t free_at_ms; /* when it may be given up: by its time-out, or that of a stop */
	unsigned copies;     /* of it, the first included */
};

struct world {
	struct stage stage;
	struct rng chance;
	struct copy copies[COPIES_MAX];
	unsigned copy_count;
	struct subject subjects[LINES];
	bool good; /* the server is well */
};

static uint64_t roll(struct world *world, uint64_t n)
{
	return rng_between(&world->chance, 0, n - 1);
}

static uint64_t now(const struct world *world)
{
	return net_now_ms(world->stage.net);
}

/* --- the server --- */

#define FRONT \
	"Via: {{via}}\r\nFrom: {{from}}\r\nTo: {{to}};tag=srv\r\nCall-ID: {{callid}}\r\n" \
	"CSeq: {{cseq}} REGISTER\r\n"
#define CHALLENGE(more) \
	"SIP/2.0 401 Unauthorized\r\n" FRONT \
	"WWW-Authenticate: Digest realm=\"pbx\", nonce=\"{{rand}}\", qop=\"auth\"" more "\r\n\r\n"
#define GRANT(expires) \
	"SIP/2.0 200 OK\r\n" FRONT "Contact: <{{contact}}>;expires=" expires "\r\n\r\n"

static const char challenge[] = CHALLENGE("");
static const char granted[] = GRANT("600");

/* What it may answer to whatever comes while it is not well. */
static const char *const whims[] = {
	challenge,
	challenge,
	granted,
	granted,
	CHALLENGE(", stale=true"),
	CHALLENGE(", algorithm=SHA-256"),
	GRANT("1"),
	GRANT("30"),
	GRANT("0"),
	GRANT("99999999999"),
	"SIP/2.0 200 OK\r\n" FRONT "\r\n",
	"SIP/2.0 100 Trying\r\n" FRONT "\r\n",
	"SIP/2.0 403 Forbidden\r\n" FRONT "\r\n",
	"SIP/2.0 404 Not Found\r\n" FRONT "\r\n",
	"SIP/2.0 407 Proxy\r\n" FRONT
	"Proxy-Authenticate: Digest realm=\"edge\", nonce=\"{{rand}}\"\r\n\r\n",
	"SIP/2.0 423 Brief\r\n" FRONT "Min-Expires: 7200\r\n\r\n",
	"SIP/2.0 302 Moved\r\n" FRONT "Contact: <sip:pbx.example>\r\n\r\n",
	"SIP/2.0 302 Moved\r\n" FRONT "Contact: <sip:evil.example>\r\n\r\n",
	"SIP/2.0 500 Oops\r\n" FRONT "\r\n",
	"SIP/2.0 503 Busy\r\n" FRONT "Retry-After: 3\r\n\r\n",
	"SIP/2.0 503 Busy\r\n" FRONT "Retry-After: 4000000000\r\n\r\n",
	"HTTP/1.1 200 OK\r\n\r\n",
	"SIP/2.0 200 OK\r\nVia: {{via-other-branch}}\r\n\r\n",
};

static void post(struct world *world, struct request *request, const char *template,
                 uint64_t delay_ms)
{
	const struct expand values = { .request = request,
		                       .realm = "pbx",
		                       .chance = &world->chance };
	struct copy *copy = &world->copies[world->copy_count];
	char error[EXPAND_ERROR_MAX];

	assert_true(world->copy_count < COPIES_MAX);
	world->copy_count++;
	*copy = (struct copy){ .at_ms = now(world) + delay_ms, .request = request };
	if (world->stage.seed % 2 == 0)
		copy->at_ms += TURN_MS - copy->at_ms % TURN_MS;
	if (!template)
		return;
	copy->bytes = expand(&values, slice_str(template), &copy->n, error);
	assert_non_null(copy->bytes);
}

static void serve_well(struct world *world, struct request *request)
{
	bool known = slice_present(packet_header(&request->packet, "Authorization", 0));

	post(world, request, known ? granted : challenge, 20);
}

static void serve_badly(struct world *world, struct request *request)
{
	unsigned copies = (unsigned)roll(world, 10) ? 1 : 2;

	if (roll(world, 4) == 0) /* lost, one way or the other */
		return;
	if (roll(world, 20) == 0) {
		post(world, request, NULL, roll(world, 50));
		return;
	}
	if (roll(world, 3) == 0) {
		serve_well(world, request);
		return;
	}
	while (copies--)
		post(world, request, whims[roll(world, sizeof(whims) / sizeof(whims[0]))],
		     roll(world, 2) ? roll(world, 100) : roll(world, 40000));
}

/* --- what must hold --- */

static struct subject *subject_of(struct world *world, const struct request *request)
{
	for (unsigned i = 0; i < LINES; i++)
		if (world->subjects[i].line == request->line)
			return &world->subjects[i];
	fail_msg("a request of nobody's");
	return NULL;
}

static void take_token(struct world *world, struct subject *subject)
{
	uint64_t more = (now(world) - subject->tokens_at_ms) / 2000;

	subject->tokens_at_ms += more * 2000;
	subject->tokens += more;
	if (subject->tokens >= 6) {
		subject->tokens = 6;
		subject->tokens_at_ms = now(world);
	}
	if (!subject->tokens)
		fail_msg("%s sends faster than its bucket fills", subject->line->name);
	subject->tokens--;
}

/* RFC 3261 17.1.2: 0.5, 1, 2, then 4 s apart (4 s at once after a provisional answer), never after
 * 32 s. */
static void copy_is_in_time(struct world *world, const struct subject *subject)
{
	uint64_t after_ms = now(world) - subject->open_at_ms;

	if (after_ms >= 32000)
		fail_msg("a copy %llu ms after the first", (unsigned long long)after_ms);
	if (subject->copies >= 11)
		fail_msg("copy %u", subject->copies);
}

static void look_at(struct world *world, struct request *request, bool again)
{
	struct subject *subject = subject_of(world, request);
	enum reg_state state = line_reg(subject->line->line)->state;

	if (again) {
		assert_ptr_equal(subject->open, request);
		copy_is_in_time(world, subject);
		subject->copies++;
		return;
	}
	if (subject->open && now(world) < subject->free_at_ms)
		fail_msg("%s sends request %u while %u is unanswered", subject->line->name,
		         request->number, subject->open->number);
	assert_true(state == REG_TRYING || state == REG_REFRESHING || state == REG_REMOVING);
	take_token(world, subject);
	subject->open = request;
	subject->open_at_ms = now(world);
	subject->free_at_ms = now(world) + 32000;
	subject->copies = 1;
}

static void deliver(struct world *world, unsigned i)
{
	struct copy copy = world->copies[i];
	struct subject *subject = subject_of(world, copy.request);
	bool provisional = copy.bytes && strncmp(copy.bytes, "SIP/2.0 100", 11) == 0;
	bool answer = copy.bytes && strncmp(copy.bytes, "SIP/2.0", 7) == 0 &&
	              !strstr(copy.bytes, "z9hG4bK0123456789abcdef");

	world->copies[i] = world->copies[--world->copy_count];
	if (subject->open == copy.request && !provisional && (answer || !copy.bytes))
		subject->open = NULL;
	if (copy.bytes)
		sim_receive(world->stage.net, copy.request->udp, &copy.request->to,
		            slice_of(copy.bytes, copy.n));
	else
		sim_icmp(world->stage.net, copy.request->udp, &copy.request->to, ECONNREFUSED,
		         copy.request->packet.bytes);
	free(copy.bytes);
}

/* --- time --- */

static unsigned next_copy(const struct world *world)
{
	unsigned first = 0;

	for (unsigned i = 1; i < world->copy_count; i++)
		if (world->copies[i].at_ms < world->copies[first].at_ms)
			first = i;
	return first;
}

static void deliver_all(struct world *world)
{
	unsigned i;

	sim_batch_begin(world->stage.net);
	while (world->copy_count && world->copies[i = next_copy(world)].at_ms <= now(world))
		deliver(world, i);
	sim_batch_end(world->stage.net);
}

static void run_until(struct world *world, uint64_t end_ms)
{
	while (now(world) < end_ms) {
		unsigned first = next_copy(world);
		uint64_t at_ms = world->copy_count && world->copies[first].at_ms < end_ms
		                         ? world->copies[first].at_ms
		                         : end_ms;
		bool again;

		if (sim_run_to_send(world->stage.net, at_ms) == SIM_SENT) {
			struct request *request = stage_request_take(&world->stage, &again);

			if (world->stage.fault[0])
				fail_msg("%s", world->stage.fault);
			look_at(world, request, again);
			if (world->good)
				serve_well(world, request);
			else
				serve_badly(world, request);
			continue;
		}
		sim_run_until(world->stage.net, at_ms);
		deliver_all(world);
		if (world->stage.fault[0])
			fail_msg("%s", world->stage.fault);
	}
}

/* Somebody stops, starts or nudges a line. */
static void meddle(struct world *world)
{
	struct subject *subject = &world->subjects[roll(world, LINES)];

	switch (roll(world, 3)) {
	case 0:
		shard_line_stop(world->stage.shard, subject->line->line);
		subject->wanted = false;
		if (now(world) + 4000 < subject->free_at_ms)
			subject->free_at_ms = now(world) + 4000;
		break;
	case 1:
		shard_line_start(world->stage.shard, subject->line->line);
		subject->wanted = true;
		break;
	default:
		shard_line_nudge(world->stage.shard, subject->line->line);
	}
}

static void set_up(struct world *world, uint64_t seed)
{
	struct net_addr addr;

	stage_init(&world->stage);
	world->stage.seed = seed;
	rng_seed(&world->chance, seed);
	net_addr_parse(SLICE("192.0.2.10"), 0, &addr);
	sim_name_address(world->stage.net, "pbx.example", &addr);
	for (unsigned i = 0; i < LINES; i++) {
		struct subject *subject = &world->subjects[i];
		char name[16];
		const struct stage_line_cfg cfg = { .name = name,
			                            .user = name,
			                            .host = "pbx.example",
			                            .password = "secret-of-all" };

		snprintf(name, sizeof(name), "%u", 1000 + i);
		assert_int_equal(stage_line_add(&world->stage, &cfg, &subject->line), 0);
		*subject = (struct subject){ .line = subject->line,
			                     .wanted = true,
			                     .tokens = 6,
			                     .tokens_at_ms = now(world) };
		shard_line_start(world->stage.shard, subject->line->line);
	}
}

static void whatever_happens_the_lines_are_registered_in_the_end(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = sim_own(sizeof(*world));
		uint64_t end_ms;

		set_up(world, seed);
		end_ms = now(world) + BAD_MS;
		while (now(world) < end_ms) {
			run_until(world, now(world) + 1 + roll(world, HOUR_MS / 10));
			meddle(world);
		}
		world->good = true;
		run_until(world, now(world) + GOOD_MS);
		for (unsigned i = 0; i < LINES; i++) {
			const struct subject *subject = &world->subjects[i];
			enum reg_state is = line_reg(subject->line->line)->state;

			if (subject->wanted ? is != REG_REGISTERED && is != REG_REFRESHING
			                    : is != REG_IDLE)
				fail_msg("seed %llu: %s, %s, is %s", (unsigned long long)seed,
				         subject->line->name,
				         subject->wanted ? "wanted" : "not wanted",
				         reg_state_name(is));
		}
		while (world->copy_count)
			free(world->copies[--world->copy_count].bytes);
		if (!stage_done(&world->stage))
			fail_msg("seed %llu: %s", (unsigned long long)seed, world->stage.fault);
		free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_the_lines_are_registered_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
