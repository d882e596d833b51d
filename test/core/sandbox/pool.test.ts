import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import type { GuestFailed, GuestReturned } from '../../../core/sandbox/sandbox.ts';
import { callOf, FACTS, loadHooks, memoryLog, ShiftedClock, testSandbox } from './_sandbox.ts';

const HANG = 'export function hang() { return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); }';
const TENANT = 'export function tenant(ctx) { return ctx.tenant.id; }';

const fault = (result: GuestReturned | GuestFailed): string => (result.ok ? 'none' : result.fault);

t.test('a call gets the facts and gives its value, fuel and log lines', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    `export function go(ctx) { console.warn('hi', { n: 1 }); return [ctx.tenant.id, Date.now()]; }`,
  );
  const result = await call('go');
  t.match(result, {
    ok: true,
    value: ['acme', 1_700_000_000_000],
    logs: [{ level: 'warn', text: 'hi {"n":1}' }],
  });
  t.type(result.ok && result.fuel, 'number');
});

t.test('two hundred calls at once all get their own answers', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'a', 'export function same(ctx) { return ctx.mark; }');
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, mark) =>
      call('same', { facts: { ...FACTS, small: () => `{"mark":${mark}}` } }),
    ),
  );
  t.strictSame(
    results.map((result) => result.ok && result.value),
    Array.from({ length: 200 }, (_, mark) => mark),
  );
  t.equal(sandbox.stats().calls, 200);
});

t.test('a policy that is killed never fails calls of another policy', async (t) => {
  const sandbox = testSandbox({ hardKillMs: 80 });
  t.teardown(() => sandbox.close());
  const bad = await loadHooks(sandbox, 'bad', HANG);
  const good = await loadHooks(sandbox, 'good', TENANT);
  await good.call('tenant');
  const calls: Promise<GuestReturned | GuestFailed>[] = [];
  for (let at = 0; at < 60; at++) {
    if (at === 5 || at === 6) calls.push(bad.call('hang'));
    calls.push(good.call('tenant'));
  }
  const results = await Promise.all(calls);
  t.equal(results.filter((result) => result.ok && result.value === 'acme').length, 60);
  t.strictSame(
    results.map(fault).filter((one) => one !== 'none'),
    ['cpu', 'cpu'],
  );
  t.equal(sandbox.stats().kills, 2);
});

t.test('calls queued behind a killed one in the only thread are run again, not failed', async (t) => {
  const sandbox = testSandbox({ hardKillMs: 80, workers: 1 });
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'a', `${HANG}\n${TENANT}`);
  const results = await Promise.all([call('hang'), call('tenant'), call('tenant')]);
  t.strictSame(results.map(fault), ['cpu', 'none', 'none']);
});

t.test('three kills within a minute put a module into quarantine for a minute', async (t) => {
  const clock = new ShiftedClock();
  const log = memoryLog();
  const sandbox = testSandbox({ hardKillMs: 60, clock, log });
  t.teardown(() => sandbox.close());
  const bad = await loadHooks(sandbox, 'bad', `${HANG}\n${TENANT}`);
  const good = await loadHooks(sandbox, 'good', TENANT);
  for (let kill = 0; kill < 3; kill++) t.equal(fault(await bad.call('hang')), 'cpu');
  t.match(await bad.call('tenant'), { ok: false, fault: 'quarantined', message: /bad\.policy\.ts/ });
  t.equal(fault(await good.call('tenant')), 'none');
  t.strictSame(sandbox.stats().quarantined, ['bad']);
  t.ok(log.lines.includes('policy is in quarantine'));
  t.equal(sandbox.stats().kills, 3);
  clock.shiftMs = 60_001;
  t.strictSame(sandbox.stats().quarantined, []);
  t.equal(fault(await bad.call('tenant')), 'none');
});

t.test('kills that are more than a minute apart do not add up', async (t) => {
  const clock = new ShiftedClock();
  const sandbox = testSandbox({ hardKillMs: 60, clock });
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'bad', HANG);
  for (let kill = 0; kill < 3; kill++) {
    t.equal(fault(await call('hang')), 'cpu');
    clock.shiftMs += 60_001;
  }
  t.strictSame(sandbox.stats().quarantined, []);
});

t.test('quarantine fails the calls of its module that are waiting, without more kills', async (t) => {
  const sandbox = testSandbox({ hardKillMs: 60 });
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'bad', HANG);
  const results = await Promise.all(Array.from({ length: 12 }, () => call('hang')));
  const faults = results.map(fault);
  t.equal(faults.length, 12);
  t.ok(faults.every((one) => one === 'cpu' || one === 'quarantined'));
  t.ok(faults.filter((one) => one === 'cpu').length <= 4);
});

t.test('equal seeds give equal results, different seeds different ones', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    'let n = 0; export function roll() { n++; return [n, Math.random(), Math.random()]; }',
  );
  const first = await call('roll', { seed: 'x' });
  const other = await call('roll', { seed: 'y' });
  const again = await call('roll', { seed: 'x' });
  t.ok(first.ok && again.ok && other.ok);
  t.strictSame(first, again);
  t.notSame(first, other);
});

t.test('a large fact crosses when it is read, and from then on at once', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    `
    export function reads(ctx) { return [ctx.request.messages.length, ctx.request.lastUser]; }
    export function swallows(ctx) { try { return ctx.request.messages.length; } catch { return 'swallowed'; } }
    export function ignores(ctx) { return ctx.tenant.id; }
    export function absent(ctx) { return ctx.resp; }`,
  );
  const asked: string[] = [];
  const facts = {
    small: FACTS.small,
    large(path: string) {
      asked.push(path);
      return FACTS.large(path);
    },
  };
  t.match(await call('ignores', { facts }), { ok: true, value: 'acme' });
  t.match(await call('absent', { facts }), { ok: true, value: null });
  t.strictSame(asked, []);
  t.match(await call('reads', { facts }), { ok: true, value: [2, 'hi'] });
  t.strictSame(asked, ['request.messages', 'request.messages', 'request.lastUser']);
  asked.length = 0;
  t.match(await call('reads', { facts }), { ok: true, value: [2, 'hi'] });
  t.strictSame(asked, ['request.messages', 'request.lastUser']);
  t.match(await call('swallows', { facts }), { ok: true, value: 2 });
});

t.test('facts larger than the mailbox cross as well', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    'export function length(ctx) { return ctx.request.lastUser.length; }',
    { ms: 1000 },
  );
  const text = 'ä'.repeat(700_000);
  const facts = { small: FACTS.small, large: () => JSON.stringify(text) };
  t.match(await call('length', { facts }), { ok: true, value: 700_000 });
  t.match(await call('length', { facts }), { ok: true, value: 700_000 });
});

t.test('facts that fail reject the call, because that is a bug of the host', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'a', TENANT);
  const facts = {
    ...FACTS,
    small: () => {
      throw new Error('no facts');
    },
  };
  await t.rejects(call('tenant', { facts }), { message: 'no facts' });
  t.equal(fault(await call('tenant')), 'none');
});

t.test('over the bounded queue a call is refused as unavailable', async (t) => {
  const sandbox = testSandbox({ maxQueuedCalls: 5 });
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'a', TENANT);
  const faults = (await Promise.all(Array.from({ length: 8 }, () => call('tenant')))).map(fault);
  t.strictSame(faults, [...Array(5).fill('none'), ...Array(3).fill('unavailable')]);
  t.equal(fault(await call('tenant')), 'none');
});

t.test('a released module finishes its calls and then is unknown', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'a', TENANT);
  const running = call('tenant');
  sandbox.release('a');
  t.match(await running, { ok: true, value: 'acme' });
  t.match(await call('tenant'), { ok: false, fault: 'unavailable', message: /"a"/ });
  t.match(await (await loadHooks(sandbox, 'a', TENANT)).call('tenant'), { ok: true });
});

t.test('closing answers what still waits, and everything after it', async (t) => {
  const sandbox = testSandbox();
  const { call } = await loadHooks(sandbox, 'a', 'export function loop() { for (;;) {} }');
  const waiting = [call('loop'), call('loop'), call('loop')];
  await sandbox.close();
  t.strictSame((await Promise.all(waiting)).map(fault), ['unavailable', 'unavailable', 'unavailable']);
  t.equal(fault(await call('loop')), 'unavailable');
  t.match(await sandbox.load({ key: 'b', file: 'b', source: '' }), { ok: false, fault: 'unavailable' });
  await sandbox.close();
});

t.test('a load that has to be killed is refused and other modules go on', async (t) => {
  const sandbox = testSandbox({ workers: 1 });
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'good', TENANT);
  const source = 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);';
  const loading = sandbox.load({ key: 'bad', file: 'bad.policy.ts', source });
  const during = call('tenant');
  t.match(await loading, { ok: false, fault: 'reject-load' });
  t.match(await during, { ok: true, value: 'acme' });
  t.match(await call('tenant'), { ok: true, value: 'acme' });
});

t.test('serving goes on in one thread while another loads something endless', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'good', TENANT);
  // More than one thread takes at once, so that both hold the module.
  await Promise.all(Array.from({ length: 32 }, () => call('tenant')));
  let loaded = false;
  const loading = sandbox
    .load({ key: 'bad', file: 'bad.policy.ts', source: 'for (;;) {}' })
    .then((result) => {
      loaded = true;
      return result;
    });
  for (let at = 0; at < 20; at++) t.equal(fault(await call('tenant')), 'none');
  t.equal(loaded, false);
  t.match(await loading, { ok: false, fault: 'reject-load', line: 1, message: /500 ms to load/ });
});

t.test('an unknown function is an error, loading a key twice is one load', async (t) => {
  const sandbox = testSandbox();
  t.teardown(() => sandbox.close());
  const module = { key: 'a', file: 'a.policy.ts', source: TENANT };
  const [one, two] = await Promise.all([sandbox.load(module), sandbox.load(module)]);
  t.equal(one, two);
  t.match(await sandbox.call(callOf('a', 7)), {
    ok: false,
    fault: 'error',
    message: /function index below 1, got 7/,
  });
});

t.test('memory that a call took is given back before the next one', async (t) => {
  const sandbox = testSandbox({ workers: 1 });
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(
    sandbox,
    'a',
    'export function grow() { return new Uint8Array(14 << 20).length; }',
    { ms: 200 },
  );
  for (let at = 0; at < 10; at++) t.match(await call('grow'), { ok: true, value: 14 << 20 });
});

t.test('a process ends by itself when nothing is awaited any more, and not before', async (t) => {
  const script = `
    const { loadHooks, testSandbox } = await import(${JSON.stringify(new URL('./_sandbox.ts', import.meta.url).href)});
    const { call } = await loadHooks(testSandbox(), 'a', 'export function go() { return 7; }');
    console.log((await call('go')).value);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  t.equal(stdout.trim(), '7');
});

t.test('a module that was given more time is not killed before its time', async (t) => {
  const sandbox = testSandbox({ hardKillMs: 40 });
  t.teardown(() => sandbox.close());
  const { call } = await loadHooks(sandbox, 'a', 'export function loop() { for (;;) Math.abs(1); }', {
    ms: 90,
  });
  t.match(await call('loop'), { ok: false, fault: 'cpu', message: /90 ms in one call/, line: 1 });
  t.equal(sandbox.stats().kills, 0);
});

t.test('after a kill a module keeps to the thread that starts again, and the others serve on', async (t) => {
  const sandbox = testSandbox({ hardKillMs: 100 });
  t.teardown(() => sandbox.close());
  const bad = await loadHooks(sandbox, 'bad', HANG);
  const good = await loadHooks(sandbox, 'good', TENANT);
  await Promise.all(Array.from({ length: 32 }, () => good.call('tenant')));
  t.equal(fault(await bad.call('hang')), 'cpu');
  let ended = 0;
  const hanging = [bad.call('hang'), bad.call('hang')].map((call) => call.then(() => (ended += 1)));
  for (let at = 0; at < 20; at++) t.equal(fault(await good.call('tenant')), 'none');
  t.equal(ended, 0, 'twenty calls were answered before the first hanging one was killed');
  await Promise.all(hanging);
});
