import type { Json } from '../../sdk/index.ts';
import { lowerBound, upperBound } from './bound.ts';

/** Floors above the first one, in equal steps up to 1; behind the last of them nothing is served. */
const steps = 4;
/** Groups that are kept: tenant and alias are the owner's names, so there are few. */
const maxGroups = 10_000;
/** Samples, as a multiple of 1 / target, of which three wrong ones still show the target (773 for 1 %). */
const enough = 7.8;

interface Group {
  readonly tenant: string;
  readonly alias: string;
  /** 0: the first floor; `steps`: stopped. */
  level: number;
  wrong: number;
  total: number;
  allWrong: number;
  allTotal: number;
}

/** What a check led to. */
export type Step = 'raised' | 'stopped' | 'lowered' | null;

/**
 * Counts checked hits and wrong ones, and decides from them what is still served. The numbers begin anew at each level, so
 * each is judged by its own hits. Bounds are one-sided, 95 %, Clopper-Pearson.
 */
export class ErrorBook {
  readonly #target: number;
  readonly #groups = new Map<string, Group>();

  constructor(target: number) {
    this.#target = target;
  }

  /** The floor of a group; null where nothing is served. */
  floor(tenant: string, alias: string, base: number): number | null {
    const level = this.#groups.get(nameOf(tenant, alias))?.level ?? 0;
    if (level === 0) return base;
    return level >= steps ? null : base + ((1 - base) * level) / steps;
  }

  /** Counts one checked answer. Without evidence nothing changes; that the bound holds lowers the floor by one step. */
  record(tenant: string, alias: string, wrong: boolean): Step {
    const group = this.#group(tenant, alias);
    group.total += 1;
    group.allTotal += 1;
    if (wrong) {
      group.wrong += 1;
      group.allWrong += 1;
    }
    if (upperBound(group.wrong, group.total) <= this.#target) {
      if (group.level === 0) {
        // What was long ago must not hide what goes wrong now.
        if (group.total > (4 * enough) / this.#target) restart(group, 0.5);
        return null;
      }
      group.level -= 1;
      restart(group, 0);
      return 'lowered';
    }
    const passed =
      lowerBound(group.wrong, group.total) > this.#target || group.total >= enough / this.#target;
    if (!passed) return null;
    restart(group, 0);
    if (group.level >= steps) return null;
    group.level += 1;
    return group.level === steps ? 'stopped' : 'raised';
  }

  toJson(): Json {
    return [...this.#groups.values()].map(({ tenant, alias, level, wrong, total, allWrong, allTotal }) => ({
      tenant,
      alias,
      state: level === 0 ? 'open' : level === steps ? 'stopped' : `raised-${level}`,
      checked: total,
      wrong,
      wrong_hit_upper_bound: upperBound(wrong, total),
      target: this.#target,
      checked_ever: allTotal,
      wrong_ever: allWrong,
    }));
  }

  #group(tenant: string, alias: string): Group {
    const name = nameOf(tenant, alias);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    if (this.#groups.size >= maxGroups) {
      const [oldest] = this.#groups.keys();
      this.#groups.delete(oldest!);
    }
    const group = { tenant, alias, level: 0, wrong: 0, total: 0, allWrong: 0, allTotal: 0 };
    this.#groups.set(name, group);
    return group;
  }
}

function nameOf(tenant: string, alias: string): string {
  return JSON.stringify([tenant, alias]);
}

function restart(group: Group, share: number): void {
  group.wrong = Math.round(group.wrong * share);
  group.total = Math.round(group.total * share);
}
