import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** What a command may touch of the world: replaced in tests. */
export interface Terminal {
  /** Results, for people and programs. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Colour and cursor movement are welcome. */
  readonly isTty: boolean;
}

/** Exit codes: 0 fine, 1 the thing asked about is not fine, 2 used wrongly. */
export type ExitCode = 0 | 1 | 2;

/** One `sluice COMMAND`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text of `--help`. */
  readonly help: string;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** The command was used wrongly: exit code 2, the message and a pointer to `--help`. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Parses options strictly. @throws UsageError that names what is not understood. */
export function parseOptions<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  positionals: { readonly min: number; readonly max: number } = { min: 0, max: 0 },
) {
  let parsed: ReturnType<
    typeof parseArgs<{ options: T; allowPositionals: true; strict: true; args: string[] }>
  >;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const count = parsed.positionals.length;
  if (count < positionals.min || count > positionals.max) {
    const wanted =
      positionals.min === positionals.max ? `${positionals.min}` : `${positionals.min} to ${positionals.max}`;
    throw new UsageError(
      `expected ${wanted} arguments besides options, got ${count}: ${parsed.positionals.join(' ')}`,
    );
  }
  return parsed;
}

/** The options that name the configuration, common to most commands. */
export const sourceOptions = {
  config: { type: 'string' },
  policies: { type: 'string' },
  data: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig;
