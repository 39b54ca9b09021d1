/* net/ends.c: the words for how a connection ends. */
#include "net/stream.h"

static const char *const texts[] = {
#define END_TEXT(name, text) [NET_END_##name] = text,
	NET_ENDS(END_TEXT)
};
static const char *const names[] = {
#define END_NAME(name, text) [NET_END_##name] = #name,
	NET_ENDS(END_NAME)
};

const char *net_end_text(enum net_end why)
{
	return texts[why];
}

const char *net_end_name(enum net_end why)
{
	return names[why];
}
