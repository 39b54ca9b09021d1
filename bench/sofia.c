/* bench/sofia.c: a small client on sofia-sip (Debian: libsofia-sip-ua-dev), one handle of its user
 * agent (nua) for each line, all in one thread: what the same registrations cost a client that
 * takes its SIP from there. WINDOW of them are under way at once, and all stay registered until the
 * end, their timers set.
 *
 *   bench_sofia ADDRESS REGISTRATIONS WINDOW */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct client;
struct line;
#define NUA_MAGIC_T     struct client
#define NUA_HMAGIC_T    struct line
#define SU_ROOT_MAGIC_T struct client
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su.h>

#include "measure.h"

#define PATIENCE_MS 60000

struct client {
	su_root_t *root;
	nua_t *nua;
	su_timer_t *patience;
	const char *server;
	struct line *lines;
	uint32_t begun, done, total;
};

struct line {
	struct client *client;
	nua_handle_t *handle;
	struct measure_login login;
	bool done;
};

static void begin_one(struct client *client)
{
	struct measure_account account;
	struct line *line;

	if (client->begun == client->total)
		return;
	line = &client->lines[client->begun];
	measure_account(client->server, client->begun++, &account);
	*line = (struct line){ .client = client, .login = account.login };
	line->handle = nua_handle(client->nua, line, SIPTAG_TO_STR(account.aor),
	                          SIPTAG_FROM_STR(account.aor), TAG_END());
	if (!line->handle)
		measure_die("nua_handle", ENOMEM);
	nua_register(line->handle, NUTAG_REGISTRAR(account.server), NUTAG_M_USERNAME(account.user),
	             TAG_END());
}

static void on_answer(struct client *client, struct line *line, int status)
{
	char auth[2 * MEASURE_LOGIN_MAX + 32];

	if (status == 401) {
		snprintf(auth, sizeof(auth), "Digest:\"bench\":%s:%s", line->login.auth_user,
		         line->login.password);
		nua_authenticate(line->handle, NUTAG_AUTH(auth), TAG_END());
		return;
	}
	if (status < 200 || line->done)
		return;
	if (status != 200)
		measure_die("an answer", EBADMSG);
	line->done = true;
	if (++client->done == client->total)
		su_root_break(client->root);
	begin_one(client);
}

/* What its parameters are, sofia-sip says. */
static void on_event(nua_event_t event, int status, char const *phrase, nua_t *nua,
                     struct client *client, nua_handle_t *handle, struct line *line,
                     sip_t const *sip, tagi_t tags[])
{
	(void)phrase;
	(void)nua;
	(void)handle;
	(void)sip;
	(void)tags;
	if (event == nua_r_register)
		on_answer(client, line, status);
}

static void on_silence(struct client *client, su_timer_t *timer, su_timer_arg_t *arg)
{
	(void)client;
	(void)timer;
	(void)arg;
	measure_die("no answer from the stub", ETIMEDOUT);
}

static void client_open(struct client *client)
{
	su_init();
	client->root = su_root_create(client);
	if (!client->root)
		measure_die("su_root_create", ENOMEM);
	su_root_threading(client->root, 0);
	client->nua = nua_create(
		client->root, on_event, client, NUTAG_URL("sip:127.0.0.1:*;transport=udp"),
		NUTAG_OUTBOUND("no-outbound no-validate no-natify no-options-keepalive"),
		TAG_END());
	client->patience = su_timer_create(su_root_task(client->root), PATIENCE_MS);
	client->lines = calloc(client->total, sizeof(*client->lines));
	if (!client->nua || !client->patience || !client->lines)
		measure_die("nua_create", ENOMEM);
	su_timer_set(client->patience, on_silence, NULL);
}

int main(int argc, char **argv)
{
	struct client client = { 0 };
	struct measure_cpu begun;
	uint32_t window;

	measure_client(argc, argv, &client.server, &client.total, &window);
	client_open(&client);
	measure_now(&begun);
	for (uint32_t i = 0; i < window; i++)
		begin_one(&client);
	su_root_run(client.root);
	measure_print("sofia", &begun, client.done, NULL);
	/* Its own end would remove every binding at the stub; that of the process will do. */
	free(client.lines);
	return 0;
}
