/* agent/second.h: the second flow of registrations whose server wants two (RFC 5626 4.2): another
 * line of the same identity, at the same server beside. In the shard's thread.
 *
 * Each flow has a report of its own; the board has what is made of both: a registration is up as
 * long as one of them is, and shows the first one unless only the second is up. The second one is
 * begun once the registrar has said of the first that it does outbound, since for one that does
 * not it would be another device (4.2.1). A registration with one flow costs nothing here. */
#ifndef LINEUP_AGENT_SECOND_H
#define LINEUP_AGENT_SECOND_H

#include "agent/board.h"
#include "agent/worker.h"
#include "line/line.h"

struct agent_second {
	uint64_t key; /* first: the address of its account */
	struct line *line;
	struct agent_report reports[2]; /* of each flow */
	struct agent_second *next;      /* of those that the sweep looks at */
	bool listed;                    /* among them */
	bool told;                      /* that the registrar does no outbound */
	enum { AGENT_SECOND_WAITS, AGENT_SECOND_DUE, AGENT_SECOND_BEGUN } phase;
};

/* NULL: it has one flow. */
struct agent_second *agent_second_of(const struct agent_worker *worker,
                                     const struct agent_account *account);

/* Makes the second line by what the first one was made of, at server. 0, or as shard_line_add(). */
int agent_second_add(struct agent_worker *worker, struct agent_account *account,
                     const struct line_cfg *cfg, struct server *server);
/* Frees it with its line, whose last CSeq goes into the board where it is the higher one. */
void agent_second_remove(struct agent_worker *worker, struct agent_account *account);

/* What is known of the flow that line is; of the only one where there is no second. */
void agent_second_read(const struct agent_worker *worker, const struct agent_account *account,
                       const struct line *line, struct agent_report *ret_report);
/* Takes it, and writes the board. *ret_shown: what the board has now. False where nobody sees a
 * change of state in it. */
bool agent_second_write(struct agent_worker *worker, struct agent_account *account,
                        struct line *line, const struct agent_report *report,
                        struct agent_report *ret_shown);

/* The same without what was told: see agent_board_glance() and agent_board_move(). */
void agent_second_glance(const struct agent_worker *worker, const struct agent_account *account,
                         const struct line *line, struct agent_report *ret_report);
bool agent_second_move(struct agent_worker *worker, struct agent_account *account,
                       struct line *line, const struct agent_report *report,
                       struct agent_report *ret_shown);

/* Whether what line says is shown: that of the first flow, unless only the second one is up. */
bool agent_second_shows(const struct agent_worker *worker, const struct agent_account *account,
                        const struct line *line);

/* An attempt of line has ended: has the second flow begun where that is due, from the sweep; which
 * also tells each flow when the other one is registered, or is no more. */
void agent_second_ended(struct agent_worker *worker, struct agent_account *account,
                        struct line *line, const struct line_end *end);
void agent_second_sweep(struct agent_worker *worker);

#endif
