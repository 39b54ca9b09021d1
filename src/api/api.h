/* api/api.h: the daemon over HTTP: /api/v1 for programs and the page, /metrics, and events.
 *
 * It runs on a thread of its own, with a few more for what writes or takes long, so that a slow
 * client delays no REGISTER. TCP serves people and programs with a login; the UNIX socket serves
 * the command line of the same user, who needs none. README.md tells more, docs/openapi.yaml
 * describes every route. */
#ifndef LINEUP_API_API_H
#define LINEUP_API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/log.h"

struct net_addr;

struct agent;
struct api;

#define API_ADDRESSES_MAX 8

/* Strings are copied; the agent outlives the api. */
struct api_cfg {
	struct agent *agent;
	const char *store_path; /* of a store that this process has open, see store/store.h */
	const char *key_path;
	const char *const *addresses; /* "127.0.0.1:8080", "[::1]:0"; NULL at the end, or NULL */
	const char *const *hosts;     /* names that it may be called by beside those of the loopback
	                                 and its addresses; NULL at the end, or NULL */
	const char *socket_path;      /* of the UNIX socket; NULL: none */
	const char *version;
	const struct net_addr *dns; /* the name server to ask; NULL: those of resolv.conf */
	struct log log;             /* called in the api's thread */
};

/* Whether text can stand in addresses: an address or "localhost", with a port. */
bool api_is_address(const char *text);

/* Opens the sockets and begins to answer. *reterr (cap bytes) has a sentence on error: -EADDRINUSE,
 * -EACCES, -EINVAL (an address that is none, too many of them, a path that is too long), what
 * store_open() returns, -ENOMEM. */
int api_new(const struct api_cfg *cfg, struct api **ret_api, char *reterr, size_t reterr_cap);

/* Ends what is under way, within a few seconds, and removes the UNIX socket. */
void api_free(struct api *api);

/* "127.0.0.1:8080": where it listens, by the index in cfg.addresses; NULL beyond them. */
const char *api_address(const struct api *api, unsigned index);

/* Where the first login is made, or NULL: there is a login, or no TCP address. It holds a secret
 * and is for the person who started the daemon. */
const char *api_one_time_url(const struct api *api);

/* ---- the routes, for tests and documents */

struct api_route;

/* The route at an index: all there are, then NULL. */
const struct api_route *api_route_at(size_t index);
const char *api_route_method(const struct api_route *route);  /* "GET" */
const char *api_route_path(const struct api_route *route);    /* "/api/v1/lines/{id}" */
const char *api_route_role(const struct api_route *route);    /* "none", "viewer" ... */
const char *api_route_summary(const struct api_route *route); /* one line, no full stop */
const char *api_route_query(const struct api_route *route);   /* "offset limit", or "" */

#endif
