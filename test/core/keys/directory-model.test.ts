import fc from 'fast-check';
import t from 'tap';
import { hashKey } from '../../../core/keys/secret-key.ts';
import { dayMs } from '../../../sdk/budget/time-span.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { type TestKeys, testKeys } from './_gateways.ts';
import { MemoryKeys } from './_memory-keys.ts';

/** What a test knows of a key that it made. */
interface Known {
  deleted: boolean;
  blocked: boolean;
  expiresAtMs: number;
  next: { key: string; untilMs: number } | null;
}

/** The simple model: keys by their text. */
type Model = Map<string, Known>;

/** What a credential should be worth, as `ok HASH` or the code. */
function expected(model: Model, key: string, nowMs: number): string {
  const known = model.get(key)!;
  if (known.deleted) return 'invalid_api_key';
  if (known.blocked) return 'key_blocked';
  if (nowMs >= known.expiresAtMs) return 'key_expired';
  if (known.next === null) return `ok ${hashKey(key)}`;
  return nowMs >= known.next.untilMs ? 'key_expired' : expected(model, known.next.key, nowMs);
}

function check(model: Model, { directory, clock }: TestKeys, who: string): void {
  for (const [key, { next }] of model) {
    const found = directory.find(key);
    const came = found.ok ? `ok ${found.record.hash}` : found.code;
    // A week after its grace a replaced key may be cleared away.
    if (next !== null && clock.now() > next.untilMs + 7 * dayMs && came === 'invalid_api_key') continue;
    const wanted = expected(model, key, clock.now());
    if (came !== wanted) throw new Error(`${who}: expected ${wanted}; came ${came}`);
  }
}

const index = fc.nat({ max: 1000 });
const gateway = fc.nat({ max: 1 });
const seconds = fc.constantFrom(1, 5, 60);
const operations = fc.oneof(
  fc.record({ kind: fc.constant('generate' as const), gateway, seconds: fc.option(seconds) }),
  fc.record({ kind: fc.constantFrom('delete' as const, 'block', 'unblock', 'forget'), gateway, index }),
  fc.record({ kind: fc.constant('update' as const), gateway, index, seconds: fc.option(seconds) }),
  fc.record({ kind: fc.constant('regenerate' as const), gateway, index, seconds: fc.option(seconds) }),
  fc.record({ kind: fc.constant('pass' as const), gateway, ms: fc.integer({ min: 1, max: 90_000 }) }),
  fc.record({ kind: fc.constant('pass' as const), gateway, ms: fc.constant(8 * dayMs) }),
);
type Operation = typeof operations extends fc.Arbitrary<infer T> ? T : never;

const never = Number.POSITIVE_INFINITY;

async function run(operation: Operation, model: Model, gateways: readonly TestKeys[]): Promise<void> {
  const { admin, clock, store } = gateways[operation.gateway]!;
  if (operation.kind === 'pass') {
    clock.jump(operation.ms);
    return;
  }
  if (operation.kind === 'generate') {
    const duration = operation.seconds === null ? null : `${operation.seconds}s`;
    const { key } = await admin.generate({ duration });
    const expiresAtMs = operation.seconds === null ? never : clock.now() + operation.seconds * 1000;
    model.set(key as string, { deleted: false, blocked: false, expiresAtMs, next: null });
    return;
  }
  const alive = [...model].filter(([, { deleted, next }]) => !deleted && next === null);
  const chosen = alive[operation.index % Math.max(1, alive.length)];
  if (chosen === undefined) return;
  const [key, known] = chosen;
  switch (operation.kind) {
    case 'delete':
      await admin.delete({ key });
      known.deleted = true;
      return;
    case 'forget':
      await admin.delete({ keys: [key] });
      known.deleted = true;
      store.forgetDeleted();
      return;
    case 'block':
    case 'unblock':
      await admin[operation.kind]({ key: hashKey(key) });
      known.blocked = operation.kind === 'block';
      return;
    case 'update':
      await admin.update({ key, duration: operation.seconds === null ? null : `${operation.seconds}s` });
      known.expiresAtMs = operation.seconds === null ? never : clock.now() + operation.seconds * 1000;
      return;
    case 'regenerate': {
      const grace = operation.seconds ?? 0;
      const { key: made } = await admin.regenerate({ key, grace_period: `${grace}s` });
      model.set(made as string, { ...known });
      known.next = { key: made as string, untilMs: clock.now() + grace * 1000 };
    }
  }
}

async function twoGateways(store = new MemoryKeys()): Promise<[TestKeys, TestKeys, FakeClock]> {
  const clock = new FakeClock();
  return [await testKeys(store, clock), await testKeys(store, clock), clock];
}

t.test(
  'whatever is done in whatever order, who did it knows at once, and the other one a second later',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operations, { maxLength: 30 }), async (list) => {
        const [here, there, clock] = await twoGateways();
        const gateways = [here, there];
        const model: Model = new Map();
        for (const operation of list) {
          await run(operation, model, gateways);
          check(model, gateways[operation.gateway]!, `after ${operation.kind}`);
          await clock.advance(1000);
          for (let turn = 0; turn < 40; turn += 1) await settled();
          for (const one of gateways) check(model, one, `a second after ${operation.kind}`);
        }
        for (const { directory } of gateways) await directory.close();
      }),
      { numRuns: 60 },
    );
  },
);

t.test(
  'at any interleaving a deleted or blocked key stops when the answer comes, and all agree in the end',
  async () => {
    const steps = fc.array(
      fc.record({
        gateway,
        key: fc.nat({ max: 1 }),
        kind: fc.constantFrom('delete' as const, 'block' as const, 'update' as const, 'regenerate' as const),
      }),
      { minLength: 2, maxLength: 16 },
    );
    const pauses = fc.infiniteStream(fc.constantFrom(0, 0, 1, 12));
    await fc.assert(
      fc.asyncProperty(steps, pauses, async (steps, pauses) => {
        const store = new MemoryKeys();
        const [here, there, clock] = await twoGateways(store);
        const keys: string[] = [];
        for (let made = 0; made < 5; made += 1) keys.push((await here.admin.generate({})).key as string);
        await there.directory.sync();
        const stopped: (() => boolean)[] = [];
        store.pause = async () => {
          for (let left = pauses.next().value!; left > 0; left -= 1) {
            await settled();
            if (stopped.some((works) => works())) throw new Error('a key that was stopped works again');
          }
        };
        await Promise.all(
          steps.map(async ({ gateway, key, kind }) => {
            const { admin, directory } = gateway === 0 ? here : there;
            const body = { key: keys[key]!, ...(kind === 'update' ? { rpm_limit: key } : {}) };
            try {
              await admin[kind](body);
            } catch (error) {
              // Others deleted or replaced it, or changed it all the time.
              if (error instanceof GatewayError && [400, 404, 409].includes(error.status)) return;
              throw error;
            }
            if (kind === 'update') return;
            const works = () => directory.find(keys[key]!).ok;
            if (works()) throw new Error(`${kind} had no effect`);
            stopped.push(works);
          }),
        );
        store.pause = async () => {};
        await clock.advance(1000);
        for (let turn = 0; turn < 60; turn += 1) await settled();
        for (const { directory } of [here, there]) {
          const kept = store.all();
          if (directory.status().keys !== kept.length) throw new Error('the directory has other keys');
          for (const record of kept) {
            if (JSON.stringify(directory.get(record.hash)) !== JSON.stringify(record))
              throw new Error('stale');
          }
          await directory.close();
        }
      }),
      { numRuns: 200 },
    );
  },
);
