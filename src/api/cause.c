/* api/cause.c: a cause with its words, as JSON. */
#include "api/own.h"

static void put_filled(struct json *json, const char *key, const char *text,
                       const struct explain_words *words)
{
	char memory[4096];
	struct buf out = buf_over(memory, sizeof(memory));

	explain_fill(text, words, &out);
	json_put_string(json, key, buf_slice(&out));
}

void api_cause_put(struct json *json, const char *key, const struct explain_cause *cause,
                   const struct explain_words *words)
{
	const struct {
		const char *key, *text;
	} texts[] = { { "seen", cause->seen },
		      { "meaning", cause->meaning },
		      { "again", cause->again } };

	json_open_object(json, key);
	api_put_text(json, "id", cause->id);
	api_put_text(json, "title", cause->title);
	api_put_text(json, "who", cause->who);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (words)
			put_filled(json, texts[i].key, texts[i].text, words);
		else
			api_put_text(json, texts[i].key, texts[i].text);
	json_open_array(json, "advice");
	for (size_t i = 0; cause->advice[i]; i++)
		if (words)
			put_filled(json, NULL, cause->advice[i], words);
		else
			api_put_text(json, NULL, cause->advice[i]);
	json_close_array(json);
	json_close_object(json);
}
