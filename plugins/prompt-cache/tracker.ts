import { BoundedMap } from '../../sdk/bounded-map.ts';
import { classify, type Kind } from './classify.ts';
import {
  bytesOf,
  type Fingerprint,
  fingerprint,
  firstDifference,
  isKin,
  maxTrackedChars,
} from './fingerprint.ts';

/** Parts of a prompt that requests of one kind share. */
export type Segment = 'tools' | 'system';

/** Why a prefix was not the one before. */
export interface Break {
  readonly segment: Segment;
  /** Characters of the segment before it. */
  readonly at: number;
  readonly kind: Kind;
}

/** What the tracker says of one request. */
export interface Seen {
  /** There was an earlier request of its kind. */
  readonly compared: boolean;
  readonly broken: Break | null;
  /** Whether a part has so far changed too often to be worth keeping. */
  readonly unstable: Readonly<Record<Segment, boolean>>;
  /** Usual time between requests with this very prefix, in milliseconds; null where that is not known yet. */
  readonly gapMs: number | null;
}

/** Requests of one alias and tenant that begin alike. */
interface Line {
  tools: Fingerprint;
  system: Fingerprint;
  lastSeenMs: number;
  gapMs: number | null;
  compared: number;
  readonly changed: Record<Segment, number>;
}

/** An application has a few kinds of requests under one alias. */
const maxLines = 4;
/** Comparisons before anything is concluded from them. */
const enough = 4;
/** A write costs a quarter more than plain input and a read saves nine tenths: below this share of reads it costs more. */
const worthwhile = 0.25;

/**
 * Compares the beginning of each request with the one before it of the same alias and tenant. Keeps hashes of a bounded
 * size, and no text.
 */
export class PrefixTracker {
  readonly #seed: number;
  readonly #lines: BoundedMap<Line[]>;

  constructor(seed: number, maxBytes: number) {
    this.#seed = seed;
    this.#lines = new BoundedMap(maxBytes);
  }

  /** @param key alias and tenant. */
  observe(key: string, texts: Readonly<Record<Segment, string>>, nowMs: number): Seen {
    const tools = fingerprint(texts.tools, this.#seed);
    const system = fingerprint(texts.system, this.#seed);
    const lines = this.#lines.get(key) ?? [];
    const line =
      lines.find((one) => same(one, tools, system)) ?? lines.find((one) => kin(one, tools, system));
    if (line === undefined) {
      const fresh: Line = {
        tools,
        system,
        lastSeenMs: nowMs,
        gapMs: null,
        compared: 0,
        changed: { tools: 0, system: 0 },
      };
      this.#keep(key, [fresh, ...lines].slice(0, maxLines));
      return { compared: false, broken: null, unstable: unstable(fresh), gapMs: null };
    }
    const broken = difference(line, { tools, system }, texts);
    line.compared += 1;
    if (broken === null) {
      const gapMs = nowMs - line.lastSeenMs;
      line.gapMs = line.gapMs === null ? gapMs : line.gapMs * 0.7 + gapMs * 0.3;
    } else line.changed[broken.segment] += 1;
    line.lastSeenMs = nowMs;
    line.tools = tools;
    line.system = system;
    this.#keep(key, [line, ...lines.filter((one) => one !== line)]);
    return { compared: true, broken, unstable: unstable(line), gapMs: line.gapMs };
  }

  #keep(key: string, lines: Line[]): void {
    let bytes = key.length * 2 + 200;
    for (const { tools, system } of lines) bytes += bytesOf(tools) + bytesOf(system) + 200;
    this.#lines.set(key, lines, bytes);
  }
}

function same(line: Line, tools: Fingerprint, system: Fingerprint): boolean {
  return firstDifference(line.tools, tools) === -1 && firstDifference(line.system, system) === -1;
}

function kin(line: Line, tools: Fingerprint, system: Fingerprint): boolean {
  // A part that both have must be alike; one that only one of them has says that these are two kinds.
  return (
    (line.tools.chars === 0) === (tools.chars === 0) &&
    (line.system.chars === 0) === (system.chars === 0) &&
    isKin(line.tools, tools) &&
    isKin(line.system, system)
  );
}

function difference(
  line: Line,
  now: Readonly<Record<Segment, Fingerprint>>,
  texts: Readonly<Record<Segment, string>>,
): Break | null {
  for (const segment of ['tools', 'system'] as const) {
    const index = firstDifference(line[segment], now[segment]);
    if (index === -1) continue;
    const start = now[segment].starts[index]!;
    // The last piece also stands for what is too far away to be told apart.
    const far = index === now[segment].starts.length - 1 && now[segment].chars > maxTrackedChars;
    const at = far ? maxTrackedChars : start;
    return { segment, at, kind: far ? 'text' : classify(texts[segment], at) };
  }
  return null;
}

function unstable({ compared, changed }: Line): Record<Segment, boolean> {
  const often = (count: number) => compared >= enough && 1 - count / compared < worthwhile;
  // What follows a part that changes is never read again either.
  return { tools: often(changed.tools), system: often(changed.tools + changed.system) };
}
