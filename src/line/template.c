/* line/template.c: which template a REGISTER is filled into, and when that is written anew.
 *
 * The settings of a struct server, and of the process, never change while it is there. What does,
 * and is not filled in each time, is in struct class, and compared each time. */
#include "line/template.h"

#include <errno.h>
#include <stdlib.h>

#include "line/flow.h"

#define TEXT_MAX 2048

/* What a server's lines may differ in. */
struct class
{
	enum dns_transport transport;
	enum server_outbound outbound;
};

struct server_template {
	struct class class;
	struct sip_template template; /* of text */
	char text[];
};

static struct class class_of(const struct line *line, const struct line_attempt *attempt)
{
	return (struct class){
		.transport = attempt->flow ? attempt->flow->transport : DNS_UDP,
		.outbound = line->server->outbound.use,
	};
}

static bool is_of(const struct server_template *kept, const struct class *class)
{
	return kept && kept->class.transport == class->transport &&
	       kept->class.outbound == class->outbound;
}

struct slice line_template_uri(const struct line *line, const struct line_attempt *attempt)
{
	return slice_str(attempt->redirect ? attempt->redirect->uri : line->server->request_uri);
}

/* What is not filled in each time. */
static void complete(const struct line_env *env, const struct line *line,
                     const struct line_attempt *attempt, const struct class *class,
                     struct sip_register *reg)
{
	const struct server *server = line->server;

	reg->request_uri = line_template_uri(line, attempt);
	reg->transport = slice_str(dns_transport_text(class->transport));
	reg->route = server->route[0] && !attempt->redirect ? slice_str(server->route) : SLICE_NONE;
	reg->aor_params = slice_str(server->demands.address_params);
	reg->supported =
		sip_demands_supported(class->outbound == SERVER_OUTBOUND_ON, server->demands.gruu);
	reg->user_agent = env->user_agent[0] && !server->demands.headers_agent
	                          ? slice_str(env->user_agent)
	                          : SLICE_NONE;
}

/* In the place of the server's last one. Without memory the next line makes one for itself. */
static void keep(struct server *server, const struct class *class,
                 const struct sip_template *template, struct slice text)
{
	struct server_template *kept = malloc(sizeof(*kept) + text.n);

	free(server->template);
	server->template = kept;
	if (!kept)
		return;
	kept->class = *class;
	kept->template = *template;
	kept->template.text = kept->text;
	memcpy(kept->text, text.p, text.n);
}

int line_template_fill(const struct line_env *env, const struct line *line,
                       const struct line_attempt *attempt, struct sip_register *reg,
                       struct buf *out)
{
	const struct class class = class_of(line, attempt);
	const struct server_template *kept = line->server->template;
	struct sip_template template;
	char memory[TEXT_MAX];

	reg->expires_s = attempt->purpose == LINE_REMOVES ? 0 : line->reg.asked_s;
	/* Where a redirect leads is no class of the server's. */
	if (attempt->redirect || !is_of(kept, &class)) {
		struct buf room = buf_over(memory, sizeof(memory));

		complete(env, line, attempt, &class, reg);
		sip_template_make(reg, &room, &template);
		if (room.full)
			return -EMSGSIZE;
		if (!attempt->redirect)
			keep(line->server, &class, &template, buf_slice(&room));
	} else {
		template = kept->template;
	}
	sip_template_fill(&template, reg, out);
	return out->full ? -EMSGSIZE : 0;
}
