import { declaration } from './declaration-text.ts';

/** Where the configured names are merged in. */
const emptyRegistry = '  export interface Registry {}';

/**
 * The text of `sluice.d.ts` for a policies folder. With `targets` (aliases and `provider/model` names) a mistyped one
 * does not compile; without, any text is a target.
 */
export function policyDeclaration({ targets = [] }: { readonly targets?: readonly string[] } = {}): string {
  if (targets.length === 0) return declaration;
  const names = targets.map((name) => `      | ${JSON.stringify(name)}`).join('\n');
  const registry = `  export interface Registry {\n    targets:\n${names};\n  }`;
  return declaration.replace(emptyRegistry, () => registry);
}
