import cluster from 'node:cluster';
import { systemClock } from '../../../../core/services/clock.ts';
import { createLanceVectors } from '../../../../core/stores/vectors/lancedb.ts';
import { recordingLog } from '../counters/recording-log.ts';
import { arbitraryVectors } from './_vectors.ts';

// A process with a store: says the id of the store's own process once something is durable, and then does nothing more.
// `cluster`: in a worker of a primary process, as `sluice serve --workers` starts them. `wait`: does not end by itself.

const [uri, mode] = process.argv.slice(2);
if (mode === 'cluster' && cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('exit', (code) => process.exit(code));
} else {
  const vectors = createLanceVectors({ uri: uri!, clock: systemClock, log: recordingLog() });
  const vector = arbitraryVectors('dense', 24, 5).entry(1);
  vectors.add('a', [{ id: 'one', vector, meta: 1, tenant: null, expiresAtMs: null }]);
  await vectors.flush();
  const { state, waiting, process: child } = vectors.stats();
  process.stdout.write(`${JSON.stringify({ state, waiting, pid: child?.pid })}\n`);
  if (mode === 'wait') setInterval(() => {}, 1000);
  if (cluster.isWorker) cluster.worker!.disconnect();
}
