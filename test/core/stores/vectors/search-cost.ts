import { systemClock } from '../../../../core/services/clock.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { createMemoryVectors } from '../../../../core/stores/vectors/memory.ts';
import { arbitraryVectors } from './_vectors.ts';

// node --expose-gc search-cost.ts [dimensions] [minScore]: what one search of a hot namespace costs, and an entry's memory.
// Half of the searches are for something near an entry, half for something new.

const dimensions = Number(process.argv[2] ?? 512);
const minScore = Number(process.argv[3] ?? 0.7);
const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});
const used = async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

for (const kind of ['sparse', 'dense', 'alike'] as const) {
  for (const count of [1000, 10_000, 100_000]) {
    const vectors = createMemoryVectors({ clock: systemClock, log: silentLog, maxBytes: 2 ** 30 });
    const make = arbitraryVectors(kind, dimensions, count);
    const before = await used();
    const meta = { answer: 'k'.repeat(60), facts: 'f'.repeat(300) };
    let addMs = 0;
    for (let at = 0; at < count; at += 1) {
      const entry = { id: `entry-${at}`, vector: make.entry(at), meta, tenant: 'acme', expiresAtMs: null };
      const startMs = performance.now();
      vectors.add('namespace', [entry]);
      addMs += performance.now() - startMs;
    }
    const bytes = ((await used()) - before) / count;
    const took: number[] = [];
    const blocked: number[] = [];
    let found = 0;
    const searches = 2000;
    const asks = Array.from({ length: searches }, (_, at) =>
      at % 2 === 0 ? make.near((at * 7919) % count) : make.entry(count + at),
    );
    const cpu = process.threadCpuUsage();
    for (let at = 0; at < searches; at += 1) {
      const asked = asks[at]!;
      const startMs = performance.now();
      const answer = vectors.search('namespace', asked, 3, minScore);
      blocked.push(performance.now() - startMs);
      const matches = await answer;
      took.push(performance.now() - startMs);
      if (at % 2 === 0 && matches.some(({ id }) => id === `entry-${(at * 7919) % count}`)) found += 1;
    }
    const { user, system } = process.threadCpuUsage(cpu);
    const at = (values: number[], share: number) =>
      values.sort((a, b) => a - b)[Math.floor((values.length - 1) * share)]!.toFixed(3);
    process.stdout.write(
      `${kind} ${count} x ${dimensions}: search p50 ${at(took, 0.5)} p99 ${at(took, 0.99)} max ${at(took, 1)} ms, ` +
        `CPU mean ${((user + system) / 1000 / searches).toFixed(3)} ms; ` +
        `first turn p99 ${at(blocked, 0.99)} ms; near ones found ${((found / searches) * 200).toFixed(1)} %; ` +
        `add ${((addMs / count) * 1000).toFixed(0)} us; ` +
        `memory ${count < 100_000 ? 'not measured' : bytes.toFixed(0)}, counted ${(vectors.stats().bytes / count).toFixed(0)} bytes an entry\n`,
    );
    await vectors.close();
  }
}
