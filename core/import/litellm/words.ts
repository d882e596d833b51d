import type { FindingKind } from './source.ts';

/** What to say of a setting that was not written. */
export interface Advice {
  readonly kind: FindingKind;
  readonly message: string;
}

/** Settings of one section that mean about the same, by their names. */
export interface Group {
  readonly section: string;
  /** Divided by blanks. */
  readonly names: string;
  readonly advice: Advice;
}

/** Something is lost unless somebody does it. */
export const todo = (message: string): Advice => ({ kind: 'todo', message });
/** Nothing is to be done. */
export const unneeded = (message: string): Advice => ({ kind: 'unneeded', message });

export const telemetry = todo(
  'decision records, the ledger, /metrics and OpenTelemetry (telemetry.otlp) say what happened; prompts are in none of them',
);
export const metrics = unneeded('/metrics has its own names and bounded labels: docs/reference/metrics.md');
export const guard = todo(
  'plugins pii-redactor and moderation, or a rule in a policy: deny(403, …) where content(/…/) matches',
);
export const ui = unneeded('Sluice has no user accounts of its own: keys and tenants, and one master key');
export const login = todo(
  'Sluice takes virtual keys and client certificates (server.tls.client_ca); put a proxy that knows your sign-on in front',
);
export const mcp = todo('Sluice calls no MCP servers; clients call theirs');
export const database = unneeded('Sluice has a database of its own: stores.ledger');
export const health = unneeded('health is learned from requests, and a breaker keeps failing targets out');
export const alert = todo(
  'the plugin alerts tells a webhook; deploy/prometheus/alerts.yaml has rules for Prometheus',
);
export const tls = todo(
  'providers are called with the authorities of the system; NODE_EXTRA_CA_CERTS adds one. Nothing turns the check off',
);
export const perKey = todo('set it with each key, or as a tenant’s limit in policies/10-keys.yaml');
export const headers = todo(
  'headers of clients are not sent on but for those of their dialect; rewrite({ headers }) of a policy sets some',
);
export const clientKeys = todo(
  'clients cannot bring keys of providers along; give the provider its own in gateway.yaml',
);
export const defaults = todo(
  "defaults of requests are set by a policy: beforeUpstream('defaults', true, rewrite({ params: { … } }))",
);
export const redis = todo(
  'write the address as one: stores.counters and stores.cache, redis:// or rediss:// with user and password in it',
);
export const elsewhere = todo(
  'answers are kept in memory or on Redis, vectors in LanceDB: stores.cache, stores.vectors',
);
export const vectors = unneeded('vectors are in LanceDB (stores.vectors), in the size of the embedder');
export const place = unneeded('LiteLLM reads it from another section; there it would be imported');
export const sagemaker = todo(
  'Sluice does not call SageMaker; put an OpenAI-compatible server in front of the model',
);
export const batches = todo('Sluice does not serve files and batches');
export const tokenOfCloud = todo(
  `tokens of a cloud are made outside: token: \${file:PATH} of the provider, which is read again when it changes`,
);
export const costs = unneeded(
  'prices of known models ship with Sluice; write others into policies/00-ledger.yaml',
);
