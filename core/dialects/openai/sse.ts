/** The end of every OpenAI stream that was complete. */
export const doneEvent = 'data: [DONE]\n\n';

/** One server-sent event. Data that came in several lines leaves in several lines. */
export function sseEvent(data: string): string {
  return data.includes('\n') ? `data: ${data.replaceAll('\n', '\ndata: ')}\n\n` : `data: ${data}\n\n`;
}
