/* net/tls_wire.c: what is between a session of TLS and its socket: a BIO whose writes raise no
 * SIGPIPE, and a limit on what the other side says of TLS itself. OpenSSL obeys each wish for new
 * keys, or to begin again, within one call and for as long as they come: without a limit a server
 * that sends nothing else would hold the loop for good. */
#include <errno.h>
#include <sys/socket.h>

#include "net/own.h"
#include "net/own_tls.h"

/* ---- the limit */

/* OpenSSL calls this for each message of the handshake's kind, a skipped one included. */
static void on_message(int written, int version, int kind, const void *bytes, size_t n, SSL *ssl,
                       void *ctx)
{
	struct net_tls_talk *talk = ctx;
	uint64_t now_ms = net_now_ms(talk->net);

	(void)version;
	(void)bytes;
	(void)n;
	(void)ssl;
	if (written || kind != SSL3_RT_HANDSHAKE)
		return;
	if (talk->forgotten_ms < now_ms)
		talk->forgotten_ms = now_ms;
	talk->forgotten_ms += NET_TLS_TALK_MS;
	if (talk->forgotten_ms - now_ms > (uint64_t)NET_TLS_TALK_MAX * NET_TLS_TALK_MS)
		talk->too_much = true;
}

/* ---- the socket */

static int fd_write(BIO *bio, const char *bytes, size_t n, size_t *ret_n)
{
	const struct net_tls_talk *talk = BIO_get_data(bio);
	ssize_t sent = send(talk->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	BIO_clear_retry_flags(bio);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(bio);
	*ret_n = sent < 0 ? 0 : (size_t)sent;
	return sent >= 0;
}

/* As recv(). What a read ahead left stands first; a turn reads the socket so often and no more. */
static ssize_t receive(struct net_tls_talk *talk, char *bytes, size_t n)
{
	struct net_tls_ahead *ahead = talk->ahead;
	ssize_t got;

	if (!ahead)
		return recv(talk->fd, bytes, n, MSG_DONTWAIT);
	if (ahead->at == ahead->n) {
		if (!ahead->reads) {
			errno = EAGAIN;
			return -1;
		}
		got = recv(talk->fd, ahead->place, NET_READ_BYTES, MSG_DONTWAIT);
		ahead->reads = got < NET_READ_BYTES ? 0 : ahead->reads - 1;
		if (got <= 0)
			return got;
		ahead->at = 0;
		ahead->n = (size_t)got;
	}
	if (n > ahead->n - ahead->at)
		n = ahead->n - ahead->at;
	memcpy(bytes, ahead->place + ahead->at, n);
	ahead->at += n;
	return (ssize_t)n;
}

static int fd_read(BIO *bio, char *bytes, size_t n, size_t *ret_n)
{
	struct net_tls_talk *talk = BIO_get_data(bio);
	ssize_t got;

	BIO_clear_retry_flags(bio);
	if (talk->too_much) { /* as an error of the socket: it ends whatever OpenSSL is at */
		*ret_n = 0;
		return 0;
	}
	got = receive(talk, bytes, n);
	if (got > 0 && !talk->greeted) {
		talk->greeted = true;
		talk->is_tls = *bytes == SSL3_RT_HANDSHAKE || *bytes == SSL3_RT_ALERT;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	if (got == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	*ret_n = got < 0 ? 0 : (size_t)got;
	return got > 0;
}

static long fd_ctrl(BIO *bio, int command, long n, void *p)
{
	(void)n;
	(void)p;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *fd_method;
static CRYPTO_ONCE fd_method_once = CRYPTO_ONCE_STATIC_INIT;

/* For the life of the process, as OpenSSL's own tables are. */
static void fd_method_make(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "lineup");

	if (!method)
		return;
	BIO_meth_set_write_ex(method, fd_write);
	BIO_meth_set_read_ex(method, fd_read);
	BIO_meth_set_ctrl(method, fd_ctrl);
	fd_method = method;
}

int net_tls_attach(SSL *ssl, struct net_tls_talk *talk)
{
	BIO *bio;

	if (!CRYPTO_THREAD_run_once(&fd_method_once, fd_method_make) || !fd_method)
		return -ENOMEM;
	if (SSL_set_app_data(ssl, talk) != 1) /* for who verifies */
		return -ENOMEM;
	bio = BIO_new(fd_method);
	if (!bio)
		return -ENOMEM;
	BIO_set_data(bio, talk);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, talk);
	return 0;
}
