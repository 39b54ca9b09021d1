/* line/names.c: where a server is, as DNS says: looked up when a line needs it and the last word
 * has run out. */
#include <errno.h>
#include <stdlib.h>

#include "line/part.h"
#include "line/race.h"

#define LOOK_LEAST_MS 60000
#define LOOK_MOST_MS \
	300000 /* DNS's word may last longer, which costs no question; but /etc/resolv.conf may \
	          name other name servers by then */
#define OTHERS_MS    1000 /* where it does: within this */
#define WRITTEN_MS   5000 /* after a change of the network it is looked at again */
#define LAST_TTL_S   30   /* how long what use_last() says is used before DNS is asked again */
#define MOVES_MAX    2
#define MOVE_FILL_MS 1800000

static void tell_stale(struct line_env *env, const struct server *server)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, server->names.stale ? "no name server answers: the addresses of "
	                                   : "a name server answers again for ");
	buf_str(&text, server->next_hop.host);
	buf_str(&text, server->names.stale ? " that were given last are used" : "");
	server_note(env, server->names.stale ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, &text);
}

static void tell_last(struct line_env *env, const struct server *server)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "no name server says where ");
	buf_str(&text, server->next_hop.host);
	buf_str(&text, " is: the address that answered last is used, ");
	net_addr_show(&server->answered.last.addr, &text);
	server_note(env, LOG_LEVEL_WARN, &text);
}

/* ---- transport: auto */

static void tell_withdrawn(struct line_env *env, const struct server *server,
                           enum dns_transport now)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, server->next_hop.host);
	buf_str(&text, " offers ");
	buf_str(&text, dns_transport_text(server->answered.over));
	buf_str(&text, " no longer, DNS says: ");
	buf_str(&text, dns_transport_text(now));
	buf_str(&text, " is used (transport: auto)");
	server_note(env, LOG_LEVEL_WARN, &text);
}

static void tell_unsure(struct line_env *env, const struct server *server, enum dns_transport now)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "the name server does not say which transports ");
	buf_str(&text, server->next_hop.host);
	buf_str(&text, " offers: ");
	buf_str(&text, dns_transport_text(now));
	buf_str(&text, " is used until it does (transport: auto)");
	server_note(env, LOG_LEVEL_WARN, &text);
}

/* service: the SRV records that were asked for in vain; "": one of NAPTR's. */
static void tell_withheld(struct line_env *env, const struct server *server, const char *service)
{
	char memory[768];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "the name server does not say whether ");
	buf_str(&text, server->next_hop.host);
	buf_str(&text, server->answered.ever ? " still offers " : " offers better than plain SIP");
	if (server->answered.ever)
		buf_str(&text, dns_transport_text(server->answered.over));
	if (service[0]) {
		buf_str(&text, " (");
		buf_show(&text, slice_str(service));
		buf_char(&text, ')');
	}
	buf_str(&text, ": nothing weaker is used on a guess (transport: auto)");
	server_note(env, LOG_LEVEL_WARN, &text);
}

static enum server_services services_of(const struct server *server,
                                        const struct dns_answer *answer)
{
	if (!answer->count)
		return answer->service[0] && (answer->result == DNS_SILENT ||
		                              answer->result == DNS_FAILED)
		               ? SERVER_SERVICES_WITHHELD
		               : server->names.services;
	if (!answer->unsure)
		return SERVER_SERVICES_KNOWN;
	if (server->answered.ever && answer->targets[0].transport < server->answered.over)
		return SERVER_SERVICES_WITHHELD;
	return answer->targets[0].transport < DNS_TLS ? SERVER_SERVICES_UNSURE
	                                              : SERVER_SERVICES_KNOWN;
}

/* Whether the answer may be used. What a server was reached over is exchanged for less only where
 * DNS says that it is gone, which a failure does not. */
static bool mind_services(struct line_env *env, struct server *server,
                          const struct dns_answer *answer)
{
	enum server_services services = services_of(server, answer),
			     before = server->names.services;

	if (server->next_hop.transport != DNS_AUTO)
		return true;
	server->names.services = services;
	if (services == SERVER_SERVICES_WITHHELD && before != services)
		tell_withheld(env, server, answer->service);
	if (services == SERVER_SERVICES_WITHHELD)
		return false;
	if (services == SERVER_SERVICES_UNSURE && before != services)
		tell_unsure(env, server, answer->targets[0].transport);
	if (services == SERVER_SERVICES_KNOWN && answer->count && server->answered.ever &&
	    answer->targets[0].transport < server->answered.over) {
		tell_withdrawn(env, server, answer->targets[0].transport);
		server->answered.over = answer->targets[0].transport;
	}
	return true;
}

/* ---- the look-up */

static void tell_moved(struct line_env *env, const struct server *server)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, server->next_hop.host);
	buf_str(&text,
	        server->moves.told
	                ? " is at other addresses each time it is looked up: lines stay where "
	                  "they are until their refresh"
	                : " is at another address now, DNS says: its lines register there");
	server_note(env, server->moves.told ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, &text);
}

static void fill_moves(struct server *server, uint64_t now_ms)
{
	if (!server->moves.counted_at_ms) {
		server->moves.left = MOVES_MAX;
		server->moves.counted_at_ms = now_ms;
	}
	while (server->moves.left < MOVES_MAX &&
	       now_ms - server->moves.counted_at_ms >= MOVE_FILL_MS) {
		server->moves.left++;
		server->moves.counted_at_ms += MOVE_FILL_MS;
	}
	if (server->moves.left == MOVES_MAX)
		server->moves.counted_at_ms = now_ms;
}

/* What bindings may be at has gone from DNS. They are looked through from the timer: whoever calls
 * this may be in the middle of a line's event. */
static void follow(struct line_env *env, struct server *server)
{
	uint64_t now_ms = net_now_ms(env->net);
	bool was_restless = server->moves.told;

	/* Whose REGISTER is still on its way to there is found as it is granted. */
	if (!server->bound)
		server->moves.left_behind = false;
	if (!server->moves.left_behind)
		return;
	fill_moves(server, now_ms);
	server->moves.told = !server->moves.left;
	if (!server->moves.told || !was_restless)
		tell_moved(env, server);
	if (server->moves.told)
		return;
	server->moves.left--;
	server->moves.left_behind = false;
	server->moves.due = true;
	server_renew_soon(env, server);
}

bool server_left(const struct line_env *env, const struct server *server, const struct line *line)
{
	const struct net_addr *bound = &line_ways_at(&env->ways, line->bound)->addr;

	/* Where a redirect led is not the name's to say. */
	if (!bound->any.sa_family || line->bound_uri)
		return false;
	for (unsigned i = 0; i < server->names.target_count; i++)
		if (server->names.targets[i].transport == line->bound_transport &&
		    net_addr_equal(&server->names.targets[i].addr, bound))
			return false;
	return server->names.target_count > 0;
}

/* Not all servers, and not all shards of one, at the same time. */
static uint64_t spread(const struct line_env *env, const struct server *server, uint64_t most_ms)
{
	return hash_pair(&env->branch_key, server->number, net_now_ms(env->net)) % most_ms;
}

/* An address stays one. */
static void arm(struct line_env *env, struct server *server, uint32_t ttl_s)
{
	uint64_t now_ms = net_now_ms(env->net), wait_ms = ttl_s * UINT64_C(1000);
	struct net_addr literal;

	if (net_addr_parse(slice_str(server->next_hop.host), 0, &literal) == 0)
		return;
	if (wait_ms < LOOK_LEAST_MS)
		wait_ms = LOOK_LEAST_MS;
	if (wait_ms > LOOK_MOST_MS)
		wait_ms = LOOK_MOST_MS;
	wait_ms += spread(env, server, wait_ms / 10);
	server->names.look_at_ms = now_ms + wait_ms;
	line_env_arm(env, env->names, server->number, server->names.look_at_ms);
}

/* DNS fails, and its last word is not known, as at a start: where the server answered last, in this
 * process or the one before, while DNS listed it, no longer ago than DNS's last word would serve.
 * False: nowhere, or too long ago. */
static bool use_last(struct line_env *env, struct server *server, struct dns_target *ret_target,
                     struct dns_answer *answer)
{
	const struct server_last *last = &server->answered.last;
	int64_t ago_ms = net_wall_ms(env->net) - last->at_ms;

	if ((answer->result != DNS_SILENT && answer->result != DNS_FAILED) ||
	    !last->addr.any.sa_family || ago_ms < 0 || ago_ms >= SERVER_LAST_MS)
		return false;
	*ret_target = (struct dns_target){ .addr = last->addr,
		                           .transport = last->transport,
		                           .host = server->next_hop.host };
	*answer = (struct dns_answer){ .result = DNS_FOUND,
		                       .targets = ret_target,
		                       .count = 1,
		                       .service = "",
		                       .ttl_s = LAST_TTL_S,
		                       .stale = true };
	if (!server->names.stale)
		tell_last(env, server);
	server->names.stale = true;
	return true;
}

static void take(struct line_env *env, struct server *server, const struct dns_answer *answer)
{
	if (answer->count && !answer->stale && server_loses_target(server, answer))
		server->moves.left_behind = true;
	server_take_targets(env, server, answer);
	server->names.until_ms = net_now_ms(env->net) + answer->ttl_s * UINT64_C(1000);
	if (answer->count && server->names.stale != answer->stale) {
		server->names.stale = answer->stale;
		tell_stale(env, server);
	}
	if (answer->count && !answer->stale)
		follow(env, server);
}

/* The waiters stay in their queue until their turn: what one sets off may take another out. Whoever
 * comes meanwhile waits for what follows. */
static void wake(struct line_env *env, struct server *server, enum dns_result result)
{
	for (uint32_t n = server->names.waiting.count; n && server->names.waiting.head; n--)
		line_attempt_located(env, server_dequeue(&server->names.waiting), result);
}

/* RFC 8305 3: enough to begin with. Nothing has gone, and nothing has failed, before the whole
 * answer says so. */
static void found_part(struct line_env *env, struct server *server, const struct dns_answer *answer)
{
	if (!mind_services(env, server, answer))
		return;
	server->names.in_part = true;
	server_take_targets(env, server, answer);
	server->names.until_ms = net_now_ms(env->net) + answer->ttl_s * UINT64_C(1000);
	wake(env, server, answer->result);
}

static void found_all(struct line_env *env, struct server *server, const struct dns_answer *answer)
{
	bool was_in_part = server->names.in_part;
	struct dns_answer used = *answer;
	struct dns_target target;

	server->names.query = NULL;
	server->names.in_part = false;
	if (!mind_services(env, server, answer) && answer->count)
		used = (struct dns_answer){ .result = DNS_FAILED, .service = answer->service };
	if (server->names.waiting.head && !used.count)
		(void)use_last(env, server, &target, &used);
	arm(env, server, used.ttl_s);
	/* Where no line waits for it a failure is no news: what is known is still there. */
	if (used.count || server->names.waiting.head)
		take(env, server, &used);
	if (was_in_part)
		race_addrs_came(server);
	wake(env, server, used.result);
}

static void found(void *ctx, const struct dns_answer *answer)
{
	struct server *server = ctx;

	if (answer->more)
		found_part(server->names.env, server, answer);
	else
		found_all(server->names.env, server, answer);
}

static int look_up(struct line_env *env, struct server *server)
{
	struct dns_where where = { .host = slice_str(server->next_hop.host),
		                   .port = server->next_hop.port,
		                   .transport = server->next_hop.transport,
		                   .srv = server->next_hop.srv,
		                   .usable = LINE_TRANSPORTS,
		                   .over = server->way.interface,
		                   /* A second flow is for an address that the first one's is not:
		                    * it chooses among all (RFC 5626 4.2). */
		                   .in_parts = !server->outbound.beside };

	if (!server->names.targets)
		server->names.targets = calloc(DNS_TARGETS_MAX, sizeof(*server->names.targets));
	if (!server->names.targets)
		return -ENOMEM;
	server->names.env = env;
	server->names.dns_epoch = dns_epoch(env->dns);
	return dns_locate(env->dns, &where, found, server, &server->names.query);
}

void server_name_due(struct line_env *env, struct server *server)
{
	bool asks_others = dns_epoch(env->dns) != server->names.dns_epoch;

	/* Whoever has no binding looks for itself when its turn comes. */
	if (!server->bound || server->names.query)
		return;
	if (!asks_others && net_now_ms(env->net) < server->names.look_at_ms)
		line_env_arm(env, env->names, server->number, server->names.look_at_ms);
	else if (look_up(env, server) < 0)
		arm(env, server, 0);
}

/* A DHCP client or a VPN changes addresses and routes first, and writes resolv.conf behind that. */
void server_name_servers_changed(struct line_env *env, struct server *server)
{
	bool asks_others = dns_epoch(env->dns) != server->names.dns_epoch;
	uint64_t wait_ms = asks_others ? spread(env, server, OTHERS_MS)
	                               : WRITTEN_MS + spread(env, server, 500);
	uint64_t at_ms = net_now_ms(env->net) + wait_ms;

	if (server->bound && !server->names.query && server->names.look_at_ms > at_ms)
		line_env_arm(env, env->names, server->number, at_ms);
}

enum server_targets server_locate(struct line_env *env, struct server *server, int *ret_error)
{
	int r;

	if (server->names.target_count && net_now_ms(env->net) < server->names.until_ms)
		return SERVER_FRESH;
	if (server->names.query)
		return SERVER_ASKING;
	r = look_up(env, server);
	if (r < 0) {
		*ret_error = r;
		return SERVER_FAILED;
	}
	return SERVER_ASKING;
}
