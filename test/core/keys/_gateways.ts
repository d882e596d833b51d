import { KeyAdmin, type KeyAdminDeps } from '../../../core/keys/admin.ts';
import { KeyDirectory } from '../../../core/keys/directory.ts';
import type { KeyStore } from '../../../sdk/keys.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { type RecordingLog, recordingLog } from '../../../sdk/testing/fakes.ts';
import { MemoryKeys } from './_memory-keys.ts';

/** What one gateway has of keys. */
export interface TestKeys<S extends KeyStore = MemoryKeys> {
  readonly store: S;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly directory: KeyDirectory;
  readonly admin: KeyAdmin;
}

/** A gateway's keys, read and followed. */
export async function testKeys<S extends KeyStore>(
  store: S,
  clock = new FakeClock(),
  more: Partial<KeyAdminDeps> = {},
): Promise<TestKeys<S>> {
  const log = recordingLog();
  const directory = new KeyDirectory({ store, clock, log });
  await directory.start();
  return { store, clock, log, directory, admin: new KeyAdmin({ store, directory, clock, ...more }) };
}

/** One gateway on a store of its own. */
export function oneGateway(more: Partial<KeyAdminDeps> = {}): Promise<TestKeys> {
  return testKeys(new MemoryKeys(), new FakeClock(), more);
}
