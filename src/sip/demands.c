/* sip/demands.c: what a server asks of a REGISTER beside RFC 3261, checked and written. */
#include "sip/demands.h"

#include <string.h>

#include "sip/addr.h"
#include "sip/build.h"
#include "sip/extra.h"

const char *sip_demands_problem(const struct sip_demands *demands)
{
	char memory[SIP_DEMANDS_HEADERS_MAX];
	struct buf lines = buf_over(memory, sizeof(memory));

	if (!sip_addr_params_valid(slice_str(demands->contact_params)))
		return "the parameters of the Contact are none";
	if (!sip_uri_params_valid(slice_str(demands->address_params)))
		return "the parameters of the address are none";
	if (!sip_uri_params_valid(slice_str(demands->request_params)))
		return "the parameters of the Request-URI are none";
	if (sip_extra_write(slice_str(demands->headers), &lines) < 0)
		return "the header fields are none, or are Lineup's own";
	return lines.full ? "the header fields are too long" : NULL;
}

bool sip_demands_equal(const struct sip_demands *a, const struct sip_demands *b)
{
	return a->outbound == b->outbound && a->gruu == b->gruu &&
	       strcmp(a->contact_params, b->contact_params) == 0 &&
	       strcmp(a->address_params, b->address_params) == 0 &&
	       strcmp(a->request_params, b->request_params) == 0 &&
	       strcmp(a->headers, b->headers) == 0;
}

struct slice sip_demands_supported(bool outbound, bool gruu)
{
	if (outbound)
		return gruu ? SLICE("path, outbound, gruu") : SLICE("path, outbound");
	return gruu ? SLICE("path, gruu") : SLICE("path");
}

void sip_demands_put_contact(uint32_t reg_id, struct slice params, uint64_t a, uint64_t b,
                             struct buf *out)
{
	if (reg_id) {
		buf_put(out, SLICE(";reg-id="));
		buf_u64(out, reg_id);
	}
	buf_put(out, params);
	buf_put(out, SLICE(";+sip.instance=\""));
	sip_build_instance(a, b, out);
	buf_char(out, '"');
}
