import type { BodySize } from '../bodies.ts';
import type { LatencySummary } from '../histogram.ts';

/** As many requests as fit: every connection sends the next one when it has its answer. */
export interface ClosedLoopJob {
  readonly kind: 'closed';
  readonly port: number;
  readonly body: BodySize;
  readonly connections: number;
  readonly seconds: number;
}

/** A fixed number of requests per second, sent on schedule however slowly they are answered. */
export interface ConstantRateJob {
  readonly kind: 'rate';
  readonly port: number;
  readonly body: BodySize;
  readonly perSecond: number;
  readonly connections: number;
  readonly seconds: number;
}

/** A few streams at once, until each has ended. */
export interface StreamsJob {
  readonly kind: 'streams';
  readonly port: number;
  readonly streams: number;
  /** Chunks that each stream must bring. */
  readonly chunks: number;
  /** Milliseconds between the starts, so that the streams' chunks do not come in bursts. */
  readonly staggerMs: number;
  /** How long one stream takes when all is well. */
  readonly seconds: number;
}

export type Job = ClosedLoopJob | ConstantRateJob | StreamsJob;

/** What a job found. */
export interface JobResult {
  /** Requests answered, failed ones included. */
  readonly requests: number;
  /** Answers with another status than 200, answers that were not whole, and connections that broke. */
  readonly failures: number;
  /** The first failed answer, shortened; '' where there was none. */
  readonly firstFailure: string;
  /** Answers per second while the job was on. */
  readonly perSecond: number;
  /** `closed`: from sending; `rate`: from the scheduled time; `streams`: from the stamp in the chunk. */
  readonly latency: LatencySummary;
  /** `rate` only: how late the generator itself was, from the scheduled time to the write. */
  readonly lateness: LatencySummary | null;
}
