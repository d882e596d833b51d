import t from 'tap';
import { judge } from './targets.ts';

const call = { measured: true, p99Us: 900, cpuUs: 40, calls: 10 } as const;

t.test('promises are judged by medians, and what was not measured is not called met', (t) => {
  const verdicts = judge(
    [],
    [
      { name: 'declarative rule', p50Us: 0.4, ...call },
      { name: 'fn() rule', p50Us: 75, ...call },
      { name: 'request of 2 KB, chat to messages', p50Us: 8, ...call },
    ],
  );
  t.same(
    verdicts.map(({ verdict }) => verdict),
    [...Array(4).fill('not measured'), 'met', 'missed', 'met', ...Array(3).fill('not measured')],
  );
  t.match(verdicts[5], { wanted: 'below 60 µs', got: '75 µs' });
  t.end();
});
