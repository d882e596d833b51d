/** Words that relate two things, where the order of the two matters: "A to B", "A than B", "A before B". */
export const directionMarkers: ReadonlySet<string> = new Set(
  `from to into onto than before after by over under above below with without against until more-than less-than`.split(
    ' ',
  ),
);

/** Words that change a question by themselves; "in", "of", "for" and "with" stand for each other too often. */
export const strongRelations: ReadonlySet<string> = new Set(
  `before after during inside outside above below under beneath between against until since except behind beyond
  near`.split(/\s+/),
);

const joints = new Set(['and', 'or', 'vs', 'versus']);
const foreignJoints = new Set(['und', 'oder', 'et', 'ou', 'y', 'o', 'e', 'en', 'of', '和', 'と']);

/** Whether a word stands between two things of which neither comes first. */
export function isJoint(word: string, language: string): boolean {
  return joints.has(word) || (!language.startsWith('en') && language !== 'und' && foreignJoints.has(word));
}
