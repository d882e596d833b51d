import t from 'tap';
import { drill } from './drill.ts';

t.test('a target that dies under load is left alone, and comes back, and no client notices', async (t) => {
  const report = await drill({ ratePerS: 100, beforeMs: 400, outageMs: 1200, afterMs: 500, streams: 0.5 });
  t.comment(JSON.stringify(report));
  t.equal(report.errors, 0);
  t.not(report.openedAfterMs, null, 'the breaker opened');
  t.not(report.closedAfterMs, null, 'and closed again');
  t.ok(report.loadRatio <= 1.1, `${report.loadRatio.toFixed(3)} calls for each request: no storm of retries`);
});
