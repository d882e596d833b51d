import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Table } from '@lancedb/lancedb';
import { systemClock } from '../../../../core/services/clock.ts';
import { tableName } from '../../../../core/stores/vectors/lance-segment.ts';
import type { Clock } from '../../../../sdk/services.ts';
import { entry } from './_conformance.ts';
import { stage } from './_stage.ts';

stage('fragments do not grow with small writes', async (t, { open, uri }) => {
  const vectors = await open({ flushMs: 600_000 });
  let most = 0;
  let table: Table | null = null;
  for (let at = 0; at < 100; at += 1) {
    vectors.add('a', [entry(`e${at}`, at)]);
    if (at % 10 === 9) vectors.remove('a', [`e${at - 5}`]);
    await vectors.flush();
    if (at % 7 !== 0) continue;
    table ??= await (await connect(uri)).openTable(tableName(24));
    await table.checkoutLatest();
    most = Math.max(most, (await table.stats()).fragmentStats.numFragments);
  }
  t.ok(most > 10 && most <= 40, `at most ${most} fragments, for 100 writes`);
  const { fragments } = vectors.stats();
  t.ok(fragments !== null && fragments <= 2, `${fragments} fragments after tidying`);
  t.equal(vectors.stats().entries, 90);
});

stage('old versions go once nobody can be reading them', async (t, { open, uri }) => {
  // The table's clock is the machine's: a gateway whose clock is ahead sees its versions as old.
  const ahead: Clock = { ...systemClock, now: () => systemClock.now() + 120_000 };
  const vectors = await open({ clock: ahead, flushMs: 600_000 });
  const table = join(uri, `${tableName(24)}.lance`);
  for (let at = 0; at < 100; at += 1) {
    vectors.add('a', [entry(`e${at}`, at)]);
    await vectors.flush();
  }
  const count = (folder: string) => readdirSync(join(table, folder)).length;
  t.ok(count('data') <= 40, `${count('data')} data files`);
  t.ok(count('_versions') <= 40, `${count('_versions')} versions`);
});
