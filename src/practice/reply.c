/* practice/reply.c: writing an answer (RFC 3261 8.2.6) and finding where it goes (18.2, RFC 3581).
 */
#include <time.h>

#include "base/lex.h"
#include "practice/core.h"

#define SIP_PORT 5060

/* Whether the client's own idea of its address differs from what we see. */
static bool address_differs(const struct practice_visit *visit)
{
	struct net_addr sent_by;

	return net_addr_parse(visit->top_via.host, 0, &sent_by) != 0 ||
	       !net_addr_same_host(&sent_by, &visit->request->from);
}

/* The address as received= has it: an IPv6 address without brackets (RFC 3261 25.1). */
static void put_received(const struct net_addr *from, struct buf *out)
{
	char memory[NET_ADDR_TEXT_MAX];
	struct buf host = buf_over(memory, sizeof(memory));

	net_addr_show_host(from, &host);
	struct slice text = buf_slice(&host);
	if (text.n > 2 && text.p[0] == '[')
		text = slice_of(text.p + 1, text.n - 2);
	buf_str(out, ";received=");
	buf_put(out, text);
}

/* The protocol and the sent-by of the topmost Via. An ALG puts an address of its own there, and
 * some do not put the old one back. */
static void put_sent_by(const struct practice_visit *visit, struct slice as_it_came,
                        struct buf *out)
{
	const struct practice_fault *alg = practice_fault_of(visit, PRACTICE_FAULT_ALG);

	if (!alg) {
		buf_put(out, slice_trim(as_it_came));
		return;
	}
	buf_str(out, "SIP/2.0/UDP ");
	buf_str(out, alg->text);
	buf_char(out, ':');
	buf_u64(out, visit->top_via.port ? visit->top_via.port : SIP_PORT);
}

/* The topmost Via with what we saw in it; what somebody else claims to have seen goes. */
static void put_top_via(const struct practice_visit *visit, struct buf *out)
{
	const struct net_addr *from = &visit->request->from;
	struct slice value = visit->top_via_text, name, ignored;
	size_t n = slice_find(value, ';');

	put_sent_by(visit, slice_of(value.p, n), out);
	value = slice_from(value, n);
	while (lex_char(&value, ';')) {
		struct slice start = value;

		if (!lex_param(&value, &name, &ignored, NULL) ||
		    slice_equal_nocase(name, SLICE("received")) ||
		    slice_equal_nocase(name, SLICE("rport")))
			continue;
		buf_char(out, ';');
		buf_put(out, slice_trim(slice_of(start.p, start.n - value.n)));
	}
	if (visit->top_via.rport_asked || address_differs(visit))
		put_received(from, out);
	if (visit->top_via.rport_asked) {
		buf_str(out, ";rport=");
		buf_u64(out, net_addr_port(from));
	}
}

static void put_vias(const struct practice_visit *visit, struct buf *out)
{
	struct sip_values walk = { 0 };
	struct slice value;

	for (bool top = true; sip_value_next(&visit->msg, SIP_VIA, &walk, &value); top = false) {
		buf_str(out, "Via: ");
		if (top)
			put_top_via(visit, out);
		else
			buf_put(out, value);
		buf_str(out, "\r\n");
	}
}

/* A header of the request, as it stands. */
static void put_copy(const struct practice_visit *visit, enum sip_header header, struct buf *out)
{
	if (!slice_present(visit->msg.first[header]))
		return;
	buf_str(out, sip_header_name(header));
	buf_str(out, ": ");
	buf_put(out, visit->msg.first[header]);
	buf_str(out, "\r\n");
}

/* To with a tag of ours, the same each time for the same Call-ID (RFC 3261 8.2.7). */
static void put_to(const struct practice_visit *visit, struct buf *out)
{
	struct slice value = visit->msg.first[SIP_TO], call_id = visit->msg.first[SIP_CALL_ID], tag;
	struct sip_addr to;

	if (!slice_present(value))
		return;
	buf_str(out, "To: ");
	buf_put(out, value);
	if (sip_addr_parse(value, &to) == PARSE_OK &&
	    !sip_addr_param(to.params, SLICE("tag"), &tag)) {
		buf_str(out, ";tag=");
		buf_hex_u64(out, hash_bytes(&visit->core->tag_key, call_id.p, call_id.n), 16);
	}
	buf_str(out, "\r\n");
}

/* RFC 3261 20.17: "Date: Sat, 13 Nov 2010 23:29:00 GMT" */
static void put_date(int64_t wall_ms, struct buf *out)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t wall_s = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&wall_s, &tm))
		return;
	buf_str(out, "Date: ");
	buf_str(out, days[tm.tm_wday]);
	buf_str(out, ", ");
	buf_u64_wide(out, (uint64_t)tm.tm_mday, 2);
	buf_char(out, ' ');
	buf_str(out, months[tm.tm_mon]);
	buf_char(out, ' ');
	buf_u64_wide(out, (uint64_t)tm.tm_year + 1900, 4);
	buf_char(out, ' ');
	buf_u64_wide(out, (uint64_t)tm.tm_hour, 2);
	buf_char(out, ':');
	buf_u64_wide(out, (uint64_t)tm.tm_min, 2);
	buf_char(out, ':');
	buf_u64_wide(out, (uint64_t)tm.tm_sec, 2);
	buf_str(out, " GMT\r\n");
}

/* The clock of the Date header. */
static int64_t wall_ms(const struct practice_visit *visit)
{
	const struct practice_fault *date = practice_fault_of(visit, PRACTICE_FAULT_DATE);

	return visit->request->wall_ms + (date ? (int64_t)date->n * 1000 : 0);
}

/* What a web server says to what it does not understand: the likeliest thing to stand on a port
 * that was mistyped. */
static const char garbage[] = "HTTP/1.1 400 Bad Request\r\n"
			      "Connection: close\r\n"
			      "Content-Length: 0\r\n\r\n";

void practice_reply_write(const struct practice_visit *visit, struct buf *out)
{
	if (!visit->status) {
		buf_str(out, garbage);
		return;
	}
	buf_str(out, "SIP/2.0 ");
	buf_u64(out, visit->status);
	buf_char(out, ' ');
	buf_put(out, visit->reason);
	buf_str(out, "\r\n");
	put_vias(visit, out);
	put_copy(visit, SIP_FROM, out);
	put_to(visit, out);
	put_copy(visit, SIP_CALL_ID, out);
	put_copy(visit, SIP_CSEQ, out);
	buf_put(out, buf_slice(&visit->headers));
	buf_str(out, "Server: ");
	if (visit->server)
		buf_str(out, visit->server);
	else
		buf_put(out, visit->core->config.server_name);
	buf_str(out, "\r\n");
	put_date(wall_ms(visit), out);
	buf_str(out, "Content-Length: 0\r\n\r\n");
	/* Half a list of bindings would be a wrong answer; none at all is tried again. */
	out->full = out->full || visit->headers.full;
}

void practice_reply_to(const struct practice_visit *visit, struct practice_sending *ret_sending)
{
	ret_sending->to = visit->request->from;
	if (!visit->top_via.rport_asked)
		net_addr_set_port(&ret_sending->to,
		                  visit->top_via.port ? visit->top_via.port : SIP_PORT);
	ret_sending->port = practice_fault_of(visit, PRACTICE_FAULT_OTHER_PORT)
	                            ? PRACTICE_OTHER_PORT
	                            : PRACTICE_USUAL_PORT;
}
