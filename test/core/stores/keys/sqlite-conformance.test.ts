import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createSqliteKeys } from '../../../../core/stores/keys/sqlite-keys.ts';
import { openSqlite } from '../../../../core/stores/sqlite.ts';
import { keysConformance } from './_conformance.ts';

keysConformance(
  t,
  'SQLite',
  async (clock) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
    const open = () => openSqlite({ path: join(folder, 'sluice.db'), clock });
    const [one, two] = [open(), open()];
    return {
      stores: [createSqliteKeys({ sqlite: one, clock }), createSqliteKeys({ sqlite: two, clock })],
      async close() {
        one.close();
        two.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  40,
);
