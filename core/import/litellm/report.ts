import type { ImportedConfig } from './import-config.ts';
import type { Finding, FindingKind } from './source.ts';

const titles: Readonly<Record<FindingKind, string>> = {
  todo: 'Not imported; something is left to do:',
  changed: 'Imported, and means something a little else:',
  unneeded: 'Not imported, and not needed:',
};

/** The list that an import ends with, for people: what to do comes first. */
export function findingLines(findings: readonly Finding[]): string[] {
  const lines: string[] = [];
  for (const kind of ['todo', 'changed', 'unneeded'] as const) {
    const own = findings.filter((one) => one.kind === kind);
    if (own.length === 0) continue;
    lines.push('', titles[kind]);
    for (const { file, line, column, key, message } of own) {
      lines.push(`  ${file}:${line}:${column}  ${key}: ${message}`);
    }
  }
  return lines;
}

/** What was written, and what is to be done before it serves. */
export function importLines(imported: ImportedConfig, folder: string): string[] {
  const { files, mapped, findings, variables, providers, aliases } = imported;
  const lines = [
    `${mapped.length} values mapped, ${findings.length} remarks; ${providers} providers, ${aliases} aliases`,
    ...files.map(
      ({ path, secret }) =>
        `  ${folder}/${path}${secret ? '  (secret: keep it out of version control)' : ''}`,
    ),
    ...findingLines(findings),
    '',
  ];
  if (variables.length > 0) lines.push(`Set before it starts: ${variables.join(', ')}`);
  lines.push(`Then: sluice check --config ${folder}/gateway.yaml --policies ${folder}/policies`);
  return lines;
}
