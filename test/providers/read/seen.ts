import type { Json, JsonObject } from '../../../sdk/json.ts';

/** An error as its dialect words it. */
export interface SeenError {
  readonly type: string;
  /** '' where the dialect has none. */
  readonly code: string;
  readonly message: string;
}

export interface SeenCall {
  readonly id: string;
  readonly name: string;
  /** Parsed; `{ __unparsed__ }` for what is no JSON. */
  readonly arguments: Json;
}

/** What a client of one dialect understands of an answer. */
export interface Seen {
  text: string;
  reasoning: string;
  refusal: string;
  calls: SeenCall[];
  /** The dialect's own word; null where none came. */
  finish: string | null;
  stopSequence: string | null;
  /** In the dialect's own fields. */
  usage: JsonObject | null;
  error: SeenError | null;
  /** True when the answer ended as the dialect ends a complete one. */
  complete: boolean;
  model: string;
  /** Text and finish of further choices, where the dialect has them. */
  choices: { text: string; finish: string | null }[];
  /** What a client sends back to go on: messages, or items of an input. */
  turn: readonly JsonObject[];
}

export function nothingSeen(): Seen {
  return {
    text: '',
    reasoning: '',
    refusal: '',
    calls: [],
    finish: null,
    stopSequence: null,
    usage: null,
    error: null,
    complete: false,
    model: '',
    choices: [],
    turn: [],
  };
}

/** Arguments of a call as a client parses them; '' is an empty object. */
export function argumentsOf(text: string): Json {
  if (text === '') return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { __unparsed__: text };
  }
}
