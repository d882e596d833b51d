import type { JsonObject } from '../../../sdk/json.ts';

/** One event of ours: the name on the `event:` line is the payload's own `type`. */
export function ownEvent(type: string, payload: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify(payload)}\n\n`;
}

/** An event as it came. Data that came in several lines leaves in several lines; no name, no line for it. */
export function sameEvent(name: string, data: string): string {
  const lines = data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data;
  return name === '' ? `data: ${lines}\n\n` : `event: ${name}\ndata: ${lines}\n\n`;
}
