/* line/inbound.c: what a line has to do with requests that come in: whose they may be, and what is
 * said of them. The answers themselves are answer/'s. */
#include "line/part.h"

bool server_has(const struct server *server, const struct net_addr *addr)
{
	for (unsigned i = 0; i < server->names.target_count; i++)
		if (net_addr_same_host(&server->names.targets[i].addr, addr))
			return true;
	return false;
}

bool line_is_servers(const struct line_env *env, const struct line *line,
                     const struct net_addr *addr)
{
	const struct net_addr *bound = &line_ways_at(&env->ways, line->bound)->addr;

	if (bound->any.sa_family && net_addr_same_host(bound, addr))
		return true;
	return server_has(line->server, addr);
}

static void put_outcome(const struct line *line, uint16_t status, struct buf *out)
{
	switch (status) {
	case 302:
		buf_str(out, "sent on to ");
		buf_str(out, line_calls(line));
		break;
	case 486:
		buf_str(out, "answered as busy");
		break;
	case 480:
		buf_str(out, "turned away: no calls are taken here");
		break;
	case 420:
		buf_str(out, "refused: it requires an extension of SIP");
		break;
	default:
		buf_str(out, "refused");
		break;
	}
}

void line_tell_call(struct line_env *env, const struct line *line, uint16_t status,
                    struct slice caller)
{
	char memory[SERVER_TEXT_MAX + 64];
	struct buf text = buf_over(memory, sizeof(memory));

	if (!log_wants(&env->log, LOG_LEVEL_INFO))
		return;
	put_outcome(line, status, &text);
	log_emit(&env->log, &(struct log_event){
				    .kind = LOG_CALL,
				    .level = LOG_LEVEL_INFO,
				    .wall_ms = net_stamp_ms(env->net),
				    .status = status,
				    .uri = slice_present(caller) ? caller : SLICE("unknown"),
				    .address = slice_str(line_address(line)),
				    .text = buf_slice(&text),
				    .owner = line->owner,
			    });
}
