import t from 'tap';
import { parseSoakOptions } from './options.ts';
import { judgeSoak, type SoakSample } from './verdict.ts';

const samples = (change: (index: number) => Partial<SoakSample>): SoakSample[] =>
  Array.from({ length: 60 }, (_, index) => ({
    seconds: index * 10,
    rssMb: 300,
    handles: 20,
    openFiles: 80,
    loopP99Ms: 12,
    ...change(index),
  }));
const broken = (all: readonly SoakSample[], failed = 0) =>
  judgeSoak(all, failed, 1000)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what.split(/[,:]/)[0]);

t.test('half an hour by default', (t) => {
  t.strictSame(parseSoakOptions([]), { minutes: 30, perSecond: 40, json: false });
  t.throws(() => parseSoakOptions(['--minutes', '0']), /--minutes: expected/);
  t.equal(parseSoakOptions(['--help']), null);
  t.end();
});

t.test('what stays where it is holds, single swings and the warm-up included', (t) => {
  t.strictSame(broken(samples((index) => ({ rssMb: 300 + (index % 7) * 10 }))), []);
  t.strictSame(broken(samples((index) => ({ rssMb: index < 20 ? 100 + index * 10 : 300 }))), []);
  t.strictSame(broken(samples((index) => ({ loopP99Ms: index === 40 ? 300 : 12 }))), []);
  t.end();
});

t.test('what grows does not', (t) => {
  t.strictSame(broken(samples((index) => ({ rssMb: 300 + index * 2 }))), ['memory after the warm-up']);
  t.strictSame(broken(samples((index) => ({ handles: 20 + index }))), ['active handles']);
  t.strictSame(broken(samples((index) => ({ openFiles: 80 + index }))), ['open files']);
  t.strictSame(broken(samples(() => ({ loopP99Ms: 25 }))), ['delay of the event loop']);
  t.strictSame(
    broken(
      samples(() => ({})),
      1,
    ),
    ['requests that failed'],
  );
  t.end();
});
