/* agent/signs.c: an answer is read once more here, for what the line itself has no use for. What
 * costs more than a look is done only where other bindings are listed. */
#include "agent/signs.h"

#include "sip/date.h"
#include "sip/msg.h"
#include "sip/uri.h"

static void read_clock(const struct sip_msg *reply, int64_t wall_ms, struct agent_report *report)
{
	int64_t date_s, ahead_s;

	report->dated = sip_date_parse(reply->first[SIP_DATE], &date_s) == PARSE_OK;
	if (!report->dated)
		return;
	ahead_s = date_s - wall_ms / 1000;
	report->ahead_s = ahead_s > INT32_MAX   ? INT32_MAX
	                  : ahead_s < INT32_MIN ? INT32_MIN
	                                        : (int32_t)ahead_s;
}

/* The URI of our own binding, as the server lists it. */
static bool own_uri(const struct line *line, const struct line_end *end, struct sip_uri *ret_uri)
{
	struct facts_binding_walk walk = { 0 };
	struct facts_binding binding;

	while (line_binding_next(line, end, &walk, &binding))
		if (binding.ours)
			return sip_uri_parse(binding.uri, ret_uri) == PARSE_OK;
	return false;
}

/* How many ports our user has at our host, which tells what was left over from another device. */
static uint8_t own_ports(const struct line *line, const struct line_end *end)
{
	struct facts_binding_walk walk = { 0 };
	struct facts_binding binding;
	uint16_t ports[AGENT_PORTS_MAX];
	struct sip_uri own, uri;
	uint8_t count = 0;

	if (!own_uri(line, end, &own))
		return 0;
	while (count < AGENT_PORTS_MAX && line_binding_next(line, end, &walk, &binding)) {
		uint8_t i = 0;

		if (binding.beside || sip_uri_parse(binding.uri, &uri) != PARSE_OK ||
		    !sip_uri_user_equal(uri.user, own.user) ||
		    !slice_equal_nocase(uri.host, own.host))
			continue;
		while (i < count && ports[i] != uri.port)
			i++;
		if (i == count)
			ports[count++] = uri.port;
	}
	return count;
}

void agent_signs_read(const struct line *line, const struct line_end *end, int64_t wall_ms,
                      struct agent_report *report)
{
	const struct reg_facts *facts = end->facts;

	if (!end->reply)
		return;
	read_clock(end->reply, wall_ms, report);
	report->own_ports = 0;
	if (end->end == REG_END_GRANTED)
		report->own_ports = facts->foreign ? own_ports(line, end) : 1;
	report->dropped = facts->grant == REG_GRANT_ABSENT && facts->foreign && facts->was_good;
	if (report->dropped) {
		report->bindings = facts->bindings;
		report->foreign = facts->foreign;
	}
}
