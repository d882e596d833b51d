import type { JsonObject } from './json.ts';

/** A verb of a policy that a plugin carries out, such as `limit()`, as a rule decided it for one request. */
export interface PolicyVerb {
  /** Its name in the language. */
  readonly verb: string;
  /** Its options, checked by the language. The same object for every request where they are written in the rule. */
  readonly options: JsonObject;
  readonly policy: string;
  readonly rule: string;
  /** `file:line` of the rule. */
  readonly at: string;
  /** The plugin file that carries it out; chosen when the folder is loaded. Others leave it alone. */
  readonly performer: string;
}
