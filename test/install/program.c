/* test/install/program.c: the smallest program of somebody who installed the library: an address is
 * taken apart, and a loop opened and closed. */
#include <stdio.h>

#include "net/net.h"
#include "sip/aor.h"

int main(void)
{
	char memory[256];
	struct buf why = buf_over(memory, sizeof(memory));
	struct sip_aor aor;
	struct net *net;

	if (sip_aor_parse(SLICE("1001@pbx.example"), &aor, &why) || net_new(&net))
		return 1;
	net_free(net);
	return puts(aor.plain) < 0;
}
