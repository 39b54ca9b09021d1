/* sip/aor.c: from what a person types to an address-of-record, see aor.h.
 *
 * The extension is taken wide (any character, escaped where a URI needs it), the server exactly.
 * All that looks like a paste with more in it than an address (a URI with parameters, a name in
 * front, a link, a password) is refused with a sentence that says what to leave out: to guess would
 * be to register something that nobody typed. */
#include "sip/aor.h"

#include <errno.h>

#include "base/interface.h"
#include "base/num.h"
#include "sip/scan.h"
#include "sip/typed.h"
#include "sip/uri.h"

/* A mark that must not be in a text, with what to say then. */
struct mark {
	char c;
	const char *what;
};

static int marks_check(const char *part, struct slice text, const struct mark *marks, size_t n,
                       struct buf *reterr)
{
	for (size_t i = 0; i < n; i++)
		if (slice_find(text, marks[i].c) < text.n)
			return sip_typed_refuse(part, text, marks[i].what, reterr);
	return 0;
}

static int refuse_plainly(const char *sentence, struct buf *reterr)
{
	buf_str(reterr, sentence);
	return -EINVAL;
}

static bool has_sip_scheme(struct slice text)
{
	return slice_starts_nocase(text, SLICE("sip:")) ||
	       slice_starts_nocase(text, SLICE("sips:"));
}

/* --- extension --- */

static bool is_alphanum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 3261 25.1: unreserved and user-unreserved */
static bool user_allows(char c)
{
	return is_alphanum(c) || (c && strchr("-_.!~*'()&=+$,;?/", c));
}

static void write_user(struct slice text, struct buf *user, struct buf *plain)
{
	for (size_t at = 0; at < text.n; at++) {
		char c = text.p[at];

		if (c == '%' && text.n - at >= 3 && scan_hex(text.p[at + 1]) >= 0 &&
		    scan_hex(text.p[at + 2]) >= 0) {
			c = (char)(scan_hex(text.p[at + 1]) << 4 | scan_hex(text.p[at + 2]));
			buf_put(user, slice_of(text.p + at, 3));
			at += 2;
		} else if (user_allows(c)) {
			buf_char(user, c);
		} else {
			buf_char(user, '%');
			buf_char(user, "0123456789ABCDEF"[(unsigned char)c >> 4]);
			buf_char(user, "0123456789ABCDEF"[(unsigned char)c & 15]);
		}
		buf_char(plain, c);
	}
}

/* Escapes may stand for characters that could not have been typed, but the plain form goes into
 * logs, settings and the digest: it stays text. */
static int plain_check(struct slice text, struct slice plain, struct buf *reterr)
{
	for (size_t at = 0, n; at < plain.n; at += n) {
		uint32_t point;

		n = sip_typed_point(slice_from(plain, at), &point);
		if (n == 0)
			return sip_typed_refuse("extension", text,
			                        "has escapes (%HH) that make no valid UTF-8",
			                        reterr);
		if (sip_typed_is_control(point))
			return sip_typed_refuse("extension", text,
			                        "has an escaped (%HH) control character in it",
			                        reterr);
	}
	return 0;
}

int sip_extension_parse(struct slice text, char ret_user[SIP_USER_MAX + 1],
                        char ret_plain[SIP_USER_MAX + 1], struct buf *reterr)
{
	char user_text[SIP_USER_MAX + 1], plain_text[SIP_USER_MAX + 1];
	struct buf user = buf_over(user_text, sizeof(user_text));
	struct buf plain = buf_over(plain_text, sizeof(plain_text));
	int error;

	if (text.n == 0)
		return refuse_plainly("extension is empty", reterr);
	error = sip_typed_check("extension", text, reterr);
	if (error)
		return error;
	if (has_sip_scheme(text))
		return sip_typed_refuse("extension", text,
		                        "begins with a scheme: leave out what ends in \":\"",
		                        reterr);
	if (slice_find(text, '@') < text.n)
		return sip_typed_refuse("extension", text,
		                        "has an \"@\" in it: type only what stands in front of it "
		                        "(or %40 where it belongs to it)",
		                        reterr);
	write_user(text, &user, &plain);
	if (buf_end(&user) != 0 || buf_end(&plain) != 0)
		return sip_typed_refuse("extension", text,
		                        "is too long: with its escapes it has more than 255 bytes",
		                        reterr);
	error = plain_check(text, buf_slice(&plain), reterr);
	if (error)
		return error;
	memcpy(ret_user, user_text, user.n + 1);
	memcpy(ret_plain, plain_text, plain.n + 1);
	return 0;
}

/* --- server --- */

static int server_check(struct slice text, struct buf *reterr)
{
	static const struct mark marks[] = {
		{ '/', "has a \"/\" in it: type only its name or address, as in pbx.example" },
		{ '@', "has an \"@\" in it: type only what stands behind it" },
		{ ';', "has parameters (from \";\" on): leave them out; the transport is a setting "
		       "of its own" },
		{ '?', "has headers (from \"?\" on): leave them out" },
	};

	if (text.n == 0)
		return refuse_plainly("server is empty", reterr);
	if (sip_typed_check("server", text, reterr) != 0)
		return -EINVAL;
	if (slice_starts_nocase(text, SLICE("sips:")))
		return sip_typed_refuse("server", text,
		                        "begins with sips: leave that out, and set the transport "
		                        "to tls",
		                        reterr);
	if (has_sip_scheme(text))
		return sip_typed_refuse("server", text,
		                        slice_find(text, ';') < text.n
		                                ? "is a URI: type its host and port alone; the "
		                                  "transport is a setting of its own"
		                                : "begins with a scheme: leave out what ends in "
		                                  "\":\"",
		                        reterr);
	return marks_check("server", text, marks, sizeof(marks) / sizeof(marks[0]), reterr);
}

/* Finds host and port. More than one ":" without brackets is an IPv6 address, and no port. What is
 * misshapen stays whole, and is then no valid host. */
static void server_split(struct slice text, struct slice *ret_host, struct slice *ret_port)
{
	size_t host_n = slice_find(text, text.p[0] == '[' ? ']' : ':');
	struct slice rest;

	if (text.p[0] == '[' && host_n < text.n)
		host_n++;
	rest = slice_from(text, host_n);
	*ret_host = text;
	*ret_port = SLICE_NONE;
	if (rest.n == 0 || rest.p[0] != ':')
		return;
	rest = slice_from(rest, 1);
	if (slice_find(rest, ':') < rest.n)
		return;
	*ret_host = slice_of(text.p, host_n);
	*ret_port = rest;
}

static int refuse_letter(struct slice host, size_t at, struct buf *reterr)
{
	uint32_t point;
	size_t n = sip_typed_point(slice_from(host, at), &point);

	sip_typed_refuse("server", host, "has a \"", reterr);
	buf_show(reterr, slice_of(host.p + at, n));
	buf_str(reterr, "\" in it, which no host name may have");
	if (point >= 0x80)
		buf_str(reterr, " (its form for the DNS begins with xn--)");
	return -EINVAL;
}

/* RFC 6874 would have "%25" in front of a zone, RFC 4007 11.2 "%". No SIP URI has a place for one
 * (RFC 3261 25.1): the interface is a setting beside the address. */
static int refuse_zone(struct slice host, struct buf *reterr)
{
	struct slice zone = slice_from(host, slice_find(host, '%') + 1);

	if (zone.n > 2 && slice_starts_nocase(zone, SLICE("25")))
		zone = slice_from(zone, 2);
	zone.n = slice_find(zone, ']');
	sip_typed_refuse("server", host, "has a zone (from \"%\" on): leave it out, and set ",
	                 reterr);
	if (interface_fault(zone)) {
		buf_str(reterr, "its interface by name");
	} else {
		buf_char(reterr, '"');
		buf_show(reterr, zone);
		buf_str(reterr, "\" as its interface");
	}
	return -EINVAL;
}

/* Says what is wrong with a host that sip_host_valid() refused. */
static int refuse_host(struct slice host, struct buf *reterr)
{
	bool numeric = true;

	if (host.p[0] == '[' || slice_find(host, ':') < host.n) {
		if (slice_find(host, '%') < host.n)
			return refuse_zone(host, reterr);
		return sip_typed_refuse("server", host,
		                        "is no IPv6 address (with a port it is typed "
		                        "[2001:db8::1]:5060)",
		                        reterr);
	}
	if (host.n > SIP_HOST_MAX)
		return sip_typed_refuse("server", host, "is longer than 255 bytes", reterr);
	for (size_t i = 0; i < host.n; i++) {
		if (!is_alphanum(host.p[i]) && !strchr("-_.", host.p[i]))
			return refuse_letter(host, i, reterr);
		numeric = numeric && (host.p[i] == '.' || (host.p[i] >= '0' && host.p[i] <= '9'));
	}
	if (numeric)
		return sip_typed_refuse("server", host,
		                        "is no IPv4 address: that has four numbers from 0 to 255, "
		                        "without zeros in front",
		                        reterr);
	return sip_typed_refuse("server", host,
	                        "is no host name: a part of it is empty, longer than 63, all "
	                        "digits, or has a hyphen at an end",
	                        reterr);
}

static int port_read(struct slice text, struct slice port, uint16_t *ret_port, struct buf *reterr)
{
	uint32_t n;

	if (port.n == 0)
		return sip_typed_refuse("server", text, "ends in \":\" without a port", reterr);
	if (num_u32(port, 65535, &n) != 0 || n == 0)
		return sip_typed_refuse("port", port, "is no number from 1 to 65535", reterr);
	*ret_port = (uint16_t)n;
	return 0;
}

int sip_server_parse(struct slice text, char ret_host[SIP_HOST_MAX + 1], uint16_t *ret_port,
                     struct buf *reterr)
{
	char host_text[SIP_HOST_MAX + 1];
	struct buf out = buf_over(host_text, sizeof(host_text));
	struct slice host, port;
	uint16_t port_number = 0;
	bool bare_ipv6;

	if (server_check(text, reterr) != 0)
		return -EINVAL;
	server_split(text, &host, &port);
	if (host.n == 0)
		return sip_typed_refuse("server", text, "has a port but no name", reterr);
	bare_ipv6 = host.p[0] != '[' && slice_find(host, ':') < host.n;
	buf_str(&out, bare_ipv6 ? "[" : "");
	buf_put(&out, host);
	buf_str(&out, bare_ipv6 ? "]" : "");
	if (buf_end(&out) != 0 || !sip_host_valid(buf_slice(&out)))
		return refuse_host(host, reterr);
	if (slice_present(port) && port_read(text, port, &port_number, reterr) != 0)
		return -EINVAL;
	memcpy(ret_host, host_text, out.n + 1);
	*ret_port = port_number;
	return 0;
}

/* --- address --- */

/* Schemes that people paste. Another word in front of a ":" may as well be a user with a password.
 */
static int other_scheme_check(struct slice text, struct buf *reterr)
{
	static const char *const schemes[] = {
		"tel",   "callto", "mailto", "http", "https", "im",   "pres",
		"xmpp",  "h323",   "iax",    "iax2", "ws",    "wss",  "urn",
		"skype", "ftp",    "file",   "data", "stun",  "turn", "javascript",
	};
	struct slice name = slice_of(text.p, slice_find(text, ':'));

	if (name.n == text.n)
		return 0;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!slice_equal_nocase(name, slice_str(schemes[i])))
			continue;
		sip_typed_refuse("address", text, "begins with \"", reterr);
		buf_str(reterr, schemes[i]);
		buf_str(reterr, ":\" and is no SIP address, which looks like 1001@pbx.example");
		return -EINVAL;
	}
	return 0;
}

/* Looks at an address without "sip:". What may be a password is not shown. */
static int address_check(struct slice text, struct buf *reterr)
{
	static const struct mark marks[] = {
		{ '<', "has a \"<\" in it: type only what stands between \"<\" and \">\"" },
		{ '>', "has a \">\" in it: leave it out" },
		{ '"', "has a quote (\") in it: leave it out" },
	};
	size_t at = slice_find(text, '@'), colon = slice_find(text, ':');

	if (marks_check("address", text, marks, sizeof(marks) / sizeof(marks[0]), reterr) != 0)
		return -EINVAL;
	if (text.n >= 2 && memcmp(text.p, "//", 2) == 0)
		return sip_typed_refuse("address", text,
		                        "begins with \"//\": a SIP address has no slashes", reterr);
	if (at == text.n)
		return sip_typed_refuse("address", text,
		                        "has no \"@\": it is EXTENSION@SERVER, as in "
		                        "1001@pbx.example",
		                        reterr);
	if (colon < at && sip_typed_check("address", slice_of(text.p, colon), reterr) != 0)
		return -EINVAL;
	if (colon < at && !has_sip_scheme(text))
		return refuse_plainly("address has a \":\" in front of its \"@\": a password does "
		                      "not belong there (a colon in an extension is typed %3A)",
		                      reterr);
	if (slice_find(slice_from(text, at + 1), '@') < text.n - at - 1)
		return sip_typed_refuse("address", text,
		                        "has more than one \"@\" (one that belongs to the "
		                        "extension is typed %40)",
		                        reterr);
	return 0;
}

int sip_aor_parse(struct slice text, struct sip_aor *ret_aor, struct buf *reterr)
{
	struct sip_aor aor = { .sips = slice_starts_nocase(text, SLICE("sips:")) };
	size_t at;

	if (text.n == 0)
		return refuse_plainly("address is empty", reterr);
	if (has_sip_scheme(text))
		text = slice_from(text, slice_find(text, ':') + 1);
	else if (other_scheme_check(text, reterr) != 0)
		return -EINVAL;
	if (address_check(text, reterr) != 0)
		return -EINVAL;
	at = slice_find(text, '@');
	if (sip_extension_parse(slice_of(text.p, at), aor.user, aor.plain, reterr) != 0 ||
	    sip_server_parse(slice_from(text, at + 1), aor.host, &aor.port, reterr) != 0)
		return -EINVAL;
	*ret_aor = aor;
	return 0;
}
