import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import type { Clock, Ids, Log, Random } from '../../sdk/services.ts';
import type { Transport } from '../../sdk/transport.ts';
import type { Fleet } from '../cluster/fleet.ts';
import type { Problem } from '../problem.ts';
import type { HeapGauge } from '../services/heap.ts';

/** What a gateway is made of. */
export interface GatewayOptions {
  /** Path of `gateway.yaml`, its text, or null for the built-in defaults. */
  readonly config: string | { readonly name: string; readonly text: string } | null;
  /** Path of the policies folder, or its files by name. */
  readonly policies: string | Readonly<Record<string, string>>;
  readonly plugins: readonly AnyPlugin[];
  readonly kinds: readonly AnyProviderKind[];
  /** Folder of embedded stores; without one nothing that needs them can be in the program. */
  readonly data?: string;
  /** All stores are embedded ones, whatever the configuration says: for checks, which touch nobody's database. */
  readonly embeddedStores?: boolean;
  /** What `${NAME}` in the configuration reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Win over the configuration's. */
  readonly host?: string;
  readonly port?: number;
  /** Descriptor of a socket that listens at that address already, for the one that serves; it is not opened anew. */
  readonly listenFd?: number;
  /** Reload when a file of the policies folder changes. */
  readonly watch?: boolean;
  /** Other processes at the same address, which node:cluster lets listen there. */
  readonly fleet?: Fleet;
  /** Folder of the built web app; `playground/dist` beside the code by default. It may be absent. */
  readonly consoleFiles?: string;
  /** Told what is odd in the configuration without being wrong. */
  readonly warn?: (problem: Problem) => void;
  /** In place of HTTP. */
  readonly http?: Transport;
  readonly services?: {
    readonly clock?: Clock;
    readonly random?: Random;
    readonly ids?: Ids;
    readonly log?: Log;
    readonly heap?: HeapGauge;
  };
}
