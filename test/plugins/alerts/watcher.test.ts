import t from 'tap';
import { createMemoryCounters } from '../../../core/stores/counters/memory.ts';
import { compileValidator } from '../../../core/yaml/validate.ts';
import { type AlertsOptions, schema } from '../../../plugins/alerts/options.ts';
import { Watcher } from '../../../plugins/alerts/watcher.ts';
import type { Counters } from '../../../sdk/counters.ts';
import { type Json, type JsonObject, type Ledger, Secret, type Trace } from '../../../sdk/index.ts';
import { FakeClock, settled } from '../../../sdk/testing/clock.ts';
import { countingIds, recordingLog } from '../../../sdk/testing/fakes.ts';
import { attemptRecord, traceRecord } from '../../../sdk/testing/trace.ts';
import { type ScriptedReply, ScriptedUpstream } from '../../../sdk/testing/upstream.ts';

const minute = 60_000;
let made = 0;
const url = 'https://hooks.test/services/SECRET';
const validate = compileValidator(schema);

export function optionsOf(file: JsonObject): AlertsOptions {
  const document = { file: 'f', position: () => ({ line: 1, column: 1 }) };
  const { value, problems } = validate(file, { document });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join());
  return value as unknown as AlertsOptions;
}

interface Setup {
  readonly clock?: FakeClock;
  readonly counters?: Counters;
  readonly reply?: ScriptedReply;
  /** The file in the folder: watchers of one gateway with the same file share what they know. */
  readonly file?: string;
  /** Dollars of the last 24 hours, and of the 7 days before, by tenant. */
  readonly spent?: Readonly<Record<string, readonly [number, number]>>;
}

function make(
  options: JsonObject = {},
  { clock = new FakeClock(), counters, reply, spent = {}, file = `${++made}.yaml` }: Setup = {},
) {
  const http = new ScriptedUpstream().otherwise(() => reply ?? { json: { ok: true } });
  const log = recordingLog();
  const sum = async (_by: unknown, { untilMs }: { untilMs?: number }) =>
    Object.entries(spent).map(([tenant, [today, before]]) => ({
      by: [tenant],
      costNanoUsd: (clock.now() === untilMs ? today : before) * 1e9,
    }));
  const watcher = new Watcher(
    { ...optionsOf(options), webhook: new Secret(url) },
    {
      clock,
      counters: counters ?? createMemoryCounters({ clock }),
      http,
      // Ids of holds are each gateway's own.
      ids: { ...countingIds(), request: () => `req_${++made}` },
      ledger: { sum } as unknown as Ledger,
      log,
    },
    file,
  );
  t.teardown(() => watcher.close());
  const said = () => http.calls.map(({ json }) => json as JsonObject);
  return { watcher, clock, http, log, said };
}

/** The same requests, so many each minute, for so many minutes. */
async function traffic(
  { watcher, clock }: Pick<ReturnType<typeof make>, 'watcher' | 'clock'>,
  minutes: number,
  traces: readonly Partial<Trace>[],
): Promise<void> {
  for (let at = 0; at < minutes * 6; at += 1) {
    for (const trace of traces) watcher.add(traceRecord(trace));
    await clock.advance(10_000);
  }
  await settled();
}

const times = (count: number, trace: Partial<Trace>) => Array.from({ length: count }, () => trace);
const good: Partial<Trace> = {};
const refused: Partial<Trace> = { status: 429, outcome: 'denied', attempts: [] };

/** The same gateway after a change of its folder: the next version of a file, whose version before may still be in use. */
function versions(): (options?: JsonObject) => ReturnType<typeof make> {
  const clock = new FakeClock();
  const gateway = { clock, counters: createMemoryCounters({ clock }), file: '90-alerts.yaml' };
  return (options = { off: ['cache_hits'] }) => make(options, gateway);
}

t.test('a change of the folder loses nothing: what lasts is told when it is time, once', async (t) => {
  const version = versions();
  const first = version();
  await traffic(first, 4, [...times(9, good), refused]);
  const second = version();
  await first.watcher.close();
  await traffic(second, 2, [...times(9, good), refused]);
  t.match([first.said(), second.said()], [[], [{ alert: 'rate_limited', status: 'firing' }]]);
  const third = version();
  await second.watcher.close();
  await traffic(third, 10, [...times(9, good), refused]);
  t.strictSame(third.said(), [], 'which is not told again');
  await traffic(third, 11, times(9, good));
  t.match(third.said(), [{ alert: 'rate_limited', status: 'resolved' }], 'and that it is over is');
});

t.test('requests that end on the version before count, and it tells nothing any more', async (t) => {
  const version = versions();
  const first = version();
  const second = version({ off: ['cache_hits'], rate_limited: { threshold: 0.5 } });
  await traffic(first, 10, [...times(9, good), refused]);
  t.strictSame([first.said(), second.said()], [[], []], 'the newer thresholds count');
  await traffic(first, 10, times(9, refused));
  t.strictSame(first.said(), []);
  t.match(second.said(), [{ alert: 'rate_limited', status: 'firing' }]);
  await first.watcher.close();
  t.equal(second.clock.pending, 1);
});

t.test('a version that was refused leaves the one before as it was', async (t) => {
  const version = versions();
  const first = version();
  await version().watcher.close();
  await traffic(first, 10, [...times(9, good), refused]);
  t.match(first.said(), [{ alert: 'rate_limited' }]);
});

t.test('a folder that changes all the time is looked at all the same', async (t) => {
  const version = versions();
  let one = version();
  const said = [];
  for (let minutes = 0; minutes < 60; minutes += 1) {
    await traffic(one, 1 / 6, [...times(9, good), refused]);
    const next = version();
    await one.watcher.close();
    said.push(...one.said());
    one = next;
  }
  t.match(said, [{ alert: 'rate_limited', status: 'firing' }]);
});

t.test('429s are told of once they have lasted, and again when they are over', async (t) => {
  const one = make({ off: ['cache_hits'] });
  await traffic(one, 4, [...times(9, good), refused]);
  t.strictSame(one.said(), []);
  await traffic(one, 10, [...times(9, good), refused]);
  t.match(one.said(), [
    {
      text: 'Warning: Rate limited: 10 % of the requests are refused with 429. What to do: docs/runbooks/rate-limit-storm.md',
      event: 'alert',
      status: 'firing',
      alert: 'rate_limited',
      severity: 'warning',
      subject: '',
      value: 0.1,
      runbook: 'docs/runbooks/rate-limit-storm.md',
    },
  ]);
  await traffic(one, 15, times(10, good));
  t.match(one.said()[1], { status: 'resolved', text: /^Resolved: Rate limited: it is over/ });
  t.equal(one.said().length, 2);
  t.match(
    one.log.lines.map(({ level, message }) => [level, message]),
    [
      ['warn', /^alert firing/],
      ['info', /^alert resolved/],
    ],
  );
  t.notMatch(JSON.stringify(one.log.lines), /SECRET/);
});

const slow: Partial<Trace> = { attempts: [attemptRecord({ firstByteMs: 5_000 })] };
const failed: Partial<Trace> = { attempts: [attemptRecord({ provider: 'up', failure: 'server_error' })] };
const budget = (share: number): Partial<Trace> => ({
  steps: [
    {
      hook: 'onRequest',
      file: '60-limits.yaml',
      name: 'token-limiter',
      decision: 'continue',
      details: { warnings: [{ by: 'key', scope: 'k', quantity: 'usd', used: 1, limit: 1, share }] } as Json,
      startedMs: 0,
      durationUs: 1,
    },
  ],
});

const events: Readonly<Record<string, { traces: readonly Partial<Trace>[]; minutes: number; text: RegExp }>> =
  {
    latency: {
      traces: times(5, slow),
      minutes: 8,
      text: /^Critical: Slow: one request in twenty waits over [45]\.\d s/,
    },
    fallbacks: {
      traces: [...times(4, good), { fallback: 'cross-vendor' }],
      minutes: 8,
      text: /^Critical: Fallbacks: 20 % of the answers/,
    },
    provider_errors: {
      traces: [...times(9, { attempts: [attemptRecord({ provider: 'up' })] }), failed],
      minutes: 8,
      text: /^Critical: Provider errors \(up\): 10 % of the calls of up fail/,
    },
    budget: {
      traces: [budget(0.85), good],
      minutes: 1,
      text: /^Warning: Budget nearly spent \(key of acme\): a budget by key of acme is 85 % used/,
    },
  };

for (const [event, { traces, minutes, text }] of Object.entries(events)) {
  t.test(
    `${event} is told of, with its runbook as a link, and never by requests that are well`,
    async (t) => {
      const runbooks = 'https://git.test/docs/runbooks';
      const one = make({ runbooks });
      await traffic(one, minutes, traces);
      t.match(one.said(), [
        { alert: event, text, runbook: /^https:\/\/git\.test\/docs\/runbooks\/[\w-]+\.md$/ },
      ]);
      t.match(one.said()[0]!['text'], /<https:\/\/git\.test\/docs\/runbooks\/[\w-]+\.md\|[\w-]+\.md>$/);
      const off = make({ off: [event] });
      await traffic(off, minutes, traces);
      t.strictSame(off.said(), []);
      const well = make();
      await traffic(well, minutes, times(5, good));
      t.strictSame(well.said(), []);
    },
  );
}

t.test('a cache that stops answering is told of, one that nobody has is not', async (t) => {
  const one = make();
  await traffic(one, 60, [...times(4, good), { source: 'exact', attempts: [] }]);
  t.strictSame(one.said(), []);
  await traffic(one, 120, times(5, good));
  t.match(one.said(), [{ alert: 'cache_hits', text: /caches answer [0-4]\.\d % of the requests/ }]);
  const none = make();
  await traffic(none, 120, times(5, good));
  t.strictSame(none.said(), []);
});

t.test('spending is held against the week before, from a dollar on', async (t) => {
  const spent = { 'acme <!channel>': [13, 70], calm: [11, 70], small: [0.9, 0.1], fresh: [50, 0] } as const;
  const one = make({}, { spent });
  await one.clock.advance(30 * minute);
  t.match(one.said(), [
    {
      alert: 'spend',
      subject: 'acme <!channel>',
      text: 'Warning: Spend above usual (acme &lt;!channel&gt;): acme &lt;!channel&gt; has spent $13.00 in 24 hours, 130 % of its average day. What to do: docs/runbooks/budget-dispute.md',
    },
  ]);
});

t.test('one of a fleet tells, and its counters being away does not silence it', async (t) => {
  const clock = new FakeClock();
  const counters = createMemoryCounters({ clock });
  const fleet = [1, 2, 3].map(() => make({}, { clock, counters, spent: { acme: [20, 70] } }));
  await clock.advance(30 * minute);
  t.equal(
    fleet.reduce((sum, one) => sum + one.said().length, 0),
    1,
  );
  const down = {
    admit() {
      throw new Error('down');
    },
  } as unknown as Counters;
  const alone = make({}, { counters: down, spent: { acme: [20, 70] } });
  await alone.clock.advance(30 * minute);
  t.equal(alone.said().length, 1);
});

t.test('a webhook that does not answer is tried again, without a word of its address', async (t) => {
  const one = make({}, { spent: { acme: [20, 70] }, reply: { status: 500 } });
  await one.clock.advance(16 * minute);
  t.equal(one.said().length, 3, 'three tries');
  await one.clock.advance(7 * minute);
  t.equal(one.said().length, 6);
  t.notMatch(JSON.stringify(one.log.lines), /SECRET|hooks\.test/);
});

t.test('when it is closed nothing is left to run', async (t) => {
  const one = make();
  await one.clock.advance(minute);
  await one.watcher.close();
  t.equal(one.clock.pending, 0);
});
