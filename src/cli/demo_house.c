/* cli/demo_house.c: the house that `lineup demo` shows: a registrar that works, one that is
 * overloaded, one that comes and goes, and the daemon whose lines are at them. One loop has all of
 * it, on a thread of its own, so that the terminal may wait for keys. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/agent.h"
#include "api/api.h"
#include "cli/demo.h"
#include "net/net.h"
#include "practice/practice.h"

#define ERROR_MAX   512
#define BUSY_FAULT  "503=150" /* with so many seconds as Retry-After */
#define FLAKY_MIN_S 2         /* it grants what its line asks for, which is little */
#define FIRST_MS    5000      /* then the flaky registrar goes for the first time */
#define DOWN_MS     2400  /* so long it is away: a refresh finds nobody, the next one somebody */
#define UP_MS       10000 /* ... and so long it is there */
#define SIGNALS     3

enum { PBX, BUSY, FLAKY };
static_assert(FLAKY + 1 == DEMO_REGISTRARS, "each registrar has its place");

struct demo_house {
	const struct cli_args *args;
	struct net *net;
	struct practice_users users;
	struct practice_faults busy;
	struct practice *registrars[DEMO_REGISTRARS];
	struct net_addr places[DEMO_REGISTRARS];
	struct net_timer *flap;
	struct agent *agent;
	struct api *api;
	struct net_async *bell;
	struct net_signal *signals[SIGNALS];
	pthread_t thread;
	bool runs;                    /* the thread does */
	bool flaps, stopping;         /* the loop's */
	atomic_bool begin, end, ends; /* the two calls for it; a signal came */
	int wake;                     /* eventfd; -1: none */
	char password[DEMO_PASSWORD_TEXT];
};

/* ---- registrars */

static int open_registrar(struct demo_house *house, unsigned which)
{
	static const struct practice_handler nobody = { .event = NULL };
	struct practice_config config = practice_config_default();

	config.users = house->users.list;
	config.user_count = house->users.count;
	config.server_name = SLICE("Lineup practice");
	if (which == BUSY)
		config.faults = &house->busy;
	if (which == FLAKY)
		config.expires_min_s = FLAKY_MIN_S;
	return practice_new(house->net, &house->places[which], &config, &nobody, NULL,
	                    &house->registrars[which]);
}

static int open_registrars(struct demo_house *house, uint16_t port)
{
	char memory[256];
	struct buf why = buf_over(memory, sizeof(memory));
	int err = practice_users_add_own(&house->users);

	if (!err)
		err = practice_faults_parse(SLICE(BUSY_FAULT), &house->busy, &why);
	for (unsigned i = 0; !err && i < DEMO_REGISTRARS; i++) {
		net_addr_parse(SLICE("127.0.0.1"), port ? (uint16_t)(port + i) : 0,
		               &house->places[i]);
		err = open_registrar(house, i);
		if (!err) /* where it stays, whatever becomes of the registrar */
			house->places[i] = *practice_local(house->registrars[i]);
		else if (err != -ENOMEM)
			return cli_fail(house->args, "cannot listen on 127.0.0.1:%u: %s%s",
			                net_addr_port(&house->places[i]), strerror(-err),
			                port ? " (--sip-port)" : "");
	}
	return err;
}

/* Where its port was taken meanwhile, it is away once more. */
static void on_flap(void *ctx)
{
	struct demo_house *house = ctx;
	bool there = house->registrars[FLAKY] != NULL;

	if (there) {
		practice_free(house->registrars[FLAKY]);
		house->registrars[FLAKY] = NULL;
	} else {
		(void)open_registrar(house, FLAKY);
	}
	net_timer_set(house->flap, net_now_ms(house->net) + (there ? DOWN_MS : UP_MS));
}

/* ---- the end [loop] */

static void on_stopped(void *ctx)
{
	struct demo_house *house = ctx;

	net_stop(house->net);
}

static void stop(struct demo_house *house)
{
	if (house->stopping)
		return;
	house->stopping = true;
	net_timer_set(house->flap, NET_NEVER);
	if (!house->registrars[FLAKY]) /* so that its binding can be removed, too */
		(void)open_registrar(house, FLAKY);
	agent_stop(house->agent, on_stopped, house);
}

static void on_bell(void *ctx)
{
	struct demo_house *house = ctx;

	if (atomic_load(&house->begin) && !house->flaps) {
		house->flaps = true;
		net_timer_set(house->flap, net_now_ms(house->net) + FIRST_MS);
	}
	if (atomic_load(&house->end))
		stop(house);
}

/* The terminal's side sees it, says so, and closes the house. */
static void on_signal(void *ctx, int signo)
{
	struct demo_house *house = ctx;
	const uint64_t one = 1;

	(void)signo;
	atomic_store(&house->ends, true);
	if (write(house->wake, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

static void *run(void *ctx)
{
	struct demo_house *house = ctx;

	net_run(house->net);
	return NULL;
}

/* ---- the parts */

/* Letters and digits that nobody takes for another: 60 bits. */
static int draw_password(struct demo_house *house)
{
	static const char alphabet[] = "23456789abcdefghjkmnpqrstuvwxyz";
	uint8_t chance[64];
	size_t used = 0;
	char *to = house->password;
	int err = net_random(house->net, chance, sizeof(chance));

	for (unsigned i = 0; !err && i < 12; i++) {
		if (i && i % 4 == 0)
			*to++ = '-';
		/* 31 letters: of a byte's 256 values the last eight would favour some of them */
		while (used < sizeof(chance) && chance[used] >= 248)
			used++;
		if (used == sizeof(chance))
			return -EAGAIN;
		*to++ = alphabet[chance[used++] % (sizeof(alphabet) - 1)];
	}
	explicit_bzero(chance, sizeof(chance));
	return err;
}

static int open_loop(struct demo_house *house)
{
	static const int signals[SIGNALS] = { SIGINT, SIGTERM, SIGHUP };
	int err = net_new(&house->net);

	house->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!err && house->wake < 0)
		err = -errno;
	if (!err)
		err = draw_password(house);
	if (!err)
		err = net_timer_new(house->net, on_flap, house, &house->flap);
	if (!err)
		err = net_async_new(house->net, on_bell, house, &house->bell);
	for (unsigned i = 0; !err && i < SIGNALS; i++)
		err = net_signal_new(house->net, signals[i], on_signal, house, &house->signals[i]);
	return err;
}

static int open_daemon(struct demo_house *house, const struct demo_house_cfg *cfg)
{
	const char *addresses[] = { cfg->http, NULL };
	char why[ERROR_MAX], name[64];
	const struct agent_cfg agent = { .net = house->net,
		                         .store_path = cfg->place->store,
		                         .key_path = cfg->place->key,
		                         .log = { .level = LOG_LEVEL_QUIET },
		                         .shards = 1,
		                         .user_agent = name };
	struct api_cfg api = { .store_path = cfg->place->store,
		               .key_path = cfg->place->key,
		               .addresses = addresses,
		               .socket_path = cfg->place->socket,
		               .version = house->args->program->version };
	int err;

	snprintf(name, sizeof(name), "%s/%s", house->args->program->name,
	         house->args->program->version);
	err = agent_new(&agent, &house->agent, why, sizeof(why));
	if (err)
		return cli_fail(house->args, "%s", why);
	api.agent = house->agent;
	api.log = agent_log(house->agent);
	err = api_new(&api, &house->api, why, sizeof(why));
	if (err)
		return cli_fail(house->args, "%s%s", why, err == -EADDRINUSE ? " (--http)" : "");
	return agent_start(house->agent);
}

int demo_house_open(const struct demo_house_cfg *cfg, struct demo_house **ret_house)
{
	struct demo_house *house = calloc(1, sizeof(*house));
	int status;

	if (!house)
		return -ENOMEM;
	house->args = cfg->args;
	house->wake = -1;
	status = open_loop(house);
	if (!status)
		status = open_registrars(house, cfg->sip_port);
	if (!status)
		status = open_daemon(house, cfg);
	if (!status) {
		status = -pthread_create(&house->thread, NULL, run, house);
		house->runs = !status;
	}
	if (status)
		demo_house_close(house);
	else
		*ret_house = house;
	return status;
}

void demo_house_begin(struct demo_house *house)
{
	atomic_store(&house->begin, true);
	net_async_send(house->bell);
}

static void end_thread(struct demo_house *house)
{
	if (!house->runs)
		return;
	atomic_store(&house->end, true);
	net_async_send(house->bell);
	pthread_join(house->thread, NULL);
}

void demo_house_close(struct demo_house *house)
{
	if (!house)
		return;
	end_thread(house);
	api_free(house->api);
	agent_free(house->agent);
	for (unsigned i = 0; i < DEMO_REGISTRARS; i++)
		practice_free(house->registrars[i]);
	practice_users_done(&house->users);
	for (unsigned i = 0; i < SIGNALS; i++)
		net_signal_free(house->signals[i]);
	net_timer_free(house->flap);
	net_async_free(house->bell);
	if (house->net)
		net_free(house->net);
	if (house->wake >= 0)
		close(house->wake);
	explicit_bzero(house->password, sizeof(house->password));
	free(house);
}

/* ---- what others want to know */

bool demo_house_ends(const struct demo_house *house)
{
	return atomic_load(&house->ends);
}

int demo_house_wake_fd(const struct demo_house *house)
{
	return house->wake;
}

const char *demo_house_address(const struct demo_house *house)
{
	return api_address(house->api, 0);
}

const char *demo_house_password(const struct demo_house *house)
{
	return house->password;
}

uint16_t demo_house_port(const struct demo_house *house, unsigned registrar)
{
	return net_addr_port(&house->places[registrar]);
}
