/* net/tls.h: what TLS needs beside a connection: authorities, an own certificate, and what became
 * of the other side's. A seam of the tests, as net/net.h is. */
#ifndef LINEUP_NET_TLS_H
#define LINEUP_NET_TLS_H

#include <stdbool.h>

#include "base/buf.h"

#define NET_TLS_TEXT_MAX \
	256 /* bytes of a name that is shown, NUL included; longer ones are cut \
	     */
#define NET_TLS_FILE_MAX  (1 << 20) /* bytes of a file of certificates or of a key */
#define NET_TLS_WARN_DAYS 14        /* before the end of a certificate */

/* Messages of TLS itself (its handshake, tickets, new keys, wishes to begin again) that may come at
 * once, and after how long one of them is forgotten; more closes the connection. A handshake has
 * fewer than ten, and new keys come after hours. */
#define NET_TLS_TALK_MAX 32
#define NET_TLS_TALK_MS  1000

/* Certificates and keys, shared by connections. TLS 1.2 at least, with OpenSSL's security level 2
 * (keys of 2,048 bits, no SHA-1), without renegotiation. */
struct net_tls;

/* Paths of PEM files, NULL for none; and what is spoken. */
struct net_tls_files {
	const char *ca;         /* authorities to trust instead of the system's, and lists of what
	                           they have revoked */
	const char *cert, *key; /* our own certificate with its chain, and its key; both or none */
	enum net_tls_least {
		NET_TLS_1_2,
		NET_TLS_1_3
	} least; /* the lowest version that is spoken */
};

/* Of "1.2" and "1.3"; NET_TLS_1_2 of all else, and of NULL. */
enum net_tls_least net_tls_least_of(const char *word);

/* For connections that we open. The files are read now. Returns 0, -ENOMEM, or -EINVAL where a file
 * cannot be read or does not fit: *reterr (cap 300 bytes are enough) then has a sentence that names
 * the file. */
int net_tls_new(const struct net_tls_files *files, struct net_tls **ret_tls, struct buf *reterr);

/* For connections that come in: certificate with chain and key as PEM texts. client_ca: authorities
 * of which clients must show a certificate, or absent. Returns 0, -ENOMEM, -EINVAL. */
int net_tls_new_server(struct slice cert, struct slice key, struct slice client_ca,
                       struct net_tls **ret_tls);

/* Reads the files of net_tls_new() again. Connections that are open keep what they have; the next
 * ones get the new. On an error all stays as it was. */
int net_tls_reload(struct net_tls *tls, struct buf *reterr);

/* Whether a file of net_tls_new() is another one, or changed, since it was read last. */
bool net_tls_is_stale(const struct net_tls *tls);

void net_tls_free(struct net_tls *tls); /* connections that use it may go on */

/* The end of our own certificate, in seconds since 1970; 0: there is none. */
int64_t net_tls_until_s(const struct net_tls *tls);

/* The certificate that the other side has shown. Texts are cut, never unterminated. */
struct net_certificate {
	char subject[NET_TLS_TEXT_MAX]; /* "CN=pbx.example,O=Example" */
	char issuer[NET_TLS_TEXT_MAX];
	char names[NET_TLS_TEXT_MAX]; /* of the subjectAltName: "pbx.example 192.0.2.1" */
	char version[16];             /* "TLSv1.3" */
	int64_t from_s, until_s;      /* since 1970 */
};

#endif
