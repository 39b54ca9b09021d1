/* cli/account.c: an account's settings, checked before anything is sent. */
#include "cli/account.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/interface.h"
#include "base/num.h"
#include "cli/term.h"
#include "reg/reg.h"

/* A text that goes into a header: no control bytes, no blank at its ends, not empty. */
int account_check_text(const struct cli_args *args, const char *what, const char *text)
{
	char memory[2 * ACCOUNT_TEXT_MAX];

	if (!text[0])
		return cli_usage_error(args, "%s is empty", what);
	if (strlen(text) >= ACCOUNT_TEXT_MAX)
		return cli_usage_error(args, "%s is longer than %d bytes", what,
		                       ACCOUNT_TEXT_MAX - 1);
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return cli_usage_error(args, "%s \"%s\" has a control character in it",
			                       what, cli_shown(text, memory, sizeof(memory)));
	if (text[0] == ' ' || text[strlen(text) - 1] == ' ')
		return cli_usage_error(args, "%s \"%s\" %s with a blank", what,
		                       cli_shown(text, memory, sizeof(memory)),
		                       text[0] == ' ' ? "begins" : "ends");
	return CLI_OK;
}

static int read_address(const struct cli_args *args, struct account *account)
{
	char memory[512];
	struct buf why = buf_over(memory, sizeof(memory));

	if (sip_aor_parse(slice_str(args->operands[0]), &account->aor, &why) < 0)
		return cli_usage_error(args, "%.*s", (int)why.n, why.p);
	return CLI_OK;
}

int account_read_proxy(const struct cli_args *args, const char *name, struct sip_proxy *ret_proxy)
{
	const char *given = cli_value(args, name);
	const struct slice subject = SLICE("server");
	char memory[512];
	struct buf why = buf_over(memory, sizeof(memory));
	struct slice sentence;
	bool of_server;

	*ret_proxy = (struct sip_proxy){ .transport = NULL };
	if (given && strchr(given, ',')) {
		char typed[160];

		return cli_usage_error(args,
		                       "--%s \"%s\": one proxy only; a second one is the second "
		                       "flow's: --second-proxy",
		                       name, cli_shown(given, typed, sizeof(typed)));
	}
	if (!given || sip_proxy_parse(slice_str(given), ret_proxy, &why) == 0)
		return CLI_OK;
	sentence = buf_slice(&why);
	of_server = slice_starts_nocase(sentence, subject);
	sentence = slice_from(sentence, of_server ? subject.n : 0);
	return cli_usage_error(args, "--%s%s%.*s", name, of_server ? "" : ": ", (int)sentence.n,
	                       sentence.p);
}

static int read_tls_files(const struct cli_args *args, bool tries_tls, struct account *account)
{
	char memory[300];
	struct buf why = buf_over(memory, sizeof(memory));
	struct net_tls *tls;

	account->tls =
		(struct net_tls_files){ .ca = cli_value(args, "tls-ca"),
		                        .cert = cli_value(args, "tls-cert"),
		                        .key = cli_value(args, "tls-key"),
		                        .least = net_tls_least_of(cli_value(args, "tls-min")) };
	if (!account->tls.ca && !account->tls.cert && !account->tls.key &&
	    !cli_value(args, "tls-min"))
		return CLI_OK;
	if (!tries_tls && account->transport != DNS_TLS && account->transport != DNS_AUTO)
		return cli_usage_error(args, "--tls-ca, --tls-cert, --tls-key and --tls-min are "
		                             "for --transport tls");
	if (!account->tls.cert != !account->tls.key)
		return cli_usage_error(args, "--tls-cert and --tls-key belong together");
	/* A file that cannot be used is said before anything is sent. */
	if (net_tls_new(&account->tls, &tls, &why) < 0)
		return cli_usage_error(args, "%.*s", (int)why.n, why.p);
	net_tls_free(tls);
	return CLI_OK;
}

/* How the server, or the proxy before it, is reached. "sips:" is TLS and nothing less. */
static int read_transport(const struct cli_args *args, const struct sip_proxy *proxy,
                          struct account *account)
{
	const char *given = cli_value(args, "transport");
	char typed[256];

	account->transport = account->aor.sips  ? DNS_TLS
	                     : proxy->transport ? dns_transport_of(proxy->transport)
	                                        : DNS_UDP;
	for (enum dns_transport at = DNS_UDP; given && at <= DNS_AUTO; at++)
		if (strcmp(given, dns_transport_name(at)) == 0)
			account->transport = at;
	if (account->aor.sips && account->transport != DNS_TLS)
		return cli_usage_error(
			args, "sips: is TLS and nothing less: leave --transport %s out", given);
	if (proxy->transport && account->transport != dns_transport_of(proxy->transport))
		return cli_usage_error(args,
		                       "--proxy \"%s\" is reached over %s, and %s: leave one out",
		                       cli_shown(cli_value(args, "proxy"), typed, sizeof(typed)),
		                       dns_transport_text(dns_transport_of(proxy->transport)),
		                       given ? "--transport says otherwise" : "sips: is TLS");
	return CLI_OK;
}

static int read_auth_user(const struct cli_args *args, struct account *account)
{
	const char *given = cli_value(args, "auth-user");
	struct buf copy = buf_over(account->auth_user, sizeof(account->auth_user));

	if (given && account_check_text(args, "--auth-user", given))
		return CLI_USAGE;
	buf_str(&copy, given ? given : account->aor.plain);
	return buf_end(&copy) ? cli_usage_error(args, "the Auth User is too long") : CLI_OK;
}

static int read_interface(const struct cli_args *args, struct account *account)
{
	const char *given = cli_value(args, "interface");
	const char *fault = given ? interface_fault(slice_str(given)) : NULL;
	char typed[256];

	account->interface = given;
	return fault ? cli_usage_error(args, "--interface \"%s\" %s",
	                               cli_shown(given, typed, sizeof(typed)), fault)
	             : CLI_OK;
}

int account_read_dns(const struct cli_args *args, struct net_addr *ret_addr, bool *ret_given)
{
	const char *given = cli_value(args, "dns");
	char memory[256];

	*ret_given = given != NULL;
	if (!given || dns_server_parse(slice_str(given), ret_addr) == 0)
		return CLI_OK;
	return cli_usage_error(args,
	                       "--dns \"%s\" is not the address of a name server, such as "
	                       "192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53",
	                       cli_shown(given, memory, sizeof(memory)));
}

/* ---- the password: never on the command line */

static int take_password(const struct cli_args *args, const char *where, struct slice text,
                         struct account *account)
{
	struct buf copy = buf_over(account->password, sizeof(account->password));
	size_t end = slice_find(text, '\n');

	if (end + 1 < text.n)
		return cli_usage_error(args,
		                       "%s has more than one line; it must have the password "
		                       "and nothing else",
		                       where);
	text.n = end;
	if (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	if (!text.n)
		return cli_usage_error(args, "%s: the password is empty", where);
	if (memchr(text.p, '\0', text.n) || memchr(text.p, '\r', text.n))
		return cli_usage_error(args, "%s: the password has a NUL or CR in it", where);
	buf_put(&copy, text);
	if (buf_end(&copy))
		return cli_usage_error(args, "%s: the password is longer than %d bytes", where,
		                       ACCOUNT_PASSWORD_MAX);
	if (text.p[0] == ' ' || text.p[text.n - 1] == ' ')
		fprintf(args->err, "note: the password %s with a blank; it is used as it is\n",
		        text.p[0] == ' ' ? "begins" : "ends");
	account->has_password = true;
	return CLI_OK;
}

static int password_from_file(const struct cli_args *args, const char *path,
                              struct account *account)
{
	char text[ACCOUNT_PASSWORD_MAX + 3]; /* CR, LF, and one that is too many */
	char name[512], quoted[512 + 2];
	bool is_stdin = strcmp(path, "-") == 0;
	const char *where = is_stdin ? "standard input" : quoted;
	size_t n = 0;
	ssize_t got;
	int fd, status;

	snprintf(quoted, sizeof(quoted), "\"%s\"", cli_shown(path, name, sizeof(name)));
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : 1;
	while (got > 0 && n < sizeof(text)) {
		got = read(fd, text + n, sizeof(text) - n);
		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (got < 0)
		status = cli_usage_error(args, "cannot read the password from %s: %s", where,
		                         strerror(errno));
	else
		status = take_password(args, where, slice_of(text, n), account);
	if (fd > STDIN_FILENO)
		close(fd);
	OPENSSL_cleanse(text, sizeof(text));
	return status;
}

static int password_from_terminal(const struct cli_args *args, struct account *account)
{
	char prompt[ACCOUNT_TEXT_MAX + SIP_HOST_MAX + 32], text[ACCOUNT_PASSWORD_MAX + 1];
	int status;
	int n;

	snprintf(prompt, sizeof(prompt), "Auth Password for %s at %s: ", account->auth_user,
	         account->aor.host);
	n = term_read_password(prompt, text, sizeof(text));
	if (n == -ENXIO)
		return CLI_OK; /* nobody to ask: a server that wants one will say so */
	if (n < 0)
		return cli_usage_error(args, "no password: %s", strerror(-n));
	status = take_password(args, "the terminal", slice_of(text, (size_t)n), account);
	OPENSSL_cleanse(text, sizeof(text));
	return status;
}

int account_read_password(const struct cli_args *args, struct account *account)
{
	const char *path = cli_value(args, "password-file");
	char *environment = getenv("LINEUP_PASSWORD");
	int status;

	if (path)
		status = password_from_file(args, path, account);
	else if (environment)
		status = take_password(args, "LINEUP_PASSWORD", slice_str(environment), account);
	else
		status = password_from_terminal(args, account);
	/* What is started from here shall not have it, nor who reads /proc/PID/environ. */
	if (environment) {
		unsetenv("LINEUP_PASSWORD");
		OPENSSL_cleanse(environment, strlen(environment));
	}
	return status;
}

int account_read(const struct cli_args *args, bool tries_tls, struct account *ret_account)
{
	struct account *account = ret_account;
	struct sip_proxy proxy;

	*account = (struct account){ .realm = cli_value(args, "realm"),
		                     .srv = cli_times(args, "no-srv") ? DNS_SRV_UNUSED
		                                                      : DNS_SRV_USED };
	if (read_address(args, account) || account_read_proxy(args, "proxy", &proxy) ||
	    read_transport(args, &proxy, account) || read_tls_files(args, tries_tls, account) ||
	    read_auth_user(args, account) || read_interface(args, account) ||
	    account_read_dns(args, &account->dns, &account->has_dns) ||
	    cli_number(args, "expires", REG_EXPIRES_MIN_S, REG_EXPIRES_MAX_S,
	               &account->expires_s) ||
	    (account->realm && account_check_text(args, "--realm", account->realm)))
		return CLI_USAGE;
	memcpy(account->proxy_host, proxy.host, sizeof(account->proxy_host));
	account->proxy_port = proxy.port;
	return CLI_OK;
}

int account_read_key(const struct cli_args *args, enum config_mapping mapping, const char *name,
                     const char **ret_given)
{
	const struct config_key *key = config_key_find(mapping, slice_str(name));
	char memory[CONFIG_VALUE_BYTES], why[512];
	struct buf checked = buf_over(memory, sizeof(memory));
	struct buf reterr = buf_over(why, sizeof(why));

	*ret_given = cli_value(args, name);
	if (*ret_given && config_key_check(key, slice_str(*ret_given), &checked, &reterr) < 0)
		return cli_usage_error(args, "--%.*s", (int)reterr.n, reterr.p);
	return CLI_OK;
}

/* A second binding without reg-id would be another device (RFC 5626 4.2.1). */
int account_read_flows(const struct cli_args *args, const struct account *account,
                       const struct sip_demands *demands, struct account_flows *ret_flows)
{
	const char *flows = cli_value(args, "flows");
	struct sip_proxy second;
	char typed[256];

	if (account_read_proxy(args, "second-proxy", &second))
		return CLI_USAGE;
	*ret_flows = (struct account_flows){ .count = flows && strcmp(flows, "2") == 0 ? 2 : 1,
		                             .second_port = second.port,
		                             .second_transport = account->transport };
	memcpy(ret_flows->second_host, second.host, sizeof(ret_flows->second_host));
	if (second.transport)
		ret_flows->second_transport = dns_transport_of(second.transport);
	if (ret_flows->count > 1 && !demands->outbound)
		return cli_usage_error(args, "--flows 2 needs --outbound");
	if (ret_flows->count < 2 && second.host[0])
		return cli_usage_error(args, "--second-proxy needs --flows 2");
	if (account->aor.sips && ret_flows->second_transport != DNS_TLS)
		return cli_usage_error(
			args, "--second-proxy \"%s\" is reached over %s, and sips: is TLS",
			cli_shown(cli_value(args, "second-proxy"), typed, sizeof(typed)),
			dns_transport_text(ret_flows->second_transport));
	return CLI_OK;
}

int account_read_demands(const struct cli_args *args, struct sip_demands *demands)
{
	const struct {
		const char *name;
		char *place;
		size_t cap;
	} texts[] = {
		{ "contact-parameters", demands->contact_params, sizeof(demands->contact_params) },
		{ "address-parameters", demands->address_params, sizeof(demands->address_params) },
		{ "request-parameters", demands->request_params, sizeof(demands->request_params) },
		{ "headers", demands->headers, sizeof(demands->headers) },
	};

	demands->outbound = cli_times(args, "outbound") > 0;
	demands->gruu = cli_times(args, "gruu") > 0;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf text = buf_over(texts[i].place, texts[i].cap);
		const char *given;

		if (account_read_key(args, CONFIG_SERVERS, texts[i].name, &given))
			return CLI_USAGE;
		buf_put(&text, slice_str(given));
		if (buf_end(&text) < 0)
			return cli_usage_error(args, "--%s is too long", texts[i].name);
	}
	return CLI_OK;
}
