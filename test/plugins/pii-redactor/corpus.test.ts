import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { findAll, ownPii, type Row, rowsOf, type Score, score, sharedPii } from './corpus.ts';

const readme = readFileSync(new URL('../../../plugins/pii-redactor/README.md', import.meta.url), 'utf8');
const checksums = ['CREDIT_CARD', 'IBAN', 'US_SSN', 'IP', 'URL_CREDENTIALS', 'PRIVATE_KEY'];

function check(t: Test, scores: readonly Score[], negatives: readonly Row[]): void {
  for (const { label, recall, precision } of scores) {
    const least = checksums.includes(label) ? 1 : label === 'PHONE' ? 0.9 : 0.99;
    t.ok(recall >= least, `${label}: recall ${recall}, expected ${least}`);
    t.ok(precision >= (label === 'PHONE' ? 0.99 : least), `${label}: precision ${precision}`);
  }
  const touched = negatives.filter(({ text }) => findAll(text).length > 0);
  t.ok(
    touched.length <= negatives.length * 0.03,
    `${touched.length} of ${negatives.length} hard negatives: ${touched.map(({ text }) => text).join(' | ')}`,
  );
}

t.test('the project’s own fixtures: recall, precision, hard negatives', async (t) => {
  const positives = rowsOf(ownPii, 'positives.jsonl')!;
  const negatives = rowsOf(ownPii, 'negatives.jsonl')!;
  t.ok(positives.length + negatives.length >= 120);
  check(t, score(positives), negatives);
});

t.test('the labelled set beside the checkout', async (t) => {
  const positives = rowsOf(sharedPii, 'own-positives.jsonl');
  if (positives === null) {
    t.comment('skipped: the labelled set is not on this machine');
    return;
  }
  check(t, score(positives), rowsOf(sharedPii, 'own-negatives.jsonl')!);
});

t.test('the README states what the detectors reach on the project’s texts', async (t) => {
  const shared = rowsOf(sharedPii, 'own-positives.jsonl');
  if (shared === null) {
    t.comment('skipped: the labelled set is not on this machine');
    return;
  }
  const names: Readonly<Record<string, string>> = {
    CREDIT_CARD: 'card',
    US_SSN: 'ssn',
    API_KEY: 'secret: keys',
    PRIVATE_KEY: 'secret: private keys',
  };
  for (const { label, found, spans, wrong } of score([...shared, ...rowsOf(ownPii, 'positives.jsonl')!])) {
    const line = `| ${names[label] ?? label.toLowerCase()} | ${found} of ${spans} | ${wrong} |`;
    t.ok(readme.includes(line), line);
  }
});

t.test('the README states what the detectors reach on other people’s cases', async (t) => {
  const rows = rowsOf(sharedPii, 'presidio.jsonl');
  if (rows === null) {
    t.comment('skipped: the labelled set is not on this machine');
    return;
  }
  for (const [source, label] of sources) {
    const [own] = score(
      rows.filter((row) => row.source === `presidio:${source}`),
      label,
    );
    const { found, spans, wrong } = own!;
    const line = `| ${source.replaceAll('_', ' ')} | ${found} of ${spans} | ${wrong} |`;
    t.ok(readme.includes(line), line);
  }
});

const sources = [
  ['email', 'EMAIL'],
  ['phone', 'PHONE'],
  ['ph_mobile_number', 'PHONE'],
  ['tr_phone_number', 'PHONE'],
  ['credit_card', 'CREDIT_CARD'],
  ['iban', 'IBAN'],
  ['us_ssn', 'US_SSN'],
  ['ip', 'IP'],
] as const;

t.test('a hostile text takes no detector more than linear time', async (t) => {
  // 200,000 characters each: quadratic work would take minutes.
  for (const crumb of [
    'a',
    'a.',
    'a@',
    'a@a.',
    '1',
    '1 ',
    '01 ',
    '+1 ',
    '(',
    '4111 ',
    'DE12 ',
    'sk-',
    'eyJ-',
    'eyJaaaaaaaa.',
    'password=',
    'token: "',
    'a://b:',
    '-----BEGIN PRIVATE KEY-----\nab ',
    '<',
    '::',
    `${'a'.repeat(65)}@1.`,
  ]) {
    const text = crumb.repeat(Math.ceil(200_000 / crumb.length));
    t.ok(findAll(text).length >= 0, JSON.stringify(crumb));
  }
});
