import type { Capacity } from '../../sdk/health.ts';
import type { JsonObject } from '../../sdk/json.ts';
import { type Path, showPath } from '../yaml/place.ts';
import { type ConfigDraft, complain } from './draft.ts';

const keys = ['rpm', 'tpm'] as const;

interface Said {
  readonly value: number;
  readonly path: Path;
}

/**
 * What targets take in a minute, as `rpm` and `tpm` say. A target has one capacity, whichever alias it is reached by:
 * two that differ are a problem.
 */
export class Capacities {
  readonly #draft: ConfigDraft;
  readonly #said = new Map<string, Said>();

  constructor(draft: ConfigDraft) {
    this.#draft = draft;
  }

  /** The capacity of one entry of a group; undefined where it says nothing. */
  read(target: string, entry: JsonObject, path: Path): Capacity | undefined {
    for (const key of keys) {
      const value = entry[key];
      if (typeof value !== 'number') continue;
      const name = `${key} ${target}`;
      const before = this.#said.get(name);
      if (before === undefined) this.#said.set(name, { value, path: [...path, key] });
      else if (before.value !== value) {
        const message = `the target "${target}" has ${key} ${before.value} at ${showPath(before.path)} and ${value} here; a target has one, leave one out`;
        complain(this.#draft, [...path, key], message);
      }
    }
    const { rpm, tpm } = entry;
    if (typeof rpm !== 'number' && typeof tpm !== 'number') return undefined;
    return {
      ...(typeof rpm === 'number' ? { requestsPerMinute: rpm } : undefined),
      ...(typeof tpm === 'number' ? { tokensPerMinute: tpm } : undefined),
    };
  }
}
