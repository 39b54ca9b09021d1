/* expand.c: {{placeholders}} in what a test sends. */
#include "expand.h"

#include <stdlib.h>

static void put(FILE *out, struct slice s)
{
	if (s.n)
		fwrite(s.p, 1, s.n, out);
}

/* value with what stands from ";name=" up to the next ";" replaced by text. */
static void put_without(FILE *out, struct slice value, const char *name, const char *text)
{
	struct slice param = packet_param(value, name);
	size_t from;

	if (!slice_present(param)) {
		put(out, value);
		return;
	}
	from = (size_t)(param.p - value.p) - strlen(name) - 2;
	put(out, slice_of(value.p, from));
	fputs(text, out);
	put(out, slice_from(value, (size_t)(param.p - value.p) + param.n));
}

static struct slice host_of(struct slice uri)
{
	size_t at = slice_find(uri, '@');
	struct slice rest =
		at < uri.n ? slice_from(uri, at + 1) : slice_from(uri, slice_find(uri, ':') + 1);
	size_t n = 0;

	if (rest.n && rest.p[0] == '[')
		return slice_of(rest.p, slice_find(rest, ']') + 1);
	while (n < rest.n && !strchr(":;>?", rest.p[n]))
		n++;
	return slice_of(rest.p, n);
}

/* Placeholders that need a request. */
static bool of_request(const struct packet *packet, struct slice name, FILE *out)
{
	struct slice via = packet_header(packet, "Via", 0);
	struct slice from = packet_header(packet, "From", 0);
	struct slice contact = packet_header(packet, "Contact", 0);
	struct slice instance = packet_param(contact, "+sip.instance");

#define IS(text) slice_equal(name, SLICE(text))
	if (IS("via"))
		put(out, via);
	else if (IS("via-other-branch"))
		put_without(out, via, "branch", ";branch=z9hG4bK0123456789abcdef0123456789abcdef");
	else if (IS("via-no-branch"))
		put_without(out, via, "branch", "");
	else if (IS("from"))
		put(out, from);
	else if (IS("from-other-tag"))
		put_without(out, from, "tag", ";tag=0123456789abcdef");
	else if (IS("to"))
		put(out, packet_header(packet, "To", 0));
	else if (IS("callid"))
		put(out, packet_header(packet, "Call-ID", 0));
	else if (IS("cseq"))
		fprintf(out, "%u", packet->cseq);
	else if (IS("contact"))
		put(out, packet_uri(contact));
	else if (IS("instance"))
		fprintf(out, "+sip.instance=%.*s", (int)instance.n, instance.p);
	else if (IS("user"))
		put(out, packet_user(packet_uri(contact)));
	else if (IS("host"))
		put(out, host_of(packet_uri(contact)));
	else if (IS("branch"))
		put(out, packet_param(via, "branch"));
	else if (IS("authorization"))
		put(out, packet_header(packet, "Authorization", 0));
	else if (IS("rhost"))
		put(out, host_of(packet->request_uri));
	else if (IS("registrar"))
		put(out, packet->request_uri);
	else
		return false;
#undef IS
	return true;
}

static bool digits(struct slice s, uint64_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*ret_n = 10 * *ret_n + (uint64_t)(s.p[i] - '0');
	}
	return s.n > 0 && s.n < 19;
}

/* "i", "A+i", with "hex:" in front or not. */
static bool of_turn(const struct expand *expand, struct slice name, FILE *out)
{
	bool hex = slice_starts_nocase(name, SLICE("hex:"));
	struct slice rest = hex ? slice_from(name, 4) : name;
	size_t plus = slice_find(rest, '+');
	uint64_t base = 0;

	if (plus < rest.n) {
		if (!digits(slice_of(rest.p, plus), &base))
			return false;
		rest = slice_from(rest, plus + 1);
	}
	if (!slice_equal(rest, SLICE("i")))
		return false;
	fprintf(out, hex ? "%08llx" : "%llu", (unsigned long long)(base + expand->turn));
	return true;
}

/* "rep:TEXT:N" */
static bool of_rep(struct slice name, FILE *out)
{
	struct slice text;
	size_t colon = name.n;
	uint64_t n;

	if (!slice_starts_nocase(name, SLICE("rep:")))
		return false;
	while (name.p[colon - 1] != ':')
		colon--;
	if (colon <= 4 || !digits(slice_from(name, colon), &n))
		return false;
	text = slice_of(name.p + 4, colon - 5);
	while (n--)
		put(out, text);
	return true;
}

static bool placeholder(const struct expand *expand, struct slice name, FILE *out)
{
	if (slice_equal(name, SLICE("realm"))) {
		fputs(expand->realm, out);
		return true;
	}
	if (slice_equal(name, SLICE("rand"))) {
		fprintf(out, "%016llx", (unsigned long long)rng_u64(expand->chance));
		return true;
	}
	return of_rep(name, out) || of_turn(expand, name, out) ||
	       (expand->request && of_request(&expand->request->packet, name, out));
}

/* @contact and its like at the front of in: how long the word is, 0 where there is none. */
static size_t at_word(const struct expand *expand, struct slice in, FILE *out)
{
	static const char *const words[] = { "@contact", "@instance", "@via", "@from", "@to" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct slice word = slice_str(words[i]);

		if (in.n < word.n || memcmp(in.p, word.p, word.n) != 0)
			continue;
		fputs(i ? "" : "<", out);
		if (!expand->request ||
		    !of_request(&expand->request->packet, slice_from(word, 1), out))
			return 0;
		fputs(i ? "" : ">", out);
		return word.n;
	}
	return 0;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char *expand(const struct expand *expand, struct slice text, size_t *ret_n,
             char error[EXPAND_ERROR_MAX])
{
	char *memory = NULL;
	FILE *out = open_memstream(&memory, ret_n);
	size_t i = 0;

	if (!out)
		abort();
	while (i < text.n) {
		struct slice in = slice_from(text, i);
		const char *close;
		size_t word;

		if (expand->at_words && in.p[0] == '@' && (i == 0 || !is_alnum(text.p[i - 1])) &&
		    (word = at_word(expand, in, out))) {
			i += word;
			continue;
		}
		if (in.n < 2 || in.p[0] != '{' || in.p[1] != '{') {
			putc(in.p[0], out);
			i++;
			continue;
		}
		close = memmem(in.p, in.n, "}}", 2);
		if (!close ||
		    !placeholder(expand, slice_of(in.p + 2, (size_t)(close - in.p) - 2), out)) {
			snprintf(error, EXPAND_ERROR_MAX, "no such placeholder: %.40s", in.p);
			fclose(out);
			free(memory);
			return NULL;
		}
		i += (size_t)(close - in.p) + 2;
	}
	fclose(out);
	return memory;
}
