// The part of WebAssembly's interface that the scan uses: the compiler's `esnext` library does not declare it.

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** By pages of 64 KiB. @throws RangeError where there is none left. */
  grow(pages: number): number;
}

export interface WasmModule {
  readonly __module: unique symbol;
}

interface WasmApi {
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly host: { readonly memory: WasmMemory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory;
}

export const wasm = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
