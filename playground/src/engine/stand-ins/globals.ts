import { Buffer } from './buffer.ts';

// Imported before everything else of the worker: what shared code finds in Node's global scope.

/** Runs soon, after what is waiting already. `setTimeout` waits 4 ms when nested. */
function immediate(): { set(run: () => void): number; clear(id: number): void } {
  const waiting = new Map<number, () => void>();
  const { port1, port2 } = new MessageChannel();
  let next = 1;
  port1.onmessage = ({ data }: MessageEvent<number>) => {
    const run = waiting.get(data);
    waiting.delete(data);
    run?.();
  };
  return {
    set(run) {
      const id = next++;
      waiting.set(id, run);
      port2.postMessage(id);
      return id;
    },
    clear: (id) => waiting.delete(id),
  };
}

const { set, clear } = immediate();
Object.assign(globalThis, { Buffer, setImmediate: set, clearImmediate: clear });
