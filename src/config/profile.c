/* config/profile.c: the rows. */
#include "config/profile.h"

#include <string.h>

static const struct config_profile profiles[] = {
	{ .name = "1und1",
	  .title = "1&1 (Germany)",
	  .unset = "it takes UDP, TCP and TLS, and names no time",
	  .quirks = "The domain is sip.1und1.de. Extension and Auth User are the number as 49... "
	            "without + and without a 0 in front; the Auth Password is the number's own "
	            "telephony password, which the Control-Center sets, not that of the account.",
	  .source = "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
	{ .name = "3cx",
	  .title = "3CX",
	  .agents = { "3CX" },
	  .unset = "no page of the vendor that was found names a value",
	  .quirks = "The Auth User is the Authentication ID of the extension's page, a random "
	            "text that is not the extension. An extension can be forbidden to register "
	            "from outside the network of the PBX.",
	  .source = "https://www.3cx.com/blog/docs/analyzing-registration/, "
	            "https://www.telquestintl.com/"
	            "how-to-use-3cx-to-secure-your-phone-system-in-8-steps" },
	{ .name = "asterisk",
	  .title = "Asterisk (chan_pjsip)",
	  .agents = { "Asterisk" },
	  .unset = "transports are what its pjsip.conf has, and it grants the times of its own "
	           "whatever is asked",
	  .quirks = "It grants between minimum_expiration and maximum_expiration whatever is "
	            "asked. With qualify_frequency it pings with OPTIONS and calls a line "
	            "unreachable that does not answer; more devices than max_contacts get 403. A "
	            "refused login does not say whether Extension, Auth User or Auth Password is "
	            "wrong.",
	  .source = "https://docs.asterisk.org/Asterisk_21_Documentation/API_Documentation/"
	            "Dialplan_Functions/PJSIP_AOR/" },
	{ .name = "broadworks",
	  .title = "Cisco BroadWorks",
	  .proxy = "the provider's, from its portal",
	  .unset = "each provider has transports, times and a proxy of its own",
	  .quirks = "It shows itself by the realm \"BroadWorks\" in its challenge, and by nonces "
	            "that begin so. Domain, proxy, Extension and Auth User are what the portal "
	            "of the provider says, each taken from there as it stands.",
	  .source = "https://pastebin.com/2sCrsaLn" },
	{ .name = "cucm",
	  .title = "Cisco Unified CM, third-party SIP device",
	  .agents = { "Cisco-CUCM" },
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
	{ .name = "easybell",
	  .title = "easybell (Germany)",
	  .expires = "3600",
	  .quirks = "The domain is voip.easybell.de for a number and another for a device of the "
	            "Cloud PBX: the portal names it beside the SIP user name. TLS is taken at "
	            "port 5061. A time below 600 s is not taken.",
	  .source = "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md, "
	            "https://en.easybell.de/help/questions/"
	            "questions-concerning-the-internet-connection/answer/"
	            "how-can-i-change-my-sip-password.html" },
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
	  .agents = { "FPBX" },
	  .unset = "transports are what its SIP settings have, and it grants the times of its "
	           "own, as Asterisk does",
	  .quirks = "As Asterisk. \"Max Contacts\" of the extension must leave room for this "
	            "program: 0 is not unlimited, and everything above is refused with 403. An "
	            "address that fails too often is shut out by its firewall (fail2ban) and "
	            "meets silence.",
	  .source = "https://github.com/FreePBX/issue-tracker/issues/515" },
	{ .name = "freeswitch",
	  .title = "FreeSWITCH",
	  .agents = { "FreeSWITCH" },
	  .unset = "as it is delivered it takes UDP and TCP and leaves the time to the device; "
	           "TLS is off",
	  .quirks = "The domain decides: an unknown one is refused with 403, like a wrong "
	            "password. As it is delivered the Auth User must be the Extension, TLS is "
	            "off, and it does not ping devices behind a NAT: \"keep-alive\" is then for "
	            "this side to set. A profile that is starting answers 503 with Retry-After: "
	            "300.",
	  .source = "https://github.com/signalwire/freeswitch/blob/master/conf/vanilla/"
	            "sip_profiles/internal.xml, "
	            "https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/"
	            "Configuration/Sofia-SIP-Stack/Sofia-Configuration-Files_7144453/" },
	{ .name = "fritzbox",
	  .title = "FRITZ!Box, as a PBX",
	  .agents = { "FRITZ!", "AVM FRITZ!" },
	  .unset = "devices register there over UDP and over TCP with the usual settings",
	  .quirks = "Extension and Auth User are both the user name of an \"IP phone\" that was "
	            "made in the box. What does not please it, a name that it does not know "
	            "among it, it leaves without any answer: a time-out there is most often a "
	            "wrong Extension.",
	  .source = "https://github.com/arnonym/ha-plugins/issues/211, "
	            "https://github.com/n-IA-hane/esphome-intercom/issues/95, "
	            "https://github.com/tayler6000/pyVoIP/issues/74" },
	{ .name = "grandstream",
	  .title = "Grandstream UCM",
	  .agents = { "Grandstream UCM" },
	  .unset = "its SIP settings decide, and no page that was found names a value for "
	           "devices",
	  .quirks = "The Extension is of its range for users, 1000 to 6299 unless that was "
	            "changed. With \"Reject Non-Matching INVITE\" on it answers an Extension "
	            "that it does not know with 401 like a wrong password; with it off it tells "
	            "the two apart.",
	  .source = "https://azmanual.top/manuals/770395/"
	            "grandstream-ucm6100-user-manual-for-10925.html?page=261, "
	            "https://azmanual.top/manuals/770439/"
	            "grandstream-ucm6510-user-manual.html?page=257" },
	{ .name = "kamailio",
	  .title = "Kamailio",
	  .agents = { "kamailio" },
	  .unset = "its script decides on transports, times and pings; none is usual",
	  .quirks = "Its usual script wants the Auth User to be the Extension (403 otherwise). "
	            "It says in P-Registrar-Error why it refused. Where its modules outbound and "
	            "stun are loaded, \"outbound: yes\" and \"keep-alive: stun\" are the best it "
	            "can have.",
	  .source = "https://www.kamailio.org/docs/modules/stable/modules/registrar.html" },
	{ .name = "linphone",
	  .title = "Linphone's free SIP service",
	  .agents = { "Flexisip" },
	  .transport = "tls",
	  .quirks = "The domain is sip.linphone.org. The Extension is in lower case; logins are "
	            "checked with SHA-256.",
	  .source = "https://github.com/BelledonneCommunications/linphone-android/blob/master/"
	            "app/src/main/assets/assistant_linphone_default_values" },
	{ .name = "mitel",
	  .title = "Mitel MiVoice Business, through its Border Gateway",
	  .agents = { "Mitel-3300" },
	  .unset = "no page of the vendor that was found names a value",
	  .quirks = "A device from outside logs in at the gateway first, with the set-side user "
	            "name and password of its entry there, which need not be those of the call "
	            "server behind; the entry must be enabled, and for SIP devices or everywhere.",
	  .source = "https://web-dev.mitel.com/document-center/applications/"
	            "mivoice-border-gateway/11.5sp1/en/mbg-online-help" },
	{ .name = "netcologne",
	  .title = "NetCologne, NetAachen (Germany)",
	  .transport = "udp",
	  .quirks = "The domain is sip.netcologne.de; the Extension is the number with its area "
	            "code, without the 0 in front. Each number has a password of its own, made "
	            "in the portal.",
	  .source = "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
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
	  .agents = { "OpenSIPS" },
	  .unset = "its script decides on transports, times and pings; none is usual",
	  .quirks = "As Kamailio: its module nathelper pings with OPTIONS or empty datagrams, "
	            "and forgets a line that does not answer where it was told so.",
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
	{ .name = "sipgate",
	  .title = "sipgate (Germany)",
	  .proxy = "sip.sipgate.de for basic, proxy.live.sipgate.de for team; the domain stays "
	           "sipgate.de",
	  .unset = "it takes UDP and TCP, on some of its products TLS, and names no time",
	  .quirks = "The domain is sipgate.de also where a proxy is set: with the proxy's name "
	            "as the domain the login is refused. Extension and Auth User are the SIP-ID "
	            "of the device, with its own SIP password, not the number and not the login "
	            "of the portal.",
	  .source = "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md, "
	            "https://github.com/amooma/GS5/issues/313" },
	{ .name = "starface",
	  .title = "STARFACE",
	  .agents = { "STARFACE PBX" },
	  .unset = "it takes SIP over UDP and over TCP at port 5060",
	  .quirks = "Port 5061 (TLS) is there for its own apps and for some providers.",
	  .source = "https://knowledge.starface.de/plugins/viewsource/"
	            "viewpagesrc.action?pageId=264110085" },
	{ .name = "swisscom",
	  .title = "Swisscom, line at home",
	  .proxy = "the one that comes with the line's SIP data, as fs1.ims.swisscom.ch: it is "
	           "not the domain",
	  .unset = "the SIP data of the line names neither transport nor time",
	  .quirks = "The domain is swisscom.ch. The Extension is the number as +41...; the Auth "
	            "User is another name, which ends in @swisscom.ch.",
	  .source = "https://github.com/sipsorcery-org/sipsorcery/issues/31" },
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
	  .agents = { "Twilio" },
	  .unset = "its pages ask for no transport, and the time that is usual here is one that "
	           "it takes",
	  .quirks = "The Auth User must be the Extension (error 32106), and the domain needs a "
	            "credential list for registrations (error 32212). It takes a refresh every "
	            "10 minutes at the most: \"expires\" is not to be below 1000.",
	  .source = "https://www.twilio.com/docs/api/errors/32106, "
	            "https://www.twilio.com/docs/api/errors/32212, "
	            "https://www.twilio.com/docs/voice/api/sip-registration" },
	{ .name = "vodafone",
	  .title = "Vodafone, line at home (Germany)",
	  .transport = "udp",
	  .quirks = "The domain is the area code without its 0, then .sip.arcor.de. The "
	            "Extension is the number without the 0 in front; the Auth Password is the "
	            "SIP password of MeinVodafone, not that of the account. There is no TLS.",
	  .source = "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
	{ .name = "vonage",
	  .title = "Vonage",
	  .unset = "its pages name neither transport nor time",
	  .quirks = "A SIP trunk of its API has the domain sip.nexmo.com, the API key as "
	            "Extension and Auth User and the API secret as password; its newer guides "
	            "register nothing there and log in with each call. For a hosted extension no "
	            "public page names values: all of them come from the portal.",
	  .source = "https://developer.vonage.com/en/sip/configure/freepbx, "
	            "https://developer.vonage.com/en/sip/configure/asterisk-legacy" },
	{ .name = "webex",
	  .title = "Webex Calling, customer-managed device",
	  .transport = "tls",
	  .srv = "yes",
	  .proxy = "must be set: the Outbound Proxy of the device's page, without a port, since "
	           "SRV leads on from it",
	  .proxy_is_needed = true,
	  .quirks = "TLS 1.2 at least. The device is made in Control Hub as a Customer Managed "
	            "Device, of the kind Generic SIP Phone.",
	  .source = "https://help.webex.com/en-us/article/nemh93t" },
	{ .name = "yeastar",
	  .title = "Yeastar P-Series",
	  .unset = "no page of the vendor that was found names a value",
	  .quirks = "The Auth User is the Registration Name of the extension, such as "
	            "C4BRf1szWW, and not the extension; the password is the Registration "
	            "Password, not the user's. Each extension has a number of devices that may "
	            "register at once.",
	  .source = "https://help.yeastar.com/en/p-series-cloud-edition/ai-guide/"
	            "add-an-extension.html" },
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

const struct config_profile *config_profile_of_agent(struct slice agent)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++)
		for (size_t a = 0; a < CONFIG_PROFILE_AGENTS && profiles[i].agents[a]; a++)
			if (slice_starts_nocase(agent, slice_str(profiles[i].agents[a])))
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
