import { type Amount, clockText, plainNumber, readAmount } from './amount.ts';
import type { Bags } from './bags.ts';
import { ambiguousMonths, months, weekdays } from './tables/calendar.ts';
import { currencies } from './tables/currencies.ts';
import { cardinals, multiples, multipliers, ordinals } from './tables/number-words.ts';
import { shortUnits, timeUnits, unitQualifiers, units } from './tables/units.ts';
import type { Token } from './token.ts';

/** A token after numbers, dates, units and currencies were read: `value` stands for one of those. */
export interface Item {
  readonly kind: Token['kind'] | 'value';
  readonly text: string;
  readonly lower: string;
  readonly starts: boolean;
  readonly quoted: boolean;
}

/** Units whose name has another meaning where no number stands before it: "the World Cup", "foot pain". */
const otherMeanings = new Set(
  'cup stone ampere mile-hour bit degree yard foot knot calorie gb-gig token pint pixel second quarter us ms inch bar hectare'.split(
    ' ',
  ),
);
const notOne = new Set(
  'no which this that the each every any another last next more-than first other only'.split(' '),
);
const halves: ReadonlyMap<string, string> = new Map([
  ['am', 'am'],
  ['a.m', 'am'],
  ['pm', 'pm'],
  ['p.m', 'pm'],
]);
const version = /^v\d+(?:\.\d+)*$/;

/** Reads what numbers say, in words or digits, and puts one item in the place of each. */
export class ValueReader {
  readonly #tokens: readonly Token[];
  readonly #bags: Bags;
  readonly #items: Item[] = [];
  #at = 0;

  constructor(tokens: readonly Token[], bags: Bags) {
    this.#tokens = tokens;
    this.#bags = bags;
  }

  read(): readonly Item[] {
    for (; this.#at < this.#tokens.length; this.#at++) this.#token(this.#tokens[this.#at]!);
    return this.#items;
  }

  #token(token: Token): void {
    if (token.kind === 'number') this.#number(token);
    else if (token.kind === 'code' && version.test(token.lower)) this.#value('number', token.lower.slice(1));
    else if (token.kind === 'symbol' || (token.kind === 'code' && !units.has(token.lower)))
      this.#items.push(token);
    else this.#word(token);
  }

  #number(token: Token): void {
    const amount = readAmount(token.text);
    if (amount === null) {
      this.#items.push({ ...token, kind: 'code' });
      return;
    }
    if (this.#clock(amount) || this.#dayBeforeMonth(amount)) return;
    let first = amount.values[0]?.text ?? '';
    const next = this.#tokens[this.#at + 1];
    const multiplier = next === undefined ? undefined : multipliers.get(next.lower);
    if (multiplier !== undefined && amount.values.length === 1) {
      this.#at++;
      first = String(Number((Number(first) * multiplier).toPrecision(12)));
      this.#value('number', first);
    } else
      for (const { bag, text } of amount.values) {
        this.#value(bag, bag === 'number' && this.#isMeasured() ? plainNumber(text, true) : text);
      }
    if (amount.currency !== undefined) this.#currency(amount.currency);
    if (amount.unit !== undefined) this.#unit(amount.unit);
    else if (amount.word !== undefined) {
      const unit = units.get(amount.word) ?? timeUnits.get(amount.word);
      if (unit !== undefined) this.#unit(unit);
      else
        for (const word of amount.word.split('-'))
          if (word !== '') this.#items.push({ ...token, kind: 'word', text: word, lower: word });
    } else if (amount.values[0]?.bag === 'number') this.#unitBehind();
  }

  /** "5 pm" */
  #clock(amount: Amount): boolean {
    const half = halves.get(this.#tokens[this.#at + 1]?.lower ?? '');
    const only = amount.values[0];
    if (half === undefined || amount.values.length !== 1 || only === undefined) return false;
    const text = clockText(only.text, half);
    if (text === null) return false;
    this.#at++;
    this.#value('clock', text);
    return true;
  }

  /** "5 January", "5th of January" */
  #dayBeforeMonth(amount: Amount): boolean {
    const only = amount.values[0];
    if (amount.values.length !== 1 || only === undefined || !isDay(only.text)) return false;
    const skip = this.#tokens[this.#at + 1]?.lower === 'of' ? 2 : 1;
    const month = this.#month(this.#tokens[this.#at + skip]);
    if (month === undefined) return false;
    this.#at += skip;
    this.#value('date', dateText(month, only.text));
    return true;
  }

  #word(token: Token): void {
    const { lower } = token;
    if (this.#cardinal(token)) return;
    const month = this.#month(token);
    if (month !== undefined) return this.#monthFirst(month);
    const weekday = weekdays.get(lower);
    const ordinal = ordinals.get(lower);
    const times = multiples.get(lower);
    const before = this.#tokens[this.#at - 1]?.lower;
    if (weekday !== undefined) this.#value('weekday', String(weekday));
    else if (ordinal !== undefined && !(lower === 'second' && (before === 'per' || before === 'a')))
      this.#ordinal(ordinal);
    else if (times !== undefined && lower !== 'once') this.#value('number', String(times));
    else if (lower === 'noon' || lower === 'midnight')
      this.#value('clock', lower === 'noon' ? '12:00' : '00:00');
    else if (currencies.has(lower)) {
      this.#currency(currencies.get(lower)!);
    } else this.#looseUnit(token);
  }

  #ordinal(day: number): void {
    const skip = this.#tokens[this.#at + 1]?.lower === 'of' ? 2 : 1;
    const month = this.#month(this.#tokens[this.#at + skip]);
    if (month === undefined) return this.#value('ordinal', String(day));
    this.#at += skip;
    this.#value('date', dateText(month, String(day)));
  }

  /** "three", "twenty-five", "two hundred"; the "one" of "which one" is no number. */
  #cardinal(token: Token): boolean {
    const first = cardinals.get(token.lower);
    if (first === undefined) return false;
    const before = this.#tokens[this.#at - 1]?.lower ?? '';
    const next = this.#tokens[this.#at + 1];
    if (
      first === 1 &&
      (notOne.has(before) || next === undefined || next.lower === 'of' || token.lower !== 'one')
    ) {
      if (token.lower === 'one') return false;
    }
    let value = first;
    if (first >= 20 && next !== undefined) {
      const ones = cardinals.get(next.lower);
      if (ones !== undefined && ones > 0 && ones < 10) {
        value += ones;
        this.#at++;
      }
    }
    for (let scale = this.#multiplier(); scale !== undefined; scale = this.#multiplier()) value *= scale;
    const half = halves.get(this.#tokens[this.#at + 1]?.lower ?? '');
    const clock = half === undefined ? null : clockText(String(value), half);
    if (clock !== null) {
      this.#at++;
      this.#value('clock', clock);
      return true;
    }
    this.#value('number', String(value));
    this.#unitBehind();
    return true;
  }

  #multiplier(): number | undefined {
    const scale = multipliers.get(this.#tokens[this.#at + 1]?.lower ?? '');
    if (scale !== undefined) this.#at++;
    return scale;
  }

  /** "January 5th", "January"; a year behind it is a number of its own. */
  #monthFirst(month: number): void {
    const next = this.#tokens[this.#at + 1];
    const day = next?.kind === 'number' ? readAmount(next.text)?.values : undefined;
    if (day !== undefined && day.length === 1 && isDay(day[0]!.text)) {
      this.#at++;
      this.#value('date', dateText(month, day[0]!.text));
    } else this.#value('date', String(month).padStart(2, '0'));
  }

  #month(token: Token | undefined): number | undefined {
    if (token?.kind !== 'word') return undefined;
    const month = months.get(token.lower);
    if (month === undefined || !ambiguousMonths.has(token.lower)) return month;
    return /^\p{Lu}/u.test(token.text) && !token.starts ? month : undefined;
  }

  /** Whether a unit or currency follows: zeros at the end mean nothing then. */
  #isMeasured(): boolean {
    const next = this.#tokens[this.#at + 1]?.lower ?? '';
    return units.has(next) || timeUnits.has(next) || unitQualifiers.has(next) || currencies.has(next);
  }

  /** A unit behind a number, with what makes another one of it: "20 nautical miles". */
  #unitBehind(): void {
    let at = this.#at + 1;
    let qualifier = '';
    while (unitQualifiers.has(this.#tokens[at]?.lower ?? '') && at < this.#at + 4)
      qualifier += `${this.#tokens[at++]!.lower} `;
    const token = this.#tokens[at];
    if (token === undefined || token.kind === 'number') return;
    const { lower } = token;
    const short = lower === 'in' || lower === 'a' ? undefined : shortUnits.get(lower);
    const unit = units.get(lower) ?? timeUnits.get(lower) ?? short;
    if (unit === undefined) return;
    this.#at = at;
    this.#unit(qualifier + unit);
  }

  /** A unit without a number: "in centimetres". Time units are too common for that, but for "how many days". */
  #looseUnit(token: Token): void {
    const before = this.#tokens[this.#at - 1]?.lower ?? '';
    const counted = before === 'many' || before === 'per';
    const unit = units.get(token.lower) ?? (counted ? timeUnits.get(token.lower) : undefined);
    if (unit === undefined || (otherMeanings.has(unit) && !counted)) {
      this.#items.push(token.kind === 'number' ? { ...token, kind: 'word' } : token);
      return;
    }
    let qualifier = '';
    while (this.#items.length > 0 && unitQualifiers.has(this.#items.at(-1)!.lower))
      qualifier = `${this.#items.pop()!.lower} ${qualifier}`;
    this.#unit(qualifier + unit);
  }

  #currency(currency: string): void {
    this.#bags.add('currency', currency);
    this.#push(currency);
  }

  #unit(unit: string): void {
    this.#bags.add('unit', unit);
    this.#push(unit);
  }

  #value(bag: 'number' | 'date' | 'clock' | 'ordinal' | 'weekday', text: string): void {
    this.#bags.add(bag, text);
    this.#push(bag === 'number' ? text : `${bag} ${text}`);
  }

  #push(text: string): void {
    const token = this.#tokens[this.#at];
    this.#items.push({ kind: 'value', text, lower: text, starts: false, quoted: token?.quoted ?? false });
  }
}

function isDay(text: string): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 31;
}

function dateText(month: number, day: string): string {
  return `${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`;
}
