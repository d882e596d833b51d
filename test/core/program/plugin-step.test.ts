import t from 'tap';
import type { PluginFile } from '../../../core/program/plugin-file.ts';
import { pluginStep } from '../../../core/program/plugin-step.ts';
import type { ResponseContext } from '../../../sdk/context.ts';
import { type AnyPlugin, definePlugin } from '../../../sdk/plugin.ts';
import { context, HandClock, services } from './fixtures.ts';

const file: PluginFile = {
  file: '10-x.yaml',
  plugin: 'x',
  mode: 'enforce',
  match: null,
  onFailure: null,
  timeoutMs: null,
  options: { greeting: 'hello' },
  position: () => ({ line: 1, column: 1 }),
};

const base = { name: 'x', summary: 'Does x.', schema: { type: 'object' }, onFailure: 'closed' } as const;

/** A plugin as plain JavaScript might write it, past the types. */
function loose(plugin: object): AnyPlugin {
  return { ...base, needs: [], ...plugin } as unknown as AnyPlugin;
}

t.test('a plugin becomes a step with its own defaults, its file and its hooks', async (t) => {
  const plugin = definePlugin<{ greeting: string }, never, { count: number }>({
    ...base,
    needs: [],
    timeoutMs: 70,
    setup: ({ greeting }, _services, info) => ({
      state: () => ({ count: 1 }),
      onRequest: (_ctx, state) => ({
        type: 'continue',
        reason: `${greeting} ${state.count} ${info.policyVersion}`,
      }),
      settled: () => undefined,
    }),
  });
  const step = await pluginStep(plugin, file, services(), 'v1');
  t.match(step, {
    file: '10-x.yaml',
    name: 'x',
    kind: 'plugin',
    summary: 'Does x.',
    mode: 'enforce',
    onFailure: 'closed',
    timeoutMs: 70,
    hooks: ['onRequest'],
    streamMode: null,
    holdBackChars: 0,
    match: null,
  });
  t.notOk('route' in step);
  const ctx = context();
  t.strictSame(await step.onRequest?.(ctx, step.state?.(ctx)), { type: 'continue', reason: 'hello 1 v1' });
});

t.test('the file wins over the plugin', async (t) => {
  const plugin = loose({ timeoutMs: 70, setup: () => ({}) });
  const step = await pluginStep(
    plugin,
    { ...file, onFailure: 'open', timeoutMs: 5, mode: 'shadow' },
    services(),
    'v',
  );
  t.match(step, { onFailure: 'open', timeoutMs: 5, mode: 'shadow' });
});

t.test('only the services that a plugin needs are handed over', async (t) => {
  let given: object = {};
  const plugin = loose({
    needs: ['clock', 'ids'],
    setup: (_options: unknown, picked: object) => {
      given = picked;
      return {};
    },
  });
  await pluginStep(plugin, file, services(), 'v');
  t.strictSame(Object.keys(given), ['clock', 'ids']);
  await t.rejects(pluginStep(loose({ needs: ['clok'], setup: () => ({}) }), file, services(), 'v'), {
    message: 'plugin "x" needs "clok", which is no service; did you mean "clock"?',
  });
});

t.test('each stream mode puts the answer hook where the pipeline calls it', async (t) => {
  const hooks = () => ({ afterResponse: () => undefined });
  const chunk = await pluginStep(
    loose({ streamMode: 'chunk', holdBackChars: 40, setup: hooks }),
    file,
    services(),
    'v',
  );
  t.match(chunk, { streamMode: 'chunk', holdBackChars: 40, hooks: ['afterResponse'], transform: Function });
  const whole = await pluginStep(loose({ streamMode: 'whole', setup: hooks }), file, services(), 'v');
  t.match(whole, { streamMode: 'whole', holdBackChars: 0, whole: Function });
  const observe = await pluginStep(loose({ streamMode: 'observe', setup: hooks }), file, services(), 'v');
  t.match(observe, { streamMode: 'observe', observe: Function });
  t.equal(observe.observe?.({} as ResponseContext, undefined), undefined);
});

t.test(
  'hooks that do not fit what the plugin declares are refused, and what was opened is closed',
  async (t) => {
    let closed = 0;
    const refuse = async (plugin: object, hooks: unknown, message: string | RegExp) => {
      await t.rejects(pluginStep(loose({ ...plugin, setup: () => hooks }), file, services(), 'v'), {
        message,
      });
    };
    const close = () => {
      closed += 1;
    };
    await refuse(
      {},
      { close, afterResponse: () => undefined },
      'plugin "x" has "afterResponse" but declares no streamMode; declare observe, chunk or whole',
    );
    await refuse(
      { streamMode: 'chunk' },
      { close },
      'plugin "x" declares streamMode "chunk" but has no "afterResponse"',
    );
    await refuse(
      {},
      { close, onReqest: () => undefined },
      'plugin "x" has no hook "onReqest"; did you mean "onRequest"?',
    );
    await refuse({}, { close, route: 5 }, 'plugin "x": expected "route" to be a function; came number');
    t.equal(closed, 4);
    await refuse({}, null, 'plugin "x": expected setup to return an object of hooks; came null');
    await refuse({}, undefined, 'plugin "x": expected setup to return an object of hooks; came undefined');
  },
);

t.test('hooks may be a class of their own and use this', async (t) => {
  class Hooks {
    count = 3;
    onRequest() {
      return { type: 'continue', reason: String(this.count) };
    }
  }
  const step = await pluginStep(loose({ setup: () => new Hooks() }), file, services(), 'v');
  t.strictSame(step.hooks, ['onRequest']);
  t.match(await step.onRequest?.(context(), undefined), { reason: '3' });
});

t.test('a setup that waits too long is given up, and closed when it does finish', async (t) => {
  const clock = new HandClock();
  const slow = Promise.withResolvers<object>();
  let closed = false;
  const made = pluginStep(loose({ setup: () => slow.promise }), file, services(clock), 'v');
  made.catch(() => undefined);
  await clock.advance(30_000);
  await t.rejects(made, { message: 'plugin "x" was not set up within 30 seconds' });
  slow.resolve({
    close: () => {
      closed = true;
    },
  });
  await clock.advance(0);
  t.equal(closed, true);
});

t.test('a setup that ends in time leaves no timer behind', async (t) => {
  const clock = new HandClock();
  await pluginStep(loose({ setup: async () => ({}) }), file, services(clock), 'v');
  t.equal(clock.waiting, 0);
});

t.test('types refuse an answer hook without a stream mode', (t) => {
  // @ts-expect-error: afterResponse needs streamMode
  definePlugin({ ...base, needs: [], setup: () => ({ afterResponse: () => undefined, onRequest: 5 }) });
  t.end();
});
