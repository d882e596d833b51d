/** How an attempt is ended by another one that was faster. */
export class Lane {
  #stop: (() => void) | null = null;
  #stopped = false;

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Who ends the call that is under way. Ends it at once where the lane was stopped before. */
  attach(stop: () => void): void {
    this.#stop = stop;
    if (this.#stopped) stop();
  }

  /** Ends the attempt, whatever it is doing, and keeps it from making another call. */
  stop(): void {
    this.#stopped = true;
    this.#stop?.();
  }
}
