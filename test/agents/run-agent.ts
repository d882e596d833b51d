import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';

const bin = join(import.meta.dirname, 'node_modules/.bin');

/** Says why an agent cannot be run; false where it can. */
export function agentMissing(name: 'claude' | 'codex'): string | false {
  return existsSync(join(bin, name)) ? false : 'the agents are not installed: npm ci --prefix test/agents';
}

/** A folder to work in with one file, and a home of its own. */
export function workFolder(): { readonly home: string; readonly work: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'sluice-agent-'));
  const work = join(root, 'work');
  const home = join(root, 'home');
  mkdirSync(work);
  mkdirSync(home);
  writeFileSync(join(work, 'note.txt'), 'The secret word is pomegranate.\n');
  return { home, work, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** A gateway on a real socket whose alias `smart` is served by a scripted provider. */
export async function gatewayFor(
  provider: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const text = `providers:\n  up: ${provider}\nmodels:\n  smart: up/scripted\n`;
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text },
    policies: {},
    env: {},
    port: 0,
    services: { log: silentLog },
  });
  const { url } = await gateway.listen();
  return { url, close: () => gateway.close() };
}

/** Runs an agent to its end. It gets an environment of its own: nothing of the caller's leaks into it. */
export function runAgent(
  name: 'claude' | 'codex',
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
  },
): Promise<{ readonly code: number | null; readonly out: string; readonly log: string }> {
  return new Promise((resolve) => {
    const child = spawn(join(bin, name), args, {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] ?? '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let log = '';
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      log += bytes.toString();
    });
    child.on('close', (code) => resolve({ code, out, log }));
  });
}
