/** Files of `guest/` that make up the module `sluice`, in order: what a part uses comes before it. */
export const preludeParts = ['check', 'predicates', 'verbs', 'rules'] as const;

/** Names that one part has from another and policies do not get. */
const internal = new Set(['preds', 'acts']);

/**
 * Joins the parts (as JavaScript, in the order of `preludeParts`) into one module without imports. The first part
 * only serves the others, so nothing of it is exported.
 */
export function joinPrelude(parts: readonly string[]): string {
  return parts
    .map((part, i) => {
      const own = part.replaceAll(/^import [^;]*;\n/gm, '');
      return own.replaceAll(
        /^export ((?:async )?(?:function|const|class) (\w+))/gm,
        (whole, plain: string, name: string) => (i === 0 || internal.has(name) ? plain : whole),
      );
    })
    .join('\n');
}
