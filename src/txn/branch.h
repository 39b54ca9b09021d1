/* txn/branch.h: a branch that names its transaction (RFC 3261 8.1.1.7).
 *
 * "z9hG4bK", then the number of the transaction, its generation (how often the number was given
 * out), and a keyed check over both, all in lower-case hexadecimal. So a response finds its
 * transaction without a table; a stranger cannot make a branch that is taken; one of a transaction
 * that is over is known as such by its generation. Branches compare without case (RFC 3261 7.3.1),
 * so digits of one case lose nothing. */
#ifndef LINEUP_TXN_BRANCH_H
#define LINEUP_TXN_BRANCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/slice.h"

#define TXN_BRANCH_LEN       39
#define TXN_BRANCH_CHECK_LEN 16 /* of which the last ones are the check */

/* Writes TXN_BRANCH_LEN characters, no NUL. */
void txn_branch_write(const struct hash_key *key, uint32_t number, uint32_t generation,
                      char ret_branch[TXN_BRANCH_LEN]);

/* Whether branch is one of ours; if so its two numbers. */
bool txn_branch_read(const struct hash_key *key, struct slice branch, uint32_t *ret_number,
                     uint32_t *ret_generation);

/* The first number that stands where ours does, unchecked: for what may be wrong, such as what is
 * fetched ahead. */
bool txn_branch_guess(struct slice branch, uint32_t *ret_number);

/* The first branch in a message that nobody has read: of a request of ours, as an ICMP message
 * quotes it, and of an answer our own Via's. Borrows from sent. Absent where the message, or the
 * quotation, ends before it. */
struct slice txn_branch_find(struct slice sent);

#endif
