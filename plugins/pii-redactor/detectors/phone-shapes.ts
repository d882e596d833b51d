import type { PhoneParts } from './phone-parts.ts';

/** True for a number in the way that a country's people write theirs, so that no word needs to say what it is. */
export function isNational(parts: PhoneParts): boolean {
  return isNorthAmerican(parts) || isTrunk(parts) || isBareTrunk(parts);
}

/**
 * `(212) 555-0143`, `212-555-0117`, `1 (800) 555-0100`: areas and exchanges begin with 2 to 9 and are no N11, areas have no
 * 9 in the middle (NANPA).
 */
function isNorthAmerican(parts: PhoneParts): boolean {
  if (parts.hasSlash || (parts.length !== 10 && parts.length !== 11)) return false;
  const from = parts.length - 10;
  if (from === 1 && (parts.at(0) !== 1 || parts.groupAt(0) !== 1)) return false;
  if (parts.groupAt(from) !== 3 || parts.groupAt(from + 1) !== 3 || parts.groupAt(from + 2) !== 4)
    return false;
  if (parts.at(from) < 2 || parts.at(from + 1) === 9 || parts.at(from + 3) < 2) return false;
  return !isService(parts, from) && !isService(parts, from + 3);
}

function isService(parts: PhoneParts, from: number): boolean {
  return parts.at(from + 1) === 1 && parts.at(from + 2) === 1;
}

/**
 * Numbers with the trunk zero of most of the world: `020 7946 0958`, `07700 900456`, `01 99 00 45 67`. An area of two to
 * five digits, then one to four groups; dates and codes are none.
 */
function isTrunk(parts: PhoneParts): boolean {
  const area = parts.groupAt(0);
  if (parts.groups < 2 || parts.at(0) !== 0 || parts.at(1) === 0) return false;
  // `0 532 123 45 67`. Books have ten digits.
  if (area === 1) return parts.length === 11 && parts.groupAt(1) === 3;
  if (parts.length < 9 || parts.length > 12) return false;
  // French numbers are five pairs; other pairs are dates, times, scores.
  if (parts.isPairs) return parts.groups === 5 && parts.length === 10;
  if (area > 5) return false;
  for (let index = 1; index < parts.groups; index++) {
    if (parts.groupAt(index) < 2 || parts.groupAt(index) > 8) return false;
  }
  return parts.groups <= 4 || (parts.groups === 5 && !parts.hasDot);
}

/** `07700900456`, `0612345678`: eleven digits, or ten of a mobile phone's range that are no book's (ISBN-10). */
function isBareTrunk(parts: PhoneParts): boolean {
  if (parts.groups !== 1 || parts.at(0) !== 0 || parts.at(1) === 0) return false;
  if (parts.length === 11) return true;
  return parts.length === 10 && parts.at(1) >= 4 && parts.at(1) <= 7 && !isIsbn(parts);
}

function isIsbn(parts: PhoneParts): boolean {
  let sum = 0;
  for (let index = 0; index < 10; index++) sum += (10 - index) * parts.at(index);
  return sum % 11 === 0;
}

/** True for what may be a number where somebody says that it is one. */
export function isSpoken(parts: PhoneParts): boolean {
  if (parts.length > 15 || parts.groups > 6) return false;
  // 2024-01-05, 05.01.2024
  if (parts.groups === 3 && parts.length <= 8 && !parts.hasSpace) return false;
  // Time since 1970, in seconds or milliseconds.
  const isTime = parts.at(0) === 1 && parts.at(1) >= 5 && (parts.length === 10 || parts.length === 13);
  return !(parts.groups === 1 && isTime);
}
