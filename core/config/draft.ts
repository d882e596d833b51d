import type { Json } from '../../sdk/json.ts';
import type { Problem } from '../problem.ts';
import type { YamlDocument } from '../yaml/document.ts';
import { show } from '../yaml/explain.ts';
import { type Path, showPath } from '../yaml/place.ts';

/** A configuration while it is being checked: where its values stand, and what was found wrong so far. */
export interface ConfigDraft {
  readonly document: YamlDocument;
  readonly problems: Problem[];
  readonly isReference: (path: Path) => boolean;
  /** What to print in place of a value that must not be seen; undefined for all others. */
  readonly show: (path: Path) => string | undefined;
}

/** Records a problem with the value at a path (or its key). */
export function complain(
  draft: ConfigDraft,
  path: Path,
  message: string,
  options: { readonly severity?: Problem['severity']; readonly part?: 'key' | 'value' } = {},
): void {
  draft.problems.push({
    file: draft.document.file,
    ...draft.document.position(path, options.part),
    severity: options.severity ?? 'error',
    message: `${showPath(path)}: ${message}`,
  });
}

/** The value at a path as it may be printed. */
export function shown(draft: ConfigDraft, path: Path, value: Json | undefined): string {
  return draft.show(path) ?? show(value);
}

/** `; did you mean "x"?`, or what is known, or nothing. */
export function suggestion(near: string | undefined, known: readonly string[] = []): string {
  if (near !== undefined) return `; did you mean "${near}"?`;
  return known.length > 0 ? `; known are: ${known.join(', ')}` : '';
}
