import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type WasmModule, webAssembly } from './wasm.ts';

let compiled: WasmModule | undefined;

/** The engine's code, compiled once per process (about 3 ms) and shared by all threads. */
export function compiledEngine(): WasmModule {
  compiled ??= new webAssembly.Module(
    readFileSync(fileURLToPath(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'))),
  );
  return compiled;
}
