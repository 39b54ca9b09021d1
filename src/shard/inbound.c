/* shard/inbound.c: requests that come in: which line is meant, whether its server asks, how often.
 *
 * A stranger gets silence: an answer would tell a scanner that somebody is here, and lend our
 * address to who forges another's. Only an address that a line's server has is answered. */
#include "answer/answer.h"
#include "line/flow.h"
#include "shard/own.h"

#define SERVERS_LOOKED_AT 256 /* for a request that names no line of ours */

/* The line that the Request-URI names, at a server that has this address. */
static struct line *line_meant(const struct shard *shard, const struct sip_uri *uri,
                               const struct net_addr *from)
{
	struct line *line;
	uint32_t at = 0;

	if (!slice_present(uri->user))
		return NULL;
	while ((line = shard_users_next(shard, uri->user, &at)))
		if (line_is_servers(&shard->env, line, from))
			return line;
	return NULL;
}

/* Who asks without end shall not take the looks of others. The hash is keyed, so that nobody can
 * choose an address that shares those of a server. */
static struct answer_bucket *looks_of(struct shard *shard, const struct net_addr *from)
{
	const struct hash_key *key = &shard->env.key;
	uint64_t mark = from->any.sa_family == AF_INET
	                        ? hash_bytes(key, &from->v4.sin_addr, sizeof(from->v4.sin_addr))
	                        : hash_bytes(key, &from->v6.sin6_addr, sizeof(from->v6.sin6_addr));

	return &shard->looks[mark % SHARD_LOOKERS];
}

/* A ping may name no extension, or one that was removed a moment ago. Looking for whose it could be
 * takes time, which strangers have no claim to: so many a second. */
static struct server *server_meant(struct shard *shard, const struct net_addr *from)
{
	uint32_t count = shard->server_count;

	if (!answer_bucket_take(looks_of(shard, from), 0, net_now_ms(shard->env.net)))
		return NULL;
	for (uint32_t i = 0; i < count && i < SERVERS_LOOKED_AT; i++) {
		struct server *server = shard->servers[i];

		if (server && server->lines && server_has(server, from))
			return server;
	}
	return NULL;
}

/* A caller that is told what it required in vain asks again with the same Call-ID, and without. */
static void tell(struct shard *shard, const struct line *line, const struct sip_msg *msg,
                 const struct answer_given *given)
{
	struct slice call_id = msg->first[SIP_CALL_ID];
	uint64_t mark = hash_bytes(&shard->env.key, call_id.p, call_id.n) ^ given->status;

	if (given->kind == ANSWER_CALL &&
	    answer_call_is_new(&shard->calls, mark, net_now_ms(shard->env.net)))
		line_tell_call(&shard->env, line, given->status, given->caller);
}

/* RFC 3261 18.2.2: an answer goes back over the connection that the request came on; a datagram
 * leaves from where those of the server's lines leave from. */
static int put_on_wire(struct line_env *env, struct server *server, struct flow *flow,
                       const struct net_addr *to, struct slice bytes)
{
	struct line_target way = { .transport = DNS_UDP };
	int r = 0;

	if (flow)
		return flow_send(flow, bytes);
	if (server->way.interface)
		r = server_way_to(env, server, to, DNS_UDP, &way);
	return r < 0 ? r : server_send(env, server, &way.source, to, bytes);
}

/* Without a line the server is told that there is none of that name, but for pings. */
static void answer(struct shard *shard, struct server *server, struct flow *flow,
                   const struct line *line, const struct sip_msg *msg, const struct net_addr *from)
{
	struct line_env *env = &shard->env;
	const struct answer_ask ask = {
		.msg = msg,
		.from = *from,
		.calls = line ? line_calls(line) : NULL,
		.nobody = !line,
		.key = &env->key,
		.user_agent = env->user_agent[0] ? slice_str(env->user_agent) : SLICE_NONE,
	};
	char memory[ANSWER_MAX];
	struct buf out = buf_over(memory, sizeof(memory));
	struct answer_given given;

	/* An answer that the socket has no room for is asked for again. */
	if (!answer_write(&ask, &out, &given) ||
	    put_on_wire(env, server, flow, &given.to, buf_slice(&out)) < 0) {
		env->counts.dropped++;
		return;
	}
	env->counts.answered++;
	if (line)
		tell(shard, line, msg, &given);
}

void shard_on_request(struct shard *shard, struct flow *flow, const struct sip_msg *msg,
                      const struct net_addr *from)
{
	struct line_counts *counts = &shard->env.counts;
	struct sip_uri uri;
	bool read = sip_uri_parse(msg->uri, &uri) == PARSE_OK && uri.scheme != SIP_SCHEME_OTHER;
	struct line *line = read ? line_meant(shard, &uri, from) : NULL;
	struct server *server = line ? line->server : read ? server_meant(shard, from) : NULL;

	if (!server) {
		counts->strangers++;
		counts->dropped++;
	} else if (!answer_bucket_take(&shard->buckets[server->number], server->lines,
	                               net_now_ms(shard->env.net))) {
		counts->dropped++;
	} else {
		answer(shard, server, flow, line, msg, from);
	}
}
