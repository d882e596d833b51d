import type { Api } from '../../sdk/view.ts';
import type { Adapter, Wire } from '../../sdk/wire.ts';
import { chatDialect } from './chat/dialect.ts';
import { completionsDialect } from './completions/dialect.ts';
import { countTokensDialect } from './count-tokens/dialect.ts';
import type { Dialect } from './dialect.ts';
import { embeddingsDialect } from './embeddings/dialect.ts';
import { inputTokensAdapter } from './input-tokens/adapter.ts';
import { messagesDialect } from './messages/dialect.ts';
import { responsesDialect } from './responses/dialect.ts';

/** Formats that no client speaks to us. */
const adapters: Readonly<Partial<Record<string, Adapter>>> = { input_tokens: inputTokensAdapter };

const dialects: Readonly<Partial<Record<string, Dialect>>> = {
  chat: chatDialect,
  completions: completionsDialect,
  embeddings: embeddingsDialect,
  messages: messagesDialect,
  count_tokens: countTokensDialect,
  responses: responsesDialect,
};

/** The format of a provider, by its name, for requests that come in another dialect; undefined where there is none. */
export function formatOf(name: string): Wire | Adapter | undefined {
  return adapters[name] ?? dialects[name]?.wire;
}

/** The dialect of an API or wire format; undefined for an API that has none yet. */
export function dialectFor(api: Api): Dialect;
export function dialectFor(api: string): Dialect | undefined;
export function dialectFor(api: string): Dialect | undefined {
  return dialects[api];
}
