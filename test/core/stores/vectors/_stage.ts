import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../../core/services/clock.ts';
import { createLanceVectors, type LanceVectorsOptions } from '../../../../core/stores/vectors/lancedb.ts';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { recordingLog } from '../counters/recording-log.ts';
import { entry } from './_conformance.ts';
import { arbitraryVectors } from './_vectors.ts';

export const make = arbitraryVectors('dense', 24, 5);

export interface Stage {
  readonly uri: string;
  readonly log: ReturnType<typeof recordingLog>;
  open(more?: Partial<LanceVectorsOptions>): Promise<Vectors>;
  /** Does not wait until it knows what the store has. */
  openAtOnce(more?: Partial<LanceVectorsOptions>): Vectors;
}

export function stage(name: string, run: (t: Test, stage: Stage) => Promise<void>): void {
  t.test(name, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-vectors-'));
    const uri = join(folder, 'vectors');
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const log = recordingLog();
    const openAtOnce: Stage['openAtOnce'] = (more = {}) => {
      const vectors = createLanceVectors({
        uri,
        clock: systemClock,
        log,
        flushMs: 20,
        coldMs: 5000,
        ...more,
      });
      t.teardown(() => vectors.close());
      return vectors;
    };
    await run(t, {
      uri,
      log,
      openAtOnce,
      async open(more) {
        const vectors = openAtOnce(more);
        await vectors.flush();
        return vectors;
      },
    });
  });
}

export const many = (from: number, count: number, more = {}) =>
  Array.from({ length: count }, (_, at) => entry(`e${from + at}`, from + at, more));
