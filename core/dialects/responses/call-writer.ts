import type { Chunk, ToolCallChunk } from '../../../sdk/chunk.ts';
import { fitId } from '../../../sdk/translate/ids.ts';
import { customInput, isCustomCall } from './custom-tools.ts';
import type { Item } from './items.ts';
import type { Output } from './output.ts';

/** A call that is being told: what has come of it, and its item once the client knows of it. */
interface Call {
  readonly index: number;
  id: string;
  name: string;
  /** Arguments that wait until the client can be told whose they are. */
  readonly waiting: string[];
  item: Item | null;
  /** True for a function that stands in for a custom tool: its input leaves when all of it is there. */
  custom: boolean;
}

/** Writes calls. They stay open to the end of the answer, for their pieces may come interleaved. */
export class CallWriter {
  readonly #output: Output;
  readonly #calls = new Map<number, Call>();
  /** A call that has just begun: its seal may come next, and must stand before it. */
  #begun: Call | null = null;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Takes note of a call that the client was told of by the provider's own event. */
  follow(chunk: ToolCallChunk): void {
    const call = this.#take(chunk);
    call.waiting.length = 0;
    const provided = this.#output.provided.call(chunk.index);
    if (provided !== null) call.item ??= this.#output.state.bySource.get(provided.source) ?? null;
  }

  write(chunk: ToolCallChunk): void {
    const call = this.#take(chunk);
    if (call.item !== null) this.#send(call);
    else if (chunk.name !== undefined && call.name !== '') this.#begun = call;
    else this.#open(call, false);
  }

  /** True for the seal of the call that has just begun. */
  awaits(chunk: Chunk): boolean {
    return chunk.type === 'seal' && chunk.of === 'call' && chunk.call === this.#begun?.index;
  }

  /** Tells the client of the call that has just begun. */
  release(): void {
    const call = this.#begun;
    this.#begun = null;
    if (call !== null) this.#open(call, false);
  }

  /** Nothing more will come: tells the client of all that waited. */
  finish(): void {
    this.#begun = null;
    for (const call of this.#calls.values()) {
      this.#open(call, true);
      if (!call.custom || call.item === null) continue;
      const input = customInput(call.waiting.join(''));
      call.custom = false;
      call.waiting.length = 0;
      if (input !== '') call.waiting.push(input);
      this.#send(call);
    }
  }

  #take(chunk: ToolCallChunk): Call {
    let call = this.#calls.get(chunk.index);
    if (call === undefined) {
      call = { index: chunk.index, id: '', name: '', waiting: [], item: null, custom: false };
      this.#calls.set(chunk.index, call);
    }
    if (chunk.id !== undefined && call.id === '') call.id = chunk.id;
    if (chunk.name !== undefined && call.name === '') call.name = chunk.name;
    if (chunk.arguments !== '') call.waiting.push(chunk.arguments);
    return call;
  }

  /** @param over nothing more will come. */
  #open(call: Call, over: boolean): void {
    // A call without a name is none that anybody could carry out.
    if (call.item !== null || call.name === '') return;
    const output = this.#output;
    const provided = output.provided.call(call.index);
    let custom = provided?.item['type'] === 'custom_tool_call';
    if (provided === null) {
      const is = isCustomCall(call.waiting.join(''));
      if (is === 'maybe' && !over) return;
      call.custom = custom = is === 'yes';
    }
    output.closeOpen();
    const source = provided?.source ?? null;
    const base = { ...output.provided.base(source), call_id: this.#idOf(call), name: call.name };
    call.item = output.add(
      {
        kind: custom ? 'custom_tool_call' : 'function_call',
        base,
        source: source !== null && output.state.bySource.has(source) ? null : source,
      },
      { status: 'in_progress', ...(custom ? { input: '' } : { arguments: '' }) },
      provided?.item['id'],
    );
    this.#send(call);
  }

  /** Links the call to its result: at most 64 characters, made up where the provider gave none. */
  #idOf({ id, index }: Call): string {
    return id === '' ? `call_${this.#output.seed}_${index}` : fitId(id, /^.{1,64}$/s, 'call_', 40);
  }

  #send(call: Call): void {
    const { item, custom, waiting } = call;
    if (item === null || custom || item.done !== null) return;
    const what = item.kind === 'custom_tool_call' ? 'custom_tool_call_input' : 'function_call_arguments';
    for (const delta of waiting) {
      item.pieces.push(delta);
      item.piecesEnded = false;
      const place = { item_id: item.id, output_index: item.outputIndex };
      this.#output.emit(`response.${what}.delta`, { ...place, delta });
    }
    waiting.length = 0;
  }
}
