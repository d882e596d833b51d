import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import { classify } from '../../../core/program/file-kind.ts';
import type { FolderSnapshot, SnapshotFile } from '../../../core/program/folder.ts';
import type { Program, Step } from '../../../core/program/step.ts';
import { silentLog } from '../../../core/services/log.ts';
import type { RequestContext } from '../../../sdk/context.ts';
import { anonymous } from '../../../sdk/identity.ts';
import type { Cancel, Clock, Services } from '../../../sdk/services.ts';

/** A clock that stands still until it is told to move. */
export class HandClock implements Clock {
  #nowMs = 1_000_000;
  #timers: { atMs: number; run: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on, and runs what is due; then lets promises settle. */
  async advance(ms: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { run } of due) run();
    await settle();
  }

  get waiting(): number {
    return this.#timers.length;
  }
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function services(clock: Clock = new HandClock()): Services {
  const none = () => {
    throw new Error('not needed here');
  };
  return {
    clock,
    random: { next: () => 0.5 },
    ids: { request: none, trace: none, span: none },
    log: silentLog,
    tokens: { estimate: none },
    health: { enter: none, of: none, all: none, earnRetry: none, allowRetry: none },
    models: { aliases: [], resolve: none, strategy: none, tier: none, nearest: none },
    get completions() {
      return none();
    },
    get http() {
      return none();
    },
    get counters() {
      return none();
    },
    get prompts() {
      return none();
    },
    get ledger() {
      return none();
    },
    get keys() {
      return none();
    },
    get prices() {
      return none();
    },
    get cache() {
      return none();
    },
    get vectors() {
      return none();
    },
    get embedder() {
      return none();
    },
  };
}

/** A snapshot as `readFolder` would make of these files. */
export function snapshot(files: Record<string, string>, version = '0123456789ab'): FolderSnapshot {
  const list = Object.entries(files).map(([name, text]): SnapshotFile => {
    const found = classify(name);
    if ('problem' in found || found.kind === 'ignored') throw new Error(`not a program file: ${name}`);
    return { name, kind: found.kind, text };
  });
  return { folder: 'policies', version, files: list, problems: [] };
}

export function step(file: string, more: Partial<Step> = {}): Step {
  return {
    file,
    name: file,
    kind: 'policy',
    summary: '',
    mode: 'enforce',
    onFailure: 'open',
    timeoutMs: 1000,
    hooks: [],
    streamMode: null,
    holdBackChars: 0,
    match: null,
    ...more,
  };
}

export function program(version: string, steps: readonly Step[] = []): Program {
  return { version, folder: 'policies', loadedAtMs: 0, steps, prices: createPrices(shippedPrices, {}) };
}

/** A folder on disk, removed at the end of the test. */
export async function folderWith(
  t: { teardown(run: () => unknown): void },
  files: Record<string, string | Buffer>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-policies-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** A request context with just what `match` reads. */
export function context(
  more: { model?: string; tenant?: string; headers?: Record<string, string> } = {},
): RequestContext {
  return {
    identity: { ...anonymous, tenant: { ...anonymous.tenant, id: more.tenant ?? 'acme', plan: 'free' } },
    view: { model: more.model ?? 'gpt-4', api: 'chat', stream: true },
    headers: more.headers ?? {},
    tags: { lane: 'hard' },
  } as unknown as RequestContext;
}
