/* cli/notify.h: what systemd wants to know of a service, by its protocol (sd_notify(3)): lines of
 * NAME=VALUE in a datagram to the socket that the environment names. Without systemd nothing of it
 * happens. */
#ifndef LINEUP_CLI_NOTIFY_H
#define LINEUP_CLI_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* All zeros but fd -1: nobody listens. */
struct notify {
	int fd;
};

/* address is $NOTIFY_SOCKET: a path, or "@name" (a name of the abstract kind); NULL: there is no
 * service manager. Returns 0; -EINVAL: it is no such address, or too long; another negative errno.
 * *ret_notify is set whatever comes back. */
int notify_open(const char *address, struct notify *ret_notify);
void notify_close(struct notify *notify);

bool notify_wanted(const struct notify *notify);

/* Sends "READY=1", or several lines of the kind. What cannot be sent at once is lost: a service
 * manager that stands still shall not hold up the lines. */
void notify_send(const struct notify *notify, const char *text);

/* How often the watchdog is to be fed: half of the time that $WATCHDOG_USEC gives, where
 * $WATCHDOG_PID (it may be missing) means this process; 0: there is none. */
uint64_t notify_watchdog_ms(const char *usec, const char *pid, int64_t self);

#endif
