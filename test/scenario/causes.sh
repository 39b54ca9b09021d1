#!/bin/sh
# causes.sh TEXTS TEST_DIR: what each text of the knowledge base speaks of is made to happen, and the
# cause that comes out is asserted: by a scenario (`cause ID`), by a test in C on the scripted network, or
# by one with real programs. A pattern is what a scene shows, so its scenes in pattern_test.c count.
#
# The tables of facts that explain-gen asks for are not enough here: they say what follows from facts, and
# not that the facts follow from what a server does.
set -eu
texts=$1
tests=$2

# What no scenario can bring about: a step on the way (a first challenge, a redirect that is followed), which
# is no attempt's end and which only a line of a log can ask about (explain_test.c); facts that say nothing;
# a place without TLS from a look-up that asked for TLS, where dns/ would have to break its word
# (tls/no-service-but-less.scn shows that it keeps it).
others="login-asked redirected unexplained tls-downgrade"

asserted=$({
	find "$tests" -name '*.scn' ! -path '*/must-fail/*' -exec \
		sed -n 's/^[[:space:]]*cause \([a-z0-9-]*\).*/\1/p' {} +
	grep -ohE '"[a-z0-9-]+"' "$tests"/scenario/*_test.c "$tests"/unit/check/*_test.c \
		"$tests"/unit/explain/pattern_test.c "$tests"/peer/*.py | tr -d '"'
	printf '%s\n' $others
} | sort -u)
missing=$(ls "$texts" | sed 's/\.txt$//' | grep -vxF -e "$asserted" || :)
[ -z "$missing" ] || {
	echo "No scenario and no test makes happen:" $missing >&2
	exit 1
}
