/* sip/uri.c: SIP and SIPS URIs, see uri.h.
 *
 * What stands between the delimiters is taken wider than RFC 3261 25.1 draws it: bytes that should
 * have been escaped ("#", UTF-8) and empty parameters come from real servers and harm nobody. What
 * would make two readers see two different URIs (a second "@", a blank, "<", a quote, half an
 * escape) is BAD. */
#include "sip/uri.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/num.h"
#include "sip/scan.h"

/* Parameters (and headers) of one URI that are compared one by one. Those of a longer list match
 * only the same bytes: so the work for one comparison stays small, whatever comes in. */
#define PAIRS_MAX 256

#define LABEL_MAX 63  /* RFC 1035 2.3.4 */
#define NAME_MAX  255 /* a host, RFC 1035 2.3.4; aor.h's SIP_HOST_MAX */

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 2396 2.2 */
static bool is_reserved(unsigned c)
{
	return c != 0 && c < 0x80 && strchr(";/?:@&=+$,", (int)c);
}

/* No byte that ends a URI wherever it stands, and no half escape. */
static bool bytes_allowed(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"')
			return false;
		if (c != '%')
			continue;
		if (s.n - i < 3 || scan_hex(s.p[i + 1]) < 0 || scan_hex(s.p[i + 2]) < 0)
			return false;
		i += 2;
	}
	return true;
}

/* The offset of the first byte of s that is one of the two, or s.n. */
static size_t find_either(struct slice s, char a, char b)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != a && s.p[i] != b)
		i++;
	return i;
}

static bool take_scheme(struct slice *rest, enum sip_scheme *ret_scheme)
{
	struct slice name = slice_of(rest->p, slice_find(*rest, ':'));

	if (name.n == rest->n || name.n == 0 || !is_alpha(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++) {
		char c = name.p[i];

		if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
			return false;
	}
	*rest = slice_from(*rest, name.n + 1);
	if (slice_equal_nocase(name, SLICE("sip")))
		*ret_scheme = SIP_SCHEME_SIP;
	else if (slice_equal_nocase(name, SLICE("sips")))
		*ret_scheme = SIP_SCHEME_SIPS;
	else
		*ret_scheme = SIP_SCHEME_OTHER;
	return true;
}

/* A user may hold ";" and "?", but nothing in a URI may hold an "@": the only one ends the userinfo
 * wherever it stands. */
static bool take_userinfo(struct slice *rest, struct sip_uri *uri)
{
	size_t at = slice_find(*rest, '@');
	struct slice info = slice_of(rest->p, at);
	size_t colon = slice_find(info, ':');

	if (at == rest->n)
		return true;
	uri->user = slice_of(info.p, colon);
	if (uri->user.n == 0)
		return false;
	if (colon < info.n) {
		uri->password = slice_from(info, colon + 1);
		if (slice_find(uri->password, ':') < uri->password.n)
			return false;
	}
	*rest = slice_from(*rest, at + 1);
	return slice_find(*rest, '@') == rest->n;
}

static bool take_hostport(struct slice *rest, struct sip_uri *uri)
{
	size_t tail = find_either(*rest, ';', '?');
	struct slice hostport = slice_of(rest->p, tail);
	size_t host_n = slice_find(hostport, hostport.n && hostport.p[0] == '[' ? ']' : ':');
	uint32_t port = 0;

	if (hostport.n && hostport.p[0] == '[')
		host_n += host_n < hostport.n;
	uri->host = slice_of(hostport.p, host_n);
	if (!sip_host_valid(uri->host))
		return false;
	if (host_n < hostport.n) {
		if (hostport.p[host_n] != ':')
			return false;
		if (num_u32(slice_from(hostport, host_n + 1), 65535, &port) != 0 || port == 0)
			return false;
	}
	uri->port = (uint16_t)port;
	*rest = slice_from(*rest, tail);
	return true;
}

struct pair {
	struct slice name, value;
};

/* Takes one "name" or "name=value" and the separator in front. False at the end. */
static bool take_pair(struct slice *rest, char separator, struct pair *ret_pair)
{
	struct slice pair;
	size_t equals;

	if (rest->n == 0)
		return false;
	pair = slice_from(*rest, 1);
	pair.n = slice_find(pair, separator);
	*rest = slice_from(*rest, 1 + pair.n);
	equals = slice_find(pair, '=');
	ret_pair->name = slice_of(pair.p, equals);
	ret_pair->value = slice_from(pair, equals < pair.n ? equals + 1 : equals);
	return true;
}

static bool take_tail(struct slice rest, struct sip_uri *uri)
{
	struct slice walk;
	struct pair pair;

	uri->params = slice_of(rest.p, slice_find(rest, '?'));
	uri->headers = slice_from(rest, uri->params.n);

	walk = uri->params;
	while (take_pair(&walk, ';', &pair))
		if (pair.name.n == 0 && pair.value.p != pair.name.p)
			return false;
	walk = uri->headers;
	while (take_pair(&walk, '&', &pair))
		if (pair.name.n == 0)
			return false;
	return true;
}

enum parse sip_uri_parse(struct slice text, struct sip_uri *ret_uri)
{
	struct sip_uri uri = { 0 };
	struct slice rest = text;

	if (!bytes_allowed(text) || !take_scheme(&rest, &uri.scheme) || rest.n == 0)
		return PARSE_BAD;
	if (uri.scheme != SIP_SCHEME_OTHER &&
	    (!take_userinfo(&rest, &uri) || !take_hostport(&rest, &uri) || !take_tail(rest, &uri)))
		return PARSE_BAD;
	*ret_uri = uri;
	return PARSE_OK;
}

bool sip_uri_param(const struct sip_uri *uri, struct slice name, struct slice *ret_value)
{
	struct slice walk = uri->params;
	struct pair pair;

	while (take_pair(&walk, ';', &pair)) {
		if (!slice_equal_nocase(pair.name, name))
			continue;
		*ret_value = pair.value;
		return true;
	}
	return false;
}

/* --- equality, RFC 3261 19.1.4 --- */

enum letters { LETTERS_COUNT, LETTERS_FOLD };

/* The next character of s, its escape resolved. An escaped reserved character is another one than
 * the character itself (they delimit), and so becomes a number above all bytes. */
static unsigned take_character(struct slice *s, enum letters letters)
{
	unsigned c = (unsigned char)s->p[0];
	bool escaped = c == '%' && s->n >= 3 && scan_hex(s->p[1]) >= 0 && scan_hex(s->p[2]) >= 0;

	if (escaped)
		c = (unsigned)(scan_hex(s->p[1]) << 4 | scan_hex(s->p[2]));
	*s = slice_from(*s, escaped ? 3 : 1);
	if (letters == LETTERS_FOLD && c >= 'A' && c <= 'Z')
		c |= 0x20;
	return escaped && is_reserved(c) ? c + 0x100 : c;
}

/* Orders two texts as memcmp() does, equal ones being those that 19.1.4 calls equivalent. */
static int text_compare(struct slice a, struct slice b, enum letters letters)
{
	while (a.n && b.n) {
		unsigned x = take_character(&a, letters);
		unsigned y = take_character(&b, letters);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.n > 0) - (b.n > 0);
}

bool sip_uri_user_equal(struct slice a, struct slice b)
{
	return slice_present(a) == slice_present(b) && text_compare(a, b, LETTERS_COUNT) == 0;
}

static bool ipv6_read(struct slice host, struct in6_addr *ret_addr)
{
	char text[INET6_ADDRSTRLEN];

	if (host.n < 4 || host.n - 2 >= sizeof(text) || host.p[0] != '[' ||
	    host.p[host.n - 1] != ']' || memchr(host.p, '\0', host.n))
		return false;
	memcpy(text, host.p + 1, host.n - 2);
	text[host.n - 2] = '\0';
	return inet_pton(AF_INET6, text, ret_addr) == 1;
}

/* One IPv6 address has many spellings: RFC 5954 4.2 has the addresses compared, not the text. */
static bool host_equal(struct slice a, struct slice b)
{
	struct in6_addr x, y;

	if (slice_equal_nocase(a, b))
		return true;
	return ipv6_read(a, &x) && ipv6_read(b, &y) && memcmp(&x, &y, sizeof(x)) == 0;
}

/* Same names keep the order of the text, so that the first counts. */
static int param_compare(const struct pair *a, const struct pair *b)
{
	int order = text_compare(a->name, b->name, LETTERS_FOLD);

	return order ? order : (a->name.p > b->name.p) - (a->name.p < b->name.p);
}

static int header_compare(const struct pair *a, const struct pair *b)
{
	int order = text_compare(a->name, b->name, LETTERS_FOLD);

	return order ? order : text_compare(a->value, b->value, LETTERS_FOLD);
}

typedef int pair_order(const struct pair *a, const struct pair *b);

static void heap_sink(struct pair *pairs, size_t at, size_t n, pair_order *order)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		struct pair swap = pairs[at];

		if (child + 1 < n && order(&pairs[child], &pairs[child + 1]) < 0)
			child++;
		if (order(&pairs[at], &pairs[child]) >= 0)
			return;
		pairs[at] = pairs[child];
		pairs[child] = swap;
	}
}

/* A heap sort: no bad case that a sender could choose, and, unlike glibc's qsort(), no malloc(). */
static void pairs_sort(struct pair *pairs, size_t n, pair_order *order)
{
	for (size_t i = n / 2; i-- > 0;)
		heap_sink(pairs, i, n, order);
	for (size_t end = n; end > 1; end--) {
		struct pair swap = pairs[0];

		pairs[0] = pairs[end - 1];
		pairs[end - 1] = swap;
		heap_sink(pairs, 0, end - 1, order);
	}
}

/* Returns false where there are more than PAIRS_MAX. */
static bool pairs_read(struct slice text, char separator, pair_order *order, struct pair *pairs,
                       size_t *ret_n)
{
	size_t n = 0;
	struct pair pair;

	while (take_pair(&text, separator, &pair)) {
		if (pair.name.n == 0)
			continue;
		if (n == PAIRS_MAX)
			return false;
		pairs[n++] = pair;
	}
	pairs_sort(pairs, n, order);
	*ret_n = n;
	return true;
}

/* Whether a URI with this parameter never equals one without it. "transport" is none of those that
 * 19.1.4's rules name, but the sentence on default values and the examples do. */
static bool param_counts_alone(struct slice name)
{
	static const struct slice names[] = {
		{ "user", 4 }, { "ttl", 3 }, { "method", 6 }, { "maddr", 5 }, { "transport", 9 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_compare(name, names[i], LETTERS_FOLD) == 0)
			return true;
	return false;
}

static size_t skip_same_name(const struct pair *pairs, size_t n, size_t at)
{
	size_t next = at + 1;

	while (next < n && text_compare(pairs[at].name, pairs[next].name, LETTERS_FOLD) == 0)
		next++;
	return next;
}

static bool params_equal(struct slice a, struct slice b)
{
	struct pair as[PAIRS_MAX], bs[PAIRS_MAX];
	size_t an = 0, bn = 0, i = 0, j = 0;

	if (slice_equal(a, b))
		return true;
	if (!pairs_read(a, ';', param_compare, as, &an) ||
	    !pairs_read(b, ';', param_compare, bs, &bn))
		return false;
	while (i < an || j < bn) {
		int order = i == an   ? 1
		            : j == bn ? -1
		                      : text_compare(as[i].name, bs[j].name, LETTERS_FOLD);

		if (order == 0 && text_compare(as[i].value, bs[j].value, LETTERS_FOLD) != 0)
			return false;
		if (order != 0 && param_counts_alone(order < 0 ? as[i].name : bs[j].name))
			return false;
		if (order <= 0)
			i = skip_same_name(as, an, i);
		if (order >= 0)
			j = skip_same_name(bs, bn, j);
	}
	return true;
}

/* A header may stand more than once (Route): each of one side needs its own on the other. */
static bool headers_equal(struct slice a, struct slice b)
{
	struct pair as[PAIRS_MAX], bs[PAIRS_MAX];
	size_t an = 0, bn = 0;

	if (slice_equal(a, b))
		return true;
	if (!pairs_read(a, '&', header_compare, as, &an) ||
	    !pairs_read(b, '&', header_compare, bs, &bn) || an != bn)
		return false;
	for (size_t i = 0; i < an; i++)
		if (header_compare(&as[i], &bs[i]) != 0)
			return false;
	return true;
}

bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	return a->scheme == b->scheme && a->scheme != SIP_SCHEME_OTHER && a->port == b->port &&
	       sip_uri_user_equal(a->user, b->user) &&
	       sip_uri_user_equal(a->password, b->password) && host_equal(a->host, b->host) &&
	       params_equal(a->params, b->params) && headers_equal(a->headers, b->headers);
}

bool sip_uri_leads_to(struct slice text, struct slice user, struct slice host)
{
	struct sip_uri uri;

	return sip_uri_parse(text, &uri) == PARSE_OK && uri.scheme != SIP_SCHEME_OTHER &&
	       sip_uri_user_equal(uri.user, user) && host_equal(uri.host, host);
}

/* --- hosts --- */

/* Four numbers up to 255. One with a zero in front is refused: some read it as octal. */
static bool ipv4_valid(struct slice s)
{
	size_t at = 0;

	for (int part = 0; part < 4; part++) {
		size_t first = at;
		unsigned n = 0;

		while (at < s.n && at - first < 3 && is_digit(s.p[at]))
			n = n * 10 + (unsigned)(s.p[at++] - '0');
		if (at == first || n > 255 || (at - first > 1 && s.p[first] == '0'))
			return false;
		if (part < 3 && (at == s.n || s.p[at++] != '.'))
			return false;
	}
	return at == s.n;
}

static bool label_valid(struct slice label)
{
	if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];

		if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

static bool all_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return true;
}

/* RFC 3261 has the last label begin with a letter, so that no name looks like an IPv4 address. That
 * it is not all digits does as much, and leaves "3cx" a name. */
static bool name_valid(struct slice s)
{
	struct slice label;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	do {
		label = slice_of(s.p, slice_find(s, '.'));
		if (!label_valid(label))
			return false;
		if (label.n == s.n)
			return !all_digits(label);
		s = slice_from(s, label.n + 1);
	} while (true);
}

bool sip_host_valid(struct slice text)
{
	struct in6_addr addr;

	if (text.n == 0 || text.n > NAME_MAX)
		return false;
	if (text.p[0] == '[')
		return ipv6_read(text, &addr);
	return ipv4_valid(text) || name_valid(text);
}
