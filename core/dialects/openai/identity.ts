import type { JsonObject } from '../../../sdk/json.ts';
import type { AnswerMeta } from '../dialect.ts';

/** What an answer says about itself: the gateway's own words until the provider's are known. */
export class AnswerIdentity {
  /** Vendor of the model that answers; '' for none. */
  readonly vendor: string;
  #id: string;
  #createdSeconds: number;
  readonly #fallbackModel: string;
  #model: string | null = null;
  #idLearnt = false;

  constructor(meta: AnswerMeta, idPrefix: string) {
    this.vendor = meta.vendor;
    this.#id = meta.id.startsWith(idPrefix) ? meta.id : idPrefix + meta.id;
    this.#createdSeconds = Math.floor(meta.createdAtMs / 1000);
    this.#fallbackModel = meta.model;
  }

  get id(): string {
    return this.#id;
  }

  get createdSeconds(): number {
    return this.#createdSeconds;
  }

  /** The model that the answer names; null where it names none (yet). */
  get model(): string | null {
    return this.#model;
  }

  /** The model to name to the client. */
  get shownModel(): string {
    return this.#model ?? this.#fallbackModel;
  }

  /** Takes over what the answer says. Azure's first event has an empty id and model: not those. */
  learn(json: JsonObject): void {
    if (this.#idLearnt && this.#model !== null) return;
    const { id, created, model } = json;
    if (this.#model === null && typeof model === 'string' && model !== '') this.#model = model;
    if (this.#idLearnt || typeof id !== 'string' || id === '') return;
    this.#idLearnt = true;
    this.#id = id;
    if (typeof created === 'number' && created > 0) this.#createdSeconds = created;
  }
}
