/* bench/engine.c: a shard, its servers, its lines. */
#include "engine.h"

#include "measure.h"

void engine_open(struct engine *ret_engine, const struct shard_cfg *cfg)
{
	struct engine engine = { 0 };
	struct shard_cfg whole = *cfg;
	int error = net_new(&engine.net);

	if (error || (error = dns_new(engine.net, &engine.dns)))
		measure_die("net", error);
	whole.net = engine.net;
	whole.dns = engine.dns;
	error = net_random(engine.net, &whole.key, sizeof(whole.key));
	if (error || (error = shard_new(&whole, &engine.shard)))
		measure_die("shard", error);
	*ret_engine = engine;
}

void engine_close(struct engine *engine)
{
	shard_free(engine->shard);
	dns_free(engine->dns);
	net_free(engine->net);
}

struct server *engine_add_server(struct engine *engine, const struct net_addr *addr,
                                 const struct server_cfg *cfg)
{
	char host[NET_ADDR_TEXT_MAX];
	struct buf host_buf = buf_over(host, sizeof(host));
	struct server_cfg whole = *cfg;
	struct server *server;
	int error;

	net_addr_show_host(addr, &host_buf);
	buf_end(&host_buf);
	whole.host = host;
	whole.port = net_addr_port(addr);
	error = shard_server_add(engine->shard, &whole, &server);
	if (error)
		measure_die("server", error);
	return server;
}

struct line *engine_add_line(struct engine *engine, struct server *server, const char *user,
                             uint64_t identity)
{
	struct measure_login login;
	struct line_cfg cfg = { .server = server,
		                .user = user,
		                .auth_user = login.auth_user,
		                .password = login.password,
		                .expires_s = 3600,
		                .identity = identity };
	struct line *line;
	int error;

	measure_login(user, &login);
	error = shard_line_add(engine->shard, &cfg, &line);
	if (error)
		measure_die("line", error);
	return line;
}
