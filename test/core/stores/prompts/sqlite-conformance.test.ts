import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createSqlitePrompts } from '../../../../core/stores/prompts/sqlite-prompts.ts';
import { openSqlite } from '../../../../core/stores/sqlite.ts';
import { promptsConformance } from './_conformance.ts';

promptsConformance(
  t,
  'SQLite',
  async (clock) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-prompts-'));
    const open = () => openSqlite({ path: join(folder, 'sluice.db'), clock });
    const [one, two] = [open(), open()];
    return {
      stores: [createSqlitePrompts({ sqlite: one, clock }), createSqlitePrompts({ sqlite: two, clock })],
      async close() {
        one.close();
        two.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  40,
);
