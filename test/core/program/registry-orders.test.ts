import fc from 'fast-check';
import t from 'tap';
import { ProblemsError } from '../../../core/problem.ts';
import { createPrograms, type Pinned } from '../../../core/program/registry.ts';
import { silentLog } from '../../../core/services/log.ts';
import { HandClock, program, settle, snapshot, step } from './fixtures.ts';

t.test(
  'whatever the order of requests, releases and changes: never closed in use, always closed once unused',
  async (t) => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ type: 'acquire' } as const) },
      { weight: 4, arbitrary: fc.record({ type: fc.constant('release' as const), at: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('swap' as const), version: fc.nat(14) }) },
      { weight: 1, arbitrary: fc.constant({ type: 'break' } as const) },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant('rollback' as const), version: fc.option(fc.nat(14)) }),
      },
      { weight: 1, arbitrary: fc.constant({ type: 'settle' } as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const uses = new Map<object, number>();
        const open = new Set<object>();
        const folder = { version: 'v0' };
        const pending: Promise<unknown>[] = [];
        const programs = createPrograms({
          clock: new HandClock(),
          log: silentLog,
          read: async () => snapshot({}, folder.version),
          load: async ({ version }) => {
            if (version === 'bad') throw new ProblemsError([]);
            const close = () => {
              if ((uses.get(made) ?? 0) > 0) throw new Error('closed in use');
              if (programs.current === made && !closing) throw new Error('closed while current');
              if (!open.delete(made)) throw new Error('closed twice');
            };
            const made = program(version, [step('s', { close: () => void faults.push(...caught(close)) })]);
            open.add(made);
            return made;
          },
        });
        const faults: unknown[] = [];
        let closing = false;
        const held: Pinned[] = [];
        const release = (pinned: Pinned) => {
          uses.set(pinned.program, uses.get(pinned.program)! - 1);
          pinned.release();
        };
        await programs.reload();
        for (const step of actions) {
          if (step.type === 'acquire') {
            const pinned = programs.acquire();
            uses.set(pinned.program, (uses.get(pinned.program) ?? 0) + 1);
            held.push(pinned);
          } else if (step.type === 'release' && held.length > 0) {
            release(held.splice(step.at % held.length, 1)[0]!);
          } else if (step.type === 'swap') {
            folder.version = `v${step.version}`;
            pending.push(programs.reload());
          } else if (step.type === 'break') {
            folder.version = 'bad';
            pending.push(programs.reload());
          } else if (step.type === 'rollback') {
            pending.push(programs.rollback(step.version === null ? undefined : `v${step.version}`));
          } else if (step.type === 'settle') {
            await Promise.all(pending);
          }
        }
        await Promise.all(pending);
        await settle();
        const needed = new Set<object>([programs.current!, ...held.map(({ program }) => program)]);
        t.strictSame(faults, []);
        t.equal(open.size, needed.size);
        closing = true;
        const closed = programs.close();
        for (const pinned of held) release(pinned);
        await closed;
        t.strictSame(faults, []);
        return open.size === 0;
      }),
      { numRuns: 150 },
    );
  },
);

function caught(run: () => void): unknown[] {
  try {
    run();
    return [];
  } catch (error) {
    return [error];
  }
}
