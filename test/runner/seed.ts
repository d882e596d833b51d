/**
 * Loaded before tests with properties: `npm test` asks the same questions each time, so that a failure is of the change
 * and not of the draw. `FAST_CHECK_SEED=random npm test` asks others.
 */
import { configureGlobal } from 'fast-check';

const wanted = process.env['FAST_CHECK_SEED'] ?? '20261121';
if (wanted !== 'random') configureGlobal({ seed: Number(wanted) });
