/* digest/credentials.c: reading what a client answers (Authorization) and what a server adds to its
 * answer (Authentication-Info). */
#include "digest/directive.h"

/* RFC 7616 3.4: 8LHEX; upper case would be hashed as other text. */
static bool nc_read(struct slice text, uint32_t *ret_nc)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t nc = 0;

	if (text.n != 8)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		const char *digit = memchr(digits, text.p[i], 16);

		if (!digit)
			return false;
		nc = nc << 4 | (uint32_t)(digit - digits);
	}
	*ret_nc = nc;
	return true;
}

static enum digest_qop qop_read(struct slice name)
{
	if (!slice_present(name))
		return DIGEST_QOP_NONE;
	if (slice_equal_nocase(name, SLICE("auth")))
		return DIGEST_QOP_AUTH;
	if (slice_equal_nocase(name, SLICE("auth-int")))
		return DIGEST_QOP_AUTH_INT;
	return DIGEST_QOP_UNKNOWN;
}

/* What must be there: RFC 7616 3.4, with cnonce and nc where there is a qop. */
static bool complete(const struct slice *value)
{
	return slice_present(value[DIRECTIVE_USERNAME]) && slice_present(value[DIRECTIVE_REALM]) &&
	       slice_present(value[DIRECTIVE_NONCE]) && slice_present(value[DIRECTIVE_URI]) &&
	       slice_present(value[DIRECTIVE_RESPONSE]) &&
	       (!slice_present(value[DIRECTIVE_QOP]) ||
	        (slice_present(value[DIRECTIVE_CNONCE]) && slice_present(value[DIRECTIVE_NC])));
}

enum parse digest_credentials_parse(struct slice value, struct digest_credentials *ret_credentials)
{
	struct slice rest = slice_trim(value), scheme;
	struct directives list;

	if (!directive_take_scheme(&rest, &scheme) ||
	    !slice_equal_nocase(scheme, SLICE("Digest")) || !directives_take(&rest, &list) ||
	    rest.n || !complete(list.value))
		return PARSE_BAD;
	struct digest_credentials credentials = {
		.user = list.value[DIRECTIVE_USERNAME],
		.realm = list.value[DIRECTIVE_REALM],
		.nonce = list.value[DIRECTIVE_NONCE],
		.uri = list.value[DIRECTIVE_URI],
		.response = list.value[DIRECTIVE_RESPONSE],
		.cnonce = list.value[DIRECTIVE_CNONCE],
		.opaque = list.value[DIRECTIVE_OPAQUE],
		.qop = qop_read(list.value[DIRECTIVE_QOP]),
	};
	if (slice_present(list.value[DIRECTIVE_NC]) &&
	    !nc_read(list.value[DIRECTIVE_NC], &credentials.nc))
		return PARSE_BAD;
	digest_algorithm_read(list.value[DIRECTIVE_ALGORITHM], &credentials.algorithm,
	                      &credentials.sess);
	if (credentials.sess && !slice_present(credentials.cnonce))
		return PARSE_BAD;
	*ret_credentials = credentials;
	return PARSE_OK;
}

enum parse digest_info_parse(struct slice value, struct digest_info *ret_info)
{
	struct slice rest = value;
	struct directives list;

	if (!directives_take(&rest, &list) || rest.n)
		return PARSE_BAD;
	*ret_info = (struct digest_info){
		.nextnonce = list.value[DIRECTIVE_NEXTNONCE],
		.rspauth = list.value[DIRECTIVE_RSPAUTH],
	};
	return PARSE_OK;
}
