import { jsonTextFrom } from '../../../core/body/json-text.ts';
import { RequestBody } from '../../../core/body/request-body.ts';
import { dialectFor } from '../../../core/dialects/registry.ts';
import { createPrices } from '../../../core/prices/prices.ts';
import { nearest } from '../../../core/text/nearest.ts';
import { compileValidator } from '../../../core/yaml/validate.ts';
import { type FallbackOptions, schema } from '../../../plugins/fallback/options.ts';
import { fallback } from '../../../plugins/fallback/plugin.ts';
import {
  type AttemptContext,
  type AttemptDecision,
  anonymous,
  type Identity,
  type Json,
  type JsonObject,
  type Models,
  type RequestContext,
  type RequestHooks,
  type RouteDecision,
  type Strategy,
} from '../../../sdk/index.ts';
import { type RecordingLog, recordingLog } from '../../../sdk/testing/fakes.ts';
import { modelsOf, target } from '../../core/route/models.ts';

const opus = target('claude/opus', { kind: 'openai', vendor: 'anthropic', region: 'us' });
const sonnet = target('claude/sonnet', { kind: 'openai', vendor: 'anthropic', region: 'eu' });
const gpt = target('openai/gpt', { kind: 'openai', vendor: 'openai', region: 'us' });
const local = target('local/qwen', { kind: 'openai', vendor: 'alibaba' });

const table = {
  cheap: [sonnet],
  smart: [opus, gpt],
  spread: [sonnet, gpt],
  backup: [gpt, local],
  router: [target('openrouter/anthropic/opus', { kind: 'openai', vendor: 'anthropic' })],
};
const base = modelsOf(table);

/** `cheap`, `smart`, `spread` (weighted), `backup` and `router`, and every model of `openrouter`. */
export const models: Models = {
  ...base,
  resolve: (name) =>
    base.resolve(name) ??
    (name.startsWith('openrouter/') ? [target(name, { kind: 'openai', vendor: 'x' })] : undefined),
  nearest: (name) => nearest(name, Object.keys(table)),
  strategy: (name): Strategy => (name === 'spread' ? 'weighted' : 'ordered'),
};

const prices = createPrices({
  as_of: '2026-01-01',
  source: 'test',
  unit: 'nano-dollars per million tokens',
  models: {
    openai: {
      opus: { input: 5_000_000_000, output: 25_000_000_000 },
      sonnet: { input: 3_000_000_000, output: 15_000_000_000 },
      gpt: { input: 2_000_000_000, output: 8_000_000_000 },
    },
  },
});

/** The options as the schema completes them. */
export function optionsOf(given: JsonObject = {}): FallbackOptions {
  const { value, problems } = compileValidator(schema)(given, {
    document: { file: '60-fallback.yaml', position: () => ({ line: 1, column: 1 }) },
  });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  return value as unknown as FallbackOptions;
}

export interface Driven {
  readonly log: RecordingLog;
  route(body?: JsonObject, identity?: Identity): RouteDecision;
  attempt(id: string, first: string, body?: JsonObject): AttemptDecision | undefined;
}

/** The plugin alone. */
export async function driven(given: JsonObject = {}): Promise<Driven> {
  const log = recordingLog();
  const hooks = (await fallback.setup(
    optionsOf(given),
    { log, models, prices },
    { file: '60-fallback.yaml', policyVersion: 'p' },
  )) as RequestHooks<undefined>;
  const context = (body: JsonObject, identity: Identity = anonymous) => {
    const full: Json = { model: 'cheap', messages: [{ role: 'user', content: 'Hi' }], ...body };
    const { view } = new RequestBody(dialectFor('chat'), jsonTextFrom(JSON.stringify(full)));
    return { view, identity } as Partial<RequestContext> as RequestContext;
  };
  return {
    log,
    route: (body = {}, identity) => hooks.route!(context(body, identity), undefined) as RouteDecision,
    attempt(id, first, body = {}) {
      const more = { target: models.resolve(id)![0]!, plan: { targets: models.resolve(first)! } };
      const ctx = Object.assign(context(body), more) as unknown as AttemptContext;
      return hooks.beforeUpstream!(ctx, undefined) as AttemptDecision | undefined;
    },
  };
}
