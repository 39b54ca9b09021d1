/* cli/register_json.c: the end of an attempt as one JSON object, the last that `lineup register
 * --json` prints. Its members are a promise to programs, written down in docs/json.md: they are all
 * there, whatever came; add, never rename. */
#include "base/json.h"
#include "cli/register.h"
#include "cli/looks_like.h"
#include "cli/result.h"
#include "log/log.h"

#define LISTED_MAX 200 /* bindings and routes that are listed; their number is told whole */

/* Whether a reply lists bindings at all: a 2xx does; there may be no reply. */
static bool lists(const struct sip_msg *reply)
{
	return reply && reply->status >= 200 && reply->status < 300;
}

static void put_address(struct json *json, const char *key, const struct net_addr *addr)
{
	char memory[NET_ADDR_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	if (addr)
		net_addr_show(addr, &text);
	json_put_string(json, key, addr ? buf_slice(&text) : SLICE_NONE);
}

static void put_bindings(struct json *json, const struct register_news *news)
{
	struct facts_binding_walk walk = { 0 };
	struct facts_binding binding;
	unsigned n = 0;

	json_put_number(json, "bindings_total", news->end->facts->bindings);
	json_open_array(json, "bindings");
	while (lists(news->end->reply) && n++ < LISTED_MAX &&
	       line_binding_next(news->line, news->end, &walk, &binding)) {
		json_open_object(json, NULL);
		result_json_text(json, "uri", binding.uri);
		if (binding.named)
			json_put_number(json, "expires", binding.expires_s);
		else
			json_put_null(json, "expires");
		result_json_bool(json, "ours", binding.ours);
		json_close_object(json);
	}
	json_close_array(json);
}

static void put_list(struct json *json, const char *name, const struct sip_msg *reply,
                     enum sip_header header)
{
	struct sip_values walk = { 0 };
	struct slice value;
	unsigned n = 0;

	json_open_array(json, name);
	while (lists(reply) && n++ < LISTED_MAX && sip_value_next(reply, header, &walk, &value))
		result_json_text(json, NULL, value);
	json_close_array(json);
}

/* RFC 5627: of our own binding. */
static void put_gruus(struct json *json, const struct register_news *news)
{
	struct facts_binding_walk walk = { 0 };
	struct facts_binding binding, ours = { .pub_gruu = SLICE_NONE };

	while (lists(news->end->reply) && line_binding_next(news->line, news->end, &walk, &binding))
		if (binding.ours)
			ours = binding;
	result_json_text(json, "pub_gruu", ours.pub_gruu);
	result_json_text(json, "temp_gruu", ours.temp_gruu);
}

static void put_nat(struct json *json, const struct register_seen *seen)
{
	json_open_object(json, "nat");
	json_put_string(json, "received",
	                seen->received[0] ? slice_str(seen->received) : SLICE_NONE);
	if (seen->rport)
		json_put_number(json, "rport", seen->rport);
	else
		json_put_null(json, "rport");
	json_close_object(json);
}

static void put_certificate(struct json *json, int64_t until_s)
{
	char memory[32];
	struct buf until = buf_over(memory, sizeof(memory));

	if (until_s)
		log_time_utc(until_s * 1000, &until);
	json_put_string(json, "certificate_until", until_s ? buf_slice(&until) : SLICE_NONE);
}

static void put_last(struct json *json, const struct register_seen *seen)
{
	if (!seen->status) {
		json_put_null(json, "last");
		return;
	}
	json_open_object(json, "last");
	json_put_number(json, "status", seen->status);
	result_json_text(json, "reason", slice_str(seen->reason));
	put_address(json, "from", &seen->from);
	json_close_object(json);
}

void register_json(const struct register_news *news, struct buf *out)
{
	const struct line_end *end = news->end;
	bool granted = end->end == REG_END_GRANTED;
	struct json json = json_over(out);

	json_open_object(&json, NULL);
	json_put_string(&json, "event", SLICE("result"));
	json_put_string(&json, "result", granted ? SLICE("registered") : SLICE("failed"));
	result_json_reason(&json, end->facts);
	json_put_string(&json, "address", slice_str(line_address(news->line)));
	put_address(&json, "server", end->target);
	json_put_string(&json, "transport",
	                slice_str(dns_transport_name(
				end->target ? end->transport
					    : line_server(news->line)->next_hop.transport)));
	if (granted)
		json_put_number(&json, "expires", line_reg(news->line)->granted_s);
	else
		json_put_null(&json, "expires");
	json_put_number(&json, "asked", end->facts->asked_s);
	put_bindings(&json, news);
	put_list(&json, "service_route", end->reply, SIP_SERVICE_ROUTE);
	put_list(&json, "path", end->reply, SIP_PATH);
	put_list(&json, "p_associated_uri", end->reply, SIP_P_ASSOCIATED_URI);
	put_gruus(&json, news);
	put_nat(&json, news->seen);
	put_last(&json, news->seen);
	put_certificate(&json, line_server(news->line)->tls.certificate_until_s);
	json_put_number(&json, "took_ms", end->took_ms);
	result_json_cause(&json, &news->settings->account, end->facts, end->target,
	                  granted ? NULL : explain(end->facts));
	looks_like_json(&json, (struct looks_like){ slice_str(news->settings->account.aor.host),
	                                            end->facts->server });
	json_close_object(&json);
	buf_char(out, '\n');
}
