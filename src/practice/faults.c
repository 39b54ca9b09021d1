/* practice/faults.c: the table of faults, and their names and arguments as text. What they do
 * stands where they do it. */
#include "practice/faults.h"

#include <errno.h>

#include "base/guess.h"
#include "base/num.h"
#include "net/addr.h"
#include "sip/aor.h"

/* What an argument may be. */
enum form {
	FORM_NONE,
	FORM_NUMBER,  /* from low to high; below 0 with a minus */
	FORM_BAN,     /* COUNT/SECONDS, each from 1 to high */
	FORM_PHRASE,  /* any text that can stand in a status line */
	FORM_HOST,    /* a host with or without a port; or "self", "foreign" */
	FORM_ADDRESS, /* an IP address */
	FORM_SYSTEM,  /* "kamailio" or "asterisk" */
};

struct row {
	struct practice_fault_help help;
	enum form form;
	int32_t low, high;
};

#define WEEK_S 604800

static const struct row rows[PRACTICE_FAULT_COUNT] = {
	[PRACTICE_FAULT_LOSS] = { { "loss", "PERCENT", "30",
	                            "datagrams get lost, so many of a hundred each way" },
	                          FORM_NUMBER,
	                          1,
	                          100 },
	[PRACTICE_FAULT_SILENCE] = { { "silence", NULL, NULL, "nothing is answered" } },
	[PRACTICE_FAULT_GARBAGE] = { { "garbage", NULL, NULL,
	                               "something answers, but it is not SIP" } },
	[PRACTICE_FAULT_OTHER_PORT] = { { "other-port", NULL, NULL,
	                                  "answers come from another port than was asked" } },
	[PRACTICE_FAULT_SLOW] = { { "slow", "MS", "2000",
	                            "answers come so many milliseconds late" },
	                          FORM_NUMBER,
	                          1,
	                          60000 },
	[PRACTICE_FAULT_TRYING] = { { "trying", NULL, NULL, "100 Trying, and then nothing" } },
	[PRACTICE_FAULT_REDIRECT] = { { "redirect", "HOST", "foreign",
	                                "302 to a host with or without a port, to a foreign one, "
	                                "or to self, for ever" },
	                              FORM_HOST },
	[PRACTICE_FAULT_NOT_FOUND] = { { "404", "PHRASE", "Not Found", "404 before the login" },
	                               FORM_PHRASE },
	[PRACTICE_FAULT_UNAVAILABLE] = { { "480", "PHRASE", "Temporarily Unavailable",
	                                   "480 before the login" },
	                                 FORM_PHRASE },
	[PRACTICE_FAULT_SERVER_ERROR] = { { "500", "PHRASE", "Server Internal Error",
	                                    "500 before the login" },
	                                  FORM_PHRASE },
	[PRACTICE_FAULT_BUSY] = { { "503", "SECONDS", "30",
	                            "503 before the login, with Retry-After; 0: without it" },
	                          FORM_NUMBER,
	                          0,
	                          WEEK_S },
	[PRACTICE_FAULT_STATUS] = { { "status", "CODE", NULL, "any status, before the login" },
	                            FORM_NUMBER,
	                            300,
	                            699 },
	[PRACTICE_FAULT_SILENCE_AFTER_LOGIN] = { { "silence-after-login", NULL, NULL,
	                                           "a request with credentials gets no answer" } },
	[PRACTICE_FAULT_NO_CHALLENGE] = { { "no-challenge", NULL, NULL,
	                                    "401 that does not say how to log in" } },
	[PRACTICE_FAULT_BASIC] = { { "basic", NULL, NULL,
	                             "401 that asks for the password in clear text" } },
	[PRACTICE_FAULT_ENDLESS] = { { "endless-401", NULL, NULL,
	                               "401 again and again, for another realm each time" } },
	[PRACTICE_FAULT_SHA_256_ONLY] = { { "sha-256-only", NULL, NULL,
	                                    "one challenge, which old phones cannot answer" } },
	[PRACTICE_FAULT_TWO_CHALLENGES] = { { "two-challenges", NULL, NULL,
	                                      "SHA-256 and then MD5, as RFC 8760 has it" } },
	[PRACTICE_FAULT_WRONG_PASSWORD] = { { "wrong-password", NULL, NULL,
	                                      "no password is right" } },
	[PRACTICE_FAULT_BAN] = { { "ban", "COUNT/SECONDS", "3/60",
	                           "after so many wrong passwords silence, for the whole address" },
	                         FORM_BAN,
	                         1,
	                         86400 },
	[PRACTICE_FAULT_ALWAYS_STALE] = { { "always-stale", NULL, NULL,
	                                    "each right answer is called stale" } },
	[PRACTICE_FAULT_NONCE_LIFE] = { { "nonce-life", "SECONDS", "10",
	                                  "so long a nonce may be used again" },
	                                FORM_NUMBER,
	                                0,
	                                WEEK_S },
	[PRACTICE_FAULT_NEW_NONCE] = { { "new-nonce", NULL, NULL,
	                                 "a nonce serves once, and then no stale=true is said" } },
	[PRACTICE_FAULT_PAYMENT] = { { "402", "PHRASE", "Bad Extension", "402 after the login" },
	                             FORM_PHRASE },
	[PRACTICE_FAULT_FORBIDDEN] = { { "403", "PHRASE", "Forbidden", "403 after the login" },
	                               FORM_PHRASE },
	[PRACTICE_FAULT_NOT_FOUND_AFTER_LOGIN] = { { "404-after-login", "PHRASE", "Not Found",
	                                             "404 after the login" },
	                                           FORM_PHRASE },
	[PRACTICE_FAULT_NO_QUERY] = { { "no-query", NULL, NULL,
	                                "400 to what only asks for the bindings" } },
	[PRACTICE_FAULT_TOO_BRIEF] = { { "423", "SECONDS", "7200",
	                                 "423 to what asks for less than this" },
	                               FORM_NUMBER,
	                               1,
	                               WEEK_S },
	[PRACTICE_FAULT_TOO_MANY_CONTACTS] = { { "too-many-contacts", "SYSTEM", "kamailio",
	                                         "no place for another device: 503 as Kamailio, "
	                                         "403 as Asterisk" },
	                                       FORM_SYSTEM },
	[PRACTICE_FAULT_GRANTED_ZERO] = { { "granted-zero", NULL, NULL, "200, but for 0 s" } },
	[PRACTICE_FAULT_GRANTED_ABSENT] = { { "granted-absent", NULL, NULL,
	                                      "200, but no binding is made" } },
	[PRACTICE_FAULT_OTHER_DEVICE] = { { "other-device", NULL, NULL,
	                                    "another device is registered, too" } },
	[PRACTICE_FAULT_BARE_CONTACTS] = { { "bare-contacts", NULL, NULL,
	                                     "bindings are listed without their parameters" } },
	[PRACTICE_FAULT_ALG] = { { "alg", "ADDRESS", "203.0.113.77",
	                           "Contact and Via are rewritten on the way, as an ALG does" },
	                         FORM_ADDRESS },
	[PRACTICE_FAULT_DATE] = { { "date", "SECONDS", "3600",
	                            "the server's clock is ahead; with a minus, behind" },
	                          FORM_NUMBER,
	                          -INT32_MAX,
	                          INT32_MAX },
};

static const struct practice_example examples[] = {
	{ "1100", "trying" },
	{ "1200", "granted-absent" },
	{ "12002", "granted-zero" },
	{ "12003", "other-device" },
	{ "12004", "alg,bare-contacts" },
	{ "12005", "date" },
	{ "12006", "slow" },
	{ "12007", "loss" },
	{ "12008", "nonce-life" },
	{ "12009", "new-nonce" },
	{ "1302", "redirect=foreign" },
	{ "13022", "redirect=self" },
	{ "1400", "no-query" },
	{ "1401", "wrong-password" },
	{ "14012", "always-stale" },
	{ "14013", "endless-401" },
	{ "14014", "no-challenge" },
	{ "14015", "basic" },
	{ "14016", "sha-256-only" },
	{ "14017", "two-challenges" },
	{ "14018", "ban" },
	{ "1402", "402" },
	{ "1403", "403" },
	{ "14032", "403=Forbidden auth ID" },
	{ "14033", "too-many-contacts=asterisk" },
	{ "1404", "404" },
	{ "14042", "404-after-login" },
	{ "1408", "silence" },
	{ "14082", "silence-after-login" },
	{ "14083", "garbage" },
	{ "14084", "other-port" },
	{ "1423", "423" },
	{ "1480", "480" },
	{ "1500", "500" },
	{ "1503", "503" },
	{ "15032", "too-many-contacts=kamailio" },
};

const struct practice_example *practice_example_at(unsigned index)
{
	return index < sizeof(examples) / sizeof(examples[0]) ? &examples[index] : NULL;
}

const struct practice_fault_help *practice_fault_help(enum practice_fault_id id)
{
	return &rows[id].help;
}

/* ---- arguments ---- */

static bool read_number(const struct row *row, struct slice value, struct practice_fault *fault)
{
	bool minus = row->low < 0 && value.n && value.p[0] == '-';
	uint32_t n;

	if (num_u32(slice_from(value, minus), INT32_MAX, &n) != 0)
		return false;
	fault->n = minus ? -(int32_t)n : (int32_t)n;
	return fault->n >= row->low && fault->n <= row->high;
}

static bool read_ban(const struct row *row, struct slice value, struct practice_fault *fault)
{
	const size_t cut = slice_find(value, '/');
	const uint32_t low = (uint32_t)row->low, high = (uint32_t)row->high;
	uint32_t n;

	if (cut == value.n || num_u32(slice_of(value.p, cut), high, &n) != 0 || n < low ||
	    num_u32(slice_from(value, cut + 1), high, &fault->seconds) != 0)
		return false;
	fault->n = (int32_t)n;
	return fault->seconds >= low;
}

static bool keep_text(struct slice value, struct practice_fault *fault)
{
	struct buf text = buf_over(fault->text, sizeof(fault->text));

	buf_put(&text, value);
	return value.n > 0 && buf_end(&text) == 0;
}

static bool read_phrase(struct slice value, struct practice_fault *fault)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return false;
	return keep_text(value, fault);
}

static bool read_host(struct slice value, struct practice_fault *fault)
{
	char host[SIP_HOST_MAX + 1], memory[160];
	struct buf ignored = buf_over(memory, sizeof(memory));
	uint16_t port;

	return sip_server_parse(value, host, &port, &ignored) == 0 && keep_text(value, fault);
}

/* Kept as it stands in a URI: an IPv6 address in brackets. */
static bool read_address(struct slice value, struct practice_fault *fault)
{
	struct buf text = buf_over(fault->text, sizeof(fault->text));
	struct net_addr address;

	if (net_addr_parse(value, 0, &address) != 0)
		return false;
	net_addr_show_host(&address, &text);
	return buf_end(&text) == 0;
}

static bool read_value(const struct row *row, struct slice value, struct practice_fault *fault)
{
	switch (row->form) {
	case FORM_NONE:
		return false;
	case FORM_NUMBER:
		return read_number(row, value, fault);
	case FORM_BAN:
		return read_ban(row, value, fault);
	case FORM_PHRASE:
		return read_phrase(value, fault);
	case FORM_HOST:
		return read_host(value, fault);
	case FORM_ADDRESS:
		return read_address(value, fault);
	case FORM_SYSTEM:
		return (slice_equal(value, SLICE("kamailio")) ||
		        slice_equal(value, SLICE("asterisk"))) &&
		       keep_text(value, fault);
	}
	return false;
}

static void put_number(int64_t n, struct buf *out)
{
	if (n < 0)
		buf_char(out, '-');
	buf_u64(out, (uint64_t)(n < 0 ? -n : n));
}

/* "MS is a number from 1 to 60000" */
static void say_wanted(const struct row *row, struct buf *reterr)
{
	static const char *const wanted[] = {
		[FORM_NONE] = "takes no argument",
		[FORM_PHRASE] = " is text of 1 to 63 bytes, without control characters",
		[FORM_HOST] = " is a host with or without a port, or self, or foreign",
		[FORM_ADDRESS] = " is an IP address",
		[FORM_SYSTEM] = " is kamailio or asterisk",
		[FORM_BAN] = " is two numbers from ",
		[FORM_NUMBER] = " is a number from ",
	};

	buf_str(reterr, row->help.name);
	buf_str(reterr, row->form == FORM_NONE ? " " : ": ");
	buf_put(reterr, slice_str(row->help.argument));
	buf_str(reterr, wanted[row->form]);
	if (row->form != FORM_NUMBER && row->form != FORM_BAN)
		return;
	put_number(row->low, reterr);
	buf_str(reterr, " to ");
	put_number(row->high, reterr);
}

/* ---- faults ---- */

static void say_unknown(struct slice name, struct buf *reterr)
{
	struct guess guess = guess_for(name);

	for (unsigned id = 0; id < PRACTICE_FAULT_COUNT; id++)
		guess_offer(&guess, slice_str(rows[id].help.name));
	buf_char(reterr, '"');
	buf_show(reterr, name.n > GUESS_WORD_MAX ? slice_of(name.p, GUESS_WORD_MAX) : name);
	buf_str(reterr, "\" is no fault");
	if (!slice_present(guess.best))
		return;
	buf_str(reterr, "; did you mean \"");
	buf_put(reterr, guess.best);
	buf_str(reterr, "\"?");
}

int practice_fault_parse(struct slice text, struct practice_fault *ret_fault, struct buf *reterr)
{
	const size_t cut = slice_find(text, '=');
	const struct slice name = slice_of(text.p, cut);
	unsigned id = 0;

	while (id < PRACTICE_FAULT_COUNT && !slice_equal(name, slice_str(rows[id].help.name)))
		id++;
	if (id == PRACTICE_FAULT_COUNT) {
		say_unknown(name, reterr);
		return -EINVAL;
	}
	const struct row *row = &rows[id];
	const struct slice value =
		cut < text.n ? slice_from(text, cut + 1) : slice_str(row->help.fallback);
	struct practice_fault fault = { .id = (enum practice_fault_id)id };
	const bool bare = cut == text.n && row->form == FORM_NONE;
	if (!bare && !read_value(row, value, &fault)) {
		say_wanted(row, reterr);
		return -EINVAL;
	}
	*ret_fault = fault;
	return 0;
}

int practice_fault_parse_for(struct slice text, struct slice *ret_extension,
                             struct practice_fault *ret_fault, struct buf *reterr)
{
	const size_t cut = slice_find(text, ':');
	const bool named = cut < text.n && cut < slice_find(text, '=');
	int err = practice_fault_parse(named ? slice_from(text, cut + 1) : text, ret_fault, reterr);

	if (err)
		return err;
	*ret_extension = named ? slice_of(text.p, cut) : SLICE_NONE;
	return 0;
}

int practice_faults_set(struct practice_faults *faults, const struct practice_fault *fault)
{
	unsigned i = 0;

	while (i < faults->count && faults->list[i].id != fault->id)
		i++;
	if (i == PRACTICE_FAULTS_MAX)
		return -ENOSPC;
	faults->list[i] = *fault;
	faults->count += i == faults->count;
	return 0;
}

int practice_faults_parse(struct slice list, struct practice_faults *faults, struct buf *reterr)
{
	bool more = true;

	while (more) {
		const size_t cut = slice_find(list, ',');
		struct practice_fault fault;
		int err = practice_fault_parse(slice_trim(slice_of(list.p, cut)), &fault, reterr);

		if (!err && practice_faults_set(faults, &fault) != 0) {
			buf_str(reterr, "there are more than 8 faults");
			err = -EINVAL;
		}
		if (err)
			return err;
		more = cut < list.n;
		list = slice_from(list, more ? cut + 1 : cut);
	}
	return 0;
}

const struct practice_fault *practice_faults_find(const struct practice_faults *faults,
                                                  enum practice_fault_id id)
{
	for (unsigned i = 0; i < faults->count; i++)
		if (faults->list[i].id == id)
			return &faults->list[i];
	return NULL;
}

void practice_fault_show(const struct practice_fault *fault, struct buf *out)
{
	const struct row *row = &rows[fault->id];

	buf_str(out, row->help.name);
	if (row->form == FORM_NONE)
		return;
	buf_char(out, '=');
	if (row->form == FORM_NUMBER || row->form == FORM_BAN)
		put_number(fault->n, out);
	else
		buf_show(out, slice_str(fault->text));
	if (row->form != FORM_BAN)
		return;
	buf_char(out, '/');
	buf_u64(out, fault->seconds);
}

void practice_faults_show(const struct practice_faults *faults, struct buf *out)
{
	for (unsigned i = 0; i < faults->count; i++) {
		if (i)
			buf_char(out, ',');
		practice_fault_show(&faults->list[i], out);
	}
}
