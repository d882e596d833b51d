import { sseEvent } from '../openai/sse.ts';

/** One server-sent event of the messages dialect: its name stands in the `event` line, too. */
export function messagesEvent(name: string, data: string): string {
  return name === '' ? sseEvent(data) : `event: ${name}\n${sseEvent(data)}`;
}
