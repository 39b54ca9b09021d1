/* agent/names.c: the name server that the general settings name, told to all who look names up. The
 * command line goes over it. */
#include "agent/own.h"
#include "dns/dns.h"

/* What cannot be read was not written by us; then nothing is changed. */
static int read_server(const char *text, struct net_addr *ret_server)
{
	*ret_server = (struct net_addr){ 0 };
	return text[0] ? dns_server_parse(slice_str(text), ret_server) : 0;
}

static bool is_same(const struct net_addr *a, const struct net_addr *b)
{
	if (!a->any.sa_family || !b->any.sa_family)
		return a->any.sa_family == b->any.sa_family;
	return net_addr_equal(a, b);
}

void agent_dns_follow(struct agent *agent, const struct store_general *general)
{
	struct net_addr server;

	if (agent->dns_given || read_server(general->dns, &server) < 0 ||
	    is_same(&server, &agent->dns))
		return;
	agent->dns = server;
	sink_use_name_server(agent->sink, server.any.sa_family ? &server : NULL);
	for (uint32_t i = 0; agent->workers && i < agent->worker_count; i++) {
		struct agent_command *command = agent_command_new(AGENT_ORDER_DNS, NULL, NULL);

		if (!command) {
			/* So that the next look at the settings tells it again. */
			agent->dns = (struct net_addr){ 0 };
			return;
		}
		command->dns = server;
		agent_worker_post(&agent->workers[i], command);
	}
	if (agent->workers)
		agent_note(agent, LOG_LEVEL_INFO, NULL, "names are looked up at %s from now on",
		           general->dns[0] ? general->dns : "the name servers of /etc/resolv.conf");
}
