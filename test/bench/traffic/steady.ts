import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { monotonicUs } from '../clock.ts';
import { Histogram } from '../histogram.ts';

/** One request, and what its answer must hold to be whole. */
export interface Question {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly wholeWith: string;
}

export interface SteadyOptions {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly question: (index: number) => Question;
  /** Requests under way at most; what is due beyond them is counted as failed. */
  readonly maxOpen: number;
}

export interface SteadyResult {
  readonly sent: number;
  /** By what went wrong: `status 500`, `cut`, `ECONNREFUSED`, `too many under way`. */
  readonly failures: ReadonlyMap<string, number>;
  /** From the time that a request was due to the first byte of its answer, and to its end; in microseconds. */
  readonly firstByte: Histogram;
  readonly whole: Histogram;
  /** How late requests were sent: where this is large, the machine is too small for the measurement. */
  readonly lateness: Histogram;
}

/** Milliseconds between looks at what is due. */
const tickMs = 4;

/**
 * Sends so many requests a second on schedule, however slowly they are answered, and measures from the time that each was
 * due: a target that stalls cannot hide it by being asked less. Nothing is tried again.
 */
export async function sendSteadily(options: SteadyOptions): Promise<SteadyResult> {
  const { url, perSecond, seconds, question, maxOpen } = options;
  const pool = new Pool(url, { connections: maxOpen, pipelining: 1 });
  const failures = new Map<string, number>();
  const fail = (why: string) => void failures.set(why, (failures.get(why) ?? 0) + 1);
  const result = { firstByte: new Histogram(), whole: new Histogram(), lateness: new Histogram() };
  const open = new Set<Promise<void>>();
  const startedUs = monotonicUs();
  const total = Math.round(perSecond * seconds);

  const ask = async (index: number, dueUs: number): Promise<void> => {
    const { path, headers, body, wholeWith } = question(index);
    result.lateness.record(monotonicUs() - dueUs);
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body });
      let first = true;
      let text = '';
      for await (const bytes of answer.body) {
        if (first) result.firstByte.record(monotonicUs() - dueUs);
        first = false;
        text += (bytes as Buffer).toString('latin1');
      }
      result.whole.record(monotonicUs() - dueUs);
      if (answer.statusCode !== 200) fail(`status ${answer.statusCode}${codeOf(text)}`);
      else if (!text.includes(wholeWith)) fail('cut');
    } catch (error) {
      fail((error as NodeJS.ErrnoException).code ?? String(error));
    }
  };

  for (let index = 0; index < total; ) {
    const dueUs = startedUs + (index * 1e6) / perSecond;
    if (dueUs > monotonicUs()) {
      await sleep(tickMs);
      continue;
    }
    if (open.size >= maxOpen) fail('too many under way');
    else {
      const asked: Promise<void> = ask(index, dueUs).finally(() => open.delete(asked));
      open.add(asked);
    }
    index += 1;
  }
  await Promise.all(open);
  await pool.destroy();
  return { sent: total, failures, ...result };
}

/** The code of an error, where it has one. */
function codeOf(text: string): string {
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return code === undefined ? '' : ` ${code}`;
}

/** All failures together. */
export function failureCount({ failures }: SteadyResult): number {
  return [...failures.values()].reduce((sum, count) => sum + count, 0);
}
