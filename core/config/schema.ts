import type { JsonObject } from '../../sdk/json.ts';
import type { JsonSchema } from '../../sdk/plugin.ts';

const text = { type: 'string', minLength: 1 } as const;
const tier = { enum: ['mini', 'standard', 'frontier'] } as const;

const perMinute = { type: 'integer', minimum: 1 } as const;

/** Keys that every provider has, whatever its kind. */
export const providerCommonKeys = ['kind', 'region', 'vendor', 'tier', 'price'] as const;

const target = {
  anyOf: [
    text,
    {
      type: 'object',
      required: ['target'],
      properties: {
        target: text,
        weight: { type: 'number', exclusiveMinimum: 0 },
        tier,
        rpm: perMinute,
        tpm: perMinute,
      },
    },
  ],
};

const mount = { ...text, pattern: '^[\\w./-]+$' } as const;

/** `secrets:` of `gateway.yaml`. Which login is used is checked with its words in `vaultSettings`. */
export const secretsSchema = {
  type: 'object',
  properties: {
    // Kubernetes itself needs a minute to bring a changed secret; reading some small files costs nothing.
    poll: { type: 'string', convert: 'ms', default: '5s' },
    vault: {
      type: 'object',
      required: ['address'],
      properties: {
        address: text,
        namespace: text,
        allow_http: { type: 'boolean', default: false },
        // Key-value secrets tell nobody that they changed.
        refresh: { type: 'string', convert: 'ms', default: '60s' },
        token: text,
        kubernetes: {
          type: 'object',
          required: ['role'],
          properties: {
            role: text,
            mount: { ...mount, default: 'kubernetes' },
            jwt_file: { ...text, default: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
          },
        },
        approle: {
          type: 'object',
          required: ['role_id'],
          properties: { role_id: text, secret_id: text, mount: { ...mount, default: 'approle' } },
        },
      },
    },
  },
} as const satisfies JsonSchema;

/** `gateway.yaml`: every key, every default. Options of a provider's kind are checked against the kind's own schema. */
export const configSchema = {
  type: 'object',
  properties: {
    server: {
      type: 'object',
      default: {},
      properties: {
        // Loopback: what answers without a key must not be reachable from elsewhere.
        host: { ...text, default: '127.0.0.1' },
        port: { type: 'integer', minimum: 0, maximum: 65_535, default: 4000 },
        // Twenty pictures of a megabyte each, in base64, is what the providers themselves take at most.
        body_limit: { type: 'string', convert: 'bytes', default: '20mb' },
        request_timeout: { type: 'string', convert: 'ms', default: '600s' },
        drain_timeout: { type: 'string', convert: 'ms', default: '30s' },
        // As long as whoever sends requests here takes to notice that the gateway is not ready; a laptop has nobody.
        drain_delay: { type: 'string', convert: 'ms', default: '0s' },
        // Each holds its body, its answer and two sockets: more is slower for all, and in the end no memory.
        max_concurrent: { type: 'integer', minimum: 1, default: 2000 },
        // Whoever waits here has not been read yet, and costs a socket.
        max_queue: { type: 'integer', minimum: 0, default: 1000 },
        // Longer than a burst, shorter than a client's patience.
        queue_timeout: { type: 'string', convert: 'ms', default: '5s' },
        shed_above: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.9 },
        tls: {
          type: 'object',
          required: ['cert', 'key'],
          properties: {
            cert: text,
            key: text,
            client_ca: text,
            require_client_cert: { type: 'boolean', default: true },
          },
        },
      },
    },
    secrets: secretsSchema,
    auth: {
      type: 'object',
      default: {},
      properties: {
        master_key: text,
        // 402 says "payment required"; some SDKs only back off on 429, some only give up on 400.
        budget_status: { enum: [402, 429, 400], default: 402 },
      },
    },
    providers: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['kind'],
        additionalProperties: true,
        properties: {
          kind: text,
          region: { type: 'string' },
          vendor: text,
          tier,
          price: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
        },
      },
    },
    models: {
      type: 'object',
      additionalProperties: {
        anyOf: [
          text,
          { type: 'array', minItems: 1, items: target },
          {
            type: 'object',
            required: ['targets'],
            properties: {
              strategy: { enum: ['ordered', 'weighted', 'least-latency', 'least-busy', 'least-cost'] },
              targets: { type: 'array', minItems: 1, items: target },
            },
          },
        ],
      },
    },
    stores: {
      type: 'object',
      default: {},
      properties: {
        ledger: { ...text, default: 'sqlite' },
        counters: { ...text, default: 'memory' },
        cache: { ...text, default: 'memory' },
        vectors: { ...text, default: 'lancedb' },
        when_down: { enum: ['strict', 'degraded'], default: 'strict' },
        redis_timeout: { type: 'string', convert: 'ms', default: '250ms' },
        // Waiting for the disk costs each request milliseconds; a killed process loses nothing without it.
        durability: { enum: ['process', 'full'], default: 'process' },
      },
    },
    embedder: {
      type: 'object',
      default: { kind: 'lexical' },
      properties: {
        kind: { enum: ['lexical', 'onnx', 'static'] },
        path: text,
        provider: text,
        model: text,
        floor: { type: 'number', minimum: 0, maximum: 1 },
        prefix: { type: 'string', maxLength: 200 },
        dimensions: { type: 'integer', minimum: 1, maximum: 4096 },
        encoding: { enum: ['float', 'base64'] },
        dtype: { enum: ['fp32', 'fp16', 'q8', 'q4'] },
        pooling: { enum: ['mean', 'cls'] },
      },
    },
    evals: {
      type: 'array',
      default: [],
      maxItems: 100,
      items: {
        type: 'object',
        required: ['suite', 'every'],
        properties: {
          suite: { ...text, maxLength: 200 },
          every: { type: 'string', convert: 'ms' },
          against: { type: 'array', minItems: 1, items: text },
          key: text,
          webhook: text,
        },
      },
    },
    telemetry: {
      type: 'object',
      default: {},
      properties: {
        otlp: { type: 'string', format: 'uri', pattern: '^https?://' },
        otlp_headers: { type: 'object', default: {}, additionalProperties: { type: 'string', minLength: 1 } },
        // A trace is for the request that somebody asks about: with a share, most of them are missing.
        sample: { type: 'number', minimum: 0, maximum: 1, default: 1 },
        // Prompts are the customers' own words: nothing of them is kept unless someone decides so.
        capture: { enum: ['none', 'masked', 'full'], default: 'none' },
        capture_sample: { type: 'number', minimum: 0, maximum: 1, default: 1 },
        // Most conversations; masking one of that length takes about as long as a turn of the event loop may.
        capture_limit: { type: 'string', convert: 'bytes', default: '64kb' },
        capture_size: { type: 'string', convert: 'bytes', default: '256mb' },
        capture_retention: { type: 'string', convert: 'ms', default: '7d' },
        metrics: { type: 'boolean', default: true },
        log_level: { enum: ['debug', 'info', 'warn', 'error', 'silent'], default: 'info' },
      },
    },
    console: {
      type: 'object',
      default: {},
      properties: {
        // It answers nothing without the master key, and costs a microsecond a request.
        enabled: { type: 'boolean', default: true },
      },
    },
  },
} as const satisfies JsonSchema;

/** Providers and aliases of a gateway that was told nothing. */
export const builtInProviders = { mock: { kind: 'mock' } } as const satisfies JsonObject;
export const builtInModels = {
  mock: 'mock/gpt',
  cheap: { targets: [{ target: 'mock/gpt-mini', tier: 'mini' }] },
  smart: { targets: [{ target: 'mock/gpt-large', tier: 'frontier' }] },
} as const satisfies JsonObject;

/** Providers that are there as soon as their usual environment variable is set. */
export const providersByVariable = [
  { name: 'openai', kind: 'openai', variable: 'OPENAI_API_KEY' },
  { name: 'claude', kind: 'anthropic', variable: 'ANTHROPIC_API_KEY' },
  { name: 'gemini', kind: 'gemini', variable: 'GEMINI_API_KEY' },
] as const;
