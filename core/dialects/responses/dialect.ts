import type { Dialect } from '../dialect.ts';
import { openAiErrorBody } from '../openai-error.ts';
import { ResponsesCodec } from './codec.ts';
import { readConversation } from './conversation.ts';
import { responsesEdits } from './edits.ts';
import { foreignItems } from './foreign.ts';
import { resolveReferences } from './references.ts';
import { validateResponses } from './validate.ts';
import { ResponsesView } from './view.ts';
import { responsesWire } from './wire.ts';

/** OpenAI's responses: `POST /v1/responses`, without the state that OpenAI keeps. */
export const responsesDialect: Dialect = {
  name: 'responses',
  api: 'responses',
  validate: validateResponses,
  view: (body) => new ResponsesView(body.value),
  edits: responsesEdits,
  // A response always says its usage.
  usageEdits: () => [],
  wantsUsage: () => true,
  answerId: (requestId) => `resp_${requestId.slice(4)}`,
  codec: (meta) => new ResponsesCodec(meta),
  conversation: readConversation,
  wire: responsesWire,
  foreign: foreignItems,
  resolve: resolveReferences,
  clientHeaders: ['openai-beta'],
  errorBody: openAiErrorBody,
};
