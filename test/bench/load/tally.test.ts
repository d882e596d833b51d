import t from 'tap';
import { Tally } from './tally.ts';

t.test('a 200 without its body is a failure, and the first failure is the one that is told', (t) => {
  const tally = new Tally();
  t.ok(tally.answered({ status: 200, bodyBytes: 300, bodyStart: '{"id"' }));
  t.notOk(tally.answered({ status: 200, bodyBytes: 0, bodyStart: '' }));
  t.notOk(tally.answered({ status: 429, bodyBytes: 400, bodyStart: '{"error"' }));
  t.match(tally.result(1, null), { requests: 3, failures: 2, firstFailure: /body of 0 bytes/ });
  t.end();
});
