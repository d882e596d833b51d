import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../../core/services/clock.ts';
import { createLanceVectors } from '../../../../core/stores/vectors/lancedb.ts';
import { createMemoryVectors } from '../../../../core/stores/vectors/memory.ts';
import type { Clock } from '../../../../sdk/services.ts';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { recordingLog } from '../counters/recording-log.ts';
import { arbitraryVectors } from './_vectors.ts';

/**
 * What many writes do to memory and disk, by hand. `hour`: the batches of an hour of 50 writes a second, at once.
 *
 *   node test/core/stores/vectors/endurance.ts memory|lancedb [INSERTS] [MAX_MIB]
 *   node test/core/stores/vectors/endurance.ts hour [SECONDS]
 */
const dimensions = 512;
const [mode = 'memory', count, size] = process.argv.slice(2);
const log = recordingLog();
const folder = mkdtempSync(join(process.env['ENDURANCE_FOLDER'] ?? tmpdir(), 'sluice-endurance-'));
// As many vectors as tell rows apart; making a million would take longer than storing them.
const make = arbitraryVectors('sparse', dimensions);
const pool = Array.from({ length: 2000 }, (_, at) => make.entry(at));
const meta = { facts: 'f'.repeat(300), answer: 'k'.repeat(500) };

function entry(number: number, tenant: string) {
  return { id: `entry-${number}`, vector: pool[number % 2000]!, meta, tenant, expiresAtMs: null };
}

/** In the folders of all tables: of one size of vectors there are several. */
function files(name: string): number {
  let count = 0;
  for (const table of readdirSync(folder)) {
    try {
      count += readdirSync(join(folder, table, name)).length;
    } catch {
      // Gone meanwhile, or not made yet.
    }
  }
  return count;
}

function diskMib(): string {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true })) {
    try {
      bytes += statSync(join(folder, String(name))).size;
    } catch {
      // Gone meanwhile.
    }
  }
  return (bytes / 2 ** 20).toFixed(0);
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

function say(vectors: Vectors, done: number, startMs: number): void {
  const { bytes, entries, namespaces, evicted, fragments, waiting, lost, process: child } = vectors.stats();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const [rssMib, heapMib, externalMib, buffersMib] = [rss, heapUsed, external, arrayBuffers].map(mib);
  const ofChild =
    child === undefined ? '' : ` and ${mib(child.bytes ?? 0)} MiB of the child (${child.replaced} replaced)`;
  const disk = mode === 'memory' ? ', ' : `, disk ${diskMib()} MiB, ${files('data')} data files, `;
  const versions = mode === 'memory' ? '' : `${files('_versions')} versions, ${fragments} fragments, `;
  process.stdout.write(
    `${((performance.now() - startMs) / 1000).toFixed(0)} s: ${done} written, RSS ${rssMib} MiB${ofChild}, ` +
      `heap ${heapMib} MiB, external ${externalMib} MiB (buffers ${buffersMib}), counted ` +
      `${(bytes / 2 ** 20).toFixed(1)} MiB, ${entries} entries in ${namespaces} namespaces, ${evicted} evicted` +
      `${disk}${versions}${waiting} waiting, ${lost} lost\n`,
  );
}

/** A store that is away for a moment is waited for: nothing is to be lost here. */
async function written(vectors: Vectors): Promise<void> {
  do {
    await vectors.flush();
    await pause(vectors.stats().waiting > 2000 ? 100 : 0);
  } while (vectors.stats().waiting > 2000);
}

async function inserts(): Promise<void> {
  const total = Number(count ?? 1_000_000);
  const maxBytes = Number(size ?? 64) * 2 ** 20;
  const options = { clock: systemClock, log, maxBytes };
  const vectors =
    mode === 'memory' ? createMemoryVectors(options) : createLanceVectors({ ...options, uri: folder });
  await vectors.flush();
  const startMs = performance.now();
  say(vectors, 0, startMs);
  for (let at = 0; at < total; at += 1) {
    // Nine of ten are of one tenant.
    const tenant = at % 10 === 0 ? `tenant${Math.floor(at / 10) % 20}` : 'flood';
    vectors.add(`${tenant} ${at % 50}`, [entry(at, tenant)]);
    if (at % 500 === 499 && mode !== 'memory') await written(vectors);
    if ((at + 1) % (total / 20) === 0) say(vectors, at + 1, startMs);
  }
  await vectors.close();
}

async function hour(): Promise<void> {
  const seconds = Number(count ?? 3600);
  let aheadMs = 0;
  // A second passes with each batch. The table's clock is the machine's: versions look as old as they would be.
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
  };
  const vectors = createLanceVectors({ uri: folder, clock, log, flushMs: 3_600_000 });
  await vectors.flush();
  const startMs = performance.now();
  let mostFiles = 0;
  let mostVersions = 0;
  for (let second = 0; second < seconds; second += 1) {
    for (let at = 0; at < 50; at += 1) vectors.add('namespace', [entry(second * 50 + at, 'acme')]);
    await vectors.flush();
    aheadMs += 1000;
    mostFiles = Math.max(mostFiles, files('data'));
    mostVersions = Math.max(mostVersions, files('_versions'));
    if ((second + 1) % (seconds / 12) === 0) say(vectors, (second + 1) * 50, startMs);
  }
  process.stdout.write(`at most ${mostFiles} data files and ${mostVersions} versions\n`);
  await vectors.close();
}

try {
  await (mode === 'hour' ? hour() : inserts());
} finally {
  rmSync(folder, { recursive: true, force: true });
  for (const { level, message, fields } of log.lines) {
    process.stdout.write(`${level}: ${message} ${JSON.stringify(fields)}\n`);
  }
}
