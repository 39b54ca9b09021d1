/* line/targets.c: which of a server's addresses is tried, and in which order. What an attempt meets
 * there is known to all lines of the server, so that a dead address costs one time-out, not one
 * each.
 *
 * Of those that are not passed over the one with the best priority is taken, among equals the one
 * that answered last, else in the order of dns/. One that failed is passed over for a while; then
 * one line that holds a binding, and so can afford it, finds out whether it is back, while the
 * others still stay away. When it is answered they follow at their next refresh, which is spread
 * over time as it is. So there is no storm in either direction. */
#include <errno.h>

#include "line/flow.h"
#include "line/part.h"

#define DEAD_MS      60000  /* how long a target is passed over at first; doubled ... */
#define DEAD_MOST_MS 600000 /* ... to this */
#define PROBE_MS     40000  /* a time-out takes 32 s */

static bool is_usable(const struct line_target *target)
{
	return LINE_TRANSPORTS & 1u << target->transport;
}

static bool is_passed_over(const struct line_attempt *attempt, const struct line_target *target,
                           uint64_t now_ms)
{
	return target->dead_ms && (now_ms < target->dead_until_ms || attempt->has_probed ||
	                           !reg_bound(&attempt->line->reg));
}

static struct line_target *find(const struct server *server, const struct line_target *target)
{
	for (unsigned i = 0; i < server->names.target_count; i++)
		if (server->names.targets[i].transport == target->transport &&
		    net_addr_equal(&server->names.targets[i].addr, &target->addr))
			return &server->names.targets[i];
	return NULL;
}

/* Where the other flow goes: what answered there last. Before anything has, the second one keeps
 * off what the first one will try. Where both have come to be at one address (the others were dead)
 * the second one leaves, and the first one stays. NULL: there is nothing to keep off. */
static const struct line_target *used_beside(const struct server *server)
{
	const struct server *other =
		server->outbound.beside ? server->outbound.beside : server->outbound.second;
	const struct line_target *used = NULL, *ours;

	for (unsigned i = 0; other && i < other->names.target_count; i++) {
		const struct line_target *target = &other->names.targets[i];

		if (!is_usable(target) || (!target->good && !server->outbound.beside))
			continue;
		if (!used || target->good || target->priority < used->priority)
			used = target;
		if (target->good)
			break;
	}
	ours = used && !server->outbound.beside ? find(server, used) : NULL;
	return ours && ours->good ? NULL : used;
}

/* RFC 5626 4.2: a flow goes last to where the other one is. */
static uint32_t priority_of(const struct line_target *target, const struct line_target *beside)
{
	bool same = beside && beside->transport == target->transport &&
	            net_addr_equal(&beside->addr, &target->addr);

	return same ? UINT32_MAX : target->priority;
}

/* Of two that are both passed over, or both not. */
static bool goes_before(const struct line_target *a, const struct line_target *b,
                        const struct line_target *beside, bool passed_over)
{
	uint32_t of_a = priority_of(a, beside), of_b = priority_of(b, beside);

	if (passed_over)
		return a->dead_until_ms < b->dead_until_ms;
	if (of_a != of_b)
		return of_a < of_b;
	return a->good && !b->good;
}

/* After another look-up the numbers mean something else; the last one is known by its address. */
static bool was_tried(const struct line_attempt *attempt, unsigned number)
{
	const struct server *server = attempt->line->server;

	if (attempt->targets_epoch == server->names.epoch)
		return attempt->tried >> number & 1;
	return attempt->tried &&
	       net_addr_equal(&server->names.targets[number].addr, &attempt->target.addr);
}

int server_next_target(const struct line_attempt *attempt, uint64_t now_ms)
{
	const struct server *server = attempt->line->server;
	const struct line_target *beside = used_beside(server);
	bool best_over = false;
	int best = -ENOENT;

	for (unsigned i = 0; i < server->names.target_count; i++) {
		const struct line_target *target = &server->names.targets[i];
		bool over = is_passed_over(attempt, target, now_ms);

		if (!is_usable(target) || was_tried(attempt, i))
			continue;
		if (best < 0 || over < best_over ||
		    (over == best_over &&
		     goes_before(target, &server->names.targets[best], beside, over))) {
			best = (int)i;
			best_over = over;
		}
	}
	/* Where a live one was tried the dead ones are not worth a time-out each. */
	return best_over && attempt->met_live ? -ENOENT : best;
}

/* The way out is asked for once in a while, for all lines. */
static int find_way(struct line_env *env, struct server *server, struct line_target *target)
{
	uint64_t now_ms = net_now_ms(env->net);
	struct line_target way;
	int r;

	if (target->sent_by[0] && now_ms < target->way_until_ms)
		return 0;
	target->sent_by[0] = '\0';
	r = line_target_from(env, server, &target->addr, target->transport, &way);
	if (r < 0) {
		target->has_way = false;
		return r;
	}
	target->source = way.source;
	memcpy(target->sent_by, way.sent_by, sizeof(target->sent_by));
	target->way_until_ms = now_ms + LINE_TARGETS_MS;
	return 0;
}

int server_aim(struct line_env *env, struct line_attempt *attempt, unsigned number)
{
	struct server *server = attempt->line->server;
	struct line_target *target = &server->names.targets[number];
	uint64_t now_ms = net_now_ms(env->net);
	int r;

	if (attempt->targets_epoch != server->names.epoch)
		attempt->tried = 0;
	attempt->targets_epoch = server->names.epoch;
	attempt->tried = (uint16_t)(attempt->tried | 1u << number);
	r = find_way(env, server, target);
	if (r < 0)
		return r;
	if (!target->dead_ms) {
		attempt->met_live = true;
	} else if (now_ms >= target->dead_until_ms) {
		target->probed = true; /* this line looks for all, at one target an attempt */
		attempt->has_probed = true;
		target->dead_until_ms = now_ms + PROBE_MS;
	}
	attempt->target = *target;
	attempt->target.contact = *server_contact_addr(server, target);
	return 0;
}

/* ---- what was met there */

/* RFC 8305 chooses among the addresses of one host. Which host it is is SRV's to say: the backup's
 * addresses never race against the preferred one's. Nor does where the other flow is (RFC 5626
 * 4.2). Dead ones have their chance where nothing better is left. */
static bool may_race(const struct line_attempt *attempt, const struct line_target *first,
                     const struct line_target *beside, unsigned number)
{
	const struct line_target *other = &attempt->line->server->names.targets[number];

	return !was_tried(attempt, number) && other != first && other->host == first->host &&
	       (!other->dead_ms || first->dead_ms) && other->transport == first->transport &&
	       net_addr_port(&other->addr) == net_addr_port(&first->addr) &&
	       priority_of(other, beside) != UINT32_MAX;
}

/* Takes out of *left, bits of the server's targets, the first one of another family than last is
 * of; where there is none the first one. */
static const struct line_target *take_in_turn(const struct server *server, uint16_t *left,
                                              const struct line_target *last)
{
	unsigned number = server->names.target_count;

	for (unsigned i = server->names.target_count; i-- > 0;) {
		sa_family_t family = server->names.targets[i].addr.any.sa_family;
		bool other = family != last->addr.any.sa_family;

		if (*left >> i & 1 && (number == server->names.target_count || other ||
		                       server->names.targets[number].addr.any.sa_family == family))
			number = i;
	}
	*left = (uint16_t)(*left & ~(1u << number));
	return &server->names.targets[number];
}

unsigned server_other_addrs(const struct line_attempt *attempt,
                            struct net_addr ret_addrs[DNS_TARGETS_MAX])
{
	const struct server *server = attempt->line->server;
	const struct line_target *last =
		attempt->target_count ? find(server, &attempt->target) : NULL;
	const struct line_target *beside = used_beside(server);
	uint16_t left = 0;
	unsigned count = 0;

	for (unsigned i = 0; last && i < server->names.target_count; i++)
		if (may_race(attempt, last, beside, i))
			left = (uint16_t)(left | 1u << i);
	while (left) {
		last = take_in_turn(server, &left, last);
		ret_addrs[count++] = last->addr;
	}
	return count;
}

static struct line_target *find_addr(const struct server *server, const struct net_addr *addr,
                                     enum dns_transport transport)
{
	return find(server, &(struct line_target){ .addr = *addr, .transport = transport });
}

/* Its bit in attempt->tried; 0: it is none of the server's targets any more. */
static uint16_t bit_of(const struct line_attempt *attempt, const struct net_addr *addr)
{
	const struct server *server = attempt->line->server;
	const struct line_target *known = find_addr(server, addr, attempt->target.transport);

	if (!known || attempt->targets_epoch != server->names.epoch)
		return 0;
	return (uint16_t)(1u << (known - server->names.targets));
}

void server_count_tried(struct line_attempt *attempt, const struct net_addr *addr)
{
	attempt->tried |= bit_of(attempt, addr);
}

void server_uncount_tried(struct line_attempt *attempt)
{
	attempt->tried = (uint16_t)(attempt->tried & ~bit_of(attempt, &attempt->target.addr));
}

void server_recount_tried(struct line_attempt *attempt)
{
	attempt->targets_epoch = attempt->line->server->names.epoch;
	attempt->tried = bit_of(attempt, &attempt->target.addr);
}

bool server_addr_may_serve(const struct server *server, const struct net_addr *addr,
                           enum dns_transport transport)
{
	const struct line_target *known = find_addr(server, addr, transport);

	return known && !known->dead_ms;
}

void server_target_answered(struct server *server, const struct line_target *target,
                            int64_t wall_ms)
{
	struct line_target *known = find(server, target);

	if (!known)
		return;
	server->answered.ever = true;
	server->answered.over = target->transport;
	/* What DNS does not vouch for now serves no longer for that. */
	if (!server->names.stale)
		server->answered.last = (struct server_last){ .addr = target->addr,
			                                      .transport = target->transport,
			                                      .at_ms = wall_ms };
	if (known->good && !known->dead_ms)
		return;
	for (unsigned i = 0; i < server->names.target_count; i++)
		server->names.targets[i].good = false;
	known->good = true;
	known->probed = false;
	known->dead_ms = 0;
	known->dead_until_ms = 0;
}

bool server_target_failed(struct server *server, const struct line_target *target,
                          uint32_t retry_after_s, uint64_t now_ms)
{
	struct line_target *known = find(server, target);
	uint64_t span_ms = retry_after_s * UINT64_C(1000);
	bool is_news;

	if (!known)
		return false;
	is_news = !known->dead_ms || known->probed;
	/* Others that were under way when the first one failed say nothing new. */
	if (!known->dead_ms)
		known->dead_ms = DEAD_MS;
	else if (known->probed)
		known->dead_ms =
			2 * known->dead_ms < DEAD_MOST_MS ? 2 * known->dead_ms : DEAD_MOST_MS;
	known->good = false;
	known->probed = false;
	if (span_ms < known->dead_ms)
		span_ms = known->dead_ms;
	known->dead_until_ms = now_ms + span_ms;
	return is_news;
}

void server_tell_left(struct line_env *env, const struct server *server,
                      const struct line_target *target, enum reg_local local)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!log_wants(&env->log, LOG_LEVEL_INFO))
		return;
	buf_str(&text, dns_transport_text(target->transport));
	buf_str(&text, FLOW_SAYS_TO);
	buf_str(&text, server->host);
	buf_str(&text, " (");
	net_addr_show(&target->addr, &text);
	buf_str(&text, FLOW_SAYS_WHY);
	buf_str(&text, reg_local_text(local));
	buf_str(&text, FLOW_SAYS_NEXT);
	server_note(env, LOG_LEVEL_INFO, &text);
}

void server_addr_failed(struct server *server, const struct net_addr *addr,
                        enum dns_transport transport, uint64_t now_ms)
{
	struct line_target *known = find_addr(server, addr, transport);

	if (!known)
		return;
	/* Whoever asked there had waited until its time was over. */
	known->probed = known->probed || (known->dead_ms && now_ms >= known->dead_until_ms);
	server_target_failed(server, known, 0, now_ms);
}

void server_way_lost(struct server *server, const struct line_target *target)
{
	struct line_target *known = find(server, target);

	if (known)
		known->has_way = false;
}

/* ---- from DNS */

/* A host may have more than one SRV record. */
static uint8_t host_of(const struct dns_answer *answer, unsigned number)
{
	const struct dns_target *target = &answer->targets[number];
	uint8_t i = 0;

	while (answer->targets[i].priority != target->priority ||
	       !slice_equal_nocase(slice_str(answer->targets[i].host), slice_str(target->host)))
		i++;
	return i;
}

static void look_out(struct line_env *env, const struct server *server, struct line_target *target)
{
	target->has_way =
		net_way_for(env->net, server->way.interface, &target->addr, &target->way) == 0;
}

bool server_ways_changed(struct line_env *env, struct server *server)
{
	bool changed = false;

	for (unsigned i = 0; i < server->names.target_count; i++) {
		struct line_target *target = &server->names.targets[i];
		const struct line_target before = *target;

		look_out(env, server, target);
		/* One that is gone leads nowhere that was not tried. */
		changed |= target->has_way &&
		           (!before.has_way || !net_way_equal(&target->way, &before.way));
	}
	return changed;
}

static bool lists(const struct dns_answer *answer, const struct line_target *old)
{
	for (unsigned i = 0; i < answer->count; i++)
		if (answer->targets[i].transport == old->transport &&
		    net_addr_equal(&answer->targets[i].addr, &old->addr))
			return true;
	return false;
}

bool server_loses_target(const struct server *server, const struct dns_answer *answer)
{
	for (unsigned i = 0; i < server->names.target_count; i++)
		if (!lists(answer, &server->names.targets[i]))
			return true;
	return false;
}

/* What a part of an answer does not list may only be late, and bindings may be there: it is the
 * server's until the whole answer is in, the last to be tried, and races against nothing. */
static unsigned keep_unlisted(struct server *server, const struct dns_answer *answer,
                              struct line_target *fresh)
{
	unsigned count = answer->count;

	for (unsigned i = 0; i < server->names.target_count && count < DNS_TARGETS_MAX; i++) {
		if (lists(answer, &server->names.targets[i]))
			continue;
		/* Which transport it is has been said, and a lesser one is not gone back to. */
		if (server->names.targets[i].transport != answer->targets[0].transport) {
			server->moves.left_behind = true;
			continue;
		}
		fresh[count] = server->names.targets[i];
		fresh[count].priority = UINT16_MAX;
		fresh[count].host = (uint8_t)count;
		count++;
	}
	return count;
}

/* Who waits for the rest of what DNS says has been at some of them: their numbers change. */
static void renumber_tried(const struct line_env *env, const struct server *server,
                           const struct line_target *fresh, unsigned count)
{
	for (const struct line *line = server->names.waiting.head; line; line = line->queue_next) {
		struct line_attempt *attempt = line_attempt_of(env, line);
		uint16_t tried = 0;

		if (!attempt->tried || attempt->targets_epoch != server->names.epoch)
			continue;
		for (unsigned i = 0; i < count; i++) {
			const struct line_target *known = find(server, &fresh[i]);

			if (known && was_tried(attempt, (unsigned)(known - server->names.targets)))
				tried = (uint16_t)(tried | 1u << i);
		}
		attempt->tried = tried;
		attempt->targets_epoch++;
	}
}

void server_take_targets(struct line_env *env, struct server *server,
                         const struct dns_answer *answer)
{
	struct line_target fresh[DNS_TARGETS_MAX] = { 0 };
	unsigned count = answer->count;

	for (unsigned i = 0; i < answer->count; i++) {
		const struct line_target *known;

		fresh[i] = (struct line_target){ .addr = answer->targets[i].addr,
			                         .transport = answer->targets[i].transport,
			                         .priority = answer->targets[i].priority,
			                         .host = host_of(answer, i) };
		known = find(server, &fresh[i]);
		if (!known) {
			look_out(env, server, &fresh[i]);
			continue;
		}
		fresh[i].has_way = known->has_way;
		fresh[i].way = known->way;
		fresh[i].good = known->good;
		fresh[i].probed = known->probed;
		fresh[i].dead_ms = known->dead_ms;
		fresh[i].dead_until_ms = known->dead_until_ms;
	}
	if (answer->more)
		count = keep_unlisted(server, answer, fresh);
	renumber_tried(env, server, fresh, count);
	if (count)
		memcpy(server->names.targets, fresh, count * sizeof(*fresh));
	server->names.target_count = count;
	server->names.epoch++;
}
