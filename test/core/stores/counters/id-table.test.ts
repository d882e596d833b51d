import fc from 'fast-check';
import t from 'tap';
import { absent, IdTable } from '../../../../core/stores/counters/id-table.ts';

t.test('the table does what a map does, however many ids collide and come and go', async (t) => {
  const step = fc.record({ id: fc.integer({ min: 0, max: 200 }), value: fc.option(fc.nat(), { nil: null }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const table = new IdTable(8);
      const map = new Map<string, number>();
      for (const { id, value } of steps) {
        if (value === null) {
          table.delete(`${id}`);
          map.delete(`${id}`);
        } else {
          table.set(`${id}`, value);
          map.set(`${id}`, value);
        }
        if (table.size !== map.size) throw new Error('sizes differ');
      }
      for (let id = 0; id <= 200; id += 1) {
        if (table.find(`${id}`) !== (map.get(`${id}`) ?? absent)) throw new Error(`${id} differs`);
      }
    }),
  );
  t.pass();
});
