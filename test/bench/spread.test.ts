import t from 'tap';
import { spreadOf } from './spread.ts';

t.test('the median of an even number of rounds lies between the middle two', (t) => {
  t.same(spreadOf([4, 1, 2, 10]), { median: 3, min: 1, max: 10 });
  t.end();
});

t.test('rounds that could not be measured do not count', (t) => {
  t.same(spreadOf([Number.NaN, 7]), { median: 7, min: 7, max: 7 });
  t.ok(Number.isNaN(spreadOf([]).median));
  t.end();
});
