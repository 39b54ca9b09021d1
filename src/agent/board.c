/* agent/board.c: see agent/board.h. */
#include "agent/board.h"

#include <assert.h>
#include <sched.h>
#include <string.h>

#define SPINS 64 /* then the writer, which may have been put to sleep, is given the processor */

/* The report as it stands in the board's words. */
struct packed {
	uint8_t state, own_ports;
	uint16_t cause; /* its place among all, from 1; 0: none */
	bool up          : 1;
	bool local       : 1;
	bool refused     : 1;
	bool dropped     : 1;
	bool dated       : 1;
	bool paired      : 1; /* flows is 2 */
	uint8_t flows_up : 2;
	uint16_t status;
	uint16_t bindings, foreign;
	uint32_t granted_s, answer_ms, cseq;
	int32_t ahead_s;
	int64_t since_ms, ends_ms, next_ms, result_ms;
	struct agent_told *told; /* counted; NULL: nothing was told */
};

static_assert(sizeof(struct packed) <= AGENT_BOARD_WORDS * 8, "the words of a board");

#define WORD_OF_ENDS (offsetof(struct packed, ends_ms) / 8)

static void pack(const struct agent_report *report, struct agent_told *told,
                 uint64_t ret_words[AGENT_BOARD_WORDS])
{
	const struct packed packed = {
		.state = (uint8_t)report->state,
		.own_ports = report->own_ports,
		.cause = report->cause ? (uint16_t)(explain_index(report->cause) + 1) : 0,
		.up = report->up,
		.local = report->local,
		.refused = report->refused,
		.dropped = report->dropped,
		.dated = report->dated,
		.paired = report->flows > 1,
		.flows_up = report->flows_up & 3,
		.status = report->status,
		.bindings = report->bindings,
		.foreign = report->foreign,
		.granted_s = report->granted_s,
		.answer_ms = report->answer_ms,
		.cseq = report->cseq,
		.ahead_s = report->ahead_s,
		.since_ms = report->since_ms,
		.ends_ms = report->ends_ms,
		.next_ms = report->next_ms,
		.result_ms = report->result_ms,
		.told = told,
	};

	memcpy(ret_words, &packed, sizeof(packed));
}

static void unpack(const struct packed *packed, struct agent_report *ret_report)
{
	*ret_report = (struct agent_report){
		.state = (enum reg_state)packed->state,
		.own_ports = packed->own_ports,
		.cause = packed->cause ? explain_at(packed->cause - 1U) : NULL,
		.up = packed->up,
		.local = packed->local,
		.refused = packed->refused,
		.dropped = packed->dropped,
		.dated = packed->dated,
		.flows = packed->paired ? 2 : 0,
		.flows_up = packed->flows_up,
		.status = packed->status,
		.bindings = packed->bindings,
		.foreign = packed->foreign,
		.granted_s = packed->granted_s,
		.answer_ms = packed->answer_ms,
		.cseq = packed->cseq,
		.ahead_s = packed->ahead_s,
		.since_ms = packed->since_ms,
		.ends_ms = packed->ends_ms,
		.next_ms = packed->next_ms,
		.result_ms = packed->result_ms,
	};
}

/* ---- the one that writes */

static void copy_text(char *to, const char *from, size_t max)
{
	memcpy(to, from, strnlen(from, max));
}

static void copy_addr(struct net_addr *to, const struct net_addr *from)
{
	if (from->any.sa_family)
		memcpy(to, from, net_addr_len(from));
}

static struct agent_told *told_of(const struct agent_board *board)
{
	struct packed packed;
	uint64_t words[AGENT_BOARD_WORDS];

	for (size_t i = 0; i < AGENT_BOARD_WORDS; i++)
		words[i] = atomic_load_explicit(&board->words[i], memory_order_relaxed);
	memcpy(&packed, words, sizeof(packed));
	return packed.told;
}

static bool same(const struct agent_told_words *a, const struct agent_told_words *b)
{
	uint64_t words[2][AGENT_TOLD_WORDS] = { { 0 }, { 0 } };

	memcpy(words[0], a, sizeof(*a));
	memcpy(words[1], b, sizeof(*b));
	return memcmp(words[0], words[1], sizeof(words[0])) == 0;
}

/* What the report was told, counted: what the board has, where that is the same. */
static struct agent_told *tell(struct agent_told_book *book, struct agent_told *before,
                               const struct agent_told_words *words)
{
	static const struct agent_told_words nothing = { .reason = "" };
	struct agent_told_words clean = { .reason = "" }, old;

	copy_addr(&clean.target, &words->target);
	copy_addr(&clean.source, &words->source);
	copy_text(clean.reason, words->reason, AGENT_REPORT_REASON_MAX);
	copy_text(clean.realm, words->realm, AGENT_REPORT_REALM_MAX);
	copy_text(clean.transport, words->transport, sizeof(clean.transport) - 1);
	copy_text(clean.named, words->named, AGENT_REPORT_NAMED_MAX);
	if (same(&clean, &nothing))
		return NULL;
	if (before) {
		agent_told_read(before, &old);
		if (same(&clean, &old))
			return before;
	}
	return agent_told_take(book, &clean);
}

static void put(struct agent_board *board, const struct agent_report *report,
                struct agent_told *told)
{
	uint32_t turn = atomic_load_explicit(&board->turn, memory_order_relaxed);
	uint64_t words[AGENT_BOARD_WORDS] = { 0 };

	pack(report, told, words);
	atomic_store_explicit(&board->turn, turn + 1, memory_order_relaxed);
	for (size_t i = 0; i < AGENT_BOARD_WORDS; i++)
		atomic_store_explicit(&board->words[i], words[i], memory_order_release);
	atomic_store_explicit(&board->turn, turn + 2, memory_order_release);
}

void agent_board_write(struct agent_told_book *book, struct agent_board *board,
                       const struct agent_report *report)
{
	struct agent_told *before = told_of(board), *told = tell(book, before, &report->told);

	put(board, report, told);
	/* After the turn: whoever finds other words there finds another turn here, too. */
	if (before != told)
		agent_told_give(before);
}

void agent_board_move(struct agent_board *board, const struct agent_report *report)
{
	put(board, report, told_of(board));
}

void agent_board_done(struct agent_board *board)
{
	agent_told_give(told_of(board));
}

/* ---- those that read */

/* *told: what was told, where the board has it; NULL: nobody asks. */
static void copy_out(const struct agent_board *board, struct packed *packed,
                     struct agent_told_words *told)
{
	uint64_t words[AGENT_BOARD_WORDS];

	for (unsigned tries = 1;; tries++) {
		uint32_t turn = atomic_load_explicit(&board->turn, memory_order_acquire);

		for (size_t i = 0; i < AGENT_BOARD_WORDS; i++)
			words[i] = atomic_load_explicit(&board->words[i], memory_order_acquire);
		memcpy(packed, words, sizeof(*packed));
		/* Never a wild one: a pointer is stored and loaded whole, and its memory stays. */
		if (!(turn & 1) && told && packed->told)
			agent_told_read(packed->told, told);
		if (!(turn & 1) && atomic_load_explicit(&board->turn, memory_order_relaxed) == turn)
			break;
		if (tries % SPINS == 0)
			sched_yield();
	}
}

void agent_board_read(const struct agent_board *board, struct agent_report *ret_report)
{
	struct agent_told_words told;
	struct packed packed;

	copy_out(board, &packed, &told);
	unpack(&packed, ret_report);
	if (packed.told)
		ret_report->told = told;
}

void agent_board_glance(const struct agent_board *board, struct agent_report *ret_report)
{
	struct packed packed;

	copy_out(board, &packed, NULL);
	unpack(&packed, ret_report);
}

int64_t agent_board_ends_ms(const struct agent_board *board)
{
	return (int64_t)atomic_load_explicit(&board->words[WORD_OF_ENDS], memory_order_acquire);
}
