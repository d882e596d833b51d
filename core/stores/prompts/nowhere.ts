import type { PromptStore } from '../../../sdk/prompts.ts';
import { storeUnavailable } from '../store-unavailable.ts';

/** The prompts of a gateway that has no place to keep them: none, and none can be added. */
export const noPrompts: PromptStore = {
  names: () => [],
  read: () => null,
  content: () => null,
  add: () => refuse(),
  label: () => refuse(),
};

function refuse(): never {
  throw storeUnavailable(
    'a place to keep prompts',
    'this gateway has no data folder (--data) and no database in stores.ledger',
  );
}
