/* fuzz/sip_msg_check.h: what is true of every input of sip_parse(), whatever its bytes. A breach
 * aborts. For the fuzzer and for the torture tests. */
#ifndef LINEUP_TEST_SIP_MSG_CHECK_H
#define LINEUP_TEST_SIP_MSG_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "sip/addr.h"
#include "sip/msg.h"
#include "sip/via.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

static inline void check_inside(struct slice outer, struct slice s)
{
	if (!slice_present(s)) {
		CHECK(s.n == 0);
		return;
	}
	CHECK(s.p >= outer.p && s.n <= outer.n);
	CHECK((size_t)(s.p - outer.p) <= outer.n - s.n);
}

static inline bool check_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline void check_trimmed(struct slice s)
{
	CHECK(s.n == 0 || (!check_blank(s.p[0]) && !check_blank(s.p[s.n - 1])));
}

/* All readers of values, on any value; their results lie inside it. */
static inline void check_value(struct slice value)
{
	struct sip_addr addr;
	struct sip_via via;
	struct sip_uri uri;
	struct slice method;
	uint32_t n;

	if (sip_addr_parse(value, &addr) == PARSE_OK) {
		check_inside(value, addr.display);
		check_inside(value, addr.uri_text);
		check_inside(value, addr.params);
		check_inside(value, addr.uri.host);
	}
	if (sip_via_parse(value, &via) == PARSE_OK) {
		check_inside(value, via.host);
		check_inside(value, via.branch);
		check_inside(value, via.received);
	}
	if (sip_uri_parse(value, &uri) == PARSE_OK)
		check_inside(value, uri.params);
	if (sip_cseq_parse(value, &n, &method) == PARSE_OK) {
		CHECK(n <= INT32_MAX);
		CHECK(method.n > 0);
		check_inside(value, method);
	}
	if (sip_seconds_parse(value, 3600, &n) == PARSE_OK)
		CHECK(n <= 3600);
}

static inline bool check_holds(struct slice s, const char *near)
{
	return !near || (near >= s.p && near < s.p + s.n);
}

/* The three ways through the headers agree: line by line, header by header, value by value. Where
 * near is not NULL, only the header that it stands in is walked and read: the others are as they
 * were. */
static inline void check_walks(const struct sip_msg *msg, const char *near)
{
	size_t counts[SIP_HEADER_COUNT + 1] = { 0 };
	enum sip_header header;
	struct slice name, value;
	const char *at = NULL;
	unsigned first = 0, last = SIP_HEADER_COUNT;

	if (near && near < msg->headers.p)
		return;
	while (sip_line_next(msg, &at, &header, &name, &value)) {
		CHECK(name.n > 0);
		check_inside(msg->headers, name);
		check_inside(msg->headers, value);
		check_trimmed(value);
		if (header != SIP_OTHER && counts[header]++ == 0)
			CHECK(value.p == msg->first[header].p && value.n == msg->first[header].n);
		else if (header == SIP_OTHER)
			counts[header]++;
		if (check_holds(value, near))
			check_value(value);
		if (near && near >= name.p && near < at)
			first = last = header;
	}
	CHECK(at == msg->headers.p + msg->headers.n);
	for (unsigned h = first; h <= last; h++) {
		struct sip_values walk = { 0 };

		at = NULL;
		while (sip_header_next(msg, h, &at, &value)) {
			CHECK(counts[h]-- > 0);
			check_inside(msg->headers, value);
		}
		CHECK(counts[h] == 0);
		while (sip_value_next(msg, h, &walk, &value)) {
			CHECK(value.n > 0);
			check_inside(msg->headers, value);
			check_trimmed(value);
			if (check_holds(value, near))
				check_value(value);
		}
	}
}

static inline enum parse sip_msg_check_near(struct slice bytes, const char *near)
{
	struct sip_msg msg, untouched;
	size_t err_at = SIZE_MAX;
	enum parse parse;

	memset(&msg, 0x5a, sizeof(msg));
	memcpy(&untouched, &msg, sizeof(msg));
	parse = sip_parse(bytes, &msg, &err_at);
	CHECK((parse == PARSE_BAD) == (err_at != SIZE_MAX));
	CHECK(parse != PARSE_BAD || err_at < bytes.n);
	if (parse != PARSE_OK) {
		CHECK(memcmp(&msg, &untouched, sizeof(msg)) == 0);
		return parse;
	}
	if (msg.kind == SIP_RESPONSE)
		CHECK(msg.status >= 100 && msg.status <= 699 && slice_present(msg.reason));
	else
		CHECK(msg.method.n > 0 && msg.uri.n > 0);
	check_inside(bytes, msg.reason);
	check_inside(bytes, msg.method);
	check_inside(bytes, msg.uri);
	check_inside(bytes, msg.headers);
	check_inside(bytes, msg.body);
	CHECK(slice_present(msg.headers) && slice_present(msg.body));
	CHECK(msg.body.p == msg.headers.p + msg.headers.n + 2);
	check_walks(&msg, near);
	return parse;
}

static inline enum parse sip_msg_check(struct slice bytes)
{
	return sip_msg_check_near(bytes, NULL);
}

/* More bytes never take back what was said: what begins an OK message is not BAD, and what was BAD
 * or OK stays so. */
static inline void sip_msg_check_cut(struct slice bytes, size_t cut)
{
	enum parse whole = sip_parse(bytes, &(struct sip_msg){ 0 }, NULL);
	enum parse part = sip_parse(slice_of(bytes.p, cut), &(struct sip_msg){ 0 }, NULL);

	CHECK(part == PARSE_PARTIAL || part == whole);
}

#endif
