/* fuzz/fuzz_practice_contact.c: whatever stands in the headers of a REGISTER with right
 * credentials, the bindings keep their limits, and each that is listed can be read back.
 *
 * The whole input is header lines; a byte 0xff ends those of one request and begins the next's. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "practice/registrar.h"
#include "sip/addr.h"
#include "sip/msg.h"

#define REQUESTS_MAX  8 /* of one input */
#define CONTACTS_MAX  4
#define EXPIRES_MAX_S 100

struct client {
	struct practice_core *core;
	struct digest *digest;
	struct digest_kept *kept;
	struct digest_ha1 ha1;
	uint64_t now_ms;
	uint32_t nc, cseq;
	char answer[NET_SEND_MAX + 1];
	struct sip_msg msg; /* of the answer */
};

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_practice_contact: %s\n", what);
	abort();
}

/* Returns the status of the answer; 0: none. */
static unsigned send_bytes(struct client *client, struct slice bytes)
{
	struct practice_request request = { .bytes = bytes, .now_ms = client->now_ms };
	struct buf out = buf_over(client->answer, sizeof(client->answer));
	struct practice_sending sending;

	check(net_addr_parse(SLICE("192.0.2.1"), 5060, &request.from) == 0, "an address");
	if (!practice_answer(client->core, &request, &out, &sending))
		return 0;
	check(sip_parse(buf_slice(&out), &client->msg, NULL) == PARSE_OK, "the answer is SIP");
	return client->msg.status;
}

/* Sends a REGISTER with these lines. Returns the status of the answer; 0: none. */
static unsigned ask(struct client *client, struct slice lines, struct slice authorization)
{
	static char text[32768];
	struct buf bytes = buf_over(text, sizeof(text));

	buf_str(&bytes, "REGISTER sip:a.b SIP/2.0\r\nVia: SIP/2.0/UDP a.b;branch=z9hG4bK1;rport\r\n"
	                "From: <sip:1001@a.b>;tag=1\r\nTo: <sip:1001@a.b>\r\nCall-ID: c\r\nCSeq: ");
	buf_u64(&bytes, ++client->cseq);
	buf_str(&bytes, " REGISTER\r\n");
	if (authorization.n) {
		buf_str(&bytes, "Authorization: ");
		buf_put(&bytes, authorization);
		buf_str(&bytes, "\r\n");
	}
	buf_put(&bytes, lines);
	buf_str(&bytes, "\r\n");
	return bytes.full ? 0 : send_bytes(client, buf_slice(&bytes));
}

static void log_in(struct client *client)
{
	struct digest_challenge challenge;
	enum digest_verdict verdict;
	struct slice scheme;

	check(ask(client, SLICE(""), SLICE_NONE) == 401, "it is challenged");
	struct slice value = client->msg.first[SIP_WWW_AUTHENTICATE];
	check(digest_challenge_next(&value, &verdict, &scheme, &challenge) &&
	              verdict == DIGEST_USABLE && digest_keep(&challenge, &client->kept) == 0 &&
	              digest_ha1(client->digest, challenge.algorithm, SLICE("1001"),
	                         digest_kept_realm(client->kept), SLICE("a"), &client->ha1) == 0,
	      "the challenge can be answered");
}

/* The same with the next answer to the challenge. */
static unsigned ask_in(struct client *client, struct slice lines)
{
	char memory[1024];
	struct buf authorization = buf_over(memory, sizeof(memory));
	const struct digest_request request = { .user = SLICE("1001"),
		                                .method = SLICE("REGISTER"),
		                                .uri = SLICE("sip:a.b"),
		                                .cnonce = SLICE("c"),
		                                .nc = ++client->nc };

	check(digest_answer(client->digest, client->kept, &client->ha1, &request, &authorization) ==
	              0,
	      "an answer is made");
	return ask(client, lines, buf_slice(&authorization));
}

static void check_list(const struct client *client)
{
	struct sip_values walk = { 0 };
	struct slice value, left;
	struct practice_stats stats;
	struct sip_addr contact;
	unsigned count = 0;

	while (sip_value_next(&client->msg, SIP_CONTACT, &walk, &value)) {
		check(sip_addr_parse(value, &contact) == PARSE_OK, "a binding can be read back");
		check(sip_addr_param(contact.params, SLICE("expires"), &left) && left.n > 0 &&
		              left.n <= 3,
		      "a binding says how long it lasts");
		count++;
	}
	practice_core_stats(client->core, &stats);
	check(count == stats.bindings, "all bindings are listed, and no others");
	check(count <= CONTACTS_MAX, "there is a limit");
}

/* One registrar serves all inputs: each leaves it empty, with a later clock and higher numbers. */
static void open_once(struct client *client)
{
	static const struct practice_user users[] = { { SLICE("1001"), SLICE("a"), SLICE_NONE } };
	static const unsigned char key[PRACTICE_KEY_BYTES] = { 1 };
	static const struct practice_handler handler = { 0 };
	struct practice_config config = practice_config_default();

	if (client->core)
		return;
	config.users = users;
	config.user_count = 1;
	config.expires_max_s = EXPIRES_MAX_S;
	config.contacts_max = CONTACTS_MAX;
	config.nonce_age_s = UINT32_MAX;
	check(digest_new(&client->digest) == 0, "hashes");
	check(practice_core_new(&config, key, &handler, NULL, 0, &client->core) == 0,
	      "a registrar");
	log_in(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct client client; /* too large for a stack */
	struct slice in = slice_of((const char *)data, size);
	struct practice_stats stats;

	open_once(&client);
	for (int i = 0; in.n && i < REQUESTS_MAX; i++) {
		size_t n = slice_find(in, (char)0xff);

		client.now_ms += 7000;
		ask_in(&client, slice_of(in.p, n));
		in = slice_from(in, n < in.n ? n + 1 : n);
		check(ask_in(&client, SLICE("")) == 200, "it goes on answering");
		check_list(&client);
	}
	/* Bindings and remembered answers age; a keep-alive makes it look at the clock. */
	client.now_ms += EXPIRES_MAX_S * 1000;
	send_bytes(&client, SLICE("\r\n\r\n"));
	practice_core_stats(client.core, &stats);
	check(stats.bindings == 0, "all runs out");
	return 0;
}
