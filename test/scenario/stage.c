/* stage.c: the whole agent on the sim, with somebody who watches it. */
#include "stage.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "auth.h"
#include "sip/mask.h"

void stage_fault(struct stage *stage, const char *format, ...)
{
	va_list args;

	if (stage->fault[0])
		return;
	va_start(args, format);
	vsnprintf(stage->fault, sizeof(stage->fault), format, args);
	va_end(args);
}

/* --- secrets --- */

static bool contains(struct slice text, const char *needle)
{
	return memmem(text.p, text.n, needle, strlen(needle)) != NULL;
}

static void ring_add(struct stage_ring *ring, const char *text)
{
	for (unsigned i = 0; i < STAGE_RING && ring->texts[i]; i++)
		if (strcmp(ring->texts[i], text) == 0)
			return;
	free(ring->texts[ring->next]);
	ring->texts[ring->next] = sim_own_text(slice_str(text));
	ring->next = (ring->next + 1) % STAGE_RING;
}

static const char *ring_find(const struct stage_ring *ring, struct slice text)
{
	for (unsigned i = 0; i < STAGE_RING && ring->texts[i]; i++)
		if (contains(text, ring->texts[i]))
			return ring->texts[i];
	return NULL;
}

static void ring_free(struct stage_ring *ring)
{
	for (unsigned i = 0; i < STAGE_RING; i++)
		free(ring->texts[i]);
}

/* What opens the account, in text. */
static const char *find_secret(const struct stage *stage, struct slice text)
{
	for (unsigned i = 0; i < stage->password_count; i++)
		if (contains(text, stage->passwords[i]))
			return stage->passwords[i];
	return ring_find(&stage->hashes, text);
}

static void look_for_secrets(struct stage *stage, const char *where, struct slice text)
{
	const char *secret = find_secret(stage, text);
	const char *response = ring_find(&stage->responses, text);

	if (secret)
		stage_fault(stage, "a secret (%s) shows up in %s", secret, where);
	if (response)
		stage_fault(stage, "the answer to a challenge (%s) shows up in %s", response,
		            where);
}

static void password_add(struct stage *stage, const char *password)
{
	for (unsigned i = 0; i < stage->password_count; i++)
		if (strcmp(stage->passwords[i], password) == 0)
			return;
	if (strlen(password) < 4) /* would be found by chance */
		return;
	if (stage->password_count == STAGE_LINES_MAX) {
		stage_fault(stage, "more than %d passwords", STAGE_LINES_MAX);
		return;
	}
	stage->passwords[stage->password_count++] = sim_own_text(slice_str(password));
}

/* --- what the agent tells --- */

static void on_log(void *ctx, const struct log_event *event)
{
	static const char *const where[] = { "the classic log", "the logfmt log", "the JSON log" };
	struct stage *stage = ctx;
	struct stage_log *entry = sim_own(sizeof(*entry));
	char memory[4096];

	for (int format = LOG_JSON; format >= LOG_CLASSIC; format--) {
		struct buf out = buf_over(memory, sizeof(memory));

		log_write(format, event, &out);
		buf_end(&out);
		look_for_secrets(stage, where[format], buf_slice(&out));
		if (memchr(out.p, '\n', out.n) || memchr(out.p, 0x1b, out.n))
			stage_fault(stage, "a control byte in %s", where[format]);
		if (out.full)
			stage_fault(stage, "a line of %s is longer than 4096 bytes", where[format]);
	}
	entry->at_ms = net_now_ms(stage->net);
	entry->text = sim_own_text(slice_str(memory));
	*stage->logs_end = entry;
	stage->logs_end = &entry->next;
	if (stage->trace)
		fprintf(stage->trace, "  log   %s\n", entry->text);
}

static struct stage_line *line_of(struct stage *stage, const struct line *line)
{
	for (struct stage_line *l = stage->lines; l; l = l->next)
		if (l->line == line)
			return l;
	stage_fault(stage, "the agent tells of a line that nobody has");
	return NULL;
}

static void look_at_trace(struct stage *stage, struct slice bytes)
{
	static char memory[1 << 19];
	struct buf out = buf_over(memory, sizeof(memory));

	sip_show_masked(bytes, SLICE("  "), &out);
	buf_end(&out);
	look_for_secrets(stage, "the trace", buf_slice(&out));
	if (stage->trace)
		fputs(memory, stage->trace);
}

static void on_sent(void *ctx, struct line *line, const struct line_message *message)
{
	struct stage *stage = ctx;
	bool has = contains(message->bytes, "\r\nAuthorization:") ||
	           contains(message->bytes, "\r\nProxy-Authorization:");

	line_of(stage, line);
	stage->told_sent++;
	if (message->credentials != has)
		stage_fault(stage, "the watcher was told that a request has %s, and it has %s",
		            message->credentials ? "credentials" : "no credentials",
		            has ? "some" : "none");
	if (message->msg)
		stage_fault(stage, "a message that was sent came with a parsed one");
	if (stage->trace)
		fprintf(stage->trace, "  sent%s\n", message->again ? " again" : "");
	look_at_trace(stage, message->bytes);
}

static void on_received(void *ctx, struct line *line, const struct line_message *message)
{
	struct stage *stage = ctx;

	line_of(stage, line);
	if (!message->msg)
		stage_fault(stage, "a message that came in was told without its parsed form");
	if (stage->trace)
		fputs("  received\n", stage->trace);
	look_at_trace(stage, message->bytes);
}

static void on_state(void *ctx, struct line *line, enum reg_state from)
{
	struct stage *stage = ctx;

	line_of(stage, line);
	if (line_reg(line)->state == from)
		stage_fault(stage, "the watcher was told of a change from %s to itself",
		            reg_state_name(from));
	if (stage->trace)
		fprintf(stage->trace, "  state %s -> %s\n", reg_state_name(from),
		        reg_state_name(line_reg(line)->state));
	if (stage->beside)
		net_timer_set(stage->beside, net_now_ms(stage->net));
}

/* Not from within what the agent tells. */
static void on_beside(void *ctx)
{
	struct stage *stage = ctx;

	for (struct stage_line *l = stage->lines; l; l = l->next) {
		if (!l->first || !l->line || !l->first->line)
			continue;
		shard_line_beside(stage->shard, l->line, l->first->line);
		shard_line_beside(stage->shard, l->first->line, l->line);
	}
}

static void keep_text(struct slice *text, char copy[256])
{
	if (!slice_present(*text))
		return;
	if (text->n > 255)
		text->n = 255;
	if (text->n)
		memcpy(copy, text->p, text->n);
	text->p = copy;
}

static void on_ended(void *ctx, struct line *line, const struct line_end *end)
{
	struct stage *stage = ctx;
	struct stage_line *l = line_of(stage, line);
	struct stage_end *kept = l ? &l->end : NULL;

	if (!l)
		return;
	if (end->end == REG_END_NONE || !end->facts) {
		stage_fault(stage, "an attempt ended without an end or without facts");
		return;
	}
	if (stage->whole && end->end == REG_END_FAILED && line_server(line)->names.in_part)
		stage_fault(stage, "an attempt has failed while DNS had more to say");
	*kept = (struct stage_end){
		.end = end->end,
		.facts = *end->facts,
		.status = reg_shown_status(end->facts),
		.at_ms = net_now_ms(stage->net),
		.took_ms = end->took_ms,
		.next_at_ms = end->next_at_ms,
		.has_reply = end->reply != NULL,
		.has_target = end->target != NULL,
	};
	kept->cause = explain(end->facts);
	keep_text(&kept->facts.reason, kept->texts[0]);
	keep_text(&kept->facts.registrar_error, kept->texts[1]);
	keep_text(&kept->facts.warning, kept->texts[2]);
	keep_text(&kept->facts.reason_header, kept->texts[3]);
	keep_text(&kept->facts.unsupported, kept->texts[4]);
	keep_text(&kept->facts.require, kept->texts[5]);
	keep_text(&kept->facts.server, kept->texts[6]);
	keep_text(&kept->facts.realm, kept->texts[7]);
	keep_text(&kept->facts.algorithm, kept->texts[8]);
	l->ends_unread++;
	if (stage->trace)
		fprintf(stage->trace, "  ended %u, status %u, cause %s\n", (unsigned)kept->end,
		        kept->status, kept->cause ? kept->cause->id : "-");
}

/* --- setting up --- */

void stage_init(struct stage *stage)
{
	*stage = (struct stage){ .seed = 1, .log_level = LOG_LEVEL_INFO };
	stage->lines_end = &stage->lines;
	stage->logs_end = &stage->logs;
	stage->live_before = sim_memory_live();
	net_new(&stage->net);
}

int stage_open(struct stage *stage)
{
	struct shard_cfg cfg = {
		.net = stage->net,
		.log = { stage->log_level, on_log, stage },
		.watch = { stage, on_state, on_sent, on_received, on_ended },
		.key = { stage->seed * UINT64_C(0x9e3779b97f4a7c15), ~stage->seed },
		.seed = stage->seed,
		.port4 = stage->port,
		.once = stage->once,
		.lines_max = STAGE_LINES_MAX,
		.user_agent = stage->user_agent,
	};
	int error = 0;

	if (stage->shard)
		return 0;
	sim_seed(stage->net, stage->seed);
	if (!stage->dns)
		error = dns_new(stage->net, &stage->dns);
	if (error)
		return error;
	cfg.dns = stage->dns;
	return shard_new(&cfg, &stage->shard);
}

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static char *own_or_null(const char *text)
{
	return text ? sim_own_text(slice_str(text)) : NULL;
}

/* What does not fit is cut short, and no demand then. */
static void demand(const struct stage_line_cfg *cfg, struct sip_demands *ret)
{
	*ret = (struct sip_demands){ .outbound = cfg->outbound, .gruu = cfg->gruu };
	struct {
		const char *text;
		char *place;
		size_t cap;
	} texts[] = {
		{ cfg->contact_params, ret->contact_params, sizeof(ret->contact_params) },
		{ cfg->address_params, ret->address_params, sizeof(ret->address_params) },
		{ cfg->request_params, ret->request_params, sizeof(ret->request_params) },
		{ cfg->headers, ret->headers, sizeof(ret->headers) },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].text)
			snprintf(texts[i].place, texts[i].cap, "%s", texts[i].text);
}

/* The server of the line of that name; NULL where name is. */
static struct server *server_of(struct stage *stage, const char *name)
{
	const struct stage_line *line = name ? stage_line_find(stage, name) : NULL;

	for (struct stage_server *s = stage->servers; line && s; s = s->next)
		if (s->server == line_server(line->line))
			return s->server;
	return NULL;
}

/* The server that cfg names, made where no line has named it yet. */
static int server_take(struct stage *stage, const struct stage_line_cfg *cfg,
                       struct server **ret_server)
{
	struct sip_demands demands;
	struct server *beside = server_of(stage, cfg->beside);
	struct stage_server *s;
	int error;

	for (s = stage->servers; s; s = s->next) {
		if (s->cfg.beside == beside && same_text(s->cfg.host, cfg->host) &&
		    s->cfg.port == cfg->port && s->cfg.transport == cfg->transport &&
		    same_text(s->cfg.proxy_host, cfg->proxy_host) &&
		    s->cfg.proxy_port == cfg->proxy_port &&
		    same_text(s->cfg.interface, cfg->interface)) {
			*ret_server = s->server;
			return 0;
		}
	}
	s = sim_own(sizeof(*s));
	s->cfg = (struct server_cfg){
		.host = own_or_null(cfg->host),
		.port = cfg->port,
		.proxy_host = own_or_null(cfg->proxy_host),
		.proxy_port = cfg->proxy_port,
		.transport = cfg->transport,
		.srv = cfg->srv,
		.tls_ca = cfg->tls_ca,
		.rate_per_s = cfg->rate_per_s,
		.keep = cfg->keep,
		.demands = &demands,
		.interface = own_or_null(cfg->interface),
		.beside = beside,
		.last = { .addr = cfg->last,
		          .transport = cfg->transport == DNS_AUTO ? DNS_TLS : cfg->transport,
		          .at_ms = net_wall_ms(stage->net) - 3600000 },
	};
	demand(cfg, &demands);
	error = shard_server_add(stage->shard, &s->cfg, &s->server);
	s->cfg.demands = NULL;
	if (error) {
		free((char *)s->cfg.host);
		free((char *)s->cfg.proxy_host);
		free((char *)s->cfg.interface);
		free(s);
		return error;
	}
	s->next = stage->servers;
	stage->servers = s;
	*ret_server = s->server;
	return 0;
}

int stage_line_add(struct stage *stage, const struct stage_line_cfg *cfg,
                   struct stage_line **ret_line)
{
	struct stage_line *l, *first;
	struct line_cfg line = {
		.user = cfg->user,
		.auth_user = cfg->auth_user ? cfg->auth_user : cfg->user,
		.password = cfg->password,
		.realm = cfg->realm,
		.contact = cfg->contact,
		.calls = cfg->calls,
		.expires_s = cfg->expires_s ? cfg->expires_s : 3600,
		.identity = 1,
		.cseq = cfg->cseq,
		.left = cfg->left.any.sa_family ? &cfg->left : NULL,
	};
	int error = stage_open(stage);

	if (error)
		return error;
	error = server_take(stage, cfg, &line.server);
	if (error)
		return error;
	for (l = stage->lines; l; l = l->next)
		line.identity++;
	first = cfg->beside ? stage_line_find(stage, cfg->beside) : NULL;
	if (first) {
		line.identity = first->identity;
		if (!stage->beside)
			error = net_timer_new(stage->net, on_beside, stage, &stage->beside);
		if (error)
			return error;
	}
	l = sim_own(sizeof(*l));
	l->identity = line.identity;
	l->first = first;
	snprintf(l->name, sizeof(l->name), "%s", cfg->name);
	snprintf(l->auth_user, sizeof(l->auth_user), "%s", line.auth_user);
	snprintf(l->password, sizeof(l->password), "%s", cfg->password ? cfg->password : "");
	error = shard_line_add(stage->shard, &line, &l->line);
	if (error) {
		free(l);
		return error;
	}
	snprintf(l->address, sizeof(l->address), "%s", line_address(l->line));
	password_add(stage, l->password);
	*stage->lines_end = l;
	stage->lines_end = &l->next;
	*ret_line = l;
	return 0;
}

struct stage_line *stage_line_find(struct stage *stage, const char *name)
{
	for (struct stage_line *l = stage->lines; l; l = l->next)
		if (strcmp(l->name, name) == 0)
			return l;
	return NULL;
}

void stage_line_drop(struct stage *stage, struct stage_line *line)
{
	shard_line_remove(stage->shard, line->line);
	line->line = NULL;
}

/* --- what was sent --- */

/* Answers to challenges must be right, and what they are made of stays secret. */
static void look_at_answers(struct stage *stage, const struct request *request)
{
	static const char *const names[] = { "Authorization", "Proxy-Authorization" };
	char error[AUTH_ERROR_MAX];
	const char *secret;
	struct auth auth;

	for (unsigned i = 0; i < 2; i++) {
		struct slice value;

		for (unsigned n = 0;; n++) {
			value = packet_header(&request->packet, names[i], n);
			if (!slice_present(value))
				break;
			if (!auth_check(value, request->packet.request_uri, request->line->password,
			                &auth, error)) {
				stage_fault(stage, "%s", error);
				return;
			}
			if (strcmp(auth.user, request->line->auth_user) != 0)
				stage_fault(stage, "answered as %s, not as %s", auth.user,
				            request->line->auth_user);
			ring_add(&stage->hashes, auth.ha1);
			ring_add(&stage->responses, auth.response);
		}
	}
	secret = find_secret(stage, request->packet.bytes);
	if (secret)
		stage_fault(stage, "a secret (%s) was sent", secret);
}

/* One line has one Call-ID, one From tag, a CSeq that rises, and branches used once. */
static void look_at_identity(struct stage *stage, const struct request *request)
{
	const struct packet *packet = &request->packet;
	struct stage_line *line = request->line;

	if (line->last) {
		if (!slice_equal(line->last->call_id, request->call_id))
			stage_fault(stage, "the Call-ID of %s has changed", line->name);
		if (!slice_equal(packet_header(&line->last->packet, "From", 0),
		                 packet_header(packet, "From", 0)))
			stage_fault(stage, "From of %s, or its tag, has changed", line->name);
		if (packet->cseq <= line->cseq)
			stage_fault(stage, "CSeq %u after %u", packet->cseq, line->cseq);
	}
	for (const struct request *r = stage->requests; r; r = r->next) {
		if (slice_equal_nocase(r->branch, request->branch))
			stage_fault(stage, "a new request has the branch of request %u", r->number);
		if (r->line != line && slice_equal(r->call_id, request->call_id))
			stage_fault(stage, "two lines have one Call-ID");
	}
}

/* The line that a request is of: by its To. */
static struct stage_line *line_by_address(struct stage *stage, const struct packet *packet)
{
	struct slice to = packet_uri(packet_header(packet, "To", 0));
	struct stage_line *found = NULL;
	struct slice reg_id = packet_param(packet_header(packet, "Contact", 0), "reg-id");
	bool second = slice_equal(reg_id, SLICE("2"));
	size_t at = slice_find(to, '@');

	/* An address may have parameters (address-parameters). */
	to.n = at + slice_find(slice_from(to, at), ';');
	for (struct stage_line *l = stage->lines; l; l = l->next)
		if (slice_equal(to, slice_str(l->address)) && (l->first != NULL) == second &&
		    (!found || l->line))
			found = l;
	return found;
}

static struct request *same_bytes(const struct stage *stage, struct slice bytes)
{
	for (struct request *r = stage->requests; r; r = r->next)
		if (slice_equal(r->packet.bytes, bytes))
			return r;
	return NULL;
}

struct request *stage_request_take(struct stage *stage, bool *ret_again)
{
	struct sim_datagram *datagram = sim_sent_take(stage->net);
	char error[PACKET_ERROR_MAX];
	struct request *request;

	if (!datagram)
		return NULL;
	request = same_bytes(stage, slice_of(datagram->bytes, datagram->n));
	*ret_again = request != NULL;
	if (request) {
		request->at_ms = datagram->at_ms;
		if (!net_addr_equal(&request->to, &datagram->to) ||
		    !net_source_equal(&request->from, &datagram->from))
			stage_fault(stage, "a request was sent again to another place");
		free(datagram);
		return request;
	}
	request = sim_own(sizeof(*request));
	request->bytes = sim_own_text(slice_of(datagram->bytes, datagram->n));
	request->at_ms = datagram->at_ms;
	request->udp = datagram->udp;
	request->stream = datagram->stream;
	request->from = datagram->from;
	memcpy(request->over, datagram->over, sizeof(request->over));
	request->to = datagram->to;
	request->packet.bytes = slice_of(request->bytes, datagram->n);
	free(datagram);
	if (!packet_read(request->packet.bytes, &request->packet, error))
		stage_fault(stage, "%s", error);
	else if (!(request->line = line_by_address(stage, &request->packet)))
		stage_fault(stage, "a request of nobody's");
	request->branch = packet_param(packet_header(&request->packet, "Via", 0), "branch");
	request->call_id = packet_header(&request->packet, "Call-ID", 0);
	request->next = stage->requests;
	if (request->line) {
		look_at_identity(stage, request);
		look_at_answers(stage, request);
		request->line->before = request->line->last;
		request->line->last = request;
		request->line->cseq = request->packet.cseq;
	}
	stage->requests = request;
	request->number = ++stage->request_count;
	return request;
}

struct request *stage_options_take(struct stage *stage)
{
	struct sim_datagram *datagram = sim_sent_take(stage->net);
	char error[PACKET_ERROR_MAX];
	struct request *request = sim_own(sizeof(*request));

	request->bytes = sim_own_text(slice_of(datagram->bytes, datagram->n));
	request->at_ms = datagram->at_ms;
	request->udp = datagram->udp;
	request->from = datagram->from;
	memcpy(request->over, datagram->over, sizeof(request->over));
	request->to = datagram->to;
	request->packet.bytes = slice_of(request->bytes, datagram->n);
	free(datagram);
	if (!packet_read(request->packet.bytes, &request->packet, error))
		stage_fault(stage, "%s", error);
	else if (slice_present(packet_header(&request->packet, "Authorization", 0)))
		stage_fault(stage, "an OPTIONS with credentials");
	request->branch = packet_param(packet_header(&request->packet, "Via", 0), "branch");
	request->call_id = packet_header(&request->packet, "Call-ID", 0);
	request->next = stage->requests;
	stage->requests = request;
	request->number = ++stage->request_count;
	return request;
}

struct request *stage_request_find(struct stage *stage, unsigned number)
{
	for (struct request *r = stage->requests; r; r = r->next)
		if (r->number == number)
			return r;
	return NULL;
}

/* --- the end --- */

static void free_all(struct stage *stage)
{
	while (stage->lines) {
		struct stage_line *l = stage->lines;

		stage->lines = l->next;
		free(l);
	}
	while (stage->servers) {
		struct stage_server *s = stage->servers;

		stage->servers = s->next;
		free((char *)s->cfg.host);
		free((char *)s->cfg.proxy_host);
		free((char *)s->cfg.interface);
		free(s);
	}
	while (stage->logs) {
		struct stage_log *entry = stage->logs;

		stage->logs = entry->next;
		free(entry->text);
		free(entry);
	}
	while (stage->requests) {
		struct request *r = stage->requests;

		stage->requests = r->next;
		free(r->bytes);
		free(r);
	}
	for (unsigned i = 0; i < stage->password_count; i++)
		free(stage->passwords[i]);
	ring_free(&stage->hashes);
	ring_free(&stage->responses);
}

bool stage_done(struct stage *stage)
{
	uint64_t live;

	net_timer_free(stage->beside);
	if (stage->shard)
		shard_free(stage->shard);
	if (stage->dns)
		dns_free(stage->dns);
	if (sim_sent(stage->net))
		stage_fault(stage, "a datagram was sent that nobody expected, at the latest by "
		                   "shard_free()");
	if (sim_open_sockets(stage->net))
		stage_fault(stage, "%u sockets were not closed", sim_open_sockets(stage->net));
	if (sim_open_streams(stage->net))
		stage_fault(stage, "%u connections were not closed", sim_open_streams(stage->net));
	if (sim_open_timers(stage->net))
		stage_fault(stage, "%u timers were not freed", sim_open_timers(stage->net));
	if (sim_open_queries(stage->net))
		stage_fault(stage, "%u queries were not cancelled", sim_open_queries(stage->net));
	free_all(stage);
	net_free(stage->net);
	live = sim_memory_live();
	if (live != stage->live_before)
		stage_fault(stage, "%llu blocks of memory were not freed",
		            (unsigned long long)(live - stage->live_before));
	return stage->fault[0] == '\0';
}
