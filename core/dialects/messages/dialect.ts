import type { Dialect } from '../dialect.ts';
import { MessagesCodec } from './codec.ts';
import { messagesConversation } from './conversation.ts';
import { messagesEdits } from './edits.ts';
import { messagesErrorBody } from './error.ts';
import { foreignBlocks } from './foreign.ts';
import { validateMessages } from './validate.ts';
import { MessagesView } from './view.ts';
import { messagesWire } from './wire.ts';

/** Anthropic messages: `POST /v1/messages`. */
export const messagesDialect: Dialect = {
  name: 'messages',
  api: 'messages',
  validate: validateMessages,
  view: (body) => new MessagesView('messages', body.value),
  edits: messagesEdits,
  usageEdits: () => [],
  wantsUsage: () => true,
  answerId: (requestId) => `msg_${requestId.slice(4)}`,
  codec: (meta) => new MessagesCodec(meta),
  conversation: messagesConversation,
  wire: messagesWire,
  foreign: foreignBlocks,
  requestIdHeader: 'request-id',
  clientHeaders: ['anthropic-version', 'anthropic-beta'],
  errorBody: messagesErrorBody,
};
