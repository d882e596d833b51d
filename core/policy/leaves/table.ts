import { answerLeaves } from './answer.ts';
import { contentLeaves } from './content.ts';
import type { LeafKind } from './leaf.ts';
import { comparingLeaves } from './number.ts';
import { requestLeaves } from './request.ts';
import { timeLeaves } from './time.ts';

/** Every predicate of the language that the host answers, by name. `fn` is not here: the sandbox answers it. */
export const leafKinds: ReadonlyMap<string, LeafKind> = new Map(
  Object.entries({ ...requestLeaves, ...contentLeaves, ...timeLeaves, ...comparingLeaves, ...answerLeaves }),
);
