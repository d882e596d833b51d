import { Secret } from '../../../sdk/secret.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { closeSteps } from '../../program/load.ts';
import type { Program } from '../../program/step.ts';
import { MasterKey } from '../../server/auth.ts';
import { tooLarge } from '../../server/body-limit.ts';
import { credentialOf } from '../../server/headers.ts';
import type { Incoming } from '../../server/incoming.ts';
import { type IngressDeps, serveInference, type Version } from '../../server/ingress.ts';
import type { RunRequest } from './run-request.ts';
import { eventText, RunSink } from './run-sink.ts';

/**
 * A draft lives for one request. What plugins do some time after they were set up, such as forgetting old rows a minute later,
 * must not be done for a draft.
 */
const maxRunMs = 45_000;

export interface DraftRunDeps {
  /** The gateway that serves: places, requests under way, records. */
  readonly gateway: IngressDeps;
  /** What a program that was loaded now runs with. */
  versionOf(program: Program): Version;
}

/**
 * Sends one request past a draft as it would be sent past the program in use: real providers, real budgets, a row in the
 * ledger. Its record has the tag `draft`. Without a key among the headers it is the request of the master key.
 */
export async function runDraft(
  outer: Incoming,
  { dialect, headers, body }: RunRequest,
  program: Program,
  { gateway, versionOf }: DraftRunDeps,
): Promise<void> {
  const asked = asMaster(inTime(versionOf(program)), headers);
  outer.sink.head(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  const sink = new RunSink(outer.sink, asked.version.services.clock);
  let record: Trace | null = null;
  const incoming: Incoming = {
    method: 'POST',
    url: '/',
    headers: asked.headers,
    ip: outer.ip,
    sink,
    readBody: async (limitBytes) => {
      if (body.length > limitBytes) throw tooLarge(limitBytes);
      return body;
    },
  };
  await serveInference(incoming, dialect, {
    acquire: () => ({ version: asked.version, release: () => undefined }),
    get draining() {
      return gateway.draining;
    },
    gate: gateway.gate,
    active: gateway.active,
    released: () => gateway.released(),
    settled: (trace) => {
      record = { ...trace, tags: { ...trace.tags, draft: 'true' } };
      gateway.settled(record);
    },
  });
  if (!outer.sink.open) return;
  if (record !== null) outer.sink.write(eventText('record', record));
  outer.sink.end();
}

/** Ends a program that served one request. */
export async function closeDraft(program: Program): Promise<void> {
  await closeSteps(program.steps);
  await program.close?.();
}

/** Lets the request in as whoever has the master key, with a key that is good for it alone. */
function asMaster(
  version: Version,
  headers: RunRequest['headers'],
): { readonly version: Version; readonly headers: RunRequest['headers'] } {
  const { auth, services } = version;
  if (!auth.required || credentialOf(headers) !== null) return { version, headers };
  const once = `${services.ids.request()}${services.ids.trace()}`;
  return {
    version: { ...version, auth: new MasterKey(new Secret(once)) },
    headers: { ...headers, authorization: `Bearer ${once}` },
  };
}

function inTime(version: Version): Version {
  const { config } = version;
  const requestTimeoutMs = Math.min(maxRunMs, config.server.requestTimeoutMs);
  return { ...version, config: { ...config, server: { ...config.server, requestTimeoutMs } } };
}
