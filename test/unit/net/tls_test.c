/* test/unit/net/tls_test.c: TLS over loopback: what is taken for a good certificate, and the reason
 * for each that is not (attacks F01, F02, F04, F05). */
#include "house.h"

#include <errno.h>

static bool server_has_one(struct world *world)
{
	return world->server.messages == 1;
}

static void must_work(const struct like *like, const char *name)
{
	struct net_certificate certificate;
	struct house house;

	house_open(&house, like);
	trust(&house, like->asks_client);
	world_listen(&house.world, "127.0.0.1");
	world_connect(&house.world, name);
	world_run(&house.world, client_is_open);
	assert_true(net_stream_certificate(house.world.client.stream, &certificate));
	assert_string_equal(certificate.version, "TLSv1.3");
	assert_string_equal(certificate.issuer, "CN=Test CA");
	assert_in_range((uint64_t)certificate.until_s, (uint64_t)time(NULL) + DAY_S - 60,
	                (uint64_t)time(NULL) + DAY_S);
	net_stream_send(house.world.client.stream, SLICE(REGISTERS));
	world_run(&house.world, server_has_one);
	net_stream_send(house.world.server.stream, SLICE(REGISTERS));
	world_run(&house.world, client_has_one);
	net_stream_close(house.world.server.stream);
	house.world.server.stream = NULL;
	world_run(&house.world, client_is_over);
	assert_int_equal(house.world.client.end.why, NET_END_CLOSED);
	house_close(&house);
}

/* What was refused is shown as what is taken is. */
static void must_be_shown(const struct house *house, const struct like *like)
{
	int64_t until_s = (int64_t)time(NULL) + (like->until_s ? like->until_s : DAY_S);
	struct net_certificate shown;

	assert_true(net_stream_certificate(house->world.client.stream, &shown));
	assert_string_equal(shown.subject, like->common_name ? "CN=" NAME : "CN=server");
	assert_string_equal(shown.issuer, like->self_signed ? "CN=server"
	                                  : like->foreign   ? "CN=Other CA"
	                                                    : "CN=Test CA");
	if (!like->names)
		assert_string_equal(shown.names, NAME);
	else if (strncmp(like->names, "IP:", 3) == 0)
		assert_string_equal(shown.names, like->names + 3);
	assert_string_equal(shown.version, "TLSv1.3");
	assert_in_range(shown.until_s, until_s - 60, until_s);
}

static enum net_end ends_with(const struct like *like, const char *name, bool *ret_opened)
{
	struct house house;
	enum net_end why;

	house_open(&house, like);
	trust(&house, like->client_until_s);
	world_listen(&house.world, "127.0.0.1");
	world_connect(&house.world, name);
	world_run(&house.world, client_is_over);
	why = house.world.client.end.why;
	must_be_shown(&house, like);
	if (ret_opened)
		*ret_opened = house.world.client.end.opened;
	assert_int_equal(house.world.server.messages, 0);
	house_close(&house);
	return why;
}

static void must_fail(const struct like *like, const char *name, enum net_end why)
{
	bool opened;

	assert_string_equal(net_end_name(ends_with(like, name, &opened)), net_end_name(why));
	assert_false(opened);
}

static void a_good_certificate_is_taken(void **state)
{
	(void)state;
	must_work(&(struct like){ 0 }, NAME);
	must_work(&(struct like){ .names = "DNS:other.example,DNS:PBX.Example" }, NAME);
	must_work(&(struct like){ 0 }, NAME ".");
	must_work(&(struct like){ .names = "IP:127.0.0.1" }, "127.0.0.1");
	must_work(&(struct like){ .names = "IP:::1" }, "[::1]");
}

/* RFC 5922 7.1 */
static void a_sip_uri_comes_before_a_dns_name(void **state)
{
	(void)state;
	must_work(&(struct like){ .names = "URI:sip:pbx.example" }, NAME);
	must_work(&(struct like){ .names = "URI:https://web.example/,DNS:pbx.example" }, NAME);
	must_fail(&(struct like){ .names = "URI:sip:other.example,DNS:pbx.example" }, NAME,
	          NET_END_TLS_NAME);
	must_fail(&(struct like){ .names = "URI:sip:1001@pbx.example" }, NAME, NET_END_TLS_NAME);
	must_work(&(struct like){ .names = "URI:sip:1001@other.example,DNS:pbx.example" }, NAME);
}

/* The common name counts where there is nothing else, and only there. */
static void the_common_name_is_the_last_resort(void **state)
{
	(void)state;
	must_work(&(struct like){ .common_name = NAME, .names = "" }, NAME);
	must_fail(&(struct like){ .common_name = NAME, .names = "DNS:other.example" }, NAME,
	          NET_END_TLS_NAME);
	must_fail(&(struct like){ .common_name = NAME, .names = "IP:192.0.2.1" }, NAME,
	          NET_END_TLS_NAME);
	must_fail(&(struct like){ .common_name = NAME, .names = "IP:2001:db8::1" }, NAME,
	          NET_END_TLS_NAME);
}

static void another_name_is_refused(void **state)
{
	(void)state;
	must_fail(&(struct like){ .names = "DNS:other.example" }, NAME, NET_END_TLS_NAME);
	must_fail(&(struct like){ 0 }, NAME "..", NET_END_TLS_NAME);
	must_fail(&(struct like){ 0 }, "192.0.2.1", NET_END_TLS_NAME);
}

/* RFC 5922 7.2. OpenSSL by itself takes them below two labels and more. */
static void a_wildcard_is_no_name(void **state)
{
	static const char *const name = "pbx.studio.example";

	(void)state;
	must_work(&(struct like){ .names = "DNS:pbx.studio.example" }, name);
	must_fail(&(struct like){ .names = "DNS:*.studio.example" }, name, NET_END_TLS_NAME);
	must_fail(&(struct like){ .names = "DNS:p*.studio.example" }, name, NET_END_TLS_NAME);
	must_fail(&(struct like){ .names = "URI:sip:*.studio.example" }, name, NET_END_TLS_NAME);
}

static void two_thousand_names_are_looked_through(void **state)
{
	static char names[2000 * 24], longest[600] = "DNS:";
	struct buf text = buf_over(names, sizeof(names));

	(void)state;
	for (unsigned i = 0; i < 1999; i++) {
		buf_str(&text, "DNS:h");
		buf_u64(&text, i);
		buf_str(&text, ".example,");
	}
	buf_str(&text, "DNS:" NAME);
	assert_int_equal(buf_end(&text), 0);
	must_work(&(struct like){ .names = names }, NAME);
	memset(longest + 4, 'a', 512);
	must_fail(&(struct like){ .names = longest }, NAME, NET_END_TLS_NAME);
}

static void each_fault_of_a_certificate_has_its_reason(void **state)
{
	(void)state;
	must_fail(&(struct like){ .from_s = -2 * DAY_S, .until_s = -DAY_S }, NAME,
	          NET_END_TLS_EXPIRED);
	must_fail(&(struct like){ .from_s = DAY_S, .until_s = 2 * DAY_S }, NAME,
	          NET_END_TLS_NOT_YET);
	must_fail(&(struct like){ .self_signed = true }, NAME, NET_END_TLS_SELF_SIGNED);
	must_fail(&(struct like){ .foreign = true }, NAME, NET_END_TLS_UNKNOWN_CA);
}

static void a_client_certificate_is_shown_or_missed(void **state)
{
	(void)state;
	must_work(&(struct like){ .asks_client = true }, NAME);
	/* With TLS 1.3 the client hears of it after its own end of the handshake. */
	assert_int_equal(ends_with(&(struct like){ .asks_client = true }, NAME, NULL),
	                 NET_END_TLS_CLIENT);
	/* What is wrong with the one that was shown is known here. */
	assert_int_equal(ends_with(&(struct like){ .asks_client = true, .client_until_s = -DAY_S },
	                           NAME, NULL),
	                 NET_END_TLS_CLIENT_EXPIRED);
}

/* ---- what is no TLS, or an old one, or never goes on */

static void hello_meets(const char *text, bool closes, const char *why)
{
	struct house house;
	struct net_addr local;
	int fd = listen_raw(&local), peer;

	house_open(&house, &(struct like){ 0 });
	trust(&house, false);
	world_connect_to(&house.world, &local, NAME, 0);
	peer = accept(fd, NULL, NULL);
	assert_int_equal(send(peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	if (closes)
		assert_int_equal(shutdown(peer, SHUT_WR), 0);
	world_run(&house.world, client_is_over);
	assert_string_equal(net_end_name(house.world.client.end.why), why);
	assert_false(house.world.client.end.opened);
	close(peer);
	close(fd);
	house_close(&house);
}

static void what_is_no_tls_is_told_apart(void **state)
{
	(void)state;
	hello_meets("SIP/2.0 400 Bad Request\r\n\r\n", false, "TLS_NOT_TLS");
	hello_meets("", true, "TLS_CLOSED");
	hello_meets("\r\n", true, "TLS_NOT_TLS");
	hello_meets("\x16\x03\x03", true, "TLS_FAILED");
	hello_meets("\x15\x03\x03", true, "TLS_FAILED");
}

static void resets(SSL *ssl, int fd)
{
	const struct linger none = { .l_onoff = 1 };
	char byte;

	(void)ssl;
	if (recv(fd, &byte, 1, 0) == 1)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

static void a_reset_at_the_hello_closes(void **state)
{
	struct rogue rogue = { .instead = resets };
	struct house house;

	(void)state;
	rogue_meet_at(&rogue, &house);
	world_run(&house.world, client_is_over);
	assert_string_equal(net_end_name(house.world.client.end.why), "TLS_CLOSED");
	house_close(&house);
	rogue_close(&rogue);
}

/* F05 */
static void versions(enum net_tls_least least, int lowest, int highest, enum net_end expected)
{
	struct rogue rogue = { .lowest = lowest, .highest = highest };
	struct house house;

	house_open(&house, &(struct like){ 0 });
	trust(&house, false);
	insist(&house, least);
	rogue_meet(&rogue, &house);
	world_run(&house.world, client_is_over);
	assert_string_equal(net_end_name(house.world.client.end.why), net_end_name(expected));
	assert_int_equal(house.world.client.opened, expected == NET_END_CLOSED);
	house_close(&house);
	rogue_close(&rogue);
}

static void old_versions_are_refused(void **state)
{
	(void)state;
	versions(NET_TLS_1_2, TLS1_VERSION, TLS1_1_VERSION, NET_END_TLS_VERSION);
	versions(NET_TLS_1_2, TLS1_2_VERSION, TLS1_2_VERSION, NET_END_CLOSED);
	versions(NET_TLS_1_2, TLS1_3_VERSION, TLS1_3_VERSION, NET_END_CLOSED);
	versions(NET_TLS_1_3, TLS1_2_VERSION, TLS1_2_VERSION, NET_END_TLS_VERSION);
	versions(NET_TLS_1_3, TLS1_2_VERSION, TLS1_3_VERSION, NET_END_CLOSED);
	versions(NET_TLS_1_3, TLS1_3_VERSION, TLS1_3_VERSION, NET_END_CLOSED);
	assert_int_equal(net_tls_least_of("1.3"), NET_TLS_1_3);
	assert_int_equal(net_tls_least_of("1.2"), NET_TLS_1_2);
	assert_int_equal(net_tls_least_of(NULL), NET_TLS_1_2);
}

/* ---- files */

static bool says(const struct net_tls_files *files, const char *sentence)
{
	char memory[300];
	struct buf why = buf_over(memory, sizeof(memory));
	struct net_tls *tls;

	assert_int_equal(net_tls_new(files, &tls, &why), -EINVAL);
	buf_end(&why);
	if (strstr(memory, sentence))
		return true;
	print_message("%s\n", memory);
	return false;
}

static void files_that_do_not_fit_are_named(void **state)
{
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	assert_true(says(&(struct net_tls_files){ .ca = "/nowhere/ca.pem" },
	                 "the TLS authorities /nowhere/ca.pem: No such file or directory"));
	assert_true(says(&(struct net_tls_files){ .ca = house.key_file }, house.key_file));
	assert_true(says(&(struct net_tls_files){ .cert = house.cert_file }, "needs its key"));
	assert_true(says(&(struct net_tls_files){ .cert = house.key_file, .key = house.key_file },
	                 "the TLS certificate"));
	write_file(house.key_file, house.cert.key);
	assert_true(says(&(struct net_tls_files){ .cert = house.cert_file, .key = house.key_file },
	                 "it does not belong to the certificate"));
	assert_true(says(&(struct net_tls_files){ .cert = house.cert_file, .key = house.cert_file },
	                 "it holds no private key"));
	house_close(&house);
}

/* F04: the next connection is checked against the new file, the one that is open stays. */
static void files_are_read_again_without_a_drop(void **state)
{
	char memory[300];
	struct buf why = buf_over(memory, sizeof(memory));
	struct house house;
	struct net_stream *first, *other_end;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	trust(&house, true);
	assert_in_range((uint64_t)net_tls_until_s(house.world.client_tls),
	                (uint64_t)time(NULL) + 30 * DAY_S - 60, (uint64_t)time(NULL) + 30 * DAY_S);
	world_listen(&house.world, "127.0.0.1");
	world_connect(&house.world, NAME);
	world_run(&house.world, client_is_open);
	first = house.world.client.stream;
	other_end = house.world.server.stream;
	assert_false(net_tls_is_stale(house.world.client_tls));
	write_file(house.ca_file, "broken");
	assert_true(net_tls_is_stale(house.world.client_tls));
	assert_int_equal(net_tls_reload(house.world.client_tls, &why), -EINVAL);
	assert_false(net_tls_is_stale(house.world.client_tls));
	write_file(house.ca_file, house.other_ca.cert);
	assert_true(net_tls_is_stale(house.world.client_tls));
	assert_int_equal(net_tls_reload(house.world.client_tls, &why), 0);
	assert_false(net_tls_is_stale(house.world.client_tls));
	assert_int_equal(unlink(house.ca_file), 0);
	assert_true(net_tls_is_stale(house.world.client_tls));
	net_stream_send(first, SLICE(REGISTERS));
	world_run(&house.world, server_has_one);
	house.world.server.stream = NULL;
	world_connect(&house.world, NAME);
	world_run(&house.world, client_is_over);
	assert_string_equal(net_end_name(house.world.client.end.why), "TLS_UNKNOWN_CA");
	net_stream_close(other_end);
	net_stream_close(first);
	house_close(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_certificate_is_taken),
		cmocka_unit_test(a_sip_uri_comes_before_a_dns_name),
		cmocka_unit_test(the_common_name_is_the_last_resort),
		cmocka_unit_test(another_name_is_refused),
		cmocka_unit_test(a_wildcard_is_no_name),
		cmocka_unit_test(two_thousand_names_are_looked_through),
		cmocka_unit_test(each_fault_of_a_certificate_has_its_reason),
		cmocka_unit_test(a_client_certificate_is_shown_or_missed),
		cmocka_unit_test(what_is_no_tls_is_told_apart),
		cmocka_unit_test(a_reset_at_the_hello_closes),
		cmocka_unit_test(old_versions_are_refused),
		cmocka_unit_test(files_that_do_not_fit_are_named),
		cmocka_unit_test(files_are_read_again_without_a_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
