/* config/profile.c: the rows. */
#include "config/profile.h"

#include <string.h>

static const struct config_profile profiles[] = {
	{ .name = "3cx",
	  .title = "3CX",
	  .quirks = "The Auth User is the Authentication ID of the extension's page, a random text "
	            "that is not the extension.",
	  .source = "https://www.3cx.com/blog/docs/analyzing-registration/" },
	{ .name = "asterisk",
	  .title = "Asterisk (chan_pjsip)",
	  .quirks = "It grants between minimum_expiration and maximum_expiration whatever is "
	            "asked. With qualify_frequency it pings with OPTIONS and calls a line "
	            "unreachable that does not answer; more devices than max_contacts get 403. A "
	            "refused login does not say whether Extension, Auth User or Auth Password is "
	            "wrong.",
	  .source = "https://docs.asterisk.org/Asterisk_21_Documentation/API_Documentation/"
	            "Dialplan_Functions/PJSIP_AOR/" },
	{ .name = "broadworks",
	  .title = "Cisco BroadWorks",
	  .proxy = "the provider's session border controller, from the portal",
	  .quirks = "The Extension is the Line/Port of the user's page, such as 2405552222_2; the "
	            "Auth User is the user name of its Authentication service, and often another.",
	  .source = "https://manualshive.com/ru/manual/cisco/"
	            "broadsoft-broadworks-spectralink-84-series/67747?page=25" },
	{ .name = "cucm",
	  .title = "Cisco Unified CM, third-party SIP device",
	  .transport = "tcp",
	  .quirks = "The device is known by its Digest User alone, which is the Auth User: one "
	            "user for each device, or none of them registers. UDP and TCP, no TLS. A "
	            "basic device has one line, an advanced one eight. Reset the device after "
	            "each change.",
	  .source = "https://www.cisco.com/en/US/docs/voice_ip_comm/cucm/admin/8_6_1/ccmcfg/"
	            "b09sip3p.html" },
	{ .name = "dusnet",
	  .title = "dus.net",
	  .srv = "yes",
	  .quirks = "The domain is proxy.dus.net; over TLS it is secure.dus.net, where calls are "
	            "encrypted, too.",
	  .source = "https://www.dus.net/en/sip" },
	{ .name = "flowroute",
	  .title = "Flowroute",
	  .expires = "600",
	  .keep_alive = "options",
	  .quirks = "The Auth User is the number of the account; the Extension may be a number "
	            "of yours.",
	  .source = "https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/"
	            "Interoperability/Providers-ITSPs/2883692" },
	{ .name = "freepbx",
	  .title = "FreePBX",
	  .quirks = "As Asterisk. \"Max Contacts\" of the extension must leave room for this "
	            "program: 0 is not unlimited, and everything above is refused with 403. An "
	            "address that fails too often is shut out by its firewall (fail2ban) and "
	            "meets silence.",
	  .source = "https://github.com/FreePBX/issue-tracker/issues/515" },
	{ .name = "freeswitch",
	  .title = "FreeSWITCH",
	  .quirks = "The domain decides: an unknown one is refused with 403, like a wrong "
	            "password. A profile that is starting answers 503 with Retry-After: 300.",
	  .source = "https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/"
	            "Configuration/Sofia-SIP-Stack/Sofia-Configuration-Files_7144453/" },
	{ .name = "fritzbox",
	  .title = "FRITZ!Box, as a PBX",
	  .quirks = "Extension and Auth User are both the user name of an \"IP phone\" that was "
	            "made in the box. What does not please it, a name that it does not know "
	            "among it, it leaves without any answer: a time-out there is most often a "
	            "wrong Extension.",
	  .source = "https://github.com/arnonym/ha-plugins/issues/211, "
	            "https://github.com/n-IA-hane/esphome-intercom/issues/95" },
	{ .name = "kamailio",
	  .title = "Kamailio",
	  .quirks = "Its usual script wants the Auth User to be the Extension (403 otherwise). It "
	            "says in P-Registrar-Error why it refused. Where its modules outbound and "
	            "stun are loaded, \"outbound: yes\" and \"keep-alive: stun\" are the best it "
	            "can have.",
	  .source = "https://www.kamailio.org/docs/modules/stable/modules/registrar.html" },
	{ .name = "linphone",
	  .title = "Linphone's free SIP service",
	  .transport = "tls",
	  .quirks = "The domain is sip.linphone.org. The Extension is in lower case; logins are "
	            "checked with SHA-256.",
	  .source = "https://github.com/BelledonneCommunications/linphone-android/blob/master/"
	            "app/src/main/assets/assistant_linphone_default_values" },
	{ .name = "onsip",
	  .title = "OnSIP",
	  .transport = "udp",
	  .proxy = "must be set: the Outbound Proxy of the user's page, which is not the domain",
	  .proxy_is_needed = true,
	  .quirks = "The Auth User is the \"Auth Username\" of the user's page, not the user name "
	            "of the SIP address.",
	  .source = "https://support.onsip.com/hc/en-us/articles/204759874-OpenStage-40" },
	{ .name = "opensips",
	  .title = "OpenSIPS",
	  .quirks = "As Kamailio: its module nathelper pings with OPTIONS or empty datagrams, and "
	            "forgets a line that does not answer where it was told so.",
	  .source = "https://opensips.org/docs/modules/3.6.x/nathelper.html" },
	{ .name = "ovh",
	  .title = "OVHcloud telephone line",
	  .transport = "udp",
	  .expires = "1800",
	  .proxy = "the one that the line's page names, as outbound-ovh-1.sip-proxy.io: on newer "
	           "lines it is not the domain",
	  .quirks = "The Extension is the number of the line with 00 in front, as 0033972101010. "
	            "Shorter times than 1800 s load the provider and bring nothing.",
	  .source = "https://github.com/ovh/ovhcloud-docs/pull/427, "
	            "https://github.com/ovh/docs/pull/8897" },
	{ .name = "ringcentral",
	  .title = "RingCentral",
	  .transport = "tls",
	  .proxy = "must be set: the outbound proxy of the device's SIP settings for your region, "
	           "with its port: the one for TLS (5096), not the other (5090)",
	  .proxy_is_needed = true,
	  .quirks = "The device is to be an \"Existing Phone\". The domain is its SIP Domain "
	            "without the port that stands there; the Auth User is its Authorization ID, "
	            "not the extension. Of several devices with one login the last gets the "
	            "calls.",
	  .source = "https://ringcentral.github.io/ringcentral-softphone-ts/troubleshooting/, "
	            "https://docs.algosolutions.com/docs/cg-ringcentral" },
	{ .name = "telekom",
	  .title = "Deutsche Telekom, line at home (tel.t-online.de)",
	  .srv = "yes",
	  .quirks = "The domain tel.t-online.de has SRV records only, and no address. The "
	            "Extension is the number as +49...; at the line's own access the Auth User is "
	            "anonymous@t-online.de, with no password. A time of 300 s is refused with "
	            "423.",
	  .source = "https://www.telekom.de/hilfe/internet-telefonie/telefonie/"
	            "voice-over-ip-sip-client, https://github.com/arnonym/ha-plugins/issues/30, "
	            "https://github.com/arnonym/ha-plugins/issues/132, "
	            "https://github.com/haumacher/phoneblock/issues/363" },
	{ .name = "telnyx",
	  .title = "Telnyx, credentials connection",
	  .transport = "udp",
	  .quirks = "The domain is the one of your region: sip.telnyx.com, sip-eu.telnyx.com, "
	            "sip-ca.telnyx.com or sip-au.telnyx.com. UDP is what it recommends; TLS is "
	            "1.2 at least, at port 5061.",
	  .source = "https://developers.telnyx.com/docs/voice/sip-trunking/"
	            "network-configuration/srv-records" },
	{ .name = "twilio",
	  .title = "Twilio SIP domain",
	  .quirks = "The Auth User must be the Extension (error 32106), and the domain needs a "
	            "credential list for registrations (error 32212). It takes a refresh every "
	            "10 minutes at the most: \"expires\" is not to be below 1000.",
	  .source = "https://www.twilio.com/docs/api/errors/32106, "
	            "https://www.twilio.com/docs/api/voice/sip-registration" },
	{ .name = "vonage",
	  .title = "Vonage Business, hosted extension",
	  .quirks = "Extension and Auth User are both the code of letters and digits that the "
	            "portal shows, not the number that people dial; the domain belongs to the "
	            "account.",
	  .source = "the vendor's workflow \"Registering a hosted extension\", whose example is "
	            "Vonage" },
	{ .name = "zoom",
	  .title = "Zoom Phone, third-party SIP device",
	  .transport = "tls",
	  .quirks = "A device without TLS and SRTP cannot register there.",
	  .source = "https://docs.algosolutions.com/docs/zoom-configuration" },
};

const struct config_profile *config_profiles(size_t *ret_count)
{
	*ret_count = sizeof(profiles) / sizeof(*profiles);
	return profiles;
}

const struct config_profile *config_profile_find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(profiles) / sizeof(*profiles); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

size_t config_profile_sets(const struct config_profile *profile,
                           struct config_profile_setting ret_settings[CONFIG_PROFILE_SETTINGS])
{
	const struct config_profile_setting all[CONFIG_PROFILE_SETTINGS] = {
		{ "transport", profile->transport },   { "expires", profile->expires },
		{ "keep-alive", profile->keep_alive }, { "srv", profile->srv },
		{ "outbound", profile->outbound },
	};
	size_t count = 0;

	for (size_t i = 0; i < CONFIG_PROFILE_SETTINGS; i++)
		if (all[i].value)
			ret_settings[count++] = all[i];
	return count;
}

const char *config_profile_value(const char *name, const char *key)
{
	const struct config_profile *profile = config_profile_find(name);
	struct config_profile_setting settings[CONFIG_PROFILE_SETTINGS];
	size_t count = profile ? config_profile_sets(profile, settings) : 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(settings[i].key, key) == 0)
			return settings[i].value;
	return NULL;
}
