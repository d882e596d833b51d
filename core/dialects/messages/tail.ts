import type { Chunk, FinishChunk } from '../../../sdk/chunk.ts';
import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { Usage } from '../../../sdk/usage.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import { toStopReason } from './finish.ts';
import { toMessagesUsage } from './usage.ts';

/** How an answer ends at the client. */
export interface Tail {
  readonly finish: FinishChunk | null;
  readonly usage: Usage | null;
  /** The answer has tool calls. */
  readonly hasCalls: boolean;
  /** The answer's text has words of a refusal: OpenAI's end with `stop`. */
  readonly refused: boolean;
  /** The words of a refusal for `stop_details`: null for none, undefined where they are as they came. */
  readonly refusal?: string | null | undefined;
}

/**
 * Edits that write an answer's end over the provider's own.
 *
 * @param chunks what was read from the provider's end.
 * @param word the provider's stop reason, where `finish` was read from it.
 * @param at pointer of the object with `stop_reason`: '' or `/delta`.
 */
export function tailEdits(
  json: JsonObject,
  at: '' | '/delta',
  chunks: readonly Chunk[],
  word: string | undefined,
  tail: Tail,
): JsonEdit[] {
  const edits: JsonEdit[] = [];
  const { finish, usage, refusal } = tail;
  const was = chunks.find((chunk) => chunk.type === 'finish');
  const reason = reasonOf(tail);
  const same =
    was !== undefined &&
    finish?.reason === was.reason &&
    (was.reason === 'tool_calls') === (reason === 'tool_use') &&
    (was.reason === 'content_filter') === (reason === 'refusal');
  const holder = at === '' ? json : json['delta'];
  if (!(same && finish.stopSequence === was.stopSequence) || word === undefined) {
    edits.push({ pointer: `${at}/stop_reason`, value: reason });
    edits.push({ pointer: `${at}/stop_sequence`, value: sequenceOf(reason, finish) });
  }
  const details = isJsonObject(holder) ? holder['stop_details'] : undefined;
  if (isJsonObject(details)) {
    if (refusal === null || reason !== 'refusal')
      edits.push({ pointer: `${at}/stop_details`, value: undefined });
    else if (refusal !== undefined && refusal !== details['explanation'])
      edits.push({ pointer: `${at}/stop_details/explanation`, value: refusal });
  }
  const counted = chunks.find((chunk) => chunk.type === 'usage')?.usage;
  if (usage !== null && usage !== counted) {
    const old = isJsonObject(json['usage']) ? json['usage'] : {};
    edits.push({ pointer: '/usage', value: { ...old, ...toMessagesUsage(usage) } });
  } else if (!isJsonObject(json['usage'])) {
    edits.push({ pointer: '/usage', value: toMessagesUsage(usage) });
  }
  return edits;
}

/** The end of an answer that no provider wrote: the fields that go into `delta` or the message. */
export function tailFields(tail: Tail): JsonObject {
  const reason = reasonOf(tail);
  return { stop_reason: reason, stop_sequence: sequenceOf(reason, tail.finish) };
}

function reasonOf({ finish, hasCalls, refused }: Tail): string {
  const reason = finish?.reason ?? null;
  if (refused && !hasCalls && (reason === 'stop' || reason === null)) return 'refusal';
  return toStopReason(reason, hasCalls, finish?.stopSequence);
}

function sequenceOf(reason: string, finish: FinishChunk | null): string | null {
  return reason === 'stop_sequence' ? (finish?.stopSequence ?? null) : null;
}
