import type { Terminal } from './command.ts';

/** Where a running gateway answers, for the commands that ask one. */
export const addressOptions = {
  url: { type: 'string' },
} as const;

/** The address: `--url`, else `SLUICE_URL`, else the default one. */
export function gatewayUrl(named: string | undefined, terminal: Terminal): string {
  return (named ?? terminal.env['SLUICE_URL'] ?? 'http://127.0.0.1:4000').replace(/\/+$/, '');
}

/** One call of the admin interface with the master key of `SLUICE_MASTER_KEY`. @throws Error that says what to do. */
export async function askGateway(
  url: string,
  path: string,
  terminal: Terminal,
  body?: unknown,
): Promise<{ status: number; json: unknown }> {
  const key = terminal.env['SLUICE_MASTER_KEY'];
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(key === undefined ? undefined : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? undefined : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new Error(
      `no gateway answers at ${url} (${(error as Error).message}); start one, or name it with --url`,
    );
  }
  const text = await response.text();
  try {
    return { status: response.status, json: JSON.parse(text) };
  } catch {
    throw new Error(
      `${url}${path} answered ${response.status} with something that is no JSON: is it a Sluice gateway?`,
    );
  }
}

/** The message of an error answer. */
export function errorMessage(json: unknown): string {
  const error = (json as { error?: { message?: unknown } } | null)?.error;
  return typeof error?.message === 'string' ? error.message : JSON.stringify(json);
}
