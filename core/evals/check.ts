import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { embedLexically } from '../embedders/lexical.ts';
import { compileRegex } from '../policy/regex.ts';
import type { Answer } from './ask.ts';
import { compileExpression } from './expression.ts';
import { jsonOf, jsonWithin } from './json-in-text.ts';
import { type JudgeBy, judge } from './judge.ts';
import { maxTextChars } from './read-assertion.ts';
import { compileSchema } from './schema.ts';
import type { Assertion, EvalCase } from './suite.ts';

/** What came of one assertion. */
export interface Checked {
  readonly type: string;
  readonly pass: boolean;
  /** 0 to 1. */
  readonly score: number;
  /** Why it does not hold, or what the judge noted; '' where there is nothing to say. */
  readonly note: string;
  /** What judging cost. */
  readonly costUsd: number;
}

/** Two texts of the same words in another order have about 0.9, of the same subject about 0.5. */
const defaultSimilarity = 0.75;

/** Holds an answer against one assertion. Never throws for what a model wrote. */
export async function check(
  assertion: Assertion,
  answer: Answer,
  one: EvalCase,
  by: JudgeBy,
): Promise<Checked> {
  const found = await look(assertion, answer, one, by);
  const type = `${assertion.not ? 'not-' : ''}${assertion.type}`;
  const costUsd = found.costUsd ?? 0;
  if (!assertion.not)
    return {
      type,
      costUsd,
      pass: found.pass,
      score: found.score ?? Number(found.pass),
      note: found.note ?? '',
    };
  // What could not be looked at holds in neither direction.
  if (found.broken === true) return { type, costUsd, pass: false, score: 0, note: found.note ?? '' };
  const note = found.pass ? `expected not: ${shown(assertion.value)}` : '';
  return { type, costUsd, pass: !found.pass, score: 1 - (found.score ?? Number(found.pass)), note };
}

interface Looked {
  readonly pass: boolean;
  readonly score?: number;
  readonly note?: string;
  readonly costUsd?: number;
  readonly broken?: boolean;
}

async function look(
  { type, value, threshold, ...rest }: Assertion,
  answer: Answer,
  one: EvalCase,
  by: JudgeBy,
): Promise<Looked> {
  const { text } = answer;
  const low = text.toLowerCase();
  const wanted = String(value);
  const list = Array.isArray(value) ? (value as readonly string[]) : [];
  const need = (pass: boolean, what: string): Looked =>
    pass ? { pass } : { pass, note: `expected ${what}` };
  switch (type) {
    case 'contains':
      return need(text.includes(wanted), `a text with ${shown(value)}`);
    case 'icontains':
      return need(low.includes(wanted.toLowerCase()), `a text with ${shown(value)}, in any case`);
    case 'contains-any':
      return need(
        list.some((item) => text.includes(item)),
        `one of ${shown(value)}`,
      );
    case 'contains-all':
      return need(
        list.every((item) => text.includes(item)),
        `all of ${shown(value)}`,
      );
    case 'icontains-any':
      return need(
        list.some((item) => low.includes(item.toLowerCase())),
        `one of ${shown(value)}, in any case`,
      );
    case 'icontains-all':
      return need(
        list.every((item) => low.includes(item.toLowerCase())),
        `all of ${shown(value)}, in any case`,
      );
    case 'starts-with':
      return need(text.startsWith(wanted), `a text that begins with ${shown(value)}`);
    case 'equals':
      return need(
        typeof value === 'object' ? isDeepStrictEqual(jsonOf(text), value) : text === wanted,
        shown(value),
      );
    case 'regex':
      return matches(wanted, text);
    case 'is-json':
    case 'json-schema':
      return fits(value, jsonOf(text));
    case 'contains-json':
      return fits(
        value,
        jsonWithin(text, (found) => fits(value, found).pass),
      );
    case 'jsonata':
      return holds(wanted, answer, one);
    case 'similar': {
      const score = similarity(text, wanted);
      const least = threshold ?? defaultSimilarity;
      return {
        pass: score >= least,
        score,
        note: score >= least ? '' : `similarity ${score.toFixed(2)}, expected ${least}`,
      };
    }
    case 'cost':
      if (answer.costUsd === null)
        return { pass: false, broken: true, note: 'nobody knows what it cost: give the ledger a price' };
      return need(answer.costUsd <= threshold!, `at most $${threshold}; it cost $${answer.costUsd}`);
    case 'latency':
      return need(
        answer.latencyMs <= threshold!,
        `at most ${threshold} ms; it took ${Math.round(answer.latencyMs)}`,
      );
    case 'llm-judge':
      return judge({ criteria: wanted, reference: rest.reference, judge: rest.judge }, answer.text, one, by);
  }
}

function matches(source: string, text: string): Looked {
  const compiled = compileRegex({ source, flags: 'u' }, maxTextChars);
  if (!compiled.ok) return { pass: false, broken: true, note: compiled.message };
  const pass = compiled.regex.test(text.slice(0, maxTextChars));
  return pass ? { pass } : { pass, note: `expected a match of /${source}/` };
}

function fits(schema: Json, value: Json | undefined): Looked {
  if (value === undefined) return { pass: false, note: 'expected JSON' };
  if (!isJsonObject(schema)) return { pass: true };
  const validate = compileSchema(schema);
  if (validate(value) === true) return { pass: true };
  const [first] = validate.errors ?? [];
  return {
    pass: false,
    note: `${first?.instancePath === '' ? 'the whole' : first?.instancePath} ${first?.message ?? 'does not fit'}`,
  };
}

async function holds(
  source: string,
  { text, model, costUsd, latencyMs, tokens }: Answer,
  { vars }: EvalCase,
): Promise<Looked> {
  const expression = compileExpression(source);
  if (!expression.ok) return { pass: false, broken: true, note: expression.message };
  const json = jsonOf(text);
  const data = {
    text,
    vars,
    model,
    latency_ms: latencyMs,
    ...(json === undefined ? {} : { json }),
    ...(costUsd === null ? {} : { cost_usd: costUsd }),
    ...(tokens === null ? {} : { tokens }),
  } as JsonObject;
  try {
    const result = await expression.evaluate(data);
    return result === true
      ? { pass: true }
      : { pass: false, note: `expected true; came ${shown((result ?? null) as Json)}` };
  } catch (error) {
    return {
      pass: false,
      broken: true,
      note: `JSONata: ${(error as { message?: string }).message ?? 'failed'}`,
    };
  }
}

/** Cosine of the two texts as the built-in embedder sees them: words and their pieces, no meaning. */
export function similarity(a: string, b: string): number {
  const [x, y] = [embedLexically(a), embedLexically(b)];
  let sum = 0;
  for (let at = 0; at < x.length; at += 1) sum += x[at]! * y[at]!;
  return Math.max(0, Math.min(1, sum));
}

function shown(value: Json): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
