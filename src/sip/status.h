/* sip/status.h: the phrases that RFC 3261 section 21 and its extensions give to status codes. */
#ifndef LINEUP_SIP_STATUS_H
#define LINEUP_SIP_STATUS_H

/* The default reason phrase of a status, "Not Found" for 404; that of its class ("Client Error")
 * for one that no RFC names; never NULL. */
const char *sip_status_phrase(unsigned status);

#endif
