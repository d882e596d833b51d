import { GatewayError } from '../../../sdk/errors.ts';
import type { Dialect } from '../dialect.ts';
import { messagesConversation } from '../messages/conversation.ts';
import { messagesEdits } from '../messages/edits.ts';
import { messagesErrorBody } from '../messages/error.ts';
import { foreignBlocks } from '../messages/foreign.ts';
import { validateConversation } from '../messages/validate.ts';
import { MessagesView } from '../messages/view.ts';
import { CountTokensCodec } from './codec.ts';

/** Anthropic's token counting: `POST /v1/messages/count_tokens`. A messages body without an output limit, no stream. */
export const countTokensDialect: Dialect = {
  name: 'count_tokens',
  api: 'count_tokens',
  validate: (body) => {
    validateConversation(body);
    if (body['stream'] === true) {
      throw new GatewayError('unsupported_parameter', 'stream: counting is not streamed; leave it out.', {
        param: 'stream',
      });
    }
  },
  view: (body) => new MessagesView('count_tokens', body.value),
  edits: messagesEdits,
  usageEdits: () => [],
  wantsUsage: () => true,
  answerId: (requestId) => `msg_${requestId.slice(4)}`,
  codec: () => new CountTokensCodec(),
  conversation: messagesConversation,
  foreign: foreignBlocks,
  estimate: (view) => JSON.stringify({ input_tokens: view.inputTokens }),
  requestIdHeader: 'request-id',
  clientHeaders: ['anthropic-version', 'anthropic-beta'],
  errorBody: messagesErrorBody,
};
