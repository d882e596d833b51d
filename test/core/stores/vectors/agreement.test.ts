import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Vectors } from '../../../../sdk/vectors.ts';
import { until } from '../counters/until.ts';
import { entry, ids } from './_conformance.ts';
import { make, stage } from './_stage.ts';

const found = async (vectors: Vectors, name: string, number: number) =>
  ids(await vectors.search(name, make.entry(number), 1, 0.9));

/** In their order, at one of two gateways: an entry, a removal of an earlier one, or a purge. */
const step = fc.record({
  at: fc.nat(1),
  does: fc.constantFrom('add', 'add', 'add', 'add', 'remove', 'purge', 'flush'),
  name: fc.nat(2),
  tag: fc.nat(1),
});

stage(
  'two gateways agree: what was removed is gone at both, what was added later is there',
  async (t, { open }) => {
    const options = { newsMs: 15, coldMs: 20_000 };
    const gateways = [await open(options), await open(options)];
    let run = 0;
    let number = 0;
    /** Resolves when one has heard of all that the other did: what came before the first of two marks is done then. */
    const heard = async (at: number) => {
      const [vectors, other] = [gateways[at]!, gateways[1 - at]!];
      for (let mark = 0; mark < 2; mark += 1) {
        number += 1;
        const id = `mark ${number}`;
        other.add('marks', [entry(id, number)]);
        await other.flush();
        vectors.remove('marks', [id]);
        await vectors.flush();
        await until(async () => !(await found(other, 'marks', number)).includes(id));
        await other.flush();
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 14 }), async (steps) => {
        run += 1;
        const there = new Map<string, { name: string; number: number; tag: string }>();
        const gone: { name: string; number: number; id: string }[] = [];
        const drop = (id: string) => {
          gone.push({ ...there.get(id)!, id });
          there.delete(id);
        };
        for (const { at, does, name: place, tag: mark } of steps) {
          const [vectors, name, tag] = [gateways[at]!, `${run} n${place}`, `${run} t${mark}`];
          if (does === 'add') {
            number += 1;
            vectors.add(name, [entry(`e${number}`, number, { tags: [tag] })]);
            there.set(`e${number}`, { name, number, tag });
          } else if (does === 'flush') await vectors.flush();
          else if (does === 'remove') {
            const [id, one] = [...there].at(-1) ?? [];
            if (id === undefined) continue;
            vectors.remove(one!.name, [id]);
            await vectors.flush();
            drop(id);
          } else {
            await vectors.purge({ tag });
            for (const [id, one] of there) if (one.tag === tag) drop(id);
            // Until the other has heard of it, what it adds goes as well.
            await heard(0);
            await heard(1);
          }
        }
        for (const vectors of gateways) await vectors.flush();
        await heard(0);
        await heard(1);
        for (const [at, vectors] of gateways.entries()) {
          for (const { name, number, id } of gone) {
            assert.ok(!(await found(vectors, name, number)).includes(id), `${id} is not at ${at}`);
          }
          assert.equal(vectors.stats().lost + vectors.stats().waiting, 0);
        }
        const third = await open(options);
        for (const [id, { name, number }] of there) {
          assert.deepEqual(await found(third, name, number), [id], `${id} is durable`);
        }
        for (const { name, number, id } of gone) {
          assert.ok(!(await found(third, name, number)).includes(id), `${id} is gone`);
        }
        await third.close();
      }),
      { numRuns: 3 },
    );
    t.ok(number > 0);
  },
);
