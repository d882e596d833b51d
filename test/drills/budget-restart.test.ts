import t from 'tap';
import { tally } from './books.ts';
import {
  bookedNanoUsd,
  bookedRequests,
  crowd,
  drillConfig,
  idle,
  limitsNanoUsd,
  makeKey,
  type Seen,
} from './budget.ts';
import { folderOf, serve } from './processes.ts';
import { startUnrulyUpstream } from './unruly-upstream.ts';

t.setTimeout(120_000);

const requestsAtOnce = 200;

t.test(
  'a single gateway with its own files, killed in the middle, goes on where its ledger ended',
  async (t) => {
    const seed = 6;
    const upstream = await startUnrulyUpstream(seed, 0.4);
    t.teardown(() => upstream.close());
    const dir = folderOf(t, drillConfig(upstream.port));
    const before = await serve(t, dir);
    const key = await makeKey(before.url);
    let ended = 0;
    let death: Promise<unknown> | null = null;
    const onSeen = ({ status }: Seen) => {
      if (status === 200) ended += 1;
      if (ended === 3) death ??= before.stop('SIGKILL');
    };
    const seen = await crowd({ urls: [before.url], key, requests: requestsAtOnce, seed, leave: 0.2, onSeen });
    await death;
    const after = await serve(t, dir);
    const kept = await bookedNanoUsd(after.url);
    t.ok(kept > 0, `${kept} were spent before`);
    for (let round = 0; round < 3; round += 1) {
      seen.push(...(await crowd({ urls: [after.url], key, requests: 50, seed: seed + round, leave: 0.2 })));
    }
    await idle(after.url);
    const booked = await bookedNanoUsd(after.url);
    t.ok(booked > kept && booked <= limitsNanoUsd.key, `${booked} of ${limitsNanoUsd.key} in the end`);
    const rows = await bookedRequests(after.url);
    t.ok(
      [...rows.values()].every((count) => count === 1),
      'no request has two rows',
    );
    const missing = seen.filter(
      ({ whole, requestId }) => whole && requestId !== null && !rows.has(requestId),
    );
    t.same(missing, [], 'everything that a client saw the end of is booked');
    t.comment(tally(seen));
  },
);
