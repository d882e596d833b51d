import { readdirSync } from 'node:fs';
import { segmentsOf } from '../../../../core/stores/vectors/lance-segment.ts';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { until } from '../counters/until.ts';
import { entry, ids } from './_conformance.ts';
import { make, stage } from './_stage.ts';

/** Adds, removes and purges, writing each change at once; two of them do so at the same time. */
async function work(vectors: Vectors, own: string, rounds: number): Promise<Set<string>> {
  const there = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < 5; at += 1) {
      const number = round * 5 + at;
      const tags = [`${own} ${round % 4}`];
      vectors.add(`n${number % 3}`, [entry(`${own} ${number}`, number, { tenant: own, tags })]);
      there.add(`n${number % 3} ${own} ${number}`);
    }
    if (round % 5 === 4) {
      const number = (round - 2) * 5;
      vectors.remove(`n${number % 3}`, [`${own} ${number}`]);
      there.delete(`n${number % 3} ${own} ${number}`);
    }
    await vectors.flush();
    if (round % 13 !== 12) continue;
    await vectors.purge({ tenant: own, tag: `${own} 1` });
    for (const name of there) {
      const number = Number(name.split(' ').at(-1));
      if (Math.floor(number / 5) % 4 === 1) there.delete(name);
    }
  }
  await until(async () => {
    await vectors.flush();
    return vectors.stats().waiting === 0;
  });
  return there;
}

stage('processes that write to the same tables at once lose nothing and break nothing', async (t, stage) => {
  const { open, uri, log } = stage;
  // Small tables, tidied often: each process joins files, begins tables and drops them while the others write.
  const options = { segmentRows: 60, flushMs: 600_000, newsMs: 50, tidyMs: 100, maxEntries: 100_000 };
  const gateways = await Promise.all([open(options), open(options), open(options)]);
  const sets = await Promise.all(gateways.map((vectors, at) => work(vectors, `g${at}`, 45)));
  const lost = gateways.map((vectors) => vectors.stats().lost);
  t.strictSame(lost, [0, 0, 0]);
  t.strictSame(
    log.lines.filter(({ level }) => level === 'warn'),
    [],
  );
  for (const vectors of gateways) await vectors.close();
  const last = await open({ coldMs: 20_000 });
  const expected = sets.flatMap((there) => [...there]).sort();
  const names = ['n0', 'n1', 'n2'];
  for (const name of names) await last.search(name, make.entry(1), 1);
  await until(() => last.stats().entries >= expected.length);
  await until(async () => {
    const before = last.stats().hot;
    for (const name of names) await last.search(name, make.entry(1), 1);
    return last.stats().hot === before + 3;
  });
  t.equal(last.stats().entries, expected.length, 'nothing that was removed came back');
  const missing: string[] = [];
  for (const name of expected) {
    const number = Number(name.split(' ').at(-1));
    const found = await last.search(name.slice(0, 2), make.entry(number), 16, 0.9);
    if (!ids(found).includes(name.slice(3))) missing.push(name);
  }
  t.strictSame(missing, []);
  const tables = segmentsOf(readdirSync(uri).map((name) => name.replace(/\.lance$/, '')));
  t.ok(tables.length > 1, `${tables.length} tables`);
});
