/* cli/log_line.c: the forms of a line of the log, taken apart. What buf_show() and buf_json() have
 * escaped is put back, since it is shown, and so escaped, again. */
#include "cli/log_line.h"

#include "base/num.h"
#include "line/flow.h"
#include "line/line.h"

#define NESTED_MAX 1 /* `lineup register --json` puts a line into an object */

/* Takes a beginning off the front of *in. */
static bool take(struct slice *in, struct slice front)
{
	if (!slice_starts_nocase(*in, front))
		return false;
	*in = slice_from(*in, front.n);
	return true;
}

/* Takes what stands before mark, and mark. */
static bool take_to(struct slice *in, struct slice mark, struct slice *ret_before)
{
	for (size_t i = 0; i + mark.n <= in->n; i++) {
		if (!slice_equal(slice_of(in->p + i, mark.n), mark))
			continue;
		*ret_before = slice_of(in->p, i);
		*in = slice_from(*in, i + mark.n);
		return true;
	}
	return false;
}

static bool read_status(struct slice text, uint16_t *ret_status)
{
	uint32_t status;

	if (text.n != 3 || num_u32(text, 699, &status) < 0 || status < 100)
		return false;
	*ret_status = (uint16_t)status;
	return true;
}

/* "401 Unauthorized", "401" */
static bool read_answer(struct slice text, struct log_line *line)
{
	size_t n = slice_find(text, ' ');

	line->reason = slice_trim(slice_from(text, n));
	if (line->reason.n == 0)
		line->reason = SLICE_NONE;
	return read_status(slice_of(text.p, n), &line->status);
}

/* ---- escapes */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes digits hexadecimal ones. */
static bool take_hex(struct slice *in, unsigned digits, uint32_t *ret_n)
{
	uint32_t n = 0;

	if (in->n < digits)
		return false;
	for (unsigned i = 0; i < digits; i++) {
		int digit = hex_digit(in->p[i]);

		if (digit < 0)
			return false;
		n = n << 4 | (uint32_t)digit;
	}
	*in = slice_from(*in, digits);
	*ret_n = n;
	return true;
}

static void put_utf8(uint32_t code, struct buf *out)
{
	if (code >= 0xd800 && code < 0xe000)
		code = 0xfffd; /* half of a pair: no log of ours has one */
	if (code < 0x80) {
		buf_char(out, (char)code);
		return;
	}
	if (code < 0x800) {
		buf_char(out, (char)(0xc0 | code >> 6));
	} else {
		buf_char(out, (char)(0xe0 | code >> 12));
		buf_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	buf_char(out, (char)(0x80 | (code & 0x3f)));
}

/* Takes what stands behind a backslash. JSON's names of control bytes mean nothing else in the
 * other formats, which write those as \xNN. */
static void put_escaped(struct slice *in, struct buf *out)
{
	static const char names[] = "nrtbf", bytes[] = "\n\r\t\b\f";
	char c = in->p[0];
	const char *name = memchr(names, c, sizeof(names) - 1);
	uint32_t code;

	*in = slice_from(*in, 1);
	if (c == 'x' && take_hex(in, 2, &code))
		buf_char(out, (char)code);
	else if (c == 'u' && take_hex(in, 4, &code))
		put_utf8(code, out);
	else
		buf_char(out, name ? bytes[name - names] : c);
}

/* Text without its escapes, in memory. */
static struct slice unescape(struct slice text, struct buf *memory)
{
	size_t from = memory->n;

	while (text.n) {
		size_t plain = slice_find(text, '\\');

		buf_put(memory, slice_of(text.p, plain));
		text = slice_from(text, plain + (plain < text.n));
		if (text.n)
			put_escaped(&text, memory);
	}
	return slice_of(memory->p + from, memory->n - from);
}

/* ---- classic */

/* "0xa000001 recv REGISTER: 401 Unauthorized", "(nil) send REGISTER: sip:pbx.example" */
static bool read_ctx(struct slice text, struct log_line *line)
{
	struct slice ctx;

	if (!take_to(&text, SLICE(" "), &ctx))
		return false;
	line->first = slice_equal_nocase(ctx, SLICE("(nil)"));
	if (take(&text, SLICE("recv REGISTER: "))) {
		line->kind = LOG_RECV;
		return read_answer(text, line);
	}
	line->kind = LOG_SEND;
	line->uri = text;
	return take(&line->uri, SLICE("send REGISTER: ")) && line->uri.n;
}

/* "failed for sip:1001@pbx.example (status code: 401)", "sip:1001@pbx.example: 401 Unauthorized" */
static bool read_result(struct slice text, struct log_line *line)
{
	struct slice status;

	if (!take(&text, SLICE("failed for "))) {
		line->kind = LOG_RESULT;
		return take_to(&text, SLICE(": "), &line->address) && read_answer(text, line);
	}
	line->kind = LOG_FAILED;
	return take_to(&text, SLICE(" (status code: "), &line->address) &&
	       take_to(&text, SLICE(")"), &status) && read_status(status, &line->status);
}

/* "sip:1001@pbx.example is registered no longer: ..." */
static bool read_lapse(struct slice text, struct log_line *line)
{
	struct slice address;

	if (!take_to(&text, SLICE(LINE_LAPSED), &address) || !address.n)
		return false;
	line->address = address;
	line->says = LOG_LINE_LAPSED;
	return true;
}

static const struct slice transports[] = { { "UDP", 3 }, { "TCP", 3 }, { "TLS", 3 } };

/* The one that begins text; absent where none does. */
static struct slice transport_of(struct slice text)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(*transports); i++)
		if (slice_starts_nocase(text, transports[i]))
			return transports[i];
	return SLICE_NONE;
}

/* What has these words; NONE: nothing has. */
static enum reg_local local_of(struct slice text)
{
	for (unsigned local = REG_LOCAL_NONE + 1; local < REG_LOCAL_COUNT; local++)
		if (slice_equal(text, slice_str(reg_local_text(local))))
			return local;
	return REG_LOCAL_NONE;
}

/* "TCP connection to pbx.example (192.0.2.10:5060) lost: ...", "... does not open: ..." */
static enum log_line_says read_one(struct slice *left, struct log_line *line)
{
	struct slice all = *left, host;

	if (take_to(left, SLICE(FLOW_SAYS_LOST), &host))
		return LOG_LINE_LOST;
	*left = all;
	if (!take_to(left, SLICE(FLOW_SAYS_SHUT), &host))
		return LOG_LINE_OTHER;
	line->local = local_of(slice_trim(*left));
	return LOG_LINE_SHUT;
}

/* "TLS to pbx.example goes to ...", "... opens at none of ...", "UDP to pbx.example
 * (192.0.2.10:5060): ...; the next address is tried" */
static enum log_line_says read_way(struct slice *left, struct log_line *line)
{
	struct slice before;

	if (take_to(left, SLICE(FLOW_SAYS_GOES), &before))
		return LOG_LINE_OPENED;
	if (take_to(left, SLICE(FLOW_SAYS_NOWHERE), &before))
		return LOG_LINE_SHUT;
	if (!take_to(left, SLICE(FLOW_SAYS_WHY), &before) ||
	    !take_to(left, SLICE(FLOW_SAYS_NEXT), &before))
		return LOG_LINE_OTHER;
	line->local = local_of(before);
	return line->local == REG_LOCAL_NONE ? LOG_LINE_OTHER : LOG_LINE_SHUT;
}

static bool read_connection(struct slice text, struct log_line *line)
{
	struct slice transport = transport_of(text), left = slice_from(text, transport.n);
	enum log_line_says says = LOG_LINE_OTHER;

	if (!slice_present(transport))
		return false;
	if (take(&left, SLICE(FLOW_SAYS_CONNECTION)))
		says = read_one(&left, line);
	else if (take(&left, SLICE(FLOW_SAYS_TO)))
		says = read_way(&left, line);
	if (says == LOG_LINE_OTHER)
		return false;
	line->says = says;
	line->transport = transport;
	return true;
}

static bool read_remark(struct slice text, struct log_line *line)
{
	return read_lapse(text, line) || read_connection(text, line);
}

/* What stands behind "SIP: ". */
static bool read_form(struct slice text, struct log_line *line)
{
	static const struct {
		struct slice text;
		enum log_kind kind;
	} fixed[] = {
		{ { "Retrying REGISTER with updated authentication", 45 }, LOG_RETRY_AUTH },
		{ { "Passing message to the context ", 31 }, LOG_PASS },
		{ { "Can not authenticate request", 28 }, LOG_CANNOT_AUTH },
	};

	*line = (struct log_line){ .kind = LOG_NOTE };
	if (take(&text, SLICE("Ctx ")))
		return read_ctx(text, line);
	if (take(&text, SLICE("REGISTER ")))
		return read_result(text, line);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		line->kind = fixed[i].kind;
		if (slice_starts_nocase(text, fixed[i].text))
			return true;
	}
	line->kind = LOG_NOTE;
	return read_remark(text, line);
}

/* Reads the first form in text. Returns where it begins, or text.n where there is none. */
static size_t find_classic(struct slice text, struct log_line *ret_line)
{
	struct slice left = text;

	for (; left.n; left = slice_from(left, 1)) {
		struct slice form = left;
		struct log_line line;

		if ((left.p > text.p && left.p[-1] != ' ' && left.p[-1] != '\t') ||
		    !take(&form, SLICE("SIP: ")) || !read_form(form, &line))
			continue;
		*ret_line = line;
		break;
	}
	return text.n - left.n;
}

static void unescape_classic(struct log_line *line, struct buf *memory)
{
	if (line->reason.n)
		line->reason = unescape(line->reason, memory);
	if (line->address.n)
		line->address = unescape(line->address, memory);
}

/* ---- logfmt and json */

/* What their members tell. */
struct members {
	struct log_line line;
	struct buf *memory;
	bool known;        /* event names a kind */
	struct slice text; /* event=log: a line of its own */
};

static void read_event(struct slice value, struct members *m)
{
	static const char *const names[LOG_KIND_COUNT] = {
#define KIND_NAME(constant, name) [LOG_##constant] = name,
		LOG_KINDS(KIND_NAME)
	};

	for (unsigned kind = 0; kind < LOG_KIND_COUNT; kind++) {
		if (slice_equal(value, slice_str(names[kind]))) {
			m->line.kind = (enum log_kind)kind;
			m->known = true;
		}
	}
}

static void read_member(struct slice key, struct slice value, struct members *m)
{
	const struct {
		struct slice key;
		struct slice *member;
	} texts[] = {
		{ SLICE("reason"), &m->line.reason },
		{ SLICE("uri"), &m->line.uri },
		{ SLICE("address"), &m->line.address },
		{ SLICE("id"), &m->line.id },
		{ SLICE("text"), &m->text },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (slice_equal(key, texts[i].key))
			*texts[i].member = unescape(value, m->memory);
	if (slice_equal(key, SLICE("event")))
		read_event(value, m);
	else if (slice_equal(key, SLICE("ctx")))
		m->line.first = false;
	else if (slice_equal(key, SLICE("status")))
		read_status(value, &m->line.status);
	else if (slice_equal(key, SLICE("transport")))
		m->line.transport = transport_of(value);
}

/* Takes a string whose opening quote is gone, and its closing one; escapes stay in it. */
static bool take_string(struct slice *in, struct slice *ret_inside)
{
	for (size_t i = 0; i < in->n; i++) {
		if (in->p[i] == '\\') {
			i++;
		} else if (in->p[i] == '"') {
			*ret_inside = slice_of(in->p, i);
			*in = slice_from(*in, i + 1);
			return true;
		}
	}
	return false;
}

/* key=value key="value", and whatever stands between. */
static void read_logfmt(struct slice text, struct members *m)
{
	while (text.n) {
		size_t word = slice_find(text, ' '), equals = slice_find(text, '=');
		struct slice key = slice_of(text.p, equals), value;

		if (equals >= word) {
			text = slice_from(text, word + (word < text.n));
			continue;
		}
		text = slice_from(text, equals + 1);
		value = slice_of(text.p, word - equals - 1);
		if (!take(&text, SLICE("\"")))
			text = slice_from(text, value.n);
		else if (!take_string(&text, &value))
			return;
		read_member(key, value, m);
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A walk over the pieces of an object. */
struct walk {
	struct slice left;
	struct slice key; /* whose value comes next; absent: none, or a list's */
	int depth;
};

/* Whether the value that comes next is looked for: one of the outermost object, or the id in the
 * one that tells of a cause. */
static bool is_wanted(const struct walk *walk)
{
	return slice_present(walk->key) &&
	       (walk->depth == 1 || slice_equal(walk->key, SLICE("id")));
}

/* A string, its opening quote gone: a key, where a colon follows, or a value. */
static void read_string(struct walk *walk, struct members *m)
{
	struct slice piece;

	if (!take_string(&walk->left, &piece)) {
		walk->left.n = 0;
	} else if (!slice_present(walk->key) && walk->left.n && walk->left.p[0] == ':') {
		walk->key = piece;
	} else if (is_wanted(walk)) {
		read_member(walk->key, piece, m);
		walk->key = SLICE_NONE;
	}
}

static void read_digits(struct walk *walk, struct members *m)
{
	size_t n = 0;

	while (n < walk->left.n && is_digit(walk->left.p[n]))
		n++;
	if (is_wanted(walk))
		read_member(walk->key, slice_of(walk->left.p, n), m);
	walk->left = slice_from(walk->left, n);
}

/* What is neither string nor number. */
static void read_sign(struct walk *walk, struct members *m)
{
	char c = walk->left.p[0];

	/* A message that was sent, in the trace of `lineup register --json`. */
	if (c == 't' && slice_equal(walk->key, SLICE("credentials")))
		m->line.first = false;
	walk->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
	if (c == ',' || c == '{' || c == '[')
		walk->key = SLICE_NONE;
	walk->left = slice_from(walk->left, 1);
}

static void read_json(struct slice text, struct members *m)
{
	struct walk walk = { .left = text };

	while (walk.left.n) {
		if (take(&walk.left, SLICE("\"")))
			read_string(&walk, m);
		else if (is_digit(walk.left.p[0]))
			read_digits(&walk, m);
		else
			read_sign(&walk, m);
	}
}

/* Classic or logfmt: which one begins first, since the other may stand in a server's words. */
static bool read_plain(struct slice text, struct members *m)
{
	struct log_line classic;
	size_t at = find_classic(text, &classic);

	read_logfmt(slice_of(text.p, at), m);
	if (m->known && at < text.n)
		read_logfmt(text, m);
	if (m->known || at == text.n)
		return m->known;
	unescape_classic(&classic, m->memory);
	m->line = classic;
	return true;
}

static bool read_nested(struct slice text, struct buf *memory, unsigned depth,
                        struct log_line *ret_line)
{
	struct members m = { .line = { .first = true }, .memory = memory };

	text = slice_trim(text);
	if (text.n && text.p[0] == '{') {
		read_json(text, &m);
		if (!m.known && m.text.n && depth < NESTED_MAX)
			return read_nested(m.text, memory, depth + 1, ret_line);
	} else {
		m.known = read_plain(text, &m);
	}
	if (!m.known || memory->full)
		return false;
	if (m.line.kind == LOG_NOTE && m.text.n)
		read_remark(m.text, &m.line);
	*ret_line = m.line;
	return true;
}

bool log_line_read(struct slice text, struct buf *memory, struct log_line *ret_line)
{
	return read_nested(text, memory, 0, ret_line);
}
