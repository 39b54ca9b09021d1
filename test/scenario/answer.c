/* answer.c: "<" and "<<": what comes in. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>

/* The words in front of a status. */
struct answer {
	struct request *request; /* NULL: none was sent yet */
	struct net_addr from;
	struct net_addr seen; /* what the server saw of us: received and rport */
	bool nat;
	bool hold;       /* it comes together with what comes next */
	unsigned pieces; /* bytes of a piece; 0: it comes whole */
	unsigned cut;    /* it comes in two pieces, the first of so many bytes; 0: it does not */
};

/* One of "for N", "from A", "nat A". */
static bool read_option(struct run *run, const char *name, const char *value, struct answer *answer)
{
	if (strcmp(name, "from") == 0)
		return script_addr(value, &answer->from);
	if (strcmp(name, "pieces") == 0)
		return (answer->pieces = (unsigned)strtoul(value, NULL, 10)) != 0;
	if (strcmp(name, "cut") == 0)
		return (answer->cut = (unsigned)strtoul(value, NULL, 10)) != 0;
	if (strcmp(name, "nat") == 0)
		return answer->nat = script_addr(value, &answer->seen);
	answer->request = stage_request_find(&run->stage, (unsigned)strtoul(value, NULL, 10));
	if (answer->request)
		answer->from = answer->request->to;
	return answer->request != NULL;
}

/* Takes the options off the front. */
static bool read_options(struct run *run, unsigned line_no, const char **in, struct answer *answer)
{
	bool ok = true;

	*answer = (struct answer){ .request = run->request };
	net_addr_parse(SLICE("192.0.2.10"), 5060, &answer->from);
	if (answer->request)
		answer->from = answer->request->to;
	while (ok && (strncmp(*in, "for ", 4) == 0 || strncmp(*in, "from ", 5) == 0 ||
	              strncmp(*in, "nat ", 4) == 0 || strncmp(*in, "pieces ", 7) == 0 ||
	              strncmp(*in, "cut ", 4) == 0)) {
		char *name = script_word(in), *word = script_word(in);
		size_t n;
		char *value = word ? run_expand(run, line_no, word, false, NULL, &n) : NULL;

		ok = value && read_option(run, name, value, answer);
		if (!ok)
			run_fail(run, line_no, "%s %s?", name, value ? value : "");
		free(name);
		free(word);
		free(value);
	}
	if (ok && strncmp(*in, "held ", 5) == 0) {
		answer->hold = true;
		*in += 5;
	}
	return ok;
}

/* Bytes come on a connection, in the pieces that were asked for. */
static bool stream_over(struct run *run, unsigned line_no, const struct answer *answer,
                        struct net_stream *stream, struct slice bytes)
{
	struct net *net = run->stage.net;
	char *all = realloc(run->held, run->held_n + bytes.n + 1);
	size_t at = 0, n = run->held_n + bytes.n;
	bool ok = true;

	if (!all)
		abort();
	memcpy(all + run->held_n, bytes.p, bytes.n);
	run->held = all;
	run->held_n = n;
	if (answer->hold)
		return true;
	run->held = NULL;
	run->held_n = 0;
	for (size_t piece = answer->cut && answer->cut < n ? answer->cut : n; ok && at < n;
	     at += piece, piece = n - at) {
		if (answer->pieces && piece > answer->pieces)
			piece = answer->pieces;
		ok = sim_stream_receive(net, stream, slice_of(all + at, piece));
	}
	free(all);
	return ok || run_fail(run, line_no, "the connection is not open");
}

/* --- "< connected", "< closed", "< reset", "< refused", "< tls expired" ... --- */

static bool is_event(const char *text)
{
	static const char *const words[] = { "connected", "closed", "error ", "unanswered",
		                             "tls ",      "crlf",   "stuck" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* "tls expired" is NET_END_TLS_EXPIRED. */
static bool end_by_tls(struct net *net, struct net_stream *stream, const char *what)
{
	for (int why = 0; why < NET_END_COUNT; why++) {
		const char *name = net_end_name(why);

		if (strncmp(name, "TLS_", 4) == 0 && strcasecmp(name + 4, what) == 0)
			return sim_stream_close(net, stream, why, 0);
	}
	return false;
}

static bool end_by_error(struct net *net, struct net_stream *stream, const char *what)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = { { "ECONNREFUSED", ECONNREFUSED },
		       { "ECONNRESET", ECONNRESET },
		       { "EHOSTUNREACH", EHOSTUNREACH },
		       { "ENETUNREACH", ENETUNREACH },
		       { "ETIMEDOUT", ETIMEDOUT } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, what) == 0)
			return sim_stream_close(net, stream, NET_END_ERROR, errors[i].error);
	return false;
}

/* The days that the certificate is still good for. */
static int64_t until_s(const struct run *run, const char *text)
{
	int64_t now_s = net_wall_ms(run->stage.net) / 1000;

	if (strncmp(text, "connected until ", 16) != 0)
		return 0;
	return now_s + 60 + strtol(text + 16, NULL, 10) * 86400;
}

static bool answer_event(struct run *run, unsigned line_no, const char *text,
                         const struct answer *answer, const char *from)
{
	struct net *net = run->stage.net;
	struct net_stream *stream = from ? sim_stream_to(net, &answer->from) : run->stream;
	bool ok = false;

	if (strncmp(text, "connected", 9) == 0)
		ok = sim_stream_open(net, stream, until_s(run, text));
	else if (strcmp(text, "closed") == 0)
		ok = sim_stream_close(net, stream, NET_END_CLOSED, 0);
	else if (strcmp(text, "unanswered") == 0)
		ok = sim_stream_close(net, stream, NET_END_SILENCE, 0);
	else if (strcmp(text, "crlf") == 0)
		ok = sim_stream_receive(net, stream, SLICE("\r\n"));
	else if (strcmp(text, "stuck") == 0 && sim_stream_is_open(net, stream))
		ok = (sim_stream_stick(stream), true);
	else if (strncmp(text, "error ", 6) == 0)
		ok = end_by_error(net, stream, text + 6);
	else if (strncmp(text, "tls ", 4) == 0)
		ok = end_by_tls(net, stream, text + 4);
	return ok || run_fail(run, line_no, "%s: no such thing, or no such connection", text);
}

static bool hand_over(struct run *run, unsigned line_no, const struct answer *answer,
                      struct slice bytes)
{
	struct net_stream *stream = answer->request ? answer->request->stream : NULL;
	struct net_udp *udp =
		answer->request ? answer->request->udp : sim_udp_of(run->stage.net, AF_INET);

	if (run->stage.trace)
		packet_print(bytes, "  < ", run->stage.trace);
	run->asked = stream;
	if (stream)
		return stream_over(run, line_no, answer, stream, bytes);
	if (udp && sim_receive(run->stage.net, udp, &answer->from, bytes))
		return true;
	return run_fail(run, line_no, "there is no open socket that this could come to");
}

/* --- "<< raw" --- */

static bool raw_part(struct run *run, unsigned line_no, const struct answer *answer,
                     const char *text, FILE *out)
{
	size_t n;
	char *expanded = run_expand(run, line_no, text, false, answer->request, &n);
	bool ok;

	if (!expanded)
		return false;
	ok = script_unescape(expanded, &n) || run_fail(run, line_no, "no such escape");
	if (ok)
		fwrite(expanded, 1, n, out);
	free(expanded);
	return ok;
}

static bool answer_raw(struct run *run, const struct statement *statement, const char *in)
{
	struct answer answer;
	char *bytes = NULL;
	size_t n = 0;
	FILE *out;
	bool ok;

	in += strspn(in, " \t");
	if (!read_options(run, statement->line_no, &in, &answer))
		return false;
	out = open_memstream(&bytes, &n);
	if (!out)
		abort();
	ok = raw_part(run, statement->line_no, &answer, in, out);
	for (unsigned i = 0; ok && i < statement->child_count; i++) {
		const struct script_child *child = &statement->children[i];
		const char *text = child->text + 2;

		if (strncmp(child->text, "..", 2) != 0)
			ok = run_fail(run, child->line_no, "\"..\" goes on with raw bytes");
		else
			ok = raw_part(run, child->line_no, &answer, text + (*text == ' '), out);
	}
	fclose(out);
	ok = ok && hand_over(run, statement->line_no, &answer, slice_of(bytes, n));
	free(bytes);
	return ok;
}

/* --- "< icmp" --- */

static bool answer_icmp(struct run *run, unsigned line_no, const char *what,
                        const struct answer *answer)
{
	static const struct {
		const char *what;
		int error;
	} messages[] = {
		{ "port-unreachable", ECONNREFUSED },
		{ "host-unreachable", EHOSTUNREACH },
		{ "net-unreachable", ENETUNREACH },
		{ "prohibited", EACCES },
		{ "too-large", EMSGSIZE },
	};

	if (!answer->request)
		return run_fail(run, line_no, "nothing was sent yet");
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (strcmp(messages[i].what, what) != 0)
			continue;
		if (sim_icmp(run->stage.net, answer->request->udp, &answer->request->to,
		             messages[i].error, answer->request->packet.bytes))
			return true;
		return run_fail(run, line_no, "the socket is closed");
	}
	return run_fail(run, line_no, "icmp %s?", what);
}

/* --- "< 401 Unauthorized" --- */

static bool overridden(const struct statement *statement, const char *name)
{
	size_t n = strlen(name);

	for (unsigned i = 0; i < statement->child_count; i++) {
		const char *text = statement->children[i].text;

		text += *text == '!';
		if (slice_equal_nocase(slice_of(text, strcspn(text, ": \t")), slice_of(name, n)))
			return true;
	}
	return false;
}

static void filled_in(FILE *out, const struct answer *answer, const char *name, bool add_tag)
{
	struct slice value = packet_header(&answer->request->packet, name, 0);
	char memory[NET_ADDR_TEXT_MAX];
	struct buf host = buf_over(memory, sizeof(memory));

	fprintf(out, "%s: ", name);
	if (strcmp(name, "Via") == 0 && answer->nat) {
		struct slice rport = packet_param(value, "rport");
		size_t at = slice_present(rport) ? (size_t)(rport.p - value.p) : value.n;

		net_addr_show_host(&answer->seen, &host);
		buf_end(&host);
		fwrite(value.p, 1, at, out);
		fprintf(out, "%s=%u", slice_present(rport) ? "" : ";rport",
		        net_addr_port(&answer->seen));
		fwrite(value.p + at, 1, value.n - at, out);
		fprintf(out, ";received=%s", memory);
	} else {
		fwrite(value.p, 1, value.n, out);
	}
	if (add_tag && strcmp(name, "To") == 0 && !slice_present(packet_param(value, "tag")))
		fputs(";tag=srv1", out);
	fputs("\r\n", out);
}

static bool write_children(struct run *run, const struct statement *statement,
                           const struct answer *answer, bool body, FILE *out)
{
	for (unsigned i = 0; i < statement->child_count; i++) {
		const struct script_child *child = &statement->children[i];
		const char *text = child->text;
		char *expanded;
		size_t n;

		if (text[0] == '!' || (text[0] == '|') != body)
			continue;
		text += body ? 1 + (text[1] == ' ') : 0;
		expanded = run_expand(run, child->line_no, text, true, answer->request, &n);
		if (!expanded)
			return false;
		fwrite(expanded, 1, n, out);
		fputs("\r\n", out);
		free(expanded);
	}
	return true;
}

static bool answer_message(struct run *run, const struct statement *statement, const char *status,
                           const struct answer *answer)
{
	static const char *const names[] = { "Via", "From", "To", "Call-ID", "CSeq" };
	char *bytes = NULL, *body = NULL;
	size_t n = 0, body_n = 0;
	FILE *out = open_memstream(&bytes, &n), *body_out = open_memstream(&body, &body_n);
	bool ok;

	if (!out || !body_out)
		abort();
	ok = write_children(run, statement, answer, true, body_out);
	fclose(body_out);
	fprintf(out, "SIP/2.0 %s\r\n", status);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!overridden(statement, names[i]))
			filled_in(out, answer, names[i], strncmp(status, "100", 3) != 0);
	ok = ok && write_children(run, statement, answer, false, out);
	if (!overridden(statement, "Content-Length"))
		fprintf(out, "Content-Length: %zu\r\n", body_n);
	fputs("\r\n", out);
	fwrite(body, 1, body_n, out);
	fclose(out);
	ok = ok && hand_over(run, statement->line_no, answer, slice_of(bytes, n));
	free(bytes);
	free(body);
	return ok;
}

/* --- "< OPTIONS sip:1001@192.0.2.1:5062": a request of somebody --- */

static void request_header(FILE *out, const char *name, const char *request, const char *over,
                           const char *from)
{
	const char *uri = strchr(request, ' ') + 1;

	fprintf(out, "%s: ", name);
	if (strcmp(name, "Via") == 0)
		fprintf(out, "SIP/2.0/%s %s;rport;branch=z9hG4bKcall1", over, from);
	else if (strcmp(name, "From") == 0)
		fputs("<sip:2002@pbx.example>;tag=caller1", out);
	else if (strcmp(name, "To") == 0)
		fprintf(out, "<%s>", uri);
	else if (strcmp(name, "Call-ID") == 0)
		fputs("call-1@pbx.example", out);
	else if (strcmp(name, "CSeq") == 0)
		fprintf(out, "7 %.*s", (int)(uri - 1 - request), request);
	else
		fputs("70", out);
	fputs("\r\n", out);
}

static bool answer_request(struct run *run, const struct statement *statement, const char *request,
                           const struct answer *answer)
{
	static const char *const names[] = {
		"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq"
	};
	char *bytes = NULL, memory[NET_ADDR_TEXT_MAX];
	struct buf from = buf_over(memory, sizeof(memory));
	const char *over = answer->request && answer->request->stream ? "TCP" : "UDP";
	size_t n = 0;
	FILE *out = open_memstream(&bytes, &n);
	bool ok;

	if (!out)
		abort();
	net_addr_show(&answer->from, &from);
	buf_end(&from);
	fprintf(out, "%s SIP/2.0\r\n", request);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!overridden(statement, names[i]))
			request_header(out, names[i], request, over, memory);
	ok = write_children(run, statement, answer, false, out);
	fputs("Content-Length: 0\r\n\r\n", out);
	fclose(out);
	ok = ok && hand_over(run, statement->line_no, answer, slice_of(bytes, n));
	free(bytes);
	return ok;
}

/* --- "< stun ADDRESS:PORT" --- */

static bool answer_stun(struct run *run, unsigned line_no, const char *what,
                        const struct answer *answer)
{
	char bytes[32] = "\x01\x01\0\x0c\x21\x12\xa4\x42............\0\x20\0\x08\0\x01";
	const struct sim_datagram *ping = run->ping;
	bool error = strcmp(what, "error") == 0;
	struct net_addr mapped;

	if (!ping || ping->n != 20)
		return run_fail(run, line_no, "no Binding request was sent yet");
	if (!error && (!script_addr(what, &mapped) || mapped.any.sa_family != AF_INET))
		return run_fail(run, line_no, "stun %s?", what);
	memcpy(bytes + 8, ping->bytes + 8, 12);
	if (error) {
		bytes[1] = 0x11;
		bytes[3] = 0;
	} else {
		memcpy(bytes + 26, &mapped.v4.sin_port, 2);
		memcpy(bytes + 28, &mapped.v4.sin_addr, 4);
		for (unsigned i = 0; i < 6; i++)
			bytes[26 + i] ^= (i < 2 ? bytes[4 + i] : bytes[2 + i]);
	}
	if (sim_receive(run->stage.net, ping->udp, &answer->from,
	                slice_of(bytes, error ? 20 : sizeof(bytes))))
		return true;
	return run_fail(run, line_no, "the socket is closed");
}

/* "METHOD URI" */
static bool is_request(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n && text[n] == ' ' && text[n + 1];
}

bool run_answer(struct run *run, const struct statement *statement, const char *text)
{
	const char *in = text + 1, *from;
	struct answer answer;
	char *status;
	size_t n;
	bool ok;

	if (*in == '<')
		return answer_raw(run, statement, in + 1);
	in += strspn(in, " \t");
	from = strncmp(in, "from ", 5) == 0 ? in : NULL;
	if (!read_options(run, statement->line_no, &in, &answer))
		return false;
	if (is_event(in))
		return answer_event(run, statement->line_no, in, &answer, from);
	if (strncmp(in, "icmp ", 5) == 0)
		return answer_icmp(run, statement->line_no, in + 5, &answer);
	if (strncmp(in, "stun ", 5) == 0)
		return answer_stun(run, statement->line_no, in + 5, &answer);
	if (is_request(in))
		return answer_request(run, statement, in, &answer);
	if (!answer.request)
		return run_fail(run, statement->line_no, "nothing was sent yet");
	status = run_expand(run, statement->line_no, in, false, answer.request, &n);
	ok = status && answer_message(run, statement, status, &answer);
	free(status);
	return ok;
}
