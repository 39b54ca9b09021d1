/* test/unit/net/house.h: an authority, certificates of its own and of another's, and servers of
 * TLS: ours, and one of OpenSSL alone in a process of its own, with all its guards down. */
#ifndef LINEUP_TEST_HOUSE_H
#define LINEUP_TEST_HOUSE_H

#include "streams.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/issue.h"

#define DAY_S 86400
#define NAME  "pbx.example"

/* What a test's authority and server are like; zeros: good ones. */
struct like {
	const char *common_name, *names;
	int64_t from_s, until_s; /* from now */
	bool self_signed, foreign;
	bool asks_client;
	int64_t client_until_s; /* from now; 0: long */
};

struct house {
	struct world world;
	struct net_issued ca, other_ca, cert, client;
	char dir[64];
	char ca_file[96], cert_file[96], key_file[96];
};

static inline void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void issue(const char *common_name, const char *names, int64_t from_s,
                         int64_t until_s, const struct net_issued *signer,
                         struct net_issued *ret_issued)
{
	int64_t now_s = time(NULL);
	struct net_issue what = {
		.common_name = common_name,
		.names = names,
		.from_s = now_s + (from_s ? from_s : -DAY_S),
		.until_s = now_s + (until_s ? until_s : DAY_S),
		.signer = signer,
	};

	assert_int_equal(net_issue(&what, ret_issued), 0);
}

static inline void trust(struct house *house, bool with_certificate)
{
	char memory[300];
	struct buf why = buf_over(memory, sizeof(memory));
	struct net_tls_files files = {
		.ca = house->ca_file,
		.cert = with_certificate ? house->cert_file : NULL,
		.key = with_certificate ? house->key_file : NULL,
	};

	assert_int_equal(net_tls_new(&files, &house->world.client_tls, &why), 0);
}

/* From now on the client speaks nothing older. */
static inline void insist(struct house *house, enum net_tls_least least)
{
	char memory[300];
	struct buf why = buf_over(memory, sizeof(memory));
	const struct net_tls_files files = { .ca = house->ca_file, .least = least };

	net_tls_free(house->world.client_tls);
	assert_int_equal(net_tls_new(&files, &house->world.client_tls, &why), 0);
	assert_int_equal(net_tls_reload(house->world.client_tls, &why), 0);
}

static inline void house_open(struct house *house, const struct like *like)
{
	const struct net_issued *signer = like->self_signed ? NULL
	                                  : like->foreign   ? &house->other_ca
	                                                    : &house->ca;

	*house = (struct house){ .dir = "/tmp/lineup-tls-XXXXXX" };
	assert_non_null(mkdtemp(house->dir));
	snprintf(house->ca_file, sizeof(house->ca_file), "%s/ca.pem", house->dir);
	snprintf(house->cert_file, sizeof(house->cert_file), "%s/cert.pem", house->dir);
	snprintf(house->key_file, sizeof(house->key_file), "%s/key.pem", house->dir);
	world_open(&house->world);
	issue("Test CA", NULL, 0, 0, NULL, &house->ca);
	issue("Other CA", NULL, 0, 0, NULL, &house->other_ca);
	issue(like->common_name ? like->common_name : "server",
	      like->names && *like->names ? like->names
	      : like->names               ? NULL
	                                  : "DNS:" NAME,
	      like->from_s, like->until_s, signer, &house->cert);
	issue("client", NULL, like->client_until_s ? -2 * DAY_S : 0,
	      like->client_until_s ? like->client_until_s : 30 * DAY_S, &house->ca, &house->client);
	write_file(house->ca_file, house->ca.cert);
	write_file(house->cert_file, house->client.cert);
	write_file(house->key_file, house->client.key);
	assert_int_equal(
		net_tls_new_server(slice_str(house->cert.cert), slice_str(house->cert.key),
	                           like->asks_client ? slice_str(house->ca.cert) : SLICE_NONE,
	                           &house->world.server_tls),
		0);
}

static inline void house_close(struct house *house)
{
	world_close(&house->world);
	net_issued_done(&house->ca);
	net_issued_done(&house->other_ca);
	net_issued_done(&house->cert);
	net_issued_done(&house->client);
	unlink(house->ca_file);
	unlink(house->cert_file);
	unlink(house->key_file);
	rmdir(house->dir);
}

/* ---- a server that does what no honest one does */

/* A plain socket that listens. */
static inline int listen_raw(struct net_addr *ret_local)
{
	socklen_t n = sizeof(*ret_local);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	net_addr_parse(SLICE("127.0.0.1"), 0, ret_local);
	assert_int_equal(bind(fd, &ret_local->any, net_addr_len(ret_local)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, &ret_local->any, &n), 0);
	return fd;
}

struct rogue {
	int lowest, highest;               /* versions of TLS; 0: any */
	X509 *cert;                        /* to show; NULL: the house's own. The callee's */
	EVP_PKEY *key;                     /* of cert */
	void (*then)(SSL *ssl, int fd);    /* after the handshake; NULL: it says goodbye */
	void (*instead)(SSL *ssl, int fd); /* of the handshake */
	struct net_addr local;
	int fd;
	pid_t child;
};

static inline X509 *read_cert(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(cert);
	return cert;
}

static inline EVP_PKEY *read_key(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(key);
	return key;
}

/* One connection, in a child that ends with it. */
static inline void rogue_open(struct rogue *rogue, const struct house *house)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!rogue->cert) {
		rogue->cert = read_cert(house->cert.cert);
		rogue->key = read_key(house->cert.key);
	}
	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, rogue->lowest), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, rogue->highest), 1);
	assert_int_equal(SSL_CTX_use_certificate(ctx, rogue->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, rogue->key), 1);
	rogue->fd = listen_raw(&rogue->local);
	rogue->child = fork();
	assert_true(rogue->child >= 0);
	if (rogue->child == 0) {
		int fd = accept(rogue->fd, NULL, NULL);
		SSL *ssl = SSL_new(ctx);

		alarm(GUARD_MS / 1000);
		signal(SIGPIPE, SIG_IGN);
		SSL_set_accept_state(ssl);
		if (rogue->instead) {
			rogue->instead(ssl, fd);
		} else {
			SSL_set_fd(ssl, fd);
			if (SSL_accept(ssl) == 1 && rogue->then)
				rogue->then(ssl, fd);
			else
				SSL_shutdown(ssl);
		}
		_exit(0);
	}
	SSL_CTX_free(ctx);
}

/* The client knocks there. */
static inline void rogue_meet(struct rogue *rogue, struct house *house)
{
	rogue_open(rogue, house);
	world_connect_to(&house->world, &rogue->local, NAME, 0);
}

/* The same, in a house of its own. */
static inline void rogue_meet_at(struct rogue *rogue, struct house *house)
{
	house_open(house, &(struct like){ 0 });
	trust(house, false);
	rogue_meet(rogue, house);
}

static inline void rogue_close(struct rogue *rogue)
{
	close(rogue->fd);
	X509_free(rogue->cert);
	EVP_PKEY_free(rogue->key);
	assert_int_equal(waitpid(rogue->child, NULL, 0), rogue->child);
}

static inline bool client_has_one(struct world *world)
{
	return world->client.messages == 1;
}

#endif
