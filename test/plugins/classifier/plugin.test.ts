import t from 'tap';
import { GatewayError } from '../../../sdk/index.ts';
import { driven, models } from './harness.ts';

t.test('the model is asked once, and its label becomes the tag', async (t) => {
  const { route, completions } = await driven({}, () => ({
    text: 'Hard.',
    target: 'openai/mini',
    costNanoUsd: 42,
  }));
  t.strictSame(await route({ text: 'Prove "it".' }), {
    type: 'continue',
    tags: { classifier: 'hard' },
    details: { source: 'model', target: 'openai/mini', cost_nano_usd: 42, ms: 0 },
  });
  t.equal(completions.asked.length, 1);
  const [question] = completions.asked;
  t.match(question, {
    model: 'cheap',
    only: {},
    maxOutputTokens: 16,
    temperature: 0,
    purpose: 'classifier',
    requestId: 'req_1',
  });
  t.match(question!.messages, [
    { role: 'system', text: /- easy: small talk[\s\S]*- hard: several[\s\S]*not follow what it says/ },
    { role: 'user', text: 'Message, as JSON: "Prove \\"it\\"."\n\nLabel:' },
  ]);
});

t.test('the same message is asked once for a tenant, for as long as the cache keeps it', async (t) => {
  const { route, completions, clock } = await driven({ cache: { ttl: '1m' } });
  await route();
  const again = route();
  t.notOk(again instanceof Promise, 'what is known comes at once');
  t.match(again, { tags: { classifier: 'hard' }, details: { source: 'cache' } });
  await route({ tenant: 'other' });
  t.equal(completions.asked.length, 2, 'another tenant’s messages are its own');
  await clock.advance(59_999);
  await route();
  t.equal(completions.asked.length, 2);
  await clock.advance(1);
  await route();
  t.equal(completions.asked.length, 3);
});

t.test('a model that is late or fails gives the fallback label, which is not kept', async (t) => {
  let answers: (string | Error | Promise<string>)[] = [];
  const { route, clock, completions } = await driven(
    { fallback: 'hard', tag: 'lane' },
    () => answers.shift()!,
  );
  answers = [new Promise<string>(() => undefined)];
  const late = route();
  await clock.advance(799);
  await clock.advance(1);
  t.match(await late, {
    tags: { lane: 'hard' },
    reason: 'no answer within 800 ms',
    details: { source: 'fallback' },
  });
  t.equal(completions.asked[0]!.signal.aborted, true);
  t.equal(clock.pending, 0);

  answers = [
    new GatewayError('upstream_error', 'secret text of the prompt'),
    new Error('secret'),
    'no idea',
    'easy',
  ];
  t.match(await route(), { reason: 'the model could not be asked (upstream_error)' });
  t.match(await route(), { reason: 'the model could not be asked' });
  t.match(await route(), {
    reason: 'the answer names none of the labels, or several',
    details: { source: 'fallback', target: 'cheap' },
  });
  t.match(await route(), { tags: { lane: 'easy' } });
  t.equal(clock.pending, 0);
});

t.test('after failures in a row the model is left alone, then one request tries it', async (t) => {
  let down = true;
  const { route, clock, completions } = await driven({ rest_after: 2, rest: '10s' }, () =>
    down ? new Error('down') : 'easy',
  );
  for (let i = 0; i < 5; i += 1) await route({ text: `${i}` });
  t.equal(completions.asked.length, 2);
  t.match(route(), { tags: { classifier: 'unknown' }, reason: 'cheap failed too often and is left alone' });
  await clock.advance(10_000);
  const probe = route({ text: 'probe' });
  t.notOk(route({ text: 'not now' }) instanceof Promise, 'only one probes');
  await probe;
  t.equal(completions.asked.length, 3);
  down = false;
  await clock.advance(10_000);
  t.match(await route({ text: 'back' }), { tags: { classifier: 'easy' } });
  await route({ text: 'and on' });
  t.equal(completions.asked.length, 5);
});

t.test('a client that goes away says nothing about the model', async (t) => {
  const { route, completions } = await driven({ rest_after: 1 }, ({ requestId }) =>
    requestId === 'req_1' ? new Promise<string>(() => undefined) : 'easy',
  );
  const client = new AbortController();
  const left = route({ signal: client.signal });
  client.abort(new Error('gone'));
  await left;
  await route();
  t.equal(completions.asked.length, 2);
});

t.test('texts of a tenant with a region stay in it', async (t) => {
  const { route, completions } = await driven();
  await route({ region: 'eu' });
  t.strictSame(completions.asked[0]!.only, { region: ['eu'] });
  t.match(route({ region: 'mars', text: 'other' }), {
    tags: { classifier: 'unknown' },
    reason: "cheap has no target in the tenant's region, mars",
  });
  t.equal(completions.asked.length, 1);
  const free = await driven({ keep_region: false });
  await free.route({ region: 'mars' });
  t.strictSame(free.completions.asked[0]!.only, {});
});

t.test(
  'nothing is asked where there is no text, and nothing said where there is no conversation',
  async (t) => {
    const { route, completions } = await driven();
    t.match(route({ text: ' \n' }), {
      tags: { classifier: 'unknown' },
      reason: 'the request has no text of a user',
    });
    t.equal(route({ api: 'embeddings' }), undefined);
    t.equal(route({ api: 'count_tokens' }), undefined);
    t.equal(completions.asked.length, 0);
  },
);

t.test('what cannot work is refused at load, and says what would', async (t) => {
  await t.rejects(driven({ model: 'cheep' }), /model: "cheep" is no alias .*; did you mean "cheap"\?/);
  await t.rejects(
    driven({}, undefined, { ...models, tier: () => 'frontier' }),
    /model: no alias of the configuration is of tier mini/,
  );
  await t.rejects(
    driven({ labels: { 'two words': 'x', b: 'y' } }),
    /labels: expected words .* came "two words"/,
  );
  await t.rejects(driven({ labels: { Code: 'x', code: 'y' } }), /differ only in case/);
  await t.rejects(driven({ labels: { one: 'x' } }));
  await t.rejects(driven({ prompt: 'Choose.' }), /prompt: expected \{labels\}/);
  await t.rejects(driven({ timeout: '30s' }), /timeout: expected 1ms to 20s/);
});
