/* fuzz/fuzz_sip_aor.c: any bytes as what a person typed. Either a sentence comes out that fits and
 * can be shown, or an address that reads back as the URI it stands for. */
#include "fuzz/sip_msg_check.h"

#include "fuzz/fuzz.h"
#include "sip/aor.h"

static void check_sentence(const struct buf *sentence)
{
	CHECK(!sentence->full && sentence->n > 0);
	for (size_t i = 0; i < sentence->n; i++)
		CHECK((unsigned char)sentence->p[i] >= ' ' && sentence->p[i] != 0x7f);
}

static void check_aor(const struct sip_aor *aor)
{
	char memory[SIP_USER_MAX + SIP_HOST_MAX + 20];
	struct buf out = buf_over(memory, sizeof(memory));
	struct sip_uri uri;

	buf_str(&out, "sip:");
	buf_str(&out, aor->user);
	buf_char(&out, '@');
	buf_str(&out, aor->host);
	CHECK(!out.full);
	CHECK(sip_uri_parse(buf_slice(&out), &uri) == PARSE_OK);
	CHECK(slice_equal(uri.user, slice_str(aor->user)));
	CHECK(slice_equal(uri.host, slice_str(aor->host)));
	CHECK(!slice_present(uri.password) && uri.params.n == 0 && uri.headers.n == 0);
}

/* What was read once reads as the same again. */
static void check_again(const char *user)
{
	char again[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1], sentence[160];
	struct buf error = buf_over(sentence, sizeof(sentence));

	CHECK(sip_extension_parse(slice_str(user), again, plain, &error) == 0);
	CHECK(strcmp(user, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	char sentence[160], user[SIP_USER_MAX + 1], plain[SIP_USER_MAX + 1];
	struct buf error = buf_over(sentence, sizeof(sentence));
	struct sip_aor aor;

	if (sip_aor_parse(text, &aor, &error) == 0) {
		CHECK(error.n == 0);
		check_aor(&aor);
	} else {
		check_sentence(&error);
	}
	error = buf_over(sentence, sizeof(sentence));
	if (sip_extension_parse(text, user, plain, &error) == 0)
		check_again(user);
	else
		check_sentence(&error);
	return 0;
}
