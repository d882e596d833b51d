import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type WrittenRow, writtenRow } from '../../../../core/stores/ledger/row.ts';
import { TurnCommit } from '../../../../core/stores/ledger/turn-commit.ts';
import { SqliteTurns } from '../../../../core/stores/sqlite-turns.ts';
import { FakeClock, settled } from '../../../../sdk/testing/clock.ts';
import { row } from './_rows.ts';

const written = (id: number) => writtenRow(row(`req_${id}`));
const sqliteError = (errcode: number) => Object.assign(new Error(`error ${errcode}`), { errcode });

/** A commit whose transactions are lists of rows; what `fault` names cannot be written. */
function commitOf(fault: (row: WrittenRow) => Error | null = () => null, maxRows = 4) {
  const transactions: WrittenRow[][] = [];
  const commit = new TurnCommit({
    expected: 'the ledger to take a row',
    turns: new SqliteTurns(new FakeClock()),
    maxRows,
    write(rows) {
      for (const one of rows) {
        const error = fault(one);
        if (error !== null) throw error;
      }
      transactions.push([...rows]);
    },
  });
  return { commit, transactions };
}

t.test('what requests bring in one turn is one transaction, and each waits for its own', async (t) => {
  const { commit, transactions } = commitOf();
  const first = [1, 2, 3].map((id) => commit.add([written(id)]));
  t.strictSame(transactions, [], 'not before the turn ends');
  await Promise.all(first);
  await commit.add([written(4)]);
  t.strictSame(
    transactions.map(({ length }) => length),
    [3, 1],
  );
});

t.test('a transaction has so many rows at most, unless one request brings more', async (t) => {
  const { commit, transactions } = commitOf();
  const six = Array.from({ length: 6 }, (_, at) => written(100 + at));
  await Promise.all([...[1, 2, 3, 4, 5].map((id) => commit.add([written(id)])), commit.add(six)]);
  t.strictSame(
    transactions.map(({ length }) => length),
    [4, 1, 6],
  );
});

t.test('a row that cannot be written costs its neighbours nothing', async (t) => {
  const { commit, transactions } = commitOf(({ cells }) => (cells[0] === 'req_2' ? sqliteError(3091) : null));
  const ends = await Promise.allSettled([1, 2, 3].map((id) => commit.add([written(id)])));
  t.strictSame(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  t.equal(transactions.flat().length, 2);
});

t.test('a full disk is tried once, not once for each row', async (t) => {
  let tries = 0;
  const { commit } = commitOf(() => {
    tries += 1;
    return sqliteError(13);
  });
  const ends = await Promise.allSettled([1, 2, 3].map((id) => commit.add([written(id)])));
  t.ok(ends.every((end) => end.status === 'rejected' && end.reason.code === 'store_unavailable'));
  t.equal(tries, 1);
});

t.test('what came before the end is written before idle ends', async (t) => {
  const { commit, transactions } = commitOf();
  void commit.add([written(1)]);
  await commit.idle();
  t.equal(transactions.length, 1);
  await commit.idle();
  for (let id = 2; id < 12; id += 1) void commit.add([written(id)]);
  await commit.idle();
  t.equal(transactions.flat().length, 11, 'those that go in turns to come, too');
});

t.test('whatever comes when, every row is written once or its request is told', async () => {
  const request = fc.record({
    rows: fc.integer({ min: 1, max: 6 }),
    bad: fc.boolean(),
    pause: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 20 }), async (requests) => {
      const bad = new Set<unknown>();
      const { commit, transactions } = commitOf(({ cells }) => (bad.has(cells[0]) ? sqliteError(19) : null));
      let id = 0;
      const ends: Promise<boolean>[] = [];
      const wanted: unknown[] = [];
      for (const one of requests) {
        const rows = Array.from({ length: one.rows }, () => written(id++));
        if (one.bad) bad.add(rows.at(-1)!.cells[0]);
        else wanted.push(...rows.map(({ cells }) => cells[0]));
        ends.push(
          commit.add(rows).then(
            () => true,
            () => false,
          ),
        );
        if (one.pause) await settled();
      }
      assert.deepEqual(
        await Promise.all(ends),
        requests.map((one) => !one.bad),
      );
      const kept = transactions.flat().map(({ cells }) => cells[0]);
      assert.deepEqual(kept.toSorted(), wanted.toSorted());
    }),
    { numRuns: 100 },
  );
});
