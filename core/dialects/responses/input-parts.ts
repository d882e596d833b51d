import type {
  AudioBlock,
  CacheMark,
  DocumentBlock,
  ImageBlock,
  NativeBlock,
  RefusalBlock,
  TextBlock,
} from '../../../sdk/conversation.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import { mediaFromBase64, mediaFromUrl } from '../../../sdk/translate/media.ts';
import { isSet, wrongField } from '../openai/check.ts';

type Role = 'user' | 'assistant' | 'system';
type Part = TextBlock | ImageBlock | DocumentBlock | AudioBlock | RefusalBlock | NativeBlock;

/**
 * Reads the content of a message.
 *
 * @throws GatewayError 400 with `param` for what is no content.
 */
export function readContent(content: Json | undefined, role: Role, param: string): readonly Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!isSet(content)) return [];
  if (!Array.isArray(content)) throw wrongField(param, 'a string or an array of parts', content);
  return (content as readonly Json[]).map((part, index) => readPart(part, role, `${param}[${index}]`));
}

/** Reads what a tool answered: text, or a list of texts, images and files. */
export function readOutput(
  output: Json | undefined,
  param: string,
): readonly (TextBlock | ImageBlock | DocumentBlock)[] {
  if (typeof output === 'string') return output === '' ? [] : [{ type: 'text', text: output }];
  if (!isSet(output)) return [];
  // Some clients send the tool's JSON as it is.
  if (!Array.isArray(output)) return [{ type: 'text', text: JSON.stringify(output) }];
  return (output as readonly Json[]).map((part, index) => {
    const block = readPart(part, 'user', `${param}[${index}]`);
    if (block.type === 'text' || block.type === 'image' || block.type === 'document') return block;
    return { type: 'text', text: JSON.stringify(part) };
  });
}

function readPart(part: Json, role: Role, param: string): Part {
  if (!isJsonObject(part)) throw wrongField(param, 'an object with a type', part);
  const { type, text, refusal } = part;
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      if (typeof text !== 'string') throw wrongField(`${param}.text`, 'a string', text);
      return { type: 'text', text, ...cacheOf(part) };
    case 'refusal':
      if (typeof refusal !== 'string') throw wrongField(`${param}.refusal`, 'a string', refusal);
      return { type: 'refusal', text: refusal };
    case 'input_image':
      return readImage(part, param);
    case 'input_file':
      return readFile(part, param);
    case 'input_audio':
      return readAudio(part, param);
    default:
      // Blocks of this dialect are items: a part is carried within its message.
      return {
        type: 'native',
        dialect: 'responses',
        name: String(type),
        value: { type: 'message', role, content: [part] },
      };
  }
}

function readImage(part: JsonObject, param: string): ImageBlock {
  const { image_url: url, file_id: id, detail } = part;
  // OpenAI chat has an object here, and clients mix them up.
  const address = isJsonObject(url) ? url['url'] : url;
  const more = {
    ...(typeof detail === 'string' && detail !== 'auto' ? { detail } : undefined),
    ...cacheOf(part),
  };
  if (typeof address === 'string') {
    return { type: 'image', source: mediaFromUrl(address, `${param}.image_url`), ...more };
  }
  if (typeof id === 'string') return { type: 'image', source: { kind: 'file', id }, ...more };
  throw wrongField(`${param}.image_url`, 'the address of an image, or file_id', url);
}

function readFile(part: JsonObject, param: string): DocumentBlock {
  const { file_data: data, file_url: url, file_id: id, filename } = part;
  const more = { name: typeof filename === 'string' ? filename : '', ...cacheOf(part) };
  if (typeof data === 'string') {
    const source = data.startsWith('data:')
      ? mediaFromUrl(data, `${param}.file_data`)
      : mediaFromBase64(data, 'application/pdf', `${param}.file_data`);
    return { type: 'document', source, ...more };
  }
  if (typeof url === 'string') {
    return { type: 'document', source: mediaFromUrl(url, `${param}.file_url`), ...more };
  }
  if (typeof id === 'string') return { type: 'document', source: { kind: 'file', id }, ...more };
  throw wrongField(param, 'file_data, file_url or file_id', undefined);
}

function readAudio(part: JsonObject, param: string): AudioBlock {
  const { input_audio: audio } = part;
  const { data, format } = isJsonObject(audio) ? audio : {};
  if (typeof data !== 'string') throw wrongField(`${param}.input_audio.data`, 'base64 data', data);
  return { type: 'audio', data, format: typeof format === 'string' ? format : 'wav' };
}

/** OpenAI's mark for the end of a part of the prompt that is to be cached. */
function cacheOf(part: JsonObject): { readonly cache: CacheMark } | undefined {
  const mark = part['prompt_cache_breakpoint'];
  if (!isJsonObject(mark)) return undefined;
  return { cache: { ttl: typeof mark['ttl'] === 'string' ? mark['ttl'] : null } };
}
