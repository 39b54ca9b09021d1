/* cli/place.c: the state folder, found or made. */
#include "cli/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static int say_long(const struct cli_args *args)
{
	return cli_usage_error(args, "the path of the state folder is longer than %d bytes",
	                       PLACE_PATH_MAX - 16);
}

/* What stands in the folder, and its name. */
static int fill(const struct cli_args *args, struct place *place)
{
	const struct {
		char *path;
		const char *name;
	} rows[] = {
		{ place->store, "lineup.db" },
		{ place->key, "key" },
		{ place->socket, "socket" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf path = buf_over(rows[i].path, PLACE_PATH_MAX);

		buf_str(&path, place->folder);
		buf_char(&path, '/');
		buf_str(&path, rows[i].name);
		if (buf_end(&path))
			return say_long(args);
	}
	return CLI_OK;
}

static int take(const struct cli_args *args, struct slice folder, const char *behind,
                struct place *place)
{
	struct buf path = buf_over(place->folder, sizeof(place->folder));

	buf_put(&path, folder);
	buf_str(&path, behind);
	return buf_end(&path) ? say_long(args) : fill(args, place);
}

int place_at(const struct cli_args *args, const char *folder, struct place *ret_place)
{
	return take(args, slice_str(folder), "", ret_place);
}

static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

/* *ret_own: neither the person nor the environment named it. */
static int choose(const struct cli_args *args, struct place *place, bool *ret_own)
{
	const char *given = cli_value(args, "state"), *systemd = getenv("STATE_DIRECTORY");
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	*ret_own = false;
	if (given && !*given)
		return cli_usage_error(args, "--state is empty");
	if (given)
		return take(args, slice_str(given), "", place);
	/* It may hold several, with colons between; the first one is ours. */
	if (is_absolute(systemd))
		return take(args, slice_of(systemd, strcspn(systemd, ":")), "", place);
	*ret_own = true;
	/* A relative one is to be ignored, says the XDG's paper. */
	if (is_absolute(xdg))
		return take(args, slice_str(xdg), "/lineup", place);
	if (is_absolute(home))
		return take(args, slice_str(home), "/.local/state/lineup", place);
	return cli_usage_error(args, "there is no HOME to keep the state in: name a folder with "
	                             "--state");
}

/* Like mkdir -p; what is there already is left as it is. */
static int make_folders(const char *folder)
{
	char path[PLACE_PATH_MAX];
	size_t n = strlen(folder);

	memcpy(path, folder, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		path[i] = folder[i];
	}
	return 0;
}

/* A key that the service manager hands over (systemd.exec(5), LoadCredential) is never on the disk
 * beside what it opens. */
static int take_credential(const struct cli_args *args, struct place *place)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char memory[PLACE_PATH_MAX];
	struct buf path = buf_over(memory, sizeof(memory));

	if (!is_absolute(folder))
		return CLI_OK;
	buf_str(&path, folder);
	buf_str(&path, "/" PLACE_CREDENTIAL);
	if (buf_end(&path))
		return cli_fail(args, "the path in CREDENTIALS_DIRECTORY is longer than %d bytes",
		                PLACE_PATH_MAX - 16);
	if (access(memory, F_OK) == 0)
		memcpy(place->key, memory, path.n + 1);
	return CLI_OK;
}

int place_make(const struct cli_args *args, struct place *ret_place)
{
	char memory[PLACE_PATH_MAX];
	struct stat about;
	bool own;
	int err = choose(args, ret_place, &own);

	if (!err)
		err = take_credential(args, ret_place);
	if (err)
		return err;
	const char *shown = cli_shown(ret_place->folder, memory, sizeof(memory));

	err = make_folders(ret_place->folder);
	if (!err && stat(ret_place->folder, &about) < 0)
		err = -errno;
	if (err)
		return cli_fail(args, "cannot make the state folder %s: %s", shown, strerror(-err));
	if (!S_ISDIR(about.st_mode))
		return cli_fail(args, "%s is no folder, so the state cannot be kept in it", shown);
	if (about.st_mode & 077)
		return cli_fail(args,
		                "the state folder %s is open to other users; close it (chmod 700), "
		                "or choose another one with --state",
		                shown);
	return CLI_OK;
}

int place_find(const struct cli_args *args, struct place *ret_place)
{
	struct place system;
	bool own;
	int err = choose(args, ret_place, &own);

	if (err || !own || access(ret_place->socket, F_OK) == 0)
		return err;
	err = take(args, SLICE(PLACE_SYSTEM), "", &system);
	if (!err && access(system.socket, F_OK) == 0)
		*ret_place = system;
	return err;
}
