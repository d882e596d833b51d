import type { MessagePort } from 'node:worker_threads';
import type { Failure } from './fault.ts';
import type { Answer } from './frame.ts';
import type { InstanceModule } from './instance.ts';
import type { ModuleSources } from './module.ts';
import type { GuestLog } from './sandbox.ts';
import type { WasmModule } from './wasm.ts';

/** What a worker thread is born with. */
export interface WorkerSetup {
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly wasm: WasmModule;
  readonly sources: ModuleSources;
  readonly largeFacts: readonly string[];
}

/** Messages to a worker, each announced by a frame in the ring so that their order with calls is kept. */
export type ToWorker =
  | {
      readonly type: 'load';
      readonly id: number;
      readonly moduleId: number;
      readonly module: InstanceModule;
      readonly nowMs: number;
    }
  | { readonly type: 'release'; readonly moduleId: number }
  | { readonly type: 'texts'; readonly texts: readonly Uint8Array[] };

/** Messages from a worker: everything that is rare or does not fit. */
export type FromWorker =
  | { readonly type: 'ready' }
  | {
      readonly type: 'loaded';
      readonly id: number;
      readonly plan: string | undefined;
      readonly failure: Failure | undefined;
      readonly logs: readonly GuestLog[];
    }
  | { readonly type: 'answer'; readonly answer: Answer };
