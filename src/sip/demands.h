/* sip/demands.h: what a server asks of the REGISTERs of its lines beside what RFC 3261 does: the
 * same for the line that registers and for the check that asks in its place. */
#ifndef LINEUP_SIP_DEMANDS_H
#define LINEUP_SIP_DEMANDS_H

#include "base/buf.h"

#define SIP_DEMANDS_CONTACT_MAX 300  /* bytes of parameters of a Contact, NUL included */
#define SIP_DEMANDS_PARAMS_MAX  128  /* ... of a URI */
#define SIP_DEMANDS_HEADERS_MAX 1024 /* bytes of header fields as they are sent */

/* Texts are "" for none. */
struct sip_demands {
	bool outbound; /* RFC 5626: reg-id, and keep-alives where none are set */
	bool gruu;     /* RFC 5627: asks for one of each binding */
	char contact_params[SIP_DEMANDS_CONTACT_MAX]; /* more parameters of Contacts, ";name=value"
	                                               */
	char address_params[SIP_DEMANDS_PARAMS_MAX];  /* of the URI in To and From, ";user=phone" */
	char request_params[SIP_DEMANDS_PARAMS_MAX];  /* of the Request-URI, ";transport=udp" */
	char headers[SIP_DEMANDS_HEADERS_MAX];        /* more header fields, see sip/extra.h */
};

/* What is wrong with them, a sentence; NULL: nothing is. */
const char *sip_demands_problem(const struct sip_demands *demands);
bool sip_demands_equal(const struct sip_demands *a, const struct sip_demands *b);

/* The option tags of Supported. "path" is always among them: an edge proxy adds a Path to whatever
 * comes by, and a registrar refuses one with 420 where the phone does not say that it knows of it
 * (RFC 3327 5.1, 5.3). */
struct slice sip_demands_supported(bool outbound, bool gruu);

/* Appends what stands behind the "<URI>" of a Contact: reg-id where it is not 0 (RFC 5626 4.2.1),
 * params as they are, and an instance of these 128 bits, which ends it: that is where it is looked
 * for. */
void sip_demands_put_contact(uint32_t reg_id, struct slice params, uint64_t a, uint64_t b,
                             struct buf *out);

#endif
