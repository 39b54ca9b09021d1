/* api/profiles.c: what known PBXs and providers want of a server's settings (config/profile.h). */
#include "api/own.h"
#include "api/routes.h"
#include "config/profile.h"

void api_profile_put(struct json *json, const struct config_profile *profile)
{
	struct config_profile_setting settings[CONFIG_PROFILE_SETTINGS];
	size_t count = config_profile_sets(profile, settings);

	api_put_text(json, "name", profile->name);
	api_put_text(json, "title", profile->title);
	json_open_object(json, "sets");
	for (size_t i = 0; i < count; i++)
		api_put_text(json, settings[i].key, settings[i].value);
	json_close_object(json);
	api_put_text(json, "unset", profile->unset);
	api_put_text(json, "proxy", profile->proxy);
	api_put_bool(json, "proxy_is_needed", profile->proxy_is_needed);
	api_put_text(json, "quirks", profile->quirks);
	api_put_text(json, "source", profile->source);
}

void api_profiles_list(struct api_call *call)
{
	struct json *json = api_out(call);
	size_t count;
	const struct config_profile *profiles = config_profiles(&count);

	json_open_object(json, NULL);
	json_open_array(json, "profiles");
	for (size_t i = 0; i < count; i++) {
		json_open_object(json, NULL);
		api_profile_put(json, &profiles[i]);
		json_close_object(json);
		api_flush(call);
	}
	json_close_array(json);
	json_close_object(json);
}
