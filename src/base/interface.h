/* base/interface.h: what people write to say which network interface is meant: its name, or an
 * address of this machine. Whether there is one is net/'s to find out. */
#ifndef LINEUP_BASE_INTERFACE_H
#define LINEUP_BASE_INTERFACE_H

#include "base/slice.h"

#define INTERFACE_NAME_MAX 15 /* bytes of a name that Linux takes */

/* What is wrong with a text that shall name an interface, for a sentence that begins with the text:
 * "is no IPv4 address"; NULL: nothing. An address is a literal one without a zone, IPv6 in brackets
 * or not, that a host can send from; what has a colon in it, or is digits and dots, is taken for
 * one. */
const char *interface_fault(struct slice text);

#endif
