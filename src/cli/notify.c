/* cli/notify.c: datagrams to the service manager. The library for it would pull in a compressor,
 * a crypto library and the journal; the protocol is these lines. */
#include "cli/notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"

static int connect_to(const char *address, int fd)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = strlen(address);

	memcpy(addr.sun_path, address, n);
	/* A name of the abstract kind begins with a NUL and ends with the length. */
	if (address[0] == '@')
		addr.sun_path[0] = '\0';
	else
		n++;
	if (connect(fd, (const struct sockaddr *)&addr,
	            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return -errno;
	return 0;
}

int notify_open(const char *address, struct notify *ret_notify)
{
	int fd, err;

	*ret_notify = (struct notify){ .fd = -1 };
	if (!address)
		return 0;
	if ((address[0] != '/' && address[0] != '@') || !address[1] ||
	    strlen(address) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -EINVAL;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect_to(address, fd);
	if (err) {
		close(fd);
		return err;
	}
	ret_notify->fd = fd;
	return 0;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

bool notify_wanted(const struct notify *notify)
{
	return notify->fd >= 0;
}

void notify_send(const struct notify *notify, const char *text)
{
	if (notify->fd >= 0)
		(void)!send(notify->fd, text, strlen(text), MSG_NOSIGNAL);
}

uint64_t notify_watchdog_ms(const char *usec, const char *pid, int64_t self)
{
	uint64_t us, whose;

	if (!usec || num_u64(slice_str(usec), UINT64_MAX, &us))
		return 0;
	if (pid && (num_u64(slice_str(pid), INT64_MAX, &whose) || whose != (uint64_t)self))
		return 0;
	return us / 1000 / 2;
}
