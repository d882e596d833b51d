import { type Chunk, isJsonObject, type Json } from '../../sdk/index.ts';

/** An answer as it is kept. */
export interface StoredAnswer {
  readonly chunks: readonly Chunk[];
  /** As the provider named it. */
  readonly model: string;
  /** The request that it was given to. */
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** From then on it is only for when no provider answers. Null where it is not kept for longer than it is fresh. */
  readonly freshUntilMs: number | null;
}

/** Counted up with every change of the form below: answers of another one are not read. */
const formVersion = 1;

/** Deltas of one kind in a row: the text of all, and where it was cut. */
interface Run {
  readonly run: 'text' | 'reasoning';
  readonly text: string;
  /** Lengths of the deltas, in UTF-16 units. */
  readonly cuts: readonly number[];
}

/** Plain JSON, about as long as the answer's text however finely its stream was cut. */
export function packAnswer({ chunks, model, requestId, createdAtMs, freshUntilMs }: StoredAnswer): Json {
  const parts: Json[] = [];
  let texts: string[] = [];
  let kind: Run['run'] | null = null;
  const flush = () => {
    if (kind === null) return;
    parts.push({ run: kind, text: texts.join(''), cuts: texts.map(({ length }) => length) });
    texts = [];
    kind = null;
  };
  for (const chunk of chunks) {
    if (chunk.type === 'text' || chunk.type === 'reasoning') {
      if (chunk.type !== kind) flush();
      kind = chunk.type;
      texts.push(chunk.text);
      continue;
    }
    flush();
    parts.push(chunk as unknown as Json);
  }
  flush();
  const fresh = freshUntilMs === null ? undefined : { fresh: freshUntilMs };
  return { v: formVersion, model, request: requestId, at: createdAtMs, ...fresh, parts };
}

/**
 * The answer that `packAnswer` made the JSON of; null where it is none: what lay on a disk may be anything.
 *
 * @param stream gives the deltas as they came; otherwise each text is one chunk.
 */
export function unpackAnswer(json: Json | undefined, stream: boolean): StoredAnswer | null {
  if (!isJsonObject(json) || json['v'] !== formVersion) return null;
  const { model, request, at, fresh = null, parts } = json;
  if (typeof model !== 'string' || typeof request !== 'string' || typeof at !== 'number') return null;
  if (!Array.isArray(parts) || (fresh !== null && typeof fresh !== 'number')) return null;
  const chunks: Chunk[] = [];
  for (const part of parts as readonly Json[]) {
    if (!isJsonObject(part)) return null;
    if (part['run'] === undefined) {
      if (part['type'] !== 'finish' && part['type'] !== 'usage' && part['type'] !== 'seal') return null;
      chunks.push(part as unknown as Chunk);
    } else if (!addRun(part as unknown as Run, stream, chunks)) return null;
  }
  return { chunks, model, requestId: request, createdAtMs: at, freshUntilMs: fresh };
}

/** The request that a packed answer was made for, and when. */
export function answerRequest(json: Json): { readonly requestId: string; readonly createdAtMs: number } {
  const { request, at } = isJsonObject(json) ? json : {};
  return {
    requestId: typeof request === 'string' ? request : '',
    createdAtMs: typeof at === 'number' ? at : 0,
  };
}

/** Whether a packed answer is only for when no provider answers. */
export function isStale(json: Json | undefined, nowMs: number): boolean {
  const fresh = isJsonObject(json) ? json['fresh'] : undefined;
  return typeof fresh === 'number' && nowMs >= fresh;
}

function addRun({ run, text, cuts }: Run, stream: boolean, chunks: Chunk[]): boolean {
  if ((run !== 'text' && run !== 'reasoning') || typeof text !== 'string' || !Array.isArray(cuts))
    return false;
  if (!stream) {
    chunks.push({ type: run, choice: 0, text });
    return true;
  }
  let at = 0;
  for (const length of cuts) {
    if (!Number.isInteger(length) || length <= 0) return false;
    chunks.push({ type: run, choice: 0, text: text.slice(at, at + length) });
    at += length;
  }
  return at === text.length;
}

/** The text of an answer, for those who compare answers. */
export function answerText(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
}
