import type { JsonObject, MaybePromise, RequestContext, ResponseContext } from '../../sdk/index.ts';
import { type Filter, factsOf } from './filters.ts';
import type { Evaluated } from './message.ts';
import { type Filtered, readResult } from './result.ts';
import type { FilterThreads } from './threads.ts';

/** Sentences that go to a thread at once: others come in between. */
const batch = 32;

/** Which filters apply to one request; null where nobody has asked yet. */
export class FilterState {
  applies: readonly boolean[] | null = null;
}

/** Evaluates filters. What fails is thrown, and the step's `on_failure` answers it. */
export class FilterRunner {
  readonly filters: readonly Filter[];
  readonly maxInputChars: number;
  readonly #threads: Pick<FilterThreads, 'run'>;
  readonly #all: readonly boolean[];
  readonly #hasConditions: boolean;

  constructor(filters: readonly Filter[], maxInputChars: number, threads: Pick<FilterThreads, 'run'>) {
    this.filters = filters;
    this.maxInputChars = maxInputChars;
    this.#threads = threads;
    this.#all = filters.map(() => true);
    this.#hasConditions = filters.some(({ when }) => when !== null);
  }

  /** Asks the conditions, once for a request. */
  conditions(ctx: RequestContext, state: FilterState): MaybePromise<void> {
    if (state.applies !== null) return;
    if (this.#hasConditions) return this.#ask(ctx, state);
    state.applies = this.#all;
  }

  /** Filters of a kind that apply, or may apply where the conditions were not asked yet. */
  applying(on: Filter['on'], { applies }: FilterState): readonly Filter[] {
    return this.filters.filter((filter, index) => filter.on === on && (applies === null || applies[index]!));
  }

  /** @throws Error where an evaluation has no result, with the filter's name and no word of the text. */
  async run(filter: Filter, facts: JsonObject, inputs: readonly JsonObject[]): Promise<Filtered[]> {
    try {
      return (await this.#evaluate(filter.expression, facts, inputs)).map(readResult);
    } catch (error) {
      throw new Error(`filter ${filter.name}: ${(error as Error).message}`);
    }
  }

  async #ask(ctx: RequestContext | ResponseContext, state: FilterState): Promise<void> {
    const facts = factsOf(ctx);
    const applies: boolean[] = [];
    for (const { name, when } of this.filters) {
      if (when === null) {
        applies.push(true);
        continue;
      }
      let result: readonly Evaluated[];
      try {
        result = await this.#evaluate(when, facts, [{}]);
      } catch (error) {
        throw new Error(`when of filter ${name}: ${(error as Error).message}`);
      }
      applies.push(isTruthy(result[0]!));
    }
    state.applies = applies;
  }

  async #evaluate(
    expression: number,
    facts: JsonObject,
    inputs: readonly JsonObject[],
  ): Promise<readonly Evaluated[]> {
    const results: Evaluated[] = [];
    for (let from = 0; from < inputs.length; from += batch) {
      const result = await this.#threads.run({ expression, facts, inputs: inputs.slice(from, from + batch) });
      if ('fault' in result) throw new Error(result.fault);
      results.push(...result);
    }
    return results;
  }
}

/** As JSONata's `$boolean`: nothing, '', 0, null, and empty lists and objects are false. */
function isTruthy(result: Evaluated): boolean {
  if ('none' in result) return false;
  const { value } = result;
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value)
      ? value.some((item) => isTruthy({ value: item }))
      : Object.keys(value).length > 0;
  }
  return Boolean(value);
}
