/* line/race.h: the connections of which the first to open becomes the flow (RFC 8305 section 5).
 * For line/flow.c, and for line/names.c where DNS was late.
 *
 *               begun            opened
 *     WAITING --------> ASKED ----------> the flow's
 *        ^                | \
 *        |    another one |  \ failed
 *        '-- opened first-'   '---------> FAILED
 *
 * The addresses are one host's, in the order of flow->tries. One begins FLOW_RACE_MS after the one
 * before it, or at once where that has failed; no more than FLOW_RACE_WIDTH are under way at a
 * time, one fewer while DNS is late with other addresses of the host, which will have that place;
 * until they are there, or known not to be, no race is lost. What has failed is known to all lines
 * of the server from then on (server_addr_failed()). What was only slower is not held against it.
 */
#ifndef LINEUP_LINE_RACE_H
#define LINEUP_LINE_RACE_H

#include "line/flow.h"
#include "log/log.h"

/* Begins, over the handler's connections whose ctx is the struct flow_try. False: none could be
 * begun, all have failed. */
bool race_begin(struct flow *flow);

/* The flow's timer came: the next one's turn. False: none is under way, none is left, and none is
 * to come. */
bool race_go_on(struct flow *flow);

/* Whether DNS may say more of the host within a moment. Who wants to go where it has failed already
 * waits for that, too, and makes no second connection to what comes. */
bool race_awaits_addrs(const struct flow *flow);

/* The rest of the server's addresses is known, or will not be: those of the same host come into the
 * races that are on, behind the connections that have begun. For line/names.c. */
void race_addrs_came(struct server *server);

/* One of them is over before it opened. As race_go_on(). */
bool race_failed(struct flow_try *over, const struct net_stream_end *end);

/* One of them is open: the others are given up. */
void race_won(struct flow_try *chosen);

/* Gives all up, as if none had begun. */
void race_stop(struct flow *flow);

/* All have failed, which is told. */
void race_lost(const struct flow *flow);

/* Whether one of those under way will not be answered, as the machine's routes are now. */
bool race_is_in_vain(struct flow *flow);

/* line/flow.c, for line/race.c: begins one connection. Returns whether there is something to wait
 * for; where not, the try has FAILED. */
bool flow_try_begin(struct flow_try *try, uint32_t patience_ms);
/* The server's files can be used for a connection now; else why not. */
enum reg_local flow_tls_ready(struct flow *flow);
/* "TLS connection to pbx.example (192.0.2.10:5061)" */
void flow_put(const struct flow *flow, const struct net_addr *addr, struct buf *text);
void flow_put_end(const struct net_stream_end *end, struct buf *text);

#endif
