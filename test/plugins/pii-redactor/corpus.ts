import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectorsOf } from '../../../plugins/pii-redactor/detectors/all.ts';
import { Finder } from '../../../plugins/pii-redactor/finder.ts';
import { piiTypes } from '../../../plugins/pii-redactor/types.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

/** One labelled text. */
export interface Row {
  readonly text: string;
  readonly spans: readonly Span[];
  readonly source: string;
}

/** Labelled texts beside the checkout; they are not part of the project. */
export const sharedPii = join(import.meta.dirname, '../../../../shared/data/pii');
/** The project's own. */
export const ownPii = join(import.meta.dirname, '../../fixtures/pii');

/** Rows of a file; null where it is absent. Text with a secret's shape is in base64. */
export function rowsOf(folder: string, file: string): readonly Row[] | null {
  const path = join(folder, file);
  if (!existsSync(path)) return null;
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { text, text_b64, spans, source } = JSON.parse(line) as Row & { text_b64?: string };
      return { text: text ?? Buffer.from(text_b64!, 'base64').toString(), spans, source };
    });
}

/** The plugin's word for a label of the data. */
export const typeOfLabel: Readonly<Record<string, string>> = {
  EMAIL: 'email',
  PHONE: 'phone',
  CREDIT_CARD: 'card',
  IBAN: 'iban',
  US_SSN: 'ssn',
  IP: 'ip',
  API_KEY: 'secret',
  PRIVATE_KEY: 'secret',
  URL_CREDENTIALS: 'url_credentials',
};

const finder = new Finder(detectorsOf(new Set(piiTypes)));

/** Everything that the built-in detectors find. */
export function findAll(text: string): Span[] {
  const found: Span[] = [];
  finder.run(text, 0, true, (type, start, end) => found.push({ type, start, end }));
  return found;
}

/** Counts of one label. */
export interface Score {
  readonly label: string;
  readonly spans: number;
  readonly found: number;
  readonly exact: number;
  /** Finds of the type that overlap no span of it. */
  readonly wrong: number;
  readonly recall: number;
  readonly precision: number;
}

const overlaps = (a: Span, b: Span) => a.start < b.end && b.start < a.end;

/** Scores each label over rows that are labelled completely. */
export function score(rows: readonly Row[], only?: string): readonly Score[] {
  const results = rows.map((row) => ({ row, finds: findAll(row.text) }));
  const labels = only === undefined ? Object.keys(typeOfLabel) : [only];
  return labels.map((label) => {
    const type = typeOfLabel[label]!;
    let spans = 0;
    let found = 0;
    let exact = 0;
    let wrong = 0;
    for (const { row, finds } of results) {
      const own = finds.filter((find) => find.type === type);
      for (const span of row.spans) {
        if (span.type !== label) continue;
        spans++;
        if (own.some((find) => overlaps(find, span))) found++;
        if (own.some((find) => find.start === span.start && find.end === span.end)) exact++;
      }
      wrong += own.filter((find) => !row.spans.some((span) => overlaps(find, span))).length;
    }
    return {
      label,
      spans,
      found,
      exact,
      wrong,
      recall: spans === 0 ? 1 : found / spans,
      precision: found + wrong === 0 ? 1 : found / (found + wrong),
    };
  });
}
