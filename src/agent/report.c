/* agent/report.c: see agent/report.h. */
#include "agent/report.h"

#include <string.h>

#include "agent/signs.h"
#include "explain/explain.h"

int64_t agent_report_wall_ms(const struct agent_worker *worker, uint64_t at_ms)
{
	if (at_ms == REG_NEVER)
		return 0;
	return net_stamp_ms(worker->net) + (int64_t)(at_ms - net_now_ms(worker->net));
}

void agent_report_binding(const struct agent_worker *worker, const struct line *line,
                          struct agent_report *report)
{
	const struct reg *reg = line_reg(line);
	bool up = reg_bound(reg) && reg->state != REG_STOPPING && reg->state != REG_REMOVING;

	report->state = reg->state;
	report->granted_s = reg->granted_s;
	report->ends_ms = up ? agent_report_wall_ms(worker, reg->ends_at_ms) : 0;
	report->cseq = line_cseq(line);
	if (up != report->up || !report->since_ms)
		report->since_ms = net_stamp_ms(worker->net);
	report->up = up;
}

static void keep(char *text, size_t cap, struct slice from)
{
	size_t n = from.n < cap - 1 ? from.n : cap - 1;

	if (n)
		memcpy(text, from.p, n);
	text[n] = '\0';
}

/* What a cause is about that no setting of the line says. */
static struct slice named_in(const struct reg_facts *facts)
{
	return reg_blames_interface(facts->local) ? facts->interface : facts->issuer;
}

uint32_t agent_report_took_ms(const struct line_end *end)
{
	return end->took_ms ? (uint32_t)end->took_ms : 1;
}

void agent_report_result(const struct agent_worker *worker, const struct line *line,
                         const struct line_end *end, struct agent_report *report)
{
	const struct reg_facts *facts = end->facts;

	report->status = reg_shown_status(facts);
	report->local = !facts->status;
	report->refused = end->end == REG_END_REFUSED;
	report->cause = end->end == REG_END_GRANTED ? NULL : explain(facts);
	report->result_ms = net_stamp_ms(worker->net);
	keep(report->told.reason, sizeof(report->told.reason),
	     end->reply ? end->reply->reason : SLICE("Network Timeout"));
	if (slice_present(facts->realm))
		keep(report->told.realm, sizeof(report->told.realm), facts->realm);
	keep(report->told.transport, sizeof(report->told.transport), facts->transport);
	keep(report->told.named, sizeof(report->told.named),
	     report->cause ? named_in(facts) : SLICE_NONE);
	if (end->target)
		report->told.target = *end->target;
	if (end->end == REG_END_GRANTED) {
		report->told.source = *end->source;
		report->bindings = facts->bindings;
		report->foreign = facts->foreign;
	}
	if (facts->status)
		report->answer_ms = agent_report_took_ms(end);
	agent_signs_read(line, end, report->result_ms, report);
}
