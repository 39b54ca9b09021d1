/* config/profile.c: the rows. */
#include "config/profile.h"

#include <string.h>

static const struct config_profile profiles[] = {
	{ .name = "1und1",
	  .title = "1&1 (Germany)",
	  .domain = "1und1.de",
	  .unset = "it takes UDP, TCP and TLS, and names no time",
	  .quirks = "The domain is sip.1und1.de. Extension and Auth User are the number as 49... "
	            "without + and without a 0 in front; the Auth Password is the number's own "
	            "telephony password, which the Control-Center sets, not that of the account. "
	            "The user of the Contact must be that number, too: a line whose \"contact\" "
	            "has another one gets 403 with \"Contact User und Anrufernummer "
	            "verschieden\". One operator met 503 from IPv4 addresses of a hosting "
	            "company, and none over IPv6.",
	  .source = "https://github.com/majuss/easybox904/issues/25, "
	            "https://github.com/juha-h/baresip-studio/issues/420, "
	            "https://docs.xynap.tech/en/telefonie/provider, "
	            "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
	{ .name = "3cx",
	  .title = "3CX",
	  .agents = { "3CX" },
	  .unset = "no page of the vendor that was found names a value",
	  .quirks = "The Auth User is the Authentication ID of the extension's page, a random "
	            "text that is not the extension. Its log says of a wrong extension, a wrong "
	            "ID and a wrong password alike that the credentials do not match. An "
	            "extension can be forbidden to register from outside the network of the PBX, "
	            "and an address whose logins fail again and again is put on a blacklist.",
	  .source = "https://www.3cx.com/blog/docs/analyzing-registration/, "
	            "https://www.telquestintl.com/"
	            "how-to-use-3cx-to-secure-your-phone-system-in-8-steps, "
	            "https://tronic.com.au/3cx-global-ip-blacklist" },
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
	{ .name = "avaya-aura",
	  .title = "Avaya Aura (Session Manager)",
	  .transport = "tls",
	  .proxy = "the address of the Session Manager, where the SIP domain does not lead there",
	  .quirks = "Extension and domain are the two halves of the user's communication address "
	            "of the type Avaya SIP; its Communication Profile Password stands beside it "
	            "in System Manager. UDP is not for it: TLS at port 5061, or TCP at 5060. An "
	            "extension has one device unless \"Max. Simultaneous Devices\" says more: one "
	            "more throws out the oldest, or is refused with 403 and a Warning, as \"Block "
	            "New Registration When Maximum Registrations Active\" has it.",
	  .source = "https://documentation.avaya.com/en-us/"
	            "home/bundle/session-manager/"
	            "avayasessionmanageradministering102x/ManagingUsers_Concept/"
	            "managing-communicationprofiles/SimultaneousDeviceRegistrations.html, "
	            "https://documentation.avaya.com/en-us/"
	            "home/bundle/"
	            "avaya-experience-platform-public-cloud/ExperiencePlatform_Administering_10/"
	            "administering-avayaexperienceplatformon-premconnect/"
	            "user-management-bysynchronization/"
	            "Guidance_on_configuring_users_on_System_Manager_for_synchronization.html, "
	            "https://www.easymanua.ls/avaya/9608/manual/548976?p=108" },
	{ .name = "avaya-ipoffice",
	  .title = "Avaya IP Office",
	  .unset = "no page of the vendor that was found names a value for devices",
	  .quirks = "The Auth Password is the Login Code of the extension, digits alone, not the "
	            "password of the user. After 5 wrong ones in 10 minutes it leaves the "
	            "extension without an answer, even with the right one, for 10 minutes, and "
	            "for longer while it goes on trying; after 10 it does so with the address. Of "
	            "two devices with one login the first is shut out for 5 minutes when it comes "
	            "back. System Status lists them under VoIP Security: Blacklisted Extensions, "
	            "Blacklisted Addresses, Quarantined Phones. An extension can be bound to one "
	            "address, and the system to certain User-Agents.",
	  .source = "https://documentation.avaya.com/en-us/"
	            "home/bundle/ip-office/"
	            "IPOfficeSecurity/overview/Password_and_PIN_Management/"
	            "User_Passwords_and_Login_Codes.html, "
	            "https://documentation.avaya.com/es-XL/bundle/IPOfficeSystemStatus/page/"
	            "Blacklisted_Extensions.html, "
	            "https://documentation.avaya.com/en-us/"
	            "home/bundle/ip-office/"
	            "IPOfficeSystemStatus/status-menus/System/VoIP_Security/"
	            "Blacklisted_Addresses.html, "
	            "https://documentation.avaya.com/en-us/"
	            "home/bundle/ip-office/"
	            "IPOfficeSystemStatus/status-menus/System/VoIP_Security/"
	            "Quarantined_Phones.html, "
	            "https://documentation.avaya.com/en-us/"
	            "home/bundle/ip-office/"
	            "IPOfficeWebManagerR12_3/the-call-managementmenu/CallMgmtExtentions/"
	            "CallMgmtExtnAddExtnSIPVoIP.html, "
	            "https://documentation.avaya.com/en-us/"
	            "home/bundle/ip-office/"
	            "IPOfficeWebManagerR12_3/the-system-settingsmenu/SysSettingsSystem/"
	            "SysSystemVoIP/SysSettingsSystemAccessControlLists.html" },
	{ .name = "broadworks",
	  .title = "Cisco BroadWorks",
	  .proxy = "the provider's, from its portal",
	  .unset = "each provider has transports, times and a proxy of its own",
	  .quirks = "It shows itself by a challenge whose realm is \"BroadWorks\" and whose nonce "
	            "begins so. The Extension is the line/port of the device, as 2405552222_2, "
	            "and need not be the telephone number; the Auth User is the one of its "
	            "authentication service, often another. Domain, proxy and these are in the "
	            "portal of the provider: take each as it stands there.",
	  .source = "https://www.cisco.com/c/en/us/support/docs/unified-communications/"
	            "webex-calling/221935-troubleshoot-hoteling-in-mpp-devices-for.html, "
	            "https://manualshive.com/ru/manual/cisco/"
	            "broadsoft-broadworks-spectralink-84-series/67747?page=25" },
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
	  .domain = "dus.net",
	  .srv = "yes",
	  .quirks = "The domain is proxy.dus.net; over TLS it is secure.dus.net, where calls are "
	            "encrypted, too.",
	  .source = "https://www.dus.net/en/sip" },
	{ .name = "easybell",
	  .title = "easybell (Germany)",
	  .domain = "easybell.de",
	  .expires = "3600",
	  .quirks = "The domain is voip.easybell.de for a number and another for a device of the "
	            "Cloud PBX: the portal names it beside the SIP user name. TLS is taken at "
	            "port 5061. A time below 600 s is not taken. (Port and times are from a list "
	            "that users keep, not from the provider.)",
	  .source = "https://en.easybell.de/help/questions/"
	            "questions-concerning-the-internet-connection/answer/"
	            "how-can-i-change-my-sip-password.html, "
	            "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
	{ .name = "flowroute",
	  .title = "Flowroute",
	  .domain = "flowroute.com",
	  .expires = "600",
	  .keep_alive = "options",
	  .quirks = "The Auth User is the number of the account; the Extension may be a number of "
	            "yours. An account holds 24 registrations at once, and a call that is routed "
	            "by registration rings all of them.",
	  .source = "https://support.bcmone.com/flowroute-support/docs/"
	            "how-many-simultaneous-sip-registrations-are-allowed, "
	            "https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/"
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
	  .unset = "its SIP settings decide, and no page that was found names a value for devices",
	  .quirks = "The Extension is of its range for users, 1000 to 6299 unless that was "
	            "changed. The extension's \"Strategy\" can let in the local subnet or one "
	            "address alone. With Fail2Ban on, which it is not as delivered, an address "
	            "that fails too often is shut out for minutes. With \"Reject Non-Matching "
	            "INVITE\" on it answers an Extension that it does not know with 401 like a "
	            "wrong password; with it off it tells the two apart. (From its manuals, where "
	            "others keep them.)",
	  .source = "https://www.manualslib.com/manual/1529657/"
	            "Grandstream-Networks-Ucm6100-Series.html?page=316, "
	            "https://www.manualslib.com/manual/1653544/"
	            "Grandstream-Networks-Ucm-Series.html?page=12, "
	            "https://www.easymanua.ls/grandstream-networks/ucm6204/manual?p=64, "
	            "https://azmanual.top/manuals/770395/"
	            "grandstream-ucm6100-user-manual-for-10925.html?page=261" },
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
	  .domain = "sip.linphone.org",
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
	  .source = "https://productdocuments.mitel.com/AEM/Applications/"
	            "MiVoice%20Border%20Gateway/11.0/MBG%20Online%20Help/HTML5/MBG_Online_Help/"
	            "Content/TUG/Add_or_Edit_SIP_Devices.html, "
	            "https://web-dev.mitel.com/document-center/applications/"
	            "mivoice-border-gateway/11.5sp1/en/mbg-online-help" },
	{ .name = "netcologne",
	  .title = "NetCologne, NetAachen (Germany)",
	  .domain = "netcologne.de",
	  .transport = "udp",
	  .quirks = "The domain is sip.netcologne.de; the Extension is the number with its area "
	            "code, without the 0 in front. Each number has a password of its own, made in "
	            "the portal. (All of it is from a list that users keep, not from the "
	            "provider.)",
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
	  .domain = "ringcentral.com",
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
	  .domain = "sipgate.de",
	  .proxy = "sip.sipgate.de for basic, proxy.live.sipgate.de for team; the domain stays "
	           "sipgate.de",
	  .unset = "it takes UDP, on some of its products TCP and TLS, and names no time",
	  .quirks = "The domain is sipgate.de also where a proxy is set: with the proxy's name as "
	            "the domain the login is refused. Extension and Auth User are the SIP-ID of "
	            "the device, with its own SIP password, not the number and not the login of "
	            "the portal.",
	  .source = "https://github.com/amooma/GS5/issues/313, "
	            "https://gist.github.com/electroniceel/478a0b3c7ae572e01482f9caee491f63, "
	            "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
	{ .name = "starface",
	  .title = "STARFACE",
	  .agents = { "STARFACE PBX" },
	  .unset = "it takes SIP over UDP and over TCP at port 5060",
	  .quirks = "Extension and Auth User are the name of the phone's account there "
	            "(\"Telefonname\"), not the number of its user; the Auth Password is that of "
	            "this account. TLS is off as delivered, and can be switched on for "
	            "the phones of some makers.",
	  .source = "https://knowledge.starface.de/plugins/viewsource/"
	            "viewpagesrc.action?pageId=46565620, "
	            "https://knowledge.starface.de/pages/viewpage.action?pageId=46565645, "
	            "https://knowledge.starface.de/plugins/viewsource/"
	            "viewpagesrc.action?pageId=264110085" },
	{ .name = "swisscom",
	  .title = "Swisscom, line at home",
	  .domain = "swisscom.ch",
	  .proxy = "the one that comes with the line's SIP data, as fs1.ims.swisscom.ch: it is "
	           "not the domain",
	  .unset = "the SIP data of the line names neither transport nor time",
	  .quirks = "The domain is swisscom.ch. The Extension is the number as +41...; the Auth "
	            "User is another name, which ends in @swisscom.ch.",
	  .source = "https://github.com/sipsorcery-org/sipsorcery/issues/31, "
	            "https://github.com/sipsorcery-org/sipsorcery/issues/1030" },
	{ .name = "telekom",
	  .title = "Deutsche Telekom, line at home (tel.t-online.de)",
	  .domain = "tel.t-online.de",
	  .srv = "yes",
	  .quirks = "The domain tel.t-online.de has SRV records only, and no address. The "
	            "Extension is the number as +49...; at the line's own access the Auth User is "
	            "anonymous@t-online.de, with no password. A time of 300 s is refused with "
	            "423. From the network of another provider nothing registers.",
	  .source = "https://www.telekom.de/hilfe/internet-telefonie/telefonie/"
	            "voice-over-ip-sip-client, https://github.com/arnonym/ha-plugins/issues/30, "
	            "https://github.com/arnonym/ha-plugins/issues/132, "
	            "https://github.com/haumacher/phoneblock/issues/363, "
	            "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
	{ .name = "telnyx",
	  .title = "Telnyx, credentials connection",
	  .domain = "telnyx.com",
	  .transport = "udp",
	  .quirks = "The domain is the one of your region: sip.telnyx.com, sip-eu.telnyx.com, "
	            "sip-ca.telnyx.com or sip-au.telnyx.com. The Auth User is the user name of "
	            "the connection, with its password. UDP is what it recommends; TLS is 1.2 at "
	            "least, at port 5061.",
	  .source = "https://developers.telnyx.com/docs/voice/sip-trunking/"
	            "network-configuration/srv-records, "
	            "https://developers.telnyx.com/docs/voice/sip-trunking/authentication/"
	            "credential-types/index" },
	{ .name = "twilio",
	  .title = "Twilio SIP domain",
	  .agents = { "Twilio" },
	  .domain = "twilio.com",
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
	  .domain = "arcor.de",
	  .transport = "udp",
	  .proxy = "the area code with its 0, then .sip.arcor.de, as 0211.sip.arcor.de",
	  .quirks = "The Extension is the number with its area code, as 02111234567. The domain "
	            "is arcor.de with that proxy, or the name of the proxy without one. The Auth "
	            "Password is the SIP password of MeinVodafone, not that of the account. There "
	            "is no TLS. Users report that it lets routers register and no telephones.",
	  .source = "https://forum.vodafone.de/t5/Community-Blog/"
	            "SIP-Daten-Festnetz-Telefonie-f%C3%BCr-Deinen-eigenen-Router/ba-p/3044338, "
	            "https://openwrt.org/docs/guide-user/services/voip/asterisk, "
	            "https://github.com/i-p-tel/sipdroid/issues/67, "
	            "https://github.com/haumacher/phoneblock/blob/master/phoneblock-dongle/"
	            "PROVIDERS.md" },
	{ .name = "vonage",
	  .title = "Vonage",
	  .domain = "nexmo.com",
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
	  .quirks = "The device is added in the portal first, with its MAC address. Without TLS "
	            "and SRTP none can register there; those of Algo need the certificate of "
	            "their maker for it, so that one of your own (tls-cert) may be asked for.",
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

/* Whether a host is a domain or in it. */
static bool is_in(struct slice host, struct slice domain)
{
	size_t at = host.n - domain.n;

	return host.n >= domain.n && slice_equal_nocase(slice_from(host, at), domain) &&
	       (at == 0 || host.p[at - 1] == '.');
}

const struct config_profile *config_profile_of_host(struct slice host)
{
	if (host.n && host.p[host.n - 1] == '.')
		host.n--; /* the root's */
	for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++)
		if (profiles[i].domain && is_in(host, slice_str(profiles[i].domain)))
			return &profiles[i];
	return NULL;
}

const struct config_profile *config_profile_met(struct slice host, struct slice agent)
{
	const struct config_profile *profile = config_profile_of_host(host);

	return profile ? profile : config_profile_of_agent(agent);
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
