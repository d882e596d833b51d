import type { ToolCallChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

interface Call {
  readonly index: number;
  id: string | undefined;
  name: string | undefined;
}

/**
 * Tells the tool calls of one choice apart. Providers number them from 0, from 1, all 0 or not at all, leave out
 * ids or repeat them with every delta: a new id is a new call, whatever its index, and a known one an old call.
 */
export class CallTracker {
  readonly #byIndex = new Map<number, Call>();
  readonly #byId = new Map<string, Call>();
  #last: Call | undefined;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Index of the call with this id; undefined where none has come yet. */
  indexOf(id: string): number | undefined {
    return this.#byId.get(id)?.index;
  }

  /**
   * Reads one entry of `tool_calls`.
   *
   * @param position the entry's place in a whole answer, where every entry is a call; null in a stream.
   */
  read(entry: JsonObject, choice: number, position: number | null): ToolCallChunk {
    const fn = isJsonObject(entry['function'])
      ? entry['function']
      : isJsonObject(entry['custom'])
        ? entry['custom']
        : {};
    const id = nonEmpty(entry['id']);
    const name = nonEmpty(fn['name']);
    const index = typeof entry['index'] === 'number' ? entry['index'] : null;
    const call = position === null ? this.#find(index, id, name) : this.#add(index, id);
    const chunk: { -readonly [Key in keyof ToolCallChunk]: ToolCallChunk[Key] } = {
      type: 'tool_call',
      choice,
      index: call.index,
      arguments: argumentsText(fn['arguments'] ?? fn['input']),
    };
    if (id !== undefined && (call.id === undefined || position !== null)) chunk.id = call.id = id;
    if (name !== undefined && call.name === undefined) chunk.name = call.name = name;
    return chunk;
  }

  /** Reads the `function_call` of old answers: one call, without an id. */
  readLegacy(call: JsonObject, choice: number): ToolCallChunk {
    return this.read({ function: call, index: -1 }, choice, null);
  }

  #find(index: number | null, id: string | undefined, name: string | undefined): Call {
    const known = id === undefined ? undefined : this.#byId.get(id);
    if (known !== undefined) return known;
    const call = index === null ? this.#last : this.#byIndex.get(index);
    const other =
      call === undefined ||
      (id !== undefined && call.id !== undefined) ||
      (name !== undefined && call.name !== undefined && (index === null || call.name !== name));
    if (other) return this.#add(index, id);
    if (id !== undefined) this.#byId.set(id, call);
    this.#last = call;
    return call;
  }

  #add(index: number | null, id: string | undefined): Call {
    const call: Call = { index: this.#count++, id: undefined, name: undefined };
    if (index !== null) this.#byIndex.set(index, call);
    if (id !== undefined) this.#byId.set(id, call);
    this.#last = call;
    return call;
  }
}

function nonEmpty(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Some servers send the arguments as an object: as text once, never twice. */
function argumentsText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}
