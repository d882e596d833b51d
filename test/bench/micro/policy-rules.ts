import { readFile } from 'node:fs/promises';
import type { Step } from '../../../core/program/step.ts';
import type { RequestContext } from '../../../sdk/context.ts';
import { anonymous } from '../../../sdk/identity.ts';
import type { Models } from '../../../sdk/services.ts';
import type { Target, Tier } from '../../../sdk/target.ts';
import { requestBody } from '../bodies.ts';
import type { MicroRow } from './row.ts';
import { sampleCalls, sampleRoundTrips } from './sampler.ts';

/** Ten rules of the kinds that people write; on the request below three of them match. */
const tenRules = `
import { ab, all, any, content, fallback, feature, has, header, model, not, param, plan, policy, region, route, tag, tier, tokensIn, use } from 'sluice';
const hard = any(content(/\\b(prove|derive|refactor|debug|contract)\\b/i, { last: true }), tokensIn.gt(4000), has('tools'));
export const ten = policy('ten', { kind: 'shape' },
  route('r0', hard, use('chat-large'), tag({ lane: 'hard' })),
  route('r1', not(hard), use('chat-mini'), fallback('chat'), tag({ lane: 'easy' })),
  route('r2', all(plan('free'), tier('frontier')), tag({ r2: 'yes' })),
  route('r3', region('eu'), tag({ r3: 'yes' })),
  route('r4', model('chat-*'), tag({ r4: 'yes' })),
  route('r5', feature('support', 'search'), tag({ r5: 'yes' })),
  route('r6', header('x-canary', 'on'), tag({ r6: 'yes' })),
  route('r7', param('temperature').lt(1), tag({ r7: 'yes' })),
  route('r8', ab(0.5, { by: 'tenant', salt: 'bench' }), tag({ r8: 'yes' })),
  route('r9', tokensIn.between(1, 100), tag({ r9: 'yes' })),
);
`;
const ruleCount = 10;

/** A hook of ten rules, all that the pipeline pays for it, divided by ten. The request's view is there already. */
export async function measureDeclarativeRule(name: string): Promise<MicroRow> {
  return withSteps({ 'ten.policy.ts': tenRules }, async ([step], ctx) => {
    const run = step!.route!.bind(step);
    const decision = await run(ctx, undefined);
    const rules = decision?.rules?.length;
    if (rules !== ruleCount) throw new Error(`expected ${ruleCount} rules to be looked at, got ${rules}`);
    const row = sampleCalls(name, () => run(ctx, undefined));
    return perCall(row, ruleCount);
  });
}

/**
 * Rules in code, through the sandbox and back, memory restored after each: what the pipeline waits for.
 *
 * @param atOnce calls under way at a time; times are of all of them, divided by their number
 */
export async function measureFnRule(name: string, atOnce: number): Promise<MicroRow> {
  const file = '93-quota-in-code.policy.ts';
  const text = await readFile(new URL(`../programs/three/${file}`, import.meta.url), 'utf8');
  return withSteps({ [file]: text }, async ([step], ctx) => {
    const run = step!.onRequest!.bind(step);
    const decision = await run(ctx, undefined);
    const rule = decision?.rules?.[0];
    if (rule === undefined || rule.error !== undefined) {
      throw new Error(`expected the rule to be evaluated, got ${JSON.stringify(decision)}`);
    }
    if (atOnce === 1) return sampleRoundTrips(name, async () => run(ctx, undefined));
    const calls = Array.from({ length: atOnce });
    const row = await sampleRoundTrips(name, () => Promise.all(calls.map(() => run(ctx, undefined))));
    return perCall(row, atOnce);
  });
}

/** A row of several things at once as a row of one of them. */
function perCall(row: MicroRow, many: number): MicroRow {
  if (!row.measured) return row;
  const { p50Us, p99Us, cpuUs, calls } = row;
  return { ...row, p50Us: p50Us / many, p99Us: p99Us / many, cpuUs: cpuUs / many, calls: calls * many };
}

/** Loads policies the way the gateway does and gives their steps, and a request to try them on. */
async function withSteps(
  files: Readonly<Record<string, string>>,
  measure: (steps: readonly Step[], ctx: RequestContext) => Promise<MicroRow>,
): Promise<MicroRow> {
  const { createPolicyLoader } = await import('../../../core/program/policy-loader.ts');
  const { memoryFolder } = await import('../../../core/program/memory-folder.ts');
  const { systemClock } = await import('../../../core/services/clock.ts');
  const { recordingLog } = await import('../../../sdk/testing/fakes.ts');
  const loader = createPolicyLoader({ clock: systemClock, log: recordingLog() });
  try {
    const folder = memoryFolder(files);
    const order = folder.files.map(({ name }) => name);
    const surroundings = { order, plugins: [], facts: {}, version: folder.version };
    const loaded = await loader.load(models)(folder.files, surroundings);
    const errors = loaded.problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
    return await measure([...loaded.steps.values()].flat(), await requestContext());
  } finally {
    await loader.close();
  }
}

async function requestContext(): Promise<RequestContext> {
  const { chatDialect } = await import('../../../core/dialects/chat/dialect.ts');
  const { parseJsonText } = await import('../../../core/body/json-text.ts');
  return {
    requestId: 'req_000000000000000000000000',
    traceId: '0'.repeat(32),
    arrivedAtMs: 1_760_000_000_000,
    ip: '127.0.0.1',
    headers: { 'content-type': 'application/json', 'user-agent': 'bench' },
    view: chatDialect.view(parseJsonText(requestBody('small', false).bytes)),
    caller: { type: 'open' },
    identity: anonymous,
    tags: {},
    aside: null,
    verbs: [],
    policyVersion: '000000000000',
    signal: new AbortController().signal,
  };
}

const tiers: Readonly<Record<string, Tier>> = {
  chat: 'standard',
  'chat-mini': 'mini',
  'chat-large': 'frontier',
};

const models: Models = {
  aliases: Object.keys(tiers),
  resolve: (name) => (name in tiers ? [targetOf(name)] : undefined),
  strategy: () => 'ordered',
  tier: (name) => tiers[name] ?? 'standard',
  nearest: () => undefined,
};

function targetOf(alias: string): Target {
  const model = `gpt-${alias}`;
  const id = `upstream/${model}`;
  const tier = tiers[alias] ?? 'standard';
  return { id, provider: 'upstream', kind: 'openai', model, vendor: 'openai', tier, region: '', weight: 1 };
}
