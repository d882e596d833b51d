import t from 'tap';
import { callOf, loadHooks, testSandbox } from './_sandbox.ts';

t.test('the plan holds what was emitted, the exported functions and all export names', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const source = `
    import { fn, policy } from 'sluice';
    const hard = fn((ctx) => ctx.request.tokensIn > 10);
    policy({ id: 'one', hard });
    policy({ id: 'two' });
    export const limit = 3;
    export function onRequest(ctx) { return 'asked'; }
    export async function later(ctx) { await 0; return ctx.tenant.plan; }`;
  const loaded = await sandbox.load({ key: 'a', file: 'a.policy.ts', source });
  t.match(loaded, {
    ok: true,
    plan: {
      policies: [{ id: 'one', hard: { fn: 0 } }, { id: 'two' }],
      hooks: [
        { name: 'later', fn: 1 },
        { name: 'onRequest', fn: 2 },
      ],
      exports: ['later', 'limit', 'onRequest'],
    },
  });
  t.match(await sandbox.call(callOf('a', 0)), { ok: true, value: true });
  t.match(await sandbox.call(callOf('a', 1)), { ok: true, value: 'free' });
  t.match(await sandbox.call(callOf('a', 2)), { ok: true, value: 'asked' });
});

t.test('faults name the line and column of the file as it was written', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    `export function throws(ctx) {
  const nothing = null;
  return nothing.id;
}
export function loops(ctx) {
  for (;;) Math.abs(1);
}
export async function rejects(ctx) {
  await 0;
  throw new RangeError('too far');
}`,
  );
  t.match(await call('throws'), { ok: false, fault: 'error', line: 3, column: 17, message: /^TypeError: / });
  t.match(await call('loops'), { ok: false, fault: 'cpu', line: 6, message: /50 ms in one call/ });
  t.match(await call('rejects'), { ok: false, fault: 'error', line: 10, message: 'RangeError: too far' });
});

t.test('a module that cannot be loaded says why and where', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const load = (key: string, source: string) => sandbox.load({ key, file: `${key}.policy.ts`, source });
  t.match(await load('syntax', 'const a = 1;\nconst b = ;\n'), { ok: false, fault: 'reject-load', line: 2 });
  t.match(await load('throws', '\n\nthrow new Error("no");'), { ok: false, message: 'Error: no', line: 3 });
  t.match(await load('imports', '\nimport fs from "node:fs";'), {
    ok: false,
    line: 2,
    message: 'Error: cannot import "node:fs": a policy may import only "sluice"',
  });
  t.match(await load('names', 'import { nothing } from "sluice";'), { ok: false, message: /nothing/ });
  t.match(await load('proto', '__sluice.emit(\'{"__proto__":{"x":1}}\');'), {
    ok: false,
    message: /__proto__/,
  });
  t.match(await load('text', '__sluice.emit("{");'), { ok: false, fault: 'reject-load' });
  t.equal(sandbox.stats().faults['reject-load'], 6);
  t.match(await load('syntax', 'export const fine = 1;'), { ok: true }, 'a failed key can be loaded again');
});

t.test('registering during a call is refused', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    `
    import { fn, policy } from 'sluice';
    export function registers() { return fn(() => 1); }
    export function emits() { return policy({ id: 'late' }); }`,
  );
  t.match(await call('registers'), {
    ok: false,
    fault: 'error',
    message: /only while the policy file is loaded/,
  });
  t.match(await call('emits'), {
    ok: false,
    fault: 'error',
    message: /only while the policy file is loaded/,
  });
});

t.test('log lines are capped, and cannot forge a line or a terminal sequence', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { loaded, call } = await loadHooks(
    sandbox,
    'a',
    `
    import { log } from 'sluice';
    log('loaded');
    export function prints() { console.log('a\\nb', '\\u001b[31m'); console.error('x'.repeat(5000)); }
    export function floods() { for (let at = 0; at < 200; at++) console.log(at); }`,
  );
  t.strictSame(loaded.logs, [{ level: 'info', text: 'loaded' }]);
  const printed = await call('prints');
  t.equal(printed.logs[0]?.text, 'a b  [31m');
  t.equal(printed.logs[1]?.text.length, 1001);
  const flooded = await call('floods');
  t.equal(flooded.logs.length, 50);
  t.equal(flooded.logs.at(-1)?.text, '(more lines dropped)');
});

t.test('what a function writes into its facts is gone in the next call', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    `export function writes(ctx) {
    const was = [ctx.tenant.id, ctx.request.messages.length];
    ctx.tenant.id = 'other';
    ctx.request.messages.push(1);
    return was;
  }`,
  );
  for (let run = 0; run < 3; run++) t.match(await call('writes'), { ok: true, value: ['acme', 2] });
});
