import { objectStoreEnv } from '../../services/object-store-env.ts';
import { threadEnv } from '../../services/thread-env.ts';

/**
 * LanceDB frees what it allocates, but glibc keeps it: an arena for each of a hundred threads, and buffers of megabytes
 * in the middle of them. Measured at 70,000 rows: 316 MiB of the heap without the two thresholds, 180 MiB with them.
 * Threads beyond these take memory for nothing, and the processors from requests. LANCE_IO_THREADS stays as it is:
 * with one LanceDB waits for itself.
 */
const limits = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
  // Of conflicts with other gateways, which are tried again, it would tell as of faults.
  LANCEDB_LOG: 'error',
  LANCE_CPU_THREADS: '2',
  TOKIO_WORKER_THREADS: '2',
} as const;

/** The environment of LanceDB's process: nothing of the gateway's, but for what an object store is reached with. */
export function lanceEnv(uri: string): Record<string, string> {
  return { ...(uri.includes('://') ? objectStoreEnv() : {}), ...threadEnv(), ...limits };
}
