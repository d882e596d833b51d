import type { Tokens } from '../../sdk/services.ts';

/** Characters over four: off by about a tenth on English, in no time. Exact counts are for where they decide. */
export const estimatedTokens: Tokens = {
  estimate: (characters) => Math.ceil(characters / 4),
};
