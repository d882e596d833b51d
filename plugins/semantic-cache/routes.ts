import {
  type CacheStore,
  type EmbedderSource,
  GatewayError,
  type JsonObject,
  type Log,
  type PluginRoute,
  type PluginRouteRequest,
  type Vectors,
} from '../../sdk/index.ts';
import type { BookKeeper } from './book-keeper.ts';
import type { Checks } from './checks.ts';
import type { EntryBook } from './entry-book.ts';
import type { ErrorBook } from './error-book.ts';
import type { Flights } from './flights.ts';
import type { LiveMarks } from './live-marks.ts';
import type { RecentAnswers } from './recent.ts';
import type { Shadow } from './shadow.ts';
import type { Tally } from './tally.ts';

export interface RouteParts {
  readonly store: CacheStore;
  readonly vectors: Vectors;
  readonly flights: Flights;
  readonly recent: RecentAnswers;
  readonly counts: Tally;
  readonly book: ErrorBook;
  readonly keeper: BookKeeper;
  readonly entries: EntryBook | null;
  readonly marks: LiveMarks;
  readonly checks: Checks;
  readonly shadow: Shadow;
  readonly embedder: EmbedderSource;
  readonly log: Log;
}

/** What owners and clients can tell the cache. */
export function cacheRoutes(parts: RouteParts): PluginRoute[] {
  return [
    {
      method: 'POST',
      path: '/cache/purge',
      access: 'admin',
      handle: async ({ body }) => ({ body: { purged: await purge(body, parts) } }),
    },
    {
      method: 'POST',
      path: '/cache/feedback',
      access: 'client',
      handle: async (request) => ({ body: await feedback(request, parts) }),
    },
    {
      method: 'GET',
      path: '/cache/stats',
      access: 'admin',
      handle: async () => ({ body: await stats(parts) }),
    },
  ];
}

/** Removes what all that is named holds for. @returns what was named. */
async function purge(body: JsonObject, parts: RouteParts): Promise<JsonObject> {
  const known = ['tenant', 'tag', 'revision', 'request_id', 'all'];
  const other = Object.keys(body).find((name) => !known.includes(name));
  if (other !== undefined) {
    throw wrong(`expected ${known.join(', ')}; came "${other.slice(0, 100)}"`, other);
  }
  const tenant = textOf(body, 'tenant');
  const named = textOf(body, 'tag');
  const revision = textOf(body, 'revision');
  const requestId = textOf(body, 'request_id');
  const all = body['all'];
  if (all !== undefined && all !== true) throw wrong('all: expected true', 'all');
  if (named !== undefined && revision !== undefined)
    throw wrong('expected tag or revision; came both', 'tag');
  const { store, vectors, flights, keeper, log } = parts;
  // Those that wait for an answer begun before must not get it.
  flights.close();
  if (requestId !== undefined) {
    if (Object.keys(body).length > 1) throw wrong('request_id stands alone', 'request_id');
    if (!(await evict(requestId, null, parts))) throw unknown(requestId);
    return { request_id: requestId };
  }
  const tag = revision === undefined ? named : `revision:${revision}`.slice(0, 200);
  if (tenant === undefined && tag === undefined && all === undefined) {
    throw wrong('expected at least one of tenant, tag, revision, request_id, all', 'all');
  }
  const filter = {
    ...(tenant === undefined ? undefined : { tenant }),
    ...(tag === undefined ? undefined : { tag }),
    ...(all === undefined ? undefined : { all: true as const }),
  };
  const everything = tenant === undefined && tag === undefined;
  // What is known of wrong answers lies in the same stores and is no answer.
  if (everything && !(await keeper.readBeforePurge())) {
    log.warn({}, 'a store does not say which groups were stopped: the purge may forget some of them');
  }
  // Both are tried, whichever fails.
  const results = await Promise.allSettled([store.purge(filter), vectors.purge(filter)]);
  if (everything) await keeper.writeAll();
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { ...filter, ...(revision === undefined ? undefined : { revision }) };
}

/** A client found an answer wrong: it goes, and where it was served by meaning that counts. */
async function feedback({ body, caller }: PluginRouteRequest, parts: RouteParts): Promise<JsonObject> {
  const requestId = textOf(body, 'request_id');
  if (requestId === undefined)
    throw wrong('expected request_id, the X-Request-Id of the answer', 'request_id');
  if (body['wrong'] !== true) throw wrong('wrong: expected true', 'wrong');
  // A key of one tenant says nothing about another's answers.
  const tenant = caller.type === 'key' ? caller.record.tenantId : null;
  const found = await evict(requestId, tenant, parts);
  if (found === null) throw unknown(requestId);
  if (found.score !== null) {
    const entry = { id: found.vector?.id ?? '', requestId: found.answerOf, score: found.score };
    await parts.shadow.complained(requestId, found.tenant, found.alias, entry);
  }
  parts.counts.add('feedback-wrong');
  return { evicted: true };
}

async function evict(
  requestId: string,
  tenant: string | null,
  { store, vectors, marks, recent }: RouteParts,
) {
  const found = await recent.take(requestId, tenant);
  if (found === null) return null;
  const { vector, key } = found;
  if (vector !== null) vectors.remove(vector.namespace, [vector.id]);
  // All are tried, whichever fails; without its mark no other gateway serves it.
  const results = await Promise.allSettled([
    vector === null ? undefined : marks.remove(vector.id),
    key === null ? undefined : store.delete(key),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return found;
}

async function stats(parts: RouteParts): Promise<JsonObject> {
  const { store, vectors, counts, book, keeper, entries, checks, shadow, embedder, flights } = parts;
  const complete = await keeper.readAll();
  return {
    counts: counts.toJson(),
    semantic: book.toJson(),
    semantic_complete: complete,
    checks: { under_way: shadow.running, latest: checks.toJson() },
    entries_observed: entries?.size ?? null,
    under_way: flights.size,
    embedder: embedder.current?.identity ?? null,
    exact_store: { ...store.stats() },
    vector_store: { ...vectors.stats() },
  };
}

function textOf(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= 200) return value;
  throw wrong(`${name}: expected a text of 1 to 200 characters`, name);
}

function wrong(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request', message, { param });
}

function unknown(requestId: string): GatewayError {
  return new GatewayError(
    'not_found',
    `No cached answer is known for request ${requestId}: it is long ago, was not cached, or was removed already.`,
  );
}
