import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { RE2JS } from 're2js';
import { isWordList, matchCost } from './regex-cost.ts';
import { printLinear, toUnits, UnsupportedPattern } from './regex-print.ts';

/** A regular expression as it crosses from the sandbox. */
export interface RegexSource {
  readonly source: string;
  /** Any of `i`, `m`, `s`, `u`; `g` and `d` change nothing about whether a text matches. */
  readonly flags: string;
}

/** A pattern that is safe on any text. */
export interface SafeRegex {
  /** `v8` where its worst case was counted and is small, `linear` otherwise. */
  readonly engine: 'v8' | 'linear';
  /** Whether the pattern matches anywhere in the text. The caller keeps `text` within `maxChars`. */
  test(text: string): boolean;
}

export type RegexResult =
  | { readonly ok: true; readonly regex: SafeRegex }
  | { readonly ok: false; readonly message: string };

/** Characters that are scanned at most, unless the policy says otherwise: the first ones, in message order. */
export const defaultMaxChars = 32_768;
/** The most that a policy may ask for. */
export const maxMaxChars = 1_048_576;
const maxPatternChars = 20_000;
/** Steps of V8's matcher over a whole text, at most: 2 to 5 ns each, so under a tenth of a second. */
const maxBacktrackSteps = 16_000_000;
/** Program size times characters of the linear engine when its automaton grows too large: about 30 ns each. */
const maxLinearSteps = 8_000_000;
/** Distinct prefixes of a word list, which bound the states of its automaton. */
const maxWordListPrefixes = 20_000;

/**
 * Makes a pattern safe for text that users wrote. Where the most steps that backtracking can take are counted
 * and few, it runs on V8; everything else runs on an engine whose time is linear in the text. What neither can
 * do safely is refused, with the reason and what to write instead.
 *
 * @param maxChars length of the longest text that `test` will get
 */
export function compileRegex({ source, flags }: RegexSource, maxChars = defaultMaxChars): RegexResult {
  const name = `/${source.length > 80 ? `${source.slice(0, 80)}…` : source}/${flags}`;
  if (source.length > maxPatternChars) {
    return refuse(name, `it has ${source.length} characters; expected at most ${maxPatternChars}`);
  }
  const unknown = [...flags].find((flag) => !'imsugd'.includes(flag));
  if (unknown !== undefined) {
    return refuse(name, `the flag ${unknown} is not supported; expected any of i, m, s, u`);
  }
  const parser = new RegExpParser({ ecmaVersion: 2025 });
  let pattern: AST.Pattern;
  let parsedFlags: AST.Flags;
  try {
    parsedFlags = parser.parseFlags(flags);
    pattern = parser.parsePattern(source, 0, source.length, { unicode: parsedFlags.unicode });
    new RegExp(source, flags);
  } catch (error) {
    return refuse(name, error instanceof Error ? error.message : String(error));
  }
  const cost = matchCost(pattern, Math.max(maxWordListPrefixes, maxBacktrackSteps / maxChars));
  if (cost.steps * maxChars <= maxBacktrackSteps) {
    // Without g and y a RegExp keeps no state between calls.
    const regex = new RegExp(source, flags.replace(/[gd]/g, ''));
    return { ok: true, regex: { engine: 'v8', test: (text) => regex.test(text) } };
  }
  return linear(
    name,
    pattern,
    parsedFlags,
    maxChars,
    isWordList(pattern) && cost.steps <= maxWordListPrefixes,
  );
}

function linear(
  name: string,
  pattern: AST.Pattern,
  flags: AST.Flags,
  maxChars: number,
  isSmallList: boolean,
): RegexResult {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(printLinear(pattern, flags));
  } catch (error) {
    if (error instanceof UnsupportedPattern) {
      return refuse(name, `it may take very long on some texts, and the safe engine has no ${error.message}`);
    }
    return refuse(
      name,
      `the safe engine cannot run it (${error instanceof Error ? error.message : error}); simplify it`,
    );
  }
  const size = compiled.programSize();
  if (!isSmallList && size * maxChars > maxLinearSteps) {
    const fitting = Math.floor(maxLinearSteps / size);
    return refuse(
      name,
      `it is too large (${size} states) to scan ${maxChars} characters; lower its counts, or set maxChars to ${fitting} or less`,
    );
  }
  const test = flags.unicode
    ? (text: string) => compiled.test(text)
    : (text: string) => compiled.test(toUnits(text));
  return { ok: true, regex: { engine: 'linear', test } };
}

function refuse(name: string, why: string): RegexResult {
  return { ok: false, message: `The pattern ${name} is refused: ${why}.` };
}
