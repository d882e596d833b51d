import type { Conversation } from '../conversation.ts';

/** A conversation in which nothing was said: what a test of a wire adds to. */
export const emptyConversation: Conversation = {
  system: [],
  turns: [],
  tools: [],
  nativeTools: [],
  toolChoice: null,
  parallelToolCalls: null,
  output: null,
  reasoning: null,
  maxOutputTokens: null,
  stop: [],
  temperature: null,
  topP: null,
  topK: null,
  seed: null,
  presencePenalty: null,
  frequencyPenalty: null,
  logprobs: null,
  count: 1,
  user: '',
  extra: {},
  dialect: 'chat',
};
