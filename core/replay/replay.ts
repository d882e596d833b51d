import { CaseError, type Given } from '../policy-test/case.ts';
import type { Offline } from '../policy-test/offline.ts';
import { runSituation } from '../policy-test/run.ts';
import { situationOf } from '../policy-test/situation.ts';
import { type Outcome, outcomeOf, outcomeParts } from './outcome.ts';
import type { BrokenRecord, RecordedRequest } from './records.ts';

/** One part of a decision that came out otherwise. */
export interface Difference {
  readonly part: keyof Outcome;
  readonly before: string;
  readonly after: string;
}

/** A record whose decision changed. */
export interface ChangedRecord {
  readonly line: number;
  readonly id: string;
  readonly differences: readonly Difference[];
}

export interface ReplayResult {
  readonly records: number;
  readonly changed: number;
  /** How many records changed in each part, and which verdicts turned. */
  readonly parts: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly changes: readonly ChangedRecord[];
  readonly broken: readonly BrokenRecord[];
  readonly brokenCount: number;
}

export interface ReplayOptions {
  readonly records: AsyncIterable<RecordedRequest | BrokenRecord>;
  readonly before: Offline;
  readonly after: Offline;
  /** Changes that are kept; all are counted. */
  readonly keep: number;
  readonly onProgress?: (records: number) => void;
}

const progressEvery = 1000;
const nothing = Object.fromEntries(outcomeParts.map((part) => [part, ''])) as unknown as Outcome;

/**
 * Sends each record past both programs and compares what they decide. Time, identifiers and random numbers come from the
 * record, so that the same program always decides the same; what differs is the programs' doing.
 */
export async function replay({
  records,
  before,
  after,
  keep,
  onProgress,
}: ReplayOptions): Promise<ReplayResult> {
  const parts: Record<string, number> = {};
  const verdicts: Record<string, number> = {};
  const changes: ChangedRecord[] = [];
  const broken: BrokenRecord[] = [];
  let count = 0;
  let changed = 0;
  let brokenCount = 0;
  const addBroken = (one: BrokenRecord) => {
    brokenCount += 1;
    if (broken.length < keep) broken.push(one);
  };
  for await (const record of records) {
    if ('problem' in record) {
      addBroken(record);
      continue;
    }
    count += 1;
    if (count % progressEvery === 0) onProgress?.(count);
    const pair = await outcomes(record, before, after);
    if (typeof pair === 'string') {
      addBroken({ line: record.line, problem: pair });
      continue;
    }
    const differences = compare(...pair);
    if (differences.length === 0) continue;
    changed += 1;
    for (const { part } of differences) parts[part] = (parts[part] ?? 0) + 1;
    const verdict = differences.find(({ part }) => part === 'verdict');
    if (verdict !== undefined) {
      const turn = `${verdict.before} → ${verdict.after}`;
      verdicts[turn] = (verdicts[turn] ?? 0) + 1;
    }
    if (changes.length < keep) changes.push({ line: record.line, id: record.id, differences });
  }
  return { records: count, changed, parts, verdicts, changes, broken, brokenCount };
}

/** Both outcomes; a text where neither program can be sent the request. */
async function outcomes(
  { given }: RecordedRequest,
  before: Offline,
  after: Offline,
): Promise<[Outcome, Outcome] | string> {
  const [old, next] = [await outcomeWith(given, before), await outcomeWith(given, after)];
  if (typeof old === 'string' && typeof next === 'string') return next;
  return [asOutcome(old), asOutcome(next)];
}

async function outcomeWith(given: Given, program: Offline): Promise<Outcome | string> {
  try {
    return outcomeOf(await runSituation(situationOf(given, program.setup.services.models), program));
  } catch (error) {
    if (error instanceof CaseError) return error.message;
    throw error;
  }
}

/** A request that only one of the two can be sent, such as one for an alias that is gone, is decided otherwise. */
function asOutcome(outcome: Outcome | string): Outcome {
  return typeof outcome === 'string' ? { ...nothing, verdict: outcome } : outcome;
}

function compare(before: Outcome, after: Outcome): Difference[] {
  return outcomeParts
    .filter((part) => before[part] !== after[part])
    .map((part) => ({ part, before: before[part], after: after[part] }));
}
