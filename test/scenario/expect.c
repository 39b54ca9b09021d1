/* expect.c: ">": what must be sent next, when, where to, and what must stand in it. */
#include "run.h"

#include <stdlib.h>

#define OPEN_END_MS (UINT64_C(400) * 86400000) /* what "whenever after that" means */

static bool wrong_request(struct run *run, unsigned line_no, const struct request *request,
                          const char *expected, const char *came)
{
	run_fail(run, line_no, "expected %s, came %s", expected, came);
	run_show(run, "it was:", request->packet.bytes);
	return false;
}

/* Runs until something is sent: the time must be right. */
static bool wait_for_it(struct run *run, const struct statement *statement)
{
	uint64_t from_ms = net_now_ms(run->stage.net);
	uint64_t low_ms = statement->timed ? statement->low_ms : 0;
	uint64_t high_ms = statement->timed ? statement->high_ms : 0;
	const struct sim_datagram *datagram;
	char clock[32];

	if (high_ms == SCRIPT_OPEN_ENDED)
		high_ms = OPEN_END_MS;
	switch (run_to_send(run, from_ms + high_ms)) {
	case SIM_SENT:
		break;
	case SIM_TIME:
		return run_fail(run, statement->line_no, "expected %s, nothing was sent",
		                statement->text + 2);
	case SIM_IDLE:
		return run_fail(run, statement->line_no,
		                "expected %s, nothing was sent, and nothing is waited for",
		                statement->text + 2);
	}
	datagram = sim_sent(run->stage.net);
	if (datagram->at_ms >= from_ms + low_ms)
		return true;
	run_fail(run, statement->line_no, "sent too early: at %s, %llu ms after the line before",
	         run_clock(run, datagram->at_ms, clock),
	         (unsigned long long)(datagram->at_ms - from_ms));
	run_show(run, "it was:", slice_of(datagram->bytes, datagram->n));
	return false;
}

/* "again" or "again N" */
static bool expect_again(struct run *run, const struct statement *statement, const char *text,
                         const struct request *request, bool again)
{
	unsigned long wanted = run->request ? run->request->number : 0;
	char expected[64];

	if (text[5])
		wanted = strtoul(text + 5, NULL, 10);
	if (again && request->number == wanted)
		return true;
	snprintf(expected, sizeof(expected), "request %lu again", wanted);
	return wrong_request(run, statement->line_no, request, expected,
	                     again ? "another one again" : "a new one");
}

/* "192.0.2.10:5060", and where what is sent from was said "192.0.2.10:5060 from 10.0.0.2 over eth1"
 */
#define WAY_MAX (2 * NET_ADDR_TEXT_MAX + INTERFACE_NAME_MAX + 16)

static void put_way(const struct net_addr *to, const struct net_source *from, const char *over,
                    struct buf *out)
{
	net_addr_show(to, out);
	if (!from->addr.any.sa_family)
		return;
	buf_str(out, " from ");
	net_addr_show_host(&from->addr, out);
	if (*over) {
		buf_str(out, " over ");
		buf_str(out, over);
	}
}

/* --- "> connect tcp ADDRESS:PORT", "> connect tls ADDRESS:PORT NAME", "> ping", "> pong" --- */

static bool expect_on_stream(struct run *run, const struct statement *statement, const char *text)
{
	static const char *const kinds[] = { [SIM_DATAGRAM] = "a datagram",
		                             [SIM_CONNECT_TCP] = "connect tcp ",
		                             [SIM_CONNECT_TLS] = "connect tls ",
		                             [SIM_BYTES] = "" };
	struct sim_datagram *datagram = sim_sent_take(run->stage.net);
	struct slice bytes = slice_of(datagram->bytes, datagram->n);
	char memory[512];
	struct buf came = buf_over(memory, sizeof(memory));
	bool ok;

	buf_str(&came, kinds[datagram->kind]);
	if (datagram->kind == SIM_CONNECT_TCP || datagram->kind == SIM_CONNECT_TLS) {
		put_way(&datagram->to, &datagram->from, datagram->over, &came);
		if (datagram->n)
			buf_char(&came, ' ');
		buf_put(&came, bytes);
	} else if (datagram->kind == SIM_BYTES) {
		buf_str(&came, slice_equal(bytes, SLICE("\r\n\r\n")) ? "ping"
		               : slice_equal(bytes, SLICE("\r\n"))   ? "pong"
		                                                     : "a message");
	}
	buf_end(&came);
	run->stream = datagram->stream;
	ok = strcmp(memory, text) == 0;
	free(datagram);
	return ok || run_fail(run, statement->line_no, "expected %s, came %s", text, memory);
}

/* "REGISTER" or "udp ADDRESS:PORT", the latter with what it is sent from where that is said */
static bool expect_new(struct run *run, const struct statement *statement, const char *text,
                       const struct request *request, bool again)
{
	char memory[WAY_MAX];
	struct buf to = buf_over(memory, sizeof(memory));

	if (again)
		return wrong_request(run, statement->line_no, request, "a new request",
		                     "one that was sent before, again");
	if (strcmp(text, "REGISTER") == 0)
		return true;
	if (strncmp(text, "udp ", 4) != 0 && strncmp(text, "tcp ", 4) != 0)
		return run_fail(run, statement->line_no,
		                "> REGISTER | udp ADDRESS:PORT | tcp ADDRESS:PORT | again [N] | "
		                "connect tcp ADDRESS:PORT | connect tls ADDRESS:PORT NAME | ping | "
		                "pong");
	if ((request->stream != NULL) != (text[0] == 't'))
		return wrong_request(run, statement->line_no, request, text,
		                     request->stream ? "one over a connection" : "a datagram");
	put_way(&request->to, &request->from, request->over, &to);
	buf_end(&to);
	if (strcmp(memory, text + 4) != 0)
		return wrong_request(run, statement->line_no, request, text, memory);
	return true;
}

/* What "same" and "new" compare. */
static struct slice feature(const struct packet *packet, const char *name)
{
	if (strcmp(name, "branch") == 0)
		return packet_param(packet_header(packet, "Via", 0), "branch");
	if (strcmp(name, "tag") == 0)
		return packet_param(packet_header(packet, "From", 0), "tag");
	return packet_header(packet, name, 0);
}

static bool compare(struct run *run, const struct script_child *child, const char *text,
                    const struct request *request)
{
	bool same = strncmp(text, "same ", 5) == 0;
	const char *name = text + (same ? 5 : 4);
	const struct request *before = request->line ? request->line->before : NULL;
	struct slice now, then;

	if (!before)
		return run_fail(run, child->line_no, "\"%s\": there is no request before", text);
	now = feature(&request->packet, name);
	then = feature(&before->packet, name);
	if (slice_present(now) && slice_equal(now, then) == same)
		return true;
	run_fail(run, child->line_no, "expected %s", text);
	run_show(run, "it was:", now);
	run_show(run, "before that:", then);
	return false;
}

/* "Name: value", "Name: ~ part", "!Name", "!Name: ~ part" */
static bool header(struct run *run, const struct script_child *child, char *text,
                   const struct request *request)
{
	bool absent = text[0] == '!', any = false, found = false;
	char *name = text + absent, *colon = strchr(name, ':');
	const char *pattern = NULL;

	if (colon) {
		*colon = '\0';
		pattern = colon + 1 + strspn(colon + 1, " \t");
	}
	for (unsigned n = 0; !found; n++) {
		struct slice value = packet_header(&request->packet, name, n);

		if (!slice_present(value))
			break;
		any = true;
		found = !pattern || run_match(run, pattern, value);
	}
	if (found != absent)
		return true;
	if (absent)
		return wrong_request(run, child->line_no, request, child->text, "one that has it");
	return wrong_request(run, child->line_no, request, child->text,
	                     any ? "another value" : "no such header");
}

static bool expect_child(struct run *run, const struct script_child *child,
                         const struct request *request)
{
	size_t n;
	char *text = run_expand(run, child->line_no, child->text, true, run->request, &n);
	bool ok;

	if (!text)
		return false;
	if (strncmp(text, "same ", 5) == 0 || strncmp(text, "new ", 4) == 0)
		ok = compare(run, child, text, request);
	else if (n > 8 && strcmp(text + n - 8, " SIP/2.0") == 0)
		ok = run_match(run, text, request->packet.start) ||
		     wrong_request(run, child->line_no, request, text, "another start line");
	else
		ok = header(run, child, text, request);
	free(text);
	return ok;
}

/* --- "> crlf", "> stun", "> options": keep-alives --- */

static bool is_keep_alive(const char *text)
{
	return strncmp(text, "crlf", 4) == 0 || strncmp(text, "stun", 4) == 0 ||
	       strncmp(text, "options", 7) == 0;
}

static bool is_kind(const char *text, struct slice bytes)
{
	if (strncmp(text, "crlf", 4) == 0)
		return slice_equal(bytes, SLICE("\r\n\r\n"));
	if (strncmp(text, "stun", 4) == 0)
		return bytes.n == 20 && memcmp(bytes.p, "\0\1\0\0\x21\x12\xa4\x42", 8) == 0;
	return bytes.n > 8 && memcmp(bytes.p, "OPTIONS ", 8) == 0;
}

static bool expect_keep_alive(struct run *run, const struct statement *statement, const char *text)
{
	const struct sim_datagram *datagram = sim_sent(run->stage.net);
	struct slice bytes = slice_of(datagram->bytes, datagram->n);
	const char *to = strstr(text, " to ");
	char memory[WAY_MAX];
	struct buf came = buf_over(memory, sizeof(memory));

	put_way(&datagram->to, &datagram->from, datagram->over, &came);
	buf_end(&came);
	if (!is_kind(text, bytes) || (to && strcmp(to + 4, memory) != 0)) {
		run_fail(run, statement->line_no, "expected %s, came something else to %s", text,
		         memory);
		run_show(run, "it was:", bytes);
		return false;
	}
	if (text[0] == 'o') {
		run->request = stage_options_take(&run->stage);
		return true;
	}
	free(run->ping);
	run->ping = sim_sent_take(run->stage.net);
	return true;
}

/* --- "> 200 OK": an answer of ours --- */

static bool wrong_answer(struct run *run, unsigned line_no, const char *expected, const char *came,
                         struct slice bytes)
{
	run_fail(run, line_no, "expected %s, came %s", expected, came);
	run_show(run, "it was:", bytes);
	return false;
}

/* Takes a line off the front, its CRLF left out; false at the empty one. */
static bool take_line(struct slice *in, struct slice *ret_line)
{
	const char *end = in->n ? memmem(in->p, in->n, "\r\n", 2) : NULL;

	if (!end || end == in->p)
		return false;
	*ret_line = slice_of(in->p, (size_t)(end - in->p));
	*in = slice_from(*in, ret_line->n + 2);
	return true;
}

/* "Name: value", "Name: ~ part" or "!Name" of an answer. */
static bool answer_header(struct run *run, const struct script_child *child, struct slice bytes)
{
	size_t n;
	char *text = run_expand(run, child->line_no, child->text, false, run->request, &n);
	bool absent, found = false;
	struct slice line;

	if (!text)
		return false;
	absent = text[0] == '!';
	size_t name_n = strcspn(text + absent, ":");
	const char *pattern = text + absent + name_n;
	pattern += strspn(pattern, ": ");
	for (struct slice rest = bytes; !found && take_line(&rest, &line);) {
		if (line.n <= name_n || line.p[name_n] != ':' ||
		    !slice_equal_nocase(slice_of(line.p, name_n), slice_of(text + absent, name_n)))
			continue;
		found = absent || run_match(run, pattern, slice_trim(slice_from(line, name_n + 1)));
	}
	if (found == absent)
		wrong_answer(run, child->line_no, text, found ? "one that has it" : "another",
		             bytes);
	free(text);
	return found != absent;
}

/* "udp 200 OK", "tcp 200 OK"; without, an answer leaves the way that what came last has come (RFC
 * 3261 18.2.2). */
static bool goes_so(const struct run *run, const struct sim_datagram *datagram, const char *over)
{
	if (over)
		return (datagram->stream != NULL) == (*over == 't');
	return datagram->stream == run->asked;
}

/* The words behind the status: "to ADDRESS:PORT" ends them. */
static bool expect_reply(struct run *run, const struct statement *statement, const char *text)
{
	struct sim_datagram *datagram = sim_sent_take(run->stage.net);
	struct slice bytes = slice_of(datagram->bytes, datagram->n), start = bytes, line = bytes;
	const char *over = text[0] == 't' || text[0] == 'u' ? text : NULL;
	const char *status = over ? text + 4 : text, *to = strstr(status, " to ");
	struct slice wanted = to ? slice_of(status, (size_t)(to - status)) : slice_str(status);
	char memory[WAY_MAX];
	struct buf came = buf_over(memory, sizeof(memory));
	bool ok;

	put_way(&datagram->to, &datagram->from, datagram->over, &came);
	buf_end(&came);
	ok = take_line(&start, &line) && line.n > 8 && memcmp(line.p, "SIP/2.0 ", 8) == 0 &&
	     slice_equal(slice_from(line, 8), wanted);
	if (!ok)
		wrong_answer(run, statement->line_no, text, "something else", bytes);
	if (ok && to && strcmp(to + 4, memory) != 0)
		ok = wrong_answer(run, statement->line_no, to + 1, memory, bytes);
	if (ok && !goes_so(run, datagram, over))
		ok = wrong_answer(run, statement->line_no, over ? text : "the way that it came",
		                  datagram->stream ? "one over a connection" : "a datagram", bytes);
	for (unsigned i = 0; ok && i < statement->child_count; i++)
		ok = answer_header(run, &statement->children[i], start);
	if (run->stage.trace)
		packet_print(bytes, "  > ", run->stage.trace);
	free(datagram);
	return ok;
}

/* "200 OK", "udp 200 OK", "tcp 200 OK" */
static bool is_reply(const char *text)
{
	bool says_over = strncmp(text, "udp ", 4) == 0 || strncmp(text, "tcp ", 4) == 0;
	const char *status = says_over ? text + 4 : text;

	return strspn(status, "0123456789") == 3 && status[3] == ' ';
}

bool run_expect(struct run *run, const struct statement *statement, const char *text)
{
	struct request *request;
	bool again = false, ok;

	if (text[1] != ' ')
		return run_fail(run, statement->line_no, "a blank after the >");
	text += 2;
	text += strspn(text, " \t");
	if (!wait_for_it(run, statement))
		return false;
	if (is_keep_alive(text))
		return expect_keep_alive(run, statement, text);
	if (is_reply(text))
		return expect_reply(run, statement, text);
	if (strncmp(text, "connect ", 8) == 0 || strcmp(text, "ping") == 0 ||
	    strcmp(text, "pong") == 0)
		return expect_on_stream(run, statement, text);
	if (sim_sent(run->stage.net)->kind == SIM_CONNECT_TCP ||
	    sim_sent(run->stage.net)->kind == SIM_CONNECT_TLS)
		return run_fail(run, statement->line_no, "expected %s, a connection was asked for",
		                text);
	if (sim_sent(run->stage.net)->kind == SIM_BYTES)
		run->stream = sim_sent(run->stage.net)->stream;
	request = stage_request_take(&run->stage, &again);
	if (run->stage.fault[0]) {
		run_fail(run, statement->line_no, "%s", run->stage.fault);
		run_show(run, "it was:", request->packet.bytes);
		return false;
	}
	if (strncmp(text, "again", 5) == 0)
		ok = expect_again(run, statement, text, request, again);
	else
		ok = expect_new(run, statement, text, request, again);
	for (unsigned i = 0; ok && i < statement->child_count; i++)
		ok = expect_child(run, &statement->children[i], request);
	run->request = request;
	return ok;
}
