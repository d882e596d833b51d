import type { Path } from '../../yaml/place.ts';
import { documentedAdvice } from './documented.ts';
import { type Advice, todo, unneeded } from './words.ts';

const metrics = unneeded('GET /metrics is there for Prometheus (telemetry.metrics)');
const otlp = todo(
  'name an OpenTelemetry collector in telemetry.otlp; Langfuse, Datadog and others take its data',
);
const python = todo(
  'Python does not run here: write a policy (docs/guide/policies.md) or a plugin (docs/guide/plugins.md)',
);
const keyField = todo('set it with each key, or as a tenant’s limit in policies/10-keys.yaml');
const params = todo(
  "defaults of requests are set by a policy: beforeUpstream('defaults', true, rewrite({ params: { … } }))",
);

/** By path, `[]` for any item; the longest that fits counts. */
const table: Readonly<Record<string, Advice>> = {
  ...documentedAdvice,
  include: todo('other files are not read; import each of them, or put their content here'),
  environment_variables: unneeded('nothing that was imported reads this variable'),
  credential_list: unneeded('no model that was imported names this credential'),
  guardrails: todo(
    'e-mail, cards and secrets: plugin pii-redactor; rules of your own: a policy (docs/guide/policies.md)',
  ),
  mcp_servers: todo('Sluice calls no MCP servers; clients call theirs'),
  prompts: todo('put them into the folder prompts/ of the plugin prompts'),
  policies: todo('write a policy: docs/guide/policies.md'),
  policy_attachments: todo('write a policy with a predicate such as tenant() or keyName()'),
  vector_store_registry: todo('Sluice has no vector stores for retrieval'),
  search_tools: todo('Sluice searches nothing; tools of providers pass through'),
  files_settings: todo('Sluice does not serve the files interface'),
  finetune_settings: todo('Sluice does not serve fine-tuning'),
  callback_settings: otlp,
  'model_list[].model_info': unneeded(
    'what a model takes is known by its name, or said with traits of its provider',
  ),
  'model_list[].model_info.access_groups': todo(
    'name the models of the group in models of keys, or in allowed_models of tenants',
  ),
  'model_list[].model_info.mode': unneeded('every alias answers at every endpoint that its provider offers'),
  'model_list[].model_info.id': unneeded('targets are called provider/model'),
  'model_list[].litellm_params.temperature': params,
  'model_list[].litellm_params.top_p': params,
  'model_list[].litellm_params.max_tokens': params,
  'model_list[].litellm_params.seed': params,
  'model_list[].litellm_params.tags': todo(
    "route by tag with a policy: route('tag', …, use('provider/model'))",
  ),
  'model_list[].litellm_params.timeout': todo(
    'times are for all targets: timeouts in policies/70-fallback.yaml; clients send X-Sluice-Timeout',
  ),
  'model_list[].litellm_params.stream_timeout': todo(
    'times are for all targets: timeouts.first_token in policies/70-fallback.yaml',
  ),
  'model_list[].litellm_params.max_retries': todo(
    'retries are for all targets: retry.max in policies/70-fallback.yaml',
  ),
  'model_list[].litellm_params.max_budget': todo(
    'limit a provider or model in policies/60-limits.yaml: { by: model, per: day, usd: $… }',
  ),
  'model_list[].litellm_params.budget_duration': todo('see max_budget'),
  'model_list[].litellm_params.mock_response': todo(
    'an alias on the kind mock answers without a provider (plugins/providers/mock/README.md)',
  ),
  'model_list[].litellm_params.silent_model': todo(
    'a second model beside the first is the verb shadow() of policies',
  ),
  'model_list[].litellm_params.drop_params': unneeded(
    'what a target cannot take is left out and named in X-Sluice-Dropped',
  ),
  'model_list[].litellm_params.additional_drop_params': todo(
    'name what the server refuses in traits of its provider: { refuses: [ … ] }',
  ),
  'model_list[].litellm_params.allowed_openai_params': unneeded(
    'fields pass as they are where client and provider speak the same dialect',
  ),
  'model_list[].litellm_params.merge_reasoning_content_in_choices': todo(
    'reasoning stays apart from the text',
  ),
  'model_list[].litellm_params.cache_control_injection_points': todo(
    'marks for the provider’s prompt cache: plugin prompt-cache, where this version has it',
  ),
  'model_list[].litellm_params.aws_role_name': todo(
    'use a profile that assumes the role: profile of the provider, or the environment',
  ),
  'model_list[].litellm_params.aws_session_name': todo(
    'use a profile that assumes the role: profile of the provider, or the environment',
  ),
  'model_list[].litellm_params.aws_web_identity_token': unneeded(
    'found in the environment, as all AWS tools do',
  ),
  'model_list[].litellm_params.tenant_id': todo(
    `Sluice makes no tokens of Entra ID: token: \${file:PATH} of the provider, renewed outside`,
  ),
  'model_list[].litellm_params.client_id': todo(
    `Sluice makes no tokens of Entra ID: token: \${file:PATH} of the provider, renewed outside`,
  ),
  'model_list[].litellm_params.client_secret': todo(
    `Sluice makes no tokens of Entra ID: token: \${file:PATH} of the provider, renewed outside`,
  ),
  'model_list[].litellm_params.rust': unneeded('Sluice has one implementation'),
  'litellm_settings.drop_params': unneeded(
    'what a target cannot take is left out and named in X-Sluice-Dropped; what would change the meaning is a 400',
  ),
  'litellm_settings.modify_params': unneeded('conversations are translated so that the provider takes them'),
  'litellm_settings.json_logs': unneeded('logs are JSON lines'),
  'litellm_settings.set_verbose': unneeded('telemetry.log_level'),
  'litellm_settings.default_team_params': keyField,
  'litellm_settings.upperbound_key_generate_params': todo(
    'only the master key makes keys, and says what they may',
  ),
  'litellm_settings.default_key_generate_params': keyField,
  'litellm_settings.default_internal_user_params': keyField,
  'litellm_settings.default_internal_user_budget': keyField,
  'litellm_settings.internal_user_budget_duration': keyField,
  'litellm_settings.max_internal_user_budget': keyField,
  'litellm_settings.budget_duration': todo(
    'without max_budget it says nothing; budgets of keys have their own',
  ),
  'litellm_settings.cost_discount_config': todo('write your prices into policies/00-ledger.yaml'),
  'litellm_settings.cost_margin_config': todo('costs are what providers charge; add a margin where you bill'),
  'litellm_settings.cache_params': todo('the plugin semantic-cache has nothing like it'),
  'litellm_settings.cache_params.supported_call_types': unneeded(
    'chat, messages and responses are cached; a file’s match narrows it',
  ),
  'litellm_settings.cache_params.namespace': unneeded('a cache belongs to a gateway and a tenant'),
  'litellm_settings.cache_params.mode': todo(
    'cache by rule: the verb cache() of policies, or match of policies/65-cache.yaml',
  ),
  'litellm_settings.callbacks[]': python,
  'litellm_settings.success_callback[]': otlp,
  'litellm_settings.failure_callback[]': otlp,
  'router_settings.enable_pre_call_checks': unneeded(
    'a prompt that is too long goes to the targets with on: [context_length]',
  ),
  'router_settings.optional_pre_call_checks': unneeded('conversations stay at one target with X-Session-Id'),
  'router_settings.retry_policy': todo('the verb retry({ on }) of policies says after which failures'),
  'router_settings.allowed_fails_policy': todo(
    'breakers count all failures of a target: breaker in policies/70-fallback.yaml',
  ),
  'router_settings.enable_tag_filtering': todo('route by tag with a policy'),
  'router_settings.provider_budget_config': todo(
    'policies/60-limits.yaml: { by: provider, per: day, usd: $… } for all providers alike',
  ),
  'router_settings.redis_port': todo('expected redis_host beside it'),
  'router_settings.redis_password': todo('expected redis_host beside it'),
  'general_settings.database_url': todo(
    `Sluice keeps ledger and keys in SQLite; for PostgreSQL write stores.ledger: \${…} with a database of its own, since LiteLLM’s migrations may drop tables that they do not know`,
  ),
  'general_settings.store_model_in_db': todo(
    'models are in gateway.yaml alone; export those of the database into model_list',
  ),
  'general_settings.custom_auth': python,
  'general_settings.custom_key_generate': python,
  'general_settings.enable_jwt_auth': todo(
    'Sluice takes virtual keys and client certificates (server.tls.client_ca); put a proxy that knows JWT in front',
  ),
  'general_settings.litellm_jwtauth': todo('see enable_jwt_auth'),
  'general_settings.key_management_system': todo(
    `secrets come from the environment, from files and from a HashiCorp Vault: \${NAME}, \${file:PATH}, \${vault:PATH#FIELD} (docs/reference/gateway-yaml.md)`,
  ),
  'general_settings.key_management_settings': todo('see key_management_system'),
  'general_settings.pass_through_endpoints': todo(
    'Sluice serves its own endpoints only; clients call others themselves',
  ),
  'general_settings.forward_client_headers_to_llm_api': todo(
    'headers of clients are not sent on; rewrite({ headers }) of a policy sets some',
  ),
  'general_settings.background_health_checks': unneeded('health is learned from requests'),
  'general_settings.health_check_interval': unneeded('health is learned from requests'),
  'general_settings.disable_spend_logs': todo(
    'take policies/00-ledger.yaml away; budgets then begin anew at every start',
  ),
  'general_settings.store_prompts_in_spend_logs': todo('the ledger holds no prompts'),
  'general_settings.litellm_key_header_name': todo('keys come as Authorization: Bearer or x-api-key'),
  'general_settings.allow_requests_on_db_unavailable': todo(
    'stores.when_down: degraded lets requests pass; the default refuses',
  ),
  'general_settings.always_include_stream_usage': unneeded(
    'usage is always asked for, and hidden from clients that did not',
  ),
  'general_settings.fail_closed_budget_enforcement': unneeded(
    'budgets fail closed (stores.when_down: strict)',
  ),
  'general_settings.disable_budget_reservation': todo(
    'what a request can cost is always held; that is what keeps a budget',
  ),
  'general_settings.max_response_size_mb': todo('answers are relayed as they come and have no limit of size'),
  'general_settings.alerting_threshold': todo('the plugin alerts has a threshold for each event'),
  'general_settings.alert_types': todo(
    'the plugin alerts tells of seven events; off names those that nobody wants',
  ),
};

for (const name of [
  ...['proxy_batch_write_at', 'proxy_budget_rescheduler_min_time', 'proxy_budget_rescheduler_max_time'],
  ...['user_api_key_cache_ttl', 'database_connection_pool_limit', 'database_connection_timeout'],
]) {
  (table as Record<string, Advice>)[`general_settings.${name}`] = unneeded(
    'rows are written before the answer ends, and budgets are exact at every moment',
  );
}

/** Callbacks by their names, wherever they are listed. */
const callbacks: Readonly<Record<string, Advice>> = {
  prometheus: metrics,
  otel: otlp,
  langfuse: otlp,
  langfuse_otel: otlp,
  presidio: todo('plugin pii-redactor'),
};

const unknown = todo('Sluice has no such setting; nothing was written for it');

/** What to say of the value at a path. */
export function adviceFor(path: Path, value: unknown): Advice {
  if (/callback/.test(String(path[1] ?? '')) && typeof value === 'string') {
    if (Object.hasOwn(callbacks, value)) return callbacks[value]!;
    return value.includes('.') ? python : otlp;
  }
  // What is merged in stands for what it is merged into.
  const plain = path.filter(
    (step, index) => step !== '<<' && !(typeof step === 'number' && path[index - 1] === '<<'),
  );
  if (/^[x._]/.test(String(path[0])))
    return unneeded('LiteLLM does not know this key either; what refers to it was read');
  for (let length = plain.length; length > 0; length -= 1) {
    const pattern = plain
      .slice(0, length)
      .map((step, index) => (typeof step === 'number' ? '[]' : index === 0 ? step : `.${step}`))
      .join('');
    if (Object.hasOwn(table, pattern)) return table[pattern]!;
  }
  return unknown;
}
