import { reportOnPairs } from '../gateway.ts';
import { cacheCommand } from './cache.ts';

/** `sluice cache` with the evaluator of the first-party plugin. */
export const command = cacheCommand(reportOnPairs);
