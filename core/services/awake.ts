/** Longer than any process lives between two calls of it; what counts is that the timer is there. */
const neverMs = 2_147_483_647;

/** Keeps the process alive until the work has ended: timers of the clock alone would let it end in the middle. */
export async function stayAwake<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, neverMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
