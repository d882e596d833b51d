import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { entry, ids } from './_conformance.ts';
import { make, stage } from './_stage.ts';

/** In their order, at a gateway that is asked again as soon as it has started. */
const step = fc.record({
  does: fc.constantFrom('add', 'add', 'add', 'remove', 'purge', 'flush', 'restart', 'search', 'search'),
  name: fc.nat(1),
  number: fc.nat(5),
});

stage(
  'over restarts a search finds what is there, finds nothing that is gone, or counts as missed',
  async (t, { openAtOnce }) => {
    const open = () => openAtOnce({ coldMs: 20_000 });
    let vectors = open();
    let run = 0;
    let sure = 0;
    const search = async (there: ReadonlySet<string>, name: string, number: number) => {
      const { missed } = vectors.stats();
      const got = ids(await vectors.search(name, make.entry(number), 1, 0.9));
      const id = `e${number}`;
      const wanted = there.has(`${name} ${id}`) ? [id] : [];
      if (vectors.stats().missed > missed && got.length === 0) return;
      sure += 1;
      assert.deepEqual(got, wanted);
    };
    const restart = async (): Promise<Vectors> => {
      await vectors.close();
      return open();
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
        run += 1;
        const there = new Set<string>();
        for (const { does, name: place, number } of steps) {
          const name = `${run} n${place}`;
          const id = `e${number}`;
          if (does === 'add') {
            vectors.add(name, [entry(id, number)]);
            there.add(`${name} ${id}`);
          } else if (does === 'remove') {
            vectors.remove(name, [id]);
            there.delete(`${name} ${id}`);
          } else if (does === 'purge') {
            await vectors.purge(number < 3 ? { namespace: name } : { all: true });
            for (const one of there) if (number >= 3 || one.startsWith(`${name} `)) there.delete(one);
          } else if (does === 'flush') await vectors.flush();
          else if (does === 'restart') vectors = await restart();
          await search(there, name, number);
        }
      }),
      { numRuns: 8 },
    );
    t.ok(sure > 20, `${sure} searches were sure of what they said`);
  },
);
