import type { JsonSchema } from '../../sdk/index.ts';

/** Parts of a prompt after which a mark may stand. */
export type MarkedPart = 'tools' | 'system' | 'documents' | 'conversation';

/** Options of the file that configures the plugin. The schema below has the defaults. */
export interface PromptCacheOptions {
  readonly ttl: 'auto' | '5m' | '1h';
  readonly mark: readonly MarkedPart[];
  readonly min_tokens?: number;
  /** Bytes, once the schema has read it. */
  readonly memory: number;
}

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    ttl: {
      enum: ['auto', '5m', '1h'],
      default: 'auto',
      description: 'How long a prefix is kept; auto goes by how far apart its requests come.',
    },
    mark: {
      type: 'array',
      items: { enum: ['tools', 'system', 'documents', 'conversation'] },
      uniqueItems: true,
      default: ['tools', 'system', 'documents'],
      description: 'Parts of the prompt after which marks are placed; an empty list only reports.',
    },
    min_tokens: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      description: 'Shortest prefix that is marked, in place of the model family’s own.',
    },
    memory: {
      type: 'string',
      convert: 'bytes',
      default: '16mb',
      description: 'Memory for the hashes that prefixes are compared by.',
    },
  },
};
