import type { Cancel, Clock } from '../../../sdk/services.ts';
import type {
  TransportFailure,
  UpstreamCall,
  UpstreamHandler,
  UpstreamLimits,
} from '../../../sdk/transport.ts';
import type { MockStep } from './steps.ts';

/** Plays the steps of one call. Keeps the limits of the call as a real transport would. */
export class MockCall implements UpstreamCall {
  readonly #steps: readonly MockStep[];
  readonly #limits: UpstreamLimits;
  readonly #handler: UpstreamHandler;
  readonly #clock: Clock;
  #next = 0;
  #begun = false;
  #paused = false;
  #playing = false;
  #over = false;
  #cancel: Cancel | null = null;

  constructor(steps: readonly MockStep[], limits: UpstreamLimits, handler: UpstreamHandler, clock: Clock) {
    this.#steps = steps;
    this.#limits = limits;
    this.#handler = handler;
    this.#clock = clock;
  }

  abort(): void {
    this.#over = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Not at once: who resumes may be in the middle of something.
    queueMicrotask(() => this.play());
  }

  /** Plays on until something has to be waited for. */
  play(): void {
    if (this.#playing || this.#cancel !== null) return;
    this.#playing = true;
    try {
      while (!this.#over && this.#next < this.#steps.length) {
        const step = this.#steps[this.#next]!;
        if (this.#paused && step.type !== 'wait' && step.type !== 'head') return;
        this.#next += 1;
        if (this.#perform(step)) return;
      }
    } finally {
      this.#playing = false;
    }
  }

  /** True when the rest has to wait. */
  #perform(step: MockStep): boolean {
    switch (step.type) {
      case 'wait':
        return this.#wait(step.ms);
      case 'silence':
        return this.#wait(Number.POSITIVE_INFINITY);
      case 'head':
        this.#begun = true;
        this.#handler.onHead(step.status, step.headers);
        return false;
      case 'data':
        this.#handler.onData(Buffer.from(step.text));
        return false;
      case 'end':
        this.#over = true;
        this.#handler.onEnd();
        return true;
      case 'fail':
        this.#fail(step.failure);
        return true;
    }
  }

  #wait(ms: number): boolean {
    const limitMs = this.#begun ? this.#limits.stallMs : this.#limits.headMs;
    // Silence without a limit: it is the other side that loses patience.
    if (ms === limitMs && ms === Number.POSITIVE_INFINITY) return true;
    const late = ms > limitMs;
    this.#cancel = this.#clock.after(late ? limitMs : ms, () => {
      this.#cancel = null;
      if (late)
        this.#fail({ kind: 'timeout', message: `the mock was silent for ${limitMs} ms, as scripted` });
      else this.play();
    });
    return true;
  }

  #fail(failure: TransportFailure): void {
    this.#over = true;
    this.#handler.onFailure(failure);
  }
}
