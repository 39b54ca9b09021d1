/* practice/reply.c: writing an answer (RFC 3261 8.2.6) and finding where it goes (18.2, RFC 3581).
 */
#include <time.h>

#include "practice/core.h"
#include "sip/reply.h"

#define SIP_PORT 5060

/* The address as received= has it: an IPv6 address without brackets (RFC 3261 25.1). */
static struct slice host_of(const struct net_addr *from, char memory[NET_ADDR_TEXT_MAX])
{
	struct buf host = buf_over(memory, NET_ADDR_TEXT_MAX);

	net_addr_show_host(from, &host);
	return host.n > 2 && host.p[0] == '[' ? slice_of(host.p + 1, host.n - 2) : buf_slice(&host);
}

/* An ALG puts an address of its own into the topmost Via, and some do not put the old one back. */
static struct slice alg_sent_by(const struct practice_visit *visit, struct buf *memory)
{
	const struct practice_fault *alg = practice_fault_of(visit, PRACTICE_FAULT_ALG);

	if (!alg)
		return SLICE_NONE;
	buf_str(memory, "SIP/2.0/UDP ");
	buf_str(memory, alg->text);
	buf_char(memory, ':');
	buf_u64(memory, visit->top_via.port ? visit->top_via.port : SIP_PORT);
	return buf_slice(memory);
}

/* The tag is the same each time for the same Call-ID (RFC 3261 8.2.7). */
static void put_front(const struct practice_visit *visit, struct buf *out)
{
	struct slice call_id = visit->msg.first[SIP_CALL_ID];
	char host[NET_ADDR_TEXT_MAX], sent_by[512];
	struct buf memory = buf_over(sent_by, sizeof(sent_by));

	sip_reply_front(
		&(struct sip_reply){
			.request = &visit->msg,
			.status = visit->status,
			.reason = visit->reason,
			.from_host = host_of(&visit->request->from, host),
			.from_port = net_addr_port(&visit->request->from),
			.sent_by = alg_sent_by(visit, &memory),
			.to_tag = hash_bytes(&visit->core->tag_key, call_id.p, call_id.n),
		},
		&visit->top_via, out);
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
	put_front(visit, out);
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
	ret_sending->flow = visit->request->flow;
	ret_sending->transport = visit->request->transport;
	/* RFC 3261 18.2.2: over the connection that the request came on. */
	if (!visit->top_via.rport_asked && !visit->request->flow)
		net_addr_set_port(&ret_sending->to,
		                  visit->top_via.port ? visit->top_via.port : SIP_PORT);
	ret_sending->port = practice_fault_of(visit, PRACTICE_FAULT_OTHER_PORT)
	                            ? PRACTICE_OTHER_PORT
	                            : PRACTICE_USUAL_PORT;
}
