/* agent/parts.c: parts of a rate by numbers of lines; see agent/parts.h. */
#include "agent/parts.h"

void agent_parts_divide(const uint32_t *counts, uint32_t n, struct pace_part *ret_parts)
{
	uint32_t with_lines = 0, least, to = 0;
	uint64_t lines = 0;

	for (uint32_t i = 0; i < n; i++) {
		with_lines += counts[i] > 0;
		lines += counts[i];
	}
	/* Each line has its time, so that a worker with few must not wait for ever. */
	least = with_lines ? PACE_PARTS / (AGENT_PARTS_LEAST * with_lines) : 0;
	for (uint32_t i = 0; i < n; i++) {
		ret_parts[i].from = to;
		if (counts[i]) {
			uint64_t rest = PACE_PARTS - least * with_lines;

			to += least + (uint32_t)(rest * counts[i] / lines);
		}
		ret_parts[i].to = to;
	}
	/* What rounding left is the last one's. */
	for (uint32_t i = n; i-- > 0 && to < PACE_PARTS;) {
		ret_parts[i].to = PACE_PARTS;
		if (counts[i])
			break;
		ret_parts[i].from = PACE_PARTS;
	}
}

bool agent_parts_differ(const struct pace_part *a, const struct pace_part *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t size_a = a[i].to - a[i].from, size_b = b[i].to - b[i].from;
		uint32_t by = size_a > size_b ? size_a - size_b : size_b - size_a;

		if (by > size_a / AGENT_PARTS_NEWS)
			return true;
	}
	return false;
}
