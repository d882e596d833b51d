import { serverGroups } from './documented-server.ts';
import {
  type Advice,
  alert,
  batches,
  costs,
  defaults,
  elsewhere,
  type Group,
  guard,
  headers,
  health,
  login,
  mcp,
  metrics,
  perKey,
  place,
  redis,
  sagemaker,
  telemetry,
  tls,
  todo,
  tokenOfCloud,
  unneeded,
  vectors,
} from './words.ts';

const litellm = 'litellm_settings';
const router = 'router_settings';
const cache = 'litellm_settings.cache_params';
const params = 'model_list[].litellm_params';
const info = 'model_list[].model_info';

/** Settings that LiteLLM documents and that no mapper reads. The names are theirs. */
const groups: readonly Group[] = [
  { section: litellm, names: 'callbacks success_callback failure_callback', advice: telemetry },
  {
    section: litellm,
    names: 'fallbacks default_fallbacks content_policy_fallbacks context_window_fallbacks',
    advice: todo('expected a list; write the chain into policies/70-fallback.yaml'),
  },
  {
    section: litellm,
    names:
      'service_callback service_callbacks audit_log_callbacks store_audit_logs langfuse_default_tags langfuse_public_key langfuse_secret_key langfuse_enable_update_trace_keys langsmith_batch_size argilla_transformation_object s3_callback_params aws_sqs_callback_params cold_storage_custom_logger logged_real_time_event_types log_raw_request_response global_disable_no_log_param allow_dynamic_callback_disabling redact_user_api_key_info extra_spend_tag_headers disable_add_user_agent_to_request_tags disable_end_user_cost_tracking request_correlation_in_logs',
    advice: telemetry,
  },
  {
    section: litellm,
    names:
      'custom_prometheus_metadata_labels custom_prometheus_tags prometheus_metrics_config prometheus_initialize_budget_metrics prometheus_emit_stream_label enable_end_user_cost_tracking_prometheus_only disable_end_user_cost_tracking_prometheus_only',
    advice: metrics,
  },
  {
    section: litellm,
    names: 'require_auth_for_metrics_endpoint',
    advice: todo('/metrics wants no key: keep it inside your network, or turn it off (telemetry.metrics)'),
  },
  {
    section: litellm,
    names:
      'guardrails llm_guard_mode llamaguard_model_name azure_content_safety_params google_moderation_confidence_threshold toxic_confidence_threshold banned_keywords_list blocked_user_list prompt_injection_params skip_system_message_in_guardrail vertex_ai_safety_settings compression_interception_params',
    advice: guard,
  },
  {
    section: litellm,
    names: 'global_prompt_directory global_bitbucket_config global_gitlab_config',
    advice: todo('prompts are files in the policies folder: plugin prompts'),
  },
  {
    section: litellm,
    names: 'ssl_verify ssl_certificate ssl_security_level ssl_ecdh_curve force_ipv4',
    advice: tls,
  },
  { section: litellm, names: 'mcp_aliases mcp_semantic_tool_filter', advice: mcp },
  {
    section: litellm,
    names:
      'max_end_user_budget_id tag_budget_config priority_reservation priority_reservation_settings default_team_settings key_generation_settings enable_key_alias_format_validation',
    advice: perKey,
  },
  {
    section: litellm,
    names:
      'enable_azure_ad_token_refresh default_vertex_config vertex_project vertex_location enable_model_config_credential_overrides',
    advice: tokenOfCloud,
  },
  {
    section: litellm,
    names:
      'model_group_settings forward_client_headers_to_llm_api forward_llm_provider_auth_headers add_user_information_to_llm_headers return_response_headers',
    advice: headers,
  },
  {
    section: litellm,
    names: 'enable_json_schema_validation',
    advice: todo('the plugin structured-output holds answers to their schema'),
  },
  {
    section: litellm,
    names: 'custom_provider_map',
    advice: todo('Python does not run here: a provider of your own is a plugin (docs/guide/plugins.md)'),
  },
  {
    section: litellm,
    names:
      'enable_preview_features disable_stop_sequence_limit LITELLM_DISABLE_STOP_SEQUENCE_LIMIT disable_hf_tokenizer_download disable_copilot_system_to_assistant disable_add_transform_inline_image_block use_chat_completions_url_for_anthropic_messages route_all_chat_openai_to_responses REPEATED_STREAMING_CHUNK_LIMIT network_mock check_provider_endpoint enable_loadbalancing_on_batch_endpoints reasoning_auto_summary forward_traceparent_to_llm_provider enable_redis_auth_cache enable_caching_on_provider_specific_optional_params timezone ui_theme_config',
    advice: unneeded('about a part that Sluice does not have, or does otherwise without being told'),
  },
  { section: litellm, names: 'master_key database_url', advice: place },
  {
    section: cache,
    names:
      'redis_startup_nodes service_name sentinel_nodes sentinel_password max_connections gcp_service_account gcp_ssl_ca_certs ssl ssl_cert_reqs ssl_check_hostname',
    advice: redis,
  },
  {
    section: cache,
    names:
      's3_bucket_name s3_region_name s3_aws_access_key_id s3_aws_secret_access_key s3_endpoint_url gcs_bucket_name gcs_path_service_account gcs_path disk_cache_dir',
    advice: elsewhere,
  },
  {
    section: cache,
    names: 'qdrant_collection_name qdrant_quantization_config qdrant_semantic_cache_vector_size',
    advice: vectors,
  },
  {
    section: cache,
    names: 'disable_copilot_system_to_assistant',
    advice: unneeded('GitHub Copilot is no provider here'),
  },
  {
    section: router,
    names: 'tag_filtering_match_any tag_routing_prefix',
    advice: todo("route by tag with a policy: route('tag', header('x-tag', 'a'), use('…'))"),
  },
  {
    section: router,
    names: 'deployment_affinity_ttl_seconds model_group_affinity_config',
    advice: unneeded('conversations stay at one target with X-Session-Id'),
  },
  { section: router, names: 'default_litellm_params', advice: defaults },
  {
    section: router,
    names: 'default_max_parallel_requests default_priority polling_interval',
    advice: todo('limit a provider or a target: limits of token-limiter, rpm and tpm in gateway.yaml'),
  },
  {
    section: router,
    names: 'retry_after model_group_retry_policy max_fallbacks',
    advice: todo(
      'retries and chains are those of policies/70-fallback.yaml; retry() of a policy says more for some requests',
    ),
  },
  {
    section: router,
    names: 'routing_strategy_args',
    advice: unneeded('strategies have no options: docs/reference/gateway-yaml.md'),
  },
  { section: router, names: 'alerting_config', advice: alert },
  { section: router, names: 'guardrail_list', advice: guard },
  { section: router, names: 'search_tools assistants_config', advice: mcp },
  {
    section: router,
    names: 'cache_responses cache_kwargs caching_groups cache_params',
    advice: todo('the cache is a plugin: policies/65-cache.yaml, stores.cache'),
  },
  {
    section: router,
    names: 'client_ttl debug_level set_verbose router_general_settings ignore_invalid_deployments',
    advice: unneeded('about a part that Sluice does not have, or does otherwise without being told'),
  },
  {
    section: params,
    names:
      'web_search_options thinking reasoning_effort top_k min_tokens max_new_tokens repetition_penalty voice input_type instructions instruction raw_scores safety_settings keep_alive serviceTier requestMetadata performanceConfig user_continue_message prompt_id use_chat_completions_api use_in_pass_through user_agent',
    advice: defaults,
  },
  {
    section: params,
    names: 'initial_prompt_value roles final_prompt_value bos_token eos_token',
    advice: todo('prompts are put together by the model’s server'),
  },
  {
    section: params,
    names:
      'vertex_ai_project vertex_ai_location vertex_ai_credentials vertex_count_tokens_location use_psc_endpoint_format project_id azure_scope azure_username azure_password aws_secret_access_id region_name',
    advice: tokenOfCloud,
  },
  { section: params, names: 'ssl_verify', advice: tls },
  {
    section: params,
    names: 'aws_sagemaker_allow_zero_temp adapter_id adapter_source adapter_base',
    advice: sagemaker,
  },
  {
    section: params,
    names:
      's3_bucket_name s3_region_name s3_access_key_id s3_secret_access_key s3_encryption_key_id aws_batch_role_arn',
    advice: batches,
  },
  { section: params, names: 'guardrails guardrailConfig', advice: guard },
  { section: params, names: 'vector_store_ids', advice: todo('Sluice has no vector stores for retrieval') },
  { section: params, names: 'qualifier invocationId', advice: todo('Sluice calls models, no agents') },
  {
    section: params,
    names: 'tag_regex adaptive_router_config complexity_router_config complexity_router_default_model',
    advice: todo('a policy routes by what is hard about a request; plugin classifier asks a small model'),
  },
  {
    section: params,
    names: 'cooldown_time',
    advice: todo('breakers are the same for all targets: breaker.cooldown in policies/70-fallback.yaml'),
  },
  {
    section: params,
    names: 'api_base api_key api_version',
    advice: todo('expected a text that is no list; write the provider by hand'),
  },
  {
    section: info,
    names:
      'input_cost_per_audio_token output_cost_per_audio_token web_search_billing_unit search_context_cost_per_query',
    advice: costs,
  },
  {
    section: router,
    names: 'fallbacks default_fallbacks content_policy_fallbacks context_window_fallbacks model_group_alias',
    advice: todo('expected names of models; write them into gateway.yaml and policies/70-fallback.yaml'),
  },
  { section: router, names: 'redis_db', advice: redis },
  {
    section: router,
    names:
      'enable_pre_call_check enable_health_check_routing health_check_staleness_threshold health_check_ignore_transient_errors disable_cooldowns',
    advice: health,
  },
];

/** Advice by path, for the table in `advice.ts`. */
export const documentedAdvice: Readonly<Record<string, Advice>> = Object.fromEntries([
  ...[...groups, ...serverGroups].flatMap(({ section, names, advice }) =>
    names.split(' ').map((name) => [`${section}.${name}`, advice] as const),
  ),
  ['model_list', todo('expected a list of models')],
  ['model_list[].model_name', todo('the entry was left out; see what is said of its other lines')],
  ['model_list[].rpm', todo('LiteLLM reads it under litellm_params; there it would be imported')],
  ['model_list[].tpm', todo('LiteLLM reads it under litellm_params; there it would be imported')],
  [
    'worker_registry',
    unneeded('workers of one gateway need no registry; several gateways share their stores'),
  ],
  ['tag_routing', todo('route by tag with a policy')],
  ['callbacks', place],
  ['default_litellm_params', defaults],
  ['litellm_jwtauth', login],
]);
