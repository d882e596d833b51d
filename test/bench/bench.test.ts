import t from 'tap';
import { runBench } from './bench.ts';
import { parseOptions } from './options.ts';
import { formatReport, toReport } from './report.ts';

t.test('a very short run measures the bare proxy in every phase and finds nothing failed', async (t) => {
  const options = { ...parseOptions(['--only', 'bare', '--seconds', '0.1'])!, rounds: 1, starts: 1 };
  const bench = await runBench(options, () => {});
  const report = toReport(bench, [], options);
  const bare = report.targets[0]!;
  t.match(bare, { name: 'bare', failures: 0, keptFromUpstream: 0 });
  t.equal(bare.small.ratio.median, 1, 'the ratio to itself');
  t.ok(bare.small.requestsPerSecond.median > 0);
  t.ok(bare.large.requestsPerSecond.median > 0);
  t.ok(bench.direct.samples.rate[0]!.result.latency.count > 0);
  t.ok(bench.direct.samples.streams[0]!.result.latency.count > 0, 'stamps came back in the chunks');
  t.match(formatReport(report), /bare proxy/);
});
