/* net/issue.c: making and signing certificates, see issue.h. */
#include "net/issue.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define SERIAL_BITS 127 /* RFC 5280 4.1.2.2: at most 20 octets */

static char *text_of(BIO *bio)
{
	char *bytes, *text;
	long n = BIO_get_mem_data(bio, &bytes);

	text = n > 0 ? malloc((size_t)n + 1) : NULL;
	if (!text)
		return NULL;
	memcpy(text, bytes, (size_t)n);
	text[n] = '\0';
	return text;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = extension && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool set_serial(X509 *cert)
{
	BIGNUM *serial = BN_new();
	bool ok = serial &&
	          BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
	          BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));

	BN_free(serial);
	return ok;
}

static bool fill_in(X509 *cert, const struct net_issue *what, X509 *signer, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(cert);
	bool authority = !what->signer;

	return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
	       ASN1_TIME_set(X509_getm_notBefore(cert), what->from_s) &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), what->until_s) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	                                  (const unsigned char *)what->common_name, -1, -1,
	                                  0) == 1 &&
	       X509_set_issuer_name(cert, signer ? X509_get_subject_name(signer) : name) == 1 &&
	       X509_set_pubkey(cert, key) == 1 &&
	       add_extension(cert, signer ? signer : cert, NID_basic_constraints,
	                     authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	       add_extension(cert, signer ? signer : cert, NID_subject_key_identifier, "hash") &&
	       (!what->names ||
	        add_extension(cert, signer ? signer : cert, NID_subject_alt_name, what->names));
}

static bool write_out(X509 *cert, EVP_PKEY *key, struct net_issued *ret_issued)
{
	BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_secmem());
	struct net_issued issued = { 0 };
	bool ok = cert_bio && key_bio && PEM_write_bio_X509(cert_bio, cert) == 1 &&
	          PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	          (issued.cert = text_of(cert_bio)) && (issued.key = text_of(key_bio));

	BIO_free(cert_bio);
	BIO_free(key_bio);
	if (ok)
		*ret_issued = issued;
	else
		net_issued_done(&issued);
	return ok;
}

static X509 *cert_of(const struct net_issued *issued)
{
	BIO *bio = BIO_new_mem_buf(issued->cert, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

static EVP_PKEY *key_of(const struct net_issued *issued)
{
	BIO *bio = BIO_new_mem_buf(issued->key, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return key;
}

int net_issue(const struct net_issue *what, struct net_issued *ret_issued)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *signing = key;
	X509 *cert = X509_new(), *signer = NULL;
	int r = key && cert ? 0 : -ENOMEM;

	if (r == 0 && what->signer) {
		signer = cert_of(what->signer);
		signing = key_of(what->signer);
		r = signer && signing ? 0 : -EINVAL;
	}
	if (r == 0 &&
	    (!fill_in(cert, what, signer, key) || !X509_sign(cert, signing, EVP_sha256()) ||
	     !write_out(cert, key, ret_issued)))
		r = -EINVAL;
	if (signing != key)
		EVP_PKEY_free(signing);
	EVP_PKEY_free(key);
	X509_free(signer);
	X509_free(cert);
	ERR_clear_error();
	return r;
}

void net_issued_done(struct net_issued *issued)
{
	if (issued->key)
		OPENSSL_cleanse(issued->key, strlen(issued->key));
	free(issued->cert);
	free(issued->key);
	*issued = (struct net_issued){ 0 };
}
