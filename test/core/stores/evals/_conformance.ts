import { deepEqual } from 'node:assert/strict';
import fc from 'fast-check';
import type { Test } from 'tap';
import {
  type EvalRun,
  type EvalRuns,
  maxKeptRuns,
  memoryEvalRuns,
} from '../../../../core/evals/eval-runs.ts';

/** A run as the scheduler keeps it. */
export function evalRun(startedAtMs: number, more: Partial<EvalRun> = {}): EvalRun {
  return {
    suite: 'evals/support.yaml',
    digest: 'first',
    startedAtMs,
    endedAtMs: startedAtMs + 5,
    outcome: 'passed',
    regressed: [],
    result: {
      description: 'Süd “quoted”',
      models: ['test'],
      policyVersions: ['abc'],
      repeat: 1,
      threshold: 1,
      passRate: 1,
      passed: true,
      costUsd: 0.000_001,
      judgeCostUsd: 0,
      cases: [],
    },
    ...more,
  };
}

const runs = fc.array(
  fc.record({
    suite: fc.constantFrom('a', 'b'),
    startedAtMs: fc.integer({ min: 1, max: 2_000_000_000_000 }),
    digest: fc.constantFrom('x', 'y'),
    outcome: fc.constantFrom('passed', 'regressed', 'failed', 'incomplete'),
    regressed: fc.array(fc.string(), { maxLength: 2 }),
  }),
  { maxLength: 12 },
);

/** What every store of runs does. @param open an empty one, and a second view of the same. */
export function evalRunsConformance(
  t: Test,
  name: string,
  open: () => Promise<{ readonly stores: readonly EvalRuns[]; close(): Promise<void> }>,
  numRuns: number,
): void {
  t.test(
    `${name}: the newest runs come first, and a second one of the same start changes nothing`,
    async (t) => {
      await fc.assert(
        fc.asyncProperty(runs, async (list) => {
          const { stores, close } = await open();
          const model = memoryEvalRuns();
          try {
            for (const [index, { startedAtMs, ...more }] of list.entries()) {
              const run = evalRun(startedAtMs, more as Partial<EvalRun>);
              await stores[index % stores.length]!.add(run);
              await model.add(run);
            }
            for (const suite of ['a', 'b', 'nobody']) {
              deepEqual(await stores[0]!.newest(suite, 5), await model.newest(suite, 5));
              for (const digest of ['x', 'y'])
                deepEqual(await stores.at(-1)!.lastGood(suite, digest), await model.lastGood(suite, digest));
            }
          } finally {
            await close();
          }
        }),
        { numRuns },
      );
      t.pass();
    },
  );

  t.test(`${name}: old runs are forgotten, but for the last good one`, async (t) => {
    const { stores, close } = await open();
    t.teardown(close);
    const [store] = stores;
    await store!.add(evalRun(1));
    await store!.add(evalRun(2));
    for (let at = 3; at < 3 + 2 * maxKeptRuns; at++) {
      await store!.add(evalRun(at, { outcome: 'regressed', regressed: ['test: refunds'] }));
    }
    const kept = await store!.newest('evals/support.yaml', 1000);
    t.equal(kept.length, maxKeptRuns + 1);
    t.equal(kept.at(-1)?.startedAtMs, 2);
    t.equal((await store!.lastGood('evals/support.yaml', 'first'))?.startedAtMs, 2);
    t.equal(await store!.lastGood('evals/support.yaml', 'edited'), null);
  });
}
