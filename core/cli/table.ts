/** Columns padded to their widest cell, two spaces between them, a line of dashes under the head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  const dashes = line(widths.map((width) => '-'.repeat(width)));
  return `${[line(head), dashes, ...rows.map(line)].join('\n')}\n`;
}
