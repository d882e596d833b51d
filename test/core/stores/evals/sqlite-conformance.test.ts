import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createSqliteEvalRuns } from '../../../../core/stores/evals/sqlite-eval-runs.ts';
import { openSqlite } from '../../../../core/stores/sqlite.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { evalRunsConformance } from './_conformance.ts';

evalRunsConformance(
  t,
  'SQLite',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-evals-'));
    const clock = new FakeClock();
    const [one, two] = [1, 2].map(() => openSqlite({ path: join(folder, 'sluice.db'), clock }));
    return {
      stores: [createSqliteEvalRuns(one!), createSqliteEvalRuns(two!)],
      async close() {
        one!.close();
        two!.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  20,
);
