const msOf = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
// Sizes are powers of 1024 whichever way they are written, as in nginx and most servers.
const bytesOf = {
  b: 1,
  kb: 1024,
  kib: 1024,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
} as const;

const nanoPerUsd = 1_000_000_000;
const maxUsd = Math.floor(Number.MAX_SAFE_INTEGER / nanoPerUsd);

/** A quantity that is not written as its kind is written. `message` says what was expected and what came. */
export class UnitError extends Error {
  constructor(expected: string, came: unknown) {
    super(`expected ${expected}; came ${typeof came === 'string' ? JSON.stringify(came) : String(came)}`);
    this.name = 'UnitError';
  }
}

function parseQuantity(text: unknown, unitOf: Readonly<Record<string, number>>, expected: string): number {
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text.trim()) : null;
  const unit = match?.[2]?.toLowerCase();
  if (!match || !unit || !Object.hasOwn(unitOf, unit)) throw new UnitError(expected, text);
  const value = Math.round(Number(match[1]) * unitOf[unit]!);
  if (!Number.isSafeInteger(value)) throw new UnitError(`${expected}, less than ${2 ** 53}`, text);
  return value;
}

/**
 * Milliseconds of a duration such as `200ms`, `30s`, `1.5m`, `24h`, `30d`, `2w`. A bare number is refused: its
 * unit would be a guess.
 *
 * @throws {UnitError}
 */
export function parseDurationMs(text: unknown): number {
  return parseQuantity(text, msOf, 'a duration with its unit (ms, s, m, h, d, w), such as 30s or 5m');
}

/**
 * Bytes of a size such as `512b`, `64kb`, `20mb`, `1gb`, in powers of 1024. A bare number is refused.
 *
 * @throws {UnitError}
 */
export function parseSizeBytes(text: unknown): number {
  return parseQuantity(text, bytesOf, 'a size with its unit (b, kb, mb, gb), such as 20mb');
}

/**
 * Nano-dollars of an amount such as `$20`, `20`, `$0.10`, `$1_000`, as text or as a number. Exact: digits after
 * the ninth decimal place are refused instead of rounded, and so is what no safe integer holds.
 *
 * @throws {UnitError}
 */
export function parseNanoUsd(amount: unknown): number {
  const expected = 'an amount in US dollars, such as $20 or 0.25';
  const match = /^\$? ?(\d+(?:_\d{3})*)(?:\.(\d+))?$/.exec(decimalText(amount));
  if (!match) throw new UnitError(expected, amount);
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > 9) throw new UnitError(`${expected}, with at most 9 decimals`, amount);
  const nano = BigInt(match[1]!.replaceAll('_', '')) * BigInt(nanoPerUsd) + BigInt(fraction.padEnd(9, '0'));
  if (nano > BigInt(maxUsd) * BigInt(nanoPerUsd)) {
    throw new UnitError(`${expected}, at most $${maxUsd.toLocaleString('en-US')}`, amount);
  }
  return Number(nano);
}

/** Decimal digits of an amount. Numbers as small as 1e-7 print in exponents, which nobody writes as money. */
function decimalText(amount: unknown): string {
  if (typeof amount === 'string') return amount.trim();
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return '';
  const text = String(amount);
  if (!text.includes('e')) return text;
  const fixed = amount.toFixed(9);
  return Number(fixed) === amount ? fixed : '';
}
