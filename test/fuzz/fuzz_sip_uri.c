/* fuzz/fuzz_sip_uri.c: two URIs, a line each. Whatever they are: parts lie inside, a URI equals
 * itself, and equality does not depend on who is asked first. */
#include "fuzz/sip_msg_check.h"

#include "fuzz/fuzz.h"
#include "sip/uri.h"

static enum parse read_uri(struct slice text, struct sip_uri *uri)
{
	struct slice value;
	enum parse parse = sip_uri_parse(text, uri);

	CHECK(parse == PARSE_OK || parse == PARSE_BAD);
	if (parse != PARSE_OK)
		return parse;
	check_inside(text, uri->user);
	check_inside(text, uri->password);
	check_inside(text, uri->host);
	check_inside(text, uri->params);
	check_inside(text, uri->headers);
	CHECK(slice_present(uri->host) == (uri->scheme != SIP_SCHEME_OTHER));
	CHECK(uri->scheme == SIP_SCHEME_OTHER || sip_host_valid(uri->host));
	CHECK(sip_uri_equal(uri, uri) == (uri->scheme != SIP_SCHEME_OTHER));
	if (sip_uri_param(uri, SLICE("transport"), &value))
		check_inside(text, value);
	return parse;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of((const char *)data, size);
	struct slice first = slice_of(all.p, slice_find(all, '\n'));
	struct slice second = slice_from(all, first.n < all.n ? first.n + 1 : first.n);
	struct sip_uri a, b;

	if (read_uri(first, &a) == PARSE_OK && read_uri(second, &b) == PARSE_OK)
		CHECK(sip_uri_equal(&a, &b) == sip_uri_equal(&b, &a));
	CHECK(sip_uri_user_equal(first, first));
	CHECK(sip_uri_user_equal(first, second) == sip_uri_user_equal(second, first));
	return 0;
}
