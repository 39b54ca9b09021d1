/* rogue_test: servers of TLS that no honest authority has signed for, and such as never come to the
 * point: certificates that are forged, weak or revoked (attack F01), handshakes that stall, new
 * keys without end (attack F03). Each certificate is a real one, shown by OpenSSL with its guards
 * down. */
#include "house.h"

#include <openssl/x509v3.h>
#include <poll.h>

static void ends(struct rogue *rogue, struct house *house, enum net_end why)
{
	trust(house, false);
	rogue_meet(rogue, house);
	world_run(&house->world, client_is_over);
	assert_string_equal(net_end_name(house->world.client.end.why), net_end_name(why));
	/* Nothing is sent to who was not believed. */
	assert_int_equal(house->world.client.opened, why == NET_END_CLOSED);
}

/* ---- F01: forged and weak */

static X509 *issued_to(const struct house *house, EVP_PKEY *key)
{
	X509 *cert = read_cert(house->cert.cert);

	assert_int_equal(X509_set_pubkey(cert, key), 1);
	return cert;
}

static void sign(X509 *cert, const struct house *house, const EVP_MD *hash)
{
	EVP_PKEY *key = read_key(house->ca.key);

	assert_true(X509_sign(cert, key, hash) > 0);
	EVP_PKEY_free(key);
}

static void a_signature_with_sha1_is_too_weak(void **state)
{
	struct rogue rogue = { 0 };
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	rogue.key = read_key(house.cert.key);
	rogue.cert = issued_to(&house, rogue.key);
	sign(rogue.cert, &house, EVP_sha1());
	ends(&rogue, &house, NET_END_TLS_WEAK);
	rogue_close(&rogue);
	house_close(&house);
}

static void a_key_of_1024_bits_is_too_weak(void **state)
{
	struct rogue rogue = { 0 };
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	rogue.key = EVP_RSA_gen(1024);
	rogue.cert = issued_to(&house, rogue.key);
	sign(rogue.cert, &house, EVP_sha256());
	ends(&rogue, &house, NET_END_TLS_WEAK);
	rogue_close(&rogue);
	house_close(&house);
}

/* An authority of today whose key is of yesterday. */
static void a_weak_authority_vouches_for_nobody(void **state)
{
	struct rogue rogue = { 0 };
	struct house house;
	EVP_PKEY *weak = EVP_RSA_gen(1024), *own;
	X509 *ca;
	FILE *file;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	ca = read_cert(house.ca.cert);
	assert_int_equal(X509_set_pubkey(ca, weak), 1);
	assert_true(X509_sign(ca, weak, EVP_sha256()) > 0);
	file = fopen(house.ca_file, "w");
	assert_int_equal(PEM_write_X509(file, ca), 1);
	assert_int_equal(fclose(file), 0);
	own = read_key(house.cert.key);
	rogue.key = own;
	rogue.cert = issued_to(&house, own);
	assert_true(X509_sign(rogue.cert, weak, EVP_sha256()) > 0);
	ends(&rogue, &house, NET_END_TLS_WEAK);
	X509_free(ca);
	EVP_PKEY_free(weak);
	rogue_close(&rogue);
	house_close(&house);
}

static void set_name(X509 *cert, int type, const char *bytes, size_t n)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	assert_int_equal(ASN1_STRING_set(text, bytes, (int)n), 1);
	GENERAL_NAME_set0_value(name, type, text);
	assert_true(sk_GENERAL_NAME_push(names, name) > 0);
	assert_int_equal(
		X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE), 1);
	GENERAL_NAMES_free(names);
}

static void set_common_name(X509 *cert, const char *bytes, size_t n)
{
	X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1);

	X509_EXTENSION_free(X509_delete_ext(cert, at));
	X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, 0));
	assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
	                                            (const unsigned char *)bytes, (int)n, -1, 0),
	                 1);
}

/* type: of the subjectAltName; 0: it is the common name. */
static void names_with_a_nul(int type, const char *bytes, size_t n, const char *shown)
{
	struct net_certificate certificate;
	struct rogue rogue = { 0 };
	struct house house;

	house_open(&house, &(struct like){ 0 });
	rogue.key = read_key(house.cert.key);
	rogue.cert = issued_to(&house, rogue.key);
	if (type)
		set_name(rogue.cert, type, bytes, n);
	else
		set_common_name(rogue.cert, bytes, n);
	sign(rogue.cert, &house, EVP_sha256());
	ends(&rogue, &house, NET_END_TLS_NAME);
	/* Nor does it look like the name that was asked for. */
	assert_true(net_stream_certificate(house.world.client.stream, &certificate));
	assert_string_equal(type ? certificate.names : certificate.subject, shown);
	rogue_close(&rogue);
	house_close(&house);
}

static void a_nul_ends_no_name(void **state)
{
	static const char dns[] = NAME "\0.evil.example", uri[] = "sip:" NAME "\0.evil.example";

	(void)state;
	names_with_a_nul(GEN_DNS, dns, sizeof(dns) - 1, NAME "\xef\xbf\xbd.evil.example");
	names_with_a_nul(GEN_DNS, dns, sizeof(NAME), NAME "\xef\xbf\xbd");
	names_with_a_nul(GEN_URI, uri, sizeof(uri) - 1, "sip:" NAME "\xef\xbf\xbd.evil.example");
	names_with_a_nul(0, dns, sizeof(dns) - 1, "CN=" NAME "\\00.evil.example");
}

/* ---- F01: revoked */

/* Appends a list to the authorities' file: of ca, with one serial number (NULL: empty), renewed by
 * until_s from now. */
static void add_list(const struct house *house, const struct net_issued *issuer,
                     const ASN1_INTEGER *serial, int64_t until_s)
{
	X509_CRL *list = X509_CRL_new();
	X509 *ca = read_cert(issuer->cert);
	EVP_PKEY *key = read_key(issuer->key);
	ASN1_TIME *when = ASN1_TIME_set(NULL, time(NULL) - 2 * DAY_S);
	ASN1_TIME *until = ASN1_TIME_set(NULL, time(NULL) + until_s);
	FILE *file = fopen(house->ca_file, "a");

	assert_int_equal(X509_CRL_set_version(list, X509_CRL_VERSION_2), 1);
	assert_int_equal(X509_CRL_set_issuer_name(list, X509_get_subject_name(ca)), 1);
	assert_int_equal(X509_CRL_set1_lastUpdate(list, when), 1);
	assert_int_equal(X509_CRL_set1_nextUpdate(list, until), 1);
	if (serial) {
		X509_REVOKED *one = X509_REVOKED_new();

		assert_int_equal(X509_REVOKED_set_serialNumber(one, (ASN1_INTEGER *)serial), 1);
		assert_int_equal(X509_REVOKED_set_revocationDate(one, when), 1);
		assert_int_equal(X509_CRL_add0_revoked(list, one), 1);
	}
	assert_true(X509_CRL_sign(list, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509_CRL(file, list), 1);
	assert_int_equal(fclose(file), 0);
	ASN1_TIME_free(when);
	ASN1_TIME_free(until);
	EVP_PKEY_free(key);
	X509_free(ca);
	X509_CRL_free(list);
}

static void with_list(bool foreign, bool names_it, int64_t until_s, enum net_end why)
{
	struct rogue rogue = { 0 };
	struct house house;
	X509 *cert;

	house_open(&house, &(struct like){ 0 });
	cert = read_cert(house.cert.cert);
	add_list(&house, foreign ? &house.other_ca : &house.ca,
	         names_it ? X509_get0_serialNumber(cert) : NULL, until_s);
	ends(&rogue, &house, why);
	X509_free(cert);
	rogue_close(&rogue);
	house_close(&house);
}

static void what_its_authority_revoked_is_refused(void **state)
{
	(void)state;
	with_list(false, true, DAY_S, NET_END_TLS_REVOKED);
	with_list(false, true, -DAY_S, NET_END_TLS_REVOKED);
}

/* Others are not troubled by a list: one that does not name them, is not renewed, or is of another
 * authority. */
static void a_list_hits_only_those_it_names(void **state)
{
	(void)state;
	with_list(false, false, DAY_S, NET_END_CLOSED);
	with_list(false, false, -DAY_S, NET_END_CLOSED);
	with_list(true, true, DAY_S, NET_END_CLOSED);
}

/* ---- F03: after the handshake */

static void keeps_asking_for_new_keys(SSL *ssl, int fd)
{
	(void)fd;
	while (SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1)
		;
}

static void keeps_asking_to_begin_again(SSL *ssl, int fd)
{
	(void)fd;
	while (SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1)
		;
}

static void floods(int version, void (*then)(SSL *ssl, int fd))
{
	struct rogue rogue = { .lowest = version, .highest = version, .then = then };
	struct house house;

	rogue_meet_at(&rogue, &house);
	world_run(&house.world, client_is_over);
	assert_string_equal(net_end_name(house.world.client.end.why), "TLS_TALK");
	assert_true(house.world.client.end.opened);
	house_close(&house);
	rogue_close(&rogue);
}

static void new_keys_without_end_close_it(void **state)
{
	(void)state;
	floods(TLS1_3_VERSION, keeps_asking_for_new_keys);
}

static void wishes_to_begin_again_without_end_close_it(void **state)
{
	(void)state;
	floods(TLS1_2_VERSION, keeps_asking_to_begin_again);
}

/* Until the other side is gone. */
static void drain(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
}

static void says_nothing(SSL *ssl, int fd)
{
	(void)ssl;
	drain(fd);
}

static void says_it_and_goes_on(SSL *ssl, int fd)
{
	for (unsigned i = 0; i < 5; i++) {
		if (SSL_version(ssl) == TLS1_3_VERSION)
			SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
		else
			SSL_renegotiate(ssl);
		SSL_do_handshake(ssl);
	}
	SSL_write(ssl, REGISTERS, (int)strlen(REGISTERS));
	drain(fd);
}

static void goes_on(int version)
{
	struct rogue rogue = { .lowest = version, .highest = version, .then = says_it_and_goes_on };
	struct house house;

	rogue_meet_at(&rogue, &house);
	world_run(&house.world, client_has_one);
	assert_string_equal(house.world.client.all, REGISTERS);
	assert_int_equal(house.world.client.closed, 0);
	house_close(&house);
	rogue_close(&rogue);
}

static void a_few_do_no_harm(void **state)
{
	(void)state;
	goes_on(TLS1_3_VERSION);
	goes_on(TLS1_2_VERSION);
}

static void goes_without_a_goodbye(SSL *ssl, int fd)
{
	SSL_write(ssl, "SIP/2.0 200", 11);
	shutdown(fd, SHUT_WR);
}

static void a_goodbye_is_not_missed(void **state)
{
	struct rogue rogue = { .then = goes_without_a_goodbye };
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	ends(&rogue, &house, NET_END_CLOSED);
	assert_int_equal(house.world.client.messages, 0);
	house_close(&house);
	rogue_close(&rogue);
}

/* ---- F03: handshakes that do not end */

/* What the server says first, up to the middle of its certificate, byte by byte or at once. */
static void stalls(SSL *ssl, int fd, int turn_ms)
{
	static unsigned char hello[16384], flight[16384];
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	ssize_t n = recv(fd, hello, sizeof(hello), 0);
	int all, sent = 0;

	SSL_set_bio(ssl, in, out);
	BIO_write(in, hello, (int)n);
	SSL_accept(ssl);
	all = BIO_read(out, flight, sizeof(flight)) / 2;
	for (bool over = false; !over && recv(fd, hello, 1, MSG_DONTWAIT) != 0;) {
		int piece = turn_ms ? 1 : all;

		if (sent < all)
			over = send(fd, flight + sent, (size_t)piece, 0) != piece;
		sent += sent < all ? piece : 0;
		poll(&ready, 1, turn_ms ? turn_ms : -1);
	}
}

static void stops_in_its_certificate(SSL *ssl, int fd)
{
	stalls(ssl, fd, 0);
}

static void says_a_byte_now_and_then(SSL *ssl, int fd)
{
	stalls(ssl, fd, 20);
}

#define STALLS 3

static struct side staller[STALLS];

static bool all_are_over(struct world *world)
{
	(void)world;
	for (unsigned i = 0; i < STALLS; i++)
		if (!staller[i].closed)
			return false;
	return true;
}

/* All at once, so that their patience runs out together. */
static void a_handshake_that_stalls_ends(void **state)
{
	struct rogue rogues[STALLS] = {
		{ .instead = says_nothing },
		{ .highest = TLS1_2_VERSION, .instead = stops_in_its_certificate },
		{ .highest = TLS1_2_VERSION, .instead = says_a_byte_now_and_then }
	};
	struct house house;

	(void)state;
	house_open(&house, &(struct like){ 0 });
	trust(&house, false);
	/* Before there is a connection that they would share. */
	for (unsigned i = 0; i < STALLS; i++)
		rogue_open(&rogues[i], &house);
	for (unsigned i = 0; i < STALLS; i++) {
		struct net_stream_cfg cfg = { .tls = house.world.client_tls,
			                      .name = NAME,
			                      .patience_ms = 3000 };

		cfg.to = rogues[i].local;
		staller[i] = (struct side){ .world = &house.world };
		assert_int_equal(net_stream_connect(house.world.net, &cfg, &side_handler,
		                                    &staller[i], &staller[i].stream),
		                 0);
	}
	world_run(&house.world, all_are_over);
	for (unsigned i = 0; i < STALLS; i++) {
		assert_string_equal(net_end_name(staller[i].end.why), "TLS_STALLED");
		net_stream_close(staller[i].stream);
		rogue_close(&rogues[i]);
	}
	house_close(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_with_sha1_is_too_weak),
		cmocka_unit_test(a_key_of_1024_bits_is_too_weak),
		cmocka_unit_test(a_weak_authority_vouches_for_nobody),
		cmocka_unit_test(a_nul_ends_no_name),
		cmocka_unit_test(what_its_authority_revoked_is_refused),
		cmocka_unit_test(a_list_hits_only_those_it_names),
		cmocka_unit_test(new_keys_without_end_close_it),
		cmocka_unit_test(wishes_to_begin_again_without_end_close_it),
		cmocka_unit_test(a_few_do_no_harm),
		cmocka_unit_test(a_goodbye_is_not_missed),
		cmocka_unit_test(a_handshake_that_stalls_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
