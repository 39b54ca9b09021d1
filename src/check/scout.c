/* check/scout.c: where a name has several addresses, the OPTIONS to those behind the first, and
 * where none answers that the first REGISTER (no Contact, no credentials): each by a check of its
 * own (sockets, connection, timer), which does no more than that, so that dead addresses cost the
 * time of one. What they met is told in the order of the addresses, by steps.c and login.c; who
 * answered the REGISTER of a scout is asked again by the check itself.
 *
 * A scout that is over has its check's timer go off rather than calling it, since the check may end
 * then, and free it. */
#include "check/own.h"

static int send_scout(struct check *check, unsigned target, enum check_phase errand)
{
	uint64_t number = CHECK_STEP_COUNT + (errand == CHECK_KNOCKS ? 3 : 4);
	struct check_cfg cfg = check->cfg;
	struct check *scout;
	int r;

	/* Proxies would take the same Call-ID and branch for one request that came twice. */
	cfg.key.k0 = hash_pair(&check->cfg.key, number, 2 * (uint64_t)target);
	cfg.key.k1 = hash_pair(&check->cfg.key, number, 2 * (uint64_t)target + 1);
	cfg.watch = (struct check_watch){ .ctx = check->cfg.watch.ctx,
		                          .message = check->cfg.watch.message };
	r = check_start(&cfg, check->net, check->dns, &scout);
	if (r < 0)
		return r;
	scout->scouted.of = check;
	scout->scouted.errand = errand;
	scout->targets[0] = check->targets[target];
	scout->target_count = 1;
	scout->end_by_ms = check->end_by_ms;
	check->scouts[target] = scout;
	return 0;
}

void check_scouts_send(struct check *check, unsigned target, enum check_phase errand)
{
	/* Where memory or sockets run out the check asks the others itself. */
	while ((target = check_next_alive(check, target + 1)) < check->target_count)
		if (send_scout(check, target, errand) < 0)
			break;
}

void check_scout_dismiss(struct check *check, unsigned target)
{
	check_free(check->scouts[target]);
	check->scouts[target] = NULL;
}

void check_scouts_free(struct check *check)
{
	for (unsigned i = 0; i < CHECK_TARGETS_MAX; i++)
		check_scout_dismiss(check, i);
}

struct check *check_scout(const struct check *check)
{
	return check->target < CHECK_TARGETS_MAX ? check->scouts[check->target] : NULL;
}

void check_scout_begin(struct check *scout)
{
	int r = check_target_aim(scout, &scout->targets[0]);

	scout->phase = scout->scouted.errand;
	if (r == 0)
		r = scout->phase == CHECK_KNOCKS ? check_send_options(scout)
		                                 : check_send_register(scout);
	if (r < 0)
		check_scout_over(scout, NULL, facts_local_of_errno(-r));
}

void check_scout_over(struct check *scout, const struct sip_msg *msg, enum reg_local local)
{
	struct check_scouted *met = &scout->scouted;
	struct check *check = met->of;

	met->over = true;
	met->local = local;
	if (msg) {
		size_t n = msg->reason.n < sizeof(met->reason) ? msg->reason.n
		                                               : sizeof(met->reason) - 1;

		met->status = msg->status;
		if (n)
			memcpy(met->reason, msg->reason.p, n);
	}
	check_exchange_close(scout);
	check_stream_close(scout);
	scout->phase = CHECK_IS_OVER;
	net_timer_set(scout->timer, NET_NEVER);
	if (check->phase == CHECK_KNOCKS && check_scout(check) == scout)
		net_timer_set(check->timer, net_now_ms(check->net));
}

/* One whose REGISTER has been out as long as a transaction lasts has met silence, though it may not
 * have had its turn yet. */
bool check_scout_asked_in_vain(const struct check *check, unsigned target,
                               enum reg_local *ret_local)
{
	const struct check *scout = check->scouts[target];
	bool late = scout && net_now_ms(check->net) - scout->began_ms >= TXN_TIMEOUT_MS;

	if (!scout || scout->scouted.status || (!scout->scouted.over && !late))
		return false;
	*ret_local = scout->scouted.over ? scout->scouted.local : REG_LOCAL_SILENCE;
	return true;
}

void check_scout_report(struct check *check, const struct check *scout)
{
	struct check_target *target = &check->targets[check->target];

	/* Over UDP the sent-by is that of another socket. */
	if (target->transport != DNS_UDP)
		memcpy(target->sent_by, scout->targets[0].sent_by, sizeof(target->sent_by));
	/* What is shown next on this one's connection is not of that target. */
	check_stream_close(check);
	check_take_certificates(check, scout);
	check->certified = scout->certified;
	check->certificate = scout->certificate;
	check->stream_target = check->target;
	if (scout->seen.answered && !check->seen.answered)
		check->seen = scout->seen;
}
