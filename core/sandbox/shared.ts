import type { GuestFailed, GuestLoaded, Sandbox } from './sandbox.ts';

/**
 * Counts who uses a module. Two versions of the folder share the modules that did not change between them: the
 * older version's end must not take a module away from the newer one.
 */
export function shareModules(sandbox: Sandbox): Sandbox {
  const users = new Map<string, number>();
  const loads = new Map<string, Promise<GuestLoaded | GuestFailed>>();
  return {
    ...sandbox,
    stats: () => sandbox.stats(),
    call: (call) => sandbox.call(call),
    close: () => sandbox.close(),
    async load(module) {
      users.set(module.key, (users.get(module.key) ?? 0) + 1);
      let loading = loads.get(module.key);
      if (loading === undefined) {
        loading = sandbox.load(module);
        loads.set(module.key, loading);
      }
      const result = await loading;
      if (!result.ok) {
        loads.delete(module.key);
        users.delete(module.key);
      }
      return result;
    },
    release(key) {
      const left = (users.get(key) ?? 0) - 1;
      if (left > 0) {
        users.set(key, left);
        return;
      }
      users.delete(key);
      loads.delete(key);
      sandbox.release(key);
    },
  };
}
