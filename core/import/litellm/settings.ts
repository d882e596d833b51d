import type { Json } from '../../../sdk/json.ts';
import { type Draft, plainText, secondsText, secretText, setSection, variableText } from './draft.ts';
import { mapStrategy } from './models.ts';
import type { SourceNode } from './source.ts';

/** Writes one setting, or lists why not. */
export type Mapper = (node: SourceNode, draft: Draft) => void;

const fallbackFile = 'policies/70-fallback.yaml';
const limitsFile = 'policies/60-limits.yaml';

/** A group of options of the `fallback` plugin with one more in it. */
function setFallback(draft: Draft, group: string, key: string, value: Json): void {
  const before = draft.fallback[group] as Record<string, Json> | undefined;
  draft.fallback[group] = { ...before, [key]: value };
}

const time =
  (write: (draft: Draft, text: string) => void, to: string): Mapper =>
  (node, draft) => {
    const text = secondsText(node);
    if (text === null) return void node.list('todo', 'expected seconds, more than 0');
    write(draft, text);
    node.map(to);
  };

const retries: Mapper = (node, draft) => {
  const count = node.number;
  if (count === undefined || !Number.isInteger(count))
    return void node.list('todo', 'expected a whole number');
  if (count > 5)
    node.list('changed', 'the same target is tried 5 times more at most; then the next one is asked');
  setFallback(draft, 'retry', 'max', Math.min(count, 5));
  node.map(`${fallbackFile} retry.max`);
};

const fails: Mapper = (node, draft) => {
  const count = node.number;
  if (count === undefined || !Number.isInteger(count) || count >= 1000)
    return void node.list('todo', 'expected a whole number');
  node.list(
    'changed',
    'LiteLLM counts failures of a minute, the breaker failures in a row; a share of failures opens it too (breaker.error_ratio)',
  );
  setFallback(draft, 'breaker', 'consecutive', count + 1);
  node.map(`${fallbackFile} breaker.consecutive`);
};

const total = time((draft, text) => {
  setFallback(draft, 'timeouts', 'total', text);
  // What one attempt may take, the request must be allowed to take, and what is held must outlive it.
  setSection(draft, 'server', 'request_timeout', text);
  draft.limiter['max_duration'] = text;
}, `gateway.yaml server.request_timeout, ${fallbackFile} timeouts.total`);

const firstToken = time(
  (draft, text) => setFallback(draft, 'timeouts', 'first_token', text),
  `${fallbackFile} timeouts.first_token`,
);
const cooldown = time(
  (draft, text) => setFallback(draft, 'breaker', 'cooldown', text),
  `${fallbackFile} breaker.cooldown`,
);

const limit =
  (by: string, per: string | null, key: string): Mapper =>
  (node, draft) => {
    const amount = node.number;
    if (amount === undefined || amount < 0) return void node.list('todo', 'expected a number');
    draft.limits.push({ by, ...(per === null ? {} : { per }), [key]: key === 'usd' ? `$${amount}` : amount });
    node.map(`${limitsFile} limits`);
  };

const periodOf: Readonly<Record<string, string>> = {
  '1h': 'hour',
  '24h': 'day',
  '1d': 'day',
  '7d': 'week',
  '1w': 'week',
  '30d': 'month',
  '1mo': 'month',
};

/** `max_budget` of the whole proxy, with `budget_duration` beside it. */
const proxyBudget: Mapper = (node, draft) => {
  const duration = draft.source.root.get('litellm_settings')?.get('budget_duration');
  const period = duration?.text === undefined ? 'total' : periodOf[duration.text];
  if (period === undefined) {
    duration!.list(
      'todo',
      'budgets of the whole gateway are for an hour, a day, a week, a month or for ever; choose one in policies/60-limits.yaml',
    );
    return void node.list('todo', 'see budget_duration');
  }
  duration?.map(`${limitsFile} limits`);
  if (duration !== undefined) duration.list('changed', 'the window is a calendar one in UTC');
  limit('global', period, 'usd')(node, draft);
};

const bodyLimit: Mapper = (node, draft) => {
  const size = node.number;
  if (size === undefined || size < 0.001)
    return void node.list('todo', 'expected megabytes, a kilobyte at least');
  setSection(draft, 'server', 'body_limit', `${size}mb`);
  node.map('gateway.yaml server.body_limit');
};

const masterKey: Mapper = (node, draft) => {
  if (node.text === undefined || node.text === '') return void node.list('todo', 'expected a text');
  setSection(draft, 'auth', 'master_key', secretText(draft, node, 'master-key'));
  node.map('gateway.yaml auth.master_key');
};

const retention: Mapper = (node, draft) => {
  const days = /^(\d+)d$/.exec(node.text ?? '');
  if (days === null)
    return void node.list('todo', 'write it into policies/00-ledger.yaml as retention, in days (400d)');
  draft.ledgerRetention = days[0];
  node.map('policies/00-ledger.yaml retention');
};

const alerting: Mapper = (node, draft) => {
  for (const one of node.children()) {
    if (one.value === 'slack') {
      draft.limiter['warn_webhook'] = variableText(draft, 'SLACK_WEBHOOK_URL');
      one.list(
        'changed',
        'budget warnings go to SLACK_WEBHOOK_URL; the plugin alerts tells of errors, latency and more',
      );
      one.map(`${limitsFile} warn_webhook`);
    } else
      one.list(
        'todo',
        'budget warnings go to a webhook (token-limiter, warn_webhook), other alerts too (plugin alerts)',
      );
  }
};

const verbose: Mapper = (node, draft) => {
  if (!node.isTrue) return void node.list('unneeded', 'the log is at level info');
  setSection(draft, 'telemetry', 'log_level', 'debug');
  node.map('gateway.yaml telemetry.log_level');
};

const noContent: Mapper = (node, draft) => {
  if (!node.isTrue)
    return void node.list(
      'todo',
      'prompts are kept nowhere unless telemetry.capture says so; see docs/reference/gateway-yaml.md',
    );
  setSection(draft, 'telemetry', 'capture', 'none');
  node.map('gateway.yaml telemetry.capture');
};

/** `redis_host`, `redis_port`, `redis_password` or `redis_url` of the router: counters that several gateways share. */
const counters: Mapper = (node, draft) => {
  const router = draft.source.root.get('router_settings')!;
  const url = redisUrl(
    draft,
    {
      url: router.get('redis_url'),
      host: router.get('redis_host'),
      port: router.get('redis_port'),
      password: router.get('redis_password'),
    },
    'gateway.yaml stores.counters',
  );
  if (url === null) return void node.list('todo', 'expected redis_host or redis_url');
  setSection(draft, 'stores', 'counters', url);
};

interface RedisParts {
  readonly url: SourceNode | undefined;
  readonly host: SourceNode | undefined;
  readonly port: SourceNode | undefined;
  readonly password: SourceNode | undefined;
  readonly ssl?: SourceNode | undefined;
}

/** The address of a Redis, of its parts; null where there is neither host nor address. */
export function redisUrl(
  draft: Draft,
  { url, host, port, password, ssl }: RedisParts,
  to: string,
): string | null {
  if (url?.text !== undefined) {
    url.map(to);
    return secretText(draft, url, 'redis-url');
  }
  if (host?.text === undefined) return null;
  for (const node of [host, port, password, ssl]) node?.map(to);
  const secret =
    password === undefined || password.text === ''
      ? ''
      : `:${secretText(draft, password, 'redis-password')}@`;
  const at = port === undefined ? '6379' : plainText(draft, String(port.value));
  return `${ssl?.isTrue === true ? 'rediss' : 'redis'}://${secret}${plainText(draft, host.text)}:${at}`;
}

/** Settings that are written one by one, by their place. */
export const mappers: Readonly<Record<string, Readonly<Record<string, Mapper>>>> = {
  litellm_settings: {
    num_retries: retries,
    request_timeout: total,
    allowed_fails: fails,
    cooldown_time: cooldown,
    max_budget: proxyBudget,
    max_end_user_budget: limit('user', 'total', 'usd'),
    set_verbose: verbose,
    turn_off_message_logging: noContent,
  },
  router_settings: {
    num_retries: retries,
    timeout: total,
    stream_timeout: firstToken,
    allowed_fails: fails,
    cooldown_time: cooldown,
    routing_strategy: mapStrategy,
    redis_host: counters,
    redis_url: counters,
  },
  general_settings: {
    master_key: masterKey,
    max_request_size_mb: bodyLimit,
    maximum_spend_logs_retention_period: retention,
    max_parallel_requests: limit('key', null, 'concurrent'),
    global_max_parallel_requests: limit('global', null, 'concurrent'),
    alerting,
  },
};
