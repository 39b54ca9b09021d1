/* line/redirect.c: an attempt follows a redirect (RFC 3261 8.1.3.4), and a binding to which one led
 * is removed from there. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "facts/facts.h"
#include "line/part.h"

/* To the first address of the place that there is a way to; from TLS never to less. */
static void to_redirect(struct line_env *env, struct line *line, const struct dns_answer *answer)
{
	struct line_attempt *attempt = line_attempt_of(env, line);
	int r = -ENETUNREACH;

	line_attempt_leave_flow(attempt);
	attempt->over_tcp = false;
	if (line->server->next_hop.transport == DNS_TLS &&
	    answer->targets[0].transport != DNS_TLS) {
		line_attempt_fail(env, line, REG_LOCAL_TLS_DOWNGRADE);
		return;
	}
	for (unsigned i = 0; i < answer->count && r < 0; i++)
		r = line_target_from(env, line->server, &answer->targets[i].addr,
		                     answer->targets[i].transport, &attempt->target);
	if (r < 0) {
		line_attempt_fail(env, line, facts_local_of_errno(-r));
		return;
	}
	attempt->target.contact = *server_contact_addr(line->server, &attempt->target);
	/* Without credentials until challenged, even where the address is the same. */
	line_forget_nonces(env, line);
	line_attempt_set_out(env, line, attempt, LINE_STEP_REDIRECT);
}

static void redirect_found(void *ctx, const struct dns_answer *answer)
{
	struct line_attempt *attempt = ctx;
	struct line_env *env = attempt->env;

	attempt->query = NULL;
	if (answer->result == DNS_FOUND)
		to_redirect(env, attempt->line, answer);
	else
		line_attempt_fail(env, attempt->line, line_attempt_local_of_name(answer->result));
}

/* A Request-URI of REGISTER has no user (RFC 3261 10.2), and nothing else that a stranger may have
 * put there. */
static int put_redirect_uri(const struct sip_uri *uri, struct buf *out)
{
	buf_put(out, SLICE("sip:"));
	buf_put(out, uri->host);
	if (uri->port) {
		buf_char(out, ':');
		buf_u64(out, uri->port);
	}
	return buf_end(out);
}

/* What an earlier redirect of the same attempt said is forgotten. */
static int make_room(struct line_attempt *attempt)
{
	if (!attempt->redirect)
		attempt->redirect = malloc(sizeof(*attempt->redirect));
	if (!attempt->redirect)
		return -ENOMEM;
	*attempt->redirect = (struct line_redirect){ 0 };
	return 0;
}

int line_redirect_take(struct line_attempt *attempt, const struct sip_uri *uri)
{
	struct buf host, text;

	if (make_room(attempt) < 0)
		return -ENOMEM;
	host = buf_over(attempt->redirect->host, sizeof(attempt->redirect->host));
	text = buf_over(attempt->redirect->uri, sizeof(attempt->redirect->uri));
	buf_put(&host, uri->host);
	attempt->redirect->port = uri->port;
	return buf_end(&host) || put_redirect_uri(uri, &text) ? -EMSGSIZE : 0;
}

int line_redirect_again(struct line_attempt *attempt, const char *uri)
{
	struct buf text;

	if (make_room(attempt) < 0)
		return -ENOMEM;
	text = buf_over(attempt->redirect->uri, sizeof(attempt->redirect->uri));
	buf_str(&text, uri);
	return buf_end(&text) ? -EMSGSIZE : 0;
}

/* RFC 3261 8.1.3.4: no URI is tried twice. From behind a proxy the same URI is another way. */
bool line_redirect_leads_back(const struct line *line, const struct line_attempt *attempt,
                              const struct sip_uri *uri)
{
	struct slice asked = slice_str(line->server->request_uri);
	char memory[SERVER_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (attempt->redirect)
		return put_redirect_uri(uri, &text) == 0 &&
		       slice_equal_nocase(buf_slice(&text), slice_str(attempt->redirect->uri));
	/* Parameters of the settings are none of a redirect's. */
	asked.n = slice_find(asked, ';');
	return !line->server->route[0] && put_redirect_uri(uri, &text) == 0 &&
	       slice_equal_nocase(buf_slice(&text), asked);
}

void line_redirect_follow(struct line_env *env, struct line *line)
{
	struct line_attempt *attempt = line_attempt_of(env, line);
	struct dns_where where = { .transport = line->server->next_hop.transport,
		                   .srv = line->server->next_hop.srv,
		                   .usable = LINE_TRANSPORTS,
		                   .over = line->server->way.interface };
	int r;

	assert(attempt && attempt->redirect); /* a redirect is followed in mid-attempt */
	where.host = slice_str(attempt->redirect->host);
	where.port = attempt->redirect->port;
	attempt->env = env;
	attempt->target_count = 0;
	r = dns_locate(env->dns, &where, redirect_found, attempt, &attempt->query);
	if (r < 0)
		line_attempt_fail(env, line, facts_local_of_errno(-r));
	else
		line->wait = LINE_ON_NAME;
}
