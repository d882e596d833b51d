import type { QuickJSContext } from './engine.ts';
import type { GuestHost } from './guest/bootstrap.ts';
import { GUEST_FILE, guestSource } from './guest/source.ts';
import type { GuestPointers } from './raw.ts';

/**
 * Evaluates our own guest code in a fresh context, before any of the author's, and gives the pointers to its entry
 * functions. Host functions have to exist before the snapshot: the library keeps them outside of the memory.
 */
export function prepareGuest(
  context: QuickJSContext,
  largeFacts: readonly string[],
  host: GuestHost,
): GuestPointers {
  const log = context.newFunction('log', (level, text) => {
    host.log(context.getString(level), context.getString(text));
  });
  const miss = context.newFunction('miss', (index) => {
    host.miss(context.getNumber(index));
  });
  const paths = context.newString(JSON.stringify(largeFacts.map((path) => path.split('.'))));
  const make = context.unwrapResult(context.evalCode(guestSource(), GUEST_FILE, { type: 'global' }));
  const entry = context.unwrapResult(context.callFunction(make, context.undefined, log, miss, paths));
  const pointer = (name: string): number => context.getProp(entry, name).value;
  return {
    run: pointer('run'),
    settled: pointer('settled'),
    describe: pointer('describe'),
    finish: pointer('finish'),
  };
}
