import { Histogram } from '../histogram.ts';
import type { JobResult } from './job.ts';

/** Counts the answers of one job. */
export class Tally {
  readonly latency = new Histogram();
  requests = 0;
  failures = 0;
  #firstFailure = '';

  /** Notes an answer's status and, for a failure, how its body began. */
  answered(status: number, bodyStart: string): void {
    this.requests++;
    if (status === 200) return;
    this.failures++;
    if (this.#firstFailure === '') {
      this.#firstFailure = status === 0 ? 'the connection was closed' : `status ${status}: ${bodyStart}`;
    }
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
