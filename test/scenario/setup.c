/* setup.c: the statements that make the world: lines, names, addresses, what shall fail. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>

#include "base/num.h"
#include "sip/aor.h"

static bool number(const char *word, uint64_t max, uint64_t *ret_n)
{
	char *end;

	if (!word || *word < '0' || *word > '9')
		return false;
	errno = 0;
	*ret_n = strtoull(word, &end, 10);
	return !*end && !errno && *ret_n <= max;
}

static bool dns_transport(const char *word, enum dns_transport *ret_transport)
{
	for (enum dns_transport at = DNS_UDP; word && at <= DNS_TLS; at++) {
		if (strcmp(word, dns_transport_name(at)) != 0)
			continue;
		*ret_transport = at;
		return true;
	}
	return false;
}

/* --- line --- */

#define LINE_WORDS_MAX 24

struct line_words {
	char *words[LINE_WORDS_MAX]; /* owned */
	unsigned count;
	struct stage_line_cfg cfg;
	bool idle;
	char proxy_host[256];
};

static bool option(struct line_words *line, const char *name, const char *value)
{
	uint64_t n;
	const struct {
		const char *name;
		const char **place;
	} texts[] = {
		{ "password", &line->cfg.password },
		{ "auth-user", &line->cfg.auth_user },
		{ "realm", &line->cfg.realm },
		{ "contact", &line->cfg.contact },
		{ "as", &line->cfg.name },
		{ "calls", &line->cfg.calls },
		{ "contact-parameters", &line->cfg.contact_params },
		{ "address-parameters", &line->cfg.address_params },
		{ "request-parameters", &line->cfg.request_params },
		{ "headers", &line->cfg.headers },
		{ "beside", &line->cfg.beside },
		{ "tls-ca", &line->cfg.tls_ca },
		{ "interface", &line->cfg.interface },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(name, texts[i].name) != 0)
			continue;
		*texts[i].place = value;
		return true;
	}
	if (strcmp(name, "proxy") == 0) {
		size_t host = strcspn(value, ":");

		if (host >= sizeof(line->proxy_host))
			return false;
		memcpy(line->proxy_host, value, host);
		line->cfg.proxy_host = line->proxy_host;
		if (value[host] && !number(value + host + 1, 65535, &n))
			return false;
		line->cfg.proxy_port = value[host] ? (uint16_t)n : 0;
		return true;
	}
	if (strcmp(name, "outbound") == 0)
		return line->cfg.outbound = strcmp(value, "yes") == 0;
	if (strcmp(name, "gruu") == 0)
		return line->cfg.gruu = strcmp(value, "yes") == 0;
	if (strcmp(name, "keep") == 0)
		return (line->cfg.keep = sip_keep_of(value)) != SIP_KEEP_NONE;
	if (strcmp(name, "last") == 0)
		return script_addr(value, &line->cfg.last);
	if (strcmp(name, "left") == 0)
		return script_addr(value, &line->cfg.left);
	if (strcmp(name, "transport") == 0 && strcmp(value, "auto") == 0) {
		line->cfg.transport = DNS_AUTO;
		return true;
	}
	if (strcmp(name, "transport") == 0)
		return dns_transport(value, &line->cfg.transport);
	if (!number(value, UINT32_MAX, &n))
		return false;
	if (strcmp(name, "cseq") == 0)
		line->cfg.cseq = (uint32_t)n;
	else if (strcmp(name, "expires") == 0)
		line->cfg.expires_s = (uint32_t)n;
	else if (strcmp(name, "server-port") == 0 && n <= 65535)
		line->cfg.port = (uint16_t)n;
	else if (strcmp(name, "rate") == 0)
		line->cfg.rate_per_s = (uint32_t)n;
	else
		return false;
	return true;
}

static bool line_add(struct run *run, unsigned line_no, struct line_words *line)
{
	char memory[256];
	struct buf why = buf_over(memory, sizeof(memory));
	struct stage_line *added;
	struct sip_aor aor;
	int error;

	if (!line->count || sip_aor_parse(slice_str(line->words[0]), &aor, &why)) {
		buf_end(&why);
		return run_fail(run, line_no, "line: %s", line->count ? memory : "no address");
	}
	line->cfg.user = aor.user;
	line->cfg.host = aor.host;
	line->cfg.port = aor.port;
	line->cfg.auth_user = aor.plain;
	line->cfg.name = aor.plain;
	for (unsigned i = 1; i < line->count; i++) {
		if (strcmp(line->words[i], "idle") == 0) {
			line->idle = true;
			continue;
		}
		if (strcmp(line->words[i], "no-srv") == 0) {
			line->cfg.srv = DNS_SRV_UNUSED;
			continue;
		}
		if (i + 1 == line->count || !option(line, line->words[i], line->words[i + 1]))
			return run_fail(run, line_no, "line: %s?", line->words[i]);
		i++;
	}
	if (stage_line_find(&run->stage, line->cfg.name))
		return run_fail(run, line_no, "line: %s is there already", line->cfg.name);
	error = stage_line_add(&run->stage, &line->cfg, &added);
	if (error)
		return run_fail(run, line_no, "line: the shard says %s", strerror(-error));
	added->begun = run->begun || line->idle;
	if (run->begun && !line->idle)
		shard_line_start(run->stage.shard, added->line);
	return true;
}

static bool setup_line(struct run *run, unsigned line_no, const char *in)
{
	struct line_words line = { .count = 0 };
	bool ok = true;

	while (ok && *in) {
		if (line.count == LINE_WORDS_MAX || !(line.words[line.count] = script_word(&in)))
			ok = run_fail(run, line_no, "line: too many words, or an open quote");
		else
			line.count++;
	}
	ok = ok && line_add(run, line_no, &line);
	while (line.count)
		free(line.words[--line.count]);
	return ok;
}

/* --- dns --- */

static bool dns_failure(const char *word, enum dns_result *ret_result)
{
	static const struct {
		const char *word;
		enum dns_result result;
	} results[] = { { "unknown", DNS_UNKNOWN },
		        { "empty", DNS_EMPTY },
		        { "silent", DNS_SILENT },
		        { "failed", DNS_FAILED } };

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (strcmp(word, results[i].word) != 0)
			continue;
		*ret_result = results[i].result;
		return true;
	}
	return false;
}

#define DNS_ARGS_MAX 4

/* "after 2s", "late AAAA 300ms". */
static bool dns_time(struct net *net, const char *name, const char *word, char *const *args,
                     unsigned *ret_used)
{
	bool late = strcmp(word, "late") == 0;
	uint64_t ms, most_ms;

	*ret_used = late ? 2 : 1;
	if (!args[0] || !args[late] || !script_time(args[late], &ms, &most_ms) || ms != most_ms)
		return false;
	if (!late)
		sim_name_delay(net, name, ms);
	else if (strcmp(args[0], "A") == 0 || strcmp(args[0], "AAAA") == 0)
		sim_name_late(net, name, args[0][1] ? DNS_TYPE_AAAA : DNS_TYPE_A, ms);
	else
		return false;
	return true;
}

/* "SRV 10 60 5060 edge1.pbx.example", "NAPTR 10 50 udp _sip._udp.pbx.example", "after 2s",
 * "late AAAA 300ms", "ttl 60": args has as many words as there are behind the first, up to
 * DNS_ARGS_MAX. */
static bool dns_record(struct net *net, const char *name, const char *word, char *const *args,
                       unsigned *ret_used)
{
	enum dns_transport transport;
	uint64_t n[3] = { 0 };

	if (strcmp(word, "after") == 0 || strcmp(word, "late") == 0)
		return dns_time(net, name, word, args, ret_used);
	if (strcmp(word, "ttl") == 0) {
		*ret_used = 1;
		if (!number(args[0], UINT32_MAX, &n[0]))
			return false;
		sim_name_ttl(net, name, (uint32_t)n[0]);
		return true;
	}
	*ret_used = 4;
	if (!args[3] || !number(args[0], 65535, &n[0]) || !number(args[1], 65535, &n[1]))
		return false;
	if (strcmp(word, "SRV") == 0 && number(args[2], 65535, &n[2]))
		sim_name_srv(net, name, (uint16_t)n[0], (uint16_t)n[1], (uint16_t)n[2], args[3]);
	else if (strcmp(word, "NAPTR") == 0 && dns_transport(args[2], &transport))
		sim_name_naptr(net, name, (uint16_t)n[0], (uint16_t)n[1], transport, args[3]);
	else
		return false;
	return true;
}

/* One word of a dns statement, with those that belong to it. */
static bool dns_word(struct net *net, const char *name, const char *word, char *const *args,
                     unsigned *ret_used)
{
	enum dns_result result;
	struct net_addr addr;

	*ret_used = 0;
	if (dns_failure(word, &result)) {
		sim_name_rest(net, name, result);
		return true;
	}
	if (strcmp(word, "A") == 0 || strcmp(word, "AAAA") == 0)
		return args[0] != NULL;
	if (net_addr_parse(slice_str(word), 0, &addr))
		return dns_record(net, name, word, args, ret_used);
	sim_name_address(net, name, &addr);
	return true;
}

#define DNS_WORDS_MAX 96

static bool setup_dns(struct run *run, unsigned line_no, const char *in)
{
	char *words[DNS_WORDS_MAX + DNS_ARGS_MAX] = { NULL };
	unsigned count = 0, used = 0;
	bool ok;

	while (count < DNS_WORDS_MAX && (words[count] = script_word(&in)))
		count++;
	ok = count >= 2;
	if (ok)
		sim_name_forget(run->stage.net, words[0]);
	for (unsigned i = 1; ok && i < count; i += 1 + used)
		ok = dns_word(run->stage.net, words[0], words[i], words + i + 1, &used);
	if (!ok)
		run_fail(run, line_no,
		         "dns: NAME A|AAAA ADDRESS... | SRV PRIORITY WEIGHT PORT TARGET | "
		         "NAPTR ORDER PREFERENCE udp|tcp|tls NAME | unknown|empty|silent|failed "
		         "[ttl S] [after TIME] [late A|AAAA TIME]");
	while (count)
		free(words[--count]);
	return ok;
}

/* "silent after 7s", "failed", "back": the name servers, whatever they are asked. */
static bool setup_name_servers(struct run *run, unsigned line_no, const char *in)
{
	char *word = script_word(&in), *after = script_word(&in), *time = script_word(&in);
	enum dns_result result = DNS_FOUND;
	uint64_t low = 0, high = 0;
	bool other = word && strcmp(word, "other") == 0;
	bool ok = word && (other || strcmp(word, "back") == 0 || dns_failure(word, &result)) &&
	          (!after || (strcmp(after, "after") == 0 && time &&
	                      script_time(time, &low, &high) && low == high));

	if (ok && other)
		sim_names_other(run->stage.net);
	else if (ok)
		sim_names_down(run->stage.net, result, low);
	else
		run_fail(run, line_no, "name-servers: silent|failed [after TIME] | back | other");
	free(word);
	free(after);
	free(time);
	return ok;
}

/* --- others --- */

static bool setup_seed(struct run *run, unsigned line_no, const char *in)
{
	uint64_t n;

	if (run->stage.shard || !number(in, UINT64_MAX, &n))
		return run_fail(run, line_no, "seed: a number, in front of the lines");
	run->stage.seed = n;
	rng_seed(&run->chance, n);
	return true;
}

static bool setup_clock(struct run *run, unsigned line_no, const char *in)
{
	uint64_t days;

	if (!number(in, 100000, &days))
		return run_fail(run, line_no, "clock: a number of days since 1970");
	sim_wall_set(run->stage.net, (int64_t)days * 86400000);
	return true;
}

static bool setup_local_port(struct run *run, unsigned line_no, const char *in)
{
	uint64_t n;

	if (run->stage.shard || !number(in, 65535, &n))
		return run_fail(run, line_no, "local-port: a port, in front of the lines");
	run->stage.port = (uint16_t)n;
	return true;
}

static bool setup_source(struct run *run, unsigned line_no, const char *in)
{
	struct net_addr addr;

	if (net_addr_parse(slice_str(in), 0, &addr))
		return run_fail(run, line_no, "source: an address");
	sim_source_set(run->stage.net, &addr);
	return true;
}

/* "eth1 10.0.0.2 2001:db8:1::2", "eth1 down", "eth1 gone" */
static bool setup_interface(struct run *run, unsigned line_no, const char *in)
{
	char *name = script_word(&in), *word;
	struct net_addr addrs[2] = { { { { 0 } } } }, addr;
	bool gone = strcmp(in, "gone") == 0, down = strcmp(in, "down") == 0;
	bool ok = name && *in && strlen(name) <= INTERFACE_NAME_MAX;

	while (ok && !gone && !down && *in) {
		word = script_word(&in);
		ok = word && net_addr_parse(slice_str(word), 0, &addr) == 0;
		if (ok)
			addrs[addr.any.sa_family == AF_INET6] = addr;
		free(word);
	}
	if (ok && gone)
		sim_device_remove(run->stage.net, name);
	else if (ok)
		ok = sim_device_set(run->stage.net, name, addrs[0].any.sa_family ? &addrs[0] : NULL,
		                    addrs[1].any.sa_family ? &addrs[1] : NULL);
	free(name);
	return ok || run_fail(run, line_no, "interface: NAME ADDRESS... | NAME down | NAME gone");
}

static bool setup_log_level(struct run *run, unsigned line_no, const char *in)
{
	for (int level = LOG_LEVEL_QUIET; !run->stage.shard && level <= LOG_LEVEL_DEBUG; level++) {
		if (strcmp(log_level_name(level), in) != 0)
			continue;
		run->stage.log_level = level;
		return true;
	}
	return run_fail(run, line_no, "log-level: quiet to debug, in front of the lines");
}

static bool setup_once(struct run *run, unsigned line_no, const char *in)
{
	if (*in || run->stage.shard)
		return run_fail(run, line_no, "once: in front of the lines");
	run->stage.once = true;
	return true;
}

static bool setup_pings(struct run *run, unsigned line_no, const char *in)
{
	run->pings_unseen = strcmp(in, "unseen") == 0;
	return run->pings_unseen || run_fail(run, line_no, "pings: unseen");
}

static bool setup_router(struct run *run, unsigned line_no, const char *in)
{
	uint64_t number;

	if (num_u64(slice_str(in), UINT8_MAX, &number) < 0)
		return run_fail(run, line_no, "router: a number up to 255");
	sim_router_set(run->stage.net, (uint8_t)number);
	return true;
}

static bool setup_network_changed(struct run *run, unsigned line_no, const char *in)
{
	(void)line_no;
	(void)in;
	sim_routes_changed(run->stage.net);
	return true;
}

static bool setup_no_route(struct run *run, unsigned line_no, const char *in)
{
	(void)line_no;
	(void)in;
	sim_route_cut(run->stage.net);
	return true;
}

static bool setup_route(struct run *run, unsigned line_no, const char *in)
{
	(void)line_no;
	(void)in;
	sim_route_mend(run->stage.net);
	return true;
}

/* "memory 3", "open 1 EADDRINUSE", "send 1 EPERM" */
static bool setup_fail(struct run *run, unsigned line_no, const char *in)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = { { "EPERM", EPERM },
		       { "EACCES", EACCES },
		       { "EINVAL", EINVAL },
		       { "ENOBUFS", ENOBUFS },
		       { "EMSGSIZE", EMSGSIZE },
		       { "EADDRINUSE", EADDRINUSE },
		       { "EADDRNOTAVAIL", EADDRNOTAVAIL },
		       { "EAFNOSUPPORT", EAFNOSUPPORT },
		       { "ENETUNREACH", ENETUNREACH },
		       { "EHOSTUNREACH", EHOSTUNREACH } };
	char *what = script_word(&in), *nth = script_word(&in);
	uint64_t n = 0;
	int error = 0;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, in) == 0)
			error = errors[i].error;
	if (!what || !number(nth, 1000000, &n))
		what = (free(what), NULL);
	else if (strcmp(what, "memory") == 0)
		sim_memory_fail(n);
	else if (error && strcmp(what, "open") == 0)
		sim_open_fail(run->stage.net, (unsigned)n, error);
	else if (error && strcmp(what, "send") == 0)
		sim_send_fail(run->stage.net, (unsigned)n, error);
	else
		what = (free(what), NULL);
	free(nth);
	if (!what)
		return run_fail(run, line_no, "fail: memory N | open N ERROR | send N ERROR");
	free(what);
	return true;
}

bool run_setup(struct run *run, const struct statement *statement, const char *text,
               bool *ret_known)
{
	static const struct {
		const char *name;
		bool (*fn)(struct run *run, unsigned line_no, const char *in);
	} verbs[] = {
		{ "line", setup_line },
		{ "dns", setup_dns },
		{ "name-servers", setup_name_servers },
		{ "seed", setup_seed },
		{ "source", setup_source },
		{ "interface", setup_interface },
		{ "log-level", setup_log_level },
		{ "once", setup_once },
		{ "router", setup_router },
		{ "network-changed", setup_network_changed },
		{ "pings", setup_pings },
		{ "no-route", setup_no_route },
		{ "route", setup_route },
		{ "fail", setup_fail },
		{ "local-port", setup_local_port },
		{ "clock", setup_clock },
	};
	const char *in = text;
	char *verb = script_word(&in);
	bool ok = true;

	*ret_known = false;
	for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		if (verbs[i].fn == setup_line && !strchr(in, '@')) /* "line state IDLE" */
			break;
		*ret_known = true;
		if (statement->timed)
			ok = run_fail(run, statement->line_no,
			              "a time stands on a line of its own in front of \"%s\"",
			              verb);
		else
			ok = verbs[i].fn(run, statement->line_no, in);
		break;
	}
	free(verb);
	return ok;
}
