/* sim_part.h: what sim_net.c and sim_dns.c share. */
#ifndef LINEUP_TEST_SIM_PART_H
#define LINEUP_TEST_SIM_PART_H

#include "base/rng.h"
#include "sim.h"

#define SIM_NAMES_MAX   64
#define SIM_RECORDS_MAX DNS_RECORDS_MAX
#define SIM_DEVICES_MAX 8

/* A network interface; its number is its place, from 1. */
struct sim_device {
	char name[INTERFACE_NAME_MAX + 1]; /* "": none is there */
	struct net_addr addrs[2];          /* IPv4, IPv6; no family: it has none */
};

struct sim_name {
	char name[DNS_NAME_MAX];
	enum dns_result result; /* where there are no records at all */
	uint64_t delay_ms;
	uint64_t late_ms[4]; /* by dns_type, behind that */
	uint32_t ttl_s;
	struct dns_record records[4][SIM_RECORDS_MAX]; /* by dns_type */
	unsigned counts[4];
};

struct net {
	uint64_t now_ms;
	uint64_t set_count; /* how many timers were set so far: the order of equals */
	struct net_timer *timers;
	struct net_udp *sockets;
	struct net_stream *streams; /* the newest first */
	uint16_t next_stream_port;
	struct sim_later *later;
	struct net_signal *signals;
	struct net_routes *routes;
	struct sim_datagram *sent, **sent_end;
	uint16_t next_port;
	bool stopped;
	bool cut;
	bool in_batch;
	int64_t wall_ms; /* of the wall clock, at SIM_BEGIN_MS */
	struct net_addr source_v4, source_v6;
	uint8_t router;
	unsigned ways_asked;
	struct sim_device devices[SIM_DEVICES_MAX];
	unsigned open_fail_in, send_fail_in;
	int open_error, send_error;
	struct rng chance;
	struct sim_name names[SIM_NAMES_MAX];
	unsigned name_count;
	enum dns_result names_down; /* DNS_FOUND: they are not */
	uint64_t names_down_ms;     /* how long that takes to show */
	char unlisted[DNS_NAME_MAX];
	unsigned queries;
	uint64_t questions; /* all so far */
	uint32_t names_epoch;
};

struct net_timer {
	struct net *net;
	struct net_timer *next;
	uint64_t at_ms;
	uint64_t order;
	void (*fn)(void *ctx);
	void *ctx;
	bool own; /* the sim's: not counted as one of the agent's */
};

/* A timer of the sim itself. Its memory is not the agent's and cannot fail. */
struct net_timer *sim_timer_new(struct net *net, void (*fn)(void *ctx), void *ctx);

/* Calls fn in a turn of its own, now or at_ms; unless it was forgotten by ctx before. */
void sim_later(struct net *net, void (*fn)(void *ctx), void *ctx);
void sim_later_at(struct net *net, uint64_t at_ms, void (*fn)(void *ctx), void *ctx);
void sim_later_forget(struct net *net, const void *ctx);

/* Ends a connection that is there. */
void sim_stream_end(struct net_stream *stream, enum net_end why, int error);

#endif
