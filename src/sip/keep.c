/* sip/keep.c: the words for keep-alives. */
#include "sip/keep.h"

#include <stddef.h>
#include <string.h>

enum sip_keep sip_keep_of(const char *word)
{
	static const char *const words[] = { [SIP_KEEP_NONE] = "none",
		                             [SIP_KEEP_CRLF] = "crlf",
		                             [SIP_KEEP_STUN] = "stun",
		                             [SIP_KEEP_OPTIONS] = "options" };

	for (unsigned i = 0; word && i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum sip_keep)i;
	return SIP_KEEP_NONE;
}
