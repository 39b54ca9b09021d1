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
	  .quirks =
	          "It grants between minimum_expiration and maximum_expiration whatever is asked. "
	          "With qualify_frequency it pings with OPTIONS and calls a line unreachable that "
	          "does not answer; more devices than max_contacts get 403. A refused login does "
	          "not say whether Extension, Auth User or Auth Password is wrong.",
	  .source = "https://docs.asterisk.org/Asterisk_21_Documentation/API_Documentation/"
	            "Dialplan_Functions/PJSIP_AOR/" },
	{ .name = "broadworks",
	  .title = "Cisco BroadWorks",
	  .proxy = "the provider's session border controller, from the portal",
	  .quirks = "The Extension is the Line/Port of the user's page, such as 2405552222_2; the "
	            "Auth "
	            "User is the user name of its Authentication service, and often another.",
	  .source = "https://manualshive.com/ru/manual/cisco/"
	            "broadsoft-broadworks-spectralink-84-series/67747?page=25" },
	{ .name = "cucm",
	  .title = "Cisco Unified CM, third-party SIP device",
	  .transport = "tcp",
	  .quirks =
	          "The device is known by its Digest User alone, which is the Auth User: one user "
	          "for "
	          "each device, or none of them registers. UDP and TCP, no TLS. A basic device has "
	          "one line, an advanced one eight. Reset the device after each change.",
	  .source = "https://www.cisco.com/en/US/docs/voice_ip_comm/cucm/admin/8_6_1/ccmcfg/"
	            "b09sip3p.html" },
	{ .name = "freepbx",
	  .title = "FreePBX",
	  .quirks = "As Asterisk. \"Max Contacts\" of the extension must leave room for this "
	            "program: 0 "
	            "is not unlimited, and everything above is refused with 403. An address that "
	            "fails "
	            "too often is shut out by its firewall (fail2ban) and meets silence.",
	  .source = "https://github.com/FreePBX/issue-tracker/issues/515" },
	{ .name = "freeswitch",
	  .title = "FreeSWITCH",
	  .quirks = "The domain decides: an unknown one is refused with 403, like a wrong "
	            "password. A "
	            "profile that is starting answers 503 with Retry-After: 300.",
	  .source =
	          "https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/Configuration/"
	          "Sofia-SIP-Stack/Sofia-Configuration-Files_7144453/" },
	{ .name = "kamailio",
	  .title = "Kamailio",
	  .quirks = "Its usual script wants the Auth User to be the Extension (403 otherwise). It "
	            "says in "
	            "P-Registrar-Error why it refused. Where its modules outbound and stun are "
	            "loaded, "
	            "\"outbound: yes\" and \"keep-alive: stun\" are the best it can have.",
	  .source = "https://www.kamailio.org/docs/modules/stable/modules/registrar.html" },
	{ .name = "opensips",
	  .title = "OpenSIPS",
	  .quirks = "As Kamailio: its module nathelper pings with OPTIONS or empty datagrams, and "
	            "forgets "
	            "a line that does not answer where it was told so.",
	  .source = "https://opensips.org/docs/modules/3.6.x/nathelper.html" },
	{ .name = "ringcentral",
	  .title = "RingCentral",
	  .proxy = "must be set: the outbound proxy of the device's SIP settings, which is not the "
	           "domain",
	  .quirks = "The Auth User is the Authorization ID of the device, not the extension.",
	  .source = "https://docs.algosolutions.com/docs/cg-ringcentral" },
	{ .name = "twilio",
	  .title = "Twilio SIP domain",
	  .quirks = "The Auth User must be the Extension (error 32106), and the domain needs a "
	            "credential "
	            "list for registrations (error 32212).",
	  .source = "https://www.twilio.com/docs/api/errors/32106" },
	{ .name = "vonage",
	  .title = "Vonage Business, hosted extension",
	  .quirks =
	          "Extension and Auth User are both the code of letters and digits that the portal "
	          "shows, not the number that people dial; the domain belongs to the account.",
	  .source = "the vendor's workflow \"Registering a hosted extension\", whose example is "
	            "Vonage" },
};

const struct config_profile *config_profiles(size_t *ret_count)
{
	*ret_count = sizeof(profiles) / sizeof(*profiles);
	return profiles;
}

const char *config_profile_value(const char *profile, const char *key)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) {
		const struct config_profile *p = &profiles[i];
		const struct {
			const char *key, *value;
		} values[] = {
			{ "transport", p->transport },   { "expires", p->expires },
			{ "keep-alive", p->keep_alive }, { "srv", p->srv },
			{ "outbound", p->outbound },
		};

		if (strcmp(p->name, profile) != 0)
			continue;
		for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++)
			if (strcmp(values[v].key, key) == 0)
				return values[v].value;
	}
	return NULL;
}
