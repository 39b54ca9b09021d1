/* practice/ban.h: who has been wrong too often, and gets no answer for a while, as fail2ban and
 * its like do it: by address, whatever the extension and whatever the port. Reads no clock. */
#ifndef LINEUP_PRACTICE_BAN_H
#define LINEUP_PRACTICE_BAN_H

#include "net/addr.h"

#define PRACTICE_BANS_MAX 256 /* addresses that are remembered; then the oldest is forgiven */

struct practice_bans {
	struct practice_ban {
		struct net_addr from;
		uint64_t until_ms; /* then all is forgotten */
		uint32_t failures;
		uint32_t limit;
	} list[PRACTICE_BANS_MAX];
	unsigned count;
};

/* Notes a wrong password. From the limit-th on, the address is banned for seconds; failures count
 * together as long as no more than seconds lie between them. */
void practice_bans_note(struct practice_bans *bans, const struct net_addr *from, uint32_t limit,
                        uint32_t seconds, uint64_t now_ms);

bool practice_bans_hold(const struct practice_bans *bans, const struct net_addr *from,
                        uint64_t now_ms);

#endif
