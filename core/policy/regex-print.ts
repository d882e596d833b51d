import type { AST } from '@eslint-community/regexpp';
import { type CharRange, charRanges } from './char-ranges.ts';

/** A pattern that the linear-time engine cannot run, in words for its author. */
export class UnsupportedPattern extends Error {}

/** The linear-time engine's own bound on counted repetition. */
const maxRepeat = 1000;
/** Where surrogate code units are moved to; see `toUnits`. */
const unitShift = 0x100000;

/**
 * Writes a JavaScript pattern for the linear-time engine so that it finds a match in exactly the same texts.
 * Every class is spelled out in code points, so nothing depends on the other engine's idea of `\s`, `.` or case.
 * Groups do not capture and lazy quantifiers are greedy: for "is there a match" both are the same.
 *
 * @throws UnsupportedPattern for look-around, backreferences, counts over 1000 and line anchors inside a pattern
 */
export function printLinear(pattern: AST.Pattern, flags: AST.Flags): string {
  const printer = new Printer(flags);
  return printer.alternatives(pattern.alternatives, { leading: true, trailing: true });
}

/**
 * Without the `u` flag JavaScript matches UTF-16 code units, the other engine code points. Each surrogate is
 * moved to a code point of its own in plane 16, in the text here and in the pattern's classes by the printer.
 */
export function toUnits(text: string): string {
  return text.replace(/[\ud800-\udfff]/g, (unit) => String.fromCodePoint(unit.charCodeAt(0) + unitShift));
}

/** Whether an element is at the very start or end of the pattern, with nothing consumed beyond it. */
interface Place {
  readonly leading: boolean;
  readonly trailing: boolean;
}

const inside: Place = { leading: false, trailing: false };

class Printer {
  readonly #flags: AST.Flags;
  readonly #classes = new Map<string, string>();

  constructor(flags: AST.Flags) {
    this.#flags = flags;
  }

  alternatives(alternatives: readonly AST.Alternative[], place: Place): string {
    return alternatives.map((alternative) => this.#sequence(alternative.elements, place)).join('|');
  }

  #sequence(elements: readonly AST.Element[], place: Place): string {
    const last = elements.length - 1;
    return elements
      .map((element, i) =>
        this.#element(element, { leading: place.leading && i === 0, trailing: place.trailing && i === last }),
      )
      .join('');
  }

  #element(element: AST.Element, place: Place): string {
    switch (element.type) {
      case 'Character':
        return this.#character(element);
      case 'CharacterSet':
      case 'CharacterClass':
        return this.#class(element.raw);
      case 'Group':
      case 'CapturingGroup':
        if (element.type === 'Group' && element.modifiers !== null) {
          throw new UnsupportedPattern(
            'flags inside a pattern, such as (?i:…); set them for the whole pattern',
          );
        }
        return `(?:${this.alternatives(element.alternatives, place)})`;
      case 'Quantifier':
        return this.#quantifier(element);
      case 'Assertion':
        return this.#assertion(element, place);
      case 'Backreference':
        throw new UnsupportedPattern(
          `the backreference ${element.raw}; write the repeated text out, or use fn()`,
        );
      default:
        throw new UnsupportedPattern(`${element.raw}; write it without the v flag`);
    }
  }

  #quantifier({ element, min, max }: AST.Quantifier): string {
    if (min > maxRepeat || (max !== Infinity && max > maxRepeat)) {
      throw new UnsupportedPattern(`a count over ${maxRepeat}; use a smaller one`);
    }
    const body = `(?:${this.#element(element, inside)})`;
    if (max === Infinity) return min === 0 ? `${body}*` : min === 1 ? `${body}+` : `${body}{${min},}`;
    return max === 0 ? '' : `${body}{${min},${max}}`;
  }

  #assertion(assertion: AST.Assertion, place: Place): string {
    switch (assertion.kind) {
      case 'word': {
        if (this.#flags.unicode && this.#flags.ignoreCase) {
          throw new UnsupportedPattern(`${assertion.raw} together with the flags i and u; leave out u`);
        }
        return assertion.negate ? '\\B' : '\\b';
      }
      case 'start':
        if (!this.#flags.multiline) return '\\A';
        if (place.leading) return '(?:\\A|[\\n\\r\\x{2028}\\x{2029}])';
        throw new UnsupportedPattern('^ with the flag m after the start of the pattern; match \\n instead');
      case 'end':
        if (!this.#flags.multiline) return '\\z';
        if (place.trailing) return '(?:\\z|[\\n\\r\\x{2028}\\x{2029}])';
        throw new UnsupportedPattern('$ with the flag m before the end of the pattern; match \\n instead');
      default:
        throw new UnsupportedPattern(
          `the look-around ${assertion.raw}; use two predicates with all() and not(), or fn()`,
        );
    }
  }

  #character(character: AST.Character): string {
    const code = character.value;
    const isAscii = code < 128;
    if (!this.#flags.ignoreCase) return printRanges([[code, code]], this.#flags.unicode);
    // Without u no other character folds to an ASCII one; with u two do (the Kelvin sign and the long s).
    if (isAscii && !this.#flags.unicode) {
      const letter = String.fromCharCode(code);
      const codes = new Set([letter.toLowerCase(), letter.toUpperCase()].map((text) => text.charCodeAt(0)));
      return printRanges(
        [...codes].map((one) => [one, one] as const),
        false,
      );
    }
    return this.#class(escaped(code, this.#flags.unicode));
  }

  #class(raw: string): string {
    const known = this.#classes.get(raw);
    if (known !== undefined) return known;
    const printed = printRanges(charRanges(raw, this.#flags), this.#flags.unicode);
    this.#classes.set(raw, printed);
    return printed;
  }
}

function escaped(code: number, unicode: boolean): string {
  return unicode ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

function printRanges(ranges: readonly CharRange[], unicode: boolean): string {
  if (ranges.length === 0) return '[^\\x{0}-\\x{10FFFF}]';
  const parts = unicode ? ranges : ranges.flatMap(shifted);
  const printed = parts.map(([from, to]) => (from === to ? point(from) : `${point(from)}-${point(to)}`));
  return parts.length === 1 && parts[0]![0] === parts[0]![1] ? printed[0]! : `[${printed.join('')}]`;
}

/** A range of code units with its surrogates moved out of the way. */
function shifted([from, to]: CharRange): CharRange[] {
  const out: CharRange[] = [];
  if (from <= 0xd7ff) out.push([from, Math.min(to, 0xd7ff)]);
  if (from <= 0xdfff && to >= 0xd800) {
    out.push([Math.max(from, 0xd800) + unitShift, Math.min(to, 0xdfff) + unitShift]);
  }
  if (to >= 0xe000) out.push([Math.max(from, 0xe000), to]);
  return out;
}

function point(code: number): string {
  return `\\x{${code.toString(16)}}`;
}
