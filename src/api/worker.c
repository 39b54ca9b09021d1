/* api/worker.c: threads for what writes or takes long, each with a store of its own. A call is
 * theirs from api_worker_post() until the front collects it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/own.h"

#define QUEUE_MAX 256 /* calls that wait */

static struct api_call *take(struct api_workers *workers)
{
	struct api_call *call;

	pthread_mutex_lock(&workers->lock);
	while (!workers->first && !workers->ends)
		pthread_cond_wait(&workers->more, &workers->lock);
	call = workers->ends ? NULL : workers->first;
	if (call) {
		workers->first = call->next;
		if (!workers->first)
			workers->last = &workers->first;
		workers->queued--;
	}
	pthread_mutex_unlock(&workers->lock);
	return call;
}

static void give_back(struct api_workers *workers, struct api_call *call)
{
	pthread_mutex_lock(&workers->lock);
	call->next = workers->done;
	workers->done = call;
	pthread_mutex_unlock(&workers->lock);
}

static void *run(void *ctx)
{
	struct api_worker *worker = ctx;
	struct api *api = worker->api;
	struct api_call *call;

	while ((call = take(&api->workers))) {
		call->store = worker->store;
		call->route->handle(call);
		give_back(&api->workers, call);
		net_async_send(api->bell);
	}
	return NULL;
}

bool api_worker_post(struct api_call *call)
{
	struct api_workers *workers = &call->api->workers;
	bool room;

	pthread_mutex_lock(&workers->lock);
	room = workers->queued < QUEUE_MAX && !workers->ends;
	if (room) {
		call->next = NULL;
		*workers->last = call;
		workers->last = &call->next;
		workers->queued++;
		pthread_cond_signal(&workers->more);
	}
	pthread_mutex_unlock(&workers->lock);
	return room;
}

void api_workers_collect(struct api *api)
{
	struct api_call *call;

	pthread_mutex_lock(&api->workers.lock);
	call = api->workers.done;
	api->workers.done = NULL;
	pthread_mutex_unlock(&api->workers.lock);
	while (call) {
		struct api_call *next = call->next;

		/* what the front reads of a call from here on, it reads by its own store */
		call->store = api->store;
		api_http_resume(call);
		call = next;
	}
}

static int start(struct api *api, struct api_worker *worker, char *reterr, size_t cap)
{
	const struct store_cfg cfg = { .path = api->store_path,
		                       .key_path = api->key_path,
		                       .log = { .sink = NULL },
		                       .mode = STORE_SHARE };
	struct store_found found;
	int err;

	worker->api = api;
	err = store_open(&cfg, &worker->store, &found, reterr, cap);
	if (err)
		return err;
	err = -pthread_create(&worker->thread, NULL, run, worker);
	if (err) {
		snprintf(reterr, cap, "no thread can be started: %s", strerror(-err));
		store_close(worker->store);
	}
	return err;
}

int api_workers_start(struct api *api, char *reterr, size_t cap)
{
	struct api_workers *workers = &api->workers;
	int err = 0;

	while (!err && workers->running < API_WORKERS) {
		err = start(api, &workers->workers[workers->running], reterr, cap);
		workers->running += !err;
	}
	return err;
}

void api_workers_stop(struct api *api)
{
	struct api_workers *workers = &api->workers;

	pthread_mutex_lock(&workers->lock);
	workers->ends = true;
	pthread_cond_broadcast(&workers->more);
	pthread_mutex_unlock(&workers->lock);
	while (workers->running) {
		struct api_worker *worker = &workers->workers[--workers->running];

		pthread_join(worker->thread, NULL);
		store_close(worker->store);
	}
	/* those that nobody began */
	while (workers->first) {
		struct api_call *call = workers->first;

		workers->first = call->next;
		call->status = 503;
		give_back(workers, call);
	}
	workers->last = &workers->first;
	workers->queued = 0;
	api_workers_collect(api);
}
