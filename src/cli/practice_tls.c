/* cli/practice_tls.c: `lineup practice --tls`: the listener, and the file that clients get the
 * authority of this run from.
 *
 * --tls-ca is read by every other command: who copies it from there names the authorities that his
 * lines need, and these are not to be written over. What an earlier run has left is. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "cli/practice.h"

static X509 *read_certificate(BIO *bio)
{
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	ERR_clear_error();
	return certificate;
}

static bool same_name(const X509 *a, const X509 *b)
{
	return a && b && X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0;
}

/* Whether a file is what is written here: an authority of the name of ours, and nothing else. */
static bool is_authority(const char *path, off_t size, const char *authority)
{
	BIO *file = BIO_new_file(path, "r"), *text = BIO_new_mem_buf(authority, -1);
	BIO *again = BIO_new(BIO_s_mem());
	X509 *there = read_certificate(file), *ours = read_certificate(text);
	bool is = same_name(there, ours) && again && PEM_write_bio_X509(again, there) == 1 &&
	          BIO_ctrl_pending(again) == (size_t)size;

	X509_free(there);
	X509_free(ours);
	BIO_free(file);
	BIO_free(text);
	BIO_free(again);
	return is;
}

/* Nothing is there, an empty file, or what is written to without an end (a pipe, /dev/stdout). */
static bool may_write(const struct practice_run *run)
{
	struct stat seen;

	return stat(run->ca_file, &seen) != 0 || !S_ISREG(seen.st_mode) || seen.st_size == 0 ||
	       is_authority(run->ca_file, seen.st_size, practice_authority(run->practice));
}

static int write_authority(const struct practice_run *run)
{
	char memory[512];
	const char *path = cli_shown(run->ca_file, memory, sizeof(memory));
	FILE *file;
	bool ok;

	if (!may_write(run))
		return cli_fail(run->args,
		                "%s is there, and is no authority of an earlier run: --tls-ca says "
		                "where to write that of this one, and needs a name of its own",
		                path);
	file = fopen(run->ca_file, "we");
	ok = file && fputs(practice_authority(run->practice), file) >= 0;
	if (file && fclose(file) != 0)
		ok = false;
	return ok ? CLI_OK
	          : cli_fail(run->args, "cannot write the TLS authority to %s: %s", path,
	                     strerror(errno));
}

int practice_tls_open(struct practice_run *run)
{
	int err = practice_open_tls(run->practice, &run->listen_tls);

	if (!err)
		return write_authority(run);
	return err == -ENOMEM ? err
	                      : cli_fail(run->args, "cannot listen for TLS on port %u: %s",
	                                 net_addr_port(&run->listen_tls), strerror(-err));
}
