import {
  alert,
  batches,
  clientKeys,
  database,
  type Group,
  headers,
  health,
  login,
  mcp,
  perKey,
  todo,
  ui,
  unneeded,
} from './words.ts';

const general = 'general_settings';

/** Documented settings of the proxy itself that no mapper reads. */
export const serverGroups: readonly Group[] = [
  { section: general, names: 'alerting', advice: alert },
  {
    section: general,
    names:
      'alerting_args alert_to_webhook_url alert_type_config alerts spend_report_frequency datadog_api_key',
    advice: alert,
  },
  {
    section: general,
    names:
      'enable_oauth2_auth enable_oauth2_proxy_auth oauth2_config_mappings custom_sso custom_ui_sso_sign_in_handler auto_redirect_ui_login_to_sso allow_user_auth enforce_rbac role_permissions custom_auth_run_common_checks custom_auth_settings',
    advice: login,
  },
  {
    section: general,
    names:
      'UI_USERNAME UI_PASSWORD ui_access_mode disable_master_key_return disable_adding_master_key_hash_to_db disable_auto_add_proxy_admin_to_teams default_team_disabled control_plane_url litellm_license',
    advice: ui,
  },
  {
    section: general,
    names:
      'public_routes admin_only_routes allowed_routes use_client_credentials_pass_through_routes block_robots',
    advice: todo(
      'which routes need which key is fixed: docs/reference/http.md; narrow it in a proxy in front',
    ),
  },
  {
    section: general,
    names: 'allowed_ips use_x_forwarded_for',
    advice: todo(
      'clients are let in by key and certificate; addresses are a matter of the network or a proxy in front',
    ),
  },
  {
    section: general,
    names:
      'disable_prisma_schema_update disable_error_logs database_connection_pool_timeout database_connect_timeout database_socket_timeout database_statement_timeout database_lock_timeout database_extra_connection_params database_disable_prepared_statements disable_spend_updates use_redis_transaction_buffer proxy_batch_polling_interval supported_db_objects maximum_spend_logs_retention_interval maximum_spend_logs_cleanup_cron disable_reset_budget store_prompts_in_cold_storage',
    advice: database,
  },
  {
    section: general,
    names:
      'health_check_details enable_health_check_routing health_check_ignore_transient_errors health_check_concurrency health_check_staleness_threshold use_shared_health_check',
    advice: health,
  },
  {
    section: general,
    names:
      'mcp_client_side_auth_header_name mcp_internal_ip_ranges mcp_required_fields mcp_trusted_proxy_ranges enable_mcp_registry user_mcp_management_mode require_end_user_mcp_access_defined search_tools',
    advice: mcp,
  },
  {
    section: general,
    names: 'enforce_user_param enforced_params reject_clientside_metadata_tags missing_session_id',
    advice: todo(
      "a policy refuses what lacks something: onRequest('user', not(header('x-user-id')), deny(400, …))",
    ),
  },
  {
    section: general,
    names: 'user_header_name user_header_mappings',
    advice: todo('end users are named by X-User-Id, or by user in the body'),
  },
  { section: general, names: 'service_account_settings token_rate_limit_type', advice: perKey },
  {
    section: general,
    names: 'completion_model embedding_model image_generation_model moderation_model infer_model_from_keys',
    advice: todo('clients name an alias of models:; a policy sends them elsewhere with use()'),
  },
  { section: general, names: 'allow_client_side_credentials', advice: clientKeys },
  { section: general, names: 'forward_openai_org_id forward_llm_provider_auth_headers', advice: headers },
  {
    section: general,
    names: 'use_azure_key_vault use_google_kms',
    advice: todo(
      'secrets come from the environment, from files and from a HashiCorp Vault: docs/reference/gateway-yaml.md',
    ),
  },
  {
    section: general,
    names: 'disable_retry_on_max_parallel_request_limit_error',
    advice: unneeded('a limit of a key or tenant is never tried again'),
  },
  {
    section: general,
    names: 'enforce_fallback_model_access enforce_fallback_budget',
    advice: unneeded(
      'fallbacks are chosen by the owner of the gateway, and every attempt is held against all budgets',
    ),
  },
  {
    section: general,
    names:
      'disable_responses_id_security allow_unmanaged_response_ids disable_batch_input_file_rate_limiting skip_batch_input_file_rate_limiting_for_providers',
    advice: batches,
  },
  { section: general, names: 'otel', advice: todo('name an OpenTelemetry collector in telemetry.otlp') },
  { section: general, names: 'set_verbose', advice: unneeded('telemetry.log_level') },
];
