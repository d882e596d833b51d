import { Histogram } from '../histogram.ts';
import type { Answered } from './connection.ts';
import type { JobResult } from './job.ts';

/** The upstream's answer is longer, and no proxy has a reason to make it shorter than this. */
const leastBodyBytes = 200;

/** Counts the answers of one job. */
export class Tally {
  readonly latency = new Histogram();
  requests = 0;
  failures = 0;
  #firstFailure = '';

  /**
   * Notes an answer, and what was wrong with it. A 200 without the whole answer is a failure like any other.
   *
   * @returns true when nothing was wrong
   */
  answered(answer: Answered): boolean {
    this.requests++;
    if (answer.status === 200 && answer.bodyBytes >= leastBodyBytes) return true;
    this.failed(describe(answer));
    return false;
  }

  /** Notes that an answer that came was wrong all the same. */
  failed(how: string): void {
    this.failures++;
    if (this.#firstFailure === '') this.#firstFailure = how;
  }

  result(perSecond: number, lateness: Histogram | null): JobResult {
    return {
      requests: this.requests,
      failures: this.failures,
      firstFailure: this.#firstFailure,
      perSecond,
      latency: this.latency.summary(),
      lateness: lateness === null ? null : lateness.summary(),
    };
  }
}

function describe({ status, bodyBytes, bodyStart }: Answered): string {
  if (status === 0) return 'the connection was closed';
  if (status !== 200) return `status ${status}: ${bodyStart}`;
  return `status 200 with a body of ${bodyBytes} bytes, which is not the whole answer: ${bodyStart}`;
}
