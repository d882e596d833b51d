import type { Block, MediaSource, ToolResultBlock } from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { Json, JsonObject } from '../../../sdk/json.ts';

/** Whom parts are written for. */
export interface PartContext {
  /** The client's: ids of uploaded files mean something to OpenAI only where it is one of its own. */
  readonly dialect: string;
  /** Whether the end of a part of the prompt that is to be cached may be marked. */
  readonly cacheMarks: boolean;
}

/**
 * A part of what the user says.
 *
 * @throws GatewayError 400 for what this dialect has no place for.
 */
export function contentPart(block: Block, context: PartContext): JsonObject {
  const part = plainPart(block, context.dialect);
  const mark = context.cacheMarks && 'cache' in block ? block.cache : undefined;
  if (mark === undefined) return part;
  const ttl = mark.ttl !== null && cacheTtls.has(mark.ttl) ? { ttl: mark.ttl } : undefined;
  return { ...part, prompt_cache_breakpoint: { mode: 'explicit', ...ttl } };
}

/** Lifetimes of cached prompts that OpenAI knows; for others it takes its own. */
const cacheTtls: ReadonlySet<string> = new Set(['30m', '12h']);

function plainPart(block: Block, dialect: string): JsonObject {
  switch (block.type) {
    case 'text':
      return { type: 'input_text', text: block.text };
    // What the assistant said, in a turn of the user: its words are all that is left.
    case 'refusal':
      return { type: 'input_text', text: block.text };
    case 'image':
      return {
        type: 'input_image',
        ...imageSource(block.source, dialect),
        detail: block.detail ?? 'auto',
      };
    case 'document':
      return documentPart(block.source, block.name, dialect);
    case 'audio':
      return { type: 'input_audio', input_audio: { data: block.data, format: block.format } };
    default:
      throw unsupported(`a block of type ${block.type} in a turn of the user`);
  }
}

/** What a tool answered: text alone as a string. */
export function outputJson({ content, isError }: ToolResultBlock, context: PartContext): Json {
  const mark = isError ? 'Error: ' : '';
  const marked = context.cacheMarks && content.some((part) => part.cache !== undefined);
  if (!marked && content.every((part) => part.type === 'text'))
    return mark + content.map(({ text }) => text).join('\n');
  const parts = content.map((part) => contentPart(part, context));
  return isError ? [{ type: 'input_text', text: mark.trim() }, ...parts] : parts;
}

function imageSource(source: MediaSource, dialect: string): JsonObject {
  switch (source.kind) {
    case 'url':
      return { image_url: source.url };
    case 'base64':
      return { image_url: dataUrl(source.mediaType || 'image/png', source.data) };
    case 'file':
      return { file_id: fileId(source.id, dialect) };
    case 'text':
      throw unsupported('an image that is a text');
  }
}

function documentPart(source: MediaSource, name: string, dialect: string): JsonObject {
  const filename = name === '' ? undefined : { filename: name };
  switch (source.kind) {
    case 'url':
      return { type: 'input_file', file_url: source.url };
    case 'base64': {
      const file_data = dataUrl(source.mediaType || 'application/pdf', source.data);
      // A name is demanded along with data.
      return { type: 'input_file', ...(filename ?? { filename: 'document.pdf' }), file_data };
    }
    case 'file':
      return { type: 'input_file', file_id: fileId(source.id, dialect) };
    case 'text':
      return { type: 'input_text', text: name === '' ? source.text : `${name}\n\n${source.text}` };
  }
}

function fileId(id: string, dialect: string): string {
  if (dialect === 'chat' || dialect === 'responses') return id;
  throw unsupported('a file that was uploaded to another provider; send its data instead');
}

function dataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}

function unsupported(what: string): GatewayError {
  return new GatewayError(
    'unsupported_parameter',
    `messages: this model's provider cannot be sent ${what}. Leave it out or use another model.`,
    { param: 'messages' },
  );
}
