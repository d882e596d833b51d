const fence = '```';

/** What stands in a Markdown fence that is all of a text; null where there is none. */
export function unwrapped(text: string): string | null {
  const trimmed = text.trim();
  if (!trimmed.startsWith(fence) || !trimmed.endsWith(fence) || trimmed.length < 2 * fence.length)
    return null;
  const line = trimmed.indexOf('\n');
  if (line === -1) return null;
  const language = trimmed.slice(fence.length, line).trim().toLowerCase();
  if (language !== '' && language !== 'json') return null;
  return trimmed.slice(line + 1, -fence.length).trim();
}
