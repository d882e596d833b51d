import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { anonymous, type Identity } from '../../../sdk/index.ts';
import { driven } from './harness.ts';

const who = (key: readonly string[], tenant?: readonly string[]): Identity => ({
  ...anonymous,
  key: { id: 'k', name: '', scopes: key },
  tenant: { ...anonymous.tenant, ...(tenant && { models: tenant }) },
});

t.test('names of the client’s list become the fallbacks, in place of the chain', async (t) => {
  const { route } = await driven({ chains: { cheap: ['openai/gpt'] } });
  t.match(route({ models: ['smart', 'openai/gpt', 'smart'] }), {
    fallbacks: ['smart', 'openai/gpt'],
    chains: undefined,
    reason: 'the client named its fallbacks',
  });
  t.match(route({ fallbacks: ['smart', { model: 'backup' }] }), { fallbacks: ['smart', 'backup'] });
  t.match(route({ models: ['smart'], fallbacks: ['backup'] }), { fallbacks: ['smart', 'backup'] });
  t.match(route({ disable_fallbacks: true, models: ['smart'] }), { fallbacks: [], chains: undefined });
  for (const none of [{}, { models: [] }, { models: null, fallbacks: null }, { disable_fallbacks: false }]) {
    t.match(route(none), { chains: { cheap: ['cheap', 'openai/gpt'] }, fallbacks: undefined });
  }
});

t.test('only what key and tenant may ask for', async (t) => {
  const { route } = await driven();
  const denied = {
    type: 'deny',
    code: 'model_not_allowed',
    status: 403,
    message: /may not use the model "smart"/,
  };
  t.match(route({ models: ['smart'] }, who(['cheap'])), denied);
  t.match(route({ models: ['smart'] }, who([], ['ch*'])), denied);
  t.match(route({ models: ['smart'] }, who(['sm*'], ['*'])), { fallbacks: ['smart'] });
  t.match(route({ models: ['nothing'] }, who(['cheap'])), { status: 403 }, 'whether it exists is not told');
});

t.test('names that are not known here are 404 and named', async (t) => {
  const { route } = await driven();
  t.match(route({ models: ['smart', 'smert', 'nope/x'] }), {
    type: 'deny',
    code: 'model_not_found',
    status: 404,
    message: /"smert", "nope\/x"\./,
  });
  t.match(route({ models: ['smert'] }), { message: /Did you mean "smart"\?/ });
  t.match(route({ models: ['anthropic/opus'] }), { status: 404 }, 'cheap goes to no aggregator');
});

t.test(
  'where the request goes to an aggregator its own names are known, under the aggregator’s',
  async (t) => {
    const { route } = await driven();
    const asked = { model: 'router', models: ['meta/llama', 'smart'] };
    t.match(route(asked), { fallbacks: ['openrouter/meta/llama', 'smart'] });
    t.match(route(asked, who(['router', 'smart', 'meta/*'])), { status: 403 });
    t.match(route(asked, who(['router', 'smart', 'openrouter/meta/*'])), {
      fallbacks: ['openrouter/meta/llama', 'smart'],
    });
    const without = await driven({ aggregators: [] });
    t.match(without.route(asked), { status: 404 });
  },
);

t.test('a list that is none is 400', async (t) => {
  const { route } = await driven();
  const long = Array.from({ length: 9 }, (_, index) => `openrouter/m${index}`);
  for (const wrong of [
    { models: 'smart' },
    { models: [1] },
    { models: [''] },
    { models: [{ model: 'smart' }] },
    { models: long },
    { models: long.slice(0, 5), fallbacks: long.slice(4) },
    { fallbacks: [{ model: 'smart', messages: [] }] },
    { disable_fallbacks: 'yes' },
  ]) {
    t.match(
      route(wrong as never),
      { type: 'deny', code: 'invalid_request', status: 400 },
      JSON.stringify(wrong),
    );
  }
  t.match(route({ models: ['x'.repeat(10_000)] }), { message: /^.{0,300}$/ }, 'errors stay short');
});

t.test('switched off, lists are ignored; they are never sent on', async (t) => {
  for (const client_lists of [true, false]) {
    const { route, attempt } = await driven({ client_lists });
    const body = { models: ['smart'], fallbacks: [], disable_fallbacks: false, route: 'fallback', seed: 1 };
    const decision = attempt('claude/sonnet', 'cheap', body);
    t.strictSame(decision, {
      type: 'continue',
      changes: {
        params: { models: undefined, fallbacks: undefined, disable_fallbacks: undefined, route: undefined },
      },
    });
    t.equal(attempt('claude/sonnet', 'cheap', { seed: 1, route: 'else' }), undefined);
    if (!client_lists) t.equal('fallbacks' in route({ models: 'anything' }), false);
  }
});

t.test('attempts at other targets than the first are tagged with how far they went', async (t) => {
  const { attempt } = await driven();
  t.equal(attempt('claude/opus', 'smart'), undefined);
  t.strictSame(attempt('claude/sonnet', 'smart'), { type: 'continue', tags: { fallback: 'same-vendor' } });
  t.strictSame(attempt('openai/gpt', 'smart', { models: ['x'] }), {
    type: 'continue',
    changes: { params: { models: undefined } },
    tags: { fallback: 'cross-vendor' },
  });
});

t.test('whatever a body says, only allowed names that are known come out, or a short refusal', async () => {
  const { route, attempt } = await driven();
  const allowed = ['cheap', 'router', 'openrouter/ok/*'];
  const name = fc.constantFrom(
    'cheap',
    'smart',
    'router',
    'ok/model',
    'openrouter/ok/x',
    'nope',
    '__proto__',
    '',
  );
  const list = fc.oneof(fc.array(fc.oneof(name, fc.record({ model: name }), fc.jsonValue())), fc.jsonValue());
  const bodies = fc.record(
    {
      model: fc.constantFrom('cheap', 'router'),
      models: list,
      fallbacks: list,
      disable_fallbacks: fc.oneof(fc.boolean(), fc.jsonValue()),
      route: fc.constantFrom('fallback', 'other'),
    },
    { requiredKeys: ['model'] },
  );
  fc.assert(
    fc.property(bodies, (body) => {
      const decision = route(body as never, who(allowed));
      if (decision.type === 'deny') {
        assert.ok([400, 403, 404].includes(decision.status!) && decision.message!.length < 1200);
      } else {
        for (const one of decision.fallbacks ?? []) {
          assert.match(one as string, /^(cheap|router|openrouter\/ok\/.*)$/);
        }
      }
      const sent = attempt('claude/sonnet', 'cheap', body as never);
      const params = sent?.type === 'continue' ? (sent.changes?.params ?? {}) : {};
      for (const field of ['models', 'fallbacks', 'disable_fallbacks']) {
        assert.equal(Object.hasOwn(params, field), Object.hasOwn(body, field));
      }
    }),
    { numRuns: 300 },
  );
});
