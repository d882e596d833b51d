import type { Json, JsonObject } from '../../../sdk/json.ts';
import { ownEvent } from './events.ts';
import { ItemEnds } from './item-ends.ts';
import { type Item, type ItemKind, OutputState } from './items.ts';
import type { ProvidedItems } from './provided.ts';
import type { ResponseObject } from './response-object.ts';

const prefixes: Readonly<Record<ItemKind, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  other: 'item',
};

/** The events of one answer as they are written, and what they have told the client. */
export class Output {
  readonly state = new OutputState();
  readonly provided: ProvidedItems;
  readonly ends: ItemEnds;
  /** What ids are made of, where the provider gave none. */
  readonly seed: string;
  readonly #response: ResponseObject;
  #events: string[] = [];

  constructor(response: ResponseObject, provided: ProvidedItems) {
    this.#response = response;
    this.provided = provided;
    this.ends = new ItemEnds(provided, (type, fields) => this.emit(type, fields));
    this.seed = response.id.replace(/[^a-zA-Z0-9]/g, '').slice(-40);
  }

  emit(type: string, fields: JsonObject): void {
    this.#events.push(ownEvent(type, { type, sequence_number: this.state.sequence++, ...fields }));
  }

  /** SSE text of the events since the last time. */
  take(): string {
    const text = this.#events.length === 1 ? this.#events[0]! : this.#events.join('');
    this.#events = [];
    return text;
  }

  /** Tells that there is a response, once. */
  begin(): void {
    if (this.state.begun) return;
    this.state.begun = true;
    const response = this.#response.build({ status: 'in_progress', output: [], usage: null });
    this.emit('response.created', { response });
    this.emit('response.in_progress', { response });
  }

  /**
   * Tells that there is a new item.
   *
   * @param fields what it says at its beginning.
   * @param id the provider's; one is made up where there is none or the client knows it already.
   */
  add(item: Pick<Item, 'kind' | 'base' | 'source'>, fields: JsonObject, id?: Json): Item {
    this.begin();
    const { kind, base } = item;
    const index = this.state.nextIndex;
    const own = typeof id === 'string' && id !== '' && !this.state.ids.has(id);
    const added = this.state.add({ ...item, id: own ? id : `${prefixes[kind]}_${this.seed}_${index}` });
    const json = kind === 'other' ? base : { id: added.id, type: kind, ...base, ...fields };
    this.emit('response.output_item.added', { output_index: index, item: json });
    return added;
  }

  /** Ends the message or reasoning that is open. */
  closeOpen(): void {
    const { open } = this.state;
    if (open === null) return;
    this.state.open = null;
    this.ends.end(open, false);
  }

  /** Finished items, in their order. */
  get items(): JsonObject[] {
    return this.state.items
      .filter((item) => item.done !== null)
      .sort((a, b) => a.outputIndex - b.outputIndex)
      .map((item) => item.done as JsonObject);
  }
}
