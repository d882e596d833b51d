import { RE2JS } from 're2js';
import type { JsonObject } from '../../../sdk/json.ts';

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'P1D',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** Tried where a pattern is asked for. Patterns that none of them fits are not met. */
const candidates = [
  'a',
  'A',
  '0',
  '1',
  'ab',
  'AB',
  '12',
  'abc',
  'ABC',
  '123',
  '1234',
  '12345',
  'A1',
  'a-b',
  'a_b',
  'E-123456',
];

/**
 * A string that fits a schema: its format, its lengths, and its pattern where one of a few candidates does.
 *
 * @param hint used where nothing else is asked for.
 * @param index makes the strings of a list differ.
 */
export function sampleString(schema: JsonObject, hint: string, index: number): string {
  const format = schema['format'];
  if (typeof format === 'string' && Object.hasOwn(formats, format)) return formats[format]!;
  const text = fitted(schema, index === 0 ? hint : `${hint} ${index + 1}`);
  const pattern = schema['pattern'];
  if (typeof pattern !== 'string') return text;
  const fits = matcher(pattern);
  return (
    [text, ...candidates.map((candidate) => fitted(schema, candidate)), ...candidates].find(fits) ?? text
  );
}

function fitted(schema: JsonObject, text: string): string {
  const { minLength, maxLength } = schema as { minLength?: unknown; maxLength?: unknown };
  // Schemas count characters, not UTF-16 units.
  let chars = [...text];
  if (typeof minLength === 'number' && chars.length < minLength) {
    chars = [...chars, ...'x'.repeat(Math.min(minLength, 10_000) - chars.length)];
  }
  return typeof maxLength === 'number' ? chars.slice(0, maxLength).join('') : chars.join('');
}

/** Patterns come from clients: an engine that no pattern can slow down. */
function matcher(pattern: string): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matcher(text).find();
  } catch {
    return () => false;
  }
}
