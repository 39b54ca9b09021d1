/* config/keys.c: the keys of each mapping, one row each. Everything that is said about a setting is
 * said here once: reading, checking, comparing, the export, docs/studio-file.md and the manual go
 * by these rows. */
#include <assert.h>

#include "base/guess.h"
#include "config/part.h"
#include "config/profile.h"

static const struct config_key file_keys[] = {
	[FILE_GENERAL] = { "general", .type = CONFIG_ONE, .of = CONFIG_GENERAL,
	                   .help = "what holds for all lines" },
	[FILE_SERVERS] = { "servers", .type = CONFIG_LIST, .of = CONFIG_SERVERS,
	                   .help = "the SIP servers; one that needs no settings of its own may be "
	                           "left out" },
	[FILE_STUDIOS] = { "studios", .type = CONFIG_LIST, .of = CONFIG_STUDIOS,
	                   .absent = CONFIG_REQUIRED,
	                   .help = "the studios with their lines; [] where there shall be none" },
};

static const struct config_key general_keys[] = {
	[GENERAL_DEFAULT_SERVER] = { "default-server", .type = CONFIG_SERVER,
	                             .help = "the server of lines that name none" },
	[GENERAL_SRV] = { "srv", .type = CONFIG_YES_NO, .fallback = "yes",
	                  .help = "whether a server's name is looked up as SRV (RFC 3263)" },
	[GENERAL_ON_STOP] = { "on-stop", .type = CONFIG_CHOICE, .choices = "remove keep",
	                      .fallback = "remove",
	                      .help = "what becomes of the registrations when the daemon ends: "
	                              "keep "
	                              "leaves them, for an upgrade that the PBX does not notice" },
	[GENERAL_HISTORY_DAYS] = { "history-days", .type = CONFIG_NUMBER, .min = 1, .max = 3650,
	                           .unit = "days", .fallback = "30",
	                           .help = "how long the history of every line is kept" },
	[GENERAL_SHARDS] = { "shards", .type = CONFIG_NUMBER, .min = 1, .max = 1024,
	                     .unit = "threads", .absent = CONFIG_STAYS,
	                     .help = "among how many threads the lines are divided; kept once it "
	                             "was "
	                             "chosen, since each has a local port of its own" },
	[GENERAL_SYSLOG_TRANSPORT] = { "syslog-transport", .type = CONFIG_CHOICE,
	                               .choices = "none udp tcp", .fallback = "none",
	                               .help = "how the log is sent to a syslog host, too "
	                                       "(RFC 5424 over RFC 5426 or 6587)" },
	[GENERAL_SYSLOG_HOST] = { "syslog-host", .type = CONFIG_HOST,
	                          .help = "the name or address of that host" },
	[GENERAL_SYSLOG_PORT] = { "syslog-port", .type = CONFIG_NUMBER, .min = 1, .max = 65535,
	                          .help = "its port, where it is not 514 for udp and 601 for tcp" },
	[GENERAL_DNS] = { "dns", .type = CONFIG_ADDRESS,
	                  .help = "the name server that is asked, where not those of "
	                          "/etc/resolv.conf; serve --dns goes over it" },
};

static const struct config_key server_keys[] = {
	[SERVER_NAME] = { "name", .type = CONFIG_TEXT,
	                  .help = "what lines call it; the domain where it has no name of its "
	                          "own" },
	[SERVER_DOMAIN] = { "domain", .type = CONFIG_HOST, .absent = CONFIG_REQUIRED,
	                    .help = "its name or address, as in sip:EXTENSION@DOMAIN" },
	[SERVER_PORT] = { "port", .type = CONFIG_NUMBER, .min = 1, .max = 65535,
	                  .help = "its port, where it is not the one that DNS or the transport "
	                          "gives" },
	[SERVER_PROXY] = { "proxy", .type = CONFIG_PROXY,
	                   .help = "the outbound proxy that requests are sent to instead; "
	                           ";transport= or sips: in it goes before transport" },
	[SERVER_TRANSPORT] = { "transport", .type = CONFIG_CHOICE, .choices = "auto udp tcp tls",
	                       .fallback = "udp", .help = "how it is reached" },
	[SERVER_EXPIRES] = { "expires", .type = CONFIG_NUMBER, .min = 1, .max = 86400,
	                     .unit = "seconds", .fallback = "3600",
	                     .help = "how long a registration is asked to last" },
	[SERVER_RATE] = { "rate", .type = CONFIG_NUMBER, .min = 1, .max = 100000,
	                  .unit = "registrations per second",
	                  .help = "at most so many, on top of what the server's answers allow" },
	[SERVER_KEEP_ALIVE] = { "keep-alive", .type = CONFIG_CHOICE,
	                        .choices = "none crlf stun options", .fallback = "none",
	                        .help = "what is sent between registrations to keep a NAT open "
	                                "over UDP; over connections CRLF pings are sent, whatever "
	                                "is set" },
	[SERVER_INTERFACE] = { "interface", .type = CONFIG_INTERFACE,
	                       .help = "the network interface that its lines send over, by its "
	                               "name, or the address that they send from; as the routes "
	                               "have it where it is left out" },
	[SERVER_TLS_CA] = { "tls-ca", .type = CONFIG_PATH,
	                    .help = "the authorities that may vouch for it, where not the "
	                            "system's" },
	[SERVER_TLS_CERT] = { "tls-cert", .type = CONFIG_PATH,
	                      .help = "the certificate that is shown to it" },
	[SERVER_TLS_KEY] = { "tls-key", .type = CONFIG_PATH,
	                     .help = "the key of that certificate" },
	[SERVER_TLS_MIN] = { "tls-min", .type = CONFIG_CHOICE, .choices = "1.2 1.3",
	                     .fallback = "1.2",
	                     .help = "the lowest version of TLS that is spoken with it" },
	[SERVER_SRV] = { "srv", .type = CONFIG_CHOICE, .choices = "default yes no",
	                 .fallback = "default",
	                 .help = "whether its name is looked up as SRV; default: as in general" },
	[SERVER_PROFILE] = { "profile", .type = CONFIG_CHOICE, .choices = CONFIG_PROFILE_NAMES,
	                     .help = "the kind of PBX or provider that it is: what it wants is set "
	                             "where this file does not set it (lineup server profiles)" },
	[SERVER_CALLS] = { "calls", .type = CONFIG_CALLS,
	                   .help = "what becomes of calls to lines that do not say it themselves: "
	                           "turned away (unavailable, where it is left out), busy, or sent "
	                           "on to that address" },
	[SERVER_OUTBOUND] = { "outbound", .type = CONFIG_YES_NO, .fallback = "no",
	                      .help = "whether its lines register as RFC 5626 has it, each as one "
	                              "instance over a flow that is kept alive" },
	[SERVER_CONTACT_PARAMETERS] = { "contact-parameters", .type = CONFIG_PARAMETERS,
	                                .help = "more parameters of the Contact, for a provider "
	                                        "that wants some" },
	[SERVER_FLOWS] = { "flows", .type = CONFIG_NUMBER, .min = 1, .max = 2, .fallback = "1",
	                   .help = "with outbound: by how many flows each line registers; of two, "
	                           "one may be lost" },
	[SERVER_SECOND_PROXY] = { "second-proxy", .type = CONFIG_PROXY,
	                          .help = "with flows 2: the outbound proxy of the second flow, as "
	                                  "proxy; where it is left out it goes where the first "
	                                  "one does" },
	[SERVER_GRUU] = { "gruu", .type = CONFIG_YES_NO, .fallback = "no",
	                  .help = "whether its lines ask for an address that leads to this very "
	                          "device (RFC 5627), which is shown with the line" },
	[SERVER_ADDRESS_PARAMETERS] = { "address-parameters", .type = CONFIG_URI_PARAMETERS,
	                                .help = "parameters of the SIP address in To and From" },
	[SERVER_REQUEST_PARAMETERS] = { "request-parameters", .type = CONFIG_URI_PARAMETERS,
	                                .help = "parameters of the Request-URI" },
	[SERVER_HEADERS] = { "headers", .type = CONFIG_HEADERS,
	                     .help = "more header fields of a REGISTER; {extension} in them stands "
	                             "for the line's; a User-Agent takes the place of Lineup's" },
};

static const struct config_key studio_keys[] = {
	[STUDIO_NAME] = { "name", .column = "Studio", .type = CONFIG_TEXT,
	                  .absent = CONFIG_REQUIRED, .help = "what the studio is called" },
	[STUDIO_NOTE] = { "note", .type = CONFIG_TEXT, .help = "anything worth knowing about it" },
	[STUDIO_LINES] = { "lines", .type = CONFIG_LIST, .of = CONFIG_LINES, .help = "its lines" },
};

static const struct config_key line_keys[] = {
	[LINE_NUMBER] = { "number", .column = "Number", .type = CONFIG_NUMBER, .min = 1,
	                  .max = UINT32_MAX,
	                  .help = "its number in the studio; one more than the line before it "
	                          "where "
	                          "it is left out" },
	[LINE_NAME] = { "name", .column = "Name", .type = CONFIG_TEXT,
	                .help = "what the line is called" },
	[LINE_EXTENSION] = { "extension", .column = "Extension", .type = CONFIG_EXTENSION,
	                     .absent = CONFIG_REQUIRED,
	                     .help = "the extension at the server; in quotes, so that no other "
	                             "program reads 0755 as a number" },
	[LINE_AUTH_USER] = { "auth-user", .column = "Auth User", .type = CONFIG_USER,
	                     .help = "the name for the login, where it is not the extension" },
	[LINE_PASSWORD] = { "password", .column = "Auth Password", .type = CONFIG_SECRET,
	                    .absent = CONFIG_STAYS, .help = "the password for the login" },
	[LINE_PASSWORD_FILE] = { "password-file", .type = CONFIG_PATH, .absent = CONFIG_STAYS,
	                         .help = "a file that holds the password, seen from the folder of "
	                                 "this file" },
	[LINE_SERVER] = { "server", .column = "Server", .type = CONFIG_SERVER,
	                  .help = "name or address of its server; where it is left out, the "
	                          "default "
	                          "server" },
	[LINE_REGISTER] = { "register", .column = "Register", .type = CONFIG_YES_NO,
	                    .fallback = "yes", .help = "whether the line is kept registered" },
	[LINE_CONTACT] = { "contact", .column = "Contact", .type = CONFIG_URI,
	                   .help = "where calls shall go, where not to this program" },
	[LINE_CALLS] = { "calls", .column = "Calls", .type = CONFIG_CALLS,
	                 .help = "what becomes of calls that come to this program: turned away "
	                         "(unavailable), busy, or sent on to that address; as its server "
	                         "has it where it is left out" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const struct config_key *keys;
	size_t count;
} mappings[CONFIG_MAPPING_COUNT] = {
	[CONFIG_FILE] = { file_keys, COUNT(file_keys) },
	[CONFIG_GENERAL] = { general_keys, COUNT(general_keys) },
	[CONFIG_SERVERS] = { server_keys, COUNT(server_keys) },
	[CONFIG_STUDIOS] = { studio_keys, COUNT(studio_keys) },
	[CONFIG_LINES] = { line_keys, COUNT(line_keys) },
};

static_assert(COUNT(file_keys) == FILE_KEYS && COUNT(general_keys) == GENERAL_KEYS &&
                      COUNT(server_keys) == SERVER_KEYS && COUNT(studio_keys) == STUDIO_KEYS &&
                      COUNT(line_keys) == LINE_KEYS && SERVER_KEYS <= KEYS_MAX,
              "each index has its row");

const struct config_key *config_keys(enum config_mapping mapping, size_t *ret_count)
{
	*ret_count = mappings[mapping].count;
	return mappings[mapping].keys;
}

const struct config_key *config_key_find(enum config_mapping mapping, struct slice name)
{
	/* The one key that has two spellings. */
	if (slice_equal(name, SLICE("keepalive")))
		name = SLICE("keep-alive");
	for (size_t i = 0; i < mappings[mapping].count; i++)
		if (slice_equal(name, slice_str(mappings[mapping].keys[i].name)))
			return &mappings[mapping].keys[i];
	return NULL;
}

const struct config_key *config_key_at(enum config_mapping mapping, unsigned index)
{
	return &mappings[mapping].keys[index];
}

unsigned config_key_count(enum config_mapping mapping)
{
	return (unsigned)mappings[mapping].count;
}

static void put_number(const struct config_key *key, struct buf *out)
{
	buf_str(out, "a number ");
	if (key->unit) {
		buf_str(out, "of ");
		buf_str(out, key->unit);
		buf_char(out, ' ');
	}
	buf_str(out, "from ");
	buf_u64(out, key->min);
	buf_str(out, " to ");
	buf_u64(out, key->max);
}

/* "udp, tcp or tls" */
static void put_choices(const struct config_key *key, struct buf *out)
{
	for (struct slice rest = slice_str(key->choices), choice;
	     config_choice_take(&rest, &choice);) {
		if (choice.p != key->choices)
			buf_str(out, rest.n ? ", " : " or ");
		buf_put(out, choice);
	}
}

void config_key_takes(const struct config_key *key, struct buf *out)
{
	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_USER:
	case CONFIG_SECRET:
		buf_str(out, "text");
		break;
	case CONFIG_PATH:
		buf_str(out, "the path of a file");
		break;
	case CONFIG_NUMBER:
		put_number(key, out);
		break;
	case CONFIG_YES_NO:
		buf_str(out, "yes or no");
		break;
	case CONFIG_CHOICE:
		put_choices(key, out);
		break;
	case CONFIG_EXTENSION:
		buf_str(out, "an extension");
		break;
	case CONFIG_HOST:
		buf_str(out, "a host name or address");
		break;
	case CONFIG_PROXY:
		buf_str(out, "a host name or address, with or without a port, or a SIP URI of one");
		break;
	case CONFIG_ADDRESS:
		buf_str(out, "an IP address, with or without a port");
		break;
	case CONFIG_URI:
		buf_str(out, "a SIP URI, as in sip:desk@studio.example");
		break;
	case CONFIG_CALLS:
		buf_str(out, "unavailable, busy, or a SIP URI to send them on to");
		break;
	case CONFIG_PARAMETERS:
		buf_str(out, "parameters, as in ;ob;+sip.ice");
		break;
	case CONFIG_URI_PARAMETERS:
		buf_str(out, "parameters of a URI, as in ;user=phone");
		break;
	case CONFIG_HEADERS:
		buf_str(out, "header fields, as in Privacy: id, with a vertical bar between two");
		break;
	case CONFIG_INTERFACE:
		buf_str(out, "the name of a network interface, or an address of this machine");
		break;
	case CONFIG_SERVER:
		buf_str(out, "the name or the address of a server");
		break;
	case CONFIG_ONE:
		buf_str(out, "keys with values");
		break;
	case CONFIG_LIST:
		buf_str(out, "a list");
		break;
	}
}
