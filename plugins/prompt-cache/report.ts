import { BoundedMap } from '../../sdk/bounded-map.ts';
import type { Json, Usage } from '../../sdk/index.ts';
import type { Break } from './tracker.ts';

/** Clients may write any `provider/model` for an alias. */
const maxAliases = 500;
const maxBreaks = 32;
/** From this share on a prefix changes always, for those who have to mend it. */
const always = 0.9;

interface BreakCount {
  readonly broken: Break;
  requests: number;
  /** When it was last told in the log, on the monotonic clock; null where never. */
  toldAtMs: number | null;
}

/** What came of the requests of one alias. */
interface AliasCount {
  requests: number;
  marked: number;
  markedByClient: number;
  compared: number;
  input: number;
  read: number;
  write5m: number;
  write1h: number;
  savedNanoUsd: number | null;
  readonly breaks: Map<string, BreakCount>;
}

/** Counts since the start, by alias. */
export class CacheReport {
  readonly #aliases = new BoundedMap<AliasCount>(maxAliases);

  /** One request as it was sent. */
  sent(alias: string, how: 'marked' | 'by client' | 'unmarked', compared: boolean): void {
    const count = this.#of(alias);
    count.requests += 1;
    if (how === 'marked') count.marked += 1;
    if (how === 'by client') count.markedByClient += 1;
    if (compared) count.compared += 1;
  }

  /** @returns the words for the log, where it is time to say them: often enough, and at most once an hour. */
  broke(alias: string, broken: Break, nowMs: number): string | null {
    const { breaks, compared } = this.#of(alias);
    const key = `${broken.segment}:${broken.at}:${broken.kind}`;
    let found = breaks.get(key);
    if (found === undefined) {
      if (breaks.size >= maxBreaks) forgetRarest(breaks);
      found = { broken, requests: 0, toldAtMs: null };
      breaks.set(key, found);
    }
    found.requests += 1;
    const due = found.toldAtMs === null || nowMs - found.toldAtMs >= 3_600_000;
    if (!due || found.requests < 3 || found.requests * 2 < compared) return null;
    found.toldAtMs = nowMs;
    return words(found, compared);
  }

  /** What an answer used. @param savedNanoUsd against the same without a cache; null where nobody knows a price. */
  used(alias: string, usage: Usage, savedNanoUsd: number | null): void {
    const count = this.#of(alias);
    count.input += usage.inputTokens;
    count.read += usage.cacheReadTokens;
    count.write5m += usage.cacheWrite5mTokens;
    count.write1h += usage.cacheWrite1hTokens;
    if (savedNanoUsd !== null) count.savedNanoUsd = (count.savedNanoUsd ?? 0) + savedNanoUsd;
  }

  /** @param only one alias; all of them by default. */
  json(only?: string): Json[] {
    const names = only === undefined ? [...this.#aliases.keys()].sort() : [only];
    return names.flatMap((alias) => {
      const count = this.#aliases.get(alias);
      return count === undefined ? [] : [aliasJson(alias, count)];
    });
  }

  #of(alias: string): AliasCount {
    const known = this.#aliases.get(alias);
    if (known !== undefined) return known;
    const fresh: AliasCount = {
      requests: 0,
      marked: 0,
      markedByClient: 0,
      compared: 0,
      input: 0,
      read: 0,
      write5m: 0,
      write1h: 0,
      savedNanoUsd: null,
      breaks: new Map(),
    };
    this.#aliases.set(alias, fresh);
    return fresh;
  }
}

function aliasJson(alias: string, count: AliasCount): Json {
  const { input, read, write5m, write1h } = count;
  const total = input + read + write5m + write1h;
  return {
    alias,
    requests: count.requests,
    marked: count.marked,
    marked_by_client: count.markedByClient,
    compared: count.compared,
    tokens: { uncached: input, cache_read: read, cache_write_5m: write5m, cache_write_1h: write1h },
    read_ratio: total === 0 ? null : Math.round((read / total) * 10_000) / 10_000,
    saved_usd: count.savedNanoUsd === null ? null : count.savedNanoUsd / 1e9,
    breaks: [...count.breaks.values()]
      .sort((a, b) => b.requests - a.requests)
      .map((found) => ({
        part: found.broken.segment,
        at_character: found.broken.at,
        kind: found.broken.kind,
        requests: found.requests,
        share: Math.round((found.requests / Math.max(1, count.compared)) * 10_000) / 10_000,
        message: words(found, count.compared),
      })),
  };
}

const kinds = {
  timestamp: 'a timestamp',
  uuid: 'a UUID',
  id: 'an id',
  number: 'a number',
  text: 'text',
} as const;
const segments = { tools: 'the tools', system: 'the system prompt' } as const;

function words({ broken: { kind, at, segment }, requests }: BreakCount, compared: number): string {
  const often =
    requests >= compared * always
      ? 'changes with every request'
      : `changed in ${requests} of ${compared} requests`;
  return `${kinds[kind]} at character ${at} of ${segments[segment]} ${often}`;
}

function forgetRarest(breaks: Map<string, BreakCount>): void {
  let rarest: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [key, { requests }] of breaks) {
    if (requests >= least) continue;
    least = requests;
    rarest = key;
  }
  if (rarest !== null) breaks.delete(rarest);
}
