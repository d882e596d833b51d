import t from 'tap';
import { memoryEvalRuns } from '../../../../core/evals/eval-runs.ts';
import { evalRunsConformance } from './_conformance.ts';

evalRunsConformance(
  t,
  'memory',
  async () => ({ stores: [memoryEvalRuns()], close: async () => undefined }),
  20,
);
