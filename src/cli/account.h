/* cli/account.h: an account as the command line gives it, for the commands that register one line
 * or look into it. */
#ifndef LINEUP_CLI_ACCOUNT_H
#define LINEUP_CLI_ACCOUNT_H

#include <stdbool.h>

#include "cli/cli.h"
#include "config/config.h"
#include "dns/dns.h"
#include "net/tls.h"
#include "sip/aor.h"
#include "sip/demands.h"
#include "sip/proxy.h"

#define ACCOUNT_PASSWORD_MAX 1024 /* bytes */
#define ACCOUNT_TEXT_MAX     512  /* bytes of an auth user, realm or contact */

/* Rows of options that an account has and a server's settings have, too. */
#define PROXY_OPTION \
	{ \
		'x', "proxy", "URI", NULL, NULL, \
			"the outbound proxy that requests go to instead of to the server; " \
			";transport= or sips: in it " \
			"goes before what --transport sets" \
	}
#define TLS_OPTIONS \
	{ 0, \
	  "tls-ca", \
	  "FILE", \
	  NULL, \
	  NULL, \
	  "with TLS: the authorities to trust instead of the system's, a PEM file; lists of " \
	  "revoked " \
	  "certificates (CRL) in it are heeded" }, \
		{ 0, \
		  "tls-cert", \
		  "FILE", \
		  NULL, \
		  NULL, \
		  "with TLS: our certificate and its chain, a PEM file, where the server wants " \
		  "one" }, \
		{ 0, "tls-key", "FILE", NULL, NULL, "the key of --tls-cert, a PEM file" }, \
	{ \
		0, "tls-min", "VERSION", NULL, "1.2 1.3", \
			"with TLS: the lowest version that is spoken, 1.2 unless it is given" \
	}
#define INTERFACE_OPTION \
	{ \
		0, "interface", "NAME-OR-ADDRESS", NULL, NULL, \
			"the network interface to send over, or the address to send from; " \
			"otherwise as the routes " \
			"have it" \
	}
#define FLOWS_OPTIONS \
	{ 0, \
	  "flows", \
	  "NUMBER", \
	  NULL, \
	  "1 2", \
	  "with outbound: by how many flows to register, 1 unless it is given; of two, one may " \
	  "be lost" }, \
	{ \
		0, "second-proxy", "URI", NULL, NULL, \
			"with --flows 2: the outbound proxy of the second flow, as --proxy; " \
			"otherwise it goes where the " \
			"first one does" \
	}
#define DEMANDS_TEXT_OPTIONS \
	{ \
		0,      "contact-parameters", \
		"TEXT", NULL, \
		NULL,   "more parameters of the Contact, as in ;ob" \
	}, \
		{ 0,      "address-parameters", \
		  "TEXT", NULL, \
		  NULL,   "parameters of the SIP address in To and From, as in ;user=phone" }, \
		{ 0,      "request-parameters", \
		  "TEXT", NULL, \
		  NULL,   "parameters of the Request-URI, as in ;transport=udp" }, \
	{ \
		0, "headers", "TEXT", NULL, NULL, \
			"more header fields of a REGISTER: \"Name: value | Other: value\"; " \
			"{extension} in them stands " \
			"for the line's" \
	}

/* The options that account_read() and account_read_password() read, for a command's rows. */
#define ACCOUNT_OPTIONS \
	{ 'u', "auth-user", "USER", NULL, NULL, "the Auth User, where it is not the extension" }, \
		{ 'p', \
		  "password-file", \
		  "FILE", \
		  NULL, \
		  NULL, \
		  "read the Auth Password from FILE (- is standard input); else from the " \
		  "environment's " \
		  "LINEUP_PASSWORD; else it is asked for on the terminal" }, \
		{ 't', \
		  "transport", \
		  "NAME", \
		  NULL, \
		  "udp tcp tls auto", \
		  "how to reach the server; auto: as its name says (NAPTR, SRV). Else udp, or " \
		  "tls for a sips: " \
		  "address" }, \
		TLS_OPTIONS, PROXY_OPTION, \
		{ 'e', "expires", "SECONDS", "3600", NULL, "how long to ask for, 1 to 86400" }, \
		INTERFACE_OPTION, \
		{ 0,    "dns", "ADDRESS[:PORT]", \
		  NULL, NULL,  "the name server to ask; otherwise those of /etc/resolv.conf" }, \
		{ 0,    "no-srv", NULL, \
		  NULL, NULL,     "look up no SRV and NAPTR records: the server is its addresses" }, \
	{ \
		0, "realm", "REALM", NULL, NULL, \
			"answer no challenge of another realm; otherwise: any of this server's" \
	}

/* The options that account_read_demands() and account_read_flows() read: what a server asks of a
 * REGISTER, and by how many flows. */
#define DEMANDS_OPTIONS \
	{ 0,    "outbound", \
	  NULL, NULL, \
	  NULL, "register as RFC 5626 has it: one instance, over a flow that is kept alive" }, \
		{ 0,    "gruu", NULL, \
		  NULL, NULL,   "ask for an address that leads to this very device (RFC 5627)" }, \
		DEMANDS_TEXT_OPTIONS, FLOWS_OPTIONS

#define ACCOUNT_OPERAND "[sip:|sips:]EXTENSION@SERVER[:PORT]"

struct account {
	struct sip_aor aor;
	char auth_user[ACCOUNT_TEXT_MAX];
	char password[ACCOUNT_PASSWORD_MAX + 1]; /* wipe it */
	bool has_password;
	const char *realm;                 /* NULL: any */
	char proxy_host[SIP_HOST_MAX + 1]; /* "" for none */
	uint16_t proxy_port;
	enum dns_transport transport;
	struct net_tls_files tls; /* strings of the command line */
	const char *interface;    /* likewise; NULL: any */
	bool has_dns;
	struct net_addr dns; /* where has_dns: the name server to ask */
	enum dns_srv srv;
	uint32_t expires_s;
};

/* RFC 5626 4.2 */
struct account_flows {
	unsigned count;                     /* 1 or 2 */
	char second_host[SIP_HOST_MAX + 1]; /* proxy of the second flow; "": as of the first */
	uint16_t second_port;
	enum dns_transport second_transport; /* the account's where that proxy says none */
};

/* Reads and checks the only operand and all options but the password's. tries_tls: the command
 * tries TLS by itself, and takes its files with any transport. Returns CLI_OK or CLI_USAGE (the
 * person has been told). */
int account_read(const struct cli_args *args, bool tries_tls, struct account *ret_account);

/* Reads "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353"; the port is 0 where none is given.
 * The same returns. */
int account_read_dns(const struct cli_args *args, struct net_addr *ret_addr, bool *ret_given);

/* Reads what the server asks of a REGISTER; and one option that is a key of the settings, too
 * (NULL: it was not given). The same returns. */
int account_read_demands(const struct cli_args *args, struct sip_demands *demands);
int account_read_key(const struct cli_args *args, enum config_mapping mapping, const char *name,
                     const char **ret_given);

/* Reads a proxy; where the option was not given its host is "". The same returns. */
int account_read_proxy(const struct cli_args *args, const char *name, struct sip_proxy *ret_proxy);

/* Reads how many flows there shall be, of an account and its demands. The same returns. */
int account_read_flows(const struct cli_args *args, const struct account *account,
                       const struct sip_demands *demands, struct account_flows *ret_flows);

/* Then reads the password, from where the person said, or asks for it. The same returns. */
int account_read_password(const struct cli_args *args, struct account *account);

/* Checks a text that goes into a header: no control bytes, no blank at its ends, not empty. what
 * names it. The same returns. */
int account_check_text(const struct cli_args *args, const char *what, const char *text);

#endif
