/* net/frames.c: from the bytes of a stream to messages and pings, see frames.h.
 *
 * What was read into the place that all share and is not whole is copied to memory of the
 * connection's own, and goes back in front of what is read next. A long one stays where it is: its
 * memory grows to what the longest message may have and no further. All of it is given back
 * whenever nothing is left over: a connection at rest costs none. A CRLF at the very end of what
 * has come is a pong; where another one follows at once it was the first half of a ping, which is
 * then answered as well. */
#include "net/frames.h"

#include <errno.h>
#include <stdlib.h>

#include "net/stream.h"
#include "sip/frame.h"

#define FRAMES_MAX (NET_STREAM_HEADERS_MAX + NET_STREAM_BODY_MAX + NET_FRAMES_ROOM)

size_t net_frames_room(struct net_frames *frames, char **ret_place)
{
	if (frames->at) {
		frames->n -= frames->at;
		memmove(frames->bytes, frames->bytes + frames->at, frames->n);
		frames->at = 0;
	}
	if (frames->cap - frames->n < NET_FRAMES_ROOM) {
		size_t cap = frames->cap ? frames->cap * 2 : NET_FRAMES_ROOM * 2;
		char *more;

		if (cap < frames->n + NET_FRAMES_ROOM)
			cap = frames->n + NET_FRAMES_ROOM;
		if (cap > FRAMES_MAX)
			cap = FRAMES_MAX;
		if (cap - frames->n < NET_FRAMES_ROOM)
			return 0;
		more = realloc(frames->bytes, cap);
		if (!more)
			return 0;
		frames->bytes = more;
		frames->cap = cap;
	}
	*ret_place = frames->bytes + frames->n;
	return frames->cap - frames->n;
}

void net_frames_add(struct net_frames *frames, size_t n)
{
	frames->n += n;
}

static void give_back(struct net_frames *frames)
{
	if (!frames->lent)
		free(frames->bytes);
	frames->bytes = NULL;
	frames->at = frames->n = frames->cap = 0;
	frames->lent = false;
}

size_t net_frames_lend(struct net_frames *frames, char *place, size_t cap, char **ret_place)
{
	size_t left = frames->n - frames->at;

	if (left > NET_FRAMES_ROOM)
		return net_frames_room(frames, ret_place);
	if (left)
		memcpy(place, frames->bytes + frames->at, left);
	give_back(frames);
	frames->bytes = place;
	frames->n = left;
	frames->cap = cap;
	frames->lent = true;
	*ret_place = place + left;
	return cap - left;
}

int net_frames_keep(struct net_frames *frames)
{
	size_t left = frames->n - frames->at;
	char *own;

	if (!frames->lent)
		return 0;
	own = left ? malloc(left) : NULL;
	if (own)
		memcpy(own, frames->bytes + frames->at, left);
	give_back(frames);
	if (!own)
		return left ? -ENOMEM : 0;
	frames->bytes = own;
	frames->n = frames->cap = left;
	return 0;
}

enum net_frame net_frames_take(struct net_frames *frames, struct slice *ret_message)
{
	struct slice stream = slice_of(frames->bytes + frames->at, frames->n - frames->at);
	enum sip_frame kind;
	bool half = frames->half;
	size_t n;

	if (stream.n == 0) {
		give_back(frames);
		return NET_FRAME_NONE;
	}
	switch (sip_frame(stream, true, NET_STREAM_HEADERS_MAX, NET_STREAM_BODY_MAX,
	                  &frames->scanned, &kind, &n)) {
	case PARSE_PARTIAL:
		return NET_FRAME_NONE;
	case PARSE_BAD:
		return NET_FRAME_BAD;
	case PARSE_OK:
		break;
	}
	frames->at += n;
	frames->scanned = 0;
	frames->half = kind == SIP_FRAME_PONG && !half;
	switch (kind) {
	case SIP_FRAME_MESSAGE:
		*ret_message = slice_of(stream.p, n);
		return NET_FRAME_MESSAGE;
	case SIP_FRAME_PING:
		return NET_FRAME_PING;
	case SIP_FRAME_PONG:
		return half ? NET_FRAME_PING : NET_FRAME_PONG;
	}
	return NET_FRAME_BAD;
}

bool net_frames_partial(const struct net_frames *frames)
{
	return frames->at < frames->n;
}

void net_frames_done(struct net_frames *frames)
{
	give_back(frames);
	*frames = (struct net_frames){ 0 };
}
