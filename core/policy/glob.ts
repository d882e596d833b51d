/** A matcher for a name in which `*` stands for any run of characters; everything else is meant literally. */
export function globMatcher(glob: string): (name: string) => boolean {
  const parts = glob.split('*');
  if (parts.length === 1) return (name) => name === glob;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  const middle = parts.slice(1, -1);
  const minLength = first.length + last.length;
  return (name) => {
    if (name.length < minLength || !name.startsWith(first) || !name.endsWith(last)) return false;
    // Taking each part at its first place is enough: what is left for the others is then largest.
    let at = first.length;
    const end = name.length - last.length;
    for (const part of middle) {
      const found = name.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** A matcher for any of several globs. */
export function anyGlob(globs: readonly string[]): (name: string) => boolean {
  const matchers = globs.map(globMatcher);
  return matchers.length === 1 ? matchers[0]! : (name) => matchers.some((matches) => matches(name));
}
