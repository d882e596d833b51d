import type {
  Block,
  CacheMark,
  Conversation,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  NativeBlock,
  TextBlock,
} from '../../../sdk/conversation.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import { argumentsObject } from '../../../sdk/translate/arguments.ts';
import { fitId } from '../../../sdk/translate/ids.ts';
import type { ToolNames } from '../../../sdk/translate/tool-names.ts';

/** What writing a request needs to know of it, and what it gathers. */
export interface Writing {
  readonly conversation: Conversation;
  readonly vendor: string;
  readonly names: ToolNames;
  readonly dropped: Set<string>;
}

const idForm = /^[a-zA-Z0-9_-]{1,128}$/;
const imageTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** A turn's blocks in Anthropic's words; empty texts and foreign reasoning are left out. */
export function writeBlocks(
  writing: Writing,
  blocks: readonly Block[],
  role: 'user' | 'assistant',
): JsonObject[] {
  return blocks.flatMap((block) => writeBlock(writing, block, role));
}

/** A text block; none for an empty text, which Anthropic refuses. */
export function writeText({ text, cache }: TextBlock): JsonObject[] {
  return text === '' ? [] : [{ type: 'text', text, ...markOf(cache) }];
}

/** The `cache_control` of a block. */
export function markOf(cache: CacheMark | undefined): JsonObject | undefined {
  if (cache === undefined) return undefined;
  return { cache_control: { type: 'ephemeral', ...(cache.ttl === null ? undefined : { ttl: cache.ttl }) } };
}

function writeBlock(writing: Writing, block: Block, role: 'user' | 'assistant'): JsonObject[] {
  const { vendor, names, dropped } = writing;
  switch (block.type) {
    case 'text':
      return writeText(block);
    case 'refusal':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'image':
      return [writeImage(writing, block)];
    case 'document':
      return [writeDocument(writing, block)];
    case 'audio':
      throw unsupported('Messages models take no audio; send the text of it.', 'messages');
    case 'tool_call':
      return [
        {
          type: 'tool_use',
          id: fitId(block.id, idForm, 'toolu_', 30),
          name: names.of(block.name),
          input: argumentsObject(block.arguments),
          ...markOf(block.cache),
        },
      ];
    case 'tool_result': {
      const content = block.content.flatMap((inner) => writeBlock(writing, inner, 'user'));
      return [
        {
          type: 'tool_result',
          tool_use_id: fitId(block.callId, idForm, 'toolu_', 30),
          ...(content.length === 0 ? undefined : { content }),
          ...(block.isError ? { is_error: true } : undefined),
          ...markOf(block.cache),
        },
      ];
    }
    case 'reasoning':
      if (block.seal?.issuer !== vendor) {
        dropped.add('reasoning');
        return [];
      }
      return block.redacted === true
        ? [{ type: 'redacted_thinking', data: block.seal.value }]
        : [{ type: 'thinking', thinking: block.text, signature: block.seal.value }];
    case 'native':
      return writeNative(block, role, dropped);
  }
}

function writeNative(block: NativeBlock, role: 'user' | 'assistant', dropped: Set<string>): JsonObject[] {
  if (block.dialect === 'messages') return [block.value];
  // What an earlier answer's server tool found stands in the text after it, too; what the user sent does not.
  if (role === 'user') {
    throw unsupported(
      `This model takes no ${block.name} content; send it as text, image or document.`,
      'messages',
    );
  }
  dropped.add(block.name);
  return [];
}

function writeImage(writing: Writing, { source, detail, cache }: ImageBlock): JsonObject {
  if (detail !== undefined && detail !== 'auto') writing.dropped.add('image detail');
  if (source.kind === 'base64' && !imageTypes.has(source.mediaType)) {
    const got = source.mediaType === '' ? 'something else' : source.mediaType;
    throw unsupported(`Images: expected PNG, JPEG, GIF or WebP, got ${got}; convert it.`, 'messages');
  }
  return { type: 'image', source: writeSource(writing, source), ...markOf(cache) };
}

function writeDocument(writing: Writing, { source, name, cache }: DocumentBlock): JsonObject {
  const title = name === '' ? undefined : { title: name };
  return { type: 'document', source: writeSource(writing, asText(source)), ...title, ...markOf(cache) };
}

/** Text files go as text; besides those only PDF is taken. */
function asText(source: MediaSource): MediaSource {
  if (source.kind !== 'base64' || source.mediaType === 'application/pdf') return source;
  if (/^text\/|^application\/(json|xml)$/.test(source.mediaType)) {
    return { kind: 'text', text: Buffer.from(source.data, 'base64').toString('utf8') };
  }
  const got = source.mediaType === '' ? 'something else' : source.mediaType;
  throw unsupported(`Documents: expected PDF or text, got ${got}; convert it.`, 'messages');
}

function writeSource({ conversation }: Writing, source: MediaSource): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data };
    case 'url':
      return { type: 'url', url: source.url };
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
    case 'file':
      if (conversation.dialect === 'messages') return { type: 'file', file_id: source.id };
      throw unsupported(
        'The provider does not have this uploaded file; send its data or an address.',
        'messages',
      );
  }
}

/** Refuses what cannot be left out without changing what the request means. */
export function unsupported(message: string, param: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param });
}
