import type { SettledContext } from '../../../sdk/context.ts';
import { anonymous } from '../../../sdk/identity.ts';
import type { Models } from '../../../sdk/services.ts';
import type { Target } from '../../../sdk/target.ts';
import { attemptRecord, traceRecord } from '../../../sdk/testing/trace.ts';
import type { Trace, TraceStep } from '../../../sdk/trace.ts';
import type { Usage } from '../../../sdk/usage.ts';

export function usage(changes: Partial<Usage> = {}): Usage {
  return {
    inputTokens: 100,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 50,
    reasoningTokens: 0,
    estimated: false,
    ...changes,
  };
}

export const attempt = attemptRecord;

export function step(changes: Partial<TraceStep> = {}): TraceStep {
  return {
    hook: 'onRequest',
    file: '10-x.yaml',
    name: 'x',
    decision: 'continue',
    startedMs: 0,
    durationUs: 250,
    ...changes,
  };
}

/** A step that answered in place of a provider. */
export function respond(source: string): TraceStep {
  return step({
    decision: 'respond',
    name: 'semantic-cache',
    wrote: { respond: { source } },
    durationUs: 1500,
  });
}

export function trace(changes: Partial<Trace> = {}): Trace {
  return traceRecord({
    plan: { targets: ['openai/gpt-x', 'azure/gpt-x'], constraints: [] },
    usage: usage(),
    ...changes,
  });
}

export function settled(changes: Partial<Trace> = {}, more: Partial<SettledContext> = {}): SettledContext {
  const record = trace(changes);
  return {
    trace: record,
    answer: null,
    requestId: record.requestId,
    identity: {
      ...anonymous,
      tenant: { ...anonymous.tenant, id: 'acme', plan: 'enterprise' },
      feature: 'chat',
      user: 'aaaa',
    },
    tags: {},
    ...more,
  } as SettledContext;
}

function target(id: string, region: string): Target {
  const [provider, model] = id.split('/') as [string, string];
  return { id, provider, kind: 'openai', model, vendor: 'openai', tier: 'standard', region, weight: 1 };
}

const targets = [target('openai/gpt-x', ''), target('azure/gpt-x', 'eu'), target('openai/gpt-mini', '')];

/** `smart` with two targets, `small` with one, and the targets by their own names. */
export const models: Models = {
  aliases: ['smart', 'small'],
  resolve(name) {
    if (name === 'smart') return targets.slice(0, 2);
    if (name === 'small') return targets.slice(2);
    return targets.filter(({ id }) => id === name).slice(0, 1)[0] === undefined
      ? undefined
      : targets.filter(({ id }) => id === name);
  },
  strategy: () => 'ordered',
  tier: () => 'standard',
  nearest: () => undefined,
};
