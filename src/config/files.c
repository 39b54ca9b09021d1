/* config/files.c: the files that a server's settings name, seen from this process. One that is not
 * there is no fault of the settings: certificates often come later, and the daemon reads them when
 * it needs them. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config/part.h"

static const unsigned named[] = { SERVER_TLS_CA, SERVER_TLS_CERT, SERVER_TLS_KEY };

static const char *path_of(const struct store_server *server, unsigned index)
{
	return index == SERVER_TLS_CA     ? server->tls_ca
	       : index == SERVER_TLS_CERT ? server->tls_cert
	                                  : server->tls_key;
}

static bool put_lack(unsigned index, const char *path, struct buf *out)
{
	char memory[SHOWN_BYTES];

	if (!path || access(path, R_OK) == 0)
		return false;
	buf_str(out, config_key_at(CONFIG_SERVERS, index)->name);
	buf_str(out, " ");
	buf_str(out, config_shown(slice_str(path), memory));
	buf_str(out, " cannot be read now: ");
	buf_str(out, strerrordesc_np(errno));
	buf_str(out, "; no TLS connection is made until it can");
	return true;
}

static bool put_half(const char *cert, const char *key, struct buf *out)
{
	if (!cert == !key)
		return false;
	buf_str(out, "tls-cert and tls-key belong together: ");
	buf_str(out, cert ? "the key" : "the certificate");
	buf_str(out, " is missing");
	return true;
}

bool config_server_lacks(const struct store_server *server, unsigned n, struct buf *out)
{
	if (n < CONFIG_SERVER_LACKS - 1)
		return put_lack(named[n], path_of(server, named[n]), out);
	return put_half(server->tls_cert, server->tls_key, out);
}

void config_files_remark(struct config_notes *notes, const struct config_row *row)
{
	const struct store_server server = { .tls_ca = row->values[SERVER_TLS_CA].text,
		                             .tls_cert = row->values[SERVER_TLS_CERT].text,
		                             .tls_key = row->values[SERVER_TLS_KEY].text };

	for (unsigned n = 0; n < CONFIG_SERVER_LACKS; n++) {
		const struct config_value *at = &row->values[n < CONFIG_SERVER_LACKS - 1 ? named[n]
		                                             : server.tls_cert ? SERVER_TLS_CERT
		                                                               : SERVER_TLS_KEY];
		char memory[CONFIG_LACK_BYTES];
		struct buf text = buf_over(memory, sizeof(memory));

		if (config_server_lacks(&server, n, &text) && !buf_end(&text))
			config_note_remark(notes, at->line, at->column, "%s", memory);
	}
}
