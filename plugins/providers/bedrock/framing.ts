import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Framer, Framing, OnEvent } from '../../../sdk/wire.ts';
import { FramingError } from '../../../sdk/wire.ts';
import { type EventStreamMessage, EventStreamReader } from './event-stream.ts';

const mediaTypes = ['application/vnd.amazon.eventstream'];

/** The event that stands for the end of the bytes: what waited for a `metadata` that did not come need not wait on. */
export const endOfStream = ':end';

/** Streams of ConverseStream: an event's payload and its `:event-type`, an exception's and its `:exception-type`. */
export const converseFraming: Framing = {
  mediaTypes,
  framer: (onEvent) =>
    framerOf(
      (message) => onConverse(message, onEvent),
      () => onEvent('', endOfStream),
    ),
};

/** Streams of InvokeModelWithResponseStream for Claude: Anthropic's own events, each in a `chunk` of base64. */
export const invokeFraming: Framing = {
  mediaTypes,
  framer: (onEvent) => framerOf((message) => onInvoke(message, onEvent)),
};

function framerOf(onMessage: (message: EventStreamMessage) => void, onEnd?: () => void): Framer {
  const reader = new EventStreamReader(onMessage);
  return {
    push: (bytes) => reader.push(bytes),
    end: () => {
      if (reader.whole) onEnd?.();
      return reader.whole;
    },
  };
}

function onConverse(message: EventStreamMessage, onEvent: OnEvent): void {
  const { headers, payload } = message;
  const error = errorOf(message);
  if (error === null) onEvent(payload.toString('utf8'), headers[':event-type'] ?? '');
  else onEvent(JSON.stringify(error), String(error['__type']));
}

function onInvoke(message: EventStreamMessage, onEvent: OnEvent): void {
  const error = errorOf(message);
  if (error !== null) {
    // As Anthropic would say it, with the exception's name for whoever classifies it.
    onEvent(
      JSON.stringify({
        type: 'error',
        error: { type: 'api_error', message: error['message'] ?? '' },
        ...error,
      }),
      'error',
    );
    return;
  }
  if (message.headers[':event-type'] !== 'chunk') return;
  const payload = parse(message.payload.toString('utf8'));
  const bytes = isJsonObject(payload) ? payload['bytes'] : undefined;
  if (typeof bytes !== 'string') throw new FramingError('event stream: a chunk without bytes');
  const event = Buffer.from(bytes, 'base64').toString('utf8');
  onEvent(event, typeOf(event));
}

/**
 * What went wrong, with its name as `__type`; null for an event. Modelled exceptions have a JSON payload, `error`
 * messages have headers only.
 */
function errorOf({ headers, payload }: EventStreamMessage): JsonObject | null {
  const kind = headers[':message-type'] ?? 'event';
  if (kind === 'event') return null;
  const name = headers[':exception-type'] ?? headers[':error-code'] ?? 'UnknownError';
  const text = payload.toString('utf8');
  const body = parse(text);
  const message = headers[':error-message'] ?? text;
  return { ...(isJsonObject(body) ? body : { message }), __type: name };
}

/** Bedrock writes `type` first; elsewhere it costs a parse. */
function typeOf(event: string): string {
  const match = /^\s*\{\s*"type"\s*:\s*"(\w+)"/.exec(event);
  if (match !== null) return match[1]!;
  const json = parse(event);
  return isJsonObject(json) && typeof json['type'] === 'string' ? json['type'] : '';
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
