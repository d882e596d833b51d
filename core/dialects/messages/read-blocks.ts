import type {
  Block,
  CacheMark,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  TextBlock,
  ToolResultBlock,
} from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { openSeal, type Seal } from '../../../sdk/seal.ts';
import { mediaFromBase64, mediaFromUrl } from '../../../sdk/translate/media.ts';
import { isSet, wrongField } from '../openai/check.ts';

type ResultContent = ToolResultBlock['content'][number];
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Reads the content of a message.
 *
 * @param owner vendor of seals that do not say whose they are.
 * @throws GatewayError 400 with `param`.
 */
export function readContent(content: Json | undefined, param: string, role: string, owner: string): Block[] {
  const blocks: Block[] = [];
  /** The seal of a call stands before it, as a block of its own. */
  let callSeal: Seal | null = null;
  for (const [index, value] of listOf(content, param).entries()) {
    const at = `${param}[${index}]`;
    switch (value['type']) {
      case 'text':
        blocks.push(...readText(value, at));
        break;
      case 'image':
        blocks.push(readImage(value, at));
        break;
      case 'document':
      case 'search_result':
        blocks.push(...readDocument(value, at));
        break;
      case 'tool_use': {
        if (role !== 'assistant')
          throw wrongField(`${at}.type`, `no tool_use in a ${role} message`, 'tool_use');
        const { input } = value;
        blocks.push({
          type: 'tool_call',
          id: stringOf(value['id'], `${at}.id`),
          name: stringOf(value['name'], `${at}.name`),
          arguments: input === undefined ? '' : typeof input === 'string' ? input : JSON.stringify(input),
          ...cacheOf(value),
          ...(callSeal === null ? undefined : { seal: callSeal }),
        });
        callSeal = null;
        break;
      }
      case 'tool_result':
        if (role !== 'user')
          throw wrongField(`${at}.type`, `no tool_result in a ${role} message`, 'tool_result');
        blocks.push({
          type: 'tool_result',
          callId: stringOf(value['tool_use_id'], `${at}.tool_use_id`),
          content: readResult(value['content'], `${at}.content`),
          isError: value['is_error'] === true,
          ...cacheOf(value),
        });
        break;
      case 'thinking': {
        const seal = sealOf(value['signature'], owner);
        const text = typeof value['thinking'] === 'string' ? value['thinking'] : '';
        if (text === '' && seal === null) break;
        blocks.push({ type: 'reasoning', text, ...(seal === null ? undefined : { seal }) });
        break;
      }
      case 'redacted_thinking':
        callSeal = readRedacted(value['data'], owner, blocks) ?? callSeal;
        break;
      default:
        blocks.push({ type: 'native', dialect: 'messages', name: nameOf(value), value });
    }
  }
  return blocks;
}

/** Instructions: texts only. */
export function readInstructions(content: Json | undefined, param: string): TextBlock[] {
  return listOf(content, param).flatMap((value, index) => {
    if (value['type'] !== 'text') throw wrongField(`${param}[${index}].type`, 'text', value['type']);
    return readText(value, `${param}[${index}]`);
  });
}

/** The mark that a block asks for the prompt to be cached up to it. */
export function cacheOf(value: JsonObject): { readonly cache?: CacheMark } {
  const mark = value['cache_control'];
  if (!isJsonObject(mark)) return {};
  return { cache: { ttl: typeof mark['ttl'] === 'string' ? mark['ttl'] : null } };
}

/** Content as blocks; a plain text is one. */
function listOf(content: Json | undefined, param: string): JsonObject[] {
  if (!isSet(content) || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw wrongField(param, 'a string or an array of blocks', content);
  return (content as readonly Json[]).map((block, index) => {
    if (!isJsonObject(block)) throw wrongField(`${param}[${index}]`, 'an object with a type', block);
    return block;
  });
}

/** No block for an empty text: providers refuse those. */
function readText(value: JsonObject, param: string): TextBlock[] {
  const text = stringOf(value['text'], `${param}.text`, true);
  return text === '' ? [] : [{ type: 'text', text, ...cacheOf(value) }];
}

function readImage(value: JsonObject, param: string): ImageBlock {
  return { type: 'image', source: sourceOf(value['source'], `${param}.source`), ...cacheOf(value) };
}

/** A document, with what it holds besides its text as blocks around it. */
function readDocument(value: JsonObject, param: string): (TextBlock | ImageBlock | DocumentBlock)[] {
  const { source, title, context } = value;
  const name = typeof title === 'string' ? title : '';
  if (value['type'] === 'search_result') {
    const text = listOf(value['content'], `${param}.content`)
      .map((block) => block['text'])
      .join('\n');
    return [{ type: 'document', source: { kind: 'text', text }, name, ...cacheOf(value) }];
  }
  const out: (TextBlock | ImageBlock | DocumentBlock)[] = [];
  if (typeof context === 'string' && context !== '') out.push({ type: 'text', text: context });
  if (!isJsonObject(source) || source['type'] !== 'content') {
    const media = sourceOf(source, `${param}.source`);
    out.push({ type: 'document', source: media, name, ...cacheOf(value) });
    return out;
  }
  const inner = listOf(source['content'], `${param}.source.content`);
  const texts = inner.filter((block) => block['type'] === 'text').map((block) => block['text']);
  const images = inner.filter((block) => block['type'] === 'image');
  out.push(...images.map((block) => readImage(block, `${param}.source.content`)));
  out.push({ type: 'document', source: { kind: 'text', text: texts.join('\n') }, name, ...cacheOf(value) });
  return out;
}

function readResult(content: Json | undefined, param: string): ResultContent[] {
  return listOf(content, param).flatMap((value, index): ResultContent[] => {
    const at = `${param}[${index}]`;
    if (value['type'] === 'text') return readText(value, at);
    if (value['type'] === 'image') return [readImage(value, at)];
    if (value['type'] === 'document' || value['type'] === 'search_result') return readDocument(value, at);
    // Nothing that a tool answered may get lost.
    return [{ type: 'text', text: JSON.stringify(value) }];
  });
}

/** Puts a hidden reasoning or another block's seal where it belongs. @returns the seal of a call that comes next. */
function readRedacted(data: Json | undefined, owner: string, blocks: Block[]): Seal | null {
  if (typeof data !== 'string' || data === '') return null;
  const opened = openSeal(data);
  if (opened === null || opened.of === 'redacted' || opened.of === 'reasoning') {
    const seal = opened?.seal ?? { issuer: owner, value: data };
    blocks.push({ type: 'reasoning', text: '', seal, redacted: true });
    return null;
  }
  if (opened.of === 'call') return opened.seal;
  const last = blocks.at(-1);
  if (last?.type === 'text' && last.seal === undefined) (last as Writable<TextBlock>).seal = opened.seal;
  else blocks.push({ type: 'text', text: '', seal: opened.seal });
  return null;
}

/** A thinking's signature; null for none, and for our own mark that there is none. */
function sealOf(signature: Json | undefined, owner: string): Seal | null {
  if (typeof signature !== 'string' || signature === '') return null;
  const opened = openSeal(signature);
  if (opened === null) return { issuer: owner, value: signature };
  return opened.seal.value === '' ? null : opened.seal;
}

function sourceOf(source: Json | undefined, param: string): MediaSource {
  if (!isJsonObject(source)) throw wrongField(param, 'an object with a type', source);
  switch (source['type']) {
    case 'base64': {
      const type = typeof source['media_type'] === 'string' ? source['media_type'] : '';
      return mediaFromBase64(stringOf(source['data'], `${param}.data`), type, `${param}.data`);
    }
    case 'url':
      return mediaFromUrl(stringOf(source['url'], `${param}.url`), `${param}.url`);
    case 'file':
      return { kind: 'file', id: stringOf(source['file_id'], `${param}.file_id`) };
    case 'text':
      return { kind: 'text', text: stringOf(source['data'], `${param}.data`, true) };
    default:
      throw wrongField(`${param}.type`, 'base64, url, file, text or content', source['type']);
  }
}

function stringOf(value: Json | undefined, param: string, empty = false): string {
  if (typeof value === 'string' && (empty || value !== '')) return value;
  throw wrongField(param, empty ? 'a string' : 'a non-empty string', value);
}

function nameOf(value: JsonObject): string {
  return typeof value['type'] === 'string' ? value['type'] : '';
}
