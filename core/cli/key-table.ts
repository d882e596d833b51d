import { table } from './table.ts';

type Shown = Readonly<Record<string, unknown>>;

/** What a terminal would take as a command is shown as `?`: aliases come from whoever may make keys. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.length === 0 ? 'all' : cell(value.join(', '));
  }
  return (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}

function usd(value: unknown): string {
  return typeof value === 'number' ? `$${Number(value.toFixed(9))}` : '-';
}

/** Date and time without the milliseconds. */
function time(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\.\d+Z$/, 'Z') : '-';
}

const columns: readonly (readonly [string, (key: Shown) => string])[] = [
  ['key', (key) => cell(key['key_name'])],
  ['alias', (key) => cell(key['key_alias'])],
  ['tenant', (key) => cell(key['tenant_id'])],
  ['status', (key) => cell(key['status'])],
  ['expires', (key) => time(key['expires'])],
  ['budget', (key) => usd(key['max_budget'])],
  ['spent', (key) => usd(key['spend'])],
  ['resets', (key) => time(key['budget_reset_at'])],
  ['models', (key) => cell(key['models'])],
  ['token', (key) => cell(key['token'])],
];

/** Keys, one a row. */
export function keyTable(keys: readonly Shown[]): string {
  return table(
    columns.map(([name]) => name),
    keys.map((key) => columns.map(([, show]) => show(key))),
  );
}

/** One key, a field a line; what it does not have is left out. */
export function keyLines(key: Shown): string {
  const names = Object.keys(key).filter(
    (name) => key[name] !== null && !['token_id', 'holds'].includes(name),
  );
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `${name.padEnd(width)}  ${cell(key[name])}\n`);
  const holds = Array.isArray(key['holds']) ? key['holds'] : [];
  return `${lines.join('')}${holds.map((hold) => `${'hold'.padEnd(width)}  ${cell(hold)}\n`).join('')}`;
}
