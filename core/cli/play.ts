import { spawn } from 'node:child_process';
import { type Command, parseOptions } from './command.ts';
import { addressOptions, gatewayUrl } from './gateway-address.ts';

const help = `Usage: sluice play [--url URL] [--open]

Prints the address of the playground of a running gateway: a page to write policies in and to try them, and the console.

  --url URL   the gateway (SLUICE_URL, http://127.0.0.1:4000)
  --open      opens it in this machine's browser as well
`;

/** Longer than any gateway takes that has something to say. */
const patienceMs = 5000;

export const command: Command = {
  name: 'play',
  summary: "print the playground's address, or open it",
  help,
  async run(args, terminal) {
    const { values } = parseOptions(args, { ...addressOptions, open: { type: 'boolean' } });
    const url = gatewayUrl(values.url, terminal);
    const problem = await whyNot(url);
    if (problem !== null) {
      terminal.err(`sluice play: ${problem}\n`);
      return 1;
    }
    const address = `${url}/playground/`;
    terminal.out(`${address}\n`);
    if (values.open !== true || (await open(address, terminal.env))) return 0;
    terminal.err(
      'sluice play: this machine has no browser that can be opened from here; use the address above\n',
    );
    return 1;
  },
};

/** Why there is no playground at an address; null where there is one. */
async function whyNot(url: string): Promise<string | null> {
  const start = 'Start one with sluice serve (from a checkout: npm start), or name it with --url.';
  let health: Response;
  try {
    health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(patienceMs) });
  } catch {
    return `no gateway answers at ${url}. ${start}`;
  }
  await health.body?.cancel();
  if (health.status !== 200)
    return `what answers at ${url} is no Sluice gateway (${health.status}). ${start}`;
  const page = await fetch(`${url}/playground/`, { signal: AbortSignal.timeout(patienceMs) });
  await page.body?.cancel();
  return page.status === 200
    ? null
    : `the gateway at ${url} serves no playground (${page.status}): see console in gateway.yaml.`;
}

/** What opens an address, by platform. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  // The empty text is the title of the window: without it start takes the address for one.
  win32: ['cmd', '/c', 'start', ''],
  linux: ['xdg-open'],
};

/** Whether the browser was told. It goes on without this process. */
function open(address: string, env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const [program, ...args] = openers[process.platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(program!, [...args, address], { stdio: 'ignore', detached: true, env: { ...env } });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
