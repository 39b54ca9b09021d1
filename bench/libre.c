/* bench/libre.c: a small client on libre (Debian: libre-dev), one sipreg for each line: what the
 * same registrations cost a client that takes its SIP from there. WINDOW of them are under way at
 * once, and all stay registered until the end, their timers set.
 *
 *   bench_libre ADDRESS REGISTRATIONS WINDOW */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define HAVE_INTTYPES_H 1 /* re.h makes types of its own where it is not told */
#define HAVE_STDBOOL_H  1
#include <re.h>

#include "measure.h"

#define BUCKETS     8192 /* of its tables of transactions */
#define PATIENCE_MS 60000

struct client {
	struct sip *sip;
	struct tmr patience;
	const char *server;
	struct line *lines;
	uint32_t begun, done, total;
};

struct line {
	struct client *client;
	struct sipreg *reg;
	struct measure_login login;
	bool done;
};

static int on_auth(char **user, char **password, const char *realm, void *ctx)
{
	const struct line *line = ctx;
	int error = str_dup(user, line->login.auth_user);

	(void)realm;
	return error ? error : str_dup(password, line->login.password);
}

static void begin_one(struct client *client);

static void on_answer(int error, const struct sip_msg *msg, void *ctx)
{
	struct line *line = ctx;
	struct client *client = line->client;

	if (error || msg->scode != 200)
		measure_die("an answer", error ? error : EBADMSG);
	if (line->done)
		return;
	line->done = true;
	if (++client->done == client->total)
		re_cancel();
	begin_one(client);
}

static void begin_one(struct client *client)
{
	struct measure_account account;
	struct line *line;
	int error;

	if (client->begun == client->total)
		return;
	line = &client->lines[client->begun];
	measure_account(client->server, client->begun++, &account);
	*line = (struct line){ .client = client, .login = account.login };
	error = sipreg_register(&line->reg, client->sip, account.server, account.aor, NULL,
	                        account.aor, 3600, account.user, NULL, 0, 0, on_auth, line, false,
	                        on_answer, line, NULL, NULL);
	if (error)
		measure_die("sipreg_register", error);
}

static void on_silence(void *ctx)
{
	(void)ctx;
	measure_die("no answer from the stub", ETIMEDOUT);
}

static void client_open(struct client *client)
{
	struct sa local;
	int error = libre_init();

	if (error || (error = sa_set_str(&local, "127.0.0.1", 0)) ||
	    (error = sip_alloc(&client->sip, NULL, BUCKETS, BUCKETS, BUCKETS, "libre", NULL,
	                       NULL)) ||
	    (error = sip_transp_add(client->sip, SIP_TRANSP_UDP, &local)))
		measure_die("libre", error);
	client->lines = calloc(client->total, sizeof(*client->lines));
	if (!client->lines)
		measure_die("memory", ENOMEM);
	tmr_init(&client->patience);
	tmr_start(&client->patience, PATIENCE_MS, on_silence, NULL);
}

int main(int argc, char **argv)
{
	struct client client = { 0 };
	struct measure_cpu begun;
	uint32_t window;
	int error;

	measure_client(argc, argv, &client.server, &client.total, &window);
	client_open(&client);
	measure_now(&begun);
	for (uint32_t i = 0; i < window; i++)
		begin_one(&client);
	error = re_main(NULL);
	measure_print("libre", &begun, client.done, NULL);
	/* Freed one by one they would be removed at the stub as well; the end of the process will
	 * do. */
	return error ? 2 : 0;
}
