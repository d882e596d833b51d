/**
 * Lists of beta features as one: what is configured, then what else the client or a policy asks for, each once. '' for
 * none at all. A list is separated by commas; a client's list is merged, never replaced, because a feature that its body
 * uses is a 400 without its name here.
 */
export function mergeBetas(configured: readonly string[], ...lists: readonly (string | undefined)[]): string {
  if (lists.every((list) => list === undefined)) return configured.join(',');
  const merged = new Set(configured);
  for (const list of lists) {
    for (const item of list?.split(',') ?? []) {
      const name = item.trim();
      if (name !== '') merged.add(name);
    }
  }
  return [...merged].join(',');
}
