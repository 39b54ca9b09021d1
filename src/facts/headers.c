/* facts/headers.c: whose answer a response is, and what its headers say whatever its status. */
#include <errno.h>

#include "facts/facts.h"
#include "reg/reg.h"
#include "sip/addr.h"

/* Nearly all servers give the From back as it was: "<sip:1001@pbx.example>;tag=1a2b". */
static bool from_unchanged(struct slice from, const struct facts_request *request)
{
	const struct slice pieces[] = { SLICE("<"), request->from, SLICE(">;tag="),
		                        request->from_tag };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		if (from.n < pieces[i].n || !slice_equal(slice_of(from.p, pieces[i].n), pieces[i]))
			return false;
		from = slice_from(from, pieces[i].n);
	}
	return from.n == 0;
}

static bool from_is_ours(struct slice from, const struct facts_request *request)
{
	struct sip_addr addr;
	struct slice tag;

	return from_unchanged(from, request) || (sip_addr_parse(from, &addr) == PARSE_OK &&
	                                         sip_addr_param(addr.params, SLICE("tag"), &tag) &&
	                                         slice_equal_nocase(tag, request->from_tag));
}

bool facts_is_answer(const struct sip_msg *msg, const struct facts_request *request)
{
	struct sip_values walk = { 0 };
	struct slice via, method;
	uint32_t cseq;

	if (!slice_equal(msg->first[SIP_CALL_ID], request->call_id) ||
	    sip_cseq_parse(msg->first[SIP_CSEQ], &cseq, &method) != PARSE_OK ||
	    cseq != request->cseq || !slice_equal(method, request->method))
		return false;
	/* RFC 3261 8.1.3.3: an answer with a second Via was for somebody else. */
	if (!sip_value_next(msg, SIP_VIA, &walk, &via) || sip_value_next(msg, SIP_VIA, &walk, &via))
		return false;
	return from_is_ours(msg->first[SIP_FROM], request);
}

void facts_read_headers(const struct sip_msg *msg, struct reg_facts *facts)
{
	facts->status = msg->status;
	facts->reason = msg->reason;
	facts->registrar_error = msg->first[SIP_P_REGISTRAR_ERROR];
	facts->warning = msg->first[SIP_WARNING];
	facts->reason_header = msg->first[SIP_REASON];
	facts->unsupported = msg->first[SIP_UNSUPPORTED];
	facts->require = msg->first[SIP_REQUIRE];
	facts->server = slice_present(msg->first[SIP_SERVER]) ? msg->first[SIP_SERVER]
	                                                      : msg->first[SIP_USER_AGENT];
	if (sip_seconds_parse(msg->first[SIP_RETRY_AFTER], REG_RETRY_AFTER_MAX_S,
	                      &facts->retry_after_s) == PARSE_OK &&
	    facts->retry_after_s < REG_RETRY_AFTER_MIN_S)
		facts->retry_after_s = REG_RETRY_AFTER_MIN_S;
	sip_seconds_parse(msg->first[SIP_MIN_EXPIRES], UINT32_MAX, &facts->min_expires_s);
}

bool facts_via_rewritten(const struct sip_via *via, struct slice sent_by)
{
	char text[256 + 8]; /* the longest host, and a port */
	struct buf came = buf_over(text, sizeof(text));

	buf_put(&came, via->host);
	buf_char(&came, ':');
	buf_u64(&came, via->port ? via->port : 5060);
	return !slice_equal_nocase(buf_slice(&came), sent_by);
}

enum reg_local facts_local_of_errno(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return REG_LOCAL_PORT_CLOSED;
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return REG_LOCAL_HOST_UNREACHABLE;
	case ENETUNREACH:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case ENETDOWN:
		return REG_LOCAL_NO_ROUTE;
	case ENODEV:
		return REG_LOCAL_NO_INTERFACE;
	case ENOLINK:
		return REG_LOCAL_INTERFACE_DOWN;
	case EPFNOSUPPORT:
		return REG_LOCAL_INTERFACE_FAMILY;
	case EDESTADDRREQ:
		return REG_LOCAL_INTERFACE_UNNAMED;
	case EACCES:
	case EPERM:
		return REG_LOCAL_PROHIBITED;
	case EMSGSIZE:
		return REG_LOCAL_TOO_LARGE;
	case ENOMEM:
		return REG_LOCAL_MEMORY;
	case ENOKEY:
		return REG_LOCAL_TLS_FILES;
	default:
		return REG_LOCAL_SOCKET;
	}
}

enum reg_local facts_local_of_stream(const char *name, int error)
{
	if (strcmp(name, "ERROR") == 0)
		switch (error) {
		case ECONNRESET:
		case ECONNABORTED:
		case EPIPE:
			return REG_LOCAL_CONNECTION_LOST;
		case ETIMEDOUT:
			return REG_LOCAL_CONNECT_SILENCE;
		default:
			return facts_local_of_errno(error);
		}
	if (strcmp(name, "SILENCE") == 0)
		return REG_LOCAL_CONNECT_SILENCE;
	for (int local = 0; local < REG_LOCAL_COUNT; local++)
		if (strcmp(reg_local_name(local), name) == 0)
			return local;
	return REG_LOCAL_CONNECTION_LOST;
}
