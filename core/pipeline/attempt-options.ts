import type { Failure, Provider } from '../../sdk/provider.ts';
import type { Transport, UpstreamRequest } from '../../sdk/transport.ts';
import type { Framing } from '../../sdk/wire.ts';
import type { AnswerCodec } from '../dialects/dialect.ts';
import type { AttemptPlace } from './attempt-record.ts';
import type { Lane } from './lane.ts';
import type { AttemptLimits } from './limits.ts';

/** `null`: the exchange is over, whatever way. A failure: nothing reached the client, another try is possible. */
export type AttemptResult = Failure | null;

export interface AttemptOptions {
  readonly place: AttemptPlace;
  readonly lane?: Lane;
  /** Called when the first real piece of the answer is here, before any of it reaches the client. */
  readonly onAnswering?: () => void;
  readonly provider: Provider;
  readonly transport: Transport;
  readonly request: UpstreamRequest;
  readonly limits: AttemptLimits;
  readonly codec: AnswerCodec;
  /** Name of the format that the request is written in. */
  readonly wire: string;
  /** The provider speaks the client's dialect. */
  readonly native: boolean;
  /** How the provider frames its streams; server-sent events where it does not say. */
  readonly framing: Framing | undefined;
  /** Usage was asked for by the gateway, not by the client. */
  readonly hideUsage: boolean;
}
