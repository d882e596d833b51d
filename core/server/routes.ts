import type { Dialect } from '../dialects/dialect.ts';
import type { Incoming } from './incoming.ts';

/** Answers one request. Must not throw. */
export type Handler = (incoming: Incoming, params: Readonly<Record<string, string>>) => Promise<void>;

/** One row of the route table. The `/v1` prefix is optional for paths that begin with it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Literal segments and `:name` parameters. */
  readonly path: string;
  readonly handle: Handler;
  /** What the route is for: `inference` passes the pipeline, `admin` wants the master key, `public` neither. */
  readonly access: 'inference' | 'admin' | 'public';
}

/** The inference endpoints and the dialect that each one speaks. */
export const inferencePaths: readonly { readonly path: string; readonly api: Dialect['api'] }[] = [
  { path: '/v1/chat/completions', api: 'chat' },
  { path: '/v1/completions', api: 'completions' },
  { path: '/v1/embeddings', api: 'embeddings' },
  { path: '/v1/messages', api: 'messages' },
  { path: '/v1/messages/count_tokens', api: 'count_tokens' },
  { path: '/v1/responses', api: 'responses' },
];
