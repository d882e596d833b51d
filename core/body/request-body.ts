import type { AttemptChanges, RequestChanges } from '../../sdk/change.ts';
import type { ModelTraits } from '../../sdk/traits.ts';
import type { RequestView } from '../../sdk/view.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { type JsonEdit, type JsonText, jsonTextFrom } from './json-text.ts';

/**
 * The body of a request while it passes the hooks: its text as the client sent it, with the changes of the hooks
 * written in. The view is computed on first use and again after a change.
 */
export class RequestBody {
  /** As the client sent it. */
  readonly received: JsonText;
  readonly #dialect: Dialect;
  #json: JsonText;
  #view: RequestView | null = null;
  #pending: readonly JsonEdit[] = [];

  constructor(dialect: Dialect, json: JsonText) {
    this.received = json;
    this.#dialect = dialect;
    this.#json = json;
  }

  /** The body with all changes so far. */
  get json(): JsonText {
    if (this.#pending.length > 0) {
      this.#json = jsonTextFrom(this.#json.edit(this.#pending));
      this.#pending = [];
    }
    return this.#json;
  }

  get view(): RequestView {
    if (this.#view === null || this.#pending.length > 0) this.#view = this.#dialect.view(this.json);
    return this.#view;
  }

  /** Writes changes in; the text is made anew only when somebody looks. */
  change(changes: RequestChanges | AttemptChanges): void {
    const view = this.view;
    this.#pending = this.#dialect.edits(this.#json, view, changes);
  }

  /** The body for one attempt, with the attempt's own changes. */
  jsonFor(changes: readonly AttemptChanges[]): JsonText {
    if (changes.length === 0) return this.json;
    const attempt = new RequestBody(this.#dialect, this.json);
    for (const change of changes) attempt.change(change);
    return attempt.json;
  }

  /** Edits that put in the provider's model name, fit the body to it and, where wanted, ask a stream for its usage. */
  addressed(json: JsonText, model: string, withUsage: boolean, traits: ModelTraits | undefined): JsonEdit[] {
    const edits: JsonEdit[] = [{ pointer: '/model', value: model }];
    if (withUsage) edits.push(...this.#dialect.usageEdits(json));
    if (traits !== undefined) edits.push(...(this.#dialect.fittingEdits?.(json.value, traits) ?? []));
    return edits;
  }
}
