import type { Random } from '../../sdk/services.ts';

/** Randomness for jitter and sampling; not for secrets. */
export const systemRandom: Random = { next: () => Math.random() };
