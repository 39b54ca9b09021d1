/* net/own_tls.h: what net/tls.c, net/tls_wire.c and net/stream.c share. */
#ifndef LINEUP_NET_OWN_TLS_H
#define LINEUP_NET_OWN_TLS_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/stream.h"

/* What was read ahead of a session, into a place that all sessions of a thread share: OpenSSL would
 * ask the kernel twice for each record. */
struct net_tls_ahead {
	char *place; /* of NET_READ_BYTES */
	size_t at, n;
	unsigned reads; /* that the turn has left; none where the socket was seen empty */
};

/* What a session hangs on, and what its other side said of TLS itself. It outlives the session, and
 * does not move. net and fd (a stream socket) are set, the rest zeroed. */
struct net_tls_talk {
	struct net *net;
	int fd;
	X509 *refused; /* the other side's certificate, where it was refused within the handshake:
	                  OpenSSL has forgotten it then. For X509_free() */
	bool greeted;  /* a byte has come */
	bool is_tls;   /* ... which begins a record of TLS */
	bool too_much; /* more than NET_TLS_TALK_MAX: whatever OpenSSL was at has failed */
	uint64_t forgotten_ms;
	struct net_tls_ahead *ahead; /* while the session is read; NULL: straight from the socket */
};

/* A session of TLS over talk->fd, whose writes raise no SIGPIPE. For a client name is what the
 * certificate must name. Returns 0, -ENOMEM or -EINVAL (a name that is none). */
int net_tls_session(struct net_tls *tls, struct net_tls_talk *talk, const char *name,
                    SSL **ret_ssl);

/* Puts the two together. Returns 0 or -ENOMEM. */
int net_tls_attach(SSL *ssl, struct net_tls_talk *talk);

/* After the handshake of a client: NET_END_CLOSED where all is well, else what is wrong. */
enum net_end net_tls_verdict(SSL *ssl, const char *name);

/* Why SSL_connect(), SSL_accept(), SSL_read() or SSL_write() failed, from the queue of errors,
 * which is empty then. error: an errno, where it was the socket's. */
enum net_end net_tls_reason(SSL *ssl, int result, int *ret_error);

/* The certificate that the other side has shown, taken or refused. Returns whether there is one. */
bool net_tls_certificate(SSL *ssl, const struct net_tls_talk *talk, struct net_certificate *ret);

#endif
