import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A line that `sluice restart` reads: what happened, or the end. */
export type ControlLine =
  | { readonly replaced: number }
  | { readonly done: true }
  | { readonly error: string };

/** Longer ones do not fit into a socket's address (`man 7 unix`). */
const maxPathBytes = 103;

/** Where the primary process of a data folder listens for commands. */
export function controlPath(dataFolder: string): string {
  return join(dataFolder, 'control.sock');
}

/**
 * Listens for `sluice restart`. Whoever may write to the data folder may ask.
 *
 * @param restart told of each worker that was replaced.
 * @returns null where the path is too long for a socket.
 */
export async function listenForControl(
  path: string,
  restart: (told: (worker: number) => void) => Promise<void>,
): Promise<Server | null> {
  if (Buffer.byteLength(path) > maxPathBytes) return null;
  // One that a killed process left behind; the lock on the address itself is the gateway's port.
  await rm(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const say = (line: ControlLine) => socket.write(`${JSON.stringify(line)}\n`);
    createInterface({ input: socket }).once('line', (command) => {
      if (command !== 'restart') {
        say({ error: 'expected "restart"' });
        socket.end();
        return;
      }
      restart((worker) => say({ replaced: worker })).then(
        () => socket.end(`${JSON.stringify({ done: true })}\n`),
        (error: Error) => socket.end(`${JSON.stringify({ error: error.message })}\n`),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  server.unref();
  return server;
}

/**
 * Asks the primary process to replace its workers.
 *
 * @throws Error with the code of the socket where nobody listens.
 */
export async function* askToRestart(path: string): AsyncGenerator<ControlLine> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', resolve);
  });
  socket.write('restart\n');
  try {
    for await (const line of createInterface({ input: socket })) yield JSON.parse(line) as ControlLine;
  } finally {
    socket.destroy();
  }
}
