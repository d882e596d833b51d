import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../sdk/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { editText } from './json-edit.ts';
import type { JsonEdit } from './json-edit-tree.ts';
import { describeFault, describePlace, findJsonFault } from './json-fault.ts';
import { countMembers, dropHiddenMembers, maxDepth, surveyJson } from './json-survey.ts';

export type { JsonEdit } from './json-edit-tree.ts';

/** A JSON object together with the text it came from, so that changes can be written into that text. */
export interface JsonText {
  /**
   * The text as it came, byte by byte, but for members that a later one of the same name hides: they are cut
   * out, so that nobody who reads the text sees another value than `value` has.
   */
  readonly text: string;
  readonly value: JsonObject;
  /**
   * The text with the edits written into it; everything else stays as it came, byte by byte. Throws where a
   * pointer leads through something that is neither an object nor an array, or past an array's end.
   */
  edit(edits: readonly JsonEdit[]): string;
}

/**
 * Repeated names are a mistake or an attack. A few are mended; mending millions of them would hold everybody up.
 */
const maxHidden = 1000;

/**
 * Parses a request body. Throws `GatewayError` 400 `invalid_request`, with the position, for what is no valid
 * UTF-8, no JSON, no object at its top level, or nested more than 200 levels deep. A byte order mark is dropped.
 */
export function parseJsonText(bytes: Buffer): JsonText {
  if (!isUtf8(bytes))
    throw invalid(`The body is not valid UTF-8 at byte ${firstBadByte(bytes)}; send JSON in UTF-8.`);
  const text = bytes.toString('utf8');
  return jsonTextFrom(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}

/** `parseJsonText` for what is text already. Throws the same errors. */
export function jsonTextFrom(text: string): JsonText {
  const members = survey(text);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw invalid(faultMessage(text), cause);
  }
  if (!isJsonObject(value)) {
    throw invalid(`The body must be a JSON object, such as {"model": "…"}; it is ${kindOf(value)}.`);
  }
  return withoutHidden(text, value, members);
}

/** A text together with what `JSON.parse` made of it, for a caller that has parsed it already. */
export function jsonTextOf(text: string, value: JsonObject): JsonText {
  return withoutHidden(text, value, survey(text));
}

/** Counts the members of the text, and refuses one that is nested too deeply. */
function survey(text: string): number {
  const members = surveyJson(text);
  if (typeof members === 'number') return members;
  throw invalid(
    `The body is nested more than ${maxDepth} levels deep at ${describePlace(text, members.index)}.`,
  );
}

function withoutHidden(text: string, value: JsonObject, members: number): JsonText {
  const hidden = members - countMembers(value);
  if (hidden > maxHidden) {
    throw invalid(`The body repeats member names ${hidden} times; send each name of an object once.`);
  }
  return new ParsedText(hidden > 0 ? dropHiddenMembers(text) : text, value);
}

class ParsedText implements JsonText {
  readonly text: string;
  readonly value: JsonObject;

  constructor(text: string, value: JsonObject) {
    this.text = text;
    this.value = value;
  }

  edit(edits: readonly JsonEdit[]): string {
    return edits.length === 0 ? this.text : editText(this.text, this.value, edits);
  }
}

function invalid(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_request', message, cause === undefined ? {} : { cause });
}

function faultMessage(text: string): string {
  if (text.trim() === '') return 'The body is empty; expected a JSON object.';
  const fault = findJsonFault(text);
  return `The body is not valid JSON${fault === null ? '' : ` at ${describeFault(text, fault)}`}.`;
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** Decoding replaces what is no UTF-8, so that encoding again differs from there on. */
function firstBadByte(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString('utf8'), 'utf8');
  let at = 0;
  while (at < bytes.length && bytes[at] === again[at]) at++;
  return at;
}
