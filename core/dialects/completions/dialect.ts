import type { RequestChanges } from '../../../sdk/change.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { JsonEdit } from '../../body/json-text.ts';
import type { Dialect } from '../dialect.ts';
import { checkCommon, checkLimit } from '../openai/check.ts';
import { OpenAiCodec } from '../openai/codec.ts';
import { commonEdits, limitEdits } from '../openai/edits.ts';
import { checkInputs, inputsOf } from '../openai/inputs.ts';
import { TextRequestView } from '../openai/text-view.ts';
import { usageEdits, wantsUsage } from '../openai/usage-request.ts';
import { openAiErrorBody } from '../openai-error.ts';
import { completionsShape } from './shape.ts';

/** OpenAI's legacy text completions: `POST /v1/completions`. */
export const completionsDialect: Dialect = {
  name: 'completions',
  api: 'completions',
  validate: (body) => {
    checkCommon(body);
    checkInputs(body, 'prompt');
    checkLimit(body, 'max_tokens');
  },
  view: (body) => new TextRequestView('completions', body.value),
  edits: (body, view, changes) => {
    const edits = commonEdits(body, view, changes);
    if (changes.system !== undefined) edits.push(...systemEdits(body.value, changes.system, changes.texts));
    if (changes.maxOutputTokens !== undefined) {
      edits.push(...limitEdits(body.value, changes.params, ['max_tokens'], changes.maxOutputTokens));
    }
    return edits;
  },
  usageEdits,
  wantsUsage,
  answerId: (requestId) => `cmpl-${requestId.slice(4)}`,
  codec: (meta) => new OpenAiCodec(completionsShape, meta),
  errorBody: openAiErrorBody,
};

/** A text completion has no system prompt: both texts go in front of every prompt, a blank line apart. */
function systemEdits(
  body: JsonObject,
  { prepend = '', append = '' }: NonNullable<RequestChanges['system']>,
  replaced: RequestChanges['texts'],
): JsonEdit[] {
  if (prepend === '' && append === '') return [];
  const { texts, tokenCount } = inputsOf(body, 'prompt');
  if (tokenCount > 0) {
    throw new GatewayError(
      'unsupported_parameter',
      'prompt: a policy puts text in front of it, which is impossible for an array of tokens; send a string.',
      { param: 'prompt' },
    );
  }
  return texts.map(({ pointer, text }) => ({
    pointer,
    value: [prepend, append, replaced?.[pointer] ?? text].filter((part) => part !== '').join('\n\n'),
  }));
}
