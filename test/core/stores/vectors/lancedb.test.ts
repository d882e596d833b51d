import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { createLanceVectors } from '../../../../core/stores/vectors/lancedb.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { vectorsConformance } from './_conformance.ts';

vectorsConformance(
  t,
  'lancedb',
  async (clock, maxBytes) => {
    const uri = mkdtempSync(join(tmpdir(), 'sluice-vectors-'));
    const vectors = createLanceVectors({ uri, clock, log: silentLog, ...(maxBytes ? { maxBytes } : {}) });
    await vectors.flush();
    return {
      vectors,
      async close() {
        await vectors.close();
        rmSync(uri, { recursive: true, force: true });
      },
    };
  },
  () => new FakeClock(Date.now()),
  6,
);
