/** Something wrong in a file, told to its author. */
export interface Problem {
  readonly file: string;
  /** 1-based; 0 where the problem has no line (a missing file). */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  /** What was expected, what came, what to do. */
  readonly message: string;
}

/** `file:line:column: message`, the form editors and terminals make clickable. */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  return `${place}: ${problem.severity}: ${problem.message}`;
}

/** All problems of a load at once. */
export class ProblemsError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ProblemsError';
    this.problems = problems;
  }
}
