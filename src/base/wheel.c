/* base/wheel.c: four levels of 256 slots, after Varghese and Lauck (1987).
 *
 * A slot of level 0 is 1 ms wide, one of level 3 is 2^24 ms (4.7 hours). A timer sits on the level
 * of the highest byte in which its time differs from now, in the slot that this byte names; when
 * now reaches the beginning of a slot above level 0, its timers move down. So everything on a
 * level is due before anything on the levels above it, and one look at a bitmap finds what comes
 * next, however long the gap.
 *
 * A million timers can be in one such slot. They become a ring of their own, which is moved down in
 * portions; until it is empty now stays at the beginning of that slot, so that all the above holds
 * for whatever is armed or disarmed meanwhile.
 *
 * Slots are rings of 32-bit links through one array: first the heads, then the timers. A timer's
 * ring is left without knowing its slot; only who leaves a ring empty looks at the head, whose
 * place says which bit to clear. */
#include "base/wheel.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define LEVELS     4u
#define SLOTS      256u
#define WORDS      (SLOTS / 64)
#define HEAD_DUE   (LEVELS * SLOTS) /* the ring of what is due already */
#define HEAD_DOWN  (HEAD_DUE + 1)   /* ... and of what is on its way down */
#define HEADS      (HEAD_DOWN + 1)
#define UNLINKED   UINT32_MAX
#define LONGEST_MS UINT32_MAX

struct node {
	uint32_t next, prev; /* indices; next is UNLINKED where the timer is not armed */
	uint32_t due;        /* the low half of its time: now and the range give the rest */
};

static_assert(sizeof(struct node) == 12, "what a timer costs");

struct wheel {
	uint64_t now; /* all that was due by then is in the due ring */
	struct node *nodes;
	uint32_t count; /* timers that have a node */
	uint32_t room;  /* timers that nodes has memory for */
	uint64_t bits[LEVELS][WORDS];
};

static_assert(UNLINKED - HEADS < WHEEL_LATER, "no timer has such a number");

static void ring_clear(struct wheel *wheel, uint32_t head)
{
	wheel->nodes[head].next = head;
	wheel->nodes[head].prev = head;
}

static bool ring_is_empty(const struct wheel *wheel, uint32_t head)
{
	return wheel->nodes[head].next == head;
}

int wheel_new(uint64_t now_ms, struct wheel **ret_wheel)
{
	struct wheel *wheel = calloc(1, sizeof(*wheel));

	if (!wheel)
		return -ENOMEM;
	wheel->now = now_ms;
	wheel->nodes = calloc(HEADS, sizeof(*wheel->nodes));
	if (!wheel->nodes) {
		free(wheel);
		return -ENOMEM;
	}
	for (uint32_t head = 0; head < HEADS; head++)
		ring_clear(wheel, head);
	*ret_wheel = wheel;
	return 0;
}

void wheel_free(struct wheel *wheel)
{
	if (!wheel)
		return;
	free(wheel->nodes);
	free(wheel);
}

int wheel_reserve(struct wheel *wheel, uint32_t count)
{
	if (count > UNLINKED - HEADS)
		return -ENOMEM;
	if (count > wheel->room) {
		/* Half as much again, so that growing one by one stays linear; the room that is
		 * never reserved is never touched, and so costs no memory. */
		uint64_t room = (uint64_t)wheel->room + wheel->room / 2 + 16;
		struct node *nodes;

		if (room < count)
			room = count;
		if (room > UNLINKED - HEADS)
			room = UNLINKED - HEADS;
		nodes = reallocarray(wheel->nodes, HEADS + room, sizeof(*nodes));
		if (!nodes)
			return -ENOMEM;
		wheel->nodes = nodes;
		wheel->room = (uint32_t)room;
	}
	for (; wheel->count < count; wheel->count++)
		wheel->nodes[HEADS + wheel->count] = (struct node){ .next = UNLINKED };
	return 0;
}

static void link_last(struct wheel *wheel, uint32_t head, uint32_t at)
{
	struct node *nodes = wheel->nodes;
	uint32_t last = nodes[head].prev;

	nodes[at].next = head;
	nodes[at].prev = last;
	nodes[last].next = at;
	nodes[head].prev = at;
}

static void unlink_node(struct wheel *wheel, uint32_t at)
{
	struct node *nodes = wheel->nodes;
	uint32_t next = nodes[at].next, prev = nodes[at].prev;

	nodes[prev].next = next;
	nodes[next].prev = prev;
	nodes[at].next = UNLINKED;
	if (next == prev && next < HEAD_DUE)
		wheel->bits[next / SLOTS][next % SLOTS / 64] &= ~(1ULL << (next % 64));
}

/* Puts the node where its time belongs; due_ms is at most LONGEST_MS from now. */
static void place(struct wheel *wheel, uint32_t at, uint64_t due_ms)
{
	uint32_t head = HEAD_DUE;

	wheel->nodes[at].due = (uint32_t)due_ms;
	if (due_ms > wheel->now) {
		/* The topmost level also holds the times that lie in its next turn. */
		unsigned level = (63 - (unsigned)__builtin_clzll(due_ms ^ wheel->now)) / 8;

		if (level > LEVELS - 1)
			level = LEVELS - 1;
		unsigned slot = due_ms >> (8 * level) & (SLOTS - 1);

		head = level * SLOTS + slot;
		wheel->bits[level][slot / 64] |= 1ULL << (slot % 64);
	}
	link_last(wheel, head, at);
}

void wheel_set(struct wheel *wheel, uint32_t number, uint64_t at_ms)
{
	assert(number < wheel->count);
	uint32_t at = HEADS + number;

	if (wheel->nodes[at].next != UNLINKED)
		unlink_node(wheel, at);
	if (at_ms > wheel->now && at_ms - wheel->now > LONGEST_MS)
		at_ms = wheel->now + LONGEST_MS;
	place(wheel, at, at_ms);
}

void wheel_clear(struct wheel *wheel, uint32_t number)
{
	if (wheel_armed(wheel, number))
		unlink_node(wheel, HEADS + number);
}

bool wheel_armed(const struct wheel *wheel, uint32_t number)
{
	return number < wheel->count && wheel->nodes[HEADS + number].next != UNLINKED;
}

/* The first slot from from (at most SLOTS) on that holds a timer, or SLOTS. */
static unsigned first_slot(const uint64_t bits[WORDS], unsigned from)
{
	for (unsigned word = from / 64; word < WORDS; word++) {
		uint64_t left = bits[word];

		if (word == from / 64)
			left &= UINT64_MAX << (from % 64);
		if (left)
			return word * 64 + (unsigned)__builtin_ctzll(left);
	}
	return SLOTS;
}

/* The next slot that holds a timer: when it begins, and its head. False where there is none. */
static bool next_slot(const struct wheel *wheel, uint64_t *ret_begin_ms, uint32_t *ret_head)
{
	for (unsigned level = 0; level < LEVELS; level++) {
		unsigned shift = 8 * level;
		unsigned slot = first_slot(wheel->bits[level], (wheel->now >> shift & 255) + 1);
		uint64_t turn = wheel->now >> shift >> 8;

		if (slot == SLOTS && level == LEVELS - 1) {
			slot = first_slot(wheel->bits[level], 0);
			turn++;
		}
		if (slot == SLOTS)
			continue;
		*ret_begin_ms = (turn * SLOTS + slot) << shift;
		*ret_head = level * SLOTS + slot;
		return true;
	}
	return false;
}

uint64_t wheel_next_ms(const struct wheel *wheel)
{
	uint64_t begin_ms;
	uint32_t head;

	if (!ring_is_empty(wheel, HEAD_DUE) || !ring_is_empty(wheel, HEAD_DOWN))
		return wheel->now;
	return next_slot(wheel, &begin_ms, &head) ? begin_ms : WHEEL_NEVER;
}

/* All timers of a slot that begins now go to the end of another ring. */
static void empty_slot(struct wheel *wheel, uint32_t slot, uint32_t head)
{
	struct node *nodes = wheel->nodes;
	uint32_t first = nodes[slot].next, last = nodes[slot].prev, before = nodes[head].prev;

	nodes[before].next = first;
	nodes[first].prev = before;
	nodes[last].next = head;
	nodes[head].prev = last;
	ring_clear(wheel, slot);
	wheel->bits[slot / SLOTS][slot % SLOTS / 64] &= ~(1ULL << (slot % 64));
}

/* Moves at most most timers of those on their way down to where they belong. Returns how many fewer
 * it were. */
static uint32_t move_down(struct wheel *wheel, uint32_t most)
{
	struct node *nodes = wheel->nodes;
	uint32_t at = nodes[HEAD_DOWN].next;

	for (; most && at != HEAD_DOWN; most--) {
		uint32_t next = nodes[at].next;

		place(wheel, at, wheel->now + (nodes[at].due - (uint32_t)wheel->now));
		at = next;
	}
	nodes[HEAD_DOWN].next = at;
	nodes[at].prev = HEAD_DOWN;
	return most;
}

/* Moves to the due ring all that is due at now_ms, from one slot in use to the next. Returns
 * whether it came to the end; a slot counts as a timer that is moved. */
static bool advance(struct wheel *wheel, uint64_t now_ms)
{
	uint32_t left = WHEEL_PORTION, slot;
	uint64_t begin_ms;

	while ((left = move_down(wheel, left)) && next_slot(wheel, &begin_ms, &slot) &&
	       begin_ms <= now_ms) {
		wheel->now = begin_ms;
		empty_slot(wheel, slot, slot < SLOTS ? HEAD_DUE : HEAD_DOWN);
		left--;
	}
	if (left && now_ms > wheel->now)
		wheel->now = now_ms;
	return left;
}

uint32_t wheel_take(struct wheel *wheel, uint64_t now_ms)
{
	if ((now_ms > wheel->now || !ring_is_empty(wheel, HEAD_DOWN)) && !advance(wheel, now_ms))
		return WHEEL_LATER;

	uint32_t at = wheel->nodes[HEAD_DUE].next;

	if (at == HEAD_DUE)
		return WHEEL_NONE;
	unlink_node(wheel, at);
	return at - HEADS;
}
