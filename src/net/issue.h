/* net/issue.h: certificates made on the fly, for whoever rehearses: an authority of its own, and
 * what it signs. Keys are ECDSA P-256. */
#ifndef LINEUP_NET_ISSUE_H
#define LINEUP_NET_ISSUE_H

#include <stdint.h>

#include "base/slice.h"

/* A certificate with its key, as PEM texts on the heap. */
struct net_issued {
	char *cert, *key;
};

struct net_issue {
	const char *common_name;
	const char *names; /* the subjectAltName as OpenSSL's configuration has it, "DNS:a,IP:::1";
	                      NULL: none */
	int64_t from_s, until_s;         /* since 1970 */
	const struct net_issued *signer; /* NULL: an authority that signs itself */
};

/* Returns 0, -ENOMEM, or -EINVAL where OpenSSL takes a text or the signer for none. */
int net_issue(const struct net_issue *what, struct net_issued *ret_issued);

/* Wipes and frees. */
void net_issued_done(struct net_issued *issued);

#endif
