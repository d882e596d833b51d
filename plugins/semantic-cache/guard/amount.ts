import { currencies } from './tables/currencies.ts';
import { shortUnits, timeUnits, units } from './tables/units.ts';

/** What one written number says. */
export interface Amount {
  /** Numbers, dates, times of day or an ordinal, in their one spelling. */
  readonly values: readonly {
    readonly bag: 'number' | 'date' | 'clock' | 'ordinal';
    readonly text: string;
  }[];
  readonly currency?: string;
  readonly unit?: string;
  /** A word written to the number: the "word" of "100-word". */
  readonly word?: string;
}

const parts = /^([-+−]?)([$€£¥₹₩₽₺₪₫₴₿]?)(\d[\d.,:/-]*)-?([^\d-]*)-?(.*)$/u;
const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const clock = /^(\d{1,2}):(\d{2})$/;
const thousands = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const range = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/;

/** Reads a number with what is written to it. Null where the letters behind it are no unit: it is a code then. */
export function readAmount(raw: string): Amount | null {
  const match = parts.exec(raw);
  if (match === null) return null;
  const [, sign, prefix, digits, letters, tail] = match;
  const core = digits!.replace(/[-.,:/]+$/, '');
  const suffix = letters!.toLowerCase();
  const date = isoDate.exec(core);
  if (date !== null && suffix === '') {
    return { values: [value('date', `${date[2]}-${date[3]}`), value('number', date[1]!)] };
  }
  if (suffix === 'am' || suffix === 'pm') {
    const time = clockText(core, suffix);
    return time === null ? null : { values: [value('clock', time)] };
  }
  if (clock.test(core) && suffix === '') return { values: [value('clock', clockText(core, '') ?? core)] };
  if (/^(?:st|nd|rd|th)$/.test(suffix) && tail === '') return { values: [value('ordinal', core)] };
  const between = range.exec(core);
  const currency = prefix === '' ? currencies.get(suffix) : currencies.get(prefix!);
  const unit = unitOf(suffix, raw);
  const measured = currency !== undefined || unit !== undefined;
  const numbers = between === null ? [core] : [between[1]!, between[2]!];
  const minus = sign === '-' || sign === '−' ? '-' : '';
  const scale = suffix === 'k' && unit === undefined ? 1000 : 1;
  if (suffix !== '' && !measured && scale === 1) {
    if (suffix === 's' && /^\d{4}$/.test(core)) return { values: [value('number', `${core}s`)] };
    // "3-day", "100-word": a word only where a hyphen holds it.
    if (!/^\d[\d.,]*-/.test(raw)) return null;
    return { values: numbers.map((text) => value('number', plainNumber(text, false))), word: suffix };
  }
  return {
    values: numbers.map((text) => value('number', minus + scaled(plainNumber(text, measured), scale))),
    ...(currency === undefined ? {} : { currency }),
    ...(unit === undefined ? {} : { unit }),
    ...(tail === '' ? {} : { word: tail!.toLowerCase() }),
  };
}

/** `17:00` of "5" and "pm"; null where that is no time. */
export function clockText(digits: string, half: string): string | null {
  const match = clock.exec(digits) ?? /^(\d{1,2})()$/.exec(digits);
  if (match === null) return null;
  let hour = Number(match[1]);
  if (half !== '') {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half.startsWith('p') ? 12 : 0);
  }
  return `${String(hour).padStart(2, '0')}:${match[2] === '' ? '00' : match[2]}`;
}

/**
 * One spelling of a number: no separators of thousands. Zeros at the end of a decimal go only where a unit shows that
 * it is an amount: 3.10 and 3.1 are two versions.
 */
export function plainNumber(text: string, measured: boolean): string {
  const joined = thousands.test(text) ? text.replaceAll(',', '') : text;
  if (!measured || !/^\d+\.\d+$/.test(joined)) return joined;
  let end = joined.length;
  while (joined[end - 1] === '0') end--;
  return joined.slice(0, joined[end - 1] === '.' ? end - 1 : end);
}

function scaled(text: string, scale: number): string {
  return scale === 1 ? text : String(Math.round(Number(text) * scale));
}

function unitOf(suffix: string, raw: string): string | undefined {
  if (suffix === '' || suffix === 'k') return undefined;
  // "80s" of a decade is no second; it comes back as a number.
  if (suffix === 's' && /^\d{2}00?s$|^\d{3}0s$/.test(raw)) return undefined;
  return units.get(suffix) ?? timeUnits.get(suffix) ?? shortUnits.get(suffix);
}

function value(bag: Amount['values'][number]['bag'], text: string): Amount['values'][number] {
  return { bag, text };
}
