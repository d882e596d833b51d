import type { AST } from '@eslint-community/regexpp';

/** What one attempt of a backtracking matcher can cost, starting at one position of the text. */
export interface MatchCost {
  /** Most single steps (characters and assertions looked at), over all ways to backtrack. */
  readonly steps: number;
  /** Most different ways to match, which is how often what follows is tried. */
  readonly paths: number;
}

const unbounded: MatchCost = { steps: Infinity, paths: Infinity };
const oneStep: MatchCost = { steps: 1, paths: 1 };
const nothing: MatchCost = { steps: 0, paths: 1 };

/**
 * Upper bound of the work per start position, by counting every path prefix through the pattern once. Infinite
 * for unbounded quantifiers and for backreferences (whose length the text decides), and where it passes `limit`.
 */
export function matchCost(pattern: AST.Pattern, limit: number): MatchCost {
  return alternation(pattern.alternatives, { limit, backwards: false });
}

/** `backwards` inside a look-behind, which engines match from its end. */
interface Bounds {
  readonly limit: number;
  readonly backwards: boolean;
}

function alternation(alternatives: readonly AST.Alternative[], bounds: Bounds): MatchCost {
  let steps = alternatives.length - 1;
  let paths = 0;
  for (const alternative of alternatives) {
    const cost = sequence(alternative.elements, bounds);
    steps += cost.steps;
    paths += cost.paths;
  }
  return bounded(steps, paths, bounds.limit);
}

function sequence(elements: readonly AST.Element[], bounds: Bounds): MatchCost {
  const { limit, backwards } = bounds;
  let steps = 0;
  let paths = 1;
  for (const element of backwards ? elements.toReversed() : elements) {
    const cost = elementCost(element, bounds);
    steps += paths * cost.steps;
    paths *= cost.paths;
    if (!(steps <= limit && paths <= limit)) return unbounded;
  }
  return { steps, paths };
}

function elementCost(element: AST.Element, bounds: Bounds): MatchCost {
  switch (element.type) {
    case 'Character':
    case 'CharacterSet':
    case 'CharacterClass':
      return oneStep;
    case 'Group':
    case 'CapturingGroup':
      return alternation(element.alternatives, bounds);
    case 'Assertion': {
      if (element.kind !== 'lookahead' && element.kind !== 'lookbehind') return oneStep;
      // A look-around is left after its first success and never re-entered: one path, all its steps.
      const backwards = element.kind === 'lookbehind';
      const inside = alternation(element.alternatives, { ...bounds, backwards });
      return bounded(inside.steps + 1, 1, bounds.limit);
    }
    case 'Quantifier':
      return quantifier(element, bounds);
    default:
      return unbounded;
  }
}

function quantifier(element: AST.Quantifier, bounds: Bounds): MatchCost {
  const { limit } = bounds;
  if (element.max === 0) return nothing;
  if (element.max > limit) return unbounded;
  const one = elementCost(element.element, bounds);
  let entries = 1;
  let steps = 0;
  let paths = element.min === 0 ? 1 : 0;
  for (let round = 1; round <= element.max; round++) {
    steps += entries * (one.steps + 1);
    entries *= one.paths;
    if (round >= element.min) paths += entries;
    if (!(steps <= limit && paths <= limit)) return unbounded;
  }
  return { steps, paths };
}

function bounded(steps: number, paths: number, limit: number): MatchCost {
  return steps <= limit && paths <= limit ? { steps, paths } : unbounded;
}

/**
 * True when the pattern is a list of words: characters, alternatives, groups, optional single characters, `\b`
 * and anchors. A linear-time engine then needs few states, however long the list is.
 */
export function isWordList(pattern: AST.Pattern): boolean {
  return pattern.alternatives.every(wordAlternative);
}

function wordAlternative(alternative: AST.Alternative): boolean {
  return alternative.elements.every((element) => {
    switch (element.type) {
      case 'Character':
        return true;
      case 'Group':
      case 'CapturingGroup':
        return element.alternatives.every(wordAlternative);
      case 'Assertion':
        return element.kind === 'start' || element.kind === 'end' || element.kind === 'word';
      case 'Quantifier':
        return element.max === 1 && element.element.type === 'Character';
      default:
        return false;
    }
  });
}
