import type { JsonSchema } from '../../sdk/index.ts';

/** Options of the file that configures the plugin. The schema below has the defaults. */
export interface PromptsOptions {
  readonly folder: string;
  readonly default_label: string;
  readonly read_access: 'admin' | 'client';
  /** Milliseconds, once the schema has read it. */
  readonly refresh: number;
}

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    folder: {
      type: 'string',
      minLength: 1,
      maxLength: 500,
      default: 'prompts',
      description:
        'Folder of prompt files: inside the policies folder, or else beside it; or an absolute path.',
    },
    default_label: {
      type: 'string',
      minLength: 1,
      maxLength: 128,
      default: 'production',
      description:
        'Label that is meant where a request names no version; the latest version where nobody has it.',
    },
    read_access: {
      enum: ['admin', 'client'],
      default: 'admin',
      description: 'Who may read prompts over HTTP: the master key, or every key.',
    },
    refresh: {
      type: 'string',
      convert: 'ms',
      default: '2s',
      description: 'How long moved labels, and files outside the policies folder, may go unnoticed.',
    },
  },
};
