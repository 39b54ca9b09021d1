/* bench/lockstep.h: a registrar in the thread of its client, which answers before the client goes
 * on, and a clock that stands: so that what is counted of the client depends on nothing but the
 * client. In the program of who links it (bench/CMakeLists.txt) the clock of each loop stands;
 * timers go off all the same, but find that no time has passed.
 *
 * Both sides send and receive through the kernel, by net/ as ever. What stands in for its calls has
 * the registrar read and answer all of what the client has just sent, and has whoever reads wait
 * until all is in that was sent to him; so how much a call brings is no matter of chance. What the
 * registrar does, and the wait, is not counted (counted.h). */
#ifndef LINEUP_BENCH_LOCKSTEP_H
#define LINEUP_BENCH_LOCKSTEP_H

#include <stdint.h>

#include "dns/dns.h"

/* Opens the registrar at a port of 127.0.0.1, for one client with one socket, or one connection.
 * cert_path, key_path: of DNS_TLS. It checks each answer to its challenge. Returns the port; what
 * goes wrong ends the program with a message. */
uint16_t lockstep_open(enum dns_transport transport, const char *cert_path, const char *key_path);
void lockstep_close(void);

#endif
