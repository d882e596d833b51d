/** The end of every OpenAI stream that was complete. */
export const doneEvent = 'data: [DONE]\n\n';

/** A comment: says nothing and keeps the connection alive. */
export const pingEvent = ': ping\n\n';

/** One server-sent event. Data that came in several lines leaves in several lines. */
export function sseEvent(data: string, name = ''): string {
  const event = name === '' ? '' : `event: ${name}\n`;
  return data.includes('\n')
    ? `${event}data: ${data.replaceAll('\n', '\ndata: ')}\n\n`
    : `${event}data: ${data}\n\n`;
}
