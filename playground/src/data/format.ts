import { usdText } from '../../../core/reports/money.ts';

/** An amount of money as it is shown: what a person reads, and the digits that only add up. */
export interface MoneyParts {
  /** `$1,234.56`, or more decimals where the amount is below a cent. */
  readonly head: string;
  /** The other digits, so that the whole is exact; often ''. */
  readonly tail: string;
}

/**
 * Whole nano-dollars as the reports write them, digit by digit, with commas and in two parts.
 *
 * @param decimals so many in the head, and all nine together, so that the amounts of a column stand digit below digit;
 * without it two, or so many that three digits other than 0 show, and no more than the reports have.
 */
export function moneyParts(nanoUsd: number, decimals?: number): MoneyParts {
  const text = usdText(nanoUsd);
  const negative = text.startsWith('-');
  const [whole = '0', rest = '00'] = (negative ? text.slice(1) : text).split('.');
  const digits = decimals === undefined ? rest : rest.padEnd(9, '0');
  const kept = decimals ?? (whole === '0' && nanoUsd !== 0 ? Math.max(2, leadingZeros(rest) + 3) : 2);
  return {
    head: `${negative ? '−' : ''}$${withCommas(whole)}.${digits.slice(0, kept)}`,
    tail: digits.slice(kept),
  };
}

/** Of decimals, where `0.05` has one. None where the amount has a tenth. */
function leadingZeros(decimals: string): number {
  const zeros = /^0*/.exec(decimals)![0].length;
  return zeros === 0 ? -1 : zeros;
}

/** Exact, in one piece. */
export function money(nanoUsd: number): string {
  const { head, tail } = moneyParts(nanoUsd);
  return head + tail;
}

/** For axes and sentences: `$0.05`, `$12.3`, `$4.5k`. Rounded. */
export function moneyShort(nanoUsd: number): string {
  const usd = nanoUsd / 1e9;
  if (usd === 0) return '$0';
  const size = Math.abs(usd);
  if (size >= 10_000) return `$${trim((usd / 1000).toFixed(1))}k`;
  if (size >= 100) return `$${usd.toFixed(0)}`;
  if (size >= 1) return `$${trim(usd.toFixed(2))}`;
  return `$${trim(usd.toFixed(Math.min(9, 1 - Math.floor(Math.log10(size)))))}`;
}

/** Dollars of `/key/*`, which are whole nano-dollars divided by 10^9: multiplying back is exact. */
export function nanoOf(usd: number): number {
  return Math.round(usd * 1e9);
}

export function count(value: number): string {
  return withCommas(String(Math.round(value)));
}

/** `12.4k`, `3.1M`, for axes and tight places. */
export function countShort(value: number): string {
  const size = Math.abs(value);
  if (size < 10_000) return count(value);
  if (size < 1e6) return `${trim((value / 1e3).toFixed(size < 1e5 ? 1 : 0))}k`;
  if (size < 1e9) return `${trim((value / 1e6).toFixed(1))}M`;
  return `${trim((value / 1e9).toFixed(1))}G`;
}

/** `840 ms`, `2.4 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1) return ms === 0 ? '0 ms' : `${trim(ms.toFixed(2))} ms`;
  if (ms < 999.5) return `${trim(ms.toFixed(ms < 10 ? 1 : 0))} ms`;
  if (ms < 59_950) return `${trim((ms / 1000).toFixed(ms < 9950 ? 2 : 1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return withRest(seconds, 60, 'min', 's');
  return withRest(Math.floor(seconds / 60), 60, 'h', 'min');
}

function withRest(value: number, unit: number, name: string, restName: string): string {
  const rest = value % unit;
  return `${Math.floor(value / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${restName}`}`;
}

/** `0.4 %`, `12 %`, `< 0.1 %`: a share that is not nothing never looks like it. */
export function percent(ratio: number): string {
  const value = ratio * 100;
  if (value === 0) return '0 %';
  if (value < 0.1) return '< 0.1 %';
  if (value > 99.9 && value < 100) return '> 99.9 %';
  return `${trim(value.toFixed(value < 10 ? 1 : 0))} %`;
}

/** `14:03:22` of the reader's own zone. */
export function clockTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? '–'
    : [date.getHours(), date.getMinutes(), date.getSeconds()]
        .map((part) => String(part).padStart(2, '0'))
        .join(':');
}

/** `2026-01-31 14:03`, the reader's own zone. */
export function dayAndTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? '–' : `${dayOf(date)} ${clockTime(iso).slice(0, 5)}`;
}

/** `2026-01-31`, the reader's own zone. */
export function dayOf(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
}

/** When something that waits is tried again. */
export function triedAgain(iso: string, nowMs: number): string {
  return Date.parse(iso) > nowMs ? `tried again ${fromNow(iso, nowMs)}` : 'tried again with the next request';
}

/** `in 8 s`, `3 min ago`. */
export function fromNow(iso: string, nowMs: number): string {
  const ms = Date.parse(iso) - nowMs;
  if (Number.isNaN(ms)) return '–';
  const text = span(Math.abs(ms));
  return ms >= 0 ? `in ${text}` : `${text} ago`;
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

function withCommas(whole: string): string {
  let text = '';
  const digits = whole.replace('-', '');
  for (let at = 0; at < digits.length; at += 1) {
    if (at > 0 && (digits.length - at) % 3 === 0) text += ',';
    text += digits[at];
  }
  return whole.startsWith('-') ? `−${text}` : text;
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}
