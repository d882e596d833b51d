import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import type { GuestFailed, GuestReturned } from '../../../core/sandbox/sandbox.ts';
import { isJsonObject, type Json } from '../../../sdk/json.ts';
import { callOf, loadHooks, testSandbox } from './_sandbox.ts';

// Hostile policies, one per line: `script` is a module that exports onRequest(ctx), run twice in one sandbox;
// `expect` names the outcomes that are fine, before the colon; `value` is the exact result where it matters.

interface Probe {
  readonly id: string;
  readonly script: string;
  readonly expect: string;
  readonly value?: Json;
}

const own = new URL('./probes.jsonl', import.meta.url);
const shared = new URL('../../../../shared/data/sandbox-probes.jsonl', import.meta.url);
const known: Readonly<Record<string, Json>> = {
  'marshal-getter-flip': { deny: { status: 403, code: 'x' } },
  'state-module-variable': { tags: { n: '1' } },
  'state-patched-intrinsic': { tags: { hit: 'true' } },
  'state-pending-promise': { tags: { s: 'undefined' } },
  'capability-no-secrets': { tags: { leak: 'false' } },
};

/** Outcomes that are at least as strict as the expected one; cpu and memory swap under load. */
const stricter: Readonly<Record<string, readonly string[]>> = {
  cpu: ['memory', 'reject-load'],
  memory: ['cpu', 'error', 'reject-load'],
  stack: ['error', 'reject-load', 'cpu', 'memory'],
  error: ['reject-load', 'reject-decision', 'memory'],
  'reject-decision': ['reject-load', 'error', 'output-cap'],
  'output-cap': ['reject-decision', 'memory', 'cpu'],
  isolated: ['error', 'reject-load', 'reject-decision'],
  inert: ['error', 'reject-load', 'reject-decision', 'isolated'],
};

/** A stand-in for the host's check of a decision: known keys, enums where the host scopes things. */
function refusesDecision(value: Json): boolean {
  if (!isJsonObject(value)) return value !== null;
  const keys = ['tags', 'deny', 'route', 'headers', 'cache', 'retry'];
  if (Object.keys(value).some((key) => !keys.includes(key))) return true;
  const { cache } = value;
  return isJsonObject(cache) && !['tenant', 'key', 'user', undefined].includes(cache['namespace'] as string);
}

function outcomeOf(probe: Probe, results: readonly (GuestReturned | GuestFailed)[]): string {
  const failed = results.find((result) => !result.ok);
  if (failed !== undefined && !failed.ok) return failed.fault;
  const values = results.map((result) => (result.ok ? result.value : null));
  if (values.some(refusesDecision)) return 'reject-decision';
  const wanted = probe.value ?? known[probe.id];
  if (wanted !== undefined)
    return values.every((value) => isDeepStrictEqual(value, wanted)) ? 'inert' : 'leak';
  return isDeepStrictEqual(values[0], values[1]) ? 'isolated' : 'leak';
}

function read(file: URL): Probe[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Probe);
}

async function runProbes(t: Test, probes: readonly Probe[]): Promise<void> {
  const sandbox = testSandbox({ hardKillMs: 150, defaultLimits: { ms: 40, heapMb: 32 } });
  t.teardown(() => sandbox.close());
  const witness = await loadHooks(
    sandbox,
    'witness',
    'export function ok(ctx) { return [1].includes(2) ? "bad" : ctx.tenant.id; }',
  );
  const startBytes = process.memoryUsage.rss();
  for (const probe of probes) {
    const results: (GuestReturned | GuestFailed)[] = [];
    const file = `${probe.id}.policy.ts`;
    const loaded = await sandbox.load({ key: probe.id, file, source: probe.script });
    if (loaded.ok) {
      const { hooks } = loaded.plan as unknown as { hooks: { name: string; fn: number }[] };
      for (let run = 0; run < 2; run++) results.push(await sandbox.call(callOf(probe.id, hooks[0]!.fn)));
    } else {
      results.push(loaded);
    }
    const outcome = outcomeOf(probe, results);
    const expected = (probe.expect.split(':')[0] as string).split('/');
    const fine = expected.some((token) => {
      const same = token === outcome || (token === 'isolated' && outcome === 'inert');
      return same || (stricter[token] ?? []).includes(outcome);
    });
    t.ok(fine, `${probe.id} ends in ${expected.join(' or ')}`, { outcome, results });
    const alive = await witness.call('ok');
    if (!alive.ok || alive.value !== 'acme') t.fail(`another policy suffered from ${probe.id}`, { alive });
    t.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
    sandbox.release(probe.id);
  }
  const grownMib = (process.memoryUsage.rss() - startBytes) / 2 ** 20;
  t.comment(`memory grew by ${grownMib.toFixed(0)} MiB over ${probes.length} probes`);
  // Two threads, an instance of 32 MiB each that may wait for the collector twice over.
  t.ok(grownMib < 300, 'memory growth is bounded');
}

t.test('our own hostile policies end as they should', async (t) => {
  await runProbes(t, read(own));
});

const skip = existsSync(shared) ? false : 'the recorded probes are not beside this checkout';

t.test('the recorded hostile policies end as they should', { skip }, async (t) => {
  await runProbes(t, read(shared));
});
