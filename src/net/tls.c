/* net/tls.c: certificates and keys, what is held against the other side's, and what OpenSSL says
 * when it will not. The bytes go through net/stream.c.
 *
 * Names are checked by RFC 5922 rather than as a browser does: a "sip:" URI in the subjectAltName
 * first, then a DNS name, without wildcards, and the common name only where the certificate has no
 * subjectAltName at all. */
#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "net/own_tls.h"

#define SECURITY_LEVEL 2 /* SSL_CTX_set_security_level(3) */
#define CHAIN_MAX      8 /* certificates of a chain, ours included */

struct net_tls {
	SSL_CTX *ctx;
	bool server;
	enum net_tls_least least;
	char *ca, *cert, *key; /* paths, for net_tls_reload() */
	struct net_tls_seen {
		struct stat ca, cert, key;
	} seen; /* the files, just before they were read; zeros: not there */
};

/* ---- making */

static SSL_CTX *ctx_new(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	SSL_CTX_set_verify_depth(ctx, CHAIN_MAX);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                              SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ctx;
}

/* Whether that is what OpenSSL complained of, among others. */
static bool lacks_memory(void)
{
	unsigned long code;
	bool lacks = false;

	while ((code = ERR_get_error()))
		lacks = lacks || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return lacks;
}

/* The first thing that OpenSSL complained of, for a person. */
static int put_complaint(struct buf *reterr, const char *what, const char *path)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);

	buf_str(reterr, what);
	buf_str(reterr, " ");
	buf_show(reterr, slice_str(path));
	buf_str(reterr, ": ");
	if (ERR_SYSTEM_ERROR(code))
		buf_str(reterr, strerror(ERR_GET_REASON(code)));
	else if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE)
		buf_str(reterr, "it has no PEM text of this kind in it");
	else if (ERR_GET_LIB(code) == ERR_LIB_OSSL_DECODER &&
	         ERR_GET_REASON(code) == ERR_R_UNSUPPORTED)
		buf_str(reterr, "it holds no private key");
	else if (ERR_GET_LIB(code) == ERR_LIB_X509 &&
	         (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
	          ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH))
		buf_str(reterr, "it does not belong to the certificate");
	else if (ERR_GET_REASON(code) == PEM_R_BAD_PASSWORD_READ &&
	         ERR_GET_LIB(code) == ERR_LIB_PEM)
		buf_str(reterr, "it has a pass phrase, which nobody is there to type");
	else
		buf_str(reterr, reason ? reason : "it cannot be used");
	return lacks_memory() ? -ENOMEM : -EINVAL;
}

static int load_own(SSL_CTX *ctx, const struct net_tls *tls, struct buf *reterr)
{
	if (!tls->cert)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(ctx, tls->cert) != 1)
		return put_complaint(reterr, "the TLS certificate", tls->cert);
	if (SSL_CTX_use_PrivateKey_file(ctx, tls->key, SSL_FILETYPE_PEM) != 1)
		return put_complaint(reterr, "the TLS key", tls->key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return put_complaint(reterr, "the TLS key", tls->key);
	return 0;
}

/* Nobody is there to type the pass phrase of a key: OpenSSL would ask the terminal. */
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type */
static int no_pass_phrase(char *text, int cap, int writing, void *ctx)
{
	(void)text;
	(void)cap;
	(void)writing;
	(void)ctx;
	return -1;
}

/* ---- what was revoked */

static bool has_list(SSL_CTX *ctx)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx));

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++)
		if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL)
			return true;
	return false;
}

/* A handshake that fails for the certificate leaves none to be asked for. */
static int keep_refused(X509_STORE_CTX *verify)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(verify, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct net_tls_talk *talk = SSL_get_app_data(ssl);
	X509 *cert = X509_STORE_CTX_get0_cert(verify);

	if (!talk->refused && X509_up_ref(cert) == 1)
		talk->refused = cert;
	return 0;
}

/* An authority without a list, or with one that should have been renewed, vouches all the same:
 * what nobody keeps up must not take down every line. What a list names is revoked, however old it
 * is. */
static int on_verify(int good, X509_STORE_CTX *verify)
{
	switch (X509_STORE_CTX_get_error(verify)) {
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
		X509_STORE_CTX_set_error(verify, X509_V_OK);
		return 1;
	default:
		return good ? good : keep_refused(verify);
	}
}

static int client_ctx(const struct net_tls *tls, SSL_CTX **ret_ctx, struct buf *reterr)
{
	SSL_CTX *ctx = ctx_new(TLS_client_method());
	int r;

	if (!ctx)
		return -ENOMEM;
	ERR_clear_error();
	if (tls->least == NET_TLS_1_3)
		SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	SSL_CTX_set_default_passwd_cb(ctx, no_pass_phrase);
	/* What a person put into the file is trusted, an authority of authorities or not. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
	if (!tls->ca)
		SSL_CTX_set_default_verify_paths(ctx);
	else if (SSL_CTX_load_verify_locations(ctx, tls->ca, NULL) != 1) {
		r = put_complaint(reterr, "the TLS authorities", tls->ca);
		goto out;
	}
	if (has_list(ctx))
		X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_CRL_CHECK);
	r = load_own(ctx, tls, reterr);
	if (r < 0)
		goto out;
	*ret_ctx = ctx;
	return 0;
out:
	SSL_CTX_free(ctx);
	return r;
}

static struct stat look_at(const char *path)
{
	struct stat seen = { 0 };

	if (!path || stat(path, &seen) != 0)
		seen = (struct stat){ 0 };
	return seen;
}

static struct net_tls_seen look(const struct net_tls *tls)
{
	return (struct net_tls_seen){ .ca = look_at(tls->ca),
		                      .cert = look_at(tls->cert),
		                      .key = look_at(tls->key) };
}

/* The time of the last change of whatever kind: who may read it is one, too. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool net_tls_is_stale(const struct net_tls *tls)
{
	struct net_tls_seen now = look(tls);

	return !is_same(&now.ca, &tls->seen.ca) || !is_same(&now.cert, &tls->seen.cert) ||
	       !is_same(&now.key, &tls->seen.key);
}

static int copy_path(const char *path, char **ret_copy)
{
	*ret_copy = path ? strdup(path) : NULL;
	return path && !*ret_copy ? -ENOMEM : 0;
}

enum net_tls_least net_tls_least_of(const char *word)
{
	return word && strcmp(word, "1.3") == 0 ? NET_TLS_1_3 : NET_TLS_1_2;
}

int net_tls_new(const struct net_tls_files *files, struct net_tls **ret_tls, struct buf *reterr)
{
	struct net_tls *tls;
	int r;

	if (!files->cert != !files->key) {
		buf_str(reterr, "a TLS certificate needs its key, and the key its certificate");
		return -EINVAL;
	}
	tls = calloc(1, sizeof(*tls));
	if (!tls)
		return -ENOMEM;
	tls->least = files->least;
	r = copy_path(files->ca, &tls->ca);
	if (r == 0)
		r = copy_path(files->cert, &tls->cert);
	if (r == 0)
		r = copy_path(files->key, &tls->key);
	if (r == 0) {
		tls->seen = look(tls);
		r = client_ctx(tls, &tls->ctx, reterr);
	}
	if (r < 0) {
		net_tls_free(tls);
		return r;
	}
	*ret_tls = tls;
	return 0;
}

int net_tls_reload(struct net_tls *tls, struct buf *reterr)
{
	SSL_CTX *ctx = NULL;
	int r;

	if (tls->server)
		return 0;
	/* Files that do not fit are looked at again only when they have changed. */
	tls->seen = look(tls);
	r = client_ctx(tls, &ctx, reterr);
	if (r < 0)
		return r;
	SSL_CTX_free(tls->ctx);
	tls->ctx = ctx;
	return 0;
}

void net_tls_free(struct net_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls->ca);
	free(tls->cert);
	free(tls->key);
	free(tls);
}

/* ---- who listens */

static BIO *bio_over(struct slice text)
{
	return BIO_new_mem_buf(text.p, (int)text.n);
}

static bool take_chain(SSL_CTX *ctx, BIO *bio)
{
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL);
	bool ok = cert && SSL_CTX_use_certificate(ctx, cert) == 1;

	X509_free(cert);
	while (ok && (cert = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL))) {
		ok = SSL_CTX_add1_chain_cert(ctx, cert) == 1;
		X509_free(cert);
	}
	return ok;
}

static bool take_key(SSL_CTX *ctx, BIO *bio)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
	bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;

	EVP_PKEY_free(key);
	return ok && SSL_CTX_check_private_key(ctx) == 1;
}

static bool take_client_ca(SSL_CTX *ctx, BIO *bio)
{
	X509 *ca = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL);
	bool ok = ca && X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca) == 1 &&
	          SSL_CTX_add_client_CA(ctx, ca) == 1;

	X509_free(ca);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return ok;
}

static bool take_text(SSL_CTX *ctx, struct slice text, bool (*take)(SSL_CTX *ctx, BIO *bio))
{
	BIO *bio = bio_over(text);
	bool ok = bio && take(ctx, bio);

	BIO_free(bio);
	ERR_clear_error();
	return ok;
}

int net_tls_new_server(struct slice cert, struct slice key, struct slice client_ca,
                       struct net_tls **ret_tls)
{
	struct net_tls *tls;

	if (cert.n > NET_TLS_FILE_MAX || key.n > NET_TLS_FILE_MAX || client_ca.n > NET_TLS_FILE_MAX)
		return -EINVAL;
	tls = calloc(1, sizeof(*tls));
	if (!tls)
		return -ENOMEM;
	tls->server = true;
	tls->ctx = ctx_new(TLS_server_method());
	if (!tls->ctx) {
		net_tls_free(tls);
		return -ENOMEM;
	}
	if (!take_text(tls->ctx, cert, take_chain) || !take_text(tls->ctx, key, take_key) ||
	    (slice_present(client_ca) && !take_text(tls->ctx, client_ca, take_client_ca))) {
		net_tls_free(tls);
		return -EINVAL;
	}
	*ret_tls = tls;
	return 0;
}

/* ---- a session */

static bool is_address(const char *name)
{
	struct net_addr addr;

	return net_addr_parse(slice_str(name), 0, &addr) == 0;
}

int net_tls_session(struct net_tls *tls, struct net_tls_talk *talk, const char *name, SSL **ret_ssl)
{
	SSL *ssl = SSL_new(tls->ctx);

	if (!ssl || net_tls_attach(ssl, talk) < 0) {
		SSL_free(ssl);
		ERR_clear_error();
		return -ENOMEM;
	}
	if (tls->server) {
		SSL_set_accept_state(ssl);
	} else {
		SSL_set_connect_state(ssl);
		/* RFC 6066 3: names only, no addresses. */
		if (!is_address(name) && SSL_set_tlsext_host_name(ssl, name) != 1) {
			SSL_free(ssl);
			ERR_clear_error();
			return strlen(name) > TLSEXT_MAXLEN_host_name ? -EINVAL : -ENOMEM;
		}
	}
	*ret_ssl = ssl;
	return 0;
}

/* ---- the name */

/* RFC 5922 7.1: "sip:pbx.example", without a user. Parameters and a port name the same domain. */
static bool uri_names(const ASN1_STRING *uri, const char *name, bool *ret_is_sip)
{
	struct slice text =
		slice_of((const char *)ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
	size_t n = 0;

	*ret_is_sip = text.n > 4 && slice_equal_nocase(slice_of(text.p, 4), SLICE("sip:")) &&
	              !memchr(text.p, '@', text.n);
	if (!*ret_is_sip)
		return false;
	text = slice_from(text, 4);
	while (n < text.n && text.p[n] != ';' && text.p[n] != ':' && text.p[n] != '?')
		n++;
	return slice_equal_nocase(slice_of(text.p, n), slice_str(name));
}

static bool has_name(X509 *cert, const char *name)
{
	const unsigned flags = X509_CHECK_FLAG_NO_WILDCARDS;
	GENERAL_NAMES *alts;
	bool any_sip = false, found = false, bare;
	char plain[64];

	if (is_address(name)) {
		size_t n = strlen(name);

		/* An IPv6 address may stand in brackets. */
		if (*name == '[' && n - 2 < sizeof(plain)) {
			memcpy(plain, name + 1, n - 2);
			plain[n - 2] = '\0';
			name = plain;
		}
		return X509_check_ip_asc(cert, name, 0) == 1;
	}
	alts = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bare = !alts;
	for (int i = 0; alts && i < sk_GENERAL_NAME_num(alts); i++) {
		const GENERAL_NAME *alt = sk_GENERAL_NAME_value(alts, i);
		bool is_sip = false;

		if (alt->type == GEN_URI)
			found |= uri_names(alt->d.uniformResourceIdentifier, name, &is_sip);
		any_sip |= is_sip;
	}
	GENERAL_NAMES_free(alts);
	if (any_sip)
		return found;
	return X509_check_host(cert, name, 0,
	                       flags | (bare ? 0 : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT), NULL) == 1;
}

static enum net_end end_of_verify(long result)
{
	switch (result) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return NET_END_TLS_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return NET_END_TLS_NOT_YET;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return NET_END_TLS_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return NET_END_TLS_UNKNOWN_CA;
	case X509_V_ERR_CERT_REVOKED:
		return NET_END_TLS_REVOKED;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return NET_END_TLS_WEAK;
	default:
		return NET_END_TLS_CERTIFICATE;
	}
}

enum net_end net_tls_verdict(SSL *ssl, const char *name)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	long result = SSL_get_verify_result(ssl);

	if (!cert)
		return NET_END_TLS_FAILED;
	if (result != X509_V_OK)
		return end_of_verify(result);
	return has_name(cert, name) ? NET_END_CLOSED : NET_END_TLS_NAME;
}

/* ---- what went wrong */

/* Which end a reason of the SSL library stands for; alerts are what the other side said. */
static enum net_end end_of_reason(SSL *ssl, int reason)
{
	switch (reason) {
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return end_of_verify(SSL_get_verify_result(ssl));
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
	case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
		return NET_END_TLS_VERSION;
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_RECORD_LENGTH_MISMATCH:
		return NET_END_TLS_NOT_TLS;
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
		return NET_END_TLS_CLIENT;
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
		/* TLS 1.2 has no alert of its own for a certificate that did not come. */
		return !SSL_is_server(ssl) && SSL_get0_peer_CA_list(ssl) ? NET_END_TLS_CLIENT
		                                                         : NET_END_TLS_FAILED;
	case SSL_R_DH_KEY_TOO_SMALL:
	case SSL_R_EE_KEY_TOO_SMALL:
	case SSL_R_CA_KEY_TOO_SMALL:
	case SSL_R_CA_MD_TOO_WEAK:
		return NET_END_TLS_WEAK;
	default:
		return NET_END_TLS_FAILED;
	}
}

/* Of the certificate that we have shown. */
static bool own_has_expired(SSL *ssl)
{
	const X509 *cert = SSL_get_certificate(ssl);

	return cert && X509_cmp_current_time(X509_get0_notAfter(cert)) < 0;
}

enum net_end net_tls_reason(SSL *ssl, int result, int *ret_error)
{
	int error = errno;
	unsigned long code = ERR_peek_error();
	enum net_end end = NET_END_CLOSED;

	*ret_error = 0;
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_SSL:
		end = ERR_GET_LIB(code) == ERR_LIB_SSL ? end_of_reason(ssl, ERR_GET_REASON(code))
		                                       : NET_END_TLS_FAILED;
		if (end == NET_END_TLS_CLIENT && own_has_expired(ssl))
			end = NET_END_TLS_CLIENT_EXPIRED;
		break;
	case SSL_ERROR_SYSCALL:
		if (error) {
			end = NET_END_ERROR;
			*ret_error = error;
		}
		break;
	default: /* SSL_ERROR_ZERO_RETURN: said goodbye, or nothing */
		break;
	}
	ERR_clear_error();
	return end;
}

/* ---- for people */

static void put_name(const X509_NAME *name, char text[NET_TLS_TEXT_MAX])
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_read(bio, text, NET_TLS_TEXT_MAX - 1);
	text[n > 0 ? n : 0] = '\0';
	BIO_free(bio);
}

/* A NUL is no end of a name here, and must not look like one ("pbx.example\0.evil.example"). */
static void put_whole(struct buf *text, struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i])
			buf_char(text, name.p[i]);
		else
			buf_str(text, "\xef\xbf\xbd"); /* U+FFFD */
}

static void put_address(struct buf *text, const ASN1_OCTET_STRING *value)
{
	int n = ASN1_STRING_length(value);
	char address[INET6_ADDRSTRLEN];

	if ((n == 4 || n == 16) &&
	    inet_ntop(n == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value), address,
	              sizeof(address)))
		buf_str(text, address);
	else
		buf_char(text, '?');
}

/* False: it is of a kind that names no server. */
static bool put_alt(struct buf *text, const GENERAL_NAME *alt)
{
	const ASN1_STRING *value = alt->d.ia5;

	if (alt->type != GEN_URI && alt->type != GEN_DNS && alt->type != GEN_IPADD)
		return false;
	if (text->n)
		buf_char(text, ' ');
	if (alt->type == GEN_IPADD)
		put_address(text, alt->d.iPAddress);
	else
		put_whole(text, slice_of((const char *)ASN1_STRING_get0_data(value),
		                         (size_t)ASN1_STRING_length(value)));
	return true;
}

static void put_names(X509 *cert, char memory[NET_TLS_TEXT_MAX])
{
	GENERAL_NAMES *alts = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct buf text = buf_over(memory, NET_TLS_TEXT_MAX);
	size_t whole = 0;

	for (int i = 0; alts && i < sk_GENERAL_NAME_num(alts); i++) {
		if (!put_alt(&text, sk_GENERAL_NAME_value(alts, i)))
			continue;
		if (text.full)
			break;
		whole = text.n;
	}
	memory[whole] = '\0'; /* without a name that did not fit */
	GENERAL_NAMES_free(alts);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	int days = 0, seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);

	if (epoch)
		ASN1_TIME_diff(&days, &seconds, epoch, time);
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + seconds;
}

bool net_tls_certificate(SSL *ssl, const struct net_tls_talk *talk, struct net_certificate *ret)
{
	X509 *cert = talk->refused ? talk->refused : SSL_get0_peer_certificate(ssl);

	if (!cert)
		return false;
	*ret = (struct net_certificate){ 0 };
	snprintf(ret->version, sizeof(ret->version), "%s", SSL_get_version(ssl));
	put_name(X509_get_subject_name(cert), ret->subject);
	put_name(X509_get_issuer_name(cert), ret->issuer);
	put_names(cert, ret->names);
	ret->from_s = seconds_of(X509_get0_notBefore(cert));
	ret->until_s = seconds_of(X509_get0_notAfter(cert));
	return true;
}

int64_t net_tls_until_s(const struct net_tls *tls)
{
	X509 *cert = SSL_CTX_get0_certificate(tls->ctx);

	return cert ? seconds_of(X509_get0_notAfter(cert)) : 0;
}
