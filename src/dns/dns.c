/* dns/dns.c: the system's resolver behind dns.h.
 *
 * getaddrinfo() blocks, so it runs on threads of this room: detached ones, a few at the most, each
 * gone when nothing is left to look up. (Not on libuv's: those are joined at exit, so that a silent
 * name server would hold up the end of the process.) A thread shares with the loop nothing but a
 * struct desk, which the last of them frees. */
#include "dns/dns.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "net/loop.h"

#define HOST_MAX    255
#define PORT_SIP    5060 /* RFC 3263 4.2 */
#define PORT_SIPS   5061
#define THREADS_MAX 8

/* What a thread works on. */
struct job {
	struct job *next;
	struct dns_query *query; /* read and written on the loop's side only; NULL: cancelled */
	int code;                /* of getaddrinfo() */
	struct addrinfo *found;
	int socktype;
	char host[HOST_MAX + 1];
};

/* Where the loop leaves jobs, and threads leave answers. */
struct desk {
	pthread_mutex_t lock; /* over all that follows */
	struct job *todo, **todo_end;
	struct job *done, **done_end;
	unsigned threads;
	uv_async_t *bell; /* rung when something is done; NULL: the dns is gone */
};

struct dns {
	struct desk *desk;
	uv_async_t bell;
	uv_idle_t idle; /* active while there are ready queries */
	struct dns_query *ready, **ready_end;
	unsigned ready_count;
	unsigned looking; /* queries with a job */
	unsigned handles; /* that are still closing */
};

struct dns_query {
	struct dns *dns;
	dns_found_fn *fn;
	void *ctx;
	uint16_t port;
	enum dns_transport transport;
	struct job *job; /* NULL: the query is ready, with its one target */
	struct dns_target target;
	struct dns_query *next, **link; /* among the ready ones */
};

static const char *const transport_names[] = {
	[DNS_UDP] = "udp",
	[DNS_TCP] = "tcp",
	[DNS_TLS] = "tls",
};

const char *dns_transport_name(enum dns_transport transport)
{
	return transport_names[transport];
}

static void job_free(struct job *job)
{
	if (job->found)
		freeaddrinfo(job->found);
	free(job);
}

static void jobs_free(struct job *jobs)
{
	while (jobs) {
		struct job *job = jobs;

		jobs = job->next;
		job_free(job);
	}
}

static void desk_free(struct desk *desk)
{
	jobs_free(desk->todo);
	jobs_free(desk->done);
	pthread_mutex_destroy(&desk->lock);
	free(desk);
}

/* The next job, or NULL where the thread shall end; called and left with the lock held. */
static struct job *next_job(struct desk *desk)
{
	struct job *job = desk->bell ? desk->todo : NULL;

	if (job) {
		desk->todo = job->next;
		if (!desk->todo)
			desk->todo_end = &desk->todo;
	}
	return job;
}

static void look_up(struct job *job)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = job->socktype };

	job->code = getaddrinfo(job->host, NULL, &hints, &job->found);
	if (job->code)
		job->found = NULL;
}

static void *thread_main(void *arg)
{
	struct desk *desk = arg;
	struct job *job;
	bool last;

	pthread_mutex_lock(&desk->lock);
	while ((job = next_job(desk))) {
		pthread_mutex_unlock(&desk->lock);
		look_up(job);
		pthread_mutex_lock(&desk->lock);
		job->next = NULL;
		*desk->done_end = job;
		desk->done_end = &job->next;
		if (desk->bell)
			uv_async_send(desk->bell);
	}
	last = --desk->threads == 0 && !desk->bell;
	pthread_mutex_unlock(&desk->lock);
	if (last)
		desk_free(desk);
	return NULL;
}

/* Starts a thread that takes no signal of the process. Returns 0 or an errno. */
static int thread_start(struct desk *desk)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int error = pthread_attr_init(&attr);

	if (error)
		return error;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attr, thread_main, desk);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

/* Puts a job on the desk. Returns 0 or -ENOMEM, and then the job is the caller's. */
static int desk_put(struct desk *desk, struct job *job)
{
	int error = 0;

	pthread_mutex_lock(&desk->lock);
	if (desk->threads < THREADS_MAX && thread_start(desk) == 0)
		desk->threads++;
	if (desk->threads == 0) {
		error = -ENOMEM;
	} else {
		*desk->todo_end = job;
		desk->todo_end = &job->next;
	}
	pthread_mutex_unlock(&desk->lock);
	return error;
}

/* Takes a job back that no thread has begun. */
static bool desk_take_back(struct desk *desk, struct job *job)
{
	bool found = false;

	pthread_mutex_lock(&desk->lock);
	for (struct job **at = &desk->todo; *at; at = &(*at)->next) {
		if (*at != job)
			continue;
		*at = job->next;
		if (!job->next)
			desk->todo_end = at;
		found = true;
		break;
	}
	pthread_mutex_unlock(&desk->lock);
	return found;
}

static enum dns_result result_of(int code)
{
	switch (code) {
	case 0:
		return DNS_FOUND;
	case EAI_NONAME:
		return DNS_UNKNOWN;
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return DNS_EMPTY;
	case EAI_AGAIN:
		return DNS_SILENT;
	default:
		return DNS_FAILED;
	}
}

static bool known(const struct dns_target *targets, unsigned count, const struct net_addr *addr)
{
	for (unsigned i = 0; i < count; i++)
		if (net_addr_equal(&targets[i].addr, addr))
			return true;
	return false;
}

/* Keeps the order, which is that of RFC 6724. */
static unsigned collect(const struct addrinfo *found, uint16_t port, enum dns_transport transport,
                        struct dns_target targets[DNS_TARGETS_MAX])
{
	unsigned count = 0;

	for (; found && count < DNS_TARGETS_MAX; found = found->ai_next) {
		struct net_addr addr;

		if (net_addr_from(found->ai_addr, &addr))
			continue;
		net_addr_set_port(&addr, port);
		if (!known(targets, count, &addr))
			targets[count++] = (struct dns_target){ addr, transport };
	}
	return count;
}

/* An open look-up is something that the loop waits for. */
static void looking_add(struct dns *dns)
{
	if (dns->looking++ == 0)
		uv_ref((uv_handle_t *)&dns->bell);
}

static void looking_drop(struct dns *dns)
{
	if (--dns->looking == 0)
		uv_unref((uv_handle_t *)&dns->bell);
}

/* After fn the dns may be gone. */
static void answer(const struct job *job)
{
	struct dns_target targets[DNS_TARGETS_MAX];
	struct dns_query query = *job->query;
	enum dns_result result = result_of(job->code);
	unsigned count = collect(job->found, query.port, query.transport, targets);

	free(job->query);
	looking_drop(query.dns);
	if (result == DNS_FOUND && count == 0)
		result = DNS_EMPTY;
	query.fn(query.ctx, result, count ? targets : NULL, count);
}

static void on_bell(uv_async_t *bell)
{
	struct dns *dns = bell->data;
	struct desk *desk = dns->desk;
	struct job *done;

	pthread_mutex_lock(&desk->lock);
	done = desk->done;
	desk->done = NULL;
	desk->done_end = &desk->done;
	pthread_mutex_unlock(&desk->lock);
	while (done) {
		struct job *job = done;

		if (job->query)
			answer(job);
		done = job->next;
		job_free(job);
	}
}

static void ready_remove(struct dns_query *query)
{
	struct dns *dns = query->dns;

	*query->link = query->next;
	if (query->next)
		query->next->link = query->link;
	else
		dns->ready_end = query->link;
	if (--dns->ready_count == 0)
		uv_idle_stop(&dns->idle);
}

/* The one that has been ready longest. */
static struct dns_query *ready_take(struct dns *dns)
{
	struct dns_query *query = dns->ready;

	dns->ready = query->next;
	if (dns->ready)
		dns->ready->link = &dns->ready;
	else
		dns->ready_end = &dns->ready;
	if (--dns->ready_count == 0)
		uv_idle_stop(&dns->idle);
	return query;
}

/* Answers those that are ready now; those that the answers ask for come a turn later. */
static void on_idle(uv_idle_t *idle)
{
	struct dns *dns = idle->data;

	/* A closed dns lasts until the end of the turn. */
	for (unsigned count = dns->ready_count; count && dns->ready; count--) {
		struct dns_query *query = ready_take(dns);
		struct dns_target target = query->target;
		dns_found_fn *fn = query->fn;
		void *ctx = query->ctx;

		free(query);
		fn(ctx, DNS_FOUND, &target, 1);
	}
}

static void ready_add(struct dns_query *query)
{
	struct dns *dns = query->dns;

	query->link = dns->ready_end;
	*dns->ready_end = query;
	dns->ready_end = &query->next;
	if (dns->ready_count++ == 0)
		uv_idle_start(&dns->idle, on_idle);
}

static int desk_new(struct desk **ret_desk)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return -ENOMEM;
	if (pthread_mutex_init(&desk->lock, NULL)) {
		free(desk);
		return -ENOMEM;
	}
	desk->todo_end = &desk->todo;
	desk->done_end = &desk->done;
	*ret_desk = desk;
	return 0;
}

int dns_new(struct net *net, struct dns **ret_dns)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	int error;

	if (!dns)
		return -ENOMEM;
	error = desk_new(&dns->desk);
	if (error)
		goto out_dns;
	error = uv_async_init(net_loop(net), &dns->bell, on_bell);
	if (error)
		goto out_desk;
	uv_unref((uv_handle_t *)&dns->bell);
	uv_idle_init(net_loop(net), &dns->idle);
	dns->bell.data = dns;
	dns->idle.data = dns;
	dns->desk->bell = &dns->bell;
	dns->ready_end = &dns->ready;
	*ret_dns = dns;
	return 0;

out_desk:
	desk_free(dns->desk);
out_dns:
	free(dns);
	return error;
}

static void on_closed(uv_handle_t *handle)
{
	struct dns *dns = handle->data;

	if (--dns->handles == 0)
		free(dns);
}

void dns_free(struct dns *dns)
{
	struct desk *desk;
	bool last;

	if (!dns)
		return;
	desk = dns->desk;
	pthread_mutex_lock(&desk->lock);
	desk->bell = NULL;
	last = desk->threads == 0;
	pthread_mutex_unlock(&desk->lock);
	if (last)
		desk_free(desk);
	dns->handles = 2;
	uv_close((uv_handle_t *)&dns->bell, on_closed);
	uv_close((uv_handle_t *)&dns->idle, on_closed);
}

/* Has a thread look the host up. Returns 0 or -ENOMEM. */
static int ask(struct dns_query *query, struct slice host)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -ENOMEM;
	memcpy(job->host, host.p, host.n);
	job->socktype = query->transport == DNS_UDP ? SOCK_DGRAM : SOCK_STREAM;
	job->query = query;
	query->job = job;
	if (desk_put(query->dns->desk, job)) {
		free(job);
		return -ENOMEM;
	}
	looking_add(query->dns);
	return 0;
}

int dns_locate(struct dns *dns, const struct dns_where *where, dns_found_fn *fn, void *ctx,
               struct dns_query **ret_query)
{
	struct slice host = where->host;
	struct dns_query *query;

	if (host.n == 0 || host.n > HOST_MAX || memchr(host.p, '\0', host.n))
		return -EINVAL;
	query = malloc(sizeof(*query));
	if (!query)
		return -ENOMEM;
	*query = (struct dns_query){
		.dns = dns,
		.fn = fn,
		.ctx = ctx,
		.port = where->port,
		.transport = where->transport,
	};
	if (query->port == 0)
		query->port = where->transport == DNS_TLS ? PORT_SIPS : PORT_SIP;
	if (net_addr_parse(host, query->port, &query->target.addr) == 0) {
		query->target.transport = where->transport;
		ready_add(query);
	} else if (ask(query, host)) {
		free(query);
		return -ENOMEM;
	}
	*ret_query = query;
	return 0;
}

void dns_cancel(struct dns_query *query)
{
	struct dns *dns = query->dns;

	if (!query->job) {
		ready_remove(query);
	} else {
		/* One that a thread is at, or that is done, is thrown away by the loop. */
		if (desk_take_back(dns->desk, query->job))
			job_free(query->job);
		else
			query->job->query = NULL;
		looking_drop(dns);
	}
	free(query);
}
