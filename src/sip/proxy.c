/* sip/proxy.c: see sip/proxy.h. */
#include "sip/proxy.h"

#include <errno.h>

#include "sip/typed.h"

static const char *const transports[] = { "udp", "tcp", "tls" };

/* False: it is none that may stand there. sips: the scheme was. */
static bool read_param(struct slice param, bool sips, struct sip_proxy *proxy)
{
	static const char name[] = "transport=";

	if (slice_equal_nocase(param, SLICE("lr")))
		return true;
	if (!slice_starts_nocase(param, slice_str(name)))
		return false;
	param = slice_from(param, strlen(name));
	for (unsigned i = 0; i < sizeof(transports) / sizeof(*transports); i++) {
		if (!slice_equal_nocase(param, slice_str(transports[i])))
			continue;
		/* RFC 3261 26.2.2: sips: over TCP is TLS. */
		if (sips && i == 0)
			return false;
		proxy->transport = sips ? "tls" : transports[i];
		return true;
	}
	return false;
}

static bool read_params(struct slice text, bool sips, struct sip_proxy *proxy)
{
	while (text.n) {
		struct slice param = slice_from(text, 1);

		param.n = slice_find(param, ';');
		if (!read_param(param, sips, proxy))
			return false;
		text = slice_from(text, 1 + param.n);
	}
	return true;
}

int sip_proxy_parse(struct slice text, struct sip_proxy *ret_proxy, struct buf *reterr)
{
	bool sips = slice_starts_nocase(text, SLICE("sips:"));
	struct sip_proxy proxy = { .transport = sips ? "tls" : NULL };
	struct slice host = text, params;

	if (sips || slice_starts_nocase(text, SLICE("sip:")))
		host = slice_from(text, slice_find(text, ':') + 1);
	params = slice_from(host, slice_find(host, ';'));
	host.n -= params.n;
	if (!read_params(params, sips, &proxy))
		return sip_typed_refuse("server", text,
		                        "may have only ;lr and ;transport=udp, tcp or tls behind "
		                        "its host, and not udp behind sips:",
		                        reterr);
	if (sip_server_parse(host, proxy.host, &proxy.port, reterr) < 0)
		return -EINVAL;
	*ret_proxy = proxy;
	return 0;
}

void sip_proxy_put(const struct sip_proxy *proxy, struct buf *out)
{
	if (!proxy->host[0])
		return;
	buf_str(out, proxy->transport ? "sip:" : "");
	buf_str(out, proxy->host);
	if (proxy->port) {
		buf_char(out, ':');
		buf_u64(out, proxy->port);
	}
	if (proxy->transport) {
		buf_str(out, ";transport=");
		buf_str(out, proxy->transport);
	}
}
