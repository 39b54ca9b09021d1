/* dns/ask.c: dns/ask.h on c-ares, driven by the loop.
 *
 * c-ares reads the raw answers for us to read (its own parsers know no TTL of SRV and NAPTR). Two
 * of its habits are kept away from the rooms above: it calls back in the middle of its own work, or
 * at once, so answers are handed over from a timer of ours; and it cannot take one question back,
 * so a cancelled one stays until c-ares is done with it, and nobody is told.
 *
 * Where a name server says SERVFAIL or REFUSED c-ares goes to the next one, as it should, but in
 * the end it reports that as if nobody had been there. So such a question is put once more, through
 * a second channel that takes what it hears. */
#include "dns/ask.h"

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <uv.h>

#include "net/loop.h"
#include "net/net.h"

#define RESOLV_CONF   "/etc/resolv.conf"
#define PORT          53
#define TRY_MS        1000 /* c-ares doubles it from round to round: 7 s in all for one server */
#define TRIES         3
#define TICK_MS       100  /* how often c-ares is asked for time-outs while something is open */
#define LOOK_AGAIN_MS 1000 /* between two looks at whether resolv.conf has changed */

struct dns_asked {
	struct dns_ask *ask;
	struct dns_asked *next, **link; /* among the open ones, or the answered ones */
	struct dns_question question;
	enum dns_ask_how how;
	dns_asked_fn *fn; /* NULL: cancelled */
	void *ctx;
	bool answered;
	bool again; /* through the second channel */
	struct dns_set set;
};

/* A channel, for c-ares' calls to know where they belong. */
struct pipe {
	struct dns_ask *ask;
	ares_channel channel; /* NULL: could not be opened */
};

enum { FIRST, AGAIN, PIPES };

/* A socket of c-ares that the loop watches. */
struct watch {
	uv_poll_t poll;
	struct pipe *pipe;
	struct watch *next, **link;
	ares_socket_t fd;
};

struct dns_ask {
	struct net *net;
	uv_loop_t *loop;
	char *resolv_conf;
	uint16_t port;
	struct pipe pipes[PIPES];
	struct net_addr server; /* to be asked instead; family 0: none */
	struct watch *watches;
	struct dns_asked *open, *answered;
	unsigned live;            /* open and not cancelled: the loop waits for them */
	uv_timer_t *tick;         /* for c-ares' time-outs */
	struct net_timer *teller; /* hands answers over */
	bool reloading;           /* what c-ares gives back now is asked again */
	uint64_t looked_ms;
	uint32_t epoch;   /* one more each time that resolv.conf has changed */
	struct stat seen; /* resolv.conf as it was read */
};

static void list_add(struct dns_asked **list, struct dns_asked *asked)
{
	asked->next = *list;
	asked->link = list;
	if (*list)
		(*list)->link = &asked->next;
	*list = asked;
}

static void list_remove(struct dns_asked *asked)
{
	*asked->link = asked->next;
	if (asked->next)
		asked->next->link = asked->link;
}

static void asked_free(struct dns_asked *asked)
{
	list_remove(asked);
	free(asked->set.records);
	free(asked);
}

/* ---- the loop */

static void on_tick(uv_timer_t *timer)
{
	struct dns_ask *ask = timer->data;

	for (unsigned i = 0; i < PIPES; i++)
		if (ask->pipes[i].channel)
			ares_process_fd(ask->pipes[i].channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* A question that somebody waits for keeps the loop alive, and nothing else of this room does. */
static void live_add(struct dns_ask *ask)
{
	if (ask->live++ == 0)
		uv_ref((uv_handle_t *)ask->tick);
}

static void live_drop(struct dns_ask *ask)
{
	if (--ask->live == 0)
		uv_unref((uv_handle_t *)ask->tick);
}

/* The timer runs as long as c-ares has something to do, wanted or not. */
static void mind_tick(struct dns_ask *ask)
{
	if (!ask->open)
		uv_timer_stop(ask->tick);
	else if (!uv_is_active((uv_handle_t *)ask->tick))
		uv_timer_start(ask->tick, on_tick, TICK_MS, TICK_MS);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	bool failed = status < 0;

	ares_process_fd(watch->pipe->channel,
	                failed || events & UV_READABLE ? watch->fd : ARES_SOCKET_BAD,
	                failed || events & UV_WRITABLE ? watch->fd : ARES_SOCKET_BAD);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle);
}

static void watch_close(struct watch *watch)
{
	*watch->link = watch->next;
	if (watch->next)
		watch->next->link = watch->link;
	uv_poll_stop(&watch->poll);
	uv_close((uv_handle_t *)&watch->poll, on_closed);
}

static struct watch *watch_open(struct pipe *pipe, ares_socket_t fd)
{
	struct dns_ask *ask = pipe->ask;
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch || uv_poll_init(ask->loop, &watch->poll, fd) < 0) {
		free(watch); /* c-ares asks again when its time is out, then it fails */
		return NULL;
	}
	watch->poll.data = watch;
	watch->pipe = pipe;
	watch->fd = fd;
	watch->next = ask->watches;
	watch->link = &ask->watches;
	if (watch->next)
		watch->next->link = &watch->next;
	ask->watches = watch;
	uv_unref((uv_handle_t *)&watch->poll);
	return watch;
}

static void on_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct pipe *pipe = ctx;
	struct watch *watch = pipe->ask->watches;

	while (watch && watch->fd != fd)
		watch = watch->next;
	if (!readable && !writable) {
		if (watch)
			watch_close(watch);
		return;
	}
	if (!watch)
		watch = watch_open(pipe, fd);
	if (watch)
		uv_poll_start(&watch->poll,
		              (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
		              on_ready);
}

/* ---- the channel */

static int use_server(const struct dns_ask *ask, ares_channel channel)
{
	char text[NET_ADDR_TEXT_MAX];
	struct buf out = buf_over(text, sizeof(text));

	if (ask->server.any.sa_family == AF_UNSPEC)
		return 0;
	net_addr_show(&ask->server, &out);
	return buf_end(&out) || ares_set_servers_ports_csv(channel, text) != ARES_SUCCESS ? -ENOMEM
	                                                                                  : 0;
}

static int open_pipe(struct dns_ask *ask, unsigned i)
{
	struct pipe *pipe = &ask->pipes[i];
	struct ares_options options = {
		.flags = i == AGAIN ? ARES_FLAG_NOCHECKRESP : 0,
		.timeout = TRY_MS,
		.tries = i == AGAIN ? 1 : TRIES,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = pipe,
		.resolvconf_path = ask->resolv_conf,
		.udp_port = ask->port,
		.tcp_port = ask->port,
	};

	pipe->ask = ask;
	if (ares_init_options(&pipe->channel, &options,
	                      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	                              ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF |
	                              ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT) != ARES_SUCCESS) {
		pipe->channel = NULL;
		return -ENOMEM;
	}
	return use_server(ask, pipe->channel);
}

static int open_pipes(struct dns_ask *ask)
{
	int r;

	if (stat(ask->resolv_conf, &ask->seen) < 0)
		memset(&ask->seen, 0, sizeof(ask->seen));
	r = open_pipe(ask, FIRST);
	return r < 0 ? r : open_pipe(ask, AGAIN);
}

static void close_pipes(struct dns_ask *ask)
{
	for (unsigned i = 0; i < PIPES; i++) {
		if (ask->pipes[i].channel)
			ares_destroy(ask->pipes[i].channel);
		ask->pipes[i].channel = NULL;
	}
}

static bool is_open(const struct dns_ask *ask)
{
	return ask->pipes[FIRST].channel && ask->pipes[AGAIN].channel;
}

static void on_answer(void *ctx, int status, int timeouts, unsigned char *bytes, int n);

static void put(struct dns_asked *asked)
{
	static const int types[] = {
		[DNS_TYPE_A] = 1, [DNS_TYPE_AAAA] = 28, [DNS_TYPE_SRV] = 33, [DNS_TYPE_NAPTR] = 35
	};
	ares_channel channel = asked->ask->pipes[asked->again ? AGAIN : FIRST].channel;
	int type = types[asked->question.type];

	if (!channel)
		on_answer(asked, ARES_ENOMEM, 0, NULL, 0);
	else if (asked->how == DNS_ASK_LISTED)
		ares_search(channel, asked->question.name, 1, type, on_answer, asked);
	else
		ares_query(channel, asked->question.name, 1, type, on_answer, asked);
}

/* What is under way is asked again, of the new servers. Never from within c-ares. */
static void reload(struct dns_ask *ask)
{
	struct dns_asked *asked, *next;

	ask->reloading = true;
	close_pipes(ask);
	ask->reloading = false;
	(void)open_pipes(ask); /* else every question fails, and the next look tries again */
	for (asked = ask->open; asked; asked = next) {
		next = asked->next;
		asked->again = false;
		put(asked);
	}
}

static bool has_changed(const struct stat *a, const struct stat *b)
{
	return a->st_ino != b->st_ino || a->st_dev != b->st_dev || a->st_size != b->st_size ||
	       a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

/* DHCP and VPNs write the file anew; c-ares reads it once. */
static void mind_resolv_conf(struct dns_ask *ask)
{
	uint64_t now_ms = net_now_ms(ask->net);
	struct stat now;

	if (is_open(ask) && now_ms < ask->looked_ms + LOOK_AGAIN_MS)
		return;
	ask->looked_ms = now_ms;
	if (stat(ask->resolv_conf, &now) < 0)
		memset(&now, 0, sizeof(now));
	ask->epoch += has_changed(&now, &ask->seen);
	if (!is_open(ask) || has_changed(&now, &ask->seen))
		reload(ask);
}

/* ---- answers */

static enum dns_result result_of(int status)
{
	switch (status) {
	case ARES_ENODATA:
		return DNS_EMPTY;
	case ARES_ENOTFOUND:
		return DNS_UNKNOWN;
	case ARES_ETIMEOUT:
	case ARES_ECONNREFUSED:
	case ARES_EOF:
		return DNS_SILENT;
	case ARES_ENOMEM:
		return DNS_MEMORY;
	default:
		return DNS_FAILED;
	}
}

static void on_answer(void *ctx, int status, int timeouts, unsigned char *bytes, int n)
{
	struct dns_asked *asked = ctx;
	struct dns_ask *ask = asked->ask;
	struct dns_record *records;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION && ask->reloading)
		return;
	if (!asked->fn) {
		asked_free(asked);
		return;
	}
	if (status == ARES_ECONNREFUSED && !asked->again) {
		asked->again = true;
		put(asked);
		return;
	}
	list_remove(asked);
	list_add(&ask->answered, asked);
	asked->answered = true;
	records = calloc(DNS_RECORDS_MAX, sizeof(*records));
	asked->set = (struct dns_set){ .result = records ? result_of(status) : DNS_MEMORY,
		                       .records = records };
	if (records && bytes &&
	    (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND))
		dns_record_read(slice_of((const char *)bytes, (size_t)n), asked->question.type,
		                &asked->set);
	net_timer_set(ask->teller, net_now_ms(ask->net));
}

/* Those that have been answered until now; fn may do anything, free the ask as well. */
static void on_teller(void *ctx)
{
	struct dns_ask *ask = ctx;
	struct dns_asked *asked = ask->answered;
	struct dns_set set;
	dns_asked_fn *fn;
	void *fn_ctx;

	if (!asked)
		return;
	set = asked->set;
	fn = asked->fn;
	fn_ctx = asked->ctx;
	list_remove(asked);
	free(asked);
	if (ask->answered)
		net_timer_set(ask->teller, net_now_ms(ask->net));
	live_drop(ask);
	mind_tick(ask);
	fn(fn_ctx, &set);
	free(set.records);
}

/* ---- the interface */

int dns_ask_begin(struct dns_ask *ask, const struct dns_question *question, enum dns_ask_how how,
                  dns_asked_fn *fn, void *ctx, struct dns_asked **ret_asked)
{
	struct dns_asked *asked = calloc(1, sizeof(*asked));

	if (!asked)
		return -ENOMEM;
	mind_resolv_conf(ask);
	asked->ask = ask;
	asked->question = *question;
	asked->how = how;
	asked->fn = fn;
	asked->ctx = ctx;
	list_add(&ask->open, asked);
	live_add(ask);
	put(asked);
	mind_tick(ask);
	*ret_asked = asked;
	return 0;
}

void dns_ask_cancel(struct dns_asked *asked)
{
	struct dns_ask *ask = asked->ask;

	if (asked->answered) {
		asked_free(asked);
		if (!ask->answered)
			net_timer_set(ask->teller, NET_NEVER);
	} else {
		asked->fn = NULL;
	}
	live_drop(ask);
}

int dns_ask_use(struct dns_ask *ask, const struct net_addr *server)
{
	if (server) {
		ask->server = *server;
		if (!net_addr_port(server))
			net_addr_set_port(&ask->server, PORT);
	} else {
		memset(&ask->server, 0, sizeof(ask->server));
	}
	reload(ask);
	return is_open(ask) ? 0 : -ENOMEM;
}

uint32_t dns_ask_epoch(struct dns_ask *ask)
{
	mind_resolv_conf(ask);
	return ask->epoch;
}

unsigned dns_ask_servers(struct dns_ask *ask, struct net_addr *addrs, unsigned max)
{
	struct ares_addr_port_node *nodes = NULL;
	unsigned count = 0;

	mind_resolv_conf(ask);
	if (!is_open(ask) ||
	    ares_get_servers_ports(ask->pipes[FIRST].channel, &nodes) != ARES_SUCCESS)
		return 0;
	for (const struct ares_addr_port_node *at = nodes; at && count < max; at = at->next) {
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = at->addr.addr4 };
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

		memcpy(&v6.sin6_addr, &at->addr.addr6, sizeof(v6.sin6_addr));
		count += net_addr_from(at->family == AF_INET ? (struct sockaddr *)&v4
		                                             : (struct sockaddr *)&v6,
		                       &addrs[count]) == 0;
	}
	ares_free_data(nodes);
	return count;
}

static unsigned hosts_of(struct dns_ask *ask, const char *name, int family, struct net_addr *addrs,
                         unsigned max)
{
	struct hostent *entry;
	unsigned count = 0;

	if (ares_gethostbyname_file(ask->pipes[FIRST].channel, name, family, &entry) !=
	    ARES_SUCCESS)
		return 0;
	for (char **at = entry->h_addr_list; *at && count < max; at++) {
		struct sockaddr_in v4 = { .sin_family = AF_INET };
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

		if (entry->h_addrtype == AF_INET)
			memcpy(&v4.sin_addr, *at, sizeof(v4.sin_addr));
		else
			memcpy(&v6.sin6_addr, *at, sizeof(v6.sin6_addr));
		count += net_addr_from(entry->h_addrtype == AF_INET ? (struct sockaddr *)&v4
		                                                    : (struct sockaddr *)&v6,
		                       &addrs[count]) == 0;
	}
	ares_free_hostent(entry);
	return count;
}

unsigned dns_ask_hosts(struct dns_ask *ask, const char *name, struct net_addr *addrs, unsigned max)
{
	unsigned count;

	if (!is_open(ask))
		return 0;
	count = hosts_of(ask, name, AF_INET, addrs, max / 2);
	return count + hosts_of(ask, name, AF_INET6, addrs + count, max - count);
}

int dns_ask_new(struct net *net, const struct dns_ask_cfg *cfg, struct dns_ask **ret_ask)
{
	struct dns_ask *ask = calloc(1, sizeof(*ask));
	int r;

	if (!ask || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(ask);
		return -ENOMEM;
	}
	ask->net = net;
	ask->loop = net_loop(net);
	ask->resolv_conf = strdup(cfg->resolv_conf ? cfg->resolv_conf : RESOLV_CONF);
	ask->port = cfg->port ? cfg->port : PORT;
	ask->tick = calloc(1, sizeof(*ask->tick));
	if (!ask->resolv_conf || !ask->tick) {
		free(ask->tick);
		free(ask->resolv_conf);
		free(ask);
		ares_library_cleanup();
		return -ENOMEM;
	}
	uv_timer_init(ask->loop, ask->tick);
	uv_unref((uv_handle_t *)ask->tick);
	ask->tick->data = ask;
	if ((r = net_timer_new(net, on_teller, ask, &ask->teller)) < 0 ||
	    (r = open_pipes(ask)) < 0) {
		dns_ask_free(ask);
		return r;
	}
	*ret_ask = ask;
	return 0;
}

void dns_ask_free(struct dns_ask *ask)
{
	if (!ask)
		return;
	close_pipes(ask); /* what was cancelled comes back, and goes */
	while (ask->watches)
		watch_close(ask->watches);
	uv_close((uv_handle_t *)ask->tick, on_timer_closed);
	net_timer_free(ask->teller);
	ares_library_cleanup();
	free(ask->resolv_conf);
	free(ask);
}
