import { GatewayError } from '../../sdk/errors.ts';
import type { Caller } from '../../sdk/keys.ts';
import type { Services } from '../../sdk/services.ts';
import type { Trace } from '../../sdk/trace.ts';
import { parseJsonText } from '../body/json-text.ts';
import { RequestBody } from '../body/request-body.ts';
import type { GatewayConfig } from '../config/config.ts';
import { parseDurationMs } from '../config/units.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import type { AttemptsDeps } from '../pipeline/ask.ts';
import { Exchange } from '../pipeline/exchange.ts';
import type { InFlight } from '../pipeline/in-flight.ts';
import { runPipeline } from '../pipeline/pipeline.ts';
import type { Program } from '../program/step.ts';
import { errorHeaders } from '../response/reply.ts';
import type { CaptureConfig } from '../telemetry/capture/capture-config.ts';
import type { MasterKey } from './auth.ts';
import { callerOf } from './caller.ts';
import type { Gate } from './gate.ts';
import { ownerOf } from './headers.ts';
import { claimedIdentity, endUserOf } from './identity.ts';
import { ClientGone, headerOf, type Incoming } from './incoming.ts';
import { readInTime } from './read-in-time.ts';
import { draining } from './refusals.ts';
import { isSampled, traceContextOf } from './trace-context.ts';

/** One consistent version of everything that a request runs through. */
export interface Version {
  readonly program: Program;
  readonly config: GatewayConfig;
  readonly services: Services;
  readonly auth: MasterKey;
  /** Where the program has a plugin that decides who may pass; null where only the master key counts. */
  readonly keys: KeyDirectory | null;
  readonly attempts: AttemptsDeps;
}

/** What the server needs of the gateway. */
export interface IngressDeps {
  /** Pins the current version until `release`. */
  acquire(): { readonly version: Version; release(): void };
  readonly draining: boolean;
  /** Lets requests in before their bodies are read. */
  readonly gate: Pick<Gate, 'enter' | 'leave'>;
  /** Exchanges under way, for the drain. */
  readonly active: InFlight;
  /** Called after an exchange has left `active`. */
  released(): void;
  /** @param exchange absent for one that nobody but its author is to see. */
  settled(trace: Trace, exchange?: Exchange): void;
  /** A question for a request ended after its record was made. */
  askedLate?(requestId: string, aside: Trace['asides'][number]): void;
}

/** Takes one inference request from its first byte to its last. Never throws. */
export async function serveInference(incoming: Incoming, dialect: Dialect, deps: IngressDeps): Promise<void> {
  const { version, release } = deps.acquire();
  const { services } = version;
  const requestId = services.ids.request();
  let exchange: Exchange | null = null;
  let admitted = false;
  try {
    if (deps.draining) throw draining();
    const arrival = arrive(incoming, version);
    const turn = deps.gate.enter(incoming.sink, arrival.timeoutMs);
    if (turn !== undefined) await turn;
    admitted = true;
    if (!incoming.sink.open) throw new ClientGone();
    exchange = await accept(incoming, dialect, deps, version, requestId, arrival);
    deps.active.add(exchange);
    await runPipeline(exchange, version.attempts);
    if (incoming.sink.open) abandon(incoming, exchange, services);
  } catch (error) {
    if (error instanceof ClientGone) return;
    refuse(incoming, dialect, requestId, toGatewayError(error, services, requestId));
  } finally {
    if (exchange !== null) deps.active.delete(exchange);
    if (admitted) deps.gate.leave();
    release();
    deps.released();
  }
}

/** What is known of a request before its body is read. */
interface Arrival {
  readonly startedMs: number;
  readonly arrivedAtMs: number;
  readonly caller: Caller;
  readonly timeoutMs: number;
}

/** Authenticates a request, by its head alone: who may not come in does not wait for a place either. */
function arrive(incoming: Incoming, { services, config, auth, keys }: Version): Arrival {
  return {
    startedMs: services.clock.monotonic(),
    arrivedAtMs: services.clock.now(),
    caller: callerOf(incoming.headers, auth, keys),
    timeoutMs: timeoutOf(incoming, config.server.requestTimeoutMs),
  };
}

/** Reads and checks the request. */
async function accept(
  incoming: Incoming,
  dialect: Dialect,
  deps: IngressDeps,
  version: Version,
  requestId: string,
  arrival: Arrival,
): Promise<Exchange> {
  const { services, config } = version;
  const bytes = await readInTime(incoming, config.server.bodyLimitBytes, arrival.timeoutMs, services.clock);
  let json = parseJsonText(bytes);
  dialect.validate(json.value);
  if (dialect.resolve !== undefined) {
    const { issued } = version.attempts;
    let owner: string | undefined;
    json = dialect.resolve(json, (id) => {
      owner ??= ownerOf(incoming.headers);
      return issued.find(owner, id);
    });
  }
  const parent = traceContextOf(headerOf(incoming, 'traceparent'));
  const traceId = parent?.traceId ?? services.ids.trace();
  return new Exchange({
    requestId,
    traceId,
    parentSpanId: parent?.parentSpanId ?? null,
    sampled: isSampled(traceId, parent, config.telemetry.sample),
    ip: incoming.ip,
    rawHeaders: incoming.headers,
    dialect,
    body: new RequestBody(dialect, json),
    sink: incoming.sink,
    program: version.program,
    services,
    configVersion: config.version,
    ...arrival,
    attempts: version.attempts,
    identity: incoming.identity ?? claimedIdentity(incoming, endUserOf(json.value)),
    captureChars: captureCharsOf(traceId, config.telemetry.capture),
    onSettled: (trace, exchange) => deps.settled(trace, exchange),
    onLateAside: (id, aside) => deps.askedLate?.(id, aside),
  });
}

function captureCharsOf(traceId: string, { mode, sample, limitChars }: CaptureConfig): number {
  return mode !== 'none' && isSampled(traceId, null, sample) ? limitChars : 0;
}

/** The last resort: whatever went wrong in answering, the client is not left waiting. */
function abandon(incoming: Incoming, exchange: Exchange, services: Services): void {
  services.log.error({ request_id: exchange.options.requestId }, 'a request ended without an answer');
  if (incoming.sink.begun) return incoming.sink.end();
  const error = new GatewayError('internal_error', 'The gateway failed on this request.');
  refuse(incoming, exchange.options.dialect, exchange.options.requestId, error);
}

function timeoutOf(incoming: Incoming, limitMs: number): number {
  const header = headerOf(incoming, 'x-sluice-timeout');
  if (header === undefined) return limitMs;
  try {
    return Math.max(1, Math.min(limitMs, parseDurationMs(header)));
  } catch (error) {
    throw new GatewayError('invalid_request', `X-Sluice-Timeout: ${(error as Error).message}`, {
      param: 'X-Sluice-Timeout',
    });
  }
}

function toGatewayError(error: unknown, services: Services, requestId: string): GatewayError {
  if (error instanceof GatewayError) return error;
  services.log.error(
    { request_id: requestId, error: error instanceof Error ? error.stack : String(error) },
    'a request could not be taken in',
  );
  return new GatewayError(
    'internal_error',
    `The gateway failed on this request; its log has request id ${requestId}.`,
  );
}

/** Answers a request that never became an exchange. */
export function refuse(incoming: Incoming, dialect: Dialect, requestId: string, error: GatewayError): void {
  if (!incoming.sink.open) return;
  incoming.sink.send(
    error.status,
    {
      ...errorHeaders(error),
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': requestId,
      ...(dialect.requestIdHeader === undefined ? undefined : { [dialect.requestIdHeader]: requestId }),
    },
    dialect.errorBody(error, requestId),
  );
}
