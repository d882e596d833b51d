import t from 'tap';
import { judge } from './targets.ts';

const call = { measured: true, p99Us: 900, cpuUs: 40, calls: 10 } as const;

t.test('promises are judged by medians, and what was not measured is not called met', (t) => {
  const verdicts = judge(
    [],
    [
      { name: 'declarative rule', p50Us: 0.4, ...call },
      { name: 'fn() rule', p50Us: 75, ...call },
    ],
  );
  t.same(
    verdicts.map(({ verdict }) => verdict),
    ['not measured', 'not measured', 'not measured', 'not measured', 'met', 'missed'],
  );
  t.match(verdicts[5], { wanted: 'below 60 µs', got: '75 µs' });
  t.end();
});
