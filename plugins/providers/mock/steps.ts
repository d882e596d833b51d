import type { TransportFailure } from '../../../sdk/transport.ts';
import { errorBody, type MockError, scriptedError } from './errors.ts';
import type { MockScript } from './script.ts';

/** What a call does next. */
export type MockStep =
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly type: 'data'; readonly text: string }
  | { readonly type: 'end' }
  | { readonly type: 'fail'; readonly failure: TransportFailure }
  | { readonly type: 'silence' };

const end: MockStep = { type: 'end' };
const silence: MockStep = { type: 'silence' };
const cut: MockStep = {
  type: 'fail',
  failure: { kind: 'cut', message: 'the mock cut the connection, as scripted' },
};
const reset: MockStep = {
  type: 'fail',
  failure: { kind: 'cut', message: 'the mock reset the connection, as scripted' },
};

function head(
  status: number,
  contentType: string,
  id: string,
  more: Readonly<Record<string, string>> = {},
): MockStep {
  return {
    type: 'head',
    status,
    headers: { 'content-type': contentType, 'x-request-id': `req_${id}`, ...more },
  };
}

function data(text: string): MockStep {
  return { type: 'data', text };
}

function event(payload: string): MockStep {
  return { type: 'data', text: `data: ${payload}\n\n` };
}

function waits(ms: number): MockStep[] {
  return ms > 0 ? [{ type: 'wait', ms }] : [];
}

/** An error answer. */
export function errorSteps(error: MockError, script: MockScript, id: string): MockStep[] {
  const { slowMs, retryAfterMs } = script;
  const retry: Record<string, string> =
    retryAfterMs === null
      ? {}
      : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)), 'retry-after-ms': String(retryAfterMs) };
  return [...waits(slowMs), head(error.status, 'application/json', id, retry), data(errorBody(error)), end];
}

/** A whole answer, with what the script wants to go wrong. */
export function wholeSteps(body: string, script: MockScript, id: string): MockStep[] {
  const { fault, slowMs, ttftMs } = script;
  const before = waits(slowMs);
  const begin = [...before, head(200, 'application/json', id), ...waits(ttftMs)];
  const half = body.slice(0, body.length >> 1);
  switch (fault?.type) {
    case undefined:
      return [...begin, data(body), end];
    case 'error':
      return errorSteps(scriptedError(fault.status, fault.code), script, id);
    case 'error-200':
      return [...begin, data(errorBody(scriptedError(500))), end];
    case 'error-in-stream':
      // There is no stream to have an error in.
      return errorSteps(scriptedError(500), script, id);
    case 'reset':
      return [...before, reset];
    case 'cut':
      return [...begin, data(half), cut];
    case 'stall':
      return [...begin, silence];
    case 'malformed':
      return [...begin, data(half), end];
    case 'empty':
      return [...begin, end];
  }
}

/** A stream of events, with what the script wants to go wrong. `payloads` are without the end marker. */
export function streamSteps(payloads: readonly string[], script: MockScript, id: string): MockStep[] {
  const { fault, slowMs, ttftMs } = script;
  const before = waits(slowMs);
  const begin = [...before, head(200, 'text/event-stream; charset=utf-8', id), ...waits(ttftMs)];
  const events = (count: number) => spaced([...payloads, '[DONE]'].slice(0, count), script);
  switch (fault?.type) {
    case undefined:
      return [...begin, ...events(Number.POSITIVE_INFINITY), end];
    case 'error':
      return errorSteps(scriptedError(fault.status, fault.code), script, id);
    case 'error-200':
      return [...begin, event(errorBody(scriptedError(500))), end];
    case 'error-in-stream':
      // After the role and a piece of text: too late for another try.
      return [...begin, ...events(2), event(errorBody(scriptedError(500))), end];
    case 'reset':
      return [...before, reset];
    case 'cut':
      return [...begin, ...events(fault.afterEvents), cut];
    case 'stall':
      return [...begin, ...events(fault.afterEvents), silence];
    case 'malformed':
      return [...begin, ...events(1), event(payloads[0]!.slice(0, payloads[0]!.length >> 1)), end];
    case 'empty':
      return [...begin, end];
  }
}

function spaced(payloads: readonly string[], { chunkMs }: MockScript): MockStep[] {
  if (chunkMs === 0) return payloads.map(event);
  return payloads.flatMap((payload, index) =>
    index === 0 ? [event(payload)] : [...waits(chunkMs), event(payload)],
  );
}
