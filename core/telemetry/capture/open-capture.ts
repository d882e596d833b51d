import type { Clock, Ids, Log } from '../../../sdk/services.ts';
import type { Trace } from '../../../sdk/trace.ts';
import type { Exchange } from '../../pipeline/exchange.ts';
import type { Program } from '../../program/step.ts';
import { Recordings, recordingsFolder } from '../../replay/recordings.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { Capture } from './capture.ts';
import type { CaptureConfig } from './capture-config.ts';

export interface OpenCaptureOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  config(): CaptureConfig;
  /** Where recorded requests are kept; without one they are in spans only. */
  readonly dataFolder: string | undefined;
  /** Gets every record, with what its spans may hold. */
  readonly tracing: Tracing;
}

/** What is kept of prompts and answers: in spans, and in files of the data folder. */
export class Captures {
  readonly #capture: Capture;
  readonly #files: Recordings | null;
  readonly #tracing: Tracing;

  constructor({ dataFolder, tracing, ...options }: OpenCaptureOptions) {
    this.#tracing = tracing;
    this.#files =
      dataFolder === undefined
        ? null
        : new Recordings({
            ...options,
            folder: recordingsFolder(dataFolder),
            limits: () => options.config(),
            lost: (lines) => this.#capture.lose(lines),
          });
    this.#capture = new Capture({ ...options, files: this.#files });
  }

  get counts(): Capture['counts'] {
    return this.#capture.counts;
  }

  /** Says where nothing will be captured although it is to be. */
  check(program: Program): void {
    this.#capture.check(program);
  }

  /** Takes a request that has ended, and hands its record on to tracing. */
  take(trace: Trace, x: Exchange): void {
    this.#capture.take(x, (content) => this.#tracing.record(trace, content));
  }

  /** Before tracing is closed: writes down what waits. */
  async close(): Promise<void> {
    this.#capture.close();
    await this.#files?.close();
  }
}
