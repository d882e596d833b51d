/** One part of the gateway, measured by itself. */
export type MicroRow =
  | {
      readonly name: string;
      readonly measured: true;
      readonly p50Us: number;
      readonly p99Us: number;
      /** CPU per call, all threads of the process. */
      readonly cpuUs: number;
      readonly calls: number;
    }
  | { readonly name: string; readonly measured: false; readonly why: string };
