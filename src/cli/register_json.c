/* cli/register_json.c: the end of an attempt as one JSON object, the last that `lineup register
 * --json` prints. Its keys are a promise to programs: add, never rename. */
#include <stdlib.h>

#include "base/json.h"
#include "cli/register.h"
#include "cli/result.h"

#define RESULT_MAX (256 * 1024)
#define LISTED_MAX 200 /* bindings and routes that are listed; their number is told whole */

static void put_bool(struct json *json, const char *key, bool value)
{
	if (value)
		json_put_true(json, key);
	else
		json_put_false(json, key);
}

/* Whether a reply lists bindings at all: a 2xx does; there may be no reply. */
static bool lists(const struct sip_msg *reply)
{
	return reply && reply->status >= 200 && reply->status < 300;
}

static void put_bindings(struct json *json, const struct register_news *news)
{
	struct facts_binding_walk walk = { 0 };
	struct facts_binding binding;
	unsigned n = 0;

	json_open_array(json, "bindings");
	while (lists(news->end->reply) && n++ < LISTED_MAX &&
	       line_binding_next(news->line, news->end, &walk, &binding)) {
		json_open_object(json, NULL);
		json_put_string(json, "uri", binding.uri);
		if (binding.named)
			json_put_number(json, "expires", binding.expires_s);
		else
			json_put_null(json, "expires");
		put_bool(json, "ours", binding.ours);
		json_close_object(json);
	}
	json_close_array(json);
}

/* RFC 3608 */
static void put_service_route(struct json *json, const struct sip_msg *reply)
{
	struct sip_values walk = { 0 };
	struct slice value;
	unsigned n = 0;

	json_open_array(json, "service_route");
	while (lists(reply) && n++ < LISTED_MAX &&
	       sip_value_next(reply, SIP_SERVICE_ROUTE, &walk, &value))
		json_put_string(json, NULL, value);
	json_close_array(json);
}

static void put_nat(struct json *json, const struct sip_via *via)
{
	json_open_object(json, "nat");
	json_put_string(json, "received", via ? via->received : SLICE_NONE);
	if (via && via->rport)
		json_put_number(json, "rport", via->rport);
	else
		json_put_null(json, "rport");
	json_close_object(json);
}

static void put_result(struct json *json, const struct register_news *news)
{
	const struct line_end *end = news->end;
	bool granted = end->end == REG_END_GRANTED;
	char memory[NET_ADDR_TEXT_MAX];
	struct buf server = buf_over(memory, sizeof(memory));

	json_open_object(json, NULL);
	json_put_string(json, "event", SLICE("result"));
	json_put_string(json, "result", granted ? SLICE("registered") : SLICE("failed"));
	result_json_reason(json, end->facts);
	json_put_string(json, "address", slice_str(line_address(news->line)));
	if (end->target)
		net_addr_show(end->target, &server);
	json_put_string(json, "server", end->target ? buf_slice(&server) : SLICE_NONE);
	json_put_string(json, "transport",
	                slice_str(dns_transport_name(line_server(news->line)->transport)));
	if (granted)
		json_put_number(json, "expires", line_reg(news->line)->granted_s);
	else
		json_put_null(json, "expires");
	json_put_number(json, "asked", end->facts->asked_s);
	json_put_number(json, "bindings_total", end->facts->bindings);
	put_bindings(json, news);
	put_service_route(json, end->reply);
	put_nat(json, end->via);
	json_put_number(json, "took_ms", end->took_ms);
	if (!granted)
		result_json_cause(json, &news->settings->account, end->facts);
	json_close_object(json);
}

/* Composed at its largest, handed over at its size. */
static char *closed(char *memory, struct buf *out)
{
	char *smaller;

	if (buf_end(out) < 0) {
		free(memory);
		return NULL;
	}
	smaller = realloc(memory, out->n + 1);
	return smaller ? smaller : memory;
}

char *register_json(const struct register_news *news)
{
	char *memory = malloc(RESULT_MAX);
	struct buf out;
	struct json json;

	if (!memory)
		return NULL;
	out = buf_over(memory, RESULT_MAX);
	json = json_over(&out);
	put_result(&json, news);
	return closed(memory, &out);
}

char *register_json_interrupted(const struct register_settings *settings)
{
	static const struct reg_facts facts = { .local = REG_LOCAL_INTERRUPTED };
	char *memory = malloc(RESULT_MAX);
	char address[SIP_USER_MAX + SIP_HOST_MAX + 8];
	struct buf out, text = buf_over(address, sizeof(address));
	struct json json;

	if (!memory)
		return NULL;
	out = buf_over(memory, RESULT_MAX);
	json = json_over(&out);
	result_put_address(&settings->account, &text);
	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("result"));
	json_put_string(&json, "result", SLICE("failed"));
	json_put_number(&json, "status", 408);
	json_put_string(&json, "reason", SLICE("Network Timeout"));
	json_put_true(&json, "local");
	json_put_string(&json, "address", buf_slice(&text));
	json_put_null(&json, "server");
	json_put_string(&json, "transport", SLICE("udp"));
	result_json_cause(&json, &settings->account, &facts);
	json_close_object(&json);
	return closed(memory, &out);
}
