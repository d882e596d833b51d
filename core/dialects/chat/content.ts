import { isUtf8 } from 'node:buffer';
import type {
  AudioBlock,
  CacheMark,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  NativeBlock,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
} from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { mediaFromBase64, mediaFromUrl } from '../../../sdk/translate/media.ts';
import { isSet, wrongField } from '../openai/check.ts';
import { partsText } from './parts.ts';

/** What a content part can be. */
export type ContentBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | RefusalBlock
  | ReasoningBlock
  | NativeBlock;

/**
 * Reads a message's `content`: a string, or parts. Empty texts say nothing and are left out, for most providers refuse
 * them.
 *
 * @throws GatewayError 400 for parts that are broken. Parts that nobody knows are native blocks.
 */
export function readContent(content: Json | undefined, param: string): ContentBlock[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!isSet(content)) return [];
  if (!Array.isArray(content)) throw wrongField(param, 'a string or an array of parts', content);
  const blocks: ContentBlock[] = [];
  for (const [index, part] of (content as readonly Json[]).entries()) {
    const at = `${param}[${index}]`;
    if (typeof part === 'string') blocks.push(...readContent(part, at));
    else if (!isJsonObject(part)) throw wrongField(at, 'an object with a type', part);
    else addPart(part, at, blocks);
  }
  return blocks;
}

/** The cache mark that Claude's users put on parts, messages and tools; undefined where there is none. */
export function cacheMark(holder: JsonObject): { readonly cache: CacheMark } | undefined {
  const mark = holder['cache_control'];
  if (!isJsonObject(mark)) return undefined;
  return { cache: { ttl: typeof mark['ttl'] === 'string' ? mark['ttl'] : null } };
}

function addPart(part: JsonObject, param: string, blocks: ContentBlock[]): void {
  const { type, text } = part;
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      if (typeof text !== 'string') throw wrongField(`${param}.text`, 'a string', text);
      if (text !== '') blocks.push({ type: 'text', text, ...cacheMark(part) });
      return;
    case 'image_url':
    case 'input_image':
      blocks.push(imageBlock(part, param));
      return;
    case 'input_audio':
      blocks.push(audioBlock(part, param));
      return;
    case 'file':
    case 'input_file':
      blocks.push(documentBlock(part, param));
      return;
    case 'refusal':
      if (typeof part['refusal'] === 'string' && part['refusal'] !== '') {
        blocks.push({ type: 'refusal', text: part['refusal'] });
      }
      return;
    case 'thinking': {
      // Mistral's reasoning.
      const thought = partsText([part], 'thinking');
      if (thought !== '') blocks.push({ type: 'reasoning', text: thought });
      return;
    }
    default:
      blocks.push({ type: 'native', dialect: 'chat', name: String(type), value: part });
  }
}

function imageBlock(part: JsonObject, param: string): ImageBlock {
  const image = part['image_url'];
  const url = isJsonObject(image) ? image['url'] : image;
  const detail = isJsonObject(image) ? image['detail'] : part['detail'];
  if (typeof url !== 'string') throw wrongField(`${param}.image_url.url`, 'an address', url);
  return {
    type: 'image',
    source: mediaFromUrl(url, `${param}.image_url.url`),
    // `auto` is what a model does anyway.
    ...(typeof detail === 'string' && detail !== 'auto' ? { detail } : undefined),
    ...cacheMark(part),
  };
}

function audioBlock(part: JsonObject, param: string): AudioBlock {
  const audio = isJsonObject(part['input_audio']) ? part['input_audio'] : {};
  const { data, format } = audio;
  if (typeof data !== 'string' || data === '') {
    throw wrongField(`${param}.input_audio.data`, 'base64 data', data);
  }
  if (typeof format !== 'string') throw wrongField(`${param}.input_audio.format`, 'wav, mp3, …', format);
  return { type: 'audio', data, format };
}

function documentBlock(part: JsonObject, param: string): DocumentBlock {
  const file = isJsonObject(part['file']) ? part['file'] : part;
  const { file_data: data, file_id: id, filename } = file;
  const name = typeof filename === 'string' ? filename : '';
  const cache = cacheMark(part);
  if (typeof data === 'string' && data !== '') {
    return { type: 'document', source: fileSource(data, `${param}.file.file_data`), name, ...cache };
  }
  if (typeof id !== 'string' || id === '') {
    throw wrongField(`${param}.file`, 'file_data or file_id', part['file']);
  }
  return { type: 'document', source: { kind: 'file', id }, name, ...cache };
}

/** A data address, an http(s) address (OpenRouter), or bare base64. Texts are taken out of their base64. */
function fileSource(data: string, param: string): MediaSource {
  const source = /^(data:|https?:)/i.test(data)
    ? mediaFromUrl(data, param)
    : mediaFromBase64(data, '', param);
  if (source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return source;
  const bytes = Buffer.from(source.data, 'base64');
  return isUtf8(bytes) ? { kind: 'text', text: bytes.toString('utf8') } : source;
}
