/* api/routes.h: the handlers, one for each row of api/routes.c. They leave their answer in the
 * call. */
#ifndef LINEUP_API_ROUTES_H
#define LINEUP_API_ROUTES_H

#include "api/own.h"

void api_page_get(struct api_call *call);
void api_asset_get(struct api_call *call);
void api_healthz(struct api_call *call);
void api_readyz(struct api_call *call);
void api_version_get(struct api_call *call);
void api_system_get(struct api_call *call);
void api_metrics(struct api_call *call);

void api_status(struct api_call *call);
void api_line_status(struct api_call *call);
void api_line_steps(struct api_call *call);
void api_line_history(struct api_call *call);
void api_line_uptime(struct api_call *call);
void api_causes_list(struct api_call *call);
void api_cause_get(struct api_call *call);
void api_log_list(struct api_call *call);
void api_events(struct api_call *call);

void api_general_get(struct api_call *call);
void api_general_change(struct api_call *call);
void api_servers_list(struct api_call *call);
void api_server_create(struct api_call *call);
void api_profiles_list(struct api_call *call);
void api_server_get(struct api_call *call);
void api_server_change(struct api_call *call);
void api_server_remove(struct api_call *call);
void api_studios_list(struct api_call *call);
void api_studio_create(struct api_call *call);
void api_studio_get(struct api_call *call);
void api_studio_change(struct api_call *call);
void api_studio_remove(struct api_call *call);
void api_lines_list(struct api_call *call);
void api_line_create(struct api_call *call);
void api_line_get(struct api_call *call);
void api_line_change(struct api_call *call);
void api_line_remove(struct api_call *call);
void api_line_register(struct api_call *call);
void api_line_unregister(struct api_call *call);
void api_line_check(struct api_call *call);
void api_check_get(struct api_call *call);

void api_apply(struct api_call *call);
void api_export(struct api_call *call);
void api_import(struct api_call *call);
void api_backup(struct api_call *call);
void api_restore(struct api_call *call);

void api_setup(struct api_call *call);
void api_session_create(struct api_call *call);
void api_session_get(struct api_call *call);
void api_session_password(struct api_call *call);
void api_session_end(struct api_call *call);
void api_logins_list(struct api_call *call);
void api_login_create(struct api_call *call);
void api_login_get(struct api_call *call);
void api_login_change(struct api_call *call);
void api_login_remove(struct api_call *call);
void api_tokens_list(struct api_call *call);
void api_token_create(struct api_call *call);
void api_token_remove(struct api_call *call);
void api_audit_list(struct api_call *call);

/* "REGISTERED" */
const char *api_state_name(enum reg_state state);

#endif
