import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** Anthropic takes this many cache marks in one request. */
const maxMarks = 4;

/** The parts of a request that may carry cache marks. */
export interface Markable {
  tools: readonly JsonObject[];
  system: readonly JsonObject[];
  messages: readonly JsonObject[];
}

/**
 * Keeps the cache marks within Anthropic's rules: at most four, the last ones of the messages beside those of tools and
 * instructions, which more requests share; and none that lasts longer after one that lasts shorter.
 *
 * @param reserved marks elsewhere in the request.
 */
export function limitMarks(request: Markable, reserved: number, dropped: Set<string>): Markable {
  const fixed = countMarks(request.tools) + countMarks(request.system);
  const moving = countMarks(request.messages);
  const limit = maxMarks - reserved;
  let spare = Math.max(0, fixed + moving - limit);
  if (spare > 0) dropped.add('cache_control');
  const skipMoving = Math.min(spare, moving);
  spare -= skipMoving;
  const state = { seen: 0, skipTo: skipMoving, short: false };
  const head = { seen: 0, skipTo: spare, short: false };
  const tools = marked(request.tools, head) as readonly JsonObject[];
  const system = marked(request.system, head) as readonly JsonObject[];
  state.short = head.short;
  return { tools, system, messages: marked(request.messages, state) as readonly JsonObject[] };
}

interface MarkState {
  seen: number;
  /** The first so many marks go. */
  readonly skipTo: number;
  /** A mark of five minutes has been. */
  short: boolean;
}

/** Where blocks lie in blocks: arguments and schemas are the client's own words. */
const inner: ReadonlySet<string> = new Set(['content']);

function marked(value: readonly JsonObject[], state: MarkState): readonly JsonObject[] {
  let copy: JsonObject[] | null = null;
  for (const [index, block] of value.entries()) {
    const now = markedBlock(block, state);
    if (now === block) continue;
    copy ??= [...value];
    copy[index] = now;
  }
  return copy ?? value;
}

function markedBlock(block: JsonObject, state: MarkState): JsonObject {
  let now = block;
  for (const name of inner) {
    const list = block[name];
    if (!isBlocks(list)) continue;
    const changed = marked(list, state);
    if (changed !== list) now = { ...now, [name]: changed as Json };
  }
  const mark = block['cache_control'];
  if (!isJsonObject(mark)) return now;
  if (state.seen++ < state.skipTo) {
    const { cache_control: _, ...rest } = now;
    return rest;
  }
  if (mark['ttl'] !== '1h') state.short = true;
  else if (state.short) return { ...now, cache_control: { type: 'ephemeral' } };
  return now;
}

function countMarks(blocks: readonly JsonObject[]): number {
  let count = 0;
  for (const block of blocks) {
    if (isJsonObject(block['cache_control'])) count++;
    const { content } = block;
    if (isBlocks(content)) count += countMarks(content);
  }
  return count;
}

function isBlocks(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}
