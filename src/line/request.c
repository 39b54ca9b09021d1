/* line/request.c: a line's identity, and the bytes of its REGISTER.
 *
 * Call-ID, tag and instance are derived from the line's identity and the shard's key: they need no
 * memory, last as long as the key does, and tell a stranger nothing. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/hex.h"
#include "line/part.h"
#include "line/template.h"
#include "sip/extra.h"

/* What is derived, kept apart by the first number of the pair that is hashed. */
enum {
	FOR_CALL_ID = 1,
	FOR_TAG,
	FOR_INSTANCE,
	FOR_SECOND_FLOW = 16, /* to be added for what each flow of an instance has for itself */
};

void line_request_call_id(const struct line_env *env, const struct line *line,
                          char ret_call_id[LINE_CALL_ID_LEN], char ret_tag[LINE_TAG_LEN])
{
	/* CSeqs of a Call-ID must rise. */
	unsigned flow = line->server->outbound.beside ? FOR_SECOND_FLOW : 0;
	struct hash_wide id = hash_pair_wide(&env->key, FOR_CALL_ID + flow, line->identity);

	hex_write16(ret_call_id, id.a);
	hex_write16(ret_call_id + 16, id.b);
	hex_write16(ret_tag, hash_pair(&env->key, FOR_TAG + flow, line->identity));
}

static struct hash_wide instance_of(const struct line_env *env, const struct line *line)
{
	return hash_pair_wide(&env->key, FOR_INSTANCE, line->identity);
}

void line_request_instance(const struct line_env *env, const struct line *line, struct buf *out)
{
	struct hash_wide instance = instance_of(env, line);

	sip_build_instance(instance.a, instance.b, out);
}

/* Where calls come to. "transport=tls" is no more (RFC 3261 26.2.2, RFC 5630 3.1.4): over TLS, too,
 * the transport is TCP, and what comes over the connection that is there is protected by it. */
static void put_contact_uri(const struct line *line, const struct net_addr *source,
                            enum dns_transport transport, struct buf *out)
{
	if (line->contact) {
		buf_str(out, line_text(line, line->contact));
		return;
	}
	buf_put(out, SLICE("sip:"));
	buf_str(out, line_text(line, line->user));
	buf_char(out, '@');
	net_addr_show(source, out);
	if (transport != DNS_UDP)
		buf_put(out, SLICE(";transport=tcp"));
}

/* What the Contact of the binding was made from. */
static const struct net_addr *bound_source(const struct line_env *env, const struct line *line)
{
	return &line_ways_at(&env->ways, line->bound)->source;
}

/* Our Contact, the same from one REGISTER of an attempt to the next as long as they leave from the
 * same address. */
static int make_contact(const struct line_env *env, const struct line *line,
                        struct line_attempt *attempt)
{
	/* What is removed is what was registered, wherever we are now. */
	const struct net_addr *source = attempt->purpose == LINE_REMOVES ? bound_source(env, line)
	                                                                 : &attempt->target.contact;
	enum dns_transport transport = attempt->purpose == LINE_REMOVES ? line->bound_transport
	                                                                : attempt->target.transport;
	struct buf contact =
		buf_over(attempt->contact, attempt->large ? LINE_CONTACT_MAX : LINE_CONTACT_SMALL);
	struct hash_wide instance;

	if (attempt->contact_n && net_addr_equal(&attempt->contact_source, source))
		return 0;
	instance = instance_of(env, line);
	buf_char(&contact, '<');
	put_contact_uri(line, source, transport, &contact);
	attempt->contact_uri_n = (uint16_t)(contact.n - 1);
	buf_char(&contact, '>');
	sip_demands_put_contact(
		line->server->outbound.use == SERVER_OUTBOUND_ON ? server_reg_id(line->server) : 0,
		slice_str(line->server->demands.contact_params), instance.a, instance.b, &contact);
	if (contact.full)
		return -EMSGSIZE;
	attempt->contact_n = (uint16_t)contact.n;
	attempt->contact_source = *source;
	return 0;
}

/* What stands behind our Contact: that it goes, or that the one goes which it follows. */
static void put_contact_tail(const struct line_env *env, const struct line *line,
                             const struct line_attempt *attempt, struct buf *out)
{
	/* RFC 5626 6: a registrar replaces the flow of an instance, and takes one Contact. */
	bool bound = reg_bound(&line->reg) || line->reg.perhaps_kept;
	bool moved = (bound || line->left) && !line->contact &&
	             line->server->outbound.use != SERVER_OUTBOUND_ON &&
	             !net_addr_equal(bound_source(env, line), &attempt->target.contact);

	if (attempt->purpose == LINE_REMOVES) {
		buf_put(out, SLICE(";expires=0"));
	} else if (moved) {
		buf_put(out, SLICE(", <"));
		put_contact_uri(line, bound_source(env, line),
		                bound ? line->bound_transport : attempt->target.transport, out);
		buf_put(out, SLICE(">;expires=0"));
	}
}

static_assert(TXN_BRANCH_CHECK_LEN == DIGEST_CNONCE_LEN, "the one is the other");

/* What the answers of a REGISTER with that branch are made of. The check in the branch is a number
 * that nobody can know before it is sent, which is all that is asked of a cnonce. */
static struct digest_request digest_request(const struct line *line,
                                            const struct line_attempt *attempt, const char *branch)
{
	return (struct digest_request){
		.user = slice_str(line_text(line, line->auth_user)),
		.method = SLICE("REGISTER"),
		.uri = line_template_uri(line, attempt),
		.body = SLICE(""),
		.cnonce = slice_of(branch + TXN_BRANCH_LEN - TXN_BRANCH_CHECK_LEN,
		                   TXN_BRANCH_CHECK_LEN),
	};
}

/* The branch of attempt's last REGISTER. */
static void write_branch(const struct line_env *env, const struct line_attempt *attempt,
                         char ret_branch[TXN_BRANCH_LEN])
{
	txn_branch_write(&env->branch_key, attempt->number, attempt->generation, ret_branch);
}

bool line_request_disproved(const struct line_env *env, const struct line *line,
                            const struct line_attempt *attempt, struct slice info)
{
	const struct digest_session *auth = line_auth(env, line, LINE_AUTH_REGISTRAR);
	char branch[TXN_BRANCH_LEN];
	struct digest_request request;

	if (!auth || !slice_present(info))
		return false;
	write_branch(env, attempt, branch);
	request = digest_request(line, attempt, branch);
	return digest_session_disproved(env->digest, auth, &request, info);
}

#define ANSWER_MAX (LINE_REQUEST_MAX / 2)

/* The answers that go into a request; absent: none of that kind. They stand in room, which has
 * ANSWER_MAX bytes for each. */
static int make_answers(struct line_env *env, struct line *line, struct line_attempt *attempt,
                        const char *branch, char *room, struct slice ret_answers[LINE_AUTH_KINDS])
{
	const struct digest_request request = digest_request(line, attempt, branch);

	attempt->credentials = false;
	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		struct buf answer = buf_over(room + (size_t)kind * ANSWER_MAX, ANSWER_MAX);
		struct digest_session *auth = line_auth(env, line, kind);
		int r;

		ret_answers[kind] = SLICE_NONE;
		if (!auth || !auth->kept)
			continue;
		r = digest_session_answer(env->digest, auth, &request,
		                          slice_str(line_text(line, line->password)), &answer);
		if (r < 0)
			return r;
		if (answer.full)
			return -EMSGSIZE;
		ret_answers[kind] = buf_slice(&answer);
		attempt->credentials = true;
	}
	return 0;
}

/* Those of the settings. Where they name the extension they are made in room. */
static struct slice more_headers(const struct line *line, struct buf *room)
{
	const struct server *server = line->server;

	if (!server->demands.headers)
		return SLICE_NONE;
	if (!server->demands.headers_vary)
		return slice_str(server->demands.headers);
	sip_extra_fill(slice_str(server->demands.headers), slice_str(line_text(line, line->user)),
	               room);
	return buf_slice(room);
}

/* Writes contact and request where attempt has them. -EMSGSIZE: there is no room. */
static int compose(const struct line_env *env, const struct line *line,
                   struct line_attempt *attempt, const char *branch, const struct slice *answers)
{
	char tail[LINE_CONTACT_MAX], more[2 * SIP_DEMANDS_HEADERS_MAX];
	struct buf headers = buf_over(more, sizeof(more));
	struct buf contact_tail = buf_over(tail, sizeof(tail));
	struct buf request =
		buf_over(attempt->request, attempt->large ? LINE_REQUEST_MAX : LINE_REQUEST_SMALL);
	struct sip_register reg;
	int r = make_contact(env, line, attempt);

	if (r < 0)
		return r;
	put_contact_tail(env, line, attempt, &contact_tail);
	reg = (struct sip_register){
		.sent_by = slice_str(attempt->target.sent_by),
		.branch = slice_of(branch, TXN_BRANCH_LEN),
		.aor = slice_str(line->texts),
		.from_tag = slice_of(attempt->from_tag, LINE_TAG_LEN),
		.call_id = slice_of(attempt->call_id, LINE_CALL_ID_LEN),
		.cseq = line->cseq,
		.contact = slice_of(attempt->contact, attempt->contact_n),
		.contact_tail = buf_slice(&contact_tail),
		.authorization = answers[LINE_AUTH_REGISTRAR],
		.proxy_authorization = answers[LINE_AUTH_PROXY],
		.headers = more_headers(line, &headers),
	};
	r = line_template_fill(env, line, attempt, &reg, &request);
	if (r < 0)
		return r;
	if (contact_tail.full || headers.full)
		return -EMSGSIZE;
	attempt->request_n = (uint16_t)request.n;
	return 0;
}

int line_request_build(struct line_env *env, struct line *line, struct line_attempt *attempt)
{
	char room[LINE_AUTH_KINDS * ANSWER_MAX], branch[TXN_BRANCH_LEN];
	struct slice answers[LINE_AUTH_KINDS];
	int r;

	line->cseq++;
	attempt->generation = ++env->transactions;
	write_branch(env, attempt, branch);
	r = make_answers(env, line, attempt, branch, room, answers);
	if (r < 0)
		return r;
	r = compose(env, line, attempt, branch, answers);
	if (r != -EMSGSIZE || attempt->large)
		return r;
	attempt->large = malloc(LINE_CONTACT_MAX + LINE_REQUEST_MAX);
	if (!attempt->large)
		return -ENOMEM;
	attempt->contact = attempt->large;
	attempt->request = attempt->large + LINE_CONTACT_MAX;
	attempt->contact_n = 0;
	return compose(env, line, attempt, branch, answers);
}
