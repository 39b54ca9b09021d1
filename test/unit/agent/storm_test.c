/* storm_test.c: thousands of edits while transactions are open and other threads read: no line but
 * those that are edited sends anything. And what many REGISTERs do to the reserved CSeqs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <semaphore.h>
#include <stdatomic.h>

#include "registrar.h"

#include "house.h"

#define LINES 50
#define EDITS 10000

struct storm {
	struct house house; /* first: conditions are given it */
	struct net_timer *timer;
	int64_t ids[LINES];
	unsigned edits;
	_Atomic bool over;
	sem_t read; /* once for each edit: the reader is in the midst of it, and no more than that
	             */
	_Atomic unsigned reads, faults;
	uint64_t event; /* the reader's */
};

/* The line in the middle gets one password after the other, the right one now and then; around it
 * names and numbers change, which nobody may notice on the wire. */
static void edit(struct storm *storm)
{
	struct house *house = &storm->house;
	unsigned n = storm->edits++, other = n % LINES;
	char password[32], name[32];

	snprintf(password, sizeof(password), n % 3 ? "wrong-%u" : "secret-1026", n);
	house_put_line(house, storm->ids[25], house->studio, 26, REGISTRAR_FIRST + 25, password,
	               n % 7 ? AGENT_UP : AGENT_DOWN);
	if (other != 25)
		house_put_line(house, storm->ids[other], house->studio, 1000 * (1 + n) + other,
		               REGISTRAR_FIRST + other, NULL, AGENT_UP);
	snprintf(name, sizeof(name), "Studio %u", n);
	if (n % 10 == 0)
		store_studio_put(house->store,
		                 &(struct store_studio){ .id = house->studio, .name = name }, NULL);
	agent_reload(house->agent);
	sem_post(&storm->read);
}

static void on_timer(void *ctx)
{
	struct storm *storm = ctx;

	for (unsigned i = 0; i < 5 && storm->edits < EDITS; i++)
		edit(storm);
	if (storm->edits < EDITS)
		net_timer_set(storm->timer, net_now_ms(storm->house.net) + 1);
}

static bool all_edited(struct house *house)
{
	return ((struct storm *)house)->edits == EDITS;
}

/* ---- readers: cmocka's asserts are the main thread's, others count what they do not like */

static void expect(struct storm *storm, bool true_of_it)
{
	if (!true_of_it)
		atomic_fetch_add(&storm->faults, 1);
}

static void on_line(void *ctx, const struct agent_line *line)
{
	struct storm *storm = ctx;

	/* A record is of one moment: who holds a binding knows for how long. */
	expect(storm,
	       (line->granted_s != 0) == (line->state != REG_IDLE && line->state != REG_TRYING &&
	                                  line->state != REG_WAITING &&
	                                  (line->state != REG_STOPPING || line->granted_s)));
	atomic_fetch_add(&storm->reads, 1);
}

static void on_server(void *ctx, const struct agent_server *server)
{
	expect(ctx, server->up <= server->lines);
}

static void on_step(void *ctx, const struct agent_step *step)
{
	expect(ctx, step->sent || step->status >= 100);
}

static int on_event(void *ctx, const struct agent_event *event)
{
	struct storm *storm = ctx;

	expect(storm, event->number > storm->event);
	storm->event = event->number;
	return 0;
}

static void on_cause(void *ctx, const struct agent_cause *cause)
{
	expect(ctx, cause->id != NULL);
}

static void *read_all(void *ctx)
{
	struct storm *storm = ctx;
	struct agent *agent = storm->house.agent;
	struct agent_counters counters;
	struct agent_answers answers;
	uint64_t answered = 0;

	while (sem_wait(&storm->read), !atomic_load(&storm->over)) {
		agent_lines(agent, &(struct agent_filter){ .limit = UINT32_MAX }, on_line, storm,
		            NULL, NULL);
		agent_servers(agent, on_server, storm);
		agent_steps(agent, storm->ids[25], on_step, storm);
		agent_events(agent,
		             &(struct agent_event_filter){ .after = storm->event, .limit = 1000 },
		             on_event, storm);
		agent_register_now(agent, storm->ids[25]);
		agent_counters(agent, &counters);
		agent_causes(agent, on_cause, storm);
		agent_answers(agent, &answers);
		expect(storm, answers.n >= answered);
		answered = answers.n;
	}
	return NULL;
}

static bool one_is_up(struct house *house)
{
	return house_line(house, house->what).state == REG_REGISTERED;
}

static void thousands_of_edits_touch_one_line(void **state)
{
	struct storm *storm = calloc(1, sizeof(*storm));
	struct house *house = &storm->house;
	const unsigned extension = REGISTRAR_FIRST + 25;
	struct registrar registrar;
	struct registrar_user user;
	pthread_t reader;
	unsigned others;

	(void)state;
	registrar_start(&registrar);
	house_open(house, &registrar);
	house->server = house_add_server(house, "pbx", 0);
	house->studio = house_add_studio(house, "Studio");
	house_add_lines(house, LINES, storm->ids);
	assert_int_equal(agent_start(house->agent), 0);
	assert_true(house_up(house, LINES));
	others = registrar_others(&registrar, extension);
	assert_int_equal(net_timer_new(house->net, on_timer, storm, &storm->timer), 0);
	assert_int_equal(sem_init(&storm->read, 0, 0), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_all, storm), 0);
	net_timer_set(storm->timer, 0);
	assert_true(house_wait(house, all_edited));
	house_put_line(house, storm->ids[25], house->studio, 26, extension, "secret-1026",
	               AGENT_UP);
	agent_reload(house->agent);
	house->what = storm->ids[25];
	assert_true(house_wait(house, one_is_up));
	assert_true(house_up(house, LINES));
	atomic_store(&storm->over, true);
	sem_post(&storm->read);
	assert_int_equal(pthread_join(reader, NULL), 0);
	assert_true(atomic_load(&storm->reads) > 0);
	assert_int_equal(atomic_load(&storm->faults), 0);
	assert_int_equal(registrar_others(&registrar, extension), others);
	user = registrar_look(&registrar, extension);
	assert_int_equal(user.most, 1);
	assert_int_equal(user.fallen, 0);
	house_stop_agent(house);
	for (unsigned i = 0; i < LINES; i++)
		assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST + i).bindings, 0);
	sem_destroy(&storm->read);
	net_timer_free(storm->timer);
	house_close(house);
	registrar_end(&registrar);
	free(storm);
}

/* ---- CSeqs */

static bool is_bound(struct house *house)
{
	return registrar_look(house->registrar, REGISTRAR_FIRST).bindings == 1 &&
	       house_line(house, house->what).state == REG_REGISTERED;
}

static bool is_unbound(struct house *house)
{
	return registrar_look(house->registrar, REGISTRAR_FIRST).bindings == 0;
}

/* And the answer has come: while a line refreshes, to register now is what it does already. */
static bool has_risen(struct house *house)
{
	return registrar_look(house->registrar, REGISTRAR_FIRST).cseq[0] > house->count &&
	       house_line(house, house->what).state == REG_REGISTERED;
}

static int on_state(void *ctx, const struct store_state *kept)
{
	*(uint32_t *)ctx = kept->cseq_block;
	return 0;
}

static uint32_t reserved(struct house *house)
{
	uint32_t block = 0;

	store_states(house->store, on_state, &block);
	return block;
}

static bool more_is_reserved(struct house *house)
{
	return reserved(house) > house->count;
}

static uint32_t used(struct house *house)
{
	return registrar_look(house->registrar, REGISTRAR_FIRST).cseq[0];
}

/* The bucket bounds what one line sends; one that is taken down and up again has a new one. */
static void take_down_and_up(struct house *house)
{
	assert_int_equal(agent_unregister(house->agent, house->what), 0);
	assert_true(house_wait(house, is_unbound));
	assert_int_equal(agent_register_now(house->agent, house->what), 0);
	assert_true(house_wait(house, is_bound));
}

/* Whatever has been sent at any time was reserved then: whoever would be killed now and start again
 * would begin above it. */
static void cseqs_are_reserved_before_they_are_used(void **state)
{
	struct registrar registrar;
	struct house house;
	uint32_t first;
	int64_t id;

	(void)state;
	registrar_start(&registrar);
	house_open(&house, &registrar);
	house.server = house_add_server(&house, "pbx", 0);
	house.studio = house_add_studio(&house, "Studio");
	house_add_lines(&house, 1, &id);
	house.what = id;
	assert_int_equal(agent_start(house.agent), 0);
	assert_true(house_wait(&house, is_bound));
	first = reserved(&house);
	assert_int_equal(first, REG_FIRST_CSEQ + STORE_CSEQ_BLOCK);
	/* The bucket bounds what one line sends; one that is taken down and up again has a new one.
	 */
	while (used(&house) + 4 < first - STORE_CSEQ_BLOCK / 2)
		take_down_and_up(&house);
	/* While the line goes on, half a block before its end the next one is reserved. */
	while (used(&house) < first - STORE_CSEQ_BLOCK / 2) {
		house.count = used(&house);
		assert_int_equal(reserved(&house), first);
		assert_int_equal(agent_register_now(house.agent, id), 0);
		assert_true(house_wait(&house, has_risen));
	}
	house.count = first;
	assert_true(house_wait(&house, more_is_reserved));
	assert_int_equal(reserved(&house), first + STORE_CSEQ_BLOCK);
	/* It is used up to there, and then again one is reserved, by a start this time. */
	while (reserved(&house) == first + STORE_CSEQ_BLOCK) {
		take_down_and_up(&house);
		assert_true(used(&house) < reserved(&house));
	}
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).ids, 1);
	assert_int_equal(registrar_look(&registrar, REGISTRAR_FIRST).fallen, 0);
	house_close(&house);
	registrar_end(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_edits_touch_one_line),
		cmocka_unit_test(cseqs_are_reserved_before_they_are_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
