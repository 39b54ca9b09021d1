/* api/target.c: see api/target.h. */
#include "api/target.h"

#include <errno.h>

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* ---- path */

static bool path_is_plain(struct slice path)
{
	for (size_t i = 0; i < path.n; i++)
		if (!is_alnum(path.p[i]) && !memchr("-_./", path.p[i], 4))
			return false;
	return true;
}

/* "/" alone, or segments that are neither empty nor all dots. */
static bool path_is_straight(struct slice path)
{
	struct slice rest = slice_from(path, 1);

	if (path.n == 1)
		return true;
	for (;;) {
		size_t n = slice_find(rest, '/');
		size_t dots = 0;

		while (dots < n && rest.p[dots] == '.')
			dots++;
		if (dots == n)
			return false;
		if (n == rest.n)
			return true;
		rest = slice_from(rest, n + 1);
	}
}

static int take_path(struct slice *rest, struct api_target *target, struct buf *reterr)
{
	size_t n = slice_find(*rest, '?');

	target->path = slice_of(rest->p, n);
	*rest = slice_from(*rest, n);
	if (n == 0 || target->path.p[0] != '/')
		buf_str(reterr, "the path does not begin with a slash");
	else if (!path_is_plain(target->path))
		buf_str(reterr, "the path has a character that no path here has, or an escape");
	else if (!path_is_straight(target->path))
		buf_str(reterr, "the path has an empty segment, or one of dots");
	else
		return 0;
	return -EINVAL;
}

/* "http://HOST" in front of a path, which a server must take (RFC 9112 3.2.2). */
static void take_authority(struct slice *rest, struct api_target *target)
{
	struct slice scheme = SLICE("http://");

	if (!slice_starts_nocase(*rest, scheme))
		return;
	*rest = slice_from(*rest, scheme.n);
	size_t n = slice_find(*rest, '/');
	target->authority = slice_of(rest->p, n);
	*rest = slice_from(*rest, n);
}

/* ---- query */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Appends text with its escapes resolved and a NUL behind it. */
static int decode(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = i + 2 < text.n ? hex(text.p[i + 1]) : -1;
			int low = i + 2 < text.n ? hex(text.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -EINVAL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return -EINVAL;
		buf_char(out, c);
	}
	buf_char(out, '\0');
	return 0;
}

static int take_param(struct slice pair, struct api_target *target, struct buf *memory,
                      struct buf *reterr)
{
	struct api_param *param = &target->params[target->param_count];
	size_t equals = slice_find(pair, '=');
	struct slice value = equals < pair.n ? slice_from(pair, equals + 1) : SLICE("");

	if (target->param_count == API_PARAMS_MAX) {
		buf_str(reterr, "there are too many parameters");
		return -EINVAL;
	}
	param->name = memory->p + memory->n;
	if (decode(slice_of(pair.p, equals), memory) < 0)
		goto bad;
	param->value = memory->p + memory->n;
	if (decode(value, memory) < 0)
		goto bad;
	if (api_target_param(target, param->name)) {
		buf_str(reterr, "a parameter is given twice");
		return -EINVAL;
	}
	target->param_count++;
	return 0;
bad:
	buf_str(reterr, "a parameter has an escape that is none, or a control character");
	return -EINVAL;
}

static int take_query(struct slice rest, struct api_target *target, struct buf *reterr)
{
	struct buf memory = buf_over(target->memory, sizeof(target->memory));
	int err = 0;

	while (rest.n && !err) {
		rest = slice_from(rest, 1); /* "?" or "&" */
		size_t n = slice_find(rest, '&');

		if (n)
			err = take_param(slice_of(rest.p, n), target, &memory, reterr);
		rest = slice_from(rest, n);
	}
	return err;
}

int api_target_parse(struct slice uri, struct api_target *ret_target, struct buf *reterr)
{
	int err;

	ret_target->authority = SLICE_NONE;
	ret_target->param_count = 0;
	if (uri.n > API_URI_MAX)
		return -ENAMETOOLONG;
	take_authority(&uri, ret_target);
	err = take_path(&uri, ret_target, reterr);
	return err ? err : take_query(uri, ret_target, reterr);
}

const char *api_target_param(const struct api_target *target, const char *name)
{
	for (unsigned i = 0; i < target->param_count; i++)
		if (strcmp(target->params[i].name, name) == 0)
			return target->params[i].value;
	return NULL;
}

/* ---- host */

int api_target_host(struct slice authority, struct slice *ret_host)
{
	size_t n, end;

	if (authority.n && authority.p[0] == '[') {
		n = slice_find(authority, ']');
		if (n == authority.n)
			return -EINVAL;
		n++;
	} else {
		n = slice_find(authority, ':');
	}
	end = n;
	if (end < authority.n && authority.p[end] == ':')
		for (end++;
		     end < authority.n && authority.p[end] >= '0' && authority.p[end] <= '9';)
			end++;
	if (n == 0 || end < authority.n)
		return -EINVAL;
	*ret_host = slice_of(authority.p, n);
	return 0;
}

bool api_target_is_us(struct slice authority, struct slice here, char *const *names)
{
	static const char *const loopback[] = { "localhost", "127.0.0.1", "[::1]" };
	struct slice host;

	if (api_target_host(authority, &host) < 0)
		return false;
	if (here.n && slice_equal_nocase(host, here))
		return true;
	for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++)
		if (slice_equal_nocase(host, slice_str(loopback[i])))
			return true;
	for (; names && *names; names++)
		if (slice_equal_nocase(host, slice_str(*names)) ||
		    slice_equal_nocase(authority, slice_str(*names)))
			return true;
	return false;
}

bool api_target_same_origin(struct slice origin, struct slice authority, bool *ret_tls)
{
	static const struct slice plain = { "http://", 7 }, tls = { "https://", 8 };
	bool by_tls = slice_starts_nocase(origin, tls);

	if (!by_tls && !slice_starts_nocase(origin, plain))
		return false;
	origin = slice_from(origin, by_tls ? tls.n : plain.n);
	if (!origin.n || !slice_equal_nocase(origin, authority))
		return false;
	*ret_tls = by_tls;
	return true;
}
