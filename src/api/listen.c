/* api/listen.c: the sockets that are listened at, and who is at the other end of a connection. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/own.h"
#include "base/num.h"

#define BACKLOG 128

/* "HOST:PORT" or "[V6]:PORT", HOST being an address or "localhost". */
static int parse(const char *text, struct net_addr *ret_addr)
{
	struct slice all = slice_str(text), host;
	uint32_t port;

	if (api_target_host(all, &host) < 0 || host.n + 1 >= all.n ||
	    num_u32(slice_from(all, host.n + 1), UINT16_MAX, &port) < 0)
		return -EINVAL;
	if (slice_equal_nocase(host, SLICE("localhost")))
		host = SLICE("127.0.0.1");
	return net_addr_parse(host, (uint16_t)port, ret_addr);
}

bool api_is_address(const char *text)
{
	struct net_addr addr;

	return parse(text, &addr) == 0;
}

static int say(char *reterr, size_t cap, const char *where, int err)
{
	if (err == -EADDRINUSE)
		snprintf(reterr, cap, "%s is in use by another program; choose another address",
		         where);
	else
		snprintf(reterr, cap, "cannot listen at %s: %s", where, strerror(-err));
	return err;
}

static int open_tcp(const struct net_addr *addr, int *ret_fd, struct net_addr *ret_bound)
{
	const int on = 1;
	socklen_t n = sizeof(*ret_bound);
	int fd = socket(addr->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	/* A restart need not wait for what the kernel remembers of old connections. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &addr->any, net_addr_len(addr)) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, &ret_bound->any, &n) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int api_listen_tcp(const char *address, int *ret_fd, char ret_bound[NET_ADDR_TEXT_MAX],
                   char *reterr, size_t cap)
{
	struct net_addr addr, bound = { 0 };
	struct buf text = buf_over(ret_bound, NET_ADDR_TEXT_MAX);
	int err = parse(address, &addr);

	if (err) {
		snprintf(reterr, cap,
		         "\"%.100s\" is no address to listen at; it looks like 127.0.0.1:8080",
		         address);
		return err;
	}
	err = open_tcp(&addr, ret_fd, &bound);
	if (err)
		return say(reterr, cap, address, err);
	net_addr_show(&bound, &text);
	buf_end(&text);
	return 0;
}

static int open_unix(const char *path, const struct sockaddr_un *addr, int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	/* What an earlier process left; the store's lock says that there is no other one. Nobody
	 * can connect before listen(), so that the mode holds from the first connection on. */
	unlink(path);
	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 || chmod(path, 0600) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int api_listen_unix(const char *path, int *ret_fd, char *reterr, size_t cap)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int err;

	if (n >= sizeof(addr.sun_path)) {
		snprintf(reterr, cap, "the path of the socket is longer than %zu bytes: %.200s",
		         sizeof(addr.sun_path) - 1, path);
		return -EINVAL;
	}
	memcpy(addr.sun_path, path, n + 1);
	err = open_unix(path, &addr, ret_fd);
	return err ? say(reterr, cap, path, err) : 0;
}

static void show_host(const struct sockaddr *sa, char ret_text[NET_ADDR_TEXT_MAX])
{
	struct buf text = buf_over(ret_text, NET_ADDR_TEXT_MAX);
	struct net_addr addr;

	if (net_addr_from(sa, &addr) == 0)
		net_addr_show_host(&addr, &text);
	buf_end(&text);
}

int api_listen_peer(int fd, char ret_peer[NET_ADDR_TEXT_MAX], char ret_here[NET_ADDR_TEXT_MAX])
{
	struct sockaddr_storage peer, here;
	socklen_t peer_n = sizeof(peer), here_n = sizeof(here);

	if (getpeername(fd, (struct sockaddr *)&peer, &peer_n) < 0 ||
	    getsockname(fd, (struct sockaddr *)&here, &here_n) < 0)
		return -errno;
	show_host((const struct sockaddr *)&peer, ret_peer);
	show_host((const struct sockaddr *)&here, ret_here);
	return 0;
}

int api_listen_uid(int fd, uid_t *ret_uid)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return -errno;
	*ret_uid = peer.uid;
	return 0;
}
