import type { LeafTrace, Trace } from '../../../sdk/trace.ts';
import type { Api } from '../../../sdk/view.ts';
import type { Given } from '../../policy-test/case.ts';
import type { KnownFacts } from './watch.ts';

/** A request as far as its decision record tells it. */
export interface RecordedRequest {
  readonly given: Given;
  readonly known: KnownFacts;
}

/** Longest header value that rules show whole. */
const shownHeaderChars = 64;

/**
 * Makes a request of a decision record. What the client wrote is not in it: a word stands in its place, and `known` says
 * what else is not known.
 *
 * @param identified whether tenants and keys have nothing beyond their ids, since no step says more of them.
 */
export function recordedRequest(trace: Trace, identified: boolean): RecordedRequest {
  const seen = seenBy(trace);
  const { tokensIn, plan, region, headers } = seen;
  return {
    given: {
      seed: trace.requestId,
      now: new Date(trace.startedAtMs).toISOString(),
      tenant: {
        id: trace.tenant,
        ...(plan === null ? undefined : { plan }),
        ...(region === null ? undefined : { region }),
      },
      key: { id: trace.key },
      ...(trace.user === null ? undefined : { user: trace.user }),
      ...(trace.feature === null ? undefined : { feature: trace.feature }),
      request: {
        api: trace.api as Api,
        model: trace.alias,
        ...(trace.api === 'embeddings' || trace.api === 'count_tokens'
          ? undefined
          : { stream: trace.stream }),
        ...(tokensIn === null ? undefined : { tokensIn }),
        headers: Object.fromEntries(
          [...headers].flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
        ),
      },
    },
    known: {
      tokensIn: tokensIn !== null,
      identity: identified,
      plan: plan !== null,
      region: region !== null,
      headers: new Set(headers.keys()),
    },
  };
}

interface Seen {
  tokensIn: number | null;
  plan: string | null;
  region: string | null;
  readonly headers: Map<string, string | null>;
}

/** What rules saw, the first time that one looked. */
function seenBy({ steps }: Trace): Seen {
  const seen: Seen = { tokensIn: null, plan: null, region: null, headers: new Map() };
  for (const { rules = [] } of steps) {
    for (const { leaves } of rules) for (const leaf of leaves) note(seen, leaf);
  }
  return seen;
}

function note(seen: Seen, { leaf, args, saw }: LeafTrace): void {
  if (leaf.startsWith('tokensIn') && typeof saw === 'number') seen.tokensIn ??= saw;
  else if (leaf === 'plan' && typeof saw === 'string') seen.plan ??= saw;
  else if (leaf === 'region' && typeof saw === 'string') seen.region ??= saw;
  else if (leaf === 'header') {
    const name = String(args[0]).toLowerCase();
    const isWhole = saw === null || (typeof saw === 'string' && saw.length <= shownHeaderChars);
    if (isWhole && !seen.headers.has(name)) seen.headers.set(name, saw as string | null);
  }
}
