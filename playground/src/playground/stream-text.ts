import { isJsonObject, type Json } from '../../../sdk/json.ts';
import type { StreamPiece } from '../engine/messages.ts';

/** A piece of a stream as it is shown: what it says, and how it was written. */
export interface ShownPiece {
  readonly side: StreamPiece['side'];
  /** The words in it; '' for what has none, such as the end. */
  readonly text: string;
  /** A word for what has no text. */
  readonly note: string;
  readonly raw: string;
}

/** Server-sent events as pieces, in whatever dialect. Comments and pings are left out. */
export function shownPieces(stream: readonly StreamPiece[]): ShownPiece[] {
  return stream.flatMap(({ side, text }) => eventsOf(text).map((raw) => ({ side, raw, ...contentOf(raw) })));
}

function eventsOf(text: string): string[] {
  const events = text.split(/\r?\n\r?\n/).filter((event) => event.trim() !== '');
  return events.length === 0 && text.trim() !== '' ? [text] : events;
}

function contentOf(raw: string): { text: string; note: string } {
  const lines = raw.split(/\r?\n/);
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());
  const body = data.length === 0 ? raw : data.join('\n');
  if (body === '[DONE]') return { text: '', note: 'end' };
  let value: Json;
  try {
    value = JSON.parse(body) as Json;
  } catch {
    return { text: '', note: 'no JSON' };
  }
  if (!isJsonObject(value)) return { text: '', note: 'data' };
  if (value['error'] !== undefined) return { text: '', note: 'error' };
  const text = textsOf(value);
  return text !== '' ? { text, note: '' } : { text: '', note: noteOf(value) };
}

/** Texts of all three dialects, streamed or whole. */
function textsOf(value: Readonly<Record<string, Json | undefined>>): string {
  const choice = first(value['choices']);
  const part = choice?.['delta'] ?? choice?.['message'];
  if (isJsonObject(part) && typeof part['content'] === 'string') return part['content'];
  if (typeof choice?.['text'] === 'string') return choice['text'];
  const { delta, type } = value;
  if (typeof delta === 'string' && typeof type === 'string' && type.includes('text')) return delta;
  if (isJsonObject(delta) && typeof delta['text'] === 'string') return delta['text'];
  const block = first(value['content']);
  return typeof block?.['text'] === 'string' ? block['text'] : '';
}

function noteOf(value: Readonly<Record<string, Json | undefined>>): string {
  const { type } = value;
  if (typeof type === 'string') return type.replaceAll('_', ' ');
  const finish = first(value['choices'])?.['finish_reason'];
  if (typeof finish === 'string') return `finish: ${finish}`;
  return value['usage'] === undefined || value['usage'] === null ? 'begin' : 'usage';
}

function first(value: Json | undefined): Readonly<Record<string, Json | undefined>> | undefined {
  const one = Array.isArray(value) ? (value as readonly Json[])[0] : undefined;
  return isJsonObject(one) ? one : undefined;
}
