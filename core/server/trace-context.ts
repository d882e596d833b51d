/** What a W3C `traceparent` says: the trace, the caller's span in it, and whether the caller records it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly parentSpanId: string;
  readonly recorded: boolean;
}

// Version 00 has four fields; later versions may add more, `ff` is none. https://www.w3.org/TR/trace-context/#traceparent-header
const pattern =
  /^(?:00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})|(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?)$/;

const zeros = /^0+$/;

/** Reads a `traceparent`; null where it is absent or malformed, as the standard asks for. */
export function traceContextOf(traceparent: string | undefined): TraceContext | null {
  const match = traceparent === undefined ? null : pattern.exec(traceparent);
  if (match === null) return null;
  const traceId = (match[1] ?? match[4])!;
  const parentSpanId = (match[2] ?? match[5])!;
  const flags = (match[3] ?? match[6])!;
  if (zeros.test(traceId) || zeros.test(parentSpanId)) return null;
  return { traceId, parentSpanId, recorded: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Digits of a trace id that decide: exactly as many as a number holds without rounding. */
const decidingDigits = 12;

/**
 * Whether a request is among the sampled share. What the caller does not record is left out. The rest is chosen by the end of the
 * trace id, so that every gateway and every service with the same share chooses the same traces.
 *
 * @param share 0 to 1.
 */
export function isSampled(traceId: string, parent: TraceContext | null, share: number): boolean {
  if (parent?.recorded === false) return false;
  if (share >= 1) return true;
  return Number.parseInt(traceId.slice(-decidingDigits), 16) >= (1 - share) * 16 ** decidingDigits;
}
