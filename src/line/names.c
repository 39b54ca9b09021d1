/* line/names.c: where a server is, as DNS says: looked up when a line needs it and the last word
 * has run out. */
#include <errno.h>
#include <stdlib.h>

#include "line/part.h"

static void note(struct line_env *env, enum log_level level, const struct buf *text)
{
	log_emit(&env->log, &(struct log_event){ .kind = LOG_NOTE,
	                                         .level = level,
	                                         .wall_ms = net_wall_ms(env->net),
	                                         .text = buf_slice(text) });
}

/* Said once for all, by the line that waited first. */
static void tell_stale(struct line_env *env, struct server *server)
{
	if (!server->name.head || server->stale_told == server->stale)
		return;
	server->stale_told = server->stale;
	if (server->stale)
		line_note(env, server->name.head, LOG_LEVEL_WARN,
		          "no name server answers: the addresses that were given last are used");
	else
		line_note(env, server->name.head, LOG_LEVEL_INFO, "a name server answers again");
}

/* ---- transport: auto */

static const char *name_of(enum dns_transport transport)
{
	static const char *const names[] = {
		[DNS_UDP] = "UDP", [DNS_TCP] = "TCP", [DNS_TLS] = "TLS", [DNS_AUTO] = "auto"
	};

	return names[transport];
}

static void tell_withdrawn(struct line_env *env, const struct server *server,
                           enum dns_transport now)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, server->next_hop);
	buf_str(&text, " offers ");
	buf_str(&text, name_of(server->good_over));
	buf_str(&text, " no longer, DNS says: ");
	buf_str(&text, name_of(now));
	buf_str(&text, " is used (transport: auto)");
	note(env, LOG_LEVEL_WARN, &text);
}

static void tell_unsure(struct line_env *env, const struct server *server, enum dns_transport now)
{
	char memory[512];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "the name server does not say which transports ");
	buf_str(&text, server->next_hop);
	buf_str(&text, " offers: ");
	buf_str(&text, name_of(now));
	buf_str(&text, " is used until it does (transport: auto)");
	note(env, LOG_LEVEL_WARN, &text);
}

/* service: the SRV records that were asked for in vain; "": one of NAPTR's. */
static void tell_withheld(struct line_env *env, const struct server *server, const char *service)
{
	char memory[768];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, "the name server does not say whether ");
	buf_str(&text, server->next_hop);
	buf_str(&text, server->was_answered ? " still offers " : " offers better than plain SIP");
	if (server->was_answered)
		buf_str(&text, name_of(server->good_over));
	if (service[0]) {
		buf_str(&text, " (");
		buf_show(&text, slice_str(service));
		buf_char(&text, ')');
	}
	buf_str(&text, ": nothing weaker is used on a guess (transport: auto)");
	note(env, LOG_LEVEL_WARN, &text);
}

static enum server_services services_of(const struct server *server,
                                        const struct dns_answer *answer)
{
	if (!answer->count)
		return answer->service[0] && (answer->result == DNS_SILENT ||
		                              answer->result == DNS_FAILED)
		               ? SERVER_SERVICES_WITHHELD
		               : server->services;
	if (!answer->unsure)
		return SERVER_SERVICES_KNOWN;
	if (server->was_answered && answer->targets[0].transport < server->good_over)
		return SERVER_SERVICES_WITHHELD;
	return answer->targets[0].transport < DNS_TLS ? SERVER_SERVICES_UNSURE
	                                              : SERVER_SERVICES_KNOWN;
}

/* Whether the answer may be used. What a server was reached over is exchanged for less only where
 * DNS says that it is gone, which a failure does not. */
static bool mind_services(struct line_env *env, struct server *server,
                          const struct dns_answer *answer)
{
	enum server_services services = services_of(server, answer), before = server->services;

	if (server->transport != DNS_AUTO)
		return true;
	server->services = services;
	if (services == SERVER_SERVICES_WITHHELD && before != services)
		tell_withheld(env, server, answer->service);
	if (services == SERVER_SERVICES_WITHHELD)
		return false;
	if (services == SERVER_SERVICES_UNSURE && before != services)
		tell_unsure(env, server, answer->targets[0].transport);
	if (services == SERVER_SERVICES_KNOWN && answer->count && server->was_answered &&
	    answer->targets[0].transport < server->good_over) {
		tell_withdrawn(env, server, answer->targets[0].transport);
		server->good_over = answer->targets[0].transport;
	}
	return true;
}

/* ---- the look-up */

static void found(void *ctx, const struct dns_answer *answer)
{
	struct server *server = ctx;
	struct line_env *env = server->env;
	struct dns_answer used = *answer;

	server->query = NULL;
	if (!mind_services(env, server, answer) && answer->count)
		used = (struct dns_answer){ .result = DNS_FAILED, .service = answer->service };
	server_take_targets(env, server, &used);
	server->targets_until_ms = net_now_ms(env->net) + used.ttl_s * UINT64_C(1000);
	server->stale = used.stale;
	if (used.count)
		tell_stale(env, server);
	/* The waiters stay in their queue until their turn: what one sets off may take another out.
	 * Whoever comes meanwhile waits for a look-up of its own. */
	for (uint32_t n = server->name.count; n && server->name.head; n--)
		line_attempt_located(env, server_dequeue(&server->name), used.result);
}

enum server_targets server_locate(struct line_env *env, struct server *server, int *ret_error)
{
	struct dns_where where = { .host = slice_str(server->next_hop),
		                   .port = server->next_hop_port,
		                   .transport = server->transport,
		                   .srv = server->srv,
		                   .usable = LINE_TRANSPORTS,
		                   .over = server->interface };
	int r;

	if (server->target_count && net_now_ms(env->net) < server->targets_until_ms)
		return SERVER_FRESH;
	if (server->query)
		return SERVER_ASKING;
	if (!server->targets) {
		server->targets = calloc(DNS_TARGETS_MAX, sizeof(*server->targets));
		if (!server->targets) {
			*ret_error = -ENOMEM;
			return SERVER_FAILED;
		}
	}
	server->env = env;
	r = dns_locate(env->dns, &where, found, server, &server->query);
	if (r < 0) {
		*ret_error = r;
		return SERVER_FAILED;
	}
	return SERVER_ASKING;
}
