import type { Dialect } from '../dialect.ts';
import { OpenAiCodec } from '../openai/codec.ts';
import { commonEdits, limitEdits } from '../openai/edits.ts';
import { usageEdits, wantsUsage } from '../openai/usage-request.ts';
import { openAiErrorBody } from '../openai-error.ts';
import { chatConversation } from './conversation.ts';
import { foreignReasoning } from './foreign.ts';
import { limitField } from './limit-field.ts';
import { prefixMarkEdits } from './prefix-marks.ts';
import { leadingEdits } from './prepend.ts';
import { chatShape } from './shape.ts';
import { validateChat } from './validate.ts';
import { ChatView } from './view.ts';
import { chatWire } from './wire.ts';

/** OpenAI chat completions: `POST /v1/chat/completions`. */
export const chatDialect: Dialect = {
  name: 'chat',
  api: 'chat',
  validate: validateChat,
  view: (body) => new ChatView(body.value),
  edits: (body, view, changes) => {
    const edits = commonEdits(body, view, changes);
    edits.push(...leadingEdits(body.value, changes));
    if ('cacheMarks' in changes) edits.push(...prefixMarkEdits(body.value, changes.cacheMarks ?? []));
    if (changes.maxOutputTokens !== undefined) {
      const fields = ['max_completion_tokens', 'max_tokens'] as const;
      edits.push(...limitEdits(body.value, changes.params, [...fields], changes.maxOutputTokens));
    }
    return edits;
  },
  usageEdits,
  fittingEdits: limitField,
  wantsUsage,
  answerId: (requestId) => `chatcmpl-${requestId.slice(4)}`,
  codec: (meta) => new OpenAiCodec(chatShape, meta),
  conversation: chatConversation,
  wire: chatWire,
  foreign: foreignReasoning,
  errorBody: openAiErrorBody,
};
