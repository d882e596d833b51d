import { main } from '../../../core/cli/main.ts';

/** A command line that ran in this process. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `sluice ARGS` in a folder. */
export async function sluice(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    cwd,
    isTty: false,
  });
  return { code, out, err };
}
