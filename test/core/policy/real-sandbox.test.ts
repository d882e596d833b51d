import t from 'tap';
import { compilePolicy } from '../../../core/policy/compile.ts';
import { LARGE_FACTS } from '../../../core/policy/guest-facts.ts';
import { noCapabilities } from '../../../core/policy/plan.ts';
import { preludeSource } from '../../../core/policy/prelude-source.ts';
import { policySteps } from '../../../core/policy/step.ts';
import { formatProblem } from '../../../core/problem.ts';
import type { Step } from '../../../core/program/step.ts';
import { createSandbox } from '../../../core/sandbox/pool.ts';
import { systemClock } from '../../../core/services/clock.ts';
import type { Log } from '../../../sdk/services.ts';
import { answer, models, requestContext, responseContext } from './_facts.ts';
import { imports } from './_policy.ts';

const lines: string[] = [];
const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
const clock = systemClock;
const sandbox = createSandbox({ modules: { sluice: preludeSource() }, largeFacts: LARGE_FACTS, clock, log });
t.teardown(() => sandbox.close());

async function load(text: string, file = '40-test.policy.ts') {
  return compilePolicy({ file, text, typescript: true }, { sandbox });
}

async function stepOf(text: string, file?: string): Promise<Step> {
  const result = await load(text, file);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return policySteps(result.policies, {
    sandbox,
    key: result.key,
    models,
    capabilities: noCapabilities,
    clock,
    log,
  })[0]!;
}

async function problemsOf(text: string): Promise<string> {
  const result = await load(text);
  return result.ok ? '' : result.problems.map(formatProblem).join('\n');
}

t.test('rules have the lines of their file', async (t) => {
  const result = await load(`${imports}
export const p = policy('p', { kind: 'shape' },
  onRequest('a', true, tag({ a: 'b' })),

  route(
    'b',
    any(tier('mini'), has('tools')),
    use('mini'),
  ),
);`);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  t.same(
    result.policies[0]!.rules.map(({ id, line }) => [id, line]),
    [
      ['a', 4],
      ['b', 6],
    ],
  );
});

t.test('errors at load have the line of the author', async (t) => {
  t.match(
    await problemsOf(
      `${imports}\npolicy('p', { kind: 'shape' },\n  onRequest('a', tier('frontierr' as 'mini'), tag({ a: 'b' })));`,
    ),
    /^40-test\.policy\.ts:4:\d+: error: .*tier\(\): expected one of mini, standard, frontier, got "frontierr"/,
  );
  t.match(
    await problemsOf(`${imports}policy('p', { kind: 'shape' },\n  onRequest('a', true, deny(1, 'x')));`),
    /^40-test\.policy\.ts:3:\d+: error: rule "a": deny\(\) status/,
  );
  t.match(await problemsOf("import fs from 'node:fs';\nexport default fs;"), /cannot import "node:fs"/);
});

t.test('fn and run get their facts, long ones too, and give their verbs back', async (t) => {
  const step = await stepOf(`${imports}policy('p', { kind: 'guard' },
  onRequest('r', fn('asks', (c) => c.request.lastUser.includes('refund')), run((c) => {
    log('seen', c.request.messages.length);
    return c.request.tokensIn > 100 ? deny(413, 'big') : tag({ now: String(Date.now() === c.now), messages: String(c.request.messages.length), draw: String(Math.random()) });
  })));`);
  const given = { view: { lastUser: 'a refund please' } };
  const first = await step.onRequest!(requestContext(given), undefined);
  t.match(first, {
    type: 'continue',
    tags: { now: 'true', messages: '1' },
    rules: [{ matched: true, leaves: [{ leaf: 'fn', result: true }] }],
  });
  t.same(
    (await step.onRequest!(requestContext(given), undefined))!.tags,
    first!.tags,
    'same request, same numbers',
  );
  t.match(
    await step.onRequest!(requestContext({ view: { lastUser: 'refund', inputTokens: 101 } }), undefined),
    { type: 'deny', code: 'big' },
  );
  t.match(await step.onRequest!(requestContext(), undefined), {
    type: 'continue',
    rules: [{ matched: false }],
  });
  t.ok(lines.some((line) => line.startsWith('seen 1')));
});

t.test('an answer’s text reaches code that reads it', async (t) => {
  const step = await stepOf(
    `${imports}policy('p', { kind: 'guard' }, afterResponse('r', fn('bad', (c) => c.resp.text.includes('bad')), deny(451, 'bad_answer')));`,
  );
  t.match(await step.whole!(responseContext(), undefined, answer('so bad')), {
    type: 'deny',
    code: 'bad_answer',
  });
  t.match(await step.whole!(responseContext(), undefined, answer('fine')), { type: 'continue' });
});

t.test('a raw module works as the guide shows it', async (t) => {
  const step = await stepOf(
    "import { deny } from 'sluice';\n\nexport async function onRequest(ctx) {\n  return [deny(403, ctx.request.model)];\n}",
    '41-raw.policy.ts',
  );
  t.match(await step.onRequest!(requestContext(), undefined), {
    type: 'deny',
    code: 'standard',
    reason: 'raw/main',
    details: { at: '41-raw.policy.ts:3' },
  });
});

t.test('code that never ends is stopped and is a policy error', async (t) => {
  const step = await stepOf('export function onRequest() { for (;;) {} }', '42-loop.policy.ts');
  await t.rejects(
    Promise.resolve(step.onRequest!(requestContext(), undefined)),
    /loop\/main \(42-loop\.policy\.ts:1\): run\(\) failed: .*/,
  );
});
