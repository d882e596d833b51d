import type { Ids, Log, Random } from '../services.ts';

/** Identifiers that count: `req_000000000000000000000001`, … */
export function countingIds(): Ids {
  let count = 0;
  const next = (digits: number) => {
    count += 1;
    return count.toString(16).padStart(digits, '0');
  };
  return { request: () => `req_${next(24)}`, trace: () => next(32), span: () => next(16) };
}

/** The given numbers over and over; 0.5 by default. */
export function fixedRandom(...numbers: readonly number[]): Random {
  let index = 0;
  return {
    next() {
      if (numbers.length === 0) return 0.5;
      const number = numbers[index % numbers.length]!;
      index += 1;
      return number;
    },
  };
}

/** One line that was logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export interface RecordingLog extends Log {
  readonly lines: readonly LogLine[];
}

/** Makes a log that keeps its lines; children write to the same list. */
export function recordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const make = (inherited: object): Log => {
    const write = (level: LogLine['level']) => (fields: object, message: string) => {
      lines.push({ level, message, fields: { ...inherited, ...fields } });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => make({ ...inherited, ...fields }),
    };
  };
  return Object.assign(make({}), { lines });
}
