import t from 'tap';
import { GroupCommit } from '../../../../core/stores/ledger/group-commit.ts';
import { type WrittenRow, writtenRow } from '../../../../core/stores/ledger/row.ts';
import { settled } from '../../../../sdk/testing/clock.ts';
import { row } from './_rows.ts';

const written = (id: number) => writtenRow(row(`req_${id}`));

t.test('what comes during a commit goes out together, and each waits for its own', async (t) => {
  const commits: { rows: number; end: () => void }[] = [];
  const group = new GroupCommit({
    expected: 'x',
    commit: (rows) => new Promise((resolve) => commits.push({ rows: rows.length, end: resolve })),
  });
  const done: number[] = [];
  const add = (id: number) => void group.add([written(id)]).then(() => done.push(id));
  add(0);
  await settled();
  for (let id = 1; id <= 700; id += 1) add(id);
  await settled();
  t.strictSame(
    commits.map(({ rows }) => rows),
    [1],
  );
  commits[0]!.end();
  await settled();
  t.strictSame(done, [0]);
  commits[1]!.end();
  await settled();
  t.equal(done.length, 501);
  commits[2]!.end();
  await settled();
  t.strictSame(
    commits.map(({ rows }) => rows),
    [1, 500, 200],
  );
  t.equal(done.length, 701);
});

t.test("one caller's rows do not cost the others theirs", async (t) => {
  const kept: WrittenRow[] = [];
  const group = new GroupCommit({
    expected: 'x',
    async commit(rows) {
      if (rows.some(({ cells }) => cells[0] === 'req_2')) throw new Error('bad row');
      kept.push(...rows);
    },
    isOutage: () => false,
  });
  const ends = await Promise.allSettled([1, 2, 3].map((id) => group.add([written(id)])));
  t.strictSame(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  t.equal(kept.length, 2);
});

t.test('the queue is bounded', async (t) => {
  const group = new GroupCommit({
    expected: 'the ledger to take a row',
    commit: () => new Promise(() => undefined),
  });
  const many = Array.from({ length: 5000 }, () => written(1));
  void group.add(many);
  await settled();
  void group.add(many);
  void group.add(many);
  await t.rejects(group.add([written(1)]), { code: 'store_unavailable', message: /10000 rows wait already/ });
});
