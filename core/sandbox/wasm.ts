// The part of WebAssembly's interface that the sandbox uses. The compiler's `esnext` library does not declare it,
// and the `dom` library would let every file of the gateway see `document`.

declare const compiled: unique symbol;

/** Compiled code. Can be sent to other threads. */
export interface WasmModule {
  readonly [compiled]: true;
}

export interface WasmMemory {
  /** Another buffer after each growth. */
  readonly buffer: ArrayBuffer;
}

export interface WasmInstance {
  readonly exports: object;
}

interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => WasmModule;
  Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  Instance: new (module: WasmModule, imports: object) => WasmInstance;
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
