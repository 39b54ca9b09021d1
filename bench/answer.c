/* bench/answer.c: what the stub registrar says, whatever way the request came. */
#include "answer.h"

#include <string.h>

#include "measure.h"

#define STATUS_MAX 32  /* bytes before the headers where the status line goes */
#define ADDED_MAX  400 /* bytes of an answer that are not copied from the request */
#define REALM      "bench"

static void show_seen(struct answerer *answerer, const struct sockaddr_in *from)
{
	struct net_addr addr = { .v4 = *from };
	struct buf text = buf_over(answerer->seen_text, sizeof(answerer->seen_text));

	if (memcmp(from, &answerer->seen, sizeof(*from)) == 0)
		return;
	answerer->seen = *from;
	buf_char(&text, '=');
	buf_u64(&text, net_addr_port(&addr));
	buf_str(&text, ";received=");
	net_addr_show_host(&addr, &text);
	answerer->seen_text_n = text.n;
}

/* The Via with what RFC 3581 section 4 fills in. */
static char *put_via(const struct answerer *answerer, char *at, const char *line, size_t n)
{
	const char *rport = memmem(line, n, ";rport", 6);
	size_t front = rport ? (size_t)(rport - line) + 6 : n;

	memcpy(at, line, front);
	at += front;
	if (!rport || line[front] == '=')
		return at;
	memcpy(at, answerer->seen_text, answerer->seen_text_n);
	at += answerer->seen_text_n;
	memcpy(at, line + front, n - front);
	return at + n - front;
}

static char *put(char *at, struct slice text)
{
	memcpy(at, text.p, text.n);
	return at + text.n;
}

static bool right_answer(struct answerer *answerer, struct slice value)
{
	struct digest_credentials credentials;
	char password[MEASURE_LOGIN_MAX];
	struct digest_ha1 ha1;

	return digest_credentials_parse(value, &credentials) == PARSE_OK &&
	       slice_equal(credentials.realm, SLICE(REALM)) &&
	       credentials.algorithm == answerer->algorithm &&
	       digest_ha1(answerer->digest, answerer->algorithm, credentials.user,
	                  credentials.realm, measure_password(credentials.user, password),
	                  &ha1) == 0 &&
	       digest_verify(answerer->digest, &credentials, &ha1, SLICE("REGISTER"), SLICE(""));
}

static char *put_expires(const struct answerer *answerer, char *at)
{
	char digits[16];
	struct buf text = buf_over(digits, sizeof(digits));

	buf_u64(&text, answerer->expires_s ? answerer->expires_s : ANSWER_EXPIRES_S);
	at = put(at, SLICE(";expires="));
	at = put(at, buf_slice(&text));
	return put(at, SLICE("\r\n"));
}

/* Copies the headers that every response repeats (RFC 3261 8.2.6.2), and the Contact where there
 * are credentials; *ret_end is behind them. */
static bool copy_headers(struct answerer *answerer, const char *in, size_t n, char *at,
                         struct slice *ret_credentials, char **ret_end)
{
	static const struct slice authorization = SLICE("Authorization: ");
	struct slice contact = SLICE_NONE;
	const char *end = in + n;

	*ret_credentials = SLICE_NONE;
	for (const char *line = in, *next; line < end; line = next) {
		size_t line_n;

		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		line_n = (size_t)(next - line);
		if (line_n < 3)
			break;
		if (line[0] == 'V') {
			at = put_via(answerer, at, line, line_n);
		} else if (line[0] == 'F' ||
		           (line[0] == 'C' && (line[1] == 'S' || line[1] == 'a'))) {
			at = put(at, slice_of(line, line_n));
		} else if (line[0] == 'T') {
			at = put(at, slice_of(line, line_n - 2));
			at = put(at, SLICE(";tag=stub\r\n"));
		} else if (line[0] == 'C' && line[1] == 'o' && line[4] == 'a') {
			contact = slice_of(line, line_n - 2);
		} else if (line[0] == 'A' && line[1] == 'u' && line_n > authorization.n + 2) {
			*ret_credentials =
				slice_of(line + authorization.n, line_n - authorization.n - 2);
		}
	}
	if (slice_present(*ret_credentials) && slice_present(contact)) {
		at = put(at, contact);
		at = put_expires(answerer, at);
	}
	*ret_end = at;
	return slice_present(contact);
}

static char *put_challenge(struct answerer *answerer, char *at)
{
	char nonce[17];
	struct buf digits = buf_over(nonce, sizeof(nonce));

	buf_hex_u64(&digits, ++answerer->nonces, 16);
	at = put(at, SLICE("WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"5d2e8a1f"));
	at = put(at, buf_slice(&digits));
	at = put(at, SLICE("c07b94e6\", algorithm="));
	at = put(at, slice_str(digest_algorithm_name(answerer->algorithm, false)));
	return put(at, SLICE(", qop=\"auth\"\r\n"));
}

static void count_bytes(struct answerer_bytes *sum, size_t request_n, size_t answer_n)
{
	sum->request += request_n;
	sum->answer += answer_n;
}

static void show_count(const char *name, uint64_t count, struct buf *out)
{
	buf_char(out, '"');
	buf_str(out, name);
	buf_str(out, "\": ");
	buf_u64(out, count);
}

static void show_means(const char *request, const char *answer, const struct answerer_bytes *sum,
                       uint64_t count, struct buf *out)
{
	show_count(request, count ? sum->request / count : 0, out);
	buf_str(out, ", ");
	show_count(answer, count ? sum->answer / count : 0, out);
}

void answerer_show(const struct answerer *answerer, struct buf *out)
{
	show_count("challenged", answerer->challenged, out);
	buf_str(out, ", ");
	show_count("granted", answerer->granted, out);
	buf_str(out, ", ");
	show_count("wrong", answerer->wrong, out);
	buf_str(out, ", \"sizes\": {");
	show_means("first", "challenge", &answerer->of_challenged, answerer->challenged, out);
	buf_str(out, ", ");
	show_means("second", "grant", &answerer->of_granted, answerer->granted, out);
	buf_char(out, '}');
}

struct slice answerer_answer(struct answerer *answerer, const struct sockaddr_in *from,
                             struct slice request, bool too_many, char out[ANSWER_MAX])
{
	char *headers = out + STATUS_MAX, *at = headers;
	struct answerer_bytes *sum = NULL;
	struct slice credentials, status = SLICE("SIP/2.0 200 OK\r\n");

	if (request.n + ADDED_MAX > ANSWER_MAX)
		return SLICE_NONE;
	show_seen(answerer, from);
	if (!copy_headers(answerer, request.p, request.n, at, &credentials, &at))
		return SLICE_NONE;
	if (too_many) {
		status = SLICE("SIP/2.0 503 Unavailable\r\n");
	} else if (!slice_present(credentials)) {
		status = SLICE("SIP/2.0 401 Unauthorized\r\n");
		at = put_challenge(answerer, at);
		answerer->challenged++;
		sum = &answerer->of_challenged;
	} else if (answerer->verify && !right_answer(answerer, credentials)) {
		status = SLICE("SIP/2.0 403 Forbidden\r\n");
		answerer->wrong++;
	} else {
		answerer->granted++;
		sum = &answerer->of_granted;
	}
	at = put(at, SLICE("Content-Length: 0\r\n\r\n"));
	memcpy(headers - status.n, status.p, status.n);
	if (sum)
		count_bytes(sum, request.n, (size_t)(at - headers) + status.n);
	return slice_of(headers - status.n, (size_t)(at - headers) + status.n);
}
