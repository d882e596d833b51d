import { preludeSource } from '../../../core/policy/prelude-source.ts';
import type { GuestFailed, GuestLog, Sandbox } from '../../../core/sandbox/sandbox.ts';
import type { Json } from '../../../sdk/json.ts';

type Guest = { readonly fns: ((ctx: unknown) => unknown)[]; readonly plan: Json };

/** Makes every module's address new, since imports are kept for ever. */
let loads = 0;

/** Runs modules in this process, behind the sandbox's interface: fast, and safe for sources that a test wrote. */
export function inProcessSandbox(): Sandbox & { readonly released: string[] } {
  const guests = new Map<string, Guest>();
  const released: string[] = [];
  return {
    released,
    async load({ key, file, source }) {
      const logs: GuestLog[] = [];
      const fns: ((ctx: unknown) => unknown)[] = [];
      const emitted: string[] = [];
      const register = (fn: (ctx: unknown) => unknown) => fns.push(fn) - 1;
      const host = {
        register,
        emit: (json: string) => emitted.push(json),
        log: (level: GuestLog['level'], text: string) => logs.push({ level, text }),
      };
      loads += 1;
      const prelude = dataUrl(`${preludeSource()}\n// ${loads}`);
      Reflect.set(globalThis, '__sluice', host);
      try {
        await import(prelude);
        const text = source.replaceAll(/from\s+(['"])sluice\1/g, () => `from '${prelude}'`);
        const exports = (await import(dataUrl(`${text}\n// ${loads}`))) as Record<string, unknown>;
        const hooks = Object.entries(exports).flatMap(([name, value]) =>
          typeof value === 'function' ? [{ name, fn: register(value as () => unknown) }] : [],
        );
        const policies = emitted.map((json) => JSON.parse(json) as Json);
        const plan = { policies, hooks, exports: Object.keys(exports) } as Json;
        guests.set(key, { fns, plan });
        return { ok: true, plan, logs };
      } catch (error) {
        return failed(error, 'reject-load', file, logs);
      } finally {
        Reflect.deleteProperty(globalThis, '__sluice');
      }
    },
    async call({ key, fn, facts }) {
      const guest = guests.get(key);
      if (guest === undefined) return failed(new Error('not loaded'), 'unavailable', key, []);
      try {
        const value = await guest.fns[fn]!(contextOf(facts));
        return { ok: true, value: JSON.parse(JSON.stringify(value ?? null)) as Json, fuel: 7, logs: [] };
      } catch (error) {
        return failed(error, 'error', key, []);
      }
    },
    release(key) {
      guests.delete(key);
      released.push(key);
    },
    stats: () => ({ workers: 0, calls: 0, kills: 0, faults: {}, quarantined: [] }),
    close: async () => undefined,
  };
}

const largePaths = [
  'request.messages',
  'request.lastUser',
  'request.params',
  'request.headers',
  'request.tools',
];

function contextOf(facts: { small(): string; large(path: string): string }): unknown {
  const ctx = JSON.parse(facts.small()) as { request: object; resp: object | null };
  const lazy = (owner: object, name: string, path: string) =>
    Object.defineProperty(owner, name, {
      enumerable: true,
      get: () => JSON.parse(facts.large(path)) as Json,
    });
  for (const path of largePaths) lazy(ctx.request, path.slice('request.'.length), path);
  if (ctx.resp !== null) lazy(ctx.resp, 'text', 'resp.text');
  return ctx;
}

function dataUrl(source: string): string {
  return `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;
}

function failed(error: unknown, fault: GuestFailed['fault'], _file: string, logs: GuestLog[]): GuestFailed {
  const { message, stack = '' } = error as Error;
  const frames = [...stack.matchAll(/data:text\/javascript[^)\s]*?:(\d+):(\d+)\)?$/gm)];
  // The prelude's own frames come first, the author's file is the last one.
  const at = frames.at(-1);
  return { ok: false, fault, message, line: Number(at?.[1] ?? 0), column: Number(at?.[2] ?? 0), logs };
}
