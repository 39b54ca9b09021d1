/* fuzz/replay.c: runs a target over its corpus once, without libFuzzer: `replay DIRECTORY...`. Each
 * input stands in memory of exactly its size, so that a sanitizer sees a read too far. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	struct stat st;
	int rc = -EIO;

	if (!file || fstat(fileno(file), &st) != 0)
		goto out;
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	if (!data || fread(data, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
		goto out;
	rc = LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
out:
	if (rc != 0)
		fprintf(stderr, "%s: could not be replayed\n", path);
	free(data);
	if (file)
		fclose(file);
	return rc;
}

static int replay_directory(const char *path, unsigned *count)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char file[PATH_MAX];
	int rc = 0;

	if (!dir) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -errno;
	}
	while (rc == 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		rc = replay_file(file);
		++*count;
	}
	closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++)
		if (replay_directory(argv[i], &count) != 0)
			return EXIT_FAILURE;
	printf("%u inputs replayed\n", count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
