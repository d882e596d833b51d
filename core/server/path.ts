/** True where a path fits a pattern of the route table. The `/v1` of a pattern that begins with it is optional. */
export function fits(pattern: string, path: string): boolean {
  return paramsIn(pattern, path) !== null;
}

/** The decoded values of a pattern's `:name` parameters; null where the path does not fit. */
export function paramsIn(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const bare = path.startsWith('/v1/') || !pattern.startsWith('/v1/') ? path : `/v1${path}`;
  const wanted = pattern.split('/');
  const given = bare.split('/');
  const open = wanted.at(-1)?.startsWith('**') === true;
  if (open ? given.length < wanted.length : given.length !== wanted.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith('**')) continue;
    if (part.startsWith(':')) params[part.slice(1)] = decoded(given[index]!);
    else if (part !== given[index]) return null;
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
