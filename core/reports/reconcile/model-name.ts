/**
 * What the names of one model have in common: `openai/gpt-4o-2024-08-06`, `gpt-4o`; `claude/claude-haiku-4-5-20251001`,
 * `Claude Haiku 4.5`, `us.anthropic.claude-haiku-4-5-20251001-v1:0`. Snapshots of one model become one.
 */
export function modelFamily(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .trim()
    .toLowerCase()
    .replace(/[ _.]+/g, '-')
    .replace(/^(?:us|eu|apac|global)-/, '')
    .replace(/^anthropic-/, '')
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace(/[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '');
}
