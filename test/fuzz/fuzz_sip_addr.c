/* fuzz/fuzz_sip_addr.c: any bytes as a Contact and as a Via. */
#include "fuzz/sip_msg_check.h"

#include "fuzz/fuzz.h"

static void read_addr(struct slice text)
{
	struct sip_addr addr;
	struct sip_uri uri;
	struct slice value;

	if (sip_addr_parse(text, &addr) != PARSE_OK)
		return;
	check_inside(text, addr.display);
	check_inside(text, addr.uri_text);
	check_inside(text, addr.params);
	CHECK(addr.params.n == 0 || addr.params.p[0] == ';');
	CHECK(sip_uri_parse(addr.uri_text, &uri) == PARSE_OK);
	CHECK(slice_equal(uri.host, addr.uri.host) && uri.port == addr.uri.port);
	if (sip_addr_param(addr.params, SLICE("expires"), &value))
		check_inside(addr.params, value);
}

static void read_via(struct slice text)
{
	struct sip_via via;

	if (sip_via_parse(text, &via) != PARSE_OK)
		return;
	CHECK(via.transport.n > 0 && sip_host_valid(via.host));
	CHECK(via.rport_asked || via.rport == 0);
	check_inside(text, via.transport);
	check_inside(text, via.host);
	check_inside(text, via.branch);
	check_inside(text, via.received);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);

	read_addr(text);
	read_via(text);
	return 0;
}
