/* store/secret.c: passwords at rest, AES-256-GCM, and the file that the key is in.
 *
 * A sealed text is a random nonce of 12 bytes, the ciphertext, and a tag of 16 bytes; the id of its
 * row is authenticated with it. Random nonces of that size are good for 2^32 seals under one key
 * (NIST SP 800-38D 8.3), which is a hundred edits of each of 40 million lines. The key itself is
 * wiped once the two contexts have it. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/own.h"

#define NONCE_BYTES 12
#define TAG_BYTES   16
static_assert(NONCE_BYTES + TAG_BYTES == STORE_SEAL_EXTRA, "what a seal adds");

int store_secret_init(struct store_secret *secret, const uint8_t key[STORE_KEY_BYTES])
{
	secret->seal = EVP_CIPHER_CTX_new();
	secret->open = EVP_CIPHER_CTX_new();
	if (secret->seal && secret->open &&
	    EVP_EncryptInit_ex(secret->seal, EVP_aes_256_gcm(), NULL, key, NULL) == 1 &&
	    EVP_DecryptInit_ex(secret->open, EVP_aes_256_gcm(), NULL, key, NULL) == 1)
		return 0;
	store_secret_done(secret);
	return -ENOMEM;
}

void store_secret_done(struct store_secret *secret)
{
	EVP_CIPHER_CTX_free(secret->seal);
	EVP_CIPHER_CTX_free(secret->open);
	*secret = (struct store_secret){ NULL, NULL };
}

static void id_bytes(int64_t id, uint8_t bytes[8])
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
}

int store_secret_seal(struct store_secret *secret, int64_t id, const void *plain, size_t n,
                      uint8_t *ret_sealed)
{
	uint8_t *ciphertext = ret_sealed + NONCE_BYTES, row[8];
	int written;

	id_bytes(id, row);
	if (RAND_bytes(ret_sealed, NONCE_BYTES) != 1 ||
	    EVP_EncryptInit_ex(secret->seal, NULL, NULL, NULL, ret_sealed) != 1 ||
	    EVP_EncryptUpdate(secret->seal, NULL, &written, row, sizeof(row)) != 1 ||
	    EVP_EncryptUpdate(secret->seal, ciphertext, &written, plain, (int)n) != 1 ||
	    EVP_EncryptFinal_ex(secret->seal, ciphertext + n, &written) != 1 ||
	    EVP_CIPHER_CTX_ctrl(secret->seal, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, ciphertext + n) !=
	            1)
		return -EIO;
	return 0;
}

int store_secret_open(struct store_secret *secret, int64_t id, const void *sealed, size_t n,
                      void *ret_plain, size_t *ret_n)
{
	const uint8_t *nonce = sealed, *ciphertext = nonce + NONCE_BYTES;
	uint8_t row[8], tag[TAG_BYTES], *plain = ret_plain;
	int written;

	if (n < STORE_SEAL_EXTRA)
		return -EBADMSG;
	n -= STORE_SEAL_EXTRA;
	memcpy(tag, ciphertext + n, sizeof(tag));
	id_bytes(id, row);
	if (EVP_DecryptInit_ex(secret->open, NULL, NULL, NULL, nonce) != 1 ||
	    EVP_DecryptUpdate(secret->open, NULL, &written, row, sizeof(row)) != 1 ||
	    EVP_DecryptUpdate(secret->open, plain, &written, ciphertext, (int)n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(secret->open, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1 ||
	    EVP_DecryptFinal_ex(secret->open, plain + n, &written) != 1) {
		OPENSSL_cleanse(ret_plain, n);
		return -EBADMSG;
	}
	*ret_n = n;
	return 0;
}

/* A file of ours is for us alone. One of another owner was handed to us: a systemd credential is
 * root's, and the mask of the access list that lets us read it shows as the group's bits. */
static bool open_to_others(const struct stat *about)
{
	return about->st_mode & 07 || (about->st_mode & 070 && about->st_uid == geteuid());
}

static int read_key(struct store *store, const char *path, uint8_t ret_key[STORE_KEY_BYTES])
{
	uint8_t bytes[STORE_KEY_BYTES + 1]; /* one more, to see that there is no more */
	struct stat about;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return store_say(store, -EACCES, "the key %s cannot be read: %s", path,
		                 strerrordesc_np(errno));
	ssize_t n = fstat(fd, &about) == 0 ? read(fd, bytes, sizeof(bytes)) : -1;
	close(fd);
	if (n >= 0 && open_to_others(&about))
		n = store_say(store, -EACCES,
		              "the key %s can be read by others: chmod 600, if nobody has", path);
	else if (n != STORE_KEY_BYTES)
		n = store_say(store, -EACCES, "the key %s is not a file of %d bytes", path,
		              STORE_KEY_BYTES);
	else
		memcpy(ret_key, bytes, STORE_KEY_BYTES);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return n == STORE_KEY_BYTES ? 0 : (int)n;
}

static int write_new(const char *path, const uint8_t key[STORE_KEY_BYTES])
{
	int err = 0, fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, key, STORE_KEY_BYTES);
	if (n != STORE_KEY_BYTES)
		err = n < 0 ? -errno : -ENOSPC;
	if (!err && fsync(fd) != 0)
		err = -errno;
	close(fd);
	return err;
}

/* Under its name it appears whole, or not at all, and never in place of another. */
static int make_key(struct store *store, const char *path, uint8_t ret_key[STORE_KEY_BYTES])
{
	char new_path[STORE_TEXT_MAX + 8];
	int err = -EIO;

	if ((size_t)snprintf(new_path, sizeof(new_path), "%s.new", path) >= sizeof(new_path))
		return store_say(store, -EINVAL, "the path of the key is too long");
	if (RAND_bytes(ret_key, STORE_KEY_BYTES) == 1) {
		unlink(new_path); /* of a process that was killed here; the lock is ours */
		err = write_new(new_path, ret_key);
		if (!err && link(new_path, path) != 0)
			err = -errno;
		unlink(new_path);
	}
	if (err)
		store_say(store, err, "the key %s cannot be made: %s", path, strerrordesc_np(-err));
	return err;
}

int store_secret_read(struct store *store, const char *path, enum store_key make,
                      uint8_t ret_key[STORE_KEY_BYTES])
{
	int err = read_key(store, path, ret_key);

	if (err != -ENOENT)
		return err;
	if (make == STORE_KEY_MAKE)
		return make_key(store, path, ret_key);
	return store_say(store, -EACCES,
	                 "the key %s is missing: without it the passwords of %s are lost", path,
	                 store->path);
}
