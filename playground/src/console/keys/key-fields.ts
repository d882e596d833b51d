import { usdText } from '../../../../core/reports/money.ts';
import type { KeyInfo } from '../../api/types.ts';

/** The fields of `/key/generate` and `/key/update` that the form has. */
export const fieldNames = [
  'key_alias',
  'tenant_id',
  'models',
  'max_budget',
  'budget_duration',
  'soft_budget',
  'rpm_limit',
  'tpm_limit',
  'daily_token_cap',
  'max_parallel_requests',
  'duration',
] as const;

export type FieldName = (typeof fieldNames)[number];
/** As they stand in the form. */
export type KeyTexts = Readonly<Record<FieldName, string>>;

const amounts: readonly FieldName[] = ['max_budget', 'soft_budget'];
const counts: readonly FieldName[] = ['rpm_limit', 'tpm_limit', 'daily_token_cap', 'max_parallel_requests'];
const spans: readonly FieldName[] = ['budget_duration', 'duration'];

function usdField(usd: number | null): string {
  // Trailing zeros of cents only make an amount longer.
  return usd === null ? '' : usdText(Math.round(usd * 1e9)).replace(/\.00$/, '');
}

function textField(value: string | number | null): string {
  return value === null ? '' : String(value);
}

export function textsOf(key?: KeyInfo): KeyTexts {
  return {
    key_alias: key?.key_alias ?? '',
    tenant_id: key?.tenant_id ?? '',
    models: key?.models.join(', ') ?? '',
    max_budget: usdField(key?.max_budget ?? null),
    budget_duration: key?.budget_duration ?? '',
    soft_budget: usdField(key?.soft_budget ?? null),
    rpm_limit: textField(key?.rpm_limit ?? null),
    tpm_limit: textField(key?.tpm_limit ?? null),
    daily_token_cap: textField(key?.daily_token_cap ?? null),
    max_parallel_requests: textField(key?.max_parallel_requests ?? null),
    duration: '',
  };
}

/** What the gateway would refuse, said before it is asked. It checks everything again. */
export function problemsOf(texts: KeyTexts): Partial<Record<FieldName, string>> {
  const problems: Partial<Record<FieldName, string>> = {};
  for (const name of amounts) {
    if (texts[name].trim() !== '' && !/^\$?\d{1,9}(?:\.\d{1,9})?$/.test(texts[name].trim())) {
      problems[name] = 'Write dollars as a number, such as 20 or 0.50.';
    }
  }
  for (const name of counts) {
    if (texts[name].trim() !== '' && !/^\d{1,15}$/.test(texts[name].trim())) {
      problems[name] = 'Write a whole number.';
    }
  }
  for (const name of spans) {
    if (texts[name].trim() !== '' && !/^\d{1,6}(?:s|m|h|d|w|mo)$/.test(texts[name].trim())) {
      problems[name] = 'Write a number with s, m, h, d, w or mo, such as 30d.';
    }
  }
  return problems;
}

/**
 * The body to send: for a new key what was filled in, for an old one what was changed, null where it was emptied.
 * Amounts go as text, which the gateway reads exactly.
 */
export function fieldsOf(texts: KeyTexts, old?: KeyInfo): Readonly<Record<string, unknown>> {
  const before = textsOf(old);
  const body: Record<string, unknown> = {};
  for (const name of fieldNames) {
    const text = texts[name].trim();
    if (text === before[name].trim()) continue;
    body[name] = fieldValue(name, text);
  }
  return body;
}

function fieldValue(name: FieldName, text: string): unknown {
  if (name === 'models') {
    return text
      .split(',')
      .map((model) => model.trim())
      .filter(Boolean);
  }
  if (text === '') return null;
  return counts.includes(name) ? Number(text) : text;
}
