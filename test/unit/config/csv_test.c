/* lines.csv: the ways in which spreadsheets write it, and each way of being wrong by row and
 * column.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/config/desk.h"

#define HEAD "Studio,Number,Extension,Auth Password\n"

static void each_fault_has_its_row_and_column(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		/* the first row */
		{ "", "1:0: there is no column \"Studio\"; the first row names the columns\n" },
		{ "\n\n", "1:0: there is no column \"Studio\"; the first row names the columns\n" },
		{ "Number,Extension\n1,2\n",
		  "1:0: there is no column \"Studio\"; the first row names the columns\n" },
		{ "Studio,Name\nA,B\n",
		  "1:0: there is no column \"Extension\"; the first row names the columns\n" },
		{ "Studio,Nmber,Extension,Colour\nA,1,1,red\n",
		  "1:2: unknown column \"Nmber\"; did you mean \"Number\"?\n1:4: unknown column "
		  "\"Colour\"\n" },
		{ "Studio,Extension,auth user,AUTH-USER\nA,1,2,3\n",
		  "1:4: there are two columns \"Auth User\"\n" },
		{ "Studio,Extension,password_file\nA,1,2\n",
		  "1:3: unknown column \"password_file\"\n" },
		{ "Studio,Extension,\"Name\n",
		  "1:3: the quote in front of the cell is never closed\n" },
		/* values */
		{ HEAD "A,x,1001,\nA,0,1002,\nA,1.0,1003,\n",
		  "2:2: number: \"x\" is not a number from 1 to 4294967295\n3:2: number: \"0\" is "
		  "not a number from 1 to 4294967295\n4:2: number: \"1.0\" is not a number from 1 "
		  "to 4294967295\n" },
		{ HEAD "A,1,\"1004 \",\n", "2:3: extension \"1004 \" ends in a blank\n" },
		{ HEAD "A,1,10\xa0"
		       "04,\n",
		  "2:3: extension \"10\\xa004\" is no UTF-8\n" },
		{ HEAD "A,1,1001,\"se\ncret\"\n", "2:4: password has a line break in it\n" },
		{ HEAD "\" A\",1,1001,\n", "2:1: studio \" A\" begins with a blank\n" },
		{ "Studio,Extension,Register,Contact\nA,1,maybe,desk\n",
		  "2:3: register: \"maybe\" is not yes or no\n2:4: contact: \"desk\" is not a SIP "
		  "URI, as in sip:desk@studio.example\n" },
		/* rows */
		{ HEAD ",1,1001,\n", "2:0: the row names no studio\n" },
		{ HEAD "A,,,secret\n", "2:0: the row has neither a number nor an extension\n" },
		{ HEAD "A,1,1001,,,x\n", "2:6: the cell stands beyond the named columns\n" },
		{ HEAD "A,1,1001,\nB,1,1001,\nA,01,1002,\n",
		  "4:2: the studio has a line 1 already, in row 2\n" },
		/* quotes */
		{ HEAD "A,1,10\"01,\n", "2:3: there is a quote within the cell: such a cell stands "
		                        "in quotes, and the quote within is written twice\n" },
		{ HEAD "A,1,\"10\"01,\n",
		  "2:3: something stands behind the closing quote of the cell\n" },
		{ HEAD "A,1,\"1001,\nB,1,1001,\n",
		  "2:3: the quote in front of the cell is never closed\n" },
		{ HEAD "\"A\"x,1,1001,\n",
		  "2:1: something stands behind the closing quote of the cell\n" },
		/* all of them at once */
		{ "Studio,Foo,Extension\n,a,1\nB,b,\nC,c,\"\"\"\"\n",
		  "1:2: unknown column \"Foo\"\n2:0: the row names no studio\n3:0: the row has "
		  "neither a number nor an extension\n4:3: extension \"\"\" has a quote in it\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		desk_expect(CONFIG_CSV, slice_str(rows[i].text), -EINVAL, rows[i].told);
}

static void rows_of_empty_cells_are_passed_over(void **state)
{
	(void)state;
	desk_expect(CONFIG_CSV, SLICE(HEAD), 0, "");
	desk_expect(CONFIG_CSV, SLICE(HEAD ",,,\n\n\r\n\"\",\nA,1,1001,\n,,,,,,,,\n"), 0, "");
	/* and counted */
	desk_expect(CONFIG_CSV, SLICE(HEAD ",,,\n\n\r\n\"\",\nA,1,10 01,\n,,,,,,,,\n"), -EINVAL,
	            "6:3: extension \"10 01\" has a blank at its 3rd character\n");
}

static void more_columns_than_any_sheet_has_are_refused(void **state)
{
	char text[256] = "Studio,Extension";

	(void)state;
	memset(text + strlen(text), ',', 98);
	desk_expect(CONFIG_CSV, slice_str(text), 0, "");
	strncat(text, ",", sizeof(text) - strlen(text) - 1);
	desk_expect(CONFIG_CSV, slice_str(text), -EINVAL,
	            "1:101: there are more than 100 columns\n");
}

static void a_cell_has_at_most_1024_bytes_however_it_is_quoted(void **state)
{
	char text[4096] = "Studio,Extension,Name\nA,1,\"";
	size_t n = strlen(text), begin = n;

	(void)state;
	for (; n < begin + 2048; n++)
		text[n] = '"'; /* 1024 of them, each twice */
	text[n] = '"';
	desk_expect(CONFIG_CSV, slice_of(text, n + 1), 0, "");
	memcpy(text + n, "\"\"\"", 3);
	for (n += 3; n < sizeof(text); n += 2) {
		struct config_faults faults;
		struct config *config;

		assert_int_equal(config_read(CONFIG_CSV, slice_of(text, n), NULL, &config, &faults),
		                 -EINVAL);
		assert_int_equal(faults.count, 1);
		assert_non_null(strstr(faults.list[0].text, "\" is longer than 1024 bytes"));
		config_faults_done(&faults);
		text[n] = '"';
		if (n + 1 < sizeof(text))
			text[n + 1] = '"';
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_has_its_row_and_column),
		cmocka_unit_test(rows_of_empty_cells_are_passed_over),
		cmocka_unit_test(more_columns_than_any_sheet_has_are_refused),
		cmocka_unit_test(a_cell_has_at_most_1024_bytes_however_it_is_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
