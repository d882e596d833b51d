/** What the plugin finds by itself, in the words of its options. */
export const piiTypes = ['email', 'phone', 'card', 'iban', 'ssn', 'ip', 'secret', 'url_credentials'] as const;
export type PiiType = (typeof piiTypes)[number];

/** What happens to what was found. */
export const actions = ['mask', 'pseudonymise', 'restore', 'block', 'report'] as const;
export type Action = (typeof actions)[number];

/** Where the plugin looks. */
export const places = ['request', 'answer', 'tools'] as const;
export type Place = (typeof places)[number];

/** One kind of find under one configuration. */
export interface Kind {
  /** A type, or the name of a custom rule. */
  readonly name: string;
  readonly action: Action;
}
