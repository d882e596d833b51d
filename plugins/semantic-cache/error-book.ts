import type { Json } from '../../sdk/index.ts';
import { lowerBound, upperBound } from './bound.ts';
import {
  type Counts,
  type Evidence,
  maxRows,
  merge,
  minus,
  nextEra,
  noCounts,
  noEvidence,
  plus,
  sumOf,
} from './evidence.ts';

/** Floors above the first one, in equal steps up to 1; behind the last of them nothing is served. */
export const steps = 4;
/** Groups that are kept in memory: tenant and alias are the owner's names, so there are few. */
const maxGroups = 10_000;
/** Samples, as a multiple of 1 / target, of which three wrong ones still show the target (773 for 1 %). */
const enough = 7.8;

interface Group {
  readonly tenant: string;
  readonly alias: string;
  evidence: Evidence;
  /** The row that is this gateway's. */
  node: string;
  /** That row as others were told it. */
  told: Counts;
}

/** What is known of a group. */
export interface GroupState {
  readonly tenant: string;
  readonly alias: string;
  readonly level: number;
  /** At this level, and ever. */
  readonly checked: number;
  readonly wrong: number;
  readonly wrongHitUpperBound: number;
  readonly checkedEver: number;
  readonly wrongEver: number;
}

/** What a check led to. */
export type Step = 'raised' | 'stopped' | 'lowered' | null;

/**
 * Counts checked hits and wrong ones, and decides from them what is still served. The numbers begin anew at each level, so
 * each is judged by its own hits. Bounds are one-sided, 95 %, Clopper-Pearson. What other gateways found is merged in.
 */
export class ErrorBook {
  readonly #target: number;
  readonly #node: string;
  readonly #groups = new Map<string, Group>();
  /** Told the name of a group that made room for others: what was known of it must be read again. */
  onForgotten: (name: string) => void = () => undefined;

  /** @param node names this gateway among those that share a store. */
  constructor(target: number, node = 'node') {
    this.#target = target;
    this.#node = node;
  }

  /** The floor of a group; null where nothing is served. */
  floor(tenant: string, alias: string, base: number): number | null {
    const level = this.#groups.get(nameOf(tenant, alias))?.evidence.level ?? 0;
    if (level === 0) return base;
    return level >= steps ? null : base + ((1 - base) * level) / steps;
  }

  /** Counts one checked answer. Without evidence nothing changes; that the bound holds lowers the floor by one step. */
  record(tenant: string, alias: string, wrong: boolean): Step {
    const group = this.#group(tenant, alias);
    const { evidence, node } = group;
    const one = wrong ? 1 : 0;
    const row = plus(evidence.rows[node] ?? noCounts, [one, 1, one, 1]);
    group.evidence = { ...evidence, rows: { ...evidence.rows, [node]: row } };
    const step = this.#step(group);
    if (Object.keys(group.evidence.rows).length > maxRows) begin(group, group.evidence.level, 1);
    return step;
  }

  /** What this gateway knows of a group. */
  evidence(tenant: string, alias: string): Evidence {
    return this.#groups.get(nameOf(tenant, alias))?.evidence ?? noEvidence;
  }

  /**
   * Takes over what others know of a group.
   *
   * @param first where the group was not known here before: a row under this gateway's name is then that of a namesake.
   */
  learn(tenant: string, alias: string, other: Evidence, first: boolean): void {
    const group = this.#group(tenant, alias);
    while (first && other.rows[group.node] !== undefined) group.node += "'";
    const { evidence, node, told } = group;
    group.evidence = merge(evidence, other);
    if (other.era <= evidence.era) return;
    // What was counted here and nobody was told is not in the sum of the era before.
    const [wrong, total, everWrong, everTotal] = minus(evidence.rows[node] ?? noCounts, told);
    const same = other.level === evidence.level;
    const own: Counts = [same ? wrong : 0, same ? total : 0, everWrong, everTotal];
    const row = plus(other.rows[node] ?? noCounts, own);
    group.told = other.rows[node] ?? noCounts;
    if (own[3] > 0) group.evidence = { ...other, rows: { ...other.rows, [node]: row } };
  }

  /** Others were told all that is known of a group. */
  told(tenant: string, alias: string, evidence: Evidence): void {
    const group = this.#groups.get(nameOf(tenant, alias));
    if (group === undefined || group.evidence.era !== evidence.era) return;
    group.told = evidence.rows[group.node] ?? noCounts;
  }

  /** Groups about which something is known. */
  *groups(): Iterable<{ readonly tenant: string; readonly alias: string }> {
    for (const { tenant, alias, evidence } of this.#groups.values()) {
      if (evidence !== noEvidence) yield { tenant, alias };
    }
  }

  /** What is known of each group; the first ones where there are more than `most`. */
  list(most = maxGroups): readonly GroupState[] {
    return [...this.#groups.values()].slice(0, most).flatMap(({ tenant, alias, evidence }) => {
      if (evidence === noEvidence) return [];
      const [wrong, checked, wrongEver, checkedEver] = sumOf(evidence);
      const wrongHitUpperBound = upperBound(wrong, checked);
      const { level } = evidence;
      return [{ tenant, alias, level, checked, wrong, wrongHitUpperBound, checkedEver, wrongEver }];
    });
  }

  toJson(): Json {
    return this.list().map(({ tenant, alias, level, checked, wrong, ...rest }) => ({
      tenant,
      alias,
      state: level === 0 ? 'open' : level >= steps ? 'stopped' : `raised-${level}`,
      checked,
      wrong,
      wrong_hit_upper_bound: rest.wrongHitUpperBound,
      target: this.#target,
      checked_ever: rest.checkedEver,
      wrong_ever: rest.wrongEver,
    }));
  }

  #step(group: Group): Step {
    const { level } = group.evidence;
    const [wrong, total] = sumOf(group.evidence);
    if (upperBound(wrong, total) <= this.#target) {
      if (level === 0) {
        // What was long ago must not hide what goes wrong now.
        if (total > (4 * enough) / this.#target) begin(group, 0, 0.5);
        return null;
      }
      begin(group, level - 1, 0);
      return 'lowered';
    }
    const passed = lowerBound(wrong, total) > this.#target || total >= enough / this.#target;
    if (!passed) return null;
    begin(group, Math.min(level + 1, steps), 0);
    if (level >= steps) return null;
    return level + 1 === steps ? 'stopped' : 'raised';
  }

  #group(tenant: string, alias: string): Group {
    const name = nameOf(tenant, alias);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    if (this.#groups.size >= maxGroups) {
      const [oldest] = this.#groups.keys();
      this.#groups.delete(oldest!);
      this.onForgotten(oldest!);
    }
    const group: Group = { tenant, alias, evidence: noEvidence, node: this.#node, told: noCounts };
    this.#groups.set(name, group);
    return group;
  }
}

export function nameOf(tenant: string, alias: string): string {
  return JSON.stringify([tenant, alias]);
}

function begin(group: Group, level: number, share: number): void {
  group.evidence = nextEra(group.evidence, level, share);
  group.told = noCounts;
}
