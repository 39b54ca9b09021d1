/* net/frames.h: the bytes of a stream that are not a whole message yet, and what is whole in them.
 * For the files of net/, and for the other bodies of net/stream.h in test/sim. */
#ifndef LINEUP_NET_FRAMES_H
#define LINEUP_NET_FRAMES_H

#include <stdbool.h>

#include "base/slice.h"

#define NET_FRAMES_ROOM 4096 /* bytes that are asked of the other side at once, at least */

/* All zeros: empty. At rest it holds no memory. */
struct net_frames {
	char *bytes;
	size_t at, n, cap; /* what is not handed out yet: bytes[at] up to bytes[n] */
	size_t scanned;
	bool half; /* what was handed out last was a CRLF that may be half of a ping */
	bool lent; /* bytes is the place that net_frames_lend() was given */
};

/* Room for more bytes at the end: at least NET_FRAMES_ROOM. Returns how many, 0 where there is no
 * memory. net_frames_add() says how many of them are there. */
size_t net_frames_room(struct net_frames *frames, char **ret_place);
void net_frames_add(struct net_frames *frames, size_t n);

/* The same in a place of cap bytes that all connections of a thread share, 2 * NET_FRAMES_ROOM at
 * least, so that most of what comes is neither copied nor given memory of its own. Where more than
 * NET_FRAMES_ROOM bytes are left over from before it is as net_frames_room(). Until
 * net_frames_keep() the place is nobody else's. */
size_t net_frames_lend(struct net_frames *frames, char *place, size_t cap, char **ret_place);

/* Moves what is left over to memory of its own. Returns 0, or -ENOMEM: it is lost. */
int net_frames_keep(struct net_frames *frames);

enum net_frame {
	NET_FRAME_NONE, /* wait for more */
	NET_FRAME_MESSAGE,
	NET_FRAME_PING, /* to be answered with a CRLF */
	NET_FRAME_PONG,
	NET_FRAME_BAD, /* close the connection */
};

/* Takes the next frame off the front. A message lasts until the next call for these frames. */
enum net_frame net_frames_take(struct net_frames *frames, struct slice *ret_message);

/* Whether part of a message waits for the rest. */
bool net_frames_partial(const struct net_frames *frames);

void net_frames_done(struct net_frames *frames);

#endif
