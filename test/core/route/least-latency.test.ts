import t from 'tap';
import { createHealth } from '../../../core/health/health.ts';
import { arrange } from '../../../core/route/strategy.ts';
import type { Strategy } from '../../../sdk/target.ts';
import { HandClock } from '../health/_rule.ts';
import { target } from './models.ts';

interface Asked {
  readonly id: string;
  readonly atMs: number;
}

/** Sends a request every `everyMs`; each target answers after its time, or fails at once where that is null. */
function simulate(
  strategy: Strategy,
  ids: readonly string[],
  answerMs: (id: string, atMs: number) => number | null,
  { everyMs, count }: { readonly everyMs: number; readonly count: number },
): readonly Asked[] {
  const clock = new HandClock();
  const health = createHealth({ clock });
  const targets = ids.map((id) => target(id));
  const asked: Asked[] = [];
  let underWay: { readonly atMs: number; readonly end: () => void }[] = [];
  for (let number = 0; number < count; number++) {
    const nowMs = number * everyMs;
    for (const one of underWay.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)) {
      clock.ms = one.atMs;
      one.end();
    }
    underWay = underWay.filter(({ atMs }) => atMs > nowMs);
    clock.ms = nowMs;
    const { id } = arrange(targets, strategy, { health, stickyKey: String(number), session: false })[0]!;
    asked.push({ id, atMs: nowMs });
    const call = health.enter(id, null);
    if (call.type !== 'call') throw new Error('nothing is held back here');
    const ms = answerMs(id, nowMs);
    if (ms === null) call.failed('connect', null);
    else {
      const end = () => {
        call.answered(ms);
        call.succeeded(10);
      };
      underWay.push({ atMs: nowMs + ms, end });
    }
  }
  return asked;
}

const share = (asked: readonly Asked[], id: string) =>
  asked.filter((one) => one.id === id).length / asked.length;

t.test('least-latency moves away from a target that turns slow, within 50 requests', async (t) => {
  for (const everyMs of [5, 20, 100]) {
    const slowFromMs = 500 * everyMs;
    const asked = simulate(
      'least-latency',
      ['p/a', 'p/b'],
      (id, atMs) => (id === 'p/a' && atMs >= slowFromMs ? 5000 : 200),
      { everyMs, count: 1000 },
    );
    const before = share(asked.slice(300, 500), 'p/a');
    t.ok(before > 0.3 && before < 1.01, `${everyMs} ms: ${before} before`);
    const after = share(asked.slice(550, 700), 'p/a');
    t.ok(after < 0.15, `${everyMs} ms: ${after} after`);
  }
});

t.test('it comes back to a target that is fast again', async (t) => {
  const asked = simulate(
    'least-latency',
    ['p/a', 'p/b'],
    (id, atMs) => (id === 'p/a' && atMs >= 10_000 && atMs < 30_000 ? 5000 : 200),
    { everyMs: 50, count: 3000 },
  );
  t.ok(
    share(
      asked.filter(({ atMs }) => atMs > 100_000),
      'p/a',
    ) > 0.3,
  );
});

t.test('a target that fails fast draws no traffic, even where no breaker opens', async (t) => {
  for (const strategy of ['least-latency', 'least-busy'] as const) {
    const asked = simulate(strategy, ['p/a', 'p/b'], (id) => (id === 'p/a' ? null : 300), {
      everyMs: 50,
      count: 500,
    });
    t.ok(share(asked, 'p/a') < 0.15, `${strategy}: ${share(asked, 'p/a')}`);
  }
});

t.test('targets of unknown latency are not drowned by the first burst', async (t) => {
  const asked = simulate('least-latency', ['p/a', 'p/b', 'p/c'], () => 300, { everyMs: 1, count: 60 });
  t.strictSame(
    asked.slice(0, 6).map(({ id }) => id),
    ['p/a', 'p/b', 'p/c', 'p/a', 'p/b', 'p/c'],
  );
  for (const id of ['p/a', 'p/b', 'p/c']) t.equal(share(asked, id), 1 / 3);
});
