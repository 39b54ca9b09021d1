/* kill_test.c: the agent is killed (SIGKILL) at random moments, again and again, and started on the
 * same store. The registrar, which is in this process, sees one Call-ID, a CSeq that never falls,
 * one local port and never a second binding. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "registrar.h"

#include "base/rng.h"
#include "house.h"

#define LINES     20
#define KILLS     20
#define LIFE_MS   250 /* at most */
#define HURRY_MS  3   /* the child makes a line register so often */
#define ROUNDS_MS 120000

/* ---- the child: an agent under load */

struct child {
	struct net *net;
	struct agent *agent;
	struct net_timer *timer;
	struct rng rng;
	const int64_t *ids;
};

static void on_hurry(void *ctx)
{
	struct child *child = ctx;
	int64_t id = child->ids[rng_between(&child->rng, 0, LINES - 1)];

	/* Taken down and up, a line has a new bucket: it sends as much as it can. */
	if (rng_between(&child->rng, 0, 1))
		agent_unregister(child->agent, id);
	agent_register_now(child->agent, id);
	net_timer_set(child->timer, net_now_ms(child->net) + HURRY_MS);
}

/* Ends by being killed; where it cannot run, with a status of its own. */
static void live(const struct house *house, const int64_t ids[], uint64_t seed)
{
	struct child child = { .ids = ids };
	char why[256];
	struct agent_cfg cfg = { .store_path = house->store_path,
		                 .key_path = house->key_path,
		                 .shards = 2 };

	rng_seed(&child.rng, seed);
	if (net_new(&child.net) < 0)
		_exit(10);
	cfg.net = child.net;
	if (agent_new(&cfg, &child.agent, why, sizeof(why)) < 0) {
		fprintf(stderr, "agent_new: %s\n", why);
		_exit(11);
	}
	if (agent_start(child.agent) < 0 ||
	    net_timer_new(child.net, on_hurry, &child, &child.timer) < 0)
		_exit(12);
	net_timer_set(child.timer, 0);
	net_run(child.net);
	_exit(13);
}

/* ---- the parent: the registrar, and who kills */

struct killer {
	struct house house;
	struct registrar registrar;
	struct net_timer *timer;
	struct rng rng;
	int64_t ids[LINES];
	unsigned kills, strange;
	uint64_t until_ms;
	pid_t pid;
};

static void bear(struct killer *killer)
{
	killer->pid = fork();
	assert_true(killer->pid >= 0);
	if (killer->pid == 0)
		live(&killer->house, killer->ids, killer->kills + 1);
}

static unsigned bound(struct registrar *registrar)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LINES; i++)
		n += registrar->users[i].bindings == 1;
	return n;
}

static void on_kill(void *ctx)
{
	struct killer *killer = ctx;
	struct net *net = killer->house.net;
	int status;

	/* Each child must have got somewhere: else it would be killed before it does anything. */
	if (!bound(&killer->registrar) && net_now_ms(net) < killer->until_ms) {
		net_timer_set(killer->timer, net_now_ms(net) + 1);
		return;
	}
	kill(killer->pid, SIGKILL);
	waitpid(killer->pid, &status, 0);
	killer->strange += !WIFSIGNALED(status);
	if (++killer->kills == KILLS) {
		net_stop(net);
		return;
	}
	bear(killer);
	net_timer_set(killer->timer, net_now_ms(net) + rng_between(&killer->rng, 1, LIFE_MS));
}

static void set_up(struct killer *killer)
{
	struct house *house = &killer->house;

	house_open(house, &killer->registrar);
	registrar_open(&killer->registrar, house->net);
	house->server = house_add_server(house, "pbx", 0);
	house->studio = house_add_studio(house, "Studio");
	house_add_lines(house, LINES, killer->ids);
	agent_free(house->agent);
	house->agent = NULL;
	store_close(house->store);
	house->store = NULL;
	rng_seed(&killer->rng, 20);
	assert_int_equal(net_timer_new(house->net, on_kill, killer, &killer->timer), 0);
}

static bool all_up_here(struct house *house)
{
	return house_count(house).up == LINES;
}

static void a_killed_agent_goes_on_where_it_was(void **state)
{
	struct killer *killer = calloc(1, sizeof(*killer));
	struct house *house = &killer->house;

	(void)state;
	set_up(killer);
	killer->until_ms = net_now_ms(house->net) + ROUNDS_MS;
	bear(killer);
	net_timer_set(killer->timer, net_now_ms(house->net) + LIFE_MS);
	net_run(house->net);
	assert_int_equal(killer->kills, KILLS);
	assert_int_equal(killer->strange, 0);
	house_open_agent(house);
	house_open_store(house);
	assert_int_equal(agent_start(house->agent), 0);
	assert_true(house_wait(house, all_up_here));
	for (unsigned i = 0; i < LINES; i++) {
		const struct registrar_user *user = &killer->registrar.users[i];

		assert_int_equal(user->fallen, 0);
		assert_int_equal(user->twice, 0);
		assert_int_equal(user->ids, 1);
		assert_int_equal(user->ports, 1);
		assert_int_equal(user->most, 1);
		assert_int_equal(user->bindings, 1);
	}
	house_stop_agent(house);
	assert_int_equal(bound(&killer->registrar), 0);
	net_timer_free(killer->timer);
	registrar_end(&killer->registrar);
	house_close(house);
	free(killer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_agent_goes_on_where_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
