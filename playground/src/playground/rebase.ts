import type { DraftFile } from '../engine/messages.ts';

export interface Rebased {
  readonly files: readonly DraftFile[];
  /** Changed on both sides: the draft's text is kept. */
  readonly conflicts: readonly string[];
}

/**
 * The draft's changes on top of a newer folder, file by file: what only one side changed is taken from that side.
 *
 * @param base the folder that the draft began with.
 * @param live the folder as it is now.
 */
export function rebase(
  base: readonly DraftFile[],
  draft: readonly DraftFile[],
  live: readonly DraftFile[],
): Rebased {
  const [old, mine, theirs] = [base, draft, live].map(
    (files) => new Map(files.map(({ name, text }) => [name, text])),
  ) as [Map<string, string>, Map<string, string>, Map<string, string>];
  const files: DraftFile[] = [];
  const conflicts: string[] = [];
  for (const name of [...new Set([...mine.keys(), ...theirs.keys()])].sort()) {
    const [before, my, their] = [old.get(name), mine.get(name), theirs.get(name)];
    if (my !== before && their !== before && my !== their) conflicts.push(name);
    const text = my === before ? their : my;
    if (text !== undefined) files.push({ name, text });
  }
  return { files, conflicts };
}
