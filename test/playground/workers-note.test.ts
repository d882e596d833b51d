import t from 'tap';
import type { WorkerState } from '../../playground/src/api/types.ts';
import { missingWords, versionWords } from '../../playground/src/console/workers/words.ts';

const nowMs = Date.UTC(2026, 0, 1, 12);
const worker = (number: number, more: Partial<WorkerState> = {}): WorkerState => ({
  worker: number,
  pid: number,
  state: 'serving',
  since: new Date(nowMs).toISOString(),
  replaced: false,
  ...more,
});

t.test('nothing is said where nothing is missing', async (t) => {
  t.strictSame(missingWords(null, 0), []);
  t.strictSame(missingWords(undefined, 0), []);
  t.strictSame(missingWords([worker(1), worker(2, { state: 'draining' })], 0), []);
});

t.test('who is missing is named, and why', async (t) => {
  t.match(missingWords([], 0), [/Only one worker/]);
  t.match(missingWords([worker(1), worker(2, { state: 'silent' })], 0), [/^Worker 2 did not answer/]);
  t.match(missingWords([worker(1), worker(2, { state: 'starting' }), worker(3, { state: 'starting' })], 0), [
    /^Each of the workers 2, 3 is being started/,
  ]);
  const many = Array.from({ length: 9 }, (_, index) => worker(index, { state: 'silent' }));
  t.match(missingWords(many, 0), [/^Each of 9 workers did not answer/]);
});

t.test('one that was replaced is named as long as what is shown reaches behind it', async (t) => {
  const replaced = [worker(1), worker(2, { replaced: true })];
  t.match(missingWords(replaced, nowMs - 1), [/^Worker 2 was replaced, last at \d\d:\d\d/]);
  t.strictSame(missingWords(replaced, nowMs), []);
});

t.test('a worker with another version is named', async (t) => {
  const workers = [
    { ...worker(1), version: 'a' },
    { ...worker(2), version: 'bcdefghijklmnop' },
    { ...worker(3), version: null },
  ];
  t.match(versionWords(workers, 'a'), [/^Worker 2 serves version bcdefghijklm and/]);
  t.equal(versionWords(workers, 'a').length, 1);
  t.strictSame(versionWords(null, 'a'), []);
});
