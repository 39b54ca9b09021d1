/* api/target.h: what a request names: the path, the parameters, the host. Pure.
 *
 * A path is plain text: letters, digits, "-", "_", "." and "/". So there is one way to write each,
 * and no escape, empty segment, "." or ".." can make one route look like another. */
#ifndef LINEUP_API_TARGET_H
#define LINEUP_API_TARGET_H

#include "base/buf.h"

#define API_URI_MAX    4096
#define API_PARAMS_MAX 16

struct api_target {
	struct slice authority; /* of "http://HOST/..."; absent in the usual form */
	struct slice path;
	struct api_param {
		const char *name, *value; /* with their escapes resolved; end with a NUL */
	} params[API_PARAMS_MAX];
	unsigned param_count;
	char memory[2 * API_URI_MAX];
};

/* Returns 0; -ENAMETOOLONG; -EINVAL: *reterr (160 bytes are enough) has a sentence. The path
 * borrows from uri. */
int api_target_parse(struct slice uri, struct api_target *ret_target, struct buf *reterr);

/* NULL: it is not given. */
const char *api_target_param(const struct api_target *target, const char *name);

/* The host of "HOST", "HOST:PORT", "[V6]:PORT", brackets included. Returns 0, or -EINVAL where it
 * is no such thing. */
int api_target_host(struct slice authority, struct slice *ret_host);

/* Whether a Host header (or the authority of the target) means us: a name of the loopback, the
 * address here, on which the connection came in, or one of names (NULL at the end), with or without
 * a port. A name that an attacker lets point at us (DNS rebinding) is none of these. */
bool api_target_is_us(struct slice authority, struct slice here, char *const *names);

/* Whether an Origin header is that of a page of ours, which was reached as authority. *ret_tls: by
 * https. */
bool api_target_same_origin(struct slice origin, struct slice authority, bool *ret_tls);

#endif
