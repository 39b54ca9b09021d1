/* net/loop.h: the libuv loop under a net. For net/ and dns/, and for api/, which has the descriptor
 * of its HTTP server watched: everybody else stays on the far side of the seam that net/net.h is.
 */
#ifndef LINEUP_NET_LOOP_H
#define LINEUP_NET_LOOP_H

struct net;
struct uv_loop_s;

struct uv_loop_s *net_loop(struct net *net);

#endif
