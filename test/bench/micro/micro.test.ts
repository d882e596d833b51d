import t from 'tap';
import { formatMicro, runMicro } from './micro.ts';
import { parts, promisedParts } from './parts.ts';

const row = { name: 'adding', measured: true, p50Us: 0.5, p99Us: 12.25, cpuUs: 0.6, calls: 1000 } as const;

t.test('a part that cannot be measured is skipped with its reason and costs no other part', async (t) => {
  const rows = await runMicro(
    () => {},
    ['missing', 'adding'],
    async (name) => {
      if (name === 'missing') throw new Error('there is no\n  such module');
      return row;
    },
  );
  t.same(rows, [{ name: 'missing', measured: false, why: 'there is no such module' }, row]);
  t.match(formatMicro(rows), /adding +0\.50 +12\.3 +0\.60 +1000\nSkipped: missing: there is no such module/);
});

t.test('every promised part is a part', (t) => {
  for (const name of promisedParts) t.ok(Object.hasOwn(parts, name), name);
  t.end();
});
