import { systemClock } from '../../../../core/services/clock.ts';
import { createLanceVectors } from '../../../../core/stores/vectors/lancedb.ts';
import { recordingLog } from '../counters/recording-log.ts';
import { arbitraryVectors } from './_vectors.ts';

// Run where no file may grow beyond a few kilobytes: writes more than that and says how the store is.

const log = recordingLog();
const vectors = createLanceVectors({ uri: process.argv[2]!, clock: systemClock, log });
await vectors.flush();
const make = arbitraryVectors('dense', 512);
for (let at = 0; at < 100; at += 1) {
  vectors.add('a', [{ id: `e${at}`, vector: make.entry(at), meta: at, tenant: null, expiresAtMs: null }]);
}
await vectors.flush();
const found = await vectors.search('a', make.near(7), 1, 0.7);
const { state, reason, waiting } = vectors.stats();
const warnings = log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
process.stdout.write(JSON.stringify({ found: found.map(({ id }) => id), state, reason, waiting, warnings }));
process.exit(0);
