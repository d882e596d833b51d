import { setImmediate as breathe } from 'node:timers/promises';
import type { Peer } from '../../cluster/fleet.ts';
import type { Peers } from '../peers/peers.ts';
import type { Row, TailAnswer, TailQuestion } from '../peers/questions.ts';
import type { TrafficFeed } from './feed.ts';
import { filterOf, type TrafficFilter } from './filter.ts';

/** As many as a tail sends at once; more of one filter are counted. */
const maxRowsOfFilter = 100;
/** In one answer, of all filters together. */
const maxRows = 200;
/** Records that are parsed for one answer, for filters by policy. */
const maxParsed = 400;
const rowsATurn = 50;

/** What came of the others since the last time. */
export interface OtherRows {
  /** By process; `fits` are the indexes of the filters. */
  readonly answers: readonly TailAnswer[];
  readonly peers: readonly Peer[] | null;
}

/**
 * Fetches what the other processes did lately, for a tail. The others keep nothing for it: they look through the requests
 * that they remember anyhow, when they are asked. What an answer that came too late held is fetched the next time.
 */
export class TailReader {
  readonly #peers: Peers;
  /** By filter and process: the last row that was looked at. */
  #after = new Map<string, Map<number, number>>();

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /**
   * Never fails.
   *
   * @param filters as queries, each with the wall clock since when it is watched.
   */
  async next(filters: ReadonlyMap<string, number>): Promise<OtherRows> {
    const asked = [...filters].map(([query, sinceMs]) => {
      const after = this.#after.get(query) ?? new Map<number, number>();
      return { query, sinceMs, after };
    });
    const { answers, peers } = await this.#peers.ask({
      type: 'tail',
      filters: asked.map((filter) => ({ ...filter, after: Object.fromEntries(filter.after) })),
    });
    for (const { answer } of answers) {
      for (const { after } of asked) after.set(answer.source, answer.last);
    }
    this.#after = new Map(asked.map(({ query, after }) => [query, after]));
    return { answers: answers.map(({ answer }) => answer), peers };
  }
}

/** What another process asks for: what ended here since it asked last, the oldest first. */
export async function answerTail(feed: TrafficFeed, question: TailQuestion): Promise<TailAnswer> {
  const { added: last, source, oldest } = feed;
  const filters = question.filters.map(({ query, sinceMs, after }) => {
    const first = firstOf(feed, sinceMs, after[source]);
    // What came and is forgotten again is left out for everybody.
    return { filter: filterOf(query), first, taken: 0, skipped: Math.max(0, oldest - first) };
  });
  const rows: { readonly row: Row; readonly fits: readonly number[] }[] = [];
  let parsed = 0;
  /** Null where it would take too long to find out. */
  const fit = ({ summary }: Row, { matches, policy }: TrafficFilter): boolean | null => {
    if (!matches(summary)) return false;
    if (policy === null) return true;
    parsed += 1;
    return parsed > maxParsed ? null : feed.took(summary, policy);
  };
  const first = Math.min(...filters.map((one) => one.first));
  for (let seq = Math.max(first, oldest); seq <= last; seq += 1) {
    if (seq % rowsATurn === 0) await breathe();
    const row = feed.at(seq);
    if (row === null) continue;
    const fits: number[] = [];
    for (const [index, one] of filters.entries()) {
      const isFit = seq < one.first ? false : fit(row, one.filter);
      if (isFit === false) continue;
      if (isFit === null || one.taken >= maxRowsOfFilter || rows.length >= maxRows) {
        one.skipped += 1;
        continue;
      }
      one.taken += 1;
      fits.push(index);
    }
    if (fits.length > 0) rows.push({ row, fits });
  }
  return { source, last, rows, skipped: filters.map(({ skipped }) => skipped) };
}

/** Number of the first request to look at. One that asks for the first time knows no number, only since when it watches. */
function firstOf(feed: TrafficFeed, sinceMs: number, after: number | undefined): number {
  if (after !== undefined) return after + 1;
  let seq = feed.added;
  for (let row = feed.at(seq); row !== null && row.place.endedMs >= sinceMs; row = feed.at(seq)) seq -= 1;
  return seq + 1;
}
