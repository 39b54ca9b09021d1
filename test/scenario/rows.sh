#!/bin/sh
# rows.sh ATTACKS.tsv TEST_DIR: each row of the table that concerns what is built so far is named, as
# "attack C03" or "attacks D05, D06", by a scenario's opening comment, or by that of a test in C or Python;
# and none names a row that the table does not have.
set -eu
table=$1
tests=$2

wanted="B01 B02 B03 B04 B05 B06 B07 B08 B09 B10 B11 B12 F01 F02 F03 F04 F05 F06
A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15
C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15
D01 D02 D03 D04 D05 D06 D07 D08 D09 D10 D11 D12 D13 D14
E01 E02 E03 E04 E05 E06 E07 G01 G02 G03 G04
H01 H02 H03 H04 H05 H06 H07 H08 I01 I02 I03 I04 J01 J02 J03"

# Opening comments alone: up to the first line of a scenario that is none, up to the "*/" of a test, and
# up to the quotes that end a Python program's first text.
named=$(
	find "$tests" -name '*.scn' ! -path '*/must-fail/*' -exec awk '
		FNR == 1 { comment = 1 } !/^#/ { comment = 0 } comment' {} +
	find "$tests" -name '*_test.c' -exec awk '
		FNR == 1 { comment = 1 } comment { print } /[*]\// { comment = 0 }' {} +
	find "$tests/peer" -name '*.py' -exec awk '
		FNR == 1 { quotes = 0 } quotes < 2 { print; quotes += gsub(/"""/, "&") }' {} +
)
rows=$(printf '%s\n' "$named" | tr '\n' ' ' | sed 's/ # / /g; s/  *[*] / /g' |
	grep -oE 'attacks?(\.tsv,)? [A-K][0-9][0-9]((, | and )[A-K][0-9][0-9])*' |
	grep -oE '[A-K][0-9][0-9]' | sort -u)

bad=0
for row in $wanted; do
	if ! grep -q "^$row	" "$table"; then
		echo "$row is wanted, but not in $table" >&2
		bad=1
	fi
	if ! printf '%s\n' "$rows" | grep -qx "$row"; then
		echo "$row: no scenario and no test names it: $(grep "^$row	" "$table" | cut -f3)" >&2
		bad=1
	fi
done
for row in $rows; do
	if ! grep -q "^$row	" "$table"; then
		echo "$row is named by a test, but not in $table" >&2
		bad=1
	fi
done
exit $bad
