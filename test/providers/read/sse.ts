import assert from 'node:assert/strict';

export interface SseEvent {
  /** '' where the event has no name. */
  readonly event: string;
  readonly data: string;
}

/** The events of a stream as an ordinary client reads them. A stream that ends inside an event fails the test. */
export function readSse(text: string): SseEvent[] {
  assert.ok(
    text === '' || /(?:\n\n|\r\n\r\n)$/.test(text),
    `the stream ends inside an event: ${text.slice(-100)}`,
  );
  const events: SseEvent[] = [];
  for (const block of text.split(/\r?\n\r?\n/)) {
    const data: string[] = [];
    let event = '';
    for (const line of block.split(/\r?\n/)) {
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line.startsWith('event:')) event = line.slice(6).trim();
      else assert.ok(line === '' || /^(:|id:|retry:)/.test(line), `no line of an event stream: ${line}`);
    }
    if (data.length > 0) events.push({ event, data: data.join('\n') });
  }
  return events;
}
