import type { Completions } from '../../sdk/completions.ts';
import { GatewayError } from '../../sdk/errors.ts';

/** Where nothing serves, no model can be asked: checks and tests of policies. */
export const noQuestions: Completions = {
  complete: async () => {
    throw new GatewayError(
      'no_healthy_target',
      'No model is asked while a program is only checked or tested.',
    );
  },
};
