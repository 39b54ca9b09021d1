/* config/value.c: one value against the row of its key. What is wrong is said in one sentence that
 * names the key and shows the value, so that blanks and look-alikes are seen. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/guess.h"
#include "base/interface.h"
#include "base/num.h"
#include "base/utf8.h"
#include "config/part.h"
#include "sip/addr.h"
#include "sip/aor.h"
#include "sip/extra.h"
#include "sip/proxy.h"
#include "sip/uri.h"

#define SHOWN_TEXT_MAX     60 /* bytes of a text that a sentence shows */
#define URI_PARAMETERS_MAX 120
#define HEADERS_MAX        600

const char *config_shown(struct slice text, char memory[SHOWN_BYTES])
{
	struct buf out = buf_over(memory, SHOWN_BYTES);
	size_t n = text.n < SHOWN_TEXT_MAX ? text.n : SHOWN_TEXT_MAX;

	while (n < text.n && n > SHOWN_TEXT_MAX - 4 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	buf_char(&out, '"');
	for (size_t at = 0, width; at < n && out.n < SHOWN_BYTES - 24; at += width) {
		uint32_t point;

		width = utf8_take(slice_from(text, at), &point);
		width = width ? width : 1;
		buf_show(&out, slice_of(text.p + at, width));
	}
	buf_str(&out, n < text.n ? "...\"" : "\"");
	buf_end(&out);
	return memory;
}

/* KEY WHAT, for what nobody may see. */
static int refuse_unseen(const struct config_key *key, const char *what, struct buf *reterr)
{
	buf_str(reterr, key->name);
	buf_char(reterr, ' ');
	buf_str(reterr, what);
	return -EINVAL;
}

/* KEY "X" WHAT */
static int refuse(const struct config_key *key, struct slice text, const char *what,
                  struct buf *reterr)
{
	char memory[SHOWN_BYTES];

	if (key->type == CONFIG_SECRET || text.n == 0)
		return refuse_unseen(key, what, reterr);
	buf_str(reterr, key->name);
	buf_char(reterr, ' ');
	buf_str(reterr, config_shown(text, memory));
	buf_char(reterr, ' ');
	buf_str(reterr, what);
	return -EINVAL;
}

/* KEY: "X" is not WHAT IT TAKES */
static int refuse_kind(const struct config_key *key, struct slice text, struct buf *reterr)
{
	char memory[SHOWN_BYTES];

	buf_str(reterr, key->name);
	buf_str(reterr, ": ");
	buf_str(reterr, config_shown(text, memory));
	buf_str(reterr, " is not ");
	config_key_takes(key, reterr);
	return -EINVAL;
}

static bool is_blank(uint32_t point)
{
	return point == ' ' || point == 0xa0 || point == 0x3000;
}

static int refuse_point(const struct config_key *key, struct slice text, uint32_t point,
                        struct buf *reterr)
{
	if (point == 0)
		return refuse(key, text, "has a NUL character in it", reterr);
	if (point == '\n' || point == '\r' || point == 0x2028 || point == 0x2029)
		return refuse(key, text, "has a line break in it", reterr);
	if (point == '\t')
		return refuse(key, text, "has a tab in it", reterr);
	if (utf8_is_control(point))
		return refuse(key, text, "has a control character in it", reterr);
	return refuse(key, text, "has a character in it that cannot be seen", reterr);
}

/* All that is text: one line of it that a person sees whole. A password may begin or end in a
 * blank, as long as it is text. */
static int check_text(const struct config_key *key, struct slice text, struct buf *reterr)
{
	uint32_t first = 0, point = 0;

	if (text.n == 0)
		return refuse(key, text, "is empty", reterr);
	if (text.n > STORE_TEXT_MAX)
		return refuse(key, text, "is longer than 1024 bytes", reterr);
	for (size_t at = 0, n; at < text.n; at += n) {
		n = utf8_take(slice_from(text, at), &point);
		if (n == 0)
			return refuse(key, text, "is no UTF-8", reterr);
		if (utf8_is_deceiving(point))
			return refuse_point(key, text, point, reterr);
		if (at == 0)
			first = point;
	}
	if (key->type == CONFIG_SECRET)
		return 0;
	if (is_blank(first))
		return refuse(key, text, "begins with a blank", reterr);
	if (is_blank(point))
		return refuse(key, text, "ends in a blank", reterr);
	return 0;
}

static int check_quotes(const struct config_key *key, struct slice text, struct buf *reterr)
{
	if (slice_find(text, '"') < text.n)
		return refuse(key, text, "has a quote in it", reterr);
	return 0;
}

static int check_number(const struct config_key *key, struct slice text, struct buf *ret_value,
                        struct buf *reterr)
{
	uint32_t n;

	if (num_u32(text, key->max, &n) != 0 || n < key->min)
		return refuse_kind(key, text, reterr);
	buf_u64(ret_value, n);
	return 0;
}

static int check_yes_no(const struct config_key *key, struct slice text, struct buf *ret_value,
                        struct buf *reterr)
{
	static const char *const words[][2] = { { "yes", "no" },
		                                { "true", "false" },
		                                { "on", "off" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (unsigned no = 0; no < 2; no++) {
			if (!slice_equal_nocase(text, slice_str(words[i][no])))
				continue;
			buf_str(ret_value, words[0][no]);
			return 0;
		}
	}
	return refuse_kind(key, text, reterr);
}

static int check_choice(const struct config_key *key, struct slice text, struct buf *ret_value,
                        struct buf *reterr)
{
	struct guess guess = guess_for(text);

	for (struct slice rest = slice_str(key->choices), choice;
	     config_choice_take(&rest, &choice);) {
		if (slice_equal(text, choice)) {
			buf_put(ret_value, text);
			return 0;
		}
		guess_offer_word(&guess, choice);
	}
	refuse_kind(key, text, reterr);
	if (slice_present(guess.best)) {
		buf_str(reterr, "; did you mean \"");
		buf_put(reterr, guess.best);
		buf_str(reterr, "\"?");
	}
	return -EINVAL;
}

static int check_extension(const struct config_key *key, struct slice text, struct buf *ret_value,
                           struct buf *reterr)
{
	char user[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1];

	if (check_quotes(key, text, reterr) != 0 ||
	    sip_extension_parse(text, user, plain, reterr) != 0)
		return -EINVAL;
	buf_put(ret_value, text);
	return 0;
}

/* What sip/aor.h says of a server, said of this key. */
static int refuse_server(const struct config_key *key, struct slice sentence, struct buf *reterr)
{
	const struct slice subject = SLICE("server");
	bool of_server = slice_starts_nocase(sentence, subject);

	buf_str(reterr, key->name);
	buf_str(reterr, of_server ? "" : ": ");
	buf_put(reterr, slice_from(sentence, of_server ? subject.n : 0));
	return -EINVAL;
}

static int check_host(const struct config_key *key, struct slice text, struct buf *ret_value,
                      struct buf *reterr)
{
	char host[SIP_HOST_MAX + 1], sentence[256];
	struct buf why = buf_over(sentence, sizeof(sentence));
	uint16_t port;

	if (sip_server_parse(text, host, &port, &why) != 0)
		return refuse_server(key, buf_slice(&why), reterr);
	if (port)
		return refuse(key, text, "has a port in it: that is a key of its own", reterr);
	buf_str(ret_value, host);
	return 0;
}

static int check_proxy(const struct config_key *key, struct slice text, struct buf *ret_value,
                       struct buf *reterr)
{
	char sentence[256];
	struct buf why = buf_over(sentence, sizeof(sentence));
	struct sip_proxy proxy;

	if (sip_proxy_parse(text, &proxy, &why) != 0)
		return refuse_server(key, buf_slice(&why), reterr);
	sip_proxy_put(&proxy, ret_value);
	return 0;
}

static bool is_address(const char *host)
{
	struct in6_addr addr;
	char bare[INET6_ADDRSTRLEN + 1];
	size_t n = strlen(host);

	if (host[0] != '[' || n < 2)
		return inet_pton(AF_INET, host, &addr) == 1;
	return n - 2 < sizeof(bare) && snprintf(bare, n - 1, "%s", host + 1) > 0 &&
	       inet_pton(AF_INET6, bare, &addr) == 1;
}

static int check_address(const struct config_key *key, struct slice text, struct buf *ret_value,
                         struct buf *reterr)
{
	char host[SIP_HOST_MAX + 1], sentence[256];
	struct buf why = buf_over(sentence, sizeof(sentence));
	uint16_t port;

	if (sip_server_parse(text, host, &port, &why) != 0 || !is_address(host))
		return refuse_kind(key, text, reterr);
	buf_str(ret_value, host);
	if (port) {
		buf_char(ret_value, ':');
		buf_u64(ret_value, port);
	}
	return 0;
}

static int check_uri(const struct config_key *key, struct slice text, struct buf *ret_value,
                     struct buf *reterr)
{
	struct sip_uri uri;

	if (check_quotes(key, text, reterr) != 0)
		return -EINVAL;
	if (sip_uri_parse(text, &uri) != PARSE_OK || uri.scheme == SIP_SCHEME_OTHER)
		return refuse_kind(key, text, reterr);
	if (slice_present(uri.password))
		return refuse_unseen(key, "has a password in it", reterr);
	buf_put(ret_value, text);
	return 0;
}

static int check_calls(const struct config_key *key, struct slice text, struct buf *ret_value,
                       struct buf *reterr)
{
	if (!slice_equal(text, SLICE("unavailable")) && !slice_equal(text, SLICE("busy")))
		return check_uri(key, text, ret_value, reterr);
	buf_put(ret_value, text);
	return 0;
}

/* They stand behind ours in a Contact: none may end it, or say again what we say ourselves. */
static int check_parameters(const struct config_key *key, struct slice text, struct buf *ret_value,
                            struct buf *reterr)
{
	static const char *const ours[] = { "expires", "+sip.instance", "reg-id", "q" };
	struct slice ignored;

	if (!sip_addr_params_valid(text))
		return refuse_kind(key, text, reterr);
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (sip_addr_param(text, slice_str(ours[i]), &ignored))
			return refuse(key, text, "has a parameter in it that Lineup sets itself",
			              reterr);
	buf_put(ret_value, text);
	return 0;
}

static int check_uri_parameters(const struct config_key *key, struct slice text,
                                struct buf *ret_value, struct buf *reterr)
{
	if (!sip_uri_params_valid(text))
		return refuse_kind(key, text, reterr);
	if (text.n > URI_PARAMETERS_MAX)
		return refuse(key, text, "is longer than 120 bytes", reterr);
	buf_put(ret_value, text);
	return 0;
}

/* KEY names "X", which Lineup writes itself */
static int refuse_field(const struct config_key *key, struct slice name, struct buf *reterr)
{
	char memory[SHOWN_BYTES];

	buf_str(reterr, key->name);
	buf_str(reterr, " names ");
	buf_str(reterr, config_shown(name, memory));
	buf_str(reterr, ", which Lineup writes itself");
	return -EINVAL;
}

static int check_headers(const struct config_key *key, struct slice text, struct buf *ret_value,
                         struct buf *reterr)
{
	struct slice rest = text, name, value;
	enum sip_extra got;

	while ((got = sip_extra_take(&rest, &name, &value)) == SIP_EXTRA_FIELD)
		;
	if (got == SIP_EXTRA_OURS)
		return refuse_field(key, name, reterr);
	if (got != SIP_EXTRA_END)
		return refuse_kind(key, text, reterr);
	if (text.n > HEADERS_MAX)
		return refuse(key, text, "is longer than 600 bytes", reterr);
	buf_put(ret_value, text);
	return 0;
}

static int check_interface(const struct config_key *key, struct slice text, struct buf *ret_value,
                           struct buf *reterr)
{
	const char *fault = interface_fault(text);

	if (fault)
		return refuse(key, text, fault, reterr);
	buf_put(ret_value, text);
	return 0;
}

int config_key_check(const struct config_key *key, struct slice text, struct buf *ret_value,
                     struct buf *reterr)
{
	if (check_text(key, text, reterr) != 0)
		return -EINVAL;
	switch (key->type) {
	case CONFIG_NUMBER:
		return check_number(key, text, ret_value, reterr);
	case CONFIG_YES_NO:
		return check_yes_no(key, text, ret_value, reterr);
	case CONFIG_CHOICE:
		return check_choice(key, text, ret_value, reterr);
	case CONFIG_EXTENSION:
		return check_extension(key, text, ret_value, reterr);
	case CONFIG_HOST:
		return check_host(key, text, ret_value, reterr);
	case CONFIG_PROXY:
		return check_proxy(key, text, ret_value, reterr);
	case CONFIG_ADDRESS:
		return check_address(key, text, ret_value, reterr);
	case CONFIG_URI:
		return check_uri(key, text, ret_value, reterr);
	case CONFIG_CALLS:
		return check_calls(key, text, ret_value, reterr);
	case CONFIG_PARAMETERS:
		return check_parameters(key, text, ret_value, reterr);
	case CONFIG_URI_PARAMETERS:
		return check_uri_parameters(key, text, ret_value, reterr);
	case CONFIG_HEADERS:
		return check_headers(key, text, ret_value, reterr);
	case CONFIG_INTERFACE:
		return check_interface(key, text, ret_value, reterr);
	case CONFIG_USER:
		if (check_quotes(key, text, reterr) != 0)
			return -EINVAL;
		break;
	case CONFIG_TEXT:
	case CONFIG_SECRET:
	case CONFIG_PATH:
	case CONFIG_SERVER:
	case CONFIG_ONE:
	case CONFIG_LIST:
		break;
	}
	buf_put(ret_value, text);
	return 0;
}
