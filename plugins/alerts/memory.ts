import type { Counters, Services } from '../../sdk/index.ts';
import type { Entry } from './board.ts';
import { Spend } from './spend.ts';
import { Traffic } from './traffic.ts';

/** What a file of a gateway has seen and told. */
export interface Memory {
  readonly traffic: Traffic;
  readonly spend: Spend;
  /** Events that are followed, by name and subject. */
  readonly entries: Map<string, Entry>;
  /** Those that share it, the newest last: that one looks, the others only count what ends on their program. */
  watchers: readonly object[];
  /** When thresholds were last held against it, by a clock that does not go back. */
  lookedMs: number;
}

/** A gateway's counters are opened once, and nobody else has them. */
const memories = new WeakMap<Counters, Map<string, Memory>>();

/**
 * The memory of a file, which outlives the programs that the file is part of: a change of the policies folder sets every plugin up
 * anew while requests of the version before are still under way, and none of it may be forgotten or seen twice.
 */
export function memoryOf(
  file: string,
  { counters, ledger, clock, log }: Pick<Services, 'counters' | 'ledger' | 'clock' | 'log'>,
): Memory {
  let files = memories.get(counters);
  if (files === undefined) {
    files = new Map();
    memories.set(counters, files);
  }
  let memory = files.get(file);
  if (memory === undefined) {
    memory = {
      traffic: new Traffic(),
      spend: new Spend(ledger, clock, log),
      entries: new Map(),
      watchers: [],
      lookedMs: clock.monotonic(),
    };
    files.set(file, memory);
  }
  return memory;
}
