/* api/checks.c: the doctor (check/) for a line of the store, in the loop of the front. A check is
 * begun by one request and asked for by others while it goes on; the last CHECKS_KEPT are kept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "api/own.h"
#include "api/routes.h"
#include "check/check.h"
#include "config/profile.h"
#include "sip/proxy.h"

#define CHECKS_KEPT    32
#define CHECKS_AT_ONCE 8

/* What it needs, for as long as it runs. */
#define PATH_CAP 1024 /* bytes of the path of a TLS file, its NUL included */

struct patient {
	struct sip_aor aor;
	char auth_user[STORE_TEXT_MAX + 1];
	char password[STORE_PASSWORD_MAX + 1];
	struct sip_proxy proxy, second;
	unsigned flows;
	enum dns_transport transport;
	enum dns_srv srv;
	char tls_ca[PATH_CAP], tls_cert[PATH_CAP], tls_key[PATH_CAP]; /* "" for none */
	enum net_tls_least tls_least;
	char interface[NET_ADDR_TEXT_MAX]; /* "" for any */
	struct sip_demands demands;
	enum sip_keep keep;
	uint32_t expires_s;
	bool has_auth_user, has_password;
	int64_t server;
};

struct trial {
	struct api_checks *checks;
	uint64_t id; /* 0: never used */
	int64_t line;
	struct check *check; /* NULL: over, and freed */
	struct patient patient;
	bool over;
	enum check_result result;
	struct check_step steps[CHECK_STEP_COUNT];
	unsigned step_count;
	struct check_binding bindings[CHECK_BINDINGS_MAX];
	unsigned listed, total;
	struct explain_cause cause; /* id NULL: none */
	char advice[256];           /* its first, where that is the check's own */
	char status[8], min_expires[16], retry_after[16], reason[EXPLAIN_WORD_MAX + 4],
		realm[EXPLAIN_WORD_MAX + 4];
	char agent[EXPLAIN_WORD_MAX + 4];
	char algorithm[64], hint[EXPLAIN_WORD_MAX + 4], target[NET_ADDR_TEXT_MAX];
	char transport[8], issuer[EXPLAIN_WORD_MAX + 4];
	char address[SIP_USER_MAX + SIP_HOST_MAX + 8];
	uint64_t took_ms;
	int64_t begun_ms;
};

struct api_checks {
	struct api *api;
	struct dns *dns;
	char dns_text[STORE_HOST_MAX + 1]; /* the name server that it asks; "": resolv.conf's */
	struct net_timer *sweep; /* frees those that are over: none may be in its own callbacks */
	uint64_t last_id;
	unsigned running;
	struct trial trials[CHECKS_KEPT];
};

/* ---- its end */

static void forget(struct trial *trial)
{
	if (trial->check) {
		check_free(trial->check);
		trial->checks->running--;
	}
	trial->check = NULL;
	explicit_bzero(trial->patient.password, sizeof(trial->patient.password));
}

static void on_sweep(void *ctx)
{
	struct api_checks *checks = ctx;

	for (unsigned i = 0; i < CHECKS_KEPT; i++)
		if (checks->trials[i].over)
			forget(&checks->trials[i]);
}

static void keep(struct slice text, char *ret_text, size_t cap)
{
	struct buf out = buf_over(ret_text, cap);

	buf_put(&out, slice_of(text.p, text.n < cap ? text.n : cap - 1));
	buf_end(&out);
}

/* 0 is none. */
static void keep_number(uint32_t n, char *ret_text, size_t cap)
{
	struct buf out = buf_over(ret_text, cap);

	if (n)
		buf_u64(&out, n);
	buf_end(&out);
}

static void keep_cause(struct trial *trial, const struct check_end *end)
{
	const struct reg_facts *facts = end->facts;

	keep_number(facts->status, trial->status, sizeof(trial->status));
	keep_number(facts->min_expires_s, trial->min_expires, sizeof(trial->min_expires));
	keep_number(facts->retry_after_s, trial->retry_after, sizeof(trial->retry_after));
	keep(facts->reason, trial->reason, sizeof(trial->reason));
	keep(facts->realm, trial->realm, sizeof(trial->realm));
	keep(facts->algorithm, trial->algorithm, sizeof(trial->algorithm));
	keep(explain_hint(facts), trial->hint, sizeof(trial->hint));
	keep(facts->transport, trial->transport, sizeof(trial->transport));
	keep(facts->issuer, trial->issuer, sizeof(trial->issuer));
	trial->cause = *end->cause;
	/* What the check found is gone with it. */
	keep(slice_str(trial->cause.advice[0] ? trial->cause.advice[0] : ""), trial->advice,
	     sizeof(trial->advice));
	if (trial->cause.advice[0] && end->cause != explain(facts))
		trial->cause.advice[0] = trial->advice;
}

static void on_ended(void *ctx, const struct check_end *end)
{
	struct trial *trial = ctx;
	struct buf target = buf_over(trial->target, sizeof(trial->target));
	const struct check_binding *bindings =
		check_bindings(trial->check, &trial->listed, &trial->total);

	trial->over = true;
	trial->result = end->result;
	trial->took_ms = end->took_ms;
	if (trial->listed)
		memcpy(trial->bindings, bindings, trial->listed * sizeof(*bindings));
	if (end->target)
		net_addr_show(end->target, &target);
	buf_end(&target);
	keep(end->agent, trial->agent, sizeof(trial->agent));
	if (end->facts && end->cause)
		keep_cause(trial, end);
	net_timer_set(trial->checks->sweep, net_now_ms(trial->checks->api->net));
}

static void on_step(void *ctx, const struct check_step *step)
{
	struct trial *trial = ctx;

	if (trial->step_count < CHECK_STEP_COUNT)
		trial->steps[trial->step_count++] = *step;
}

int api_checks_new(struct api *api, struct api_checks **ret_checks)
{
	struct api_checks *checks = calloc(1, sizeof(*checks));
	int err;

	if (!checks)
		return -ENOMEM;
	checks->api = api;
	err = dns_new(api->net, &checks->dns);
	if (!err && api->dns.any.sa_family != AF_UNSPEC)
		err = dns_use_server(checks->dns, &api->dns);
	if (!err)
		err = net_timer_new(api->net, on_sweep, checks, &checks->sweep);
	if (err) {
		if (checks->dns)
			dns_free(checks->dns);
		free(checks);
		return err;
	}
	*ret_checks = checks;
	return 0;
}

void api_checks_free(struct api_checks *checks)
{
	if (!checks)
		return;
	for (unsigned i = 0; i < CHECKS_KEPT; i++)
		forget(&checks->trials[i]);
	net_timer_free(checks->sweep);
	dns_free(checks->dns);
	free(checks);
}

/* ---- what is to be checked */

struct reader {
	struct api_call *call;
	struct patient *patient;
	char why[256];
	int err;
};

static bool keep_path(const char *path, char copy[PATH_CAP])
{
	struct buf text = buf_over(copy, PATH_CAP);

	buf_put(&text, slice_str(path));
	return buf_end(&text) == 0;
}

static int read_line(void *ctx, const struct store_line *line)
{
	struct reader *reader = ctx;
	struct patient *patient = reader->patient;
	struct buf reterr = buf_over(reader->why, sizeof(reader->why));

	patient->server = line->server;
	patient->has_password = line->has_password;
	patient->has_auth_user = line->auth_user != NULL;
	if (line->auth_user)
		keep(slice_str(line->auth_user), patient->auth_user, sizeof(patient->auth_user));
	reader->err = sip_extension_parse(slice_str(line->extension), patient->aor.user,
	                                  patient->aor.plain, &reterr);
	buf_end(&reterr);
	return 0;
}

static int read_server(void *ctx, const struct store_server *server)
{
	struct reader *reader = ctx;
	struct patient *patient = reader->patient;
	struct buf reterr = buf_over(reader->why, sizeof(reader->why));
	const char *problem = agent_read_demands(server, &patient->demands);
	uint16_t port;

	patient->tls_least = net_tls_least_of(server->tls_min);
	if (!keep_path(server->tls_ca, patient->tls_ca) ||
	    !keep_path(server->tls_cert, patient->tls_cert) ||
	    !keep_path(server->tls_key, patient->tls_key)) {
		buf_str(&reterr, "the path of a TLS file is too long");
		reader->err = -EINVAL;
	} else if (server->interface && interface_fault(slice_str(server->interface))) {
		buf_str(&reterr, "the interface of the server is no name or address of one");
		reader->err = -EINVAL;
	} else if (problem) {
		buf_str(&reterr, problem);
		reader->err = -EINVAL;
	} else {
		reader->err = sip_server_parse(slice_str(server->domain), patient->aor.host, &port,
		                               &reterr);
		if (!reader->err && server->proxy)
			reader->err =
				sip_proxy_parse(slice_str(server->proxy), &patient->proxy, &reterr);
	}
	/* As the agent has it: more than one is outbound's. */
	patient->flows = server->outbound && server->flows > 1 ? 2 : 1;
	if (!reader->err && server->second_proxy && patient->flows > 1)
		reader->err =
			sip_proxy_parse(slice_str(server->second_proxy), &patient->second, &reterr);
	patient->transport = dns_transport_of(patient->proxy.transport ? patient->proxy.transport
	                                                               : server->transport);
	buf_end(&reterr);
	keep(slice_str(server->interface), patient->interface, sizeof(patient->interface));
	patient->aor.port = server->port;
	if (strcmp(server->srv, "default") != 0)
		patient->srv = strcmp(server->srv, "yes") == 0 ? DNS_SRV_USED : DNS_SRV_UNUSED;
	patient->expires_s = server->expires_s;
	patient->keep = sip_keep_of(server->keepalive);
	return 0;
}

/* False where the call was refused. */
static bool went_well(struct reader *reader, int err)
{
	if (err == -ENOENT)
		api_refuse(reader->call, 404, "not-found", NULL, "there is no line with this id");
	else if (err)
		api_refuse_store(reader->call, err, NULL);
	else if (reader->err)
		api_refuse(reader->call, 409, "settings", NULL, "%s", reader->why);
	return !err && !reader->err;
}

/* The one that the general settings name; the command line goes over it. */
static void follow_name_server(struct api_checks *checks, const char *text)
{
	struct net_addr server;

	if (checks->api->dns.any.sa_family || strcmp(text, checks->dns_text) == 0)
		return;
	if (text[0] && dns_server_parse(slice_str(text), &server) < 0)
		return;
	if (dns_use_server(checks->dns, text[0] ? &server : NULL) == 0)
		snprintf(checks->dns_text, sizeof(checks->dns_text), "%s", text);
}

static bool read_patient(struct api_call *call, struct patient *ret_patient)
{
	const struct store_lines_of of = { .id = call->parts.id };
	struct reader reader = { .call = call, .patient = ret_patient };
	struct store_general general;
	int err;

	memset(ret_patient, 0, sizeof(*ret_patient));
	ret_patient->server = -1;
	err = store_lines(call->store, &of, read_line, &reader);
	if (!err && ret_patient->server < 0)
		err = -ENOENT;
	if (!went_well(&reader, err))
		return false;
	err = store_general_get(call->store, &general);
	if (!went_well(&reader, err))
		return false;
	follow_name_server(call->api->checks, general.dns);
	ret_patient->srv = general.srv ? DNS_SRV_USED : DNS_SRV_UNUSED; /* unless its server says */
	if (!ret_patient->server)
		ret_patient->server = general.default_server;
	if (!ret_patient->server) {
		api_refuse(call, 409, "settings", NULL,
		           "no server is set for this line, and there is no default server");
		return false;
	}
	err = store_servers(call->store, ret_patient->server, read_server, &reader);
	if (!went_well(&reader, err))
		return false;
	err = ret_patient->has_password
	              ? store_line_password(call->store, call->parts.id, ret_patient->password)
	              : 0;
	return went_well(&reader, err);
}

/* ---- its beginning */

static struct trial *of_line(struct api_checks *checks, int64_t line)
{
	for (unsigned i = 0; i < CHECKS_KEPT; i++)
		if (checks->trials[i].line == line && checks->trials[i].check &&
		    !checks->trials[i].over)
			return &checks->trials[i];
	return NULL;
}

/* The oldest that is over. */
static struct trial *take_place(struct api_checks *checks)
{
	struct trial *oldest = NULL;

	for (unsigned i = 0; i < CHECKS_KEPT; i++) {
		struct trial *trial = &checks->trials[i];

		if (!trial->check && (!oldest || trial->id < oldest->id))
			oldest = trial;
	}
	return oldest;
}

static int start(struct api_checks *checks, struct trial *trial)
{
	struct patient *patient = &trial->patient;
	struct buf address = buf_over(trial->address, sizeof(trial->address));
	struct check_cfg cfg = {
		.aor = &patient->aor,
		.auth_user = patient->has_auth_user ? patient->auth_user : patient->aor.plain,
		.password = patient->has_password ? patient->password : NULL,
		.proxy_host = *patient->proxy.host ? patient->proxy.host : NULL,
		.proxy_port = patient->proxy.port,
		.transport = patient->transport,
		.srv = patient->srv,
		.interface = *patient->interface ? patient->interface : NULL,
		.tls = { .ca = *patient->tls_ca ? patient->tls_ca : NULL,
		         .cert = *patient->tls_cert ? patient->tls_cert : NULL,
		         .key = *patient->tls_key ? patient->tls_key : NULL,
		         .least = patient->tls_least },
		.expires_s = patient->expires_s,
		.demands = &patient->demands,
		.flows = { .count = patient->flows,
		           .proxy_host = *patient->second.host ? patient->second.host : NULL,
		           .proxy_port = patient->second.port,
		           .transport = patient->second.transport
		                                ? dns_transport_of(patient->second.transport)
		                                : patient->transport },
		.keep = patient->keep,
		/* The line is registered while we look: a trial binding would be a second one. */
		.trial = CHECK_TRIAL_NEVER,
		.watch = { .ctx = trial, .step = on_step, .ended = on_ended },
	};
	int err = net_random(checks->api->net, &cfg.key, sizeof(cfg.key));

	buf_str(&address, "sip:");
	buf_str(&address, patient->aor.user);
	buf_char(&address, '@');
	buf_str(&address, patient->aor.host);
	buf_end(&address);
	return err ? err : check_start(&cfg, checks->api->net, checks->dns, &trial->check);
}

static void answer_begun(struct api_call *call, const struct trial *trial)
{
	struct json *json = api_out(call);

	call->status = 202;
	json_open_object(json, NULL);
	json_put_number(json, "id", trial->id);
	api_put_id(json, "line", trial->line);
	json_close_object(json);
}

void api_line_check(struct api_call *call)
{
	struct api_checks *checks = call->api->checks;
	struct trial *trial = of_line(checks, call->parts.id);
	int err;

	if (trial) {
		answer_begun(call, trial);
		return;
	}
	trial = checks->running < CHECKS_AT_ONCE ? take_place(checks) : NULL;
	if (!trial) {
		call->retry_s = 5;
		api_refuse(call, 503, "busy", NULL, "%u checks are running already",
		           checks->running);
		return;
	}
	memset(trial, 0, sizeof(*trial));
	trial->checks = checks;
	if (!read_patient(call, &trial->patient))
		return;
	trial->id = ++checks->last_id;
	trial->line = call->parts.id;
	trial->begun_ms = call->now_ms;
	err = start(checks, trial);
	if (err) {
		trial->over = true;
		forget(trial);
		api_refuse(call, 503, "check", NULL, "the check cannot begin: %s", strerror(-err));
		return;
	}
	checks->running++;
	answer_begun(call, trial);
}

/* ---- telling */

static struct slice known(const char *text)
{
	return *text ? slice_str(text) : SLICE_NONE;
}

static void put_cause(struct json *json, const struct trial *trial)
{
	const struct explain_words words = {
		.status = known(trial->status),
		.reason = known(trial->reason),
		.server = known(trial->target[0] ? trial->target : trial->patient.aor.host),
		.address = known(trial->address),
		.extension = known(trial->patient.aor.plain),
		.auth_user = known(trial->patient.has_auth_user ? trial->patient.auth_user
		                                                : trial->patient.aor.plain),
		.realm = known(trial->realm),
		.algorithm = known(trial->algorithm),
		.min_expires = known(trial->min_expires),
		.retry_after = known(trial->retry_after),
		.hint = known(trial->hint),
		.target = known(trial->target),
		.transport = known(trial->transport),
		.interface = known(trial->patient.interface),
		.issuer = known(trial->issuer),
	};

	if (trial->cause.id)
		api_cause_put(json, "cause", &trial->cause, &words);
	else
		json_put_null(json, "cause");
}

/* Whom the line is at, by its server's domain, or by what that says of itself. */
static void put_looks_like(struct json *json, const struct trial *trial)
{
	const struct config_profile *profile =
		config_profile_met(slice_str(trial->patient.aor.host), slice_str(trial->agent));

	if (!profile) {
		json_put_null(json, "looks_like");
		return;
	}
	json_open_object(json, "looks_like");
	api_put_text(json, "profile", profile->name);
	api_put_text(json, "title", profile->title);
	api_put_text(json, "agent", trial->agent[0] ? trial->agent : NULL);
	api_put_text(json, "quirks", profile->quirks);
	json_close_object(json);
}

static void put_steps(struct json *json, const struct trial *trial)
{
	json_open_array(json, "steps");
	for (unsigned i = 0; i < trial->step_count; i++) {
		const struct check_step *step = &trial->steps[i];

		json_open_object(json, NULL);
		api_put_text(json, "name", check_step_name(step->id));
		api_put_text(json, "state", check_state_name(step->state));
		api_put_text(json, "text", step->text);
		json_put_number(json, "took_ms", step->took_ms);
		json_close_object(json);
	}
	json_close_array(json);
}

static void put_bindings(struct json *json, const struct trial *trial)
{
	json_put_number(json, "bindings_total", trial->total);
	json_open_array(json, "bindings");
	for (unsigned i = 0; i < trial->listed; i++) {
		const struct check_binding *binding = &trial->bindings[i];

		json_open_object(json, NULL);
		api_put_text(json, "uri", binding->uri);
		if (binding->named)
			json_put_number(json, "expires", binding->expires_s);
		else
			json_put_null(json, "expires");
		json_close_object(json);
	}
	json_close_array(json);
}

static const char *result_name(const struct trial *trial)
{
	if (!trial->over)
		return "running";
	switch (trial->result) {
	case CHECK_OK:
		return "ok";
	case CHECK_FAILED:
		return "failed";
	case CHECK_CANCELLED:
		return "cancelled";
	}
	return "cancelled";
}

void api_check_get(struct api_call *call)
{
	struct api_checks *checks = call->api->checks;
	struct json *json = api_out(call);
	const struct trial *trial = NULL;

	for (unsigned i = 0; i < CHECKS_KEPT; i++)
		if (checks->trials[i].id == (uint64_t)call->parts.id)
			trial = &checks->trials[i];
	if (!trial) {
		api_refuse(call, 404, "not-found", NULL,
		           "there is no check with this id; the last %d are kept", CHECKS_KEPT);
		return;
	}
	json_open_object(json, NULL);
	json_put_number(json, "id", trial->id);
	api_put_id(json, "line", trial->line);
	api_put_time(json, "begun_at", trial->begun_ms);
	api_put_text(json, "address", trial->address);
	api_put_text(json, "result", result_name(trial));
	json_put_number(json, "took_ms", trial->took_ms);
	api_put_text(json, "target", trial->target);
	put_steps(json, trial);
	put_bindings(json, trial);
	put_cause(json, trial);
	put_looks_like(json, trial);
	json_close_object(json);
}
