import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import type { Given } from '../../core/policy-test/case.ts';
import { readCases } from '../../core/policy-test/cases.ts';
import { loadOffline } from '../../core/policy-test/offline.ts';
import { runSituation } from '../../core/policy-test/run.ts';
import { runCase } from '../../core/policy-test/run-case.ts';
import { situationOf } from '../../core/policy-test/situation.ts';
import { memoryFolder } from '../../core/program/memory-folder.ts';
import type { Answers, Draft, DraftFile } from '../../playground/src/engine/messages.ts';
import { mockProvider } from '../../plugins/providers/mock/provider.ts';
import { tokenLimiter } from '../../plugins/token-limiter/plugin.ts';
import { exampleConfig, exampleEngineConfig, exampleFiles, pageEngine } from './engine-parts.ts';

const config = await exampleEngineConfig();

/** The record as it is written, but for how long rules took and how far a loop came in its time. */
function recordOf(trace: unknown): string {
  return JSON.stringify(trace)
    .replaceAll(/"us":[\d.]+/g, '"us":0')
    .replaceAll(/stopped after \d+ ticks/g, 'stopped');
}

async function gatewayOf(files: readonly DraftFile[]) {
  return loadOffline({
    config: fileURLToPath(exampleConfig),
    snapshot: memoryFolder(Object.fromEntries(files.map(({ name, text }) => [name, text]))),
    env: {},
    plugins: [tokenLimiter],
    kinds: [mockProvider],
  });
}

/** Code, chance, time, errors and prints: whatever a policy can do in the sandbox. */
const coded: DraftFile = {
  name: '45-code.policy.ts',
  text: `import { type Ctx, deny, fn, hash, log, onRequest, policy, route, run, tag, use } from 'sluice';

interface Lane { readonly name: string; readonly share: number }
const lanes: readonly Lane[] = [{ name: 'a', share: 0.5 }, { name: 'b', share: 1 }];

export const code = policy('code', { kind: 'guard', limits: { ms: 200 } },
  onRequest('long', fn('long', (c: Ctx): boolean => c.request.lastUser.length > 20 && c.request.messages.length > 0),
    run((c: Ctx<'onRequest'>) => [tag({ words: String(c.request.lastUser.split(' ').length), at: String(Date.now()) })])),
  route('lane', true, run((c: Ctx<'route'>) => {
    const drawn = Math.random();
    const lane = lanes.find(({ share }) => drawn < share) as Lane;
    log('drew', drawn, lane.name);
    return [tag({ lane: lane.name, drawn: String(drawn), hashed: String(hash(c.requestId)) }), use('mini')];
  })),
  onRequest('bad', fn('bad', (c: Ctx) => { const o = null as unknown as { x: { y: string } }; return c.request.lastUser === 'crash' && o.x.y === ''; }), deny(500, 'never')),
);
`,
};

t.test('the page decides as the gateway does, byte by byte', async (t) => {
  const files = exampleFiles();
  const engine = await pageEngine();
  const gateway = await gatewayOf(files);
  t.teardown(() => gateway.close());

  await t.test('every case of the examples has the same record, answer and verdict', async (t) => {
    const { tested } = (await engine.answer({ type: 'test', draft: { config, files } })) as Answers['test'];
    t.ok(tested !== null && tested.problems.length === 0, 'the cases are read');
    const cases = files.flatMap(({ name, text }) =>
      name.endsWith('.test.yaml') ? readCases(text, name).cases : [],
    );
    t.ok(cases.length > 30);
    for (const [i, one] of cases.entries()) {
      const result = await runCase(one, gateway, { policies: gateway.policies });
      const mine = tested!.cases[i]!;
      t.equal(mine.name, one.name);
      t.strictSame([mine.status, mine.notes], [result.status, result.notes], one.name);
      t.equal(recordOf(mine.trace), recordOf(result.run?.trace), `the record of: ${one.name}`);
    }
  });

  await t.test('so has any request, with policies of code, streams and failures', async (t) => {
    const draft: Draft = { config, files: [...files, coded].sort((a, b) => (a.name < b.name ? -1 : 1)) };
    const withCode = await gatewayOf(draft.files);
    t.teardown(() => withCode.close());
    const text = fc.oneof(
      fc.constantFrom('Hello', 'prove it', 'crash', 'a question of more than twenty characters'),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const given: fc.Arbitrary<Given> = fc.record(
      {
        tenant: fc.record({
          id: fc.constantFrom('acme', 'zeta'),
          plan: fc.constantFrom('free', 'pro'),
          region: fc.constantFrom('eu', 'us'),
        }),
        user: fc.constantFrom('ada', 'grace'),
        seed: fc.integer({ min: 0, max: 1e6 }),
        budget: fc.record({ day: fc.record({ used: fc.constantFrom(0, 0.85, 1) }) }),
        request: fc.record(
          {
            model: fc.constantFrom('mini', 'standard', 'frontier', 'mock/other', 'unknown'),
            api: fc.constantFrom('chat' as const, 'messages' as const, 'responses' as const),
            lastUser: text,
            stream: fc.boolean(),
            tokensIn: fc.constantFrom(10, 4001, 70_000),
            tools: fc.constantFrom([], ['search']),
          },
          { requiredKeys: ['lastUser'] },
        ),
        upstream: fc.array(
          fc.oneof(
            fc.record({
              fail: fc.constantFrom(
                'overloaded' as const,
                'timeout' as const,
                'rate_limit' as const,
                'context_length' as const,
              ),
            }),
            fc.record({
              chunks: fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), {
                minLength: 1,
                maxLength: 5,
              }),
            }),
          ),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: ['request'] },
    );
    await fc.assert(
      fc.asyncProperty(given, async (given) => {
        // Limits are wall-clock time: on a machine that is busy enough, honest code can miss them on one side.
        for (let tries = 0; ; tries++) {
          const mine = (await engine.answer({ type: 'try', draft, given })) as Answers['try'];
          const theirs = await runSituation(
            situationOf(given, withCode.setup.services.models),
            withCode,
          ).then(
            (run) => ({ run, error: null }),
            (error: Error) => ({ run: null, error: error.message }),
          );
          const records = [recordOf(mine.tried?.trace ?? null), recordOf(theirs.run?.trace ?? null)] as const;
          if (tries < 5 && records.some((record) => /\((?:cpu|unavailable|quarantined)\)/.test(record)))
            continue;
          assert.equal(mine.error, theirs.error);
          assert.equal(records[0], records[1]);
          if (theirs.run === null) return;
          const { status, headers, body } = mine.tried!;
          assert.deepEqual({ status, headers, body }, theirs.run.response);
          return;
        }
      }),
      { numRuns: 40, seed: 42 },
    );
    t.pass('40 requests');
  });
});

t.test('a loop without an end is stopped in the page as in the gateway', async (t) => {
  const text = `import { type Ctx, deny, fn, onRequest, policy } from 'sluice';
export const spin = policy('spin', { kind: 'guard' },
  onRequest('slow', fn('slow', (c: Ctx) => { while (c.request.stream === false); return false; }), deny(500, 'x')));
`;
  const files = [{ name: '10-spin.policy.ts', text }];
  const engine = await pageEngine();
  const gateway = await gatewayOf(files);
  t.teardown(() => gateway.close());
  const given: Given = { request: { model: 'mini', lastUser: 'Hi' } };
  const mine = (await engine.answer({ type: 'try', draft: { config, files }, given })) as Answers['try'];
  const theirs = await runSituation(situationOf(given, gateway.setup.services.models), gateway);
  t.equal(recordOf(mine.tried?.trace), recordOf(theirs.trace));
  t.match(mine.tried, { status: 503, trace: { errorCode: 'policy_error' } });
});

t.test('a folder that does not load says why, where it is wrong', async (t) => {
  const engine = await pageEngine();
  const load = async (name: string, text: string) =>
    (await engine.answer({ type: 'load', draft: { config, files: [{ name, text }] } })) as Answers['load'];

  const typo = await load(
    '10-a.policy.ts',
    "import { policy, route, use } from 'sluice';\nexport const a = policy('a', { kind: 'shape' },\n  route('r', true, use('minni')));\n",
  );
  t.notOk(typo.ok);
  t.match(typo.problems, [{ file: '10-a.policy.ts', line: 3, message: /Did you mean "mini"/ }]);

  const syntax = await load('10-a.policy.ts', 'export const a = = 1;\n');
  t.match(syntax.problems, [{ line: 1, severity: 'error', message: /not valid TypeScript/ }]);

  const en = await load('10-a.policy.ts', '\nexport enum Lane { a }\n');
  t.match(en.problems, [{ line: 2, column: 1, message: /enum is not supported/ }]);

  const loop = await load('10-a.policy.ts', 'for (;;);\n');
  t.match(loop.problems, [{ message: /stopped|at most 500 ms/ }]);

  const plugin = await load('15-pii.yaml', 'plugin: pii-redactor\naction: hide\n');
  t.match(plugin.problems, [{ file: '15-pii.yaml', line: 2, message: /one of/ }]);

  const name = await load('notes.txt', 'x');
  t.match(name.problems, [{ file: 'notes.txt', message: /not understood/ }]);
});

t.test('a request that contradicts itself is an answer, not a failure', async (t) => {
  const engine = await pageEngine();
  const draft = { config, files: [] };
  const answer = (await engine.answer({ type: 'try', draft, given: { now: 'soon' } })) as Answers['try'];
  t.match(answer.error, /given.now: expected a time/);
});

t.test('what runs in the page filters a stream as the gateway does', async (t) => {
  const engine = await pageEngine();
  const draft = { config, files: [{ name: '15-pii.yaml', text: 'plugin: pii-redactor\naction: mask\n' }] };
  const given: Given = {
    request: { model: 'mini', stream: true, lastUser: 'who?' },
    upstream: [{ chunks: ['Write to ada@exam', 'ple.com or', ' call.'] }],
  };
  const { tried, loaded } = (await engine.answer({ type: 'try', draft, given })) as Answers['try'];
  t.match(loaded.plugins, [{ plugin: 'pii-redactor', runs: true }]);
  const sides = tried!.stream.map(({ side }) => side);
  t.ok(sides.includes('sent') && sides.includes('got'), 'both sides are heard');
  t.ok(tried!.stream.some(({ side, text }) => side === 'sent' && text.includes('ada@exam')));
  t.notOk(tried!.body.includes('ada@exam'), 'the client sees nothing of the address');
  t.match(tried!.responseText, /or call\.$/);
});

t.test('what policies print is kept with the policy that printed it', async (t) => {
  const engine = await pageEngine();
  const draft = { config, files: [coded] };
  const given: Given = { request: { model: 'mini', lastUser: 'Hi' } };
  const { tried } = (await engine.answer({ type: 'try', draft, given })) as Answers['try'];
  t.match(tried!.printed, [
    { policy: 'code', file: '45-code.policy.ts', level: 'info', text: /drew 0\.\d+ [ab]/ },
  ]);
});
