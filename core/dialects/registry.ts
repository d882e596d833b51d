import type { WireDialect } from '../../sdk/provider.ts';
import type { Api } from '../../sdk/view.ts';
import { chatDialect } from './chat/dialect.ts';
import { completionsDialect } from './completions/dialect.ts';
import type { Dialect } from './dialect.ts';
import { embeddingsDialect } from './embeddings/dialect.ts';

const dialects: Readonly<Record<WireDialect, Dialect>> = {
  chat: chatDialect,
  completions: completionsDialect,
  embeddings: embeddingsDialect,
};

/** The dialect of an API or wire format; undefined for an API that has none yet. */
export function dialectFor(api: WireDialect): Dialect;
export function dialectFor(api: Api): Dialect | undefined;
export function dialectFor(api: Api): Dialect | undefined {
  return (dialects as Partial<Record<Api, Dialect>>)[api];
}
