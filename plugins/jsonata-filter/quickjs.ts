import packagedVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';

const pageBytes = 65_536;
/** What the engine's build asks for at least. */
const minPages = 256;

// The compiler's library does not declare WebAssembly.
const { Memory } = (
  globalThis as unknown as {
    WebAssembly: { Memory: new (size: { initial: number; maximum: number }) => unknown };
  }
).WebAssembly;

/** A QuickJS of its own. The maximum of its linear memory is the limit that holds, whatever is allocated how. */
export function newQuickJs(memoryBytes: number): Promise<QuickJSWASMModule> {
  const wasmMemory = new Memory({ initial: minPages, maximum: Math.ceil(memoryBytes / pageBytes) });
  const variant = newVariant(unwrapped(packagedVariant) as QuickJSSyncVariant, {
    wasmMemory: wasmMemory as never,
    // An abort prints before it throws; the throw is what we act on.
    emscriptenModule: { print: () => undefined, printErr: () => undefined } as never,
  });
  return newQuickJSWASMModuleFromVariant(variant);
}

/** A default export arrives wrapped once more, or not, depending on who bundled the package. */
function unwrapped(found: unknown): unknown {
  let inner = found;
  while (typeof inner === 'object' && inner !== null && 'default' in inner) inner = inner.default;
  return inner;
}
