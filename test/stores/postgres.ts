import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A private PostgreSQL server for tests. */
export interface PostgresServer {
  readonly port: number;
  /** Address of a new, empty database. */
  database(): Promise<string>;
  /** Ends the server at once, as a crash would; the data stays. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends it and removes the data. */
  close(): Promise<void>;
}

const debianFolder = '/usr/lib/postgresql';

function binaries(): string | undefined {
  if (!existsSync(debianFolder)) return undefined;
  const versions = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(debianFolder, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
}

/** False, or why tests with a real PostgreSQL are skipped: tap's `skip` option. */
export const noPostgres: string | false =
  binaries() === undefined ? `there is no PostgreSQL server in ${debianFolder}` : false;

/** The server refuses to run as root: then it runs as the user that its package made. */
function user(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Where the test runner has the data of a server that nobody used yet, once one was made: making it takes a second. */
const madeBefore = process.env['SLUICE_TEST_POSTGRES'];

/** Makes a copy of `data` the one for the servers to come, whole or not at all. */
function keep(
  data: string,
  folder: string,
  place: string,
  run: (program: string, ...args: string[]) => unknown,
): void {
  const copy = join(folder, 'copy');
  run('cp', '-a', data, copy);
  try {
    renameSync(copy, place);
  } catch {
    // Another test was sooner.
    rmSync(copy, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return address.port;
}

/** Starts a server on a free port with its data in a temporary folder. Takes two to three seconds. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = binaries();
  if (bin === undefined) throw new Error('expected PostgreSQL; skip tests with `noPostgres`');
  const as = user();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'));
  if (as !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { ...as, stdio: 'ignore', cwd: folder });
  if (madeBefore === undefined || !existsSync(madeBefore)) {
    const settings = ['-U', 'sluice', '-A', 'trust', '--locale=C.UTF-8', '--encoding=UTF8', '--no-sync'];
    run(join(bin, 'initdb'), '-D', data, ...settings);
    if (madeBefore !== undefined) keep(data, folder, madeBefore, run);
  } else {
    run('cp', '-a', madeBefore, data);
  }
  const port = await freePort();
  const url = (database: string) => `postgres://sluice:s3cret@127.0.0.1:${port}/${database}`;
  let child: ChildProcess | undefined;
  let databases = 0;
  // By way of the log, as is the default since it has the choice, takes three times as long.
  const strategy = Number(basename(dirname(bin))) >= 15 ? ' STRATEGY file_copy' : '';

  async function ask(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: url('postgres') });
    try {
      await client.connect();
      await client.query(text);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async function start(): Promise<void> {
    const settings = ['fsync=off', 'max_connections=60', 'listen_addresses=127.0.0.1'];
    const options = settings.flatMap((setting) => ['-c', setting]);
    const started = spawn(join(bin!, 'postgres'), ['-D', data, '-p', `${port}`, '-k', folder, ...options], {
      ...as,
      stdio: 'ignore',
      cwd: folder,
    });
    child = started;
    for (let tries = 0; ; tries += 1) {
      try {
        return await ask('SELECT 1');
      } catch (error) {
        if (tries === 200 || started.exitCode !== null) throw error;
        await sleep(50);
      }
    }
  }

  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    // SIGQUIT is PostgreSQL's "immediate": no goodbye to anybody.
    running.kill('SIGQUIT');
    await once(running, 'exit');
  }

  process.on('exit', () => child?.kill('SIGQUIT'));
  await start();
  return {
    port,
    async database() {
      databases += 1;
      await ask(`CREATE DATABASE test${databases}${strategy}`);
      return url(`test${databases}`);
    },
    stop,
    start,
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
