/* unit/sip/rfc4475_test.c: the torture messages of RFC 4475 and RFC 5118 (data/rfc4475/README.md),
 * as they are and turned into answers to a REGISTER, against the tables next to them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "fuzz/sip_msg_check.h"

#define MESSAGE_MAX 16384

struct row {
	char name[64], as_is[16], as_answer[16], refused[128];
};

struct bytes {
	char p[MESSAGE_MAX];
	size_t n;
};

static void bytes_read(const char *directory, const char *name, struct bytes *ret_bytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.sip", directory, name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("%s cannot be read", path);
	ret_bytes->n = fread(ret_bytes->p, 1, sizeof(ret_bytes->p), file);
	fclose(file);
	assert_in_range(ret_bytes->n, 1, sizeof(ret_bytes->p) - 1);
}

static void bytes_answer(const struct bytes *message, struct bytes *ret_answer)
{
	static const char line[] = "SIP/2.0 200 OK";
	const char *rest = memmem(message->p, message->n, "\r\n", 2);
	size_t n;

	assert_non_null(rest);
	n = message->n - (size_t)(rest - message->p);
	assert_true(sizeof(line) + n <= sizeof(ret_answer->p));
	memcpy(ret_answer->p, line, sizeof(line) - 1);
	memcpy(ret_answer->p + sizeof(line) - 1, rest, n);
	ret_answer->n = sizeof(line) - 1 + n;
}

/* In memory of exactly the size, so that a sanitizer sees a read too far. */
static const char *verdict(const struct bytes *bytes)
{
	static const char *const words[] = { "OK", "PARTIAL", "BAD" };
	char *copy = malloc(bytes->n);
	enum parse parse;

	assert_non_null(copy);
	memcpy(copy, bytes->p, bytes->n);
	parse = sip_msg_check(slice_of(copy, bytes->n));
	for (size_t cut = 0; cut < bytes->n; cut++)
		sip_msg_check_cut(slice_of(copy, bytes->n), cut);
	free(copy);
	return words[parse];
}

static bool value_reads(enum sip_header header, struct slice value)
{
	switch ((unsigned)header) {
	case SIP_VIA:
		return sip_via_parse(value, &(struct sip_via){ 0 }) == PARSE_OK;
	case SIP_CSEQ:
		return sip_cseq_parse(value, &(uint32_t){ 0 }, &(struct slice){ 0 }) == PARSE_OK;
	default:
		return sip_addr_parse(value, &(struct sip_addr){ 0 }) == PARSE_OK;
	}
}

/* The headers whose readers refuse a value, comma-separated; "-" for none. */
static void refused_list(const struct sip_msg *msg, char ret_list[128])
{
	static const enum sip_header headers[] = {
		SIP_VIA, SIP_FROM, SIP_TO, SIP_CSEQ, SIP_CONTACT, SIP_ROUTE, SIP_RECORD_ROUTE,
	};
	struct buf list = buf_over(ret_list, 128);

	if (msg->kind == SIP_REQUEST && sip_uri_parse(msg->uri, &(struct sip_uri){ 0 }) != PARSE_OK)
		buf_str(&list, "Request-URI");
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		bool single = headers[i] == SIP_FROM || headers[i] == SIP_TO;
		struct sip_values walk = { 0 };
		struct slice value;
		const char *at = NULL;
		bool reads = true;

		while (reads && (single ? sip_header_next(msg, headers[i], &at, &value)
		                        : sip_value_next(msg, headers[i], &walk, &value)))
			reads = value_reads(headers[i], value);
		if (reads)
			continue;
		if (list.n)
			buf_str(&list, ",");
		buf_str(&list, sip_header_name(headers[i]));
	}
	if (list.n == 0)
		buf_str(&list, "-");
	assert_int_equal(buf_end(&list), 0);
}

static void row_holds(const char *directory, const struct row *row)
{
	static struct bytes message, answer; /* too large for a stack */
	char refused[128] = "-";
	struct sip_msg msg;

	bytes_read(directory, row->name, &message);
	bytes_answer(&message, &answer);
	if (strcmp(verdict(&message), row->as_is) != 0)
		fail_msg("%s: %s, not %s", row->name, verdict(&message), row->as_is);
	if (strcmp(verdict(&answer), row->as_answer) != 0)
		fail_msg("%s as an answer: %s, not %s", row->name, verdict(&answer),
		         row->as_answer);
	if (sip_parse(slice_of(message.p, message.n), &msg, NULL) == PARSE_OK ||
	    sip_parse(slice_of(answer.p, answer.n), &msg, NULL) == PARSE_OK)
		refused_list(&msg, refused);
	if (strcmp(refused, row->refused) != 0)
		fail_msg("%s: refused %s, not %s", row->name, refused, row->refused);
}

/* Walks the table; returns how many rows it has. */
static unsigned table_holds(const char *directory)
{
	char path[512], line[512];
	unsigned rows = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/expectations.tsv", directory);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *cells[6], *rest = line;
		struct row row;

		if (line[0] == '#')
			continue;
		for (unsigned i = 0; i < 6; i++)
			assert_non_null(cells[i] = strsep(&rest, "\t"));
		snprintf(row.name, sizeof(row.name), "%s", cells[0]);
		snprintf(row.as_is, sizeof(row.as_is), "%s", cells[2]);
		snprintf(row.as_answer, sizeof(row.as_answer), "%s", cells[3]);
		snprintf(row.refused, sizeof(row.refused), "%s", cells[4]);
		row_holds(directory, &row);
		rows++;
	}
	fclose(file);
	return rows;
}

static unsigned messages_in(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strstr(entry->d_name, ".sip") != NULL;
	closedir(dir);
	return n;
}

static void the_messages_of_rfc_4475_are_read_as_its_text_says(void **state)
{
	(void)state;
	assert_int_equal(table_holds(TEST_DATA "/data/rfc4475"), 49);
	assert_int_equal(messages_in(TEST_DATA "/data/rfc4475"), 49);
}

static void the_messages_of_rfc_5118_are_read_as_its_text_says(void **state)
{
	(void)state;
	assert_int_equal(table_holds(TEST_DATA "/data/rfc5118"), 12);
	assert_int_equal(messages_in(TEST_DATA "/data/rfc5118"), 12);
}

static void a_message_of_folds_and_odd_blanks_is_understood(void **state)
{
	static struct bytes message;
	struct sip_values walk = { 0 };
	struct slice value, method;
	struct sip_via via;
	struct sip_msg msg;
	uint32_t number;

	(void)state;
	bytes_read(TEST_DATA "/data/rfc4475", "wsinv", &message);
	assert_int_equal(sip_parse(slice_of(message.p, message.n), &msg, NULL), PARSE_OK);
	assert_int_equal(sip_cseq_parse(msg.first[SIP_CSEQ], &number, &method), PARSE_OK);
	assert_int_equal(number, 12);
	assert_true(slice_equal(method, SLICE("INVITE")));
	for (unsigned i = 0; i < 3; i++) {
		static const char *const branches[] = { "11aabbc", "z9hG4bK77fj1", "z9hG4bK55012" };

		assert_true(sip_value_next(&msg, SIP_VIA, &walk, &value));
		assert_int_equal(sip_via_parse(value, &via), PARSE_OK);
		assert_true(slice_equal(via.branch, slice_str(branches[i])));
	}
	assert_false(sip_value_next(&msg, SIP_VIA, &walk, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_messages_of_rfc_4475_are_read_as_its_text_says),
		cmocka_unit_test(the_messages_of_rfc_5118_are_read_as_its_text_says),
		cmocka_unit_test(a_message_of_folds_and_odd_blanks_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
