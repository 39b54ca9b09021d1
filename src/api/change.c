/* api/change.c: one change of the store, with who made it, in one transaction: what is not in the
 * audit has not happened. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "api/own.h"

struct store_audit api_change_audit(const struct api_call *call, const char *what,
                                    const char *object, const char *detail)
{
	return (struct store_audit){ .at_ms = call->now_ms,
		                     .who = call->who.name,
		                     .what = what,
		                     .object = object,
		                     .detail = detail };
}

static int write_audit(struct api_call *call, const char *what, const char *object,
                       const char *detail)
{
	const struct store_audit audit = api_change_audit(call, what, object, detail);

	return store_audit_write(call->store, &audit);
}

bool api_change_begin(struct api_call *call)
{
	int err = store_begin(call->store);

	if (err)
		api_refuse_store(call, err, NULL);
	return !err;
}

bool api_change_end(struct api_call *call, int err, const char *what, const char *object,
                    const char *detail)
{
	if (!err && !object)
		err = -ENOMEM;
	if (!err)
		err = write_audit(call, what, object, detail);
	return api_change_commit(call, err);
}

bool api_change_commit(struct api_call *call, int err)
{
	if (!err)
		err = store_commit(call->store);
	else
		store_rollback(call->store);
	if (err && call->status < 400)
		api_refuse_store(call, err, NULL);
	if (!err)
		agent_reload(call->api->agent);
	return !err;
}

void api_change_tell(struct api_call *call, const char *what, const char *object,
                     const char *detail)
{
	int err = write_audit(call, what, object, detail);

	if (err && call->status < 400)
		api_refuse_store(call, err, NULL);
}

/* ---- remarks */

void api_remark(struct api_call *call, const char *format, ...)
{
	struct api_remark *remark = api_arena_take(&call->arena, sizeof(*remark));
	char text[1024];
	va_list args;

	if (!remark || ++call->remark_count > API_REMARKS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*remark = (struct api_remark){ .text = api_arena_text(&call->arena, slice_str(text)) };
	*(call->remarks_end ? call->remarks_end : &call->remarks) = remark;
	call->remarks_end = &remark->next;
}

void api_remarks_put(struct api_call *call)
{
	struct json *json = api_out(call);

	if (!call->remarks)
		return;
	json_open_array(json, "remarks");
	for (const struct api_remark *remark = call->remarks; remark; remark = remark->next)
		if (remark->text) {
			json_put_string(json, NULL, slice_str(remark->text));
			api_flush(call);
		}
	json_close_array(json);
}
