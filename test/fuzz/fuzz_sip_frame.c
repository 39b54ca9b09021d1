/* fuzz/fuzz_sip_frame.c: a stream cut at any places gives the frames that it gives whole.
 *
 * The first byte of an input chooses where the stream is cut, the second the limits; the rest is
 * the stream. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "sip/frame.h"

#define FRAMES_MAX 256

struct limits {
	size_t headers, body;
};

struct run {
	struct {
		enum sip_frame kind;
		size_t n;
	} frames[FRAMES_MAX];
	size_t count;
	enum parse end; /* PARTIAL or BAD; OK where FRAMES_MAX is reached */
};

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_sip_frame: %s\n", what);
	abort();
}

/* Takes frames off stream while between 1 and step_max bytes more come into view each time. */
static void run_frames(struct slice stream, const struct limits *limits, size_t step_max,
                       struct rng *rng, struct run *ret_run)
{
	size_t at = 0, seen = 0, scanned = 0, n;
	enum sip_frame kind;

	ret_run->count = 0;
	ret_run->end = PARSE_PARTIAL;
	while (ret_run->count < FRAMES_MAX) {
		enum parse parse = sip_frame(slice_of(stream.p + at, seen - at), false,
		                             limits->headers, limits->body, &scanned, &kind, &n);

		ret_run->end = parse;
		if (parse == PARSE_BAD)
			return;
		if (parse == PARSE_OK) {
			check(n > 0 && n <= seen - at, "a frame lies inside the stream");
			ret_run->frames[ret_run->count].kind = kind;
			ret_run->frames[ret_run->count++].n = n;
			at += n;
			scanned = 0;
			continue;
		}
		if (seen == stream.n)
			return;
		seen += rng_between(rng, 1, step_max);
		if (seen > stream.n)
			seen = stream.n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct limits limits[] = {
		{ 65536, 65536 }, { 200, 20 }, { 40, 0 }, { 1, 1 }
	};
	static struct run whole, cut; /* too large for a stack */
	struct slice stream;
	struct rng rng;

	if (size < 2)
		return 0;
	rng_seed(&rng, data[0]);
	stream = slice_of((const char *)data + 2, size - 2);
	run_frames(stream, &limits[data[1] % 4], stream.n ? stream.n : 1, &rng, &cut);
	for (size_t step = 1; step < 64; step *= 4) {
		run_frames(stream, &limits[data[1] % 4], step, &rng, &whole);
		check(whole.count == cut.count && whole.end == cut.end, "cuts change no verdict");
		for (size_t i = 0; i < whole.count; i++)
			check(whole.frames[i].kind == cut.frames[i].kind &&
			              whole.frames[i].n == cut.frames[i].n,
			      "cuts change no frame");
	}
	return 0;
}
