import t from 'tap';
import { TraceStore } from '../../../core/trace/store.ts';
import { attemptRecord, traceRecord } from '../../../sdk/testing/trace.ts';

t.test('the last records are kept, newest first', async (t) => {
  const store = new TraceStore(2);
  for (const requestId of ['a', 'b', 'c']) store.add(traceRecord({ requestId }));
  t.equal(store.get('a'), undefined);
  t.match(store.get('c'), { requestId: 'c' });
  t.equal(store.get(''), undefined, 'an empty place is nobody’s record');
  t.same(
    store.recent(9).map(({ requestId }) => requestId),
    ['c', 'b'],
  );
});

t.test('a question that ends later is added to the record that is kept', async (t) => {
  const store = new TraceStore(2);
  const given = traceRecord({ requestId: 'a' });
  store.add(given);
  const aside = { ...attemptRecord({ target: 'up/a' }), purpose: 'cache-shadow' };
  store.addAside('a', aside);
  store.addAside('a', { ...aside, purpose: 'cache-judge' });
  store.addAside('gone', aside);
  t.match(store.get('a'), { asides: [{ purpose: 'cache-shadow' }, { purpose: 'cache-judge' }] });
  t.match(store.recent(1), [{ requestId: 'a', asides: [{ target: 'up/a' }, {}] }]);
  t.same(given.asides, [], 'who was given the record keeps what it was');
});
