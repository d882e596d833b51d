import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { UpstreamReply } from '../../core/policy-test/case.ts';
import { readCases } from '../../core/policy-test/cases.ts';
import type { Answers, Draft } from '../../playground/src/engine/messages.ts';
import { CurlError, givenOfCurl } from '../../playground/src/playground/curl.ts';
import { diffLines } from '../../playground/src/playground/line-diff.ts';
import { configOf } from '../../playground/src/playground/live-config.ts';
import { presets } from '../../playground/src/playground/presets.ts';
import { coverageMarks, runMarks } from '../../playground/src/playground/rule-marks.ts';
import { sampleConfig } from '../../playground/src/playground/sample-config.ts';
import { caseFileOf, withCase } from '../../playground/src/playground/save-test.ts';
import { scriptOf, scriptText } from '../../playground/src/playground/script-text.ts';
import { shownPieces } from '../../playground/src/playground/stream-text.ts';
import { slotsOf, verdictOf } from '../../playground/src/playground/verdict.ts';
import { exampleEngineConfig, exampleFiles, pageEngine } from './engine-parts.ts';

const engine = await pageEngine();
const draft: Draft = { config: sampleConfig, files: exampleFiles() };

t.test("the sample's names are those of the examples", async (t) => {
  const { providers, models } = await exampleEngineConfig();
  t.same({ providers: sampleConfig.providers, models: sampleConfig.models }, { providers, models });
});

t.test('every preset is a request that the examples decide on', async (t) => {
  for (const { name, given } of presets) {
    const { tried, error } = (await engine.answer({ type: 'try', draft, given })) as Answers['try'];
    t.equal(error, null, name);
    t.match(verdictOf(tried!.trace).text, /^(Answered|Refused)/, name);
  }
});

t.test('a verdict says who decided, and slots say who lost', async (t) => {
  const { tried } = (await engine.answer({
    type: 'try',
    draft,
    given: {
      user: 'grace',
      request: { model: 'standard', lastUser: 'prove it' },
      upstream: [{ fail: 'overloaded' }],
    },
  })) as Answers['try'];
  const slots = slotsOf(tried!.trace);
  t.match(
    slots.find(({ slot }) => slot === 'target'),
    {
      value: 'frontier',
      rule: { policy: 'cheap-default', rule: 'hard' },
      lost: [{ policy: 'exp-42', value: 'candidate' }],
    },
  );
  const denied = (await engine.answer({
    type: 'try',
    draft,
    given: { tenant: { plan: 'free' }, request: { model: 'frontier', lastUser: 'hi' } },
  })) as Answers['try'];
  t.match(verdictOf(denied.tried!.trace), {
    tone: 'bad',
    text: 'Refused with 403 model_not_in_plan by free-tier/asked',
    rule: { at: /^20-free-tier.policy.ts:\d+$/ },
  });
});

t.test('marks beside rules say what became of each', async (t) => {
  const { loaded, tried } = (await engine.answer({
    type: 'try',
    draft,
    given: { tenant: { plan: 'free' }, request: { model: 'frontier', lastUser: 'hi' } },
  })) as Answers['try'];
  t.match(runMarks('20-free-tier.policy.ts', loaded, tried!), [
    { line: 7, state: 'matched', title: /^free-tier\/asked: matched/ },
    { line: 8, state: 'unreached', title: /not reached/ },
  ]);
  const { tested } = (await engine.answer({ type: 'test', draft })) as Answers['test'];
  t.match(coverageMarks('20-free-tier.policy.ts', tested!), [{ line: 7, state: 'covered' }, { line: 8 }]);
});

t.test('a request is saved as a case that passes at once, wherever it is put', async (t) => {
  const given = { tenant: { plan: 'free' }, request: { model: 'frontier', lastUser: 'yes: "no" # {' } };
  const { tried } = (await engine.answer({ type: 'try', draft, given })) as Answers['try'];
  const name = caseFileOf('20-free-tier.policy.ts');
  t.equal(name, '20-free-tier.policy.test.yaml');
  t.equal(caseFileOf('20-free-tier.policy.test.yaml'), name);
  const existing = draft.files.find((file) => file.name === name)!.text;
  for (const before of [
    '',
    existing,
    '- name: a\n  expect: { status: 200 }\n',
    'cases:\n  - name: a\n    expect: { status: 200 }\ngiven: {}\n',
  ]) {
    const text = withCase(before, 'it is: "refused"', given, tried!);
    const read = readCases(text, name);
    t.strictSame(read.problems, [], text);
    t.equal(read.cases.at(-1)!.name, 'it is: "refused"');
    t.strictSame(read.cases.at(-1)!.given.request?.lastUser, given.request.lastUser);
    t.equal(read.cases.length, readCases(before, name).cases.length + 1);
    const files = [...draft.files.filter((file) => file.name !== name), { name, text }];
    const { tested } = (await engine.answer({ type: 'test', draft: { ...draft, files } })) as Answers['test'];
    t.match(
      tested!.cases.find((one) => one.name === 'it is: "refused"'),
      { status: 'pass' },
      text,
    );
  }
});

t.test('curl commands become facts, without their keys', async (t) => {
  t.strictSame(
    givenOfCurl(`curl -sS https://gw.example/v1/chat/completions?x=1 \\
  -H 'Authorization: Bearer sk-secret' -H "x-api-key: sk-2" -H 'X-Tenant-Id: acme' -H 'anthropic-beta: a' \\
  --data-raw '{"model":"mini","messages":[{"role":"user","content":"it'\\''s"}]}'`),
    {
      tenant: { id: 'acme' },
      request: {
        api: 'chat',
        headers: { 'anthropic-beta': 'a' },
        body: { model: 'mini', messages: [{ role: 'user', content: "it's" }] },
      },
    },
  );
  t.match(givenOfCurl('curl -X POST http://x/v1/messages -d "{\\"model\\":\\"a\\"}"'), {
    request: { api: 'messages', body: { model: 'a' } },
  });
  for (const wrong of [
    'wget x',
    'curl http://x/v1/models -d {}',
    "curl http://x/v1/messages -d 'x'",
    "curl http://x/v1/messages -d '",
    'curl http://x/v1/messages -d @body.json',
    'curl http://x/v1/messages -d []',
  ]) {
    t.throws(() => givenOfCurl(wrong), CurlError, wrong);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 80 }), (text) => {
      try {
        givenOfCurl(`curl ${text}`);
      } catch (error) {
        assert.ok(error instanceof CurlError);
      }
    }),
  );
});

t.test('the script of the providers is written and read back', async (t) => {
  const reply: fc.Arbitrary<UpstreamReply> = fc.oneof(
    fc.record({ fail: fc.constantFrom('overloaded' as const, 'timeout' as const) }),
    fc.record({ text: fc.stringMatching(/^[a-z|][a-z |]{0,12}[a-z|]$/) }),
    fc.record({ chunks: fc.array(fc.stringMatching(/^[a-z][a-z |]{0,6}$/), { minLength: 2, maxLength: 4 }) }),
    fc.record({ text: fc.constant('paid'), usd: fc.constant(2), tokensOut: fc.constant(9) }),
  );
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 4 }), (replies) => {
      assert.deepEqual(scriptOf(scriptText(replies)), structuredClone(replies));
    }),
  );
  t.pass('100 scripts');
});

t.test('lines that were kept, taken away and added make both texts', async (t) => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
    .map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after);
      const side = (out: string) =>
        lines
          .filter(({ kind }) => kind !== out)
          .map((line) => line.text)
          .join('\n');
      assert.equal(side('added'), before);
      assert.equal(side('removed'), after);
    }),
    { numRuns: 300 },
  );
  t.strictSame(
    diffLines('a\nb', 'a\nc').map(({ kind }) => kind),
    ['same', 'removed', 'added'],
  );
  const long = Array.from({ length: 1500 }, (_, i) => `${i}`).join('\n');
  t.equal(diffLines(long, long.replaceAll('1', 'x')).length > 1500, true);
});

t.test('pieces of a stream show their words, in every dialect', async (t) => {
  for (const api of ['chat', 'messages', 'responses', 'completions'] as const) {
    const given = {
      request: { api, model: 'mini', stream: true, lastUser: 'hi' },
      upstream: [{ chunks: ['Hel', 'lo'] }],
    };
    const { tried } = (await engine.answer({
      type: 'try',
      draft: { ...draft, files: [] },
      given,
    })) as Answers['try'];
    const pieces = shownPieces(tried!.stream);
    for (const side of ['sent', 'got']) {
      const words = pieces
        .filter((piece) => piece.side === side)
        .map(({ text }) => text)
        .join('');
      t.equal(words, 'Hello', `${api}, ${side}`);
    }
  }
});

t.test("the gateway's registry is what the engine needs to know", async (t) => {
  t.strictSame(
    configOf({
      aliases: [
        {
          name: 'smart',
          strategy: 'ordered',
          targets: [
            { id: 'up/claude-x', vendor: 'anthropic', tier: 'frontier', region: 'eu', weight: 2 },
            'up/other',
          ],
        },
      ],
      providers: [{ name: 'up', kind: 'openai', region: 'eu' }],
      tenants: [],
    }),
    {
      version: 'live',
      providers: [{ name: 'up', kind: 'openai', region: 'eu', vendor: null, tier: null }],
      models: [
        {
          alias: 'smart',
          strategy: 'ordered',
          targets: [
            { target: 'up/claude-x', weight: 2, tier: 'frontier' },
            { target: 'up/other', weight: 1, tier: null },
          ],
        },
      ],
    },
  );
});
