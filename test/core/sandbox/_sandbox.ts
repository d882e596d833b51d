import { createSandbox, type SandboxOptions } from '../../../core/sandbox/pool.ts';
import type { GuestCall, GuestFailed, GuestReturned, Sandbox } from '../../../core/sandbox/sandbox.ts';
import { systemClock } from '../../../core/services/clock.ts';
import type { Clock, Log } from '../../../sdk/services.ts';

/** A stand-in for the policy language's module: registers and emits what it is given. */
export const SLUICE = `
  const host = globalThis.__sluice;
  export const fn = (f) => ({ fn: host.register(f) });
  export const policy = (data) => host.emit(JSON.stringify(data));
  export const log = (text) => host.log('info', text);
`;

export const LARGE_FACTS = ['request.messages', 'request.lastUser', 'resp.text'];

/** Keeps its lines for the test to look at. */
export function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (_fields: object, message: string) => void lines.push(message);
  const log = { lines, debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}

/** Real timers, since real threads are watched, and a monotonic time that a test can move ahead. */
export class ShiftedClock implements Clock {
  shiftMs = 0;
  now = () => systemClock.now() + this.shiftMs;
  monotonic = () => systemClock.monotonic() + this.shiftMs;
  after = systemClock.after;
}

export function testSandbox(options: Partial<SandboxOptions> = {}): Sandbox {
  return createSandbox({
    modules: { sluice: SLUICE },
    largeFacts: LARGE_FACTS,
    clock: systemClock,
    log: memoryLog(),
    ...options,
  });
}

export const NOW_MS = 1_700_000_000_000;

const small = JSON.stringify({
  phase: 'onRequest',
  requestId: 'req_1',
  now: NOW_MS,
  tenant: { id: 'acme', plan: 'free', region: 'eu', labels: {} },
  key: { id: 'key_1', name: 'dev', scopes: [] },
  request: { api: 'chat', model: 'cheap', tokensIn: 12 },
  budget: { day: { usd: 1, limit: 10, used: 0.1 } },
  tags: {},
  up: null,
  resp: null,
});

export const FACTS = {
  small: () => small,
  large: (path: string) => (path === 'request.messages' ? '[{"role":"user","text":"hi"},2]' : '"hi"'),
};

export function callOf(key: string, fn = 0, more: Partial<GuestCall> = {}): GuestCall {
  return { key, fn, facts: FACTS, nowMs: NOW_MS, seed: 'req_1', ...more };
}

/** Loads a module of one file and gives its exported functions by name. */
export async function loadHooks(sandbox: Sandbox, key: string, source: string, limits = {}) {
  const loaded = await sandbox.load({ key, file: `${key}.policy.ts`, source, limits });
  if (!loaded.ok) throw new Error(`${key}: ${loaded.message}`);
  const { hooks } = loaded.plan as unknown as { hooks: { name: string; fn: number }[] };
  const call = (name: string, more: Partial<GuestCall> = {}): Promise<GuestReturned | GuestFailed> => {
    const hook = hooks.find((one) => one.name === name);
    if (hook === undefined) throw new Error(`${key} exports no function ${name}`);
    return sandbox.call(callOf(key, hook.fn, more));
  };
  return { loaded, hooks, call };
}
