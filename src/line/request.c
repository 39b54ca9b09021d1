/* line/request.c: a line's identity, and the bytes of its REGISTER.
 *
 * Call-ID, tags, cnonces and the instance are derived from the line's identity and the shard's key:
 * they need no memory, last as long as the key does, and tell a stranger nothing. */
#include <errno.h>
#include <stdlib.h>

#include "line/part.h"
#include "line/template.h"
#include "sip/extra.h"

/* What is derived, kept apart by the first number of the pair that is hashed. */
enum {
	FOR_CALL_ID_1 = 1,
	FOR_CALL_ID_2,
	FOR_TAG,
	FOR_INSTANCE_1,
	FOR_INSTANCE_2,
	FOR_CNONCE,
	FOR_SECOND_FLOW = 16, /* to be added */
};

static uint64_t derive(const struct line_env *env, const struct line *line, unsigned what)
{
	return hash_pair(&env->key, what, line->identity);
}

/* What each flow of an instance has for itself, since CSeqs of a Call-ID must rise. */
static uint64_t derive_by_flow(const struct line_env *env, const struct line *line, unsigned what)
{
	return derive(env, line, line->server->beside ? what + FOR_SECOND_FLOW : what);
}

void line_request_call_id(const struct line_env *env, const struct line *line,
                          char ret_call_id[LINE_CALL_ID_LEN], char ret_tag[LINE_TAG_LEN])
{
	char text[LINE_CALL_ID_LEN + 1];
	struct buf buf = buf_over(text, sizeof(text));

	buf_hex_u64(&buf, derive_by_flow(env, line, FOR_CALL_ID_1), 16);
	buf_hex_u64(&buf, derive_by_flow(env, line, FOR_CALL_ID_2), 16);
	memcpy(ret_call_id, text, LINE_CALL_ID_LEN);
	buf = buf_over(text, sizeof(text));
	buf_hex_u64(&buf, derive_by_flow(env, line, FOR_TAG), 16);
	memcpy(ret_tag, text, LINE_TAG_LEN);
}

void line_request_instance(const struct line_env *env, const struct line *line, struct buf *out)
{
	sip_build_instance(derive(env, line, FOR_INSTANCE_1), derive(env, line, FOR_INSTANCE_2),
	                   out);
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

	if (attempt->contact_n && net_addr_equal(&attempt->contact_source, source))
		return 0;
	buf_char(&contact, '<');
	put_contact_uri(line, source, transport, &contact);
	attempt->contact_uri_n = (uint16_t)(contact.n - 1);
	buf_char(&contact, '>');
	sip_demands_put_contact(
		line->server->outbound == SERVER_OUTBOUND_ON ? server_reg_id(line->server) : 0,
		slice_str(line->server->contact_params), derive(env, line, FOR_INSTANCE_1),
		derive(env, line, FOR_INSTANCE_2), &contact);
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
	             line->server->outbound != SERVER_OUTBOUND_ON &&
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

/* What the answers of attempt's last REGISTER are made of. */
static struct digest_request digest_request(const struct line_env *env, const struct line *line,
                                            const struct line_attempt *attempt,
                                            char cnonce[DIGEST_CNONCE_LEN + 1])
{
	struct buf chance = buf_over(cnonce, DIGEST_CNONCE_LEN + 1);

	buf_hex_u64(&chance,
	            hash_pair(&env->key, FOR_CNONCE + ((uint64_t)line->cseq << 8), line->identity),
	            DIGEST_CNONCE_LEN);
	return (struct digest_request){
		.user = slice_str(line_text(line, line->auth_user)),
		.method = SLICE("REGISTER"),
		.uri = line_template_uri(line, attempt),
		.body = SLICE(""),
		.cnonce = buf_slice(&chance),
	};
}

bool line_request_disproved(const struct line_env *env, const struct line *line,
                            const struct line_attempt *attempt, struct slice info)
{
	const struct digest_session *auth = line->auth[LINE_AUTH_REGISTRAR];
	char cnonce[DIGEST_CNONCE_LEN + 1];
	struct digest_request request;

	if (!auth || !slice_present(info))
		return false;
	request = digest_request(env, line, attempt, cnonce);
	return digest_session_disproved(env->digest, auth, &request, info);
}

static int put_answer(struct line_env *env, const struct line *line,
                      const struct line_attempt *attempt, struct digest_session *auth,
                      struct buf *out)
{
	char cnonce[DIGEST_CNONCE_LEN + 1];
	struct digest_request request = digest_request(env, line, attempt, cnonce);

	return digest_session_answer(env->digest, auth, &request,
	                             slice_str(line_text(line, line->password)), out);
}

#define ANSWER_MAX (LINE_REQUEST_MAX / 2)

/* The answers that go into a request; absent: none of that kind. They stand in room, which has
 * ANSWER_MAX bytes for each. */
static int make_answers(struct line_env *env, struct line *line, struct line_attempt *attempt,
                        char *room, struct slice ret_answers[LINE_AUTH_KINDS])
{
	attempt->credentials = false;
	for (unsigned kind = 0; kind < LINE_AUTH_KINDS; kind++) {
		struct buf answer = buf_over(room + (size_t)kind * ANSWER_MAX, ANSWER_MAX);
		struct digest_session *auth = line->auth[kind];
		int r;

		ret_answers[kind] = SLICE_NONE;
		if (!auth || !auth->kept)
			continue;
		r = put_answer(env, line, attempt, auth, &answer);
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

	if (!server->headers)
		return SLICE_NONE;
	if (!server->headers_vary)
		return slice_str(server->headers);
	sip_extra_fill(slice_str(server->headers), slice_str(line_text(line, line->user)), room);
	return buf_slice(room);
}

/* Writes contact and request where attempt has them. -EMSGSIZE: there is no room. */
static int compose(const struct line_env *env, const struct line *line,
                   struct line_attempt *attempt, const struct slice *answers)
{
	char tail[LINE_CONTACT_MAX], branch[TXN_BRANCH_LEN], more[2 * SIP_DEMANDS_HEADERS_MAX];
	struct buf headers = buf_over(more, sizeof(more));
	struct buf contact_tail = buf_over(tail, sizeof(tail));
	struct buf request =
		buf_over(attempt->request, attempt->large ? LINE_REQUEST_MAX : LINE_REQUEST_SMALL);
	struct sip_register reg;
	int r = make_contact(env, line, attempt);

	if (r < 0)
		return r;
	put_contact_tail(env, line, attempt, &contact_tail);
	txn_branch_write(&env->branch_key, attempt->number, attempt->generation, branch);
	reg = (struct sip_register){
		.sent_by = slice_str(attempt->target.sent_by),
		.branch = slice_of(branch, sizeof(branch)),
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
	char room[LINE_AUTH_KINDS * ANSWER_MAX];
	struct slice answers[LINE_AUTH_KINDS];
	int r;

	line->cseq++;
	r = make_answers(env, line, attempt, room, answers);
	if (r < 0)
		return r;
	attempt->generation = ++env->transactions;
	r = compose(env, line, attempt, answers);
	if (r != -EMSGSIZE || attempt->large)
		return r;
	attempt->large = malloc(LINE_CONTACT_MAX + LINE_REQUEST_MAX);
	if (!attempt->large)
		return -ENOMEM;
	attempt->contact = attempt->large;
	attempt->request = attempt->large + LINE_CONTACT_MAX;
	attempt->contact_n = 0;
	return compose(env, line, attempt, answers);
}
