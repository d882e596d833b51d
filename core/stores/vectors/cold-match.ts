import type { Json } from '../../../sdk/json.ts';
import type { VectorMatch } from '../../../sdk/vectors.ts';
import type { LanceFound } from './lance-message.ts';

/** Its meta is parsed when it is looked at: all of them at once may be megabytes. */
export class ColdMatch implements VectorMatch {
  readonly id: string;
  readonly score: number;
  readonly #text: string;
  #meta: Json | undefined;

  constructor({ id, score, meta }: LanceFound) {
    this.id = id;
    this.score = score;
    this.#text = meta;
  }

  get meta(): Json {
    this.#meta ??= JSON.parse(this.#text) as Json;
    return this.#meta;
  }
}
