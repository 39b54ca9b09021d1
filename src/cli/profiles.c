/* cli/profiles.c: `lineup server profiles`: what known PBXs and providers want. */
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/guess.h"
#include "cli/commands.h"
#include "cli/term.h"
#include "config/profile.h"

#define LINE_BYTES 2048

static void put_block(const struct term *term, const char *label, const char *text)
{
	char memory[LINE_BYTES];
	struct buf line = buf_over(memory, sizeof(memory));

	if (!text)
		return;
	buf_str(&line, label);
	buf_str(&line, text);
	term_wrap(term->file, buf_slice(&line),
	          (struct term_block){ .indent = 2, .width = term->width });
}

static void put_profile(const struct term *term, const struct config_profile *p)
{
	char memory[LINE_BYTES];
	struct buf set = buf_over(memory, sizeof(memory));
	struct config_profile_setting settings[CONFIG_PROFILE_SETTINGS];
	size_t count = config_profile_sets(p, settings);

	fprintf(term->file, "%s: %s\n", p->name, p->title);
	for (size_t i = 0; i < count; i++) {
		buf_str(&set, set.n ? ", " : "");
		buf_str(&set, settings[i].key);
		buf_char(&set, ' ');
		buf_str(&set, settings[i].value);
	}
	buf_end(&set);
	put_block(term, "sets: ", set.n ? memory : NULL);
	put_block(term, "sets nothing: ", p->unset);
	put_block(term, "proxy: ", p->proxy);
	put_block(term, "", p->quirks);
	put_block(term, "source: ", p->source);
}

static int put_json(FILE *out)
{
	size_t count;
	const struct config_profile *profiles = config_profiles(&count);
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct config_profile *p = &profiles[i];
		struct config_profile_setting settings[CONFIG_PROFILE_SETTINGS];
		size_t set = config_profile_sets(p, settings);
		json_t *values = json_object();

		for (size_t s = 0; s < set && r == 0; s++)
			r = json_object_set_new(values, settings[s].key,
			                        json_string(settings[s].value));
		if (r == 0)
			r = json_array_append_new(
				list,
				json_pack("{s:s,s:s,s:o,s:s?,s:s?,s:b,s:s,s:s}", "name", p->name,
			                  "title", p->title, "sets", values, "unset", p->unset,
			                  "proxy", p->proxy, "proxy_is_needed", p->proxy_is_needed,
			                  "quirks", p->quirks, "source", p->source));
		else
			json_decref(values);
	}
	if (r == 0)
		r = json_dumpf(list, out, JSON_INDENT(2));
	json_decref(list);
	fputc('\n', out);
	return r == 0 ? CLI_OK : CLI_FAILED;
}

static int unknown(const struct cli_args *args, const char *name)
{
	char memory[256];
	struct guess guess = guess_for(slice_str(name));
	size_t count;
	const struct config_profile *profiles = config_profiles(&count);

	for (size_t i = 0; i < count; i++)
		guess_offer(&guess, slice_str(profiles[i].name));
	name = cli_shown(name, memory, sizeof(memory));
	if (slice_present(guess.best))
		return cli_usage_error(args, "there is no profile \"%s\"; did you mean \"%.*s\"?",
		                       name, (int)guess.best.n, guess.best.p);
	return cli_usage_error(args,
	                       "there is no profile \"%s\"; all of them: "
	                       "lineup server profiles",
	                       name);
}

static int run(const struct cli_args *args)
{
	const char *wanted = args->operand_count ? args->operands[0] : NULL;
	struct term term = term_of(args->out);
	size_t count;
	const struct config_profile *profiles = config_profiles(&count);
	bool any = false;

	if (cli_times(args, "json"))
		return put_json(args->out);
	for (size_t i = 0; i < count; i++) {
		if (wanted && strcmp(wanted, profiles[i].name) != 0)
			continue;
		if (any)
			fputc('\n', args->out);
		put_profile(&term, &profiles[i]);
		any = true;
	}
	return any ? CLI_OK : unknown(args, wanted);
}

static const struct cli_option options[] = {
	{ 0, "json", NULL, NULL, NULL, "all of them as one JSON array" },
	{ 0 },
};

static const struct cli_exit exits[] = {
	{ CLI_OK, "it was shown" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "lineup server profiles cucm", "What Cisco Unified CM wants." },
	{ "lineup server add cm.example --profile cucm", "A server that begins with that." },
	{ 0 },
};

const struct cli_command cli_server_profiles = {
	.name = "server profiles",
	.operands = "[NAME]",
	.operands_max = 1,
	.brief = "shows what known PBXs and providers want",
	.description =
		"Shows a profile for each PBX and provider that is known: the settings of a server "
		"that it begins with (--profile of server add and server set, profile: in "
		"studio.yaml), what its proxy is, what people trip over there, and where that is "
		"said. What is set beside a profile goes over its values. No daemon is needed.",
	.options = options,
	.exits = exits,
	.examples = examples,
	.run = run,
};
