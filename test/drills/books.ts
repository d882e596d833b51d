import type { Test } from 'tap';
import { bookedNanoUsd, bookedRequests, limitsNanoUsd, type Seen } from './budget.ts';
import type { Sample } from './samples.ts';

/** How many clients saw what. */
export function tally(seen: readonly Seen[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, whole, code } of seen) {
    const name = `${status}${whole ? '' : ' cut'}${code === null ? '' : ` ${code}`}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** What must be true once nothing is under way. @returns what the ledger says was spent, in nano-dollars. */
export async function checkBooks(
  t: Test,
  url: string,
  samples: readonly Sample[],
  seen: readonly Seen[],
): Promise<number> {
  const booked = await bookedNanoUsd(url);
  t.same(samples.map(({ scope }) => scope).sort(), ['feature', 'global', 'key', 'tenant']);
  for (const { scope, spent, held } of samples) {
    t.equal(held, 0, `nothing is left held of ${scope}`);
    t.equal(spent, booked, `${scope} has what the ledger has`);
    t.ok(spent > 0 && spent <= limitsNanoUsd[scope], `${scope}: ${spent} of ${limitsNanoUsd[scope]}`);
  }
  const rows = await bookedRequests(url);
  t.ok(
    [...rows.values()].every((count) => count === 1),
    'no request has two rows',
  );
  const missing = seen.filter(({ whole, requestId }) => whole && requestId !== null && !rows.has(requestId));
  t.same(missing, [], 'everything that a client saw the end of is booked');
  return booked;
}
