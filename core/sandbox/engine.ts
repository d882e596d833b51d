import packagedVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { type WasmInstance, type WasmMemory, type WasmModule, webAssembly } from './wasm.ts';

type LowLevel = ReturnType<QuickJSWASMModule['getFFI']>;

/** What emscripten's module object offers and the snapshot and the calls need. */
export interface EngineHeap {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  UTF8ToString(pointer: number): string;
}

/** One WebAssembly instance of QuickJS with a memory of its own. */
export interface Engine {
  readonly quickjs: QuickJSWASMModule;
  readonly ffi: LowLevel;
  readonly heap: EngineHeap;
  readonly memory: WasmMemory;
}

export type { QuickJSContext };

const PAGES_PER_MIB = 16;
/** What the engine's build asks for at least: 5 MiB of it is the C stack. */
export const MIN_HEAP_MIB = 16;

const baseVariant = unwrapDefault(packagedVariant) as QuickJSSyncVariant;

type ModuleLoader = Awaited<ReturnType<QuickJSSyncVariant['importModuleLoader']>>;
type LoadModule = Exclude<ModuleLoader, { default: unknown }>;

/**
 * Makes an engine from the compiled module: about a millisecond. `maxMib` is the hard maximum of its linear
 * memory, the one limit that holds: in 0.32 the engine's own memory limit does not add allocations up.
 */
export async function createEngine(wasm: WasmModule, maxMib: number): Promise<Engine> {
  const memory = new webAssembly.Memory({
    initial: MIN_HEAP_MIB * PAGES_PER_MIB,
    maximum: Math.max(MIN_HEAP_MIB, Math.ceil(maxMib)) * PAGES_PER_MIB,
  });
  let heap: EngineHeap | undefined;
  const quickjs = await newQuickJSWASMModuleFromVariant({
    ...baseVariant,
    async importModuleLoader() {
      const load = unwrapDefault(await baseVariant.importModuleLoader()) as LoadModule;
      const loader: LoadModule = async () => {
        const module = await load({
          wasmMemory: memory,
          // An abort prints before it throws; the throw is what we act on.
          print: () => {},
          printErr: () => {},
          instantiateWasm(imports: object, done: (instance: WasmInstance) => void) {
            const instance = new webAssembly.Instance(wasm, imports);
            done(instance);
            return instance.exports;
          },
        } as unknown as Parameters<LoadModule>[0]);
        heap = module as unknown as EngineHeap;
        return module;
      };
      return loader;
    },
  });
  if (heap === undefined) throw new Error('the QuickJS module gave no heap: is its loader another version?');
  return { quickjs, ffi: quickjs.getFFI(), heap, memory };
}

/** A default export arrives wrapped once more, or not, depending on who bundled the two packages. */
function unwrapDefault(found: unknown): unknown {
  while (typeof found === 'object' && found !== null && 'default' in found) found = found.default;
  return found;
}
