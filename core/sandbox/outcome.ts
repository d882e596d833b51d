import type { Failure } from './fault.ts';

/** How a call of guest code ended. */
export type Outcome =
  /** JSON text made by the guest's cleaner. */
  | { readonly kind: 'value'; readonly text: string }
  /** The large fact with this index was read and not sent: repeat the call with it. */
  | { readonly kind: 'miss'; readonly index: number }
  | { readonly kind: 'fault'; readonly failure: Failure };
