import t from 'tap';
import { silentLog } from '../../../../core/services/log.ts';
import { createMemoryVectors } from '../../../../core/stores/vectors/memory.ts';
import { FakeClock } from '../../../../sdk/testing/clock.ts';
import { vectorsConformance } from './_conformance.ts';

vectorsConformance(
  t,
  'memory',
  async (clock, maxBytes) => {
    const vectors = createMemoryVectors({ clock, log: silentLog, ...(maxBytes ? { maxBytes } : {}) });
    return { vectors, close: () => vectors.close() };
  },
  () => new FakeClock(),
  200,
);
