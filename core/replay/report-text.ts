import type { ReplayResult } from './replay.ts';

/** What is printed of each part; the rules that matched say why and are left to `--json`. */
const hidden = new Set(['rules']);

/** Rows of the table of changed decisions: record, part, before, after. */
export function changeRows({ changes }: ReplayResult): string[][] {
  return changes.flatMap(({ id, differences }) => {
    const shown = differences.filter(({ part }) => !hidden.has(part));
    const rows = shown.length > 0 ? shown : differences;
    return rows.map(({ part, before, after }) => [plain(id), part, cell(before), cell(after)]);
  });
}

/** The end of the report. */
export function replaySummary(result: ReplayResult): string[] {
  const { records, changed, parts, verdicts, changes, broken, brokenCount } = result;
  const lines = [`${records} records, ${changed} decided otherwise`];
  for (const [part, count] of Object.entries(parts)) lines.push(`  ${part}: ${count}`);
  for (const [turn, count] of Object.entries(verdicts)) lines.push(`  ${plain(turn)}: ${count}`);
  if (changes.length < changed) lines.push(`the first ${changes.length} are shown; --limit shows more`);
  if (brokenCount > 0) {
    lines.push(`${brokenCount} lines are no records or could not be run:`);
    for (const { line, problem } of broken.slice(0, 20)) lines.push(`  line ${line}: ${plain(problem)}`);
  }
  return lines;
}

function cell(text: string): string {
  const one = plain(text === '' ? '-' : text);
  return one.length > 60 ? `${one.slice(0, 59)}…` : one;
}

/** Names and tags come from whoever wrote the records: nothing in them may speak to the terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}
